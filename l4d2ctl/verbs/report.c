/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl report: makes new reports for the web app's host page. Each is another verb's output with
 * --json, run by a unit of its own and kept in /run/left4me/reports.
 */

#include <string.h>

#include "base/log.h"
#include "verbs/verbs.h"

static int begin_all(UnitJobs *jobs) {
        for (const char *const *name = unit_reports; *name; name++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                char unit[UNIT_NAME_MAX];
                int r;

                unit_name(UNIT_REPORT, *name, unit);
                r = unit_jobs_add(jobs, "StartUnit", unit, &error);
                if (r < 0) {
                        log_error("Failed to start %s: %s", unit, bus_error_message(&error, r));
                        return CTL_FAILURE;
                }
        }
        return CTL_OK;
}

static int check_all(const UnitJobs *jobs) {
        int result = CTL_OK;

        for (const char *const *name = unit_reports; *name; name++) {
                char unit[UNIT_NAME_MAX];
                const UnitJob *job;

                unit_name(UNIT_REPORT, *name, unit);
                job = unit_jobs_find(jobs, unit);
                if (job && job->result && strcmp(job->result, "done") == 0)
                        continue;
                log_error(
                        "Failed to write the report '%s'; 'journalctl -u %s' says why", *name,
                        unit);
                result = CTL_FAILURE;
        }
        return result;
}

int verb_report(Ctl *ctl) {
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        int r;

        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        r = unit_jobs_new(ctl->bus, &jobs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to listen to systemd");
                return CTL_FAILURE;
        }
        r = begin_all(jobs);
        if (r != CTL_OK)
                return r;
        r = unit_jobs_wait(jobs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to wait for systemd");
                return CTL_FAILURE;
        }
        return check_all(jobs);
}
