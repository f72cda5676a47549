/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rcon-filter.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ip-network.h"
#include "sha256.h"

#define TABLE RCON_FILTER_FAMILY " " RCON_FILTER_TABLE

/* nft(8) names this a way to remove what may not be there: adding an existing table does nothing.
 */
#define REMOVAL "table " TABLE "\ndelete table " TABLE "\n"

const char rcon_filter_removal[] = REMOVAL;

static const char comment_prefix[] = "RCON of game servers, rules ";

/* The last rule, as nft lists it, with and without the numbers of the counter. */
static const char drop_rule[] = "drop comment \"RCON from elsewhere\"";

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
 * Only the first packet of a connection is judged. What belongs to one that exists goes through, so
 * that no answer is lost to a client on this host whose port happens to be in the range, and the
 * kernel need not follow connections, which would cost each packet of the players.
 */
static void write_table(FILE *f, const HostConfig *config, bool closed) {
        write_set(f, config, AF_INET, closed);
        write_set(f, config, AF_INET6, closed);
        (void) fprintf(
                f,
                "\tchain rcon {\n"
                "\t\ttype filter hook input priority filter; policy accept;\n"
                "\t\tmeta l4proto != tcp accept\n"
                "\t\ttcp dport != %u-%u accept\n"
                "\t\ttcp flags & (syn | ack) != syn accept\n"
                "\t\tiif lo accept\n"
                "\t\tip saddr @rcon4 accept\n"
                "\t\tip6 saddr @rcon6 accept\n"
                "\t\tcounter %s\n"
                "\t}\n"
                "}\n",
                config->port_min, config->port_max, drop_rule);
}

/* The rules, and the comment that names exactly these. */
static int format_table(
        const HostConfig *config, bool closed, char **ret_table, char ret_mark[static 17]) {
        char digest[SHA256_TEXT_MAX];
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return -ENOMEM;
        write_table(f, config, closed);
        if (fclose(f) != 0) {
                free(text);
                return -ENOMEM;
        }

        sha256_text(text, size, digest);
        (void) snprintf(ret_mark, 17, "%.16s", digest);
        *ret_table = text;
        return 0;
}

int rcon_filter_format(const HostConfig *config, bool closed, char **ret) {
        _cleanup_free_ char *table = NULL;
        char mark[17];
        int r;

        r = format_table(config, closed, &table, mark);
        if (r < 0)
                return r;
        return asprintf(
                       ret, REMOVAL "table " TABLE " {\n\tcomment \"%s%s\"\n%s", comment_prefix,
                       mark, table) < 0
                       ? -ENOMEM
                       : 0;
}

int rcon_filter_is_loaded(const HostConfig *config, const char *listing) {
        _cleanup_free_ char *table = NULL;
        char mark[17];
        int r;

        r = format_table(config, false, &table, mark);
        if (r < 0)
                return r;

        const char *comment = strstr(listing, comment_prefix);

        return comment && strncmp(comment + strlen(comment_prefix), mark, strlen(mark)) == 0 &&
               strstr(listing, "hook input") && strstr(listing, drop_rule);
}
