/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rcon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
#define HUGE_SIZE     (8U * 1024 * 1024)
#define FOREIGN_ID    0x5eaf00dU

typedef struct Client {
        int fd; /* -1: free */
        bool authenticated;
        bool closing; /* once `out` is sent */
        char address[INET_ADDRSTRLEN];
        uint16_t port;
        Buffer in;
        Buffer out;
        Buffer held;        /* an answer that comes after its end mark */
        RconMode mode;      /* of the answer that is due, and its end mark */
        uint64_t next_due;  /* of a slow answer */
        size_t packet_left; /* of the packet that is being sent, if they go one at a time */
} Client;

/* When an address failed to authenticate, the last few times. */
typedef struct Failures {
        char address[INET_ADDRSTRLEN];
        uint64_t times[FAILURES_MAX];
        unsigned n;
        unsigned total;
} Failures;

struct Rcon {
        Client clients[RCON_CLIENTS_MAX];
        Failures failures[ADDRESSES_MAX];
        unsigned n_failures;
        RconMode mode;
        unsigned mode_left; /* 0: until it is changed */
        unsigned n_authentications;
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
        buffer_done(&c->held);
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

/* The mode for an answer that is due now. */
static RconMode take_mode(Rcon *r, bool is_authentication) {
        RconMode mode = r->mode;

        if (!rcon_mode_is_for(mode, is_authentication))
                return RCON_NORMAL;

        if (r->mode_left > 0 && --r->mode_left == 0)
                r->mode = RCON_NORMAL;
        return mode;
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
        return ++f->total >= cvar_number("sv_rcon_maxfailures") ||
               f->n >= cvar_number("sv_rcon_minfailures");
}

static void authenticate(Server *s, Client *c, uint32_t id, const char *password) {
        const char *right = cvar_string("rcon_password");

        s->rcon->n_authentications++;
        c->mode = take_mode(s->rcon, true);
        if (c->mode == RCON_SILENT)
                return;

        if (c->mode != RCON_NO_EMPTY)
                put_packet(c, id, TYPE_RESPONSE, NULL, 0);
        if (c->mode == RCON_REFUSE) {
                put_packet(c, UINT32_MAX, TYPE_COMMAND, NULL, 0);
                return;
        }

        /* Without a password set, every login fails. */
        if (*right != '\0' && strcmp(password, right) == 0) {
                c->authenticated = true;
                put_packet(c, id, TYPE_COMMAND, NULL, 0);
                return;
        }

        put_packet(c, UINT32_MAX, TYPE_COMMAND, NULL, 0);
        if (cvar_number("sv_rcon_log"))
                log_line(s, "rcon from \"%s:%u\": Bad Password", c->address, c->port);
        if (count_failure(s->rcon, c->address)) {
                printf("Banning %s for rcon hacking attempts\n", c->address);
                ban_enforce(s, BAN_ADDRESS, c->address, cvar_number("sv_rcon_banpenalty"), false);
                c->closing = true;
        }
}

static void put_text(Client *c, uint32_t id, const char *text) {
        put_packet(c, id, TYPE_RESPONSE, text, strlen(text));
}

/* A line of the log that happened to be written then, in the packets that the engine makes. */
static void put_log(Client *c) {
        put_text(c, 0, "L 11/30/2026 - 12:00:00: World triggered \"Round_Start\"\n");
}

static void put_answer(Client *c, uint32_t id, const Buffer *reply) {
        size_t sent = 0;

        do {
                size_t size = reply->size - sent < BODY_MAX ? reply->size - sent : BODY_MAX;

                if (c->mode == RCON_LOG)
                        put_log(c);
                put_packet(c, id, TYPE_RESPONSE, reply->data ? reply->data + sent : NULL, size);
                sent += size;
        } while (sent < reply->size);
}

static void put_huge(Client *c, uint32_t id) {
        static const char more[BODY_MAX];

        for (size_t size = 0; size < HUGE_SIZE; size += BODY_MAX)
                put_packet(c, id, TYPE_RESPONSE, more, BODY_MAX);
}

static void put_answer_by_mode(Client *c, uint32_t id, const Buffer *reply) {
        static const uint8_t garbage[] = "\xff\xff\xff\x7fHTTP/1.1 400 Bad Request\r\n\r\n";
        size_t before = c->out.size;

        if (c->mode == RCON_SILENT)
                return;
        if (c->mode == RCON_GARBAGE) {
                buffer_put(&c->out, garbage, sizeof(garbage));
                return;
        }

        if (c->mode == RCON_STRAY)
                put_text(c, FOREIGN_ID, "a foreign packet\n");
        put_answer(c, c->mode == RCON_WRONG_ID ? id + FOREIGN_ID : id, reply);

        if (c->mode == RCON_HUGE)
                put_huge(c, id);
        if (c->mode == RCON_LATE) {
                buffer_put(&c->held, c->out.data + before, c->out.size - before);
                c->out.size = before;
        }
        if (c->mode == RCON_CLOSE) {
                c->out.size = before + (c->out.size - before) / 2;
                c->closing = true;
        }
}

static void run_command(Server *s, Client *c, uint32_t id, const char *line) {
        Buffer reply = {};

        if (!c->authenticated) {
                put_packet(c, UINT32_MAX, TYPE_COMMAND, NULL, 0);
                return;
        }

        c->mode = take_mode(s->rcon, false);
        s->reply = &reply;
        console_run(s, line);
        /* Afterwards, and into the answer too: captures of real servers end with this line. */
        if (cvar_number("sv_rcon_log"))
                log_line(s, "rcon from \"%s:%u\": command \"%s\"", c->address, c->port, line);
        s->reply = NULL;

        put_answer_by_mode(c, id, &reply);
        buffer_done(&reply);
}

static void mirror(Client *c, uint32_t id) {
        static const uint8_t trailer[] = { 0, 0, 0, 1, 0, 0, 0, 0 };

        if (c->mode == RCON_NO_MIRROR || c->mode == RCON_SILENT)
                return;

        if (c->mode == RCON_STRAY)
                put_text(c, id + FOREIGN_ID, "another foreign packet\n");
        put_packet(c, id, TYPE_RESPONSE, NULL, 0);
        put_packet(c, id, TYPE_RESPONSE, trailer, sizeof(trailer));

        if (c->held.size > 0) {
                buffer_put(&c->out, c->held.data, c->held.size);
                buffer_consume(&c->held, c->held.size);
        }
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

/* How much of the output may go now, before a pause. */
static size_t allowance(Client *c) {
        size_t size = c->out.size;

        if (c->mode == RCON_SLOW)
                size = 1;
        else if (c->mode == RCON_SEGMENTS)
                size = 3;
        else if (c->mode == RCON_PACKETS) {
                if (c->packet_left == 0 && c->out.size >= 4)
                        c->packet_left = 4 + (size_t) read_u32(c->out.data);
                size = c->packet_left;
        }

        return size < c->out.size ? size : c->out.size;
}

/* Milliseconds after a portion. */
static unsigned pause_after(const Client *c) {
        switch (c->mode) {
        case RCON_SLOW:
                return cvar_number("standin_rcon_pause");
        case RCON_PACKETS:
                return c->packet_left == 0 ? cvar_number("standin_rcon_pause") : 0;
        case RCON_SEGMENTS:
                return 1;
        default:
                return 0;
        }
}

static void client_write(Client *c) {
        while (c->fd >= 0 && c->out.size > 0 && c->next_due <= now_ms()) {
                ssize_t n = send(c->fd, c->out.data, allowance(c), MSG_DONTWAIT | MSG_NOSIGNAL);
                unsigned pause;

                if (n < 0 && errno == EAGAIN)
                        return;
                if (n < 0) {
                        client_close(c);
                        return;
                }
                buffer_consume(&c->out, (size_t) n);
                if (c->mode == RCON_PACKETS)
                        c->packet_left -= (size_t) n;
                pause = pause_after(c);
                c->next_due = pause > 0 ? now_ms() + pause : 0;
        }

        if (c->closing && c->out.size == 0)
                client_close(c);
}

static Client *free_client(Rcon *r) {
        for (unsigned i = 0; i < RCON_CLIENTS_MAX; i++)
                if (r->clients[i].fd < 0)
                        return r->clients + i;

        return NULL;
}

/* Without -ip the loopback address is not one of the server's. */
static bool is_refused(const Server *s, int fd) {
        struct sockaddr_in own = {};
        socklen_t size = sizeof(own);

        return !s->has_address && getsockname(fd, (struct sockaddr *) &own, &size) == 0 &&
               ntohl(own.sin_addr.s_addr) >> 24 == 127;
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
        if (!c || ban_holds(BAN_ADDRESS, address) || is_refused(s, fd)) {
                close(fd);
                return;
        }

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int) { 1 }, sizeof(int));
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
                                             .events = c->out.size == 0         ? POLLIN
                                                       : c->next_due > now_ms() ? 0
                                                                                : POLLOUT };
        }

        return n;
}

void rcon_serve(Server *s, const struct pollfd *fds, nfds_t n) {
        for (nfds_t i = 1; i < n; i++) {
                Client *c = s->rcon->clients + i - 1;

                if (c->fd < 0 || c->fd != fds[i].fd || (fds[i].revents == 0 && c->next_due == 0))
                        continue;
                if (c->out.size == 0 && fds[i].revents != 0)
                        client_read(s, c);
                client_write(c);
        }

        if (fds[0].revents & POLLIN)
                accept_client(s);
}

void rcon_misbehave(Server *s, RconMode mode, unsigned count) {
        s->rcon->mode = mode;
        s->rcon->mode_left = count;
}

uint64_t rcon_next_due(const Server *s) {
        uint64_t due = UINT64_MAX;

        for (unsigned i = 0; i < RCON_CLIENTS_MAX; i++) {
                const Client *c = s->rcon->clients + i;

                if (c->fd >= 0 && c->out.size > 0 && c->next_due > 0 && c->next_due < due)
                        due = c->next_due;
        }

        return due;
}

unsigned rcon_authentications(const Server *s) {
        return s->rcon->n_authentications;
}

void rcon_drop(Server *s) {
        for (unsigned i = 0; i < RCON_CLIENTS_MAX; i++)
                s->rcon->clients[i].closing = s->rcon->clients[i].fd >= 0;
}

void rcon_flush(Server *s) {
        for (unsigned i = 0; i < RCON_CLIENTS_MAX; i++)
                client_write(s->rcon->clients + i);
}
