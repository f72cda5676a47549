/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/hostname.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "spec/cfg-text.h"

void hostname_make(const Spec *spec, char ret[static HOSTNAME_LENGTH_MAX + 1]) {
        const char *slash = spec->blueprint ? strchr(spec->blueprint, '/') : NULL;
        int owner_length = slash ? (int) (slash - spec->blueprint) : 0;
        const char *name = spec->label;

        /* The engine loses what follows a byte that is not ASCII. */
        if (!name || !cfg_text_is_quotable(name))
                name = spec->settings.name;
        (void) snprintf(
                ret, HOSTNAME_LENGTH_MAX + 1, "%.*s%s%s", owner_length,
                slash ? spec->blueprint : "", slash ? " " : "", name);
}

/* The argument of the config's last command "hostname"; NULL: it has none. */
static const char *find_in_config(const Spec *spec, size_t *ret_size) {
        const char *found = NULL;

        for (char **line = spec->config; line && *line; line++) {
                const char *argument =
                        cfg_line_argument(*line, strlen(*line), "hostname", ret_size);

                found = argument ? argument : found;
        }
        return found;
}

/* The last "+hostname NAME"; NULL: there is none. The engine executes it before any cfg. */
static const char *find_in_arguments(const Spec *spec, size_t *ret_size) {
        const char *found = NULL;

        for (char **word = spec->arguments; word && word[0] && word[1]; word++)
                if (strcasecmp(word[0], "+hostname") == 0)
                        found = word[1];
        if (found)
                *ret_size = strlen(found);
        return found;
}

static const char *find(const Spec *spec, size_t *ret_size) {
        return find_in_config(spec, ret_size) ?: find_in_arguments(spec, ret_size);
}

bool hostname_is_set(const Spec *spec) {
        size_t size;

        return spec->hostname || find(spec, &size);
}

void hostname_of(const Spec *spec, char ret[static HOSTNAME_LENGTH_MAX + 1]) {
        const char *text = spec->hostname;
        size_t size = text ? strlen(text) : 0;

        if (!text)
                text = find(spec, &size);
        if (text)
                (void) snprintf(
                        ret, HOSTNAME_LENGTH_MAX + 1, "%.*s",
                        (int) (size < HOSTNAME_LENGTH_MAX ? size : HOSTNAME_LENGTH_MAX), text);
        else
                hostname_make(spec, ret);
}
