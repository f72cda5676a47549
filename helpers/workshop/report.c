/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/time-text.h"
#include "workshop/workshop.h"

static int write_items(const WorkshopJob *job, const WorkshopPlan *plan) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return -ENOMEM;
        for (size_t i = 0; i < plan->n; i++)
                if (plan->entries[i].file != FILE_NONE)
                        fprintf(f, "%" PRIu64 "\n", plan->entries[i].item.id);
        if (fclose(f) != 0)
                return -ENOMEM;
        return write_file_transient(job->producer.out_fd, WORKSHOP_ITEMS_FILE, text, size, 0644);
}

int workshop_write_items(const WorkshopJob *job, const WorkshopPlan *plan) {
        int r = write_items(job, plan);

        return r < 0 ? log_error_errno(r, "Failed to write the list of items") : 0;
}

static int describe(const WorkshopEntry *entry, sd_json_variant **ret) {
        static const char *const files[] = {
                [FILE_NONE] = "none",
                [FILE_OLD] = "old",
                [FILE_CURRENT] = "current",
                [FILE_DOWNLOADED] = "current",
        };
        const WorkshopItem *item = &entry->item;
        char id[32];

        (void) snprintf(id, sizeof(id), "%" PRIu64, item->id);
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("id", id),
                SD_JSON_BUILD_PAIR_STRING("title", item->title),
                SD_JSON_BUILD_PAIR_UNSIGNED("size_bytes", item->size),
                SD_JSON_BUILD_PAIR_UNSIGNED("updated_usec", item->updated * USEC_PER_SEC),
                SD_JSON_BUILD_PAIR_STRING("state", workshop_state_to_string(item->state)),
                SD_JSON_BUILD_PAIR_STRING("file", files[entry->file]),
                SD_JSON_BUILD_PAIR_BOOLEAN("downloaded", entry->file == FILE_DOWNLOADED),
                SD_JSON_BUILD_PAIR_CONDITION(!entry->error, "error", SD_JSON_BUILD_NULL),
                SD_JSON_BUILD_PAIR_CONDITION(
                        !!entry->error, "error", SD_JSON_BUILD_STRING(entry->error)));
}

static int add(sd_json_variant **array, const WorkshopEntry *entry) {
        sd_json_variant *object = NULL;
        int r;

        r = describe(entry, &object);
        if (r >= 0)
                r = sd_json_variant_append_array(array, object);
        sd_json_variant_unref(object);
        return r;
}

static int make_report(const WorkshopPlan *plan, const char *error, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < plan->n && r >= 0; i++)
                r = add(&array, &plan->entries[i]);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_VARIANT("items", array),
                SD_JSON_BUILD_PAIR_CONDITION(!error, "error", SD_JSON_BUILD_NULL),
                SD_JSON_BUILD_PAIR_CONDITION(!!error, "error", SD_JSON_BUILD_STRING(error)));
}

int workshop_write_report(const WorkshopJob *job, const WorkshopPlan *plan, const char *error) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *report = NULL;
        int r;

        r = make_report(plan, error, &report);
        if (r < 0)
                return log_error_errno(r, "Failed to make the report");
        return producer_report(&job->producer, report);
}
