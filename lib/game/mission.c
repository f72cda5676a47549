/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/mission.h"

#include <stdint.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "game/display-text.h"
#include "game/key-values.h"

bool map_name_is_valid(const char *name) {
        size_t n = strlen(name);

        if (n == 0 || n > MAP_NAME_MAX || name[0] == '-' || name[0] == '+' || name[0] == '.')
                return false;
        for (; *name != '\0'; name++)
                if (*name <= ' ' || *name > '~' || strchr("\"';/\\", *name))
                        return false;
        return true;
}

bool map_name_of_file(const char *file, char ret[static MAP_NAME_MAX + 1]) {
        static const char end[] = ".bsp";
        size_t n = strlen(file);

        if (n <= strlen(end) || n - strlen(end) > MAP_NAME_MAX)
                return false;
        n -= strlen(end);
        if (ascii_strcasecmp(file + n, end) != 0)
                return false;
        memcpy(ret, file, n);
        ret[n] = '\0';
        return map_name_is_valid(ret);
}

/* A text that begins with '#' is the name of one in the game's own language files. */
static int get_title(const KeyValue *block, const char *key, char **ret) {
        const char *text = key_value_text(block, key);

        return display_text(text && text[0] != '#' ? text : NULL, ret);
}

/* --- chapters --------------------------------------------------------------------------------- */

/* The number of a chapter, UINT32_MAX for a key that is not one. */
static uint32_t chapter_number(const char *key) {
        uint32_t number = 0;
        size_t n = strspn(key, "0123456789");

        if (n == 0 || n > 6 || key[n] != '\0')
                return UINT32_MAX;
        for (; *key != '\0'; key++)
                number = number * 10 + (uint32_t) (*key - '0');
        return number;
}

/* The item with the lowest number above this one. */
static const KeyValue *next_chapter(const KeyValue *mode, int64_t after) {
        const KeyValue *next = NULL;

        for (const KeyValue *item = mode->first; item; item = item->next) {
                uint32_t number = chapter_number(item->key);

                if (item->value || number == UINT32_MAX || number <= after)
                        continue;
                if (!next || number < chapter_number(next->key))
                        next = item;
        }
        return next;
}

static int add_chapter(MissionMode *mode, const KeyValue *item) {
        const char *map = key_value_text(item, "map");
        MissionChapter *grown, *chapter;

        if (!map || !map_name_is_valid(map))
                return 0;
        grown = array_for_one_more(mode->chapters, mode->n_chapters, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        mode->chapters = grown;
        chapter = &grown[mode->n_chapters++];
        *chapter = (MissionChapter) { .map = strdup(map) };
        return chapter->map ? get_title(item, "displayname", &chapter->title) : -ENOMEM;
}

static int read_chapters(MissionMode *mode, const KeyValue *block) {
        int64_t number = -1;
        int r = 0;

        while (mode->n_chapters < MISSION_CHAPTERS_MAX && r >= 0) {
                const KeyValue *item = next_chapter(block, number);

                if (!item)
                        break;
                number = chapter_number(item->key);
                r = add_chapter(mode, item);
        }
        return r;
}

/* --- modes ------------------------------------------------------------------------------------ */

static void mode_done(MissionMode *mode) {
        for (size_t i = 0; i < mode->n_chapters; i++) {
                free(mode->chapters[i].map);
                free(mode->chapters[i].title);
        }
        free(mode->chapters);
        free(mode->name);
}

static int add_mode(Mission *mission, const KeyValue *block) {
        MissionMode mode = {}, *grown;
        int r;

        if (block->value || !map_name_is_valid(block->key))
                return 0;
        r = read_chapters(&mode, block);
        if (r < 0 || mode.n_chapters == 0) {
                mode_done(&mode);
                return r;
        }
        mode.name = ascii_lower_copy(block->key);
        grown = array_for_one_more(mission->modes, mission->n_modes, sizeof(*grown));
        if (grown)
                mission->modes = grown;
        if (!grown || !mode.name) {
                mode_done(&mode);
                return -ENOMEM;
        }
        grown[mission->n_modes++] = mode;
        return 0;
}

static int read_modes(Mission *mission, const KeyValue *block) {
        const KeyValue *modes = key_value_find(block, "modes");
        int r = 0;

        for (const KeyValue *item = modes ? modes->first : NULL;
             item && mission->n_modes < MISSION_MODES_MAX && r >= 0; item = item->next)
                r = add_mode(mission, item);
        return r;
}

/* --- the file --------------------------------------------------------------------------------- */

static int read_mission(Mission *mission, const KeyValue *block) {
        int r;

        r = display_text(key_value_text(block, "name"), &mission->name);
        if (r >= 0)
                r = get_title(block, "displaytitle", &mission->title);
        if (r >= 0)
                r = get_title(block, "author", &mission->author);
        if (r >= 0)
                r = get_title(block, "version", &mission->version);
        if (r >= 0)
                r = get_title(block, "description", &mission->description);
        return r < 0 ? r : read_modes(mission, block);
}

int mission_parse(const char *text, size_t size, Mission **ret) {
        _cleanup_(key_values_freep) KeyValues *values = NULL;
        _cleanup_(mission_freep) Mission *mission = NULL;
        const KeyValue *block;
        int r;

        r = key_values_parse(text, size, KEY_VALUES_PLAIN, &values);
        if (r < 0)
                return r;
        block = key_value_find(&values->root, "mission");
        if (!block || block->value)
                return -EBADMSG;
        mission = calloc(1, sizeof(Mission));
        if (!mission)
                return -ENOMEM;
        r = read_mission(mission, block);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(mission);
        return 0;
}

Mission *mission_free(Mission *mission) {
        if (!mission)
                return NULL;
        for (size_t i = 0; i < mission->n_modes; i++)
                mode_done(&mission->modes[i]);
        free(mission->modes);
        free(mission->name);
        free(mission->title);
        free(mission->author);
        free(mission->version);
        free(mission->description);
        free(mission);
        return NULL;
}
