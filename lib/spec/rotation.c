/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/keys.h"

#include <string.h>

#include "base/text.h"
#include "game/mission.h"
#include "spec/value.h"

/*
 * The rotation of maps of a spec or a blueprint. left4me-watch sends these names to the server's
 * console, so each must be one word that the console takes as it is.
 */

static const char *const when_names[_ROTATE_WHEN_MAX] = {
        [ROTATE_UNSET] = "campaign-end",
        [ROTATE_AT_CAMPAIGN_END] = "campaign-end",
        [ROTATE_WHEN_EMPTY] = "empty",
};

const char *rotate_when_to_string(RotateWhen when) {
        return when_names[when];
}

static void check_map(const YamlSource *source, const YamlNode *list, const YamlNode *node) {
        if (!map_name_is_valid(node->text)) {
                yaml_error(
                        source, node->start,
                        "'%.*s' is not the name of a map: it is one word, for example c1m1_hotel",
                        QUOTED_MAX, node->text);
                return;
        }
        for (const YamlNode *other = list->children; other != node; other = other->next)
                if (other->kind == YAML_KIND_SCALAR && strcasecmp(other->text, node->text) == 0) {
                        yaml_error(
                                source, node->start, "map '%s' is listed twice in rotation",
                                node->text);
                        return;
                }
}

int spec_read_rotation(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        static const SpecListRules rules = { N_("a map"), SPEC_ROTATION_MAX, NULL, check_map };
        char **maps = NULL;
        int error;

        error = spec_read_list(r, key, node, &rules, &maps);
        if (maps && maps[0])
                r->lists.rotation = maps;
        return error;
}

int spec_read_rotate_when(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        size_t when;

        if (value_enumeration(
                    &r->source, key->name, node, when_names + ROTATE_AT_CAMPAIGN_END,
                    ELEMENTSOF(when_names) - ROTATE_AT_CAMPAIGN_END, &when))
                r->lists.rotate_when = ROTATE_AT_CAMPAIGN_END + (RotateWhen) when;
        return 0;
}
