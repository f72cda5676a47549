/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/visible-text.h"
#include "content/http-range.h"
#include "content/workshop-id.h"
#include "content/workshop-reply.h"
#include "content/workshop-report.h"
#include "fuzz.h"

/* Answers of the Workshop, and reports about them; and what a person pastes, a header of a server.
 */

static void check_item(const WorkshopItem *item) {
        FUZZ_CHECK(item->id > 0);
        FUZZ_CHECK(item->title && text_is_visible(item->title));
        FUZZ_CHECK((item->state == WORKSHOP_OK) == (item->url != NULL));
        FUZZ_CHECK((item->state == WORKSHOP_OK) == (item->problem == NULL));
        FUZZ_CHECK(workshop_state_to_string(item->state));
        if (item->url)
                FUZZ_CHECK(
                        strncmp(item->url, "http", 4) == 0 && item->size > 0 &&
                        item->size <= WORKSHOP_ITEM_SIZE_MAX);
}

static void try_answers(const char *text, size_t size) {
        WorkshopCollection *collections = NULL;
        WorkshopItem *items = NULL;
        size_t n = 0;

        if (workshop_details_parse(text, size, &items, &n) >= 0) {
                for (size_t i = 0; i < n; i++)
                        check_item(&items[i]);
                workshop_items_free(items, n);
        }
        if (workshop_collections_parse(text, size, &collections, &n) >= 0) {
                for (size_t i = 0; i < n; i++) {
                        FUZZ_CHECK(collections[i].id > 0);
                        FUZZ_CHECK(collections[i].is_collection || !collections[i].children);
                        for (size_t j = 0; j < collections[i].n_children; j++)
                                FUZZ_CHECK(collections[i].children[j].id > 0);
                }
                workshop_collections_free(collections, n);
        }
}

static void try_report(const char *text, size_t size) {
        WorkshopReport report = {};

        if (workshop_report_parse(text, size, &report) < 0) {
                FUZZ_CHECK(!report.items && !report.error);
                return;
        }
        for (size_t i = 0; i < report.n; i++) {
                const WorkshopReportItem *item = &report.items[i];

                FUZZ_CHECK(item->id > 0 && item->title && text_is_visible(item->title));
                FUZZ_CHECK(!item->error || text_is_visible(item->error));
                FUZZ_CHECK(workshop_report_file_to_string(item->file));
        }
        workshop_report_done(&report);
}

static void try_short_texts(const char *text) {
        char again[WORKSHOP_ID_TEXT_MAX];
        HttpRange range;
        uint64_t id, other;

        if (workshop_id_from_person(text, &id) >= 0) {
                snprintf(again, sizeof(again), "%llu", (unsigned long long) id);
                FUZZ_CHECK(workshop_id_parse(again, &other) >= 0 && other == id);
        }
        if (http_range_parse(text, &range) >= 0 && range.first != HTTP_SIZE_UNKNOWN)
                FUZZ_CHECK(range.first <= range.last && range.last < range.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);

        try_answers(text, size);
        try_report(text, size);
        try_short_texts(text);
        return 0;
}
