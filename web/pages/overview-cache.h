/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Overviews as they were sent, for whoever asks again while nothing has changed: a tab that is
 * reloaded, a script that polls. Each is for one session and one generation of the servers, and for
 * OVERVIEW_AGE_MAX, after which times and memory on it would be stale. Few are kept.
 */

#include <stdbool.h>
#include <stdint.h>

#include "app/request.h"

#define OVERVIEW_AGE_MAX UINT64_C(1000000) /* microseconds */

typedef struct OverviewCache OverviewCache;

/* NULL without memory. */
OverviewCache *overview_cache_new(void);

/* Whether the page says the same to whoever asks like that in this session. To be asked before the
 * page is made: that uses up what is said once. */
bool overview_is_plain(const Request *request);

/* Answers a plain request with the kept page; false when there is none. */
bool overview_cache_answer(const OverviewCache *cache, Request *request);

/* Keeps the answer to a plain request, made when the servers' generation was that. */
void overview_cache_keep(OverviewCache *cache, Request *request, uint64_t generation);

OverviewCache *overview_cache_free(OverviewCache *cache);
