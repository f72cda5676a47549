/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reading and changing one value of a spec or blueprint while every byte outside that value stays:
 * comments, key order, quoting of other values, blank lines and indentation. Works on text;
 * checking the result with spec_parse() or blueprint_parse() and writing it is the caller's.
 */

#include <stddef.h>

#include "base/cleanup.h"
#include "spec/keys.h"

/*
 * An overlay whose server.cfg is executed is "REF:exec" in values, and {ref: REF, exec: true} in
 * the text.
 *
 * keys is spec_keys or blueprint_keys. A key is a top-level key ("port") or a dotted one
 * ("resources.memory_max"). Unknown keys are -ENOENT with an error that names the known ones.
 */

/*
 * The values at key: one for a scalar, one an element for a sequence, unquoted, NULL-terminated.
 * -ENODATA when the file doesn't set the key.
 */
int spec_edit_get(
        const YamlSource *source, const SpecKeys *keys, const char *key, char ***ret_values)
        _must_check_;

/*
 * The text with key set to values: exactly one for a scalar key, any number for a sequence key. An
 * existing value is replaced in its own style (flow or block, quoted when the value needs it), a
 * missing one is added at the end of its mapping. -EINVAL with errors when text is not a YAML
 * mapping or the number of values doesn't fit the key.
 */
int spec_edit_set(
        const YamlSource *source, const SpecKeys *keys, const char *key, const char *const *values,
        char **ret_text, size_t *ret_size) _must_check_;

/* The text without key, its whole lines removed. A missing key is success and the same text. */
int spec_edit_unset(
        const YamlSource *source, const SpecKeys *keys, const char *key, char **ret_text,
        size_t *ret_size) _must_check_;

/*
 * The text with overlays of the older form {path: …, alias: …} as {ref: …, exec: true}; prefix, the
 * directory of all overlays, is cut from paths. *ret_text stays NULL when the text has none of that
 * form, or isn't a mapping at all, which parsing it reports.
 */
int spec_edit_convert(
        const YamlSource *source, const char *prefix, char **ret_text, size_t *ret_size)
        _must_check_;
