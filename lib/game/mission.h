/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A campaign: a file missions/NAME.txt of the game or of an add-on, which lists its maps for each
 * mode. All texts are ready to be shown (game/display-text.h), also those of a hostile file.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

enum { MISSION_MODES_MAX = 32, MISSION_CHAPTERS_MAX = 64, MAP_NAME_MAX = 63 };

typedef struct MissionChapter {
        char *map;   /* as `map` and +map take it, map_name_is_valid() */
        char *title; /* NULL: none, or one that only the game can translate ("#…") */
} MissionChapter;

typedef struct MissionMode {
        char *name; /* "coop", "versus", "mutation4" …, in small letters */
        MissionChapter *chapters;
        size_t n_chapters;
} MissionMode;

typedef struct Mission {
        char *name;                           /* the campaign's own, "DeadAir" */
        char *title;                          /* as for a chapter */
        char *author, *version, *description; /* NULL: none */
        MissionMode *modes;
        size_t n_modes;
} Mission;

/* Whether a map has a name that can stand in a command: printable ASCII without blanks, quotes and
 * semicolons, not a path. */
bool map_name_is_valid(const char *name);

/* The name of the map in a file NAME.bsp, whose ending may be in capitals. false: another file, or
 * a map whose name is not valid. */
bool map_name_of_file(const char *file, char ret[static MAP_NAME_MAX + 1]);

/* Reads one file. More modes or chapters than the limits are left out, and so are maps with other
 * names. -EBADMSG: it is not a mission; -EFBIG; -ENOMEM. */
int mission_parse(const char *text, size_t size, Mission **ret) _must_check_;

Mission *mission_free(Mission *mission);
DEFINE_CLEANUP(Mission *, mission_free)
