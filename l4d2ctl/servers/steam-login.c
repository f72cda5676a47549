/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/steam-login.h"

#include <stdio.h>

#include "base/text.h"
#include "journal/journal.h"

#define SUCCESSFUL "Connection to Steam servers successful."

/* Whole lines, which the journal has in its index, and which no name of a player can look like. */
static const struct {
        const char *line, *remedy;
} failures[] = {
        { "[S_API FAIL] SteamAPI_Init() failed; unable to locate a running instance of Steam, or a local "
          "steamclient.so.",
          N_("it found no steamclient.so; 'l4d2ctl doctor' says how to get it") },
        { "[S_API FAIL] SteamAPI_Init() failed; create pipe failed.",
          N_("/proc/cpuinfo, /proc/meminfo or /proc/sys is hidden from it; does a drop-in set ProcSubset= or "
             "InaccessiblePaths=?") },
        { "LAN servers are restricted to local clients (class C).",
          N_("Steam's library did not start; 'l4d2ctl doctor' and the log's first lines may say why") },
};

static int ignore(sd_journal *journal _unused_, void *userdata _unused_) {
        return 0;
}

/* 1: it said so since then, 0: it didn't, or -errno. */
static int said(const char *unit, uint64_t since, const char *line) {
        char match[256];
        JournalQuery query = { .unit = unit, .match = match, .lines = 1, .since = since };
        int64_t n;

        (void) snprintf(match, sizeof(match), "MESSAGE=%s", line);
        n = journal_read_last(&query, ignore, NULL);
        return n < 0 ? (int) n : n > 0;
}

int steam_login_failed(const char *unit, uint64_t since, const char **ret_remedy) {
        int r;

        r = said(unit, since, SUCCESSFUL);
        if (r != 0)
                return r < 0 ? r : 0;
        for (size_t i = 0; i < ELEMENTSOF(failures); i++) {
                r = said(unit, since, failures[i].line);
                if (r < 0)
                        return r;
                if (r > 0) {
                        *ret_remedy = failures[i].remedy;
                        return 1;
                }
        }
        return 0;
}
