/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/a2s.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/time-text.h"

struct A2s {
        struct sockaddr_in address;
        int fd;
        bool is_busy, must_send;
        A2sQuery query;
        uint32_t challenge; /* kept between queries, because servers keep theirs for a while */
        unsigned n_challenges;
        uint64_t deadline, send_at;    /* of this query */
        uint64_t sent[A2S_PER_SECOND]; /* when the last datagrams went out; 0: never */
        unsigned next_sent;
        uint8_t *answer;
        size_t answer_size;
        A2sJoin join;
};

enum {
        DATAGRAMS_MAX = 64, /* of one step, because a server can send faster than they are read */
        POLL_MAX = 60 * 1000 * 1000, /* µs */
};

/* An address of TEST-NET-2, to which nothing is sent: the kernel only chooses the way there. */
#define FAR_AWAY "198.51.100.1"

const char *a2s_own_address(char buffer[static INET_ADDRSTRLEN]) {
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9) };
        socklen_t size = sizeof(address);

        (void) inet_pton(AF_INET, FAR_AWAY, &address.sin_addr);
        if (fd < 0 || connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 ||
            getsockname(fd, (struct sockaddr *) &address, &size) < 0 ||
            !inet_ntop(AF_INET, &address.sin_addr, buffer, INET_ADDRSTRLEN))
                (void) snprintf(buffer, INET_ADDRSTRLEN, "127.0.0.1");
        return buffer;
}

int a2s_new(const char *address, uint16_t port, A2s **ret) {
        _cleanup_(a2s_freep) A2s *a2s = calloc(1, sizeof(*a2s));

        if (!a2s)
                return -ENOMEM;
        a2s->fd = -EBADF;
        a2s->challenge = A2S_NO_CHALLENGE;
        a2s->address = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = htons(port) };
        if (inet_pton(AF_INET, address, &a2s->address.sin_addr) != 1)
                return -EINVAL;

        *ret = TAKE_PTR(a2s);
        return 0;
}

A2s *a2s_free(A2s *a2s) {
        if (!a2s)
                return NULL;
        (void) safe_close(a2s->fd);
        free(a2s->answer);
        free(a2s);
        return NULL;
}

/* --- input and output ---------------------------------------------------------------------------
 */

/* Connected: the kernel drops datagrams from other addresses, and tells that nothing listens. */
static int open_socket(A2s *a2s) {
        a2s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (a2s->fd < 0)
                return -errno;
        if (connect(a2s->fd, (const struct sockaddr *) &a2s->address, sizeof(a2s->address)) < 0) {
                int r = -errno;

                a2s->fd = safe_close(a2s->fd);
                return r;
        }
        return 0;
}

/* When the next datagram may go out. */
static uint64_t may_send_at(const A2s *a2s) {
        uint64_t oldest = a2s->sent[a2s->next_sent];

        return oldest > 0 ? oldest + USEC_PER_SEC : 0;
}

static int send_request(A2s *a2s, uint64_t now) {
        uint8_t request[A2S_REQUEST_MAX];
        size_t size = a2s_request_build(a2s->query, a2s->challenge, request);

        /* A full buffer loses it, as UDP may. */
        if (send(a2s->fd, request, size, MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != EINTR)
                return -errno;
        a2s->sent[a2s->next_sent] = now;
        a2s->next_sent = (a2s->next_sent + 1) % A2S_PER_SECOND;
        a2s->must_send = false;
        a2s->send_at = now + USEC_PER_SEC;
        return 0;
}

/*
 * The request goes out again with the new challenge. The one that was sent already comes again when
 * a datagram was doubled, or when the server forgets it at once.
 */
static int take_challenge(A2s *a2s, uint32_t challenge) {
        if (++a2s->n_challenges > A2S_CHALLENGES_MAX)
                return -ELOOP;
        if (challenge != a2s->challenge)
                a2s->must_send = true;
        a2s->challenge = challenge;
        return 0;
}

/* 1: it is the answer. Answers to earlier queries, and what is not A2S, are left out. */
static int handle_datagram(A2s *a2s, const uint8_t *datagram, size_t size) {
        const uint8_t *answer;
        uint32_t challenge;
        size_t answer_size;
        int r;

        r = a2s_join(&a2s->join, datagram, size, &answer, &answer_size);
        if (r <= 0)
                return r == -EBADMSG ? 0 : r;
        if (a2s_is_challenge(answer, answer_size, &challenge))
                return take_challenge(a2s, challenge);
        if (!a2s_answers(a2s->query, answer, answer_size))
                return 0;

        free(a2s->answer);
        a2s->answer_size = 0;
        a2s->answer = malloc(answer_size);
        if (!a2s->answer)
                return -ENOMEM;
        memcpy(a2s->answer, answer, answer_size);
        a2s->answer_size = answer_size;
        return 1;
}

/* 1: received the answer; 0: there is nothing now. */
static int receive(A2s *a2s) {
        uint8_t datagram[A2S_DATAGRAM_MAX];

        for (unsigned i = 0; i < DATAGRAMS_MAX; i++) {
                ssize_t n = recv(a2s->fd, datagram, sizeof(datagram), MSG_TRUNC);
                int r;

                if (n < 0)
                        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
                if ((size_t) n > sizeof(datagram))
                        continue;
                r = handle_datagram(a2s, datagram, (size_t) n);
                if (r != 0)
                        return r;
        }
        return 0;
}

/* --- for callers --------------------------------------------------------------------------------
 */

/* Late answers to earlier queries are old, and so is an error. */
static void discard_input(A2s *a2s) {
        uint8_t byte;

        for (unsigned i = 0; i < DATAGRAMS_MAX; i++)
                if (recv(a2s->fd, &byte, 1, 0) < 0 && errno == EAGAIN)
                        return;
}

int a2s_begin(A2s *a2s, A2sQuery query, uint64_t deadline) {
        int r;

        if (a2s->is_busy)
                return -EBUSY;
        if (a2s->fd >= 0)
                discard_input(a2s);
        else {
                r = open_socket(a2s);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < ELEMENTSOF(a2s->join.splits); i++)
                a2s->join.splits[i].total = 0;
        a2s->is_busy = a2s->must_send = true;
        a2s->query = query;
        a2s->n_challenges = 0;
        a2s->deadline = deadline;
        a2s->answer_size = 0;
        return 0;
}

int a2s_fd(const A2s *a2s) {
        return a2s->is_busy ? a2s->fd : -EBADF;
}

short a2s_events(const A2s *a2s) {
        return (short) (a2s->is_busy ? POLLIN : 0);
}

uint64_t a2s_wakeup(const A2s *a2s) {
        uint64_t at = a2s->must_send ? 0 : a2s->send_at, allowed = may_send_at(a2s);

        if (!a2s->is_busy)
                return UINT64_MAX;
        if (at < allowed)
                at = allowed;
        return at < a2s->deadline ? at : a2s->deadline;
}

static int end(A2s *a2s, int result) {
        a2s->is_busy = false;
        return result;
}

int a2s_step(A2s *a2s) {
        uint64_t now = now_monotonic();
        int r;

        if (!a2s->is_busy)
                return 1;
        r = receive(a2s);
        if (r != 0)
                return end(a2s, r);
        if (now >= a2s->deadline)
                return end(a2s, -ETIMEDOUT);
        if ((a2s->must_send || now >= a2s->send_at) && now >= may_send_at(a2s)) {
                r = send_request(a2s, now);
                if (r < 0)
                        return end(a2s, r);
        }
        return 0;
}

const uint8_t *a2s_answer(const A2s *a2s, size_t *ret_size) {
        *ret_size = a2s->answer_size;
        return a2s->answer;
}

int a2s_run(A2s *a2s, A2sQuery query, uint64_t deadline) {
        int r;

        r = a2s_begin(a2s, query, deadline);
        if (r < 0)
                return r;
        while ((r = a2s_step(a2s)) == 0) {
                struct pollfd p = { .fd = a2s_fd(a2s), .events = a2s_events(a2s) };
                uint64_t now = now_monotonic(), at = a2s_wakeup(a2s);
                uint64_t left = at > now ? at - now : 0;

                if (left > POLL_MAX)
                        left = POLL_MAX;
                if (poll(&p, 1, (int) ((left + 999) / 1000)) < 0 && errno != EINTR)
                        return end(a2s, -errno);
        }
        return r < 0 ? r : 0;
}
