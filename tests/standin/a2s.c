/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "a2s.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bans.h"
#include "cvar.h"
#include "log.h"
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

#define COMPRESSED 0x80000000U /* of the id of a split answer */
#define ASKERS_MAX 256U
#define BANNED     "\xff\xff\xff\xfflYou have been banned from this server.\n"

typedef struct sockaddr_in Peer;

typedef struct Split {
        const uint8_t *data;
        size_t size;
        size_t room; /* bytes of it in each packet */
        unsigned total;
        uint32_t id;
} Split;

/* How often an address has asked within the window that began then. */
typedef struct Asker {
        in_addr_t address;
        uint64_t began;
        unsigned n;
} Asker;

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

static A2sMode set_mode;
static unsigned mode_left; /* 0: until it is changed */

void a2s_misbehave(A2sMode mode, unsigned count) {
        set_mode = mode;
        mode_left = count;
}

/* The mode of an answer that is due now. */
static A2sMode take_mode(void) {
        A2sMode mode = set_mode;

        if (mode_left > 0 && --mode_left == 0)
                set_mode = A2S_NORMAL;
        return mode;
}

static void send_bytes(Server *s, const Peer *peer, const void *data, size_t size) {
        /* A full socket loses the packet, as UDP may. */
        s->bytes_out += size;
        (void) sendto(
                s->udp_fd, data, size, MSG_DONTWAIT, (const struct sockaddr *) peer, sizeof(*peer));
}

static void send_packet(Server *s, const Peer *peer, const Buffer *b) {
        send_bytes(s, peer, b->data, b->size);
}

static void send_part(Server *s, const Peer *peer, const Split *split, unsigned i) {
        size_t offset = i * split->room, left = split->size - offset;
        Buffer part = {};

        buffer_put_u32(&part, SPLIT);
        buffer_put_u32(&part, split->id);
        buffer_put_u8(&part, (uint8_t) split->total);
        buffer_put_u8(&part, (uint8_t) i);
        buffer_put_u16(&part, PACKET_MAX);
        if (i == 0 && split->id & COMPRESSED) {
                buffer_put_u32(&part, a2s_original_size);
                buffer_put_u32(&part, a2s_original_crc);
        }
        buffer_put(&part, split->data + offset, left < split->room ? left : split->room);
        send_packet(s, peer, &part);
        buffer_done(&part);
}

static void send_split(Server *s, const Peer *peer, const Buffer *b, A2sMode mode) {
        static uint32_t last_id;
        Split split = {
                .data = b->data,
                .size = b->size,
                .room = PACKET_MAX - SPLIT_HEADER,
                .id = ++last_id,
        };

        if (mode == A2S_BZIP2) {
                split.data = a2s_compressed;
                split.size = a2s_compressed_size;
                split.id |= COMPRESSED;
        }
        /* A short answer has at least three parts too. */
        if (mode != A2S_NORMAL && split.room > (split.size + 2) / 3)
                split.room = (split.size + 2) / 3;
        split.total = (unsigned) ((split.size + split.room - 1) / split.room);

        for (unsigned n = 0; n < split.total; n++) {
                unsigned i = mode == A2S_REVERSED ? split.total - 1 - n : n;

                if (mode == A2S_MISSING && i == 1)
                        continue;
                send_part(s, peer, &split, i);
                if (mode == A2S_DUPLICATE)
                        send_part(s, peer, &split, i);
        }
}

/* By a socket that has no port until it sends. */
static void send_from_elsewhere(const Peer *peer, const Buffer *b) {
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return;
        (void) sendto(
                fd, b->data, b->size, MSG_DONTWAIT, (const struct sockaddr *) peer, sizeof(*peer));
        close(fd);
}

static void send_answer(Server *s, const Peer *peer, const Buffer *b, A2sMode mode) {
        switch (mode) {
        case A2S_SPLIT ... A2S_BZIP2:
                send_split(s, peer, b, mode);
                break;
        case A2S_SHORT_SPLIT:
                send_bytes(s, peer, "\xfe\xff\xff\xff\x01\x00\x00", 7);
                break;
        case A2S_GARBAGE:
                send_bytes(s, peer, "\xff\xff\xff\xffI\xff\x00\x1b[2J%s%n\xff\xff\xff", 18);
                break;
        case A2S_SHORT:
                send_bytes(s, peer, b->data, b->size / 2);
                break;
        case A2S_OTHER_PORT:
                send_from_elsewhere(peer, b);
                break;
        case A2S_SILENT:
                break;
        default:
                if (b->size > PACKET_MAX)
                        send_split(s, peer, b, A2S_NORMAL);
                else
                        send_packet(s, peer, b);
        }
}

static void send_challenge(Server *s, const Peer *peer) {
        static uint32_t n_sent;
        uint32_t challenge = challenge_for(peer);
        Buffer b = {};

        if (set_mode == A2S_CHALLENGES)
                challenge += ++n_sent;

        buffer_put_u32(&b, SINGLE);
        buffer_put_u8(&b, 'A');
        buffer_put_u32(&b, challenge);
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

static void put_player(Buffer *b, const Player *p) {
        float seconds = (float) player_seconds(p);

        /* The index is 0 in real answers too. */
        buffer_put_u8(b, 0);
        buffer_put_string(b, p->name);
        buffer_put_u32(b, p->score);
        buffer_put(b, &seconds, sizeof(seconds));
}

static void put_players(const Server *s, Buffer *b) {
        buffer_put_u8(b, 'D');
        buffer_put_u8(b, (uint8_t) (s->n_humans + s->n_bots));
        for (const Player *p = NULL; (p = players_next(s, p));)
                put_player(b, p);
}

static void put_rules(const Server *s, Buffer *b) {
        uint16_t n = 0;

        (void) s;
        for (size_t i = 0; i < n_cvars; i++)
                n += (cvar_table[i].flags & CVAR_NOTIFY) != 0;

        buffer_put_u8(b, 'E');
        buffer_put_u16(b, n);
        for (size_t i = 0; i < n_cvars; i++)
                if (cvar_table[i].flags & CVAR_NOTIFY) {
                        buffer_put_string(b, cvar_table[i].name);
                        buffer_put_string(b, cvar_rule(cvar_table + i));
                }
}

typedef void (*PutAnswer)(const Server *s, Buffer *b);

/* `rest` is what follows the query's own bytes: the challenge, or less. */
static void answer(Server *s, const Peer *peer, const uint8_t *rest, size_t size, PutAnswer put) {
        bool is_right = size >= 4 && read_u32(rest) == challenge_for(peer);
        Buffer b = {};

        if (set_mode == A2S_CHALLENGES) {
                send_challenge(s, peer);
                (void) take_mode();
                return;
        }
        if (!is_right && set_mode != A2S_SILENT) {
                send_challenge(s, peer);
                return;
        }

        buffer_put_u32(&b, SINGLE);
        put(s, &b);
        send_answer(s, peer, &b, take_mode());
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
        log_say(s, "RejectConnection: %s:%u - %.*s", inet_ntoa(peer->sin_addr),
                ntohs(peer->sin_port), (int) strlen(LAN_REFUSAL) - 1, LAN_REFUSAL);
}

/* Counts one more query. More than so many within the window are not answered. */
static bool count_query(Asker *a, const char *limit) {
        uint64_t window = cvar_number("sv_max_queries_window") * 1000ULL, now = now_ms();

        if (a->n == 0 || now - a->began > window) {
                a->began = now;
                a->n = 0;
        }
        a->n++;
        return cvar_number(limit) == 0 || a->n * 1000ULL <= cvar_number(limit) * window;
}

static bool may_ask(const Peer *peer) {
        static Asker askers[ASKERS_MAX], all;
        Asker *a = askers, *oldest = askers;

        while (a < askers + ASKERS_MAX && (a->n == 0 || a->address != peer->sin_addr.s_addr)) {
                if (a->began < oldest->began)
                        oldest = a;
                a++;
        }
        if (a == askers + ASKERS_MAX) {
                a = oldest;
                *a = (Asker) { .address = peer->sin_addr.s_addr };
        }

        return count_query(a, "sv_max_queries_sec") &&
               count_query(&all, "sv_max_queries_sec_global");
}

static void handle(Server *s, const Peer *peer, const uint8_t *p, size_t size) {
        const size_t header = 5, info_size = header + sizeof(INFO_QUERY);

        if (size < header || read_u32(p) != SINGLE)
                return;

        if (ban_holds(BAN_ADDRESS, inet_ntoa(peer->sin_addr))) {
                send_bytes(s, peer, BANNED, sizeof(BANNED));
                return;
        }
        if (s->lan && !is_near(s, peer)) {
                refuse(s, peer);
                return;
        }

        if (strchr("TUV", p[4]) && p[4] != '\0' && !may_ask(peer))
                return;

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
