/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "journal/note.h"

typedef struct Fields {
        const char *pid, *unit, *message;
} Fields;

static int get(void *userdata, const char *field, const char **ret_value, size_t *ret_size) {
        const Fields *fields = userdata;
        const char *value = strcmp(field, "_PID") == 0      ? fields->pid
                            : strcmp(field, "UNIT") == 0    ? fields->unit
                            : strcmp(field, "MESSAGE") == 0 ? fields->message
                                                            : NULL;

        if (!value)
                return 0;
        *ret_value = value;
        *ret_size = strlen(value);
        return 1;
}

#define UNIT "left4me-server@versus-1.service"
#define REST " which is not our child. We'll most likely not notice when it exits."

static bool has_note(const char *pid, const char *unit, const char *message) {
        Fields fields = { pid, unit, message };

        return journal_note(get, &fields) != NULL;
}

Test(journal_note, of_systemd) {
        cr_assert(has_note("1", UNIT, UNIT ": Supervising process 1" REST));
        cr_assert(has_note("1", UNIT, UNIT ": Supervising process 4194304" REST));
}

/* A server's own output is never an expected entry. */
Test(journal_note, of_another) {
        cr_assert_not(has_note("4711", UNIT, UNIT ": Supervising process 12" REST));
        cr_assert_not(has_note("11", UNIT, UNIT ": Supervising process 12" REST));
        cr_assert_not(has_note(NULL, UNIT, UNIT ": Supervising process 12" REST));
        cr_assert_not(has_note("1", NULL, UNIT ": Supervising process 12" REST));
}

Test(journal_note, about_another) {
        cr_assert_not(has_note("1", "ssh.service", "ssh.service: Supervising process 12" REST));
        cr_assert_not(
                has_note("1", UNIT, "left4me-server@other.service: Supervising process 12" REST));
        cr_assert_not(has_note(
                "1", "left4me-server@.service",
                "left4me-server@.service: Supervising process 12" REST));
}

Test(journal_note, other_texts) {
        cr_assert_not(has_note("1", UNIT, NULL));
        cr_assert_not(has_note("1", UNIT, ""));
        cr_assert_not(has_note("1", UNIT, UNIT));
        cr_assert_not(has_note("1", UNIT, UNIT ": Supervising process " REST));
        cr_assert_not(has_note("1", UNIT, UNIT ": Supervising process 12"));
        cr_assert_not(has_note("1", UNIT, UNIT ": Supervising process 12 which is not our"));
        cr_assert_not(has_note("1", UNIT, UNIT ": Main process exited, code=exited, status=1"));
}
