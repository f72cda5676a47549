/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "query/a2s-packet.h"

/*
 * Datagrams of A2S: answers lie within them or within the join, texts end within their room. An
 * answer that is cut into parts, which come doubled and in another order, is the same when joined.
 */

static bool ends(const char *text, size_t max) {
        return memchr(text, '\0', max + 1) != NULL;
}

static void check_answer(const uint8_t *answer, size_t size) {
        static A2sPlayers players;
        uint32_t challenge;
        A2sInfo info;

        if (a2s_info_parse(answer, size, &info) >= 0) {
                FUZZ_CHECK(a2s_answers(A2S_INFO, answer, size));
                FUZZ_CHECK(ends(info.name, A2S_TEXT_MAX) && ends(info.map, A2S_NAME_MAX));
                FUZZ_CHECK(ends(info.folder, A2S_NAME_MAX) && ends(info.game, A2S_TEXT_MAX));
                FUZZ_CHECK(ends(info.version, A2S_NAME_MAX) && ends(info.keywords, A2S_TEXT_MAX));
                FUZZ_CHECK(ends(info.tv_name, A2S_TEXT_MAX));
        }
        if (a2s_players_parse(answer, size, &players) >= 0) {
                FUZZ_CHECK(a2s_answers(A2S_PLAYERS, answer, size));
                FUZZ_CHECK(players.n <= A2S_PLAYERS_MAX && players.n * 10 <= size);
                for (size_t i = 0; i < players.n; i++)
                        FUZZ_CHECK(ends(players.items[i].name, A2S_NAME_MAX));
        }
        (void) !a2s_is_challenge(answer, size, &challenge);
}

/* Datagrams, each behind the number of its bytes. */
static void check_datagrams(const uint8_t *data, size_t size) {
        static A2sJoin join;

        memset(&join, 0, sizeof(join));
        while (size > 0) {
                size_t n = data[0] < size ? data[0] : size - 1, answer_size;
                const uint8_t *answer;

                if (a2s_join(&join, data + 1, n, &answer, &answer_size) > 0)
                        check_answer(answer, answer_size);
                data += n + 1;
                size -= n + 1;
        }
}

/* Part i of total, in a datagram that ends where its memory ends. */
static int add(
        A2sJoin *join, const uint8_t *message, size_t size, uint8_t total, uint8_t i,
        const uint8_t **ret, size_t *ret_size) {
        size_t room = (size + total - 1) / total, from = i * room < size ? i * room : size;
        size_t n = size - from < room ? size - from : room;
        uint8_t *datagram = malloc(12 + n);
        int r;

        FUZZ_CHECK(datagram);
        memcpy(datagram, "\xfe\xff\xff\xff\7\0\0\0", 8);
        datagram[8] = total;
        datagram[9] = i;
        memcpy(datagram + 10, "\xe0\x04", 2);
        memcpy(datagram + 12, message + from, n);
        r = a2s_join(join, datagram, 12 + n, ret, ret_size);
        free(datagram);
        return r;
}

static void check_parts(const uint8_t *data, size_t size) {
        static A2sJoin join;
        uint8_t message[4096 + 4] = { 0xff, 0xff, 0xff, 0xff },
                               total = (uint8_t) (1 + size % A2S_PARTS_MAX);
        const uint8_t *answer;
        size_t answer_size;
        int r = 0;

        if (size == 0 || size > 4096 || (size + 4) / total < total ||
            12 + (size + 4) / total >= A2S_DATAGRAM_MAX)
                return;
        memcpy(message + 4, data, size);
        memset(&join, 0, sizeof(join));
        for (uint8_t i = total; i-- > 0;) {
                FUZZ_CHECK(r == 0);
                r = add(&join, message, size + 4, total, i, &answer, &answer_size);
                if (i > 0 && r == 0)
                        FUZZ_CHECK(
                                add(&join, message, size + 4, total, i, &answer, &answer_size) ==
                                0);
        }
        FUZZ_CHECK(r == 1 && answer_size == size && memcmp(answer, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        check_answer(data, size);
        check_datagrams(data, size);
        check_parts(data, size);
        return 0;
}
