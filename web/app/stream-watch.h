/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Ends streams within a second after their right to go on has ended. It notes that a session ended,
 * a user's file changed or a server did, and has all streams checked a little later, once for many
 * changes. For main.c.
 */

#include "web.h"

typedef struct StreamWatch StreamWatch;

/* Needs the web app's sessions, users and servers, which must outlive it. */
int stream_watch_new(Web *web, StreamWatch **ret) _must_check_;

StreamWatch *stream_watch_free(StreamWatch *watch);
DEFINE_CLEANUP(StreamWatch *, stream_watch_free)
