/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Where players find this host. It may have many addresses and stand behind a translating router:
 * shown is the one it uses itself towards the internet, which nobody is asked for.
 */

#include <stdint.h>

enum { ADDRESS_MAX = 280 };

/* "192.0.2.7:27015", or with the host's name when it has no route to anywhere. */
const char *server_address(uint16_t port, char buffer[static ADDRESS_MAX]);
