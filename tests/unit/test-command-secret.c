/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/utf8.h"
#include "query/command-secret.h"

static void expect(const char *command, const char *expected) {
        char shown[COMMAND_SHOWN_MAX];

        command_hide_secrets(command, strlen(command), shown);
        cr_assert_str_eq(shown, expected, "'%s' became '%s'", command, shown);
}

Test(command_secret, harmless) {
        expect("", "");
        expect("status", "status");
        expect("changelevel c1m1_hotel; say \"Have fun\"",
               "changelevel c1m1_hotel; say \"Have fun\"");
        /* Asked for, not set. */
        expect("rcon_password", "rcon_password");
        expect("sv_password ;", "sv_password");
}

Test(command_secret, values_are_hidden) {
        expect("rcon_password hunter2", "rcon_password ***");
        expect("SV_Password \"two words\"", "SV_Password ***");
        expect("\"sv_password\" \"x\"", "\"sv_password ***");
        expect("sm_cvar rcon_password x; status", "sm_cvar rcon_password ***");
        expect("alias a \"rcon_password x\"", "alias a \"rcon_password ***");
        expect("sm_steam_apikey=0123", "sm_steam_apikey ***");
        expect("tv_password:x", "tv_password ***");
        expect("status;rcon_password\tx", "status;rcon_password ***");
        /* A secret that follows a name that is none, in one word with another sign. */
        expect("hostname x/rcon_password", "hostname x/rcon_password");
}

Test(command_secret, one_visible_line) {
        char command[3 * COMMAND_SHOWN_MAX], shown[COMMAND_SHOWN_MAX];

        expect("say a\nsay\x1b[31m b", "say a say\\x1b[31m b");
        /* Cut within a character. */
        for (size_t offset = 0; offset < 4; offset++) {
                memset(command, 'a', sizeof(command));
                for (size_t i = offset; i + 4 < sizeof(command); i += 4)
                        memcpy(command + i, "\xf0\x9f\x8e\xae", 4);
                command_hide_secrets(command, sizeof(command), shown);
                cr_assert(utf8_is_printable(shown));
                cr_assert_gt(strlen(shown), COMMAND_SHOWN_MAX - 12);
        }
        /* A secret after the place where it is cut is not shown either. */
        memset(command, ' ', sizeof(command));
        memcpy(command + 2 * COMMAND_SHOWN_MAX, "rcon_password hunter2", 21);
        command_hide_secrets(command, sizeof(command), shown);
        cr_assert_not(strstr(shown, "hunter2"));
}
