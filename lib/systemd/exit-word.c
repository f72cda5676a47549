/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/exit-word.h"

#include <signal.h>
#include <string.h>

#include "base/cleanup.h"

static const struct {
        const char *word;
        int32_t code;
} words[] = {
        { "exited", CLD_EXITED },
        { "killed", CLD_KILLED },
        { "dumped", CLD_DUMPED },
};

const char *exit_word(int32_t code) {
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (words[i].code == code)
                        return words[i].word;
        return NULL;
}

int32_t exit_word_to_code(const char *word) {
        for (size_t i = 0; i < ELEMENTSOF(words); i++)
                if (strcmp(words[i].word, word) == 0)
                        return words[i].code;
        return 0;
}
