/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Fields of a query string or a form body (application/x-www-form-urlencoded). Values are UTF-8
 * without control characters but tab and line feed; a line ends with a line feed, however the
 * browser wrote it.
 */

#include <stddef.h>
#include <stdio.h>

#include "base/cleanup.h"

enum { FORM_FIELDS_MAX = 1024 }; /* the form of a blueprint has one for each overlay there is */

typedef struct FormField {
        const char *name, *value; /* NUL-terminated */
} FormField;

typedef struct Form {
        FormField *fields;
        size_t n_fields;
        char *text; /* what the fields point into */
} Form;

/*
 * Returns 0; -EINVAL for a broken escape, invalid UTF-8 or a control character, -E2BIG for more
 * than FORM_FIELDS_MAX fields, -ENOMEM. An empty text is a form without fields.
 */
int form_parse(const char *text, size_t size, Form *ret) _must_check_;

/* The first field of this name, NULL when there is none. */
const char *form_get(const Form *form, const char *name);

/* Writes the text as the value of a field in a query. */
void form_print_escaped(const char *text, FILE *f);

/* Also for a zeroed Form. */
void form_clear(Form *form);
