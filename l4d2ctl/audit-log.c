/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "audit-log.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

/* No CODE_FILE and the like, which are of no use to who reads a trail. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

enum { USER_NAME_MAX = 64 };

/* Whoever is behind sudo; only root is believed when it says that it is somebody else. */
static const char *user_behind_root(void) {
        const char *name = getenv("SUDO_USER");

        return name && name[0] != '\0' ? name : NULL;
}

static void copy_user_name(char name[static USER_NAME_MAX]) {
        uid_t uid = getuid();
        const char *behind = uid == 0 ? user_behind_root() : NULL;
        const struct passwd *entry = behind ? NULL : getpwuid(uid);

        if (behind || entry)
                (void) snprintf(name, USER_NAME_MAX, "%s", behind ? behind : entry->pw_name);
        else
                (void) snprintf(name, USER_NAME_MAX, "%u", (unsigned) uid);
}

/* The catalog knows no variables with digits in their names: each field is there twice. */
void audit_log(const char *name, const char *action) {
        char user[USER_NAME_MAX];

        /* In a test's tree nothing happens to this host's servers. */
        if (secure_getenv("LEFT4ME_ROOT"))
                return;

        copy_user_name(user);
        if (name)
                (void) sd_journal_send(
                        "MESSAGE=%s: %s by %s", name, action, user,
                        "MESSAGE_ID=" AUDIT_LOG_MESSAGE_ID, "PRIORITY=%i", LOG_NOTICE,
                        "SYSLOG_IDENTIFIER=l4d2ctl", "L4D2_INSTANCE=%s", name, "L4D2_ACTION=%s",
                        action, "L4D2_USER=%s", user, "INSTANCE=%s", name, "ACTION=%s", action,
                        "ACTOR=%s", user, NULL);
        else
                (void) sd_journal_send(
                        "MESSAGE=%s by %s", action, user, "MESSAGE_ID=" AUDIT_LOG_MESSAGE_ID,
                        "PRIORITY=%i", LOG_NOTICE, "SYSLOG_IDENTIFIER=l4d2ctl", "L4D2_ACTION=%s",
                        action, "L4D2_USER=%s", user, "INSTANCE=", "ACTION=%s", action, "ACTOR=%s",
                        user, NULL);
}
