/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/last-end.h"

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-messages.h>

#include "journal/journal.h"
#include "systemd/exit-word.h"

/* How long before its unit fails the main process may have ended: the others are waited for. */
#define EXIT_AGE (120 * USEC_PER_SEC)

static int take_failure(sd_journal *journal, void *userdata) {
        _cleanup_free_ char *result = NULL;
        LastEnd *end = userdata;
        int r;

        r = journal_get_text(journal, "UNIT_RESULT", &result);
        if (r < 0 && r != -ENOENT)
                return r;
        (void) snprintf(end->result, sizeof(end->result), "%s", result ? result : "");
        return sd_journal_get_realtime_usec(journal, &end->usec);
}

static int take_exit(sd_journal *journal, void *userdata) {
        _cleanup_free_ char *code = NULL, *status = NULL;
        LastEnd *end = userdata;
        int r;

        r = journal_get_text(journal, "EXIT_CODE", &code);
        if (r >= 0)
                r = journal_get_text(journal, "EXIT_STATUS", &status);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        end->exit_code = exit_word_to_code(code);
        end->exit_status = (int32_t) strtol(status, NULL, 10);
        return 0;
}

static int read_end(const char *unit, uint64_t since, LastEnd *end) {
        JournalQuery query = {
                .unit = unit,
                .match = "MESSAGE_ID=" SD_MESSAGE_UNIT_FAILURE_RESULT_STR,
                .all_invocations = true,
                .lines = 1,
                .since = since,
        };
        int64_t n;

        n = journal_read_last(&query, take_failure, end);
        if (n <= 0)
                return (int) n;

        query.match = "MESSAGE_ID=" SD_MESSAGE_UNIT_PROCESS_EXIT_STR;
        query.since = end->usec > EXIT_AGE ? end->usec - EXIT_AGE : 0;
        query.before = end->usec + 1;
        n = journal_read_last(&query, take_exit, end);
        return n < 0 ? (int) n : 1;
}

int last_end_find(const char *unit, uint64_t since, LastEnd *ret) {
        LastEnd end = {};
        int r = read_end(unit, since, &end);

        if (r > 0)
                *ret = end;
        return r;
}

void last_end_describe(const LastEnd *end, char *buffer, size_t size) {
        char result[sizeof(end->result)];

        memcpy(result, end->result, sizeof(result));
        describe_result(
                &(UnitState) { .result = result[0] ? result : NULL,
                               .exit_code = end->exit_code,
                               .exit_status = end->exit_status },
                buffer, size);
}

int json_set_last_end(sd_json_variant **object, const LastEnd *end) {
        char text[RESULT_TEXT_MAX];

        if (end->usec == 0)
                return sd_json_variant_set_fieldb(object, "last_end", SD_JSON_BUILD_NULL);
        last_end_describe(end, text, sizeof(text));
        return sd_json_variant_set_fieldb(
                object, "last_end",
                SD_JSON_BUILD_OBJECT(
                        SD_JSON_BUILD_PAIR_UNSIGNED("usec", end->usec),
                        SD_JSON_BUILD_PAIR_STRING("text", text)));
}
