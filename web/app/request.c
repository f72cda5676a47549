/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/request.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>

#include "http/connection.h"

const char *request_typed(const Request *request, const char *name, const char *fallback) {
        const char *typed = request->error ? request_field(request, name) : NULL;

        return typed ? typed : fallback;
}

const char *request_address(const Request *request) {
        static char buffer[HTTP_ADDRESS_MAX];
        const HttpConnection *c = request->http.connection;
        const char *forwarded = NULL;

        if (c->is_local && request->web->config->behind_https)
                forwarded = http_request_forwarded(&request->http, buffer);
        return forwarded ? forwarded : c->address;
}

const char *request_network(const Request *request) {
        static char buffer[HTTP_ADDRESS_MAX];
        const char *text = request_address(request);
        struct in6_addr address;

        if (inet_pton(AF_INET6, text, &address) != 1)
                return text;
        if (IN6_IS_ADDR_V4MAPPED(&address))
                return inet_ntop(AF_INET, &address.s6_addr[12], buffer, sizeof(buffer));
        memset(&address.s6_addr[8], 0, 8);
        return inet_ntop(AF_INET6, &address, buffer, sizeof(buffer));
}

void request_set_title(Request *request, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(request->title, sizeof(request->title), format, ap);
        va_end(ap);
}
