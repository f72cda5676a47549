/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/user.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "spec/keys.h"
#include "spec/value.h"

#define FILE_SUFFIX ".yaml"

static const char *const role_names[_USER_ROLE_MAX] = {
        [USER_ROLE_USER] = "user",
        [USER_ROLE_ADMIN] = "admin",
};

const char *user_role_to_string(UserRole role) {
        return (size_t) role < ELEMENTSOF(role_names) ? role_names[role] : NULL;
}

int user_role_from_string(const char *text, UserRole *ret) {
        for (size_t i = 0; i < ELEMENTSOF(role_names); i++)
                if (strcmp(role_names[i], text) == 0) {
                        *ret = (UserRole) i;
                        return 0;
                }
        return -EINVAL;
}

/* --- keys ------------------------------------------------------------------------------------- */

static int read_role(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        User *user = r->object;
        size_t role;

        if (value_enumeration(
                    &r->source, key->name, node, role_names, ELEMENTSOF(role_names), &role))
                user->role = (UserRole) role;
        return 0;
}

/* The valid output of crypt(3): any other text is not a password hash. */
static bool is_yescrypt(const char *text) {
        size_t length =
                strspn(text, "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz$");

        return length <= USER_HASH_LENGTH_MAX && text[length] == '\0' &&
               strncmp(text, "$y$", 3) == 0;
}

static int read_password(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        User *user = r->object;
        char *text = value_text(&r->source, key->name, node);

        if (!text)
                return 0;
        if (is_yescrypt(text))
                user->password = text;
        /* The value may be a password that a user wrote here by mistake: keep it out of the log. */
        else
                spec_errors_add(
                        r->source.errors,
                        &(SpecPlace) {
                                .file = r->source.file,
                                .line = node->start.line,
                                .column = node->start.column,
                        },
                        "password must be a yescrypt hash as 'l4d2ctl user passwd' writes it");
        return 0;
}

static int read_one_time(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        User *user = r->object;

        (void) value_boolean(&r->source, key->name, node, &user->one_time);
        return 0;
}

static void check_all_are_set(SpecReader *r, const YamlNode *root) {
        if (!yaml_get(root, "role"))
                spec_file_error(&r->source, "'role' is missing");
        if (!yaml_get(root, "password"))
                spec_file_error(&r->source, "'password' is missing");
}

static const SpecKey user_items[] = {
        { "role", SPEC_KEY_TEXT, read_role, NULL, SPEC_KEY_NOWHERE, 0 },
        { "password", SPEC_KEY_TEXT, read_password, NULL, SPEC_KEY_NOWHERE, 0 },
        { "one_time", SPEC_KEY_BARE, read_one_time, NULL, SPEC_KEY_NOWHERE, 0 },
};
static const SpecKeys user_keys = { user_items, ELEMENTSOF(user_items) };

/* --- files ------------------------------------------------------------------------------------ */

User *user_free(User *user) {
        if (user)
                arena_free(user->arena); /* holds the user itself too */
        return NULL;
}

static int user_new(const char *name, User **ret) {
        _cleanup_(arena_freep) Arena *arena = NULL;
        int r;

        r = arena_new(&arena);
        if (r < 0)
                return r;

        User *user = arena_allocate(arena, sizeof(*user));

        if (!user)
                return -ENOMEM;

        memcpy(user->name, name, strlen(name));
        user->arena = TAKE_PTR(arena);
        *ret = user;
        return 0;
}

int user_parse(
        const char *name, const char *file, const char *text, size_t size, SpecErrors *errors,
        User **ret) {
        static const SpecDocument document = {
                .keys = &user_keys,
                .what = N_("a user"),
                .empty = N_("the file has no values, 'role' and 'password' must be set"),
                .check = check_all_are_set,
        };
        _cleanup_(user_freep) User *user = NULL;
        SpecReader reader = {
                .source = { .file = file, .text = text, .size = size, .errors = errors },
        };
        int r;

        if (!instance_name_is_valid(name)) {
                spec_file_error(&reader.source, "not the name of a user");
                return -EINVAL;
        }

        r = user_new(name, &user);
        if (r < 0)
                return r;
        reader.object = user;
        reader.arena = user->arena;

        r = spec_document_read(&reader, &document);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(user);
        return 0;
}

int user_load(const StateDir *users, const char *name, SpecErrors *errors, User **ret) {
        _cleanup_free_ char *text = NULL;
        char file[PATH_MAX], path[INSTANCE_NAME_MAX + sizeof(FILE_SUFFIX)];
        size_t size = 0;
        int r;

        if (!instance_name_is_valid(name))
                return -ENOENT;

        (void) snprintf(path, sizeof(path), "%s" FILE_SUFFIX, name);
        r = state_dir_read(users, path, errors, file, &text, &size);
        if (r < 0)
                return r;

        r = user_parse(name, file, text, size, errors, ret);
        explicit_bzero(text, size);
        return r;
}

int user_list(const StateDir *users, char ***ret) {
        return state_dir_list(users->fd, FILE_SUFFIX, USERS_MAX, ret);
}

int user_format(const User *user, char **ret, size_t *ret_size) {
        int n;

        n = asprintf(
                ret, "# Made by 'l4d2ctl user'.\nrole: %s\npassword: '%s'\n%s",
                user_role_to_string(user->role), user->password,
                user->one_time ? "one_time: true\n" : "");
        if (n < 0)
                return -ENOMEM;

        *ret_size = (size_t) n;
        return 0;
}
