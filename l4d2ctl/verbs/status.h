/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* `l4d2ctl status` about one server: all that is known, and the parts that the brief list of all
 * servers has too. */

#include "common/ctl.h"
#include "servers/servers.h"

/* host: as players reach it. Returns an ExitCode. */
int status_print_server(Ctl *ctl, const Server *server, const char *host) _must_check_;

/* The dot before its name, in the color of its state. */
void status_print_dot(const Server *server);

void status_print_state(const Server *server);

/* " since Mon 2025-11-24 04:00:00 CET; 2min 3s ago" */
void status_print_since(const Server *server);

/* "killed by SIGSEGV, Mon 2025-11-24 04:00:00 CET; 2min 3s ago", when it runs again. Runs that
 * ended well may lie between that one and this one. false: there is nothing to print. */
bool status_print_last_end(const Server *server, bool is_brief);

/* Returns advice about the spec, or NULL. */
const char *status_spec_hint(const Server *server);
