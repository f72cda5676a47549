/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/poll.h"

#include "journal/match.h"
#include "query/game-log.h"

int journal_without_polls(sd_journal *journal, void *userdata _unused_) {
        const char *message;
        size_t size;
        int r = journal_field_get(journal, "MESSAGE", &message, &size);

        return r < 0 ? r : r == 0 || !game_log_line_is_poll(message, size);
}
