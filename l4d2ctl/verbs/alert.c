/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl alert: the commands that run at alerts, and a test of them. */

#include <string.h>

#include "alert/commands.h"
#include "alert/name.h"
#include "base/log.h"
#include "base/text.h"
#include "common/listing.h"
#include "common/output.h"
#include "verbs/verbs.h"

static int open_commands(const Ctl *ctl, AlertCommands *ret) {
        const char *directory = ctl->paths->alerts_dir;
        int r;

        r = alert_commands_open(directory, ret);
        if (r == -EPERM)
                log_error(
                        "No command of %s runs: only root may own it and write to it; run "
                        "\"chown root: %s && chmod 755 %s\"",
                        directory, directory, directory);
        else if (r < 0)
                (void) log_error_errno(r, "Failed to read %s", directory);
        return r < 0 ? CTL_FAILURE : CTL_OK;
}

/* --- list ------------------------------------------------------------------------------------- */

static int print_as_json(const Ctl *ctl, const AlertCommands *commands) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < commands->n_items && r >= 0; i++)
                r = sd_json_variant_append_arraybo(
                        &array, SD_JSON_BUILD_PAIR_STRING("name", commands->items[i].name),
                        SD_JSON_BUILD_PAIR_STRING("problem", commands->items[i].problem));
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make JSON");
                return CTL_FAILURE;
        }
        return output_json(ctl, array);
}

static int alert_list(Ctl *ctl) {
        static const ListingColumn columns[] = { { N_("COMMAND"), false },
                                                 { N_("STATE"), false },
                                                 {} };
        _cleanup_(alert_commands_clear) AlertCommands commands = {};
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        r = open_commands(ctl, &commands);
        if (r != CTL_OK || ctl->options.json)
                return r != CTL_OK ? r : print_as_json(ctl, &commands);
        r = listing_new(columns, &listing);
        for (size_t i = 0; i < commands.n_items && r >= 0; i++) {
                const char *problem = commands.items[i].problem;

                r = listing_add(
                        listing, (const char *[]) { commands.items[i].name,
                                                    problem ? _(problem) : _("ok") });
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the table");
                return CTL_FAILURE;
        }
        return listing_print(listing);
}

/* --- test ------------------------------------------------------------------------------------- */

static bool any_runs(const Ctl *ctl, const AlertCommands *commands) {
        bool any = false;

        for (size_t i = 0; i < commands->n_items; i++)
                any |= !commands->items[i].problem;
        if (!any)
                log_error(
                        "No command runs at alerts: put one into %s; examples are in "
                        "/usr/share/doc/left4me/examples/alerts",
                        ctl->paths->alerts_dir);
        return any;
}

static int send_test(Ctl *ctl) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        char unit[ALERT_UNIT_MAX];
        const UnitJob *job;
        int r;

        alert_unit_name(ALERT_TEST, ALERT_HOST, unit);
        r = unit_jobs_new(ctl->bus, &jobs);
        if (r >= 0)
                r = unit_jobs_add(jobs, "StartUnit", unit, &error);
        if (r >= 0)
                r = unit_jobs_wait(jobs);
        if (r < 0) {
                log_error("Failed to start %s: %s", unit, bus_error_message(&error, r));
                return CTL_FAILURE;
        }
        job = unit_jobs_find(jobs, unit);
        if (!job || !job->result || strcmp(job->result, "done") != 0) {
                log_error("A command failed; 'journalctl -u %s' says why", unit);
                return CTL_FAILURE;
        }
        log_info("The commands have sent the test");
        return CTL_OK;
}

static int alert_test(Ctl *ctl) {
        _cleanup_(alert_commands_clear) AlertCommands commands = {};
        int r;

        r = open_commands(ctl, &commands);
        if (r == CTL_OK && !any_runs(ctl, &commands))
                r = CTL_FAILURE;
        if (r == CTL_OK)
                r = ctl_open_bus(ctl);
        return r == CTL_OK ? send_test(ctl) : r;
}

static const Verb actions[] = {
        { "list", "", 0, 0, OPTION_JSON, false, alert_list,
          N_("The commands that run when a server crashes or hangs"), RIGHTS_ADMIN },
        { "test", "", 0, 0, OPTIONS_NONE, false, alert_test,
          N_("Run these commands with an alert that says it is a test"), RIGHTS_ADMIN },
};

const VerbGroup alert_verbs = { "alert", actions, ELEMENTSOF(actions),
                                N_("Commands that run when a server crashes or hangs") };
