/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/overlay-definition.h"

#include <fcntl.h>
#include <string.h>

#include "app/answer.h"
#include "base/file.h"
#include "base/text.h"
#include "pages/conflict.h"
#include "spec/edit.h"
#include "spec/overlay-dir.h"
#include "spec/spec.h"

void definition_source_done(DefinitionSource *source) {
        free(source->text);
        source->definition = definition_free(source->definition);
        spec_errors_clear(&source->errors);
        safe_close(source->fd);
}

static int read_definition(DefinitionSource *ret) {
        const FileLimits limits = { .size_max = SPEC_SIZE_MAX };
        bool is_readable;
        int r;

        r = read_file_beneath(ret->fd, OVERLAY_FILE, &limits, &ret->text, &ret->size);
        if (r == -ENOMEM)
                return r;
        /* A directory that was filled by hand has none. */
        is_readable = r >= 0 || r == -ENOENT;
        if (r < 0) {
                ret->text = strdup("kind: files\n");
                if (!ret->text)
                        return -ENOMEM;
                ret->size = strlen(ret->text);
        }
        sha256_text(ret->text, ret->size, ret->match);
        r = is_readable
                    ? definition_parse(
                              OVERLAY_FILE, ret->text, ret->size, &ret->errors, &ret->definition)
                    : 0;
        return r == -ENOMEM ? r : 0;
}

static int read_source(const Request *request, DefinitionSource *ret) {
        _cleanup_close_ int root_fd = -EBADF, tree_fd = -EBADF;
        const char *ref = request_parameter(request, "ref");
        _cleanup_free_ char *version = NULL;

        root_fd = open(request->web->paths->overlays_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return -errno;
        ret->fd = open_beneath(root_fd, ref, O_RDONLY | O_DIRECTORY);
        if (ret->fd < 0)
                return ret->fd;
        ret->has_files = overlay_dir_open(root_fd, ref, &tree_fd, &version) != -ENODATA;
        return read_definition(ret);
}

int definition_source_read(Request *request, DefinitionSource *ret) {
        int r = read_source(request, ret);

        if (r >= 0)
                return 1;
        return r == -ENOMEM ? r : answer_error(request, 404, NULL);
}

int definition_source_read_script(const DefinitionSource *source, char **ret, size_t *ret_size) {
        const FileLimits limits = { .size_max = DEFINITION_SCRIPT_MAX };
        int r;

        r = read_file_beneath(source->fd, OVERLAY_SCRIPT_FILE, &limits, ret, ret_size);
        if (r >= 0 || r == -ENOMEM)
                return r;
        *ret = strdup("");
        *ret_size = 0;
        return *ret ? 0 : -ENOMEM;
}

int definition_source_edit(DefinitionSource *source, const char *key, const char *const *values) {
        SpecErrors errors = {};
        YamlSource yaml = { OVERLAY_FILE, source->text, source->size, &errors };
        char *text = NULL;
        size_t size = 0;
        int r;

        r = values[0] ? spec_edit_set(&yaml, &definition_keys, key, values, &text, &size)
                      : spec_edit_unset(&yaml, &definition_keys, key, &text, &size);
        spec_errors_clear(&errors);
        if (r < 0)
                return r;
        free(source->text);
        source->text = text;
        source->size = size;
        return 0;
}

int overlay_text_save(Request *request, const OverlayText *text) {
        const char *ref = request_parameter(request, "ref");
        char location[ROUTE_VALUE_MAX + 32], option[CONFLICT_OPTION_MAX];

        (void) snprintf(location, sizeof(location), "/overlays/%s/-/%s", ref, text->page);
        return action_run(
                request,
                &(Action) {
                        /* Compared again, under the lock. */
                        .arguments =
                                (const char *[]) { "overlay", text->verb, ref, text->from,
                                                   conflict_option(text->match, option), NULL },
                        .input = text->text,
                        .input_size = text->size,
                        .location = location,
                        .done = text->done,
                        .failed = _("Not saved."),
                        .again = text->again,
                        .then = text->then,
                });
}

/* The later one of two changes would take back the earlier one. */
int definition_source_save(
        Request *request, const DefinitionSource *source, const char *page, const char *done,
        RouteHandler again) {
        return overlay_text_save(
                request, &(OverlayText) {
                                 .verb = "define",
                                 .from = "--file=-",
                                 .text = source->text,
                                 .size = source->size,
                                 .match = source->match,
                                 .page = page,
                                 .done = done,
                                 .again = again,
                         });
}
