/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Packets of Source RCON: takes them apart and makes them, without a socket. A packet is its size
 * (of what follows), an id, a type, a body and two NULs; numbers are 32 bits, little endian.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
        RCON_TYPE_RESPONSE = 0,
        RCON_TYPE_COMMAND = 2,
        RCON_TYPE_AUTH_RESULT = 2, /* from the server */
        RCON_TYPE_AUTH = 3,
};

enum {
        RCON_SIZE_MIN = 10,         /* of what follows the size: id, type and two NULs */
        RCON_SIZE_MAX = 128 * 1024, /* the protocol says 4096, servers have sent more */
        RCON_COMMAND_MAX = 4096 - RCON_SIZE_MIN, /* bytes of a body that a server reads */
        RCON_BUILD_MAX = 4 + RCON_SIZE_MIN + RCON_COMMAND_MAX,
};

typedef struct RconPacket {
        int32_t id, type;
        const char *body; /* within the caller's data, without the NULs at its end */
        size_t size;      /* bytes of the body, which may have NULs */
} RconPacket;

/*
 * The first packet of some bytes: 1, with the bytes that it takes; 0 when it is not complete yet;
 * -EBADMSG when the bytes can't begin a packet, after which the connection has no use.
 */
int rcon_packet_parse(const void *data, size_t size, RconPacket *ret, size_t *ret_used)
        _must_check_;

/* Makes a packet and returns its bytes, or -EMSGSIZE for a body that no server reads. */
int rcon_packet_build(
        int32_t id, int32_t type, const char *body, uint8_t ret[static RCON_BUILD_MAX])
        _must_check_;
