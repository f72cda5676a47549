/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl doctor: checks that the host has all that servers need, with the command that fixes each
 * finding. Exits with 7 when there is an error among the findings.
 */

#include "base/log.h"
#include "base/text-message.h"
#include "base/text.h"
#include "common/output.h"
#include "common/table.h"
#include "doctor/doctor.h"
#include "verbs/verbs.h"

static int print_findings(const Doctor *doctor) {
        static const char *const titles[] = { N_("CHECK"), N_("STATE"), N_("MESSAGE"), NULL };
        static const Color colors[_FINDING_STATE_MAX] = {
                [FINDING_OK] = COLOR_GREEN,
                [FINDING_WARNING] = COLOR_YELLOW,
                [FINDING_ERROR] = COLOR_RED,
                [FINDING_UNKNOWN] = COLOR_GREY,
        };
        _cleanup_free_ TableRow *rows = calloc(doctor->n_items + 1, sizeof(*rows));
        int r;

        if (!rows) {
                (void) log_error_errno(-ENOMEM, "Failed to print the table");
                return CTL_FAILURE;
        }
        for (size_t i = 0; i < doctor->n_items; i++)
                rows[i] = (TableRow) {
                        .cells = { doctor->items[i].check,
                                   _(finding_state_to_string(doctor->items[i].state)),
                                   doctor->items[i].message },
                        .color = colors[doctor->items[i].state],
                };

        r = table_print(titles, rows, doctor->n_items);
        if (r != CTL_OK)
                return r;
        for (size_t i = 0; i < doctor->n_items; i++)
                if (doctor->items[i].fix)
                        printf("\n%s: %s.\n    %s\n", doctor->items[i].check,
                               doctor->items[i].message, doctor->items[i].fix);
        return CTL_OK;
}

static int finding_to_json(const Finding *finding, sd_json_variant **ret) {
        int r = sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("check", finding->check),
                SD_JSON_BUILD_PAIR_STRING("state", finding_state_to_string(finding->state)),
                SD_JSON_BUILD_PAIR_STRING("message", finding->message),
                SD_JSON_BUILD_PAIR_STRING("fix", finding->fix));

        return r < 0 || !finding->arguments
                       ? r
                       : text_message_set_code(ret, finding->code, finding->arguments);
}

static int print_as_json(const Ctl *ctl, const Doctor *doctor) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < doctor->n_items && r >= 0; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *finding = NULL;

                r = finding_to_json(&doctor->items[i], &finding);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, finding);
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make JSON");
                return CTL_FAILURE;
        }
        return output_json(ctl, array);
}

int verb_doctor(Ctl *ctl) {
        _cleanup_(doctor_clear) Doctor doctor = {};
        int r;

        r = doctor_run(ctl, &doctor);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to check the host");
                return CTL_FAILURE;
        }

        r = ctl->options.json ? print_as_json(ctl, &doctor) : print_findings(&doctor);
        if (r != CTL_OK)
                return r;
        for (size_t i = 0; i < doctor.n_items; i++)
                if (doctor.items[i].state == FINDING_ERROR)
                        return CTL_FINDINGS;
        return CTL_OK;
}
