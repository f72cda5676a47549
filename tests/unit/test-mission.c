/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/mission.h"

#include <criterion/criterion.h>
#include <string.h>

#include "game/addon-info.h"
#include "game/display-text.h"

static const char dead_air[] =
        "\"mission\"\n{\n"
        "\t\"Name\"\t\t\"L4D2C11\" // official\n"
        "\t\"Version\"\t\"1\"\n\tAuthor \"Valve\"\n"
        "\t\"DisplayTitle\"\t\"Dead  Air\"\n"
        "\t\"modes\"\n\t{\n"
        "\t\t\"COOP\"\n\t\t{\n"
        "\t\t\t\"10\" { Map c11m10 }\n"
        "\t\t\t\"2\"\n\t\t\t{\n\t\t\t\t\"Map\" \"c11m2_offices\"\n"
        "\t\t\t\t\"DisplayName\" \"The Crane\"\n\t\t\t}\n"
        "\t\t\t\"1\" { \"map\" \"c11m1_greenhouse\" DISPLAYNAME \"#L4D_NAME\" }\n"
        "\t\t\t\"x\" { Map other }\n"
        "\t\t\t\"3\" { Map \"a;quit\" }\n\t\t}\n"
        "\t\tversus { \"1\" { Map c11m1_greenhouse } }\n"
        "\t\tempty { }\n\t}\n}\n";

Test(mission, chapters_are_in_the_order_of_their_numbers) {
        _cleanup_(mission_freep) Mission *m = NULL;

        cr_assert_eq(mission_parse(dead_air, strlen(dead_air), &m), 0);
        cr_assert_str_eq(m->name, "L4D2C11");
        cr_assert_str_eq(m->title, "Dead Air");
        cr_assert_str_eq(m->author, "Valve");
        cr_assert_null(m->description);
        cr_assert_eq(m->n_modes, 2);
        cr_assert_str_eq(m->modes[0].name, "coop");
        cr_assert_eq(m->modes[0].n_chapters, 3);
        cr_assert_str_eq(m->modes[0].chapters[0].map, "c11m1_greenhouse");
        cr_assert_null(m->modes[0].chapters[0].title);
        cr_assert_str_eq(m->modes[0].chapters[1].title, "The Crane");
        cr_assert_str_eq(m->modes[0].chapters[2].map, "c11m10");
        cr_assert_str_eq(m->modes[1].name, "versus");
}

Test(mission, other_files_are_refused) {
        Mission *m;

        cr_assert_eq(mission_parse("", 0, &m), -EBADMSG);
        cr_assert_eq(mission_parse("other { }", 9, &m), -EBADMSG);
        cr_assert_eq(mission_parse("mission x", 9, &m), -EBADMSG);
}

/* The campaign is used up to the error, as the game does. */
Test(mission, a_file_without_its_end_is_a_mission) {
        static const char text[] = "mission { Name a modes { coop { 1 { Map one }";
        _cleanup_(mission_freep) Mission *m = NULL;

        cr_assert_eq(mission_parse(text, strlen(text), &m), 0);
        cr_assert_str_eq(m->modes[0].chapters[0].map, "one");
}

Test(mission, the_number_of_modes_and_chapters_is_limited) {
        _cleanup_(mission_freep) Mission *m = NULL;
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        fputs("mission { modes { ", f);
        for (int i = 0; i < 100; i++) {
                fprintf(f, "mode%d { ", i);
                for (int j = 0; j < 100; j++)
                        fprintf(f, "%d { map m%d } ", j, j);
                fputs("} ", f);
        }
        fputs("} }", f);
        (void) fclose(f);
        cr_assert_eq(mission_parse(text, size, &m), 0);
        free(text);
        cr_assert_eq(m->n_modes, MISSION_MODES_MAX);
        cr_assert_eq(m->modes[31].n_chapters, MISSION_CHAPTERS_MAX);
        cr_assert_str_eq(m->modes[31].chapters[63].map, "m63");
}

Test(mission, map_names_can_stand_in_a_command) {
        char too_long[MAP_NAME_MAX + 2] = "";
        const char *const good[] = { "c1m1_hotel", "Map-2.b(final)", "a" };
        const char *const bad[] = { "",   "a b", "a;b",  "a\"b", "../a", "a\\b",
                                    "+a", "-a",  "a\nb", "ä",    ".a",   too_long };

        memset(too_long, 'a', sizeof(too_long) - 1);
        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                cr_expect(map_name_is_valid(good[i]), "%s", good[i]);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_not(map_name_is_valid(bad[i]), "%s", bad[i]);
}

static void expect_text(const char *text, const char *expected) {
        _cleanup_free_ char *actual = NULL;

        cr_assert_eq(display_text(text, &actual), 0);
        if (expected)
                cr_assert_str_eq(actual, expected);
        else
                cr_assert_null(actual);
}

Test(display_text, texts_are_one_visible_line) {
        expect_text(NULL, NULL);
        expect_text("", NULL);
        expect_text(" \n\t", NULL);
        expect_text("  two\r\n\twords ", "two words");
        expect_text("a\x1b[31mb", "a\\x1b[31mb");
        expect_text("caf\xe9", "caf\xef\xbf\xbd");
        expect_text("\xe2\x80\xaetxt", "\\u202etxt");
}

/* However it is cut, a text stays valid UTF-8 of the same few bytes. */
Test(display_text, long_texts_are_cut_between_characters) {
        for (size_t n = 1; n < 300; n++) {
                _cleanup_free_ char *text = NULL, *actual = NULL;
                size_t length;

                cr_assert_gt(asprintf(&text, "%*s", (int) (n + 3 * 400), ""), 0);
                memset(text, 'x', n);
                for (size_t i = n; i + 3 <= n + 3 * 400; i += 3)
                        memcpy(text + i, "€", 3);
                cr_assert_eq(display_text(text, &actual), 0);
                length = strlen(actual);
                cr_assert_leq(length, DISPLAY_TEXT_MAX);
                cr_assert_geq(length, DISPLAY_TEXT_MAX - 3);
                cr_assert_str_eq(actual + length - 3, "…");
                cr_assert_null(strstr(actual, "\xef\xbf\xbd"));
        }
}

Test(addon_info, texts_and_links_are_read) {
        static const char text[] = "\"AddonInfo\" {\n addonSteamAppID 550 addontitle \"A \tTitle\" "
                                   "addonVersion 1.0 addonauthor \"Some\nBody\" "
                                   "addonURL0 \"https://example.com/x?y\" }";
        _cleanup_(addon_info_freep) AddonInfo *info = NULL;

        cr_assert_eq(addon_info_parse(text, strlen(text), &info), 0);
        cr_assert_str_eq(info->title, "A Title");
        cr_assert_str_eq(info->version, "1.0");
        cr_assert_str_eq(info->author, "Some Body");
        cr_assert_null(info->description);
        cr_assert_str_eq(info->url, "https://example.com/x?y");
}

Test(addon_info, only_web_addresses_are_links) {
        static const char *const bad[] = { "javascript:alert(1)", "https://a b", "http://a'b",
                                           "http://<x>",          "x",           "HTTP://x" };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_(addon_info_freep) AddonInfo *info = NULL;
                char text[128];

                (void) snprintf(text, sizeof(text), "AddonInfo { addonurl0 \"%s\" }", bad[i]);
                cr_assert_eq(addon_info_parse(text, strlen(text), &info), 0);
                cr_expect_null(info->url, "%s", bad[i]);
        }
}

Test(addon_info, other_files_are_refused) {
        AddonInfo *info;

        cr_assert_eq(addon_info_parse("mission { }", 11, &info), -EBADMSG);
}
