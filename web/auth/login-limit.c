/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "auth/login-limit.h"

#include <string.h>
#include <sys/random.h>

#include "base/sha256.h"
#include "base/time-text.h"

/* Indexed by a hash with a secret key: a stranger's text is not stored, and attackers can't aim at
 * another user's place in the table. */
enum { KEY_SIZE = 16, WAYS = 8, SETS = LOGIN_LIMITS_MAX / WAYS, FAILURES_MAX = 64 };

typedef struct Limit {
        uint64_t id;   /* 0: free */
        uint64_t last; /* microseconds, CLOCK_MONOTONIC */
        unsigned failures;
} Limit;

struct LoginLimits {
        uint8_t key[KEY_SIZE];
        Limit sets[SETS][WAYS];
};

int login_limits_new(LoginLimits **ret) {
        LoginLimits *limits = calloc(1, sizeof(*limits));

        if (!limits)
                return -ENOMEM;
        if (getrandom(limits->key, sizeof(limits->key), 0) != sizeof(limits->key)) {
                free(limits);
                return -EIO;
        }
        *ret = limits;
        return 0;
}

static uint64_t hash(const LoginLimits *limits, char kind, const char *text) {
        uint8_t input[KEY_SIZE + 1 + 64] = {}, digest[SHA256_SIZE];
        uint64_t id;

        memcpy(input, limits->key, KEY_SIZE);
        input[KEY_SIZE] = (uint8_t) kind;
        memcpy(input + KEY_SIZE + 1, text, strnlen(text, 64));
        sha256(input, sizeof(input), digest);
        memcpy(&id, digest, sizeof(id));
        return id | 1;
}

/* Returns NULL for an unknown key. */
static Limit *look_up(LoginLimits *limits, uint64_t id) {
        Limit *set = limits->sets[id / 2 % SETS];

        for (size_t i = 0; i < WAYS; i++)
                if (set[i].id == id)
                        return &set[i];
        return NULL;
}

/* One that is not remembered yet takes the place of the oldest, and is the newest then: else the
 * next one of the same set would take it again. */
static Limit *find(LoginLimits *limits, uint64_t id, uint64_t now) {
        Limit *set = limits->sets[id / 2 % SETS], *oldest = set, *known = look_up(limits, id);

        if (known)
                return known;
        for (size_t i = 0; i < WAYS; i++)
                if (set[i].last < oldest->last)
                        oldest = &set[i];
        *oldest = (Limit) { .id = id, .last = now };
        return oldest;
}

static unsigned seconds_to_wait(Limit *limit, unsigned wait_max, uint64_t now) {
        uint64_t wait, passed = now - limit->last;

        /* All is forgotten. */
        if (passed > 2 * (uint64_t) wait_max * USEC_PER_SEC)
                limit->failures = 0;
        if (limit->failures < LOGIN_FREE)
                return 0;

        unsigned n = limit->failures - LOGIN_FREE;

        wait = n < 16 ? UINT64_C(1) << n : wait_max;
        if (wait > wait_max)
                wait = wait_max;
        wait *= USEC_PER_SEC;
        return passed >= wait ? 0 : (unsigned) ((wait - passed) / USEC_PER_SEC + 1);
}

static void count(Limit *limit, uint64_t now) {
        if (limit->failures < FAILURES_MAX)
                limit->failures++;
        limit->last = now;
}

unsigned login_limits_try(
        LoginLimits *limits, const char *address, const char *user, uint64_t now) {
        Limit *by_address = find(limits, hash(limits, 'a', address), now);
        Limit *by_user = find(limits, hash(limits, 'u', user), now);
        unsigned a = seconds_to_wait(by_address, LOGIN_WAIT_ADDRESS_MAX, now);
        unsigned u = seconds_to_wait(by_user, LOGIN_WAIT_USER_MAX, now);

        if (a > 0 || u > 0)
                return a > u ? a : u;
        count(by_address, now);
        count(by_user, now);
        return 0;
}

void login_limits_succeed(LoginLimits *limits, const char *address, const char *user) {
        Limit *by_address = look_up(limits, hash(limits, 'a', address));
        Limit *by_user = look_up(limits, hash(limits, 'u', user));

        if (by_user)
                by_user->failures = 0;
        if (!by_address)
                return;
        if (by_address->failures > 0)
                by_address->failures--;

        /* The attempt began then. */
        uint64_t last = by_address->last;
        Limit *known = find(limits, hash(limits, 'k', address), last);

        known->failures = 1;
        known->last = last;
}

bool login_limits_is_known(LoginLimits *limits, const char *address, uint64_t now) {
        const Limit *known = look_up(limits, hash(limits, 'k', address));

        return known && known->failures > 0 && now - known->last < LOGIN_KNOWN_AGE;
}

LoginLimits *login_limits_free(LoginLimits *limits) {
        free(limits);
        return NULL;
}
