/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/keys.h"

#include <string.h>

#include "base/utf8.h"
#include "spec/value.h"

/*
 * Texts that a server shows to players who join: a spec or a blueprint has them, and they become
 * files of the instance layer.
 */

/* Valid UTF-8 without control characters but line ends and tabs. */
static bool is_text(const char *text) {
        for (size_t size = strlen(text); size > 0;) {
                uint32_t character = 0;
                size_t n = utf8_decode(text, size, &character);

                if (n == 0 || (utf8_is_control(character) && *text != '\n' && *text != '\t'))
                        return false;
                text += n;
                size -= n;
        }
        return true;
}

static void read_text(SpecReader *r, const SpecKey *key, const YamlNode *node, char **ret) {
        char *text = value_text(&r->source, key->name, node);

        if (!text)
                return;
        if (strlen(text) > SPEC_MOTD_SIZE_MAX)
                yaml_error(
                        &r->source, node->start, "%s must not be longer than %d bytes", key->name,
                        SPEC_MOTD_SIZE_MAX);
        else if (!is_text(text))
                yaml_error(
                        &r->source, node->start,
                        "%s must not contain control characters other than line breaks and tabs",
                        key->name);
        *ret = text;
}

int spec_read_motd(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        read_text(r, key, node, &r->lists.motd);
        return 0;
}

int spec_read_banner(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        read_text(r, key, node, &r->lists.banner);
        return 0;
}
