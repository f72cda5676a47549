/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The game, for admins: its versions and the builds of these, whether Steam has a newer one, the
 * servers that run an older one, and the jobs that install and check.
 */

#include <string.h>

#include "app/answer.h"
#include "app/command.h"
#include "app/query.h"
#include "base/json.h"
#include "base/name.h"
#include "base/text.h"
#include "base/time-text.h"
#include "content/update-check.h"
#include "pages/host-model.h"
#include "pages/job-page.h"
#include "pages/pages.h"
#include "pages/version-model.h"
#include "view/model.h"

/* --- what is installed, and what Steam has ------------------------------------------------------
 */

static int add_update(const GameUpdate *update, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *object = NULL, *checked = NULL;
        const char *build = update->build[0] != '\0' ? update->build : NULL;
        int r;

        r = model_time(update->is_checked ? update->check.checked : 0, now_realtime(), &checked);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_BOOLEAN("is_installed", !!update->version),
                        SD_JSON_BUILD_PAIR_STRING("build", build),
                        SD_JSON_BUILD_PAIR_STRING(
                                "available", update->is_checked ? update->check.available : NULL),
                        SD_JSON_BUILD_PAIR_VARIANT("checked", checked),
                        SD_JSON_BUILD_PAIR_BOOLEAN("has_update", update->has_update),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_newest", update->is_newest));
        return r < 0 ? r : sd_json_variant_set_field(model, "game", object);
}

int host_add_game(const Request *request, sd_json_variant **model) {
        _cleanup_(game_update_clear) GameUpdate update = {};

        game_update_load(request->web->paths, &update);
        return add_update(&update, model);
}

/* --- its versions -------------------------------------------------------------------------------
 */

static int add_version(sd_json_variant *found, sd_json_variant **list) {
        _cleanup_json_ sd_json_variant *object = NULL;
        const char *build = json_text(found, "build");
        int r;

        r = version_to_model(found, &object);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(&object, "build", SD_JSON_BUILD_STRING(build));
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

static int add_versions(sd_json_variant *found, sd_json_variant **model) {
        size_t n = sd_json_variant_elements(found);
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = add_version(sd_json_variant_by_index(found, i), &list);
        if (r >= 0)
                r = sd_json_variant_set_field(model, "versions", list);
        return r < 0 ? r : sd_json_variant_set_field_boolean(model, "has_versions", n > 0);
}

/* --- the page -----------------------------------------------------------------------------------
 */

static bool is_running(sd_json_variant *job) {
        const char *result = json_text(job, "result");

        return result && strcmp(result, job_result_to_string(JOB_RUNNING)) == 0;
}

/* known: the versions, and the newest check with its log, if there is one. installation: the newest
 * with its log; NULL: none is known. A check that runs is shown in its place. */
static int show(Request *request, sd_json_variant *known, sd_json_variant *installation) {
        _cleanup_json_ sd_json_variant *model = NULL, *checked = NULL;
        sd_json_variant *versions = sd_json_variant_by_key(known, "versions");
        sd_json_variant *check = sd_json_variant_by_key(known, "check");
        bool is_checking = is_running(check);
        int r;

        r = host_add_game(request, &model);
        if (r >= 0)
                r = add_versions(versions, &model);
        if (r >= 0)
                r = version_add_outdated(request, NULL, versions, &model);
        if (r >= 0)
                r = job_add_to_model(is_checking ? check : installation, &model);
        if (r >= 0 && check && !is_checking)
                r = job_to_model(check, &checked);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(&model, "check", SD_JSON_BUILD_VARIANT(checked));
        return r < 0 ? r : answer_page(request, 200, "host-game", model);
}

/* Each has a question of its own: checks are made daily, an installation may be older than all that
 * a list would have. */
static int ask_job(Request *request, JobKind kind, sd_json_variant *known, AskMoreHandler handler) {
        char unit[JOB_UNIT_MAX];
        int r;

        r = job_unit_name(kind, NULL, unit);
        return r < 0 ? r
                     : ask_more(
                               request,
                               (const char *[]) { "job", "show", unit, "--json", "--lines=20",
                                                  NULL },
                               ASK_DEADLINE, known, handler);
}

static int ask_installation(Request *request, sd_json_variant *versions, sd_json_variant *check) {
        _cleanup_json_ sd_json_variant *known = NULL;
        int r;

        r = sd_json_buildo(&known, SD_JSON_BUILD_PAIR_VARIANT("versions", versions));
        if (r >= 0 && check)
                r = sd_json_variant_set_field(&known, "check", check);
        if (r < 0)
                return r;
        return is_running(check) ? show(request, known, NULL)
                                 : ask_job(request, JOB_INSTALL, known, show);
}

static int ask_check(Request *request, sd_json_variant *versions) {
        return ask_job(request, JOB_CHECK, versions, ask_installation);
}

int page_game(Request *request) {
        return ask_run(request, (const char *[]) { "game", "versions", "--json", NULL }, ask_check);
}

/* --- what can be done ---------------------------------------------------------------------------
 */

int post_game_install(Request *request) {
        const char *validate = request_field(request, "validate");

        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "install", "--no-wait",
                                                        validate ? "--validate" : NULL, NULL },
                        .location = "/host/game",
                        .done = _("The update of the game has begun."),
                        .failed = _("The update of the game has not begun."),
                        .again = page_game,
                });
}

int post_game_check(Request *request) {
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "install", "--check", "--no-wait", NULL },
                        .location = "/host/game",
                        .done = _("Steam is being asked for the newest build."),
                        .failed = _("Steam was not asked for the newest build."),
                        .again = page_game,
                });
}

int post_game_rollback(Request *request) {
        const char *version = request_field(request, "version");
        char done[512];

        /* Its name is a directory's, like a part of a ref; '-' would be an option. */
        if (!version || !ref_is_valid(version) || strchr(version, '/'))
                return answer_failed(request, 422, _("No version was chosen."), NULL, page_game);
        (void) snprintf(
                done, sizeof(done),
                _("The game is at version %s again. A server gets it when it starts."), version);
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "game", "rollback", version, NULL },
                        .location = "/host/game",
                        .done = done,
                        .failed = _("Failed to roll the game back."),
                        .again = page_game,
                });
}
