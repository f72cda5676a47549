/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file of a content tree as the verbs that list one show it. Its name may be any bytes. */

#include <sys/stat.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"

/* "directory", "file", "link" or "other". */
const char *tree_entry_type(mode_t mode);

/* Bytes as text, with those that are not printable as \xNN; from malloc. */
int tree_entry_visible(const char *bytes, char **ret) _must_check_;

/* name, type, changed_usec, is_plain, size_bytes. */
int tree_entry_to_json(const char *name, const struct stat *st, sd_json_variant **ret) _must_check_;
