/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "spec/ports.h"

/* No port of a range, of whatever role, is another's. */
static void assert_all_differ(uint16_t min, uint16_t max, unsigned lowest, unsigned highest) {
        const HostConfig config = { .port_min = min, .port_max = max };
        static bool used[UINT16_MAX + 1];

        memset(used, 0, sizeof(used));
        for (unsigned port = min; port <= max; port++)
                for (PortRole role = PORT_GAME; role < _PORT_ROLE_MAX; role++) {
                        uint16_t derived = port_derive(&config, (uint16_t) port, role);

                        cr_assert_not(used[derived], "%u of %u-%u", derived, min, max);
                        cr_assert(
                                derived >= lowest && derived <= highest, "%u of %u-%u", derived,
                                min, max);
                        used[derived] = true;
                }
}

Test(ports, derived_ones_never_collide) {
        assert_all_differ(27015, 27114, 27000, 27999);
        assert_all_differ(27015, 27015, 27015, 27615);
        assert_all_differ(27015, 28014, 27015, PORT_ENGINE_MAX);
        /* Above the range, no ports are left that the engine takes as they are. */
        assert_all_differ(32700, 32767, 1024, PORT_ENGINE_MAX);
        assert_all_differ(60000, 65535, 1024, UINT16_MAX);
        assert_all_differ(1024, 17000, 1024, UINT16_MAX);
}

Test(ports, no_derived_one_needs_a_privilege) {
        const HostConfig config = { .port_min = 1, .port_max = UINT16_MAX };

        for (unsigned port = 1; port <= UINT16_MAX; port++)
                for (PortRole role = PORT_CLIENT; role < _PORT_ROLE_MAX; role++)
                        cr_assert_geq(port_derive(&config, (uint16_t) port, role), 1024);
}

Test(ports, they_depend_on_the_game_port_alone) {
        const HostConfig config = { .port_min = 27015, .port_max = 27114 };

        cr_assert_eq(port_derive(&config, 27015, PORT_GAME), 27015);
        cr_assert_eq(port_derive(&config, 27015, PORT_CLIENT), 27215);
        cr_assert_eq(port_derive(&config, 27015, PORT_STEAM), 27415);
        cr_assert_eq(port_derive(&config, 27015, PORT_SOURCETV), 27615);
        cr_assert_eq(port_derive(&config, 27114, PORT_SOURCETV), 27714);
}

Test(ports, named_ones_stay_and_sourcetv_needs_its_key) {
        const HostConfig config = { .port_min = 27015, .port_max = 27114 };
        Spec spec = {
                .settings.port = 27015,
                .named_ports = { [PORT_CLIENT] = 27005, [PORT_SOURCETV] = 27020 },
        };

        ports_complete(&config, &spec);
        cr_assert_eq(instance_port(&spec.settings, PORT_CLIENT), 27005);
        cr_assert_eq(instance_port(&spec.settings, PORT_STEAM), 27415);
        cr_assert_eq(instance_port(&spec.settings, PORT_SOURCETV), 0);

        spec.sourcetv = true;
        ports_complete(&config, &spec);
        cr_assert_eq(instance_port(&spec.settings, PORT_SOURCETV), 27020);
}

static void assert_complains(
        const PortConflict *conflict, PortClaim claim, bool is_derived, const char *other_name,
        const char *expected) {
        SpecErrors errors = {};

        port_conflict_complain(
                &errors, &(SpecPlace) { .file = "spec.yaml" }, conflict, claim, is_derived,
                other_name);
        cr_assert_eq(errors.n_items, 1);
        cr_assert_str_eq(errors.items[0].message, expected);
        spec_errors_clear(&errors);
}

Test(ports, conflicts) {
        InstanceSettings a = { .port = 1, .more_ports = { 0, 2, 3, 0 } };
        InstanceSettings b = { .port = 4, .more_ports = { 0, 5, 6, 0 } };
        PortConflict conflict;

        cr_assert_not(ports_find_conflict(&a, &b, &conflict));
        b.more_ports[PORT_SOURCETV] = 3;
        cr_assert(ports_find_conflict(&a, &b, &conflict));
        cr_assert(conflict.own == PORT_STEAM && conflict.other == PORT_SOURCETV);
        assert_complains(
                &conflict, PORT_OF_BOTH, false, "x",
                "steam_port 3 is also used by instance 'x' as its sourcetv_port");
        assert_complains(&conflict, PORT_OF_BOTH, false, NULL, "steam_port 3 is taken");
        assert_complains(
                &conflict, PORT_OF_NEW, true, "x",
                "steam_port 3 (derived from 'port'; 'steam_port' names another) is already used by "
                "instance 'x' as its sourcetv_port");
}
