/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/metrics.h"

#include <string.h>

#define OPEN_METRICS "application/openmetrics-text"

void metrics_family(Metrics *metrics, const char *name, MetricType type, const char *help) {
        metrics->name = name;
        metrics->type = type;
        metrics->help = help;
        metrics->is_begun = false;
}

static const char *suffix(const Metrics *metrics) {
        return metrics->type == METRIC_COUNTER ? "_total" : "";
}

static void begin(Metrics *metrics) {
        const char *described = metrics->is_open ? "" : suffix(metrics);
        const char *type = metrics->type == METRIC_COUNTER ? "counter" : "gauge";

        (void) fprintf(
                metrics->f, "# HELP %s%s %s\n# TYPE %s%s %s\n", metrics->name, described,
                metrics->help, metrics->name, described, type);
        metrics->is_begun = true;
}

/* Both formats have these three escapes and no others. */
static void print_escaped(FILE *f, const char *text) {
        for (; *text != '\0'; text++)
                if (*text == '\n')
                        (void) fputs("\\n", f);
                else {
                        if (*text == '"' || *text == '\\')
                                (void) fputc('\\', f);
                        (void) fputc(*text, f);
                }
}

static void print_labels(FILE *f, const MetricLabel *labels) {
        const char *separator = "{";

        for (; labels && labels->name; labels++) {
                if (!labels->value)
                        continue;
                (void) fprintf(f, "%s%s=\"", separator, labels->name);
                print_escaped(f, labels->value);
                (void) fputc('"', f);
                separator = ",";
        }
        if (*separator == ',')
                (void) fputc('}', f);
}

void metrics_value(Metrics *metrics, const MetricLabel *labels, double value) {
        if (!metrics->is_begun)
                begin(metrics);
        (void) fprintf(metrics->f, "%s%s", metrics->name, suffix(metrics));
        print_labels(metrics->f, labels);
        /* Sixteen digits are exact for each integer that a double can have up to 2^53. */
        (void) fprintf(metrics->f, " %.16g\n", value);
}

int metrics_end(Metrics *metrics) {
        if (metrics->is_open)
                (void) fputs("# EOF\n", metrics->f);
        return ferror(metrics->f) ? -ENOMEM : 0;
}

bool metrics_wants_open(const char *accept) {
        return accept && strstr(accept, OPEN_METRICS);
}

const char *metrics_content_type(const Metrics *metrics) {
        return metrics->is_open ? OPEN_METRICS "; version=1.0.0; charset=utf-8"
                                : "text/plain; version=0.0.4; charset=utf-8";
}
