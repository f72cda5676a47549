/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How an overlay's last build went: by its newest job, or by what lies there. */

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "pages/job-page.h"
#include "pages/overlay-page.h"

sd_json_variant *overlay_find_job(sd_json_variant *jobs, const char *ref) {
        for (size_t i = 0; i < sd_json_variant_elements(jobs); i++) {
                sd_json_variant *job = sd_json_variant_by_index(jobs, i);
                const char *of = json_text(job, "ref");

                if (of && strcmp(of, ref) == 0)
                        return job;
        }
        return NULL;
}

/* NULL: the job left a version, or what lies there says more. */
static const char *state_of_job(const Job *job, const char **ret_text) {
        static const struct {
                const char *state, *text;
        } states[_JOB_RESULT_MAX] = {
                [JOB_RUNNING] = { "building", N_("building") },
                [JOB_FAILED] = { "failed", N_("failed") },
                [JOB_CANCELLED] = { "cancelled", N_("cancelled") },
                [JOB_TIMED_OUT] = { "timed-out", N_("timed out") },
        };

        if (!job || !states[job->result].state)
                return NULL;
        *ret_text = _(states[job->result].text);
        return states[job->result].state;
}

/* Files that people put there have no job that could fail, but for archives. */
static bool can_fail(sd_json_variant *overlay) {
        const char *kind = json_text(overlay, "kind");

        return kind && strcmp(kind, "files") != 0;
}

/* NULL: a page says already what is wrong. */
static const char *state_of(
        sd_json_variant *overlay, const Job *job, bool is_known, const char **ret_text) {
        const char *state = state_of_job(job, ret_text);

        if (state)
                return state;
        if (!job && !is_known && can_fail(overlay)) {
                *ret_text = _("unknown");
                return "unknown";
        }
        if (json_is_true(overlay, "is_new")) {
                *ret_text = _("never built");
                return "never-built";
        }
        if (json_is_true(overlay, "is_missing") || json_text(overlay, "problem"))
                return NULL;
        *ret_text = _("ok");
        return "ok";
}

int overlay_add_build(sd_json_variant *found, bool is_known, sd_json_variant **overlay) {
        const char *state, *text = NULL;
        char href[JOB_ID_MAX + 16];
        Job job;
        int r;

        r = found ? job_of_json(found, &job) : 0;
        if (r < 0)
                return r;
        if (found)
                (void) snprintf(href, sizeof(href), "/jobs/%s", job.id);
        state = state_of(*overlay, found ? &job : NULL, is_known, &text);
        return sd_json_variant_merge_objectbo(
                overlay, SD_JSON_BUILD_PAIR_STRING("build_state", state),
                SD_JSON_BUILD_PAIR_STRING("build_text", text),
                SD_JSON_BUILD_PAIR_STRING("build_href", found && job.id[0] != '\0' ? href : NULL));
}

/* Which sentence a page says about it. */
static int add_sentence(const Job *job, sd_json_variant **model) {
        sd_json_variant *ended = sd_json_variant_by_key(*model, "ended");
        sd_json_variant *begun = sd_json_variant_by_key(*model, "begun");

        return sd_json_variant_merge_objectbo(
                model, SD_JSON_BUILD_PAIR_BOOLEAN("is_unpack", job->kind == JOB_UNPACK),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_done", job->result == JOB_DONE),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_failed", job->result == JOB_FAILED),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_cancelled", job->result == JOB_CANCELLED),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_timed_out", job->result == JOB_TIMED_OUT),
                SD_JSON_BUILD_PAIR_VARIANT("at", job->ended > 0 ? ended : begun));
}

int overlay_add_job(sd_json_variant *found, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *object = NULL;
        Job job;
        int r;

        r = job_add_to_model(found, model);
        if (r < 0 || !found)
                return r;
        object = sd_json_variant_ref(sd_json_variant_by_key(*model, "job"));
        r = job_of_json(found, &job);
        if (r >= 0)
                r = add_sentence(&job, &object);
        return r < 0 ? r : sd_json_variant_set_field(model, "job", object);
}
