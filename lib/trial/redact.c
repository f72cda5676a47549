/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trial/redact.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How long a match at text is, 0: none. before is the character in front, '\0' at the beginning. */
typedef size_t (*Matcher)(const char *text, char before);

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t count_digits(const char *text) {
        size_t n = 0;

        while (is_digit(text[n]))
                n++;
        return n;
}

/* Four numbers with dots, or with what file names have in their place. */
static size_t match_ipv4(const char *text, char before) {
        size_t length = 0;

        if (is_digit(before))
                return 0;
        for (unsigned part = 0; part < 4; part++) {
                size_t n = count_digits(text + length);

                if (n == 0 || n > 3)
                        return 0;
                length += n;
                if (part == 3)
                        return length;
                if (!strchr(".-_", text[length]) || text[length] == '\0')
                        return 0;
                length++;
        }
        return 0;
}

static size_t match_ipv6(const char *text, char before) {
        size_t length = 0, colons = 0, n;

        if (is_hex(before) || before == ':')
                return 0;
        for (; is_hex(text[length]) || text[length] == ':'; length++)
                colons += text[length] == ':';
        if (colons < 2 || length == colons)
                return 0;
        /* ::ffff:192.0.2.1 */
        while (length > 0 && is_digit(text[length - 1]))
                length--;
        n = match_ipv4(text + length, ':');
        return length + (n > 0 ? n : count_digits(text + length));
}

/* STEAM_1:0:123 and STEAM_1_0_123, [U:1:123], and the number of 17 digits. */
static size_t match_steam_id(const char *text, char before) {
        static const char steam[] = "STEAM_", user[] = "U:1:";
        size_t n;

        if (strncasecmp(text, steam, sizeof(steam) - 1) == 0)
                return sizeof(steam) - 1 + strspn(text + sizeof(steam) - 1, "0123456789:_-");
        if (strncmp(text, user, sizeof(user) - 1) == 0)
                return sizeof(user) - 1 + count_digits(text + sizeof(user) - 1);
        n = is_digit(before) ? 0 : count_digits(text);
        return n == 17 ? n : 0;
}

static size_t match_home(const char *text, char before) {
        static const char home[] = "/home/";

        if (is_letter(before) || strncmp(text, home, sizeof(home) - 1) != 0)
                return 0;
        return sizeof(home) - 1 + strcspn(text + sizeof(home) - 1, "/:\n ");
}

static const struct {
        Matcher match;
        const char *replacement;
} rules[] = {
        { match_steam_id, "<steamid>" },
        { match_home, "/home/<user>" },
        { match_ipv4, "<address>" },
        { match_ipv6, "<address>" },
};

static size_t match_secret(const char *text, const char *const *secrets) {
        for (; secrets && *secrets; secrets++) {
                size_t length = strlen(*secrets);

                if (length >= 4 && strncmp(text, *secrets, length) == 0)
                        return length;
        }
        return 0;
}

/* Finds what begins at text; returns its length, 0: nothing. */
static size_t match(
        const char *text, char before, const char *const *secrets, const char **ret_replacement) {
        size_t length = match_secret(text, secrets);

        *ret_replacement = "<secret>";
        for (size_t i = 0; length == 0 && i < ELEMENTSOF(rules); i++) {
                length = rules[i].match(text, before);
                *ret_replacement = rules[i].replacement;
        }
        return length;
}

int trial_redact(const char *text, const char *const *secrets, char **ret) {
        _cleanup_free_ char *result = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        char before = '\0';
        size_t size = 0;

        f = open_memstream(&result, &size);
        if (!f)
                return -ENOMEM;
        while (*text != '\0') {
                const char *replacement;
                size_t length = match(text, before, secrets, &replacement);

                if (length > 0)
                        (void) fputs(replacement, f);
                else {
                        (void) fputc(*text, f);
                        length = 1;
                }
                before = text[length - 1];
                text += length;
        }
        if (fclose(TAKE_PTR(f)) != 0)
                return -ENOMEM;
        *ret = TAKE_PTR(result);
        return 0;
}

int trial_redact_written_path(const char *path, const char *const *secrets, char **ret) {
        const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
        size_t kept = slash ? (size_t) (slash - path) + 1 : 0;
        _cleanup_free_ char *shorter = NULL;

        /* A long extension is part of a name. */
        if (!dot || dot < path + kept || strlen(dot) > 5)
                dot = "";
        if (asprintf(&shorter, "%.*s*%s", (int) kept, path, dot) < 0) {
                shorter = NULL;
                return -ENOMEM;
        }
        return trial_redact(shorter, secrets, ret);
}

/* --- findings --------------------------------------------------------------------------------- */

static int redact_into(
        const char *text, const char *const *secrets, bool is_written, char *buffer, size_t size) {
        _cleanup_free_ char *clean = NULL;
        int r;

        r = is_written ? trial_redact_written_path(text, secrets, &clean)
                       : trial_redact(text, secrets, &clean);
        if (r >= 0)
                (void) snprintf(buffer, size, "%s", clean);
        return r;
}

/* The tree's own path stays, so that what is below it can be told from what is not. */
static int redact_denial(
        const TrialDenial *denial, const char *tree, const char *const *secrets, TrialDenial *ret) {
        size_t kept = strlen(tree);
        int r;

        *ret = *denial;
        if (strncmp(denial->subject, tree, kept) != 0 || denial->subject[kept] != '/')
                kept = 0;
        r = redact_into(
                denial->subject + kept, secrets,
                denial->kind == TRIAL_WRITE || denial->kind == TRIAL_LINK, ret->subject + kept,
                sizeof(ret->subject) - kept);
        return r < 0 ? r
                     : redact_into(denial->cover, secrets, false, ret->cover, sizeof(ret->cover));
}

int trial_redact_findings(
        const TrialFindings *findings, const char *tree, const char *const *secrets,
        TrialFindings *ret) {
        TrialFindings result = {};
        int r = 0;

        memcpy(result.n_dropped, findings->n_dropped, sizeof(result.n_dropped));
        if (findings->n_items > 0) {
                result.items = calloc(findings->n_items, sizeof(*result.items));
                if (!result.items)
                        return -ENOMEM;
        }
        for (size_t i = 0; r >= 0 && i < findings->n_items; i++) {
                result.items[i].count = findings->items[i].count;
                result.items[i].is_folded = findings->items[i].is_folded;
                r = redact_denial(
                        &findings->items[i].denial, tree, secrets, &result.items[i].denial);
                result.n_items++;
        }
        if (r < 0) {
                trial_findings_clear(&result);
                return r;
        }
        *ret = result;
        return 0;
}
