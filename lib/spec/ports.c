/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/ports.h"

#include <stdio.h>

enum {
        STEP_MIN = 200, /* the default range and what is derived from it lie in 27000…27999 */
        STEP_UNIT = 100,
        FIRST_PORT = 1024, /* a server may not bind the ports below */
        RING_SIZE = UINT16_MAX + 1 - FIRST_PORT,
        RING_STEP = RING_SIZE / _PORT_ROLE_MAX,
};

const char *port_role_key(PortRole role) {
        static const char *const keys[_PORT_ROLE_MAX] = {
                [PORT_GAME] = "port",
                [PORT_CLIENT] = "client_port",
                [PORT_STEAM] = "steam_port",
                [PORT_SOURCETV] = "sourcetv_port",
        };

        return keys[role];
}

uint16_t instance_port(const InstanceSettings *settings, PortRole role) {
        return role == PORT_GAME ? settings->port : settings->more_ports[role];
}

/* The blocks of the roles follow the range, or come before it: as many ports as the range has, and
 * somewhat more, so that a range that grows a little changes nothing. */
uint16_t port_derive(const HostConfig *config, uint16_t port, PortRole role) {
        unsigned width = (unsigned) config->port_max - config->port_min + 1;
        unsigned step = (width + STEP_UNIT - 1) / STEP_UNIT * STEP_UNIT;
        unsigned distance, all;

        if (step < STEP_MIN)
                step = STEP_MIN;
        distance = (unsigned) role * step;
        all = (_PORT_ROLE_MAX - 1) * step;

        if (config->port_max + all <= PORT_ENGINE_MAX)
                return (uint16_t) (port + distance);
        if (config->port_min >= FIRST_PORT + all)
                return (uint16_t) (port - distance);
        if (config->port_max + all <= UINT16_MAX)
                return (uint16_t) (port + distance);

        /* No room for blocks. Servers whose game ports are not that far apart still get ports of
         * their own; the others are refused as a conflict. */
        return (uint16_t) ((port + RING_SIZE - FIRST_PORT + (unsigned) role * RING_STEP) %
                                   RING_SIZE +
                           FIRST_PORT);
}

void ports_complete(const HostConfig *config, Spec *spec) {
        InstanceSettings *settings = &spec->settings;

        for (PortRole role = PORT_CLIENT; role < _PORT_ROLE_MAX; role++) {
                uint16_t named = spec->named_ports[role];

                settings->more_ports[role] =
                        named > 0 ? named : port_derive(config, settings->port, role);
        }
        if (!spec->sourcetv)
                settings->more_ports[PORT_SOURCETV] = 0;
}

bool ports_find_conflict(
        const InstanceSettings *own, const InstanceSettings *other, PortConflict *ret) {
        for (PortRole a = PORT_GAME; a < _PORT_ROLE_MAX; a++)
                for (PortRole b = PORT_GAME; b < _PORT_ROLE_MAX; b++) {
                        uint16_t port = instance_port(own, a);

                        if (port == 0 || port != instance_port(other, b))
                                continue;
                        *ret = (PortConflict) { a, b, port };
                        return true;
                }
        return false;
}

uint16_t ports_find_free(const HostConfig *config, PortsTaken is_taken, const void *userdata) {
        for (unsigned port = config->port_min; port <= config->port_max; port++) {
                Spec spec = { .settings.port = (uint16_t) port };

                ports_complete(config, &spec);
                if (!is_taken(&spec.settings, userdata))
                        return (uint16_t) port;
        }
        return 0;
}

bool ports_is_derived(const PortPlaces *places, PortRole role) {
        return role != PORT_GAME && places->items[role].line == places->items[PORT_GAME].line &&
               places->items[role].column == places->items[PORT_GAME].column;
}

static void complain_of_both(
        SpecErrors *errors, const SpecPlace *place, const PortConflict *conflict, bool is_derived,
        const char *other_name) {
        const char *own = port_role_key(conflict->own), *role = port_role_key(conflict->other);
        unsigned port = conflict->port;

        if (is_derived)
                spec_errors_add(
                        errors, place,
                        "%s %u (derived from 'port'; '%s' names another) is also used by instance "
                        "'%s' as its %s",
                        own, port, own, other_name, role);
        else if (conflict->own == PORT_GAME && conflict->other == PORT_GAME)
                spec_errors_add(
                        errors, place, "%s %u is also used by instance '%s'", own, port,
                        other_name);
        else
                spec_errors_add(
                        errors, place, "%s %u is also used by instance '%s' as its %s", own, port,
                        other_name, role);
}

static void complain_of_new(
        SpecErrors *errors, const SpecPlace *place, const PortConflict *conflict, bool is_derived,
        const char *other_name) {
        const char *own = port_role_key(conflict->own), *role = port_role_key(conflict->other);
        unsigned port = conflict->port;

        if (is_derived)
                spec_errors_add(
                        errors, place,
                        "%s %u (derived from 'port'; '%s' names another) is already used by instance "
                        "'%s' as its %s",
                        own, port, own, other_name, role);
        else if (conflict->own == PORT_GAME && conflict->other == PORT_GAME)
                spec_errors_add(
                        errors, place, "%s %u is already used by instance '%s'", own, port,
                        other_name);
        else
                spec_errors_add(
                        errors, place, "%s %u is already used by instance '%s' as its %s", own,
                        port, other_name, role);
}

void port_conflict_complain(
        SpecErrors *errors, const SpecPlace *place, const PortConflict *conflict, PortClaim claim,
        bool is_derived, const char *other_name) {
        const char *own = port_role_key(conflict->own);

        if (other_name && claim == PORT_OF_BOTH)
                complain_of_both(errors, place, conflict, is_derived, other_name);
        else if (other_name)
                complain_of_new(errors, place, conflict, is_derived, other_name);
        else if (is_derived)
                spec_errors_add(
                        errors, place, "%s %u (derived from 'port'; '%s' names another) is taken",
                        own, conflict->port, own);
        else
                spec_errors_add(errors, place, "%s %u is taken", own, conflict->port);
}
