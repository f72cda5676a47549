/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Starts and ends of a server's runs, as systemd wrote them to the journal: how long each lasted,
 * and of a crash the last lines of its log and the message of its core dump.
 */

#include "pages/timeline.h"

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <systemd/sd-messages.h>
#include <time.h>

#include "base/array.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/visible-text.h"
#include "journal/files.h"
#include "journal/journal.h"
#include "journal/match.h"
#include "journal/poll.h"
#include "journal/step.h"
#include "serverlog/line.h"
#include "systemd/exit-word.h"
#include "systemd/unit-names.h"

enum {
        CRASHES_WITH_LINES = 5, /* of a page: each takes a look into the journal */
        CRASH_LINES = 15,
        CORE_MAX = 16 * 1024, /* bytes of a message, which has the backtrace if there is one */
};

void timeline_run_clear(Run *run) {
        for (size_t i = 0; i < run->n_lines; i++)
                free(run->lines[i].cursor);
        free(run->lines);
        free(run->cursor);
        free(run->core);
}

/* --- reading ------------------------------------------------------------------------------------
 */

static int add_match(sd_journal *journal, const char *field, const char *value) {
        char match[UNIT_NAME_MAX + 32];

        (void) snprintf(match, sizeof(match), "%s=%s", field, value);
        return sd_journal_add_match(journal, match, 0);
}

/* Only PID 1 and systemd-coredump are believed: any process can write such fields. */
static int add_matches(sd_journal *journal, const char *unit, bool with_cores) {
        static const char *const ids[] = {
                SD_MESSAGE_UNIT_STARTED_STR,
                SD_MESSAGE_UNIT_SUCCESS_STR,
                SD_MESSAGE_UNIT_FAILURE_RESULT_STR,
                SD_MESSAGE_UNIT_PROCESS_EXIT_STR,
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(ids) && r >= 0; i++)
                r = add_match(journal, "MESSAGE_ID", ids[i]);
        if (r >= 0)
                r = add_match(journal, "UNIT", unit);
        if (r >= 0)
                r = add_match(journal, "_PID", "1");
        if (r < 0 || !with_cores)
                return r;
        r = sd_journal_add_disjunction(journal);
        return r < 0 ? r : journal_add_core_matches(journal, unit);
}

static int open_runs(const TimelineQuery *query, sd_journal **ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        char unit[UNIT_NAME_MAX];
        int r;

        unit_name(UNIT_SERVER, query->name, unit);
        r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM);
        if (r < 0)
                return r;
        journal_prepare_steps(journal);
        r = add_matches(journal, unit, query->with_cores);
        if (r >= 0)
                r = query->older ? sd_journal_seek_cursor(journal, query->older)
                                 : sd_journal_seek_tail(journal);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(journal);
        return 0;
}

static void copy_field(sd_journal *journal, const char *field, char *ret, size_t size) {
        _cleanup_free_ char *text = NULL;

        if (journal_get_text(journal, field, &text) < 0)
                text = NULL;
        (void) snprintf(ret, size, "%s", text ? text : "");
}

/* How the main process ended precedes the result of the unit. */
static void take_exit(sd_journal *journal, TimelineSource *source) {
        Run *last = source->n_items > 0 ? &source->runs[source->n_items - 1] : NULL;
        char code[16], status[16], invocation[SD_ID128_STRING_MAX];

        copy_field(journal, "INVOCATION_ID", invocation, sizeof(invocation));
        if (!last || last->kind != RUN_CRASHED || last->end.exit_code != 0 ||
            strcmp(last->invocation, invocation) != 0)
                return;
        copy_field(journal, "EXIT_CODE", code, sizeof(code));
        copy_field(journal, "EXIT_STATUS", status, sizeof(status));
        last->end.exit_code = exit_word_to_code(code);
        last->end.exit_status = (int32_t) strtol(status, NULL, 10);
}

/* A start tells how long the run lasted whose end was read before. */
static void take_start(TimelineSource *source, const Run *start) {
        for (size_t i = 0; i < source->n_items; i++) {
                Run *run = &source->runs[i];

                if ((run->kind == RUN_ENDED || run->kind == RUN_CRASHED) &&
                    strcmp(run->invocation, start->invocation) == 0)
                        run->started = start->usec;
        }
}

static RunKind kind_of(const char *id) {
        if (strcmp(id, SD_MESSAGE_UNIT_STARTED_STR) == 0)
                return RUN_STARTED;
        if (strcmp(id, SD_MESSAGE_UNIT_SUCCESS_STR) == 0)
                return RUN_ENDED;
        return strcmp(id, SD_MESSAGE_COREDUMP_STR) == 0 ? RUN_CORE : RUN_CRASHED;
}

static int read_run(sd_journal *journal, const TimelineQuery *query, const char *id, Run *run) {
        int r;

        run->kind = kind_of(id);
        (void) snprintf(run->server, sizeof(run->server), "%s", query->name);
        copy_field(journal, "INVOCATION_ID", run->invocation, sizeof(run->invocation));
        copy_field(journal, "UNIT_RESULT", run->end.result, sizeof(run->end.result));
        r = sd_journal_get_realtime_usec(journal, &run->usec);
        run->end.usec = run->usec;
        if (r >= 0 && run->kind == RUN_CORE)
                r = journal_get_text(journal, "MESSAGE", &run->core);
        return r < 0 ? r : sd_journal_get_cursor(journal, &run->cursor);
}

/* The item's run is the source's own of the same number. */
static int take_entry(sd_journal *journal, const TimelineQuery *query, TimelineSource *source) {
        Run *run = &source->runs[source->n_items];
        char id[SD_ID128_STRING_MAX];
        int r;

        copy_field(journal, "MESSAGE_ID", id, sizeof(id));
        if (strcmp(id, SD_MESSAGE_UNIT_PROCESS_EXIT_STR) == 0) {
                take_exit(journal, source);
                return 0;
        }
        r = read_run(journal, query, id, run);
        if (r < 0) {
                timeline_run_clear(run);
                *run = (Run) {};
                return r;
        }
        if (run->kind == RUN_STARTED)
                take_start(source, run);
        timeline_add(
                source, (TimelineItem) { .usec = run->usec, .position = run->cursor, .run = run });
        return 0;
}

/* 1: on to the next older one; 0: it is too old. */
static int look_at(sd_journal *journal, const TimelineQuery *query, TimelineSource *source) {
        uint64_t usec;
        int r;

        r = sd_journal_get_realtime_usec(journal, &usec);
        if (r < 0 || usec < query->since)
                return r;
        if (query->older && sd_journal_test_cursor(journal, query->older) > 0)
                return 1;
        r = take_entry(journal, query, source);
        return r < 0 ? r : 1;
}

static int read_runs(const TimelineQuery *query, TimelineSource *source) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        int r;

        r = open_runs(query, &journal);
        if (r < 0)
                return r;
        for (size_t n = 0; source->n_items <= TIMELINE_ITEMS; n++) {
                if (n == TIMELINE_LOOKED_AT) {
                        r = sd_journal_get_realtime_usec(journal, &source->rest_usec);
                        return r < 0 ? r : sd_journal_get_cursor(journal, &source->rest);
                }
                r = journal_step_previous(journal);
                /* A damaged file fails at each further step too. */
                if (r <= 0)
                        return journal_files_tolerate(r) ? 0 : r;
                r = look_at(journal, query, source);
                if (r == 0 || (r < 0 && !journal_files_tolerate(r)))
                        return r;
        }
        return 0;
}

static int append_line(sd_journal *journal, void *userdata) {
        Run *run = userdata;
        RunLine *lines = array_for_one_more(run->lines, run->n_lines, sizeof(*lines));
        int r;

        if (!lines)
                return -ENOMEM;
        run->lines = lines;
        lines += run->n_lines;
        r = journal_entry_read(journal, &lines->entry);
        if (r >= 0)
                r = sd_journal_get_cursor(journal, &lines->cursor);
        if (r < 0)
                return r;
        run->n_lines++;
        return 0;
}

static int read_lines(const TimelineQuery *query, Run *run) {
        char unit[UNIT_NAME_MAX];
        const JournalQuery journal = {
                .unit = unit,
                .invocation = run->invocation,
                .all_invocations = true,
                .lines = CRASH_LINES,
                .filter = journal_without_polls,
                .refused_max = JOURNAL_POLLS_MAX,
                .since = query->since,
                .before = run->usec + 1,
        };
        int64_t n;

        unit_name(UNIT_SERVER, query->name, unit);
        n = strlen(run->invocation) == 32 ? journal_read_last(&journal, append_line, run) : 0;
        return n < 0 ? (int) n : 0;
}

int timeline_read_runs(const TimelineQuery *query, TimelineSource *ret) {
        size_t n_crashes = 0;
        int r;

        r = read_runs(query, ret);
        for (size_t i = 0; i < ret->n_items && r >= 0 && n_crashes < CRASHES_WITH_LINES; i++) {
                if (ret->runs[i].kind != RUN_CRASHED)
                        continue;
                n_crashes++;
                r = read_lines(query, &ret->runs[i]);
        }
        return r;
}

/* --- items --------------------------------------------------------------------------------------
 */

static int lines_to_model(const Run *run, uint64_t now, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
        int r = 0;

        for (size_t i = 0; i < run->n_lines && r >= 0; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
                LogLine line;

                log_line_of_entry(&run->lines[i].entry, run->lines[i].cursor, &line);
                r = log_line_to_model(&line, now, &model);
                if (r >= 0)
                        r = sd_json_variant_append_array(&list, model);
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(list);
        return 0;
}

static const char *label_of(RunKind kind) {
        switch (kind) {
        case RUN_STARTED:
                return _("started");
        case RUN_ENDED:
                return _("ended");
        case RUN_CRASHED:
                return _("crashed");
        default:
                return _("core dump");
        }
}

/* "killed by SIGSEGV, after 3h 5min" */
static void describe(const Run *run, char *ret, size_t size) {
        char span[TIME_TEXT_MAX], result[128] = "";
        bool is_known = run->started > 0 && run->usec >= run->started;

        if (run->kind == RUN_CRASHED)
                last_end_describe(&run->end, result, sizeof(result));
        if (is_known)
                (void) span_format(run->usec - run->started, span);
        if (is_known && result[0] != '\0')
                (void) snprintf(ret, size, _("%s, after %s"), result, span);
        else if (is_known)
                (void) snprintf(ret, size, _("after %s"), span);
        else
                (void) snprintf(ret, size, "%s", result);
}

/* The search of the log page, with the second of the crash as its last; from malloc. The time zone
 * of the host may have this time twice. */
static int make_log_href(const Run *run, char **ret) {
        time_t end = (time_t) (run->usec / USEC_PER_SEC) + 1;
        char until[64], *text = NULL;
        struct tm tm;
        size_t size;
        FILE *f;

        if (run->kind != RUN_CRASHED || !gmtime_r(&end, &tm) ||
            strftime(until, sizeof(until), "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
                return 0;
        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        (void) fprintf(f, "/servers/%s/log?lines=100&until=", run->server);
        form_print_escaped(until, f);
        if (fclose(f) != 0) {
                free(text);
                return -ENOMEM;
        }
        *ret = text;
        return 0;
}

int timeline_run_to_model(const Run *run, uint64_t now, sd_json_variant **ret) {
        static const char *const kinds[] = { "start", "end", "crash", "core" };
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *lines = NULL;
        _cleanup_free_ char *core = NULL, *log_href = NULL;
        char text[256];
        int r;

        if (run->core) {
                size_t size = strnlen(run->core, CORE_MAX);

                core = malloc(VISIBLE_TEXT_MAX(size));
                if (!core)
                        return -ENOMEM;
                (void) visible_text(run->core, size, core);
        }
        r = make_log_href(run, &log_href);
        if (r >= 0)
                r = lines_to_model(run, now, &lines);
        if (r < 0)
                return r;
        describe(run, text, sizeof(text));
        return timeline_words_to_model(
                run->usec, now,
                &(TimelineWords) {
                        .kind = kinds[run->kind],
                        .label = label_of(run->kind),
                        .text = text[0] != '\0' ? text : NULL,
                        .is_bad = run->kind == RUN_CRASHED || run->kind == RUN_CORE,
                        .lines = lines,
                        .core = core,
                        .log_href = log_href,
                },
                ret);
}
