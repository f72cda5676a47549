/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* /jobs/{job}: one job with its log, and Cancel. l4d2ctl decides who may see it. */

#include <string.h>

#include "app/answer.h"
#include "app/command.h"
#include "app/query.h"
#include "base/json.h"
#include "base/name.h"
#include "base/text.h"
#include "base/time-text.h"
#include "pages/job-page.h"
#include "pages/pages.h"
#include "serverlog/line.h"

enum { LINES_OF_PAGE = 500 };

static int events_href(const char *id, const LogLines *lines, char **ret) {
        const char *cursor = NULL;

        if (lines->n_lines > 0)
                cursor = json_text(
                        sd_json_variant_by_index(lines->array, lines->n_lines - 1), "cursor");
        return asprintf(
                       ret, "/jobs/%s/events%s%s", id, cursor ? "?after=" : "",
                       cursor ? cursor : "") < 0
                       ? -ENOMEM
                       : 0;
}

static int take_lines(sd_json_variant *found, LogLines *ret) {
        sd_json_variant *lines = json_list(found, "lines");
        int r;

        ret->now = now_realtime();
        r = sd_json_variant_new_array(&ret->array, NULL, 0);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(lines); i++)
                r = log_lines_append_json(sd_json_variant_by_index(lines, i), ret);
        return r;
}

static void lines_clear(LogLines *lines) {
        sd_json_variant_unref(lines->array);
}

int job_add_to_model(sd_json_variant *found, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *job = NULL;
        _cleanup_(lines_clear) LogLines lines = {};
        _cleanup_free_ char *events = NULL;
        int r;

        r = found ? job_to_model(found, &job) : 0;
        if (r >= 0)
                r = take_lines(found, &lines);
        if (r >= 0 && json_is_true(job, "is_running") && json_text(found, "id"))
                r = events_href(json_text(found, "id"), &lines, &events);
        if (r < 0)
                return r;
        return sd_json_variant_merge_objectbo(
                model, SD_JSON_BUILD_PAIR_VARIANT("job", job),
                SD_JSON_BUILD_PAIR_VARIANT("lines", lines.array),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_lines", lines.n_lines > 0),
                SD_JSON_BUILD_PAIR_STRING("events_href", events));
}

static int show(Request *request, sd_json_variant *found) {
        _cleanup_json_ sd_json_variant *model = NULL;
        sd_json_variant *job;
        size_t n;
        int r;

        r = job_add_to_model(found, &model);
        if (r < 0)
                return r;
        job = sd_json_variant_by_key(model, "job");
        n = sd_json_variant_elements(sd_json_variant_by_key(model, "lines"));
        request_set_title(request, _("Job %s"), json_text(job, "short_id"));
        r = sd_json_variant_set_field_boolean(&model, "is_truncated", n >= LINES_OF_PAGE);
        return r < 0 ? r : answer_page(request, 200, "job", model);
}

int page_job(Request *request) {
        const char *operand = request_parameter(request, "job");
        char lines[32];

        (void) snprintf(lines, sizeof(lines), "--lines=%d", LINES_OF_PAGE);
        return ask_run(
                request, (const char *[]) { "job", "show", operand, "--json", lines, NULL }, show);
}

/* The page of an overlay has the button too, and is where its user returns then. */
static const char *overlay_in_back(const Request *request) {
        const char prefix[] = "/overlays/", *back = request_field(request, "back");

        if (!back || strncmp(back, prefix, strlen(prefix)) != 0 ||
            !ref_is_valid(back + strlen(prefix)))
                return NULL;
        return back;
}

int post_job_cancel(Request *request) {
        const char *operand = request_parameter(request, "job"), *back = overlay_in_back(request);
        char location[ROUTE_VALUE_MAX + 32];

        (void) snprintf(
                location, sizeof(location), back ? "%s" : "/jobs/%s", back ? back : operand);
        return action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { "job", "cancel", operand, NULL },
                                 .location = location,
                                 .done = _("The job has ended."),
                                 .failed = _("The job was not cancelled."),
                                 .again = page_job,
                         });
}
