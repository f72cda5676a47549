/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/this-host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "http/connection.h"

/* Headers that proxies add. */
static const char *const proxy_headers[] = {
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via",
};

/* The name alone, without a port and the brackets of IPv6; false when it is too long for loopback.
 */
static bool copy_name(const char *host, char *ret, size_t size) {
        bool has_brackets = *host == '[';
        size_t length;

        host += has_brackets;
        length = strcspn(host, has_brackets ? "]" : ":");
        if (length >= size || (has_brackets && host[length] != ']'))
                return false;
        memcpy(ret, host, length);
        ret[length] = '\0';
        host += length + has_brackets;
        return *host == '\0' ||
               (*host == ':' && strspn(host + 1, "0123456789") == strlen(host + 1));
}

bool host_is_loopback(const char *host) {
        struct in6_addr v6;
        struct in_addr v4;
        char name[INET6_ADDRSTRLEN];

        if (!copy_name(host, name, sizeof(name)))
                return false;
        if (*host == '[')
                return inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
        if (inet_pton(AF_INET, name, &v4) == 1)
                return ntohl(v4.s_addr) >> 24 == 127;
        return strcasecmp(name, "localhost") == 0;
}

bool request_is_of_this_host(const Request *request) {
        const char *host = request_header(request, "Host");

        if (!request->http.connection->is_local || !host || !host_is_loopback(host))
                return false;
        for (size_t i = 0; i < ELEMENTSOF(proxy_headers); i++)
                if (request_header(request, proxy_headers[i]))
                        return false;
        return true;
}
