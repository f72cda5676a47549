/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/console-connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "layer/tree-record.h"
#include "systemd/unit-ports.h"

/* A request is the name and a line feed; the answer an int32_t, 0 or -errno. After 0 the bytes of
 * the connection follow, in both directions. */
enum { WAIT_SECONDS = 5, IDLE_SECONDS = 60, REQUEST_MAX = INSTANCE_NAME_MAX + 2, COPY_MAX = 16384 };

static void limit_waiting(int fd) {
        const struct timeval limit = { .tv_sec = WAIT_SECONDS };

        (void) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        (void) setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* --- the client ---------------------------------------------------------------------------------
 */

static int open_socket(void) {
        const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = CONSOLE_SOCKET };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        limit_waiting(fd);
        if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int receive_result(int fd) {
        int32_t result;
        ssize_t n = recv(fd, &result, sizeof(result), MSG_WAITALL);

        if (n < 0)
                return errno == EAGAIN ? -ETIMEDOUT : -errno;
        return n == sizeof(result) && result <= 0 ? result : -EBADMSG;
}

int console_connection_ask(const char *name) {
        _cleanup_close_ int fd = open_socket();
        char request[REQUEST_MAX];
        int n, r;

        if (fd < 0)
                return -EAFNOSUPPORT;
        n = snprintf(request, sizeof(request), "%s\n", name);
        if (n < 0 || (size_t) n >= sizeof(request))
                return -EINVAL;
        if (send(fd, request, (size_t) n, MSG_NOSIGNAL) != n)
                return -errno;
        r = receive_result(fd);
        if (r < 0)
                return r;
        if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        return TAKE_FD(fd);
}

/* --- the service --------------------------------------------------------------------------------
 */

/* A request may come in pieces. */
static int read_request(int fd, char name[static REQUEST_MAX]) {
        for (size_t size = 0; size < REQUEST_MAX - 1;) {
                ssize_t n = recv(fd, name + size, REQUEST_MAX - 1 - size, 0);
                char *end;

                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                size += (size_t) n;
                end = memchr(name, '\n', size);
                if (!end)
                        continue;
                *end = '\0';
                return end + 1 == name + size && strlen(name) == size - 1 &&
                                       instance_name_is_valid(name)
                               ? 0
                               : -EBADMSG;
        }
        return -EBADMSG;
}

static int connect_to(const Paths *paths, const char *name) {
        struct sockaddr_in address = {
                .sin_family = AF_INET,
        };
        _cleanup_close_ int fd = -EBADF;
        char text[INET_ADDRSTRLEN];
        int one = 1, r;
        uint16_t port;

        r = tree_port_read(paths, name, &port);
        if (r < 0)
                return r == -ENOENT ? -ENOTCONN : r;
        address.sin_port = htons(port);
        game_address(port, text);
        if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
                return -EINVAL;
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        limit_waiting(fd);
        if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return errno == EINPROGRESS ? -ETIMEDOUT : -errno;
        /* A command and its end marker are two small packets. */
        (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        return TAKE_FD(fd);
}

/* Bytes that were read at one end and not yet written at the other. */
typedef struct Flow {
        int from, to;
        size_t begin, end;
        char data[COPY_MAX];
} Flow;

/* 1; 0: this end is closed. */
static int fill(Flow *flow) {
        ssize_t n = recv(flow->from, flow->data, sizeof(flow->data), 0);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 1 : 0;
        flow->begin = 0;
        flow->end = (size_t) n;
        return n > 0;
}

static int drain(Flow *flow) {
        ssize_t n = send(flow->to, flow->data + flow->begin, flow->end - flow->begin, MSG_NOSIGNAL);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 1 : 0;
        flow->begin += (size_t) n;
        return 1;
}

static bool is_full(const Flow *flow) {
        return flow->begin < flow->end;
}

/* The events to wait for at an end that one flow reads from and the other writes to. */
static struct pollfd wanted(const Flow *reads, const Flow *writes) {
        return (struct pollfd) {
                .fd = reads->from,
                .events = (short) ((is_full(reads) ? 0 : POLLIN) | (is_full(writes) ? POLLOUT : 0)),
        };
}

static int step(Flow *reads, Flow *writes, short events) {
        if ((events & POLLOUT) && drain(writes) == 0)
                return 0;
        if (!is_full(reads) && (events & (POLLIN | POLLHUP | POLLERR)))
                return fill(reads);
        return 1;
}

/* Until an end is closed. -ETIMEDOUT: nothing came for a while. */
static int copy(int client_fd, int server_fd) {
        Flow up = { .from = client_fd, .to = server_fd };
        Flow down = { .from = server_fd, .to = client_fd };

        if (fcntl(client_fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(server_fd, F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        for (;;) {
                struct pollfd ends[] = { wanted(&up, &down), wanted(&down, &up) };
                int n = poll(ends, 2, IDLE_SECONDS * 1000);

                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0)
                        return -ETIMEDOUT;
                if (n > 0 && (step(&up, &down, ends[0].revents) == 0 ||
                              step(&down, &up, ends[1].revents) == 0))
                        return 0;
        }
}

int console_connection_serve(const Paths *paths, int client_fd) {
        _cleanup_close_ int server_fd = -EBADF;
        char name[REQUEST_MAX];
        int32_t result;
        int r;

        limit_waiting(client_fd);
        r = read_request(client_fd, name);
        if (r >= 0)
                r = server_fd = connect_to(paths, name);
        result = r < 0 ? r : 0;
        if (send(client_fd, &result, sizeof(result), MSG_NOSIGNAL) < 0 && r >= 0)
                return -errno;
        return r < 0 ? r : copy(client_fd, server_fd);
}
