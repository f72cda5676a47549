/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "auth/users.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/errors.h"
#include "spec/user.h"

enum { KEPT_MAX = 256 };

/* One file as it was read. */
typedef struct KeptUser {
        WebUser user;
        char *password;
        bool is_good; /* it has no errors */
} KeptUser;

struct Users {
        StateDir dir;
        KeptUser *kept;
        size_t n_kept, next_victim;
};

int users_open(const Paths *paths, Users **ret) {
        _cleanup_(users_freep) Users *users = calloc(1, sizeof(*users));
        int r;

        if (!users)
                return -ENOMEM;
        users->dir = (StateDir) STATE_DIR_INIT;
        users->kept = calloc(KEPT_MAX, sizeof(KeptUser));
        if (!users->kept)
                return -ENOMEM;

        r = state_dir_open(paths, paths->users_dir, &users->dir);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(users);
        return 0;
}

bool user_identity_equal(const UserIdentity *a, const UserIdentity *b) {
        return a->inode == b->inode && a->changed == b->changed && a->size == b->size;
}

static bool find_identity(const Users *users, const char *name, UserIdentity *ret) {
        char file[INSTANCE_NAME_MAX + sizeof(".yaml")];
        struct stat st;

        (void) snprintf(file, sizeof(file), "%s.yaml", name);
        if (fstatat(users->dir.fd, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return false;
        *ret = (UserIdentity) {
                .inode = st.st_ino,
                .changed =
                        (uint64_t) st.st_mtim.tv_sec * 1000000000 + (uint64_t) st.st_mtim.tv_nsec,
                .size = (uint64_t) st.st_size,
        };
        return true;
}

static KeptUser *find_kept(Users *users, const char *name) {
        for (size_t i = 0; i < users->n_kept; i++)
                if (strcmp(users->kept[i].user.name, name) == 0)
                        return &users->kept[i];

        if (users->n_kept < KEPT_MAX)
                return &users->kept[users->n_kept++];
        users->next_victim = (users->next_victim + 1) % KEPT_MAX;
        return &users->kept[users->next_victim];
}

static void read_user(
        Users *users, const char *name, const UserIdentity *identity, KeptUser *kept) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(user_freep) User *user = NULL;

        free(kept->password);
        *kept = (KeptUser) { .user.identity = *identity };
        (void) snprintf(kept->user.name, sizeof(kept->user.name), "%s", name);
        if (user_load(&users->dir, name, &errors, &user) < 0)
                return;

        kept->user.is_admin = user->role == USER_ROLE_ADMIN;
        kept->user.must_change_password = user->one_time;
        kept->password = strdup(user->password);
        kept->user.password = kept->password;
        kept->is_good = kept->password != NULL;
}

const WebUser *users_find(Users *users, const char *name) {
        UserIdentity identity;
        KeptUser *kept;

        if (!instance_name_is_valid(name) || !find_identity(users, name, &identity))
                return NULL;
        kept = find_kept(users, name);
        if (strcmp(kept->user.name, name) != 0 ||
            !user_identity_equal(&kept->user.identity, &identity))
                read_user(users, name, &identity, kept);
        return kept->is_good ? &kept->user : NULL;
}

int users_list(const Users *users, char ***ret) {
        return user_list(&users->dir, ret);
}

bool users_exist(const Users *users) {
        _cleanup_(strv_freep) char **names = NULL;

        return user_list(&users->dir, &names) >= 0 && names[0] != NULL;
}

Users *users_free(Users *users) {
        if (!users)
                return NULL;
        for (size_t i = 0; i < users->n_kept; i++)
                free(users->kept[i].password);
        free(users->kept);
        state_dir_close(&users->dir);
        free(users);
        return NULL;
}
