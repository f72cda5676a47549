/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/cleanup.h"
#include "spec/cfg-text.h"

static bool runs(const char *line) {
        return cfg_line_runs(line, strlen(line), "rcon_password");
}

Test(cfg_text, a_command_is_found_however_it_is_written) {
        static const char *const lines[] = {
                "rcon_password x",           "RCON_Password x",
                "  \t\r\v rcon_password",    "\"rcon_password\" x",
                "\"rcon_password\"x",        "rcon_password\"x\"",
                "sv_cheats 0;rcon_password", "say \"a;b\" ; rcon_password x // note",
                "rcon_password//x",          "rcon_password:x",
                "rcon_password'x'",          "rcon_password{x}",
                "; ;;rcon_password",         "\"rcon_password",
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                cr_assert(runs(lines[i]), "%s", lines[i]);
}

Test(cfg_text, another_command_is_not) {
        static const char *const lines[] = {
                "",
                "// rcon_password x",
                "sv_cheats 0 // ; rcon_password x",
                "say \"; rcon_password x\"",
                "say rcon_password",
                "rcon_passwords x",
                "rcon_passwor",
                "\"rcon_password x\"",
                "\"say // \" ; sv_cheats 0",
                "say http://x ; rcon_password x",
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                cr_assert_not(runs(lines[i]), "%s", lines[i]);
}

Test(cfg_text, an_argument_is_what_a_variable_gets) {
        static const struct {
                const char *line, *argument;
        } cases[] = {
                { "hostname \"A ; B // C\" // D", "A ; B // C" },
                { "hostname  My Server ; sv_cheats 1", "My Server" },
                { "HostName\"x\"", "x" },
                { "hostname \"open", "open" },
                { "hostname a; hostname b", "b" },
                { "hostname a; hostname", "a" },
                { "hostname \"\"", "" },
                { "hostname", NULL },
                { "hostnames x", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                const char *line = cases[i].line, *argument;
                size_t size = 0;

                argument = cfg_line_argument(line, strlen(line), "hostname", &size);
                cr_assert_eq(!argument, !cases[i].argument, "%s", line);
                if (argument)
                        cr_assert(
                                size == strlen(cases[i].argument) &&
                                        strncmp(argument, cases[i].argument, size) == 0,
                                "%s: %.*s", line, (int) size, argument);
        }
}

Test(cfg_text, quotes_carry_printable_ascii) {
        cr_assert(cfg_text_is_quotable("Versus #1; 'fun' // 100%"));
        cr_assert_not(cfg_text_is_quotable("a\"b"));
        cr_assert_not(cfg_text_is_quotable("a\\b"));
        cr_assert_not(cfg_text_is_quotable("a\tb"));
        cr_assert_not(cfg_text_is_quotable("\xc3\xbc"));
        cr_assert_not(cfg_text_is_quotable("\x7f"));
}
