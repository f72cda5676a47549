/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rcon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bans.h"
#include "console.h"
#include "cvar.h"
#include "log.h"

#define TYPE_RESPONSE 0U
#define TYPE_COMMAND  2U /* from the client; the result of an authentication to it */
#define TYPE_AUTH     3U
#define SIZE_MIN      10U
#define SIZE_MAX_IN   4096U
#define BODY_MAX      (4096U - SIZE_MIN)
#define ADDRESSES_MAX 32U
#define FAILURES_MAX  16U

typedef struct Client {
        int fd; /* -1: free */
        bool authenticated;
        bool closing; /* once `out` is sent */
        char address[INET_ADDRSTRLEN];
        uint16_t port;
        Buffer in;
        Buffer out;
} Client;

/* When an address failed to authenticate, the last few times. */
typedef struct Failures {
        char address[INET_ADDRSTRLEN];
        uint64_t times[FAILURES_MAX];
        unsigned n;
} Failures;

struct Rcon {
        Client clients[RCON_CLIENTS_MAX];
        Failures failures[ADDRESSES_MAX];
        unsigned n_failures;
};

Rcon *rcon_new(void) {
        Rcon *r = calloc(1, sizeof(*r));

        if (!r)
                abort();

        for (unsigned i = 0; i < RCON_CLIENTS_MAX; i++)
                r->clients[i].fd = -1;
        return r;
}

static void client_close(Client *c) {
        if (c->fd >= 0)
                close(c->fd);
        buffer_done(&c->in);
        buffer_done(&c->out);
        *c = (Client) { .fd = -1 };
}

Rcon *rcon_free(Rcon *r) {
        if (!r)
                return NULL;

        for (unsigned i = 0; i < RCON_CLIENTS_MAX; i++)
                client_close(r->clients + i);
        free(r);
        return NULL;
}

static void put_packet(Client *c, uint32_t id, uint32_t type, const void *body, size_t size) {
        buffer_put_u32(&c->out, (uint32_t) (size + SIZE_MIN));
        buffer_put_u32(&c->out, id);
        buffer_put_u32(&c->out, type);
        buffer_put(&c->out, body, size);
        buffer_put_u16(&c->out, 0);
}

static Failures *failures_of(Rcon *r, const char *address) {
        Failures *f;

        for (unsigned i = 0; i < r->n_failures; i++)
                if (strcmp(r->failures[i].address, address) == 0)
                        return r->failures + i;

        /* With more addresses than room the first is forgotten. */
        f = r->failures + (r->n_failures < ADDRESSES_MAX ? r->n_failures++ : 0);
        *f = (Failures) {};
        snprintf(f->address, sizeof(f->address), "%s", address);
        return f;
}

/* Returns true if that was one failure too many. */
static bool count_failure(Rcon *r, const char *address) {
        const uint64_t now = now_ms(), window = cvar_number("sv_rcon_minfailuretime") * 1000ULL;
        Failures *f = failures_of(r, address);
        unsigned kept = 0;

        for (unsigned i = 0; i < f->n; i++)
                if (now - f->times[i] < window)
                        f->times[kept++] = f->times[i];
        if (kept < FAILURES_MAX)
                f->times[kept++] = now;

        f->n = kept;
        return f->n >= cvar_number("sv_rcon_minfailures");
}

static void authenticate(Server *s, Client *c, uint32_t id, const char *password) {
        const char *right = cvar_string("rcon_password");

        put_packet(c, id, TYPE_RESPONSE, NULL, 0);

        /* Without a password set, every login fails. */
        if (*right != '\0' && strcmp(password, right) == 0) {
                c->authenticated = true;
                put_packet(c, id, TYPE_COMMAND, NULL, 0);
                return;
        }

        put_packet(c, UINT32_MAX, TYPE_COMMAND, NULL, 0);
        log_line(s, "rcon from \"%s:%u\": Bad Password", c->address, c->port);
        if (count_failure(s->rcon, c->address)) {
                printf("Banning %s for rcon hacking attempts\n", c->address);
                ban_add(BAN_ADDRESS, c->address, cvar_number("sv_rcon_banpenalty"));
                c->closing = true;
        }
}

static void run_command(Server *s, Client *c, uint32_t id, const char *line) {
        Buffer reply = {};
        size_t sent = 0;

        if (!c->authenticated) {
                put_packet(c, UINT32_MAX, TYPE_COMMAND, NULL, 0);
                return;
        }

        if (cvar_number("sv_rcon_log"))
                log_line(s, "rcon from \"%s:%u\": command \"%s\"", c->address, c->port, line);

        s->reply = &reply;
        console_run(s, line);
        s->reply = NULL;

        do {
                size_t size = reply.size - sent < BODY_MAX ? reply.size - sent : BODY_MAX;

                put_packet(c, id, TYPE_RESPONSE, reply.data ? reply.data + sent : NULL, size);
                sent += size;
        } while (sent < reply.size);

        buffer_done(&reply);
}

static void mirror(Client *c, uint32_t id) {
        static const uint8_t trailer[] = { 0, 0, 0, 1, 0, 0, 0, 0 };

        put_packet(c, id, TYPE_RESPONSE, NULL, 0);
        put_packet(c, id, TYPE_RESPONSE, trailer, sizeof(trailer));
}

/* `body` ends with a NUL. */
static void handle_packet(Server *s, Client *c, uint32_t id, uint32_t type, const char *body) {
        switch (type) {
        case TYPE_AUTH:
                authenticate(s, c, id, body);
                break;
        case TYPE_COMMAND:
                run_command(s, c, id, body);
                break;
        case TYPE_RESPONSE:
                if (c->authenticated)
                        mirror(c, id);
                break;
        default:
                c->closing = true;
        }
}

/* Handles all packets that are there whole. */
static void handle_input(Server *s, Client *c) {
        while (!c->closing && c->in.size >= 4) {
                uint32_t size = read_u32(c->in.data);

                if (size < SIZE_MIN || size > SIZE_MAX_IN) {
                        c->closing = true;
                        return;
                }
                if (c->in.size < 4 + size)
                        return;
                if (c->in.data[4 + size - 1] != 0 || c->in.data[4 + size - 2] != 0) {
                        c->closing = true;
                        return;
                }

                handle_packet(
                        s, c, read_u32(c->in.data + 4), read_u32(c->in.data + 8),
                        (const char *) c->in.data + 12);
                buffer_consume(&c->in, 4 + size);
        }
}

static void client_read(Server *s, Client *c) {
        uint8_t bytes[4096];
        ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (n < 0 && errno == EAGAIN)
                return;
        if (n <= 0) {
                client_close(c);
                return;
        }

        buffer_put(&c->in, bytes, (size_t) n);
        handle_input(s, c);
}

static void client_write(Client *c) {
        while (c->fd >= 0 && c->out.size > 0) {
                ssize_t n = send(c->fd, c->out.data, c->out.size, MSG_DONTWAIT | MSG_NOSIGNAL);

                if (n < 0 && errno == EAGAIN)
                        return;
                if (n < 0) {
                        client_close(c);
                        return;
                }
                buffer_consume(&c->out, (size_t) n);
        }

        if (c->closing)
                client_close(c);
}

static Client *free_client(Rcon *r) {
        for (unsigned i = 0; i < RCON_CLIENTS_MAX; i++)
                if (r->clients[i].fd < 0)
                        return r->clients + i;

        return NULL;
}

static void accept_client(Server *s) {
        char address[INET_ADDRSTRLEN];
        struct sockaddr_in peer = {};
        socklen_t size = sizeof(peer);
        Client *c;
        int fd;

        fd = accept4(s->rcon_fd, (struct sockaddr *) &peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
                return;

        inet_ntop(AF_INET, &peer.sin_addr, address, sizeof(address));
        c = free_client(s->rcon);
        if (!c || ban_holds(BAN_ADDRESS, address)) {
                close(fd);
                return;
        }

        c->fd = fd;
        c->port = ntohs(peer.sin_port);
        snprintf(c->address, sizeof(c->address), "%s", address);
}

nfds_t rcon_poll(const Server *s, struct pollfd *fds) {
        nfds_t n = 0;

        fds[n++] = (struct pollfd) { .fd = s->rcon_fd, .events = POLLIN };
        for (unsigned i = 0; i < RCON_CLIENTS_MAX; i++) {
                const Client *c = s->rcon->clients + i;

                /* A client that does not read its answers is not heard either. */
                fds[n++] = (struct pollfd) { .fd = c->fd,
                                             .events = c->out.size > 0 ? POLLOUT : POLLIN };
        }

        return n;
}

void rcon_serve(Server *s, const struct pollfd *fds, nfds_t n) {
        for (nfds_t i = 1; i < n; i++) {
                Client *c = s->rcon->clients + i - 1;

                if (fds[i].revents == 0 || c->fd != fds[i].fd)
                        continue;
                if (c->out.size == 0)
                        client_read(s, c);
                client_write(c);
        }

        if (fds[0].revents & POLLIN)
                accept_client(s);
}

void rcon_drop(Server *s) {
        for (unsigned i = 0; i < RCON_CLIENTS_MAX; i++)
                s->rcon->clients[i].closing = true;
}

void rcon_flush(Server *s) {
        for (unsigned i = 0; i < RCON_CLIENTS_MAX; i++)
                client_write(s->rcon->clients + i);
}
