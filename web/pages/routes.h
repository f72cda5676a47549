/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The route table: every request the web app answers. For main.c, which passes it to the rest. */

#include "app/router.h"

extern const RouteTable routes;
