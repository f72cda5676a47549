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
#include "base/sha256.h"

/* The version of a file that is saved now, and the form that edits it. */
typedef struct ConflictSaved {
        const char *text; /* any bytes */
        size_t size;
        const char *match; /* its checksum */
        const char *field; /* of the form, in place of "match"; NULL: that one */
        const char *href;  /* the page of the form; NULL: the request's path */
} ConflictSaved;

/* The checksum of the version that the posted form replaces; NULL: the form names none. field: as
 * in ConflictSaved. */
const char *conflict_match(const Request *request, const char *field);

#define CONFLICT_OPTION_MAX (SHA256_TEXT_MAX + sizeof("--if-match="))

/* The option by which l4d2ctl refuses to replace another version; NULL for a match of NULL. */
const char *conflict_option(const char *match, char ret[static CONFLICT_OPTION_MAX]);

/* {text, match, rows, href} of the saved version when the form that comes again was made of another
 * one, else null. */
int conflict_to_model(const Request *request, const ConflictSaved *saved, sd_json_variant **ret)
        _must_check_;

/* How many lines a field for this text has. */
unsigned conflict_rows(const char *text);
