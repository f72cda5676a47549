/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/back.h"

#include "journal/files.h"

/* 1: on to older entries; 0: enough. */
static int pass_entry(const JournalBack *back, sd_journal *journal) {
        uint64_t realtime;
        int r;

        r = sd_journal_get_realtime_usec(journal, &realtime);
        if (r < 0)
                return r;
        if (realtime < back->since)
                return 0;
        if (back->visited)
                (*back->visited)++;
        return back->handler(journal, back->userdata);
}

/* 1: on to older files; 0: enough. */
static int read_file(const JournalBack *back, const char *path) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        const char *paths[] = { path, NULL };
        int r;

        r = sd_journal_open_files(&journal, paths, 0);
        if (r < 0)
                return r;
        r = back->match(journal, back->userdata);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_journal_seek_tail(journal);
        if (r < 0)
                return r;
        while ((r = sd_journal_previous(journal)) > 0) {
                r = pass_entry(back, journal);
                if (r <= 0)
                        return r;
        }
        return r < 0 ? r : 1;
}

static int read_files(const JournalFiles *files, void *userdata) {
        const JournalBack *back = userdata;

        back->restart(back->userdata);
        if (back->visited)
                *back->visited = 0;
        for (size_t i = 0; i < files->n_items; i++) {
                int r = read_file(back, files->items[i].path);

                if (r == 0 || (r < 0 && !journal_files_tolerate(r)))
                        return r;
                if (files->items[i].realtime < back->since)
                        return 0;
        }
        return 0;
}

int journal_read_back(const JournalBack *back) {
        enum { ATTEMPTS_MAX = 8 };
        int r = 0;

        /* Better a list with some files missing after the last attempt than none. */
        for (unsigned attempt = 0; r == 0 && attempt < ATTEMPTS_MAX; attempt++)
                r = journal_files_read(read_files, (void *) (uintptr_t) back);
        return r < 0 ? r : 0;
}
