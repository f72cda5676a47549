/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/cvar-answer.h"

#include <string.h>

#include "query/piece.h"

/* Takes `"name" = "` from the beginning of a line. */
static bool take_name(Piece *line, const char *name) {
        return piece_skip_prefix(line, "\"") && piece_skip_prefix(line, name) &&
               piece_skip_prefix(line, "\" = \"");
}

bool cvar_answer_get(
        const char *answer, size_t size, const char *name, char *ret, size_t ret_size) {
        Piece text = { answer, size };

        ret[0] = '\0';
        while (text.size > 0) {
                Piece line = piece_take_line(&text);
                const char *end;

                if (!take_name(&line, name))
                        continue;
                end = memchr(line.text, '"', line.size);
                if (!end || (size_t) (end - line.text) >= ret_size)
                        return false;
                memcpy(ret, line.text, (size_t) (end - line.text));
                ret[end - line.text] = '\0';
                return true;
        }
        return false;
}
