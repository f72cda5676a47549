/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/job-page.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "view/model.h"

const char *job_kind_text(JobKind kind) {
        static const char *const texts[_JOB_KIND_MAX] = {
                [JOB_INSTALL] = N_("Game update"), [JOB_CHECK] = N_("Update check"),
                [JOB_WORKSHOP] = N_("Workshop"),   [JOB_RELEASE] = N_("Release"),
                [JOB_SCRIPT] = N_("Script"),       [JOB_UNPACK] = N_("Unpack"),
        };

        return _(texts[kind]);
}

/* --- from l4d2ctl -------------------------------------------------------------------------------
 */

static void copy_text(sd_json_variant *object, const char *key, char *ret, size_t size) {
        const char *text = json_text(object, key);

        (void) snprintf(ret, size, "%s", text ? text : "");
}

static int32_t integer_of(sd_json_variant *object, const char *key) {
        sd_json_variant *value = sd_json_variant_by_key(object, key);

        return value && sd_json_variant_is_integer(value) ? (int32_t) sd_json_variant_integer(value)
                                                          : 0;
}

int job_of_json(sd_json_variant *found, Job *ret) {
        const char *kind = json_text(found, "kind"), *result = json_text(found, "result");
        sd_json_variant *failure = sd_json_variant_by_key(found, "failure");

        *ret = (Job) {};
        if (!kind || !result || job_kind_from_string(kind, &ret->kind) < 0 ||
            job_result_from_string(result, &ret->result) < 0)
                return -EIO;
        copy_text(found, "id", ret->id, sizeof(ret->id));
        copy_text(found, "ref", ret->ref, sizeof(ret->ref));
        copy_text(found, "user", ret->user, sizeof(ret->user));
        ret->begun = json_number(found, "begun_usec", 0);
        ret->ended = json_number(found, "ended_usec", 0);
        copy_text(failure, "unit_result", ret->unit_result, sizeof(ret->unit_result));
        copy_text(failure, "command", ret->command, sizeof(ret->command));
        ret->exit_code = integer_of(failure, "exit_code");
        ret->exit_status = integer_of(failure, "exit_status");
        return 0;
}

/* --- the model ----------------------------------------------------------------------------------
 */

static int add_times(sd_json_variant *found, const Job *job, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *begun = NULL, *ended = NULL;
        uint64_t now = now_realtime();
        char duration[TIME_TEXT_MAX];
        int r;

        span_format(json_number(found, "duration_usec", 0), duration);
        r = model_time(job->begun, now, &begun);
        if (r >= 0)
                r = model_time(job->ended, now, &ended);
        if (r >= 0)
                r = sd_json_variant_set_field(model, "begun", begun);
        if (r >= 0)
                r = sd_json_variant_set_field(model, "ended", ended);
        return r < 0 ? r : sd_json_variant_set_field_string(model, "duration_text", duration);
}

/* The words come from the job: a person's script may say anything. */
static int add_progress(sd_json_variant *found, sd_json_variant **model) {
        uint64_t percent = json_number(found, "progress_percent", UINT64_MAX);
        const char *text = json_text(found, "progress_text");
        bool has_percent = percent <= 100;

        return sd_json_variant_merge_objectbo(
                model, SD_JSON_BUILD_PAIR_BOOLEAN("has_percent", has_percent),
                SD_JSON_BUILD_PAIR_UNSIGNED("percent", has_percent ? percent : 0),
                SD_JSON_BUILD_PAIR_STRING(
                        "progress_text", text && text[0] ? text_phrase(text) : ""),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_stopping", json_is_true(found, "is_stopping")));
}

static int add_limit(sd_json_variant *found, sd_json_variant **model) {
        uint64_t limit = json_number(found, "time_limit_usec", UINT64_MAX);
        char text[TIME_TEXT_MAX];

        return sd_json_variant_set_fieldb(
                model, "time_limit_text",
                SD_JSON_BUILD_STRING(limit == UINT64_MAX ? NULL : span_format(limit, text)));
}

static int add_links(const Job *job, sd_json_variant **model) {
        char href[JOB_ID_MAX + 16], ref_href[JOB_REF_MAX + 16] = "/host";
        bool is_theirs = job->id[0] != '\0';

        (void) snprintf(href, sizeof(href), "/jobs/%s", job->id);
        if (job->ref[0])
                (void) snprintf(ref_href, sizeof(ref_href), "/overlays/%s", job->ref);
        return sd_json_variant_merge_objectbo(
                model, SD_JSON_BUILD_PAIR_STRING("href", is_theirs ? href : NULL),
                SD_JSON_BUILD_PAIR_STRING("ref_href", ref_href));
}

int job_to_model(sd_json_variant *found, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *model = NULL;
        char reason[JOB_REASON_MAX], short_id[JOB_ID_SHORT + 1];
        Job job;
        int r;

        r = job_of_json(found, &job);
        if (r < 0)
                return r;
        /* The reason is not told to other users. */
        reason[0] = '\0';
        if (job.id[0] != '\0')
                job_describe(&job, reason);
        (void) snprintf(short_id, sizeof(short_id), "%.*s", JOB_ID_SHORT, job.id);
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_STRING("id", job.id[0] != '\0' ? job.id : NULL),
                SD_JSON_BUILD_PAIR_STRING("short_id", short_id),
                SD_JSON_BUILD_PAIR_STRING("unit", json_text(found, "unit")),
                SD_JSON_BUILD_PAIR_STRING("kind", job_kind_to_string(job.kind)),
                SD_JSON_BUILD_PAIR_STRING("kind_text", job_kind_text(job.kind)),
                SD_JSON_BUILD_PAIR_STRING("ref", job.ref[0] ? job.ref : NULL),
                SD_JSON_BUILD_PAIR_STRING("result", job_result_to_string(job.result)),
                SD_JSON_BUILD_PAIR_STRING("result_text", job_result_text(job.result)),
                SD_JSON_BUILD_PAIR_STRING("reason", reason[0] ? reason : NULL),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_running", job.result == JOB_RUNNING),
                SD_JSON_BUILD_PAIR_STRING("user", job.user[0] ? job.user : NULL));
        if (r >= 0)
                r = add_times(found, &job, &model);
        if (r >= 0)
                r = add_progress(found, &model);
        if (r >= 0)
                r = add_limit(found, &model);
        if (r >= 0)
                r = add_links(&job, &model);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(model);
        return 0;
}

int jobs_to_model(sd_json_variant *found, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;
        size_t n = found ? sd_json_variant_elements(found) : 0;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                _cleanup_json_ sd_json_variant *job = NULL;

                r = job_to_model(sd_json_variant_by_index(found, i), &job);
                if (r >= 0)
                        r = sd_json_variant_append_array(&list, job);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}
