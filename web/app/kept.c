/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/kept.h"

#include <string.h>

#include "app/answer.h"
#include "app/login.h"
#include "base/json.h"
#include "base/text.h"
#include "view/model.h"

#define KEPT "kept." /* before the names of fields, in a login form */

enum { ROWS_MAX = 20 };

/* The posted form and its path. */
typedef struct Kept {
        const char *action;
        bool by_login;  /* the names of the fields have the prefix */
        bool for_login; /* in the page that is made they are to have it */
} Kept;

bool kept_is_possible(const Request *request) {
        return request->match.route && request->match.route->flags & ROUTE_TEXT &&
               !request_is_api(request) && request_header(request, "Origin") &&
               !request_header(request, "HX-Request");
}

/* The path that text is posted to; NULL: none of ours. */
static const char *login_action(const Request *request) {
        const char *action = request_field(request, "kept");
        RouteMatch match;

        if (!action)
                return NULL;
        router_match(request->web->routes, "POST", action, &match);
        return match.route && !match.is_api && match.route->flags & ROUTE_TEXT ? action : NULL;
}

bool kept_by_login(const Request *request) {
        return !request_is_api(request) && login_action(request);
}

/* The name a field has in its own form; NULL: it is not kept, a token or a secret. */
static const char *own_name(const Kept *kept, const FormField *field) {
        const char *name = field->name;

        if (kept->by_login) {
                if (strncmp(name, KEPT, strlen(KEPT)) != 0)
                        return NULL;
                name += strlen(KEPT);
        }
        return strcmp(name, "csrf") == 0 || strcasestr(name, "password") ? NULL : name;
}

/* Whether a person typed the field; a checksum or the place of an overlay is not typed. */
static bool is_text(const char *name, const char *value) {
        return value[0] != '\0' && strcmp(name, "match") != 0 && strcmp(name, "overwrite") != 0 &&
               strcmp(name, "exec") != 0 && !strchr(name, '.');
}

static int append_field(
        const Kept *kept, const char *name, const char *value, sd_json_variant **fields,
        sd_json_variant **texts) {
        _cleanup_free_ char *full = NULL;
        int r;

        if (asprintf(&full, "%s%s", kept->for_login ? KEPT : "", name) < 0)
                return -ENOMEM;
        r = sd_json_variant_append_arraybo(
                fields, SD_JSON_BUILD_PAIR_STRING("name", full),
                SD_JSON_BUILD_PAIR_STRING("value", value));
        if (r < 0 || !is_text(name, value))
                return r;
        return sd_json_variant_append_arraybo(
                texts, SD_JSON_BUILD_PAIR_STRING("label", name),
                SD_JSON_BUILD_PAIR_STRING("value", value),
                SD_JSON_BUILD_PAIR_UNSIGNED("rows", model_rows(value, 0, 1, ROWS_MAX)));
}

static int answer(Request *request, unsigned status, const Kept *kept, const char *text) {
        _cleanup_json_ sd_json_variant *model = NULL, *fields = NULL, *texts = NULL;
        char page[ROUTE_PATH_MAX];
        int r;

        if (!request->user) {
                r = login_prepare_form(request);
                if (r < 0)
                        return r;
        }
        r = sd_json_variant_new_array(&fields, NULL, 0);
        if (r >= 0)
                r = sd_json_variant_new_array(&texts, NULL, 0);
        for (size_t i = 0; i < request->http.form.n_fields && r >= 0; i++) {
                const FormField *field = &request->http.form.fields[i];
                const char *name = own_name(kept, field);

                if (name)
                        r = append_field(kept, name, field->value, &fields, &texts);
        }
        if (r < 0)
                return r;

        router_page_above(request->web->routes, kept->action, page);
        request_set_title(request, _("Not saved yet"));
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_STRING("text", text),
                SD_JSON_BUILD_PAIR_STRING("action", kept->action),
                SD_JSON_BUILD_PAIR_STRING("page_href", page),
                SD_JSON_BUILD_PAIR_VARIANT("fields", fields),
                SD_JSON_BUILD_PAIR_VARIANT("texts", texts),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "must_change_password",
                        request->user && request->user->must_change_password),
                SD_JSON_BUILD_PAIR_STRING(
                        "name", kept->by_login ? request_typed(request, "name", "") : ""));
        return r < 0 ? r : answer_page(request, status, "kept", model);
}

int kept_answer(Request *request, unsigned status, const char *text) {
        const Kept kept = { .action = request->path, .for_login = !request->user };

        return answer(request, status, &kept, text);
}

int page_kept(Request *request) {
        const Kept kept = {
                .action = login_action(request),
                .by_login = true,
                .for_login = !request->user,
        };

        return answer(
                request, 200, &kept,
                request->user ? _("You are logged in. Your text is not saved yet.")
                              : _("Your text is not saved yet."));
}
