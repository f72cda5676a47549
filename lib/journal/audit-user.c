/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/audit-user.h"

#include <pwd.h>
#include <string.h>

#include "journal/journal.h"

enum { NAME_MAX_LENGTH = 64 };

uid_t audit_control_plane_uid(void) {
        static uid_t uid = 0;

        if (uid == 0) {
                const struct passwd *entry = getpwnam("left4me");

                uid = entry ? entry->pw_uid : (uid_t) -1;
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
        const struct passwd *entry = *end == '\0' ? getpwuid((uid_t) number) : NULL;

        return strndup(entry ? entry->pw_name : uid, NAME_MAX_LENGTH);
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
