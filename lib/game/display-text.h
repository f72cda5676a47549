/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Texts from files that strangers made, as they can stand on a page or in a terminal: valid UTF-8,
 * one line, nothing invisible, not endless. */

#include "base/cleanup.h"

enum { DISPLAY_TEXT_MAX = 256 }; /* bytes; a longer one ends with "…" */

/* From malloc; blanks at both ends are left out, others become one. text may be NULL, which gives
 * NULL as "" does. */
int display_text(const char *text, char **ret) _must_check_;
