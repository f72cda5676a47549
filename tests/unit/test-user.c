/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec-tree.h"

#include "spec/user.h"

#define HASH "$y$j9T$KtFMxdZ4PgN8oRSuhwohe/$5bfywKmHatFzeI2Rg499uhOKmAwI.hpFZ7neIK7663/"

static User *parse_good(const char *text) {
        SpecErrors errors = {};
        User *user = NULL;
        int r = user_parse("alice", "f", text, strlen(text), &errors, &user);
        _cleanup_free_ char *printed = errors_text(&errors);

        cr_assert_eq(r, 0, "%s", printed);
        cr_assert_str_eq(printed, "");
        return user;
}

/* One error, at this place, with these words. */
static void assert_error(const char *text, unsigned line, unsigned column, const char *words) {
        SpecErrors errors = {};
        User *user = NULL;

        cr_assert_eq(user_parse("alice", "f", text, strlen(text), &errors, &user), -EINVAL);
        cr_assert_null(user);
        cr_assert_eq(errors.n_items, 1, "%s: %zu errors", text, errors.n_items);
        cr_assert_eq(errors.items[0].line, line, "%s", text);
        cr_assert_eq(errors.items[0].column, column, "%s", text);
        cr_assert(strstr(errors.items[0].message, words), "%s", errors.items[0].message);
        spec_errors_clear(&errors);
}

Test(user, good_ones) {
        User *user = parse_good("role: admin\npassword: '" HASH "'\none_time: true\n");

        cr_assert_str_eq(user->name, "alice");
        cr_assert_eq(user->role, USER_ROLE_ADMIN);
        cr_assert_str_eq(user->password, HASH);
        cr_assert(user->one_time);
        user_free(user);

        user = parse_good("{password: " HASH ", role: user}");
        cr_assert_eq(user->role, USER_ROLE_USER);
        cr_assert_not(user->one_time);
        user_free(user);
}

Test(user, bad_ones) {
        assert_error("", 0, 0, "'role' and 'password' must be set");
        assert_error("role: user\n", 0, 0, "'password' is missing");
        assert_error("password: " HASH "\n", 0, 0, "'role' is missing");
        assert_error("role: root\npassword: " HASH "\n", 1, 7, "role must be 'user' or 'admin'");
        assert_error("role: user\npassword: hunter2hunter2\n", 2, 11, "yescrypt hash");
        assert_error("role: user\npassword: $6$abc$def\n", 2, 11, "yescrypt hash");
        assert_error("role: user\npassword: '$y$:x'\n", 2, 11, "yescrypt hash");
        assert_error("role: user\npassword: " HASH "\none_time: yes\n", 3, 11, "true or false");
        assert_error("role: user\npassword: " HASH "\nrolle: x\n", 3, 1, "did you mean 'role'");
        assert_error("role: user\npassword: " HASH "\nrole: admin\n", 3, 1, "role");
        assert_error("- a\n", 1, 1, "a user must be a mapping");
}

/* An admin who wrote the password itself into the file must not find it in a log. */
Test(user, a_password_is_not_quoted_in_messages) {
        static const char text[] = "role: user\npassword: hunter2hunter2\n";
        SpecErrors errors = {};
        User *user = NULL;

        cr_assert_eq(user_parse("alice", "f", text, strlen(text), &errors, &user), -EINVAL);
        _cleanup_free_ char *printed = errors_text(&errors);
        cr_assert(strstr(printed, "f:2:11: error: password must be"));
        cr_assert_null(strstr(printed, "hunter2"));
}

Test(user, a_hash_that_is_too_long) {
        _cleanup_free_ char *text = NULL;

        cr_assert_gt(asprintf(&text, "role: user\npassword: $y$%0256d\n", 0), 0);
        assert_error(text, 2, 11, "yescrypt hash");
}

Test(user, names_that_are_none) {
        static const char text[] = "role: user\npassword: " HASH "\n";
        static const char *const names[] = { "", "A", "a/b", "../a", "-a", "a.b" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                SpecErrors errors = {};
                User *user = NULL;

                cr_assert_eq(
                        user_parse(names[i], "f", text, strlen(text), &errors, &user), -EINVAL);
                cr_assert_str_eq(errors.items[0].message, "not the name of a user");
                spec_errors_clear(&errors);
        }
}

Test(user, written_and_read_again) {
        User wanted = { .role = USER_ROLE_ADMIN, .password = (char *) (uintptr_t) HASH };

        for (int i = 0; i < 2; i++) {
                _cleanup_free_ char *text = NULL;
                size_t size = 0;

                wanted.one_time = i == 1;
                cr_assert_eq(user_format(&wanted, &text, &size), 0);
                cr_assert_eq(strlen(text), size);

                User *user = parse_good(text);

                cr_assert_eq(user->role, USER_ROLE_ADMIN);
                cr_assert_str_eq(user->password, HASH);
                cr_assert_eq(user->one_time, wanted.one_time);
                user_free(user);
        }
}

/* --- files --------------------------------------------------------------------------------- */

TestSuite(user_files, .init = tree_setup, .fini = tree_teardown, .timeout = 20);

static void write_user(const char *file) {
        char path[256];

        (void) snprintf(path, sizeof(path), "var/lib/left4me/users/%s", file);
        tree_write(path, "role: user\npassword: " HASH "\n");
}

static int load(const char *name, SpecErrors *errors) {
        _cleanup_(state_dir_close) StateDir users = STATE_DIR_INIT;
        _cleanup_(user_freep) User *user = NULL;

        cr_assert_eq(state_dir_open(tree_paths, tree_paths->users_dir, &users), 0);
        return user_load(&users, name, errors, &user);
}

Test(user_files, missing_ones_and_bad_ones) {
        SpecErrors errors = {};
        char path[512];

        write_user("alice.yaml");
        cr_assert_eq(load("alice", &errors), 0);
        cr_assert_eq(load("bob", &errors), -ENOENT);
        cr_assert_eq(load("../users/alice", &errors), -ENOENT);
        cr_assert_eq(load("", &errors), -ENOENT);
        cr_assert_not(spec_errors_any(&errors));

        (void) snprintf(path, sizeof(path), "%s/mallory.yaml", tree_paths->users_dir);
        cr_assert_eq(symlink("alice.yaml", path), 0);
        cr_assert_eq(load("mallory", &errors), -EINVAL);
        cr_assert(strstr(errors.items[0].message, "symbolic link"));
        cr_assert_str_eq(errors.items[0].file, path);
        spec_errors_clear(&errors);

        (void) snprintf(path, sizeof(path), "%s/fifo.yaml", tree_paths->users_dir);
        cr_assert_eq(mkfifo(path, 0644), 0);
        cr_assert_eq(load("fifo", &errors), -EINVAL);
        spec_errors_clear(&errors);

        (void) snprintf(path, sizeof(path), "%s/alice.yaml", tree_paths->users_dir);
        cr_assert_eq(truncate(path, SPEC_SIZE_MAX + 1), 0);
        cr_assert_eq(load("alice", &errors), -EINVAL);
        cr_assert(strstr(errors.items[0].message, "too large"));
        spec_errors_clear(&errors);
}

Test(user_files, the_list_is_sorted_and_has_users_only) {
        static const char *const files[] = { "zoe.yaml",       "bob.yaml",  "alice.yaml",
                                             ".#alice.yaml.x", "alice.yml", "Carl.yaml",
                                             "yaml",           ".yaml",     "a b.yaml" };
        _cleanup_(state_dir_close) StateDir users = STATE_DIR_INIT;
        _cleanup_(strv_freep) char **names = NULL;

        for (size_t i = 0; i < ELEMENTSOF(files); i++)
                write_user(files[i]);
        cr_assert_eq(state_dir_open(tree_paths, tree_paths->users_dir, &users), 0);
        cr_assert_eq(user_list(&users, &names), 0);
        cr_assert_str_eq(names[0], "alice");
        cr_assert_str_eq(names[1], "bob");
        cr_assert_str_eq(names[2], "zoe");
        cr_assert_null(names[3]);
}

Test(user_files, a_list_has_a_bound) {
        _cleanup_(state_dir_close) StateDir users = STATE_DIR_INIT;
        char **names = NULL;

        write_user("a.yaml");
        write_user("b.yaml");
        write_user("c.yaml");
        cr_assert_eq(state_dir_open(tree_paths, tree_paths->users_dir, &users), 0);
        cr_assert_eq(state_dir_list(users.fd, ".yaml", 2, &names), -E2BIG);
        cr_assert_null(names);
        cr_assert_eq(state_dir_list(users.fd, ".yaml", 3, &names), 0);
        strv_free(names);
}
