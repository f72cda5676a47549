/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Links to directories of a tree of files, shared by the pages that show one. */

#include <stddef.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"

/* "BASE?path=…" with the first length bytes of path, each byte that isn't plain escaped; the base
 * alone for no path. From malloc. */
int tree_href(const char *base, const char *path, size_t length, char **ret) _must_check_;

/* A link to the directory that path lies in. NULL: path is the tree itself. */
int tree_parent_href(const char *base, const char *path, char **ret) _must_check_;

/* [{label, href, is_current}]: the way down to path; label: the name of the tree itself. */
int tree_crumbs(const char *base, const char *label, const char *path, sd_json_variant **ret)
        _must_check_;
