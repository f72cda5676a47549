/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/time-text.h"

#include <inttypes.h>

uint64_t timespec_usec(const struct timespec *time) {
        return (uint64_t) time->tv_sec * USEC_PER_SEC + (uint64_t) time->tv_nsec / 1000;
}

static uint64_t now(clockid_t clock) {
        struct timespec ts;

        (void) clock_gettime(clock, &ts);
        return timespec_usec(&ts);
}

uint64_t now_realtime(void) {
        return now(CLOCK_REALTIME);
}

uint64_t now_monotonic(void) {
        return now(CLOCK_MONOTONIC);
}

uint64_t now_boottime(void) {
        return now(CLOCK_BOOTTIME);
}

const char *time_format(uint64_t time, char buffer[static TIME_TEXT_MAX]) {
        time_t t = (time_t) (time / USEC_PER_SEC);
        struct tm tm;

        if (time == 0 || !localtime_r(&t, &tm) ||
            strftime(buffer, TIME_TEXT_MAX, "%a %Y-%m-%d %H:%M:%S %Z", &tm) == 0)
                return "n/a";
        return buffer;
}

const char *span_format(uint64_t usec, char buffer[static TIME_TEXT_MAX]) {
        uint64_t seconds = usec / USEC_PER_SEC;

        if (seconds < 60)
                (void) snprintf(buffer, TIME_TEXT_MAX, "%" PRIu64 "s", seconds);
        else if (seconds < 3600)
                (void) snprintf(
                        buffer, TIME_TEXT_MAX, "%" PRIu64 "min %" PRIu64 "s", seconds / 60,
                        seconds % 60);
        else if (seconds < 86400)
                (void) snprintf(
                        buffer, TIME_TEXT_MAX, "%" PRIu64 "h %" PRIu64 "min", seconds / 3600,
                        seconds / 60 % 60);
        else
                (void) snprintf(
                        buffer, TIME_TEXT_MAX, "%" PRIu64 "d %" PRIu64 "h", seconds / 86400,
                        seconds / 3600 % 24);
        return buffer;
}
