/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/config.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include <ini.h>

#include "base/file.h"
#include "base/strv.h"
#include "base/text.h"
#include "base/utf8.h"
#include "spec/config-keys.h"

enum {
        CONFIG_SIZE_MAX = 64 * 1024, /* bytes of one file */
        CONFIG_LINE_MAX = 4096,
        DROPINS_MAX = 256,
};

/*
 * One file being read. inih parses, but names neither line nor column and tells only of the first
 * bad line; its reader callback, which hands out one line at a time, adds both.
 */
typedef struct ConfigReader {
        HostConfig *config;
        SpecErrors *errors;
        const char *file, *text;
        size_t size;
        size_t line, next; /* offsets of the line inih has, and of the one after it */
        bool handled;      /* this line was an assignment */
        int error;         /* -ENOMEM */
} ConfigReader;

HostConfig *host_config_free(HostConfig *config) {
        if (config) {
                strv_free(config->writable_directories);
                free(config->rcon_networks);
                free(config->alert_networks);
                free(config->steamcmd);
                free(config->steam_account);
                free(config->public_address);
                free(config->workshop_api);
                free(config->github_api);
                free(config->avatar_api);
                free(config->avatar_pictures);
                free(config->resolvers);
        }
        free(config);
        return NULL;
}

/* An offset of the text. */
static SpecPlace place_of(const ConfigReader *r, size_t offset) {
        SpecPlace place = { .file = r->file, .text = r->text, .text_size = r->size };

        utf8_position(r->text, offset, &place.line, &place.column);
        return place;
}

static void reader_error(const ConfigReader *r, size_t offset, const char *problem) {
        SpecPlace place = place_of(r, offset);

        spec_errors_add_text(r->errors, &place, problem);
}

static size_t skip_blanks(const ConfigReader *r, size_t offset) {
        while (offset < r->next && (r->text[offset] == ' ' || r->text[offset] == '\t'))
                offset++;
        return offset;
}

/* inih accepts any section: here an unknown one is an error. */
static void check_section(const ConfigReader *r, size_t start) {
        const char *name = r->text + start + 1;
        const char *end = memchr(name, ']', r->next - start - 1);
        _cleanup_free_ char *section = NULL;

        if (!end) {
                reader_error(r, start, "a section needs a ']' at its end");
                return;
        }
        section = strndup(name, (size_t) (end - name));
        if (!section || !config_section_is_known(section)) {
                SpecPlace place = place_of(r, start);

                spec_errors_add(
                        r->errors, &place, "unknown section, known are %s", _(config_sections));
        }
}

/* A line that was neither an assignment nor a comment nor blank. */
static void check_unhandled(const ConfigReader *r) {
        size_t start = skip_blanks(r, r->line);

        if (r->handled || start >= r->next || strchr("\n;#", r->text[start]))
                return;
        if (r->text[start] == '[')
                check_section(r, start);
        else
                reader_error(r, start, "expected KEY=VALUE");
}

/* The ini_reader: copies the next line without its indentation, which inih would take for the
 * continuation of the line before. */
static char *read_line(char *buffer, int capacity, void *stream) {
        ConfigReader *r = stream;

        check_unhandled(r);
        if (r->next >= r->size || r->error < 0) {
                r->line = r->next;
                return NULL;
        }

        const char *start = r->text + r->next;
        const char *end = memchr(start, '\n', r->size - r->next);

        r->line = r->next;
        r->next = end ? (size_t) (end - r->text) + 1 : r->size;
        r->handled = false;

        size_t first = skip_blanks(r, r->line), length = r->next - first;

        if (length >= (size_t) capacity || memchr(r->text + first, '\0', length)) {
                reader_error(r, first, "the line is too long or not text");
                r->handled = true;
                length = 0;
        }
        memcpy(buffer, r->text + first, length);
        buffer[length] = '\0';
        return buffer;
}

/* Where the value of the present line begins. */
static size_t value_offset(const ConfigReader *r) {
        size_t offset = r->line;

        while (offset < r->next && !strchr("=:", r->text[offset]))
                offset++;
        return skip_blanks(r, offset + 1);
}

/* The ini_handler. */
static int handle_assignment(
        void *userdata, const char *section, const char *name, const char *value) {
        ConfigReader *r = userdata;
        const char *problem = NULL;
        int error;

        r->handled = true;
        if (section[0] == '\0') {
                reader_error(
                        r, skip_blanks(r, r->line), "an assignment before the first [section]");
                return 1;
        }
        if (!config_section_is_known(section))
                return 1; /* its header was reported */

        error = config_key_set(r->config, section, name, value, &problem);
        if (error == -ENOENT) {
                SpecPlace place = place_of(r, skip_blanks(r, r->line));

                spec_errors_add(
                        r->errors, &place, "unknown key, known here are %s",
                        _(config_section_keys(section)));
        } else if (error == -EINVAL)
                reader_error(r, value_offset(r), problem);
        else if (error < 0)
                r->error = error;
        return 1;
}

static int parse_file(
        HostConfig *config, const char *file, const char *text, size_t size, SpecErrors *errors) {
        ConfigReader reader = {
                .config = config,
                .errors = errors,
                .file = file,
                .text = text,
                .size = size,
        };

        if (ini_parse_stream(read_line, &reader, handle_assignment, &reader) == -2)
                return -ENOMEM;
        return reader.error;
}

/* A file that is missing says nothing; one that can't be read is an error of the file. */
static int load_file(
        HostConfig *config, int dir_fd, const char *dir, const char *name, SpecErrors *errors) {
        static const FileLimits limits = { .size_max = CONFIG_SIZE_MAX };
        _cleanup_free_ char *text = NULL, *file = NULL;
        size_t size;
        int r;

        if (asprintf(&file, "%s/%s", dir, name) < 0) {
                file = NULL;
                return -ENOMEM;
        }

        r = read_file_beneath(dir_fd, name, &limits, &text, &size);
        if (r == -ENOENT)
                return 0;
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                spec_errors_add_text(errors, &(SpecPlace) { .file = file }, file_error_message(r));
                return 0;
        }

        return parse_file(config, file, text, size, errors);
}

/* --- drop-ins ------------------------------------------------------------------------------ */

static bool is_dropin(const char *name) {
        static const char suffix[] = ".conf";
        size_t length = strlen(name);

        return name[0] != '.' && length >= sizeof(suffix) &&
               strcmp(name + length - (sizeof(suffix) - 1), suffix) == 0;
}

/* Names of drop-ins in the order they apply, NULL-terminated. */
static int list_dropins(DIR *dir, char ***ret) {
        _cleanup_(strv_freep) char **names = calloc(DROPINS_MAX + 1, sizeof(char *));
        const struct dirent *entry;
        size_t n = 0;

        if (!names)
                return -ENOMEM;

        while ((entry = readdir(dir))) {
                if (!is_dropin(entry->d_name))
                        continue;
                if (n == DROPINS_MAX)
                        return -E2BIG;
                names[n] = strdup(entry->d_name);
                if (!names[n++])
                        return -ENOMEM;
        }

        strv_sort(names, n);
        *ret = TAKE_PTR(names);
        return 0;
}

/* A directory that can't be read is only an error of that directory. */
static int directory_error(const char *dir, int error, SpecErrors *errors) {
        if (error == -ENOMEM)
                return error;
        if (error != -ENOENT)
                spec_errors_add(errors, &(SpecPlace) { .file = dir }, "%s", strerror(-error));
        return 0;
}

static int load_dropins(HostConfig *config, const char *path, SpecErrors *errors) {
        _cleanup_(strv_freep) char **names = NULL;
        _cleanup_(closedirp) DIR *dir = opendir(path);
        int r;

        if (!dir)
                return directory_error(path, -errno, errors);
        r = list_dropins(dir, &names);
        if (r < 0)
                return directory_error(path, r, errors);

        for (char **name = names; *name; name++) {
                r = load_file(config, dirfd(dir), path, *name, errors);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int load_main_file(HostConfig *config, const char *path, SpecErrors *errors) {
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *dir = strndup(path, (size_t) (slash - path));
        _cleanup_close_ int fd = -EBADF;

        if (!dir)
                return -ENOMEM;
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return 0; /* no directory, no files */
        return load_file(config, fd, dir, slash + 1, errors);
}

int host_config_load(const Paths *paths, SpecErrors *errors, HostConfig **ret) {
        _cleanup_(host_config_freep) HostConfig *config = calloc(1, sizeof(*config));
        _cleanup_free_ char *dropins = NULL;
        int r;

        if (!config)
                return -ENOMEM;
        r = config_keys_set_defaults(config);
        if (r < 0)
                return r;

        ini_max_line = CONFIG_LINE_MAX;
        r = load_main_file(config, paths->config_file, errors);
        if (r < 0)
                return r;

        if (asprintf(&dropins, "%s.d", paths->config_file) < 0) {
                dropins = NULL;
                return -ENOMEM;
        }
        r = load_dropins(config, dropins, errors);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(config);
        return 0;
}
