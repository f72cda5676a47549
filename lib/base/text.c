/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"

#include <locale.h>
#include <string.h>

/* glibc's and libintl's counter: a change of it makes gettext look at LANGUAGE again. */
extern int _nl_msg_cat_cntr; /* NOLINT(bugprone-reserved-identifier): the name is theirs */

/* Where `make install` puts them. */
static const char catalogs[] = "/usr/share/locale";

/* On every Debian host: it is part of libc-bin. */
static const char utf8_locale[] = "C.UTF-8";

/*
 * The same locale by a name of our own. gettext ignores LANGUAGE in a locale whose name is "C" or
 * begins with "C.", and many hosts have no other. A locale with an unknown territory is the one
 * without territory, as always.
 */
static const char any_locale[] = "C_XX.UTF-8";

/* The locale that the environment names for messages; NULL: none. */
static const char *wanted_locale(void) {
        static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                const char *value = getenv(names[i]);

                if (value && value[0] != '\0')
                        return value;
        }
        return NULL;
}

static bool is_plain(const char *locale) {
        return strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0;
}

/* A person who logs in by ssh often brings the name of a locale that this host never generated. */
static void use_language_of(const char *locale) {
        const char *language = getenv("LANGUAGE");

        if ((!language || language[0] == '\0') && !strchr(locale, '/'))
                (void) setenv("LANGUAGE", locale, 1);
}

/* glibc takes a name with slashes as a path to a catalog, whose texts become formats of printf. */
static void refuse_paths(void) {
        const char *language = getenv("LANGUAGE");

        if (language && strchr(language, '/'))
                (void) unsetenv("LANGUAGE");
}

void text_setup(void) {
        text_setup_from(catalogs);
}

void text_setup_from(const char *directory) {
        const char *wanted, *current = setlocale(LC_MESSAGES, "");
        bool is_missing = !current, ignores_language = current && strncmp(current, "C.", 2) == 0;

        refuse_paths();
        /* A change of the environment may take away what getenv() returned. */
        wanted = wanted_locale();
        /* Texts are UTF-8 whatever the locale; libsmartcols counts their columns by this. */
        (void) setlocale(LC_CTYPE, utf8_locale);
        if (is_missing && wanted)
                use_language_of(wanted);
        if (is_missing || ignores_language)
                (void) setlocale(LC_MESSAGES, any_locale);
        text_set_directory(directory);

        /* libc has catalogs of its own: without one of ours, its words for errors would stand
         * inside of English sentences. */
        if (!text_is_translated("Out of memory"))
                (void) setlocale(LC_MESSAGES, "C");
}

void text_set_language(const char *language) {
        const char *current = setlocale(LC_MESSAGES, NULL);

        if (!current || is_plain(current))
                (void) setlocale(LC_MESSAGES, any_locale);
        (void) setenv("LANGUAGE", language, 1);
        _nl_msg_cat_cntr++;
}

static char *paused;

void text_pause(void) {
        paused = strdup(setlocale(LC_MESSAGES, NULL));
        (void) setlocale(LC_MESSAGES, "C");
}

void text_resume(void) {
        if (paused)
                (void) setlocale(LC_MESSAGES, paused);
        free(paused);
        paused = NULL;
}

void text_set_directory(const char *directory) {
        (void) bindtextdomain(TEXT_DOMAIN, directory);
        (void) bind_textdomain_codeset(TEXT_DOMAIN, "UTF-8");
}

const char *text_phrase(const char *text) {
        return strchr(text, ' ') ? _(text) : text;
}

bool text_is_translated(const char *message) {
        return message[0] != '\0' && _(message) != message;
}
