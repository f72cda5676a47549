/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* /jobs: what made content, newest first. Users see the jobs of their overlays, admins all. */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/query.h"
#include "auth/users.h"
#include "base/json.h"
#include "base/text.h"
#include "pages/job-page.h"
#include "pages/pages.h"

enum { JOBS_OF_PAGE = 50, ARGUMENT_MAX = JOB_REF_MAX + 32 };

/* The filters of the query; NULL: all. An unknown value counts as none. */
typedef struct Filter {
        const char *kind, *result, *overlay, *server;
} Filter;

static void get_filter(const Request *request, Filter *ret) {
        *ret = (Filter) {
                .kind = request_query(request, "kind"),
                .result = request_query(request, "result"),
                .overlay = request_query(request, "overlay"),
                .server = request_query(request, "server"),
        };
        if (ret->kind && job_kind_from_string(ret->kind, &(JobKind) {}) < 0)
                ret->kind = NULL;
        if (ret->result && job_result_from_string(ret->result, &(JobResult) {}) < 0)
                ret->result = NULL;
        if (ret->overlay && !ref_is_valid(ret->overlay))
                ret->overlay = NULL;
        if (ret->server && !instance_name_is_valid(ret->server))
                ret->server = NULL;
}

static int add_choice(
        const char *value, const char *label, const char *chosen, sd_json_variant **list) {
        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_STRING("value", value),
                SD_JSON_BUILD_PAIR_STRING("label", label),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_selected", chosen && strcmp(chosen, value) == 0));
}

/* Only admins see jobs of the game. */
static int add_choices(
        const Request *request, const Filter *filter, sd_json_variant **kinds,
        sd_json_variant **results) {
        int r = 0;

        for (JobKind kind = 0; r >= 0 && kind < _JOB_KIND_MAX; kind++)
                if (request->user->is_admin || job_kind_has_ref(kind))
                        r = add_choice(
                                job_kind_to_string(kind), job_kind_text(kind), filter->kind, kinds);
        for (JobResult result = 0; r >= 0 && result < _JOB_RESULT_MAX; result++)
                r = add_choice(
                        job_result_to_string(result), job_result_text(result), filter->result,
                        results);
        return r;
}

static int show(Request *request, sd_json_variant *found) {
        _cleanup_json_ sd_json_variant *model = NULL, *list = NULL, *kinds = NULL, *results = NULL;
        size_t n = sd_json_variant_elements(found);
        Filter filter;
        int r;

        get_filter(request, &filter);
        r = jobs_to_model(found, &list);
        if (r >= 0)
                r = add_choices(request, &filter, &kinds, &results);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_VARIANT("jobs", list),
                        SD_JSON_BUILD_PAIR_BOOLEAN("has_jobs", n > 0),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_truncated", n >= JOBS_OF_PAGE),
                        SD_JSON_BUILD_PAIR_STRING("overlay", filter.overlay),
                        SD_JSON_BUILD_PAIR_STRING("server", filter.server),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "is_filtered",
                                filter.kind || filter.result || filter.overlay || filter.server),
                        SD_JSON_BUILD_PAIR_VARIANT("kinds", kinds),
                        SD_JSON_BUILD_PAIR_VARIANT("results", results));
        return r < 0 ? r : answer_page(request, 200, "jobs", model);
}

int page_jobs(Request *request) {
        char lines[ARGUMENT_MAX], kind[ARGUMENT_MAX], result[ARGUMENT_MAX], server[ARGUMENT_MAX];
        const char *arguments[9] = { "job", "list", "--json", lines };
        size_t n = 4;
        Filter filter;

        get_filter(request, &filter);
        if (filter.server && !access_to_server(request, filter.server))
                return answer_error(request, 404, NULL);
        (void) snprintf(lines, sizeof(lines), "--jobs=%d", JOBS_OF_PAGE);
        if (filter.kind) {
                (void) snprintf(kind, sizeof(kind), "--kind=%s", filter.kind);
                arguments[n++] = kind;
        }
        if (filter.result) {
                (void) snprintf(result, sizeof(result), "--result=%s", filter.result);
                arguments[n++] = result;
        }
        if (filter.server) {
                (void) snprintf(server, sizeof(server), "--server=%s", filter.server);
                arguments[n++] = server;
        }
        if (filter.overlay)
                arguments[n++] = filter.overlay;
        arguments[n] = NULL;
        return ask_run(request, arguments, show);
}
