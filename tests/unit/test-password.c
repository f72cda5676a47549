/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "spec/password.h"

static char text[4096];

static const char *repeat(const char *unit, size_t n) {
        text[0] = '\0';
        for (size_t i = 0; i < n; i++)
                (void) strcat(text, unit);
        return text;
}

Test(password, what_will_do) {
        cr_assert_null(password_complaint("0123456789"));
        cr_assert_null(password_complaint("größe größe"));
        cr_assert_null(password_complaint("          "));
        cr_assert_null(password_complaint(repeat("ö", 10)));
        cr_assert_null(password_complaint(repeat("x", 128)));
        cr_assert_null(password_complaint(repeat("ö", 128)));
        cr_assert_null(password_complaint(repeat("日", 128)));
}

Test(password, what_will_not) {
        cr_assert(strstr(password_complaint(""), "at least"));
        cr_assert(strstr(password_complaint("012345678"), "at least"));
        cr_assert(strstr(password_complaint(repeat("ö", 9)), "at least"));
        cr_assert(strstr(password_complaint(repeat("x", 129)), "at most"));
        cr_assert(strstr(password_complaint(repeat("🧟", 128)), "at most"));
        cr_assert(strstr(password_complaint("01234\t6789"), "control characters"));
        cr_assert(strstr(password_complaint("0123456789\n"), "control characters"));
        cr_assert(strstr(password_complaint("0123456789\xff"), "control characters"));
        cr_assert(strstr(password_complaint("0123456789\xc2\x9b"), "control characters"));
}

Test(password, a_hash_is_of_its_password_alone, .timeout = 60) {
        _cleanup_free_ char *hash = NULL, *another = NULL;

        cr_assert_eq(password_hash("correct horse", &hash), 0);
        cr_assert_eq(strncmp(hash, "$y$", 3), 0);
        cr_assert_null(strstr(hash, "horse"));
        cr_assert_eq(password_verify("correct horse", hash), 1);
        cr_assert_eq(password_verify("correct horse ", hash), 0);
        cr_assert_eq(password_verify("Correct horse", hash), 0);
        cr_assert_eq(password_verify("", hash), 0);

        cr_assert_eq(password_hash("correct horse", &another), 0);
        cr_assert_str_neq(hash, another, "two hashes have one salt");
        cr_assert_eq(password_verify("correct horse", another), 1);
}

Test(password, the_longest_one, .timeout = 60) {
        _cleanup_free_ char *hash = NULL;

        cr_assert_eq(password_hash(repeat("日", 128), &hash), 0);
        cr_assert_eq(password_verify(repeat("日", 128), hash), 1);
        cr_assert_eq(password_verify(repeat("日", 127), hash), 0);
        cr_assert_eq(password_verify(repeat("x", PASSWORD_SIZE_MAX), hash), 0);
        cr_assert_eq(password_verify(repeat("x", PASSWORD_SIZE_MAX + 1), hash), 0);
        cr_assert_eq(password_verify(repeat("x", 4000), hash), 0);
}

Test(password, nobody_has_no_password_and_a_broken_hash_is_an_error, .timeout = 60) {
        cr_assert_eq(password_verify("correct horse", NULL), 0);
        cr_assert_eq(password_verify("", NULL), 0);
        cr_assert_lt(password_verify("correct horse", "*"), 0);
        cr_assert_lt(password_verify("correct horse", ""), 0);
        cr_assert_lt(password_verify("correct horse", "$y$"), 0);
}

/* The first two parts of a hash hold its cost: the dummy hash for unknown users must have the cost
 * of a real one. */
Test(password, nobodys_hash_costs_as_much_as_any, .timeout = 60) {
        _cleanup_free_ char *hash = NULL;

        cr_assert_eq(password_hash("correct horse", &hash), 0);
        cr_assert_eq(strncmp(hash, "$y$j9T$", 7), 0, "%s", hash);
}

Test(password, made_ones_differ_and_will_do) {
        char seen[64][32];

        for (size_t i = 0; i < ELEMENTSOF(seen); i++) {
                _cleanup_(password_freep) char *password = NULL;

                cr_assert_eq(password_generate(&password), 0);
                cr_assert_null(password_complaint(password));
                cr_assert_eq(strlen(password), 23);
                cr_assert_eq(strspn(password, "abcdefghijkmnpqrstuvwxyz23456789-"), 23);
                for (size_t k = 0; k < i; k++)
                        cr_assert_str_neq(seen[k], password);
                (void) strcpy(seen[i], password);
        }
}
