/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/key-values.h"

#include <criterion/criterion.h>
#include <string.h>

/* Writes all items into one line: key=value, or key{…}. */
static void append(const KeyValue *item, char *out, size_t size) {
        for (; item; item = item->next) {
                size_t n = strlen(out);

                (void) snprintf(
                        out + n, size - n, "%s%s", n > 0 && out[n - 1] != '{' ? " " : "",
                        item->key);
                n = strlen(out);
                (void) snprintf(
                        out + n, size - n, item->value ? "=%s" : "{",
                        item->value ? item->value : "");
                if (item->value)
                        continue;
                append(item->first, out, size);
                n = strlen(out);
                (void) snprintf(out + n, size - n, "}");
        }
}

static void expect_sized(
        const char *text, size_t size, KeyValuesFlags flags, int error, const char *expected) {
        _cleanup_(key_values_freep) KeyValues *values = NULL;
        char actual[1024] = "", *copy = malloc(size);

        memcpy(copy, text, size);
        cr_assert_eq(key_values_parse(copy, size, flags, &values), 0);
        free(copy);
        append(values->root.first, actual, sizeof(actual));
        cr_expect_str_eq(actual, expected, "%s\nread as %s", text, actual);
        cr_expect_eq(values->error, error, "%s: %d", text, values->error);
}

static void expect(const char *text, const char *expected) {
        expect_sized(text, strlen(text), KEY_VALUES_PLAIN, 0, expected);
}

/* The part before the error is kept. */
static void expect_error(const char *text, const char *expected) {
        expect_sized(text, strlen(text), KEY_VALUES_PLAIN, -EBADMSG, expected);
}

Test(key_values, words_are_read_with_and_without_quotes) {
        expect("\"mission\"\r\n{\r\n\t\"Name\"\t\"Dead Air\"\r\n\tVersion 2\r\n}\r\n",
               "mission{Name=Dead Air Version=2}");
        expect("a{b{c d}e{}}f{}", "a{b{c=d} e{}} f{}");
        expect("", "");
        expect("a { b\"c\" }", "a{b=c}");
        expect("a { \"{\" \"}\" }", "a{{=}}");
        expect("a { b c:\\x\\ d \"\\\" }", "a{b=c:\\x\\ d=\\}");
}

Test(key_values, comments_end_with_their_line) {
        expect("// first\na // {\n{ b c // d\n // e\n }", "a{b=c}");
        expect("a { url http://x//y }", "a{url=http://x//y}");
        expect("a { \"b // c\" / } // at the end", "a{b // c=/}");
}

Test(key_values, conditions_are_those_of_a_linux_server) {
        expect("a { b c [$X360] d e [!$X360] f g [$WIN32] h i [$LINUX] j k [$WINDOWS] l m [$posix] }",
               "a{d=e f=g h=i l=m}");
        expect("a [$X360] { b c } d [$WIN32||$X360] { e f } g [$WIN32] { h i }", "g{h=i}");
        expect("a { b [$X360] { c d } e f g [!$X360] { h { i j } } }", "a{e=f g{h{i=j}}}");
        expect("a { b [$unknown] { c d } }", "a{}");
}

Test(key_values, other_files_are_not_read) {
        expect("#base \"other.txt\"\n#include x\na { #base b }", "a{#base=b}");
}

Test(key_values, an_error_ends_the_file_there) {
        expect_error("a { b c", "a{b=c}");
        expect_error("a { \"\" }", "a{}");
        expect_error("a { b } c { d e }", "a{}");
        expect_error("a b", "");
        expect_error("a", "");
        expect_error("}", "");
        expect_error("a { b c } } d { e f }", "a{b=c}");
        expect_error("a { b c { d } }", "a{b=c}");
        expect_error("a { \"\" c d e }", "a{}");
        expect_error("a { b \"c", "a{b=c}");
        expect_error("a { b c [$X360 ] d e", "a{b=c [$X360=] d=e}");
}

Test(key_values, escapes_only_where_they_are_asked_for) {
        static const char text[] = "a { \"b\\\"c\" \"d\\n\\t\\\\\\x\" }";

        expect_sized(text, strlen(text), KEY_VALUES_ESCAPES, 0, "a{b\"c=d\n\t\\\\x}");
        expect_sized(text, strlen(text), KEY_VALUES_PLAIN, -EBADMSG, "a{b\\=c  =d\\n\\t\\\\\\x}");
}

Test(key_values, utf_16_becomes_utf_8) {
        static const char text[] = "\xff\xfe\x61\0{\0b\0 \0\xe4\0\x3d\xd8\x00\xde\x00\xd8 \0}\0";

        expect_sized(text, sizeof(text) - 1, KEY_VALUES_PLAIN, 0, "a{b=ä😀\xef\xbf\xbd}");
        expect_sized(text, sizeof(text) - 2, KEY_VALUES_PLAIN, -EBADMSG, "a{b=ä😀\xef\xbf\xbd}");
        expect("\xef\xbb\xbf"
               "a { b \xff }",
               "a{b=\xff}");
}

Test(key_values, a_nul_ends_the_file) {
        expect_sized("a { b c }\0 d { }", 16, KEY_VALUES_PLAIN, 0, "a{b=c}");
        expect_sized("a { b\0 c }", 10, KEY_VALUES_PLAIN, -EBADMSG, "a{}");
        expect_sized("a { b \"c\0d\" }", 13, KEY_VALUES_PLAIN, 0, "a{b=c}");
}

static void expect_limit(const char *piece, size_t n, int error) {
        _cleanup_(key_values_freep) KeyValues *values = NULL;
        _cleanup_free_ char *text = malloc(n * strlen(piece) + 1);

        for (size_t i = 0; i < n; i++)
                memcpy(text + i * strlen(piece), piece, strlen(piece));
        cr_assert_eq(key_values_parse(text, n * strlen(piece), KEY_VALUES_PLAIN, &values), 0);
        cr_assert_eq(values->error, error, "%s: %d", piece, values->error);
}

Test(key_values, depth_number_and_size_have_limits) {
        _cleanup_free_ char *text = calloc(1, KEY_VALUES_SIZE_MAX + 1);
        KeyValues *values;

        expect_limit("a{", KEY_VALUES_DEPTH_MAX - 1, -EBADMSG);
        expect_limit("a{", KEY_VALUES_DEPTH_MAX, -ELOOP);
        expect_limit("a{", 2000000, -ELOOP);
        expect_limit("a{}", KEY_VALUES_ITEMS_MAX, 0);
        expect_limit("a{}", KEY_VALUES_ITEMS_MAX + 1, -E2BIG);
        cr_assert_eq(
                key_values_parse(text, KEY_VALUES_SIZE_MAX + 1, KEY_VALUES_PLAIN, &values), -EFBIG);
}

Test(key_values, keys_are_found_in_any_case_the_first_one_counts) {
        static const char text[] = "Mission { NAME one name two Modes {} modes { x y } }";
        _cleanup_(key_values_freep) KeyValues *values = NULL;
        const KeyValue *mission, *modes;

        cr_assert_eq(key_values_parse(text, strlen(text), KEY_VALUES_PLAIN, &values), 0);
        mission = key_value_find(&values->root, "mission");
        cr_assert_str_eq(key_value_text(mission, "name"), "one");
        cr_assert_null(key_value_text(mission, "modes"));
        cr_assert_null(key_value_text(mission, "missing"));
        cr_assert_null(key_value_text(NULL, "name"));
        modes = key_value_next(key_value_find(mission, "modes"));
        cr_assert_str_eq(key_value_text(modes, "x"), "y");
        cr_assert_null(key_value_next(modes));
}
