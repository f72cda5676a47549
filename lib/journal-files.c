/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal-files.h"

#include <inttypes.h>
#include <string.h>
#include <systemd/sd-id128.h>

enum { ID_LENGTH = 32, NUMBER_LENGTH = 16 };

/* Exactly length hexadecimal digits and then end; returns what follows, or NULL. */
static const char *skip_hex(const char *s, size_t length, char end) {
        if (strspn(s, "0123456789abcdef") != length || s[length] != end)
                return NULL;
        return s + length + 1;
}

/* After "system@": ID-NUMBER-REALTIME.journal, as journald renames a full file. */
static bool parse_archived(const char *s, JournalFile *file) {
        const char *number = skip_hex(s, ID_LENGTH, '-');
        const char *realtime = number ? skip_hex(number, NUMBER_LENGTH, '-') : NULL;
        const char *suffix = realtime ? skip_hex(realtime, NUMBER_LENGTH, '.') : NULL;

        if (!suffix || strcmp(suffix, "journal") != 0)
                return false;

        memcpy(file->sequence, s, ID_LENGTH);
        file->number = strtoull(number, NULL, 16);
        file->realtime = strtoull(realtime, NULL, 16);
        return true;
}

/*
 * After "system@": REALTIME-RANDOM.journal~, set aside because it was not closed properly. The time
 * is when that happened, and what came later is in other files: it orders well with times of first
 * entries.
 */
static bool parse_set_aside(const char *s, JournalFile *file) {
        const char *random = skip_hex(s, NUMBER_LENGTH, '-');
        const char *suffix = random ? skip_hex(random, NUMBER_LENGTH, '.') : NULL;

        if (!suffix || strcmp(suffix, "journal~") != 0)
                return false;

        file->realtime = strtoull(s, NULL, 16);
        return true;
}

bool journal_file_parse_name(const char *name, JournalFile *ret) {
        static const char prefix[] = "system@";
        JournalFile file = {};

        if (strcmp(name, "system.journal") == 0) {
                file.active = true;
                file.realtime = UINT64_MAX;
        } else if (
                strncmp(name, prefix, strlen(prefix)) != 0 ||
                (!parse_archived(name + strlen(prefix), &file) &&
                 !parse_set_aside(name + strlen(prefix), &file)))
                return false;

        *ret = file;
        return true;
}

int journal_file_compare(const void *a, const void *b) {
        const JournalFile *x = a, *y = b;

        if (x->active != y->active)
                return x->active ? -1 : 1;
        /* Numbers tell the truth also after the clock was set back. */
        if (x->sequence[0] != '\0' && strcmp(x->sequence, y->sequence) == 0)
                return x->number > y->number ? -1 : x->number < y->number;
        return x->realtime > y->realtime ? -1 : x->realtime < y->realtime;
}

static int append(JournalFiles *files, const char *directory, const char *name) {
        JournalFile file, *items;

        if (!journal_file_parse_name(name, &file))
                return 0;
        if (asprintf(&file.path, "%s/%s", directory, name) < 0)
                return -ENOMEM;
        items = reallocarray(files->items, files->n_items + 1, sizeof(*items));
        if (!items) {
                free(file.path);
                return -ENOMEM;
        }

        files->items = items;
        items[files->n_items++] = file;
        return 0;
}

static int list_directory(const char *directory, JournalFiles *files) {
        _cleanup_(closedirp) DIR *d = opendir(directory);
        int r;

        if (!d)
                return errno == ENOENT ? 0 : -errno;

        for (;;) {
                const struct dirent *entry;

                errno = 0;
                entry = readdir(d);
                if (!entry)
                        return -errno;
                r = append(files, directory, entry->d_name);
                if (r < 0)
                        return r;
        }
}

static int list_all(JournalFiles *files) {
        static const char *const parents[] = { "/var/log/journal", "/run/log/journal" };
        char machine[SD_ID128_STRING_MAX];
        sd_id128_t id;
        int r;

        r = sd_id128_get_machine(&id);
        if (r < 0)
                return r;
        sd_id128_to_string(id, machine);

        for (size_t i = 0; i < ELEMENTSOF(parents); i++) {
                char directory[64];

                (void) snprintf(directory, sizeof(directory), "%s/%s", parents[i], machine);
                r = list_directory(directory, files);
                if (r < 0)
                        return r;
        }
        return 0;
}

int journal_files_list(JournalFiles *ret) {
        JournalFiles files = {};
        int r;

        r = list_all(&files);
        if (r < 0) {
                journal_files_clear(&files);
                return r;
        }

        if (files.n_items > 0)
                qsort(files.items, files.n_items, sizeof(*files.items), journal_file_compare);
        *ret = files;
        return 0;
}

void journal_files_clear(JournalFiles *files) {
        for (size_t i = 0; i < files->n_items; i++)
                free(files->items[i].path);
        free(files->items);
        *files = (JournalFiles) {};
}
