/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trial/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "trial/rules-internal.h"

enum {
        /* Limit for one sort; about a hundred sorts exist. */
        ROWS_MAX = 60,
        /* Limit for one sort in one directory; further ones share a row. */
        SIBLINGS_MAX = 12,
};

/* Two rows of one sort compete for the same room: of one kind, directive and error, ports also of
 * one protocol. */
static bool is_sort(const TrialFinding *finding, const TrialDenial *denial) {
        return finding->denial.kind == denial->kind &&
               strcmp(finding->denial.directive, denial->directive) == 0 &&
               strcmp(finding->denial.effect, denial->effect) == 0 &&
               (denial->kind != TRIAL_BIND ||
                strncmp(finding->denial.subject, denial->subject, strlen("udp ")) == 0);
}

static bool is_same(const TrialFinding *finding, const TrialDenial *denial) {
        return is_sort(finding, denial) && !finding->is_folded &&
               strcmp(finding->denial.subject, denial->subject) == 0;
}

/* The length of the path of the directory, 0: the subject is not a path with a directory. */
static size_t directory_length(const TrialDenial *denial) {
        const char *slash = denial->subject[0] == '/' ? strrchr(denial->subject, '/') : NULL;

        return slash ? (size_t) (slash - denial->subject) : 0;
}

static bool is_sibling(const TrialFinding *finding, const TrialDenial *denial) {
        size_t length = directory_length(denial);

        return length > 0 && is_sort(finding, denial) &&
               directory_length(&finding->denial) == length &&
               memcmp(finding->denial.subject, denial->subject, length) == 0;
}

static int append(TrialFindings *findings, const TrialDenial *denial, bool is_folded) {
        TrialFinding *items;

        items = reallocarray(findings->items, findings->n_items + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        findings->items = items;
        items[findings->n_items++] =
                (TrialFinding) { .denial = *denial, .is_folded = is_folded, .count = 1 };
        return 0;
}

/* The row that stands for the further files of a directory. */
static int append_folded(TrialFindings *findings, const TrialDenial *denial) {
        TrialDenial folded = *denial;
        char parent[TRIAL_SUBJECT_MAX];
        size_t length = directory_length(denial);

        folded.makes_directory = false;
        memcpy(folded.subject + length, "/*", sizeof("/*"));
        if (trial_needs_bind(&folded) && trial_bind_place(&folded, parent) == folded.subject)
                folded.refusal = N_("nothing: too many files to name each");
        return append(findings, &folded, true);
}

int trial_findings_add(TrialFindings *findings, const TrialDenial *denial) {
        TrialFinding *folded = NULL;
        size_t n_sort = 0, n_siblings = 0;

        for (size_t i = 0; i < findings->n_items; i++) {
                TrialFinding *finding = &findings->items[i];

                if (is_same(finding, denial)) {
                        finding->count++;
                        return 0;
                }
                n_sort += is_sort(finding, denial);
                n_siblings += is_sibling(finding, denial);
                if (finding->is_folded && is_sibling(finding, denial))
                        folded = finding;
        }
        if (folded)
                folded->count++;
        else if (n_sort >= ROWS_MAX)
                findings->n_dropped[denial->kind]++;
        else if (n_siblings >= SIBLINGS_MAX)
                return append_folded(findings, denial);
        else
                return append(findings, denial, false);
        return 0;
}

uint64_t trial_findings_dropped(const TrialFindings *findings) {
        uint64_t sum = 0;

        for (size_t i = 0; i < ELEMENTSOF(findings->n_dropped); i++)
                sum += findings->n_dropped[i];
        return sum;
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
