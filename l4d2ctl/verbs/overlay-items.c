/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay items: what the last build of a Workshop overlay says of each item. */

#include <fcntl.h>
#include <inttypes.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "content/job-name.h"
#include "content/store.h"
#include "content/workshop-report.h"
#include "verbs/overlays.h"

static int read_report(const Ctl *ctl, const char *ref, WorkshopReport *ret) {
        const FileLimits limits = { .size_max = WORKSHOP_REPORT_SIZE_MAX };
        _cleanup_free_ char *path = NULL, *text = NULL;
        _cleanup_close_ int jobs_fd = -EBADF;
        char instance[JOB_REF_MAX + 1];
        size_t size;
        int r;

        r = job_instance_from_ref(ref, instance);
        if (r < 0)
                return r;
        if (asprintf(&path, "%s/out/report.json", instance) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        jobs_fd = open(ctl->paths->jobs_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (jobs_fd < 0)
                return -errno;
        r = read_file_beneath(jobs_fd, path, &limits, &text, &size);
        return r < 0 ? r : workshop_report_parse(text, size, ret);
}

static int add_as_json(sd_json_variant **array, const WorkshopReportItem *item) {
        char id[32];

        (void) snprintf(id, sizeof(id), "%" PRIu64, item->id);
        return sd_json_variant_append_arrayb(
                array,
                SD_JSON_BUILD_OBJECT(
                        SD_JSON_BUILD_PAIR_STRING("id", id),
                        SD_JSON_BUILD_PAIR_STRING("title", item->title),
                        SD_JSON_BUILD_PAIR_UNSIGNED("size_bytes", item->size),
                        SD_JSON_BUILD_PAIR_UNSIGNED("updated_usec", item->updated),
                        SD_JSON_BUILD_PAIR_STRING("state", workshop_state_to_string(item->state)),
                        SD_JSON_BUILD_PAIR_STRING(
                                "file", workshop_report_file_to_string(item->file)),
                        SD_JSON_BUILD_PAIR_CONDITION(!item->error, "error", SD_JSON_BUILD_NULL),
                        SD_JSON_BUILD_PAIR_CONDITION(
                                !!item->error, "error", SD_JSON_BUILD_STRING(item->error))));
}

static int add_as_row(Listing *listing, const WorkshopReportItem *item) {
        char id[32], size[SIZE_TEXT_MAX], updated[TIME_TEXT_MAX];

        (void) snprintf(id, sizeof(id), "%" PRIu64, item->id);
        (void) size_format(item->size, size);
        time_format(item->updated, updated);
        return listing_add(
                listing, (const char *[]) {
                                 id,
                                 *item->title ? item->title : NULL,
                                 item->size > 0 ? size : NULL,
                                 item->updated > 0 ? updated : NULL,
                                 workshop_state_to_string(item->state),
                                 item->error,
                         });
}

static int print(const Ctl *ctl, const WorkshopReport *report) {
        static const ListingColumn columns[] = {
                { N_("ID"), false },
                { N_("TITLE"), false },
                { N_("SIZE"), true },
                { N_("UPDATED"), false },
                { N_("STATE"), false },
                { N_("ERROR"), false },
                {},
        };
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        r = ctl->options.json ? sd_json_variant_new_array(&array, NULL, 0)
                              : listing_new(columns, &listing);
        for (size_t i = 0; r >= 0 && i < report->n; i++)
                r = listing ? add_as_row(listing, &report->items[i])
                            : add_as_json(&array, &report->items[i]);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list the items");
                return CTL_FAILURE;
        }
        return listing ? listing_print(listing) : print_json(array);
}

int overlay_items(Ctl *ctl) {
        _cleanup_(workshop_report_done) WorkshopReport report = {};
        _cleanup_(store_close) Store store = STORE_INIT;
        const char *ref = ctl->operands[0];
        int r;

        r = store_open_to_read(ctl, ref, &store);
        if (r != CTL_OK)
                return r;
        r = read_report(ctl, ref, &report);
        if (r == -ENOENT && !ctl->options.json) {
                log_notice(
                        "The overlay '%s' was not built yet: 'l4d2ctl overlay build %s'", ref, ref);
                return CTL_OK;
        }
        if (r < 0 && r != -ENOENT) {
                log_error(
                        "Failed to read the report of the last build of '%s': %s", ref,
                        r == -EBADMSG ? _("it is not one of a Workshop job")
                                      : _(file_error_message(r)));
                return CTL_FAILURE;
        }
        if (report.error && !ctl->options.json)
                log_warning("The last build of '%s' failed: %s", ref, report.error);
        return print(ctl, &report);
}
