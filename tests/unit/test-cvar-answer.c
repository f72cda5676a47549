/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/cvar-answer.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect(const char *answer, const char *value) {
        char text[8];
        bool is_there = cvar_answer_get(answer, strlen(answer), "mp_gamemode", text, sizeof(text));

        cr_expect_eq(is_there, value != NULL, "%s", answer);
        cr_expect_str_eq(text, value ?: "", "%s", answer);
}

Test(cvar_answer, is_the_value_of_the_line_with_the_name) {
        expect("\"mp_gamemode\" = \"versus\" ( def. \"coop\" )\n game notify\n - Mode.\n",
               "versus");
        expect("\"mp_gamemode\" = \"\"", "");
        expect("L 11/29/2026 - 12:00:00: \"mp_gamemode\" = \"coop\"\n\"mp_gamemode\" = \"dash\"\n",
               "dash");
}

Test(cvar_answer, is_nothing_else) {
        expect("", NULL);
        expect("Unknown command \"mp_gamemode\"\n", NULL);
        expect("\"mp_gamemode2\" = \"coop\"", NULL);
        expect("\"mp_gamemode\" = \"coop", NULL);
        expect("\"mp_gamemode\" = \"community1\"", NULL);
}
