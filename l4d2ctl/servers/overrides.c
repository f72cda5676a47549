/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/overrides.h"

#include <string.h>

#include "base/log.h"
#include "systemd/properties.h"

/* Shipped for this or all of our units, or made by the generator. */
static bool is_ours(const char *path, size_t length) {
        static const char *const directories[] = {
                "/usr/lib/systemd/system/left4me-",
                "/run/systemd/generator/",
        };

        for (size_t i = 0; i < ELEMENTSOF(directories); i++)
                if (length > strlen(directories[i]) &&
                    memcmp(path, directories[i], strlen(directories[i])) == 0)
                        return true;
        return false;
}

/*
 * The length of the first of several paths with a blank between them. The name of a drop-in may
 * have blanks too; it ends with .conf, and the next path begins with a slash.
 */
static size_t path_length(const char *paths) {
        static const char end[] = ".conf";

        for (const char *p = strstr(paths, end); p; p = strstr(p + 1, end)) {
                const char *after = p + strlen(end);

                if (*after == '\0' || (after[0] == ' ' && after[1] == '/'))
                        return (size_t) (after - paths);
        }
        return strlen(paths);
}

static int find_foreign(const char *paths, char ***ret) {
        _cleanup_(strv_freep) char **foreign = calloc(strlen(paths) / 2 + 1, sizeof(char *));
        size_t n = 0;

        if (!foreign)
                return -ENOMEM;
        for (size_t length; *paths != '\0'; paths += length, paths += *paths == ' ') {
                length = path_length(paths);
                if (is_ours(paths, length))
                        continue;
                foreign[n] = strndup(paths, length);
                if (!foreign[n++])
                        return -ENOMEM;
        }

        *ret = TAKE_PTR(foreign);
        return 0;
}

static int read_properties(const UnitProperties *properties, Overrides *ret) {
        const char *output = unit_property(properties, "StandardOutput");
        const char *load_state = unit_property(properties, "LoadState");
        int r;

        r = find_foreign(unit_property(properties, "DropInPaths") ?: "", &ret->drop_ins);
        if (r < 0)
                return r;
        ret->is_masked = load_state && strcmp(load_state, "masked") == 0;
        /* "journal+console" is one of both. A unit that is not loaded has none, and of one that is
         * masked systemd has not read what it says. */
        if (ret->is_masked || !output || output[0] == '\0' ||
            strncmp(output, "journal", strlen("journal")) == 0)
                return 0;
        ret->output = strdup(output);
        return ret->output ? 0 : -ENOMEM;
}

int overrides_load(Ctl *ctl, const Server *server, Overrides *ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        UnitProperties properties = {};
        int r;

        *ret = (Overrides) {};
        r = ctl_open_bus(ctl);
        if (r != CTL_OK)
                return r;
        r = bus_get_properties(ctl->bus, server->units.server, &properties, &error);
        if (r >= 0)
                r = read_properties(&properties, ret);
        unit_properties_clear(&properties);
        if (r >= 0)
                return CTL_OK;
        overrides_clear(ret);
        log_error("Failed to ask for %s: %s", server->units.server, bus_error_message(&error, r));
        return CTL_FAILURE;
}

static int list_paths(char **paths, sd_json_variant **ret) {
        return paths ? sd_json_variant_new_array_strv(ret, paths)
                     : sd_json_variant_new_array(ret, NULL, 0);
}

int overrides_to_json(const Overrides *overrides, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *drop_ins = NULL;
        int r;

        r = list_paths(overrides->drop_ins, &drop_ins);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_BOOLEAN("masked", overrides->is_masked),
                SD_JSON_BUILD_PAIR_STRING("output", overrides->output),
                SD_JSON_BUILD_PAIR_VARIANT("drop_ins", drop_ins));
}

void overrides_clear(Overrides *overrides) {
        strv_free(overrides->drop_ins);
        free(overrides->output);
        *overrides = (Overrides) {};
}
