/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server.h"

/*
 * Two ban lists, as the game has them: SteamIDs and addresses. `writeid` and `writeip` write the
 * permanent ones to cfg/banned_user.cfg and cfg/banned_ip.cfg, as commands to be run again.
 */

typedef enum BanKind {
        BAN_USER,
        BAN_ADDRESS,
} BanKind;

/* 0 minutes is for ever. */
void ban_add(BanKind kind, const char *who, uint32_t minutes);
/* The same, logged, and with_kick thrown out: admin.c. */
void ban_enforce(Server *s, BanKind kind, const char *who, uint32_t minutes, bool with_kick);
bool ban_remove(BanKind kind, const char *who);
bool ban_holds(BanKind kind, const char *who);
void ban_list(Server *s, BanKind kind);

/* Returns 0 or a negative errno. */
int ban_write(const Server *s, BanKind kind);
