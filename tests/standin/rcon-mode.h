/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdbool.h>

/*
 * How the remote console misbehaves on request (`standin_rcon MODE [COUNT]`): what a client of it
 * must bear. Each is something that a server, its network or an attacker in its place can do.
 */

typedef enum RconMode {
        RCON_NORMAL,
        RCON_SLOW,      /* a byte at a time */
        RCON_SEGMENTS,  /* three bytes at a time, fast, each in a packet of its own */
        RCON_PACKETS,   /* a packet at a time, with pauses */
        RCON_GARBAGE,   /* bytes that make no sense, in place of the answer */
        RCON_LATE,      /* the answer behind its end mark */
        RCON_WRONG_ID,  /* the answer with an id that nothing asked for */
        RCON_STRAY,     /* a foreign packet before the answer and one before its end mark */
        RCON_LOG,       /* log lines as packets of their own before the answer and within it */
        RCON_NO_MIRROR, /* no end mark */
        RCON_HUGE,      /* eight megabytes more */
        RCON_CLOSE,     /* the connection ends in the middle of the answer */
        RCON_SILENT,    /* nothing */
        RCON_NO_EMPTY,  /* to an authentication: no empty packet before the result */
        RCON_REFUSE,    /* to an authentication: -1, whatever the password */
        RCON_MODES_MAX,
} RconMode;

/* RCON_MODES_MAX for a name that is none. "off" is RCON_NORMAL. */
RconMode rcon_mode_from_name(const char *name);

/* Whether it says how to answer an authentication, or else a command. */
bool rcon_mode_is_for(RconMode mode, bool is_authentication);
