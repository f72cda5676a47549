/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "base/text-places.h"

static void _printf_(2, 3) take(char ***ret, const char *format, ...) {
        va_list ap;
        int r;

        va_start(ap, format);
        r = text_arguments(format, ap, ret);
        va_end(ap);
        cr_assert_eq(r, 0, "%s: %d", format, r);
}

/* The strings joined by "|", and that filling the format with them is what printf makes of it. */
#define CHECK(expected, format, ...)                                                     \
        do {                                                                             \
                _cleanup_(strv_freep) char **arguments = NULL;                           \
                _cleanup_free_ char *joined = NULL, *filled = NULL, *printed = NULL;     \
                                                                                         \
                take(&arguments, format __VA_OPT__(, ) __VA_ARGS__);                     \
                joined = join(arguments);                                                \
                cr_assert_str_eq(joined, expected);                                      \
                cr_assert_eq(text_fill(format, format, arguments, &filled), 0);          \
                cr_assert_gt(asprintf(&printed, format __VA_OPT__(, ) __VA_ARGS__), -1); \
                cr_assert_str_eq(filled, printed);                                       \
        } while (0)

static char *join(char *const *arguments) {
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        for (size_t i = 0; arguments[i]; i++)
                (void) fprintf(f, "%s%s", i > 0 ? "|" : "", arguments[i]);
        (void) fclose(f);
        return text;
}

Test(text_places, are_what_printf_writes_for_each) {
        CHECK("", "Out of memory");
        CHECK("", "100 %% of it");
        CHECK("versus-1|70000", "'%s' has the port %u", "versus-1", 70000U);
        CHECK("12|-3|42", "%zu %zd %" PRIu64, (size_t) 12, (ssize_t) -3, (uint64_t) 42);
        CHECK("18446744073709551615|-9223372036854775808", "%" PRIu64 " %" PRId64, UINT64_MAX,
              INT64_MIN);
        CHECK("spe|x", "%.*s, %s", 3, "spec.yaml", "x");
        CHECK("spec.yaml", "%.*s", -1, "spec.yaml");
        CHECK("    a|a    |007", "%*s|%-*s|%03d", 5, "a", 5, "a", 7);
        CHECK("x|ff|1.50|f", "%c %x %.2f %hhx", 'x', 255, 1.5, 0x10f);
        CHECK("50", "%d%%", 50);
        errno = ENOENT;
        CHECK("No such file or directory|a", "%m: %s", "a");
}

Test(text_places, take_numbered_arguments) {
        _cleanup_(strv_freep) char **arguments = NULL;
        _cleanup_free_ char *joined = NULL;

        take(&arguments, "%2$s of %1$u", 7U, "nine");
        joined = join(arguments);
        cr_assert_str_eq(joined, "nine|7");
}

static void assert_fills(
        const char *code, const char *translation, char *const *arguments, const char *expected) {
        _cleanup_free_ char *text = NULL;
        int r = text_fill(code, translation, arguments, &text);

        if (expected) {
                cr_assert_eq(r, 0, "%s", translation);
                cr_assert_str_eq(text, expected);
        } else {
                cr_assert_eq(r, -EINVAL, "%s | %s", code, translation);
                cr_assert_null(text);
        }
}

Test(text_places, are_filled_in_the_order_of_the_translation) {
        char *two[] = { (char[]) { "a" }, (char[]) { "b%s" }, NULL };

        assert_fills("%s, %s", "%2$s und %1$s", two, "b%s und a");
        assert_fills("%s, %u", "%2$u, 100%% %1$s", two, "b%s, 100% a");
        /* the number of a place counts the star's argument */
        assert_fills("%.*s, %s", "%3$s: %2$.*1$s", two, "b%s: a");
}

Test(text_places, that_do_not_match_are_refused) {
        char *none[] = { NULL };
        char *one[] = { (char[]) { "a" }, NULL };
        char *two[] = { (char[]) { "a" }, (char[]) { "b" }, NULL };

        assert_fills("%s", "%s", none, NULL);
        assert_fills("%s", "%s", two, NULL);
        assert_fills("none", "none", one, NULL);
        assert_fills("%s %s", "%s", two, NULL);
        assert_fills("%s %s", "%3$s %1$s", two, NULL);
        assert_fills("%s %s", "%1$s %s", two, NULL);
        assert_fills("%s", "%0$s", one, NULL);
        assert_fills("%n", "%n", one, NULL);
        assert_fills("%ls", "%ls", one, NULL);
        assert_fills("%", "%", none, NULL);
        assert_fills("%5", "%5", one, NULL);
        assert_fills("%99999999999$s", "%99999999999$s", one, NULL);
}

Test(text_places, more_than_there_is_room_for_are_refused) {
        char code[2 * TEXT_PLACES_MAX + 3] = "";
        char *arguments[TEXT_PLACES_MAX + 2] = {}, x[] = "x";

        for (size_t i = 0; i <= TEXT_PLACES_MAX; i++) {
                strcat(code, "%s");
                arguments[i] = x;
        }
        assert_fills(code, code, arguments, NULL);
        code[2 * TEXT_PLACES_MAX] = '\0';
        arguments[TEXT_PLACES_MAX] = NULL;
        assert_fills(code, code, arguments, "xxxxxxxxxxxxxxxx");
}
