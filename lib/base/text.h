/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Texts for people, in their language, by glibc's gettext. A program calls text_setup() first;
 * without it, as in the generator, every text stays English.
 *
 * A text is a whole sentence, its places are printf's. In a translation they can change their
 * order: "%2$s … %1$s". log_…() and spec_errors_add() translate the format that they get, so their
 * callers pass plain literals; the Makefile's lists TEXT_MARKS and TEXT_FORMATS name all such
 * functions. Never translated: keys and words of JSON, unit files, fields of the journal, anything
 * that a program reads.
 */

#include <libintl.h>
#include <stdbool.h>

#include "base/cleanup.h"

#define TEXT_DOMAIN "left4me"

/* Returns the message in the current language, or the message itself without a translation.
 * Borrowed, never freed. */
#define _(message) dgettext(TEXT_DOMAIN, message)

/* Marks a text in a static table; where it is shown, it goes through _(). */
#define N_(message) message

/* The form of a text that fits the number n. Both forms have the same places. */
#define text_count(singular, plural, n) dngettext(TEXT_DOMAIN, singular, plural, n)

/* A text that another program wrote in English, such as a reason, in the current language. A text
 * that is not in the catalog stays, and a single word too, which can be a name. */
const char *text_phrase(const char *text);

/*
 * Takes the language from the environment: LC_ALL, LC_MESSAGES, LANG, LANGUAGE. Where the host
 * lacks that locale, translations are used all the same. Numbers and times stay as they are in
 * English. Without a catalog for that language, libc's messages are English too. A LANGUAGE that
 * has a slash does not count.
 */
void text_setup(void);

/* The same with catalogs of another directory than /usr/share/locale; for tests. */
void text_setup_from(const char *directory);

/*
 * Another language from now on, as LANGUAGE names it ("de", "de:fr"); "en" or a language without a
 * catalog: English. For a program that speaks to several people, after text_setup(). Costs some
 * microseconds; the first text in a language reads its catalog. Changes the environment variable
 * LANGUAGE, which child processes inherit.
 */
void text_set_language(const char *language);

/* English until text_resume(), for a text that a program compares. Does not nest. Without memory it
 * stays English. */
void text_pause(void);
void text_resume(void);

/* Where catalogs are, instead of /usr/share/locale; for tests. */
void text_set_directory(const char *directory);

/* Whether the catalog of the current language has this message. English has no catalog, and so
 * none. */
bool text_is_translated(const char *message);
