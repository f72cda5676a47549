/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/rcon-packet.h"

#include <endian.h>
#include <string.h>

static uint32_t get_u32(const uint8_t *bytes) {
        uint32_t value;

        memcpy(&value, bytes, sizeof(value));
        return le32toh(value);
}

static void put_u32(uint8_t *bytes, uint32_t value) {
        value = htole32(value);
        memcpy(bytes, &value, sizeof(value));
}

int rcon_packet_parse(const void *data, size_t size, RconPacket *ret, size_t *ret_used) {
        const uint8_t *bytes = data;
        uint32_t length;
        size_t body;

        if (size < 4)
                return 0;
        length = get_u32(bytes);
        if (length < RCON_SIZE_MIN || length > RCON_SIZE_MAX)
                return -EBADMSG;
        if (size - 4 < length)
                return 0;

        /* The two NULs belong to the packet. A server that leaves one out is understood all the
         * same, because the size says where the packet ends. */
        body = length - 8;
        for (unsigned i = 0; i < 2 && body > 0 && bytes[12 + body - 1] == '\0'; i++)
                body--;

        *ret = (RconPacket) {
                .id = (int32_t) get_u32(bytes + 4),
                .type = (int32_t) get_u32(bytes + 8),
                .body = (const char *) bytes + 12,
                .size = body,
        };
        *ret_used = 4 + (size_t) length;
        return 1;
}

int rcon_packet_build(
        int32_t id, int32_t type, const char *body, uint8_t ret[static RCON_BUILD_MAX]) {
        size_t size = strlen(body);

        if (size > RCON_COMMAND_MAX)
                return -EMSGSIZE;

        put_u32(ret, (uint32_t) (size + RCON_SIZE_MIN));
        put_u32(ret + 4, (uint32_t) id);
        put_u32(ret + 8, (uint32_t) type);
        /* The NUL of the text is the first of the two. */
        memcpy(ret + 12, body, size + 1);
        ret[12 + size + 1] = '\0';
        return (int) (size + 4 + RCON_SIZE_MIN);
}
