/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A server's row of the overview as HTML. */

#include "servers/servers.h"
#include "view/templates.h"

/*
 * The server's model rendered by the template `server-row`. It is rendered once for each model and
 * kept beside it; valid until the event loop goes on.
 */
int server_row_get(Server *server, const Templates *templates, const char **ret, size_t *ret_size)
        _must_check_;
