/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For callers that have nothing else to do than to wait for answers. */

#include <poll.h>

#include "base/time-text.h"
#include "query/rcon.h"

enum { POLL_MAX = 60 * 1000 * 1000 }; /* µs */

int rcon_run(Rcon *rcon, const char *command, bool is_repeatable, uint64_t deadline) {
        RconWait wait = { .rcon = rcon };
        int r;

        r = rcon_begin(rcon, command, is_repeatable);
        if (r < 0)
                return r;
        r = rcon_run_all(&wait, 1, deadline);
        if (r < 0)
                return r;
        return wait.result < 0 ? wait.result : 0;
}

/* Lets each client do what it can, returns how many still wait. */
static size_t step_all(RconWait *waits, size_t n, struct pollfd *fds) {
        size_t waiting = 0;

        for (size_t i = 0; i < n; i++) {
                if (waits[i].result == 0)
                        waits[i].result = rcon_step(waits[i].rcon);
                if (waits[i].result != 0)
                        continue;
                fds[waiting++] = (struct pollfd) { .fd = rcon_fd(waits[i].rcon),
                                                   .events = rcon_events(waits[i].rcon) };
        }
        return waiting;
}

int rcon_run_all(RconWait *waits, size_t n, uint64_t deadline) {
        _cleanup_free_ struct pollfd *fds = calloc(n + 1, sizeof(*fds));
        size_t waiting;

        if (!fds)
                return -ENOMEM;
        while ((waiting = step_all(waits, n, fds)) > 0) {
                uint64_t now = now_monotonic(), left = now < deadline ? deadline - now : 0;

                if (left == 0)
                        break;
                if (left > POLL_MAX)
                        left = POLL_MAX;
                if (poll(fds, waiting, (int) ((left + 999) / 1000)) < 0 && errno != EINTR)
                        return -errno;
        }

        for (size_t i = 0; waiting > 0 && i < n; i++)
                if (waits[i].result == 0) {
                        rcon_leave(waits[i].rcon);
                        waits[i].result = -ETIMEDOUT;
                }
        return 0;
}
