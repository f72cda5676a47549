/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Starts alerts (alert/name.h) about events. left4me-alert-facts decides how often one is sent;
 * here it is only kept from being started for each of a million lines that a hostile server prints.
 */

#include "watch/watch.h"

#include <string.h>

#include "base/log.h"
#include "base/time-text.h"
#include "systemd/bus-names.h"

/* µs between two starts of an alert, and the age of events that are still worth one: the watcher
 * may read lines of a time when it did not run. */
#define ALERT_PAUSE     (60 * USEC_PER_SEC)
#define ALERT_EVENT_AGE (5 * 60 * USEC_PER_SEC)

/* So many different players who are kicked within this time are a fault of the server or of Steam,
 * and not of one player. */
enum { KICKS_FOR_ALERT = 3 };
#define KICKS_TIME (10 * 60 * USEC_PER_SEC)

static int on_started(sd_bus_message *m, void *userdata _unused_, sd_bus_error *e _unused_) {
        const sd_bus_error *error = sd_bus_message_get_error(m);

        if (error)
                log_error("Failed to start an alert: %s", error->message);
        return 0;
}

static void start(Watched *watched, AlertKind kind) {
        Watch *w = watched->watch;
        char unit[ALERT_UNIT_MAX];
        int r = -ENOTCONN;

        alert_unit_name(kind, watched->name, unit);
        if (w->listener.bus)
                r = sd_bus_call_method_async(
                        w->listener.bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                        "StartUnit", on_started, NULL, "ss", unit, "replace");
        if (r < 0)
                (void) log_error_errno(r, "Failed to start %s", unit);
}

static bool find_kind(LiveEventKind event, AlertKind *ret) {
        static const struct {
                LiveEventKind event;
                AlertKind alert;
        } alerts[] = {
                { LIVE_HANG, ALERT_HANG },
                { LIVE_LAN, ALERT_LAN },
                { LIVE_SLOW, ALERT_SLOW },
        };

        for (size_t i = 0; i < ELEMENTSOF(alerts); i++)
                if (alerts[i].event == event) {
                        *ret = alerts[i].alert;
                        return true;
                }
        return false;
}

static void start_after_pause(Watched *watched, AlertKind kind) {
        uint64_t now = now_monotonic(), *last = &watched->alerts[kind];

        if (*last != 0 && now - *last < ALERT_PAUSE)
                return;
        *last = now;
        start(watched, kind);
}

static bool is_old(uint64_t at) {
        return at + ALERT_EVENT_AGE < now_realtime();
}

void watched_alert(Watched *watched, const LiveEvent *event) {
        AlertKind kind;

        if (find_kind(event->kind, &kind) && !is_old(event->at))
                start_after_pause(watched, kind);
}

void watched_needs_update(Watched *watched, uint64_t at) {
        if (!is_old(at))
                start_after_pause(watched, ALERT_UPDATE);
}

/* --- kicks without a Steam logon ----------------------------------------------------------------
 */

static const StatusPlayer *find_player(const Watched *watched, uint64_t steam_id64) {
        const ServerStatus *status = watched->state ? &watched->state->status : NULL;

        for (size_t i = 0; status && i < status->n_players; i++)
                if (status->players[i].steam_id64 == steam_id64)
                        return &status->players[i];
        return NULL;
}

/* The player of this name, when the last answer has one; else 0. */
static uint64_t find_id(const Watched *watched, const char *name) {
        const ServerStatus *status = watched->state ? &watched->state->status : NULL;
        char visible[STATUS_NAME_MAX + 1];
        uint64_t found = 0;

        live_text(name, strlen(name), visible, sizeof(visible));
        for (size_t i = 0; status && i < status->n_players; i++) {
                if (strcmp(status->players[i].name, visible) != 0)
                        continue;
                if (found != 0)
                        return 0;
                found = status->players[i].steam_id64;
        }
        return found;
}

/* The player's, else a free one or the oldest. */
static Kick *find_kick(Watched *watched, uint64_t steam_id64) {
        Kick *found = &watched->kicks[0];

        for (size_t i = 0; i < WATCH_KICKS_MAX; i++) {
                if (watched->kicks[i].steam_id64 == steam_id64)
                        return &watched->kicks[i];
                if (watched->kicks[i].at < found->at)
                        found = &watched->kicks[i];
        }
        *found = (Kick) { .steam_id64 = steam_id64 };
        return found;
}

/* Each player once within the time. */
static bool is_counted(const Kick *kick) {
        return kick->is_certain && now_monotonic() - kick->at <= KICKS_TIME;
}

static void count_kick(Watched *watched, Kick *kick) {
        if (!is_counted(kick) && watched->state)
                watched->state->steam_kicks++;
        kick->is_certain = true;
}

static void alert_about_kicks(Watched *watched) {
        size_t n = 0;

        for (size_t i = 0; i < WATCH_KICKS_MAX; i++)
                n += is_counted(&watched->kicks[i]);
        if (n >= KICKS_FOR_ALERT)
                start_after_pause(watched, ALERT_STEAM_KICK);
}

/*
 * A player can leave with this reason by themselves, again and again, and line feeds in it make
 * lines about others. So each player counts once, and a line that may be forged, or has only a
 * name, counts when it is about a player whom the last answer had and the next one has not.
 */
void watched_kicked(Watched *watched, const GameLogLine *line, uint64_t at, bool is_doubtful) {
        bool is_certain = line->steam_id64 != 0 && !is_doubtful;
        uint64_t id = line->steam_id64 != 0 ? line->steam_id64 : find_id(watched, line->name);
        Kick *kick;

        if (id == 0 || is_old(at) || (is_doubtful && !find_player(watched, id)))
                return;
        kick = find_kick(watched, id);
        if (!is_certain && is_counted(kick))
                return;
        if (is_certain)
                count_kick(watched, kick);
        kick->is_certain = is_certain;
        kick->at = now_monotonic();
        if (is_certain)
                alert_about_kicks(watched);
}

void watched_check_kicks(Watched *watched) {
        bool has_new = false;

        for (size_t i = 0; i < WATCH_KICKS_MAX; i++) {
                Kick *kick = &watched->kicks[i];

                if (kick->steam_id64 == 0 || kick->is_certain || kick->at >= watched->asked_at)
                        continue;
                if (find_player(watched, kick->steam_id64)) {
                        *kick = (Kick) {};
                } else {
                        count_kick(watched, kick);
                        has_new = true;
                }
        }
        if (has_new)
                alert_about_kicks(watched);
}
