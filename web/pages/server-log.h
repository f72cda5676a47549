/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The end of a server's log, for pages that show it beside other things. */

#include "app/request.h"
#include "serverlog/line.h"
#include "servers/servers.h"

/* The last lines that the request's user may see, at most n, for log-lines.mustache. */
int server_log_read(const Request *request, const Server *server, uint64_t n, LogLines *ret)
        _must_check_;
void server_log_clear(LogLines *lines);
