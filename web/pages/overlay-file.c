/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One file of an overlay: its text to edit, and the file to download. A file that does not exist
 * is a new one. */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/download.h"
#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/utf8.h"
#include "content/tree-changes.h"
#include "pages/conflict.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"
#include "spec/overlay-dir.h"
#include "view/model.h"

typedef struct OverlayFile {
        char path[ROUTE_PATH_MAX];
        bool exists, is_text, has_crlf;
        uint64_t size;
        char *text;                  /* of a text: with LF alone. From malloc */
        char match[SHA256_TEXT_MAX]; /* of the file's bytes; "": it does not exist */
} OverlayFile;

static void overlay_file_done(OverlayFile *file) {
        free(file->text);
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* Takes CR off before each LF; false: there are others, or other bytes that no form can have. */
static bool unfold(char *text, size_t size, bool *ret_had_crlf) {
        char *to = text;
        bool crlf = false, lf = false;

        if (strlen(text) != size || !utf8_is_valid(text))
                return false;
        for (const char *from = text; *from; from++) {
                unsigned char c = (unsigned char) *from;

                if (c == '\r' && from[1] == '\n') {
                        crlf = true;
                        *to++ = *++from;
                        continue;
                }
                lf |= c == '\n';
                if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
                        return false;
                *to++ = *from;
        }
        *to = '\0';
        *ret_had_crlf = crlf;
        /* A form can't say which lines had which end. */
        return !(crlf && lf);
}

static int read_text_of(int dir_fd, OverlayFile *file) {
        const FileLimits limits = { .size_max = TREE_CHANGE_TEXT_MAX, .linked = true };
        size_t size;
        int r;

        r = read_file_beneath(dir_fd, file->path, &limits, &file->text, &size);
        if (r < 0)
                return r == -ENOMEM ? r : 0; /* it is too large, for example */
        sha256_text(file->text, size, file->match);
        file->is_text = unfold(file->text, size, &file->has_crlf);
        return 0;
}

/* -ENOENT: no such overlay; -EISDIR: a directory or something else is there. */
static int read_overlay_file(const Request *request, OverlayFile *ret) {
        _cleanup_close_ int root_fd = -EBADF, dir_fd = -EBADF, fd = -EBADF;
        _cleanup_free_ char *version = NULL;
        struct stat st;
        int r;

        overlay_path_of(request, ret->path);
        root_fd = open(request->web->paths->overlays_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return -errno;
        r = overlay_dir_open(root_fd, request_parameter(request, "ref"), &dir_fd, &version);
        if (r == -ENODATA) {
                ret->is_text = true;
                return 0;
        }
        fd = r < 0 ? r : open_beneath(dir_fd, ret->path, O_PATH | O_NOFOLLOW);
        if (r >= 0 && fd == -ENOENT) {
                ret->is_text = true;
                return 0;
        }
        if (fd < 0 || fstat(fd, &st) < 0)
                return fd < 0 ? fd : -errno;
        if (!S_ISREG(st.st_mode))
                return -EISDIR;
        ret->exists = true;
        ret->size = (uint64_t) st.st_size;
        return read_text_of(dir_fd, ret);
}

/* --- the page -----------------------------------------------------------------------------------
 */

static int add_links(const char *ref, const OverlayFile *file, sd_json_variant **model) {
        _cleanup_free_ char *href = NULL, *parent = NULL, *download = NULL;
        _cleanup_json_ sd_json_variant *crumbs = NULL;
        size_t n = strlen(file->path);
        int r;

        r = overlay_href(ref, "/-/file", file->path, n, &href);
        if (r >= 0)
                r = overlay_href(ref, "/-/download", file->path, n, &download);
        if (r >= 0)
                r = overlay_parent_href(ref, file->path, &parent);
        if (r >= 0)
                r = overlay_crumbs(ref, file->path, &crumbs);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(model, "page_href", SD_JSON_BUILD_STRING(href));
        if (r >= 0)
                r = sd_json_variant_set_fieldb(
                        model, "download_href", SD_JSON_BUILD_STRING(download));
        if (r >= 0)
                r = sd_json_variant_set_fieldb(model, "parent_href", SD_JSON_BUILD_STRING(parent));
        return r < 0 ? r : sd_json_variant_set_field(model, "crumbs", crumbs);
}

static int build(Request *request, const OverlayFile *file, sd_json_variant **ret) {
        const char *ref = request_parameter(request, "ref"), *text = file->text ? file->text : "";
        const char *slash = strrchr(file->path, '/');
        _cleanup_json_ sd_json_variant *theirs = NULL, *size = NULL;
        _cleanup_free_ char *href = NULL;
        int r;

        r = overlay_href(ref, "/-/file", file->path, strlen(file->path), &href);
        if (r >= 0)
                r = conflict_to_model(
                        request, &(ConflictSaved) { text, strlen(text), file->match, NULL, href },
                        &theirs);
        if (r >= 0)
                r = model_size(file->size, &size);
        if (r < 0)
                return r;
        text = request_typed(request, "text", text);
        r = sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("ref", ref),
                SD_JSON_BUILD_PAIR_STRING("path", file->path),
                SD_JSON_BUILD_PAIR_STRING("new_path", request_typed(request, "to", file->path)),
                SD_JSON_BUILD_PAIR_STRING("name", slash ? slash + 1 : file->path),
                SD_JSON_BUILD_PAIR_BOOLEAN("exists", file->exists),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_text", file->is_text),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_crlf", file->has_crlf),
                SD_JSON_BUILD_PAIR_STRING(
                        "size_text", sd_json_variant_string(sd_json_variant_by_key(size, "text"))),
                SD_JSON_BUILD_PAIR_STRING("text", file->is_text ? text : NULL),
                SD_JSON_BUILD_PAIR_UNSIGNED("rows", conflict_rows(text)),
                SD_JSON_BUILD_PAIR_STRING("match", request_typed(request, "match", file->match)),
                SD_JSON_BUILD_PAIR_VARIANT("theirs", theirs));
        return r < 0 ? r : add_links(ref, file, ret);
}

int page_overlay_file(Request *request) {
        _cleanup_(overlay_file_done) OverlayFile file = {};
        _cleanup_json_ sd_json_variant *model = NULL;
        int r;

        r = read_overlay_file(request, &file);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || file.path[0] == '\0')
                return answer_error(request, 404, NULL);
        request_set_title(
                request, "%s", strrchr(file.path, '/') ? strrchr(file.path, '/') + 1 : file.path);
        r = build(request, &file, &model);
        return r < 0 ? r : answer_page(request, 200, "overlay-file", model);
}

/* --- saving -------------------------------------------------------------------------------------
 */

/* With CR LF at the end of lines, as the file had it. From malloc. */
static char *fold(const char *text) {
        char *folded = malloc(2 * strlen(text) + 1), *to = folded;

        for (; folded && *text; text++) {
                if (*text == '\n')
                        *to++ = '\r';
                *to++ = *text;
        }
        if (folded)
                *to = '\0';
        return folded;
}

int post_overlay_save(Request *request) {
        const char *ref = request_parameter(request, "ref"), *text = request_field(request, "text");
        const char *crlf = request_field(request, "crlf"), *match = conflict_match(request, NULL);
        _cleanup_json_ sd_json_variant *change = NULL;
        _cleanup_free_ char *location = NULL, *folded = NULL;
        char path[ROUTE_PATH_MAX], done[1400];
        int r;

        overlay_path_of(request, path);
        if (!text || !match)
                return answer_failed(
                        request, 422, _("The form has no text."), NULL, page_overlay_file);
        if (strlen(text) > TREE_CHANGE_TEXT_MAX)
                return answer_failed(
                        request, 413, _("Too large. The limit is 1 MiB."), NULL, page_overlay_file);
        if (crlf && strcmp(crlf, "yes") == 0) {
                folded = fold(text);
                if (!folded)
                        return -ENOMEM;
        }
        (void) snprintf(done, sizeof(done), _("Saved '%s'."), path);
        r = overlay_href(ref, "/-/file", path, strlen(path), &location);
        if (r >= 0)
                r = sd_json_buildo(
                        &change, SD_JSON_BUILD_PAIR_STRING("do", "put"),
                        SD_JSON_BUILD_PAIR_STRING("path", path),
                        SD_JSON_BUILD_PAIR_STRING("text", folded ? folded : text),
                        SD_JSON_BUILD_PAIR_STRING("match", match));
        return r < 0 ? r
                     : overlay_change(
                               request, change,
                               &(OverlayChange) { location, done, _("Not saved."),
                                                  page_overlay_file });
}

/* --- downloads ----------------------------------------------------------------------------------
 */

static bool may_read_on(_unused_ Web *web, const char *ref, const WebUser *user) {
        return user_may_change_overlay(user, ref);
}

static int download(Request *request, const char *action, const char *name) {
        char path[ROUTE_PATH_MAX], argument[ROUTE_PATH_MAX + 2];
        const char *ref = request_parameter(request, "ref");

        overlay_path_of(request, path);
        (void) snprintf(argument, sizeof(argument), "./%s", path);
        return answer_download(
                request,
                &(DownloadSource) {
                        .arguments = (const char *[]) { "overlay", action, ref, argument, NULL },
                        .content_type = "application/octet-stream",
                        .name = name,
                        .is_allowed = may_read_on,
                        .subject = ref,
                });
}

int page_overlay_download(Request *request) {
        _cleanup_(overlay_file_done) OverlayFile file = {};
        const char *slash;

        if (read_overlay_file(request, &file) < 0 || !file.exists)
                return answer_error(request, 404, NULL);
        slash = strrchr(file.path, '/');
        return download(request, "get", slash ? slash + 1 : file.path);
}

int page_overlay_zip(Request *request) {
        char path[ROUTE_PATH_MAX], name[ROUTE_PATH_MAX + 8];
        const char *last, *slash;

        overlay_path_of(request, path);
        last = path[0] ? path : request_parameter(request, "ref");
        slash = strrchr(last, '/');
        (void) snprintf(name, sizeof(name), "%s.zip", slash ? slash + 1 : last);
        return download(request, "zip", name);
}
