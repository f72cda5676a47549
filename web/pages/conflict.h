/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Handles two people who edit the same file. A form says in its field "match" which version it was
 * made of, and keeps saying it when it comes again after an error, so that saving once more is
 * refused once more. The page shows the version saved meanwhile beside it, with a button whose
 * value, the field "overwrite", is the checksum of that version: only a user who has seen it can
 * save over it.
 */

#include <systemd/sd-json.h>

#include "app/request.h"

/* The checksum of the version that the posted form replaces; NULL: the form names none. */
const char *conflict_match(const Request *request);

/*
 * {text, match, rows} of the current version when the form that comes again was made of another
 * one, else null. text is the file's, any bytes.
 */
int conflict_to_model(
        const Request *request, const char *text, size_t size, const char *match,
        sd_json_variant **ret) _must_check_;

/* How many lines a field for this text has. */
unsigned conflict_rows(const char *text);
