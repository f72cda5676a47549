/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads JSON that others wrote, where each member may be missing or something else than is
 * expected, and builds numbers that may be missing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"

#define _cleanup_json_ _cleanup_(sd_json_variant_unrefp)

/* size bytes of text, which end with a NUL that does not count. The caller unrefs ret. -EBADMSG: it
 * is not JSON, or has a NUL; -ENOMEM. */
int json_parse(const char *text, size_t size, sd_json_variant **ret) _must_check_;

/*
 * Members of an object; NULL, or a value that is not an object, has none. Texts and lists are
 * borrowed from it.
 */

/* NULL: the member is missing, or not a text. */
const char *json_text(sd_json_variant *object, const char *key);

/* Copies a text. False: it is missing, not a text, or has size bytes or more; ret is untouched. */
bool json_copy_text(sd_json_variant *object, const char *key, char *ret, size_t size);

/* The fallback, where the member is missing or not a number from 0 to UINT64_MAX. */
uint64_t json_number(sd_json_variant *object, const char *key, uint64_t fallback);

/* Whether the member is there and true. */
bool json_is_true(sd_json_variant *object, const char *key);

/* NULL, which has no elements: the member is missing, or not an array. */
sd_json_variant *json_list(sd_json_variant *object, const char *key);

/* For SD_JSON_BUILD_CALLBACK(): userdata is a uint64_t, which is null as UINT64_MAX or as 0. */
int json_build_measured(sd_json_variant **ret, const char *name, void *userdata) _must_check_;
int json_build_nonzero(sd_json_variant **ret, const char *name, void *userdata) _must_check_;
