/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trial/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/log.h"
#include "base/path-below.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/visible-text.h"
#include "common/output.h"
#include "common/table.h"
#include "trial/redact.h"

/* Whether there is nothing that the trial missed of what the server did. */
static bool is_complete(const TrialReport *report) {
        return !report->is_cut && report->n_lost == 0 &&
               trial_findings_dropped(&report->findings) == 0;
}

/* Whether the server did what a server does, without which it can't be refused much. */
static bool has_run(const TrialReport *report) {
        return report->is_ready && !report->has_failed;
}

static int exit_code(const TrialReport *report) {
        if (report->findings.n_items > 0)
                return CTL_FINDINGS;
        return is_complete(report) && has_run(report) ? CTL_OK : CTL_FAILURE;
}

static const char *below_tree(const TrialReport *report, const char *path) {
        return path_below(path, report->tree) ?: path;
}

/* --- for people ------------------------------------------------------------------------------- */

static int make_visible(const char *text, char **ret) {
        size_t size = strlen(text);
        char *buffer = malloc(VISIBLE_TEXT_MAX(size));

        if (!buffer)
                return -ENOMEM;
        (void) visible_text(text, size, buffer);
        *ret = buffer;
        return 0;
}

/* From malloc; *ret stays as it was on failure. */
_printf_(2, 3) static int make_text(char **ret, const char *format, ...) {
        char *text;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&text, format, args);
        va_end(args);
        if (n < 0)
                return -ENOMEM;
        *ret = text;
        return 0;
}

/* The texts of one row, each from malloc. */
static int make_cells(
        const TrialReport *report, const TrialFinding *finding, char *cells[static 4]) {
        const TrialDenial *denial = &finding->denial;
        _cleanup_free_ char *subject = NULL, *remedy = NULL;
        int r;

        r = make_visible(below_tree(report, denial->subject), &subject);
        if (r >= 0)
                r = trial_remedy(denial, report->tree, &remedy);
        if (r >= 0)
                r = make_visible(remedy, &cells[3]);
        if (r < 0)
                return r;
        r = make_text(&cells[0], "%s %s", trial_kind_to_string(denial->kind), subject);
        if (r >= 0)
                r = make_text(
                        &cells[1], "%s%s (%s)", denial->directive, denial->cover, denial->effect);
        if (r >= 0)
                r = make_text(&cells[2], "%" PRIu64, finding->count);
        return r;
}

typedef char *Cells[4];

static void free_cells(Cells *cells, size_t n) {
        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < ELEMENTSOF(cells[i]); k++)
                        free(cells[i][k]);
        free(cells);
}

static int print_rows(const TrialReport *report, Cells *cells, TableRow *rows) {
        static const char *const titles[] = { N_("DENIED"), N_("BY"), N_("TIMES"), N_("ALLOWED BY"),
                                              NULL };
        size_t n = report->findings.n_items;

        for (size_t i = 0; i < n; i++) {
                int r = make_cells(report, &report->findings.items[i], cells[i]);

                if (r < 0) {
                        (void) log_error_errno(r, "Failed to print the table");
                        return CTL_FAILURE;
                }
                for (size_t k = 0; k < ELEMENTSOF(cells[i]); k++)
                        rows[i].cells[k] = cells[i][k];
        }
        return table_print(titles, rows, n);
}

static int print_table(const TrialReport *report) {
        size_t n = report->findings.n_items;
        _cleanup_free_ TableRow *rows = calloc(n, sizeof(*rows));
        Cells *cells = calloc(n, sizeof(*cells));
        int r = CTL_FAILURE;

        if (!rows || !cells)
                (void) log_error_errno(-ENOMEM, "Failed to print the table");
        else
                r = print_rows(report, cells, rows);
        free_cells(cells, cells ? n : 0);
        return r;
}

static int print_settings(const TrialReport *report) {
        _cleanup_free_ char *drop_in = NULL, *directories = NULL;
        int r;

        r = trial_drop_in(&report->findings, report->properties, &drop_in);
        if (r >= 0)
                r = trial_writable_directories(&report->findings, report->tree, &directories);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make the settings");
                return CTL_FAILURE;
        }
        if (drop_in)
                printf(_("\nTo allow what you trust, delete the lines you don't, and put the rest into\n"
                         "/etc/systemd/system/left4me-server@%s.service.d/60-trial.conf:\n\n%s"),
                       report->name, drop_in);
        if (directories) {
                printf(_("\nTo make directories writable, add them to writable_directories= in "
                         "/etc/left4me/left4me.conf:\n\n"));
                print_visible(directories, strlen(directories), 0, stdout);
                putchar('\n');
        }
        if (drop_in || directories)
                printf(_("\nThen: systemctl daemon-reload && l4d2ctl start %s\n"), report->name);
        return CTL_OK;
}

static void warn_of_gaps(const TrialReport *report) {
        if (report->is_cut)
                log_warning("strace ended before the server: there may be more");
        if (report->n_lost > 0)
                log_warning(
                        "%" PRIu64 " calls of the trial could not be read: there may be more",
                        report->n_lost);
        for (size_t i = 0; i < ELEMENTSOF(report->findings.n_dropped); i++)
                if (report->findings.n_dropped[i] > 0)
                        log_warning(
                                "%" PRIu64 " more denials of the kind '%s' are not listed",
                                report->findings.n_dropped[i], trial_kind_to_string((TrialKind) i));
}

static void warn_of_end(const TrialReport *report) {
        char span[TIME_TEXT_MAX];

        (void) span_format(report->seconds * USEC_PER_SEC, span);
        if (report->result[0] != '\0')
                log_warning(
                        "the server ended after %s: %s; see 'l4d2ctl logs %s'", span,
                        report->result, report->name);
        if (!report->is_ready)
                log_warning(
                        "the server did not become ready within %s: its game port was not open",
                        span);
        if (!has_run(report))
                log_warning("the trial could not see enough to tell whether the composition fits");
}

int trial_report_print(const TrialReport *report) {
        int r;

        warn_of_gaps(report);
        warn_of_end(report);
        if (report->findings.n_items == 0) {
                printf("%s\n", exit_code(report) == CTL_OK ? _("nothing: the composition fits")
                                                           : _("nothing so far"));
                return exit_code(report);
        }
        r = print_table(report);
        if (r == CTL_OK)
                r = print_settings(report);
        return r == CTL_OK ? exit_code(report) : r;
}

/* --- for developers --------------------------------------------------------------------------- */

/* Settings come from redacted findings already, but have what the host's own units say, too. */
static int redact(const TrialReport *report, const char *text, sd_json_variant **ret) {
        const char *const secrets[] = { report->password, NULL };
        _cleanup_free_ char *clean = NULL;
        int r;

        if (!text)
                return sd_json_variant_new_null(ret);
        r = trial_redact(text, secrets, &clean);
        return r < 0 ? r : json_make_string(clean, strlen(clean), ret);
}

static int finding_to_json(
        const TrialReport *report, const TrialFinding *finding, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *subject = NULL, *cover = NULL,
                                                          *remedy = NULL;
        const TrialDenial *denial = &finding->denial;
        _cleanup_free_ char *text = NULL;
        int r;

        r = trial_remedy(denial, report->tree, &text);
        if (r >= 0)
                r = redact(report, text, &remedy);
        if (r >= 0)
                r = redact(report, denial->cover, &cover);
        if (r >= 0)
                r = redact(report, below_tree(report, denial->subject), &subject);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("kind", trial_kind_to_string(denial->kind)),
                SD_JSON_BUILD_PAIR_VARIANT("subject", subject),
                SD_JSON_BUILD_PAIR_STRING("directive", denial->directive),
                SD_JSON_BUILD_PAIR_VARIANT("value", cover),
                SD_JSON_BUILD_PAIR_STRING("effect", denial->effect),
                SD_JSON_BUILD_PAIR_UNSIGNED("count", finding->count),
                SD_JSON_BUILD_PAIR_BOOLEAN("folded", finding->is_folded),
                SD_JSON_BUILD_PAIR_VARIANT("allowed_by", remedy));
}

static int findings_to_json(const TrialReport *report, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; r >= 0 && i < report->findings.n_items; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;

                r = finding_to_json(report, &report->findings.items[i], &object);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, object);
        }
        if (r >= 0)
                *ret = TAKE_PTR(array);
        return r;
}

/* By kind; kinds with nothing dropped are left out. */
static int dropped_to_json(const TrialReport *report, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = sd_json_variant_new_object(&object, NULL, 0);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(report->findings.n_dropped); i++)
                if (report->findings.n_dropped[i] > 0)
                        r = sd_json_variant_set_field_unsigned(
                                &object, trial_kind_to_string((TrialKind) i),
                                report->findings.n_dropped[i]);
        if (r >= 0)
                *ret = TAKE_PTR(object);
        return r;
}

static int settings_to_json(
        const TrialReport *report, sd_json_variant **ret_drop_in,
        sd_json_variant **ret_directories) {
        _cleanup_free_ char *drop_in = NULL, *directories = NULL;
        int r;

        r = trial_drop_in(&report->findings, report->properties, &drop_in);
        if (r >= 0)
                r = trial_writable_directories(&report->findings, report->tree, &directories);
        if (r >= 0)
                r = redact(report, drop_in, ret_drop_in);
        if (r >= 0)
                r = redact(report, directories, ret_directories);
        return r;
}

static int report_to_json(const TrialReport *report, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *findings = NULL, *drop_in = NULL,
                                                          *directories = NULL, *dropped = NULL,
                                                          *result = NULL;
        int r;

        r = findings_to_json(report, &findings);
        if (r >= 0)
                r = dropped_to_json(report, &dropped);
        if (r >= 0)
                r = redact(report, report->result[0] != '\0' ? report->result : NULL, &result);
        if (r >= 0)
                r = settings_to_json(report, &drop_in, &directories);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_BOOLEAN("fits", exit_code(report) == CTL_OK),
                SD_JSON_BUILD_PAIR_BOOLEAN("complete", is_complete(report)),
                SD_JSON_BUILD_PAIR_STRING("abi", report->is_i386 ? "i386" : "x86-64"),
                SD_JSON_BUILD_PAIR_UNSIGNED("seconds", report->seconds),
                SD_JSON_BUILD_PAIR_STRING("ended_by", report->ended),
                SD_JSON_BUILD_PAIR_BOOLEAN("ready", report->is_ready),
                SD_JSON_BUILD_PAIR_VARIANT("server_result", result),
                SD_JSON_BUILD_PAIR_UNSIGNED("calls_lost", report->n_lost),
                SD_JSON_BUILD_PAIR_UNSIGNED(
                        "findings_dropped", trial_findings_dropped(&report->findings)),
                SD_JSON_BUILD_PAIR_VARIANT("dropped", dropped),
                SD_JSON_BUILD_PAIR_VARIANT("findings", findings),
                SD_JSON_BUILD_PAIR_VARIANT("drop_in", drop_in),
                SD_JSON_BUILD_PAIR_VARIANT("writable_directories", directories));
}

int trial_report_print_json(const Ctl *ctl, const TrialReport *report) {
        const char *const secrets[] = { report->password, NULL };
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;
        TrialReport clean = *report;
        int r;

        r = trial_redact_findings(&report->findings, report->tree, secrets, &clean.findings);
        if (r >= 0) {
                r = report_to_json(&clean, &json);
                trial_findings_clear(&clean.findings);
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make JSON");
                return CTL_FAILURE;
        }
        r = output_json(ctl, json);
        return r == CTL_OK ? exit_code(report) : r;
}
