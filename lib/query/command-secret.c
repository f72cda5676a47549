/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/command-secret.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "base/visible-text.h"

/* In the names of the game's variables and of plugins' ones. */
static const char *const secret_words[] = {
        "passw", "secret", "token", "apikey", "api_key", "auth_key", "credential",
};

/* A word ends where the console ends it. */
static const char separators[] = " \t\r\n\";'{}(),:=";

static bool names_secret(const char *word, size_t size) {
        for (size_t i = 0; i < ELEMENTSOF(secret_words); i++)
                if (utf8_contains_folded(word, size, secret_words[i]))
                        return true;
        return false;
}

static bool is_separator(char c) {
        return c == '\0' || strchr(separators, c);
}

/* The length up to the end of the first word that names a secret; size without one. */
static size_t find_secret(const char *command, size_t size) {
        for (size_t start = 0, end; start < size; start = end + 1) {
                end = start;
                while (end < size && !is_separator(command[end]))
                        end++;
                if (end > start && names_secret(command + start, end - start))
                        return end;
        }
        return size;
}

/* Whether a value follows the name of a secret. */
static bool has_value(const char *command, size_t size) {
        for (size_t i = 0; i < size; i++)
                if (!is_separator(command[i]))
                        return true;
        return false;
}

/* The length of a valid text that fits, cut between characters. */
static size_t fitting(const char *text, size_t size, size_t max) {
        if (size <= max)
                return size;
        for (size = max; size > 0 && ((unsigned char) text[size] & 0xc0) == 0x80;)
                size--;
        return size;
}

void command_hide_secrets(const char *command, size_t size, char ret[static COMMAND_SHOWN_MAX]) {
        static const char secret[] = " " COMMAND_SECRET;
        size_t kept = find_secret(command, size), n;
        bool is_secret = has_value(command + kept, size - kept);
        char visible[VISIBLE_TEXT_MAX(COMMAND_SHOWN_MAX)];

        /* A long one is cut: what is left of a character then is shown as such. */
        n = visible_text(command, kept < COMMAND_SHOWN_MAX ? kept : COMMAND_SHOWN_MAX - 1, visible);
        n = fitting(visible, n, COMMAND_SHOWN_MAX - sizeof(secret));
        memcpy(ret, visible, n);
        ret[n] = '\0';
        for (char *p = ret; (p = strpbrk(p, "\n\t"));)
                *p = ' ';
        if (is_secret)
                memcpy(ret + n, secret, sizeof(secret));
}
