/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/text-message.h"
#include "base/text.h"
#include "view/details.h"
#include "view/errors.h"

static char *text;
static size_t text_size;
static FILE *f;

static void write_message(const LogMessage *message) {
        text_message_write(message, f);
}

static void set_up(void) {
        text_setup_from(TEST_LOCALES);
        text_set_language("en");
        log_set_sink(write_message);
        f = open_memstream(&text, &text_size);
        cr_assert_not_null(f);
}

static void tear_down(void) {
        free(text);
}

TestSuite(details, .init = set_up, .fini = tear_down);

/* The lines of the model, each with its end. From malloc. */
static char *lines_of(const char *details) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *lines = NULL;
        char *joined = NULL;
        size_t size;
        FILE *out = open_memstream(&joined, &size);

        cr_assert_eq(details_to_model(details, &lines), 0);
        for (size_t i = 0; i < sd_json_variant_elements(lines); i++)
                (void) fprintf(
                        out, "%s\n", sd_json_variant_string(sd_json_variant_by_index(lines, i)));
        cr_assert_eq(fclose(out), 0);
        return joined;
}

static void expect_lines(const char *details, const char *expected) {
        _cleanup_free_ char *lines = lines_of(details);

        cr_expect_str_eq(lines, expected);
}

/* The messages so far; closes the stream. */
static const char *written(void) {
        cr_assert_eq(fclose(f), 0);
        f = NULL;
        return text;
}

Test(details, of_nothing_are_empty) {
        (void) fclose(f);
        expect_lines(NULL, "");
        expect_lines("", "");
}

Test(details, have_messages_and_other_lines) {
        log_error("Failed to open %s", "eve");
        (void) fputs("Last lines of left4me-server@1.service:\n\n{\"a\":1}\n", f);
        log_warning("Failed to open %s", "x");
        (void) fputs("without an end\a", f);
        expect_lines(
                written(),
                "l4d2ctl: Failed to open eve\nLast lines of left4me-server@1.service:\n\n"
                "{\"a\":1}\nl4d2ctl: Failed to open x\nwithout an end?\n");
}

Test(details, are_in_the_language_of_the_reader) {
        _cleanup_free_ char *lines = NULL;

        log_error("Failed to open %s", "eve");
        text_set_language("en_XA");
        lines = lines_of(written());
        cr_expect_eq(strncmp(lines, "l4d2ctl: ⟦", strlen("l4d2ctl: ⟦")), 0, "%s", lines);
        cr_expect_not_null(strstr(lines, " eve"), "%s", lines);
}

/* l4d2ctl wrote more than the web app keeps. */
Test(details, leave_out_half_a_message) {
        log_error("Failed to open %s", "eve");
        log_error("Failed to open %s", "bob");
        (void) written();
        text[text_size - 10] = '\0';
        expect_lines(text, "l4d2ctl: Failed to open eve\n");
}

/* With source line and caret, as l4d2ctl itself shows them. */
Test(details, of_a_file_look_as_on_a_terminal) {
        static const char spec[] = "port: 70000\nmap: \"a\tb\"\n";
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_free_ char *lines = NULL, *printed = NULL;
        size_t size;
        FILE *terminal = open_memstream(&printed, &size);

        for (unsigned line = 0; line < 3; line++) {
                const SpecPlace place = { "spec.yaml", spec, strlen(spec), line, 4 * line };

                spec_errors_add(&errors, &place, "unknown map '%s'", "a\x1b[0m");
        }
        spec_errors_print(&errors, terminal);
        cr_assert_eq(fclose(terminal), 0);
        text_message_write_errors(&errors, f);
        lines = lines_of(written());
        for (char *tab = lines; (tab = strchr(tab, '\t'));)
                *tab = ' ';
        cr_expect_str_eq(lines, printed);
        cr_expect_not_null(strstr(lines, "spec.yaml:1:4: error: unknown map 'a\\x1b[0m'\n"));
        cr_expect_not_null(strstr(lines, "    1 | port: 70000\n      |    ^\n"), "%s", lines);
}

/* Specs are read once, for people of several languages. */
Test(details, of_a_model_are_in_the_current_language) {
        static const char *const expected[] = { "Failed to open x", "⟦" };
        const SpecPlace place = { "spec.yaml", "a", 1, 1, 1 };
        _cleanup_(spec_errors_clear) SpecErrors errors = {};

        (void) fclose(f);
        spec_errors_add(&errors, &place, "Failed to open %s", "x");
        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
                sd_json_variant *error;
                const char *message;

                text_set_language(i > 0 ? "en_XA" : "en");
                cr_assert_eq(errors_to_model(&errors, &model), 0);
                error = sd_json_variant_by_index(model, 0);
                message = sd_json_variant_string(sd_json_variant_by_key(error, "message"));
                cr_expect_eq(strncmp(message, expected[i], strlen(expected[i])), 0, "%s", message);
                cr_expect_eq(
                        sd_json_variant_boolean(sd_json_variant_by_key(error, "is_translated")),
                        i > 0);
        }
}
