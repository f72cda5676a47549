/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A2S: answers in tests/unit/a2s, in the forms of public captures and of Valve's documentation, and
 * a server in the same process that does what real ones do.
 */

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/time-text.h"
#include "query/a2s-status.h"
#include "query/a2s.h"

/* A network namespace of its own begins without a loopback interface that is up. */
static void raise_loopback(void) {
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

        (void) ioctl(fd, SIOCSIFFLAGS, &request);
}

TestSuite(a2s, .timeout = 120, .init = raise_loopback);

/* --- packets ------------------------------------------------------------------------------------
 */

/* A capture, and what a2s_join() makes of it. */
static uint8_t *read_capture(const char *name, const uint8_t **ret, size_t *ret_size) {
        const FileLimits limits = { .size_max = A2S_DATAGRAM_MAX };
        static A2sJoin join;
        char path[128], *bytes = NULL;
        size_t size;

        (void) snprintf(path, sizeof(path), "tests/unit/a2s/%s", name);
        cr_assert_eq(read_file_beneath(AT_FDCWD, path, &limits, &bytes, &size), 0, "%s", path);
        cr_assert_eq(a2s_join(&join, (uint8_t *) bytes, size, ret, ret_size), 1);
        return (uint8_t *) bytes;
}

Test(a2s, requests) {
        static const char info[] = "\xff\xff\xff\xffTSource Engine Query\0\x0b\x1f\xd5\x22";
        uint8_t bytes[A2S_REQUEST_MAX];

        cr_assert_eq(a2s_request_build(A2S_INFO, A2S_NO_CHALLENGE, bytes), 25);
        cr_assert_arr_eq(bytes, info, 25);
        cr_assert_eq(a2s_request_build(A2S_INFO, 0x22d51f0b, bytes), 29);
        cr_assert_arr_eq(bytes, info, 29);
        cr_assert_eq(a2s_request_build(A2S_PLAYERS, A2S_NO_CHALLENGE, bytes), 9);
        cr_assert_arr_eq(bytes, "\xff\xff\xff\xffU\xff\xff\xff\xff", 9);
        cr_assert_eq(a2s_request_build(A2S_PLAYERS, 0x22d51f0b, bytes), 9);
        cr_assert_arr_eq(bytes, "\xff\xff\xff\xffU\x0b\x1f\xd5\x22", 9);
}

Test(a2s, info) {
        _cleanup_free_ uint8_t *capture = NULL, *tv = NULL, *old = NULL;
        const uint8_t *answer;
        A2sInfo info;
        size_t size;

        capture = read_capture("info", &answer, &size);
        cr_assert(a2s_answers(A2S_INFO, answer, size));
        cr_assert(!a2s_answers(A2S_PLAYERS, answer, size));
        cr_assert_eq(a2s_info_parse(answer, size, &info), 0);
        cr_assert_str_eq(info.name, "Versus 13vs13 [2.2.4.3]");
        cr_assert_str_eq(info.map, "c5m1_waterfront");
        cr_assert_str_eq(info.folder, "left4dead2");
        cr_assert_str_eq(info.game, "Left 4 Dead 2");
        cr_assert_str_eq(info.version, "2.2.4.3");
        cr_assert_str_eq(info.keywords, "versus,increased_maxplayers,secure");
        cr_assert_str_eq(info.tv_name, "");
        cr_assert_eq(info.app_id, 550);
        cr_assert_eq(info.game_id, 550);
        cr_assert_eq(info.port, 27015);
        cr_assert_eq(info.steam_id, UINT64_C(90071992547409920));
        cr_assert_eq(info.players, 2);
        cr_assert_eq(info.slots, 20);
        cr_assert_eq(info.bots, 1);
        cr_assert_eq(info.type, 'd');
        cr_assert_eq(info.system, 'l');
        cr_assert(!info.has_password && info.is_secure);
        /* Cut anywhere, it is not an answer, or one without extras. */
        for (size_t n = 0; n < size; n++)
                cr_assert(a2s_info_parse(answer, n, &info) < 0 || info.keywords[0] == '\0');

        tv = read_capture("tv", &answer, &size);
        cr_assert_eq(a2s_info_parse(answer, size, &info), 0);
        cr_assert_eq(info.tv_port, 27020);
        cr_assert_str_eq(info.tv_name, "SourceTV");
        cr_assert(info.has_password && !info.is_secure);

        old = read_capture("old", &answer, &size);
        cr_assert_eq(a2s_info_parse(answer, size, &info), 0);
        cr_assert_str_eq(info.version, "1.0.0.22");
        cr_assert_eq(info.slots, 16);
        cr_assert_eq(info.port, 0);
}

Test(a2s, players) {
        _cleanup_free_ uint8_t *capture = NULL;
        static uint8_t many[2 + 70 * 11];
        const uint8_t *answer;
        A2sPlayers players;
        size_t size;

        capture = read_capture("players", &answer, &size);
        cr_assert_eq(a2s_players_parse(answer, size, &players), 0);
        cr_assert_eq(players.n, 3);
        cr_assert_str_eq(players.items[0].name, "[D]---->T.N.W<----");
        cr_assert_eq(players.items[0].score, 14);
        cr_assert_eq(players.items[0].connected_sec, 514);
        cr_assert_str_eq(players.items[1].name, "Zoey \"fan\" \xc3\xbc");
        cr_assert_eq(players.items[1].score, -3);
        cr_assert_str_eq(players.items[2].name, "");
        cr_assert_eq(players.items[2].connected_sec, 0);
        /* Cut, the last one is left out. */
        cr_assert_eq(a2s_players_parse(answer, size - 1, &players), 0);
        cr_assert_eq(players.n, 2);
        cr_assert_eq(a2s_players_parse(answer, 1, &players), -EBADMSG);

        /* More than there is room for, and times that are not numbers. */
        many[0] = 'D';
        many[1] = 255;
        for (size_t i = 0; i < 70; i++) {
                const float times[] = { NAN, INFINITY, -INFINITY, 1e30F };

                many[2 + 11 * i + 1] = 'x';
                memcpy(many + 2 + 11 * i + 7, &times[i % 4], 4);
        }
        cr_assert_eq(a2s_players_parse(many, sizeof(many), &players), 0);
        cr_assert_eq(players.n, A2S_PLAYERS_MAX);
        cr_assert_eq(players.items[0].connected_sec, 0);
        cr_assert_eq(players.items[1].connected_sec, 365 * 24 * 3600);
        cr_assert_eq(players.items[2].connected_sec, 0);
}

Test(a2s, answers_become_a_status) {
        _cleanup_free_ uint8_t *capture = NULL, *others = NULL;
        static ServerStatus status;
        const uint8_t *answer;
        A2sPlayers players;
        A2sInfo info;
        size_t size;

        capture = read_capture("info", &answer, &size);
        cr_assert_eq(a2s_info_parse(answer, size, &info), 0);
        others = read_capture("players", &answer, &size);
        cr_assert_eq(a2s_players_parse(answer, size, &players), 0);
        a2s_to_status(&info, &players, &status);
        cr_assert_str_eq(status.hostname, "Versus 13vs13 [2.2.4.3]");
        cr_assert_str_eq(status.map, "c5m1_waterfront");
        cr_assert_eq(status.humans, 1);
        cr_assert_eq(status.bots, 1);
        cr_assert_eq(status.slots, 20);
        cr_assert(status.is_secure && !status.is_hibernating);
        cr_assert_eq(status.n_players, 3);
        cr_assert_str_eq(status.players[0].name, "[D]---->T.N.W<----");
        cr_assert_eq(status.players[0].connected_sec, 514);
        cr_assert_eq(status.players[0].steam_id64, 0);

        info.bots = 7;
        memset(info.map, 'm', A2S_NAME_MAX);
        a2s_to_status(&info, NULL, &status);
        cr_assert_eq(status.humans, 2);
        cr_assert_eq(status.n_players, 0);
        cr_assert_eq(strlen(status.map), STATUS_WORD_MAX);
}

/* A part of the answer "D…" of 3 parts with 2 bytes each. */
static size_t make_part(uint32_t id, uint8_t total, uint8_t number, uint8_t *ret) {
        static const char *const contents[] = { "\377\377\377", "\377Da", "bcd" };

        memcpy(ret, "\xfe\xff\xff\xff", 4);
        memcpy(ret + 4, &id, 4);
        ret[8] = total;
        ret[9] = number;
        memcpy(ret + 10, "\xe0\x04", 2);
        memcpy(ret + 12, contents[number % 3], 3);
        return 15;
}

static int add(A2sJoin *join, uint32_t id, uint8_t total, uint8_t number) {
        uint8_t bytes[16];
        const uint8_t *answer = NULL;
        size_t size = 0;
        int r = a2s_join(join, bytes, make_part(id, total, number, bytes), &answer, &size);

        if (r == 1)
                cr_assert(size == 5 && memcmp(answer, "Dabcd", 5) == 0);
        return r;
}

Test(a2s, joins_parts) {
        static A2sJoin join;
        const uint8_t *answer;
        uint8_t bytes[16];
        size_t size;

        /* In another order, and twice. */
        cr_assert_eq(add(&join, 7, 3, 2), 0);
        cr_assert_eq(add(&join, 7, 3, 0), 0);
        cr_assert_eq(add(&join, 7, 3, 2), 0);
        cr_assert_eq(add(&join, 7, 3, 1), 1);
        /* A part that comes again belongs to a new answer, which is never complete. */
        cr_assert_eq(add(&join, 7, 3, 1), 0);
        /* Parts of two answers at once. */
        cr_assert_eq(add(&join, 8, 3, 0), 0);
        cr_assert_eq(add(&join, 9, 3, 0), 0);
        cr_assert_eq(add(&join, 8, 3, 1), 0);
        cr_assert_eq(add(&join, 9, 3, 2), 0);
        cr_assert_eq(add(&join, 8, 3, 2), 1);
        cr_assert_eq(add(&join, 9, 3, 1), 1);
        /* Numbers that can't be, and a total that changes. */
        cr_assert_eq(add(&join, 10, 0, 0), -EBADMSG);
        cr_assert_eq(add(&join, 10, 3, 3), -EBADMSG);
        cr_assert_eq(add(&join, 10, A2S_PARTS_MAX + 1, 0), -EBADMSG);
        cr_assert_eq(add(&join, 10, 3, 0), 0);
        cr_assert_eq(add(&join, 10, 2, 1), -EBADMSG);
        cr_assert_eq(add(&join, 10, 3, 1), 0);
        cr_assert_eq(add(&join, 10, 3, 2), 1);
        /* Compressed. */
        cr_assert_eq(add(&join, 0x80000001, 3, 0), -EOPNOTSUPP);
        /* Shorter than its header, as a known attack on servers is; empty; not the first one's. */
        for (size_t n = 0; n <= 12; n++) {
                (void) make_part(11, 3, 0, bytes);
                cr_assert_eq(a2s_join(&join, bytes, n, &answer, &size), -EBADMSG);
        }
        (void) make_part(12, 1, 2, bytes);
        bytes[9] = 0;
        cr_assert_eq(a2s_join(&join, bytes, 15, &answer, &size), -EBADMSG);
}

/* --- the client ---------------------------------------------------------------------------------
 */

typedef struct Peer {
        int fd;
        uint16_t port;
        struct sockaddr_in client;
} Peer;

static void peer_open(Peer *peer) {
        struct sockaddr_in address = { .sin_family = AF_INET };
        socklen_t size = sizeof(address);

        *peer = (Peer) { .fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) };
        (void) inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        cr_assert_eq(bind(peer->fd, (struct sockaddr *) &address, sizeof(address)), 0);
        cr_assert_eq(getsockname(peer->fd, (struct sockaddr *) &address, &size), 0);
        peer->port = ntohs(address.sin_port);
}

static A2s *client_of(const Peer *peer) {
        A2s *a2s = NULL;

        cr_assert_eq(a2s_new("127.0.0.1", peer->port, &a2s), 0);
        return a2s;
}

static uint64_t in_a_minute(void) {
        return now_monotonic() + 60 * USEC_PER_SEC;
}

/* How many requests came since then; the last one's challenge. */
static unsigned peer_read(Peer *peer, uint32_t *ret_challenge) {
        uint8_t bytes[64];
        unsigned n = 0;

        for (;; n++) {
                socklen_t size = sizeof(peer->client);
                ssize_t received = recvfrom(
                        peer->fd, bytes, sizeof(bytes), 0, (struct sockaddr *) &peer->client,
                        &size);

                if (received < 0)
                        return n;
                cr_assert(received == 9 || received == 25 || received == 29);
                *ret_challenge = A2S_NO_CHALLENGE;
                if (received != 25)
                        memcpy(ret_challenge, bytes + received - 4, 4);
        }
}

static void peer_send(const Peer *peer, const void *bytes, size_t size) {
        cr_assert_eq(
                sendto(peer->fd, bytes, size, 0, (const struct sockaddr *) &peer->client,
                       sizeof(peer->client)),
                (ssize_t) size);
}

static void peer_challenge(const Peer *peer, uint32_t challenge) {
        uint8_t bytes[] = { 0xff, 0xff, 0xff, 0xff, 'A', 0, 0, 0, 0 };

        memcpy(bytes + 5, &challenge, 4);
        peer_send(peer, bytes, sizeof(bytes));
}

static void expect_request(Peer *peer, uint32_t challenge) {
        uint32_t found = 0;

        cr_assert_eq(peer_read(peer, &found), 1);
        cr_assert_eq(found, challenge);
}

#define INFO "\xff\xff\xff\xffI"
#define PLAYERS            \
        "\xff\xff\xff\xff" \
        "D"

/* With a challenge, which the next query has at once. */
Test(a2s, answers_a_challenge_and_keeps_it) {
        _cleanup_(a2s_freep) A2s *a2s = NULL;
        Peer peer;
        size_t size;

        peer_open(&peer);
        a2s = client_of(&peer);
        cr_assert_eq(a2s_fd(a2s), -EBADF);
        cr_assert_eq(a2s_wakeup(a2s), UINT64_MAX);
        cr_assert_eq(a2s_begin(a2s, A2S_INFO, in_a_minute()), 0);
        cr_assert_eq(a2s_begin(a2s, A2S_INFO, in_a_minute()), -EBUSY);
        cr_assert_eq(a2s_wakeup(a2s), 0);
        cr_assert_eq(a2s_step(a2s), 0);
        expect_request(&peer, A2S_NO_CHALLENGE);
        cr_assert_eq(a2s_events(a2s), POLLIN);
        cr_assert_gt(a2s_wakeup(a2s), now_monotonic());

        peer_challenge(&peer, 1234);
        cr_assert_eq(a2s_step(a2s), 0);
        expect_request(&peer, 1234);
        /* A doubled one is not answered again. */
        peer_challenge(&peer, 1234);
        cr_assert_eq(a2s_step(a2s), 0);
        cr_assert_eq(peer_read(&peer, &(uint32_t) { 0 }), 0);
        peer_send(&peer, INFO "hello", 10);
        cr_assert_eq(a2s_step(a2s), 1);
        cr_assert_arr_eq(a2s_answer(a2s, &size), "Ihello", 6);
        cr_assert_eq(size, 6);
        cr_assert_eq(a2s_fd(a2s), -EBADF);

        cr_assert_eq(a2s_begin(a2s, A2S_PLAYERS, in_a_minute()), 0);
        cr_assert_eq(a2s_step(a2s), 0);
        expect_request(&peer, 1234);
        /* It has a new one, and late answers to the last query don't matter. */
        peer_send(&peer, INFO "late", 9);
        peer_challenge(&peer, 99);
        cr_assert_eq(a2s_step(a2s), 0);
        cr_assert_eq(a2s_answer(a2s, &size) && size > 0, false);
        (void) safe_close(peer.fd);
}

Test(a2s, sends_three_requests_a_second) {
        _cleanup_(a2s_freep) A2s *a2s = NULL;
        uint64_t before = now_monotonic();
        uint32_t challenge;
        unsigned n = 0;
        Peer peer;
        int r = 0;

        peer_open(&peer);
        a2s = client_of(&peer);
        cr_assert_eq(a2s_begin(a2s, A2S_INFO, in_a_minute()), 0);
        for (unsigned i = 0; i < 3; i++) {
                cr_assert_eq(a2s_step(a2s), 0);
                n += peer_read(&peer, &challenge);
                peer_challenge(&peer, 100 + i);
        }
        cr_assert_eq(a2s_step(a2s), 0);
        if (now_monotonic() < before + USEC_PER_SEC)
                cr_assert_eq(n, 3);
        cr_assert_geq(a2s_wakeup(a2s), before + USEC_PER_SEC);

        /* The client gives up when the server wants a new challenge each time. */
        for (unsigned i = 0; r == 0; i++) {
                struct pollfd p = { .fd = peer.fd, .events = POLLIN };

                cr_assert_lt(i, 1000);
                (void) poll(&p, 1, 100);
                if (peer_read(&peer, &challenge) > 0) {
                        n++;
                        peer_challenge(&peer, 200 + i);
                }
                r = a2s_step(a2s);
        }
        cr_assert_eq(r, -ELOOP);
        cr_assert_leq(n, A2S_CHALLENGES_MAX + 2);
        (void) safe_close(peer.fd);
}

Test(a2s, ignores_what_is_not_its_answer) {
        _cleanup_(a2s_freep) A2s *a2s = NULL;
        static const uint8_t large[A2S_DATAGRAM_MAX + 1] = { 0xff, 0xff, 0xff, 0xff, 'D' };
        uint8_t part[16];
        Peer peer, stranger;
        size_t size;

        peer_open(&peer);
        peer_open(&stranger);
        a2s = client_of(&peer);
        cr_assert_eq(a2s_begin(a2s, A2S_PLAYERS, in_a_minute()), 0);
        cr_assert_eq(a2s_step(a2s), 0);
        expect_request(&peer, A2S_NO_CHALLENGE);
        stranger.client = peer.client;
        peer_send(&stranger, PLAYERS "from elsewhere", 19);
        peer_send(&peer, "", 0);
        peer_send(&peer, "garbage", 7);
        peer_send(&peer, "\xff\xff\xff\xff", 4);
        peer_send(&peer, INFO "of another query", 21);
        peer_send(&peer, large, sizeof(large));
        peer_send(&peer, part, make_part(7, 0, 0, part));
        cr_assert_eq(a2s_step(a2s), 0);
        peer_send(&peer, PLAYERS "x", 6);
        cr_assert_eq(a2s_step(a2s), 1);
        cr_assert_arr_eq(a2s_answer(a2s, &size), "Dx", 2);
        cr_assert_eq(size, 2);

        /* An answer that came when the query had ended is old. */
        peer_send(&peer, PLAYERS "old", 8);
        cr_assert_eq(a2s_begin(a2s, A2S_PLAYERS, in_a_minute()), 0);
        cr_assert_eq(a2s_step(a2s), 0);
        (void) safe_close(stranger.fd);
        (void) safe_close(peer.fd);
}

Test(a2s, takes_a_split_answer_and_refuses_a_compressed_one) {
        _cleanup_(a2s_freep) A2s *a2s = NULL;
        static const uint8_t order[] = { 2, 0, 0, 1 };
        uint8_t part[16];
        Peer peer;
        size_t size;

        peer_open(&peer);
        a2s = client_of(&peer);
        cr_assert_eq(a2s_begin(a2s, A2S_PLAYERS, in_a_minute()), 0);
        cr_assert_eq(a2s_step(a2s), 0);
        expect_request(&peer, A2S_NO_CHALLENGE);
        for (size_t i = 0; i < ELEMENTSOF(order); i++)
                peer_send(&peer, part, make_part(7, 3, order[i], part));
        cr_assert_eq(a2s_step(a2s), 1);
        cr_assert_arr_eq(a2s_answer(a2s, &size), "Dabcd", 5);

        cr_assert_eq(a2s_begin(a2s, A2S_PLAYERS, in_a_minute()), 0);
        cr_assert_eq(a2s_step(a2s), 0);
        peer_send(&peer, part, make_part(0x80000007, 3, 0, part));
        cr_assert_eq(a2s_step(a2s), -EOPNOTSUPP);
        (void) safe_close(peer.fd);
}

/* As a server does while its map changes. */
Test(a2s, asks_again_until_the_deadline) {
        _cleanup_(a2s_freep) A2s *a2s = NULL;
        uint32_t challenge;
        uint8_t part[16];
        unsigned n = 0;
        Peer peer;

        peer_open(&peer);
        a2s = client_of(&peer);
        cr_assert_eq(a2s_begin(a2s, A2S_PLAYERS, in_a_minute()), 0);
        while (n < 3) {
                (void) poll(NULL, 0, 10);
                cr_assert_eq(a2s_step(a2s), 0);
                n += peer_read(&peer, &challenge);
        }
        a2s = a2s_free(a2s);

        a2s = client_of(&peer);
        cr_assert_eq(a2s_run(a2s, A2S_INFO, now_monotonic() + USEC_PER_SEC / 4), -ETIMEDOUT);
        /* A part is missing. */
        cr_assert_eq(a2s_begin(a2s, A2S_PLAYERS, now_monotonic() + USEC_PER_SEC / 4), 0);
        (void) peer_read(&peer, &challenge);
        peer_send(&peer, part, make_part(7, 3, 0, part));
        while (now_monotonic() < a2s_wakeup(a2s))
                (void) poll(NULL, 0, 10);
        while ((n = (unsigned) -a2s_step(a2s)) == 0)
                (void) poll(NULL, 0, 10);
        cr_assert_eq(n, ETIMEDOUT);
        (void) safe_close(peer.fd);
}

Test(a2s, says_that_nothing_listens) {
        _cleanup_(a2s_freep) A2s *a2s = NULL;
        char address[INET_ADDRSTRLEN];
        Peer peer;

        peer_open(&peer);
        (void) safe_close(peer.fd);
        a2s = client_of(&peer);
        for (unsigned i = 0; i < 2; i++)
                cr_assert_eq(a2s_run(a2s, A2S_INFO, in_a_minute()), -ECONNREFUSED);
        a2s = a2s_free(a2s);
        cr_assert_eq(a2s_new("localhost", 1, &a2s), -EINVAL);
        cr_assert_eq(inet_pton(AF_INET, a2s_own_address(address), &(struct in_addr) {}), 1);
}
