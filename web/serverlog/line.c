/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serverlog/line.h"

#include <string.h>
#include <syslog.h>

#include "base/json.h"
#include "base/visible-text.h"
#include "journal/note.h"
#include "view/model.h"

static const char *level_of(int priority) {
        if (priority < 0)
                return "info";
        if (priority <= LOG_ERR)
                return "error";
        if (priority == LOG_WARNING)
                return "warning";
        if (priority == LOG_NOTICE)
                return "notice";
        return priority == LOG_INFO ? "info" : "debug";
}

/* Returns the usual word for a program that writes to a server's log; NULL: its own name. */
static const char *source_of(const LogLine *line) {
        static const struct {
                const char *identifier, *source;
        } sources[] = {
                { "systemd", "systemd" },
                { "left4me-launch", "launch" },
                { "left4me-overlay", "overlay" },
        };
        static const char game[] =
                "l4d2-"; /* and the server's name: its unit's SyslogIdentifier= */

        if (!line->identifier)
                return "";
        if (line->identifier_size > sizeof(game) - 1 &&
            memcmp(line->identifier, game, sizeof(game) - 1) == 0)
                return "game";
        for (size_t i = 0; i < ELEMENTSOF(sources); i++)
                if (strlen(sources[i].identifier) == line->identifier_size &&
                    memcmp(sources[i].identifier, line->identifier, line->identifier_size) == 0)
                        return sources[i].source;
        return NULL;
}

static int source_json(const LogLine *line, sd_json_variant **ret) {
        char text[VISIBLE_TEXT_MAX(JOURNAL_VALUE_MAX)];
        const char *source = source_of(line);
        size_t size = line->identifier_size;

        if (source)
                return sd_json_variant_new_string(ret, source);
        (void) visible_text(
                line->identifier, size < JOURNAL_VALUE_MAX ? size : JOURNAL_VALUE_MAX, text);
        return sd_json_variant_new_string(ret, text);
}

static int message_json(const LogLine *line, sd_json_variant **ret) {
        static const char more[] = " …";
        _cleanup_free_ char *text = malloc(VISIBLE_TEXT_MAX(line->message_size) + sizeof(more));
        size_t n;

        if (!text)
                return -ENOMEM;
        n = visible_text(line->message, line->message_size, text);
        if (line->is_cut)
                memcpy(text + n, more, sizeof(more));
        return sd_json_variant_new_string(ret, text);
}

static int priority_json(const LogLine *line, sd_json_variant **ret) {
        return line->priority < 0 ? sd_json_variant_new_null(ret)
                                  : sd_json_variant_new_integer(ret, line->priority);
}

int log_line_to_model(const LogLine *line, uint64_t now, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *time = NULL, *priority = NULL, *source = NULL, *text = NULL;
        int r;

        r = model_time(line->usec, now, &time);
        if (r >= 0)
                r = priority_json(line, &priority);
        if (r >= 0)
                r = source_json(line, &source);
        if (r >= 0)
                r = message_json(line, &text);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_UNSIGNED("usec", line->usec),
                SD_JSON_BUILD_PAIR_VARIANT("time", time),
                SD_JSON_BUILD_PAIR_VARIANT("priority", priority),
                SD_JSON_BUILD_PAIR_STRING("level", line->note ? "debug" : level_of(line->priority)),
                SD_JSON_BUILD_PAIR_VARIANT("source", source),
                SD_JSON_BUILD_PAIR_VARIANT("text", text),
                SD_JSON_BUILD_PAIR_STRING("note", line->note),
                SD_JSON_BUILD_PAIR_STRING("cursor", line->cursor));
}

void log_line_of_entry(JournalEntry *entry, const char *cursor, LogLine *ret) {
        uint64_t priority;

        *ret = (LogLine) {
                .usec = entry->realtime,
                .priority = -1,
                .message = entry->message,
                .message_size = entry->message_size,
                .is_cut = entry->message_whole > entry->message_size,
                .note = journal_note(journal_entry_get, entry),
                .cursor = cursor,
        };
        if (journal_entry_get_number(entry, "PRIORITY", &priority) && priority <= LOG_DEBUG)
                ret->priority = (int) priority;
        if (journal_entry_get(
                    entry, "SYSLOG_IDENTIFIER", &ret->identifier, &ret->identifier_size) <= 0 &&
            journal_entry_get(entry, "_COMM", &ret->identifier, &ret->identifier_size) <= 0)
                ret->identifier = NULL;
}

int log_lines_append(sd_journal *journal, void *userdata) {
        _cleanup_json_ sd_json_variant *model = NULL;
        _cleanup_free_ char *cursor = NULL;
        LogLines *lines = userdata;
        JournalEntry entry;
        LogLine line;
        int r;

        r = journal_entry_read(journal, &entry);
        if (r >= 0)
                r = sd_journal_get_cursor(journal, &cursor);
        if (r < 0)
                return r;
        log_line_of_entry(&entry, cursor, &line);
        r = log_line_to_model(&line, lines->now, &model);
        if (r >= 0)
                r = sd_json_variant_append_array(&lines->array, model);
        if (r < 0)
                return r;
        lines->n_lines++;
        return 0;
}

int log_lines_append_json(sd_json_variant *object, LogLines *lines) {
        _cleanup_json_ sd_json_variant *model = NULL;
        sd_json_variant *priority = sd_json_variant_by_key(object, "priority");
        const char *message = json_text(object, "message"), *cursor = json_text(object, "cursor");
        LogLine line = {
                .usec = sd_json_variant_unsigned(sd_json_variant_by_key(object, "time_usec")),
                .priority = priority && sd_json_variant_is_unsigned(priority)
                                    ? (int) sd_json_variant_unsigned(priority)
                                    : -1,
                .identifier = json_text(object, "identifier"),
                .message = message ? message : "",
                .note = json_text(object, "note"),
                .cursor = cursor ? cursor : "",
        };
        int r;

        if (line.identifier)
                line.identifier_size = strlen(line.identifier);
        line.message_size = strlen(line.message);
        if (line.message_size > JOURNAL_MESSAGE_MAX) {
                line.message_size = JOURNAL_MESSAGE_MAX;
                line.is_cut = true;
        }
        r = log_line_to_model(&line, lines->now, &model);
        if (r >= 0)
                r = sd_json_variant_append_array(&lines->array, model);
        if (r < 0)
                return r;
        lines->n_lines++;
        return 0;
}

int log_events_href(const char *name, const LogLines *lines, char **ret) {
        sd_json_variant *last = NULL;
        const char *cursor = NULL;

        if (lines->n_lines > 0)
                last = sd_json_variant_by_index(lines->array, lines->n_lines - 1);
        if (last)
                cursor = sd_json_variant_string(sd_json_variant_by_key(last, "cursor"));
        if (asprintf(
                    ret, "/servers/%s/events%s%s", name, cursor ? "?after=" : "",
                    cursor ? cursor : "") < 0)
                return -ENOMEM;
        return 0;
}
