/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/vpk.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "game/addon.h"

/* An archive that is written piece by piece. */
typedef struct Archive {
        uint8_t data[4096];
        size_t size, header_size;
} Archive;

static void add(Archive *a, const void *data, size_t size) {
        cr_assert_leq(a->size + size, sizeof(a->data));
        for (size_t i = 0; i < size; i++)
                a->data[a->size++] = ((const uint8_t *) data)[i];
}

static void add_text(Archive *a, const char *text) {
        add(a, text, strlen(text) + 1);
}

static void add_number(Archive *a, uint64_t number, size_t size) {
        for (size_t i = 0; i < size; i++)
                add(a, &(uint8_t) { (uint8_t) (number >> 8 * i) }, 1);
}

static void begin(Archive *a, unsigned version) {
        *a = (Archive) { .header_size = version == 1 ? 12 : 28 };
        add_number(a, 0x55aa1234, 4);
        add_number(a, version, 4);
        add(a, (char[24]) {}, a->header_size - 8);
}

typedef struct Record {
        const char *preload;
        uint16_t archive;
        uint32_t offset, length;
} Record;

static void add_record(Archive *a, const char *name, const Record *record) {
        size_t n = record->preload ? strlen(record->preload) : 0;

        add_text(a, name);
        add_number(a, 0xcafe, 4);
        add_number(a, n, 2);
        add_number(a, record->archive, 2);
        add_number(a, record->offset, 4);
        add_number(a, record->length, 4);
        add_number(a, 0xffff, 2);
        add(a, record->preload, n);
}

/* Ends the directory, and adds the content. */
static void finish(Archive *a, const char *content) {
        uint32_t size = (uint32_t) (a->size - a->header_size);

        memcpy(a->data + 8, &size, sizeof(size));
        add(a, content, strlen(content));
}

/* Two files, the first with its beginning in the directory. */
static void make(Archive *a, unsigned version) {
        begin(a, version);
        add_text(a, "txt");
        add_text(a, "missions");
        add_record(a, "DeadAir", &(Record) { "pre", 0x7fff, 4, 5 });
        add_text(a, "");
        add_text(a, " ");
        add_record(a, "addoninfo", &(Record) { NULL, 0x7fff, 0, 4 });
        add_text(a, "");
        add_text(a, "");
        add_text(a, " ");
        add_text(a, "a/b");
        add_record(a, "README", &(Record) { "all of it", 0x7fff, 0, 0 });
        add_text(a, "");
        add_text(a, "");
        add_text(a, "");
        finish(a, "infoload!");
}

static int open_archive(const Archive *a, ByteSource *source, Vpk **ret) {
        *source = byte_source_of_memory(a->data, a->size);
        return vpk_read(source, ret);
}

static void expect_content(const Vpk *vpk, const char *path, const char *expected) {
        const VpkEntry *entry = vpk_find(vpk, path);
        _cleanup_free_ char *text = NULL;
        size_t size;

        cr_assert_not_null(entry, "%s", path);
        cr_assert_eq(vpk_read_entry(vpk, entry, strlen(expected), &text, &size), 0, "%s", path);
        cr_assert_str_eq(text, expected);
        cr_assert_eq(size, strlen(expected));
        cr_assert_eq(vpk_read_entry(vpk, entry, strlen(expected) - 1, &text, &size), -EFBIG);
}

Test(vpk, both_versions_are_read) {
        for (unsigned version = 1; version <= 2; version++) {
                _cleanup_(vpk_freep) Vpk *vpk = NULL;
                char path[VPK_PATH_MAX];
                ByteSource source;
                Archive a;

                make(&a, version);
                cr_assert_eq(open_archive(&a, &source, &vpk), 0);
                cr_assert_eq(vpk->version, version);
                cr_assert_eq(vpk->n_entries, 3);
                cr_assert_not(vpk->is_cut_off);
                vpk_entry_path(&vpk->entries[0], path);
                cr_assert_str_eq(path, "missions/DeadAir.txt");
                cr_assert_eq(vpk->entries[0].crc, 0xcafe);
                cr_assert_eq(vpk->entries[0].size, 8);
                expect_content(vpk, "MISSIONS/deadair.TXT", "preload!");
                expect_content(vpk, "addoninfo.txt", "info");
                expect_content(vpk, "a/b/readme", "all of it");
                cr_assert_null(vpk_find(vpk, "missions"));
        }
}

Test(vpk, a_file_is_read_as_memory_is) {
        _cleanup_close_ int fd = memfd_create("vpk", MFD_CLOEXEC);
        _cleanup_(vpk_freep) Vpk *vpk = NULL;
        ByteSource source;
        Archive a;

        make(&a, 1);
        cr_assert_eq(write(fd, a.data, a.size), (ssize_t) a.size);
        cr_assert_eq(byte_source_of_file(fd, &source), 0);
        cr_assert_eq(vpk_read(&source, &vpk), 0);
        expect_content(vpk, "missions/deadair.txt", "preload!");

        /* Shortened after the directory was read. */
        cr_assert_eq(ftruncate(fd, 100), 0);
        _cleanup_free_ char *text = NULL;
        size_t size;
        cr_assert_eq(
                vpk_read_entry(vpk, vpk_find(vpk, "addoninfo.txt"), 100, &text, &size), -EBADMSG);
}

/* Wherever it ends: in the directory it is refused, in the content it is noticed. */
Test(vpk, an_archive_that_was_cut_off_is_noticed) {
        for (unsigned version = 1; version <= 2; version++) {
                Archive a;

                make(&a, version);
                for (size_t content = a.size - strlen("infoload!"), full = a.size; a.size > 0;) {
                        _cleanup_(vpk_freep) Vpk *vpk = NULL;
                        _cleanup_free_ uint8_t *copy = malloc(--a.size + 1);
                        ByteSource source = byte_source_of_memory(copy, a.size);
                        int r;

                        memcpy(copy, a.data, a.size);
                        r = vpk_read(&source, &vpk);
                        cr_assert_eq(r == 0, a.size >= content, "%zu: %d", a.size, r);
                        cr_assert(!vpk || vpk->is_cut_off, "%zu of %zu", a.size, full);
                }
        }
}

/* 51 bytes that say they have 4 GiB: no memory is asked for. */
Test(vpk, a_length_beyond_the_file_costs_nothing) {
        _cleanup_(vpk_freep) Vpk *vpk = NULL;
        _cleanup_free_ char *text = NULL;
        ByteSource source;
        size_t size;
        Archive a;

        begin(&a, 1);
        add_text(&a, "txt");
        add_text(&a, " ");
        add_record(&a, "addoninfo", &(Record) { NULL, 0x7fff, 0, UINT32_MAX });
        add_text(&a, "");
        add_text(&a, "");
        add_text(&a, "");
        finish(&a, "");
        cr_assert_eq(a.size, 49);
        cr_assert_eq(open_archive(&a, &source, &vpk), 0);
        cr_assert(vpk->is_cut_off);
        cr_assert_eq(vpk_read_entry(vpk, &vpk->entries[0], SIZE_MAX, &text, &size), -ENOENT);

        memset(a.data + 8, 0xff, 4);
        cr_assert_eq(open_archive(&a, &source, &vpk), -EBADMSG);
}

Test(vpk, content_in_other_files_is_not_read) {
        _cleanup_(vpk_freep) Vpk *vpk = NULL;
        _cleanup_free_ char *text = NULL;
        ByteSource source;
        size_t size;
        Archive a;

        begin(&a, 1);
        add_text(&a, "txt");
        add_text(&a, " ");
        add_record(&a, "elsewhere", &(Record) { "x", 3, 0, 1 });
        add_record(&a, "here", &(Record) { "whole", 3, 0, 0 });
        add_text(&a, "");
        add_text(&a, "");
        add_text(&a, "");
        finish(&a, "content");
        cr_assert_eq(open_archive(&a, &source, &vpk), 0);
        cr_assert_eq(vpk_read_entry(vpk, &vpk->entries[0], 10, &text, &size), -ENOENT);
        cr_assert_not(vpk->is_cut_off);
        expect_content(vpk, "here.txt", "whole");
}

static void write_file(int dir_fd, const char *name, const void *data, size_t size) {
        int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        cr_assert_geq(fd, 0);
        cr_assert_eq(write(fd, data, size), (ssize_t) size);
        (void) close(fd);
}

Test(vpk, an_archive_of_the_game_has_its_content_in_parts) {
        char directory[] = "/tmp/vpk-XXXXXX";
        _cleanup_(vpk_close) VpkFile file = { .fd = -EBADF };
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        size_t size;
        Archive a;

        begin(&a, 1);
        add_text(&a, "txt");
        add_text(&a, "missions");
        add_record(&a, "one", &(Record) { "be", 3, 4, 6 });
        add_record(&a, "late", &(Record) { NULL, 3, 4, 7 });
        add_record(&a, "far", &(Record) { NULL, 3, UINT32_MAX, UINT32_MAX });
        add_record(&a, "gone", &(Record) { NULL, 4, 0, 1 });
        add_record(&a, "link", &(Record) { NULL, 5, 0, 1 });
        add_record(&a, "own", &(Record) { NULL, 0x7fff, 0, 4 });
        add_text(&a, "");
        add_text(&a, "");
        add_text(&a, "");
        finish(&a, "here");

        cr_assert_not_null(mkdtemp(directory));
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        write_file(fd, "pak01_dir.vpk", a.data, a.size);
        write_file(fd, "pak01_003.vpk", "0123ginner", 10);
        cr_assert_eq(symlinkat("pak01_003.vpk", fd, "pak01_005.vpk"), 0);
        cr_assert_eq(vpk_open_parts(fd, "pak01", &file), 0);
        expect_content(file.vpk, "missions/one.txt", "beginner");
        expect_content(file.vpk, "missions/own.txt", "here");
        cr_expect_eq(vpk_read_entry(file.vpk, &file.vpk->entries[1], 10, &text, &size), -EBADMSG);
        cr_expect_eq(vpk_read_entry(file.vpk, &file.vpk->entries[2], 10, &text, &size), -EFBIG);
        cr_expect_eq(vpk_read_entry(file.vpk, &file.vpk->entries[3], 10, &text, &size), -ENOENT);
        cr_expect_eq(vpk_read_entry(file.vpk, &file.vpk->entries[4], 10, &text, &size), -ENOENT);
        for (size_t i = 0; i < 3; i++)
                (void) unlinkat(
                        fd,
                        (const char *const[]) { "pak01_dir.vpk", "pak01_003.vpk",
                                                "pak01_005.vpk" }[i],
                        0);
        cr_assert_eq(rmdir(directory), 0);
}

Test(vpk, other_files_are_refused) {
        static const char text[] = "\x34\x12\xaa\x55 and text that goes on for a while";
        ByteSource source;
        Archive a;
        Vpk *vpk;

        make(&a, 1);
        a.data[4] = 3;
        cr_assert_eq(open_archive(&a, &source, &vpk), -ENOEXEC);
        source = byte_source_of_memory(text, sizeof(text));
        cr_assert_eq(vpk_read(&source, &vpk), -ENOEXEC);
        source = byte_source_of_memory(text, 0);
        cr_assert_eq(vpk_read(&source, &vpk), -ENOEXEC);
}

Test(vpk, a_path_without_end_is_refused) {
        char name[VPK_PATH_MAX];
        ByteSource source;
        Archive a;
        Vpk *vpk;

        memset(name, 'x', sizeof(name));
        name[sizeof(name) - 1] = '\0';
        begin(&a, 1);
        add_text(&a, "txt");
        add_text(&a, " ");
        add_record(&a, name, &(Record) { NULL, 0x7fff, 0, 0 });
        add(&a, (char[3]) {}, 3);
        finish(&a, "");
        cr_assert_eq(open_archive(&a, &source, &vpk), -EBADMSG);
}

Test(vpk, a_mission_path_is_below_missions) {
        cr_assert(is_mission_path("Missions/a.TXT"));
        cr_assert_not(is_mission_path("missions/.txt"));
        cr_assert_not(is_mission_path("missions/a/b.txt"));
        cr_assert_not(is_mission_path("missions/a.text"));
        cr_assert_not(is_mission_path("x/missions/a.txt"));
        cr_assert_not(is_mission_path("mission"));
}

Test(vpk, an_add_on_tells_its_campaigns) {
        static const char info[] = "AddonInfo { addonTitle \"Two  maps\" addonversion 1.2 }",
                          one[] = "mission { Name One DisplayTitle \"The One\" modes { coop { 1 { "
                                  "Map one_1 } } } }",
                          two[] = "rubbish";
        _cleanup_(vpk_freep) Vpk *vpk = NULL;
        _cleanup_(addon_freep) Addon *addon = NULL;
        ByteSource source;
        Archive a;

        begin(&a, 1);
        add_text(&a, "txt");
        add_text(&a, " ");
        add_record(&a, "AddonInfo", &(Record) { info, 0x7fff, 0, 0 });
        add_text(&a, "");
        add_text(&a, "missions");
        add_record(&a, "one", &(Record) { one, 0x7fff, 0, 0 });
        add_record(&a, "two", &(Record) { two, 0x7fff, 0, 0 });
        add_record(&a, "gone", &(Record) { NULL, 0x7fff, 0, 100 });
        add(&a, (char[3]) {}, 3);
        finish(&a, "");
        cr_assert_eq(open_archive(&a, &source, &vpk), 0);
        cr_assert_eq(addon_read(vpk, &addon), 0);
        cr_assert_str_eq(addon->info->title, "Two maps");
        cr_assert_eq(addon->n_missions, 1);
        cr_assert_str_eq(addon->missions[0]->title, "The One");
}
