/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <sys/socket.h>
#include <sys/un.h>

/* Objects that a process of the game's user leaves behind for the probe to find: made by the
 * probe's own program, started with OBJECTS_OPTION outside of any sandbox. */

#define OBJECTS_OPTION  "--objects"
#define OBJECTS_IPC_KEY 0x4c344d45
#define OBJECTS_QUEUE   "/left4me-neighbour"
#define OBJECTS_SOCKET  "left4me-neighbour"
#define OBJECTS_KEY     "left4me-secret"

/* A UDP port that it shares with every process that binds it. */
#define OBJECTS_SHARED_PORT 27099

/* Makes them and waits for ever. Returns an exit status when it can't. */
int objects_make(void);

/* The address of the abstract socket; returns its size. */
socklen_t objects_address(struct sockaddr_un *ret);
