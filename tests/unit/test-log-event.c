/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>
#include <systemd/sd-json.h>

#include "serverlog/event.h"

Test(log_event, format) {
        _cleanup_free_ char *text = NULL, *without = NULL;
        size_t size;

        cr_assert_eq(event_format("7-1", "state", "{}", &text, &size), 0);
        cr_assert_str_eq(text, "id: 7-1\nevent: state\ndata: {}\n\n");
        cr_assert_eq(size, strlen(text));
        cr_assert_eq(event_format(NULL, "state", "{}", &without, &size), 0);
        cr_assert_str_eq(without, "event: state\ndata: {}\n\n");
}

/* Nothing that is put in begins a line of its own. */
Test(log_event, injection) {
        char *text;
        size_t size;

        cr_assert_eq(event_format("1\nevent: x", "line", "{}", &text, &size), -EINVAL);
        cr_assert_eq(event_format("1", "line\r", "{}", &text, &size), -EINVAL);
        cr_assert_eq(event_format("1", "line", "{}\n\ndata: {}", &text, &size), -EINVAL);
}

static void set(JournalEntry *entry, size_t i, const char *value) {
        entry->fields[i].size = strlen(value);
        memcpy(entry->fields[i].text, value, strlen(value));
}

static const char *unit_of_entry; /* systemd's entry about this unit; NULL: the server's own */

/* The data of the event "line" of a message. */
static sd_json_variant *data_of(const char *message, size_t size) {
        static JournalEntry entry;
        _cleanup_free_ char *text = NULL;
        sd_json_variant *data;
        size_t text_size;
        char *start, *end;

        entry = (JournalEntry) { .realtime = 1000000, .message_size = size, .message_whole = size };
        memcpy(entry.message, message, size);
        set(&entry, 6, "4");                                    /* PRIORITY */
        set(&entry, 8, unit_of_entry ? "systemd" : "l4d2-v-1"); /* SYSLOG_IDENTIFIER */
        set(&entry, 4, unit_of_entry ? "1" : "4711");           /* _PID */
        if (unit_of_entry)
                set(&entry, 1, unit_of_entry); /* UNIT */
        cr_assert_eq(log_event_line(&entry, "s=1;i=2", 2000000, &text, &text_size), 0);
        cr_assert_eq(strncmp(text, "id: s=1;i=2\nevent: line\ndata: {", 31), 0);
        start = strchr(text, '{');
        end = strstr(start, "\n");
        cr_assert_str_eq(end, "\n\n");
        *end = '\0';
        cr_assert_geq(sd_json_parse(start, 0, &data, NULL, NULL), 0);
        return data;
}

static void expect(sd_json_variant *data, const char *key, const char *expected) {
        cr_assert_str_eq(sd_json_variant_string(sd_json_variant_by_key(data, key)), expected);
}

Test(log_event, line) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *data = data_of("hello", 5);

        expect(data, "text", "hello");
        expect(data, "level", "warning");
        expect(data, "source", "game");
        expect(data, "cursor", "s=1;i=2");
        cr_assert_eq(sd_json_variant_unsigned(sd_json_variant_by_key(data, "usec")), 1000000);
}

/* systemd's warning at each start; a server that prints the same is not systemd. */
Test(log_event, note) {
        static const char message[] =
                "left4me-server@1.service: Supervising process 4711 which is not our child. We'll "
                "most likely not notice when it exits.";
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *data = NULL, *game = NULL;

        unit_of_entry = "left4me-server@1.service";
        data = data_of(message, strlen(message));
        expect(data, "level", "debug");
        expect(data, "text", message);
        cr_assert(sd_json_variant_is_string(sd_json_variant_by_key(data, "note")));
        cr_assert_eq(sd_json_variant_unsigned(sd_json_variant_by_key(data, "priority")), 4);

        unit_of_entry = NULL;
        game = data_of(message, strlen(message));
        expect(game, "level", "warning");
        cr_assert(sd_json_variant_is_null(sd_json_variant_by_key(game, "note")));
}

/* A player's name can hold anything. */
Test(log_event, hostile) {
        static const char message[] = "a\n\nevent: state\ndata: {}\n\n\r\033[2J\xff\0\"\\</script>";
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *data =
                data_of(message, sizeof(message) - 1);

        expect(data, "text",
               "a\n\nevent: state\ndata: {}\n\n\\x0d\\x1b[2J\xef\xbf\xbd\\x00\"\\</script>");
}

Test(log_event, gap) {
        _cleanup_free_ char *text = NULL, *unknown = NULL;
        size_t size;

        cr_assert_eq(log_event_gap(12, &text, &size), 0);
        cr_assert(strstr(text, "event: gap\n"));
        cr_assert(strstr(text, "\"lost\":12,"));
        cr_assert_eq(log_event_gap(UINT64_MAX, &unknown, &size), 0);
        cr_assert(strstr(unknown, "\"lost\":null,"));
}
