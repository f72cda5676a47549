/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/log-lines.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "common/terminal.h"
#include "journal/journal.h"
#include "journal/note.h"
#include "journal/poll.h"
#include "servers/blocked.h"

void log_lines_init(LogLines *lines, FILE *f, bool json) {
        *lines = (LogLines) { .f = f, .json = json, .colors = !json && colors_enabled(f) };
}

/* A field's value, valid until the next call for this journal; NULL: the entry has none. */
static const char *get(sd_journal *journal, const char *field, size_t *ret_size) {
        const char *value;

        return journal_field_get(journal, field, &value, ret_size) > 0 ? value : NULL;
}

/* A field with a decimal number. */
static bool get_number(sd_journal *journal, const char *field, uint64_t *ret) {
        const char *text;
        uint64_t number = 0;
        size_t size;

        text = get(journal, field, &size);
        if (!text || size == 0 || size > 18)
                return false;
        for (size_t i = 0; i < size; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                number = number * 10 + (uint64_t) (text[i] - '0');
        }
        *ret = number;
        return true;
}

/* Returns the name that the writing program gave itself, else the program's name. */
static const char *get_identifier(sd_journal *journal, size_t *ret_size) {
        const char *text = get(journal, "SYSLOG_IDENTIFIER", ret_size);

        return text ? text : get(journal, "_COMM", ret_size);
}

/* --- what ended it ---------------------------------------------------------------------------- */

enum { RECORD_TRIES = 10, RECORD_WAIT_USEC = 50 * 1000 };

static bool has_text(sd_journal *journal, const char *field, const char *text) {
        const char *value;
        size_t size = 0;

        value = get(journal, field, &size);
        return value && size == strlen(text) && memcmp(value, text, size) == 0;
}

/* systemd's message that the main process ended by SIGSYS. */
static bool is_end_by_call(sd_journal *journal) {
        uint64_t pid, status;

        return has_text(journal, "SYSLOG_IDENTIFIER", "systemd") &&
               get_number(journal, "_PID", &pid) && pid == 1 &&
               get_number(journal, "EXIT_STATUS", &status) && status == SIGSYS &&
               !has_text(journal, "EXIT_CODE", "exited");
}

/* Which call it was. The kernel's record comes to journald by another way than systemd's message,
 * so one that is new is given a moment. */
static void find_blocked(
        const LogLines *lines, sd_journal *journal, uint64_t realtime, BlockedCall *ret) {
        *ret = (BlockedCall) {};
        if (!lines->instance || !is_end_by_call(journal))
                return;
        for (unsigned i = 0; i < RECORD_TRIES; i++) {
                if (blocked_find_at(lines->instance, realtime, ret) < 0 || ret->pid > 0 ||
                    now_realtime() > realtime + 3 * USEC_PER_SEC)
                        return;
                (void) usleep(RECORD_WAIT_USEC);
        }
}

/* --- for people ------------------------------------------------------------------------------- */

static const char *format_time(LogLines *lines, uint64_t realtime) {
        uint64_t second = realtime / USEC_PER_SEC;
        time_t t = (time_t) second;
        struct tm tm;

        if (second == lines->second && lines->time_text[0] != '\0')
                return lines->time_text;
        if (!localtime_r(&t, &tm) ||
            strftime(lines->time_text, sizeof(lines->time_text), "%b %d %H:%M:%S", &tm) == 0)
                lines->time_text[0] = '\0';
        lines->second = second;
        return lines->time_text;
}

static Color priority_color(sd_journal *journal) {
        uint64_t priority;

        if (!get_number(journal, "PRIORITY", &priority))
                return COLOR_NONE;
        if (priority <= LOG_ERR)
                return COLOR_RED;
        if (priority == LOG_WARNING)
                return COLOR_YELLOW;
        if (priority == LOG_NOTICE)
                return COLOR_BOLD;
        return priority >= LOG_DEBUG ? COLOR_GREY : COLOR_NONE;
}

/*
 * Copies: printing may wait for its reader, and when the entry's file is vacuumed meanwhile, the
 * journal's own memory turns into zeros.
 */
typedef struct Line {
        char *message, *identifier; /* NULL: none */
        size_t message_size, identifier_size;
        uint64_t pid; /* 0: unknown */
        const char *note;
        Color color;
} Line;

static void line_clear(Line *line) {
        free(line->message);
        free(line->identifier);
}

static int copy_value(const char *value, size_t size, char **ret, size_t *ret_size) {
        if (!value)
                return 0;
        *ret = malloc(size + 1);
        if (*ret)
                memcpy(*ret, value, size);
        *ret_size = size;
        return *ret ? 0 : -ENOMEM;
}

/* -EBADMSG: the entry was vacuumed before all was copied. */
static int line_read(const LogLines *lines, sd_journal *journal, Line *line) {
        size_t size = 0;
        const char *value;
        int r;

        line->note = journal_note_here(journal);
        line->color = !lines->colors ? COLOR_NONE
                      : line->note   ? COLOR_GREY
                                     : priority_color(journal);
        if (!get_number(journal, "_PID", &line->pid))
                line->pid = 0;
        value = get_identifier(journal, &size);
        r = copy_value(value, size, &line->identifier, &line->identifier_size);
        if (r < 0)
                return r;
        value = get(journal, "MESSAGE", &size);
        r = copy_value(value, size, &line->message, &line->message_size);
        if (r < 0)
                return r;
        /* Blocks are freed in order, and what describes a value comes before it. */
        return line->message && !get(journal, "MESSAGE", &size) ? -EBADMSG : 0;
}

/* "Nov 24 04:00:00 srcds_linux[12]: "; returns how long it is. */
static unsigned print_prefix(LogLines *lines, const Line *line, uint64_t realtime) {
        int n = fprintf(lines->f, "%s ", format_time(lines, realtime));

        if (line->identifier) {
                print_visible(line->identifier, line->identifier_size, 0, lines->f);
                n += (int) line->identifier_size;
        }
        if (line->pid > 0)
                n += fprintf(lines->f, "[%" PRIu64 "]", line->pid);
        n += fprintf(lines->f, ": ");
        return n > 0 ? (unsigned) n : 0;
}

static int print_text(LogLines *lines, sd_journal *journal, uint64_t realtime) {
        _cleanup_(blocked_call_clear) BlockedCall blocked = {};
        _cleanup_(line_clear) Line line = {};
        unsigned indent;
        int r;

        r = line_read(lines, journal, &line);
        if (r < 0)
                return r;
        find_blocked(lines, journal, realtime, &blocked);

        indent = print_prefix(lines, &line, realtime);
        if (line.color != COLOR_NONE)
                (void) fputs(color_on(line.color, lines->f), lines->f);
        if (line.message)
                print_visible(line.message, line.message_size, indent, lines->f);
        if (line.note)
                (void) fprintf(lines->f, "\n%*s(%s)", (int) indent, "", line.note);
        if (line.color != COLOR_NONE)
                (void) fputs(color_off(line.color, lines->f), lines->f);
        if (blocked.pid > 0) {
                (void) fprintf(lines->f, "\n%*s", (int) indent, "");
                blocked_print(&blocked, lines->f);
                return 0;
        }
        return fputc('\n', lines->f) == EOF ? -EIO : 0;
}

/* --- for programs ----------------------------------------------------------------------------- */

static int get_json(sd_journal *journal, const char *field, sd_json_variant **ret) {
        const char *text;
        size_t size;

        text = get(journal, field, &size);
        return text ? json_make_string(text, size, ret) : sd_json_variant_new_null(ret);
}

static int get_json_number(sd_journal *journal, const char *field, sd_json_variant **ret) {
        uint64_t number;

        return get_number(journal, field, &number) ? sd_json_variant_new_unsigned(ret, number)
                                                   : sd_json_variant_new_null(ret);
}

static int get_json_identifier(sd_journal *journal, sd_json_variant **ret) {
        const char *text;
        size_t size;

        text = get_identifier(journal, &size);
        return text ? json_make_string(text, size, ret) : sd_json_variant_new_null(ret);
}

static int build_object(sd_journal *journal, uint64_t realtime, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *identifier = NULL, *pid = NULL,
                                                          *priority = NULL, *message = NULL;
        const char *note = journal_note_here(journal);
        _cleanup_free_ char *cursor = NULL;
        int r;

        r = sd_journal_get_cursor(journal, &cursor);
        if (r >= 0)
                r = get_json_identifier(journal, &identifier);
        if (r >= 0)
                r = get_json_number(journal, "_PID", &pid);
        if (r >= 0)
                r = get_json_number(journal, "PRIORITY", &priority);
        if (r >= 0)
                r = get_json(journal, "MESSAGE", &message);
        if (r < 0)
                return r;

        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_UNSIGNED("time_usec", realtime),
                SD_JSON_BUILD_PAIR_VARIANT("identifier", identifier),
                SD_JSON_BUILD_PAIR_VARIANT("pid", pid),
                SD_JSON_BUILD_PAIR_VARIANT("priority", priority),
                SD_JSON_BUILD_PAIR_VARIANT("message", message),
                SD_JSON_BUILD_PAIR_CONDITION(note != NULL, "note", SD_JSON_BUILD_STRING(note)),
                SD_JSON_BUILD_PAIR_STRING("cursor", cursor));
}

static int print_object(LogLines *lines, sd_journal *journal, uint64_t realtime) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL, *call = NULL;
        _cleanup_(blocked_call_clear) BlockedCall blocked = {};
        int r;

        r = build_object(journal, realtime, &object);
        if (r < 0)
                return r;
        find_blocked(lines, journal, realtime, &blocked);
        if (blocked.pid > 0) {
                r = blocked_to_json(&blocked, &call);
                if (r >= 0)
                        r = sd_json_variant_set_field(&object, "blocked_call", call);
                if (r < 0)
                        return r;
        }
        return sd_json_variant_dump(object, SD_JSON_FORMAT_NEWLINE, lines->f, NULL);
}

/* ---------------------------------------------------------------------------------------------- */

int log_lines_print(sd_journal *journal, void *userdata) {
        LogLines *lines = userdata;
        uint64_t realtime;
        int r;

        r = sd_journal_get_realtime_usec(journal, &realtime);
        if (r < 0)
                return r;
        return lines->json ? print_object(lines, journal, realtime)
                           : print_text(lines, journal, realtime);
}

void log_lines_print_gap(LogLines *lines, uint64_t n_lost) {
        if (lines->json)
                (void) fprintf(lines->f, "{\"lost_entries\":%" PRIu64 "}\n", n_lost);
        else
                (void) fprintf(
                        lines->f,
                        _("-- %" PRIu64 " entries of the journal were removed before they could be "
                          "read --\n"),
                        n_lost);
}

int log_lines_complain(const char *name, int error) {
        if (error == -EACCES)
                log_error(
                        "Failed to read the log of '%s': only root and members of the group "
                        "systemd-journal may",
                        name);
        else
                (void) log_error_errno(error, "Failed to read the log of '%s'", name);
        return CTL_FAILURE;
}

int print_last_lines(const char *name, const char *unit, uint64_t n, FILE *f) {
        JournalQuery query = {
                .unit = unit,
                .lines = n,
                .filter = journal_without_polls,
                .refused_max = JOURNAL_POLLS_MAX,
        };
        LogLines lines;
        int64_t r;

        log_lines_init(&lines, f, false);
        lines.instance = name;

        r = journal_read_last(&query, log_lines_print, &lines);
        return r < 0 ? log_lines_complain(name, (int) r) : CTL_OK;
}
