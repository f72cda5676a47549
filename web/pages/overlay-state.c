/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How an overlay's last build went: by its newest job, or by what lies there. */

#include <string.h>

#include "base/text.h"
#include "pages/job-page.h"
#include "pages/overlay-page.h"
#include "pages/report.h"

/* The newest of this overlay; NULL: the list has none. */
static sd_json_variant *find_job(sd_json_variant *jobs, const char *ref) {
        for (size_t i = 0; i < sd_json_variant_elements(jobs); i++) {
                sd_json_variant *job = sd_json_variant_by_index(jobs, i);
                const char *of = report_text(job, "ref");

                if (of && strcmp(of, ref) == 0)
                        return job;
        }
        return NULL;
}

/* NULL: a page says already what is wrong. A job that was cancelled left what was there. */
static const char *state_of(sd_json_variant *overlay, const Job *job, const char **ret_text) {
        if (job && job->result == JOB_RUNNING) {
                *ret_text = _("building");
                return "building";
        }
        if (job && (job->result == JOB_FAILED || job->result == JOB_TIMED_OUT)) {
                *ret_text = _("failed");
                return "failed";
        }
        if (report_is(overlay, "is_new")) {
                *ret_text = _("never built");
                return "never-built";
        }
        if (report_is(overlay, "is_missing") || report_text(overlay, "problem"))
                return NULL;
        *ret_text = _("ok");
        return "ok";
}

int overlay_add_build(sd_json_variant *jobs, sd_json_variant **overlay) {
        sd_json_variant *found = find_job(jobs, report_text(*overlay, "ref"));
        const char *state, *text = NULL;
        char href[JOB_ID_MAX + 16];
        Job job;
        int r;

        r = found ? job_of_json(found, &job) : 0;
        if (r < 0)
                return r;
        if (found)
                (void) snprintf(href, sizeof(href), "/jobs/%s", job.id);
        state = state_of(*overlay, found ? &job : NULL, &text);
        return sd_json_variant_merge_objectbo(
                overlay, SD_JSON_BUILD_PAIR_STRING("build_state", state),
                SD_JSON_BUILD_PAIR_STRING("build_text", text),
                SD_JSON_BUILD_PAIR_STRING("build_href", found ? href : NULL));
}
