/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/entry.h"

#include <string.h>

static const char *const names[] = {
        "_SYSTEMD_UNIT",  "UNIT",     "OBJECT_SYSTEMD_UNIT", "COREDUMP_UNIT",     "_PID",
        "_UID",           "PRIORITY", "MESSAGE_ID",          "SYSLOG_IDENTIFIER", "_COMM",
        "_SYSTEMD_SLICE",
};
_Static_assert(ELEMENTSOF(names) <= JOURNAL_FIELDS_MAX, "one place for each");

static void take_message(JournalEntry *entry, const char *value, size_t size) {
        entry->message_whole = size;
        entry->message_size = size < JOURNAL_MESSAGE_MAX ? size : JOURNAL_MESSAGE_MAX;
        memcpy(entry->message, value, entry->message_size);
}

static void take_field(JournalEntry *entry, const char *data, size_t size) {
        const char *equals = memchr(data, '=', size);
        size_t length = equals ? (size_t) (equals - data) : 0;

        if (!equals)
                return;
        if (length == strlen("MESSAGE") && memcmp(data, "MESSAGE", length) == 0) {
                take_message(entry, equals + 1, size - length - 1);
                return;
        }
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                JournalValue *value = &entry->fields[i];

                if (strlen(names[i]) != length || memcmp(names[i], data, length) != 0)
                        continue;
                size -= length + 1;
                value->size = size < JOURNAL_VALUE_MAX ? size : JOURNAL_VALUE_MAX;
                memcpy(value->text, equals + 1, value->size);
                return;
        }
}

int journal_entry_read(sd_journal *journal, JournalEntry *ret) {
        const void *data;
        size_t size;
        int r;

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                ret->fields[i].size = 0;
        ret->message_size = ret->message_whole = 0;

        r = sd_journal_get_realtime_usec(journal, &ret->realtime);
        if (r < 0)
                return r;
        sd_journal_restart_data(journal);
        while ((r = sd_journal_enumerate_available_data(journal, &data, &size)) > 0)
                take_field(ret, data, size);
        return r;
}

int journal_entry_get(void *userdata, const char *field, const char **ret_value, size_t *ret_size) {
        JournalEntry *entry = userdata;

        if (strcmp(field, "MESSAGE") == 0) {
                *ret_value = entry->message;
                *ret_size = entry->message_size;
                return *ret_size > 0;
        }
        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                if (strcmp(names[i], field) != 0)
                        continue;
                *ret_value = entry->fields[i].text;
                *ret_size = entry->fields[i].size;
                return *ret_size > 0;
        }
        return 0;
}

bool journal_entry_get_number(JournalEntry *entry, const char *field, uint64_t *ret) {
        const char *text;
        uint64_t number = 0;
        size_t size;

        if (journal_entry_get(entry, field, &text, &size) <= 0 || size > 18)
                return false;
        for (size_t i = 0; i < size; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                number = number * 10 + (uint64_t) (text[i] - '0');
        }
        *ret = number;
        return true;
}
