/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * out/report.json of a Workshop job: what became of each item. left4me-workshop writes it, l4d2ctl
 * and the web app read it; it is a producer's file, so everything in it is checked here.
 */

#include "content/workshop-reply.h"

enum {
        WORKSHOP_REPORT_SIZE_MAX = 16 * 1024 * 1024, /* bytes of the file */
        WORKSHOP_REPORT_ITEMS_MAX = 5000,
};

typedef enum WorkshopReportFile {
        REPORT_FILE_NONE,    /* the version lacks the item */
        REPORT_FILE_OLD,     /* it has an older one than the Workshop */
        REPORT_FILE_CURRENT, /* it has the one of the Workshop */
        _REPORT_FILE_MAX,
} WorkshopReportFile;

/* "none", "old", "current". */
const char *workshop_report_file_to_string(WorkshopReportFile file);

typedef struct WorkshopReportItem {
        uint64_t id;
        char *title; /* one visible line; "": unknown */
        uint64_t size;
        uint64_t updated; /* µs since the epoch; 0: unknown */
        WorkshopState state;
        WorkshopReportFile file;
        char *error; /* one visible line; NULL: none */
} WorkshopReportItem;

typedef struct WorkshopReport {
        WorkshopReportItem *items;
        size_t n;
        char *error; /* why the whole job failed; NULL: it did not */
} WorkshopReport;

/* Entries that are not items are left out. -EBADMSG: not such a report, -ENOMEM. */
int workshop_report_parse(const char *text, size_t size, WorkshopReport *ret) _must_check_;

void workshop_report_done(WorkshopReport *report);
