/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "layer/argv-file.h"

static int parse(const char *data, size_t size, char ***ret, char **ret_data) {
        const char *reason = NULL;
        int r;

        *ret_data = malloc(size + 1);
        cr_assert_not_null(*ret_data);
        memcpy(*ret_data, data, size);
        r = argv_file_parse(*ret_data, size, ret, &reason);
        cr_assert_eq(r < 0, reason != NULL, "a refusal has a reason");
        return r;
}

Test(argv_file, splits_at_nul) {
        static const char data[] = "./srcds_linux\0+map\0c1m1_hotel versus\0";
        _cleanup_free_ char **argv = NULL;
        _cleanup_free_ char *copy = NULL;

        cr_assert_eq(parse(data, sizeof(data) - 1, &argv, &copy), 0);
        cr_assert_str_eq(argv[0], "./srcds_linux");
        cr_assert_str_eq(argv[1], "+map");
        cr_assert_str_eq(argv[2], "c1m1_hotel versus");
        cr_assert_null(argv[3]);
}

#define REFUSED(text)                                                                \
        do {                                                                         \
                _cleanup_free_ char **argv = NULL;                                   \
                _cleanup_free_ char *copy = NULL;                                    \
                cr_assert_eq(parse(text, sizeof(text) - 1, &argv, &copy), -EBADMSG); \
                cr_assert_null(argv);                                                \
        } while (false)

Test(argv_file, refuses_what_is_not_well_formed) {
        REFUSED("");
        REFUSED("./srcds_linux");
        REFUSED("./srcds_linux\0-port");
        REFUSED("/bin/sh\0");
        REFUSED("\0./srcds_linux\0");
        REFUSED("./srcds_linux\0a\nb\0");
        REFUSED("./srcds_linux\0\x1b[31m\0");
}

Test(argv_file, formats_one_printable_line) {
        char first[] = "./srcds_linux", second[] = "say \"hi\\\"", third[] = "\xc3\xa4",
             empty[] = "";
        char *argv[] = { first, second, third, empty, NULL };
        _cleanup_free_ char *line = NULL;

        cr_assert_eq(argv_format(argv, &line), 0);
        cr_assert_str_eq(line, "./srcds_linux \"say \\\"hi\\\\\\\"\" \"\\xc3\\xa4\" \"\"");
}
