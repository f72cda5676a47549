/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The result of unpacking an archive, for people and for out/report.json (common/producer.h). */

#include <systemd/sd-json.h>

#include "archive/unpack.h"

/* Logs one line about the files and one for each that people should know about. */
void unpack_report_log(const UnpackResult *result);

/* An object with n_files, size_bytes, n_links, n_kept, n_left_out, n_clashes and to. */
int unpack_report_build(const UnpackResult *result, sd_json_variant **ret) _must_check_;
