/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/note.h"

#include <string.h>

#include "systemd/unit-names.h"

static bool take(const char **p, const char *end, const char *text) {
        size_t size = strlen(text);

        if ((size_t) (end - *p) < size || memcmp(*p, text, size) != 0)
                return false;
        *p += size;
        return true;
}

/* "UNIT: Supervising process 1234 which is not our child. We'll most likely …" */
static bool is_about_no_child(const char *message, size_t size, const char *unit) {
        const char *p = message, *end = message + size, *digits;

        if (!take(&p, end, unit) || !take(&p, end, ": Supervising process "))
                return false;
        for (digits = p; p < end && *p >= '0' && *p <= '9';)
                p++;
        return p > digits && take(&p, end, " which is not our child.");
}

const char *journal_note(JournalGet get, void *entry) {
        char unit[INSTANCE_NAME_MAX + 32], name[INSTANCE_NAME_MAX + 1];
        const char *value;
        size_t size;

        if (get(entry, "_PID", &value, &size) <= 0 || size != 1 || value[0] != '1')
                return NULL;
        if (get(entry, "UNIT", &value, &size) <= 0 || size >= sizeof(unit))
                return NULL;
        memcpy(unit, value, size);
        unit[size] = '\0';
        if (!instance_of_server_unit(unit, name))
                return NULL;
        if (get(entry, "MESSAGE", &value, &size) <= 0 || !is_about_no_child(value, size, unit))
                return NULL;
        return "Expected with PrivatePIDs=: systemd does notice when this server ends.";
}

const char *journal_note_here(sd_journal *journal) {
        return journal_note(journal_field_get, journal);
}
