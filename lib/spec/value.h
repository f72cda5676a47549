/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Single values of a spec with their exact type rules. Each function adds an error and says so when
 * the node is not what it should be; a node that was refused before is passed over in silence.
 *
 * Text may be quoted or not and means its own characters: `- 100` in a list of arguments is "100".
 * Numbers and booleans may not be quoted, numbers are decimal. A value that YAML reads as nothing
 * is an error everywhere.
 */

#include <stdbool.h>
#include <stdint.h>

#include "yaml/tree.h"

/* Clips what a message quotes of a file: printf("%.*s", …) */
#define QUOTED_MAX 64

/* Any scalar. NULL after an error. what names the value in messages: "port", "an argument". */
char *value_text(const YamlSource *source, const char *what, const YamlNode *node);

/* false after an error, like all below. */
bool value_boolean(const YamlSource *source, const char *what, const YamlNode *node, bool *ret);

bool value_integer(
        const YamlSource *source, const char *what, const YamlNode *node, int min, int max,
        int *ret);

/* Bytes: digits and an optional K, M, G or T (powers of 1024). */
bool value_size(
        const YamlSource *source, const char *what, const YamlNode *node, uint64_t min,
        uint64_t max, uint64_t *ret);

/* One of the n names; *ret is its index. */
bool value_enumeration(
        const YamlSource *source, const char *what, const YamlNode *node, const char *const *names,
        size_t n, size_t *ret);

bool value_is_list(const YamlSource *source, const char *what, const YamlNode *node);
bool value_is_mapping(const YamlSource *source, const char *what, const YamlNode *node);
