/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Connects its client to the RCON of the server that it names, for left4me-console@.service. The
 * client is at standard input.
 *
 * Exit status: 0 answered, also when the server is not there; 1 failed and said why.
 */

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "server/console-connection.h"

int main(int argc, char **argv _unused_) {
        _cleanup_(paths_freep) Paths *paths = NULL;
        int r;

        if (argc != 1) {
                log_error("left4me-console takes no arguments: left4me-console@.service runs it");
                return EXIT_FAILURE;
        }
        r = paths_new(NULL, &paths);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to set up paths");
                return EXIT_FAILURE;
        }
        r = console_connection_serve(paths, STDIN_FILENO);
        /* A server that does not run or listen is the client's to report. */
        if (r < 0 && r != -ENOTCONN && r != -ECONNREFUSED) {
                (void) log_error_errno(r, "Failed to connect a client to a server's console");
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
