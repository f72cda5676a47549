/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus.h"

#include <string.h>
#include <time.h>

#define SYSTEMD_NAME      "org.freedesktop.systemd1"
#define SYSTEMD_PATH      "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER   "org.freedesktop.systemd1.Manager"
#define SYSTEMD_UNIT      "org.freedesktop.systemd1.Unit"
#define SYSTEMD_SERVICE   "org.freedesktop.systemd1.Service"
#define SYSTEMD_UNIT_PATH "/org/freedesktop/systemd1/unit"
#define SYSTEMD_PRIVATE   "unix:path=/run/systemd/private"
#define PROPERTIES        "org.freedesktop.DBus.Properties"

enum {
        /* dbus-daemon drops connections with more unanswered calls than a limit, by default 128. */
        CALLS_IN_FLIGHT_MAX = 96,
};

/* PID 1 parses every unit and may wait 90 s for a generator. */
static const uint64_t reload_timeout_usec = 180 * UINT64_C(1000000);

static int open_private(sd_bus **ret) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        int r;

        r = sd_bus_new(&bus);
        if (r < 0)
                return r;
        r = sd_bus_set_address(bus, SYSTEMD_PRIVATE);
        if (r < 0)
                return r;
        r = sd_bus_start(bus);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(bus);
        return 0;
}

int bus_open(sd_bus **ret) {
        sd_bus *bus;
        int r;

        r = sd_bus_open_system(&bus);
        if (r < 0) {
                if (geteuid() != 0 || open_private(&bus) < 0)
                        return r;
        }

        *ret = bus;
        return 0;
}

int bus_step(sd_bus *bus, uint64_t timeout_usec) {
        int r;

        r = sd_bus_process(bus, NULL);
        if (r == 0)
                r = sd_bus_wait(bus, timeout_usec);
        return r == -EINTR ? 0 : r;
}

const char *bus_error_message(const sd_bus_error *error, int r) {
        if (error && error->message)
                return error->message;
        return strerror(-r);
}

/* --- state ------------------------------------------------------------------------------------ */

typedef struct Property {
        const char *interface, *name;
        char type[3]; /* of D-Bus; "ay" is an id of 16 bytes */
        size_t field; /* offset in UnitState */
        bool of_overlay;
} Property;

#define UNIT_PROPERTY(name, type, field) \
        { SYSTEMD_UNIT, name, type, offsetof(UnitState, field), false }
#define SERVICE_PROPERTY(name, type, field) \
        { SYSTEMD_SERVICE, name, type, offsetof(UnitState, field), false }

/*
 * Single properties rather than GetAll: systemd would also read and send some 350 others, and the
 * calls go out together.
 */
static const Property properties[] = {
        UNIT_PROPERTY("LoadState", "s", load_state),
        UNIT_PROPERTY("ActiveState", "s", active_state),
        UNIT_PROPERTY("SubState", "s", sub_state),
        UNIT_PROPERTY("InvocationID", "ay", invocation_id),
        UNIT_PROPERTY("StateChangeTimestamp", "t", state_change),
        UNIT_PROPERTY("InactiveExitTimestamp", "t", inactive_exit),
        UNIT_PROPERTY("AssertTimestamp", "t", assert_checked),
        UNIT_PROPERTY("AssertResult", "b", assert_passed),
        SERVICE_PROPERTY("Result", "s", result),
        SERVICE_PROPERTY("MainPID", "u", main_pid),
        SERVICE_PROPERTY("NRestarts", "u", restarts),
        SERVICE_PROPERTY("ExecMainCode", "i", exit_code),
        SERVICE_PROPERTY("ExecMainStatus", "i", exit_status),
        SERVICE_PROPERTY("MemoryCurrent", "t", memory_bytes),
        SERVICE_PROPERTY("CPUUsageNSec", "t", cpu_nsec),
        SERVICE_PROPERTY("TasksCurrent", "t", tasks),
        { SYSTEMD_UNIT, "InactiveExitTimestamp", "t", offsetof(UnitState, overlay_started), true },
        { SYSTEMD_SERVICE, "Result", "s", offsetof(UnitState, overlay_result), true },
};

/* One outstanding call; all of a bus_query_units() lie in one array. */
typedef struct Call {
        UnitQuery *query;
        const Property *property;
        struct Query *all;
} Call;

typedef struct Query {
        size_t in_flight;
        int error;
        sd_bus_error *reterr;
} Query;

static int read_id(sd_bus_message *reply, char **field) {
        static const char digits[] = "0123456789abcdef";
        const uint8_t *bytes;
        size_t n;
        char *hex;
        int r;

        r = sd_bus_message_read_array(reply, 'y', (const void **) &bytes, &n);
        if (r < 0)
                return r;

        hex = calloc(2 * n + 1, 1);
        if (!hex)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                hex[2 * i] = digits[bytes[i] >> 4];
                hex[2 * i + 1] = digits[bytes[i] & 15];
        }

        free(*field);
        *field = hex;
        return 0;
}

static int read_string(sd_bus_message *reply, char **field) {
        const char *value;
        char *copy;
        int r;

        r = sd_bus_message_read_basic(reply, 's', &value);
        if (r < 0)
                return r;
        copy = strdup(value);
        if (!copy)
                return -ENOMEM;

        free(*field);
        *field = copy;
        return 0;
}

static int read_property(sd_bus_message *reply, const Property *property, UnitState *state) {
        void *field = (char *) state + property->field;
        int r;

        r = sd_bus_message_enter_container(reply, 'v', property->type);
        if (r < 0)
                return r;
        if (property->type[0] == 'a')
                return read_id(reply, field);
        if (property->type[0] == 's')
                return read_string(reply, field);
        return sd_bus_message_read_basic(reply, property->type[0], field);
}

static int on_property(sd_bus_message *reply, void *userdata, sd_bus_error *unused _unused_) {
        Call *call = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        int r;

        call->all->in_flight--;
        if (error)
                r = -sd_bus_error_get_errno(error);
        else
                r = read_property(reply, call->property, &call->query->state);

        if (r < 0 && call->query->error == 0)
                call->query->error = r;
        if (r < 0 && call->all->error == 0) {
                call->all->error = r;
                if (error)
                        (void) sd_bus_error_copy(call->all->reterr, error);
        }
        return 1;
}

static int wait_in_flight(sd_bus *bus, const Query *all, size_t at_most) {
        while (all->in_flight > at_most) {
                int r = bus_step(bus, UINT64_MAX);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int send_get(sd_bus *bus, Call *call) {
        const Property *property = call->property;
        const char *object =
                property->of_overlay ? call->query->overlay_object : call->query->object;
        int r;

        r = sd_bus_call_method_async(
                bus, NULL, SYSTEMD_NAME, object, PROPERTIES, "Get", on_property, call, "ss",
                property->interface, property->name);
        if (r >= 0)
                call->all->in_flight++;
        return r;
}

static int prepare_query(UnitQuery *query) {
        int r;

        query->error = 0;
        query->state = (UnitState) {};
        r = sd_bus_path_encode(SYSTEMD_UNIT_PATH, query->unit, &query->object);
        if (r >= 0 && query->overlay)
                r = sd_bus_path_encode(SYSTEMD_UNIT_PATH, query->overlay, &query->overlay_object);
        return r;
}

static int send_all(sd_bus *bus, UnitQuery *queries, size_t n, Call *calls, Query *all) {
        Call *call = calls;
        int r;

        for (size_t i = 0; i < n; i++) {
                r = prepare_query(&queries[i]);
                for (size_t k = 0; r >= 0 && k < ELEMENTSOF(properties); k++, call++) {
                        *call = (Call) { &queries[i], &properties[k], all };
                        if (properties[k].of_overlay && !queries[i].overlay)
                                continue;
                        r = wait_in_flight(bus, all, CALLS_IN_FLIGHT_MAX);
                        if (r >= 0)
                                r = send_get(bus, call);
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

int bus_query_units(sd_bus *bus, UnitQuery *queries, size_t n, sd_bus_error *reterr) {
        _cleanup_free_ Call *calls = NULL;
        Query all = { .reterr = reterr };
        int r, q;

        calls = calloc(n > 0 ? n * ELEMENTSOF(properties) : 1, sizeof(*calls));
        if (!calls)
                return -ENOMEM;

        r = send_all(bus, queries, n, calls, &all);
        /* What was sent refers to calls: no return before all of it is answered. */
        q = wait_in_flight(bus, &all, 0);
        if (q < 0)
                sd_bus_close(bus);

        return r < 0 ? r : q < 0 ? q : all.error;
}

void unit_query_clear(UnitQuery *query) {
        free(query->state.load_state);
        free(query->state.active_state);
        free(query->state.sub_state);
        free(query->state.result);
        free(query->state.invocation_id);
        free(query->state.overlay_result);
        free(query->object);
        free(query->overlay_object);
        *query = (UnitQuery) {};
}

static int append_name(char ***names, size_t *n, const char *name) {
        char **grown = reallocarray(*names, *n + 2, sizeof(char *));

        if (!grown)
                return -ENOMEM;
        *names = grown;
        grown[*n + 1] = NULL;
        grown[*n] = strdup(name);
        if (!grown[*n])
                return -ENOMEM;
        (*n)++;
        return 0;
}

static int read_names(sd_bus_message *reply, char ***names) {
        const char *name;
        size_t n = 0;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(
                        reply, "(ssssssouso)", &name, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                        NULL, NULL)) > 0) {
                r = append_name(names, &n, name);
                if (r < 0)
                        return r;
        }
        return r;
}

int bus_list_units(sd_bus *bus, const char *pattern, char ***ret, sd_bus_error *reterr) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(strv_freep) char **names = calloc(1, sizeof(char *));
        int r;

        if (!names)
                return -ENOMEM;
        r = sd_bus_call_method(
                bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "ListUnitsByPatterns", reterr,
                &reply, "asas", 0, 1, pattern);
        if (r < 0)
                return r;
        r = read_names(reply, &names);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(names);
        return 0;
}

/* --- jobs ------------------------------------------------------------------------------------- */

struct UnitJobs {
        sd_bus *bus;
        sd_bus_slot *removed;
        UnitJob *items;
        size_t n_items, n_open;
};

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *unused _unused_) {
        UnitJobs *jobs = userdata;
        const char *path, *result;

        if (sd_bus_message_read(m, "uoss", NULL, &path, NULL, &result) < 0)
                return 0;

        for (size_t i = 0; i < jobs->n_items; i++) {
                UnitJob *job = &jobs->items[i];

                if (job->result || strcmp(job->path, path) != 0)
                        continue;
                job->result = strdup(result);
                if (!job->result)
                        return -ENOMEM;
                jobs->n_open--;
        }
        return 0;
}

/* Once a connection; the second time is refused and doesn't matter. */
static int subscribe(sd_bus *bus) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_call_method(
                bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Subscribe", &error, NULL, NULL);
        if (r < 0 && !sd_bus_error_has_name(&error, SYSTEMD_NAME ".AlreadySubscribed"))
                return r;
        return 0;
}

int unit_jobs_new(sd_bus *bus, UnitJobs **ret) {
        _cleanup_(unit_jobs_freep) UnitJobs *jobs = NULL;
        /* On PID 1's own socket messages have no sender, and signals come without subscription. */
        bool direct = sd_bus_is_bus_client(bus) <= 0;
        int r;

        jobs = calloc(1, sizeof(*jobs));
        if (!jobs)
                return -ENOMEM;
        jobs->bus = sd_bus_ref(bus);

        r = sd_bus_match_signal(
                bus, &jobs->removed, direct ? NULL : SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                "JobRemoved", on_job_removed, jobs);
        if (r < 0)
                return r;

        if (!direct) {
                r = subscribe(bus);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(jobs);
        return 0;
}

static int remember_job(UnitJobs *jobs, const char *unit, const char *path) {
        _cleanup_free_ char *unit_copy = strdup(unit), *path_copy = strdup(path);
        UnitJob *items;

        if (!unit_copy || !path_copy)
                return -ENOMEM;
        items = reallocarray(jobs->items, jobs->n_items + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;

        jobs->items = items;
        items[jobs->n_items++] = (UnitJob) {
                .unit = TAKE_PTR(unit_copy),
                .path = TAKE_PTR(path_copy),
        };
        jobs->n_open++;
        return 0;
}

int unit_jobs_add(UnitJobs *jobs, const char *method, const char *unit, sd_bus_error *reterr) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *path;
        int r;

        r = sd_bus_call_method(
                jobs->bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, method, reterr, &reply,
                "ss", unit, "replace");
        if (r < 0)
                return r;
        r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return r;

        return remember_job(jobs, unit, path);
}

int unit_jobs_wait(UnitJobs *jobs) {
        while (jobs->n_open > 0) {
                int r = bus_step(jobs->bus, UINT64_MAX);

                if (r < 0)
                        return r;
        }
        return 0;
}

const UnitJob *unit_jobs_find(const UnitJobs *jobs, const char *unit) {
        for (size_t i = jobs->n_items; i > 0; i--)
                if (strcmp(jobs->items[i - 1].unit, unit) == 0)
                        return &jobs->items[i - 1];
        return NULL;
}

UnitJobs *unit_jobs_free(UnitJobs *jobs) {
        if (!jobs)
                return NULL;
        for (size_t i = 0; i < jobs->n_items; i++) {
                free(jobs->items[i].unit);
                free(jobs->items[i].path);
                free(jobs->items[i].result);
        }
        free(jobs->items);
        sd_bus_slot_unref(jobs->removed);
        sd_bus_unref(jobs->bus);
        free(jobs);
        return NULL;
}

/* --- the manager ------------------------------------------------------------------------------ */

int bus_reload(sd_bus *bus, sd_bus_error *reterr) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        r = sd_bus_message_new_method_call(
                bus, &call, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Reload");
        if (r < 0)
                return r;
        r = sd_bus_call(bus, call, reload_timeout_usec, reterr, NULL);
        return r < 0 ? r : 0;
}

int bus_reset_failed(sd_bus *bus, const char *unit, sd_bus_error *reterr) {
        int r;

        r = sd_bus_call_method(
                bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "ResetFailedUnit", reterr, NULL,
                "s", unit);
        return r < 0 ? r : 0;
}
