/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* D6: the control plane: the bus, the service manager and the journal. */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "calls.h"
#include "tries.h"

#define BUS "/run/dbus/system_bus_socket"

static int connect_unix(const char *path, int type) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd;

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
        fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return fd;
}

static int try_stream(const Attempt *a, const Targets *t) {
        int fd = connect_unix(a->object, SOCK_STREAM);

        (void) t;
        return fd < 0 ? fd : 0;
}

static int try_datagram(const Attempt *a, const Targets *t) {
        int fd = connect_unix(a->object, SOCK_DGRAM);

        (void) t;
        return fd < 0 ? fd : 0;
}

/* The whole way as i386, also from a 64-bit program. */
static int try_int80(const Attempt *a, const Targets *t) {
        struct sockaddr_un *address = low_page();
        long fd, r;

        (void) t;
        if (!address)
                return -ENOMEM;
        address->sun_family = AF_UNIX;
        (void) snprintf(address->sun_path, sizeof(address->sun_path), "%s", a->object);

        fd = socketcall(SOCKETCALL_SOCKET, AF_UNIX, SOCK_STREAM, 0);
        if (fd < 0)
                return (int) fd;
        r = socketcall(SOCKETCALL_CONNECT, fd, (long) (uintptr_t) address, sizeof(*address));
        return r < 0 ? (int) r : 0;
}

/* Not just a connection: the bus accepts this user. */
static int try_bus_login(const Attempt *a, const Targets *t) {
        char line[64], hello[64] = "", number[16];
        int fd = connect_unix(a->object, SOCK_STREAM);
        ssize_t n;

        (void) t;
        if (fd < 0)
                return fd;

        (void) snprintf(number, sizeof(number), "%u", geteuid());
        for (const char *c = number; *c; c++)
                (void) snprintf(hello + strlen(hello), sizeof(hello) - strlen(hello), "%02x", *c);
        n = snprintf(line, sizeof(line), "%cAUTH EXTERNAL %s\r\n", 0, hello);
        if (send(fd, line, (size_t) n, 0) < 0)
                return -errno;

        n = recv(fd, line, sizeof(line), 0);
        if (n < 0)
                return -errno;
        return n >= 2 && memcmp(line, "OK", 2) == 0 ? 0 : -EACCES;
}

#define MANAGER \
        "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"

/* execv() takes strings that may be changed, and changes none. */
static int busctl(const char *const arguments[]) {
        return run((char *const *) (uintptr_t) arguments);
}

/* The manager shows every unit's properties, Environment= among them, to any process that reaches
 * the bus. */
static int try_properties(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return busctl((const char *const[]) { "/usr/bin/busctl", "get-property", MANAGER,
                                              "Environment", NULL });
}

static int try_start(const Attempt *a, const Targets *t) {
        (void) t;
        return busctl((const char *const[]) { "/usr/bin/busctl", "call", MANAGER, "StartUnit", "ss",
                                              a->object, "replace", NULL });
}

/* A unit of one's own making, which would run as root. */
/* Each ABI has a unit of its own: one that has just ended may still be loaded. */
static int try_start_transient(const Attempt *a, const Targets *t) {
        const char *unit =
                sizeof(void *) == 4 ? "left4me-probe-i386.service" : "left4me-probe-x86-64.service";

        (void) a;
        (void) t;
        return busctl((const char *const[]) { "/usr/bin/busctl", "call", MANAGER,
                                              "StartTransientUnit", "ssa(sv)a(sa(sv))", unit,
                                              "replace", "1", "ExecStart", "a(sasb)", "1",
                                              "/bin/true", "1", "/bin/true", "false", "0", NULL });
}

/* Asks polkit for all actions and who may do them. */
static int try_polkit(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return busctl((const char *const[]) {
                "/usr/bin/busctl", "call", "org.freedesktop.PolicyKit1",
                "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority",
                "EnumerateActions", "s", "", NULL });
}

/* A stream as systemd makes it for a service, with a name of one's own choice. */
static int try_forge_stream(const Attempt *a, const Targets *t) {
        static const char stream[] = "sshd\n\n6\n0\n0\n0\n0\nforged\n";
        int fd = connect_unix(a->object, SOCK_STREAM);

        (void) t;
        return fd < 0 ? fd : result(send(fd, stream, sizeof(stream) - 1, MSG_NOSIGNAL));
}

static int try_forge_syslog(const Attempt *a, const Targets *t) {
        static const char line[] = "<38>sshd[1]: forged";
        int fd = connect_unix(a->object, SOCK_DGRAM);

        (void) t;
        return fd < 0 ? fd : result(send(fd, line, sizeof(line) - 1, 0));
}

/* A journal entry of one's own making, in the journal's own protocol. */
static int try_forge(const Attempt *a, const Targets *t) {
        static const char entry[] = "MESSAGE=forged\nSYSLOG_IDENTIFIER=sshd\n";
        int fd = connect_unix(a->object, SOCK_DGRAM);

        (void) t;
        return fd < 0 ? fd : result(send(fd, entry, sizeof(entry) - 1, 0));
}

const Attempt d6_attempts[] = {
        { "D6a", "connect", BUS, try_stream },
        { "D6a", "int80-connect", BUS, try_int80 },
        { "D6a", "bus-login", BUS, try_bus_login },
        { "D6a", "bus-properties", "manager", try_properties },

        { "D6b", "connect", "/run/systemd/private", try_stream },
        { "D6b", "connect", "/run/systemd/notify", try_datagram },
        { "D6b", "connect", "/run/systemd/userdb/io.systemd.DynamicUser", try_stream },
        { "D6b", "connect", "/run/systemd/io.systemd.ManagedOOM", try_stream },
        { "D6b", "connect", "/run/systemd/io.systemd.Credentials", try_stream },
        { "D6b", "connect", "/run/systemd/io.systemd.Hostname", try_stream },
        { "D6b", "connect", "/run/systemd/journal/io.systemd.journal", try_stream },

        { "D6c", "forge", "/run/systemd/journal/socket", try_forge },
        { "D6c", "forge-stream", "/run/systemd/journal/stdout", try_forge_stream },
        { "D6c", "forge-syslog", "/run/systemd/journal/dev-log", try_forge_syslog },
        { "D6c", "forge-syslog", "/dev/log", try_forge_syslog },

        { "D6d", "start-unit", "l4d2-reset@idle.service", try_start },
        { "D6d", "start-transient-unit", "left4me-probe-ABI.service", try_start_transient },
        { "D6d", "polkit", "enumerate-actions", try_polkit },
        {},
};
