/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "filter/rcon-filter.h"

#define UNITS "run/systemd/generator/"
#define TREES "run/left4me/trees/"

static char root[] = "/tmp/test-rcon-ports.XXXXXX";
static HostConfig config = { .port_min = 27015, .port_max = 27017 };
static Paths *paths;
static int root_fd = -EBADF;

static void setup(void) {
        static const char *const directories[] = { "run", "run/systemd", UNITS, "run/left4me",
                                                   TREES };

        cr_assert_not_null(mkdtemp(root));
        root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(root_fd, 0);
        cr_assert_eq(paths_new(root, &paths), 0);
        for (size_t i = 0; i < ELEMENTSOF(directories); i++)
                cr_assert_eq(mkdirat(root_fd, directories[i], 0755), 0);
}

static void teardown(void) {
        _cleanup_close_ int tmp_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        root_fd = safe_close(root_fd);
        paths_free(paths);
        cr_assert_eq(remove_tree(tmp_fd, root + strlen("/tmp/")), 0);
}

TestSuite(rcon_ports, .init = setup, .fini = teardown, .timeout = 60);

static void write_file(const char *path, const char *text) {
        _cleanup_close_ int fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        cr_assert_geq(fd, 0, "%s", path);
        cr_assert_eq(write_all(fd, text, strlen(text)), 0);
}

static void write_unit(const char *unit, const char *text) {
        char path[256];

        (void) snprintf(path, sizeof(path), UNITS "%s.d", unit);
        cr_assert_eq(mkdirat(root_fd, path, 0755), 0);
        (void) snprintf(path, sizeof(path), UNITS "%s.d/40-instance.conf", unit);
        write_file(path, text);
}

static void assert_ports(int result, const char *expected) {
        _cleanup_free_ char *text = NULL;
        RconPorts ports;

        cr_assert_eq(rcon_ports_find(&config, paths, &ports), result);
        cr_assert_eq(rcon_filter_format_ports(&ports, &text), 0);
        cr_assert_str_eq(text, expected);
}

Test(rcon_ports, without_servers_they_are_the_range) {
        assert_ports(0, "27015-27017");
        cr_assert_eq(remove_tree(root_fd, "run"), 0);
        assert_ports(0, "27015-27017");
}

Test(rcon_ports, to_the_very_ends) {
        config.port_min = 1;
        config.port_max = 65535;
        assert_ports(0, "1-65535");
        config.port_min = config.port_max = 65535;
        assert_ports(0, "65535");
}

Test(rcon_ports, what_servers_may_bind_is_added) {
        write_unit(
                "left4me-server@a.service",
                "[Service]\nSocketBindAllow=udp:5\nSocketBindAllow=tcp:28015\n");
        write_unit("left4me-server@b.service", "[Service]\nSocketBindAllow=tcp:27018\n");
        write_unit(
                "left4me-server@c.service",
                "[Service]\n#SocketBindAllow=tcp:1\nX=SocketBindAllow=tcp:2\n");
        write_unit("other@b.service", "[Service]\nSocketBindAllow=tcp:3\n");
        cr_assert_eq(mkdirat(root_fd, UNITS "left4me-server@empty.service.d", 0755), 0);
        assert_ports(0, "27015-27018, 28015");
}

Test(rcon_ports, so_is_where_servers_run) {
        write_file(TREES "a.port", "28016\n");
        write_file(TREES "a", "LEFT4ME_TREE=0:1\n");
        write_file(TREES "a.digest", "28019\n");
        write_file(TREES ".port", "4\n");
        assert_ports(0, "27015-27017, 28016");
}

Test(rcon_ports, what_cannot_be_read_costs_only_itself) {
        write_file(TREES "a.port", "28016\n");
        write_file(TREES "b.port", "none\n");
        write_unit("left4me-server@b.service", "[Service]\nSocketBindAllow=tcp:27018\n");
        assert_ports(-EBADMSG, "27015-27018, 28016");
        cr_assert_eq(remove_tree(root_fd, TREES), 0);
        write_file("run/left4me/trees", "");
        assert_ports(-ENOTDIR, "27015-27018");
}
