/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/ban-list.h"

#include <criterion/criterion.h>
#include <string.h>

#include "query/steam-id.h"

Test(ban_list, the_answer_of_a_server) {
        static const char text[] = "ID filter list: 3 entries\n1 STEAM_1:0:42 : permanent\n"
                                   "2 STEAM_1:1:43 : 30.500 min\n3 STEAM_ID_LAN : permanent\n";
        BanList list;
        const Ban *ban;

        cr_assert_eq(ban_list_parse(text, strlen(text), &list), 0);
        cr_assert_eq(list.n_items, 3);
        ban = ban_list_find(&list, UINT64_C(76561197960265812));
        cr_assert_eq(ban, &list.items[0]);
        cr_assert(ban->is_permanent);
        ban = ban_list_find(&list, UINT64_C(76561197960265815));
        cr_assert_str_eq(ban->steam_id, "STEAM_1:1:43");
        cr_assert_not(ban->is_permanent);
        cr_assert_eq(ban->minutes, 30);
        cr_assert_null(ban_list_find(&list, 0));
        ban_list_clear(&list);
}

Test(ban_list, forms_without_a_header_and_without_bans) {
        static const char text[] = "STEAM_1:0:42 : temporary\r\n",
                          none[] = "ID filter list: empty\n";
        BanList list;

        cr_assert_eq(ban_list_parse(text, strlen(text), &list), 0);
        cr_assert_eq(list.n_items, 1);
        cr_assert_not(list.items[0].is_permanent);
        ban_list_clear(&list);
        cr_assert_eq(ban_list_parse(none, strlen(none), &list), 0);
        cr_assert_eq(list.n_items, 0);
        cr_assert_eq(ban_list_parse("", 0, &list), 0);
}

Test(ban_list, lines_of_the_log_do_not_matter) {
        static const char text[] =
                "\nL 11/30/2026 - 05:15:05: rcon from \"127.0.0.1:1\": command \"listid\"\n";
        BanList list;

        cr_assert_eq(ban_list_parse(text, strlen(text), &list), 0);
        cr_assert_eq(list.n_items, 0);
}

Test(ban_list, other_answers_and_hostile_ids_are_refused) {
        static const char *const texts[] = {
                "Unknown command \"listid\"\n",
                "1 STEAM_1:0:42;quit : permanent\n",
                "1 STEAM_1:0:42\n",
                "1 2 STEAM_1:0:42 : permanent\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                BanList list;

                cr_assert_eq(
                        ban_list_parse(texts[i], strlen(texts[i]), &list), -EBADMSG, "%s",
                        texts[i]);
                ban_list_clear(&list);
        }
}

Test(steam_id, all_forms) {
        const uint64_t id = UINT64_C(76561197960267731);
        char text[STEAM_ID_TEXT_MAX];

        cr_assert_eq(steam_id_parse("76561197960267731"), id);
        cr_assert_eq(steam_id_parse("STEAM_1:1:1001"), id);
        cr_assert_eq(steam_id_parse("STEAM_0:1:1001"), id);
        cr_assert_eq(steam_id_parse("[U:1:2003]"), id);
        steam_id_format(id, text);
        cr_assert_str_eq(text, "STEAM_1:1:1001");
        steam_id_format(UINT64_C(76561197960265728) + UINT32_MAX, text);
        cr_assert_str_eq(text, "STEAM_1:1:2147483647");
}

Test(steam_id, others_are_refused) {
        static const char *const texts[] = {
                "",
                "0",
                "5",
                "76561197960265728",
                "76561202255233024",
                "7656119796026773x",
                "99999999999999999999",
                "STEAM_1:2:1",
                "STEAM_1:0:0",
                "[U:1:5",
                "[G:1:5]",
                "name",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                cr_assert_eq(steam_id_parse(texts[i]), 0, "%s", texts[i]);
}
