/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Finds out whether people wanted the map that a server has now: by left4me, whose audit trail says
 * so before the server gets the command, or by another program with RCON, which the game's log says
 * if `sv_rcon_log` is 1. Reads journals, because an earlier watcher may have passed the lines.
 */

#include "watch/watch.h"

#include <string.h>
#include <systemd/sd-journal.h>

#include "base/log.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "journal/audit-id.h"
#include "journal/match.h"
#include "journal/step.h"

/* A slow server may answer another question between the command and the change. */
#define COMMAND_TIME (60 * USEC_PER_SEC)

enum { EVENTS_MAX = 500 };

typedef struct Search {
        const Watched *watched;
        const char *map;
        uint64_t since; /* CLOCK_REALTIME, µs */
        bool is_asked;
} Search;

/* --- the audit trail ----------------------------------------------------------------------------
 */

static int open_trail(const Search *search, sd_journal **ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        char match[sizeof("L4D2_INSTANCE=") + INSTANCE_NAME_MAX];
        int r;

        /* Also the journals of users, which have what people at a shell did. */
        r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
        if (r < 0)
                return r;
        journal_prepare_steps(journal);
        (void) snprintf(match, sizeof(match), "L4D2_INSTANCE=%s", search->watched->name);
        r = sd_journal_add_match(journal, "MESSAGE_ID=" AUDIT_MESSAGE_ID, 0);
        if (r >= 0)
                r = sd_journal_add_match(journal, match, 0);
        if (r >= 0)
                r = sd_journal_seek_realtime_usec(journal, search->since);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(journal);
        return 0;
}

static int search_trail(Search *search) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        int r;

        r = open_trail(search, &journal);
        while (r >= 0 && !search->is_asked && (r = journal_step_next(journal)) > 0) {
                const char *command;
                size_t size;

                if (journal_field_get(journal, "L4D2_COMMAND", &command, &size) > 0)
                        search->is_asked = utf8_contains_folded(command, size, search->map);
        }
        return r;
}

/* --- events -------------------------------------------------------------------------------------
 */

/* A map in between, from which no answer came, shows that players did not go on directly. */
static int take_event(LiveEvent *event, void *userdata) {
        Search *search = userdata;
        const Played *played = &search->watched->played;

        if (event->kind == LIVE_MAP_START)
                search->is_asked |= event->at > played->at &&
                                    strcasecmp(event->map, search->map) != 0 &&
                                    strcasecmp(event->map, played->map) != 0;
        else if (event->text)
                search->is_asked |=
                        utf8_contains_folded(event->text, strlen(event->text), search->map);
        return 0;
}

static int search_events(Search *search) {
        const LiveEventQuery query = {
                .instance = search->watched->name,
                .kinds = UINT32_C(1) << LIVE_RCON | UINT32_C(1) << LIVE_MAP_START,
                .since = search->since,
                .limit = EVENTS_MAX,
        };

        return live_events_read(&query, take_event, search, NULL);
}

/* --- both ---------------------------------------------------------------------------------------
 */

bool watched_was_asked(const Watched *watched, const char *map) {
        uint64_t run = watched->unit.inactive_exit, at = watched->played.at;
        Search search = {
                .watched = watched,
                .map = map,
                .since = at > run + COMMAND_TIME ? at - COMMAND_TIME : run,
        };
        int r;

        r = search_trail(&search);
        if (r >= 0 && !search.is_asked)
                r = search_events(&search);
        if (r < 0)
                (void) log_error_errno(
                        r, "Failed to find out who changed the map of '%s'", watched->name);
        /* Players are not disturbed when that is unknown. */
        return r < 0 || search.is_asked;
}
