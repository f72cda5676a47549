/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl validate [NAME|FILE…]: all errors of specs, before systemd meets them. Without operands
 * it checks the whole host as the generator would, and compares that with the generator's errors at
 * its last run: a user who fixed a spec by hand has to reload systemd.
 */

#include <limits.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "common/messages.h"
#include "common/terminal.h"
#include "render/render-all.h"
#include "render/report.h"
#include "spec/blueprint.h"
#include "specs/instance.h"
#include "verbs/validate-cvars.h"
#include "verbs/verbs.h"

static int ignore_file(
        void *userdata _unused_, const char *path _unused_, const char *text _unused_,
        size_t size _unused_) {
        return 0;
}

static int ignore_link(
        void *userdata _unused_, const char *path _unused_, const char *target _unused_) {
        return 0;
}

/* All that the generator would complain about. */
static int find_all(const Ctl *ctl, SpecSetReport report, void *userdata) {
        static const RenderSink sink = { .file = ignore_file, .link = ignore_link };

        return render_all(ctl->paths, report, userdata, &sink);
}

static void show(const SpecErrors *errors, void *userdata) {
        bool *any = userdata;

        messages_write_errors(errors);
        *any = true;
}

static void collect(const SpecErrors *errors, void *userdata) {
        spec_errors_print(errors, userdata);
}

/* As the generator writes it, whose report is English. */
static int find_all_in_english(const Ctl *ctl, char **ret) {
        size_t size;
        FILE *f = open_memstream(ret, &size);
        int r;

        if (!f)
                return -ENOMEM;
        text_pause();
        r = find_all(ctl, collect, f);
        text_resume();
        if (fclose(f) != 0 || !*ret)
                r = -ENOMEM;
        return r;
}

/* Whether the report is what the generator would write now. */
static int report_is_current(const Ctl *ctl, const char *report) {
        _cleanup_free_ char *now = NULL;
        int r;

        r = find_all_in_english(ctl, &now);
        return r < 0 ? r : strcmp(report, now) == 0;
}

/* Shows the generator's errors at its last run, unless they are the same as now. */
static int note_last_run(const Ctl *ctl, bool has_errors) {
        _cleanup_free_ char *report = NULL;
        int r;

        r = generator_report_read(ctl->paths, &report);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read %s", ctl->paths->generator_errors);
                return 0;
        }
        if (report[0] == '\0')
                return 0;
        r = report_is_current(ctl, report);
        if (r != 0)
                return r < 0 ? r : 0;

        log_warning("At the last daemon reload systemd's generator had other errors:");
        print_visible(report, strlen(report), 0, stderr);
        if (!has_errors)
                log_warning(
                        "systemd still uses that result: 'systemctl daemon-reload' has it check "
                        "again");
        else
                log_warning(
                        "systemd still uses that result: 'systemctl daemon-reload' has it check "
                        "again, once the errors above are fixed");
        return 0;
}

/* Checks all blueprints, also unused ones: their errors are shown once. */
static int check_blueprints(Ctl *ctl, bool *ret_broken) {
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        _cleanup_(strv_freep) char **refs = NULL;
        int r;

        r = state_dir_open(ctl->paths, ctl->paths->blueprints_dir, &blueprints);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = blueprint_list(&blueprints, &refs);
        for (char **ref = refs; r >= 0 && *ref; ref++) {
                _cleanup_(blueprint_freep) Blueprint *blueprint = NULL;
                SpecErrors errors = {};

                r = blueprint_load(&blueprints, *ref, &errors, &blueprint);
                *ret_broken |= spec_errors_any(&errors);
                messages_write_errors(&errors);
                spec_errors_clear(&errors);
                if (r == -EINVAL || r == -ENOENT)
                        r = 0;
        }
        return r;
}

/* A good spec: is its blueprint there, are its overlays? Errors in the blueprint have been said. */
static int check_names(Ctl *ctl, Spec *spec, bool *ret_broken) {
        SpecErrors errors = {};
        int r;

        r = blueprint_resolve(ctl->paths, spec, NULL, &errors);
        if (r == -EINVAL && errors.n_items == 1 &&
            strncmp(errors.items[0].file, ctl->paths->instances_dir,
                    strlen(ctl->paths->instances_dir)) == 0)
                messages_write_errors(&errors);
        *ret_broken |= r < 0;
        spec_errors_clear(&errors);
        if (r >= 0)
                instance_warn(ctl, spec);
        return r == -EINVAL ? 0 : r;
}

/* Checks the parts that the generator doesn't look at, and counts instances. The caller has checked
 * their files and has shown the errors. */
static int check_the_rest(Ctl *ctl, size_t *ret_n, bool *ret_broken) {
        _cleanup_(spec_set_freep) SpecSet *set = NULL;
        SpecErrors errors = {};
        int r;

        r = host_config_load(ctl->paths, &errors, &ctl->config);
        spec_errors_clear(&errors);
        if (r >= 0)
                r = spec_context_open(ctl->paths, ctl->config, &ctl->specs);
        if (r < 0)
                return r;
        ctl->specs_are_open = true;

        r = check_blueprints(ctl, ret_broken);
        if (r >= 0)
                r = spec_set_load(&ctl->specs, NULL, NULL, &set);
        for (size_t i = 0; r >= 0 && i < set->n_items; i++) {
                _cleanup_(spec_freep) Spec *spec = NULL;

                if (spec_load(&ctl->specs, set->items[i].settings.name, &errors, &spec) >= 0)
                        r = check_names(ctl, spec, ret_broken);
                spec_errors_clear(&errors);
        }
        if (r < 0)
                return r;

        *ret_n = set->n_items;
        return 0;
}

static int validate_all(Ctl *ctl) {
        bool refused = false, broken = false;
        size_t n = 0;
        int r;

        r = find_all(ctl, show, &refused);
        if (r >= 0) {
                r = check_the_rest(ctl, &n, &broken);
                if (r == -ENOENT)
                        r = 0; /* without an instance yet */
        }
        if (r >= 0)
                r = note_last_run(ctl, refused);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read %s", ctl->paths->instances_dir);
                return CTL_FAILURE;
        }

        if (refused || broken)
                return CTL_INVALID_SPEC;
        printf(text_count(
                       "The host configuration and %zu instance: no errors\n",
                       "The host configuration and %zu instances: no errors\n", n),
               n);
        return CTL_OK;
}

static int validate_instance(Ctl *ctl, const char *name) {
        _cleanup_(text_done) Text text = {};
        SpecErrors errors = {};
        char file[PATH_MAX];
        int r;

        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;
        r = spec_read(&ctl->specs, name, &errors, file, &text.data, &text.size);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r == -ENOENT) {
                log_error(
                        "No server named '%s' (write './%s' for a file of that name)", name, name);
                return CTL_NO_INSTANCE;
        }
        if (r == -EINVAL)
                return CTL_INVALID_SPEC;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the spec of '%s'", name);
                return CTL_FAILURE;
        }

        r = instance_check(ctl, name, file, &text, NULL);
        if (r == CTL_OK)
                printf(_("%s: no errors\n"), name);
        return r;
}

/* A file is not yet an instance's spec: its port may well be the one of the instance it came
 * from. */
static int validate_file(Ctl *ctl, const char *path) {
        const char *file = strcmp(path, "-") == 0 ? "<stdin>" : path;
        _cleanup_(spec_freep) Spec *spec = NULL;
        _cleanup_(text_done) Text text = {};
        SpecErrors errors = {};
        int r;

        r = ctl_open_config(ctl);
        if (r != CTL_OK)
                return r;
        r = text_read(path, &text);
        if (r != CTL_OK)
                return r;

        r = spec_parse("file", file, text.data, text.size, ctl->config, &errors, &spec);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r == -EINVAL)
                return CTL_INVALID_SPEC;
        if (r < 0) {
                (void) log_error_errno(r, "Failed to check %s", file);
                return CTL_FAILURE;
        }

        r = blueprint_resolve(ctl->paths, spec, file, &errors);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r == -EINVAL)
                return CTL_INVALID_SPEC;
        if (r < 0) /* Any user may check a file, but not every user may look at blueprints. */
                log_warning(
                        "Failed to check the blueprint '%s': %s", spec->blueprint, strerror(-r));

        printf(_("%s: no errors\n"), file);
        return CTL_OK;
}

/* With --json, one array for all named servers. */
static int compare_cvars(Ctl *ctl) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int result = ctl->n_operands > 0 ? ctl_check_names(ctl, 0) : CTL_USAGE;

        if (ctl->n_operands == 0)
                log_error("Missing name: --cvars asks a running server");
        if (result == CTL_OK && ctl->options.json && sd_json_variant_new_array(&array, NULL, 0) < 0)
                result = CTL_FAILURE;
        if (result != CTL_OK)
                return result;
        for (size_t i = 0; i < ctl->n_operands; i++)
                result = exit_code_merge(
                        result,
                        validate_cvars(ctl, ctl->operands[i], ctl->options.json ? &array : NULL));
        if (array && (result == CTL_OK || result == CTL_FINDINGS)) {
                int r = print_json(array);

                return r == CTL_OK ? result : r;
        }
        return result;
}

int verb_validate(Ctl *ctl) {
        int result = CTL_OK;

        if (ctl->options.cvars)
                return compare_cvars(ctl);
        if (ctl->options.json) {
                log_error("--json is for --cvars");
                return CTL_USAGE;
        }
        if (ctl->n_operands == 0)
                return validate_all(ctl);

        for (size_t i = 0; i < ctl->n_operands; i++) {
                const char *operand = ctl->operands[i];
                int r;

                if (instance_name_is_valid(operand))
                        r = validate_instance(ctl, operand);
                else
                        r = validate_file(ctl, operand);
                result = exit_code_merge(result, r);
        }
        return result;
}
