/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/written.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/path-below.h"
#include "base/utf8.h"
#include "layer/tree-edit.h"

/*
 * Logs, recordings and statistics. Not cfg, data and configs, in which passwords are: of RCON, of
 * databases, of other services.
 */
const char *const written_directories[] = {
        "left4dead2/logs",
        "left4dead2/demos",
        "left4dead2/stats",
        "left4dead2/addons/sourcemod/logs",
        "left4dead2/addons/stripper/logs",
        NULL,
};

/* --- what is offered ----------------------------------------------------------------------------
 */

/* Neither empty nor hidden, which "." and ".." are too. */
static bool parts_are_plain(const char *path, unsigned *ret_n) {
        *ret_n = 0;
        for (const char *part = path;; part += strcspn(part, "/") + 1) {
                size_t n = strcspn(part, "/");

                if (n == 0 || part[0] == '.')
                        return false;
                (*ret_n)++;
                if (part[n] == '\0')
                        return true;
        }
}

bool written_path_is_offered(const char *path) {
        unsigned n_parts;

        if (strlen(path) > WRITTEN_PATH_MAX || !utf8_is_printable(path))
                return false;
        for (const char *const *d = written_directories; *d; d++) {
                const char *below = path_below(path, *d);

                if (below)
                        return parts_are_plain(below, &n_parts) && n_parts <= WRITTEN_DEPTH_MAX;
        }
        return false;
}

/* --- the request --------------------------------------------------------------------------------
 */

static const char *const verbs[_WRITTEN_VERB_MAX] = {
        [WRITTEN_LIST] = "list",
        [WRITTEN_GET] = "get",
        [WRITTEN_TREE] = "tree",
};

static bool is_directory_path(const char *path) {
        return strcmp(path, ".") == 0 || (strlen(path) <= WRITTEN_PATH_MAX &&
                                          utf8_is_printable(path) && tree_path_is_valid(path));
}

static bool path_is_valid(WrittenVerb verb, const char *path) {
        return verb == WRITTEN_LIST  ? path[0] == '\0'
               : verb == WRITTEN_GET ? written_path_is_offered(path)
                                     : is_directory_path(path);
}

int written_request_format(const WrittenRequest *request, char ret[static WRITTEN_REQUEST_MAX]) {
        if (!instance_name_is_valid(request->name))
                return -EINVAL;
        if (!path_is_valid(request->verb, request->path))
                return -EPERM;
        (void) snprintf(
                ret, WRITTEN_REQUEST_MAX, "%s %s %" PRIu64 "%s%s\n", verbs[request->verb],
                request->name, request->since, request->path[0] ? " " : "", request->path);
        return 0;
}

/* Copies the word before a space or the end, and returns what is behind the space; NULL: it is
 * empty or too long. */
static const char *take_word(const char *text, char *ret, size_t size) {
        size_t n = strcspn(text, " ");

        if (n == 0 || n >= size)
                return NULL;
        memcpy(ret, text, n);
        ret[n] = '\0';
        return text + n + (text[n] == ' ');
}

static bool parse_number(const char *text, uint64_t *ret) {
        uint64_t n = 0;

        if (text[0] == '\0')
                return false;
        for (; *text; text++) {
                if (*text < '0' || *text > '9' || __builtin_mul_overflow(n, 10, &n) ||
                    __builtin_add_overflow(n, (uint64_t) (*text - '0'), &n))
                        return false;
        }
        *ret = n;
        return true;
}

int written_request_parse(const char *line, WrittenRequest *ret) {
        WrittenRequest request = {};
        char verb[8], since[24];

        line = take_word(line, verb, sizeof(verb));
        if (line)
                line = take_word(line, request.name, sizeof(request.name));
        if (line)
                line = take_word(line, since, sizeof(since));
        if (!line || !instance_name_is_valid(request.name) || !parse_number(since, &request.since))
                return -EINVAL;
        while (request.verb < _WRITTEN_VERB_MAX && strcmp(verb, verbs[request.verb]) != 0)
                request.verb++;
        if (request.verb == _WRITTEN_VERB_MAX || (request.verb == WRITTEN_LIST && line[0] != '\0'))
                return -EINVAL;
        if (!path_is_valid(request.verb, line))
                return -EPERM;
        (void) snprintf(request.path, sizeof(request.path), "%s", line);
        *ret = request;
        return 0;
}

/* --- the answer ---------------------------------------------------------------------------------
 */

static const struct {
        const char *word;
        int error;
} errors[] = {
        { "missing", ENOENT },
        { "refused", EPERM },
        { "busy", EBUSY },
        { "failed", EIO },
};

const char *written_error_word(int error) {
        for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                if (errors[i].error == -error)
                        return errors[i].word;
        return "failed";
}

int written_answer_parse(const char *line, uint64_t *ret_size) {
        static const char ok[] = "ok ", error[] = "error ";

        if (strncmp(line, ok, strlen(ok)) == 0)
                return parse_number(line + strlen(ok), ret_size) ? 0 : -EBADMSG;
        if (strncmp(line, error, strlen(error)) == 0)
                for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                        if (strcmp(line + strlen(error), errors[i].word) == 0)
                                return -errors[i].error;
        return -EBADMSG;
}
