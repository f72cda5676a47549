/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"
#include "common/terminal.h"
#include "content/job-progress.h"

enum { BAR_WIDTH_MAX = 40, COLUMNS = 80, COLUMNS_MIN = 20 };

void progress_init(Progress *progress, FILE *f) {
        const char *terminal = getenv("TERM");

        *progress = (Progress) {
                .f = f,
                .is_terminal = isatty(fileno(f)) && (!terminal || strcmp(terminal, "dumb") != 0),
        };
}

static unsigned columns(FILE *f) {
        struct winsize size;

        return ioctl(fileno(f), TIOCGWINSZ, &size) >= 0 && size.ws_col >= COLUMNS_MIN ? size.ws_col
                                                                                      : COLUMNS;
}

/* Characters of East Asia take two columns, and most of what lies beyond them. */
static unsigned columns_of(uint32_t character) {
        return character >= 0x1100 && character != 0x2026 ? 2 : 1;
}

/* How many bytes of the text fit. Invalid ones are printed as \xNN. */
static size_t fitting_size(const char *text, unsigned width) {
        size_t size = strlen(text), n = 0;

        for (unsigned used = 0; n < size;) {
                uint32_t character;
                size_t length = utf8_decode(text + n, size - n, &character);

                used += length == 0 || utf8_is_control(character) ? (unsigned) strlen("\\xNN")
                                                                  : columns_of(character);
                if (used > width)
                        break;
                n += length > 0 ? length : 1;
        }
        return n;
}

/* At most half of the line is the bar; returns how many columns are taken. */
static unsigned draw_bar(const Progress *progress, unsigned width, unsigned percent) {
        unsigned bar = width / 2 < BAR_WIDTH_MAX ? width / 2 : BAR_WIDTH_MAX;

        (void) fputc('[', progress->f);
        for (unsigned i = 0; i < bar; i++)
                (void) fputc(i < bar * percent / 100 ? '#' : '-', progress->f);
        (void) fprintf(progress->f, "] %3u %% ", percent);
        return bar + (unsigned) strlen("[] 100 % ");
}

/* The words are cut where the line ends. */
static void draw(const Progress *progress) {
        JobProgress told = job_progress_parse(progress->text);
        unsigned width = columns(progress->f) - 1, bar = 0;

        if (told.percent >= 0)
                bar = draw_bar(progress, width, (unsigned) told.percent);
        print_visible(
                told.words, fitting_size(told.words, width > bar ? width - bar : 0), 0,
                progress->f);
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
