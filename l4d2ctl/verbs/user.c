/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl user ACTION …: who may log in to the web app. A password never stands on a command line
 * and is nowhere kept but as a hash; one that was made here holds for one login.
 */

#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "common/audit-log.h"
#include "common/listing.h"
#include "common/password-prompt.h"
#include "common/terminal.h"
#include "spec/password.h"
#include "specs/instance.h"
#include "specs/user-file.h"
#include "verbs/verbs.h"

/* --- list ------------------------------------------------------------------------------------- */

/* user NULL: its file has errors, so that user can't log in. */
static int user_to_json(const char *name, const User *user, sd_json_variant **ret) {
        if (!user)
                return sd_json_buildo(
                        ret, SD_JSON_BUILD_PAIR_STRING("name", name),
                        SD_JSON_BUILD_PAIR_NULL("role"), SD_JSON_BUILD_PAIR_NULL("one_time"),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_valid", false));
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("name", name),
                SD_JSON_BUILD_PAIR_STRING("role", user_role_to_string(user->role)),
                SD_JSON_BUILD_PAIR_BOOLEAN("one_time", user->one_time),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_valid", true));
}

static int add_row(Listing *listing, sd_json_variant **array, const char *name, const User *user) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        if (listing)
                return listing_add(
                        listing, (const char *[]) {
                                         name,
                                         user ? user_role_to_string(user->role) : "-",
                                         !user            ? "broken"
                                         : user->one_time ? "one-time"
                                                          : "set",
                                 });
        r = user_to_json(name, user, &object);
        return r < 0 ? r : sd_json_variant_append_array(array, object);
}

static int print_all(const StateDir *users, char *const *names, bool json) {
        static const ListingColumn columns[] = {
                { N_("NAME"), false }, { N_("ROLE"), false }, { N_("PASSWORD"), false }, {}
        };
        _cleanup_(listing_freep) Listing *listing = NULL;
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int result = CTL_OK, r;

        r = json ? sd_json_variant_new_array(&array, NULL, 0) : listing_new(columns, &listing);
        for (char *const *name = names; r >= 0 && *name; name++) {
                _cleanup_(user_freep) User *user = NULL;

                result = exit_code_merge(result, user_read(users, *name, &user));
                r = add_row(listing, &array, *name, user);
        }
        if (r >= 0 && json)
                return exit_code_merge(result, print_json(array));
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list the users");
                return CTL_FAILURE;
        }
        return exit_code_merge(result, listing_print(listing));
}

static int user_list_all(Ctl *ctl) {
        _cleanup_(state_dir_close) StateDir users = STATE_DIR_INIT;
        _cleanup_(strv_freep) char **names = NULL;
        int r;

        r = users_open(ctl, &users);
        if (r != CTL_OK)
                return r;
        r = user_list(&users, &names);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list %s", users.path);
                return CTL_FAILURE;
        }
        return print_all(&users, names, ctl->options.json);
}

/* --- passwords -------------------------------------------------------------------------------- */

static int get_password(const Ctl *ctl, char **ret) {
        int r;

        if (!ctl->options.generate)
                return password_ask(ctl->operands[0], ret);
        r = password_generate(ret);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to generate a password");
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* Shows the password before it is saved: a password that the admin never saw would be useless. */
static int show_password(const char *password) {
        if (puts(password) >= 0 && fflush(stdout) == 0)
                return CTL_OK;
        log_error("Failed to print the password: nothing was changed");
        return CTL_FAILURE;
}

/* The user with a new password. One that was made here is printed. */
static int save(const Ctl *ctl, const StateDir *users, User *user, const char *password) {
        _cleanup_(password_freep) char *hash = NULL;
        int r;

        r = password_hash(password, &hash);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to hash the password");
                return CTL_FAILURE;
        }

        if (ctl->options.generate && show_password(password) != CTL_OK)
                return CTL_FAILURE;
        user->password = hash;
        user->one_time = ctl->options.generate;
        r = user_write(users, user);
        user->password = NULL;
        if (r != CTL_OK)
                return r;

        audit_log_user(user->name, ctl->verb->name);
        return CTL_OK;
}

static int refuse_existing(const StateDir *users, const char *name) {
        if (!user_file_exists(users, name))
                return CTL_OK;
        log_error("A user named '%s' already exists", name);
        return CTL_CONFLICT;
}

static int parse_role(const char *text, UserRole *ret) {
        if (user_role_from_string(text, ret) >= 0)
                return CTL_OK;
        log_error("Unknown role '%s': use 'admin' or 'user'", text);
        return CTL_USAGE;
}

/* Nothing is locked while the admin thinks of a password. */
static int user_add(Ctl *ctl) {
        _cleanup_(state_dir_close) StateDir users = STATE_DIR_INIT;
        _cleanup_(password_freep) char *password = NULL;
        _cleanup_close_ int lock = -EBADF;
        const char *name = ctl->operands[0];
        User user = {};
        int r;

        r = user_check_name(name);
        if (r == CTL_OK)
                r = parse_role(ctl->options.role ? ctl->options.role : "user", &user.role);
        if (r == CTL_OK)
                r = users_open(ctl, &users);
        if (r == CTL_OK)
                r = refuse_existing(&users, name);
        if (r == CTL_OK)
                r = get_password(ctl, &password);
        if (r == CTL_OK)
                r = instances_lock(ctl, &lock);
        if (r == CTL_OK)
                r = refuse_existing(&users, name);
        if (r != CTL_OK)
                return r;

        (void) snprintf(user.name, sizeof(user.name), "%s", name);
        return save(ctl, &users, &user, password);
}

static int check_exists(const StateDir *users, const char *name) {
        _cleanup_(user_freep) User *user = NULL;

        return user_read(users, name, &user);
}

static int user_passwd(Ctl *ctl) {
        _cleanup_(state_dir_close) StateDir users = STATE_DIR_INIT;
        _cleanup_(password_freep) char *password = NULL;
        _cleanup_(user_freep) User *user = NULL;
        _cleanup_close_ int lock = -EBADF;
        const char *name = ctl->operands[0];
        int r;

        r = user_check_name(name);
        if (r == CTL_OK)
                r = users_open(ctl, &users);
        if (r == CTL_OK)
                r = check_exists(&users, name);
        if (r == CTL_OK)
                r = get_password(ctl, &password);
        if (r == CTL_OK)
                r = instances_lock(ctl, &lock);
        if (r == CTL_OK)
                r = user_read(&users, name, &user);
        return r == CTL_OK ? save(ctl, &users, user, password) : r;
}

/* --- role and delete -------------------------------------------------------------------------- */

/* The beginning of each change: checks the name, takes the lock, opens the users. */
static int begin(Ctl *ctl, int *ret_lock, StateDir *ret) {
        int r;

        r = user_check_name(ctl->operands[0]);
        if (r == CTL_OK)
                r = instances_lock(ctl, ret_lock);
        return r == CTL_OK ? users_open(ctl, ret) : r;
}

static int keep_an_admin(const StateDir *users, const char *name) {
        size_t n;
        int r;

        r = users_count_other_admins(users, name, &n);
        if (r != CTL_OK || n > 0)
                return r;
        log_error("'%s' is the last admin: make another user an admin first", name);
        return CTL_CONFLICT;
}

static int user_role(Ctl *ctl) {
        _cleanup_(state_dir_close) StateDir users = STATE_DIR_INIT;
        _cleanup_(user_freep) User *user = NULL;
        _cleanup_close_ int lock = -EBADF;
        UserRole role;
        int r;

        r = parse_role(ctl->operands[1], &role);
        if (r == CTL_OK)
                r = begin(ctl, &lock, &users);
        if (r == CTL_OK)
                r = user_read(&users, ctl->operands[0], &user);
        if (r != CTL_OK || user->role == role)
                return r;

        if (user->role == USER_ROLE_ADMIN)
                r = keep_an_admin(&users, user->name);
        user->role = role;
        if (r == CTL_OK)
                r = user_write(&users, user);
        if (r == CTL_OK)
                audit_log_user(user->name, ctl->verb->name);
        return r;
}

/* Blueprints belong to a user name: a new user must not get those of an earlier user of that
 * name. */
static int refuse_owner(const Ctl *ctl, const char *name) {
        _cleanup_(strv_freep) char **blueprints = NULL;
        _cleanup_free_ char *path = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r = 0;

        if (asprintf(&path, "%s/%s", ctl->paths->blueprints_dir, name) < 0) {
                path = NULL;
                r = -ENOMEM;
        }
        if (r >= 0) {
                fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (fd < 0 && errno == ENOENT)
                        return CTL_OK;
                r = fd < 0 ? -errno : state_dir_list(fd, ".yaml", SIZE_MAX, &blueprints);
        }
        if (r < 0 || !blueprints) {
                (void) log_error_errno(r, "Failed to look for blueprints of '%s'", name);
                return CTL_FAILURE;
        }
        if (!blueprints[0])
                return CTL_OK;

        log_error("'%s' still has blueprints:", name);
        for (char **blueprint = blueprints; *blueprint; blueprint++)
                log_error("    %s/%s", name, *blueprint);
        return CTL_CONFLICT;
}

/* A broken file can't be told from an admin's, but is none that would be missed. */
static int user_delete(Ctl *ctl) {
        _cleanup_(state_dir_close) StateDir users = STATE_DIR_INIT;
        _cleanup_(user_freep) User *user = NULL;
        _cleanup_close_ int lock = -EBADF;
        const char *name = ctl->operands[0];
        SpecErrors errors = {};
        int r;

        r = begin(ctl, &lock, &users);
        if (r != CTL_OK || !user_file_exists(&users, name))
                return r;

        r = user_load(&users, name, &errors, &user);
        spec_errors_clear(&errors);
        if (r == -ENOMEM)
                return CTL_FAILURE;
        r = CTL_OK;
        if (user && user->role == USER_ROLE_ADMIN)
                r = keep_an_admin(&users, name);
        if (r == CTL_OK)
                r = refuse_owner(ctl, name);
        if (r == CTL_OK)
                r = user_remove(&users, name);
        if (r == CTL_OK)
                audit_log_user(name, ctl->verb->name);
        return r;
}

/* ---------------------------------------------------------------------------------------------- */

static const Verb actions[] = {
        { "list", "", 0, 0, OPTION_JSON, false, user_list_all, N_("All users of the web app"),
          RIGHTS_ADMIN },
        { "add", "NAME", 1, 1, OPTION_ROLE | OPTION_GENERATE, false, user_add, N_("Add a user"),
          RIGHTS_ADMIN },
        { "passwd", "NAME", 1, 1, OPTION_GENERATE, false, user_passwd, N_("Set a password"),
          RIGHTS_SELF },
        { "role", "NAME ROLE", 2, 2, OPTIONS_NONE, false, user_role,
          N_("Change a user's role: admin or user"), RIGHTS_ADMIN },
        { "delete", "NAME", 1, 1, OPTIONS_NONE, false, user_delete, N_("Remove a user"),
          RIGHTS_ADMIN },
};

const VerbGroup user_verbs = { "user", actions, ELEMENTSOF(actions), N_("Users of the web app") };
