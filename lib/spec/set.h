/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All instances of the host together, with the checks no single spec can answer: two specs that
 * share any port are both refused. Memory stays small for any number of instances: only
 * InstanceSettings are kept.
 */

#include "spec/spec.h"

enum { INSTANCES_MAX = 16384 };

typedef struct SpecSetItem {
        InstanceSettings settings; /* only settings.name is set when refused for its own errors */
        PortPlaces port_places;
        bool refused;
        bool has_rcon_password; /* unless refused */
} SpecSetItem;

typedef struct SpecSet {
        SpecSetItem *items; /* by name, ascending in strcmp order */
        size_t n_items;
} SpecSet;

/* Called once for each instance or directory entry with errors. */
typedef void (*SpecSetReport)(const SpecErrors *errors, void *userdata);

/*
 * Loads every instances/<name>/. An entry with an illegal name is reported and left out, one that
 * begins with a dot is left out in silence, and so is lost+found.
 * Returns 0 also when specs were refused; -E2BIG past INSTANCES_MAX, -ENOMEM, or -errno when the
 * directory can't be read.
 */
int spec_set_load(const SpecContext *context, SpecSetReport report, void *userdata, SpecSet **ret)
        _must_check_;

/* NULL for an unknown instance. */
const SpecSetItem *spec_set_find(const SpecSet *set, const char *name);

/*
 * Checks a spec about to be written against the others on disk (except its own current version): a
 * port that is already taken is an error at that port's position, which names the other server
 * unless context->hides_others. Returns 0, -EINVAL, -errno.
 */
int spec_check_against_others(
        const SpecContext *context, const Spec *spec, const char *file, const char *text,
        size_t size, SpecErrors *errors) _must_check_;

/* The lowest port of the host's range that a new spec could have: it, and what is derived from it,
 * belongs to no other. 0: none. */
uint16_t spec_set_find_free_port(const SpecSet *set, const HostConfig *config);

SpecSet *spec_set_free(SpecSet *set);
DEFINE_CLEANUP(SpecSet *, spec_set_free)
