/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "avatar/reply.h"

#include <string.h>
#include <systemd/sd-json.h>

#include "avatar/players.h"
#include "base/json.h"
#include "base/name.h"

static void take_hash(const char *text, char ret[static AVATAR_HASH_SIZE + 1]) {
        ret[0] = '\0';
        if (hex_is_valid(text, AVATAR_HASH_SIZE))
                memcpy(ret, text, AVATAR_HASH_SIZE + 1);
}

int avatar_reply_parse(
        const char *text, size_t size, AvatarReply ret[static AVATAR_BATCH], size_t *ret_n) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *root = NULL;
        sd_json_variant *players;
        size_t n = 0;
        int r;

        r = json_parse(text, size, &root);
        if (r < 0)
                return r;
        players = json_list(sd_json_variant_by_key(root, "response"), "players");
        if (!players || sd_json_variant_elements(players) > AVATAR_BATCH)
                return -EBADMSG;
        for (size_t i = 0; i < sd_json_variant_elements(players); i++) {
                sd_json_variant *player = sd_json_variant_by_index(players, i);

                ret[n].id = avatar_id_parse(json_text(player, "steamid") ?: "");
                if (ret[n].id == 0)
                        continue;
                take_hash(json_text(player, "avatarhash"), ret[n++].hash);
        }
        *ret_n = n;
        return 0;
}
