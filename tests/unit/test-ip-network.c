/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>

#include "base/ip-network.h"

static void assert_good(const char *text, int family, unsigned prefix, const char *formatted) {
        char buffer[IP_NETWORK_TEXT_MAX];
        const char *problem = NULL;
        IpNetwork network;

        cr_assert_eq(ip_network_parse(text, &network, &problem), 0, "%s: %s", text, problem);
        cr_assert_eq(network.family, family);
        cr_assert_eq(network.prefix, prefix);
        cr_assert_str_eq(ip_network_format(&network, buffer), formatted);
}

Test(ip_network, good_ones_are_formatted_as_the_kernel_does) {
        assert_good("192.0.2.7", AF_INET, 32, "192.0.2.7");
        assert_good("192.0.2.7/32", AF_INET, 32, "192.0.2.7");
        assert_good("192.0.2.0/24", AF_INET, 24, "192.0.2.0/24");
        assert_good("128.0.0.0/1", AF_INET, 1, "128.0.0.0/1");
        assert_good("0.0.0.0/0", AF_INET, 0, "0.0.0.0/0");
        assert_good("2001:DB8:0::/32", AF_INET6, 32, "2001:db8::/32");
        assert_good("2001:db8::1", AF_INET6, 128, "2001:db8::1");
        assert_good("::1/128", AF_INET6, 128, "::1");
        assert_good("::/0", AF_INET6, 0, "::/0");
        assert_good("fe80::/10", AF_INET6, 10, "fe80::/10");
}

Test(ip_network, bad_ones_are_refused_with_a_reason) {
        static const struct {
                const char *text, *word;
        } bad[] = {
                { "", "must be an IP address" },
                { "/", "must be an IP address" },
                { "/24", "must be an IP address" },
                { "localhost", "must be an IP address" },
                { "192.0.2", "must be an IP address" },
                { "192.0.2.256", "must be an IP address" },
                { "192.0.2.1 ", "must be an IP address" },
                { "192.0.2.0-192.0.2.9", "must be an IP address" },
                { "2001:db8::1%lo", "must be an IP address" },
                { "[::1]", "must be an IP address" },
                { "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", "must be an IP address" },
                { "192.0.2.0/", "0 to 32" },
                { "192.0.2.0/33", "0 to 32" },
                { "192.0.2.0/+4", "0 to 32" },
                { "192.0.2.0/024", "0 to 32" },
                { "192.0.2.0/24/24", "0 to 32" },
                { "192.0.2.0/4294967320", "0 to 32" },
                { "192.0.2.0/255.255.255.0", "0 to 32" },
                { "2001:db8::/129", "0 to 128" },
                { "192.0.2.7/24", "behind the prefix" },
                { "0.0.0.1/0", "behind the prefix" },
                { "2001:db8::1/127", "behind the prefix" },
                { "::ffff:192.0.2.1", "::ffff:" },
                { "::ffff:0:0/96", "::ffff:" },
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                IpNetwork network = { .prefix = 999 };
                const char *problem = NULL;

                cr_assert_eq(
                        ip_network_parse(bad[i].text, &network, &problem), -EINVAL, "%s",
                        bad[i].text);
                cr_assert_not_null(strstr(problem, bad[i].word), "%s: %s", bad[i].text, problem);
                cr_assert_eq(network.prefix, 999);
        }
}
