/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Fills the journal as a busy host would: so many entries of about the length of a game's log line,
 * as fast as journald takes them.
 *
 * Usage: journal-fill ENTRIES
 */

#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>

int main(int argc, char *argv[]) {
        unsigned long n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

        if (n == 0)
                return EXIT_FAILURE;

        for (unsigned long i = 0; i < n; i++) {
                int r = sd_journal_send(
                        "MESSAGE=L 11/24/2026 - 05:08:59: \"Player %lu<%lu><STEAM_1:0:%lu>\" "
                        "triggered \"event_%lu\"",
                        i % 97, i % 31, i, i % 13, "PRIORITY=6", "SYSLOG_IDENTIFIER=l4d2-%lu",
                        i % 40, NULL);

                if (r < 0)
                        return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
