/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/workshop-report.h"

#include <string.h>
#include <systemd/sd-json.h>

#include "base/json.h"
#include "base/visible-text.h"
#include "content/workshop-id.h"

enum { LINE_MAX_BYTES = 2048 }; /* of a title or reason; the rest is cut off */

const char *workshop_report_file_to_string(WorkshopReportFile file) {
        static const char *const names[] = {
                [REPORT_FILE_NONE] = "none",
                [REPORT_FILE_OLD] = "old",
                [REPORT_FILE_CURRENT] = "current",
        };

        return names[file];
}

/* A copy that is one visible line. */
static char *make_line(const char *text) {
        size_t n = strnlen(text, LINE_MAX_BYTES);
        char *line = malloc(VISIBLE_TEXT_MAX(n));

        if (!line)
                return NULL;
        (void) visible_text(text, n, line);
        for (char *p = line; *p; p++)
                if (*p == '\n' || *p == '\t')
                        *p = ' ';
        return line;
}

/* *ret is NULL when the member is missing. */
static int copy_line(sd_json_variant *object, const char *key, char **ret) {
        const char *text = json_text(object, key);

        *ret = text ? make_line(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

static bool find_state(const char *text, WorkshopState *ret) {
        for (WorkshopState state = 0; state < _WORKSHOP_STATE_MAX; state++)
                if (text && strcmp(workshop_state_to_string(state), text) == 0) {
                        *ret = state;
                        return true;
                }
        return false;
}

static bool find_file(const char *text, WorkshopReportFile *ret) {
        for (WorkshopReportFile file = 0; file < _REPORT_FILE_MAX; file++)
                if (text && strcmp(workshop_report_file_to_string(file), text) == 0) {
                        *ret = file;
                        return true;
                }
        return false;
}

/* 1: an item. 0: something else. */
static int item_read(sd_json_variant *object, WorkshopReportItem *item) {
        const char *id;
        int r;

        if (!sd_json_variant_is_object(object))
                return 0;
        id = json_text(object, "id");
        if (!id || workshop_id_parse(id, &item->id) < 0 ||
            !find_state(json_text(object, "state"), &item->state) ||
            !find_file(json_text(object, "file"), &item->file))
                return 0;
        item->size = json_number(object, "size_bytes", 0);
        item->updated = json_number(object, "updated_usec", 0);
        r = copy_line(object, "title", &item->title);
        if (r >= 0 && !item->title)
                r = (item->title = strdup("")) ? 0 : -ENOMEM;
        if (r >= 0)
                r = copy_line(object, "error", &item->error);
        return r < 0 ? r : 1;
}

static int items_read(sd_json_variant *array, WorkshopReport *report) {
        size_t n = sd_json_variant_elements(array);

        if (n > WORKSHOP_REPORT_ITEMS_MAX)
                return -EBADMSG;
        report->items = calloc(n + 1, sizeof(*report->items));
        if (!report->items)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                int r = item_read(sd_json_variant_by_index(array, i), &report->items[report->n]);

                if (r != 0)
                        report->n++; /* also half an item, for workshop_report_done() */
                if (r < 0)
                        return r;
        }
        return 0;
}

static int report_read(sd_json_variant *root, WorkshopReport *report) {
        sd_json_variant *items;
        int r;

        if (!sd_json_variant_is_object(root))
                return -EBADMSG;
        items = json_list(root, "items");
        if (!items)
                return -EBADMSG;
        r = copy_line(root, "error", &report->error);
        return r < 0 ? r : items_read(items, report);
}

int workshop_report_parse(const char *text, size_t size, WorkshopReport *ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *root = NULL;
        WorkshopReport report = {};
        int r;

        r = json_parse(text, size, &root);
        if (r < 0)
                return r;
        r = report_read(root, &report);
        if (r < 0) {
                workshop_report_done(&report);
                return r;
        }
        *ret = report;
        return 0;
}

void workshop_report_done(WorkshopReport *report) {
        for (size_t i = 0; i < report->n; i++) {
                free(report->items[i].title);
                free(report->items[i].error);
        }
        free(report->items);
        free(report->error);
        *report = (WorkshopReport) {};
}
