/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Answers that were made when the service started, for requests whose own answer can't be built.
 * They need no memory, so every request gets an answer. For main.c and app/answer.c.
 */

#include <stdbool.h>

#include "base/cleanup.h"

struct MHD_Response;

typedef struct Fallback Fallback;

int fallback_new(Fallback **ret) _must_check_;

/* The page, or its JSON twin; owned by the Fallback, shared by all requests. */
struct MHD_Response *fallback_get(const Fallback *fallback, bool is_api);

Fallback *fallback_free(Fallback *fallback);
DEFINE_CLEANUP(Fallback *, fallback_free)
