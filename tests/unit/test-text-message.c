/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text-message.h"
#include "base/text.h"

static char *written;

static void write_to_memory(const LogMessage *message) {
        size_t size;
        FILE *f;

        free(written);
        f = open_memstream(&written, &size);

        cr_assert_not_null(f);
        text_message_write(message, f);
        cr_assert_eq(fclose(f), 0);
        written[strcspn(written, "\n")] = '\0';
}

static void set_up(void) {
        text_setup_from(TEST_LOCALES);
        text_set_language("en");
        log_set_sink(write_to_memory);
}

static void tear_down(void) {
        free(written);
        written = NULL;
}

TestSuite(text_message, .init = set_up, .fini = tear_down);

static void assert_reads(const char *line, const char *expected) {
        TextMessage message = {};

        cr_assert_eq(text_message_read(line, &message), 0, "%s", line);
        cr_assert_str_eq(message.text, expected);
        text_message_done(&message);
}

Test(text_message, has_its_code_and_arguments) {
        log_error("Failed to open %s", "spec.yaml");
        cr_assert_str_eq(
                written,
                "{\"priority\":3,\"code\":\"Failed to open %s\",\"arguments\":[\"spec.yaml\"],"
                "\"text\":\"Failed to open spec.yaml\"}");
        assert_reads(written, "Failed to open spec.yaml");
}

Test(text_message, has_the_number_of_its_errno) {
        (void) log_error_errno(-ENOENT, "Failed to open %s", "spec.yaml");
        cr_assert_not_null(strstr(written, "\"error\":2"), "%s", written);
        assert_reads(written, "Failed to open spec.yaml: No such file or directory");
}

/* A pipe of packets, and no buffer, as standard error has none. */
Test(text_message, is_one_write) {
        char line[256];
        int fds[2];
        FILE *f;

        cr_assert_eq(pipe2(fds, O_DIRECT | O_CLOEXEC), 0);
        f = fdopen(fds[1], "w");
        cr_assert_not_null(f);
        cr_assert_eq(setvbuf(f, NULL, _IONBF, 0), 0);
        text_message_write(&(LogMessage) { .priority = 3, .text = "Out of memory" }, f);
        cr_assert_eq(fclose(f), 0);
        cr_assert_eq(
                read(fds[0], line, sizeof(line)),
                (ssize_t) strlen("{\"priority\":3,\"text\":\"Out of memory\"}\n"));
        cr_assert_eq(close(fds[0]), 0);
}

Test(text_message, is_read_in_the_language_of_the_reader) {
        TextMessage message = {};

        log_warning("Failed to open %s", "⟦a %s⟧");
        text_set_language("en_XA");
        cr_assert_eq(text_message_read(written, &message), 0);
        cr_assert_eq(message.priority, LOG_WARNING);
        cr_assert(strstr(message.text, "⟦") == message.text, "%s", message.text);
        cr_assert_not_null(strstr(message.text, "⟦a %s⟧"), "%s", message.text);
        text_message_done(&message);
}

Test(text_message, has_forms_for_numbers) {
        static const char one[] = "%zu more error", more[] = "%zu more errors";

        for (size_t n = 1; n < 3; n++) {
                TextMessage message = {};
                char expected[64];

                log_count(LOG_ERR, n, one, more, n);
                (void) snprintf(expected, sizeof(expected), n == 1 ? one : more, n);
                assert_reads(written, expected);
                text_set_language("en_XA");
                cr_assert_eq(text_message_read(written, &message), 0);
                cr_assert_eq(strncmp(message.text, "⟦", strlen("⟦")), 0, "%s", message.text);
                cr_assert_eq(strstr(message.text, "éŕŕóŕś") == NULL, n == 1, "%s", message.text);
                text_message_done(&message);
                text_set_language("en");
        }
}

/* A reason is a text itself; a single word can be a name. */
Test(text_message, has_arguments_that_are_texts) {
        TextMessage message = {};

        log_error("Failed to open %s", "Out of memory");
        text_set_language("en_XA");
        cr_assert_eq(text_message_read(written, &message), 0);
        cr_assert_not_null(strstr(message.text + 1, "⟦"), "%s", message.text);
        text_message_done(&message);
        cr_assert(text_is_translated("ok"));
        log_error("Failed to open %s", "ok");
        cr_assert_eq(text_message_read(written, &message), 0);
        cr_assert_not_null(strstr(message.text, " ok "), "%s", message.text);
        text_message_done(&message);
}

Test(text_message, of_another_language_is_read_in_english) {
        text_set_language("en_XA");
        log_error("Failed to open %s", "spec.yaml");
        cr_assert_not_null(strstr(written, "⟦"), "%s", written);
        text_set_language("en");
        assert_reads(written, "Failed to open spec.yaml");
}

Test(text_message, with_bytes_that_are_not_unicode_is_valid) {
        log_error("Failed to open %s", "a\xff\x01z");
        assert_reads(written, "Failed to open a\uFFFD\x01z");
}

Test(text_message, of_an_error_in_a_file_has_its_place) {
        static const char text[] = "port: 1\nmap: x\n";
        SpecErrors errors = {};
        TextMessage message = {};
        char *lines = NULL;
        size_t size;
        FILE *f = open_memstream(&lines, &size);

        spec_errors_add(
                &errors,
                &(SpecPlace) { .file = "spec.yaml",
                               .text = text,
                               .text_size = strlen(text),
                               .line = 2,
                               .column = 6 },
                "unknown map '%s'", "x");
        errors.n_dropped = 3;
        text_message_write_errors(&errors, f);
        cr_assert_eq(fclose(f), 0);

        char *second = strchr(lines, '\n');

        cr_assert_not_null(second);
        *second++ = '\0';
        second[strcspn(second, "\n")] = '\0';
        cr_assert_eq(text_message_read(lines, &message), 0, "%s", lines);
        cr_assert_str_eq(message.text, "unknown map 'x'");
        cr_assert_str_eq(message.file, "spec.yaml");
        cr_assert_str_eq(message.source, "map: x");
        cr_assert_eq(message.line, 2);
        cr_assert_eq(message.column, 6);
        cr_assert_eq(message.caret, 6);
        text_message_done(&message);
        assert_reads(second, "More errors in this file: 3");

        spec_errors_clear(&errors);
        free(lines);
}

Test(text_message, that_does_not_fit_its_places_is_its_plain_text) {
        static const char *const lines[] = {
                "{\"priority\":3,\"text\":\"plain\"}",
                "{\"priority\":3,\"code\":\"\",\"arguments\":[],\"text\":\"plain\"}",
                "{\"priority\":3,\"code\":\"a %s\",\"arguments\":[],\"text\":\"plain\"}",
                "{\"priority\":3,\"code\":\"a %s\",\"arguments\":\"x\",\"text\":\"plain\"}",
                "{\"priority\":3,\"code\":\"a %s\",\"arguments\":[1],\"text\":\"plain\"}",
                "{\"priority\":3,\"code\":\"a %n\",\"arguments\":[\"1\"],\"text\":\"plain\"}",
                "{\"priority\":3,\"code\":[],\"arguments\":[],\"text\":\"plain\"}",
                "{\"priority\":-3,\"code\":\"%s\",\"arguments\":[\"1\",\"2\"],\"text\":\"plain\"}",
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                assert_reads(lines[i], "plain");
        assert_reads(
                "{\"priority\":3,\"code\":\"50 %%\",\"arguments\":[],\"text\":\"plain\"}", "50 %");
}

Test(text_message, is_told_from_other_lines) {
        static const char *const lines[] = {
                "",
                "Last lines of left4me-server@1.service:",
                "{",
                "{}",
                "[]",
                "null",
                "{\"text\":\"without a priority\"}",
                "{\"priority\":3}",
                "{\"priority\":3,\"text\":7}",
        };
        TextMessage message = {};

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                cr_assert_eq(text_message_read(lines[i], &message), -EBADMSG, "%s", lines[i]);
                cr_assert_null(message.text);
        }
}
