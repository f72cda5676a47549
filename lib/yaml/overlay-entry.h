/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An element of the list `overlays` as one text: "REF", or "REF:exec" for {ref: REF, exec: true}.
 * That is how values of this key are passed to and from the editing of specs. ':' is in no ref.
 */

#include "yaml/tree.h"

#define OVERLAY_ENTRY_EXEC ":exec"

/* Bytes of the ref when the text ends in ":exec", else 0. */
size_t overlay_entry_ref_length(const char *text);

/*
 * Gives the mappings in a list their text, see yaml_element_text(); those that are not such an
 * entry get none. list may be NULL or anything. -ENOMEM.
 */
int overlay_entries_name(Arena *arena, YamlNode *list) _must_check_;

/*
 * The list with the older form {path: …, alias: …} read as what it means today: an overlay whose
 * server.cfg is executed when it has an alias. prefix, the directory of all overlays, is cut from
 * paths. *ret is NULL when no element has that form, else from malloc with texts of the arena.
 */
int overlay_entries_convert(
        Arena *arena, const YamlNode *list, const char *prefix, const char ***ret) _must_check_;
