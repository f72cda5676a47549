/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/errors.h"

static char *print(const SpecErrors *errors) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        cr_assert_not_null(f);
        spec_errors_print(errors, f);
        cr_assert_eq(fclose(f), 0);
        return text;
}

static void assert_prints(const SpecPlace *place, const char *message, const char *expected) {
        _cleanup_free_ char *text = NULL;
        SpecErrors errors = {};

        spec_errors_add(&errors, place, "%s", message);
        text = print(&errors);
        spec_errors_clear(&errors);
        cr_assert_str_eq(text, expected);
}

static SpecPlace place_in(const char *text, unsigned line, unsigned column) {
        return (SpecPlace) {
                .file = "spec.yaml",
                .text = text,
                .text_size = strlen(text),
                .line = line,
                .column = column,
        };
}

Test(spec_error, shows_the_line_and_a_caret) {
        SpecPlace place = place_in("a: 1\nport: 70000\nb: 2\n", 2, 7);

        assert_prints(
                &place, "port must be smaller",
                "spec.yaml:2:7: error: port must be smaller\n"
                "    2 | port: 70000\n"
                "      |       ^\n");
}

Test(spec_error, the_last_line_may_lack_its_end) {
        SpecPlace place = place_in("a: 1\r\nb: 2\r", 2, 1);

        assert_prints(&place, "no", "spec.yaml:2:1: error: no\n    2 | b: 2\n      | ^\n");
}

Test(spec_error, a_line_past_the_end_has_no_source) {
        SpecPlace place = place_in("a: 1", 3, 1);

        assert_prints(&place, "no", "spec.yaml:3:1: error: no\n");
}

Test(spec_error, a_whole_file_and_a_whole_line) {
        SpecPlace file = { .file = "spec.yaml" };
        SpecPlace line = place_in("abc", 1, 0);

        assert_prints(&file, "too large", "spec.yaml: error: too large\n");
        assert_prints(&line, "no", "spec.yaml:1: error: no\n    1 | abc\n");
}

Test(spec_error, nothing_a_terminal_obeys_is_printed) {
        SpecPlace place = place_in(
                "a: \x1b[31m\xc2\x9b\xe2\x80\xae\xff"
                "b",
                1, 11);

        assert_prints(
                &place, "bad \x1b]0;x\x07",
                "spec.yaml:1:11: error: bad \\x1b]0;x\\x07\n"
                "    1 | a: \\x1b[31m\\xc2\\x9b\\xe2\\x80\\xae\\xffb\n"
                "      |                                ^\n");
}

Test(spec_error, the_caret_counts_characters_and_tabs) {
        SpecPlace place = place_in("\tn\xc3\xa4\xe2\x82\xacme: 1", 1, 5);

        assert_prints(
                &place, "no",
                "spec.yaml:1:5: error: no\n"
                "    1 |  n\xc3\xa4\xe2\x82\xacme: 1\n"
                "      |     ^\n");
}

/* From a long line, the part around the column: in front, in the middle, at its end. */
Test(spec_error, a_window_of_a_long_line) {
        static const unsigned columns[] = { 1, 60, 61, 62, 300, 999, 1000 };
        char text[2 * 1000 + 1];

        /* Characters of two bytes, but for the one to point to. */
        for (size_t i = 0; i < ELEMENTSOF(columns); i++) {
                _cleanup_free_ char *printed = NULL;
                SpecErrors errors = {};
                const char *source, *caret;
                size_t n = 0, width = 0;
                SpecPlace place;

                for (unsigned k = 1; k <= 1000; k++) {
                        const char *character = k == columns[i] ? "x" : "\xc3\xa4";

                        memcpy(text + n, character, strlen(character));
                        n += strlen(character);
                }
                text[n] = '\0';
                place = place_in(text, 1, columns[i]);
                spec_errors_add(&errors, &place, "no");
                printed = print(&errors);
                spec_errors_clear(&errors);

                source = strstr(printed, " | ") + 3;
                caret = strstr(source, " | ") + 3;
                cr_assert_lt(caret - source, 400, "%u", columns[i]);
                for (const char *p = source; *p != 'x'; p++)
                        width += ((unsigned char) *p & 0xc0) != 0x80;
                cr_assert_eq(strspn(caret, " "), width, "%u", columns[i]);
        }
}

Test(spec_error, one_line_for_a_log) {
        SpecPlace place = place_in("a\n", 1, 1);
        _cleanup_free_ char *text = NULL;
        SpecErrors errors = {};
        size_t size;
        FILE *f;

        spec_errors_add(&errors, &place, "port %u", 1U);
        f = open_memstream(&text, &size);
        cr_assert_not_null(f);
        spec_error_print_line(&errors.items[0], f);
        cr_assert_eq(fclose(f), 0);
        spec_errors_clear(&errors);
        cr_assert_str_eq(text, "spec.yaml:1:1: port 1");
}

Test(spec_error, what_is_too_much_is_counted) {
        _cleanup_free_ char *text = NULL;
        SpecPlace place = { .file = "f" };
        SpecErrors errors = {};

        cr_assert_not(spec_errors_any(&errors));
        for (unsigned i = 0; i < SPEC_ERRORS_MAX + 3; i++)
                spec_errors_add(&errors, &place, "%u", i);

        cr_assert(spec_errors_any(&errors));
        cr_assert_eq(errors.n_items, SPEC_ERRORS_MAX);
        text = print(&errors);
        cr_assert_not_null(strstr(text, "and 3 more errors"));
        spec_errors_clear(&errors);
        cr_assert_not(spec_errors_any(&errors));
}
