/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The text of a spec, to be edited. l4d2ctl decides whether the user may save it, and writes it. */

#include <limits.h>
#include <string.h>

#include "app/answer.h"
#include "app/command.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/visible-text.h"
#include "pages/conflict.h"
#include "pages/cvars.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"

/* The text of the file, its valid UTF-8, and the checksum of its bytes. */
typedef struct SpecText {
        char *bytes; /* NULL: it can't be read */
        size_t size;
        char *text;
        char match[SHA256_TEXT_MAX];
} SpecText;

static void spec_text_clear(SpecText *text) {
        free(text->bytes);
        free(text->text);
}

static int read_spec(Request *request, const char *name, SpecText *ret) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        char file[PATH_MAX];
        int r;

        /* A spec that can't be read is replaced as a whole. */
        r = spec_read(&request->web->specs, name, &errors, file, &ret->bytes, &ret->size);
        if (r < 0 && r != -ENOENT && r != -EINVAL)
                return r;
        ret->text = malloc(VISIBLE_TEXT_MAX(ret->size));
        if (!ret->text)
                return -ENOMEM;
        (void) visible_text(ret->bytes ? ret->bytes : "", ret->size, ret->text);
        ret->match[0] = '\0';
        if (ret->bytes)
                sha256_text(ret->bytes, ret->size, ret->match);
        return 0;
}

int page_server_spec(Request *request) {
        _cleanup_json_ sd_json_variant *model = NULL, *object = NULL, *theirs = NULL;
        _cleanup_(spec_text_clear) SpecText spec = {};
        const char *text;
        Server *server;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        request_set_title(request, _("Spec of %s"), server_name(server));
        r = server_to_model(server, &object);
        if (r >= 0)
                r = read_spec(request, server_name(server), &spec);
        if (r >= 0)
                r = conflict_to_model(
                        request,
                        &(ConflictSaved) { spec.bytes ? spec.bytes : "", spec.size, spec.match,
                                           NULL, NULL },
                        &theirs);
        if (r < 0)
                return r;
        text = request_typed(request, "text", spec.text);
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("server", object),
                SD_JSON_BUILD_PAIR_STRING("text", text),
                SD_JSON_BUILD_PAIR_STRING("match", request_typed(request, "match", spec.match)),
                SD_JSON_BUILD_PAIR_UNSIGNED("rows", conflict_rows(text)),
                SD_JSON_BUILD_PAIR_VARIANT("theirs", theirs),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_limited", !request->user->is_admin));
        if (r >= 0)
                r = cvars_add_others(request, NULL, server_name(server), &model);
        return r < 0 ? r : answer_page(request, 200, "spec", model);
}

/* --- saving -------------------------------------------------------------------------------------
 */

int post_server_spec(Request *request) {
        const char *text = request_field(request, "text");
        const char *match = conflict_match(request, NULL);
        char done[256], location[INSTANCE_NAME_MAX + 32], option[CONFLICT_OPTION_MAX];
        Server *server;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        if (!text)
                return answer_failed(
                        request, 400, _("The field 'text' is missing."), NULL, page_server_spec);

        (void) snprintf(done, sizeof(done), _("Saved the spec of '%s'."), server_name(server));
        (void) snprintf(location, sizeof(location), "/servers/%s", server_name(server));
        /* The form says what it showed; a program may do without. */
        if (match && match[0] == '\0')
                match = NULL;
        return action_run(
                request,
                &(Action) {
                        .arguments =
                                (const char *[]) { "initialize", server_name(server), "--file=-",
                                                   conflict_option(match, option), NULL },
                        .input = text,
                        .input_size = strlen(text),
                        .location = location,
                        .done = done,
                        .failed = _("The spec was not saved."),
                        .again = page_server_spec,
                });
}
