/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/visible-text.h"
#include "fuzz.h"
#include "game/display-text.h"
#include "game/mission.h"

/* Any text: what is shown of it is visible, and every map can stand in a command. */

static void check_text(const char *text) {
        FUZZ_CHECK(!text || (text[0] && text_is_visible(text) && strlen(text) <= DISPLAY_TEXT_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(mission_freep) Mission *mission = NULL;

        if (mission_parse((const char *) data, size, &mission) < 0)
                return 0;
        check_text(mission->name);
        check_text(mission->title);
        check_text(mission->author);
        check_text(mission->version);
        check_text(mission->description);
        FUZZ_CHECK(mission->n_modes <= MISSION_MODES_MAX);
        for (size_t i = 0; i < mission->n_modes; i++) {
                const MissionMode *mode = &mission->modes[i];

                FUZZ_CHECK(map_name_is_valid(mode->name));
                FUZZ_CHECK(mode->n_chapters > 0 && mode->n_chapters <= MISSION_CHAPTERS_MAX);
                for (size_t j = 0; j < mode->n_chapters; j++) {
                        FUZZ_CHECK(map_name_is_valid(mode->chapters[j].map));
                        check_text(mode->chapters[j].title);
                }
        }
        return 0;
}
