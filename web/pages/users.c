/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The users, for admins. A password that was made is shown to the admin once, on the page that
 * answers, and never stored.
 */

#include <string.h>

#include "app/answer.h"
#include "app/command.h"
#include "auth/users.h"
#include "base/name.h"
#include "base/text.h"
#include "pages/pages.h"
#include "view/model.h"

static int add_user(sd_json_variant **list, const char *name, const Request *request) {
        const WebUser *user = users_find(request->web->users, name);
        bool is_admin = user && user->is_admin;
        const char *role = is_admin ? "admin" : "user";
        char href[sizeof("/users/") + INSTANCE_NAME_MAX];

        (void) snprintf(href, sizeof(href), "/users/%s", name);
        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_STRING("name", name),
                SD_JSON_BUILD_PAIR_STRING("href", href),
                SD_JSON_BUILD_PAIR_STRING("role", user ? role : NULL),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_admin", is_admin),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_broken", !user),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_one_time", user && user->must_change_password),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "is_self", request->user && strcmp(name, request->user->name) == 0));
}

static int list_users(const Request *request, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
        _cleanup_(strv_freep) char **names = NULL;
        int r;

        r = users_list(request->web->users, &names);
        if (r < 0)
                return r;
        r = sd_json_build(&list, SD_JSON_BUILD_EMPTY_ARRAY);
        for (char **name = names; r >= 0 && *name; name++)
                r = add_user(&list, *name, request);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

/* made: the password l4d2ctl made just now for the user `name`; both NULL on the page itself. */
static int build_page(Request *request, const char *name, const char *made) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL, *model = NULL, *new = NULL;
        const char *role = request_typed(request, "role", "user");
        int r;

        r = list_users(request, &list);
        if (r < 0)
                return r;
        if (made)
                r = sd_json_buildo(
                        &new, SD_JSON_BUILD_PAIR_STRING("name", name),
                        SD_JSON_BUILD_PAIR_STRING("password", made));
        if (r < 0)
                return r;

        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("users", list),
                SD_JSON_BUILD_PAIR_STRING("name", request_typed(request, "name", "")),
                SD_JSON_BUILD_PAIR_STRING("role", role),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_admin_chosen", strcmp(role, "admin") == 0),
                SD_JSON_BUILD_PAIR_VARIANT("made", new));
        if (r < 0)
                return r;
        return answer_page(request, 200, "users", model);
}

int page_users(Request *request) {
        return build_page(request, NULL, NULL);
}

/* --- forms ------------------------------------------------------------------------------------ */

/* Returns the user that the request is about, from the path, or from the form for a new user. */
static const char *user_of(const Request *request) {
        const char *name = request_parameter(request, "user");

        return name ? name : request_field(request, "name");
}

/* l4d2ctl printed the password that it made. */
static int show_password(Request *request, const ChildResult *result) {
        char password[128];
        int r;

        (void) snprintf(
                password, sizeof(password), "%.*s", (int) strcspn(result->output, "\n"),
                result->output);
        r = build_page(request, user_of(request), password);
        explicit_bzero(password, sizeof(password));
        return r;
}

/* done_text, failed_text: with a place for the user's name. */
static int run(
        Request *request, const char *const *arguments, const char *done_text,
        const char *failed_text, int (*then)(Request *request, const ChildResult *result)) {
        const char *name = user_of(request);
        char done[128], failed[128];

        if (!name || !instance_name_is_valid(name))
                return answer_failed(request, 422, NAME_RULE, NULL, page_users);
        model_sentence(done, sizeof(done), done_text, name);
        model_sentence(failed, sizeof(failed), failed_text, name);
        return action_run(
                request, &(Action) {
                                 .arguments = arguments,
                                 .location = "/users",
                                 .done = done,
                                 .failed = failed,
                                 .again = page_users,
                                 .then = then,
                         });
}

static const char *role_of(const Request *request) {
        const char *role = request_field(request, "role");

        return role && (strcmp(role, "admin") == 0 || strcmp(role, "user") == 0) ? role : NULL;
}

static int refuse_role(Request *request) {
        return answer_failed(request, 422, _("Role must be admin or user."), NULL, page_users);
}

int post_user_add(Request *request) {
        const char *name = user_of(request), *role = role_of(request);

        if (!role)
                return refuse_role(request);
        return run(
                request,
                (const char *[]) { "user", "add", name, "--role", role, "--generate", NULL },
                N_("Added user '%s'."), N_("Failed to add user '%s'."), show_password);
}

int post_user_role(Request *request) {
        const char *role = role_of(request);

        if (!role)
                return refuse_role(request);
        return run(
                request, (const char *[]) { "user", "role", user_of(request), role, NULL },
                N_("Changed user '%s'."), N_("Failed to change user '%s'."), NULL);
}

int post_user_password(Request *request) {
        return run(
                request,
                (const char *[]) { "user", "passwd", user_of(request), "--generate", NULL },
                N_("Changed user '%s'."), N_("Failed to change user '%s'."), show_password);
}

int post_user_delete(Request *request) {
        return run(
                request, (const char *[]) { "user", "delete", user_of(request), NULL },
                N_("Deleted user '%s'."), N_("Failed to delete user '%s'."), NULL);
}
