/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter/guard.h"

#include "base/text.h"
#include "filter/rcon-filter.h"

/* How many sources are counted at a time, and for how long a silent one is. Kernel memory is
 * bounded with it: some 10 MB for each of the four sets. */
#define SOURCES_MAX    "32768"
#define SOURCE_TIMEOUT "10s"

/* A page that lists servers asks for name, players and rules at once, each with a challenge. */
enum { BURST = 3 };

static const struct {
        const char *key, *name, *text;
} counters[_GUARD_COUNTER_MAX] = {
        [GUARD_QUERIES_OF_SOURCE] = { "queries-of-source", "guard_queries_of_source",
                                      N_("queries beyond the rate of one address") },
        [GUARD_QUERIES_OF_SERVER] = { "queries-of-server", "guard_queries_of_server",
                                      N_("queries beyond the rate of one server") },
        [GUARD_OTHERS_OF_SOURCE] = { "others-of-source", "guard_others_of_source",
                                     N_("other packets beyond the rate of one address") },
        [GUARD_SPLIT] = { "split", "guard_split", N_("broken parts of split packets") },
        [GUARD_EMPTY] = { "empty", "guard_empty", N_("empty packets") },
        [GUARD_RCON] = { "rcon", RCON_FILTER_COUNTER, N_("RCON from addresses not allowed") },
};

const char *guard_counter_key(GuardCounterKind kind) {
        return counters[kind].key;
}

const char *guard_counter_text(GuardCounterKind kind) {
        return counters[kind].text;
}

const char *guard_counter_name(GuardCounterKind kind) {
        return counters[kind].name;
}

static void write_sources(FILE *f, const char *name, const char *type) {
        (void) fprintf(
                f,
                "\tset %s {\n"
                "\t\ttype %s . inet_service\n"
                "\t\tsize " SOURCES_MAX "\n"
                "\t\tflags dynamic,timeout\n"
                "\t\ttimeout " SOURCE_TIMEOUT "\n"
                "\t\tgc-interval 2s\n"
                "\t}\n",
                name, type);
}

static void write_objects(FILE *f) {
        for (size_t i = 0; i < _GUARD_COUNTER_MAX; i++)
                if (i != GUARD_RCON)
                        (void) fprintf(f, "\tcounter %s {\n\t}\n", counters[i].name);
        write_sources(f, "queries4", "ipv4_addr");
        write_sources(f, "queries6", "ipv6_addr");
        write_sources(f, "others4", "ipv4_addr");
        write_sources(f, "others6", "ipv6_addr");
        /* One element for each port, so it is never full. */
        (void) fputs(
                "\tset queried {\n"
                "\t\ttype inet_service\n"
                "\t\tsize 65536\n"
                "\t\tflags dynamic,timeout\n"
                "\t\ttimeout " SOURCE_TIMEOUT "\n"
                "\t\tgc-interval 2s\n"
                "\t}\n",
                f);
}

/* A /64 of IPv6 is what one customer has, so all its addresses are one source. */
static void write_limits(FILE *f, const char *sets, unsigned rate, GuardCounterKind kind) {
        static const struct {
                char family;
                const char *source;
        } families[] = { { '4', "ip saddr" }, { '6', "ip6 saddr & ffff:ffff:ffff:ffff::" } };

        for (size_t i = 0; i < ELEMENTSOF(families); i++)
                (void) fprintf(
                        f,
                        "\t\tupdate @%s%c { %s . udp dport limit rate over %u/second burst %u "
                        "packets } counter name %s drop\n",
                        sets, families[i].family, families[i].source, rate, rate * BURST,
                        counters[kind].name);
}

/* After the queries of one source, so that a single sender can't use up the server's rate. */
static void write_server_limit(FILE *f, unsigned rate) {
        (void) fprintf(
                f,
                "\t\tupdate @queried { udp dport limit rate over %u/second burst %u packets } "
                "counter name %s drop\n",
                rate, rate * BURST, counters[GUARD_QUERIES_OF_SERVER].name);
}

/*
 * @th,64,32 is the first word behind the header of UDP. A load beyond a packet's end ends the rule
 * as one that does not match. Fragments of IPv6 that are not the first have no ports and pass; the
 * kernel discards them without the first.
 */
static void write_chains(FILE *f, const GuardSettings *settings) {
        (void) fputs("\tchain queries {\n", f);
        write_limits(f, "queries", settings->queries_per_source, GUARD_QUERIES_OF_SOURCE);
        write_server_limit(f, settings->queries_per_server);
        (void) fputs("\t}\n\tchain others {\n", f);
        write_limits(f, "others", settings->packets_per_source, GUARD_OTHERS_OF_SOURCE);
        (void) fprintf(
                f,
                "\t}\n"
                "\tchain guard {\n"
                "\t\ttype filter hook input priority filter; policy accept;\n"
                "\t\tmeta l4proto != udp accept\n"
                "\t\tiif lo accept\n"
                "\t\tfrag frag-off != 0 accept\n"
                "\t\tudp dport != @" RCON_FILTER_PORTS " accept\n"
                "\t\tudp length 8 counter name %s drop\n"
                "\t\t@th,64,32 0xfeffffff udp length < 20 counter name %s drop\n"
                "\t\t@th,64,32 != 0xffffffff accept\n"
                "\t\t@th,96,8 { 0x6b, 0x6e, 0x71 } accept\n"
                "\t\t@th,96,8 { 0x54-0x57, 0x69 } goto queries\n"
                "\t\t@th,64,32 0xffffffff goto others\n"
                "\t}\n",
                counters[GUARD_EMPTY].name, counters[GUARD_SPLIT].name);
}

/*
 * DSCP EF is for routers and for cake; the priority is for the queues of this host that look at it:
 * pfifo_fast, prio, and fq since Linux 6.8. 6 is the highest that a process could set itself.
 * fq_codel, Debian's standard, looks at neither.
 */
static void write_marks(FILE *f, uid_t game_uid) {
        (void) fprintf(
                f,
                "\tchain traffic {\n"
                "\t\ttype filter hook output priority mangle; policy accept;\n"
                "\t\tmeta l4proto != udp accept\n"
                "\t\tmeta skuid != %u accept\n"
                "\t\tmeta priority set 0:6\n"
                "\t\tip dscp set ef\n"
                "\t\tip6 dscp set ef\n"
                "\t}\n",
                game_uid);
}

void guard_write(FILE *f, const GuardSettings *settings, uid_t game_uid) {
        if (!settings->is_enabled)
                return;
        write_objects(f);
        write_chains(f, settings);
        if (settings->marks_traffic && game_uid != GUARD_NO_UID)
                write_marks(f, game_uid);
}
