/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The name that players see of a server: the spec's 'hostname', else the last line "hostname …" of
 * the config, else the argument "+hostname", else one made of the owner and the label or name, so
 * that servers of one blueprint differ. The instance layer writes it, pages show it.
 */

#include "spec/spec.h"

/* "OWNER LABEL", or "OWNER NAME" when the label has characters that a cfg can't carry. */
void hostname_make(const Spec *spec, char ret[static HOSTNAME_LENGTH_MAX + 1]);

/* The one that counts, clipped. The spec must have the lists of its blueprint. */
void hostname_of(const Spec *spec, char ret[static HOSTNAME_LENGTH_MAX + 1]);

/* Whether the spec, a line of its config or an argument "+hostname" sets it. */
bool hostname_is_set(const Spec *spec);
