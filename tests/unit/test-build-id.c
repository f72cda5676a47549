/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Build ids in manifests and in what steamcmd prints. */

#include <criterion/criterion.h>
#include <string.h>

#include "game/build-id.h"

static void expect_manifest(const char *text, int result, const char *build) {
        char actual[BUILD_ID_MAX] = "";

        cr_expect_eq(build_id_parse_manifest(text, strlen(text), actual), result, "%s", text);
        cr_expect_str_eq(actual, build);
}

static void expect_info(const char *text, int result, const char *build) {
        char actual[BUILD_ID_MAX] = "";

        cr_expect_eq(build_id_parse_info(text, strlen(text), actual), result, "%s", text);
        cr_expect_str_eq(actual, build);
}

Test(build_id, manifest) {
        expect_manifest(
                "\"AppState\"\n{\n\t\"appid\"\t\"222860\"\n\t\"buildid\"\t\"17\"\n}\n", 0, "17");
        expect_manifest("appstate { BuildID 17 }", 0, "17");
        /* As it is seeded, and while steamcmd works. */
        expect_manifest("\"AppState\" { \"appid\" \"222860\" }", -ENOENT, "");
        expect_manifest("\"AppState\" { \"buildid\" \"0\" }", -ENOENT, "");
        expect_manifest("", -ENOENT, "");
        expect_manifest("\"Other\" { \"buildid\" \"17\" }", -ENOENT, "");
        expect_manifest("\"AppState\" { \"buildid\" { \"a\" \"b\" } }", -ENOENT, "");
}

Test(build_id, not_a_number) {
        expect_manifest("\"AppState\" { \"buildid\" \"\" }", -EBADMSG, "");
        expect_manifest("\"AppState\" { \"buildid\" \"17a\" }", -EBADMSG, "");
        expect_manifest("\"AppState\" { \"buildid\" \"-17\" }", -EBADMSG, "");
        expect_manifest(
                "\"AppState\" { \"buildid\" \"12345678901234567890\" }", 0, "12345678901234567890");
        expect_manifest("\"AppState\" { \"buildid\" \"123456789012345678901\" }", -EBADMSG, "");
}

Test(build_id, info) {
        static const char lines[] =
                "Connecting anonymously to Steam Public...OK\n"
                "AppID : 222860, change number : 1/0\n"
                "\"222860\"\n{\n\"common\" { \"name\" \"A \\\"game\\\"\" }\n"
                "\"depots\" { \"222861\" { \"manifests\" { \"public\" { \"gid\" \"1\" } } }\n"
                "\"branches\" { \"beta\" { \"buildid\" \"18\" } \"public\" { \"buildid\" \"17\" } } }\n"
                "}\nUnloading Steam API...OK\n";

        expect_info(lines, 0, "17");
        expect_info(
                "\"222860\" { \"depots\" { \"branches\" { \"beta\" { \"buildid\" \"18\" } } } }",
                -ENOENT, "");
        expect_info("No app info for AppID 222860 found, requesting...\n", -ENOENT, "");
        /* Only at the start of a line. */
        expect_info(
                "said \"222860\" { \"depots\" { \"branches\" { \"public\" { \"buildid\" \"1\" } } } }",
                -ENOENT, "");
        expect_info("", -ENOENT, "");
        /* Cut off behind the number. */
        expect_info(
                "\"222860\" { \"depots\" { \"branches\" { \"public\" { \"buildid\" \"17\"", 0,
                "17");
}
