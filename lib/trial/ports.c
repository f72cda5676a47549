/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The trial's rule for SocketBindAllow= and SocketBindDeny=. */

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "trial/rules-internal.h"

typedef struct Bind {
        unsigned family, protocol, port;
} Bind;

static bool parse_bind(const StraceCall *call, Bind *ret) {
        StraceText descriptor, address, what;
        Bind b = {};

        if (strcmp(call->name, "bind") != 0 || !strace_argument(call, 0, &descriptor) ||
            !strace_argument(call, 1, &address))
                return false;
        if (strace_number_after(&address, "sin_port=htons(", &b.port))
                b.family = AF_INET;
        else if (strace_number_after(&address, "sin6_port=htons(", &b.port))
                b.family = AF_INET6;
        else
                return false;
        b.protocol = strace_annotation(&descriptor, &what) && strace_text_starts_with(&what, "TCP")
                             ? IPPROTO_TCP
                             : IPPROTO_UDP;
        *ret = b;
        return b.port <= UINT16_MAX;
}

/* A rule is four numbers: family, protocol, how many ports, the first; 0 is any. */
static bool matches(const unsigned long rule[static 4], const Bind *b) {
        return (rule[0] == 0 || rule[0] == b->family) && (rule[1] == 0 || rule[1] == b->protocol) &&
               (rule[2] == 0 || (b->port >= rule[3] && b->port < rule[3] + rule[2]));
}

static bool list_matches(const char *list, const Bind *b) {
        unsigned long rule[4];
        StraceText word;

        for (size_t n = 0; list && trial_next_word(&list, &word); n++) {
                rule[n % 4] = strtoul(word.text, NULL, 10);
                if (n % 4 == 3 && matches(rule, b))
                        return true;
        }
        return false;
}

bool trial_judge_bind(const TrialUnit *unit, const StraceEvent *event, TrialDenial *ret) {
        Bind b;

        if (!parse_bind(event->call, &b) ||
            list_matches(unit_property(unit->properties, "SocketBindAllow"), &b) ||
            !list_matches(unit_property(unit->properties, "SocketBindDeny"), &b))
                return false;
        *ret = (TrialDenial) {
                .kind = TRIAL_BIND,
                .directive = "SocketBindDeny=",
                .effect = "EPERM",
        };
        (void) snprintf(
                ret->subject, sizeof(ret->subject), "%s %u",
                b.protocol == IPPROTO_TCP ? "tcp" : "udp", b.port);
        return true;
}

bool trial_is_game_port(const StraceEvent *event, uint16_t port) {
        Bind b;

        return event->call->has_result && event->call->result == 0 &&
               event->call->error[0] == '\0' && parse_bind(event->call, &b) &&
               b.protocol == IPPROTO_UDP && b.port == port;
}
