/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The places of a format of printf, each as a string of its own: a program that knows the format
 * and these strings can say the same in another language, without printf and without trust in
 * either.
 */

#include <stdarg.h>

#include "base/cleanup.h"

/* More places or arguments than this no message has. */
enum { TEXT_PLACES_MAX = 16 };

/*
 * Makes what printf writes for each place of one of our own formats, "%%" left out,
 * NULL-terminated: a width or precision given as "*" belongs to its place, "%m" is a place too.
 * -EINVAL: a conversion that is not supported
 * ("%n", "%ls", "%Lf"). ap is used up.
 */
int text_arguments(const char *format, va_list ap, char ***ret) _must_check_
__attribute__((format(printf, 1, 0)));

/*
 * A message with its places filled by these strings. code is the message in English, and says which
 * place takes which string; translation is code itself, or has the same places in any order
 * ("%2$s"). Both can be any bytes: -EINVAL when they are not formats, or when places and arguments
 * don't match.
 */
int text_fill(const char *code, const char *translation, char *const *arguments, char **ret)
        _must_check_;
