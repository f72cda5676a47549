/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Events of servers: who joined and left, chat, maps, bans, hangs. left4me-watch writes each as an
 * entry of its journal namespace; the web app and l4d2ctl read them here. All texts are visible
 * ones (base/visible-text.h): players choose most of them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-journal.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"
#include "base/name.h"

/* deploy/left4me.catalog explains it to people. It must never change. */
#define LIVE_EVENT_MESSAGE_ID "b3d1f0a86c5f4b7da0f5e1c2397b6d48"

/* The journal namespace of left4me-watch, whose service is the only writer that readers believe. */
#define LIVE_NAMESPACE "left4me-watch"
#define LIVE_UNIT      LIVE_NAMESPACE ".service"

/* Every event is about one server. */
typedef enum LiveEventKind {
        LIVE_JOIN,       /* a player is in the game */
        LIVE_LEAVE,      /* text: the reason, if the game gave one */
        LIVE_CHAT,       /* text */
        LIVE_MAP_START,  /* map */
        LIVE_MAP_END,    /* map */
        LIVE_KICK,       /* player */
        LIVE_BAN,        /* player, or address */
        LIVE_UNBAN,      /* the same */
        LIVE_RCON,       /* text: the command, NULL: a wrong password; only with sv_rcon_log 1 in
                            the server's own config */
        LIVE_HANG,       /* it was called hung */
        LIVE_RECOVERED,  /* it answers again */
        LIVE_SLOW,       /* text: "FPS of TICKRATE" */
        LIVE_FAST,       /* no longer slow */
        LIVE_LAN,        /* it became a LAN server, which players can't join */
        LIVE_STEAM_KICK, /* a player was kicked with "No Steam logon" */
        LIVE_RESTART,    /* it hung and is restarted; text: why it is not */
        LIVE_LEFT_OUT,   /* text: so many events of this server were too many to be written */
        LIVE_GAP, /* the journal lost lines before they were read; text: how many, if known */
        _LIVE_EVENT_KIND_MAX,
} LiveEventKind;

enum {
        LIVE_PLAYER_MAX = 127, /* bytes */
        LIVE_MAP_MAX = 63,
        LIVE_ADDRESS_MAX = 63,
        LIVE_EVENT_TEXT_MAX = 511,
};

typedef struct LiveEvent {
        LiveEventKind kind;
        char instance[INSTANCE_NAME_MAX + 1];
        uint64_t at; /* when it happened: CLOCK_REALTIME, µs */
        char player[LIVE_PLAYER_MAX + 1];
        char map[LIVE_MAP_MAX + 1];
        char address[LIVE_ADDRESS_MAX + 1];
        uint64_t steam_id64; /* 0: unknown */
        char *text;          /* from malloc; NULL: none */
        char *cursor;        /* of the entry itself, from malloc; NULL when it is written */
} LiveEvent;

/* "join", "leave", … */
const char *live_event_kind_to_string(LiveEventKind kind);

/* -EINVAL: not a kind. */
int live_event_kind_from_string(const char *text, LiveEventKind *ret) _must_check_;

/* Kinds with commas between them, as bits. -EINVAL: none, or one that is not a kind. */
int live_event_kinds_from_string(const char *text, uint32_t *ret) _must_check_;

/* Frees what it holds. */
void live_event_clear(LiveEvent *event);

/* A sentence about the event in the current language, from malloc. */
int live_event_sentence(const LiveEvent *event, char **ret) _must_check_;

/* As the web app and `l4d2ctl history --json` have it: null for members that do not apply. */
int live_event_to_json(const LiveEvent *event, sd_json_variant **ret) _must_check_;

/*
 * Writes an entry to the caller's journal namespace. invocation: the server's run; source_cursor:
 * the game's line in the system journal, or NULL: none.
 */
int live_event_write(const LiveEvent *event, const char *invocation, const char *source_cursor)
        _must_check_;

typedef struct LiveEventQuery {
        const char *instance;   /* NULL: of all servers */
        uint32_t kinds;         /* bits, 1 << kind; 0: all */
        uint64_t since, before; /* µs, by `at`; 0: no limit */
        const char *older_than; /* the cursor of an event; NULL: no limit */
        size_t limit;
        size_t looked_at; /* at most so many of the instance's entries, of any kind; 0: no limit */
        /* With the handler's userdata: leaves out events of this player (0: unknown) before the
         * rest of them is read, which takes most of the time. They count for the limit. May be
         * NULL. */
        bool (*leaves_out)(uint64_t steam_id64, void *userdata);
} LiveEventQuery;

/* The events that a reading left. */
typedef struct LiveEventsRest {
        bool has_more; /* there may be older ones */
        /* When the newest one happened (µs); after looked_at entries, when the last was written. */
        uint64_t usec;
        /* Only after looked_at entries: the last one's cursor, from malloc. A query with older_than
         * goes on there. */
        char *place;
} LiveEventsRest;

/* Gets an event, whose texts it may take; negative ends the reading, which then returns that. */
typedef int (*LiveEventHandler)(LiveEvent *event, void *userdata);

/*
 * Passes events, the newest first, at most limit. ret_rest may be NULL. Returns 0, also without
 * such a journal; -EINVAL: older_than is not a cursor; -EACCES: the caller may not read the
 * journal; or -errno.
 */
int live_events_read(
        const LiveEventQuery *query, LiveEventHandler handler, void *userdata,
        LiveEventsRest *ret_rest) _must_check_;

/* The event of the journal's present entry. -EBADMSG: it is not one. */
int live_event_take(sd_journal *journal, LiveEvent *ret) _must_check_;

/*
 * Opens the namespace with matches for entries of left4me-watch with this MESSAGE_ID.
 * -ENOENT: there are none yet.
 */
int live_journal_open(const char *message_id, sd_journal **ret) _must_check_;
