/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/workshop-id.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char spaces[] = " \t\r\n";

/* Reads the digits at the start of a text; they end at the first other character. */
static int take_id(const char **text, uint64_t *ret) {
        uint64_t id = 0;
        const char *p = *text;

        if (*p < '1' || *p > '9')
                return -EINVAL;
        for (; *p >= '0' && *p <= '9'; p++)
                if (__builtin_mul_overflow(id, 10, &id) ||
                    __builtin_add_overflow(id, (uint64_t) (*p - '0'), &id))
                        return -EINVAL;
        *text = p;
        *ret = id;
        return 0;
}

int workshop_id_parse(const char *text, uint64_t *ret) {
        uint64_t id;

        if (take_id(&text, &id) < 0 || *text != '\0')
                return -EINVAL;
        *ret = id;
        return 0;
}

static bool skip(const char **text, const char *prefix) {
        size_t n = strlen(prefix);

        if (strncasecmp(*text, prefix, n) != 0)
                return false;
        *text += n;
        return true;
}

/* Moves behind "…/filedetails/" of a page's address. */
static bool skip_page(const char **text) {
        const char *p = *text;

        if (!skip(&p, "https://"))
                (void) skip(&p, "http://");
        (void) skip(&p, "www.");
        if (!skip(&p, "steamcommunity.com/"))
                return false;
        if (!skip(&p, "sharedfiles/") && !skip(&p, "workshop/"))
                return false;
        if (!skip(&p, "filedetails"))
                return false;
        (void) skip(&p, "/");
        if (!skip(&p, "?"))
                return false;
        *text = p;
        return true;
}

/* Reads the first parameter of the name "id". */
static int take_parameter(const char **text, uint64_t *ret) {
        while (strncmp(*text, "id=", 3) != 0) {
                *text += strcspn(*text, "&#");
                if (**text != '&')
                        return -EINVAL;
                (*text)++;
        }
        *text += 3;
        if (take_id(text, ret) < 0 || (**text != '\0' && !strchr("&# \t\r\n", **text)))
                return -EINVAL;
        *text += strcspn(*text, spaces);
        return 0;
}

int workshop_id_from_person(const char *text, uint64_t *ret) {
        uint64_t id;
        int r;

        text += strspn(text, spaces);
        if (skip_page(&text))
                r = take_parameter(&text, &id);
        else {
                (void) skip(&text, "steam://url/CommunityFilePage/");
                r = take_id(&text, &id);
        }
        if (r < 0 || text[strspn(text, spaces)] != '\0')
                return -EINVAL;
        *ret = id;
        return 0;
}
