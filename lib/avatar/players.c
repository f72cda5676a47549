/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "avatar/players.h"

#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "query/steam-id.h"

enum { ID_DIGITS = 17, LINE_SIZE = ID_DIGITS + 1 };

uint64_t avatar_id_parse(const char *text) {
        return strlen(text) == ID_DIGITS && strspn(text, "0123456789") == ID_DIGITS
                       ? steam_id_parse(text)
                       : 0;
}

static int compare(const void *a, const void *b) {
        uint64_t one = *(const uint64_t *) a, other = *(const uint64_t *) b;

        return one < other ? -1 : one > other;
}

size_t avatar_players_sort(uint64_t *ids, size_t n) {
        size_t n_left = 0;

        if (n > 0)
                qsort(ids, n, sizeof(*ids), compare);
        for (size_t i = 0; i < n; i++)
                if (n_left == 0 || ids[i] != ids[n_left - 1])
                        ids[n_left++] = ids[i];
        return n_left;
}

bool avatar_players_have(const uint64_t *ids, size_t n, uint64_t id) {
        return n > 0 && bsearch(&id, ids, n, sizeof(*ids), compare) != NULL;
}

int avatar_players_write(int dir_fd, const uint64_t *ids, size_t n) {
        _cleanup_free_ char *text = malloc(n * LINE_SIZE + 1);
        size_t size = 0;

        if (!text)
                return -ENOMEM;
        text[0] = '\0';
        for (size_t i = 0; i < n; i++)
                size += (size_t) snprintf(
                        text + size, n * LINE_SIZE + 1 - size, "%017" PRIu64 "\n", ids[i]);
        return write_file_atomic(dir_fd, AVATAR_PLAYERS_FILE, text, size, 0640);
}

int avatar_players_parse(const char *text, uint64_t **ret, size_t *ret_n) {
        size_t n_lines = strlen(text) / LINE_SIZE;
        _cleanup_free_ uint64_t *ids = calloc(n_lines + 1, sizeof(*ids));
        char line[LINE_SIZE];

        if (!ids)
                return -ENOMEM;
        if (strlen(text) % LINE_SIZE != 0 || n_lines > AVATAR_PLAYERS_MAX)
                return -EBADMSG;
        for (size_t i = 0; i < n_lines; i++, text += LINE_SIZE) {
                memcpy(line, text, ID_DIGITS);
                line[ID_DIGITS] = '\0';
                ids[i] = text[ID_DIGITS] == '\n' ? avatar_id_parse(line) : 0;
                if (ids[i] == 0)
                        return -EBADMSG;
        }
        *ret_n = avatar_players_sort(ids, n_lines);
        *ret = TAKE_PTR(ids);
        return 0;
}

int avatar_players_read(int dir_fd, uint64_t **ret, size_t *ret_n) {
        const FileLimits limits = { .size_max = AVATAR_PLAYERS_MAX * LINE_SIZE };
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = read_file_beneath(dir_fd, AVATAR_PLAYERS_FILE, &limits, &text, &size);
        return r < 0 ? r : avatar_players_parse(text, ret, ret_n);
}
