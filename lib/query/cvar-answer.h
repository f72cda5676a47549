/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The answer of a server to the name of one of its variables: `"mp_gamemode" = "versus" …`. */

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies the variable's value, NUL-terminated. Lines of the log may come before the one that has
 * it. false: the answer has no such line, or a value that does not fit; then ret is "".
 */
bool cvar_answer_get(const char *answer, size_t size, const char *name, char *ret, size_t ret_size);
