/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "a2s.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "cvar.h"
#include "network.h"
#include "players.h"
#include "steam.h"

#define APP_ID       550
#define SINGLE       0xffffffffU
#define SPLIT        0xfffffffeU
#define PACKET_MAX   1248U
#define SPLIT_HEADER 12U
#define INFO_QUERY   "Source Engine Query"
#define EDF_PORT     0x80
#define EDF_STEAM_ID 0x10
#define EDF_TV       0x40
#define EDF_KEYWORDS 0x20
#define EDF_GAME_ID  0x01

typedef struct sockaddr_in Peer;

/* Not secret enough for the internet, but bound to the address, as a challenge must be. */
static uint32_t challenge_for(const Peer *peer) {
        static uint32_t secret;
        uint32_t h;

        if (secret == 0 && getrandom(&secret, sizeof(secret), 0) != sizeof(secret))
                secret = 1;

        h = (peer->sin_addr.s_addr ^ secret) * 2654435761U;
        h ^= h >> 15;
        return h == SINGLE ? 1 : h;
}

static void send_packet(Server *s, const Peer *peer, const Buffer *b) {
        /* A full socket loses the packet, as UDP may. */
        s->bytes_out += b->size;
        (void) sendto(
                s->udp_fd, b->data, b->size, MSG_DONTWAIT, (const struct sockaddr *) peer,
                sizeof(*peer));
}

static void send_split(Server *s, const Peer *peer, const Buffer *b) {
        static uint32_t last_id;
        const size_t room = PACKET_MAX - SPLIT_HEADER;
        const unsigned total = (unsigned) ((b->size + room - 1) / room);
        const uint32_t id = ++last_id;

        for (unsigned i = 0; i < total; i++) {
                size_t offset = i * room, size = b->size - offset < room ? b->size - offset : room;
                Buffer part = {};

                buffer_put_u32(&part, SPLIT);
                buffer_put_u32(&part, id);
                buffer_put_u8(&part, (uint8_t) total);
                buffer_put_u8(&part, (uint8_t) i);
                buffer_put_u16(&part, PACKET_MAX);
                buffer_put(&part, b->data + offset, size);
                send_packet(s, peer, &part);
                buffer_done(&part);
        }
}

static void send_challenge(Server *s, const Peer *peer) {
        Buffer b = {};

        buffer_put_u32(&b, SINGLE);
        buffer_put_u8(&b, 'A');
        buffer_put_u32(&b, challenge_for(peer));
        send_packet(s, peer, &b);
        buffer_done(&b);
}

static void put_info(const Server *s, Buffer *b) {
        buffer_put_u8(b, 'I');
        buffer_put_u8(b, 17);
        buffer_put_string(b, cvar_string("hostname"));
        buffer_put_string(b, s->map);
        buffer_put_string(b, s->game);
        buffer_put_string(b, "Left 4 Dead 2");
        buffer_put_u16(b, APP_ID);
        buffer_put_u8(b, (uint8_t) (s->n_humans + s->n_bots));
        buffer_put_u8(b, (uint8_t) cvar_number("maxplayers"));
        buffer_put_u8(b, (uint8_t) s->n_bots);
        buffer_put_u8(b, 'd');
        buffer_put_u8(b, 'l');
        buffer_put_u8(b, 0);
        buffer_put_u8(b, !s->lan);
        buffer_put_string(b, s->version);

        buffer_put_u8(
                b, (uint8_t) (EDF_PORT | EDF_STEAM_ID | (s->tv_fd >= 0 ? EDF_TV : 0) |
                              EDF_KEYWORDS | EDF_GAME_ID));
        buffer_put_u16(b, s->port);
        buffer_put_u32(b, 0x12345678);
        buffer_put_u32(b, 0x01400001);
        if (s->tv_fd >= 0) {
                buffer_put_u16(b, (uint16_t) cvar_number("tv_port"));
                buffer_put_string(b, "SourceTV");
        }
        buffer_put_string(b, *cvar_string("sv_tags") ? cvar_string("sv_tags") : "empty,secure");
        buffer_put_u32(b, APP_ID);
        buffer_put_u32(b, 0);
}

static void put_player(const Server *s, Buffer *b, unsigned index, const char *name) {
        float seconds = (float) player_seconds(s, index);

        /* The index is 0 in real answers too. */
        buffer_put_u8(b, 0);
        buffer_put_string(b, name);
        buffer_put_u32(b, index * 3);
        buffer_put(b, &seconds, sizeof(seconds));
}

static void put_players(const Server *s, Buffer *b) {
        buffer_put_u8(b, 'D');
        buffer_put_u8(b, (uint8_t) (s->n_humans + s->n_bots));
        for (unsigned i = 0; i < s->n_humans; i++)
                put_player(s, b, i, player_name(i));
        for (unsigned i = 0; i < s->n_bots; i++)
                put_player(s, b, i, bot_name(i));
}

static void put_rules(const Server *s, Buffer *b) {
        uint16_t n = 0;

        (void) s;
        for (size_t i = 0; i < n_cvars; i++)
                n += cvar_table[i].notify;

        buffer_put_u8(b, 'E');
        buffer_put_u16(b, n);
        for (size_t i = 0; i < n_cvars; i++)
                if (cvar_table[i].notify) {
                        buffer_put_string(b, cvar_table[i].name);
                        buffer_put_string(b, cvar_value(cvar_table + i));
                }
}

typedef void (*PutAnswer)(const Server *s, Buffer *b);

/* `rest` is what follows the query's own bytes: the challenge, or less. */
static void answer(Server *s, const Peer *peer, const uint8_t *rest, size_t size, PutAnswer put) {
        Buffer b = {};

        if (size < 4 || read_u32(rest) != challenge_for(peer)) {
                send_challenge(s, peer);
                return;
        }

        buffer_put_u32(&b, SINGLE);
        put(s, &b);
        if (b.size > PACKET_MAX)
                send_split(s, peer, &b);
        else
                send_packet(s, peer, &b);
        buffer_done(&b);
}

/* Whether a LAN server counts this address as near: a private one, or one of its own /24. */
static bool is_near(const Server *s, const Peer *peer) {
        uint32_t address = ntohl(peer->sin_addr.s_addr);
        Peer own;

        if (network_address(s->address, 0, &own) >= 0 &&
            ntohl(own.sin_addr.s_addr) >> 8 == address >> 8)
                return true;

        return address >> 24 == 127 || address >> 24 == 10 || address >> 20 == 0xac1 ||
               address >> 16 == 0xc0a8;
}

static void refuse(Server *s, const Peer *peer) {
        Buffer b = {};

        buffer_put_u32(&b, SINGLE);
        buffer_put_u8(&b, '9');
        buffer_put_string(&b, LAN_REFUSAL);
        send_packet(s, peer, &b);
        buffer_done(&b);
}

static void handle(Server *s, const Peer *peer, const uint8_t *p, size_t size) {
        const size_t header = 5, info_size = header + sizeof(INFO_QUERY);

        if (size < header || read_u32(p) != SINGLE)
                return;

        if (s->lan && !is_near(s, peer)) {
                refuse(s, peer);
                return;
        }

        switch (p[4]) {
        case 'q':
                /* A player who wants to join asks for a challenge first. */
                send_challenge(s, peer);
                break;
        case 'T':
                if (size >= info_size && memcmp(p + header, INFO_QUERY, sizeof(INFO_QUERY)) == 0)
                        answer(s, peer, p + info_size, size - info_size, put_info);
                break;
        case 'U':
                answer(s, peer, p + header, size - header, put_players);
                break;
        case 'V':
                answer(s, peer, p + header, size - header, put_rules);
                break;
        default:
                break;
        }
}

void a2s_serve(Server *s) {
        for (;;) {
                uint8_t packet[1400];
                Peer peer = {};
                socklen_t peer_size = sizeof(peer);
                ssize_t n;

                n = recvfrom(
                        s->udp_fd, packet, sizeof(packet), MSG_DONTWAIT, (struct sockaddr *) &peer,
                        &peer_size);
                if (n < 0)
                        return;

                s->bytes_in += (uint64_t) n;
                if (s->ready && now_ms() >= s->quiet_until && *cvar_string("sv_password") == '\0')
                        handle(s, &peer, packet, (size_t) n);
        }
}
