/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds words of a template that no translation can replace: letters outside of {{#_}}…{{/_}}, in a
 * text or in an attribute that people read. Not words are what follows a tag with translate="no" or
 * lang=, and the content of <code>, <pre> and the like.
 */

typedef void (*BareTextFunction)(const char *at, void *userdata);

/* Calls the function once for each text, with the place of its first letter. */
void bare_text_find(const char *text, BareTextFunction function, void *userdata);
