/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The least an HTTP server on libmicrohttpd does: the same few bytes for every request, one thread,
 * epoll. The time that the web app takes beyond this is its own.
 *
 * Usage: hello-microhttpd PORT
 */

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>

#include <microhttpd.h>

static const char page[] = "<!doctype html><title>Hello</title><p>Hello";

static enum MHD_Result answer(
        void *userdata, struct MHD_Connection *connection, const char *url, const char *method,
        const char *version, const char *data, size_t *size, void **state) {
        static int begun;
        struct MHD_Response *response = userdata;

        (void) url, (void) method, (void) version, (void) data, (void) size;
        /* The first call has only the headers. */
        if (!*state) {
                *state = &begun;
                return MHD_YES;
        }
        return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

int main(int argc, char **argv) {
        struct MHD_Response *response;
        struct MHD_Daemon *daemon;
        struct sockaddr_in address = {
                .sin_family = AF_INET,
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
        sigset_t signals;
        int which;

        if (argc != 2)
                return EXIT_FAILURE;
        address.sin_port = htons((uint16_t) strtoul(argv[1], NULL, 10));
        (void) sigemptyset(&signals);
        (void) sigaddset(&signals, SIGTERM);
        (void) sigprocmask(SIG_BLOCK, &signals, NULL);

        response = MHD_create_response_from_buffer_static(sizeof(page) - 1, page);
        if (!response || MHD_add_response_header(
                                 response, "Content-Type", "text/html; charset=utf-8") != MHD_YES)
                return EXIT_FAILURE;
        daemon = MHD_start_daemon(
                MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, response,
                MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
        if (!daemon)
                return EXIT_FAILURE;

        (void) sigwait(&signals, &which);
        MHD_stop_daemon(daemon);
        MHD_destroy_response(response);
        return EXIT_SUCCESS;
}
