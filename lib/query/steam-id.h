/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The forms of a SteamID that people write and that the game's commands take. */

#include <stdint.h>

enum { STEAM_ID_TEXT_MAX = 32 };

/* Reads "76561197960267728", "STEAM_1:0:1000" or "[U:1:2000]" as a number. 0: none of these, or
 * not the account of a person. */
uint64_t steam_id_parse(const char *text);

/* Writes "STEAM_1:0:1000", which banid and removeid take. id: as steam_id_parse() returns it. */
void steam_id_format(uint64_t id, char ret[static STEAM_ID_TEXT_MAX]);
