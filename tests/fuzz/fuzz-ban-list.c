/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "query/ban-list.h"
#include "query/steam-id.h"

/* Answers to `listid`: an id is one word of a command, and its number is one that people can write.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        BanList list;

        if (ban_list_parse((const char *) data, size, &list) >= 0)
                for (size_t i = 0; i < list.n_items; i++) {
                        const Ban *ban = &list.items[i];
                        char text[STEAM_ID_TEXT_MAX];

                        FUZZ_CHECK(
                                strspn(ban->steam_id,
                                       "0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ_:[]") == strlen(ban->steam_id));
                        FUZZ_CHECK(steam_id_parse(ban->steam_id) == ban->steam_id64);
                        if (ban->steam_id64 == 0)
                                continue;
                        steam_id_format(ban->steam_id64, text);
                        FUZZ_CHECK(steam_id_parse(text) == ban->steam_id64);
                }
        ban_list_clear(&list);
        return 0;
}
