/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The settings that allow what a trial found. */

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/visible-text.h"
#include "render/unit-writer.h"
#include "spec/config-keys.h"
#include "trial/findings.h"
#include "trial/rules-internal.h"

typedef struct Remedy {
        const TrialFindings *findings;    /* all that the drop-in is for */
        const UnitProperties *properties; /* of the unit as it normally runs */
} Remedy;

/* --- lines of a drop-in; the last one for a finding is the one that people are shown ---------- */

/* A directive that gives up too much to be there unread. */
static void write_weak(UnitWriter *w, const char *assignment) {
        unit_writer_comment(w, assignment);
}

static void write_port(UnitWriter *w, const char *subject) {
        char protocol[4] = "", line[32];
        unsigned port = 0;

        if (sscanf(subject, "%3s %u", protocol, &port) != 2)
                return;
        if (port != 0) {
                unit_writer_port(w, "SocketBindAllow", protocol, (uint16_t) port);
                return;
        }
        /* A socket that asks for any free port: nothing less than all ports allows that. */
        (void) snprintf(line, sizeof(line), "SocketBindAllow=%s", protocol);
        write_weak(w, line);
}

/* The file itself, or the directory it lies in unless that is as much as was hidden. */
static const char *writable_place(
        const TrialDenial *denial, char parent[static TRIAL_SUBJECT_MAX]) {
        char *slash;

        (void) snprintf(parent, TRIAL_SUBJECT_MAX, "%s", denial->subject);
        slash = strrchr(parent, '/');
        if (!slash || slash == parent)
                return denial->subject;
        *slash = '\0';
        return strlen(parent) > strlen(denial->cover) ? parent : denial->subject;
}

const char *trial_bind_place(const TrialDenial *denial, char parent[static TRIAL_SUBJECT_MAX]) {
        return denial->kind == TRIAL_WRITE ? writable_place(denial, parent) : denial->subject;
}

bool trial_needs_bind(const TrialDenial *denial) {
        static const char *const others[] = {
                "writable_directories=",
                "ProcSubset=",
                "ProtectKernelTunables=",
        };

        if (denial->kind != TRIAL_READ && denial->kind != TRIAL_WRITE &&
            denial->kind != TRIAL_SOCKET)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                if (strcmp(denial->directive, others[i]) == 0)
                        return false;
        return true;
}

/* Why no line may allow a denial; NULL when one may. */
static const char *refusal_of(const TrialDenial *denial) {
        char parent[TRIAL_SUBJECT_MAX];

        if (denial->refusal || !trial_needs_bind(denial))
                return denial->refusal;
        return trial_refuse_place(trial_bind_place(denial, parent));
}

/* Whether a finding that is not refused is about this path of InaccessiblePaths=. */
static bool must_be_accessible(const Remedy *remedy, const StraceText *path) {
        for (size_t i = 0; i < remedy->findings->n_items; i++) {
                const TrialDenial *denial = &remedy->findings->items[i].denial;

                if (strcmp(denial->directive, "InaccessiblePaths=") == 0 &&
                    strace_text_equal(path, denial->cover) && !refusal_of(denial))
                        return true;
        }
        return false;
}

/* An inaccessible directory hides what is bound below it, so the list is written again without. */
static void write_accessible(UnitWriter *w, const Remedy *remedy, const char *cover) {
        const char *list = unit_property(remedy->properties, "InaccessiblePaths");
        char value[300];
        StraceText word;

        unit_writer_reset(w, "InaccessiblePaths");
        while (list && trial_next_word(&list, &word)) {
                StraceText path = word;

                while (path.size > 0 && strchr("-+", *path.text))
                        path = (StraceText) { path.text + 1, path.size - 1 };
                if (must_be_accessible(remedy, &path) || word.size >= sizeof(value))
                        continue;
                (void) snprintf(value, sizeof(value), "%.*s", (int) word.size, word.text);
                unit_writer_text(w, "InaccessiblePaths", value);
        }
        (void) snprintf(value, sizeof(value), "%s:ro", cover);
        unit_writer_text(w, "TemporaryFileSystem", value);
}

/* Opens the directory that hides the path, without which the path could not be bound. */
static void write_access(UnitWriter *w, const Remedy *remedy, const TrialDenial *denial) {
        if (strcmp(denial->directive, "InaccessiblePaths=") == 0)
                write_accessible(w, remedy, denial->cover);
        else if (strcmp(denial->directive, "PrivateDevices=") == 0)
                unit_writer_text(w, "DeviceAllow", denial->subject);
}

static void write_file(UnitWriter *w, const Remedy *remedy, const TrialDenial *denial) {
        char parent[TRIAL_SUBJECT_MAX], line[TRIAL_SUBJECT_MAX + 32];
        const char *key = denial->kind == TRIAL_WRITE ? "BindPaths" : "BindReadOnlyPaths";
        const char *place = trial_bind_place(denial, parent);

        if (strcmp(denial->directive, "ProcSubset=") == 0) {
                unit_writer_word(w, "ProcSubset", "all");
                return;
        }
        if (strcmp(denial->directive, "ProtectKernelTunables=") == 0) {
                write_weak(w, "ProtectKernelTunables=no");
                return;
        }
        if (trial_opens_control_plane(place)) {
                (void) snprintf(line, sizeof(line), "%s=%s", key, place);
                write_weak(w, line);
                return;
        }
        write_access(w, remedy, denial);
        unit_writer_bind(w, key, place, place);
}

static void write_right(UnitWriter *w, const TrialDenial *denial) {
        char line[300];

        if (strcmp(denial->directive, "CapabilityBoundingSet=") != 0) {
                (void) snprintf(line, sizeof(line), "%sno", denial->directive);
                write_weak(w, line);
                return;
        }
        write_weak(w, "PrivateUsers=no");
        (void) snprintf(line, sizeof(line), "AmbientCapabilities=%s", denial->cover);
        write_weak(w, line);
        (void) snprintf(line, sizeof(line), "CapabilityBoundingSet=%s", denial->cover);
        write_weak(w, line);
}

static void write_denial(UnitWriter *w, const Remedy *remedy, const TrialDenial *denial) {
        switch (denial->kind) {
        case TRIAL_CALL:
                unit_writer_word(w, "SystemCallFilter", denial->subject);
                return;
        case TRIAL_BIND:
                write_port(w, denial->subject);
                return;
        case TRIAL_FAMILY:
                unit_writer_word(w, "RestrictAddressFamilies", denial->subject);
                return;
        case TRIAL_RIGHT:
                write_right(w, denial);
                return;
        case TRIAL_READ:
        case TRIAL_WRITE:
        case TRIAL_SOCKET:
                write_file(w, remedy, denial);
                return;
        case TRIAL_LINK:
        case _TRIAL_KIND_MAX:
                return;
        }
}

static bool needs_unit_setting(const TrialDenial *denial) {
        return strcmp(denial->directive, "writable_directories=") != 0;
}

/* The lines of one finding, without the section; "" where it is refused, the unit writer can't
 * express it, or people could not see what they allow: the server chooses the path. From malloc. */
static int make_lines(const Remedy *remedy, const TrialDenial *denial, char **ret) {
        _cleanup_(unit_writer_done) UnitWriter w = {};
        const char *text, *lines;
        size_t size;
        int r;

        unit_writer_section(&w, "Service");
        if (!refusal_of(denial))
                write_denial(&w, remedy, denial);
        r = unit_writer_finish(&w, &text, &size);
        if (r == -ENOMEM)
                return r;
        lines = r < 0 || !text_is_visible(denial->subject) ? NULL : strchr(text, '\n');
        *ret = strdup(lines ? lines + 1 : "");
        return *ret ? 0 : -ENOMEM;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* Whether text, whole lines, has this one. */
static bool has_line(const char *text, const char *line, size_t length) {
        for (const char *p = text; *p != '\0'; p = strchr(p, '\n') + 1)
                if (strncmp(p, line, length) == 0 && p[length] == '\n')
                        return true;
        return false;
}

/* Appends the lines that are not there yet. */
static int merge_lines(char **text, const char *lines) {
        for (const char *p = lines; *p != '\0'; p = strchr(p, '\n') + 1) {
                size_t length = strcspn(p, "\n");
                char *longer;

                if (has_line(*text, p, length))
                        continue;
                if (asprintf(&longer, "%s%.*s\n", *text, (int) length, p) < 0)
                        return -ENOMEM;
                free(*text);
                *text = longer;
        }
        return 0;
}

static int merge_all(const Remedy *remedy, char **text) {
        for (size_t i = 0; i < remedy->findings->n_items; i++) {
                const TrialDenial *denial = &remedy->findings->items[i].denial;
                _cleanup_free_ char *lines = NULL;
                int r;

                if (!needs_unit_setting(denial))
                        continue;
                r = make_lines(remedy, denial, &lines);
                if (r >= 0)
                        r = merge_lines(text, lines);
                if (r < 0)
                        return r;
        }
        return 0;
}

int trial_drop_in(const TrialFindings *findings, const UnitProperties *properties, char **ret) {
        const Remedy remedy = { findings, properties };
        _cleanup_free_ char *text = strdup("");
        char *result = NULL;
        int r;

        if (!text)
                return -ENOMEM;
        r = merge_all(&remedy, &text);
        if (r < 0)
                return r;
        if (text[0] != '\0' && asprintf(&result, "[Service]\n%s", text) < 0)
                return -ENOMEM;
        *ret = result;
        return 0;
}

/* The last line, without the mark of a comment and the newline. */
static int take_last_line(const TrialDenial *denial, const char *lines, char **ret) {
        const char *refusal = refusal_of(denial);
        size_t length = strlen(lines), start;

        while (length > 0 && lines[length - 1] == '\n')
                length--;
        for (start = length; start > 0 && lines[start - 1] != '\n';)
                start--;
        if (strncmp(lines + start, "# ", 2) == 0)
                start += 2;
        *ret = length > start
                       ? strndup(lines + start, length - start)
                       : strdup(refusal ? _(refusal) : _("nothing: a unit can't name this path"));
        return *ret ? 0 : -ENOMEM;
}

/* --- directories in the tree ------------------------------------------------------------------ */

static void drop_last_component(char *path) {
        char *slash = strrchr(path, '/');

        *(slash ? slash : path) = '\0';
}

/* The nearest directory that left4me.conf can name and that allows the denial, "" when there is
 * none. From malloc. */
static int find_writable_directory(const TrialDenial *denial, const char *tree, char **ret) {
        bool is_inside = trial_is_beneath(denial->subject, tree);
        const char *path = is_inside ? denial->subject + strlen(tree) : "";
        char *directory = strdup(*path == '/' ? path + 1 : path);

        if (!directory)
                return -ENOMEM;
        if (!denial->makes_directory)
                drop_last_component(directory);
        while (*directory != '\0' && !config_is_writable_directory(directory))
                drop_last_component(directory);
        *ret = directory;
        return 0;
}

int trial_remedy(const TrialDenial *denial, const char *tree, char **ret) {
        _cleanup_free_ char *lines = NULL, *directory = NULL;
        const Remedy remedy = { &(TrialFindings) {}, &(UnitProperties) {} };
        int r;

        if (needs_unit_setting(denial)) {
                r = make_lines(&remedy, denial, &lines);
                return r < 0 ? r : take_last_line(denial, lines, ret);
        }
        r = find_writable_directory(denial, tree, &directory);
        if (r < 0)
                return r;
        if (directory[0] == '\0') {
                *ret = strdup(_("nothing: only directories below left4dead2/ can be writable"));
                return *ret ? 0 : -ENOMEM;
        }
        return asprintf(ret, _("writable_directories= with %s"), directory) < 0 ? -ENOMEM : 0;
}

/* Adds it to lines, as a word of the list: one with blanks is quoted. */
static int add_writable_directory(const TrialDenial *denial, const char *tree, char **lines) {
        _cleanup_free_ char *directory = NULL, *line = NULL;
        const char *quote;
        int r;

        r = find_writable_directory(denial, tree, &directory);
        if (r < 0 || directory[0] == '\0')
                return r;
        quote = strchr(directory, ' ') ? "\"" : "";
        if (asprintf(&line, "%s%s%s\n", quote, directory, quote) < 0) {
                line = NULL;
                return -ENOMEM;
        }
        return merge_lines(lines, line);
}

int trial_writable_directories(const TrialFindings *findings, const char *tree, char **ret) {
        _cleanup_free_ char *list = strdup("");
        int r = list ? 0 : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < findings->n_items; i++)
                if (!needs_unit_setting(&findings->items[i].denial))
                        r = add_writable_directory(&findings->items[i].denial, tree, &list);
        if (r < 0)
                return r;
        for (char *p = list; *p != '\0'; p++)
                if (*p == '\n')
                        *p = p[1] == '\0' ? '\0' : ' ';
        *ret = list[0] != '\0' ? TAKE_PTR(list) : NULL;
        return 0;
}
