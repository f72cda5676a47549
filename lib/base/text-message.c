/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"
#include "base/strv.h"
#include "base/text-message.h"

#include <limits.h>
#include <string.h>

#include "base/text-places.h"
#include "base/text.h"
#include "base/utf8.h"

/* --- writing ------------------------------------------------------------------------------------
 */

/* JSON has Unicode only: each byte that is not becomes U+FFFD. */
static int make_string(const char *text, sd_json_variant **ret) {
        _cleanup_free_ char *valid = NULL;

        if (utf8_is_valid(text))
                return sd_json_variant_new_string(ret, text);
        valid = utf8_make_valid(text, strlen(text));
        return valid ? sd_json_variant_new_string(ret, valid) : -ENOMEM;
}

static int set_string(sd_json_variant **object, const char *key, const char *text) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *string = NULL;
        int r = make_string(text, &string);

        return r < 0 ? r : sd_json_variant_set_field(object, key, string);
}

static int set_number(sd_json_variant **object, const char *key, unsigned number) {
        return number > 0 ? sd_json_variant_set_field_unsigned(object, key, number) : 0;
}

static int set_arguments(sd_json_variant **object, char *const *arguments) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r = sd_json_variant_new_array(&array, NULL, 0);

        for (size_t i = 0; arguments[i] && r >= 0; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *string = NULL;

                r = make_string(arguments[i], &string);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, string);
        }
        return r < 0 ? r : sd_json_variant_set_field(object, "arguments", array);
}

int text_message_set_code(sd_json_variant **object, const char *code, char *const *arguments) {
        int r = sd_json_variant_set_field_string(object, "code", code);

        return r < 0 ? r : set_arguments(object, arguments);
}

/* code and arguments: NULL when memory ran out, then the text alone has to do. */
static int make_message(
        int priority, const char *code, char *const *arguments, const char *text,
        sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r = sd_json_variant_set_field_unsigned(&object, "priority", (uint64_t) priority);

        if (r >= 0 && code && arguments)
                r = text_message_set_code(&object, code, arguments);
        if (r >= 0)
                r = set_string(&object, "text", text);
        if (r >= 0)
                *ret = TAKE_PTR(object);
        return r;
}

/* A plain line is better than none. Formatted first: sd_json_variant_dump() writes each character
 * for itself, and standard error has no buffer. */
static void write_line(int r, sd_json_variant *object, const char *text, FILE *f) {
        _cleanup_free_ char *line = NULL;

        if (r >= 0)
                r = sd_json_variant_format(object, SD_JSON_FORMAT_NEWLINE, &line);
        if (r < 0)
                (void) fprintf(f, "%s\n", text);
        else
                (void) fputs(line, f);
}

void text_message_write(const LogMessage *message, FILE *f) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r = make_message(
                message->priority, message->code, message->arguments, message->text, &object);

        if (r >= 0 && message->plural)
                r = sd_json_variant_set_field_string(&object, "plural", message->plural);
        if (r >= 0 && message->plural)
                r = sd_json_variant_set_field_unsigned(&object, "number", message->number);
        if (r >= 0)
                r = set_number(&object, "error", (unsigned) message->error);
        write_line(r, object, message->text, f);
}

static int add_place(const SpecError *error, sd_json_variant **object) {
        int r = set_string(object, "file", error->file);

        if (r >= 0)
                r = set_number(object, "line", error->line);
        if (r >= 0)
                r = set_number(object, "column", error->column);
        if (r >= 0 && error->source)
                r = set_string(object, "source", error->source);
        if (r >= 0 && error->source)
                r = set_number(object, "caret", error->caret);
        return r;
}

static void write_dropped(size_t n, FILE *f) {
        static const char format[] = N_("More errors in this file: %zu");
        char number[24], *arguments[] = { number, NULL };
        _cleanup_free_ char *text = NULL;

        (void) snprintf(number, sizeof(number), "%zu", n);
        if (text_fill(format, _(format), arguments, &text) < 0)
                return;
        text_message_write(
                &(LogMessage) {
                        .priority = LOG_ERR, .code = format, .arguments = arguments, .text = text },
                f);
}

void text_message_write_errors(const SpecErrors *errors, FILE *f) {
        for (size_t i = 0; i < errors->n_items; i++) {
                const SpecError *error = &errors->items[i];
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
                int r = make_message(
                        LOG_ERR, error->code, error->arguments, error->message, &object);

                if (r >= 0)
                        r = add_place(error, &object);
                write_line(r, object, error->message, f);
        }
        if (errors->n_dropped > 0)
                write_dropped(errors->n_dropped, f);
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* 0 for anything but a number from 1 to INT_MAX. */
static unsigned get_number(sd_json_variant *object, const char *key) {
        uint64_t number = json_number(object, key, 0);

        return number <= INT_MAX ? (unsigned) number : 0;
}

static int copy_string(const char *string, char **ret) {
        *ret = string ? strdup(string) : NULL;
        return string && !*ret ? -ENOMEM : 0;
}

static int get_arguments(sd_json_variant *object, char ***ret) {
        sd_json_variant *array = sd_json_variant_by_key(object, "arguments");
        size_t n = array && sd_json_variant_is_array(array) ? sd_json_variant_elements(array)
                                                            : SIZE_MAX;
        _cleanup_(strv_freep) char **arguments = NULL;

        if (n > TEXT_PLACES_MAX)
                return -EBADMSG;
        arguments = calloc(n + 1, sizeof(*arguments));
        if (!arguments)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                sd_json_variant *item = sd_json_variant_by_index(array, i);

                if (!sd_json_variant_is_string(item))
                        return -EBADMSG;
                arguments[i] = strdup(sd_json_variant_string(item));
                if (!arguments[i])
                        return -ENOMEM;
        }
        *ret = TAKE_PTR(arguments);
        return 0;
}

static int fill(const char *code, const char *translation, char *const *arguments, char **ret) {
        _cleanup_(strv_freep) char **translated = NULL;
        size_t n = strv_length(arguments);

        translated = calloc(n + 1, sizeof(*translated));
        if (!translated)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                translated[i] = strdup(text_phrase(arguments[i]));
                if (!translated[i])
                        return -ENOMEM;
        }
        return text_fill(code, translation, translated, ret);
}

int text_message_say(const char *code, char *const *arguments, char **ret) {
        return fill(code, _(code), arguments, ret);
}

/* The code's translation, in the form for its number if it has forms. */
static const char *translate_code(sd_json_variant *object, const char *code) {
        sd_json_variant *number = sd_json_variant_by_key(object, "number");
        const char *plural = json_text(object, "plural");

        if (!plural || !number || !sd_json_variant_is_unsigned(number))
                return _(code);
        return text_count(code, plural, (unsigned long) sd_json_variant_unsigned(number));
}

int text_message_translate(sd_json_variant *object, char **ret) {
        const char *code = json_text(object, "code");
        _cleanup_(strv_freep) char **arguments = NULL;
        int r;

        if (!code || code[0] == '\0')
                return -EBADMSG;
        r = get_arguments(object, &arguments);
        return r < 0 ? r : fill(code, translate_code(object, code), arguments, ret);
}

/* With the words of its errno. */
static int translate(sd_json_variant *object, char **ret) {
        unsigned error = get_number(object, "error");
        _cleanup_free_ char *text = NULL;
        int r;

        r = text_message_translate(object, &text);
        if (r < 0)
                return r;
        if (error == 0)
                *ret = TAKE_PTR(text);
        else if (asprintf(ret, "%s: %s", text, strerror((int) error)) < 0)
                return -ENOMEM;
        return 0;
}

static int read_message(sd_json_variant *object, const char *text, TextMessage *ret) {
        int r;

        ret->priority = (int) get_number(object, "priority");
        r = translate(object, &ret->text);
        if (r < 0 && r != -ENOMEM)
                r = copy_string(text, &ret->text);
        if (r >= 0)
                r = copy_string(json_text(object, "file"), &ret->file);
        ret->line = get_number(object, "line");
        ret->column = get_number(object, "column");
        if (r >= 0)
                r = copy_string(json_text(object, "source"), &ret->source);
        ret->caret = get_number(object, "caret");
        return r;
}

int text_message_read(const char *line, TextMessage *ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        TextMessage message = {};
        const char *text;
        int r;

        if (line[0] != '{' || sd_json_parse(line, 0, &object, NULL, NULL) < 0)
                return -EBADMSG;
        text = json_text(object, "text");
        if (!text || !sd_json_variant_by_key(object, "priority"))
                return -EBADMSG;

        r = read_message(object, text, &message);
        if (r < 0) {
                text_message_done(&message);
                return r;
        }
        *ret = message;
        return 0;
}

void text_message_done(TextMessage *message) {
        free(message->text);
        free(message->file);
        free(message->source);
        *message = (TextMessage) {};
}
