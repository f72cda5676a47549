/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/log-filter.h"

#include <string.h>
#include <syslog.h>

#include "base/utf8.h"
#include "journal/note.h"
#include "journal/poll.h"

static int is_urgent(sd_journal *journal, int priority) {
        const char *value;
        size_t size;
        int r;

        if (journal_note_here(journal))
                return priority >= LOG_DEBUG;
        r = journal_field_get(journal, "PRIORITY", &value, &size);
        if (r < 0)
                return r;
        /* A line without a priority counts as the priority that journald gives a server's lines. */
        if (r == 0 || size != 1 || value[0] < '0' || value[0] > '7')
                return priority >= LOG_INFO;
        return value[0] - '0' <= priority;
}

int log_filter_entry(sd_journal *journal, void *userdata) {
        const LogFilter *filter = userdata;
        const char *message;
        size_t size;
        int r;

        if (!filter->polls) {
                r = journal_without_polls(journal, NULL);
                if (r <= 0)
                        return r;
        }
        if (filter->priority >= 0) {
                r = is_urgent(journal, filter->priority);
                if (r <= 0)
                        return r;
        }
        if (!filter->text)
                return 1;
        r = journal_field_get(journal, "MESSAGE", &message, &size);
        return r <= 0 ? r : utf8_contains_folded(message, size, filter->text);
}
