/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/audit-user.h"

#include <pwd.h>
#include <string.h>

#include "journal/journal.h"

enum { NAME_MAX_LENGTH = 64, PASSWD_MAX = 4096 };

/* Also for threads: without functions of libc that keep the entry for all of them. */
uid_t audit_control_plane_uid(void) {
        static _Atomic(uid_t) known = 0;
        uid_t uid = known;

        if (uid == 0) {
                struct passwd entry, *found = NULL;
                char buffer[PASSWD_MAX];

                (void) getpwnam_r("left4me", &entry, buffer, sizeof(buffer), &found);
                known = uid = found ? found->pw_uid : (uid_t) -1;
        }
        return uid;
}

static bool is_believed(const char *uid) {
        char text[16];

        (void) snprintf(text, sizeof(text), "%u", (unsigned) audit_control_plane_uid());
        return strcmp(uid, "0") == 0 || strcmp(uid, text) == 0;
}

/* The name of a user id in decimal, or that number. */
static char *name_of(const char *uid) {
        char *end = NULL;
        unsigned long number = strtoul(uid, &end, 10);
        struct passwd entry, *found = NULL;
        char buffer[PASSWD_MAX];

        if (*end == '\0')
                (void) getpwuid_r((uid_t) number, &entry, buffer, sizeof(buffer), &found);
        return strndup(found ? found->pw_name : uid, NAME_MAX_LENGTH);
}

int audit_entry_get_user(sd_journal *journal, char **ret, bool *ret_believed) {
        _cleanup_free_ char *uid = NULL, *claimed = NULL;
        bool believed;
        int r;

        r = journal_get_text(journal, "_UID", &uid);
        if (r >= 0 || r == -ENOENT)
                r = journal_get_text(journal, "L4D2_USER", &claimed);
        if (r < 0 && r != -ENOENT)
                return r;

        believed = uid && claimed && claimed[0] != '\0' && is_believed(uid);
        if (believed)
                *ret = TAKE_PTR(claimed);
        else
                *ret = uid ? name_of(uid) : strdup("unknown");
        if (!*ret)
                return -ENOMEM;
        if (ret_believed)
                *ret_believed = believed;
        return 0;
}
