/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/a2s-packet.h"

#include <endian.h>
#include <string.h>

enum {
        /* what an INFO answer has besides */
        INFO_PORT = 0x80,
        INFO_STEAM_ID = 0x10,
        INFO_TV = 0x40,
        INFO_KEYWORDS = 0x20,
        INFO_GAME_ID = 0x01,
};

#define SECONDS_MAX 31536000.0F /* a year */
#define SINGLE      UINT32_C(0xffffffff)
#define SPLIT       UINT32_C(0xfffffffe)
#define COMPRESSED  UINT32_C(0x80000000) /* of an id */

static const struct {
        char type, answer;
        const char *text; /* follows the type, with its NUL */
} queries[] = {
        [A2S_INFO] = { 'T', 'I', "Source Engine Query" },
        [A2S_PLAYERS] = { 'U', 'D', NULL },
};

/* --- bytes --------------------------------------------------------------------------------------
 */

/* The rest of a packet. After a read beyond its end it is bad, and all further reads give 0. */
typedef struct Bytes {
        const uint8_t *data;
        size_t size;
        bool is_bad;
} Bytes;

static void take(Bytes *bytes, void *ret, size_t size) {
        if (bytes->is_bad || bytes->size < size) {
                bytes->is_bad = true;
                memset(ret, 0, size);
                return;
        }
        memcpy(ret, bytes->data, size);
        bytes->data += size;
        bytes->size -= size;
}

static uint8_t take_u8(Bytes *bytes) {
        uint8_t value;

        take(bytes, &value, sizeof(value));
        return value;
}

static uint16_t take_u16(Bytes *bytes) {
        uint16_t value;

        take(bytes, &value, sizeof(value));
        return le16toh(value);
}

static uint32_t take_u32(Bytes *bytes) {
        uint32_t value;

        take(bytes, &value, sizeof(value));
        return le32toh(value);
}

static uint64_t take_u64(Bytes *bytes) {
        uint64_t value;

        take(bytes, &value, sizeof(value));
        return le64toh(value);
}

static float take_float(Bytes *bytes) {
        uint32_t bits = take_u32(bytes);
        float value;

        memcpy(&value, &bits, sizeof(value));
        return value;
}

/* A text up to its NUL, which lies in the packet; "" when it has no end. */
static const char *take_text(Bytes *bytes) {
        const char *text = (const char *) bytes->data;
        const uint8_t *end = bytes->is_bad ? NULL : memchr(bytes->data, '\0', bytes->size);

        if (!end) {
                bytes->is_bad = true;
                return "";
        }
        bytes->size -= (size_t) (end - bytes->data) + 1;
        bytes->data = end + 1;
        return text;
}

/* Copies up to max bytes of the next text and a NUL. */
static void copy_text(Bytes *bytes, char *ret, size_t max) {
        const char *text = take_text(bytes);
        size_t size = strnlen(text, max);

        memcpy(ret, text, size);
        ret[size] = '\0';
}

size_t a2s_request_build(A2sQuery query, uint32_t challenge, uint8_t ret[static A2S_REQUEST_MAX]) {
        const uint32_t single = SINGLE, number = htole32(challenge);
        const char *text = queries[query].text;
        size_t n = 0;

        memcpy(ret, &single, sizeof(single));
        n += sizeof(single);
        ret[n++] = (uint8_t) queries[query].type;
        if (text) {
                memcpy(ret + n, text, strlen(text) + 1);
                n += strlen(text) + 1;
                /* Old servers answer at once, and know the request without a challenge only. */
                if (challenge == A2S_NO_CHALLENGE)
                        return n;
        }
        memcpy(ret + n, &number, sizeof(number));
        return n + sizeof(number);
}

/* --- parts --------------------------------------------------------------------------------------
 */

/* The answer with this id; if it is new, it takes the place of the one that is older. */
static A2sSplit *find_split(A2sJoin *join, uint32_t id, unsigned total) {
        A2sSplit *split;

        for (unsigned i = 0; i < ELEMENTSOF(join->splits); i++)
                if (join->splits[i].total > 0 && join->splits[i].id == id) {
                        join->last = i;
                        return &join->splits[i];
                }

        join->last = (join->last + 1) % ELEMENTSOF(join->splits);
        split = &join->splits[join->last];
        split->id = id;
        split->total = total;
        split->n = 0;
        for (unsigned i = 0; i < A2S_PARTS_MAX; i++)
                split->parts[i].size = 0;
        return split;
}

static size_t join_parts(A2sJoin *join, const A2sSplit *split) {
        size_t size = 0;

        for (unsigned i = 0; i < split->total; i++) {
                memcpy(join->answer + size, split->parts[i].bytes, split->parts[i].size);
                size += split->parts[i].size;
        }
        return size;
}

/* Takes the part of an answer. 1: it is complete, in join->answer. */
static int add_part(A2sJoin *join, Bytes *bytes, size_t *ret_size) {
        uint32_t id = take_u32(bytes);
        uint8_t total = take_u8(bytes), number = take_u8(bytes);
        A2sSplit *split;

        /* The size of a full part, which differs from server to server, follows. */
        (void) take_u16(bytes);
        if (bytes->is_bad || bytes->size == 0)
                return -EBADMSG;
        if (id & COMPRESSED)
                return -EOPNOTSUPP;
        if (total == 0 || total > A2S_PARTS_MAX || number >= total)
                return -EBADMSG;

        split = find_split(join, id, total);
        if (split->total != total)
                return -EBADMSG;
        if (split->parts[number].size > 0)
                return 0;
        memcpy(split->parts[number].bytes, bytes->data, bytes->size);
        split->parts[number].size = bytes->size;
        if (++split->n < total)
                return 0;

        *ret_size = join_parts(join, split);
        split->total = 0;
        return 1;
}

int a2s_join(
        A2sJoin *join, const uint8_t *datagram, size_t size, const uint8_t **ret_answer,
        size_t *ret_size) {
        Bytes bytes = { .data = datagram, .size = size };
        uint32_t header;
        int r;

        if (size > A2S_DATAGRAM_MAX)
                return -EBADMSG;
        header = take_u32(&bytes);
        if (header == SPLIT) {
                size_t joined;

                r = add_part(join, &bytes, &joined);
                if (r <= 0)
                        return r;
                bytes = (Bytes) { .data = join->answer, .size = joined };
                header = take_u32(&bytes);
        }
        if (bytes.is_bad || header != SINGLE || bytes.size == 0)
                return -EBADMSG;

        *ret_answer = bytes.data;
        *ret_size = bytes.size;
        return 1;
}

/* --- answers ------------------------------------------------------------------------------------
 */

bool a2s_answers(A2sQuery query, const uint8_t *answer, size_t size) {
        return size > 0 && answer[0] == (uint8_t) queries[query].answer;
}

bool a2s_is_challenge(const uint8_t *answer, size_t size, uint32_t *ret_challenge) {
        Bytes bytes = { .data = answer, .size = size };
        uint8_t type = take_u8(&bytes);
        uint32_t challenge = take_u32(&bytes);

        if (bytes.is_bad || type != 'A')
                return false;
        *ret_challenge = challenge;
        return true;
}

static void take_info_extras(Bytes *bytes, A2sInfo *info) {
        uint8_t extras = take_u8(bytes);

        if (extras & INFO_PORT)
                info->port = take_u16(bytes);
        if (extras & INFO_STEAM_ID)
                info->steam_id = take_u64(bytes);
        if (extras & INFO_TV) {
                info->tv_port = take_u16(bytes);
                copy_text(bytes, info->tv_name, A2S_TEXT_MAX);
        }
        if (extras & INFO_KEYWORDS)
                copy_text(bytes, info->keywords, A2S_TEXT_MAX);
        if (extras & INFO_GAME_ID)
                info->game_id = take_u64(bytes);
}

int a2s_info_parse(const uint8_t *answer, size_t size, A2sInfo *ret) {
        Bytes bytes = { .data = answer, .size = size };

        *ret = (A2sInfo) {};
        if (take_u8(&bytes) != 'I')
                return -EBADMSG;
        ret->protocol = take_u8(&bytes);
        copy_text(&bytes, ret->name, A2S_TEXT_MAX);
        copy_text(&bytes, ret->map, A2S_NAME_MAX);
        copy_text(&bytes, ret->folder, A2S_NAME_MAX);
        copy_text(&bytes, ret->game, A2S_TEXT_MAX);
        ret->app_id = take_u16(&bytes);
        ret->players = take_u8(&bytes);
        ret->slots = take_u8(&bytes);
        ret->bots = take_u8(&bytes);
        ret->type = (char) take_u8(&bytes);
        ret->system = (char) take_u8(&bytes);
        ret->has_password = take_u8(&bytes) != 0;
        ret->is_secure = take_u8(&bytes) != 0;
        copy_text(&bytes, ret->version, A2S_NAME_MAX);
        /* Old servers tell nothing more. */
        if (bytes.size > 0)
                take_info_extras(&bytes, ret);
        return bytes.is_bad ? -EBADMSG : 0;
}

/* The time of a player; of one who connects it is -1 in some answers. */
static uint64_t to_seconds(float seconds) {
        if (!(seconds > 0))
                return 0;
        return (uint64_t) (seconds < SECONDS_MAX ? seconds : SECONDS_MAX);
}

int a2s_players_parse(const uint8_t *answer, size_t size, A2sPlayers *ret) {
        Bytes bytes = { .data = answer, .size = size };
        uint8_t type = take_u8(&bytes), announced = take_u8(&bytes);

        *ret = (A2sPlayers) {};
        if (bytes.is_bad || type != 'D')
                return -EBADMSG;
        while (ret->n < announced && ret->n < A2S_PLAYERS_MAX) {
                A2sPlayer *player = &ret->items[ret->n];

                /* The index is 0 for all in some answers. */
                (void) take_u8(&bytes);
                copy_text(&bytes, player->name, A2S_NAME_MAX);
                player->score = (int32_t) take_u32(&bytes);
                player->connected_sec = to_seconds(take_float(&bytes));
                if (bytes.is_bad)
                        break;
                ret->n++;
        }
        return 0;
}
