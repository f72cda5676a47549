/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/job-run.h"

#include "base/log.h"
#include "common/audit-log.h"
#include "content/job-unit.h"
#include "jobs/job-follow.h"

static int name_unit(JobKind kind, const char *ref, char ret[static JOB_UNIT_MAX]) {
        if (job_unit_name(kind, ref, ret) >= 0)
                return CTL_OK;
        log_error("Invalid name of an overlay: '%s'", ref ? ref : "");
        return CTL_USAGE;
}

/* Two starts at the same time become one job of systemd. */
int job_check_idle(Ctl *ctl, JobKind kind, const char *ref) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(job_unit_clear) JobUnit state = {};
        char unit[JOB_UNIT_MAX];
        int r;

        r = name_unit(kind, ref, unit);
        if (r == CTL_OK)
                r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        r = job_unit_read_state(ctl->bus, unit, &state, &error);
        if (r < 0) {
                log_error("Failed to ask systemd about %s: %s", unit, bus_error_message(&error, r));
                return CTL_FAILURE;
        }
        if (!state.is_active)
                return CTL_OK;
        log_error(
                "%s runs already: 'l4d2ctl job logs --follow %.*s' shows its log, 'l4d2ctl job "
                "cancel %.*s' ends it",
                unit, JOB_ID_SHORT, state.id, JOB_ID_SHORT, state.id);
        return CTL_CONFLICT;
}

static int prepare(Ctl *ctl, const JobRun *run) {
        int r;

        r = job_check_idle(ctl, run->kind, run->ref);
        return r == CTL_OK && run->prepare ? run->prepare(ctl, run->userdata) : r;
}

static int start(Ctl *ctl, const JobRun *run, JobFollow *follow, char ret_id[static JOB_ID_MAX]) {
        int r;

        r = prepare(ctl, run);
        if (r == CTL_OK)
                r = job_follow_start(follow, ret_id);
        if (run->release)
                run->release(run->userdata);
        return r;
}

int job_run(Ctl *ctl, const JobRun *run) {
        _cleanup_(job_follow_freep) JobFollow *follow = NULL;
        char unit[JOB_UNIT_MAX], id[JOB_ID_MAX];
        int r;

        r = name_unit(run->kind, run->ref, unit);
        if (r == CTL_OK)
                r = job_follow_new(ctl, unit, &follow);
        if (r == CTL_OK)
                r = start(ctl, run, follow, id);
        if (r != CTL_OK)
                return r;

        audit_log_job(run->ref, run->action, id);
        if (run->ret_id)
                (void) snprintf(run->ret_id, JOB_ID_MAX, "%s", id);
        if (!ctl->options.no_wait)
                return job_follow_to_the_end(follow, id, 0);
        job_wait_for_begin(ctl, id);
        log_notice(
                "Job %.*s runs: 'l4d2ctl job logs --follow %.*s' shows its log", JOB_ID_SHORT, id,
                JOB_ID_SHORT, id);
        return CTL_OK;
}
