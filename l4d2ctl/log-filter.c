/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log-filter.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

/* A field's value, valid until the next call: 1, 0: has none, or -errno. */
static int get(sd_journal *journal, const char *field, const char **ret, size_t *ret_size) {
        size_t prefix = strlen(field) + 1;
        const void *data;
        int r;

        r = sd_journal_get_data(journal, field, &data, ret_size);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        *ret = (const char *) data + prefix;
        *ret_size -= prefix;
        return 1;
}

/* Not strcasestr(): a message may have NUL bytes. */
static bool contains(const char *message, size_t size, const char *text) {
        size_t length = strlen(text);
        int first = tolower((unsigned char) text[0]);

        if (length == 0)
                return true;
        for (size_t i = 0; i + length <= size; i++)
                if (tolower((unsigned char) message[i]) == first &&
                    strncasecmp(message + i, text, length) == 0)
                        return true;
        return false;
}

static int is_urgent(sd_journal *journal, int priority) {
        const char *value;
        size_t size;
        int r;

        r = get(journal, "PRIORITY", &value, &size);
        if (r < 0)
                return r;
        /* What has none is as what journald gives its lines. */
        if (r == 0 || size != 1 || value[0] < '0' || value[0] > '7')
                return priority >= LOG_INFO;
        return value[0] - '0' <= priority;
}

int log_filter_entry(sd_journal *journal, void *userdata) {
        const LogFilter *filter = userdata;
        const char *message;
        size_t size;
        int r;

        if (filter->priority >= 0) {
                r = is_urgent(journal, filter->priority);
                if (r <= 0)
                        return r;
        }
        if (!filter->text)
                return 1;
        r = get(journal, "MESSAGE", &message, &size);
        return r <= 0 ? r : contains(message, size, filter->text);
}
