/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Reads logs, recordings and statistics that a server wrote, and the names of its files, for one
 * client of left4me-written.socket: standard input and output are the connection. It runs as the
 * game's user in a sandbox that shows it the servers' files and nothing else of the host's state,
 * read-only. It answers one request (server/written.h) and ends. The request and the files are
 * hostile.
 *
 * Exit status: 0 answered, 1 the connection broke.
 */

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <systemd/sd-json.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "server/written.h"

enum {
        LOOKED_AT_MAX = 100000, /* entries of directories, for one list */
        IDLE_SEC = 60,          /* how long a client may take nothing, or send nothing */
};

typedef struct WrittenFile {
        char *path;
        uint64_t size, changed;
} WrittenFile;

typedef struct WrittenFiles {
        WrittenFile *items;
        size_t n_items, n_looked_at;
        uint64_t since;
        bool is_truncated;
} WrittenFiles;

static void written_files_clear(WrittenFiles *files) {
        for (size_t i = 0; i < files->n_items; i++)
                free(files->items[i].path);
        free(files->items);
}

/* --- one file -----------------------------------------------------------------------------------
 */

static uint64_t usec_of(const struct statx_timestamp *time) {
        return time->tv_sec < 0 ? 0 : (uint64_t) time->tv_sec * USEC_PER_SEC + time->tv_nsec / 1000;
}

/*
 * 1: a file that may be read. Not one with another name, which may be another's secret; and for a
 * user who got the server from another one, not one that was begun before that. The time of
 * creation is the only one that a server can't set.
 */
static int check_file(const struct statx *stx, uint64_t since) {
        if (!S_ISREG(stx->stx_mode) || stx->stx_nlink != 1)
                return 0;
        if (since == 0)
                return 1;
        return (stx->stx_mask & STATX_BTIME) && usec_of(&stx->stx_btime) >= since;
}

static int look_at(int fd, const char *name, int flags, struct statx *ret) {
        return statx(fd, name, flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
                     STATX_BASIC_STATS | STATX_BTIME, ret) < 0
                       ? -errno
                       : 0;
}

/* Opens runtime/NAME/upper, one part at a time and without links. */
static int open_upper(const Paths *paths, const char *name) {
        _cleanup_close_ int root_fd =
                open(paths->runtime_dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        char path[INSTANCE_NAME_MAX + sizeof("/upper")];

        if (root_fd < 0)
                return -errno;
        (void) snprintf(path, sizeof(path), "%s/upper", name);
        return open_beneath(root_fd, path, O_PATH | O_DIRECTORY);
}

/* --- the list -----------------------------------------------------------------------------------
 */

static int add_file(WrittenFiles *files, const char *path, const struct statx *stx) {
        WrittenFile *items = array_for_one_more(files->items, files->n_items, sizeof(*items));

        if (!items)
                return -ENOMEM;
        files->items = items;
        items[files->n_items] = (WrittenFile) {
                .path = strdup(path),
                .size = stx->stx_size,
                .changed = usec_of(&stx->stx_mtime),
        };
        if (!items[files->n_items].path)
                return -ENOMEM;
        files->n_items++;
        return 0;
}

static int walk(int dir_fd, const char *path, unsigned depth, WrittenFiles *files);

static int walk_entry(
        int dir_fd, const char *path, const char *name, unsigned depth, WrittenFiles *files) {
        char below[WRITTEN_PATH_MAX + NAME_MAX + 2];
        struct statx stx;
        int fd;

        (void) snprintf(below, sizeof(below), "%s/%s", path, name);
        /* One that could not be asked for is not shown. */
        if (!written_path_is_offered(below) || look_at(dir_fd, name, 0, &stx) < 0)
                return 0;
        if (check_file(&stx, files->since) > 0)
                return add_file(files, below, &stx);
        if (!S_ISDIR(stx.stx_mode) || depth + 1 >= WRITTEN_DEPTH_MAX)
                return 0;
        fd = open_beneath(dir_fd, name, O_RDONLY | O_DIRECTORY);
        return fd < 0 ? 0 : walk(fd, below, depth + 1, files);
}

/* Takes dir_fd over. */
static int walk(int dir_fd, const char *path, unsigned depth, WrittenFiles *files) {
        _cleanup_(closedirp) DIR *dir = open_listing(dir_fd);
        const struct dirent *entry;
        int r = dir ? 0 : -errno;

        while (r >= 0 && dir && (r = next_entry(dir, &entry)) > 0) {
                files->is_truncated |= ++files->n_looked_at > LOOKED_AT_MAX;
                if (files->is_truncated)
                        break;
                r = walk_entry(dir_fd, path, entry->d_name, depth, files);
        }
        (void) close(dir_fd);
        return r < 0 ? r : 0;
}

static int newest_first(const void *a, const void *b) {
        const WrittenFile *one = a, *other = b;

        if (one->changed != other->changed)
                return one->changed < other->changed ? 1 : -1;
        return strcmp(one->path, other->path);
}

static int find_files(int upper_fd, WrittenFiles *files) {
        int r = 0;

        for (const char *const *d = written_directories; *d && r >= 0; d++) {
                int fd = open_beneath(upper_fd, *d, O_RDONLY | O_DIRECTORY);

                if (fd >= 0)
                        r = walk(fd, *d, 0, files);
        }
        if (files->n_items > 0)
                qsort(files->items, files->n_items, sizeof(*files->items), newest_first);
        return r;
}

static int list_to_text(const WrittenFiles *files, char **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL, *object = NULL;
        size_t n = files->n_items < WRITTEN_LIST_MAX ? files->n_items : WRITTEN_LIST_MAX;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = sd_json_variant_append_arraybo(
                        &list, SD_JSON_BUILD_PAIR_STRING("path", files->items[i].path),
                        SD_JSON_BUILD_PAIR_UNSIGNED("size_bytes", files->items[i].size),
                        SD_JSON_BUILD_PAIR_UNSIGNED("changed_usec", files->items[i].changed));
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_VARIANT("files", list),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "is_truncated", files->is_truncated || n < files->n_items));
        return r < 0 ? r : sd_json_variant_format(object, SD_JSON_FORMAT_NEWLINE, ret);
}

/* --- a directory --------------------------------------------------------------------------------
 */

/* A name of the layers below that the server removed. */
static bool is_whiteout(const struct statx *stx) {
        return S_ISCHR(stx->stx_mode) && stx->stx_rdev_major == 0 && stx->stx_rdev_minor == 0;
}

/* Other than check_file(), for names only: of a file with several names, too. */
static bool is_shown(const struct statx *stx, uint64_t since) {
        return since == 0 || S_ISDIR(stx->stx_mode) || is_whiteout(stx) ||
               ((stx->stx_mask & STATX_BTIME) && usec_of(&stx->stx_btime) >= since);
}

static int add_entry(
        int dir_fd, const char *name, uint64_t since, sd_json_variant **list, size_t *n) {
        struct statx stx;

        /* JSON has no other names. */
        if (!utf8_is_printable(name) || look_at(dir_fd, name, 0, &stx) < 0 ||
            !is_shown(&stx, since))
                return 0;
        (*n)++;
        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_STRING("name", name),
                SD_JSON_BUILD_PAIR_UNSIGNED("mode", stx.stx_mode),
                SD_JSON_BUILD_PAIR_UNSIGNED("size_bytes", stx.stx_size),
                SD_JSON_BUILD_PAIR_UNSIGNED("changed_usec", usec_of(&stx.stx_mtime)),
                SD_JSON_BUILD_PAIR_UNSIGNED(
                        "device", makedev(stx.stx_rdev_major, stx.stx_rdev_minor)));
}

static int directory_to_text(int dir_fd, uint64_t since, char **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL, *object = NULL;
        _cleanup_(closedirp) DIR *dir = open_listing(dir_fd);
        const struct dirent *entry;
        bool is_truncated = false;
        size_t n = 0;
        int r;

        if (!dir)
                return -errno;
        r = sd_json_variant_new_array(&list, NULL, 0);
        while (r >= 0 && (r = next_entry(dir, &entry)) > 0) {
                is_truncated = n >= WRITTEN_TREE_MAX;
                if (is_truncated)
                        break;
                r = add_entry(dir_fd, entry->d_name, since, &list, &n);
        }
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_VARIANT("entries", list),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_truncated", is_truncated));
        return r < 0 ? r : sd_json_variant_format(object, SD_JSON_FORMAT_NEWLINE, ret);
}

/* --- the connection -----------------------------------------------------------------------------
 */

static int send_all(const char *text, size_t size) {
        while (size > 0) {
                ssize_t n = send(STDOUT_FILENO, text, size, MSG_NOSIGNAL);

                if (n < 0)
                        return -errno;
                text += n;
                size -= (size_t) n;
        }
        return 0;
}

static int send_head(uint64_t size) {
        char line[64];

        (void) snprintf(line, sizeof(line), "ok %" PRIu64 "\n", size);
        return send_all(line, strlen(line));
}

/* -ENODATA: the file became shorter. The client sees too few bytes. */
static int send_file(int fd, uint64_t size) {
        while (size > 0) {
                ssize_t n = sendfile(STDOUT_FILENO, fd, NULL, size < INT32_MAX ? size : INT32_MAX);

                if (n <= 0)
                        return n < 0 ? -errno : -ENODATA;
                size -= (uint64_t) n;
        }
        return 0;
}

/* Up to the line's end, which is cut off. */
static int receive_line(char line[static WRITTEN_REQUEST_MAX]) {
        size_t n = 0;

        for (;;) {
                ssize_t got = recv(STDIN_FILENO, line + n, WRITTEN_REQUEST_MAX - 1 - n, 0);
                char *end;

                if (got <= 0)
                        return got < 0 ? -errno : -EINVAL;
                n += (size_t) got;
                line[n] = '\0';
                end = memchr(line, '\n', n);
                if (end) {
                        *end = '\0';
                        /* A NUL would hide what is behind it. */
                        return strlen(line) == (size_t) (end - line) ? 0 : -EINVAL;
                }
                if (n == WRITTEN_REQUEST_MAX - 1)
                        return -EINVAL;
        }
}

/* 1: an answer was begun. */
static int answer_text(const char *text) {
        int r = send_head(strlen(text));

        if (r >= 0)
                (void) !send_all(text, strlen(text));
        return 1;
}

static int answer_list(int upper_fd, const WrittenRequest *request) {
        _cleanup_(written_files_clear) WrittenFiles files = { .since = request->since };
        _cleanup_free_ char *text = NULL;
        int r;

        r = upper_fd == -ENOENT ? 0 : upper_fd < 0 ? upper_fd : find_files(upper_fd, &files);
        if (r >= 0)
                r = list_to_text(&files, &text);
        return r < 0 ? r : answer_text(text);
}

static int answer_tree(int upper_fd, const WrittenRequest *request) {
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (upper_fd < 0)
                return upper_fd;
        fd = open_beneath(upper_fd, request->path, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd == -ENOTDIR || fd == -ELOOP || fd == -EXDEV ? -EPERM : fd;
        r = directory_to_text(fd, request->since, &text);
        return r < 0 ? r : answer_text(text);
}

static int answer_file(int upper_fd, const WrittenRequest *request) {
        _cleanup_close_ int fd = -EBADF;
        struct statx stx;
        int r;

        if (upper_fd < 0)
                return upper_fd;
        /* Neither a pipe nor a device can make it wait. */
        fd = open_beneath(upper_fd, request->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return fd == -ELOOP || fd == -EXDEV || fd == -ENXIO ? -EPERM : fd;
        r = look_at(fd, "", AT_EMPTY_PATH, &stx);
        if (r >= 0)
                r = check_file(&stx, request->since);
        if (r <= 0)
                return r < 0 ? r : -EPERM;
        r = send_head(stx.stx_size);
        if (r >= 0)
                (void) !send_file(fd, stx.stx_size);
        return 1;
}

static int answer(const Paths *paths) {
        char line[WRITTEN_REQUEST_MAX];
        _cleanup_close_ int upper_fd = -EBADF;
        WrittenRequest request;
        int r;

        r = receive_line(line);
        if (r >= 0)
                r = written_request_parse(line, &request);
        if (r < 0)
                return r;
        upper_fd = open_upper(paths, request.name);
        switch (request.verb) {
        case WRITTEN_LIST:
                return answer_list(upper_fd, &request);
        case WRITTEN_GET:
                return answer_file(upper_fd, &request);
        default:
                return answer_tree(upper_fd, &request);
        }
}

int main(void) {
        const struct timeval idle = { .tv_sec = IDLE_SEC };
        _cleanup_(paths_freep) Paths *paths = NULL;
        char line[WRITTEN_REQUEST_MAX];
        int r;

        text_setup();
        log_setup("left4me-written", LOG_TARGET_STDERR);
        r = paths_from_environment(&paths);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to use LEFT4ME_ROOT");
                return EXIT_FAILURE;
        }
        if (setsockopt(STDIN_FILENO, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle)) < 0 ||
            setsockopt(STDIN_FILENO, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof(idle)) < 0) {
                (void) log_error_errno(-errno, "Failed to use the connection");
                return EXIT_FAILURE;
        }
        r = answer(paths);
        if (r > 0)
                return EXIT_SUCCESS;
        (void) snprintf(line, sizeof(line), "error %s\n", written_error_word(r));
        return send_all(line, strlen(line)) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
