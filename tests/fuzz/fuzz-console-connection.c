/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "server/console-connection.h"

/* Any request, on a host without servers: an answer, and no connection. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(paths_freep) Paths *paths = NULL;
        int32_t result = 1;
        int pair[2];

        /* The socket's buffer takes that much. */
        if (size > 4096)
                return 0;
        FUZZ_CHECK(paths_new("/nonexistent", &paths) >= 0);
        FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        FUZZ_CHECK(send(pair[0], data, size, MSG_NOSIGNAL) == (ssize_t) size);
        FUZZ_CHECK(shutdown(pair[0], SHUT_WR) == 0);
        FUZZ_CHECK(console_connection_serve(paths, pair[1]) < 0);
        FUZZ_CHECK(recv(pair[0], &result, sizeof(result), 0) == sizeof(result) && result < 0);
        (void) close(pair[0]);
        (void) close(pair[1]);
        return 0;
}
