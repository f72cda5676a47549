/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/terminal.h"

enum { BAR_WIDTH_MAX = 40, COLUMNS = 80, COLUMNS_MIN = 20 };

void progress_init(Progress *progress, FILE *f) {
        const char *terminal = getenv("TERM");

        *progress = (Progress) {
                .f = f,
                .is_terminal = isatty(fileno(f)) && (!terminal || strcmp(terminal, "dumb") != 0),
        };
}

/* "45 % words": the number, and where the words begin; false: another text. */
static bool parse(const char *text, unsigned *ret_percent, const char **ret_words) {
        char *end;
        unsigned long percent;

        if (text[0] < '0' || text[0] > '9')
                return false;
        percent = strtoul(text, &end, 10);
        if (percent > 100 || strncmp(end, " % ", 3) != 0)
                return false;
        *ret_percent = (unsigned) percent;
        *ret_words = end + 3;
        return true;
}

static unsigned columns(FILE *f) {
        struct winsize size;

        return ioctl(fileno(f), TIOCGWINSZ, &size) >= 0 && size.ws_col >= COLUMNS_MIN ? size.ws_col
                                                                                      : COLUMNS;
}

/* At most half of the line is the bar; the words are cut where the line ends. */
static void draw(const Progress *progress) {
        unsigned width = columns(progress->f) - 1, percent = 0, bar = 0, done;
        const char *words = progress->text;

        if (parse(progress->text, &percent, &words)) {
                bar = width / 2 < BAR_WIDTH_MAX ? width / 2 : BAR_WIDTH_MAX;
                done = bar * percent / 100;
                (void) fputc('[', progress->f);
                for (unsigned i = 0; i < bar; i++)
                        (void) fputc(i < done ? '#' : '-', progress->f);
                (void) fprintf(progress->f, "] %3u %% ", percent);
                bar += (unsigned) strlen("[] 100 % ");
        }
        print_visible(words, strnlen(words, width > bar ? width - bar : 0), 0, progress->f);
        (void) fflush(progress->f);
}

void progress_hide(Progress *progress) {
        if (!progress->is_shown)
                return;
        (void) fputs("\r\033[K", progress->f);
        (void) fflush(progress->f);
        progress->is_shown = false;
}

void progress_show(Progress *progress) {
        if (!progress->is_terminal || progress->is_shown || progress->text[0] == '\0')
                return;
        draw(progress);
        progress->is_shown = true;
}

void progress_set(Progress *progress, const char *text) {
        if (strncmp(progress->text, text, sizeof(progress->text) - 1) == 0)
                return;
        progress_hide(progress);
        (void) snprintf(progress->text, sizeof(progress->text), "%s", text);
        if (progress->is_terminal)
                progress_show(progress);
        else if (progress->text[0]) {
                print_visible(progress->text, strlen(progress->text), 0, progress->f);
                (void) fputc('\n', progress->f);
                (void) fflush(progress->f);
        }
}
