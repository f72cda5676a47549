/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "archive/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"

void unpack_report_log(const UnpackResult *result) {
        double megabytes = (double) result->n_bytes / 1000 / 1000;

        if (result->n_links > 0)
                log_count(
                        LOG_WARNING, result->n_links, "%" PRIu64 " symbolic link was skipped",
                        "%" PRIu64 " symbolic links were skipped", result->n_links);
        if (result->n_kept > 0)
                log_count(
                        LOG_INFO, result->n_kept, "%" PRIu64 " file was kept as it is",
                        "%" PRIu64 " files were kept as they are", result->n_kept);
        if (result->n_left_out > 0)
                log_count(
                        LOG_NOTICE, result->n_left_out, "%" PRIu64 " file was left out",
                        "%" PRIu64 " files were left out", result->n_left_out);
        if (strcmp(result->to, ".") != 0)
                log_info("The files belong to '%s' and were put there", result->to);
        log_count(
                LOG_INFO, result->n_files, "Unpacked %" PRIu64 " file, %.1f MB",
                "Unpacked %" PRIu64 " files, %.1f MB", result->n_files, megabytes);
}

int unpack_report_build(const UnpackResult *result, sd_json_variant **ret) {
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_UNSIGNED("n_files", result->n_files),
                SD_JSON_BUILD_PAIR_UNSIGNED("size_bytes", result->n_bytes),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_links", result->n_links),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_kept", result->n_kept),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_left_out", result->n_left_out),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_clashes", result->n_clashes),
                SD_JSON_BUILD_PAIR_STRING("to", result->to));
}
