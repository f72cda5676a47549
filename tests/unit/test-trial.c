/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "trial/findings.h"

#define TREE "/var/lib/left4me/runtime/1/merged"

/* As bus_get_properties() has them; the lists are shortened. */
static char *items[] = {
        (char[]) { "SystemCallFilter=yes accept bind openat read socketcall" },
        (char[]) { "SocketBindAllow=0 17 1 27015 0 6 1 27015" },
        (char[]) { "SocketBindDeny=0 0 0 0" },
        (char[]) { "RestrictAddressFamilies=yes AF_INET AF_INET6 AF_UNIX" },
        (char[]) { "RestrictNamespaces=0" },
        (char[]) { "LockPersonality=yes" },
        (char[]) { "CapabilityBoundingSet=0" },
        (char[]) { "ProtectSystem=strict" },
        (char[]) { "ProtectHome=yes" },
        (char[]) { "PrivateDevices=yes" },
        (char[]) { "ProcSubset=pid" },
        (char[]) { "TemporaryFileSystem=/run ro /var ro /etc ro /dev/shm size=64M,mode=1777" },
        (char[]) { "InaccessiblePaths=-/boot -/srv -/opt" },
};
static const UnitProperties properties = { items, ELEMENTSOF(items) };

/* Everything is there but what has "missing" in its name, and the game may read it all and write
 * where "data" is. */
static void look(const char *path, TrialFile *ret) {
        bool exists = !strstr(path, "missing");

        *ret = (TrialFile) {
                .exists = exists,
                .is_directory = !strchr(path, '.'),
                .is_readable = exists,
                .is_writable = exists && strstr(path, "data"),
                .is_roots = !strstr(path, "data") && !strstr(path, "maps"),
                .is_home = strcmp(path, "/opt/alice") == 0,
        };
}

static bool read_link(const char *path, char target[static TRIAL_SUBJECT_MAX]) {
        static const char *const links[][2] = {
                { "/etc/alias.conf", "../opt/real.conf" },
                { "/etc/secrets", "/opt/state" },
                { "/opt/state", "/var/lib/left4me/users" },
                { "/etc/loop", "loop" },
                { "/etc/bus", "/run/dbus" },
                { TREE "/left4dead2/out.vpk", "/srv/cache/out.vpk" },
                { TREE "/left4dead2/cache", "/srv/cache" },
                { TREE "/left4dead2/data/made.vpk", "/srv/cache/out.vpk" },
                { TREE "/left4dead2/users.vpk", "/var/lib/left4me/users/alice.yaml" },
                { TREE "/left4dead2/gone.vpk", "missing.vpk" },
                { TREE "/left4dead2/inside", TREE "/left4dead2/maps" },
                { TREE "/left4dead2/usr", "/usr/share" },
        };

        for (size_t i = 0; i < ELEMENTSOF(links); i++)
                if (strcmp(path, links[i][0]) == 0) {
                        (void) strcpy(target, links[i][1]);
                        return true;
                }
        return false;
}

static const TrialUnit unit = { &properties, TREE, look, read_link };

static size_t judge_as(const char *line, bool is_i386, TrialDenial ret[static TRIAL_DENIALS_MAX]) {
        StraceCall call;
        StraceEvent event = { .pid = 1, .is_i386 = is_i386, .call = &call };

        cr_assert(strace_call_parse(line, strlen(line), &call), "%s", line);
        return trial_judge(&unit, &event, ret);
}

/* Expects one denial, as "directive cover effect subject". */
static void expect(const char *line, const char *expected) {
        TrialDenial d[TRIAL_DENIALS_MAX] = {};
        char text[TRIAL_SUBJECT_MAX + 400];

        cr_assert_eq(judge_as(line, false, d), 1, "%s", line);
        (void) snprintf(
                text, sizeof(text), "%s%s %s %s", d[0].directive, d[0].cover, d[0].effect,
                d[0].subject);
        cr_expect_str_eq(text, expected);
}

static void expect_nothing(const char *line) {
        TrialDenial d[TRIAL_DENIALS_MAX];

        cr_expect_eq(judge_as(line, false, d), 0, "%s", line);
}

Test(trial_rules, system_calls_outside_the_filter) {
        expect("ptrace(PTRACE_TRACEME) = 0", "SystemCallFilter= refused ptrace");
        expect("io_uring_setup(1, NULL) = -1 EFAULT (Bad address)",
               "SystemCallFilter= refused io_uring_setup");
        expect_nothing("read(0, \"\", 1) = 0");
}

static char *deny_list[] = { (char[]) { "SystemCallFilter=no ptrace keyctl:EPERM" } };

/* A host may have a deny-list instead. */
Test(trial_rules, system_calls_of_a_deny_list) {
        static const UnitProperties denying = { deny_list, ELEMENTSOF(deny_list) };
        const TrialUnit denying_unit = { &denying, TREE, look, read_link };
        static const char *const lines[] = { "ptrace(0) = 0", "keyctl(0) = 0", "read(0) = 0" };
        static const char *const effects[] = { "refused", "EPERM", NULL };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                TrialDenial d[TRIAL_DENIALS_MAX];
                StraceCall call;
                StraceEvent event = { .call = &call };

                cr_assert(strace_call_parse(lines[i], strlen(lines[i]), &call));
                cr_assert_eq(trial_judge(&denying_unit, &event, d), effects[i] != NULL);
                if (effects[i])
                        cr_expect_str_eq(d[0].effect, effects[i]);
        }
}

#define BIND(protocol, port)                                                       \
        "bind(3<" protocol ":[1]>, {sa_family=AF_INET, sin_port=htons(" port "), " \
        "sin_addr=inet_addr(\"0.0.0.0\")}, 16) = 0"

Test(trial_rules, ports_outside_the_allowed_ones) {
        expect(BIND("UDP", "27005"), "SocketBindDeny= EPERM udp 27005");
        expect(BIND("TCP", "27005"), "SocketBindDeny= EPERM tcp 27005");
        expect(BIND("UDP", "0"), "SocketBindDeny= EPERM udp 0");
        expect("bind(3<UDPv6:[1]>, {sa_family=AF_INET6, sin6_port=htons(9), "
               "inet_pton(AF_INET6, \"::\", &sin6_addr)}, 28) = 0",
               "SocketBindDeny= EPERM udp 9");
        expect_nothing(BIND("UDP", "27015"));
        expect_nothing(BIND("TCP", "27015"));
}

static bool opens_port(const char *line, uint16_t port) {
        StraceCall call;
        StraceEvent event = { .call = &call };

        cr_assert(strace_call_parse(line, strlen(line), &call));
        return trial_is_game_port(&event, port);
}

Test(trial_rules, game_port) {
        cr_expect(opens_port(BIND("UDP", "27015"), 27015));
        cr_expect_not(opens_port(BIND("UDP", "27016"), 27015));
        cr_expect_not(opens_port(BIND("TCP", "27015"), 27015));
        cr_expect_not(opens_port(
                "bind(3<UDP:[1]>, {sa_family=AF_INET, sin_port=htons(27015), "
                "sin_addr=inet_addr(\"0.0.0.0\")}, 16) = -1 EADDRINUSE (In use)",
                27015));
}

#define DENIED(error) "-1 " error " (Some words)"

Test(trial_rules, files_that_the_sandbox_hides) {
        expect("openat(AT_FDCWD<" TREE ">, \"/etc/a.conf\", O_RDONLY) = " DENIED("ENOENT"),
               "TemporaryFileSystem=/etc ENOENT /etc/a.conf");
        expect("openat(AT_FDCWD<" TREE ">, \"/srv/x/../a.conf\", O_RDONLY) = " DENIED("EACCES"),
               "InaccessiblePaths=/srv EACCES /srv/a.conf");
        expect("openat(7</home>, \"a.conf\", O_RDONLY) = " DENIED("EACCES"),
               "ProtectHome=/home EACCES /home/a.conf");
        expect("openat(AT_FDCWD</>, \"/proc/cpuinfo\", O_RDONLY) = " DENIED("ENOENT"),
               "ProcSubset=/proc ENOENT /proc/cpuinfo");
        expect("openat(AT_FDCWD</>, \"/dev/a.dev\", O_RDONLY) = " DENIED("ENOENT"),
               "PrivateDevices=/dev ENOENT /dev/a.dev");
}

/* strace shows all calls of these names, and the filter of this test allows only some. */
static void expect_filter_only(const char *line) {
        TrialDenial d[TRIAL_DENIALS_MAX];

        cr_expect_eq(judge_as(line, false, d), 1, "%s", line);
        cr_expect_eq(d[0].kind, TRIAL_CALL);
}

Test(trial_rules, files_that_nobody_hides) {
        expect_nothing("openat(AT_FDCWD</>, \"/etc/missing\", O_RDONLY) = " DENIED("ENOENT"));
        expect_nothing("openat(AT_FDCWD</>, \"/usr/a.conf\", O_RDONLY) = " DENIED("ENOENT"));
        expect_nothing("openat(AT_FDCWD</>, \"/proc/self/x.y\", O_RDONLY) = " DENIED("ENOENT"));
        expect_nothing("openat(AT_FDCWD<" TREE ">, \"bin/x.so\", O_RDONLY) = " DENIED("ENOENT"));
        expect_nothing("openat(AT_FDCWD</>, \"/etc/a.conf\", O_RDONLY) = 3</etc/a.conf>");
        expect_filter_only("unlink(\"/usr/a.conf\") = " DENIED("EACCES"));
}

Test(trial_rules, writes_inside_and_outside_of_the_tree) {
        expect("openat(AT_FDCWD<" TREE
               ">, \"left4dead2/a.db\", O_RDWR|O_CREAT, 0644) = " DENIED("EACCES"),
               "writable_directories= EACCES " TREE "/left4dead2/a.db");
        expect("openat(AT_FDCWD</>, \"/usr/data/a.db\", O_WRONLY) = " DENIED("EROFS"),
               "ProtectSystem=/ EROFS /usr/data/a.db");
        expect("openat(AT_FDCWD</>, \"/var/data/missing\", O_WRONLY|O_CREAT) = " DENIED("ENOENT"),
               "TemporaryFileSystem=/var ENOENT /var/data/missing");
        /* The host's permissions would refuse it too. */
        expect_nothing("openat(AT_FDCWD</>, \"/usr/a.db\", O_WRONLY) = " DENIED("EACCES"));
}

/* The filter of this test allows none of these calls, so each is a denial of its own, too. */
static void expect_second(const char *line, TrialKind kind, const char *expected) {
        TrialDenial d[TRIAL_DENIALS_MAX] = {};
        char text[TRIAL_SUBJECT_MAX + 400];

        cr_assert_eq(judge_as(line, false, d), 2, "%s", line);
        (void) snprintf(text, sizeof(text), "%s%s %s", d[1].directive, d[1].cover, d[1].subject);
        cr_expect_str_eq(text, expected, "%s", line);
        cr_expect_eq(d[1].kind, kind, "%s", line);
}

Test(trial_rules, watches_and_attributes_take_paths_too) {
        static const struct {
                const char *call;
                TrialKind kind;
                const char *path;
        } cases[] = {
                { "inotify_add_watch(3<anon_inode:inotify>, \"/etc/a.conf\", IN_MODIFY)",
                  TRIAL_READ, "TemporaryFileSystem=/etc /etc/a.conf" },
                { "getxattr(\"/etc/a.conf\", \"user.x\", NULL, 0)", TRIAL_READ,
                  "TemporaryFileSystem=/etc /etc/a.conf" },
                { "lgetxattr(\"/etc/a.conf\", \"user.x\", NULL, 0)", TRIAL_READ,
                  "TemporaryFileSystem=/etc /etc/a.conf" },
                { "llistxattr(\"/etc/a.conf\", NULL, 0)", TRIAL_READ,
                  "TemporaryFileSystem=/etc /etc/a.conf" },
                { "setxattr(\"/srv/data\", \"user.x\", \"\"..., 1, 0)", TRIAL_WRITE,
                  "InaccessiblePaths=/srv /srv/data" },
                { "lremovexattr(\"left4dead2/a.db\", \"user.x\")", TRIAL_WRITE,
                  "writable_directories= " TREE "/left4dead2/a.db" },
                { "utimensat_time64(AT_FDCWD<" TREE ">, \"a.db\", NULL, 0)", TRIAL_WRITE,
                  "writable_directories= " TREE "/a.db" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char line[300];

                (void) snprintf(line, sizeof(line), "%s = " DENIED("EACCES"), cases[i].call);
                expect_second(line, cases[i].kind, cases[i].path);
        }
}

/* A call that does not fail for the link, or means the link itself, is judged as ever. */
Test(trial_rules, links_in_the_tree_that_lead_nowhere) {
        expect("openat(AT_FDCWD<" TREE ">, \"left4dead2/out.vpk\", O_RDONLY) = " DENIED("EACCES"),
               "dangling link EACCES " TREE "/left4dead2/out.vpk");
        expect("openat(AT_FDCWD<" TREE ">, \"left4dead2/out.vpk\", O_RDWR) = " DENIED("EACCES"),
               "dangling link EACCES " TREE "/left4dead2/out.vpk");
        expect("openat(AT_FDCWD</>, \"" TREE
               "/left4dead2/cache/a/b\", O_RDONLY) = " DENIED("ENOENT"),
               "dangling link ENOENT " TREE "/left4dead2/cache");
        expect("openat(AT_FDCWD<" TREE ">, \"left4dead2/gone.vpk\", O_RDONLY) = " DENIED("ENOENT"),
               "dangling link ENOENT " TREE "/left4dead2/gone.vpk");
        expect_nothing("openat(AT_FDCWD<" TREE
                       ">, \"left4dead2/inside/a\", O_RDONLY) = " DENIED("ENOENT"));
        expect_nothing("openat(AT_FDCWD<" TREE
                       ">, \"left4dead2/usr/a\", O_RDONLY) = " DENIED("ENOENT"));
        expect_second(
                "unlink(\"left4dead2/out.vpk\") = " DENIED("EACCES"), TRIAL_WRITE,
                "writable_directories= " TREE "/left4dead2/out.vpk");
}

Test(trial_rules, families_of_native_processes_only) {
        TrialDenial d[TRIAL_DENIALS_MAX];
        static const char line[] = "socket(AF_NETLINK, SOCK_RAW, 0) = 3<NETLINK:[1]>";

        cr_assert_eq(judge_as(line, false, d), 2);
        cr_expect_eq(d[1].kind, TRIAL_FAMILY);
        cr_expect_str_eq(d[1].subject, "AF_NETLINK");
        cr_assert_eq(judge_as(line, true, d), 1);
        cr_expect_eq(d[0].kind, TRIAL_CALL);
}

Test(trial_rules, rights_and_what_refuses_them) {
        TrialDenial d[TRIAL_DENIALS_MAX];

        cr_assert_eq(judge_as("personality(ADDR_NO_RANDOMIZE) = " DENIED("EPERM"), false, d), 2);
        cr_expect_str_eq(d[1].directive, "LockPersonality=");
        cr_assert_eq(judge_as("unshare(CLONE_NEWUSER) = " DENIED("EPERM"), false, d), 2);
        cr_expect_str_eq(d[1].directive, "RestrictNamespaces=");
        cr_assert_eq(judge_as("setpriority(PRIO_PROCESS, 0, -9) = " DENIED("EACCES"), false, d), 2);
        cr_expect_str_eq(d[1].directive, "CapabilityBoundingSet=");
        cr_expect_str_eq(d[1].cover, "CAP_SYS_NICE");
}

/* A host whose drop-ins lifted everything is judged by that. */
Test(trial_rules, compares_with_the_unit_as_it_is) {
        static const UnitProperties lifted = {};
        const TrialUnit free_unit = { &lifted, TREE, look, read_link };
        static const char *const lines[] = {
                "ptrace(0) = 0",
                BIND("UDP", "1"),
                "openat(AT_FDCWD</>, \"/etc/a.conf\", O_RDONLY) = " DENIED("ENOENT"),
                "socket(AF_NETLINK, SOCK_RAW, 0) = 3",
                "unshare(CLONE_NEWUSER) = " DENIED("EPERM"),
        };

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                TrialDenial d[TRIAL_DENIALS_MAX];
                StraceCall call;
                StraceEvent event = { .call = &call };

                cr_assert(strace_call_parse(lines[i], strlen(lines[i]), &call));
                cr_expect_eq(trial_judge(&free_unit, &event, d), 0, "%s", lines[i]);
        }
}

Test(trial_rules, trace_set_leaves_out_what_is_allowed_and_dull) {
        static const UnitProperties none = {};
        char *set;

        cr_assert_eq(trial_trace_set(&properties, &set), 0);
        cr_expect_str_eq(set, "!?accept,?read");
        free(set);
        cr_assert_eq(trial_trace_set(&none, &set), 0);
        cr_expect_str_eq(set, "all");
        free(set);
}

/* --- remedies ----------------------------------------------------------------------------------
 */

static void add(TrialFindings *findings, const char *line) {
        TrialDenial d[TRIAL_DENIALS_MAX];
        size_t n = judge_as(line, false, d);

        for (size_t i = 0; i < n; i++)
                if (d[i].kind != TRIAL_CALL || strstr(line, "ptrace"))
                        cr_assert_eq(trial_findings_add(findings, &d[i]), 0);
}

Test(trial_remedy, counts) {
        TrialFindings findings = {};

        add(&findings, BIND("UDP", "1"));
        add(&findings, BIND("UDP", "2"));
        add(&findings, BIND("UDP", "2"));
        trial_findings_sort(&findings);
        cr_assert_eq(findings.n_items, 2);
        cr_expect_str_eq(findings.items[0].denial.subject, "udp 2");
        cr_expect_eq(findings.items[0].count, 2);
        trial_findings_clear(&findings);
}

static size_t count_kind(const TrialFindings *findings, TrialKind kind) {
        size_t n = 0;

        for (size_t i = 0; i < findings->n_items; i++)
                n += findings->items[i].denial.kind == kind;
        return n;
}

/* A plugin that asks for thousands of ports, files and directories. */
Test(trial_remedy, a_flood_hides_nothing_else) {
        TrialFindings findings = {};
        uint64_t counted = 0;
        char line[300], *text;

        for (unsigned i = 0; i < 2000; i++) {
                (void) snprintf(
                        line, sizeof(line),
                        "openat(AT_FDCWD<" TREE
                        ">, \"left4dead2/maps/%u\", O_RDWR) = " DENIED("EACCES"),
                        i);
                add(&findings, line);
                (void) snprintf(
                        line, sizeof(line),
                        "openat(AT_FDCWD<" TREE
                        ">, \"left4dead2/%u/x\", O_RDWR) = " DENIED("EACCES"),
                        i);
                add(&findings, line);
                (void) snprintf(
                        line, sizeof(line),
                        "bind(3<UDP:[1]>, {sa_family=AF_INET, sin_port=htons(%u), "
                        "sin_addr=inet_addr(\"0.0.0.0\")}, 16) = 0",
                        30000 + i);
                add(&findings, line);
        }
        cr_expect_leq(findings.n_items, 300);
        cr_expect_gt(findings.n_dropped[TRIAL_BIND], 1000);
        cr_expect_gt(findings.n_dropped[TRIAL_WRITE], 1000);
        for (size_t i = 0; i < findings.n_items; i++) {
                const TrialFinding *finding = &findings.items[i];

                counted += finding->count;
                if (finding->is_folded) {
                        cr_expect_str_eq(finding->denial.subject, TREE "/left4dead2/maps/*");
                        cr_expect_gt(finding->count, 1900);
                }
        }
        cr_expect_eq(counted + trial_findings_dropped(&findings), 6000);

        /* What comes late and once is there all the same. */
        add(&findings, BIND("TCP", "27999"));
        add(&findings, "openat(AT_FDCWD</>, \"/etc/a.conf\", O_RDONLY) = " DENIED("ENOENT"));
        add(&findings, "ptrace(0) = 0");
        cr_expect_eq(count_kind(&findings, TRIAL_READ), 1);
        cr_expect_eq(count_kind(&findings, TRIAL_CALL), 1);
        cr_expect_str_eq(findings.items[findings.n_items - 3].denial.subject, "tcp 27999");
        cr_assert_eq(trial_writable_directories(&findings, TREE, &text), 0);
        cr_expect(strstr(text, "left4dead2/maps"));
        free(text);
        trial_findings_clear(&findings);
}

/* Unlike one for writing, a bind of a whole directory for reading would give more than was asked.
 */
Test(trial_remedy, many_files_to_read_are_not_advised_as_a_directory) {
        TrialFindings findings = {};
        char line[200], *text;

        for (unsigned i = 0; i < 20; i++) {
                (void) snprintf(
                        line, sizeof(line),
                        "openat(AT_FDCWD</>, \"/etc/x/%u.conf\", O_RDONLY) = " DENIED("ENOENT"), i);
                add(&findings, line);
        }
        cr_assert_eq(findings.n_items, 13);
        cr_assert_eq(trial_remedy(&findings.items[12].denial, TREE, &text), 0);
        cr_expect_str_eq(text, "nothing: too many files to name each");
        free(text);
        cr_assert_eq(trial_drop_in(&findings, &properties, &text), 0);
        cr_expect_null(strchr(text, '*'));
        free(text);
        trial_findings_clear(&findings);
}

Test(trial_remedy, makes_one_drop_in_of_all) {
        TrialFindings findings = {};
        char *text;

        add(&findings, "ptrace(0) = 0");
        add(&findings, "ptrace(0) = 0");
        add(&findings, BIND("UDP", "27005"));
        add(&findings, BIND("TCP", "0"));
        add(&findings, "openat(AT_FDCWD</>, \"/etc/a%.conf\", O_RDONLY) = " DENIED("ENOENT"));
        add(&findings, "openat(AT_FDCWD</>, \"/srv/data/a.b\", O_RDWR) = " DENIED("EACCES"));
        add(&findings, "openat(AT_FDCWD</>, \"/opt/a.b\", O_RDONLY) = " DENIED("EACCES"));
        add(&findings, "openat(AT_FDCWD</>, \"/proc/cpuinfo\", O_RDONLY) = " DENIED("ENOENT"));
        add(&findings, "personality(ADDR_NO_RANDOMIZE) = " DENIED("EPERM"));
        add(&findings, "socket(AF_NETLINK, SOCK_RAW, 0) = 3");
        add(&findings, "mkdir(\"left4dead2/stats\", 0777) = " DENIED("EACCES"));
        cr_assert_eq(trial_drop_in(&findings, &properties, &text), 0);
        cr_expect_str_eq(
                text, "[Service]\n"
                      "SystemCallFilter=ptrace\n"
                      "SocketBindAllow=udp:27005\n"
                      "# SocketBindAllow=tcp\n"
                      "BindReadOnlyPaths=-/etc/a%%.conf:/etc/a%%.conf\n"
                      "InaccessiblePaths=\n"
                      "InaccessiblePaths=-/boot\n"
                      "TemporaryFileSystem=/srv:ro\n"
                      "BindPaths=-/srv/data:/srv/data\n"
                      "TemporaryFileSystem=/opt:ro\n"
                      "BindReadOnlyPaths=-/opt/a.b:/opt/a.b\n"
                      "ProcSubset=all\n"
                      "# LockPersonality=no\n"
                      "RestrictAddressFamilies=AF_NETLINK\n");
        free(text);
        cr_assert_eq(trial_writable_directories(&findings, TREE, &text), 0);
        cr_expect_str_eq(text, "left4dead2/stats");
        free(text);
        trial_findings_clear(&findings);
}

/* The server chooses the path; an admin copies the drop-in. */
Test(trial_remedy, a_path_cannot_add_a_line_to_the_drop_in) {
        TrialFindings findings = {};
        char *text;

        add(&findings,
            "openat(AT_FDCWD</>, \"/etc/a\\nUser=root\\n.conf\", O_RDONLY) = " DENIED("ENOENT"));
        cr_assert_eq(findings.n_items, 1);
        cr_assert_eq(trial_drop_in(&findings, &properties, &text), 0);
        cr_expect_null(text);
        cr_assert_eq(trial_remedy(&findings.items[0].denial, TREE, &text), 0);
        cr_expect_str_eq(text, "nothing: a unit can't name this path");
        free(text);
        trial_findings_clear(&findings);
}

/* Neither a connection nor a mere look, neither the socket nor the directory it lies in. */
Test(trial_remedy, control_sockets_are_not_bound_unread) {
        static const char *const cases[][2] = {
                { "connect(3, {sa_family=AF_UNIX, sun_path=\"/run/dbus/system_bus_socket\"}, 9)",
                  "BindReadOnlyPaths=/run/dbus/system_bus_socket" },
                { "access(\"/run/dbus/system_bus_socket\", R_OK)",
                  "BindReadOnlyPaths=/run/dbus/system_bus_socket" },
                { "stat(\"/run/systemd\", 0x1)", "BindReadOnlyPaths=/run/systemd" },
                { "stat(\"/var/run\", 0x1)", "BindReadOnlyPaths=/var/run" },
                { "mkdir(\"/run/systemd/data\", 0777)", "BindPaths=/run/systemd" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char line[200], expected[200], *text;
                TrialFindings findings = {};

                (void) snprintf(line, sizeof(line), "%s = " DENIED("ENOENT"), cases[i][0]);
                (void) snprintf(expected, sizeof(expected), "[Service]\n# %s\n", cases[i][1]);
                add(&findings, line);
                cr_assert_eq(trial_drop_in(&findings, &properties, &text), 0);
                cr_expect_str_eq(text, expected, "%s", line);
                free(text);
                cr_assert_eq(trial_remedy(&findings.items[0].denial, TREE, &text), 0);
                cr_expect_str_eq(text, cases[i][1]);
                free(text);
                trial_findings_clear(&findings);
        }
}

/* The places of left4me, of users and of the kernel, by name or by a link, also when they are
 * above. */
Test(trial_remedy, refuses_places_that_no_unit_should_bind) {
        static const char *const cases[][2] = {
                { "/var/lib/left4me/runtime/2/merged/a.b", "left4me keeps files" },
                { "/var/lib/left4me/users/a.yaml", "left4me keeps files" },
                { "/var/lib", "left4me keeps files" },
                { "/run", "left4me keeps files" },
                { "/run/left4me/layers/2/server.cfg", "left4me keeps files" },
                { "/etc", "left4me keeps files" },
                { "/home/alice/a.b", "home directory" },
                { "/root/a.b", "home directory" },
                { "/run/user/1000/bus", "home directory" },
                { "/opt/alice/a.b", "a user could replace this path" },
                { "/opt/alice", "home directory" },
                { "/dev/../proc/1/a.b", "the kernel's files" },
                { "/etc/secrets/a.yaml", "left4me keeps files" },
                { "/etc/loop", "replace this path" },
                { "/etc/bus/system_bus_socket", "services that manage the host" },
                { "/srv/data/a.b", "replace this path" },
                { "/srv/maps/a.b", "replace this path" }, /* another user's, not writable */
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                TrialFindings findings = {};
                TrialDenial denial = {
                        .kind = TRIAL_READ, .directive = "TemporaryFileSystem=", .effect = "ENOENT"
                };
                char *text;

                (void) strcpy(denial.subject, cases[i][0]);
                cr_assert_eq(trial_findings_add(&findings, &denial), 0);
                trial_findings_check_places(&findings, &unit);
                cr_assert_eq(trial_drop_in(&findings, &properties, &text), 0);
                cr_expect_null(text, "%s", cases[i][0]);
                cr_assert_eq(trial_remedy(&findings.items[0].denial, TREE, &text), 0);
                cr_expect(
                        strstr(text, "nothing: ") == text && strstr(text, cases[i][1]), "%s: %s",
                        cases[i][0], text);
                free(text);
                trial_findings_clear(&findings);
        }
}

/* A link that only root can have made is as good as the file. */
Test(trial_remedy, binds_what_a_trusted_link_leads_to) {
        TrialFindings findings = {};
        char *text;

        add(&findings, "openat(AT_FDCWD</>, \"/etc/alias.conf\", O_RDONLY) = " DENIED("ENOENT"));
        trial_findings_check_places(&findings, &unit);
        cr_assert_eq(trial_drop_in(&findings, &properties, &text), 0);
        cr_expect_str_eq(text, "[Service]\nBindReadOnlyPaths=-/etc/alias.conf:/etc/alias.conf\n");
        free(text);
        trial_findings_clear(&findings);
}

/* It would leave what the directory hides open, with nothing in its place. */
Test(trial_remedy, a_refused_place_opens_no_directory_that_hides_it) {
        TrialFindings findings = {};
        char *text;

        add(&findings, "openat(AT_FDCWD</>, \"/opt/a.b\", O_RDONLY) = " DENIED("EACCES"));
        add(&findings, "openat(AT_FDCWD</>, \"/srv/data/a.b\", O_RDONLY) = " DENIED("EACCES"));
        trial_findings_check_places(&findings, &unit);
        cr_assert_eq(trial_drop_in(&findings, &properties, &text), 0);
        cr_expect_str_eq(
                text, "[Service]\n"
                      "InaccessiblePaths=\n"
                      "InaccessiblePaths=-/boot\n"
                      "InaccessiblePaths=-/srv\n"
                      "TemporaryFileSystem=/opt:ro\n"
                      "BindReadOnlyPaths=-/opt/a.b:/opt/a.b\n");
        free(text);
        trial_findings_clear(&findings);
}

Test(trial_remedy, says_what_to_do_about_a_link) {
        TrialFindings findings = {};
        char *text;

        add(&findings,
            "openat(AT_FDCWD<" TREE ">, \"left4dead2/out.vpk\", O_RDONLY) = " DENIED("EACCES"));
        cr_assert_eq(findings.n_items, 1);
        cr_assert_eq(trial_drop_in(&findings, &properties, &text), 0);
        cr_expect_null(text);
        cr_assert_eq(trial_remedy(&findings.items[0].denial, TREE, &text), 0);
        cr_expect(strstr(text, "nothing: this link leads out"));
        free(text);
        trial_findings_clear(&findings);
}

/* An admin who followed that advice as root would give the server what it may not read. */
Test(trial_remedy, advises_no_copy_of_what_a_server_may_have_linked) {
        static const char *const paths[] = { "left4dead2/data/made.vpk", "left4dead2/users.vpk" };

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                TrialFindings findings = {};
                char line[256], *text;

                (void) snprintf(
                        line, sizeof(line), "openat(AT_FDCWD<%s>, \"%s\", O_RDONLY) = %s", TREE,
                        paths[i], DENIED("EACCES"));
                add(&findings, line);
                cr_assert_eq(findings.n_items, 1);
                cr_assert_eq(trial_remedy(&findings.items[0].denial, TREE, &text), 0);
                cr_expect(strstr(text, "the server may have made it"), "%s: %s", paths[i], text);
                cr_expect_null(strstr(text, "put the file itself"));
                free(text);
                trial_findings_clear(&findings);
        }
}

/* An admin would not see that it is another path. */
Test(trial_remedy, a_path_with_invisible_characters_is_not_bound) {
        TrialFindings findings = {};
        char *text;

        add(&findings,
            "openat(AT_FDCWD</>, \"/etc/a\\342\\200\\256.conf\", O_RDONLY) = " DENIED("ENOENT"));
        cr_assert_eq(findings.n_items, 1);
        cr_assert_eq(trial_drop_in(&findings, &properties, &text), 0);
        cr_expect_null(text);
        trial_findings_clear(&findings);
}

/* left4me.conf takes the list as it is. */
Test(trial_remedy, lists_only_directories_that_the_configuration_can_name) {
        static const char *const paths[] = {
                "left4dead2/my stats/a b",     "left4dead2/ems/x/",  "left4dead2/ems/x ../../y/z",
                "left4dead2/addons/.hidden/b", "left4dead2/.hidden", "bin/x",
                "left4dead2/maps/\\303\\244",
        };
        TrialFindings findings = {};
        char *text;

        for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
                char line[200];

                (void) snprintf(
                        line, sizeof(line), "mkdir(\"%s\", 0777) = " DENIED("EACCES"), paths[i]);
                add(&findings, line);
        }
        cr_assert_eq(findings.n_items, ELEMENTSOF(paths));
        cr_assert_eq(trial_writable_directories(&findings, TREE, &text), 0);
        cr_expect_str_eq(
                text, "\"left4dead2/my stats/a b\" left4dead2/ems/x left4dead2/ems/y/z "
                      "left4dead2/addons left4dead2/maps");
        free(text);
        trial_findings_clear(&findings);
}

Test(trial_remedy, only_directories_of_the_game_can_be_writable) {
        TrialDenial denial = { .kind = TRIAL_WRITE, .directive = "writable_directories=" };
        char *text;

        (void) strcpy(denial.subject, TREE "/bin/x");
        cr_assert_eq(trial_remedy(&denial, TREE, &text), 0);
        cr_expect(strstr(text, "nothing:") == text);
        free(text);
        (void) strcpy(denial.subject, TREE "/left4dead2/addons/x/a.txt");
        cr_assert_eq(trial_remedy(&denial, TREE, &text), 0);
        cr_expect_str_eq(text, "writable_directories= with left4dead2/addons/x");
        free(text);
}
