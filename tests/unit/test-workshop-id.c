/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>

#include "content/workshop-id.h"

Test(workshop_id, digits) {
        uint64_t id = 0;

        cr_assert_eq(workshop_id_parse("1", &id), 0);
        cr_assert_eq(id, 1);
        cr_assert_eq(workshop_id_parse("18446744073709551615", &id), 0);
        cr_assert_eq(id, UINT64_MAX);
}

Test(workshop_id, anything_but_digits_is_refused) {
        static const char *const bad[] = {
                "", "0", "01", "-1", "+1", " 1", "1 ", "1x", "18446744073709551616", "1.0", "0x1",
        };
        uint64_t id = 7;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_eq(workshop_id_parse(bad[i], &id), -EINVAL, "%s", bad[i]);
        cr_assert_eq(id, 7);
}

Test(workshop_id, what_a_person_pastes) {
        static const char *const good[] = {
                "123",
                " 123\n",
                "https://steamcommunity.com/sharedfiles/filedetails/?id=123",
                "http://steamcommunity.com/workshop/filedetails/?id=123",
                "https://www.steamcommunity.com/sharedfiles/filedetails?id=123",
                "steamcommunity.com/sharedfiles/filedetails/?id=123",
                "HTTPS://SteamCommunity.com/sharedfiles/filedetails/?id=123",
                "https://steamcommunity.com/sharedfiles/filedetails/?id=123&searchtext=dead+centre",
                "https://steamcommunity.com/sharedfiles/filedetails/?l=german&id=123",
                "https://steamcommunity.com/sharedfiles/filedetails/?id=123#comments",
                "https://steamcommunity.com/sharedfiles/filedetails/?id=123&searchtext= \t",
                "steam://url/CommunityFilePage/123",
        };

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                uint64_t id = 0;

                cr_expect_eq(workshop_id_from_person(good[i], &id), 0, "%s", good[i]);
                cr_expect_eq(id, 123, "%s", good[i]);
        }
}

Test(workshop_id, other_addresses_are_refused) {
        static const char *const bad[] = {
                "",
                " ",
                "1 2",
                "https://steamcommunity.com/sharedfiles/filedetails/",
                "https://steamcommunity.com/sharedfiles/filedetails/?id=",
                "https://steamcommunity.com/sharedfiles/filedetails/?id=12x",
                "https://steamcommunity.com/sharedfiles/filedetails/?id=1 2",
                "https://steamcommunity.com/sharedfiles/filedetails/?appid=123",
                "https://steamcommunity.com/sharedfiles/filedetails/?x=1#&id=123",
                "https://steamcommunity.com/app/550",
                "https://example.com/sharedfiles/filedetails/?id=123",
                "https://steamcommunity.com.example.com/sharedfiles/filedetails/?id=123",
                "ftp://steamcommunity.com/sharedfiles/filedetails/?id=123",
                "steam://url/CommunityFilePage/",
                "steam://run/550",
        };
        uint64_t id = 7;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_eq(workshop_id_from_person(bad[i], &id), -EINVAL, "%s", bad[i]);
        cr_assert_eq(id, 7);
}
