/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "avatar/cache.h"
#include "avatar/jpeg.h"
#include "avatar/players.h"
#include "avatar/reply.h"
#include "base/file.h"
#include "spec-tree.h"

TestSuite(avatar, .init = tree_setup, .fini = tree_teardown);

/* --- pictures -----------------------------------------------------------------------------------
 */

enum { PICTURE_MAX = 4096 };

typedef struct Picture {
        uint8_t data[PICTURE_MAX];
        size_t size;
} Picture;

static void add(Picture *picture, const void *data, size_t size) {
        memcpy(picture->data + picture->size, data, size);
        picture->size += size;
}

static void add_segment(Picture *picture, uint8_t marker, const void *data, size_t size) {
        const uint8_t head[] = { 0xff, marker, (uint8_t) ((size + 2) >> 8), (uint8_t) (size + 2) };

        add(picture, head, sizeof(head));
        add(picture, data, size);
}

#define ADD(picture, ...) \
        add(picture, (const uint8_t[]) { __VA_ARGS__ }, sizeof((const uint8_t[]) { __VA_ARGS__ }))
#define ADD_SEGMENT(picture, marker, ...)                           \
        add_segment(                                                \
                picture, marker, (const uint8_t[]) { __VA_ARGS__ }, \
                sizeof((const uint8_t[]) { __VA_ARGS__ }))

static void add_tables(Picture *picture) {
        uint8_t quants[65] = {}, codes[18] = {};

        memset(quants + 1, 1, 64);
        add_segment(picture, 0xdb, quants, sizeof(quants));
        codes[1] = 1; /* one code of one bit */
        add_segment(picture, 0xc4, codes, sizeof(codes));
        codes[0] = 0x10;
        add_segment(picture, 0xc4, codes, sizeof(codes));
}

/* A grey picture without content: a frame of this kind and size, one scan. */
static void begin_picture(Picture *picture, uint8_t frame, uint8_t height, uint8_t width) {
        picture->size = 0;
        ADD(picture, 0xff, 0xd8);
        ADD_SEGMENT(picture, 0xe0, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);
        add_tables(picture);
        ADD_SEGMENT(picture, frame, 8, 0, height, 0, width, 1, 1, 0x11, 0);
}

static void end_picture(Picture *picture) {
        ADD_SEGMENT(picture, 0xda, 1, 1, 0, 0, 63, 0);
        ADD(picture, 0x00, 0x12, 0xff, 0x00, 0xff, 0xd0, 0x34, 0xff, 0xd9);
}

static int clean(const Picture *picture, Picture *ret) {
        _cleanup_free_ uint8_t *copy = NULL;
        size_t size = 0;
        int r = jpeg_clean(picture->data, picture->size, AVATAR_SIDE_MAX, &copy, &size);

        if (r < 0)
                return r;
        cr_assert_leq(size, picture->size);
        ret->size = 0;
        add(ret, copy, size);
        return 0;
}

static void expect_same(const Picture *picture) {
        Picture copy;

        cr_assert_eq(clean(picture, &copy), 0);
        cr_assert_eq(copy.size, picture->size);
        cr_assert_arr_eq(copy.data, picture->data, copy.size);
}

static void expect_refused(const Picture *picture, const char *reason) {
        Picture copy;

        cr_expect_eq(clean(picture, &copy), -EBADMSG, "%s", reason);
}

Test(avatar, a_plain_picture_stays_as_it_is) {
        Picture picture;

        begin_picture(&picture, 0xc0, 64, 64);
        end_picture(&picture);
        expect_same(&picture);
        begin_picture(&picture, 0xc1, AVATAR_SIDE_MAX, 1);
        ADD_SEGMENT(&picture, 0xdd, 0, 4);
        end_picture(&picture);
        expect_same(&picture);
}

static void read_picture(const char *name, Picture *ret) {
        char path[128];
        FILE *f;

        (void) snprintf(path, sizeof(path), "tests/fuzz/corpus/avatar/%s", name);
        f = fopen(path, "re");
        cr_assert(f, "%s", path);
        ret->size = fread(ret->data, 1, sizeof(ret->data), f);
        cr_assert(ret->size > 0 && ret->size < sizeof(ret->data), "%s", path);
        (void) fclose(f);
}

/* Made by libjpeg's cjpeg. */
Test(avatar, pictures_of_an_encoder) {
        Picture picture;

        read_picture("baseline", &picture);
        expect_same(&picture);
        read_picture("progressive", &picture);
        expect_same(&picture);
        read_picture("grey", &picture);
        expect_same(&picture);
        read_picture("arithmetic", &picture);
        expect_refused(&picture, "arithmetic coding");
}

Test(avatar, a_progressive_picture_has_scans_of_its_own_kind) {
        Picture picture;

        begin_picture(&picture, 0xc2, 64, 64);
        ADD_SEGMENT(&picture, 0xda, 1, 1, 0, 0, 0, 0x01);
        ADD(&picture, 0x11);
        ADD_SEGMENT(&picture, 0xda, 1, 1, 0, 1, 63, 0x00);
        ADD(&picture, 0x22);
        ADD_SEGMENT(&picture, 0xda, 1, 1, 0, 0, 0, 0x10);
        ADD(&picture, 0x33, 0xff, 0xd9);
        expect_same(&picture);
        begin_picture(&picture, 0xc2, 64, 64);
        end_picture(&picture);
        expect_refused(&picture, "a scan of DC and AC together");
}

Test(avatar, what_is_not_the_picture_is_left_out) {
        static const char script[] = "<script>alert(1)</script>";
        Picture plain, picture, copy;

        begin_picture(&plain, 0xc0, 64, 64);
        end_picture(&plain);

        picture.size = 0;
        ADD(&picture, 0xff, 0xd8);
        /* A thumbnail, which a decoder might read. */
        ADD_SEGMENT(&picture, 0xe0, 'J', 'F', 'I', 'F', 0, 1, 2, 1, 0, 72, 0, 72, 1, 1, 7, 7, 7);
        ADD_SEGMENT(&picture, 0xe0, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);
        add_segment(&picture, 0xfe, script, sizeof(script));
        add_segment(&picture, 0xe1, "Exif\0\0MM", 8);
        add_segment(&picture, 0xe2, "ICC_PROFILE\0\1\1", 14);
        /* All 0xff before a marker but one are padding. */
        ADD(&picture, 0xff, 0xff);
        add_tables(&picture);
        ADD_SEGMENT(&picture, 0xc0, 8, 0, 64, 0, 64, 1, 1, 0x11, 0);
        end_picture(&picture);
        add(&picture, "PK\3\4<html>", 10);
        cr_assert_eq(clean(&picture, &copy), 0);
        cr_assert_eq(copy.size, plain.size);
        cr_assert_arr_eq(copy.data, plain.data, plain.size);
}

Test(avatar, colours_of_adobe_stay_once) {
        Picture picture, copy;
        size_t size;

        picture.size = 0;
        ADD(&picture, 0xff, 0xd8);
        ADD_SEGMENT(&picture, 0xee, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 1);
        size = picture.size;
        add_tables(&picture);
        ADD_SEGMENT(&picture, 0xc0, 8, 0, 64, 0, 64, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0);
        ADD_SEGMENT(&picture, 0xda, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0);
        ADD(&picture, 0x12, 0xff, 0xd9);
        expect_same(&picture);
        /* Twice, and one that is longer. */
        memmove(picture.data + 2 * size - 2, picture.data + size, picture.size - size);
        memcpy(picture.data + size, picture.data + 2, size - 2);
        picture.size += size - 2;
        cr_assert_eq(clean(&picture, &copy), 0);
        cr_assert_eq(copy.size, picture.size - (size - 2));
}

Test(avatar, each_cut_of_a_picture_is_refused) {
        Picture picture, copy;

        begin_picture(&picture, 0xc0, 64, 64);
        end_picture(&picture);
        while (picture.size > 0) {
                picture.size--;
                cr_expect_eq(clean(&picture, &copy), -EBADMSG, "%zu", picture.size);
        }
}

static void expect_frame_refused(const char *reason, const void *frame, size_t size) {
        Picture picture = {};

        ADD(&picture, 0xff, 0xd8);
        add_tables(&picture);
        add_segment(&picture, 0xc0, frame, size);
        end_picture(&picture);
        expect_refused(&picture, reason);
}

#define FRAME_REFUSED(reason, ...)                         \
        expect_frame_refused(                              \
                reason, (const uint8_t[]) { __VA_ARGS__ }, \
                sizeof((const uint8_t[]) { __VA_ARGS__ }))

Test(avatar, frames_that_are_refused) {
        FRAME_REFUSED("no height", 8, 0, 0, 0, 64, 1, 1, 0x11, 0);
        FRAME_REFUSED("no width", 8, 0, 64, 0, 0, 1, 1, 0x11, 0);
        FRAME_REFUSED("too high", 8, 0, AVATAR_SIDE_MAX + 1, 0, 64, 1, 1, 0x11, 0);
        FRAME_REFUSED("too wide", 8, 0, 64, 0xff, 0xff, 1, 1, 0x11, 0);
        FRAME_REFUSED("12 bits", 12, 0, 64, 0, 64, 1, 1, 0x11, 0);
        FRAME_REFUSED("no component", 8, 0, 64, 0, 64, 0);
        FRAME_REFUSED("two components", 8, 0, 64, 0, 64, 2, 1, 0x11, 0, 2, 0x11, 0);
        FRAME_REFUSED(
                "four components", 8, 0, 64, 0, 64, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11,
                0);
        FRAME_REFUSED(
                "one component twice", 8, 0, 64, 0, 64, 3, 1, 0x11, 0, 2, 0x11, 0, 1, 0x11, 0);
        FRAME_REFUSED("no sampling", 8, 0, 64, 0, 64, 1, 1, 0x10, 0);
        FRAME_REFUSED("sampling of 5", 8, 0, 64, 0, 64, 1, 1, 0x51, 0);
        FRAME_REFUSED("table 4", 8, 0, 64, 0, 64, 1, 1, 0x11, 4);
        FRAME_REFUSED("too long", 8, 0, 64, 0, 64, 1, 1, 0x11, 0, 0);
        FRAME_REFUSED("too short", 8, 0, 64, 0, 64, 1, 1, 0x11);
}

Test(avatar, pictures_that_are_refused) {
        static const uint8_t markers[] = { 0xc3, 0xc5, 0xc9, 0xcc, 0xdc, 0xde, 0xf0, 0x01, 0xd8 };
        static const char *const texts[] = { "",
                                             "<svg xmlns='http://www.w3.org/2000/svg'/>",
                                             "<html>",
                                             "GIF89a\1\0\1\0",
                                             "\x89PNG\r\n\x1a\n",
                                             "\xff\xd8",
                                             "\xff\xd8\xff\xd9" };
        Picture picture = {};

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                picture.size = 0;
                add(&picture, texts[i], strlen(texts[i]));
                expect_refused(&picture, texts[i]);
        }
        /* Lossless, hierarchical and arithmetic coding, a height that follows, unknown ones. */
        for (size_t i = 0; i < ELEMENTSOF(markers); i++) {
                begin_picture(&picture, 0xc0, 64, 64);
                ADD_SEGMENT(&picture, markers[i], 0, 64);
                end_picture(&picture);
                expect_refused(&picture, "a marker");
        }
        begin_picture(&picture, 0xc0, 64, 64);
        ADD_SEGMENT(&picture, 0xc0, 8, 0, 64, 0, 64, 1, 1, 0x11, 0);
        end_picture(&picture);
        expect_refused(&picture, "two frames");
        picture.size = 0;
        ADD(&picture, 0xff, 0xd8);
        end_picture(&picture);
        expect_refused(&picture, "a scan before the frame");
        begin_picture(&picture, 0xc0, 64, 64);
        ADD(&picture, 0xff, 0xd9);
        expect_refused(&picture, "no scan");
        begin_picture(&picture, 0xc0, 64, 64);
        ADD_SEGMENT(&picture, 0xda, 1, 2, 0, 0, 63, 0);
        ADD(&picture, 0x12, 0xff, 0xd9);
        expect_refused(&picture, "a scan of a component that is not there");
        begin_picture(&picture, 0xc0, 64, 64);
        for (unsigned i = 0; i < 33; i++) {
                ADD_SEGMENT(&picture, 0xda, 1, 1, 0, 0, 63, 0);
                ADD(&picture, 0x12);
        }
        ADD(&picture, 0xff, 0xd9);
        expect_refused(&picture, "too many scans");
}

Test(avatar, tables_that_are_refused) {
        uint8_t codes[18] = { 0, 3 };
        Picture picture = {};

        ADD(&picture, 0xff, 0xd8);
        add_segment(&picture, 0xc4, codes, sizeof(codes));
        expect_refused(&picture, "three codes of one bit");
        for (unsigned i = 0; i < 4; i++) {
                static const uint8_t firsts[] = { 0x20, 0x04, 0x20, 0x04 };
                uint8_t table[65] = { firsts[i] };

                begin_picture(&picture, 0xc0, 64, 64);
                add_segment(&picture, i < 2 ? 0xc4 : 0xdb, table, i < 2 ? 17 : 65);
                end_picture(&picture);
                expect_refused(&picture, "the number of a table");
                begin_picture(&picture, 0xc0, 64, 64);
                table[0] = 0;
                add_segment(&picture, i < 2 ? 0xc4 : 0xdb, table, i < 2 ? 16 : 64);
                end_picture(&picture);
                expect_refused(&picture, "a short table");
        }
        begin_picture(&picture, 0xc0, 64, 64);
        ADD_SEGMENT(&picture, 0xdd, 0, 4, 0);
        end_picture(&picture);
        expect_refused(&picture, "a long interval");
}

/* --- answers ------------------------------------------------------------------------------------
 */

#define HASH             "81b5478529dce13bf24b55ac42c1af7058aaf7a9"
#define PLAYERS(players) "{\"response\":{\"players\":[" players "]}}"

static size_t parse(const char *text, AvatarReply ret[static AVATAR_BATCH]) {
        size_t n = SIZE_MAX;

        cr_assert_eq(avatar_reply_parse(text, strlen(text), ret, &n), 0, "%s", text);
        return n;
}

Test(avatar, an_answer) {
        AvatarReply players[AVATAR_BATCH];

        cr_assert_eq(
                parse(PLAYERS("{\"steamid\":\"76561197960435530\",\"personaname\":\"Robin\","
                              "\"avatar\":\"https://avatars.steamstatic.com/x.jpg\","
                              "\"avatarhash\":\"" HASH "\"},{\"steamid\":\"76561197960435531\"}"),
                      players),
                2);
        cr_assert_eq(players[0].id, UINT64_C(76561197960435530));
        cr_assert_str_eq(players[0].hash, HASH);
        cr_assert_eq(players[1].id, UINT64_C(76561197960435531));
        cr_assert_str_eq(players[1].hash, "");
        cr_assert_eq(parse(PLAYERS(""), players), 0);
}

Test(avatar, what_is_wrong_in_an_answer_is_left_out) {
        static const char *const hashes[] = {
                "../../../../etc/passwd",
                "81B5478529DCE13BF24B55AC42C1AF7058AAF7A9",
                "81b5478529dce13bf24b55ac42c1af7058aaf7a",
                HASH "0",
                "",
        };
        AvatarReply players[AVATAR_BATCH];

        cr_assert_eq(
                parse(PLAYERS("7,null,[],{},{\"steamid\":76561197960435530},{\"steamid\":\"1\"},"
                              "{\"steamid\":\"76561197960265728\"},"
                              "{\"steamid\":\"-6561197960435530\"},"
                              "{\"steamid\":\"99999999999999999\"},"
                              "{\"steamid\":\"[U:1:2000000000]\"}"),
                      players),
                0);
        for (size_t i = 0; i < ELEMENTSOF(hashes); i++) {
                _cleanup_free_ char *text = NULL;

                cr_assert_gt(
                        asprintf(
                                &text,
                                PLAYERS("{\"steamid\":\"76561197960435530\",\"avatarhash\":\"%s\"}"),
                                hashes[i]),
                        0);
                cr_assert_eq(parse(text, players), 1);
                cr_expect_str_eq(players[0].hash, "", "%s", hashes[i]);
        }
}

Test(avatar, other_answers_are_refused) {
        static const char *const texts[] = {
                "",
                "<html>",
                "null",
                "[]",
                "{}",
                "{\"response\":[]}",
                "{\"response\":{}}",
                "{\"response\":{\"players\":{}}}",
                "{\"response\":{\"players\":[]}} x",
        };
        AvatarReply players[AVATAR_BATCH];
        _cleanup_free_ char *many = malloc(4096);
        size_t n = 0, length;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                cr_expect_eq(
                        avatar_reply_parse(texts[i], strlen(texts[i]), players, &n), -EBADMSG, "%s",
                        texts[i]);
        cr_expect_eq(avatar_reply_parse(PLAYERS("") "\0", 30, players, &n), -EBADMSG);
        cr_assert(many);
        length = (size_t) sprintf(many, "{\"response\":{\"players\":[{}");
        for (unsigned i = 0; i < AVATAR_BATCH; i++)
                length += (size_t) sprintf(many + length, ",{}");
        (void) sprintf(many + length, "]}}");
        cr_expect_eq(avatar_reply_parse(many, strlen(many), players, &n), -EBADMSG);
        cr_expect_eq(n, 0);
}

/* --- wanted players -----------------------------------------------------------------------------
 */

Test(avatar, wanted_players_are_written_and_read) {
        uint64_t ids[] = { UINT64_C(76561197960435531), UINT64_C(76561197960435530),
                           UINT64_C(76561197960435531) };
        _cleanup_free_ uint64_t *read = NULL;
        _cleanup_close_ int fd = open(tree_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        size_t n = 0;

        cr_assert_eq(avatar_players_read(fd, &read, &n), -ENOENT);
        cr_assert_eq(avatar_players_write(fd, ids, 3), 0);
        cr_assert_eq(avatar_players_read(fd, &read, &n), 0);
        cr_assert_eq(n, 2);
        cr_assert(read[0] == ids[1] && read[1] == ids[0]);
        cr_assert(avatar_players_have(read, n, ids[0]) && avatar_players_have(read, n, ids[1]));
        cr_assert_not(avatar_players_have(read, n, 1) || avatar_players_have(read, 0, ids[0]));
        cr_assert_eq(avatar_players_sort(NULL, 0), 0);
        free(TAKE_PTR(read));
        cr_assert_eq(avatar_players_write(fd, ids, 0), 0);
        cr_assert_eq(avatar_players_read(fd, &read, &n), 0);
        cr_assert_eq(n, 0);
}

Test(avatar, a_damaged_list_of_players_is_refused) {
        static const char *const texts[] = {
                "76561197960435530",   "76561197960435530 ",    "7656119796043553\n\n",
                "76561197960265728\n", "\n76561197960435530",   "76561197960435530\nx",
                "0x561197960435530\n", "76561197960435530\r\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                uint64_t *ids = NULL;
                size_t n;

                cr_expect_eq(avatar_players_parse(texts[i], &ids, &n), -EBADMSG, "%s", texts[i]);
        }
}

/* --- the cache ----------------------------------------------------------------------------------
 */

#define ID UINT64_C(76561197960435530)

Test(avatar, names_of_files) {
        static const char *const bad[] = {
                "76561197960435530",      "76561197960435530.png",  "7656119796043553.jpg",
                "76561197960435530.jpg.", "76561197960265728.jpg",  ".jpg",
                "76561197960435530jpg",   "076561197960435530.jpg", "76561197960435530.JPG",
        };
        char name[AVATAR_NAME_MAX];
        bool is_picture;
        uint64_t id;

        for (int i = 0; i < 2; i++) {
                avatar_file_name(ID, i == 1, name);
                cr_assert_str_eq(name, i == 1 ? "76561197960435530.jpg" : "76561197960435530.none");
                cr_assert(avatar_file_parse(name, &id, &is_picture));
                cr_assert(id == ID && is_picture == (i == 1));
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_not(avatar_file_parse(bad[i], &id, &is_picture), "%s", bad[i]);
}

static int open_cache(void) {
        tree_make_parents(tree_paths->avatars_dir);
        cr_assert_eq(mkdir(tree_paths->avatars_dir, 0755), 0);
        return avatar_cache_open(tree_paths);
}

Test(avatar, a_picture_is_read_while_it_is_new_and_a_picture) {
        const struct timespec old[] = { { .tv_sec = time(NULL) - AVATAR_AGE_MAX - 10 },
                                        { .tv_sec = time(NULL) - AVATAR_AGE_MAX - 10 } };
        _cleanup_close_ int fd = -EBADF;
        char name[AVATAR_NAME_MAX];
        Picture picture;
        uint8_t *data;
        size_t size;

        cr_assert_eq(avatar_cache_open(tree_paths), -ENOENT);
        fd = open_cache();
        cr_assert_geq(fd, 0);
        avatar_file_name(ID, true, name);
        cr_assert_not(avatar_is_there(fd, ID) || avatar_is_there(fd, 0));
        cr_assert_eq(avatar_read(fd, ID, &data, &size), -ENOENT);

        begin_picture(&picture, 0xc0, 64, 64);
        end_picture(&picture);
        cr_assert_eq(write_file_atomic(fd, name, picture.data, picture.size, 0640), 0);
        cr_assert(avatar_is_there(fd, ID));
        cr_assert_eq(avatar_read(fd, ID, &data, &size), 0);
        cr_assert_eq(size, picture.size);
        cr_assert_arr_eq(data, picture.data, size);
        free(data);

        cr_assert_eq(utimensat(fd, name, old, 0), 0);
        cr_assert_not(avatar_is_there(fd, ID));
        cr_assert_eq(avatar_read(fd, ID, &data, &size), -ENOENT);

        cr_assert_eq(write_file_atomic(fd, name, "<html>", 6, 0640), 0);
        cr_assert_eq(avatar_read(fd, ID, &data, &size), -EBADMSG);
        cr_assert_eq(unlinkat(fd, name, 0), 0);
        cr_assert_eq(symlinkat("/etc/passwd", fd, name), 0);
        cr_assert_not(avatar_is_there(fd, ID));
        cr_assert_eq(avatar_read(fd, ID, &data, &size), -ENOENT);
        cr_assert_eq(unlinkat(fd, name, 0), 0);
        cr_assert_eq(mkfifoat(fd, name, 0600), 0);
        cr_assert_not(avatar_is_there(fd, ID));
}

Test(avatar, a_link_in_the_place_of_the_cache_is_not_followed) {
        tree_make_parents(tree_paths->avatars_dir);
        cr_assert_eq(symlink("/tmp", tree_paths->avatars_dir), 0);
        cr_assert_eq(avatar_cache_open(tree_paths), -ENOTDIR);
}
