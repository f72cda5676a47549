/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/bus.h"

#include <string.h>
#include <time.h>

#include "base/strv.h"
#include "systemd/bus-names.h"

#define SYSTEMD_PRIVATE "unix:path=/run/systemd/private"

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

/* --- timers ----------------------------------------------------------------------------------- */

int bus_timer_next(sd_bus *bus, const char *unit, uint64_t *ret, sd_bus_error *reterr) {
        _cleanup_free_ char *path = NULL;
        uint64_t next;
        int r;

        r = sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &path);
        if (r < 0)
                return r;
        r = sd_bus_get_property_trivial(
                bus, SYSTEMD_NAME, path, SYSTEMD_NAME ".Timer", "NextElapseUSecRealtime", reterr,
                't', &next);
        if (r < 0)
                return r;
        *ret = next == UINT64_MAX ? 0 : next;
        return 0;
}

/* --- which units there are -------------------------------------------------------------------- */

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
                r = strv_add(names, &n, name);
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

int bus_watch_unit(
        sd_bus *bus, const char *unit, sd_bus_message_handler_t handler, void *userdata,
        sd_bus_slot **ret) {
        bool direct = sd_bus_is_bus_client(bus) <= 0;
        _cleanup_free_ char *object = NULL;
        int r;

        r = sd_bus_path_encode(SYSTEMD_UNIT_PATH, unit, &object);
        if (r < 0)
                return r;
        return sd_bus_match_signal(
                bus, ret, direct ? NULL : SYSTEMD_NAME, object, DBUS_PROPERTIES,
                "PropertiesChanged", handler, userdata);
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
