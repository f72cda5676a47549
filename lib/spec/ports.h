/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The ports that one game server binds, and how those that its spec doesn't name are derived. For
 * the parser of specs and everything that shows or compares ports. docs/spec.md states the rule.
 */

#include "base/errors.h"
#include "spec/spec.h"

enum { PORT_ENGINE_MAX = 32767 }; /* above, the engine may fall back to another port */

/* "port", "client_port", "steam_port", "sourcetv_port": the key of a spec that names it. */
const char *port_role_key(PortRole role);

/* One port of a server; 0: the server doesn't have it. */
uint16_t instance_port(const InstanceSettings *settings, PortRole role);

/*
 * The port of another role for a server whose game port is port. It depends on that and on the
 * host's port_range= alone. Two game ports of one range never share a derived port, and none is a
 * game port of the range, unless the range is wider than about a quarter of all ports.
 */
uint16_t port_derive(const HostConfig *config, uint16_t port, PortRole role);

/* Gives settings, whose port is set, its other ports: those that the spec names, else derived. */
void ports_complete(const HostConfig *config, Spec *spec);

/* A port that two servers have. */
typedef struct PortConflict {
        PortRole own, other;
        uint16_t port;
} PortConflict;

bool ports_find_conflict(
        const InstanceSettings *own, const InstanceSettings *other, PortConflict *ret);

/* Whether some server has any of these ports. */
typedef bool (*PortsTaken)(const InstanceSettings *settings, const void *userdata);

/* The lowest game port of the host's range with which a new spec, that names no other, is free. 0:
 * none. */
uint16_t ports_find_free(const HostConfig *config, PortsTaken is_taken, const void *userdata);

/* Whether the spec doesn't name this port. */
bool ports_is_derived(const PortPlaces *places, PortRole role);

/* Whose spec has the error of a conflict. */
typedef enum PortClaim {
        PORT_OF_BOTH, /* both have the port: "port 27015 is also used by instance 'x'" */
        PORT_OF_NEW,  /* one would get it: "port 27015 is already used by instance 'x'" */
} PortClaim;

/*
 * Adds the error. is_derived: the spec doesn't name the port, so the text says where it comes from.
 * other_name NULL: "port 27015 is taken", for users who may not know of other servers.
 */
void port_conflict_complain(
        SpecErrors *errors, const SpecPlace *place, const PortConflict *conflict, PortClaim claim,
        bool is_derived, const char *other_name);
