/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The valid names of instances, overlays and blueprints, and ids. Every text that becomes part of a
 * path or a unit name passes one of these checks first; no other module decides about names.
 */

#include <stdbool.h>
#include <stddef.h>

enum {
        INSTANCE_NAME_MAX = 32, /* bytes */
        REF_COMPONENT_MAX = 64, /* bytes of one component */
        REF_COMPONENTS_MAX = 3,
};

/* [a-z0-9][a-z0-9-]{0,31}. NULL is not valid. */
bool instance_name_is_valid(const char *name);

/*
 * One to three components joined by '/', each [a-z0-9][a-z0-9._-]{0,63}: relative, without empty,
 * "." and ".." components by construction. NULL is not valid.
 */
bool ref_is_valid(const char *ref);

enum { BLUEPRINT_REF_MAX = 2 * INSTANCE_NAME_MAX + 1 }; /* bytes */

/* OWNER/NAME, two names as those of instances. NULL is not valid. */
bool blueprint_ref_is_valid(const char *ref);

/* Exactly n hexadecimal digits in lower case, as ids and checksums have. NULL is not valid. */
bool hex_is_valid(const char *text, size_t n);
