/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/value.h"

#include <string.h>

#include "base/text.h"
#include "yaml/hint.h"

char *value_text(const YamlSource *source, const char *what, const YamlNode *node) {
        switch (node->kind) {
        case YAML_KIND_SCALAR:
                if (!yaml_is_null(node))
                        return node->text;
                yaml_error(source, node->start, "%s has no value", _(what));
                return NULL;
        case YAML_KIND_SEQUENCE:
                yaml_error(source, node->start, "%s must be a single value, not a list", _(what));
                return NULL;
        case YAML_KIND_MAPPING:
                yaml_error(
                        source, node->start,
                        "%s must be a single value, not a mapping (a text "
                        "with ': ' in it needs quotes)",
                        _(what));
                return NULL;
        case YAML_KIND_REFUSED:
                return NULL;
        }
        return NULL;
}

/* Whether it is a scalar without quotes. */
static bool is_bare(const YamlNode *node) {
        return node->style == YAML_STYLE_PLAIN;
}

bool value_boolean(const YamlSource *source, const char *what, const YamlNode *node, bool *ret) {
        const char *text = value_text(source, what, node);

        if (!text)
                return false;
        if (!is_bare(node)) {
                yaml_error(source, node->start, "%s must be true or false, without quotes", what);
                return false;
        }
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
                yaml_error(
                        source, node->start, "%s must be true or false, not '%.*s'", what,
                        QUOTED_MAX, text);
                return false;
        }

        *ret = text[0] == 't';
        return true;
}

/* Digits without leading zeros at the start of text; how many there were, 0 when it has none or
 * the number does not fit. */
static size_t parse_digits(const char *text, uint64_t *ret) {
        uint64_t value = 0;
        size_t n = 0;

        for (; text[n] >= '0' && text[n] <= '9'; n++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, (uint64_t) (text[n] - '0'), &value))
                        return 0;
        if (n > 1 && text[0] == '0')
                return 0;

        *ret = value;
        return n;
}

static bool parse_integer(const char *text, int min, int max, int *ret) {
        bool negative = text[0] == '-';
        uint64_t magnitude;
        size_t n = parse_digits(text + negative, &magnitude);

        if (n == 0 || text[negative + n] != '\0' || magnitude > INT32_MAX)
                return false;

        int value = negative ? -(int) magnitude : (int) magnitude;

        if (value < min || value > max)
                return false;
        *ret = value;
        return true;
}

bool value_integer(
        const YamlSource *source, const char *what, const YamlNode *node, int min, int max,
        int *ret) {
        const char *text = value_text(source, what, node);

        if (!text)
                return false;
        if (!is_bare(node)) {
                yaml_error(source, node->start, "%s must be a number, without quotes", what);
                return false;
        }
        if (parse_integer(text, min, max, ret))
                return true;

        yaml_error(
                source, node->start, "%s must be a number from %d to %d, not '%.*s'", what, min,
                max, QUOTED_MAX, text);
        return false;
}

static bool parse_size(const char *text, uint64_t *ret) {
        static const char units[] = "KMGT";
        uint64_t value;
        size_t n = parse_digits(text, &value);

        if (n == 0)
                return false;
        if (text[n] == '\0') {
                *ret = value;
                return true;
        }

        const char *unit = strchr(units, text[n]);

        if (!unit || text[n + 1] != '\0')
                return false;
        return !__builtin_mul_overflow(value, UINT64_C(1) << (10 * (unit - units + 1)), ret);
}

bool value_size(
        const YamlSource *source, const char *what, const YamlNode *node, uint64_t min,
        uint64_t max, uint64_t *ret) {
        const char *text = value_text(source, what, node);
        uint64_t value;

        if (!text)
                return false;
        if (!parse_size(text, &value)) {
                yaml_error(
                        source, node->start,
                        "%s must be a size like 2G, 1536M or a number of bytes, not '%.*s'", what,
                        QUOTED_MAX, text);
                return false;
        }
        if (value < min)
                yaml_error(
                        source, node->start,
                        "%s must be from %lluM to %lluT, not '%.*s', is a unit (M, G) missing?",
                        what, (unsigned long long) (min >> 20), (unsigned long long) (max >> 40),
                        QUOTED_MAX, text);
        else if (value > max)
                yaml_error(
                        source, node->start, "%s must be from %lluM to %lluT, not '%.*s'", what,
                        (unsigned long long) (min >> 20), (unsigned long long) (max >> 40),
                        QUOTED_MAX, text);
        if (value < min || value > max)
                return false;

        *ret = value;
        return true;
}

bool value_enumeration(
        const YamlSource *source, const char *what, const YamlNode *node, const char *const *names,
        size_t n, size_t *ret) {
        const char *text = value_text(source, what, node);
        char list[256] = "";
        size_t length = 0;

        if (!text)
                return false;
        for (size_t i = 0; i < n; i++) {
                if (strcmp(text, names[i]) == 0) {
                        *ret = i;
                        return true;
                }
                if (length < sizeof(list))
                        length += (size_t) snprintf(
                                list + length, sizeof(list) - length, "%s'%s'", i == 0 ? "" : ", ",
                                names[i]);
        }

        if (n == 2)
                yaml_error(
                        source, node->start, "%s must be '%s' or '%s', not '%.*s'", what, names[0],
                        names[1], QUOTED_MAX, text);
        else
                yaml_error(
                        source, node->start, "%s must be one of %s, not '%.*s'", what, list,
                        QUOTED_MAX, text);
        return false;
}

static bool is_collection(
        const YamlSource *source, const char *what, const YamlNode *node, YamlKind kind,
        const char *example) {
        size_t n = 0;

        if (node->kind == YAML_KIND_REFUSED)
                return false;
        if (node->kind == kind)
                return true;
        if (kind == YAML_KIND_MAPPING && node->kind == YAML_KIND_SCALAR &&
            node->style == YAML_STYLE_PLAIN)
                n = yaml_key_without_space(node->text, strlen(node->text));
        if (yaml_is_null(node))
                yaml_error(
                        source, node->start, "%s has no value, write %s for none", _(what),
                        example);
        else if (n > 0)
                yaml_error(
                        source, node->start, "a space is missing after '%.*s:'", (int) n,
                        node->text);
        else if (kind == YAML_KIND_SEQUENCE)
                yaml_error(
                        source, node->start, "%s must be a list, like [a, b] or lines with '- '",
                        _(what));
        else
                yaml_error(source, node->start, "%s must be a mapping, like {key: value}", _(what));
        return false;
}

bool value_is_list(const YamlSource *source, const char *what, const YamlNode *node) {
        return is_collection(source, what, node, YAML_KIND_SEQUENCE, "[]");
}

bool value_is_mapping(const YamlSource *source, const char *what, const YamlNode *node) {
        return is_collection(source, what, node, YAML_KIND_MAPPING, "{}");
}
