/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "when-empty/when-empty.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "query/status-text.h"

enum { ANSWER_USEC = 10 * 1000 * 1000 };

#define AUTH_PAUSE (60 * USEC_PER_SEC)

/* Without its players a server restarts at its deadline only. Said once for each reason. */
static void note_unknown(Waiting *waiting, int error) {
        if (waiting->console)
                console_note(waiting->console, error);
        waiting->n_empty = 0;
        waiting->is_empty = false;
        if (error == waiting->error)
                return;
        waiting->error = error;
        log_warning(
                "Failed to see the players of '%s': %s", waiting->name,
                console_error_message(error));
}

static int open_console(WhenEmpty *w, Waiting *waiting) {
        if (waiting->console)
                return 0;
        if (!waiting->spec.spec)
                return -ENOKEY;
        return console_open(w->paths, waiting->spec.spec, &waiting->query.state, &waiting->console);
}

static int begin(WhenEmpty *w, Waiting *waiting) {
        int r;

        r = open_console(w, waiting);
        if (r >= 0 && !console_may_begin(waiting->console, AUTH_PAUSE))
                return waiting->error ?: -ETIMEDOUT;
        return r < 0 ? r : rcon_begin(waiting->console->rcon, "status", true);
}

/*
 * A server that hibernates is empty. Where it doesn't, players may be missing for a moment while
 * the map changes: then two answers count.
 */
static void take_answer(Waiting *waiting) {
        static ServerStatus status;
        const char *text;
        size_t size;

        text = rcon_answer(waiting->console->rcon, &size);
        if (status_parse(text, size, &status) < 0) {
                note_unknown(waiting, -EBADMSG);
                return;
        }

        if (!status_is_empty(&status)) {
                if (waiting->n_empty > 0 || waiting->error != 0 || !waiting->is_asked)
                        log_info(
                                "'%s' has %" PRIu32 " players: its restart waits", waiting->name,
                                status.humans);
                waiting->n_empty = 0;
        } else
                waiting->n_empty++;
        console_note(waiting->console, 0);
        waiting->is_asked = true;
        waiting->error = 0;
        waiting->is_empty = waiting->n_empty > 1 || (waiting->n_empty > 0 && status.is_hibernating);
}

static int load_spec(WhenEmpty *w, Waiting *waiting) {
        int r;

        server_spec_clear(&waiting->spec);
        r = server_spec_load(&w->specs, waiting->name, NULL, &waiting->spec);
        return r < 0 ? log_error_errno(r, "Failed to load the spec of '%s'", waiting->name) : 0;
}

int when_empty_ask(WhenEmpty *w) {
        _cleanup_free_ RconWait *waits = calloc(w->n_items + 1, sizeof(*waits));
        _cleanup_free_ Waiting **asked = calloc(w->n_items + 1, sizeof(Waiting *));
        size_t n = 0;
        int r;

        if (!waits || !asked)
                return log_error_errno(-ENOMEM, "Failed to ask servers");
        for (size_t i = 0; i < w->n_items; i++) {
                r = load_spec(w, &w->items[i]);
                if (r < 0)
                        return r;
                r = begin(w, &w->items[i]);
                if (r < 0) {
                        note_unknown(&w->items[i], r);
                        continue;
                }
                asked[n] = &w->items[i];
                waits[n++].rcon = w->items[i].console->rcon;
        }

        r = rcon_run_all(waits, n, now_monotonic() + ANSWER_USEC);
        if (r < 0)
                return log_error_errno(r, "Failed to wait for servers");
        for (size_t i = 0; i < n; i++)
                if (waits[i].result < 0)
                        note_unknown(asked[i], waits[i].result);
                else
                        take_answer(asked[i]);
        return 0;
}

static void warn(Waiting *waiting, unsigned minutes) {
        char text[CONSOLE_SAY_MAX + 1];
        int r;

        (void) snprintf(
                text, sizeof(text),
                text_count(
                        "The server restarts in %u minute.", "The server restarts in %u minutes.",
                        minutes),
                minutes);
        r = console_say(waiting->console, text, now_monotonic() + ANSWER_USEC);
        if (r < 0)
                log_warning(
                        "Failed to warn the players of '%s': %s", waiting->name,
                        console_error_message(r));
        else
                log_info("Warned the players of '%s', %u minutes are left", waiting->name, minutes);
}

void when_empty_warn(WhenEmpty *w) {
        for (size_t i = 0; i < w->n_items; i++) {
                Waiting *waiting = &w->items[i];
                unsigned minutes;

                minutes = queued_restart_warn(&waiting->restart, now_realtime(), &waiting->warned);
                if (minutes > 0 && waiting->console && waiting->error == 0 && waiting->n_empty == 0)
                        warn(waiting, minutes);
        }
}
