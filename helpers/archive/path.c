/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "archive/path.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

static bool is_letter(char c) {
        return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

static bool is_part(const char *part, size_t n, const char *text) {
        return n == strlen(text) && memcmp(part, text, n) == 0;
}

/* About the name as a whole; NULL: nothing. */
static const char *find_fault(const char *name) {
        if (name[0] == '\0')
                return N_("an entry of the archive has no name");
        if (!utf8_is_valid(name))
                return N_("the name is not UTF-8; pack the files again with another program");
        if (!utf8_is_printable(name))
                return N_("the name has control characters");
        if (strchr(name, '\\'))
                return N_("the name has a backslash");
        if (name[0] == '/')
                return N_("the path is absolute");
        if (is_letter(name[0]) && name[1] == ':')
                return N_("the path begins with the letter of a drive");
        if (strlen(name) > ARCHIVE_PATH_MAX)
                return N_("the path is too long");
        return NULL;
}

/* "..", in front or in between, has no place even where it stays inside. */
static const char *find_fault_of_part(const char *part, size_t n) {
        if (is_part(part, n, ".."))
                return N_("the path has a '..'");
        if (n > NAME_MAX)
                return N_("a part of the path is too long");
        if (is_part(part, n, ARCHIVE_DIRECTORY))
                return N_("the name is reserved");
        return NULL;
}

int archive_path_clean(const char *name, unsigned strip, char **ret_path, const char **ret_reason) {
        const char *reason = find_fault(name);
        char path[ARCHIVE_PATH_MAX + 1];
        unsigned n_parts = 0;
        size_t size = 0;

        for (const char *part = name; !reason && *part != '\0';) {
                size_t n = strcspn(part, "/");

                reason = find_fault_of_part(part, n);
                if (!reason && n > 0 && !is_part(part, n, ".")) {
                        if (++n_parts > ARCHIVE_DEPTH_MAX)
                                reason = N_("the path is too deep");
                        else if (n_parts > strip) {
                                if (size > 0)
                                        path[size++] = '/';
                                memcpy(path + size, part, n);
                                size += n;
                        }
                }
                part += n + (part[n] == '/');
        }
        if (reason) {
                *ret_reason = reason;
                return -EINVAL;
        }
        if (size == 0)
                return 0;
        *ret_path = strndup(path, size);
        return *ret_path ? 1 : -ENOMEM;
}

bool archive_path_is_junk(const char *path) {
        const char *last = strrchr(path, '/');

        return is_part(path, strcspn(path, "/"), "__MACOSX") ||
               strcmp(last ? last + 1 : path, ".DS_Store") == 0;
}

bool archive_path_is_kept(const char *path, char *const *keep) {
        const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;

        for (char *const *pattern = keep; pattern && *pattern; pattern++) {
                if (fnmatch(*pattern, strchr(*pattern, '/') ? path : last,
                            FNM_PATHNAME | FNM_LEADING_DIR) == 0)
                        return true;
        }
        return false;
}
