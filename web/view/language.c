/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/language.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "view/accept-language.h"
#include "view/messages.h"

#define CATALOG "LC_MESSAGES/" TEXT_DOMAIN ".mo"

struct Languages {
        Language items[LANGUAGES_MAX];
        const char *tags[LANGUAGES_MAX];
        size_t n;
};

static const Language english = { .tag = "en", .locale = "en" };
static const Language *current = &english;

void language_use(const Language *language) {
        if (language->index == current->index)
                return;
        current = language;
        text_set_language(language->locale);
}

void language_reset(void) {
        language_use(&english);
}

unsigned language_current(void) {
        return current->index;
}

const char *language_current_locale(void) {
        return current->locale;
}

/* --- templates ----------------------------------------------------------------------------------
 */

static const char *translate(const char *file, unsigned line, const char *message, void *userdata) {
        const Language *language = userdata;
        const char *translation, *fault;

        if (!text_is_translated(message))
                return NULL;
        translation = _(message);
        fault = translation_fault(message, translation);
        if (!fault)
                return translation;
        log_error(
                "Failed to use the translation to %s of '%s' (%s:%u): %s", language->locale,
                message, file, line, fault);
        return NULL;
}

/* --- which there are ----------------------------------------------------------------------------
 */

static bool has_catalog(const char *locales, const char *locale) {
        _cleanup_free_ char *path = NULL;

        return asprintf(&path, "%s/%s/" CATALOG, locales, locale) >= 0 && access(path, R_OK) == 0;
}

static Language *add(Languages *languages, const char *locale) {
        Language *language = &languages->items[languages->n];

        language->index = (unsigned) languages->n;
        (void) snprintf(language->locale, sizeof(language->locale), "%s", locale);
        (void) language_tag(locale, language->tag);
        languages->tags[languages->n++] = language->tag;
        return language;
}

/* One bad catalog doesn't stop the service: people who ask for its language get English. */
static int load(Languages *languages, const char *templates, const char *locale) {
        Language *language = add(languages, locale);
        MustacheError error = {};
        int r;

        language_use(language);
        r = templates_load(templates, translate, language, &error, &language->templates);
        language_reset();
        if (r >= 0 || r == -ENOMEM)
                return r;

        languages->n--;
        log_warning(
                "Failed to translate the templates to %s, which is shown in English: %s:%u:%u: %s",
                locale, error.name, error.line, error.column, error.message);
        return 0;
}

static int load_translations(Languages *languages, const char *templates, const char *locales) {
        char tag[LANGUAGE_TAG_MAX];
        struct dirent **entries;
        int n, r = 0;

        n = scandir(locales, &entries, NULL, alphasort);
        for (int i = 0; i < n; i++) {
                const char *locale = entries[i]->d_name;

                if (r >= 0 && languages->n < LANGUAGES_MAX && language_tag(locale, tag) &&
                    strcmp(locale, english.locale) != 0 && has_catalog(locales, locale))
                        r = load(languages, templates, locale);
                free(entries[i]);
        }
        if (n >= 0)
                free(entries);
        return r;
}

int languages_load(
        const char *templates, const char *locales, MustacheError *reterr, Languages **ret) {
        _cleanup_(languages_freep) Languages *languages = calloc(1, sizeof(*languages));
        int r;

        if (!languages)
                return -ENOMEM;

        text_set_directory(locales);
        text_set_language(english.locale);
        current = &english;
        r = templates_load(
                templates, NULL, NULL, reterr, &add(languages, english.locale)->templates);
        if (r >= 0)
                r = load_translations(languages, templates, locales);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(languages);
        return 0;
}

const Language *languages_english(const Languages *languages) {
        return &languages->items[0];
}

const Language *languages_choose(const Languages *languages, const char *accept) {
        return &languages->items[accept_language_choose(accept, languages->tags, languages->n)];
}

Languages *languages_free(Languages *languages) {
        if (!languages)
                return NULL;

        language_reset();
        for (size_t i = 0; i < languages->n; i++)
                templates_free(languages->items[i].templates);
        free(languages);
        return NULL;
}
