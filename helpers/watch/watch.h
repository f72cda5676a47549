/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Shared by the files of left4me-watch: the servers that it watches, and how its parts call each
 * other. bus.c knows which servers run; poll.c asks them; log.c reads their lines in the system
 * journal; event.c writes events, within a budget for each server; sample.c adds answers up. Game
 * servers are hostile: all that a server sends or prints can cost it its own events, and the others
 * nothing.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "alert/name.h"
#include "journal/tail.h"
#include "live/budget.h"
#include "live/event.h"
#include "live/health.h"
#include "live/sample.h"
#include "live/state.h"
#include "query/a2s.h"
#include "query/game-log.h"
#include "server/console.h"
#include "server/played.h"
#include "spec/config.h"
#include "spec/set.h"
#include "systemd/cgroup.h"
#include "systemd/unit-listener.h"
#include "systemd/unit-names.h"
#include "systemd/unit-state.h"

typedef struct Watch Watch;

typedef enum PollStep {
        POLL_IDLE,
        POLL_STATUS, /* by RCON */
        POLL_STATS,
        POLL_MODE,   /* asks for the mode of the game, to find the next map of a rotation */
        POLL_ROTATE, /* sends the command that changes the map */
        POLL_A2S_INFO,
        POLL_A2S_PLAYERS,
} PollStep;

/* Facts that the log tells about one run of a server. */
typedef struct RunLog {
        char invocation_id[LIVE_INVOCATION_MAX + 1]; /* "": no line was read yet */
        GameLogGuard guard;
        char map[LIVE_MAP_MAX + 1]; /* that started last; "": none is known, or it ended */
        uint64_t map_since;         /* CLOCK_REALTIME, µs; 0: unknown */
        uint64_t lan_refusals;
        bool is_lan, has_steam, needs_update;
        /* When the line was read, CLOCK_MONOTONIC, µs; 0: there is none, or it has reached Steam
         * since. */
        uint64_t steam_failed;
} RunLog;

/* How the spec's file looked when it was read. */
typedef struct FileMark {
        ino_t inode;
        off_t size;
        struct timespec changed;
} FileMark;

enum { RESTARTS_PER_HOUR = 3, WATCH_KICKS_MAX = 32 };

/* A player whom the server dropped with "No Steam logon", by what it printed. */
typedef struct Kick {
        uint64_t steam_id64; /* 0: none */
        uint64_t at;         /* when the line was read, CLOCK_MONOTONIC in µs */
        bool is_certain;     /* else another player may have forged the line */
} Kick;

/* A server that runs, or has printed something lately. */
typedef struct Watched {
        Watch *watch;
        char name[INSTANCE_NAME_MAX + 1];
        UnitNames units;

        /* bus.c */
        bool is_running;
        bool wants_fetch;
        UnitFetch *fetch;
        UnitState unit; /* of the current run */

        /* spec.c */
        FileMark spec_mark;
        uint32_t tick_rate;
        bool has_tick_rate; /* of this run: its arguments are those of its start */
        HangAction on_hang;
        bool may_ask; /* the spec or the run has changed since a password was refused */

        /* poll.c */
        sd_event_source *poll_timer, *io, *limit;
        PollStep step;
        uint64_t asked_at; /* when this poll began, CLOCK_MONOTONIC in µs */
        unsigned n_rounds; /* of this poll, bounded */
        bool was_late;     /* the time limit of this question came late, and was extended */
        Console *console;  /* NULL: RCON is not possible, for this reason: */
        int rcon_error, said_error;
        A2s *a2s;
        A2sInfo info;      /* of this poll */
        unsigned n_broken; /* polls in a row with nonsense for an answer */
        CgroupUsage usage;
        uint64_t usage_at; /* CLOCK_MONOTONIC, µs */

        /* traffic.c */
        sd_bus_slot *traffic_slots[2];   /* questions that wait for an answer */
        uint64_t traffic[2], traffic_at; /* the last two answers and their time, as usage_at */
        double traffic_rates[2];         /* bytes a second; negative: unknown */

        /* rotate.c */
        Played played;
        PlayedStep played_step; /* of the last answer by RCON */
        uint64_t maps_pause;    /* until then its maps are not read; CLOCK_MONOTONIC, µs */

        LiveState *state;    /* NULL: it does not run */
        uint64_t written_at; /* its file, CLOCK_MONOTONIC in µs */
        Health health;
        bool was_hung;                        /* and said so */
        bool was_lan;                         /* this run, and said so */
        uint64_t restarts[RESTARTS_PER_HOUR]; /* the last ones by on_hang, CLOCK_REALTIME */
        bool has_restarts;                    /* those before this watcher were looked for */
        uint64_t hang_restarts;               /* how many there were, for the state */

        /* alert.c: CLOCK_MONOTONIC, µs; 0: never */
        uint64_t alerts[_ALERT_KIND_MAX]; /* when each was started last */
        Kick kicks[WATCH_KICKS_MAX];      /* one for each player */

        RunLog log;
        uint64_t log_used; /* when the last line came, CLOCK_MONOTONIC */
        EventBudget budget;

        LiveSample minute, ten_minutes; /* of the running intervals */
} Watched;

/* Events of the line at which the last watcher ended, which it had written already. */
typedef struct Resume {
        char *cursor;   /* of the line; NULL: none */
        uint32_t kinds; /* bits */
} Resume;

struct Watch {
        const Paths *paths;
        HostConfig *config;
        SpecContext specs;
        sd_event *event;
        int states_fd; /* paths->watch_dir */
        int store_fd;  /* the service's own directory; negative: it has none */

        /* players.c */
        uint64_t *players; /* the SteamIDs that were written last, sorted */
        size_t n_players;
        uint64_t players_written; /* CLOCK_MONOTONIC, µs; 0: never */

        UnitListener listener;
        size_t n_fetching, n_traffic;
        bool has_list; /* systemd has answered once … */
        bool is_known; /* … also about each server that runs */

        Watched **items;
        size_t n_items;

        JournalTail *tail;
        sd_event_source *tail_changes, *tail_work, *settle_timer;
        bool is_settled; /* the servers that ran at the start are known */
        bool has_lost;   /* the place of the last watcher is gone from the journal */
        char *cursor;    /* of an entry that was passed lately */
        uint64_t cursor_at;
        Resume resume;

        sd_event_source *clock;
        int clock_fd;          /* tells that the clock was set */
        uint64_t clock_offset; /* of CLOCK_REALTIME from CLOCK_BOOTTIME */

        sd_event_source *minute_timer;
        uint64_t minute_at, ten_minutes_at; /* begin of the running intervals, CLOCK_REALTIME */
};

/* left4me-watch.c: the table. NULL: no memory, or too many. */
Watched *watch_find(Watch *w, const char *name);
Watched *watch_add(Watch *w, const char *name);
void watch_limits(const Watch *w, HealthLimits *ret);
void watch_reload_config(Watch *w);
void watch_servers_known(Watch *w); /* all that run */

/* A run begins and ends; takes the unit's state. */
void watched_start(Watched *watched, UnitState *unit);
void watched_stop(Watched *watched);

/* Writes the state's file now. */
void watched_write(Watched *watched);

/* clock.c: what is done when the clock is set */
int watch_clock_open(Watch *w) _must_check_;
void watch_clock_close(Watch *w);

/* bus.c */
void watch_bus_open(Watch *w); /* what fails is tried again */
void watch_bus_close(Watch *w);
void watch_bus_restart(Watched *watched);

/* traffic.c: asks systemd for the bytes of a server's packets; their answers come later. */
void watched_ask_traffic(Watched *watched);
void watched_forget_traffic(Watched *watched);

/* spec.c: reads the spec if its file has changed. */
void watched_read_spec(Watched *watched);

/* poll.c */
void watched_poll_start(Watched *watched);
void watched_poll_stop(Watched *watched);
void watched_poll_soon(Watched *watched); /* the log says that something has changed */

/* answer.c: what came of a poll. */
void watched_answered(Watched *watched, LiveSource source, const ServerStats *stats);
void watched_failed(Watched *watched);

/* rotate.c: takes the answer of the server about its players and its map … */
void watched_see_players(Watched *watched);
void watched_restore_played(Watched *watched); /* from the state of an earlier watcher */
/* … then whether the next map of its rotation may be due, for which its mode has to be known; and
 * with the answer to MODE_COMMAND the command that changes the map: 1; 0: it stays. */
bool watched_rotation_is_due(Watched *watched);
enum { WATCH_COMMAND_MAX = sizeof("changelevel ") + STATUS_WORD_MAX };
int watched_rotate(
        Watched *watched, const char *mode_answer, size_t size, char ret[static WATCH_COMMAND_MAX]);

/* asked.c: whether people wanted the map that players are on now, or another one was loaded
 * between the one that they were on and this. */
bool watched_was_asked(const Watched *watched, const char *map);

/* players.c: tells left4me-avatar about players of this server who were not there lately. */
void watched_note_players(Watched *watched);
void watch_players_done(Watch *w);

/* hang.c */
void watched_hangs(Watched *watched);
void watched_recovered(Watched *watched);

/* log.c */
int watch_log_open(Watch *w) _must_check_;
void watch_log_close(Watch *w);
int watch_log_save(Watch *w) _must_check_; /* where it is in the journal */
void watch_log_settled(Watch *w);
#define CURSOR_FILE "cursor"

/* Reads what this run has printed so far, without making events. before: the entry to stop at. */
void watched_log_begin(Watched *watched, const char *invocation_id, const JournalPosition *before);

/* line.c: takes a line, with its time (CLOCK_REALTIME, µs). cursor NULL: no events. */
void watched_take_line(
        Watched *watched, const char *line, size_t size, uint64_t at, const char *cursor);

/* A run that could not start Steam's library, and has not reached Steam for a while, is one of a
 * LAN server: no line says so before the first player is turned away. */
void watched_check_steam(Watched *watched);

/* resume.c: where the last watcher ended. From malloc, NULL: unknown. */
int watch_resume_find(Watch *w, char **ret_cursor) _must_check_;

/* alert.c: starts the alert about an event, written or left out, if it is worth one. */
void watched_alert(Watched *watched, const LiveEvent *event);

/* A line says that the server needs an update. at: CLOCK_REALTIME, µs. */
void watched_needs_update(Watched *watched, uint64_t at);

/* A line says that a player was dropped with "No Steam logon", which the log and the console say.
 * at: CLOCK_REALTIME, µs. */
void watched_kicked(Watched *watched, const GameLogLine *line, uint64_t at, bool is_doubtful);

/* The server has told its players by RCON. */
void watched_check_kicks(Watched *watched);

/* event.c: fills in the server, and writes within its budget. Frees what the event holds. */
void watched_event(Watched *watched, LiveEvent *event, const char *cursor);
void watched_say_left_out(Watched *watched);

/* sample.c: adds what the state has to the running minute; without an answer, only what the
 * control group counts. */
void watched_add_sample(Watched *watched, bool is_answered);
void watch_sample_begin(Watch *w); /* completes what the last watcher began */
void watch_sample_minute(Watch *w);
