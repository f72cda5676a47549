/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* D5: the other server on the host, which runs with the same user. */

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

#include "objects.h"
#include "tries.h"

#define NEIGHBOUR "/var/lib/left4me/runtime/neighbour/"

static int socket_type(const Attempt *a) {
        return strncmp(a->object, "udp", 3) == 0 ? SOCK_DGRAM : SOCK_STREAM;
}

static int try_bind(const Attempt *a, const Targets *t) {
        struct sockaddr_in address = { .sin_family = AF_INET };
        int fd;

        if (strcmp(a->object + 4, "idle-port") == 0)
                address.sin_port = htons(t->idle_port);
        else if (strcmp(a->object + 4, "neighbours-port") == 0)
                address.sin_port = htons(t->neighbour_port);

        fd = socket(AF_INET, socket_type(a) | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        return result(bind(fd, (struct sockaddr *) &address, sizeof(address)));
}

/* A port that another process of the same user shares: half of its packets would come here. */
static int try_share(const Attempt *a, const Targets *t) {
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons(OBJECTS_SHARED_PORT) };
        int fd, on = 1;

        (void) a;
        (void) t;
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0)
                return -errno;
        return result(bind(fd, (struct sockaddr *) &address, sizeof(address)));
}

static int try_bind6(const Attempt *a, const Targets *t) {
        struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons(t->idle_port) };
        int fd;

        fd = socket(AF_INET6, socket_type(a) | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return errno == EAFNOSUPPORT ? -NOT_APPLICABLE : -errno;
        return result(bind(fd, (struct sockaddr *) &address, sizeof(address)));
}

/* The kernel chooses the port itself, without asking anybody. */
static int try_listen(const Attempt *a, const Targets *t) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void) a;
        (void) t;
        return fd < 0 ? -errno : result(listen(fd, 1));
}

static int try_connect(const Attempt *a, const Targets *t) {
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons(t->neighbour_port) };
        int fd;

        (void) a;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        return result(connect(fd, (struct sockaddr *) &address, sizeof(address)));
}

/* A command without the password. The neighbour hangs up or says nothing. */
static int try_command(const Attempt *a, const Targets *t) {
        static const char packet[] = "\x10\0\0\0\1\0\0\0\2\0\0\0status\0";
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons(t->neighbour_port) };
        struct timeval second = { .tv_sec = 1 };
        char answer[256];
        ssize_t n;
        int fd;

        (void) a;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) < 0 ||
            connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ||
            send(fd, packet, sizeof(packet), MSG_NOSIGNAL) < 0)
                return -errno;

        n = recv(fd, answer, sizeof(answer), 0);
        if (n < 0)
                return -errno;
        if (n < 12)
                return -ECONNRESET;
        /* The answer to a client without a login has the number -1. */
        return memcmp(answer + 4, "\xff\xff\xff\xff", 4) == 0 ? -EACCES : 0;
}

static int try_abstract(const Attempt *a, const Targets *t) {
        struct sockaddr_un address;
        socklen_t size = objects_address(&address);
        int fd;

        (void) a;
        (void) t;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        return result(connect(fd, (struct sockaddr *) &address, size));
}

static int try_shmget(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return result(shmget(OBJECTS_IPC_KEY, 1, 0600));
}

static int try_semget(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return result(semget(OBJECTS_IPC_KEY, 1, 0600));
}

static int try_msgget(const Attempt *a, const Targets *t) {
        (void) a;
        (void) t;
        return result(msgget(OBJECTS_IPC_KEY, 0600));
}

static int try_mq_open(const Attempt *a, const Targets *t) {
        (void) t;
        return result(mq_open(a->object, O_RDONLY | O_CLOEXEC));
}

const Attempt d5_attempts[] = {
        { "D5a", "list", NEIGHBOUR "upper", try_list },
        { "D5a", "list", NEIGHBOUR "merged", try_list },
        { "D5a", "list", NEIGHBOUR "work", try_list },
        { "D5a", "create", NEIGHBOUR "merged/left4dead2/logs", try_create },
        { "D5a", "create", NEIGHBOUR "upper/left4dead2/logs", try_create },

        { "D5b", "bind", "udp-idle-port", try_bind },
        { "D5b", "bind", "tcp-idle-port", try_bind },
        { "D5b", "bind", "udp-neighbours-port", try_bind },
        { "D5b", "bind", "tcp-neighbours-port", try_bind },
        { "D5b", "share", "udp-port", try_share },
        { "D5b", "bind6", "udp-idle-port", try_bind6 },
        { "D5b", "bind6", "tcp-idle-port", try_bind6 },
        { "D5b", "bind", "tcp-port-0", try_bind },
        { "D5b", "listen", "unbound", try_listen },

        { "D5c", "connect", "neighbour-rcon", try_connect },
        { "D5c", "command", "neighbour-rcon", try_command },

        { "D5d", "connect", "abstract-socket", try_abstract },
        { "D5d", "shmget", "neighbour", try_shmget },
        { "D5d", "semget", "neighbour", try_semget },
        { "D5d", "msgget", "neighbour", try_msgget },
        { "D5d", "mq_open", OBJECTS_QUEUE, try_mq_open },

        { "D5e", "read", "/tmp/secret", try_read },
        { "D5e", "read", "/var/tmp/secret", try_read },
        { "D5e", "read", "/dev/shm/secret", try_read },
        {},
};
