/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "overrides.h"

#include <string.h>

#include "bus-properties.h"
#include "log.h"

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

/* paths: with spaces between them; there are none in paths of units. */
static char *find_foreign(const char *paths) {
        char *foreign = malloc(strlen(paths) + 1), *end = foreign;

        if (!foreign)
                return NULL;
        while (*paths != '\0') {
                size_t length = strcspn(paths, " ");

                if (!is_ours(paths, length)) {
                        if (end > foreign)
                                *end++ = ' ';
                        end = mempcpy(end, paths, length);
                }
                paths += length;
                paths += strspn(paths, " ");
        }
        *end = '\0';
        return foreign;
}

static int read_properties(const UnitProperties *properties, Overrides *ret) {
        const char *output = unit_property(properties, "StandardOutput");
        const char *load_state = unit_property(properties, "LoadState");

        ret->drop_ins = find_foreign(unit_property(properties, "DropInPaths") ?: "");
        if (!ret->drop_ins)
                return -ENOMEM;
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

static int list_words(const char *words, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        while (r >= 0 && *words != '\0') {
                size_t length = strcspn(words, " ");
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *word = NULL;

                r = sd_json_variant_new_stringn(&word, words, length);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, word);
                words += length;
                words += strspn(words, " ");
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(array);
        return 0;
}

int overrides_to_json(const Overrides *overrides, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *drop_ins = NULL;
        int r;

        r = list_words(overrides->drop_ins ?: "", &drop_ins);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_BOOLEAN("masked", overrides->is_masked),
                SD_JSON_BUILD_PAIR_STRING("output", overrides->output),
                SD_JSON_BUILD_PAIR_VARIANT("drop_ins", drop_ins));
}

void overrides_clear(Overrides *overrides) {
        free(overrides->drop_ins);
        free(overrides->output);
        *overrides = (Overrides) {};
}
