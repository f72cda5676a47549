/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The languages of the web app: English, and each that has a catalog of gettext. Every language has
 * its templates, compiled when the service starts, so rendering a page looks up nothing.
 *
 * Texts in C go through _(), and a process has one language. The event loop handles one
 * request at a time, so a request sets its language with language_use() whenever its handler begins
 * or goes on, and language_reset() returns to English, the language of the journal. That is glibc's
 * documented way without a locale for each language: the variable LANGUAGE and a counter that says
 * that it changed. A change costs microseconds; a request in English makes none, another request
 * makes two. The alternatives: locales (newlocale) exist only where the host generated them,
 * and a domain for each language would need catalogs where no other program looks for them.
 */

#include "view/language-tag.h"
#include "view/templates.h"

enum { LANGUAGES_MAX = 32 };

typedef struct Language {
        unsigned index;                /* 0: English */
        char tag[LANGUAGE_TAG_MAX];    /* "pt-BR", as HTTP and HTML have it */
        char locale[LANGUAGE_TAG_MAX]; /* "pt_BR", as gettext has it */
        Templates *templates;
} Language;

typedef struct Languages Languages;

/*
 * Loads the templates in every language that has a catalog in the directory of locales, which need
 * not exist. A translation that can't stand for its text is logged and not used, nor is a language
 * whose templates as a whole can't be used. Fails as templates_load().
 */
int languages_load(
        const char *templates, const char *locales, MustacheError *reterr, Languages **ret)
        _must_check_;

const Language *languages_english(const Languages *languages);

/* Returns the language that a client prefers; accept: its header Accept-Language, or NULL. */
const Language *languages_choose(const Languages *languages, const char *accept);

/* The language of texts from now on. */
void language_use(const Language *language);
void language_reset(void);

/* Its index; English until language_use(). */
unsigned language_current(void);

/* Its name for gettext. */
const char *language_current_locale(void);

Languages *languages_free(Languages *languages);
DEFINE_CLEANUP(Languages *, languages_free)
