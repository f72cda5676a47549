/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The events of a job that runs: the lines of its log, its progress, and its end, as systemd's
 * signals say them.
 */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/event-stream.h"
#include "app/query.h"
#include "base/json.h"
#include "content/job-progress.h"
#include "pages/job-page.h"
#include "pages/pages.h"
#include "serverlog/event.h"
#include "serverlog/hub.h"
#include "systemd/bus-names.h"
#include "systemd/bus.h"

typedef struct JobEvents {
        Web *web;
        EventStream *stream;
        LogViewer *viewer;
        sd_bus_slot *watch, *state, *progress;
        char ref[JOB_REF_MAX + 1];
        char *status;  /* the newest, not sent yet */
        bool is_ended; /* not sent yet */
        bool is_over;  /* sent */
        char *text;    /* an event being sent */
        size_t size, sent;
} JobEvents;

static void events_free(JobEvents *events) {
        sd_bus_slot_unref(events->watch);
        sd_bus_slot_unref(events->state);
        sd_bus_slot_unref(events->progress);
        log_viewer_free(events->viewer);
        free(events->status);
        free(events->text);
        free(events);
}

static void wake(JobEvents *events) {
        if (events->stream)
                event_stream_wake(events->stream);
}

static void on_lines(void *userdata) {
        wake(userdata);
}

/* --- systemd's side -----------------------------------------------------------------------------
 */

static void take_state(JobEvents *events, const char *state) {
        if (strcmp(state, "inactive") != 0 && strcmp(state, "failed") != 0)
                return;
        events->is_ended = !events->is_over;
        wake(events);
}

static void take_status(JobEvents *events, const char *status) {
        char *copy = strdup(status);

        if (!copy)
                return;
        free(events->status);
        events->status = copy;
        wake(events);
}

static int take_property(sd_bus_message *m, JobEvents *events) {
        const char *name, *value;
        int r;

        r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;
        if (strcmp(name, "StatusText") != 0 && strcmp(name, "ActiveState") != 0)
                return sd_bus_message_skip(m, "v");
        r = sd_bus_message_read(m, "v", "s", &value);
        if (r < 0)
                return r;
        if (name[0] == 'S')
                take_status(events, value);
        else
                take_state(events, value);
        return 0;
}

static int on_change(sd_bus_message *m, void *userdata, sd_bus_error *unused _unused_) {
        int r;

        r = sd_bus_message_skip(m, "s");
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && sd_bus_message_enter_container(m, 'e', "sv") > 0) {
                r = take_property(m, userdata);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return 0; /* a message that can't be read changes nothing */
}

/* It may have ended before the signals were listened to … */
static int on_state(sd_bus_message *reply, void *userdata, sd_bus_error *unused _unused_) {
        const char *state;

        if (!sd_bus_message_is_method_error(reply, NULL) &&
            sd_bus_message_read(reply, "v", "s", &state) >= 0)
                take_state(userdata, state);
        return 0;
}

/* … and may have told its progress since the page was made, and not tell it again for long. */
static int on_progress(sd_bus_message *reply, void *userdata, sd_bus_error *unused _unused_) {
        const char *status;

        if (!sd_bus_message_is_method_error(reply, NULL) &&
            sd_bus_message_read(reply, "v", "s", &status) >= 0 && status[0] != '\0')
                take_status(userdata, status);
        return 0;
}

static int ask(
        JobEvents *events, const char *object, const char *interface, const char *property,
        sd_bus_message_handler_t handler, sd_bus_slot **ret_slot) {
        return sd_bus_call_method_async(
                events->web->bus, ret_slot, SYSTEMD_NAME, object, DBUS_PROPERTIES, "Get", handler,
                events, "ss", interface, property);
}

static int watch(JobEvents *events, const char *unit) {
        sd_bus *bus = events->web->bus;
        _cleanup_free_ char *object = NULL;
        int r;

        r = sd_bus_path_encode(SYSTEMD_UNIT_PATH, unit, &object);
        if (r >= 0)
                r = bus_watch_unit(bus, unit, on_change, events, &events->watch);
        if (r >= 0)
                r = sd_bus_call_method_async(
                        bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Subscribe", NULL,
                        NULL, "");
        if (r >= 0)
                r = ask(events, object, SYSTEMD_UNIT, "ActiveState", on_state, &events->state);
        if (r >= 0)
                r = ask(events, object, SYSTEMD_SERVICE, "StatusText", on_progress,
                        &events->progress);
        return r;
}

/* --- the stream ---------------------------------------------------------------------------------
 */

static int make_event(JobEvents *events) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        _cleanup_free_ char *status = TAKE_PTR(events->status), *data = NULL;
        JobProgress progress = job_progress_parse(status);
        bool is_end = !status && events->is_ended;
        int r;

        if (is_end) {
                events->is_ended = false;
                events->is_over = true;
                return event_format(NULL, "end", "{}", &events->text, &events->size);
        }
        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_BOOLEAN("has_percent", progress.percent >= 0),
                SD_JSON_BUILD_PAIR_INTEGER("percent", progress.percent < 0 ? 0 : progress.percent),
                SD_JSON_BUILD_PAIR_STRING("text", progress.words));
        if (r >= 0)
                r = sd_json_variant_format(object, 0, &data);
        return r < 0 ? r : event_format(NULL, "progress", data, &events->text, &events->size);
}

static ssize_t send_event(JobEvents *events, char *buffer, size_t size) {
        size_t n = events->size - events->sent;

        if (n > size)
                n = size;
        memcpy(buffer, events->text + events->sent, n);
        events->sent += n;
        if (events->sent == events->size) {
                free(TAKE_PTR(events->text));
                events->size = events->sent = 0;
        }
        return (ssize_t) n;
}

static ssize_t on_read(void *userdata, char *buffer, size_t size) {
        JobEvents *events = userdata;

        if (!events->text && (events->status || events->is_ended) &&
            log_viewer_is_between_events(events->viewer) && make_event(events) < 0)
                return -ENOMEM;
        return events->text ? send_event(events, buffer, size)
                            : log_viewer_read(events->viewer, buffer, size);
}

static bool is_allowed(void *userdata, const WebUser *user) {
        JobEvents *events = userdata;

        return user->is_admin || (events->ref[0] && user_may_change_overlay(user, events->ref));
}

static void on_closed(void *userdata) {
        events_free(userdata);
}

/* 1: the stream has begun; 0: the request was answered without it. */
static int start(Request *request, const char *unit, uint64_t since, JobEvents *events) {
        const EventSource source = {
                .read = on_read,
                .is_allowed = is_allowed,
                .closed = on_closed,
                .userdata = events,
        };
        int r;

        r = log_viewer_new(
                request->web->logs, unit, event_stream_last_id(request), since, on_lines, events,
                &events->viewer);
        if (r >= 0)
                r = watch(events, unit);
        if (r >= 0)
                r = event_stream_start(request, &source, &events->stream);
        return r < 0 ? r : events->stream != NULL;
}

static int begin(Request *request, sd_json_variant *found) {
        const char *unit = json_text(found, "unit"), *ref = json_text(found, "ref");
        JobEvents *events;
        int r;

        if (!unit)
                return -EIO;
        events = calloc(1, sizeof(*events));
        if (!events)
                return -ENOMEM;
        events->web = request->web;
        (void) snprintf(events->ref, sizeof(events->ref), "%s", ref ? ref : "");
        r = start(request, unit, json_number(found, "begun_usec", UINT64_MAX), events);
        if (r <= 0)
                events_free(events);
        return r < 0 ? r : 0;
}

int page_job_events(Request *request) {
        const char *operand = request_parameter(request, "job");

        return ask_run(request, (const char *[]) { "job", "show", operand, "--json", NULL }, begin);
}
