/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Files that browsers send for overlays. Each is uploads/USER:KEY, whose size says how much of it
 * has come: a part of a file is a PUT with its offset, and one that was cut off goes on where it
 * ended, also after a restart of the web app. `l4d2ctl overlay apply` makes it a file of an
 * overlay.
 *
 * A request that writes to a file holds its lock, and writes to none that has another name: that
 * one is a file of an overlay already.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "app/access.h"
#include "app/answer.h"
#include "base/file.h"
#include "base/leftover.h"
#include "base/text.h"
#include "content/request.h"
#include "http/response.h"
#include "pages/pages.h"

enum {
        UPLOAD_NAME_MAX = INSTANCE_NAME_MAX + 1 + 32 + 1,
        UPLOADS_OF_USER_MAX = 20000,
        PARTS_OF_USER_MAX = 6, /* at once; a page sends three */
        /* They stay free: specs must still be written when the disk is full of uploads. */
        SPARE_BYTES = 64 * 1024 * 1024,
        EXPIRES_SECONDS = 7 * 24 * 60 * 60,
};

typedef struct Upload {
        char name[UPLOAD_NAME_MAX];
        int directory_fd, fd;
        uint64_t size; /* how much of it is here */
        uint64_t end;  /* and how much all of it is, as the request says */
        TAILQ_ENTRY(Upload) link;
        bool is_written; /* it is in `written` */
} Upload;

/* Uploads with a part on its way. */
static TAILQ_HEAD(Uploads, Upload) written = TAILQ_HEAD_INITIALIZER(written);

static void upload_close(Upload *upload) {
        if (upload->is_written)
                TAILQ_REMOVE(&written, upload, link);
        upload->is_written = false;
        upload->fd = safe_close(upload->fd);
        upload->directory_fd = safe_close(upload->directory_fd);
}

static Upload *upload_free(Upload *upload) {
        if (upload)
                upload_close(upload);
        free(upload);
        return NULL;
}

DEFINE_CLEANUP(Upload *, upload_free)

static int upload_new(const Request *request, Upload **ret) {
        _cleanup_(upload_freep) Upload *upload = calloc(1, sizeof(*upload));

        if (!upload)
                return -ENOMEM;
        (void) snprintf(
                upload->name, sizeof(upload->name), "%.32s:%.32s", request->user->name,
                request_parameter(request, "upload"));
        upload->fd = -EBADF;
        upload->directory_fd = open(
                request->web->paths->uploads_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (upload->directory_fd < 0)
                return -errno;

        *ret = TAKE_PTR(upload);
        return 0;
}

/* --- answers ------------------------------------------------------------------------------------
 */

/* {offset, upload, message}: how much is here, and the name for `l4d2ctl overlay apply`. */
static int answer_offset(
        Request *request, unsigned status, const Upload *upload, const char *message) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        char *text = NULL;
        int r;

        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_UNSIGNED("offset", upload->size),
                SD_JSON_BUILD_PAIR_STRING("upload", upload->name),
                SD_JSON_BUILD_PAIR_STRING("message", message));
        if (r >= 0)
                r = sd_json_variant_format(model, SD_JSON_FORMAT_NEWLINE, &text);
        return r < 0 ? r
                     : http_response_data(
                               &request->http, status, "application/json", text, strlen(text));
}

/* --- opening ------------------------------------------------------------------------------------
 */

/* -ENOENT: there is none; -EAGAIN: another request, or l4d2ctl, works on it. */
static int upload_lock(Upload *upload, int flags, struct stat *ret) {
        struct stat named;

        upload->fd = openat(
                upload->directory_fd, upload->name,
                O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags, 0640);
        if (upload->fd < 0)
                return -errno;
        if (flock(upload->fd, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EAGAIN : -errno;
        if (fstat(upload->fd, ret) < 0 ||
            fstatat(upload->directory_fd, upload->name, &named, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? -EAGAIN : -errno;
        return S_ISREG(ret->st_mode) && ret->st_ino == named.st_ino ? 0 : -EAGAIN;
}

/* The same, to write to it. */
static int upload_open(Upload *upload, int flags) {
        struct stat st = {};
        int r;

        r = upload_lock(upload, flags, &st);
        if (r < 0)
                return r;
        if (st.st_nlink != 1)
                return -EAGAIN;
        /* For the jobs that unpack it, whatever the umask; and it is not left behind. */
        if (fchmod(upload->fd, 0640) < 0)
                return -errno;
        upload->size = (uint64_t) st.st_size;
        return 0;
}

/* --- room ---------------------------------------------------------------------------------------
 */

/* How much of the disk a file will take: one with a part on its way, as much as its request says,
 * or a user's parts that begin at the same time would all find the room empty. */
static uint64_t size_to_come(const char *name, uint64_t size) {
        const Upload *other;

        TAILQ_FOREACH(other, &written, link)
        if (strcmp(other->name, name) == 0 && other->end > size)
                return other->end;
        return size;
}

/* Also an archive that waits for its job, which has the user's name behind its own. */
static bool is_of_user(const char *name, const Upload *upload) {
        size_t n = strcspn(upload->name, ":");
        const char *dot = strchr(name, '.');

        if (strncmp(name, upload->name, n + 1) == 0)
                return true;
        return strncmp(name, ARCHIVE_PREFIX, strlen(ARCHIVE_PREFIX)) == 0 && dot &&
               strncmp(dot + 1, upload->name, n) == 0 && dot[1 + n] == '\0';
}

/* Removes files of any user that were not written to for days, and adds up the user's others. */
static int tidy(const Upload *upload, size_t *ret_n, uint64_t *ret_bytes) {
        _cleanup_(closedirp) DIR *dir = open_listing(upload->directory_fd);
        const struct dirent *entry;
        int r;

        *ret_n = 0;
        *ret_bytes = 0;
        if (!dir)
                return -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                struct stat st;

                if (strcmp(entry->d_name, upload->name) == 0)
                        continue;
                if (fstatat(upload->directory_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                if (leftover_remove(upload->directory_fd, entry->d_name, &st, EXPIRES_SECONDS))
                        continue;
                if (is_of_user(entry->d_name, upload)) {
                        (*ret_n)++;
                        *ret_bytes += size_to_come(entry->d_name, (uint64_t) st.st_size);
                }
        }
        return r;
}

/* -ENOSPC: without so many bytes more too little of the disk would stay free. */
static int check_disk(const Upload *upload, uint64_t bytes) {
        struct statvfs disk;

        if (fstatvfs(upload->directory_fd, &disk) < 0)
                return -errno;
        return (uint64_t) disk.f_bavail * disk.f_frsize < bytes + SPARE_BYTES ? -ENOSPC : 0;
}

/* NULL: there is room for the file from offset on; else why not. Asked for each part, because the
 * size is only what this request says. */
static int check_room(
        const Request *request, const Upload *upload, uint64_t offset, const char **ret_problem) {
        const HostConfig *config = request->web->config;
        uint64_t bytes, size = upload->end;
        size_t n;
        int r;

        r = tidy(upload, &n, &bytes);
        if (r < 0)
                return r;
        r = check_disk(upload, size - offset);
        if (r < 0 && r != -ENOSPC)
                return r;
        if (r < 0)
                *ret_problem = _("The disk has no room for this file.");
        else if (n >= UPLOADS_OF_USER_MAX)
                *ret_problem = _("Too many files are being uploaded.");
        else if (!request->user->is_admin && bytes + size > config->user_overlay_bytes)
                *ret_problem = _("This is more than your overlays may take.");
        return 0;
}

/* --- a part -------------------------------------------------------------------------------------
 */

static int on_data(void *userdata, const char *data, size_t size) {
        Upload *upload = userdata;
        int r;

        if (size > upload->end - upload->size)
                return -EFBIG;
        /* Others fill the disk meanwhile. */
        if ((upload->size + size) / HTTP_SINK_STEP != upload->size / HTTP_SINK_STEP) {
                r = check_disk(upload, size);
                if (r < 0)
                        return r;
        }
        r = write_all(upload->fd, data, size);
        if (r >= 0)
                upload->size += size;
        return r;
}

static void on_closed(void *userdata) {
        Upload *upload = userdata;

        /* The lock ends; the answer needs the rest. */
        upload_close(upload);
}

static void on_freed(void *userdata) {
        upload_free(userdata);
}

static bool get_number(const Request *request, const char *name, uint64_t *ret) {
        const char *text = request_query(request, name);
        size_t n = text ? strspn(text, "0123456789") : 0;

        if (n == 0 || n > 15 || text[n] != '\0')
                return false;
        *ret = strtoull(text, NULL, 10);
        return true;
}

/* Whether the user may send one more part now. */
static bool has_turn(const Upload *upload) {
        size_t n_user = strcspn(upload->name, ":") + 1, n = 0;

        for (const Upload *other = TAILQ_FIRST(&written); other; other = TAILQ_NEXT(other, link))
                n += strncmp(other->name, upload->name, n_user) == 0;
        return n < PARTS_OF_USER_MAX;
}

/* Returns 1 when there is a turn and room for the part, else it is answered. */
static int check_part(Request *request, const Upload *upload, uint64_t offset) {
        const char *problem = NULL;
        int r;

        if (!has_turn(upload)) {
                r = http_response_header(&request->http, "Retry-After", "2");
                return r < 0 ? r
                             : answer_offset(
                                       request, 503, upload,
                                       _("Too many files are being uploaded."));
        }
        r = check_room(request, upload, offset, &problem);
        if (r < 0)
                return r;
        return problem ? answer_offset(request, 507, upload, problem) : 1;
}

/* Returns 1 when the part can be written, else it is answered. */
static int prepare(Request *request, Upload *upload, uint64_t offset) {
        int r;

        r = check_part(request, upload, offset);
        if (r <= 0)
                return r;
        r = upload_open(upload, offset == 0 ? O_CREAT : 0);
        if (r == -ENOENT)
                return answer_offset(request, 409, upload, NULL);
        if (r == -EAGAIN)
                return answer_offset(
                        request, 423, upload, _("This file is being uploaded already."));
        if (r < 0)
                return r;
        if (offset == 0 && request_query(request, "restart")) {
                if (ftruncate(upload->fd, 0) < 0)
                        return -errno;
                upload->size = 0;
        }
        return upload->size == offset ? 1 : answer_offset(request, 409, upload, NULL);
}

static int begin(Request *request) {
        size_t length = http_request_body_length(&request->http);
        _cleanup_(upload_freep) Upload *upload = NULL;
        uint64_t offset, size;
        int r;

        if (!get_number(request, "offset", &offset) || !get_number(request, "size", &size) ||
            offset > size || length > size - offset)
                return answer_error(request, 400, NULL);
        r = upload_new(request, &upload);
        if (!upload)
                return r;
        upload->end = size;
        r = prepare(request, upload, offset);
        if (r <= 0)
                return r;
        TAILQ_INSERT_TAIL(&written, upload, link);
        upload->is_written = true;
        http_request_set_sink(
                &request->http, &(HttpSink) {
                                        .write = on_data,
                                        .closed = on_closed,
                                        .freed = on_freed,
                                        .userdata = TAKE_PTR(upload),
                                });
        return 0;
}

/* Called twice, see ROUTE_UPLOAD. */
int put_overlay_upload(Request *request) {
        const Upload *upload = request->http.sink.userdata;

        if (!upload)
                return begin(request);
        if (request->http.sink_error < 0)
                return answer_offset(
                        request, 507, upload,
                        request->http.sink_error == -ENOSPC ? _("The disk is full.")
                                                            : strerror(-request->http.sink_error));
        return answer_offset(request, 200, upload, NULL);
}

/* --- what there is, and its end -----------------------------------------------------------------
 */

int page_overlay_upload(Request *request) {
        _cleanup_(upload_freep) Upload *upload = NULL;
        struct stat st;
        int r;

        r = upload_new(request, &upload);
        if (!upload)
                return r;
        if (fstatat(upload->directory_fd, upload->name, &st, AT_SYMLINK_NOFOLLOW) >= 0)
                upload->size = (uint64_t) st.st_size;
        else if (errno != ENOENT)
                return -errno;
        return answer_offset(request, 200, upload, NULL);
}

int post_overlay_upload_cancel(Request *request) {
        _cleanup_(upload_freep) Upload *upload = NULL;
        struct stat st;
        int r;

        r = upload_new(request, &upload);
        if (!upload)
                return r;
        /* Not while it is written to, or becomes a file of an overlay. */
        r = upload_lock(upload, 0, &st);
        if (r == -EAGAIN)
                return answer_offset(
                        request, 423, upload, _("This file is being uploaded already."));
        if (r < 0 && r != -ENOENT)
                return r;
        if (r >= 0 && unlinkat(upload->directory_fd, upload->name, 0) < 0 && errno != ENOENT)
                return -errno;
        return answer_offset(request, 200, upload, NULL);
}
