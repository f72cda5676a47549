/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The host, for admins: what the doctor found, how exposed each running server is, the slices, and
 * the disk. The first two and the layers come from reports that root's units make; see
 * pages/report.h.
 */

#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "app/answer.h"
#include "app/command.h"
#include "app/dispatch.h"
#include "base/json.h"
#include "base/text-message.h"
#include "base/text.h"
#include "base/time-text.h"
#include "pages/host-model.h"
#include "pages/pages.h"
#include "pages/report.h"
#include "systemd/bus-names.h"
#include "view/model.h"

enum { LINE_MAX_LENGTH = 256 };

/* --- what host it is -------------------------------------------------------------------------- */

/* PRETTY_NAME of os-release(5), without its quotes. */
static void read_system_name(char name[static LINE_MAX_LENGTH]) {
        _cleanup_fclose_ FILE *f = fopen("/etc/os-release", "re");
        static const char key[] = "PRETTY_NAME=";
        char line[LINE_MAX_LENGTH];

        (void) snprintf(name, LINE_MAX_LENGTH, "Linux");
        while (f && fgets(line, sizeof(line), f)) {
                const char *value = line + strlen(key);

                if (strncmp(line, key, strlen(key)) != 0)
                        continue;
                value += strspn(value, "\"'");
                (void) snprintf(
                        name, LINE_MAX_LENGTH, "%.*s", (int) strcspn(value, "\"'\n"), value);
        }
}

static int add_host(const char *systemd, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *up = NULL;
        char system[LINE_MAX_LENGTH];
        struct utsname kernel;
        uint64_t now;
        int r;

        if (uname(&kernel) < 0)
                return -errno;
        read_system_name(system);
        now = now_realtime();
        r = model_time(now - now_boottime(), now, &up); /* when the kernel started */
        if (r < 0)
                return r;
        return sd_json_variant_merge_objectbo(
                model, SD_JSON_BUILD_PAIR_STRING("hostname", kernel.nodename),
                SD_JSON_BUILD_PAIR_STRING("system", system),
                SD_JSON_BUILD_PAIR_STRING("kernel", kernel.release),
                SD_JSON_BUILD_PAIR_STRING("systemd", systemd),
                SD_JSON_BUILD_PAIR_VARIANT("up_since", up));
}

/* --- a report --------------------------------------------------------------------------------- */

int host_report_load(
        const Request *request, const char *name, sd_json_variant **ret, sd_json_variant **ret_time,
        char **ret_error) {
        uint64_t usec = 0;
        int r;

        r = report_read(request->web->paths, name, ret, &usec);
        if (r == -ENOMEM)
                return r;
        if (r < 0 && r != -ENOENT &&
            asprintf(ret_error, _("Failed to read the report '%s': %s"), name, strerror(-r)) < 0) {
                *ret_error = NULL;
                return -ENOMEM;
        }
        return model_time(usec, now_realtime(), ret_time);
}

/* --- the doctor's findings -------------------------------------------------------------------- */

/* In the page's order: findings to fix first are on top. */
enum { FOUND_ERROR, FOUND_WARNING, FOUND_UNKNOWN, FOUND_OK, FOUND_MAX };
static const char *const found_states[FOUND_MAX] = {
        N_("error"),
        N_("warning"),
        N_("unknown"),
        N_("ok"),
};

static const char *finding_state_text(const char *state) {
        for (size_t i = 0; i < FOUND_MAX; i++)
                if (state && strcmp(state, found_states[i]) == 0)
                        return _(found_states[i]);
        return state;
}

static int add_finding(sd_json_variant *found, sd_json_variant **list) {
        const char *state = json_text(found, "state"), *code = json_text(found, "code"),
                   *fix = json_text(found, "fix");
        _cleanup_json_ sd_json_variant *object = NULL;
        _cleanup_free_ char *message = NULL;
        int r;

        r = text_message_translate(found, &message);
        if (r == -ENOMEM)
                return r;
        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("check", json_text(found, "check")),
                SD_JSON_BUILD_PAIR_STRING("state", state),
                SD_JSON_BUILD_PAIR_STRING("state_text", finding_state_text(state)),
                SD_JSON_BUILD_PAIR_STRING(
                        "message", message ? message : json_text(found, "message")),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_translated", message && text_is_translated(code)),
                SD_JSON_BUILD_PAIR_STRING("fix", fix ? text_phrase(fix) : NULL));
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

static int add_findings(
        sd_json_variant *found, uint64_t counts[static FOUND_MAX], sd_json_variant **list) {
        int r = 0;

        for (size_t o = 0; o < FOUND_MAX; o++)
                for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(found); i++) {
                        sd_json_variant *one = sd_json_variant_by_index(found, i);
                        const char *state = json_text(one, "state");

                        if (!state || strcmp(state, found_states[o]) != 0)
                                continue;
                        counts[o]++;
                        r = add_finding(one, list);
                }
        return r;
}

static int add_doctor(const Request *request, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *found = NULL, *list = NULL, *time = NULL, *object = NULL;
        _cleanup_free_ char *error = NULL;
        uint64_t counts[FOUND_MAX] = {};
        int r;

        r = host_report_load(request, "doctor", &found, &time, &error);
        if (r >= 0)
                r = sd_json_variant_new_array(&list, NULL, 0);
        if (r >= 0)
                r = add_findings(found, counts, &list);
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_BOOLEAN("is_known", found != NULL),
                        SD_JSON_BUILD_PAIR_VARIANT("time", time),
                        SD_JSON_BUILD_PAIR_VARIANT("findings", list),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_ok", counts[FOUND_OK]),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_warnings", counts[FOUND_WARNING]),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_errors", counts[FOUND_ERROR]),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_unknown", counts[FOUND_UNKNOWN]),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "all_ok",
                                found && counts[FOUND_OK] == sd_json_variant_elements(found)),
                        SD_JSON_BUILD_PAIR_STRING("error", error));
        return r < 0 ? r : sd_json_variant_set_field(model, "doctor", object);
}

/* --- the page --------------------------------------------------------------------------------- */

/* userdata: systemd's version. */
static int build(Request *request, const void *userdata) {
        _cleanup_json_ sd_json_variant *model = NULL;
        int r;

        r = add_host(userdata, &model);
        if (r >= 0)
                r = host_add_game(request, &model);
        if (r >= 0)
                r = add_doctor(request, &model);
        if (r >= 0)
                r = host_add_hardening(request, &model);
        if (r >= 0)
                r = host_add_guard(request, &model);
        if (r >= 0)
                r = host_add_slices(request, &model);
        if (r >= 0)
                r = host_add_disk(request, &model);
        return r < 0 ? r : answer_page(request, 200, "host", model);
}

static int on_version(sd_bus_message *reply, void *userdata, sd_bus_error *reterr _unused_) {
        const char *version = "unknown";

        if (!sd_bus_message_is_method_error(reply, NULL))
                (void) !(
                        sd_bus_message_enter_container(reply, 'v', "s") >= 0 &&
                        sd_bus_message_read(reply, "s", &version) >= 0);
        request_continue(userdata, build, NULL, version);
        return 0;
}

int page_host(Request *request) {
        int r;

        /* The one thing here that has to be asked for. */
        r = sd_bus_call_method_async(
                request->web->bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, DBUS_PROPERTIES, "Get",
                on_version, request, "ss", SYSTEMD_MANAGER, "Version");
        if (r < 0)
                return build(request, "unknown");
        request_wait(request);
        return 0;
}

int post_host_check(Request *request) {
        return action_run(
                request, &(Action) {
                                 .arguments = (const char *[]) { "report", NULL },
                                 .location = "/host",
                                 .done = _("The host was checked."),
                                 .failed = _("The host was not checked."),
                                 .again = page_host,
                         });
}
