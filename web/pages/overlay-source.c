/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where the content of an overlay comes from: its definition, and its script. */

#include <fcntl.h>
#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/command.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/text.h"
#include "content/definition.h"
#include "pages/conflict.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"
#include "spec/spec.h"
#include "view/errors.h"

#define _cleanup_json_ _cleanup_(sd_json_variant_unrefp)

typedef struct Source {
        char *text, *script; /* script: NULL: there is none */
        size_t size;
        char match[SHA256_TEXT_MAX];
        OverlayKind kind;
        SpecErrors errors;
} Source;

static void source_done(Source *source) {
        free(source->text);
        free(source->script);
        spec_errors_clear(&source->errors);
}

static int read_definition(int fd, Source *source) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        int r;

        r = read_file_beneath(
                fd, "overlay.yaml", &(FileLimits) { .size_max = SPEC_SIZE_MAX }, &source->text,
                &source->size);
        if (r < 0) {
                /* A directory that was filled by hand has none, and a bad one is written again. */
                source->text = strdup("kind: files\n");
                source->size = source->text ? strlen(source->text) : 0;
        }
        if (!source->text)
                return -ENOMEM;
        sha256_text(source->text, source->size, source->match);
        r = definition_parse(
                "overlay.yaml", source->text, source->size, &source->errors, &definition);
        if (definition)
                source->kind = definition->kind;
        return r == -ENOMEM ? r : 0;
}

/* -ENOENT and others: no such overlay. */
static int read_source(const Request *request, Source *ret) {
        const FileLimits limits = { .size_max = DEFINITION_SCRIPT_MAX };
        _cleanup_close_ int root_fd = -EBADF, fd = -EBADF;
        size_t size;
        int r;

        root_fd = open(request->web->paths->overlays_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return -errno;
        fd = open_beneath(root_fd, request_parameter(request, "ref"), O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        r = read_definition(fd, ret);
        if (r < 0 || !request->user->is_admin)
                return r;
        r = read_file_beneath(fd, OVERLAY_SCRIPT_FILE, &limits, &ret->script, &size);
        return r == -ENOMEM ? r : 0;
}

static int build(Request *request, const Source *source, sd_json_variant **ret) {
        const char *ref = request_parameter(request, "ref");
        bool is_admin = request->user->is_admin;
        const char *text = request_typed(request, "text", source->text);
        const char *script = source->script ? source->script : "#!/bin/bash\nset -eu\n";
        _cleanup_json_ sd_json_variant *errors = NULL, *theirs = NULL;
        _cleanup_free_ char *href = NULL;
        int r;

        script = request_typed(request, "script", script);
        r = overlay_href(ref, "", "", 0, &href);
        if (r >= 0)
                r = errors_to_model(&source->errors, &errors);
        if (r >= 0)
                r = conflict_to_model(request, source->text, source->size, source->match, &theirs);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("ref", ref), SD_JSON_BUILD_PAIR_STRING("href", href),
                SD_JSON_BUILD_PAIR_STRING("kind", overlay_kind_to_string(source->kind)),
                SD_JSON_BUILD_PAIR_BOOLEAN("can_build", source->kind != OVERLAY_FILES),
                SD_JSON_BUILD_PAIR_STRING("text", text),
                SD_JSON_BUILD_PAIR_UNSIGNED("rows", conflict_rows(text)),
                SD_JSON_BUILD_PAIR_STRING("match", request_typed(request, "match", source->match)),
                SD_JSON_BUILD_PAIR_VARIANT("theirs", theirs),
                SD_JSON_BUILD_PAIR_VARIANT("errors", errors),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_errors", spec_errors_any(&source->errors)),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "has_script", is_admin && source->kind == OVERLAY_SCRIPT),
                SD_JSON_BUILD_PAIR_STRING("script", script),
                SD_JSON_BUILD_PAIR_UNSIGNED("script_rows", conflict_rows(script)));
}

int page_overlay_source(Request *request) {
        const char *ref = request_parameter(request, "ref");
        _cleanup_(source_done) Source source = {};
        _cleanup_json_ sd_json_variant *model = NULL;
        int r;

        r = read_source(request, &source);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return answer_error(request, 404, NULL);
        request_set_title(request, _("Source of %s"), ref);
        r = build(request, &source, &model);
        return r < 0 ? r : answer_page(request, 200, "overlay-source", model);
}

/* --- saving -------------------------------------------------------------------------------------
 */

static int save(
        Request *request, const char *const *arguments, const char *text, const char *done) {
        char location[ROUTE_VALUE_MAX + 32];

        (void) snprintf(
                location, sizeof(location), "/overlays/%s/-/source",
                request_parameter(request, "ref"));
        return action_run(
                request, &(Action) {
                                 .arguments = arguments,
                                 .input = text,
                                 .input_size = strlen(text),
                                 .location = location,
                                 .done = done,
                                 .failed = _("Not saved."),
                                 .again = page_overlay_source,
                         });
}

int post_overlay_source(Request *request) {
        const char *ref = request_parameter(request, "ref"), *text = request_field(request, "text");
        const char *match = conflict_match(request);
        _cleanup_(source_done) Source source = {};
        char done[256];
        int r;

        if (!text || !text[0])
                return answer_failed(
                        request, 422, _("The text is empty."), NULL, page_overlay_source);
        r = read_source(request, &source);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return answer_error(request, 404, NULL);
        if (match && strcmp(match, source.match) != 0)
                return answer_failed(
                        request, 409,
                        _("Someone else saved this definition while you were editing. Your changes are not saved yet."),
                        NULL, page_overlay_source);
        (void) snprintf(done, sizeof(done), _("Saved the source of '%s'."), ref);
        return save(
                request, (const char *[]) { "overlay", "define", ref, "--file=-", NULL }, text,
                done);
}

int post_overlay_script(Request *request) {
        const char *ref = request_parameter(request, "ref");
        const char *script = request_field(request, "script");
        char done[256];

        if (!script || !script[0])
                return answer_failed(
                        request, 422, _("The text is empty."), NULL, page_overlay_source);
        (void) snprintf(done, sizeof(done), _("Saved the script of '%s'."), ref);
        return save(
                request, (const char *[]) { "overlay", "script", ref, "-", NULL }, script, done);
}
