/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/name.h"

#include <string.h>

/* Not <ctype.h>: its answers depend on the locale. */
static bool is_lower_or_digit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The length of the longest run of allowed characters that begins with a letter or digit. */
static size_t component_length(const char *s, const char *extra) {
        size_t n = 0;

        if (!is_lower_or_digit(s[0]))
                return 0;
        while (is_lower_or_digit(s[n]) || (s[n] != '\0' && strchr(extra, s[n])))
                n++;
        return n;
}

bool instance_name_is_valid(const char *name) {
        if (!name)
                return false;

        size_t n = component_length(name, "-");

        return n > 0 && n <= INSTANCE_NAME_MAX && name[n] == '\0';
}

bool blueprint_ref_is_valid(const char *ref) {
        if (!ref)
                return false;

        size_t owner = component_length(ref, "-");

        return owner > 0 && owner <= INSTANCE_NAME_MAX && ref[owner] == '/' &&
               instance_name_is_valid(ref + owner + 1);
}

bool ref_is_valid(const char *ref) {
        if (!ref)
                return false;

        for (unsigned i = 0; i < REF_COMPONENTS_MAX; i++) {
                size_t n = component_length(ref, "._-");

                if (n == 0 || n > REF_COMPONENT_MAX)
                        return false;
                if (ref[n] == '\0')
                        return true;
                if (ref[n] != '/')
                        return false;
                ref += n + 1;
        }

        return false;
}

bool hex_is_valid(const char *text, size_t n) {
        return text && strspn(text, "0123456789abcdef") == n && text[n] == '\0';
}
