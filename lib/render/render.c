/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/render.h"

#include <string.h>

#include "base/text.h"
#include "render/unit-writer.h"
#include "spec/ports.h"
#include "systemd/unit-names.h"

/* A path as PID 1 will see it: without the root that a test has put in front. */
static const char *beneath_root(const Paths *paths, const char *path) {
        return path + strlen(paths->root);
}

static int sink_unit(const RenderSink *sink, const char *path, const UnitWriter *w) {
        const char *text;
        size_t size;
        int r;

        r = unit_writer_finish(w, &text, &size);
        if (r < 0)
                return r;
        return sink->file(sink->userdata, path, text, size);
}

static void write_resources(UnitWriter *w, const Resources *resources) {
        if (resources->memory_high > 0)
                unit_writer_size(w, "MemoryHigh", resources->memory_high);
        if (resources->memory_max > 0)
                unit_writer_size(w, "MemoryMax", resources->memory_max);
        if (resources->tasks_max > 0)
                unit_writer_unsigned(w, "TasksMax", resources->tasks_max);
        if (resources->nice != RESOURCE_NICE_UNSET)
                unit_writer_signed(w, "Nice", resources->nice);
        if (!cpu_set_is_empty(&resources->cpus))
                unit_writer_cpus(w, "AllowedCPUs", &resources->cpus);
}

/* RCON is TCP on the game's port, everything else is UDP. */
static void write_ports(UnitWriter *w, const InstanceSettings *settings) {
        for (PortRole role = PORT_GAME; role < _PORT_ROLE_MAX; role++)
                if (instance_port(settings, role) > 0)
                        unit_writer_port(
                                w, "SocketBindAllow", "udp", instance_port(settings, role));
        unit_writer_port(w, "SocketBindAllow", "tcp", settings->port);
}

static void write_instance(UnitWriter *w, const InstanceSettings *settings, const char *spec) {
        char text[128 + sizeof(settings->name)];

        unit_writer_comment(w, "Written by left4me-generator from the file named in SourcePath=.");
        (void) snprintf(text, sizeof(text), "To change it: l4d2ctl edit %s", settings->name);
        unit_writer_comment(w, text);

        unit_writer_section(w, "Unit");
        (void) snprintf(text, sizeof(text), "Left 4 Dead 2 server %s", settings->name);
        unit_writer_text(w, "Description", text);
        unit_writer_path(w, "SourcePath", spec);

        unit_writer_section(w, "Service");
        write_ports(w, settings);
        write_resources(w, &settings->resources);

        unit_writer_blank_line(w);
        unit_writer_comment(
                w, "The last line: a server doesn't start unless systemd read this far.");
        unit_writer_environment(w, "LEFT4ME_GENERATED", settings->name);
}

/* Named so that it is read before the 50-….conf that `systemctl set-property` writes: what an admin
 * sets by hand has the last word. */
static int render_drop_in(
        const InstanceSettings *settings, const Paths *paths, const RenderSink *sink) {
        _cleanup_(unit_writer_done) UnitWriter w = {};
        char path[RENDER_PATH_MAX], unit[UNIT_NAME_MAX];
        _cleanup_free_ char *spec = NULL;

        if (asprintf(
                    &spec, "%s/%s/spec.yaml", beneath_root(paths, paths->instances_dir),
                    settings->name) < 0) {
                spec = NULL;
                return -ENOMEM;
        }

        write_instance(&w, settings, spec);
        unit_name(UNIT_SERVER, settings->name, unit);
        (void) snprintf(path, sizeof(path), "%s.d/" RENDER_DROP_IN, unit);
        return sink_unit(sink, path, &w);
}

/* Has the timer run while the server does: also when systemd reads it while the server runs. */
static int render_upholds(const InstanceSettings *settings, const RenderSink *sink) {
        _cleanup_(unit_writer_done) UnitWriter w = {};
        char path[RENDER_PATH_MAX], timer[UNIT_NAME_MAX], unit[UNIT_NAME_MAX];

        (void) snprintf(timer, sizeof(timer), RESTART_TIMER, settings->name);
        unit_name(UNIT_SERVER, settings->name, unit);
        unit_writer_comment(&w, "Written by left4me-generator from 'schedule' in the spec.");
        unit_writer_section(&w, "Unit");
        unit_writer_word(&w, "Upholds", timer);
        (void) snprintf(path, sizeof(path), "%s.d/" RENDER_SCHEDULE, unit);
        return sink_unit(sink, path, &w);
}

static int render_timer(const InstanceSettings *settings, const RenderSink *sink) {
        _cleanup_(unit_writer_done) UnitWriter w = {};
        char path[RENDER_PATH_MAX], timer[UNIT_NAME_MAX], text[CALENDAR_TEXT_MAX];

        (void) snprintf(timer, sizeof(timer), RESTART_TIMER, settings->name);
        unit_writer_comment(&w, "Written by left4me-generator from 'schedule' in the spec.");
        unit_writer_section(&w, "Timer");
        unit_writer_reset(&w, "OnCalendar");
        unit_writer_text(&w, "OnCalendar", calendar_format(&settings->schedule, text));
        (void) snprintf(path, sizeof(path), "%s.d/" RENDER_SCHEDULE, timer);
        return sink_unit(sink, path, &w);
}

static int render_schedule(const InstanceSettings *settings, const RenderSink *sink) {
        int r;

        if (!settings->schedule.is_set)
                return 0;
        r = render_timer(settings, sink);
        return r < 0 ? r : render_upholds(settings, sink);
}

/* Links path to the file name in the shipped directory. */
static int render_link(
        const RenderSink *sink, const char *path, const Paths *paths, const char *directory,
        const char *name) {
        _cleanup_free_ char *target = NULL;

        if (asprintf(&target, "%s/%s", beneath_root(paths, directory), name) < 0) {
                target = NULL;
                return -ENOMEM;
        }
        return sink->link(sink->userdata, path, target);
}

int render_instance(const InstanceSettings *settings, const Paths *paths, const RenderSink *sink) {
        char path[RENDER_PATH_MAX], unit[UNIT_NAME_MAX], template[UNIT_NAME_MAX];
        int r;

        if (!instance_name_is_valid(settings->name))
                return -EINVAL;
        unit_name(UNIT_SERVER, settings->name, unit);
        unit_name(UNIT_SERVER, "", template);

        /* The profile comes first: where it can't be put in place there must be no drop-in, so that
         * the server doesn't start with less protection than was asked for. */
        if (settings->hardening == HARDENING_STRICT) {
                (void) snprintf(path, sizeof(path), "%s.d/30-strict.conf", unit);
                r = render_link(sink, path, paths, paths->profiles_dir, "strict.conf");
                if (r < 0)
                        return r;
        }

        r = render_drop_in(settings, paths, sink);
        if (r >= 0)
                r = render_schedule(settings, sink);
        if (r < 0 || !settings->autostart)
                return r;

        (void) snprintf(path, sizeof(path), "left4me.target.wants/%s", unit);
        return render_link(sink, path, paths, paths->unit_dir, template);
}

static int render_cpus(
        const char *unit, const char *section, const CpuSet *cpus, const RenderSink *sink) {
        _cleanup_(unit_writer_done) UnitWriter w = {};
        char path[RENDER_PATH_MAX];

        unit_writer_comment(&w, "Written by left4me-generator from system_cpus= in left4me.conf.");
        unit_writer_section(&w, section);
        unit_writer_cpus(&w, "AllowedCPUs", cpus);

        (void) snprintf(path, sizeof(path), "%s.d/40-left4me-cpus.conf", unit);
        return sink_unit(sink, path, &w);
}

int render_alerts(const HostConfig *config, const RenderSink *sink) {
        _cleanup_(unit_writer_done) UnitWriter w = {};

        if (config->n_alert_networks == 0)
                return 0;

        unit_writer_comment(&w, "Written by left4me-generator from allow= in left4me.conf.");
        unit_writer_section(&w, "Service");
        for (size_t i = 0; i < config->n_alert_networks; i++)
                unit_writer_network(&w, "IPAddressAllow", &config->alert_networks[i]);
        unit_writer_reset(&w, "RestrictNetworkInterfaces");
        return sink_unit(sink, RENDER_ALERT_DIR "/" RENDER_ALERT_DROP_IN, &w);
}

/* The CPUs that are left for the game, or an error that says why the split can't be. */
static int split_cpus(
        const HostConfig *config, const CpuSet *online, const Paths *paths, SpecErrors *errors,
        CpuSet *ret_game) {
        const SpecPlace place = { .file = paths->config_file };
        _cleanup_free_ char *wanted = NULL, *present = NULL;
        CpuSet game = cpu_set_subtract(online, &config->system_cpus);
        bool exist = cpu_set_is_subset(&config->system_cpus, online);
        int r;

        if (exist && !cpu_set_is_empty(&game)) {
                *ret_game = game;
                return 0;
        }

        r = cpu_set_format(&config->system_cpus, &wanted);
        if (r >= 0)
                r = cpu_set_format(online, &present);
        if (r < 0)
                return r;

        spec_errors_add(
                errors, &place,
                exist ? N_("system_cpus=%s leaves none of this machine's CPUs (%s) for the game, "
                           "CPUs are not split")
                      : N_("system_cpus=%s names CPUs that this machine doesn't have (it has %s), "
                           "CPUs are not split"),
                wanted, present);
        return -EINVAL;
}

int render_host(
        const HostConfig *config, const CpuSet *online, const Paths *paths, const RenderSink *sink,
        SpecErrors *errors) {
        static const char *const system_slices[] = { "left4me-build.slice", "system.slice",
                                                     "user.slice" };
        CpuSet game;
        int r;

        if (cpu_set_is_empty(&config->system_cpus))
                return 0;

        r = split_cpus(config, online, paths, errors, &game);
        if (r < 0)
                return r;

        r = render_cpus("l4d2-game.slice", "Slice", &game, sink);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(system_slices); i++)
                r = render_cpus(system_slices[i], "Slice", &config->system_cpus, sink);
        /* The service manager is in no slice. It works for each start and end of a job. */
        return r < 0 ? r : render_cpus("init.scope", "Scope", &config->system_cpus, sink);
}
