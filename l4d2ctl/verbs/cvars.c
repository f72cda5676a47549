/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl cvars: the commands and variables of a running server with their help, without values,
 * because some are passwords.
 */

#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "base/visible-text.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "jobs/session.h"
#include "verbs/verbs.h"

static int print_as_json(const CvarList *list) {
        _cleanup_json_ sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < list->n_items && r >= 0; i++) {
                const Cvar *cvar = &list->items[i];
                char help[VISIBLE_TEXT_MAX(CVAR_HELP_MAX)];

                (void) visible_text(cvar->help, strlen(cvar->help), help);
                r = sd_json_variant_append_arraybo(
                        &array, SD_JSON_BUILD_PAIR_STRING("name", cvar->name),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_command", cvar->flags & CVAR_COMMAND),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_cheat", cvar->flags & CVAR_CHEAT),
                        SD_JSON_BUILD_PAIR_STRING("help", help));
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make JSON");
                return CTL_FAILURE;
        }
        return print_json(array);
}

static int print_table(const CvarList *list) {
        static const ListingColumn columns[] = {
                { N_("NAME"), false },
                { N_("KIND"), false },
                { N_("CHEAT"), false },
                { N_("HELP"), false },
                {},
        };
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        r = listing_new(columns, &listing);
        for (size_t i = 0; i < list->n_items && r >= 0; i++) {
                const Cvar *cvar = &list->items[i];
                char help[VISIBLE_TEXT_MAX(CVAR_HELP_MAX)];

                (void) visible_text(cvar->help, strlen(cvar->help), help);
                r = listing_add(
                        listing, (const char *[]) {
                                         cvar->name,
                                         cvar->flags & CVAR_COMMAND ? _("command") : _("variable"),
                                         cvar->flags & CVAR_CHEAT ? _("yes") : NULL, help });
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the table");
                return CTL_FAILURE;
        }
        return listing_print(listing);
}

int verb_cvars(Ctl *ctl) {
        _cleanup_(cvar_list_clear) CvarList list = {};
        int r;

        r = ctl_check_names(ctl, 0);
        if (r == CTL_OK)
                r = session_cvars(ctl, ctl->operands[0], &list);
        if (r != CTL_OK)
                return r;
        return ctl->options.json ? print_as_json(&list) : print_table(&list);
}
