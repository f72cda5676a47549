/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which directive of a unit keeps a path from its processes: the one that names the longest part of
 * it. */

#include <string.h>

#include "trial/rules-internal.h"

typedef struct Search {
        const char *path;
        TrialCover *best;
        bool found;
} Search;

static void consider(Search *search, const char *directive, const char *text, size_t size) {
        size_t length = strlen(search->path);

        /* "/" covers everything. */
        if (size > 1 && (size > length || memcmp(search->path, text, size) != 0 ||
                         (search->path[size] != '/' && search->path[size] != '\0')))
                return;
        if (search->found && size < search->best->path.size)
                return;
        *search->best = (TrialCover) { directive, { text, size } };
        search->found = true;
}

static void consider_word(Search *search, const char *directive, const char *path) {
        consider(search, directive, path, strlen(path));
}

/* The paths of a list; what else it has, such as options, is not a path. */
static void consider_list(
        Search *search, const UnitProperties *properties, const char *property,
        const char *directive) {
        const char *list = unit_property(properties, property);
        StraceText word;

        while (list && trial_next_word(&list, &word)) {
                while (word.size > 0 && strchr("-+", *word.text))
                        word = (StraceText) { word.text + 1, word.size - 1 };
                if (word.size > 0 && *word.text == '/')
                        consider(search, directive, word.text, word.size);
        }
}

static bool is_value(const UnitProperties *properties, const char *property, const char *value) {
        const char *actual = unit_property(properties, property);

        return actual && strcmp(actual, value) == 0;
}

static void consider_home(Search *search, const UnitProperties *properties, bool for_writing) {
        if (!is_value(properties, "ProtectHome", "yes") &&
            !is_value(properties, "ProtectHome", "tmpfs") &&
            !(for_writing && is_value(properties, "ProtectHome", "read-only")))
                return;
        consider_word(search, "ProtectHome=", "/home");
        consider_word(search, "ProtectHome=", "/root");
        consider_word(search, "ProtectHome=", "/run/user");
}

/* /proc/cpuinfo and the like, not what belongs to a process. */
static void consider_proc(Search *search, const UnitProperties *properties) {
        static const char proc[] = "/proc/";
        const char *name = search->path + sizeof(proc) - 1;

        if (strncmp(search->path, proc, sizeof(proc) - 1) != 0 ||
            !is_value(properties, "ProcSubset", "pid"))
                return;
        if ((*name >= '0' && *name <= '9') || strncmp(name, "self", 4) == 0 ||
            strncmp(name, "thread-self", 11) == 0)
                return;
        consider_word(search, "ProcSubset=", "/proc");
}

static void consider_hidden(Search *search, const UnitProperties *properties) {
        const char *root = unit_property(properties, "RootDirectory");

        if (root && root[0] == '/')
                consider_word(search, "RootDirectory=", "/");
        consider_list(search, properties, "TemporaryFileSystem", "TemporaryFileSystem=");
        consider_list(search, properties, "InaccessiblePaths", "InaccessiblePaths=");
        consider_proc(search, properties);
        if (is_value(properties, "PrivateTmp", "yes")) {
                consider_word(search, "PrivateTmp=", "/tmp");
                consider_word(search, "PrivateTmp=", "/var/tmp");
        }
        if (is_value(properties, "PrivateDevices", "yes"))
                consider_word(search, "PrivateDevices=", "/dev");
}

static void consider_read_only(Search *search, const UnitProperties *properties) {
        if (is_value(properties, "ProtectSystem", "strict"))
                consider_word(search, "ProtectSystem=", "/");
        else if (
                is_value(properties, "ProtectSystem", "yes") ||
                is_value(properties, "ProtectSystem", "full")) {
                consider_word(search, "ProtectSystem=", "/usr");
                consider_word(search, "ProtectSystem=", "/boot");
        }
        if (is_value(properties, "ProtectSystem", "full"))
                consider_word(search, "ProtectSystem=", "/etc");
        if (is_value(properties, "ProtectKernelTunables", "yes")) {
                consider_word(search, "ProtectKernelTunables=", "/proc/sys");
                consider_word(search, "ProtectKernelTunables=", "/sys");
        }
        consider_list(search, properties, "ReadOnlyPaths", "ReadOnlyPaths=");
}

bool trial_find_cover(
        const UnitProperties *properties, const char *path, bool for_writing, TrialCover *ret) {
        Search search = { .path = path, .best = ret };

        if (for_writing)
                consider_read_only(&search, properties);
        consider_hidden(&search, properties);
        consider_home(&search, properties, for_writing);
        return search.found;
}
