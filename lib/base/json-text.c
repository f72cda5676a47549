/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json-text.h"

#include <string.h>

int json_text_parse(const char *text, size_t size, sd_json_variant **ret) {
        int r;

        /* The parser takes a C string, and would not see what is behind a NUL. */
        if (memchr(text, '\0', size))
                return -EBADMSG;
        r = sd_json_parse(text, 0, ret, NULL, NULL);
        return r >= 0 || r == -ENOMEM ? r : -EBADMSG;
}
