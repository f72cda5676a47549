/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/unit-state.h"

#include <signal.h>
#include <string.h>

#include "systemd/bus-names.h"
#include "systemd/bus.h"

enum {
        /* dbus-daemon drops connections with more unanswered calls than a limit, by default 128. */
        CALLS_IN_FLIGHT_MAX = 96,
};

typedef struct Property {
        const char *interface, *name;
        char type[3]; /* of D-Bus; "ay" is an id of 16 bytes */
        size_t field; /* offset in UnitState */
        enum { OF_SERVER, OF_OVERLAY, CONTROL_GROUP } part;
} Property;

#define UNIT_PROPERTY(name, type, field) \
        { SYSTEMD_UNIT, name, type, offsetof(UnitState, field), OF_SERVER }
#define SERVICE_PROPERTY(name, type, field) \
        { SYSTEMD_SERVICE, name, type, offsetof(UnitState, field), OF_SERVER }

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
        SERVICE_PROPERTY("IPIngressBytes", "t", ip_in_bytes),
        SERVICE_PROPERTY("IPEgressBytes", "t", ip_out_bytes),
        { SYSTEMD_SERVICE, "Result", "s", offsetof(UnitState, overlay_result), OF_OVERLAY },
        { SYSTEMD_SERVICE, "ControlGroup", "s", offsetof(UnitState, control_group), CONTROL_GROUP },
};

static bool is_wanted(const UnitQuery *query, const Property *property) {
        if (property->part == OF_OVERLAY)
                return query->overlay;
        return property->part == OF_SERVER || query->with_control_group;
}

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
        struct UnitFetch *fetch; /* no caller waits for it; NULL: a caller does */
} Query;

static void finish_fetch(struct UnitFetch *fetch);

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
        if (call->all->fetch && call->all->in_flight == 0)
                finish_fetch(call->all->fetch);
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

/* ret_slot NULL: it lives until it is answered. */
static int send_get(sd_bus *bus, Call *call, sd_bus_slot **ret_slot) {
        const Property *property = call->property;
        const char *object =
                property->part == OF_OVERLAY ? call->query->overlay_object : call->query->object;
        int r;

        r = sd_bus_call_method_async(
                bus, ret_slot, SYSTEMD_NAME, object, DBUS_PROPERTIES, "Get", on_property, call,
                "ss", property->interface, property->name);
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
                        if (!is_wanted(&queries[i], &properties[k]))
                                continue;
                        r = wait_in_flight(bus, all, CALLS_IN_FLIGHT_MAX);
                        if (r >= 0)
                                r = send_get(bus, call, NULL);
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
        /* Pending replies refer to calls: don't return before all of them have arrived. */
        q = wait_in_flight(bus, &all, 0);
        if (q < 0)
                sd_bus_close(bus);

        return r < 0 ? r : q < 0 ? q : all.error;
}

void unit_state_clear(UnitState *state) {
        free(state->load_state);
        free(state->active_state);
        free(state->sub_state);
        free(state->result);
        free(state->invocation_id);
        free(state->overlay_result);
        free(state->tree_error);
        free(state->tree_digest);
        free(state->control_group);
        *state = (UnitState) {};
}

bool unit_state_is_active(const UnitState *state) {
        return state->active_state && strcmp(state->active_state, "inactive") != 0 &&
               strcmp(state->active_state, "failed") != 0;
}

bool unit_state_is_killed_by_filter(const UnitState *state) {
        return (state->exit_code == CLD_KILLED || state->exit_code == CLD_DUMPED) &&
               state->exit_status == SIGSYS;
}

void unit_query_clear(UnitQuery *query) {
        unit_state_clear(&query->state);
        free(query->object);
        free(query->overlay_object);
        *query = (UnitQuery) {};
}

/* --- without waiting ----------------------------------------------------------------------------
 */

struct UnitFetch {
        UnitQuery query;
        Query all;
        Call calls[ELEMENTSOF(properties)];
        sd_bus_slot *slots[ELEMENTSOF(properties)];
        UnitFetchHandler done;
        void *userdata;
};

static void finish_fetch(UnitFetch *fetch) {
        fetch->done(&fetch->query.state, fetch->all.error, fetch->userdata);
}

int unit_fetch_new(
        sd_bus *bus, const UnitQuery *wanted, UnitFetchHandler done, void *userdata,
        UnitFetch **ret) {
        _cleanup_(unit_fetch_freep) UnitFetch *fetch = calloc(1, sizeof(*fetch));
        int r;

        if (!fetch)
                return -ENOMEM;
        fetch->query = *wanted;
        fetch->all.fetch = fetch;
        fetch->done = done;
        fetch->userdata = userdata;

        r = prepare_query(&fetch->query);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(properties); i++) {
                if (!is_wanted(&fetch->query, &properties[i]))
                        continue;
                fetch->calls[i] = (Call) { &fetch->query, &properties[i], &fetch->all };
                r = send_get(bus, &fetch->calls[i], &fetch->slots[i]);
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(fetch);
        return 0;
}

UnitFetch *unit_fetch_free(UnitFetch *fetch) {
        if (!fetch)
                return NULL;
        for (size_t i = 0; i < ELEMENTSOF(fetch->slots); i++)
                sd_bus_slot_unref(fetch->slots[i]);
        unit_query_clear(&fetch->query);
        free(fetch);
        return NULL;
}

/* --- told by a signal ---------------------------------------------------------------------------
 */

static const Property *find_property(const char *interface, const char *name, bool of_overlay) {
        for (size_t i = 0; i < ELEMENTSOF(properties); i++)
                if ((properties[i].part == OF_OVERLAY) == of_overlay &&
                    strcmp(properties[i].interface, interface) == 0 &&
                    strcmp(properties[i].name, name) == 0)
                        return &properties[i];
        return NULL;
}

static int apply_one(UnitState *state, sd_bus_message *m, const char *interface, bool of_overlay) {
        const Property *property;
        const char *name;
        int r;

        r = sd_bus_message_read_basic(m, 's', &name);
        if (r < 0)
                return r;
        property = find_property(interface, name, of_overlay);
        if (!property)
                return sd_bus_message_skip(m, "v");

        r = read_property(m, property, state);
        if (r < 0)
                return r;
        return sd_bus_message_exit_container(m);
}

int unit_state_apply(UnitState *state, sd_bus_message *m, bool of_overlay) {
        const char *interface;
        int r;

        r = sd_bus_message_read_basic(m, 's', &interface);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = apply_one(state, m, interface, of_overlay);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r;
}
