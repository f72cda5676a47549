/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "cvar.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

Cvar *cvar_find(const char *name) {
        for (size_t i = 0; i < n_cvars; i++)
                if (strcasecmp(cvar_table[i].name, name) == 0)
                        return cvar_table + i;

        return NULL;
}

const char *cvar_value(const Cvar *c) {
        return c->value ? c->value : c->initial;
}

const char *cvar_shown(const Cvar *c) {
        const char *value = cvar_value(c);

        return *value != '\0' && c->flags & CVAR_PROTECTED ? "***PROTECTED***" : value;
}

const char *cvar_rule(const Cvar *c) {
        if (c->flags & CVAR_PROTECTED)
                return *cvar_value(c) != '\0' ? "1" : "0";

        return cvar_value(c);
}

void cvar_print_flags(unsigned flags, char *ret, size_t size) {
        static const struct {
                unsigned flag;
                const char *name;
        } names[] = {
                { CVAR_ARCHIVE, "a" },         { CVAR_SV, "sv" },
                { CVAR_CHEAT, "cheat" },       { CVAR_NOTIFY, "nf" },
                { CVAR_PROTECTED, "prot" },    { CVAR_REPLICATED, "rep" },
                { CVAR_NORECORD, "norecord" },
        };
        size_t used = 0;

        *ret = '\0';
        for (size_t i = 0; i < sizeof(names) / sizeof(*names) && used < size; i++)
                if (flags & names[i].flag)
                        used += (size_t) snprintf(
                                ret + used, size - used, ", \"%s\"", names[i].name);
}

void cvar_set(Cvar *c, const char *value) {
        char *copy = strdup(value);

        if (!copy)
                abort();

        free(c->value);
        c->value = copy;
}

const char *cvar_string(const char *name) {
        Cvar *c = cvar_find(name);

        assert(c);
        return cvar_value(c);
}

uint32_t cvar_number(const char *name) {
        return (uint32_t) strtoul(cvar_string(name), NULL, 10);
}
