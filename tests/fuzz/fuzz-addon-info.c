/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/visible-text.h"
#include "fuzz.h"
#include "game/addon-info.h"
#include "game/display-text.h"

/* Any text: what is shown of it is visible, and a link begins as one of the web. */

static void check_text(const char *text) {
        FUZZ_CHECK(!text || (text[0] && text_is_visible(text) && strlen(text) <= DISPLAY_TEXT_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(addon_info_freep) AddonInfo *info = NULL;

        if (addon_info_parse((const char *) data, size, &info) < 0)
                return 0;
        check_text(info->title);
        check_text(info->version);
        check_text(info->author);
        check_text(info->description);
        check_text(info->url);
        FUZZ_CHECK(!info->url || strncmp(info->url, "http", 4) == 0);
        return 0;
}
