/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * tick: a loop of 100 ticks a second with two milliseconds of work each, as a game server has,
 * which measures how late each tick is done. Takes the place of srcds_linux in
 * tests/bench/lateness. At SIGUSR1 it prints what it measured since the last one, and begins again;
 * SIGINT ends it.
 *
 * Output: "tick: N ticks, µs late: 50 % A, 99 % B, 99.9 % C, most D"
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { TICK_NSEC = 10000000, WORK_NSEC = 2000000, TICKS_MAX = 1000000 };

static volatile sig_atomic_t is_asked, is_ended;
static long late[TICKS_MAX]; /* µs */

static void on_signal(int number) {
        if (number == SIGUSR1)
                is_asked = 1;
        else
                is_ended = 1;
}

static long long now_nsec(clockid_t clock) {
        struct timespec now;

        (void) clock_gettime(clock, &now);
        return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* By processor time: a thread that has to wait for the processor works no less. */
static void work(void) {
        long long end = now_nsec(CLOCK_THREAD_CPUTIME_ID) + WORK_NSEC;

        while (now_nsec(CLOCK_THREAD_CPUTIME_ID) < end)
                ;
}

static int compare(const void *a, const void *b) {
        long one = *(const long *) a, other = *(const long *) b;

        return one < other ? -1 : one > other;
}

static void print(size_t n) {
        qsort(late, n, sizeof(*late), compare);
        if (n > 0)
                (void) printf(
                        "tick: %zu ticks, µs late: 50 %% %ld, 99 %% %ld, 99.9 %% %ld, most %ld\n",
                        n, late[n / 2], late[n * 99 / 100], late[n * 999 / 1000], late[n - 1]);
        (void) fflush(stdout);
}

int main(void) {
        const struct sigaction action = { .sa_handler = on_signal };
        long long next = now_nsec(CLOCK_MONOTONIC);
        size_t n = 0;

        (void) sigaction(SIGUSR1, &action, NULL);
        (void) sigaction(SIGINT, &action, NULL);
        (void) sigaction(SIGTERM, &action, NULL);
        while (!is_ended) {
                struct timespec at;

                next += TICK_NSEC;
                at = (struct timespec) { next / 1000000000LL, (long) (next % 1000000000LL) };
                while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0 && !is_ended)
                        ;
                work();
                if (n < TICKS_MAX)
                        late[n++] = (long) (now_nsec(CLOCK_MONOTONIC) - next - WORK_NSEC) / 1000;
                if (is_asked) {
                        is_asked = 0;
                        print(n);
                        n = 0;
                        next = now_nsec(CLOCK_MONOTONIC);
                }
        }
        return EXIT_SUCCESS;
}
