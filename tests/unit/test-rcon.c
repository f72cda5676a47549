/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/time-text.h"
#include "query/rcon-packet.h"
#include "query/rcon-refusal.h"
#include "query/rcon.h"
#include "server/console.h"

#define PASSWORD "secret password"

/* A network namespace of its own begins without a loopback interface that is up. */
static void raise_loopback(void) {
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

        (void) ioctl(fd, SIOCSIFFLAGS, &request);
}

TestSuite(rcon, .timeout = 120, .init = raise_loopback);

/* --- packets ------------------------------------------------------------------------------------
 */

Test(rcon, builds_and_parses_a_packet) {
        static const uint8_t expected[] = { 14, 0, 0, 0,   7,   0,   0,   0, 2,
                                            0,  0, 0, 's', 't', 'a', 't', 0, 0 };
        uint8_t bytes[RCON_BUILD_MAX];
        RconPacket packet;
        size_t used;

        cr_assert_eq(rcon_packet_build(7, RCON_TYPE_COMMAND, "stat", bytes), sizeof(expected));
        cr_assert_arr_eq(bytes, expected, sizeof(expected));
        for (size_t size = 0; size < sizeof(expected); size++)
                cr_assert_eq(rcon_packet_parse(bytes, size, &packet, &used), 0);
        cr_assert_eq(rcon_packet_parse(bytes, sizeof(expected), &packet, &used), 1);
        cr_assert_eq(used, sizeof(expected));
        cr_assert_eq(packet.id, 7);
        cr_assert_eq(packet.type, 2);
        cr_assert_eq(packet.size, 4);
        cr_assert_arr_eq(packet.body, "stat", 4);
}

Test(rcon, parses_what_a_server_sends) {
        /* A failed authentication, the odd second echo, and a packet without its NULs. */
        static const uint8_t refused[] = { 10, 0, 0, 0, 255, 255, 255, 255, 2, 0, 0, 0, 0, 0 };
        static const uint8_t odd[] = { 18, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0,
                                       0,  0, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
        static const uint8_t bare[] = { 10, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 'o', 'k' };
        RconPacket packet;
        size_t used;

        cr_assert_eq(rcon_packet_parse(refused, sizeof(refused), &packet, &used), 1);
        cr_assert_eq(packet.id, -1);
        cr_assert_eq(packet.size, 0);
        cr_assert_eq(rcon_packet_parse(odd, sizeof(odd), &packet, &used), 1);
        cr_assert_eq(used, sizeof(odd));
        cr_assert_eq(rcon_packet_parse(bare, sizeof(bare), &packet, &used), 1);
        cr_assert_eq(packet.size, 2);
}

Test(rcon, refuses_what_is_not_a_packet) {
        static const uint8_t small[] = { 9, 0, 0, 0, 0, 0, 0, 0 }, large[] = { 1, 0, 2, 0 },
                             text[] = "HTTP/1.1 400 Bad Request";
        uint8_t bytes[RCON_BUILD_MAX];
        char body[RCON_COMMAND_MAX + 2];
        RconPacket packet;
        size_t used;

        cr_assert_eq(rcon_packet_parse(small, sizeof(small), &packet, &used), -EBADMSG);
        cr_assert_eq(rcon_packet_parse(large, sizeof(large), &packet, &used), -EBADMSG);
        cr_assert_eq(rcon_packet_parse(text, sizeof(text), &packet, &used), -EBADMSG);

        memset(body, 'x', sizeof(body));
        body[RCON_COMMAND_MAX + 1] = '\0';
        cr_assert_eq(rcon_packet_build(1, 2, body, bytes), -EMSGSIZE);
        body[RCON_COMMAND_MAX] = '\0';
        cr_assert_eq(rcon_packet_build(1, 2, body, bytes), RCON_BUILD_MAX);
}

/* --- a server with a script ---------------------------------------------------------------------
 */

typedef struct Peer Peer;
struct Peer {
        int listen_fd, fd;
        uint16_t port;
        void (*script)(Peer *peer);
        unsigned n_connections, n_auths; /* read after peer_end() */
        _Atomic bool is_loaded;
        pthread_t thread;
};

static void peer_accept(Peer *peer) {
        (void) safe_close(peer->fd);
        peer->fd = accept(peer->listen_fd, NULL, NULL);
        peer->n_connections++;
}

static void peer_hang_up(Peer *peer) {
        (void) shutdown(peer->fd, SHUT_RDWR);
        peer->fd = safe_close(peer->fd);
}

/* The id of the next packet of the client, which must have this type and body; NULL: any. */
static int32_t peer_read(Peer *peer, int32_t type, const char *body) {
        struct {
                uint32_t size;
                int32_t id, type;
                char body[4096];
        } packet;

        if (recv(peer->fd, &packet, 4, MSG_WAITALL) != 4 || packet.size > 4096 ||
            recv(peer->fd, &packet.id, packet.size, MSG_WAITALL) != (ssize_t) packet.size)
                return -1;
        if (packet.type == RCON_TYPE_AUTH)
                peer->n_auths++;
        return packet.type == type && (!body || strcmp(packet.body, body) == 0) ? packet.id : -1;
}

static void peer_write(Peer *peer, int32_t id, int32_t type, const char *body, size_t size) {
        uint32_t head[3] = { (uint32_t) size + 10, (uint32_t) id, (uint32_t) type };

        (void) !send(peer->fd, head, sizeof(head), MSG_NOSIGNAL | MSG_MORE);
        (void) !send(peer->fd, body, size, MSG_NOSIGNAL | MSG_MORE);
        (void) !send(peer->fd, "\0", 2, MSG_NOSIGNAL);
}

static void peer_say(Peer *peer, int32_t id, const char *body) {
        peer_write(peer, id, RCON_TYPE_RESPONSE, body, strlen(body));
}

/* As srcds: an empty packet first. */
static void peer_let_in(Peer *peer) {
        int32_t id = peer_read(peer, RCON_TYPE_AUTH, PASSWORD);

        peer_say(peer, id, "");
        peer_write(peer, id, RCON_TYPE_AUTH_RESULT, "", 0);
}

/* The echo of the client's second packet, and the odd one after it. */
static void peer_end_answer(Peer *peer) {
        int32_t id = peer_read(peer, RCON_TYPE_RESPONSE, "");

        peer_say(peer, id, "");
        peer_write(peer, id, RCON_TYPE_RESPONSE, "\0\0\0\1\0\0\0\0", 8);
}

static void *peer_run(void *userdata) {
        Peer *peer = userdata;

        peer->script(peer);
        return NULL;
}

static void peer_begin(Peer *peer, void (*script)(Peer *peer)) {
        struct sockaddr_in address = { .sin_family = AF_INET };
        socklen_t size = sizeof(address);

        *peer = (Peer) { .fd = -EBADF, .script = script };
        (void) inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        peer->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        cr_assert_eq(bind(peer->listen_fd, (struct sockaddr *) &address, sizeof(address)), 0);
        cr_assert_eq(listen(peer->listen_fd, 8), 0);
        cr_assert_eq(getsockname(peer->listen_fd, (struct sockaddr *) &address, &size), 0);
        peer->port = ntohs(address.sin_port);
        cr_assert_eq(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
}

static void peer_end(Peer *peer) {
        cr_assert_eq(pthread_join(peer->thread, NULL), 0);
        (void) safe_close(peer->fd);
        (void) safe_close(peer->listen_fd);
}

static uint64_t in_a_minute(void) {
        return now_monotonic() + 60 * USEC_PER_SEC;
}

static Rcon *client_of(const Peer *peer) {
        Rcon *rcon = NULL;

        cr_assert_eq(rcon_new("127.0.0.1", peer->port, PASSWORD, &rcon), 0);
        return rcon;
}

static void expect_answer(Rcon *rcon, const char *command, const char *answer) {
        size_t size;

        cr_assert_eq(rcon_run(rcon, command, true, in_a_minute()), 0);
        cr_assert_str_eq(rcon_answer(rcon, &size), answer);
        cr_assert_eq(size, strlen(answer));
}

/* --- the client ---------------------------------------------------------------------------------
 */

static void answer_twice(Peer *peer) {
        peer_accept(peer);
        peer_let_in(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, "echo one"), "one\n");
        peer_end_answer(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, "echo two"), "two\n");
        peer_end_answer(peer);
}

Test(rcon, keeps_its_session) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, answer_twice);
        rcon = client_of(&peer);
        expect_answer(rcon, "echo one", "one\n");
        expect_answer(rcon, "echo two", "two\n");
        peer_end(&peer);
        cr_assert_eq(peer.n_connections, 1);
        cr_assert_eq(peer.n_auths, 1);
}

/* Pieces, strays before and between them, a line of the log, an answer that looks like a result. */
static void answer_in_pieces(Peer *peer) {
        int32_t id;

        peer_accept(peer);
        id = peer_read(peer, RCON_TYPE_AUTH, PASSWORD);
        peer_say(peer, 0, "L 11/29/2026 - 12:00:00: before\n");
        /* Without the empty packet. */
        peer_write(peer, id, RCON_TYPE_AUTH_RESULT, "", 0);
        id = peer_read(peer, RCON_TYPE_COMMAND, "status");
        peer_say(peer, id - 1, "stray\n");
        peer_say(peer, id, "hostname: x\n");
        peer_say(peer, 0, "L 11/29/2026 - 12:00:00: between\n");
        peer_write(peer, id, 7, "of another type\n", 16);
        peer_say(peer, id, "players : 0\n");
        peer_end_answer(peer);
}

Test(rcon, puts_an_answer_together) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, answer_in_pieces);
        rcon = client_of(&peer);
        expect_answer(rcon, "status", "hostname: x\nplayers : 0\n");
        peer_end(&peer);
}

/* The result before the empty packet; results of other ids; the odd echo of the last command. */
static void answer_out_of_order(Peer *peer) {
        int32_t id;

        peer_accept(peer);
        id = peer_read(peer, RCON_TYPE_AUTH, PASSWORD);
        peer_write(peer, 77, RCON_TYPE_AUTH_RESULT, "", 0);
        peer_write(peer, id, RCON_TYPE_AUTH_RESULT, "", 0);
        peer_say(peer, id, "");
        id = peer_read(peer, RCON_TYPE_COMMAND, "one");
        peer_write(peer, id, RCON_TYPE_AUTH_RESULT, "not an answer", 13);
        peer_say(peer, id + 2, "of the next");
        peer_say(peer, id, "one\n");
        peer_end_answer(peer);
        peer_say(peer, id + 1, "stray");
        peer_say(peer, id, "more of the last");
        id = peer_read(peer, RCON_TYPE_COMMAND, "two");
        peer_say(peer, id, "two\n");
        peer_end_answer(peer);
        /* An empty answer; none; one that comes behind its end marker. */
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, "three"), "");
        peer_end_answer(peer);
        (void) peer_read(peer, RCON_TYPE_COMMAND, "four");
        peer_end_answer(peer);
        peer_end_answer(peer);
        id = peer_read(peer, RCON_TYPE_COMMAND, "five");
        peer_end_answer(peer);
        peer_say(peer, id, "five, ");
        peer_say(peer, id, "late\n");
        peer_end_answer(peer);
}

Test(rcon, ignores_strays) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, answer_out_of_order);
        rcon = client_of(&peer);
        expect_answer(rcon, "one", "one\n");
        expect_answer(rcon, "two", "two\n");
        expect_answer(rcon, "three", "");
        expect_answer(rcon, "four", "");
        expect_answer(rcon, "five", "five, late\n");
        peer_end(&peer);
        cr_assert_eq(peer.n_connections, 1);
}

static void answer_byte_by_byte(Peer *peer) {
        static const char answer[] =
                "\x0d\0\0\0\2\0\0\0\0\0\0\0abc\0\0\x0a\0\0\0\3\0\0\0\0\0\0\0\0";
        int one = 1;

        peer_accept(peer);
        (void) setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        peer_let_in(peer);
        (void) peer_read(peer, RCON_TYPE_COMMAND, "x");
        for (size_t i = 0; i < sizeof(answer); i++)
                (void) !send(peer->fd, answer + i, 1, MSG_NOSIGNAL);
}

Test(rcon, waits_for_the_rest_of_a_packet) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, answer_byte_by_byte);
        rcon = client_of(&peer);
        expect_answer(rcon, "x", "abc");
        peer_end(&peer);
}

static char piece[100000];

static void answer_much(Peer *peer) {
        int32_t id;

        memset(piece, 'x', sizeof(piece));
        peer_accept(peer);
        peer_let_in(peer);
        id = peer_read(peer, RCON_TYPE_COMMAND, NULL);
        for (unsigned i = 0; i < 20; i++)
                peer_write(peer, id, RCON_TYPE_RESPONSE, piece, sizeof(piece));
        peer_end_answer(peer);
        id = peer_read(peer, RCON_TYPE_COMMAND, NULL);
        for (unsigned i = 0; i < 100; i++)
                peer_write(peer, id, RCON_TYPE_RESPONSE, piece, sizeof(piece));
}

Test(rcon, takes_a_long_answer_and_refuses_an_endless_one) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;
        size_t size;

        peer_begin(&peer, answer_much);
        rcon = client_of(&peer);
        cr_assert_eq(rcon_run(rcon, "cvarlist", true, in_a_minute()), 0);
        (void) rcon_answer(rcon, &size);
        cr_assert_eq(size, 20 * sizeof(piece));
        cr_assert_eq(rcon_run(rcon, "cvarlist", true, in_a_minute()), -EFBIG);
        peer_end(&peer);
}

static void refuse(Peer *peer) {
        int32_t id;

        peer_accept(peer);
        id = peer_read(peer, RCON_TYPE_AUTH, PASSWORD);
        peer_say(peer, id, "");
        peer_write(peer, -1, RCON_TYPE_AUTH_RESULT, "", 0);
}

Test(rcon, never_tries_a_refused_password_again) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, refuse);
        rcon = client_of(&peer);
        cr_assert_eq(rcon_run(rcon, "status", true, in_a_minute()), -EACCES);
        for (unsigned i = 0; i < 10; i++) {
                rcon_close(rcon);
                cr_assert_eq(rcon_run(rcon, "status", true, in_a_minute()), -EACCES);
        }
        peer_end(&peer);
        cr_assert_eq(peer.n_auths, 1);
}

/* rcon_password was changed in the game. */
static void forget(Peer *peer) {
        peer_accept(peer);
        peer_let_in(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, NULL), "one\n");
        peer_end_answer(peer);
        (void) peer_read(peer, RCON_TYPE_COMMAND, NULL);
        peer_write(peer, -1, RCON_TYPE_AUTH_RESULT, "", 0);
}

Test(rcon, is_refused_when_the_server_forgets_its_session) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, forget);
        rcon = client_of(&peer);
        expect_answer(rcon, "one", "one\n");
        cr_assert_eq(rcon_run(rcon, "two", true, in_a_minute()), -EACCES);
        cr_assert_eq(rcon_begin(rcon, "three", true), -EACCES);
        cr_assert_eq(rcon_fd(rcon), -EBADF);
        peer_end(&peer);
        cr_assert_eq(peer.n_auths, 1);
}

/* As a server does to a banned address. */
static void hang_up_at_once(Peer *peer) {
        peer_accept(peer);
        (void) peer_read(peer, RCON_TYPE_AUTH, NULL);
        peer_hang_up(peer);
}

Test(rcon, does_not_repeat_an_authentication_without_result) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, hang_up_at_once);
        rcon = client_of(&peer);
        cr_assert_eq(rcon_run(rcon, "status", true, in_a_minute()), -ECONNRESET);
        peer_end(&peer);
        cr_assert_eq(peer.n_connections, 1);
}

static void drop_sessions(Peer *peer) {
        peer_accept(peer);
        peer_let_in(peer);
        (void) peer_read(peer, RCON_TYPE_COMMAND, NULL);
        peer_hang_up(peer);
        peer_accept(peer);
        peer_let_in(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, NULL), "again\n");
        peer_end_answer(peer);
        /* Now between two commands. */
        peer_hang_up(peer);
        peer_accept(peer);
        peer_let_in(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, NULL), "and again\n");
        peer_end_answer(peer);
        /* Twice for one command. */
        for (unsigned i = 0; i < 2; i++) {
                (void) peer_read(peer, RCON_TYPE_COMMAND, NULL);
                peer_hang_up(peer);
                if (i == 0) {
                        peer_accept(peer);
                        peer_let_in(peer);
                }
        }
}

/* Waits until the peer has hung up. */
static void expect_end(Rcon *rcon) {
        char byte[64];

        while (recv(rcon_fd(rcon), byte, sizeof(byte), 0) != 0)
                ;
}

Test(rcon, reconnects_once) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, drop_sessions);
        rcon = client_of(&peer);
        expect_answer(rcon, "status", "again\n");
        expect_end(rcon);
        expect_answer(rcon, "status", "and again\n");
        cr_assert_eq(rcon_run(rcon, "status", true, in_a_minute()), -ECONNRESET);
        peer_end(&peer);
        cr_assert_eq(peer.n_connections, 4);
}

/* In the middle of an answer, which was heard in part. */
static void drop_answer(Peer *peer) {
        peer_accept(peer);
        peer_let_in(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, NULL), "half of");
        (void) peer_read(peer, RCON_TYPE_RESPONSE, NULL);
        peer_hang_up(peer);
        peer_accept(peer);
        peer_let_in(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, NULL), "whole\n");
        peer_end_answer(peer);
}

Test(rcon, does_not_put_halves_of_two_answers_together) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, drop_answer);
        rcon = client_of(&peer);
        cr_assert_eq(rcon_run(rcon, "status", true, in_a_minute()), -ECONNRESET);
        expect_answer(rcon, "status", "whole\n");
        peer_end(&peer);
        cr_assert_eq(peer.n_connections, 2);
}

static void drop_command(Peer *peer) {
        peer_accept(peer);
        peer_let_in(peer);
        (void) peer_read(peer, RCON_TYPE_COMMAND, "say hello");
        peer_hang_up(peer);
}

Test(rcon, does_not_repeat_a_command_that_may_have_run) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, drop_command);
        rcon = client_of(&peer);
        cr_assert_eq(rcon_run(rcon, "say hello", false, in_a_minute()), -ECONNRESET);
        peer_end(&peer);
        cr_assert_eq(peer.n_connections, 1);
}

static void send_garbage(Peer *peer) {
        static const char page[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

        peer_accept(peer);
        (void) !send(peer->fd, page, sizeof(page) - 1, MSG_NOSIGNAL);
        (void) peer_read(peer, RCON_TYPE_AUTH, NULL);
}

Test(rcon, recognises_another_protocol) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, send_garbage);
        rcon = client_of(&peer);
        cr_assert_eq(rcon_run(rcon, "status", true, in_a_minute()), -EBADMSG);
        peer_end(&peer);
}

/* A size that can't be, behind a good packet. */
static void lie(Peer *peer) {
        static const char size[] = "\xff\xff\xff\xff";

        peer_accept(peer);
        peer_let_in(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, NULL), "good");
        (void) peer_read(peer, RCON_TYPE_RESPONSE, NULL);
        (void) !send(peer->fd, size, 4, MSG_NOSIGNAL);
        peer_accept(peer);
        peer_let_in(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, NULL), "again\n");
        peer_end_answer(peer);
}

Test(rcon, connects_again_after_garbage) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        char command[RCON_COMMAND_MAX + 2];
        Peer peer;

        peer_begin(&peer, lie);
        rcon = client_of(&peer);
        memset(command, 'x', sizeof(command));
        command[sizeof(command) - 1] = '\0';
        cr_assert_eq(rcon_run(rcon, command, true, in_a_minute()), -EMSGSIZE);
        cr_assert_eq(rcon_run(rcon, "status", true, in_a_minute()), -EBADMSG);
        expect_answer(rcon, "status", "again\n");
        peer_end(&peer);
        cr_assert_eq(peer.n_connections, 2);
}

/* An answer that comes after its command was given up is not the next one's: here the first half of
 * it has come before, and the rest comes while the next one is waited for. */
static void answer_late(Peer *peer) {
        int32_t slow, end, fast;

        peer_accept(peer);
        peer_let_in(peer);
        slow = peer_read(peer, RCON_TYPE_COMMAND, "slow");
        peer_say(peer, slow, "half\n");
        end = peer_read(peer, RCON_TYPE_RESPONSE, "");
        fast = peer_read(peer, RCON_TYPE_COMMAND, "fast");
        peer_say(peer, slow, "other half\n");
        peer_say(peer, end, "");
        peer_write(peer, end, RCON_TYPE_RESPONSE, "\0\0\0\1\0\0\0\0", 8);
        peer_say(peer, fast, "fast\n");
        peer_end_answer(peer);
}

Test(rcon, does_not_take_a_late_answer) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, answer_late);
        rcon = client_of(&peer);
        cr_assert_eq(rcon_run(rcon, "slow", true, now_monotonic() + USEC_PER_SEC), -ETIMEDOUT);
        cr_assert_eq(rcon_unanswered(rcon), 0);
        expect_answer(rcon, "fast", "fast\n");
        peer_end(&peer);
        cr_assert_eq(peer.n_connections, 1);
        cr_assert_eq(peer.n_auths, 1);
}

/* The server loads a map: it accepts the connection, and reads it when it is done. */
static void answer_when_loaded(Peer *peer) {
        peer_accept(peer);
        while (recv(peer->fd, (char[1]) {}, 1, MSG_PEEK) == 1 && !peer->is_loaded)
                (void) usleep(10000);
        peer_let_in(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, "third"), "loaded\n");
        peer_end_answer(peer);
}

Test(rcon, waits_on_for_the_result_of_an_authentication) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, answer_when_loaded);
        rcon = client_of(&peer);
        cr_assert_eq(rcon_unanswered(rcon), 0);
        for (size_t i = 0; i < 2; i++) {
                cr_assert_eq(
                        rcon_run(rcon, "status", true, now_monotonic() + USEC_PER_SEC / 2),
                        -ETIMEDOUT);
                cr_assert_eq(rcon_unanswered(rcon), 1);
                cr_assert_geq(rcon_fd(rcon), 0);
        }
        peer.is_loaded = true;
        expect_answer(rcon, "third", "loaded\n");
        cr_assert_eq(rcon_unanswered(rcon), 0);
        peer_end(&peer);
        cr_assert_eq(peer.n_connections, 1);
        cr_assert_eq(peer.n_auths, 1);
}

/* A client that asks again and again must not be banned by answers that it does not hear. */
static void hang_up_on_authentications(Peer *peer) {
        for (size_t i = 0; i < 3; i++) {
                peer_accept(peer);
                (void) peer_read(peer, RCON_TYPE_AUTH, NULL);
                peer_hang_up(peer);
        }
        peer_accept(peer);
        peer_let_in(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, NULL), "at last\n");
        peer_end_answer(peer);
}

Test(rcon, authenticates_less_and_less_often_without_a_result) {
        const uint64_t pause = USEC_PER_SEC / 5;
        Console console = { .refusals_fd = -EBADF };
        uint64_t at[4];
        Peer peer;

        peer_begin(&peer, hang_up_on_authentications);
        console.rcon = client_of(&peer);
        for (size_t i = 0; i < ELEMENTSOF(at); i++) {
                while (!console_may_begin(&console, pause))
                        (void) usleep(10000);
                at[i] = now_monotonic();
                cr_assert_eq(
                        console_run(&console, "status", true, in_a_minute()),
                        i < 3 ? -ECONNRESET : 0);
        }
        cr_expect_geq(at[1] - at[0], pause);
        cr_expect_geq(at[2] - at[1], 2 * pause);
        cr_expect_geq(at[3] - at[2], 4 * pause);
        cr_expect(console_may_begin(&console, pause));
        cr_expect_eq(console.n_auths, 0);
        rcon_free(console.rcon);
        peer_end(&peer);
        cr_assert_eq(peer.n_auths, 4);
}

/* Each of many commands that the server lets lie would be run when it goes on. */
static void let_commands_lie(Peer *peer) {
        peer_accept(peer);
        peer_let_in(peer);
        for (int32_t id = 0; id >= 0;)
                id = peer_read(peer, RCON_TYPE_COMMAND, "status") < 0
                             ? -1
                             : peer_read(peer, RCON_TYPE_RESPONSE, "");
        peer_accept(peer);
        peer_let_in(peer);
        peer_say(peer, peer_read(peer, RCON_TYPE_COMMAND, "status"), "new\n");
        peer_end_answer(peer);
}

Test(rcon, replaces_a_connection_on_which_many_commands_lie) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        unsigned n = 0;
        size_t size;
        Peer peer;
        int r;

        peer_begin(&peer, let_commands_lie);
        rcon = client_of(&peer);
        /* The first one waits for the authentication as well. */
        cr_assert_eq(rcon_run(rcon, "status", true, now_monotonic() + USEC_PER_SEC), -ETIMEDOUT);
        while ((r = rcon_run(
                        rcon, "status", true,
                        now_monotonic() + (n < 29 ? 1000 : 60 * USEC_PER_SEC))) == -ETIMEDOUT &&
               n < 40)
                n++;
        cr_assert_eq(r, 0);
        cr_assert_str_eq(rcon_answer(rcon, &size), "new\n");
        cr_assert_eq(n, 29);
        peer_end(&peer);
        cr_assert_eq(peer.n_auths, 2);
}

static void say_nothing(Peer *peer) {
        peer_accept(peer);
        peer_let_in(peer);
        (void) peer_read(peer, RCON_TYPE_COMMAND, NULL);
        (void) peer_read(peer, RCON_TYPE_RESPONSE, NULL);
        /* Until the client is freed. */
        (void) peer_read(peer, RCON_TYPE_RESPONSE, NULL);
}

Test(rcon, gives_up_in_time_and_alone) {
        _cleanup_(rcon_freep) Rcon *silent = NULL, *talking = NULL;
        Peer hung, good;
        RconWait waits[2];

        peer_begin(&hung, say_nothing);
        peer_begin(&good, answer_twice);
        silent = client_of(&hung);
        talking = client_of(&good);
        cr_assert_eq(rcon_begin(silent, "status", true), 0);
        cr_assert_eq(rcon_begin(silent, "status", true), -EBUSY);
        cr_assert_eq(rcon_begin(talking, "echo one", true), 0);
        waits[0] = (RconWait) { .rcon = silent };
        waits[1] = (RconWait) { .rcon = talking };
        cr_assert_eq(rcon_run_all(waits, 2, now_monotonic() + 2 * USEC_PER_SEC), 0);
        cr_assert_eq(waits[0].result, -ETIMEDOUT);
        cr_assert_eq(waits[1].result, 1);
        expect_answer(talking, "echo two", "two\n");
        silent = rcon_free(silent);
        peer_end(&hung);
        peer_end(&good);
}

static void send_strays(Peer *peer) {
        enum { N = 20000 };
        static char strays[N][14];

        for (size_t i = 0; i < N; i++)
                strays[i][0] = 10;
        peer_accept(peer);
        peer_let_in(peer);
        (void) peer_read(peer, RCON_TYPE_COMMAND, NULL);
        while (send(peer->fd, strays, sizeof(strays), MSG_NOSIGNAL) == sizeof(strays))
                ;
}

Test(rcon, gives_up_in_time_although_strays_never_end, .timeout = 60) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        RconWait wait;
        Peer peer;

        peer_begin(&peer, send_strays);
        rcon = client_of(&peer);
        cr_assert_eq(rcon_begin(rcon, "status", true), 0);
        /* As if the server were always the faster one: a read waits for more. */
        cr_assert_eq(fcntl(rcon_fd(rcon), F_SETFL, 0), 0);
        wait = (RconWait) { .rcon = rcon };
        cr_assert_eq(rcon_run_all(&wait, 1, now_monotonic() + 2 * USEC_PER_SEC), 0);
        cr_assert_eq(wait.result, -ETIMEDOUT);
        rcon = rcon_free(rcon);
        peer_end(&peer);
}

Test(rcon, says_that_nothing_listens) {
        _cleanup_(rcon_freep) Rcon *rcon = NULL;
        Peer peer;

        peer_begin(&peer, peer_hang_up);
        peer_end(&peer);
        rcon = client_of(&peer);
        cr_assert_eq(rcon_run(rcon, "status", true, in_a_minute()), -ECONNREFUSED);
        cr_assert_eq(rcon_new("localhost", 1, PASSWORD, &rcon), -EINVAL);
}

/* --- the memory of a refusal --------------------------------------------------------------------
 */

Test(rcon, remembers_a_refusal_of_one_password_by_one_run) {
        char path[] = "/tmp/test-rcon-XXXXXX";
        _cleanup_close_ int fd = -EBADF;

        cr_assert_not_null(mkdtemp(path));
        fd = open(path, O_DIRECTORY | O_CLOEXEC);
        cr_assert(!rcon_was_refused(fd, "one", "password", "abc"));
        cr_assert_eq(rcon_note_refusal(fd, "one", "password", "abc"), 0);
        cr_assert(rcon_was_refused(fd, "one", "password", "abc"));
        cr_assert(!rcon_was_refused(fd, "one", "Password", "abc"));
        cr_assert(!rcon_was_refused(fd, "one", "password", "abd"));
        cr_assert(!rcon_was_refused(fd, "two", "password", "abc"));
        cr_assert(!rcon_was_refused(-EBADF, "one", "password", "abc"));
        cr_assert_eq(rcon_note_refusal(fd, "../one", "password", "abc"), -EINVAL);
        cr_assert_eq(unlinkat(fd, "one", 0), 0);
        cr_assert_eq(rmdir(path), 0);
}
