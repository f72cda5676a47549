/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "auth/audit-entry.h"

#include <syslog.h>

/* Leaves out CODE_FILE and the like, which tell a reader of the trail nothing. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "base/utf8.h"
#include "journal/audit-id.h"

void audit_login(const char *action, const char *user, const char *address) {
        int priority = action[5] == '-' ? LOG_WARNING : LOG_NOTICE;

        if (!utf8_is_printable(user))
                user = "?";
        (void) sd_journal_send(
                "MESSAGE=%s by %s from %s", action, user, address, "MESSAGE_ID=" AUDIT_MESSAGE_ID,
                "PRIORITY=%i", priority, "SYSLOG_IDENTIFIER=left4me-web", "L4D2_ACTION=%s", action,
                "L4D2_USER=%s", user, "L4D2_ADDRESS=%s", address, "INSTANCE=", "ACTION=%s", action,
                "ACTOR=%s", user, NULL);
}
