/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cleanup.h"
#include "spec/address.h"

#include <criterion/criterion.h>
#include <string.h>

Test(address, what_may_be_a_public_address) {
        static const char *const good[] = {
                "192.0.2.7", "10.0.0.1", "2001:db8::7", "::1",       "play.example.org",
                "play",      "a-b.c",    "1host",       "4.example",
        };
        static const char *const bad[] = { "",
                                           "0.0.0.0",
                                           "::",
                                           "224.0.0.1",
                                           "255.255.255.255",
                                           "ff02::1",
                                           "1.2.3",
                                           "1.2.3.256",
                                           "1.2.3.4.",
                                           "[::1]",
                                           "::1%eth0",
                                           "a:27015",
                                           "1.2.3.4:1",
                                           "a..b",
                                           ".a",
                                           "a.",
                                           "-a",
                                           "a-",
                                           "a b",
                                           "a\"b",
                                           "a/b",
                                           "ä.org",
                                           "a_b",
                                           "2001:db8",
                                           "1",
                                           "http://a.org" };

        for (size_t i = 0; i < ELEMENTSOF(good); i++)
                cr_expect(host_address_is_valid(good[i]), "%s", good[i]);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_not(host_address_is_valid(bad[i]), "%s", bad[i]);
}

Test(address, lengths_of_names) {
        char name[300];

        memset(name, 'a', sizeof(name));
        name[63] = '\0';
        cr_assert(host_address_is_valid(name));
        name[63] = 'a';
        name[64] = '\0';
        cr_assert_not(host_address_is_valid(name));

        memset(name, 'a', sizeof(name));
        for (size_t i = 50; i < sizeof(name); i += 51)
                name[i] = '.';
        name[253] = '\0';
        cr_assert(host_address_is_valid(name));
        name[253] = 'a';
        name[254] = '\0';
        cr_assert_not(host_address_is_valid(name));
}

Test(address, a_port_follows) {
        char address[ADDRESS_MAX], name[HOST_ADDRESS_MAX];

        cr_assert_str_eq(server_address("192.0.2.7", 27015, address), "192.0.2.7:27015");
        cr_assert_str_eq(server_address("2001:db8::7", 27015, address), "[2001:db8::7]:27015");
        cr_assert_str_eq(server_address("play.example.org", 1, address), "play.example.org:1");
        memset(name, 'a', sizeof(name));
        name[sizeof(name) - 1] = '\0';
        cr_assert_eq(strlen(server_address(name, 65535, address)), 253 + 6);
}

Test(address, the_configuration_wins) {
        char written[] = "2001:db8::7", host[HOST_ADDRESS_MAX];
        HostConfig config = { .public_address = written };

        host_address(&config, -EBADF, host);
        cr_assert_str_eq(host, "2001:db8::7");
        config.public_address = NULL;
        host_address(&config, -EBADF, host);
        cr_assert(host_address_is_valid(host), "%s", host);
}
