/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/static-files.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <string.h>

#include "app/answer.h"
#include "base/file.h"
#include "base/sha256.h"
#include "http/response.h"

enum { FILES_MAX = 64, FILE_SIZE_MAX = 4 * 1024 * 1024, ETAG_MAX = 40 };

typedef struct StaticFile {
        char *name;
        char etag[ETAG_MAX];
        struct MHD_Response *plain, *packed, *unchanged; /* packed: NULL when there is none */
} StaticFile;

struct StaticFiles {
        StaticFile items[FILES_MAX];
        size_t n;
};

static const struct {
        const char *suffix, *type;
} types[] = {
        { ".css", "text/css; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".svg", "image/svg+xml" },
        { ".png", "image/png" },
        { ".ico", "image/x-icon" },
        { ".woff2", "font/woff2" },
        { ".txt", "text/plain; charset=utf-8" },
};

static const char *type_of(const char *name) {
        const char *suffix = strrchr(name, '.');

        for (size_t i = 0; suffix && i < ELEMENTSOF(types); i++)
                if (strcmp(types[i].suffix, suffix) == 0)
                        return types[i].type;
        return NULL;
}

/* --- loading ---------------------------------------------------------------------------------- */

static int read_static(int dir_fd, const char *name, char **ret_data, size_t *ret_size) {
        return read_file_beneath(
                dir_fd, name, &(FileLimits) { .size_max = FILE_SIZE_MAX }, ret_data, ret_size);
}

static int add_headers(struct MHD_Response *response, const char *type, const char *etag) {
        /* The browser asks each time and gets "unchanged": an update is seen at once. */
        if (MHD_add_response_header(response, "Cache-Control", "no-cache") != MHD_YES ||
            MHD_add_response_header(response, "Vary", "Accept-Encoding") != MHD_YES ||
            MHD_add_response_header(response, "ETag", etag) != MHD_YES ||
            (type && MHD_add_response_header(response, "Content-Type", type) != MHD_YES))
                return -ENOMEM;
        return http_response_add_security_headers(response);
}

/* Takes the data. */
static int make_response(
        char *data, size_t size, const char *type, const char *etag, struct MHD_Response **ret) {
        struct MHD_Response *response =
                MHD_create_response_from_buffer_with_free_callback(size, data, free);
        int r;

        if (!response) {
                free(data);
                return -ENOMEM;
        }
        r = add_headers(response, type, etag);
        if (r < 0) {
                MHD_destroy_response(response);
                return r;
        }
        *ret = response;
        return 0;
}

static int load_packed(int dir_fd, const char *name, const char *type, StaticFile *file) {
        char packed_name[NAME_MAX + 8];
        char *data;
        size_t size;
        int r;

        (void) snprintf(packed_name, sizeof(packed_name), "%s.gz", name);
        r = read_static(dir_fd, packed_name, &data, &size);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        r = make_response(data, size, type, file->etag, &file->packed);
        if (r < 0)
                return r;
        if (MHD_add_response_header(file->packed, "Content-Encoding", "gzip") != MHD_YES)
                return -ENOMEM;
        return 0;
}

static int load_file(int dir_fd, const char *name, StaticFile *file) {
        const char *type = type_of(name);
        char hash[SHA256_TEXT_MAX];
        char *data;
        size_t size;
        int r;

        r = read_static(dir_fd, name, &data, &size);
        if (r < 0)
                return r;
        sha256_text(data, size, hash);
        (void) snprintf(file->etag, sizeof(file->etag), "\"%.32s\"", hash);
        file->name = strdup(name);
        if (!file->name) {
                free(data);
                return -ENOMEM;
        }

        r = make_response(data, size, type, file->etag, &file->plain);
        if (r < 0)
                return r;
        r = make_response(NULL, 0, NULL, file->etag, &file->unchanged);
        if (r < 0)
                return r;
        return load_packed(dir_fd, name, type, file);
}

static int add_file(StaticFiles *files, int dir_fd, const char *name) {
        if (files->n == FILES_MAX)
                return -E2BIG;
        return load_file(dir_fd, name, &files->items[files->n++]);
}

/* The path of one file. */
static int load_single(StaticFiles *files, const char *path) {
        _cleanup_close_ int dir_fd = -EBADF;
        _cleanup_free_ char *directory = NULL;
        const char *name = strrchr(path, '/');

        directory = name ? strndup(path, (size_t) (name - path)) : NULL;
        if (!directory)
                return name ? -ENOMEM : -EINVAL;
        dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return dir_fd < 0 ? -errno : add_file(files, dir_fd, name + 1);
}

static int load_path(StaticFiles *files, const char *path) {
        _cleanup_(closedirp) DIR *dir = opendir(path);
        struct dirent *entry;
        int r;

        if (!dir && errno == ENOTDIR)
                return load_single(files, path);
        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        while ((entry = readdir(dir))) {
                if (entry->d_name[0] == '.' || !type_of(entry->d_name))
                        continue;
                r = add_file(files, dirfd(dir), entry->d_name);
                if (r < 0)
                        return r;
        }
        return 0;
}

int static_files_load(const char *const *paths, StaticFiles **ret) {
        _cleanup_(static_files_freep) StaticFiles *files = calloc(1, sizeof(*files));
        int r;

        if (!files)
                return -ENOMEM;
        for (; *paths; paths++) {
                r = load_path(files, *paths);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(files);
        return 0;
}

StaticFiles *static_files_free(StaticFiles *files) {
        if (!files)
                return NULL;
        for (size_t i = 0; i < files->n; i++) {
                StaticFile *file = &files->items[i];

                free(file->name);
                if (file->plain)
                        MHD_destroy_response(file->plain);
                if (file->packed)
                        MHD_destroy_response(file->packed);
                if (file->unchanged)
                        MHD_destroy_response(file->unchanged);
        }
        free(files);
        return NULL;
}

/* --- serving ---------------------------------------------------------------------------------- */

static const StaticFile *find(const StaticFiles *files, const char *name) {
        for (size_t i = 0; i < files->n; i++)
                if (strcmp(files->items[i].name, name) == 0)
                        return &files->items[i];
        return NULL;
}

/* "gzip" among others, but not "gzip;q=0". */
static bool takes_gzip(const char *accepted) {
        const char *p = accepted ? strstr(accepted, "gzip") : NULL;

        if (!p)
                return false;
        p += strlen("gzip");
        p += strspn(p, " ");
        if (*p != ';')
                return *p == '\0' || *p == ',';
        p = strchr(p, '=');
        return p && (p[1] == '1' || strncmp(p + 1, "0.", 2) == 0);
}

int static_files_serve(Request *request) {
        const StaticFile *file = find(request->web->files, request_parameter(request, "file"));
        const char *known;

        if (!file)
                return answer_error(request, 404, NULL);

        known = request_header(request, "If-None-Match");
        if (known && strstr(known, file->etag))
                return http_response_shared(&request->http, MHD_HTTP_NOT_MODIFIED, file->unchanged);
        if (file->packed && takes_gzip(request_header(request, "Accept-Encoding")))
                return http_response_shared(&request->http, MHD_HTTP_OK, file->packed);
        return http_response_shared(&request->http, MHD_HTTP_OK, file->plain);
}
