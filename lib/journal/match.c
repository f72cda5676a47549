/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/match.h"

#include <string.h>
#include <systemd/sd-messages.h>

/* A condition "FIELD=" is completed with the unit's name, others are whole. */
enum { CONDITIONS_MAX = 3 };

enum { RULE_CORES = 3 };

static const char *const rules[][CONDITIONS_MAX] = {
        /* what its processes wrote */
        { "_SYSTEMD_UNIT=" },
        /* what systemd says about it */
        { "_PID=1", "UNIT=" },
        /* what other privileged programs say about its processes */
        { "_UID=0", "OBJECT_SYSTEMD_UNIT=" },
        /* what systemd-coredump says about its core dumps, see match.h */
        [RULE_CORES] = { "_SYSTEMD_SLICE=system-systemd\\x2dcoredump.slice",
                         "COREDUMP_UNIT=", "MESSAGE_ID=" SD_MESSAGE_COREDUMP_STR },
};

static bool is_complete(const char *condition) {
        return condition[strlen(condition) - 1] != '=';
}

/* "FIELD=unit" from malloc. */
static int complete(const char *condition, const char *unit, char **ret) {
        return asprintf(ret, "%s%s", condition, is_complete(condition) ? "" : unit) < 0 ? -ENOMEM
                                                                                        : 0;
}

static int add_rule(sd_journal *journal, const char *const *conditions, const char *value) {
        for (size_t i = 0; i < CONDITIONS_MAX && conditions[i]; i++) {
                _cleanup_free_ char *match = NULL;
                int r;

                r = complete(conditions[i], value, &match);
                if (r < 0)
                        return r;
                r = sd_journal_add_match(journal, match, 0);
                if (r < 0)
                        return r;
        }
        return sd_journal_add_disjunction(journal);
}

int journal_add_unit_matches(sd_journal *journal, const char *unit) {
        for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
                int r = add_rule(journal, rules[i], unit);

                if (r < 0)
                        return r;
        }
        return 0;
}

int journal_add_core_matches(sd_journal *journal, const char *unit) {
        return add_rule(journal, rules[RULE_CORES], unit);
}

int journal_add_invocation_matches(sd_journal *journal, const char *invocation) {
        static const char *const own[] = { "_SYSTEMD_INVOCATION_ID=", NULL };
        static const char *const of_manager[] = { "_PID=1", "INVOCATION_ID=", NULL };
        int r;

        r = add_rule(journal, own, invocation);
        return r < 0 ? r : add_rule(journal, of_manager, invocation);
}

int journal_add_kernel_matches(sd_journal *journal) {
        static const char *const transports[] = { "_TRANSPORT=kernel", "_TRANSPORT=audit" };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(transports) && r >= 0; i++)
                r = sd_journal_add_match(journal, transports[i], 0);
        return r;
}

int journal_field_get(void *journal, const char *field, const char **ret_value, size_t *ret_size) {
        size_t prefix = strlen(field) + 1, size;
        const void *data;
        int r;

        r = sd_journal_get_data(journal, field, &data, &size);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        *ret_value = (const char *) data + prefix;
        *ret_size = size - prefix;
        return 1;
}

/* 1 when the present entry's field has exactly this value. */
static int field_equals(sd_journal *journal, const char *field, const char *value) {
        const char *own;
        size_t size;
        int r;

        r = journal_field_get(journal, field, &own, &size);
        return r <= 0 ? r : size == strlen(value) && memcmp(own, value, size) == 0;
}

static int condition_holds(sd_journal *journal, const char *condition, const char *unit) {
        const char *equals = strchr(condition, '=');
        char field[32];

        (void) snprintf(field, sizeof(field), "%.*s", (int) (equals - condition), condition);
        return field_equals(journal, field, is_complete(condition) ? equals + 1 : unit);
}

int journal_entry_is_of_unit(sd_journal *journal, const char *unit) {
        for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
                int r = 1;

                for (size_t k = 0; r > 0 && k < CONDITIONS_MAX && rules[i][k]; k++)
                        r = condition_holds(journal, rules[i][k], unit);
                if (r != 0)
                        return r;
        }
        return 0;
}

/* 1: every whole condition of the rule holds; then *ret_field is the field of the other. */
static int rule_holds(
        const char *const *conditions, JournalGet get, void *entry, const char **ret_field) {
        for (size_t i = 0; i < CONDITIONS_MAX && conditions[i]; i++) {
                const char *expected = strchr(conditions[i], '=') + 1, *value;
                size_t size;
                char field[32];
                int r;

                if (*expected == '\0') {
                        *ret_field = conditions[i];
                        continue;
                }
                (void) snprintf(
                        field, sizeof(field), "%.*s", (int) (expected - 1 - conditions[i]),
                        conditions[i]);
                r = get(entry, field, &value, &size);
                if (r <= 0)
                        return r;
                if (size != strlen(expected) || memcmp(value, expected, size) != 0)
                        return 0;
        }
        return 1;
}

int journal_for_units(JournalGet get, void *entry, JournalUnitHandler handler, void *userdata) {
        for (size_t i = 0; i < ELEMENTSOF(rules); i++) {
                const char *condition = NULL, *value;
                char field[32];
                size_t size;
                int r;

                r = rule_holds(rules[i], get, entry, &condition);
                if (r == 0 || !condition)
                        continue;
                if (r < 0)
                        return r;
                (void) snprintf(
                        field, sizeof(field), "%.*s", (int) strlen(condition) - 1, condition);
                r = get(entry, field, &value, &size);
                if (r > 0)
                        r = handler(value, size, userdata);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int get_id(sd_journal *journal, const char *field, sd_id128_t *ret) {
        char text[SD_ID128_STRING_MAX];
        const void *data;
        size_t size, prefix = strlen(field) + 1;
        int r;

        r = sd_journal_get_data(journal, field, &data, &size);
        if (r < 0)
                return r;
        if (size - prefix != sizeof(text) - 1)
                return -ENOENT;

        memcpy(text, (const char *) data + prefix, sizeof(text) - 1);
        text[sizeof(text) - 1] = '\0';
        return sd_id128_from_string(text, ret) < 0 ? -ENOENT : 0;
}

int journal_entry_get_invocation(sd_journal *journal, const char *unit, sd_id128_t *ret) {
        int r;

        /* A process's own lines; systemd's carry the invocation of PID 1's scope in this field. */
        r = field_equals(journal, "_SYSTEMD_UNIT", unit);
        if (r > 0)
                r = get_id(journal, "_SYSTEMD_INVOCATION_ID", ret);
        else if (r == 0)
                r = get_id(journal, "INVOCATION_ID", ret);
        if (r == -ENOENT) {
                *ret = SD_ID128_NULL;
                return 0;
        }
        return r;
}
