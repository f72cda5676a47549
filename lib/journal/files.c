/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/files.h"

#include <endian.h>
#include <fcntl.h>
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

static uint64_t read_number(const unsigned char *header, size_t offset) {
        uint64_t number;

        memcpy(&number, header + offset, sizeof(number));
        return le64toh(number);
}

int journal_file_read_header(int fd, JournalFile *file) {
        /* See "Journal File Format" of systemd; these have been where they are since it began. */
        enum { SEQUENCE = 72, FIRST_NUMBER = 168, FIRST_REALTIME = 184, HEADER_MIN = 208 };
        unsigned char header[HEADER_MIN];

        if (pread(fd, header, sizeof(header), 0) != (ssize_t) sizeof(header) ||
            memcmp(header, "LPKSHHRH", 8) != 0)
                return -EBADMSG;
        for (size_t i = 0; i < ID_LENGTH / 2; i++)
                (void) snprintf(file->sequence + 2 * i, 3, "%02x", header[SEQUENCE + i]);
        file->number = read_number(header, FIRST_NUMBER);
        file->realtime = read_number(header, FIRST_REALTIME);
        file->active = false;
        return 0;
}

/* One that journald appended to, until it began to write elsewhere. Damaged it may be anything:
 * then it comes after all others. */
static void retire(JournalFile *file) {
        _cleanup_close_ int fd = open(file->path, O_RDONLY | O_CLOEXEC);

        file->active = false;
        file->realtime = 0;
        if (fd >= 0)
                (void) !journal_file_read_header(fd, file);
}

static bool any_active(const JournalFiles *files) {
        for (size_t i = 0; i < files->n_items; i++)
                if (files->items[i].active)
                        return true;
        return false;
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
        if (file.active && any_active(files))
                retire(&file);
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
        /* journald removes what it had in /run when it goes over to the disk: what is active there
         * is where it writes now, whatever is left of earlier on the disk. */
        static const char *const parents[] = { "/run/log/journal", "/var/log/journal" };
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

bool journal_files_rotated(const JournalFiles *before, const JournalFiles *after) {
        for (size_t i = 0; i < 2; i++) {
                if (i >= before->n_items || i >= after->n_items)
                        return before->n_items != after->n_items;
                if (strcmp(before->items[i].path, after->items[i].path) != 0)
                        return true;
        }
        return false;
}

int journal_files_read(int (*read)(const JournalFiles *files, void *userdata), void *userdata) {
        JournalFiles before = {}, after = {};
        int r;

        r = journal_files_list(&before);
        if (r >= 0)
                r = read(&before, userdata);
        if (r >= 0)
                r = journal_files_list(&after);
        if (r >= 0)
                r = !journal_files_rotated(&before, &after);

        journal_files_clear(&before);
        journal_files_clear(&after);
        return r;
}

bool journal_files_tolerate(int error) {
        return error == -ENOENT || error == -EBADMSG || error == -ENODATA ||
               error == -EADDRNOTAVAIL || error == -EPROTONOSUPPORT || error == -EIO;
}
