/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events as entries of the journal: the one home of their fields. */

/* Leaves out CODE_FILE and the like, which tell a reader of events nothing. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "live/event.h"

#include <inttypes.h>
#include <string.h>
#include <sys/uio.h>

#include "base/time-text.h"
#include "journal/cursor.h"
#include "journal/files.h"
#include "journal/match.h"
#include "journal/step.h"
#include "live/state.h"

/* --- writing ------------------------------------------------------------------------------------
 */

enum { FIELDS_MAX = 16 };

typedef struct Fields {
        struct iovec items[FIELDS_MAX];
        size_t n;
} Fields;

static void fields_done(Fields *fields) {
        for (size_t i = 0; i < fields->n; i++)
                free(fields->items[i].iov_base);
}

/* NULL and "" are left out. */
static int add(Fields *fields, const char *name, const char *value) {
        char *text;
        int n;

        if (!value || value[0] == '\0')
                return 0;
        if (fields->n == FIELDS_MAX)
                return -E2BIG;
        n = asprintf(&text, "%s=%s", name, value);
        if (n < 0)
                return -ENOMEM;
        fields->items[fields->n++] = (struct iovec) { text, (size_t) n };
        return 0;
}

static int add_number(Fields *fields, const char *name, uint64_t value) {
        char text[24];

        (void) snprintf(text, sizeof(text), "%" PRIu64, value);
        return add(fields, name, value > 0 ? text : NULL);
}

/* Fields that not every event has. */
static int add_details(Fields *fields, const LiveEvent *event) {
        int r;

        r = add(fields, "LEFT4ME_PLAYER", event->player);
        if (r >= 0)
                r = add_number(fields, "LEFT4ME_STEAM_ID64", event->steam_id64);
        if (r >= 0)
                r = add(fields, "LEFT4ME_TEXT", event->text);
        if (r >= 0)
                r = add(fields, "LEFT4ME_MAP", event->map);
        return r < 0 ? r : add(fields, "LEFT4ME_ADDRESS", event->address);
}

int live_event_write(const LiveEvent *event, const char *invocation, const char *source_cursor) {
        _cleanup_(fields_done) Fields fields = {};
        _cleanup_free_ char *sentence = NULL;
        int r;

        r = live_event_sentence(event, &sentence);
        if (r >= 0)
                r = add(&fields, "MESSAGE", sentence);
        if (r >= 0)
                r = add(&fields, "MESSAGE_ID", LIVE_EVENT_MESSAGE_ID);
        if (r >= 0)
                r = add(&fields, "PRIORITY", "6");
        if (r >= 0)
                r = add(&fields, "L4D2_INSTANCE", event->instance);
        if (r >= 0)
                r = add(&fields, "LEFT4ME_EVENT", live_event_kind_to_string(event->kind));
        if (r >= 0)
                r = add_number(&fields, "LEFT4ME_AT", event->at);
        if (r >= 0)
                r = add(&fields, "LEFT4ME_INVOCATION", invocation);
        if (r >= 0)
                r = add(&fields, "LEFT4ME_SOURCE_CURSOR", source_cursor);
        if (r >= 0)
                r = add_details(&fields, event);
        return r < 0 ? r : sd_journal_sendv(fields.items, (int) fields.n);
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* 1; 0: the entry has no such field; -errno. */
static int take_text(sd_journal *journal, const char *field, char *ret, size_t ret_size) {
        const char *value;
        size_t size;
        int r;

        ret[0] = '\0';
        r = journal_field_get(journal, field, &value, &size);
        if (r > 0)
                live_text(value, size, ret, ret_size);
        return r;
}

static int take_number(sd_journal *journal, const char *field, uint64_t *ret) {
        char text[24];
        int r;

        r = take_text(journal, field, text, sizeof(text));
        *ret = 0;
        if (r > 0 && text[0] >= '0' && text[0] <= '9')
                *ret = strtoull(text, NULL, 10);
        return r;
}

static int take_details(sd_journal *journal, LiveEvent *event) {
        char text[LIVE_EVENT_TEXT_MAX + 1];
        int r;

        r = take_text(journal, "LEFT4ME_PLAYER", event->player, sizeof(event->player));
        if (r >= 0)
                r = take_text(journal, "LEFT4ME_MAP", event->map, sizeof(event->map));
        if (r >= 0)
                r = take_text(journal, "LEFT4ME_ADDRESS", event->address, sizeof(event->address));
        if (r >= 0)
                r = take_number(journal, "LEFT4ME_STEAM_ID64", &event->steam_id64);
        if (r >= 0)
                r = take_text(journal, "LEFT4ME_TEXT", text, sizeof(text));
        if (r <= 0)
                return r;
        event->text = strdup(text);
        return event->text ? 0 : -ENOMEM;
}

/* The fields that each event has. */
static int take_head(sd_journal *journal, LiveEvent *event) {
        char kind[16];
        int r;

        r = take_text(journal, "LEFT4ME_EVENT", kind, sizeof(kind));
        if (r > 0 && live_event_kind_from_string(kind, &event->kind) < 0)
                return -EBADMSG;
        if (r > 0)
                r = take_text(journal, "L4D2_INSTANCE", event->instance, sizeof(event->instance));
        if (r > 0)
                r = take_number(journal, "LEFT4ME_AT", &event->at);
        return r == 0 || (r > 0 && !instance_name_is_valid(event->instance)) ? -EBADMSG : r;
}

int live_event_take(sd_journal *journal, LiveEvent *ret) {
        LiveEvent event = {};
        int r;

        r = take_head(journal, &event);
        if (r >= 0)
                r = take_details(journal, &event);
        if (r >= 0)
                r = sd_journal_get_cursor(journal, &event.cursor);
        if (r < 0) {
                live_event_clear(&event);
                return r;
        }
        *ret = event;
        return 0;
}

static int match(sd_journal *journal, const char *field, const char *value) {
        char text[128];

        if ((size_t) snprintf(text, sizeof(text), "%s=%s", field, value) >= sizeof(text))
                return -EINVAL;
        return sd_journal_add_match(journal, text, 0);
}

int live_journal_open(const char *message_id, sd_journal **ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        int r;

        r = sd_journal_open_namespace(&journal, LIVE_NAMESPACE, SD_JOURNAL_LOCAL_ONLY);
        if (r < 0)
                return r;
        journal_prepare_steps(journal);
        /* Any unit of root can write to the namespace's socket. */
        r = match(journal, "_SYSTEMD_UNIT", LIVE_UNIT);
        if (r >= 0)
                r = match(journal, "MESSAGE_ID", message_id);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(journal);
        return 0;
}

static bool is_wanted_kind(const LiveEventQuery *query, LiveEventKind kind) {
        return query->kinds == 0 || query->kinds & UINT32_C(1) << kind;
}

/*
 * Matches of one field are alternatives, those of different fields all have to hold. sd-journal
 * itself skips the kinds that are not wanted, which saves time; but a reader that has to end soon
 * must count them.
 */
static int add_matches(sd_journal *journal, const LiveEventQuery *query) {
        int r = 0;

        if (query->instance)
                r = match(journal, "L4D2_INSTANCE", query->instance);
        for (size_t i = 0; i < _LIVE_EVENT_KIND_MAX && r >= 0 && query->looked_at == 0; i++)
                if (query->kinds & UINT32_C(1) << i)
                        r =
                                match(journal, "LEFT4ME_EVENT",
                                      live_event_kind_to_string((LiveEventKind) i));
        return r;
}

/* An event may be written late, because left4me-watch did not run when it happened. */
#define LATE_MAX (24 * 60 * 60 * USEC_PER_SEC)

static int seek(sd_journal *journal, const LiveEventQuery *query) {
        if (query->older_than)
                return sd_journal_seek_cursor(journal, query->older_than);
        if (query->before > 0 && query->before < UINT64_MAX - LATE_MAX)
                return sd_journal_seek_realtime_usec(journal, query->before + LATE_MAX);
        return sd_journal_seek_tail(journal);
}

typedef struct Reader {
        const LiveEventQuery *query;
        JournalCursor older; /* of older_than */
        LiveEventHandler handler;
        void *userdata;
        size_t n_looked_at, n_passed;
        LiveEventsRest rest;
} Reader;

/* 1; 0: it is one more than wanted. */
static int count_event(Reader *reader, sd_journal *journal) {
        int r;

        if (reader->n_passed++ < reader->query->limit)
                return 1;
        reader->rest.has_more = true;
        r = take_number(journal, "LEFT4ME_AT", &reader->rest.usec);
        return r < 0 ? r : 0;
}

static int pass(Reader *reader, sd_journal *journal, LiveEvent *event) {
        const LiveEventQuery *query = reader->query;
        int r;

        if (event->at < query->since || (query->before > 0 && event->at >= query->before) ||
            !is_wanted_kind(query, event->kind))
                return 1;
        r = count_event(reader, journal);
        if (r <= 0)
                return r;
        r = reader->handler(event, reader->userdata);
        return r < 0 ? r : 1;
}

/* Whether the present entry is to be left out by its player. */
static int is_left_out(const Reader *reader, sd_journal *journal) {
        uint64_t steam_id64;
        int r;

        if (!reader->query->leaves_out)
                return 0;
        r = take_number(journal, "LEFT4ME_STEAM_ID64", &steam_id64);
        return r < 0 ? r : reader->query->leaves_out(steam_id64, reader->userdata);
}

/* 1: on to the next older one; 0: enough. */
static int read_entry(Reader *reader, sd_journal *journal) {
        LiveEvent event = {};
        uint64_t written;
        int r;

        if (reader->query->older_than) {
                r = journal_cursor_follows(&reader->older, journal);
                if (r <= 0)
                        return r < 0 ? r : 1;
        }
        r = sd_journal_get_realtime_usec(journal, &written);
        if (r < 0)
                return r;
        if (written < reader->query->since)
                return 0;
        r = is_left_out(reader, journal);
        if (r != 0)
                return r < 0 ? r : count_event(reader, journal);
        r = live_event_take(journal, &event);
        if (r >= 0)
                r = pass(reader, journal, &event);
        live_event_clear(&event);
        return r;
}

/* The next query goes on at the present entry. */
static int stop_here(Reader *reader, sd_journal *journal) {
        LiveEventsRest *rest = &reader->rest;
        int r;

        r = sd_journal_get_realtime_usec(journal, &rest->usec);
        if (r >= 0)
                r = sd_journal_get_cursor(journal, &rest->place);
        rest->has_more = r >= 0;
        return r;
}

static int read_all(Reader *reader, sd_journal *journal) {
        size_t at_most = reader->query->looked_at;
        int r;

        while ((r = journal_step_previous(journal)) > 0) {
                r = read_entry(reader, journal);
                if (r == 0 || (r < 0 && !journal_files_tolerate(r)))
                        return r;
                if (++reader->n_looked_at == at_most)
                        return stop_here(reader, journal);
        }
        return r;
}

int live_events_read(
        const LiveEventQuery *query, LiveEventHandler handler, void *userdata,
        LiveEventsRest *ret_rest) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        Reader reader = { .query = query, .handler = handler, .userdata = userdata };
        int r;

        if (query->older_than && journal_cursor_parse(query->older_than, &reader.older) < 0)
                return -EINVAL;
        r = live_journal_open(LIVE_EVENT_MESSAGE_ID, &journal);
        if (r >= 0)
                r = add_matches(journal, query);
        if (r >= 0)
                r = seek(journal, query);
        if (r >= 0)
                r = read_all(&reader, journal);
        if (r < 0 && r != -ENOENT)
                return r;
        if (ret_rest)
                *ret_rest = reader.rest;
        else
                free(reader.rest.place);
        return 0;
}
