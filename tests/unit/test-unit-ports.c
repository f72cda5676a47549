/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/unit-ports.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>

Test(unit_ports, no_such_group) {
        bool has;

        cr_expect_eq(unit_has_udp_port(-EBADF, "/no/such/group", 1, &has), -ENOENT);
        cr_expect_eq(unit_has_udp_port(-EBADF, "", 1, &has), -ENOENT);
}

Test(unit_ports, reads_lines_of_the_kernel) {
        static const char here[] = "  12: 0200007F:6987 00000000:0000 07 00000000:00000000 "
                                   "00:00000000 00000000   981        0 4711 2 00000000 0";
        static const char *const others[] = {
                "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid "
                " timeout inode",
                "",
                "12: 0200007F",
                "12: 0200007F:6987 00000000:0000 07 00000000:00000000 00:00000000 00000000",
                "12: xyz:6987 00000000:0000 07 00000000:00000000 00:00000000 00000000 981",
        };
        char address[INET_ADDRSTRLEN] = "";

        cr_expect(udp_line_parse(here, 27015, 981, address));
        cr_expect_str_eq(address, "127.0.0.2");
        cr_expect_not(udp_line_parse(here, 27016, 981, address));
        cr_expect_not(udp_line_parse(here, 27015, 980, address));
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                cr_expect_not(udp_line_parse(others[i], 27015, 981, address), "%s", others[i]);
}

/* Sockets as lines of the kernel, "ADDRESS:PORT" in its numbers, all of the user 981. */
static const char *address_of(const char *const sockets[], char ret[static INET_ADDRSTRLEN]) {
        char text[2048] = "";
        _cleanup_fclose_ FILE *f = NULL;
        size_t n = 0;

        for (; *sockets; sockets++)
                n += (size_t) snprintf(
                        text + n, sizeof(text) - n,
                        "  12: %s 00000000:0000 07 00000000:00000000 00:00000000 00000000   981 "
                        "       0 4711 2 00000000 0\n",
                        *sockets);
        f = fmemopen(text, n + 1, "r");
        cr_assert_not_null(f);
        return udp_lines_parse(f, 27015, 981, ret) > 0 ? ret : "none";
}

Test(unit_ports, one_address_counts_when_it_is_the_only_one) {
        static const struct {
                const char *sockets[4], *address;
        } tables[] = {
                { { "0200007F:6987", "0200007F:6987" }, "127.0.0.2" },
                { { "0200007F:6988", "0300007F:6987" }, "127.0.0.3" },
                { { "0200007F:6987", "00000000:6987" }, "0.0.0.0" },
                { { "00000000:6987", "0200007F:6987" }, "0.0.0.0" },
                { { "0200007F:6987", "0100007F:6987", "0200007F:6987" }, "0.0.0.0" },
                { { "0200007F:6988" }, "none" },
        };
        char address[INET_ADDRSTRLEN];

        for (size_t i = 0; i < ELEMENTSOF(tables); i++)
                cr_expect_str_eq(
                        address_of(tables[i].sockets, address), tables[i].address, "%zu", i);
}

/* In a network of its own, whose loopback interface gets them. */
Test(unit_ports, knows_each_of_many_addresses) {
        enum { ADDRESSES = 80 };
        _cleanup_close_ int fd = -EBADF;
        char text[INET_ADDRSTRLEN];

        if (unshare(CLONE_NEWNET) < 0)
                cr_skip("no right to make a network");
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        for (unsigned i = 1; i <= ADDRESSES; i++) {
                struct sockaddr_in address = { .sin_family = AF_INET };
                struct ifreq request = {};

                (void) snprintf(text, sizeof(text), "192.0.2.%u", i);
                cr_assert_eq(inet_pton(AF_INET, text, &address.sin_addr), 1);
                (void) snprintf(request.ifr_name, sizeof(request.ifr_name), "lo:%u", i);
                memcpy(&request.ifr_addr, &address, sizeof(address));
                cr_assert_eq(ioctl(fd, SIOCSIFADDR, &request), 0, "%s: %m", text);
        }
        for (unsigned i = 1; i <= ADDRESSES; i++) {
                (void) snprintf(text, sizeof(text), "192.0.2.%u", i);
                cr_expect(ipv4_is_own(text), "%s", text);
        }
        cr_expect_not(ipv4_is_own("192.0.2.200"));
}

Test(unit_ports, knows_no_user_of_this_name) {
        char address[INET_ADDRSTRLEN];

        cr_expect_eq(user_udp_address("no such user", 1, address), -ESRCH);
        cr_expect_eq(user_udp_address("root", 0, address), 0);
}

Test(unit_ports, asks_at_addresses_of_this_host_only) {
        char address[INET_ADDRSTRLEN];

        cr_expect(ipv4_is_own("127.0.0.1"));
        cr_expect(ipv4_is_own("127.0.0.2"));
        cr_expect_not(ipv4_is_own("192.0.2.1"));
        cr_expect_not(ipv4_is_own("0.0.0.0"));
        cr_expect_not(ipv4_is_own("localhost"));
        game_address(1, address);
        cr_expect_str_eq(address, GAME_ADDRESS_DEFAULT);
}
