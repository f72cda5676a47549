/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/user-file.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "common/messages.h"

enum { FILE_NAME_MAX = INSTANCE_NAME_MAX + sizeof(".yaml") };

static void format_file_name(const char *name, char file[static FILE_NAME_MAX]) {
        (void) snprintf(file, FILE_NAME_MAX, "%s.yaml", name);
}

int user_check_name(const char *name) {
        if (instance_name_is_valid(name))
                return CTL_OK;
        log_error(
                "Invalid user name '%s': use 1 to %d lowercase letters, digits and '-', and don't "
                "start with '-'",
                name, INSTANCE_NAME_MAX);
        return CTL_USAGE;
}

int users_open(Ctl *ctl, StateDir *ret) {
        int r;

        r = state_dir_open(ctl->paths, ctl->paths->users_dir, ret);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to open %s", ctl->paths->users_dir);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

int user_read(const StateDir *users, const char *name, User **ret) {
        SpecErrors errors = {};
        int r;

        r = user_load(users, name, &errors, ret);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r == -ENOENT) {
                log_error("No user named '%s'", name);
                return CTL_NO_INSTANCE;
        }
        if (r == -EINVAL)
                return CTL_INVALID_SPEC;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to load the user '%s'", name);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

bool user_file_exists(const StateDir *users, const char *name) {
        char file[FILE_NAME_MAX];

        format_file_name(name, file);
        return faccessat(users->fd, file, F_OK, AT_SYMLINK_NOFOLLOW) >= 0;
}

int user_write(const StateDir *users, const User *user) {
        _cleanup_free_ char *text = NULL;
        char file[FILE_NAME_MAX];
        size_t size;
        int r;

        format_file_name(user->name, file);
        r = user_format(user, &text, &size);
        if (r >= 0)
                r = write_file_atomic(users->fd, file, text, size, 0600);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to write %s/%s", users->path, file);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

int user_remove(const StateDir *users, const char *name) {
        char file[FILE_NAME_MAX];

        format_file_name(name, file);
        if ((unlinkat(users->fd, file, 0) < 0 && errno != ENOENT) || fsync(users->fd) < 0) {
                (void) log_error_errno(-errno, "Failed to remove %s/%s", users->path, file);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static bool is_admin(const StateDir *users, const char *name) {
        _cleanup_(user_freep) User *user = NULL;
        SpecErrors errors = {};
        int r;

        r = user_load(users, name, &errors, &user);
        spec_errors_clear(&errors);
        return r >= 0 && user->role == USER_ROLE_ADMIN;
}

int users_count_other_admins(const StateDir *users, const char *name, size_t *ret) {
        _cleanup_(strv_freep) char **names = NULL;
        size_t n = 0;
        int r;

        r = user_list(users, &names);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list %s", users->path);
                return CTL_FAILURE;
        }
        for (char **other = names; *other; other++)
                n += strcmp(*other, name) != 0 && is_admin(users, *other);

        *ret = n;
        return CTL_OK;
}
