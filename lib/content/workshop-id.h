/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The numbers of items and collections of the Steam Workshop, as people write them. */

#include <stdint.h>

#include "base/cleanup.h"

enum { WORKSHOP_ID_TEXT_MAX = 21 }; /* with the NUL */

/*
 * Reads digits without leading zeros: the form in files and answers. 0, or -EINVAL for anything
 * else, also for 0.
 */
int workshop_id_parse(const char *text, uint64_t *ret) _must_check_;

/*
 * Reads the same, or the address of an item's or a collection's page:
 * "https://steamcommunity.com/sharedfiles/filedetails/?id=123", also below "workshop", with other
 * parameters, without "https://", or as "steam://url/CommunityFilePage/123". Spaces around it are
 * ignored. 0, or -EINVAL for anything else.
 */
int workshop_id_from_person(const char *text, uint64_t *ret) _must_check_;
