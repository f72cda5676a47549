/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The facts of an alert, as JSON for the admin's commands. Only left4me-alert-facts gathers them:
 * it may read specs and the journal, the commands may not. `text` is made of our words and the
 * server's name alone, so it is safe in any chat; the label and the lines of the log are texts of
 * others, with invisible characters made visible.
 */

#include <stdint.h>
#include <systemd/sd-json.h>

#include "alert/name.h"
#include "content/update-check.h"
#include "server/last-end.h"
#include "spec/spec.h"

/* The lines of the log that go with an alert about a server. */
enum { ALERT_LINES = 10, ALERT_LINE_MAX = 512 };

typedef struct AlertFacts {
        const AlertName *name;
        uint64_t time;            /* CLOCK_REALTIME, µs */
        uint64_t left_out;        /* alerts like this since the last one, see alert/past.h */
        const char *host;         /* its name */
        const LastEnd *end;       /* ALERT_CRASH: how the server ended; NULL: the journal tells */
        const UpdateCheck *check; /* ALERT_GAME_UPDATE: what Steam has; NULL: unknown */
        const char *invocation;   /* the run whose lines are wanted; NULL: the last */
        char *label;              /* from malloc; NULL: none */
        char *text;               /* from malloc */
        sd_json_variant *lines;
} AlertFacts;

/*
 * Fills label, text and lines. It leaves out what can't be read: an alert without it is better than
 * none. specs may be NULL. 0 or -ENOMEM. Clear in any case.
 */
int alert_facts_gather(AlertFacts *facts, const SpecContext *specs) _must_check_;
void alert_facts_clear(AlertFacts *facts);

/* The object that commands get, see docs/alerts.md. */
int alert_facts_to_json(const AlertFacts *facts, sd_json_variant **ret) _must_check_;
