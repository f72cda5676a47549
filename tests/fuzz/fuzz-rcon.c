/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "query/rcon-packet.h"

/* Bytes of a connection: packets lie within them, and a short one is the same packet when built. */

static void build_again(const RconPacket *packet) {
        char body[RCON_COMMAND_MAX + 1];
        uint8_t bytes[RCON_BUILD_MAX];
        RconPacket again;
        size_t used;
        int n;

        if (packet->size > RCON_COMMAND_MAX || memchr(packet->body, '\0', packet->size))
                return;
        memcpy(body, packet->body, packet->size);
        body[packet->size] = '\0';
        n = rcon_packet_build(packet->id, packet->type, body, bytes);
        FUZZ_CHECK(n > 0);
        FUZZ_CHECK(rcon_packet_parse(bytes, (size_t) n, &again, &used) == 1);
        FUZZ_CHECK(used == (size_t) n && again.size == packet->size);
        FUZZ_CHECK(again.id == packet->id && again.type == packet->type);
        FUZZ_CHECK(memcmp(again.body, packet->body, packet->size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        RconPacket packet;
        size_t used;

        while (rcon_packet_parse(data, size, &packet, &used) > 0) {
                FUZZ_CHECK(used >= 4 + RCON_SIZE_MIN && used <= size);
                FUZZ_CHECK((const uint8_t *) packet.body == data + 12);
                FUZZ_CHECK(packet.size + 12 <= used);
                build_again(&packet);
                data += used;
                size -= used;
        }
        return 0;
}
