/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl guard: the packets that the rules of left4me-rcon-filter.service dropped. As root. */

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "common/listing.h"
#include "common/output.h"
#include "common/terminal.h"
#include "filter/guard.h"
#include "filter/rcon-filter.h"
#include "verbs/verbs.h"

static int counters_to_json(const GuardCounters *counters, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < _GUARD_COUNTER_MAX && r >= 0; i++)
                r = sd_json_variant_append_arraybo(
                        &array, SD_JSON_BUILD_PAIR_STRING("name", guard_counter_key(i)),
                        SD_JSON_BUILD_PAIR_UNSIGNED("packets", counters->items[i].packets),
                        SD_JSON_BUILD_PAIR_UNSIGNED("bytes", counters->items[i].bytes));
        return r < 0 ? r
                     : sd_json_buildo(
                               ret, SD_JSON_BUILD_PAIR_BOOLEAN("is_loaded", counters->is_loaded),
                               SD_JSON_BUILD_PAIR_VARIANT("counters", array));
}

static int print_as_json(const Ctl *ctl, const GuardCounters *counters) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = counters_to_json(counters, &object);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make JSON");
                return CTL_FAILURE;
        }
        return output_json(ctl, object);
}

static int print_table(const GuardCounters *counters) {
        static const ListingColumn columns[] = {
                { N_("PACKETS"), true }, { N_("SIZE"), true }, { N_("DROPPED"), false }, {}
        };
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        r = listing_new(columns, &listing);
        for (size_t i = 0; i < _GUARD_COUNTER_MAX && r >= 0; i++) {
                char packets[24], bytes[SIZE_TEXT_MAX];

                (void) snprintf(packets, sizeof(packets), "%" PRIu64, counters->items[i].packets);
                r = listing_add(
                        listing,
                        (const char *[]) { packets, size_format(counters->items[i].bytes, bytes),
                                           _(guard_counter_text(i)) });
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the table");
                return CTL_FAILURE;
        }
        return listing_print(listing);
}

int verb_guard(Ctl *ctl) {
        GuardCounters counters = {};
        int r;

        r = guard_counters_read(&counters);
        /* Without nft no rules are loaded; for the report that is an answer. */
        if (r < 0 && r != -ENOENT) {
                log_error(
                        "Failed to read the counters of nftables: %s; run it as root",
                        strerror(-r));
                return CTL_FAILURE;
        }
        if (ctl->options.json)
                return print_as_json(ctl, &counters);
        if (!counters.is_loaded) {
                log_error("The guard against floods of queries is not loaded; \"l4d2ctl doctor\" "
                          "tells how to load it");
                return CTL_NOT_RUNNING;
        }
        return print_table(&counters);
}
