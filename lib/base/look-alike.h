/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds names that look the same, because a player can take another one's name with a letter of
 * another script, something invisible or other capitals. For lists of players; a hint for people,
 * not a proof.
 */

#include <stdbool.h>

/*
 * Whether two names look the same. Letters of other scripts, wide, round and mathematical ones
 * count as the Latin letter that they look like, letters with marks as those without, "rn" as "m",
 * 0 as O, 1 and | as l, all blanks as one; invisible characters don't count, also in the form that
 * base/visible-text.h gives them. Capitals and small letters are the same, and in names that are
 * the same apart from these, capital I is also l. Empty names look like no other one. The first 256
 * characters count.
 *
 * The table of letters comes from the confusable characters of Unicode, so most scripts are in it.
 * Missing are pairs that have no Latin letter, for example of two Chinese characters.
 */
bool names_look_alike(const char *a, const char *b);
