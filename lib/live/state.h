/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The live state of one server: whether the game answers, its players, its map. left4me-watch
 * writes it to /run/left4me/watch/NAME.json at each poll and at each change, and removes the file
 * when the server stops; the web app, l4d2ctl and the metrics read it. All texts are visible ones
 * (base/visible-text.h): players choose some of them.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"
#include "base/paths.h"
#include "query/status-text.h"
#include "spec/spec.h"

typedef enum LiveHealth {
        LIVE_STARTING,     /* runs, and has not answered yet */
        LIVE_OK,           /* answers */
        LIVE_CHANGING_MAP, /* loads a map and may be silent */
        LIVE_SILENT,       /* does not answer, and was not called hung yet */
        LIVE_HUNG,         /* several failures over more than a minute */
        LIVE_UNKNOWN,      /* can't be asked: without a password that it takes, nor by A2S */
        _LIVE_HEALTH_MAX,
} LiveHealth;

/* Where the last answer came from. */
typedef enum LiveSource {
        LIVE_SOURCE_NONE,
        LIVE_SOURCE_RCON,
        LIVE_SOURCE_A2S, /* players without SteamID, user id, ping and address */
        _LIVE_SOURCE_MAX,
} LiveSource;

enum { LIVE_INVOCATION_MAX = 32 }; /* digits */

/* Times are CLOCK_REALTIME in µs. */
typedef struct LiveState {
        char invocation_id[LIVE_INVOCATION_MAX + 1]; /* of the run that this is about */
        uint64_t at;                                 /* of the last answer; 0: none */
        uint64_t written;                            /* when the file was written */
        LiveHealth health;
        uint64_t health_since;
        LiveSource source;
        int rcon_error; /* 0, or an error for console_error_message(), see live_rcon_error() */
        ServerStatus status;
        bool has_stats; /* else the next three have no meaning */
        double fps, in_bytes_per_sec, out_bytes_per_sec;
        double cpu_percent; /* of one core: of its control group, else as it says; negative: none */
        uint32_t tick_rate; /* that the spec asks for */
        bool is_slow;       /* FPS were below the tick rate for a while */
        uint64_t memory_bytes, tasks;         /* of the control group; UINT64_MAX: not measured */
        uint64_t ip_in_bytes, ip_out_bytes;   /* in this run, all packets, as systemd counts them */
        uint64_t map_since, empty_since;      /* 0: unknown; or not empty */
        char played_map[STATUS_WORD_MAX + 1]; /* that players were seen on last; "": none, or the
                                                 rotation has left it behind */
        uint64_t played_at;                   /* when */
        uint64_t steam_kicks;                 /* players kicked with "No Steam logon", this run */
        uint64_t hang_restarts; /* by on_hang, of this run and earlier ones; grows until the
                                   watcher and the server are stopped */
        uint64_t lan_refusals;  /* players turned away in this run, as on a LAN server */
        bool is_lan;            /* it runs as a LAN server, as far as its log tells */
        bool needs_update;      /* Steam has a newer version of the game, as its log tells */
} LiveState;

/* "starting", "ok", "changing-map", "silent", "hung", "unknown" */
const char *live_health_to_string(LiveHealth health);

/* The same for people, in the current language. */
const char *live_health_text(LiveHealth health);

/* "none", "rcon", "a2s" */
const char *live_source_to_string(LiveSource source);

/* One of the errors that the file can hold: 0, -ENOKEY, -EACCES, -ECONNREFUSED, -ECONNRESET,
 * -ETIMEDOUT, or -EBADMSG for any other. */
int live_rcon_error(int error);

/* Copies a text of size bytes, made visible, as far as it fits into ret with a NUL. */
void live_text(const char *text, size_t text_size, char *ret, size_t ret_size);

/* Copies the answer of a server; its texts become visible. ret may not be status. */
void live_status_copy(const ServerStatus *status, ServerStatus *ret);

/*
 * Reads the state of a server; free() it. A state with another invocation than the unit's current
 * one is about an earlier run: see live_state_is_of(). -ENOENT: there is none, -EBADMSG: the file
 * is damaged, or another error of the file.
 */
int live_state_read(const Paths *paths, const char *name, LiveState **ret) _must_check_;

/* Whether the state is about this run; NULL and "" are none. */
bool live_state_is_of(const LiveState *state, const char *invocation_id);

/*
 * Whether left4me-when-empty can't see the players of a server, so that a queued restart only has
 * its deadline: it has no rcon_password, or refuses it. live: of the present run; NULL: unknown.
 * spec: NULL: unknown.
 */
bool live_hides_players(const LiveState *live, const Spec *spec);

/*
 * Moves a time by so many µs, when the clock was set; it is not later than now then. 0 stays 0.
 * live_state_move() does that for all times of a state but `written`.
 */
uint64_t live_time_move(uint64_t usec, int64_t by, uint64_t now);
void live_state_move(LiveState *state, int64_t by, uint64_t now);

/* Replaces, or removes, the file in a directory. */
int live_state_write(int dir_fd, const char *name, const LiveState *state) _must_check_;
int live_state_remove(int dir_fd, const char *name) _must_check_;

/* As the file has it. The caller unrefs ret. -ENOMEM. */
int live_state_to_json(const LiveState *state, sd_json_variant **ret) _must_check_;

/* -EBADMSG: not a state. Makes texts visible, and cuts them. */
int live_state_from_json(sd_json_variant *object, LiveState *ret) _must_check_;
