/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/job-unit.h"

#include <string.h>

#include "systemd/bus.h"

#define SYSTEMD_NAME      "org.freedesktop.systemd1"
#define SYSTEMD_UNIT_PATH "/org/freedesktop/systemd1/unit"
#define UNIT              SYSTEMD_NAME ".Unit"
#define SERVICE           SYSTEMD_NAME ".Service"

static int read_state(sd_bus *bus, const char *object, JobUnit *unit, sd_bus_error *reterr) {
        _cleanup_free_ char *state = NULL;
        int r;

        r = sd_bus_get_property_string(
                bus, SYSTEMD_NAME, object, UNIT, "ActiveState", reterr, &state);
        if (r < 0)
                return r;
        unit->is_stopping = strcmp(state, "deactivating") == 0;
        unit->is_active = strcmp(state, "inactive") != 0 && strcmp(state, "failed") != 0;
        return 0;
}

static int read_id(sd_bus *bus, const char *object, JobUnit *unit, sd_bus_error *reterr) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const void *bytes;
        sd_id128_t id;
        size_t n = 0;
        int r;

        r = sd_bus_get_property(
                bus, SYSTEMD_NAME, object, UNIT, "InvocationID", reterr, &reply, "ay");
        if (r >= 0)
                r = sd_bus_message_read_array(reply, 'y', &bytes, &n);
        if (r < 0 || n != sizeof(id))
                return r;
        memcpy(&id, bytes, sizeof(id));
        if (!sd_id128_is_null(id))
                sd_id128_to_string(id, unit->id);
        return 0;
}

static int read_number(
        sd_bus *bus, const char *object, const char *interface, const char *name, uint64_t *ret,
        sd_bus_error *reterr) {
        return sd_bus_get_property_trivial(
                bus, SYSTEMD_NAME, object, interface, name, reterr, 't', ret);
}

int job_unit_read(sd_bus *bus, const char *unit, JobUnit *ret, sd_bus_error *reterr) {
        _cleanup_free_ char *object = NULL;
        int r;

        *ret = (JobUnit) {};
        (void) snprintf(ret->name, sizeof(ret->name), "%s", unit);
        r = sd_bus_path_encode(SYSTEMD_UNIT_PATH, unit, &object);
        if (r >= 0)
                r = read_state(bus, object, ret, reterr);
        if (r >= 0)
                r = read_id(bus, object, ret, reterr);
        if (r >= 0)
                r = sd_bus_get_property_string(
                        bus, SYSTEMD_NAME, object, SERVICE, "StatusText", reterr, &ret->status);
        if (r >= 0)
                r = read_number(bus, object, UNIT, "InactiveExitTimestamp", &ret->begun, reterr);
        if (r >= 0)
                r = read_number(
                        bus, object, UNIT, "InactiveExitTimestampMonotonic", &ret->begun_monotonic,
                        reterr);
        if (r >= 0)
                r = read_number(bus, object, SERVICE, "TimeoutStartUSec", &ret->time_limit, reterr);
        return r < 0 ? r : 0;
}

void job_unit_clear(JobUnit *unit) {
        free(unit->status);
        *unit = (JobUnit) {};
}
