/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Ends all streams properly, because the service stops. For http/server.c. */
void streams_end(void);
