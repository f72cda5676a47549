/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "render/render.h"

/* Writes everything it gets into one text: "== path\ncontent" and "-> path target\n". */
typedef struct Collector {
        char *text;
        size_t size;
        FILE *stream;
        const char *fail_at; /* a path that can't be written */
} Collector;

static Paths *paths;
static Collector collector;
static SpecErrors errors;

static int collect_file(void *userdata, const char *path, const char *text, size_t size) {
        Collector *c = userdata;

        if (c->fail_at && strcmp(path, c->fail_at) == 0)
                return -ENOSPC;
        cr_assert_lt(strlen(path), RENDER_PATH_MAX);
        cr_assert_eq(strlen(text), size);
        fprintf(c->stream, "== %s\n%s", path, text);
        return 0;
}

static int collect_link(void *userdata, const char *path, const char *target) {
        Collector *c = userdata;

        if (c->fail_at && strcmp(path, c->fail_at) == 0)
                return -ENOSPC;
        cr_assert_lt(strlen(path), RENDER_PATH_MAX);
        fprintf(c->stream, "-> %s %s\n", path, target);
        return 0;
}

static const RenderSink sink = { collect_file, collect_link, &collector };

static void setup(void) {
        cr_assert_eq(paths_new("/some/root", &paths), 0);
        collector.stream = open_memstream(&collector.text, &collector.size);
        cr_assert_not_null(collector.stream);
}

static void teardown(void) {
        paths = paths_free(paths);
        (void) fclose(collector.stream);
        free(collector.text);
        spec_errors_clear(&errors);
}

TestSuite(render, .init = setup, .fini = teardown, .timeout = 60);

static const char *collected(void) {
        cr_assert_eq(fflush(collector.stream), 0);
        return collector.text;
}

static InstanceSettings settings_of(const char *name) {
        InstanceSettings settings = {
                .port = 27015,
                .resources.nice = RESOURCE_NICE_UNSET,
        };

        (void) snprintf(settings.name, sizeof(settings.name), "%s", name);
        return settings;
}

static CpuSet cpus(const char *text) {
        CpuSet set;

        cr_assert_eq(cpu_set_parse(text, &set), 0);
        return set;
}

Test(render, an_instance_without_wishes) {
        InstanceSettings settings = settings_of("1");

        cr_assert_eq(render_instance(&settings, paths, &sink), 0);
        cr_assert_str_eq(
                collected(),
                "== left4me-server@1.service.d/40-instance.conf\n"
                "# Written by left4me-generator from the file named in SourcePath=.\n"
                "# To change it: l4d2ctl edit 1\n"
                "\n"
                "[Unit]\n"
                "Description=Left 4 Dead 2 server 1\n"
                "SourcePath=/var/lib/left4me/instances/1/spec.yaml\n"
                "\n"
                "[Service]\n"
                "SocketBindAllow=udp:27015\n"
                "SocketBindAllow=tcp:27015\n"
                "\n"
                "# The last line: a server doesn't start unless systemd read this far.\n"
                "Environment=LEFT4ME_GENERATED=1\n");
}

Test(render, all_resources) {
        InstanceSettings settings = settings_of("1");

        settings.resources = (Resources) {
                .memory_max = 2ULL << 30,
                .memory_high = 1536ULL << 20,
                .tasks_max = 256,
                .nice = -5,
                .cpus = cpus("2-3"),
        };
        cr_assert_eq(render_instance(&settings, paths, &sink), 0);
        cr_assert_not_null(
                strstr(collected(), "SocketBindAllow=tcp:27015\nMemoryHigh=1536M\nMemoryMax=2G\n"
                                    "TasksMax=256\nNice=-5\nAllowedCPUs=2-3\n\n# The last line"));
}

Test(render, nice_zero_is_a_wish) {
        InstanceSettings settings = settings_of("1");

        settings.resources.nice = 0;
        cr_assert_eq(render_instance(&settings, paths, &sink), 0);
        cr_assert_not_null(strstr(collected(), "\nNice=0\n"));
}

Test(render, the_sentinel_is_the_last_line_whatever_is_set) {
        InstanceSettings settings = settings_of("a-very-long-name-with-32-letters");
        static const char last[] =
                "\nEnvironment=LEFT4ME_GENERATED=a-very-long-name-with-32-letters\n";

        settings.resources = (Resources) { UINT64_MAX, UINT64_MAX, UINT32_MAX, 19, cpus("0-1023") };
        cr_assert_eq(render_instance(&settings, paths, &sink), 0);
        cr_assert_str_eq(collected() + collector.size - strlen(last), last);
}

Test(render, strict_and_autostart_are_links_to_shipped_files) {
        InstanceSettings settings = settings_of("1");

        settings.hardening = HARDENING_STRICT;
        settings.autostart = true;
        cr_assert_eq(render_instance(&settings, paths, &sink), 0);

        cr_assert_eq(
                strncmp(collected(),
                        "-> left4me-server@1.service.d/30-strict.conf "
                        "/usr/lib/left4me/profiles/strict.conf\n== left4me",
                        88),
                0);
        cr_assert_not_null(
                strstr(collected(), "-> left4me.target.wants/left4me-server@1.service "
                                    "/usr/lib/systemd/system/left4me-server@.service\n"));
}

Test(render, a_schedule_is_a_timer_that_the_server_upholds) {
        InstanceSettings settings = settings_of("1");
        size_t offset;

        cr_assert_eq(calendar_parse("Mon 4:00", &settings.schedule, &offset), 0);
        cr_assert_eq(render_instance(&settings, paths, &sink), 0);
        cr_assert_not_null(strstr(collected(), "== left4me-restart@1.timer.d/45-schedule.conf\n"));
        cr_assert_not_null(
                strstr(collected(), "\n[Timer]\nOnCalendar=\nOnCalendar=Mon *-*-* 04:00:00\n"));
        cr_assert_not_null(strstr(collected(), "\n[Unit]\nUpholds=left4me-restart@1.timer\n"));
}

Test(render, without_its_profile_an_instance_gets_nothing) {
        InstanceSettings settings = settings_of("1");

        settings.hardening = HARDENING_STRICT;
        settings.autostart = true;
        collector.fail_at = "left4me-server@1.service.d/30-strict.conf";
        cr_assert_eq(render_instance(&settings, paths, &sink), -ENOSPC);
        cr_assert_str_eq(collected(), "");
}

Test(render, without_its_drop_in_an_instance_is_not_started) {
        InstanceSettings settings = settings_of("1");

        settings.autostart = true;
        collector.fail_at = "left4me-server@1.service.d/40-instance.conf";
        cr_assert_eq(render_instance(&settings, paths, &sink), -ENOSPC);
        cr_assert_str_eq(collected(), "");
}

Test(render, settings_that_no_spec_can_have_are_refused) {
        InstanceSettings settings = settings_of("../x");

        cr_assert_eq(render_instance(&settings, paths, &sink), -EINVAL);
        settings = settings_of("1");
        settings.port = 0;
        cr_assert_eq(render_instance(&settings, paths, &sink), -EINVAL);
        cr_assert_str_eq(collected(), "");
}

Test(render, no_split_no_files) {
        HostConfig config = {};
        CpuSet online = cpus("0-7");

        cr_assert_eq(render_host(&config, &online, paths, &sink, &errors), 0);
        cr_assert_str_eq(collected(), "");
}

Test(render, a_split_gives_each_slice_its_cpus) {
        HostConfig config = { .system_cpus = cpus("0,4") };
        CpuSet online = cpus("0-7");

        cr_assert_eq(render_host(&config, &online, paths, &sink, &errors), 0);
        cr_assert_not(spec_errors_any(&errors));

        static const char *const expected[] = {
                "l4d2-game.slice.d/40-left4me-cpus.conf\n",     "[Slice]\nAllowedCPUs=1-3,5-7\n",
                "left4me-build.slice.d/40-left4me-cpus.conf\n", "[Slice]\nAllowedCPUs=0,4\n",
                "system.slice.d/40-left4me-cpus.conf\n",        "[Slice]\nAllowedCPUs=0,4\n",
                "user.slice.d/40-left4me-cpus.conf\n",          "[Slice]\nAllowedCPUs=0,4\n",
                "init.scope.d/40-left4me-cpus.conf\n",          "[Scope]\nAllowedCPUs=0,4\n",
        };
        const char *rest = collected();

        for (size_t i = 0; i < ELEMENTSOF(expected); i++) {
                rest = strstr(rest, expected[i]);
                cr_assert_not_null(rest, "%s", expected[i]);
                rest += strlen(expected[i]);
        }
        cr_assert_str_eq(rest, "");
}

Test(render, a_split_that_cannot_be_is_an_error_and_no_files) {
        static const char *const bad[] = { "0-7", "8", "0,1023" };
        CpuSet online = cpus("0-7");

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                HostConfig config = { .system_cpus = cpus(bad[i]) };

                cr_assert_eq(render_host(&config, &online, paths, &sink, &errors), -EINVAL);
                cr_assert_eq(errors.n_items, 1);
                cr_assert_not_null(strstr(errors.items[0].message, bad[i]));
                cr_assert_not_null(strstr(errors.items[0].message, "0-7"));
                spec_errors_clear(&errors);
        }
        cr_assert_str_eq(collected(), "");
}
