/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tools/template-texts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "view/messages.h"
#include "view/templates.h"

typedef struct Texts {
        const char *directory;
        bool is_bad;
} Texts;

static void print_quoted(const char *text) {
        putchar('"');
        for (; *text; text++) {
                if (*text == '"' || *text == '\\')
                        putchar('\\');
                putchar(*text);
        }
        puts("\"");
}

static const char *print_text(
        const char *file, unsigned line, const char *message, void *userdata) {
        Texts *texts = userdata;
        const char *fault = translation_fault(message, message);

        if (fault) {
                fprintf(stderr, "%s/%s:%u: '%s': %s\n", texts->directory, file, line, message,
                        fault);
                texts->is_bad = true;
        }
        printf("\n#: %s/%s:%u\nmsgid ", texts->directory, file, line);
        print_quoted(message);
        puts("msgstr \"\"");
        return NULL;
}

int template_texts_print(const char *directory) {
        _cleanup_(templates_freep) Templates *templates = NULL;
        Texts texts = { .directory = directory };
        MustacheError error = {};
        int r;

        puts("msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"");
        r = templates_load(directory, print_text, &texts, &error, &templates);
        if (r < 0)
                fprintf(stderr, "%s/%s:%u:%u: %s\n", directory, error.name, error.line,
                        error.column, error.message);
        return r < 0 ? r : texts.is_bad ? -EINVAL : 0;
}
