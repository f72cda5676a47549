/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl history: the last events of a server, which left4me-watch.service writes: joins, chat,
 * maps, kicks, hangs. The oldest comes first, as in a log.
 */

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "live/event.h"
#include "specs/actor.h"
#include "verbs/verbs.h"

enum { EVENTS_DEFAULT = 100 };

typedef struct Events {
        LiveEvent *items; /* newest first */
        size_t n;
} Events;

static void events_done(Events *events) {
        for (size_t i = 0; i < events->n; i++)
                live_event_clear(&events->items[i]);
        free(events->items);
}

static int take_event(LiveEvent *event, void *userdata) {
        Events *events = userdata;
        LiveEvent *items = reallocarray(events->items, events->n + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;
        events->items = items;
        items[events->n++] = *event;
        *event = (LiveEvent) {};
        return 0;
}

/* The sentence begins with the server's name, which the reader knows. */
static int print_text(const LiveEvent *event) {
        _cleanup_free_ char *sentence = NULL;
        char time[TIME_TEXT_MAX];
        const char *text;
        int r;

        r = live_event_sentence(event, &sentence);
        if (r < 0)
                return r;
        text = strstr(sentence, ": ");
        printf("%s  %s\n", time_format(event->at, time), text ? text + 2 : sentence);
        return 0;
}

static int print_json(const LiveEvent *event) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = live_event_to_json(event, &object);
        return r < 0 ? r : sd_json_variant_dump(object, SD_JSON_FORMAT_NEWLINE, stdout, NULL);
}

static int print_all(const Events *events, bool as_json) {
        int r = 0;

        for (size_t i = events->n; i-- > 0 && r >= 0;)
                r = as_json ? print_json(&events->items[i]) : print_text(&events->items[i]);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the events");
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static int complain(const char *name, int error) {
        if (error == -EACCES)
                log_error(
                        "Failed to read the events of '%s': only root and members of the group "
                        "systemd-journal may",
                        name);
        else
                (void) log_error_errno(error, "Failed to read the events of '%s'", name);
        return CTL_FAILURE;
}

int verb_history(Ctl *ctl) {
        _cleanup_(events_done) Events events = {};
        const Options *options = &ctl->options;
        LiveEventQuery query = {
                .kinds = options->event_kinds,
                .since = options->since,
                .limit = options->limit > 0 ? options->limit : EVENTS_DEFAULT,
        };
        uint64_t own_since;
        LiveEventsRest rest = {};
        int r;

        r = ctl_check_names(ctl, 0);
        if (r == CTL_OK)
                r = actor_see_since(ctl, ctl->operands[0], &own_since);
        if (r != CTL_OK)
                return r;
        query.instance = ctl->operands[0];
        if (query.since < own_since)
                query.since = own_since;
        r = live_events_read(&query, take_event, &events, &rest);
        if (r < 0)
                return complain(query.instance, r);
        if (events.n == 0)
                log_notice("No events of '%s' are known", query.instance);
        else if (rest.has_more && !options->json)
                log_notice("There are earlier events: --limit=N shows more");
        return print_all(&events, options->json);
}
