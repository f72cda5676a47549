/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/rcon.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/time-text.h"
#include "query/rcon-packet.h"

typedef enum RconState {
        RCON_IDLE,       /* no command; a connection may be open */
        RCON_CONNECTING, /* connect(2) has begun */
        RCON_AUTH,       /* waits for the result of the authentication */
        RCON_COMMAND,    /* waits for the answer */
        RCON_REFUSED,    /* for good */
} RconState;

typedef struct Bytes {
        char *data;
        size_t size, allocated;
} Bytes;

struct Rcon {
        struct sockaddr_in address;
        char *password, *command;
        int fd;
        RconState state;
        bool is_repeatable;
        bool was_sent;   /* the command, on this connection */
        bool was_heard;  /* part of its answer */
        bool was_marked; /* its end came before it */
        bool has_reconnected;
        bool is_left;        /* the caller of the last command waits no longer */
        unsigned n_auths;    /* sent in a row without a result */
        unsigned n_commands; /* sent in a row on this connection without a whole answer */
        int32_t last_id;     /* of the last packet sent: the end marker of a command */
        int32_t id;          /* of the command, or of the authentication */
        Bytes out, in, answer;
        RconOpener opener; /* NULL: none */
        void *opener_userdata;
};

enum {
        IN_MAX = RCON_SIZE_MAX + 4 + 64 * 1024,
        ROUNDS_MAX = 64,   /* of one step */
        COMMANDS_MAX = 30, /* without an answer; then the connection is replaced */
};

/* --- bytes --------------------------------------------------------------------------------------
 */

/* Room for size more bytes and a NUL. */
static int bytes_reserve(Bytes *bytes, size_t size) {
        size_t wanted = bytes->size + size + 1, allocated = bytes->allocated;
        char *data;

        if (wanted <= allocated)
                return 0;
        while (allocated < wanted)
                allocated = allocated ? 2 * allocated : 4096;
        data = realloc(bytes->data, allocated);
        if (!data)
                return -ENOMEM;
        bytes->data = data;
        bytes->allocated = allocated;
        return 0;
}

static int bytes_add(Bytes *bytes, const void *data, size_t size) {
        int r;

        r = bytes_reserve(bytes, size);
        if (r < 0)
                return r;
        memcpy(bytes->data + bytes->size, data, size);
        bytes->size += size;
        bytes->data[bytes->size] = '\0';
        return 0;
}

static void bytes_remove(Bytes *bytes, size_t size) {
        bytes->size -= size;
        memmove(bytes->data, bytes->data + size, bytes->size);
}

static void bytes_clear(Bytes *bytes) {
        bytes->size = 0;
        if (bytes->data)
                bytes->data[0] = '\0';
}

/* --- the connection -----------------------------------------------------------------------------
 */

static void disconnect(Rcon *rcon) {
        rcon->fd = safe_close(rcon->fd);
        bytes_clear(&rcon->in);
        bytes_clear(&rcon->out);
        rcon->was_sent = rcon->was_heard = rcon->was_marked = rcon->is_left = false;
        rcon->n_commands = 0;
}

/* Ends the command, and the connection with it: bytes may follow that belong to the answer. */
static int fail(Rcon *rcon, int error) {
        disconnect(rcon);
        rcon->state = error == -EACCES ? RCON_REFUSED : RCON_IDLE;
        return error;
}

int rcon_set_address(Rcon *rcon, const char *address) {
        return inet_pton(AF_INET, address, &rcon->address.sin_addr) == 1 ? 0 : -EINVAL;
}

void rcon_set_opener(Rcon *rcon, RconOpener opener, void *userdata) {
        rcon->opener = opener;
        rcon->opener_userdata = userdata;
}

/* It is connected already: the next step finds out. */
static int borrow_connection(Rcon *rcon) {
        int fd = rcon->opener(rcon->opener_userdata);

        if (fd < 0)
                return fd;
        rcon->fd = fd;
        rcon->state = RCON_CONNECTING;
        return 0;
}

static int start_connection(Rcon *rcon) {
        int one = 1;

        rcon->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (rcon->fd < 0)
                return errno == EAFNOSUPPORT && rcon->opener ? borrow_connection(rcon) : -errno;
        /* The command and its end marker are two small packets. */
        (void) setsockopt(rcon->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));

        rcon->state = RCON_CONNECTING;
        if (connect(rcon->fd, (const struct sockaddr *) &rcon->address, sizeof(rcon->address)) <
                    0 &&
            errno != EINPROGRESS)
                return -errno;
        return 0;
}

static int queue_packet(Rcon *rcon, int32_t type, const char *body) {
        uint8_t packet[RCON_BUILD_MAX];
        int n;

        n = rcon_packet_build(++rcon->last_id, type, body, packet);
        return n < 0 ? n : bytes_add(&rcon->out, packet, (size_t) n);
}

static int send_auth(Rcon *rcon) {
        rcon->state = RCON_AUTH;
        rcon->n_auths++;
        rcon->last_id = 0;
        rcon->id = 1;
        return queue_packet(rcon, RCON_TYPE_AUTH, rcon->password);
}

/*
 * A long answer is several packets, and nothing in them says which is the last. A second packet
 * follows the command: the server answers in turn, so its echo ends the answer to the first.
 */
static int send_command(Rcon *rcon) {
        int r;

        rcon->state = RCON_COMMAND;
        /* Each connection counts from 1, and 0 and -1 are never used. */
        if (rcon->last_id > INT32_MAX - 8)
                rcon->last_id = 1;
        bytes_clear(&rcon->answer);
        r = queue_packet(rcon, RCON_TYPE_COMMAND, rcon->command);
        if (r < 0)
                return r;
        rcon->id = rcon->last_id;
        rcon->was_sent = true;
        rcon->n_commands++;
        return queue_packet(rcon, RCON_TYPE_RESPONSE, "");
}

/*
 * The connection ended. It is replaced once, silently, unless that could be the answer to a wrong
 * password: another try would count towards a ban.
 */
static int reconnect(Rcon *rcon, int error) {
        bool again = rcon->state == RCON_COMMAND && !rcon->has_reconnected && !rcon->was_heard &&
                     (rcon->is_repeatable || !rcon->was_sent);
        int r;

        if (!again)
                return fail(rcon, error);
        disconnect(rcon);
        rcon->has_reconnected = true;
        r = start_connection(rcon);
        return r < 0 ? fail(rcon, r) : 0;
}

/* --- packets ------------------------------------------------------------------------------------
 */

/* The result of an authentication comes after an empty packet, which some servers leave out. */
static int handle_auth(Rcon *rcon, const RconPacket *packet) {
        if (packet->type != RCON_TYPE_AUTH_RESULT)
                return 0;
        if (packet->id != -1 && packet->id != rcon->id)
                return 0;
        rcon->n_auths = 0;
        return packet->id == -1 ? -EACCES : send_command(rcon);
}

/*
 * The end marker came back. Without an answer, which is a packet even if it is empty, a second one
 * follows it: if the server was only late, that comes behind the answer.
 */
static int handle_end(Rcon *rcon) {
        if (rcon->was_heard || rcon->was_marked)
                return 1;
        rcon->was_marked = true;
        return queue_packet(rcon, RCON_TYPE_RESPONSE, "");
}

/* 1: the packet ends the answer. Packets of other ids are strays: lines of the log, or the rest of
 * an earlier echo. */
static int handle_answer(Rcon *rcon, const RconPacket *packet) {
        /* The server forgot the session, for example because rcon_password was changed. */
        if (packet->type == RCON_TYPE_AUTH_RESULT && packet->id == -1)
                return -EACCES;
        if (packet->type != RCON_TYPE_RESPONSE)
                return 0;
        if (packet->id == rcon->last_id)
                return handle_end(rcon);
        if (packet->id != rcon->id)
                return 0;

        rcon->was_heard = true;
        if (rcon->answer.size + packet->size > RCON_ANSWER_MAX)
                return -EFBIG;
        return bytes_add(&rcon->answer, packet->body, packet->size);
}

/* Handles all packets that are complete. 1: the answer is. */
static int handle_input(Rcon *rcon) {
        size_t used = 0, n;
        RconPacket packet;
        int r;

        for (;;) {
                r = rcon_packet_parse(rcon->in.data + used, rcon->in.size - used, &packet, &n);
                if (r <= 0)
                        break;
                r = rcon->state == RCON_AUTH ? handle_auth(rcon, &packet)
                                             : handle_answer(rcon, &packet);
                used += n;
                if (r != 0)
                        break;
        }
        bytes_remove(&rcon->in, used);
        return r;
}

/* --- input and output ---------------------------------------------------------------------------
 */

/* 0: the server is not connected yet. */
static int finish_connection(Rcon *rcon) {
        struct pollfd p = { .fd = rcon->fd, .events = POLLOUT };
        int error = 0;
        socklen_t size = sizeof(error);

        if (poll(&p, 1, 0) < 0)
                return -errno;
        if (p.revents == 0)
                return 0;
        if (getsockopt(rcon->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                return -errno;
        return error ? -error : send_auth(rcon);
}

static int send_output(Rcon *rcon) {
        while (rcon->out.size > 0) {
                ssize_t n = send(rcon->fd, rcon->out.data, rcon->out.size, MSG_NOSIGNAL);

                if (n < 0)
                        return errno == EAGAIN ? 0 : -errno;
                bytes_remove(&rcon->out, (size_t) n);
        }
        return 0;
}

/* 1: received some; 0: there is nothing now. */
static int receive_input(Rcon *rcon) {
        ssize_t n;
        int r;

        if (rcon->in.size > IN_MAX)
                return -EBADMSG;
        r = bytes_reserve(&rcon->in, 16 * 1024);
        if (r < 0)
                return r;
        n = recv(rcon->fd, rcon->in.data + rcon->in.size, 16 * 1024, 0);
        if (n < 0)
                return errno == EAGAIN ? 0 : -errno;
        if (n == 0)
                return -ECONNRESET;
        rcon->in.size += (size_t) n;
        return 1;
}

/* Bounded, because a server can send strays faster than they are read: the caller sees its deadline
 * between two steps. */
static int exchange(Rcon *rcon) {
        int r;

        for (unsigned i = 0; i < ROUNDS_MAX; i++) {
                r = send_output(rcon);
                if (r < 0)
                        return r;
                r = receive_input(rcon);
                if (r <= 0)
                        return r;
                r = handle_input(rcon);
                if (r != 0)
                        return r;
        }
        return 0;
}

static bool has_ended(int error) {
        return error == -ECONNRESET || error == -EPIPE;
}

int rcon_step(Rcon *rcon) {
        int r = 0;

        switch (rcon->state) {
        case RCON_IDLE:
                return 1;
        case RCON_REFUSED:
                return -EACCES;
        case RCON_CONNECTING:
                r = finish_connection(rcon);
                break;
        case RCON_AUTH:
        case RCON_COMMAND:
                break;
        }
        if (r >= 0 && rcon->state != RCON_CONNECTING)
                r = exchange(rcon);

        if (has_ended(r) && rcon->state != RCON_CONNECTING)
                return reconnect(rcon, -ECONNRESET);
        if (r < 0)
                return fail(rcon, r);
        if (r > 0) {
                rcon->state = RCON_IDLE;
                rcon->n_commands = 0;
        }
        return r;
}

/* --- for callers --------------------------------------------------------------------------------
 */

int rcon_new(const char *address, uint16_t port, const char *password, Rcon **ret) {
        _cleanup_(rcon_freep) Rcon *rcon = calloc(1, sizeof(*rcon));

        if (!rcon)
                return -ENOMEM;
        rcon->fd = -EBADF;
        rcon->address = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = htons(port) };
        if (inet_pton(AF_INET, address, &rcon->address.sin_addr) != 1)
                return -EINVAL;
        if (strlen(password) > RCON_COMMAND_MAX)
                return -EMSGSIZE;
        rcon->password = strdup(password);
        if (!rcon->password || bytes_reserve(&rcon->answer, 0) < 0)
                return -ENOMEM;
        bytes_clear(&rcon->answer);

        *ret = TAKE_PTR(rcon);
        return 0;
}

Rcon *rcon_free(Rcon *rcon) {
        if (!rcon)
                return NULL;
        (void) safe_close(rcon->fd);
        free(rcon->password);
        free(rcon->command);
        free(rcon->in.data);
        free(rcon->out.data);
        free(rcon->answer.data);
        free(rcon);
        return NULL;
}

/* Whether an idle connection has ended. Strays that came meanwhile are read later. */
static bool is_stale(const Rcon *rcon) {
        char byte;
        ssize_t n = recv(rcon->fd, &byte, 1, MSG_PEEK);

        return n == 0 || (n < 0 && errno != EAGAIN);
}

/* With a command, or with the authentication that is under way. */
static int send_or_connect(Rcon *rcon) {
        if (rcon->state == RCON_AUTH)
                return 0;
        if (rcon->fd >= 0 && (is_stale(rcon) || rcon->n_commands >= COMMANDS_MAX))
                disconnect(rcon);
        return rcon->fd >= 0 ? send_command(rcon) : start_connection(rcon);
}

int rcon_begin(Rcon *rcon, const char *command, bool is_repeatable) {
        char *copy;
        int r;

        if (rcon->state == RCON_REFUSED)
                return -EACCES;
        if (rcon->state != RCON_IDLE && !rcon->is_left)
                return -EBUSY;
        if (strlen(command) > RCON_COMMAND_MAX)
                return -EMSGSIZE;
        copy = strdup(command);
        if (!copy)
                return -ENOMEM;
        free(rcon->command);
        rcon->command = copy;
        rcon->is_repeatable = is_repeatable;
        rcon->has_reconnected = rcon->was_sent = rcon->was_heard = rcon->was_marked = false;
        rcon->is_left = false;
        r = send_or_connect(rcon);
        return r < 0 ? fail(rcon, r) : 0;
}

int rcon_fd(const Rcon *rcon) {
        return rcon->fd;
}

short rcon_events(const Rcon *rcon) {
        if (rcon->state == RCON_CONNECTING)
                return POLLOUT;
        return (short) (rcon->out.size > 0 ? POLLIN | POLLOUT : POLLIN);
}

const char *rcon_answer(const Rcon *rcon, size_t *ret_size) {
        *ret_size = rcon->answer.size;
        return rcon->answer.data;
}

void rcon_leave(Rcon *rcon) {
        if (rcon->state == RCON_CONNECTING)
                rcon_close(rcon);
        rcon->is_left = rcon->state == RCON_AUTH || rcon->state == RCON_COMMAND;
}

unsigned rcon_unanswered(const Rcon *rcon) {
        return rcon->n_auths;
}

void rcon_close(Rcon *rcon) {
        disconnect(rcon);
        if (rcon->state != RCON_REFUSED)
                rcon->state = RCON_IDLE;
}
