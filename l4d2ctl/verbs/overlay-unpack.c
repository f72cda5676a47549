/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl overlay put --unpack, and overlay unpack for what a browser sent: leaves the archive
 * where a job finds it, and starts that job, which unpacks it without rights.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/leftover.h"
#include "base/log.h"
#include "base/text.h"
#include "content/definition-file.h"
#include "content/request.h"
#include "content/room.h"
#include "content/store.h"
#include "jobs/job-run.h"
#include "layer/tree-edit.h"
#include "verbs/overlays.h"

/* Commands that were killed before their job began left uploads of this age, in seconds; no job
 * takes as long. */
enum { UPLOAD_AGE_MAX = 24 * 60 * 60 };

/* unpack-RANDOM.USER, without ".USER" when it is not for a user of the web app. */
enum { ARCHIVE_NAME_MAX = sizeof(ARCHIVE_PREFIX) + 16 + 1 + INSTANCE_NAME_MAX };

typedef struct Upload {
        const char *ref, *path, *source;
        const char *user; /* of --as-user; NULL: none */
        bool is_export;   /* the archive is an exported overlay */
        int uploads_fd;
        char name[ARCHIVE_NAME_MAX]; /* "": none is there */
        Store store;                 /* from the request to the begin of the job */
} Upload;

static void remove_old_uploads(int dir_fd) {
        _cleanup_(closedirp) DIR *dir = open_listing(dir_fd);
        const struct dirent *entry;
        struct stat st;

        while (dir && next_entry(dir, &entry) > 0)
                if (strncmp(entry->d_name, ARCHIVE_PREFIX, strlen(ARCHIVE_PREFIX)) == 0 &&
                    fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                        (void) leftover_remove(dir_fd, entry->d_name, &st, UPLOAD_AGE_MAX);
}

static void upload_remove(Upload *upload) {
        if (upload->name[0] != '\0')
                (void) unlinkat(upload->uploads_fd, upload->name, 0);
        (void) safe_close(upload->uploads_fd);
}

static int open_uploads(const Ctl *ctl, Upload *upload) {
        const char *path = ctl->paths->uploads_dir;
        int r;

        upload->uploads_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (upload->uploads_fd < 0) {
                r = -errno;
                (void) log_error_errno(r, "Failed to open %s", path);
                return store_exit_code(r);
        }
        remove_old_uploads(upload->uploads_fd);
        return CTL_OK;
}

/* Shares the blocks where the file system can. The group is the directory's, which jobs are in. */
static int copy_archive(
        Ctl *ctl, const Upload *upload, int from_fd, const struct stat *st, int to_fd) {
        int r = CTL_OK;

        if (ioctl(to_fd, FICLONE, from_fd) < 0) {
                if (S_ISREG(st->st_mode))
                        r = room_check_disk(upload->source, to_fd, (uint64_t) st->st_size);
                if (r == CTL_OK)
                        r = room_copy(ctl, upload->source, from_fd, to_fd, false);
        }
        if (r == CTL_OK && fchmod(to_fd, 0640) < 0) {
                r = -errno;
                (void) log_error_errno(r, "Failed to keep '%s' for the overlay", upload->source);
                return store_exit_code(r);
        }
        return r;
}

/* It can't be guessed, so that no other job finds the archive. The user is in it because archives
 * of jobs that wait count as the user's uploads. */
static int make_name(const Upload *upload, char ret[static ARCHIVE_NAME_MAX]) {
        const char *user = upload->user ?: "";
        uint64_t random;

        if (getrandom(&random, sizeof(random), 0) != sizeof(random))
                return -EIO;
        (void) snprintf(
                ret, ARCHIVE_NAME_MAX, ARCHIVE_PREFIX "%016" PRIx64 "%s%.*s", random,
                user[0] ? "." : "", INSTANCE_NAME_MAX, user);
        return 0;
}

/* The directory's owner can remove it once it is left behind, also when root was killed. */
static int give_away(const Upload *upload, int fd) {
        struct stat directory;

        if (geteuid() != 0)
                return 0;
        if (fstat(upload->uploads_fd, &directory) < 0 ||
            fchown(fd, directory.st_uid, (gid_t) -1) < 0)
                return -errno;
        return 0;
}

static int create_upload(Upload *upload, int *ret_fd) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = make_name(upload, upload->name);
        if (r < 0)
                return r;
        fd =
                openat(upload->uploads_fd, upload->name,
                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0) {
                upload->name[0] = '\0';
                return -errno;
        }
        r = give_away(upload, fd);
        if (r < 0)
                return r;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

/* As the user who runs l4d2ctl; also a pipe. */
static int copy_source(Ctl *ctl, Upload *upload) {
        _cleanup_close_ int from_fd = -EBADF, to_fd = -EBADF;
        struct stat st;
        int r;

        from_fd = strcmp(upload->source, "-") == 0
                          ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                          : open(upload->source, O_RDONLY | O_NOCTTY | O_CLOEXEC);
        if (from_fd < 0 || fstat(from_fd, &st) < 0) {
                r = -errno;
                (void) log_error_errno(r, "Failed to open '%s'", upload->source);
                return r == -ENOENT ? CTL_USAGE : CTL_FAILURE;
        }
        if (S_ISDIR(st.st_mode)) {
                log_error("Failed to unpack '%s': it is a directory", upload->source);
                return CTL_USAGE;
        }
        r = create_upload(upload, &to_fd);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to keep '%s' for the overlay", upload->source);
                return store_exit_code(r);
        }
        return copy_archive(ctl, upload, from_fd, &st, to_fd);
}

/* A directory that a user filled by hand gets versions; the job can't do that. */
static int check_overlay(Ctl *ctl, const Upload *upload) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = store_open_or_adopt(ctl, upload->ref, &store);
        if (r == CTL_OK)
                r = store_check_quota(&store);
        if (r == CTL_OK)
                r = definition_file_load(&store, &definition);
        if (r != CTL_OK || definition->kind == OVERLAY_FILES)
                return r;
        log_error(
                "Failed to unpack into the overlay '%s': it is of kind '%s', and its next build "
                "would undo that",
                upload->ref, overlay_kind_to_string(definition->kind));
        return CTL_CONFLICT;
}

static int write_request(Ctl *ctl, void *userdata) {
        Upload *upload = userdata;
        const bool is_top = strcmp(upload->path, ".") == 0;
        _cleanup_free_ char *path = is_top ? NULL : strdup(upload->path);
        const JobRequest request = {
                .archive = upload->name,
                .path = path,
                .layout = is_top ? LAYOUT_AUTO : LAYOUT_AS_IS,
                .is_export = upload->is_export,
        };
        int r;

        r = store_open(ctl, upload->ref, &upload->store);
        /* Another command may have started a job while this one waited for the lock. */
        if (r == CTL_OK)
                r = job_check_idle(ctl, JOB_UNPACK, upload->ref);
        if (r != CTL_OK)
                return r;
        r = !is_top && !path ? -ENOMEM : request_write(upload->store.fd, &request);
        if (r < 0) {
                (void) log_error_errno(
                        r, "Failed to write %s/%s", upload->store.path, REQUEST_FILE);
                return store_exit_code(r);
        }
        return CTL_OK;
}

/* systemd makes one job of two starts, so the second request would take the place of the first,
 * whose archive no job would unpack or remove. */
static void release(void *userdata) {
        Upload *upload = userdata;

        store_close(&upload->store);
        upload->store = (Store) STORE_INIT;
}

/* take: gives the archive its name for the job. */
static int unpack(Ctl *ctl, Upload *upload, int (*take)(Ctl *ctl, Upload *upload)) {
        const JobRun run = {
                .kind = JOB_UNPACK,
                .ref = upload->ref,
                .action = "unpack",
                .prepare = write_request,
                .release = release,
                .userdata = upload,
        };
        int r;

        upload->user = ctl->options.as_user;
        r = check_overlay(ctl, upload);
        if (r == CTL_OK)
                r = job_check_idle(ctl, JOB_UNPACK, upload->ref);
        if (r == CTL_OK)
                r = open_uploads(ctl, upload);
        if (r == CTL_OK)
                r = take(ctl, upload);
        if (r == CTL_OK)
                r = job_run(ctl, &run);
        /* The job that runs removes it. */
        if (r == CTL_OK)
                upload->name[0] = '\0';
        upload_remove(upload);
        return r;
}

int overlay_put_unpacked(Ctl *ctl) {
        Upload upload = {
                .ref = ctl->operands[0],
                .path = ctl->operands[1],
                .source = ctl->operands[2],
                .uploads_fd = -EBADF,
                .store = STORE_INIT,
        };

        return unpack(ctl, &upload, copy_source);
}

int overlay_unpack_exported(Ctl *ctl, const char *ref, const char *source) {
        Upload upload = {
                .ref = ref,
                .path = ".",
                .source = source,
                .is_export = true,
                .uploads_fd = -EBADF,
                .store = STORE_INIT,
        };

        return unpack(ctl, &upload, copy_source);
}

/* --- what a browser sent ------------------------------------------------------------------------
 */

static int check_name(const Ctl *ctl, const char *name) {
        const char *user = ctl->options.as_user;

        if (!tree_path_is_valid(name) || strchr(name, '/')) {
                log_error("Invalid name of an upload: '%s'", name);
                return CTL_USAGE;
        }
        if (!user || (strncmp(name, user, strlen(user)) == 0 && name[strlen(user)] == ':'))
                return CTL_OK;
        log_error("The upload '%s' does not belong to the user '%s'", name, user);
        return CTL_DENIED;
}

static int rename_upload(Upload *upload, int fd) {
        char name[ARCHIVE_NAME_MAX];
        int r;

        /* Its age counts from now on. */
        r = fchmod(fd, 0640) < 0 || futimens(fd, NULL) < 0 ? -errno : make_name(upload, name);
        if (r >= 0 && renameat(upload->uploads_fd, upload->source, upload->uploads_fd, name) < 0)
                r = -errno;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to keep '%s' for the overlay", upload->source);
                return store_exit_code(r);
        }
        memcpy(upload->name, name, sizeof(name));
        return CTL_OK;
}

/* Under its lock: the web app writes to none that has another name. */
static int take_upload(Ctl *ctl _unused_, Upload *upload) {
        _cleanup_close_ int fd = open_beneath(
                upload->uploads_fd, upload->source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        struct stat st;

        if (fd == -ENOENT) {
                log_error("No upload '%s': upload the file again", upload->source);
                return CTL_NO_INSTANCE;
        }
        if (fd < 0 || fstat(fd, &st) < 0) {
                (void) log_error_errno(fd < 0 ? fd : -errno, "Failed to open '%s'", upload->source);
                return CTL_FAILURE;
        }
        if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || flock(fd, LOCK_EX | LOCK_NB) < 0) {
                log_error("The file '%s' is still being uploaded", upload->source);
                return CTL_CONFLICT;
        }
        return rename_upload(upload, fd);
}

int overlay_unpack(Ctl *ctl) {
        Upload upload = {
                .ref = ctl->operands[0],
                .source = ctl->operands[1],
                .path = ctl->n_operands > 2 ? ctl->operands[2] : ".",
                .uploads_fd = -EBADF,
                .store = STORE_INIT,
        };
        int r;

        if (!tree_path_is_valid(upload.path) && strcmp(upload.path, ".") != 0) {
                log_error(
                        "Invalid path '%s': use one below the overlay, without empty, '.' and '..' "
                        "parts",
                        upload.path);
                return CTL_USAGE;
        }
        r = check_name(ctl, upload.source);
        return r == CTL_OK ? unpack(ctl, &upload, take_upload) : r;
}
