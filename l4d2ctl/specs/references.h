/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds the users of each blueprint and overlay, read from the specs and blueprints as they are: a
 * spec with errors elsewhere still counts, because its owner will fix it.
 */

#include "common/ctl.h"

/* The blueprint and overlays that one spec or blueprint names. */
typedef struct Use {
        char *name;      /* of the server, or OWNER/NAME of the blueprint */
        char *blueprint; /* of a spec; NULL: none */
        char **overlays; /* NULL: it names none itself */
} Use;

typedef struct Usage {
        Use *servers;
        size_t n_servers;
        Use *blueprints;
        size_t n_blueprints;
} Usage;

/* Returns an ExitCode and has said what was wrong. Clear in any case. */
int usage_load(Ctl *ctl, Usage *ret) _must_check_;
void usage_clear(Usage *usage);

/* The names of the servers that use a blueprint, sorted, NULL-terminated; to be freed without the
 * names, which are the usage's. NULL without memory. */
const char **usage_of_blueprint(const Usage *usage, const char *ref);

/* The overlays of a server, itself or by its blueprint; NULL: none. */
char *const *usage_overlays(const Usage *usage, const Use *server);
