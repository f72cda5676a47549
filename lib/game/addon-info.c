/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/addon-info.h"

#include <stdbool.h>
#include <string.h>

#include "game/display-text.h"
#include "game/key-values.h"

/* A link that a browser may follow, with nothing in it that would end an attribute. */
static bool is_url(const char *text) {
        size_t n;

        if (!text || (strncmp(text, "https://", 8) != 0 && strncmp(text, "http://", 7) != 0))
                return false;
        for (n = 0; text[n] != '\0'; n++)
                if (text[n] <= ' ' || text[n] > '~' || strchr("\"'<>\\`", text[n]))
                        return false;
        return n < DISPLAY_TEXT_MAX;
}

static int read_info(AddonInfo *info, const KeyValue *block) {
        const struct {
                const char *key;
                char **field;
        } texts[] = {
                { "addontitle", &info->title },
                { "addonversion", &info->version },
                { "addonauthor", &info->author },
                { "addondescription", &info->description },
        };
        const char *url = key_value_text(block, "addonurl0");

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                int r = display_text(key_value_text(block, texts[i].key), texts[i].field);

                if (r < 0)
                        return r;
        }
        if (!is_url(url))
                return 0;
        info->url = strdup(url);
        return info->url ? 0 : -ENOMEM;
}

int addon_info_parse(const char *text, size_t size, AddonInfo **ret) {
        _cleanup_(key_values_freep) KeyValues *values = NULL;
        _cleanup_(addon_info_freep) AddonInfo *info = NULL;
        const KeyValue *block;
        int r;

        r = key_values_parse(text, size, KEY_VALUES_PLAIN, &values);
        if (r < 0)
                return r;
        block = key_value_find(&values->root, "addoninfo");
        if (!block || block->value)
                return -EBADMSG;
        info = calloc(1, sizeof(AddonInfo));
        if (!info)
                return -ENOMEM;
        r = read_info(info, block);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(info);
        return 0;
}

AddonInfo *addon_info_free(AddonInfo *info) {
        if (!info)
                return NULL;
        free(info->title);
        free(info->version);
        free(info->author);
        free(info->description);
        free(info->url);
        free(info);
        return NULL;
}
