/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/details.h"

#include <string.h>

#include "base/text-message.h"
#include "base/utf8.h"

/* --- messages of l4d2ctl ------------------------------------------------------------------------
 */

static void print_message(const TextMessage *message, FILE *f) {
        if (message->file)
                spec_error_print(
                        &(SpecError) { .file = message->file,
                                       .line = message->line,
                                       .column = message->column,
                                       .message = message->text,
                                       .source = message->source,
                                       .caret = message->caret },
                        f);
        else
                (void) fprintf(f, "l4d2ctl: %s\n", message->text);
}

/* is_whole: its end was there, and not lost because l4d2ctl wrote too much. */
static int print_line(const char *text, size_t length, bool is_whole, FILE *f) {
        _cleanup_free_ char *line = strndup(text, length);
        TextMessage message = {};
        int r;

        if (!line)
                return -ENOMEM;
        r = text_message_read(line, &message);
        if (r == -EBADMSG && (is_whole || line[0] != '{'))
                (void) fprintf(f, "%s\n", line);
        if (r < 0)
                return r == -EBADMSG ? 0 : r;
        print_message(&message, f);
        text_message_done(&message);
        return 0;
}

/* As l4d2ctl writes it for people. */
static int print_lines(const char *text, char **ret) {
        _cleanup_free_ char *printed = NULL;
        size_t size;
        FILE *f = open_memstream(&printed, &size);
        int r = 0;

        if (!f)
                return -ENOMEM;
        while (r >= 0 && text && *text) {
                size_t length = strcspn(text, "\n");
                bool is_whole = text[length] == '\n';

                r = print_line(text, length, is_whole, f);
                text += length + is_whole;
        }
        if (ferror(f) != 0)
                r = -ENOMEM;
        if (fclose(f) != 0 || !printed)
                r = -ENOMEM;
        if (r >= 0)
                *ret = TAKE_PTR(printed);
        return r;
}

/* --- lines --------------------------------------------------------------------------------------
 */

/* One line as JSON can have it: a byte that is not UTF-8 or would move a cursor becomes a question
 * mark. */
static int clean_line(const char *text, size_t length, sd_json_variant **ret) {
        _cleanup_free_ char *copy = malloc(length + 1);
        uint32_t character;

        if (!copy)
                return -ENOMEM;
        for (size_t i = 0, n; i < length; i += n) {
                n = utf8_decode(text + i, length - i, &character);
                if (n == 0 || (utf8_is_control(character) && character != '\t')) {
                        n = n == 0 ? 1 : n;
                        memset(copy + i, '?', n);
                } else
                        memcpy(copy + i, text + i, n);
        }
        return sd_json_variant_new_stringn(ret, copy, length);
}

int details_to_model(const char *text, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *lines = NULL;
        _cleanup_free_ char *printed = NULL;
        int r;

        r = print_lines(text, &printed);
        if (r >= 0)
                r = sd_json_build(&lines, SD_JSON_BUILD_EMPTY_ARRAY);
        for (const char *p = printed; r >= 0 && *p;) {
                size_t length = strcspn(p, "\n");
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *line = NULL;

                r = clean_line(p, length, &line);
                if (r >= 0)
                        r = sd_json_variant_append_array(&lines, line);
                p += length + 1;
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(lines);
        return 0;
}
