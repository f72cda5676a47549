/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit-ports.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

Test(unit_ports, no_such_group) {
        bool has;

        cr_expect_eq(unit_has_udp_port(-EBADF, "/no/such/group", 1, &has), -ENOENT);
        cr_expect_eq(unit_has_udp_port(-EBADF, "", 1, &has), -ENOENT);
}

/* The program's arguments are what its parent wrote: the shell's do for a game's. */
static int port_of(const char *one, const char *other, uint16_t *ret) {
        int fds[2], r;
        char ready;
        pid_t pid;

        cr_assert_eq(pipe(fds), 0);
        pid = fork();
        if (pid == 0) {
                (void) dup2(fds[1], STDOUT_FILENO);
                (void) close(fds[0]);
                (void) execl(
                        "/bin/sh", "sh", "-c", "echo; read line; exit", "sh", one, other, NULL);
                _exit(127);
        }
        cr_assert_eq(read(fds[0], &ready, 1), 1);
        r = process_port_argument((uint32_t) pid, ret);
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
        (void) close(fds[0]);
        (void) close(fds[1]);
        return r;
}

Test(unit_ports, argument_of_a_process) {
        uint16_t port = 0;

        cr_expect_eq(port_of("-port", "27015", &port), 0);
        cr_expect_eq(port, 27015);
        cr_expect_eq(port_of("-port", "", &port), -ENODATA);
        cr_expect_eq(port_of("-port", "65536", &port), -ENODATA);
        cr_expect_eq(port_of("-port", "-1", &port), -ENODATA);
        cr_expect_eq(port_of("-port", "1x", &port), -ENODATA);
        cr_expect_eq(port_of("x", "-port", &port), -ENODATA);
        cr_expect_eq(port, 27015);
        cr_expect_eq(process_port_argument(UINT32_MAX, &port), -ENOENT);
}
