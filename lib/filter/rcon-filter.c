/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter/rcon-filter.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/ip-network.h"
#include "filter/guard.h"

#define TABLE RCON_FILTER_FAMILY " " RCON_FILTER_TABLE

/* nft(8) names this a way to remove what may not be there: adding an existing table does nothing.
 */
#define REMOVAL "table " TABLE "\ndelete table " TABLE "\n"

const char rcon_filter_removal[] = REMOVAL;

static void write_ports(FILE *f, const RconPorts *ports) {
        uint16_t first, last = 0;

        for (unsigned from = 0; rcon_ports_next(ports, from, &first, &last); from = last + 1u) {
                (void) fprintf(f, from > 0 ? ", %u" : "%u", first);
                if (last > first)
                        (void) fprintf(f, "-%u", last);
        }
}

int rcon_filter_format_ports(const RconPorts *ports, char **ret) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return -ENOMEM;
        write_ports(f, ports);
        if (fclose(f) != 0) {
                free(text);
                return -ENOMEM;
        }

        *ret = text;
        return 0;
}

static void write_set(FILE *f, const HostConfig *config, int family, bool closed) {
        bool any = false;

        (void) fprintf(
                f,
                "\tset %s {\n"
                "\t\ttype %s\n"
                "\t\tflags interval\n"
                "\t\tauto-merge\n",
                family == AF_INET ? "rcon4" : "rcon6",
                family == AF_INET ? "ipv4_addr" : "ipv6_addr");
        for (size_t i = 0; i < config->n_rcon_networks && !closed; i++) {
                char text[IP_NETWORK_TEXT_MAX];

                if (config->rcon_networks[i].family != family)
                        continue;
                (void) fprintf(
                        f, "%s%s", any ? ", " : "\t\telements = { ",
                        ip_network_format(&config->rcon_networks[i], text));
                any = true;
        }
        (void) fprintf(f, "%s\t}\n", any ? " }\n" : "");
}

/*
 * The rules check only the first packet of a connection. Packets of existing connections pass, so
 * that a client on this host whose port happens to be one of these loses no answer, and the kernel
 * need not track connections, which would cost time for each packet of the players.
 *
 * Fragments of IPv6 come here one by one, those of IPv4 put together. One that is not the first has
 * no TCP header that a rule could look at, and is worth nothing without the first, which has one:
 * it may pass.
 */
static void write_table(FILE *f, const HostConfig *config, const RconPorts *ports, bool closed) {
        (void) fputs(
                "\tcounter " RCON_FILTER_COUNTER " {\n"
                "\t}\n"
                "\tset " RCON_FILTER_PORTS " {\n"
                "\t\ttype inet_service\n"
                "\t\tflags interval\n"
                "\t\tauto-merge\n"
                "\t\telements = { ",
                f);
        write_ports(f, ports);
        (void) fputs(" }\n\t}\n", f);
        write_set(f, config, AF_INET, closed);
        write_set(f, config, AF_INET6, closed);
        (void) fputs(
                "\tchain rcon {\n"
                "\t\ttype filter hook input priority filter; policy accept;\n"
                "\t\tmeta l4proto != tcp accept\n"
                "\t\tfrag frag-off != 0 accept\n"
                "\t\ttcp dport != @" RCON_FILTER_PORTS " accept\n"
                "\t\ttcp flags & (syn | ack) != syn accept\n"
                "\t\tiif lo accept\n"
                "\t\tip saddr @rcon4 accept\n"
                "\t\tip6 saddr @rcon6 accept\n"
                "\t\tcounter name " RCON_FILTER_COUNTER " drop comment \"RCON from elsewhere\"\n"
                "\t}\n",
                f);
}

int rcon_filter_format(
        const HostConfig *config, const RconPorts *ports, uid_t game_uid, bool closed, char **ret) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return -ENOMEM;
        (void) fputs(
                REMOVAL "table " TABLE
                        " {\n\tcomment \"RCON of game servers, floods of queries\"\n",
                f);
        write_table(f, config, ports, closed);
        guard_write(f, &config->guard, game_uid);
        (void) fputs("}\n", f);
        if (fclose(f) != 0) {
                free(text);
                return -ENOMEM;
        }

        *ret = text;
        return 0;
}
