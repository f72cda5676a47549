/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "avatar/cache.h"
#include "avatar/jpeg.h"
#include "avatar/players.h"
#include "avatar/reply.h"
#include "fuzz.h"

/* Pictures of players, Steam's answers about them, and the list of players. */

/* A cleaned picture is one, and has nothing left to be cleaned. */
static void try_picture(const uint8_t *data, size_t size) {
        _cleanup_free_ uint8_t *copy = NULL, *again = NULL;
        size_t copy_size, again_size;

        if (jpeg_clean(data, size, AVATAR_SIDE_MAX, &copy, &copy_size) < 0)
                return;
        FUZZ_CHECK(copy_size <= size && copy_size >= 4);
        FUZZ_CHECK(copy[0] == 0xff && copy[1] == 0xd8);
        FUZZ_CHECK(copy[copy_size - 2] == 0xff && copy[copy_size - 1] == 0xd9);
        FUZZ_CHECK(jpeg_clean(copy, copy_size, AVATAR_SIDE_MAX, &again, &again_size) == 0);
        FUZZ_CHECK(again_size == copy_size && memcmp(copy, again, copy_size) == 0);
}

static void try_reply(const char *text, size_t size) {
        AvatarReply players[AVATAR_BATCH];
        size_t n;

        if (avatar_reply_parse(text, size, players, &n) < 0)
                return;
        FUZZ_CHECK(n <= AVATAR_BATCH);
        for (size_t i = 0; i < n; i++) {
                size_t length = strlen(players[i].hash);

                FUZZ_CHECK(players[i].id > 0);
                FUZZ_CHECK(length == 0 || length == AVATAR_HASH_SIZE);
                FUZZ_CHECK(strspn(players[i].hash, "0123456789abcdef") == length);
        }
}

static void try_players(const char *text) {
        _cleanup_free_ uint64_t *ids = NULL;
        size_t n;

        if (avatar_players_parse(text, &ids, &n) < 0)
                return;
        FUZZ_CHECK(n <= AVATAR_PLAYERS_MAX);
        for (size_t i = 0; i < n; i++) {
                FUZZ_CHECK(ids[i] > 0 && (i == 0 || ids[i] > ids[i - 1]));
                FUZZ_CHECK(avatar_players_have(ids, n, ids[i]));
        }
}

static void try_name(const char *text) {
        char name[AVATAR_NAME_MAX];
        bool is_picture;
        uint64_t id;

        if (!avatar_file_parse(text, &id, &is_picture))
                return;
        avatar_file_name(id, is_picture, name);
        FUZZ_CHECK(strcmp(name, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);

        try_picture(data, size);
        try_reply(text, size);
        try_players(text);
        try_name(text);
        return 0;
}
