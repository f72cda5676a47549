/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "view/accept-language.h"
#include "view/messages.h"
#include "view/mustache.h"

/* From any text of a client and of a translator: a header finds one of our languages, and a text
 * that may replace a message in a template compiles there. */

static void check_header(const char *text) {
        static const char *const tags[] = { "en", "de", "pt-BR", "zh" };
        size_t n = sizeof(tags) / sizeof(tags[0]);

        FUZZ_CHECK(accept_language_choose(text, tags, n) < n);
}

static void check_translation(const char *message, const char *translation) {
        _cleanup_(mustache_freep) Mustache *template = NULL;
        _cleanup_free_ char *text = NULL;
        MustacheError error;

        if (translation_fault(message, translation))
                return;
        FUZZ_CHECK(asprintf(&text, "<p a=\"{{#_}}%s{{/_}}\">", translation) >= 0);
        FUZZ_CHECK(mustache_compile("fuzz", text, strlen(text), &error, &template) == 0);
        FUZZ_CHECK(strchr(message, '"') || !strchr(translation, '"'));
        FUZZ_CHECK(strchr(message, '<') || !strchr(translation, '<'));
}

static const char *translate(const char *message, unsigned line, void *userdata) {
        (void) line;
        check_translation(message, userdata);
        return userdata;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = strndup((const char *) data, size);
        unsigned line;

        FUZZ_CHECK(text);
        check_header(text);
        check_translation("a", text);
        check_translation("<a href=\"{{b}}\">c</a> {{#d}}{name}{{/d}}", text);
        (void) !messages_replace(text, strlen(text), translate, text, NULL, &line);
        return 0;
}
