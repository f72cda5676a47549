/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trial-findings.h"

#include <stdlib.h>
#include <string.h>

enum { FINDINGS_MAX = 500 };

static bool is_same(const TrialFinding *finding, const TrialDenial *denial) {
        return finding->denial.kind == denial->kind &&
               strcmp(finding->denial.subject, denial->subject) == 0 &&
               strcmp(finding->denial.directive, denial->directive) == 0 &&
               strcmp(finding->denial.effect, denial->effect) == 0;
}

static int append(TrialFindings *findings, const TrialDenial *denial) {
        TrialFinding *items;

        items = reallocarray(findings->items, findings->n_items + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        findings->items = items;
        items[findings->n_items++] = (TrialFinding) { .denial = *denial, .count = 1 };
        return 0;
}

int trial_findings_add(TrialFindings *findings, const TrialDenial *denial) {
        for (size_t i = 0; i < findings->n_items; i++)
                if (is_same(&findings->items[i], denial)) {
                        findings->items[i].count++;
                        return 0;
                }
        if (findings->n_items == FINDINGS_MAX) {
                findings->n_dropped++;
                return 0;
        }
        return append(findings, denial);
}

static int compare(const void *a, const void *b) {
        const TrialFinding *x = a, *y = b;

        if (x->denial.kind != y->denial.kind)
                return x->denial.kind < y->denial.kind ? -1 : 1;
        if (x->count != y->count)
                return x->count > y->count ? -1 : 1;
        return strcmp(x->denial.subject, y->denial.subject);
}

void trial_findings_sort(TrialFindings *findings) {
        if (findings->n_items > 1)
                qsort(findings->items, findings->n_items, sizeof(TrialFinding), compare);
}

void trial_findings_clear(TrialFindings *findings) {
        free(findings->items);
        *findings = (TrialFindings) {};
}
