/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "filter/guard.h"
#include "filter/rcon-filter.h"

TestSuite(guard, .timeout = 60);

static const HostConfig config = {
        .port_min = 27015,
        .port_max = 27016,
        .guard = { .is_enabled = true,
                   .queries_per_source = 7,
                   .queries_per_server = 70,
                   .packets_per_source = 700,
                   .marks_traffic = true },
};

static char *format(const HostConfig *c, uid_t uid) {
        RconPorts ports = {};
        char *rules = NULL;

        ports.bits[27015 / 64] |= UINT64_C(1) << 27015 % 64;
        cr_assert_eq(rcon_filter_format(c, &ports, uid, false, &rules), 0);
        return rules;
}

Test(guard, rules_have_the_rates_and_the_user) {
        _cleanup_free_ char *rules = format(&config, 981);

        cr_assert(strstr(rules, "limit rate over 7/second burst 21 packets"));
        cr_assert(strstr(rules, "limit rate over 70/second burst 210 packets"));
        cr_assert(strstr(rules, "limit rate over 700/second burst 2100 packets"));
        cr_assert(strstr(rules, "meta skuid != 981 accept"));
        for (size_t i = 0; i < _GUARD_COUNTER_MAX; i++) {
                _cleanup_free_ char *object = NULL, *use = NULL;

                cr_assert_gt(asprintf(&object, "\tcounter %s {", guard_counter_name(i)), 0);
                cr_assert_gt(asprintf(&use, "counter name %s drop", guard_counter_name(i)), 0);
                cr_assert(strstr(rules, object), "%s", object);
                cr_assert(strstr(rules, use), "%s", use);
        }
}

/* A drop before this line, of packets that start as those of a join do, would lose a player. */
Test(guard, packets_of_a_join_pass_before_any_limit) {
        _cleanup_free_ char *rules = format(&config, 981);
        const char *chain = strstr(rules, "chain guard {");
        const char *join = strstr(rules, "@th,96,8 { 0x6b, 0x6e, 0x71 } accept");
        size_t n_drops = 0;

        cr_assert_not_null(chain);
        cr_assert_not_null(join);
        for (const char *p = chain; (p = strstr(p, " drop\n")) && p < join; p++)
                n_drops++;
        /* Empty ones and split ones. */
        cr_assert_eq(n_drops, 2);
        cr_assert(strstr(join, "goto queries"));
}

Test(guard, parts_can_be_left_out) {
        HostConfig off = config, unmarked = config;
        _cleanup_free_ char *no_user = format(&config, GUARD_NO_UID);

        cr_assert_not(strstr(no_user, "skuid"));
        cr_assert(strstr(no_user, "chain guard"));

        unmarked.guard.marks_traffic = false;

        _cleanup_free_ char *no_marks = format(&unmarked, 981);

        cr_assert_not(strstr(no_marks, "skuid"));
        off.guard.is_enabled = false;

        _cleanup_free_ char *rules = format(&off, 981);

        cr_assert_not(strstr(rules, "udp"));
        cr_assert_not(strstr(rules, "skuid"));
        cr_assert(strstr(rules, "chain rcon"));
}

Test(guard, counters) {
        static const char text[] =
                "{\"nftables\": [{\"metainfo\": {\"version\": \"1.1.3\"}}, "
                "{\"counter\": {\"family\": \"ip\", \"name\": \"guard_empty\", \"table\": "
                "\"left4me\", \"packets\": 1, \"bytes\": 1}}, "
                "{\"counter\": {\"family\": \"inet\", \"name\": \"guard_empty\", \"table\": "
                "\"other\", \"packets\": 2, \"bytes\": 2}}, "
                "{\"counter\": {\"family\": \"inet\", \"name\": \"unknown\", \"table\": "
                "\"left4me\", \"packets\": 3, \"bytes\": 3}}, "
                "{\"counter\": {\"family\": \"inet\", \"name\": \"guard_empty\", \"table\": "
                "\"left4me\", \"handle\": 4, \"packets\": 18446744073709551615, \"bytes\": 28}}, "
                "{\"counter\": {\"family\": \"inet\", \"name\": \"rcon_refused\", \"table\": "
                "\"left4me\", \"packets\": \"many\", \"bytes\": -1}}]}";
        GuardCounters counters;

        cr_assert_eq(guard_counters_parse(text, &counters), 0);
        cr_assert(counters.is_loaded);
        cr_assert_eq(counters.items[GUARD_EMPTY].packets, UINT64_MAX);
        cr_assert_eq(counters.items[GUARD_EMPTY].bytes, 28);
        cr_assert_eq(counters.items[GUARD_SPLIT].packets, 0);
        cr_assert_eq(counters.items[GUARD_RCON].packets, 0);
        cr_assert_eq(counters.items[GUARD_RCON].bytes, 0);
}

Test(guard, the_filter_of_rcon_alone_is_not_the_guard) {
        GuardCounters counters;

        cr_assert_eq(
                guard_counters_parse(
                        "{\"nftables\":[{\"counter\":{\"family\":\"inet\",\"table\":\"left4me\","
                        "\"name\":\"rcon_refused\",\"packets\":5,\"bytes\":6}}]}",
                        &counters),
                0);
        cr_assert_not(counters.is_loaded);
        cr_assert_eq(counters.items[GUARD_RCON].packets, 5);
}

Test(guard, other_output_is_refused) {
        static const char *const bad[] = { "", "{", "[]", "{}", "{\"nftables\":{}}", "1", "null" };
        static const char *const odd[] = {
                "{\"nftables\":[1,null,[],\"x\",{\"counter\":1},{\"counter\":{\"name\":1}}]}"
        };
        GuardCounters counters;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_assert_eq(guard_counters_parse(bad[i], &counters), -EBADMSG, "%s", bad[i]);
        for (size_t i = 0; i < ELEMENTSOF(odd); i++) {
                cr_assert_eq(guard_counters_parse(odd[i], &counters), 0);
                cr_assert_not(counters.is_loaded);
        }
}
