/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl hardening [NAME…]: what protects running servers in fact, control by control, from what
 * the kernel shows of their main process. Exits with 7 when something that should protect does not.
 */

#include "base/log.h"
#include "base/text.h"
#include "common/output.h"
#include "common/table.h"
#include "hardening/controls.h"
#include "hardening/exposure.h"
#include "servers/blocked.h"
#include "servers/servers.h"
#include "verbs/verbs.h"

typedef struct Hardening {
        const Server *server;
        Subject subject;
        Controls controls;
        Exposure exposure;
        BlockedCall blocked; /* of this run; pid 0: none */
} Hardening;

static void hardening_clear(Hardening *hardening) {
        controls_clear(&hardening->controls);
        exposure_clear(&hardening->exposure);
        subject_clear(&hardening->subject);
        blocked_call_clear(&hardening->blocked);
}

static int complain(const Server *server, int error) {
        if (error == -EACCES || error == -EPERM)
                log_error(
                        "Failed to check the processes of '%s': only root can; "
                        "left4me-report@hardening.service does it for others",
                        server->name);
        else if (error == -ESRCH)
                log_error("Failed to check '%s': it ended meanwhile", server->name);
        else
                (void) log_error_errno(error, "Failed to check '%s'", server->name);
        return CTL_FAILURE;
}

static int examine(Ctl *ctl, const Server *server, Hardening *hardening) {
        const UnitState *unit = &server->query.state;
        int r;

        hardening->server = server;
        r = subject_load(
                ctl->bus, server->name, server->units.server, unit->main_pid, &hardening->subject);
        if (r >= 0)
                r = controls_examine(&hardening->subject, &hardening->controls);
        if (r < 0)
                return complain(server, r);

        /* Worth knowing, and no reason to keep the rest back. */
        r = exposure_load(server->units.server, &hardening->exposure);
        if (r < 0)
                (void) log_error_errno(
                        r, "Failed to have systemd-analyze rate '%s'", server->units.server);
        r = blocked_find_in_run(server->name, unit, &hardening->blocked);
        if (r < 0)
                (void) log_error_errno(
                        r, "Failed to look for blocked system calls of '%s'", server->name);
        return CTL_OK;
}

/* --- for people ------------------------------------------------------------------------------- */

static Color state_color(ControlState state) {
        return state == CONTROL_EFFECTIVE ? COLOR_GREEN : COLOR_RED;
}

static void print_remarks(const Hardening *hardening) {
        for (size_t i = 0; i < hardening->controls.n_items; i++) {
                const Control *control = &hardening->controls.items[i];

                if (!control->reason)
                        continue;
                printf("\n%s: %s.\n", control->name, control->reason);
                if (control->fix)
                        printf("    %s\n", control->fix);
        }
        if (hardening->blocked.pid > 0) {
                putchar('\n');
                blocked_print(&hardening->blocked, stdout);
        }
}

static int print_hardening(const Hardening *hardening) {
        static const char *const titles[] = { N_("CONTROL"), N_("STATE"), N_("EVIDENCE"), NULL };
        const Controls *controls = &hardening->controls;
        _cleanup_free_ TableRow *rows = calloc(controls->n_items + 1, sizeof(*rows));
        int r;

        if (!rows) {
                (void) log_error_errno(-ENOMEM, "Failed to print the table");
                return CTL_FAILURE;
        }
        for (size_t i = 0; i < controls->n_items; i++)
                rows[i] = (TableRow) {
                        .cells = { controls->items[i].name,
                                   _(control_state_to_string(controls->items[i].state)),
                                   controls->items[i].evidence },
                        .color = state_color(controls->items[i].state),
                };

        printf(_("%s%s%s - %s, process %u (%s), exposure %s by systemd\n"),
               color_on(COLOR_BOLD, stdout), hardening->server->name, color_off(COLOR_BOLD, stdout),
               hardening->server->units.server, hardening->subject.pid,
               hardening->subject.is_i386 ? "i386" : _("64-bit"),
               hardening->exposure.total[0] ? hardening->exposure.total : _("unknown"));
        r = table_print(titles, rows, controls->n_items);
        if (r == CTL_OK)
                print_remarks(hardening);
        return r;
}

/* --- for programs ----------------------------------------------------------------------------- */

static int control_to_json(const Control *control, sd_json_variant **ret) {
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("name", control->name),
                SD_JSON_BUILD_PAIR_STRING("state", control_state_to_string(control->state)),
                SD_JSON_BUILD_PAIR_STRING("evidence", control->evidence),
                SD_JSON_BUILD_PAIR_STRING("reason", control->reason),
                SD_JSON_BUILD_PAIR_STRING("fix", control->fix));
}

static int controls_to_json(const Controls *controls, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < controls->n_items && r >= 0; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *control = NULL;

                r = control_to_json(&controls->items[i], &control);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, control);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}

static int hardening_to_json(const Hardening *hardening, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *controls = NULL, *points = NULL,
                                                          *total = NULL, *blocked = NULL;
        const char *text = hardening->exposure.total;
        int r;

        r = controls_to_json(&hardening->controls, &controls);
        if (r >= 0)
                r = exposure_to_json(&hardening->exposure, hardening->subject.is_i386, &points);
        if (r >= 0)
                r = text[0] ? sd_json_variant_new_real(&total, strtod(text, NULL))
                            : sd_json_variant_new_null(&total);
        if (r >= 0)
                r = blocked_to_json(&hardening->blocked, &blocked);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("instance", hardening->server->name),
                SD_JSON_BUILD_PAIR_STRING("unit", hardening->server->units.server),
                SD_JSON_BUILD_PAIR_UNSIGNED("pid", hardening->subject.pid),
                SD_JSON_BUILD_PAIR_STRING("abi", hardening->subject.is_i386 ? "i386" : "x86-64"),
                SD_JSON_BUILD_PAIR_STRING("security_label", hardening->subject.label),
                SD_JSON_BUILD_PAIR_BOOLEAN(
                        "all_effective", controls_all_effective(&hardening->controls)),
                SD_JSON_BUILD_PAIR_VARIANT("exposure", total),
                SD_JSON_BUILD_PAIR_VARIANT("blocked_call", blocked),
                SD_JSON_BUILD_PAIR_VARIANT("controls", controls),
                SD_JSON_BUILD_PAIR_VARIANT("points", points));
}

/* --- which ------------------------------------------------------------------------------------ */

static int add_json(const Hardening *hardening, sd_json_variant **array) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = hardening_to_json(hardening, &object);
        if (r >= 0)
                r = sd_json_variant_append_array(array, object);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make JSON");
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* json: the array to add to, or NULL to print. */
static int hardening_one(Ctl *ctl, const Server *server, sd_json_variant **json, bool *first) {
        _cleanup_(hardening_clear) Hardening hardening = {};
        int r;

        if (server->state != SERVER_RUNNING || server->query.state.main_pid == 0) {
                if (ctl->n_operands == 0)
                        return CTL_OK;
                log_error("'%s' is not running, so its protections can't be checked", server->name);
                return CTL_NOT_RUNNING;
        }

        r = examine(ctl, server, &hardening);
        if (r != CTL_OK)
                return r;
        if (!json && !*first)
                putchar('\n');
        *first = false;
        r = json ? add_json(&hardening, json) : print_hardening(&hardening);
        if (r == CTL_OK && !controls_all_effective(&hardening.controls))
                return CTL_FINDINGS;
        return r;
}

static int print_all_json(Ctl *ctl, sd_json_variant *array) {
        /* One that was asked for by name is an object, anything else a list. */
        if (ctl->n_operands == 1)
                return sd_json_variant_elements(array) == 0
                               ? CTL_OK
                               : output_json(ctl, sd_json_variant_by_index(array, 0));
        return output_json(ctl, array);
}

int verb_hardening(Ctl *ctl) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        _cleanup_(servers_clear) Servers servers = {};
        bool first = true;
        int r;

        r = ctl_check_names(ctl, 0);
        if (r != CTL_OK)
                return r;
        if (ctl->n_operands > 0)
                r = servers_load(ctl, ctl->operands, ctl->n_operands, &servers);
        else
                r = servers_load_all(ctl, &servers);
        if (r != CTL_OK && r != CTL_NO_INSTANCE)
                return r;
        if (sd_json_variant_new_array(&array, NULL, 0) < 0)
                return CTL_FAILURE;

        for (size_t i = 0; i < servers.n_items; i++)
                r = exit_code_merge(
                        r,
                        hardening_one(
                                ctl, &servers.items[i], ctl->options.json ? &array : NULL, &first));
        if (ctl->options.json) {
                int p = print_all_json(ctl, array);

                return p != CTL_OK ? p : r;
        }
        if (ctl->n_operands == 0 && first && r == CTL_OK)
                log_notice("No server is running, so protections can't be checked");
        return r;
}
