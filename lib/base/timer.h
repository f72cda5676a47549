/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Timers of an event loop that run again and again, each time after another while. */

#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"

/* Lets a timer run once, so many µs from now. 0 or -errno. */
_must_check_ static inline int timer_start(sd_event_source *timer, uint64_t usec) {
        int r = sd_event_source_set_time_relative(timer, usec);

        return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}
