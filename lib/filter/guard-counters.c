/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <systemd/sd-json.h>

#include "base/child.h"
#include "base/json.h"
#include "filter/guard.h"
#include "filter/rcon-filter.h"

static void read_counter(sd_json_variant *counter, GuardCounters *counters) {
        const char *name = json_text(counter, "name") ?: "";

        if (strcmp(json_text(counter, "family") ?: "", RCON_FILTER_FAMILY) != 0 ||
            strcmp(json_text(counter, "table") ?: "", RCON_FILTER_TABLE) != 0)
                return;
        for (size_t i = 0; i < _GUARD_COUNTER_MAX; i++) {
                if (strcmp(name, guard_counter_name(i)) != 0)
                        continue;
                counters->items[i].packets = json_number(counter, "packets", 0);
                counters->items[i].bytes = json_number(counter, "bytes", 0);
                if (i != GUARD_RCON)
                        counters->is_loaded = true;
        }
}

int guard_counters_parse(const char *text, GuardCounters *ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
        GuardCounters counters = {};
        sd_json_variant *list;
        int r;

        r = sd_json_parse(text, 0, &v, NULL, NULL);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        list = json_list(v, "nftables");
        if (!list)
                return -EBADMSG;
        for (size_t i = 0; i < sd_json_variant_elements(list); i++) {
                sd_json_variant *one = sd_json_variant_by_index(list, i);
                sd_json_variant *counter = sd_json_variant_by_key(one, "counter");

                if (counter)
                        read_counter(counter, &counters);
        }

        *ret = counters;
        return 0;
}

int guard_counters_read(GuardCounters *ret) {
        static const char *const argv[] = { RCON_FILTER_NFT, "-j", "list", "counters", NULL };
        _cleanup_free_ char *text = NULL;
        int r;

        r = child_read(argv, &text);
        if (r == -EACCES) /* a file that can't be executed */
                r = -ENOENT;
        return r < 0 ? r : guard_counters_parse(text, ret);
}
