/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http/accept.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/log.h"
#include "http/server.h"

/* In one go, before others get their turn. */
enum { ACCEPT_BATCH = 64 };

typedef union SocketAddress {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
        struct sockaddr_un local;
} SocketAddress;

/* --- addresses -------------------------------------------------------------------------------- */

/* An IPv4 address, or an IPv6 network of 64 bits, which is what one customer has. */
static uint64_t address_number(const SocketAddress *address) {
        uint64_t number = 0;

        if (address->any.sa_family == AF_INET)
                return address->ipv4.sin_addr.s_addr;
        if (IN6_IS_ADDR_V4MAPPED(&address->ipv6.sin6_addr)) {
                memcpy(&number, &address->ipv6.sin6_addr.s6_addr[12], 4);
                return number;
        }
        memcpy(&number, address->ipv6.sin6_addr.s6_addr, 8);
        return number;
}

static bool is_loopback(const SocketAddress *address) {
        const struct in6_addr *v6 = &address->ipv6.sin6_addr;

        if (address->any.sa_family == AF_INET)
                return ntohl(address->ipv4.sin_addr.s_addr) >> 24 == 127;
        return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
}

static uint16_t *address_count(HttpServer *s, const SocketAddress *address) {
        uint64_t hash = address_number(address) ^ s->address_key;

        /* The finalizer of MurmurHash3: with a secret key, good enough to spread. */
        hash ^= hash >> 33;
        hash *= UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 33;
        hash *= UINT64_C(0xc4ceb9fe1a85ec53);
        hash ^= hash >> 33;
        return &s->n_of_address[hash % HTTP_ADDRESS_BUCKETS];
}

/* Fills in who it is; false when there are too many of them. */
static bool identify(HttpServer *s, HttpConnection *c, const SocketAddress *address) {
        int family = address->any.sa_family;
        const void *bytes = family == AF_INET ? (const void *) &address->ipv4.sin_addr
                                              : (const void *) &address->ipv6.sin6_addr;

        if (family != AF_INET && family != AF_INET6) {
                c->is_local = true;
                (void) strcpy(c->address, "unix");
                return true;
        }

        if (!inet_ntop(family, bytes, c->address, sizeof(c->address)))
                return false;
        c->is_local = is_loopback(address);
        /* A proxy on this host speaks for many. */
        if (c->is_local)
                return true;

        uint16_t *count = address_count(s, address);

        if (*count >= HTTP_CONNECTIONS_PER_ADDRESS)
                return false;
        (*count)++;
        c->n_of_address = count;
        return true;
}

/* --- accepting -------------------------------------------------------------------------------- */

static void set_listening(HttpServer *s, int enabled) {
        for (size_t i = 0; i < s->n_listening; i++)
                (void) sd_event_source_set_enabled(s->listening[i], enabled);
}

/* Makes room when all connections are taken: closes the one that has been silent longest. */
static bool make_room(HttpServer *s) {
        Deadline *oldest;

        if (s->n_connections < HTTP_CONNECTIONS_MAX)
                return true;

        oldest = deadlines_first(s->deadlines, DEADLINE_HEADERS);
        if (oldest) {
                HttpConnection *c =
                        (HttpConnection *) (void *) ((char *) oldest -
                                                     offsetof(HttpConnection, deadline));

                deadline_set(s->deadlines, oldest, DEADLINE_NONE);
                (void) shutdown(c->fd, SHUT_RDWR);
                http_server_schedule(s);
        }

        s->is_paused = true;
        set_listening(s, SD_EVENT_OFF);
        return false;
}

static void take(HttpServer *s, int fd, const SocketAddress *address, socklen_t size) {
        HttpConnection *c = calloc(1, sizeof(*c));

        if (!c) {
                (void) close(fd);
                return;
        }
        c->server = s;
        c->fd = fd;
        c->deadline.kind = DEADLINE_NONE;
        c->request = s->handlers.make(s->handlers.userdata);
        if (c->request)
                c->request->connection = c;
        if (!c->request || !identify(s, c, address)) {
                (void) close(fd);
                http_connection_free(c);
                return;
        }

        /* It closes the descriptor itself when it fails. */
        s->accepted = c;
        (void) MHD_add_connection(s->daemon, fd, &address->any, size);
        if (s->accepted)
                http_connection_free(TAKE_PTR(s->accepted));
        http_server_schedule(s);
}

static int on_listening(
        _unused_ sd_event_source *source, int listen_fd, _unused_ uint32_t events, void *userdata) {
        HttpServer *s = userdata;

        for (int i = 0; i < ACCEPT_BATCH && make_room(s); i++) {
                SocketAddress address = {};
                socklen_t size = sizeof(address);
                int fd = accept4(listen_fd, &address.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd < 0) {
                        /* Without descriptors or memory it would be called again at once. */
                        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                            errno == ENOBUFS) {
                                s->is_paused = true;
                                set_listening(s, SD_EVENT_OFF);
                        }
                        break;
                }
                /* The unnamed address of a Unix socket. */
                if (size < sizeof(address.any))
                        address.any.sa_family = AF_UNIX;
                take(s, fd, &address, size);
        }
        return 0;
}

int http_server_listen(HttpServer *s, int fd) {
        int flags = fcntl(fd, F_GETFL), r;

        if (s->n_listening == HTTP_LISTEN_MAX)
                return -E2BIG;
        /* Connections are taken until there are none. */
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
                return -errno;
        if (s->address_key == 0 &&
            getrandom(&s->address_key, sizeof(s->address_key), 0) != sizeof(s->address_key))
                return -EIO;

        r = sd_event_add_io(s->event, &s->listening[s->n_listening], fd, EPOLLIN, on_listening, s);
        if (r < 0)
                return r;
        s->n_listening++;
        return 0;
}

void http_accept_resume(HttpServer *s) {
        if (!s->is_paused || s->is_stopping)
                return;
        s->is_paused = false;
        set_listening(s, SD_EVENT_ON);
}

void http_accept_stop(HttpServer *s) {
        set_listening(s, SD_EVENT_OFF);
}

void http_accept_free(HttpServer *s) {
        for (size_t i = 0; i < s->n_listening; i++)
                sd_event_source_disable_unref(s->listening[i]);
        s->n_listening = 0;
}
