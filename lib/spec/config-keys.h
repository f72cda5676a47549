/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The keys of the host configuration and what their values may be.
 */

#include <stdbool.h>

#include "spec/config.h"

/* The known sections, for an error message. */
extern const char config_sections[];

bool config_section_is_known(const char *section);

/* The known keys of a section, for an error message. */
const char *config_section_keys(const char *section);

/*
 * Sets a key; an empty value is its default. 0, -ENOENT for an unknown key, -EINVAL and
 * *ret_problem in static storage for a bad value, which leaves the key as it was, or -ENOMEM.
 */
int config_key_set(
        HostConfig *config, const char *section, const char *name, const char *value,
        const char **ret_problem) _must_check_;

/* Whether writable_directories= may have this directory. */
bool config_is_writable_directory(const char *path);

/* Sets every key to its default. 0 or -ENOMEM. */
int config_keys_set_defaults(HostConfig *config) _must_check_;
