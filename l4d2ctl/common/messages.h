/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How messages get to standard error: as lines for people, or with --errors=json as lines of JSON
 * for a program (base/text-message.h).
 */

#include "base/errors.h"

/* "text" or "json", from now on. -EINVAL: neither. */
int messages_set_form(const char *form) _must_check_;

/* Writes errors of a file, for people with source line and caret. */
void messages_write_errors(const SpecErrors *errors);
