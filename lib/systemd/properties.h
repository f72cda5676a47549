/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * All properties of a unit as text, for callers that read many of them once. systemd/bus.h has
 * functions for frequent reads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"

/*
 * Each as "Name=value". A value is its parts in a row, separated by one blank, whatever containers
 * they are in: booleans are yes and no, numbers decimal, bytes too. So NoNewPrivileges is "yes",
 * SystemCallFilter "yes accept bind …" and TemporaryFileSystem "/run ro /var ro".
 */
typedef struct UnitProperties {
        char **items;
        size_t n_items;
} UnitProperties;

/* Reads the properties of the unit and of the service, in two calls. Clear in any case. */
int bus_get_properties(sd_bus *bus, const char *unit, UnitProperties *ret, sd_bus_error *reterr)
        _must_check_;
void unit_properties_clear(UnitProperties *properties);

/* NULL: this systemd has no such property. */
const char *unit_property(const UnitProperties *properties, const char *name);

/* Whether one of the blank-separated words of text is this one. */
bool has_word(const char *text, const char *word);
