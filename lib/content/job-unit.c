/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/job-unit.h"

#include <string.h>

#include "systemd/bus-names.h"
#include "systemd/bus.h"

static int take_state(sd_bus_message *reply, JobUnit *unit) {
        const char *state;
        int r;

        r = sd_bus_message_read_basic(reply, 's', &state);
        if (r < 0)
                return r;
        unit->is_stopping = strcmp(state, "deactivating") == 0;
        unit->is_active = strcmp(state, "inactive") != 0 && strcmp(state, "failed") != 0;
        return 0;
}

static int take_id(sd_bus_message *reply, JobUnit *unit) {
        const void *bytes;
        sd_id128_t id;
        size_t n = 0;
        int r;

        r = sd_bus_message_read_array(reply, 'y', &bytes, &n);
        if (r < 0 || n != sizeof(id))
                return r;
        memcpy(&id, bytes, sizeof(id));
        if (!sd_id128_is_null(id))
                sd_id128_to_string(id, unit->id);
        return 0;
}

static int take_status(sd_bus_message *reply, JobUnit *unit) {
        const char *status;
        int r;

        r = sd_bus_message_read_basic(reply, 's', &status);
        if (r < 0)
                return r;
        unit->status = strdup(status);
        return unit->status ? 0 : -ENOMEM;
}

static int take_begun(sd_bus_message *reply, JobUnit *unit) {
        return sd_bus_message_read_basic(reply, 't', &unit->begun);
}

static int take_begun_monotonic(sd_bus_message *reply, JobUnit *unit) {
        return sd_bus_message_read_basic(reply, 't', &unit->begun_monotonic);
}

static int take_time_limit(sd_bus_message *reply, JobUnit *unit) {
        return sd_bus_message_read_basic(reply, 't', &unit->time_limit);
}

/* So many of the first ones are what job_unit_read_state() reads. */
enum { N_STATE = 3 };

static const struct Property {
        const char *interface, *name, *type;
        int (*take)(sd_bus_message *reply, JobUnit *unit);
} properties[] = {
        { SYSTEMD_UNIT, "ActiveState", "s", take_state },
        { SYSTEMD_UNIT, "InvocationID", "ay", take_id },
        { SYSTEMD_SERVICE, "StatusText", "s", take_status },
        { SYSTEMD_UNIT, "InactiveExitTimestamp", "t", take_begun },
        { SYSTEMD_UNIT, "InactiveExitTimestampMonotonic", "t", take_begun_monotonic },
        { SYSTEMD_SERVICE, "TimeoutStartUSec", "t", take_time_limit },
};

/* All calls of a read, which is over when nothing is in flight. */
typedef struct Reading {
        JobUnit *unit;
        size_t n_in_flight;
        int error; /* the first one, which is also in reterr */
        sd_bus_error *reterr;
} Reading;

typedef struct Call {
        const struct Property *property;
        Reading *reading;
        sd_bus_slot *slot;
} Call;

static int take_reply(sd_bus_message *reply, const Call *call) {
        int r;

        r = sd_bus_message_enter_container(reply, 'v', call->property->type);
        return r < 0 ? r : call->property->take(reply, call->reading->unit);
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *unused _unused_) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Call *call = userdata;
        int r;

        call->reading->n_in_flight--;
        r = error ? -sd_bus_error_get_errno(error) : take_reply(reply, call);
        if (r < 0 && call->reading->error == 0) {
                call->reading->error = r;
                if (error)
                        (void) sd_bus_error_copy(call->reading->reterr, error);
        }
        return 1;
}

/* Sends the first n calls, then waits for their answers. */
static int read_first(sd_bus *bus, const char *object, size_t n, Call *calls, Reading *reading) {
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                calls[i] = (Call) { &properties[i], reading, NULL };
                r = sd_bus_call_method_async(
                        bus, &calls[i].slot, SYSTEMD_NAME, object, DBUS_PROPERTIES, "Get", on_reply,
                        &calls[i], "ss", properties[i].interface, properties[i].name);
                reading->n_in_flight += r >= 0;
        }
        while (r >= 0 && reading->n_in_flight > 0)
                r = bus_step(bus, UINT64_MAX);
        return r < 0 ? r : reading->error;
}

static int read_unit(sd_bus *bus, const char *unit, size_t n, JobUnit *ret, sd_bus_error *reterr) {
        _cleanup_free_ char *object = NULL;
        Reading reading = { .unit = ret, .reterr = reterr };
        Call calls[ELEMENTSOF(properties)] = {};
        int r;

        r = sd_bus_path_encode(SYSTEMD_UNIT_PATH, unit, &object);
        if (r >= 0)
                r = read_first(bus, object, n, calls, &reading);
        /* After an error, answers that are still to come are forgotten. */
        for (size_t i = 0; i < n; i++)
                sd_bus_slot_unref(calls[i].slot);
        return r;
}

static void begin_read(const char *unit, JobUnit *ret) {
        *ret = (JobUnit) {};
        (void) snprintf(ret->name, sizeof(ret->name), "%s", unit);
}

int job_unit_read(sd_bus *bus, const char *unit, JobUnit *ret, sd_bus_error *reterr) {
        begin_read(unit, ret);
        return read_unit(bus, unit, ELEMENTSOF(properties), ret, reterr);
}

/* 0: not loaded. */
static int is_loaded(sd_bus *bus, const char *unit, sd_bus_error *reterr) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        r = sd_bus_call_method(
                bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "GetUnit", &error, NULL, "s",
                unit);
        if (r >= 0)
                return 1;
        if (sd_bus_error_has_name(&error, SYSTEMD_NAME ".NoSuchUnit"))
                return 0;
        (void) sd_bus_error_copy(reterr, &error);
        return r;
}

int job_unit_read_state(sd_bus *bus, const char *unit, JobUnit *ret, sd_bus_error *reterr) {
        int r;

        begin_read(unit, ret);
        r = is_loaded(bus, unit, reterr);
        if (r > 0)
                return read_unit(bus, unit, N_STATE, ret, reterr);
        if (r < 0)
                return r;
        ret->status = strdup("");
        return ret->status ? 0 : -ENOMEM;
}

int job_unit_read_time_limit(sd_bus *bus, const char *unit, uint64_t *ret, sd_bus_error *reterr) {
        _cleanup_free_ char *object = NULL;
        int r;

        r = sd_bus_path_encode(SYSTEMD_UNIT_PATH, unit, &object);
        return r < 0 ? r
                     : sd_bus_get_property_trivial(
                               bus, SYSTEMD_NAME, object, SYSTEMD_SERVICE, "TimeoutStartUSec",
                               reterr, 't', ret);
}

void job_unit_clear(JobUnit *unit) {
        free(unit->status);
        *unit = (JobUnit) {};
}
