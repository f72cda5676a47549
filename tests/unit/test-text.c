/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <locale.h>
#include <string.h>

#include "base/errors.h"
#include "base/text.h"

/* Checks gettext with the pseudo-locale's catalog, which the Makefile makes of all texts. */

static void set_up(const char *language) {
        text_setup_from(TEST_LOCALES);
        text_set_language(language);
}

static bool is_marked(const char *text) {
        return strstr(text, "⟦") == text && strstr(text, "⟧");
}

Test(text, is_english_without_a_catalog) {
        set_up("en");
        cr_assert_str_eq(_("Out of memory"), "Out of memory");
        cr_assert_not(text_is_translated("Out of memory"));
}

Test(text, comes_from_the_catalog) {
        set_up("en_XA");
        cr_assert(is_marked(_("Out of memory")), "%s", _("Out of memory"));
        cr_assert(text_is_translated("Out of memory"));
        cr_assert_not(text_is_translated("a message that the programs lack"));
        cr_assert_not(text_is_translated(""));
}

Test(text, changes_its_language_while_the_program_runs) {
        set_up("en_XA");
        cr_assert(is_marked(_("Out of memory")));
        text_set_language("en");
        cr_assert_str_eq(_("Out of memory"), "Out of memory");
        text_set_language("en_XA:en");
        cr_assert(is_marked(_("Out of memory")));
}

Test(text, pauses) {
        set_up("en_XA");
        text_pause();
        cr_assert_str_eq(_("Out of memory"), "Out of memory");
        text_resume();
        cr_assert(is_marked(_("Out of memory")));
}

Test(text, speaks_the_language_of_a_locale_that_the_host_lacks) {
        cr_assert_eq(unsetenv("LC_ALL"), 0);
        cr_assert_eq(unsetenv("LANGUAGE"), 0);
        cr_assert_eq(setenv("LANG", "en_XA.UTF-8", 1), 0);
        text_setup_from(TEST_LOCALES);
        cr_assert(is_marked(_("Out of memory")), "%s", setlocale(LC_MESSAGES, NULL));
}

Test(text, takes_language_beside_the_locale_that_every_host_has) {
        cr_assert_eq(setenv("LC_ALL", "C.UTF-8", 1), 0);
        cr_assert_eq(setenv("LANGUAGE", "en_XA", 1), 0);
        text_setup_from(TEST_LOCALES);
        cr_assert(is_marked(_("Out of memory")));
}

Test(text, stays_english_in_the_locale_c) {
        cr_assert_eq(setenv("LC_ALL", "C", 1), 0);
        cr_assert_eq(setenv("LANGUAGE", "en_XA", 1), 0);
        text_setup_from(TEST_LOCALES);
        cr_assert_str_eq(_("Out of memory"), "Out of memory");
}

Test(text, has_libc_speak_english_without_a_catalog) {
        cr_assert_eq(unsetenv("LC_ALL"), 0);
        cr_assert_eq(unsetenv("LANGUAGE"), 0);
        cr_assert_eq(setenv("LANG", "en_XA.UTF-8", 1), 0);
        text_setup_from("/nowhere");
        cr_assert_str_eq(setlocale(LC_MESSAGES, NULL), "C");
        text_setup_from(TEST_LOCALES);
        cr_assert_str_neq(setlocale(LC_MESSAGES, NULL), "C");
}

Test(text, takes_no_path_as_a_language) {
        cr_assert_eq(unsetenv("LC_ALL"), 0);
        cr_assert_eq(setenv("LANG", "C.UTF-8", 1), 0);
        cr_assert_eq(setenv("LANGUAGE", "../locale/en_XA", 1), 0);
        text_setup_from(TEST_LOCALES);
        cr_assert_str_eq(_("Out of memory"), "Out of memory");
        cr_assert_null(getenv("LANGUAGE"));
}

Test(text, leaves_numbers_as_they_are) {
        char number[8];

        set_up("en_XA");
        (void) snprintf(number, sizeof(number), "%.1f", 1.5);
        cr_assert_str_eq(number, "1.5");
}

Test(text, of_an_error_in_a_file_is_translated) {
        SpecErrors errors = {};

        set_up("en_XA");
        spec_errors_add(&errors, &(SpecPlace) { .file = "spec.yaml" }, "Out of memory");
        cr_assert(is_marked(errors.items[0].message));
        spec_errors_clear(&errors);
}
