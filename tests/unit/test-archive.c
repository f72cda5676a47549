/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "archive/open.h"
#include "archive/path.h"
#include "archive/unpack.h"
#include "base/file.h"

/* An entry of an archive that a test makes; the last one has no path. */
typedef struct Entry {
        const char *path, *data, *link;
        mode_t type, mode;
} Entry;

static char root[] = "/tmp/test-archive.XXXXXX";
static int root_fd = -EBADF, tree_fd = -EBADF;

static int remove_visited(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
        (void) st;
        (void) flag;
        (void) ftw;
        return remove(path);
}

static void setup(void) {
        cr_assert_eq(archive_use_utf8(), 0);
        cr_assert_not_null(mkdtemp(root));
        root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(root_fd, 0);
        tree_fd = make_directory_beneath(root_fd, "tree", 0755);
        cr_assert_geq(tree_fd, 0);
}

static void teardown(void) {
        root_fd = safe_close(root_fd);
        tree_fd = safe_close(tree_fd);
        (void) nftw(root, remove_visited, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(archive, .init = setup, .fini = teardown, .timeout = 60);

static void add(struct archive *archive, const Entry *from) {
        struct archive_entry *entry = archive_entry_new();
        size_t size = from->data ? strlen(from->data) : 0;

        cr_assert_not_null(entry);
        archive_entry_copy_pathname(entry, from->path);
        archive_entry_set_filetype(entry, from->type ? from->type : AE_IFREG);
        archive_entry_set_perm(entry, from->mode ? from->mode : 0644);
        archive_entry_set_size(entry, (int64_t) size);
        if (from->link && from->type == AE_IFLNK)
                archive_entry_copy_symlink(entry, from->link);
        else if (from->link)
                archive_entry_copy_hardlink(entry, from->link);
        cr_assert_eq(
                archive_write_header(archive, entry), ARCHIVE_OK, "%s",
                archive_error_string(archive));
        if (size > 0)
                cr_assert_eq(archive_write_data(archive, from->data, size), (ssize_t) size);
        archive_entry_free(entry);
}

/* An archive in memory, as libarchive writes this format and filter. */
static int pack_as(const char *format, const char *filter, const Entry *entries) {
        struct archive *archive = archive_write_new();
        int fd = memfd_create("archive", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

        cr_assert_not_null(archive);
        cr_assert_geq(fd, 0);
        cr_assert_eq(archive_write_set_format_by_name(archive, format), ARCHIVE_OK);
        if (filter)
                cr_assert_eq(archive_write_add_filter_by_name(archive, filter), ARCHIVE_OK);
        cr_assert_eq(archive_write_open_fd(archive, fd), ARCHIVE_OK);
        for (const Entry *entry = entries; entry->path; entry++)
                add(archive, entry);
        cr_assert_eq(archive_write_free(archive), ARCHIVE_OK);
        cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

#define DEFAULT_OPTIONS { .path = ".", .limits = unpack_limits }

static int unpack_with(int fd, const UnpackOptions *options, UnpackResult *ret) {
        UnpackResult result = {};
        int r = archive_unpack(fd, tree_fd, options, ret ? ret : &result);

        (void) close(fd);
        /* The directory to unpack into is always gone. */
        cr_assert_eq(faccessat(tree_fd, ARCHIVE_DIRECTORY, F_OK, AT_SYMLINK_NOFOLLOW), -1);
        return r;
}

static int unpack(const Entry *entries) {
        const UnpackOptions options = DEFAULT_OPTIONS;

        return unpack_with(pack_as("gnutar", NULL, entries), &options, NULL);
}

static int unpack_auto(const Entry *entries, UnpackResult *ret) {
        UnpackOptions options = DEFAULT_OPTIONS;

        options.is_auto = true;
        return unpack_with(pack_as("gnutar", NULL, entries), &options, ret);
}

static bool exists(const char *path) {
        return faccessat(tree_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void expect_file(const char *path, const char *content) {
        const FileLimits limits = { .size_max = 4096, .linked = true };
        _cleanup_free_ char *text = NULL;
        size_t size;

        cr_assert_eq(read_file_beneath(tree_fd, path, &limits, &text, &size), 0, "%s", path);
        cr_assert_str_eq(text, content, "%s", path);
}

static mode_t mode_of(const char *path) {
        struct stat st;

        cr_assert_eq(fstatat(tree_fd, path, &st, AT_SYMLINK_NOFOLLOW), 0, "%s", path);
        return st.st_mode;
}

static void put(const char *path, const char *content) {
        _cleanup_close_ int fd = openat(tree_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        cr_assert_geq(fd, 0);
        cr_assert_eq(write_all(fd, content, strlen(content)), 0);
}

static void expect_empty_tree(void) {
        _cleanup_(closedirp) DIR *dir = open_listing(tree_fd);
        const struct dirent *entry;

        cr_assert_not_null(dir);
        cr_assert_eq(next_entry(dir, &entry), 0);
}

/* --- exported overlays -------------------------------------------------------------------------
 */

/* As an exported overlay; its definition goes to the directory beside. */
static int unpack_export(const Entry *entries, int *ret_beside_fd) {
        ArchiveExport export = {};
        UnpackOptions options = DEFAULT_OPTIONS;

        cr_assert_eq(remove_tree(root_fd, "beside"), 0);
        *ret_beside_fd = options.beside_fd = make_directory_beneath(root_fd, "beside", 0755);
        cr_assert_geq(options.beside_fd, 0);
        options.export = &export;
        return unpack_with(pack_as("pax", NULL, entries), &options, NULL);
}

Test(archive, an_exported_overlay) {
        const FileLimits limits = { .size_max = 4096 };
        _cleanup_close_ int beside_fd = -EBADF;
        _cleanup_free_ char *definition = NULL, *script = NULL;
        size_t size;

        /* Directories with names of the game have no meaning, and none is left out. */
        cr_assert_eq(
                unpack_export(
                        (const Entry[]) {
                                { .path = "maps/overlay.yaml", .data = "kind: script\n" },
                                { .path = "maps/script", .data = "#!/bin/sh\n" },
                                { .path = "maps/files", .type = AE_IFDIR, .mode = 0755 },
                                { .path = "maps/files/overlay.yaml", .data = "mine" },
                                { .path = "maps/files/addons/a.vpk", .data = "vpk" },
                                { .path = "maps/files/empty", .type = AE_IFDIR, .mode = 0755 },
                                {},
                        },
                        &beside_fd),
                0);
        expect_file("overlay.yaml", "mine");
        expect_file("addons/a.vpk", "vpk");
        cr_expect(S_ISDIR(mode_of("empty")));
        cr_assert_eq(read_file_beneath(beside_fd, "overlay.yaml", &limits, &definition, &size), 0);
        cr_expect_str_eq(definition, "kind: script\n");
        cr_assert_eq(read_file_beneath(beside_fd, "script", &limits, &script, &size), 0);
        cr_expect_str_eq(script, "#!/bin/sh\n");
}

static void expect_no_export(Entry entry) {
        _cleanup_close_ int beside_fd = -EBADF;
        const Entry entries[] = {
                { .path = "maps/overlay.yaml", .data = "kind: files\n" },
                { .path = "maps/files/a", .data = "x" },
                entry,
                {},
        };

        cr_expect_eq(unpack_export(entries, &beside_fd), -EBADMSG, "%s", entry.path);
        expect_empty_tree();
        cr_expect_lt(faccessat(beside_fd, "overlay.yaml", F_OK, 0), 0, "%s", entry.path);
}

Test(archive, other_archives_are_no_exported_overlay) {
        static char large[64 * 1024 + 2];
        _cleanup_close_ int beside_fd = -EBADF;

        memset(large, 'x', sizeof(large) - 1);
        expect_no_export((Entry) { .path = "maps/more", .data = "x" });
        expect_no_export((Entry) { .path = "maps/filesystem/a", .data = "x" });
        expect_no_export((Entry) { .path = "other/files/a", .data = "x" });
        expect_no_export((Entry) { .path = "file", .data = "x" });
        expect_no_export((Entry) { .path = "maps/files", .data = "x" });
        expect_no_export((Entry) { .path = "maps/overlay.yaml", .data = large });
        expect_no_export((Entry) { .path = "maps/script", .type = AE_IFDIR, .mode = 0755 });
        expect_no_export(
                (Entry) { .path = "maps/script", .type = AE_IFLNK, .link = "/etc/shadow" });
        expect_no_export((Entry) { .path = "maps/files/../../x", .data = "x" });
        /* Without the directory of its content. */
        cr_expect_eq(
                unpack_export(
                        (const Entry[]) {
                                { .path = "maps/overlay.yaml", .data = "kind: files\n" },
                                {},
                        },
                        &beside_fd),
                -EBADMSG);
}

/* --- names ------------------------------------------------------------------------------------ */

static void expect_path(const char *name, unsigned strip, const char *expected) {
        _cleanup_free_ char *path = NULL;
        const char *reason = NULL;
        int r = archive_path_clean(name, strip, &path, &reason);

        if (!expected) {
                cr_assert_eq(r, -EINVAL, "'%s' became '%s'", name, path ? path : "");
                cr_assert_not_null(reason);
        } else if (*expected == '\0')
                cr_assert_eq(r, 0, "%s", name);
        else {
                cr_assert_eq(r, 1, "%s", name);
                cr_assert_str_eq(path, expected);
        }
}

Test(archive, paths_become_relative) {
        expect_path("a/b", 0, "a/b");
        expect_path("./a//b/./c/", 0, "a/b/c");
        expect_path("./", 0, "");
        expect_path("...", 0, "...");
        expect_path("a..b/..c", 0, "a..b/..c");
        expect_path("My Maps/ä 中.vpk", 0, "My Maps/ä 中.vpk");
        expect_path("pack-1.0/addons/x", 1, "addons/x");
        expect_path("./pack-1.0/addons/x", 2, "x");
        expect_path("pack-1.0/", 1, "");
        expect_path("pack-1.0", 3, "");
}

Test(archive, paths_that_lead_elsewhere_are_refused) {
        static const char *const names[] = {
                "",
                "..",
                "../x",
                "a/../b",
                "a/..",
                "./..",
                "/etc/x",
                "//x",
                "C:/x",
                "c:x",
                "a\\b",
                "..\\x",
                "a\nb",
                "a\x1b[31m",
                "a\x7f",
                "a\xc2\x85",
                "\xff\xfe",
                "caf\xe9",
                "\xc0\xaf",
                ARCHIVE_DIRECTORY,
                "a/" ARCHIVE_DIRECTORY "/b",
        };

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                expect_path(names[i], 0, NULL);
                expect_path(names[i], 1, NULL);
        }
}

/* n bytes "a/a/a/…", or of one name. */
static char *long_name(size_t n, bool is_deep) {
        char *name = malloc(n + 1);

        cr_assert_not_null(name);
        for (size_t i = 0; i < n; i++)
                name[i] = is_deep && i % 2 == 1 ? '/' : 'a';
        name[n] = '\0';
        return name;
}

Test(archive, paths_are_bounded) {
        const struct {
                size_t n;
                bool is_deep, is_valid;
        } cases[] = {
                { 255, false, true },
                { 256, false, false },
                { 2 * ARCHIVE_DEPTH_MAX - 1, true, true },
                { 2 * ARCHIVE_DEPTH_MAX + 1, true, false },
                { ARCHIVE_PATH_MAX + 1, false, false },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *name = long_name(cases[i].n, cases[i].is_deep);

                expect_path(name, 0, cases[i].is_valid ? name : NULL);
        }
}

Test(archive, patterns_of_kept_files) {
        char *keep[] = { (char[]) { "server.cfg" }, (char[]) { "left4dead2/addons/*/configs" },
                         (char[]) { "*.smx" }, NULL };

        cr_assert(archive_path_is_kept("server.cfg", keep));
        cr_assert(archive_path_is_kept("left4dead2/cfg/server.cfg", keep));
        cr_assert(archive_path_is_kept("left4dead2/addons/sourcemod/configs/a/b.ini", keep));
        cr_assert(archive_path_is_kept("left4dead2/addons/sourcemod/configs", keep));
        cr_assert(archive_path_is_kept("a/b.smx", keep));
        cr_assert_not(archive_path_is_kept("left4dead2/cfg/myserver.cfg", keep));
        cr_assert_not(archive_path_is_kept("left4dead2/addons/a/b/configs/x", keep));
        cr_assert_not(archive_path_is_kept("server.cfg/x", keep));
        cr_assert_not(archive_path_is_kept("x", NULL));
}

/* --- formats ---------------------------------------------------------------------------------- */

Test(archive, every_format_is_read) {
        static const Entry entries[] = {
                { "addons/", .type = AE_IFDIR, .mode = 0755 },
                { "addons/a.vpk", .data = "vpk" },
                { "cfg/ä.cfg", .data = "cfg" },
                { "run", .data = "#!", .mode = 0755 },
                {},
        };
        static const struct {
                const char *format, *filter;
        } cases[] = {
                { "zip", NULL },      { "7zip", NULL },   { "gnutar", NULL }, { "pax", NULL },
                { "gnutar", "gzip" }, { "pax", "bzip2" }, { "ustar", "xz" },  { "pax", "zstd" },
        };
        const UnpackOptions options = DEFAULT_OPTIONS;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                UnpackResult result = {};

                cr_assert_eq(
                        unpack_with(
                                pack_as(cases[i].format, cases[i].filter, entries), &options,
                                &result),
                        0, "%s %s", cases[i].format, cases[i].filter);
                cr_assert_eq(result.n_files, 3);
                cr_assert_eq(result.n_bytes, 8);
                expect_file("addons/a.vpk", "vpk");
                expect_file("cfg/ä.cfg", "cfg");
                cr_assert_eq(mode_of("run"), (mode_t) (S_IFREG | 0755));
                cr_assert_eq(mode_of("cfg"), (mode_t) (S_IFDIR | 0755));
                cr_assert_eq(remove_tree(root_fd, "tree"), 0);
                (void) close(tree_fd);
                tree_fd = make_directory_beneath(root_fd, "tree", 0755);
        }
}

Test(archive, other_formats_are_not_read) {
        static const Entry entries[] = { { "a", .data = "a" }, {} };
        static const char *const formats[] = {
                "cpio", "iso9660", "xar", "mtree", "arbsd", "warc", "shar",
        };
        const UnpackOptions options = DEFAULT_OPTIONS;

        for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
                cr_assert_eq(
                        unpack_with(pack_as(formats[i], NULL, entries), &options, NULL), -EBADMSG,
                        "%s", formats[i]);
                expect_empty_tree();
        }
        cr_assert_eq(unpack_with(pack_as("gnutar", "uuencode", entries), &options, NULL), -EBADMSG);
        cr_assert_eq(unpack_with(pack_as("gnutar", "compress", entries), &options, NULL), -EBADMSG);
}

Test(archive, empty_and_damaged_ones_are_refused) {
        static const Entry none[] = { { "d/", .type = AE_IFDIR }, {} };
        static const Entry some[] = { { "a", .data = "some text" },
                                      { "b", .data = "some text" },
                                      {} };
        const UnpackOptions options = DEFAULT_OPTIONS;
        int fd;

        cr_assert_eq(unpack(none), -EBADMSG);
        fd = memfd_create("empty", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
        cr_assert_eq(unpack_with(fd, &options, NULL), -EBADMSG);
        fd = pack_as("gnutar", NULL, some);
        cr_assert_eq(ftruncate(fd, 1200), 0);
        cr_assert_eq(unpack_with(fd, &options, NULL), -EBADMSG);
        /* A changed byte of stored data: the checksum is wrong. */
        fd = pack_as("zip", NULL, some);
        for (off_t i = 0; i < 200; i++) {
                char text[5];

                cr_assert_eq(pread(fd, text, 4, i), 4);
                if (memcmp(text, "PK\3\4", 4) == 0)
                        cr_assert_eq(pwrite(fd, "\xff\xff\xff", 3, i + 14), 3);
        }
        cr_assert_eq(unpack_with(fd, &options, NULL), -EBADMSG);
        expect_empty_tree();
}

/* --- attacks ---------------------------------------------------------------------------------- */

Test(archive, an_entry_that_is_refused_leaves_nothing) {
        static const Entry refused[] = {
                { "../escaped", .data = "x" },
                { "/tmp/test-archive-absolute", .data = "x" },
                { "a/../../escaped", .data = "x" },
                { "C:/x", .data = "x" },
                { "a\\b", .data = "x" },
                { "caf\xe9", .data = "x" },
                { "a\033b", .data = "x" },
                { "fifo", .type = AE_IFIFO },
                { "device", .type = AE_IFCHR },
                { "device", .type = AE_IFBLK },
                { "hard", .link = "good" },
                { "hard", .link = "/etc/passwd" },
        };

        for (size_t i = 0; i < ELEMENTSOF(refused); i++) {
                const Entry entries[] = { { "good", .data = "good" }, refused[i], {} };

                cr_assert_eq(unpack(entries), -EBADMSG, "%s", refused[i].path);
                expect_empty_tree();
                cr_assert_eq(faccessat(root_fd, "escaped", F_OK, 0), -1);
        }
}

Test(archive, symbolic_links_are_skipped_and_not_followed) {
        static const Entry entries[] = {
                { "link", .type = AE_IFLNK, .link = "/tmp" },
                { "up", .type = AE_IFLNK, .link = ".." },
                { "link/through", .data = "x" },
                { "up/through", .data = "x" },
                {},
        };
        const UnpackOptions options = DEFAULT_OPTIONS;
        UnpackResult result = {};

        cr_assert_eq(unpack_with(pack_as("pax", NULL, entries), &options, &result), 0);
        cr_assert_eq(result.n_links, 2);
        cr_assert_eq(mode_of("link") & S_IFMT, (mode_t) S_IFDIR);
        expect_file("link/through", "x");
        expect_file("up/through", "x");
        cr_assert_eq(faccessat(root_fd, "through", F_OK, 0), -1);
}

Test(archive, links_of_the_tree_are_not_followed) {
        static const Entry file[] = { { "d/file", .data = "x" }, {} };
        static const Entry link[] = { { "link", .data = "x" }, {} };

        cr_assert_eq(mkdirat(root_fd, "outside", 0755), 0);
        cr_assert_eq(symlinkat("../outside", tree_fd, "d"), 0);
        cr_assert_eq(symlinkat("../outside/target", tree_fd, "link"), 0);
        cr_assert_eq(unpack(file), -ELOOP);
        cr_assert_eq(unpack(link), 0);
        expect_file("link", "x");
        cr_assert_eq(unlinkat(root_fd, "outside", AT_REMOVEDIR), 0);
}

Test(archive, set_user_id_and_other_bits_are_dropped) {
        static const Entry entries[] = {
                { "setuid", .data = "x", .mode = 06755 },
                { "open", .data = "x", .mode = 0666 },
                { "closed", .data = "x", .mode = 0600 },
                { "d/", .type = AE_IFDIR, .mode = 03777 },
                {},
        };

        (void) umask(0077);
        cr_assert_eq(unpack(entries), 0);
        cr_assert_eq(mode_of("setuid"), (mode_t) (S_IFREG | 0755));
        cr_assert_eq(mode_of("open"), (mode_t) (S_IFREG | 0644));
        cr_assert_eq(mode_of("closed"), (mode_t) (S_IFREG | 0644));
        cr_assert_eq(mode_of("d"), (mode_t) (S_IFDIR | 0755));
}

Test(archive, bombs_are_limited) {
        static const Entry entries[] = {
                { "a", .data = "12345" }, { "b", .data = "12345" }, { "c", .data = "12345" }, {}
        };
        const struct {
                UnpackLimits limits;
                int result;
        } cases[] = {
                { { .bytes = 15, .entries = 3, .ratio = 1, .free = 15 }, 0 },
                { { .bytes = 14, .entries = 3, .ratio = 1, .free = 15 }, -E2BIG },
                { { .bytes = 15, .entries = 2, .ratio = 1, .free = 15 }, -E2BIG },
        };
        UnpackOptions options = DEFAULT_OPTIONS;

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                options.limits = cases[i].limits;
                cr_assert_eq(
                        unpack_with(pack_as("gnutar", NULL, entries), &options, NULL),
                        cases[i].result, "%zu", i);
        }
}

Test(archive, a_bomb_is_noticed_by_its_ratio) {
        _cleanup_free_ char *zeros = malloc(4 * 1024 * 1024 + 1);
        UnpackOptions options = DEFAULT_OPTIONS;

        cr_assert_not_null(zeros);
        memset(zeros, 'a', 4 * 1024 * 1024);
        zeros[4 * 1024 * 1024] = '\0';

        const Entry entries[] = { { "a", .data = zeros }, {} };

        options.limits.free = 1024 * 1024;
        cr_assert_eq(unpack_with(pack_as("zip", NULL, entries), &options, NULL), -E2BIG);
        cr_assert_eq(unpack_with(pack_as("pax", "zstd", entries), &options, NULL), -E2BIG);
        cr_assert_eq(unpack_with(pack_as("pax", NULL, entries), &options, NULL), 0);
        options.limits.free = 8 * 1024 * 1024;
        cr_assert_eq(unpack_with(pack_as("zip", NULL, entries), &options, NULL), 0);
}

/* A file of nothing but a hole, as GNU tar packs it. */
static int pack_hole(int64_t size) {
        struct archive *archive = archive_write_new();
        struct archive_entry *entry = archive_entry_new();
        int fd = memfd_create("archive", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

        cr_assert_eq(archive_write_set_format_pax(archive), ARCHIVE_OK);
        cr_assert_eq(archive_write_open_fd(archive, fd), ARCHIVE_OK);
        archive_entry_copy_pathname(entry, "hole");
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, size);
        archive_entry_sparse_add_entry(entry, 0, 4);
        cr_assert_eq(archive_write_header(archive, entry), ARCHIVE_OK);
        cr_assert_eq(archive_write_data(archive, "text", 4), 4);
        archive_entry_free(entry);
        (void) archive_write_free(archive);
        cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

Test(archive, holes_count_as_bytes_and_stay_holes) {
        UnpackOptions options = DEFAULT_OPTIONS;
        struct stat st;

        options.limits.bytes = 1024 * 1024;
        cr_assert_eq(unpack_with(pack_hole(1024 * 1024 * 1024), &options, NULL), -E2BIG);
        cr_assert_eq(unpack_with(pack_hole(1024 * 1024), &options, NULL), 0);
        cr_assert_eq(fstatat(tree_fd, "hole", &st, 0), 0);
        cr_assert_eq(st.st_size, 1024 * 1024);
        cr_assert_lt(st.st_blocks * 512, 1024 * 1024);
}

/* --- duplicates ------------------------------------------------------------------------------- */

Test(archive, of_two_entries_with_a_name_the_last_counts) {
        static const Entry entries[] = { { "a", .data = "old and longer" },
                                         { "./a", .data = "new" },
                                         {} };
        static const Entry dir_last[] = { { "a", .data = "file" }, { "a/b", .data = "x" }, {} };
        static const Entry file_last[] = { { "a/b", .data = "x" }, { "a", .data = "file" }, {} };

        cr_assert_eq(unpack(entries), 0);
        expect_file("a", "new");
        cr_assert_eq(unpack(dir_last), -EBADMSG);
        cr_assert_eq(unpack(file_last), -EBADMSG);
        expect_file("a", "new");
}

Test(archive, names_that_differ_in_case_are_counted) {
        static const Entry entries[] = {
                { "addons/a.vpk", .data = "x" }, { "Addons/b.vpk", .data = "x" },
                { "cfg/a.cfg", .data = "x" },    { "cfg/A.CFG", .data = "x" },
                { "cfg/\xc3\xa4", .data = "x" }, {},
        };
        const UnpackOptions options = DEFAULT_OPTIONS;
        UnpackResult result = {};

        put("CFG", "x");
        cr_assert_eq(unpack_with(pack_as("gnutar", NULL, entries), &options, &result), 0);
        cr_assert_eq(result.n_clashes, 3);
}

/* --- what the tree has ------------------------------------------------------------------------ */

Test(archive, files_are_replaced_and_never_written_to) {
        static const Entry entries[] = { { "a", .data = "new" },
                                         { "kept.cfg", .data = "new" },
                                         {} };
        char *keep[] = { (char[]) { "*.cfg" }, NULL };
        UnpackOptions options = DEFAULT_OPTIONS;
        UnpackResult result = {};

        put("a", "old");
        put("kept.cfg", "mine");
        cr_assert_eq(linkat(tree_fd, "a", root_fd, "older version", 0), 0);
        options.keep = keep;
        cr_assert_eq(unpack_with(pack_as("zip", NULL, entries), &options, &result), 0);
        expect_file("a", "new");
        expect_file("kept.cfg", "mine");
        cr_assert_eq(result.n_kept, 1);
        cr_assert_eq(renameat(root_fd, "older version", tree_fd, "older"), 0);
        expect_file("older", "old");
}

Test(archive, a_directory_is_not_replaced_by_a_file) {
        static const Entry file[] = { { "a", .data = "x" }, {} };
        static const Entry dir[] = { { "f/x", .data = "x" }, {} };

        cr_assert_eq(mkdirat(tree_fd, "a", 0755), 0);
        put("f", "file");
        cr_assert_eq(unpack(file), -EISDIR);
        cr_assert_eq(unpack(dir), -ENOTDIR);
        expect_file("f", "file");
}

Test(archive, into_a_path_without_leading_parts) {
        static const Entry entries[] = { { "pack-1/a/b", .data = "x" },
                                         { "README", .data = "x" },
                                         {} };
        UnpackOptions options = DEFAULT_OPTIONS;

        options.path = "left4dead2/cfg";
        options.strip = 1;
        cr_assert_eq(unpack_with(pack_as("gnutar", NULL, entries), &options, NULL), 0);
        expect_file("left4dead2/cfg/a/b", "x");
        cr_assert_not(exists("left4dead2/cfg/README"));
}

Test(archive, placed_files_are_noted) {
        static const Entry entries[] = {
                { "p/a/b/c", .data = "x" },
                { "p/kept.cfg", .data = "new" },
                { "p/z", .data = "x" },
                {},
        };
        char *keep[] = { (char[]) { "*.cfg" }, NULL };
        _cleanup_(archive_names_done) ArchiveNames placed = {};
        UnpackOptions options = DEFAULT_OPTIONS;

        cr_assert_eq(mkdirat(tree_fd, "into", 0755), 0);
        put("into/kept.cfg", "mine");
        options.path = "into";
        options.strip = 1;
        options.keep = keep;
        options.placed = &placed;
        cr_assert_eq(unpack_with(pack_as("gnutar", NULL, entries), &options, NULL), 0);
        archive_names_sort(&placed);
        cr_assert_eq(placed.n_items, 3);
        cr_assert(archive_names_has(&placed, "into/a/b/c"));
        cr_assert(archive_names_has(&placed, "into/kept.cfg"));
        cr_assert(archive_names_has(&placed, "into/z"));
        cr_assert_not(archive_names_has(&placed, "into/Z"));
        expect_file("into/a/b/c", "x");
}

/* --- layouts ---------------------------------------------------------------------------------- */

static void expect_layout(const Entry *entries, const char *path) {
        cr_assert_eq(unpack_auto(entries, NULL), 0, "%s", path);
        expect_file(path, "x");
        cr_assert_eq(remove_tree(tree_fd, "left4dead2"), 0);
}

Test(archive, layout_is_found_at_the_top) {
        static const Entry game[] = { { "left4dead2/cfg/a", .data = "x" },
                                      { "bin/b", .data = "y" },
                                      {} };
        static const Entry content[] = { { "addons/a", .data = "y" },
                                         { "cfg/a", .data = "x" },
                                         {} };
        static const Entry maps[] = { { "Maps/a.bsp", .data = "x" },
                                      { "motd.txt", .data = "y" },
                                      {} };
        static const Entry upper[] = { { "Left4Dead2/ADDONS/a.VPK", .data = "x" }, {} };
        static const Entry vpk[] = { { "My Map.vpk", .data = "x" },
                                     { "readme.txt", .data = "y" },
                                     {} };
        UnpackResult result = {};

        expect_layout(game, "left4dead2/cfg/a");
        expect_file("bin/b", "y");
        expect_layout(content, "left4dead2/cfg/a");
        expect_layout(maps, "left4dead2/maps/a.bsp");
        expect_layout(upper, "left4dead2/addons/a.VPK");
        expect_layout(vpk, "left4dead2/addons/My Map.vpk");
        cr_assert_eq(unpack_auto(vpk, &result), 0);
        cr_assert_eq(result.n_left_out, 1);
        cr_assert_str_eq(result.to, "left4dead2/addons");
        cr_assert_not(exists("left4dead2/addons/readme.txt"));
}

Test(archive, layout_is_found_in_a_directory_of_the_pack) {
        static const Entry game[] = {
                { "Pack/left4dead2/cfg/a", .data = "x" },
                { "README", .data = "y" },
                { "__MACOSX/Pack/._a", .data = "y" },
                { ".DS_Store", .data = "y" },
                {},
        };
        static const Entry content[] = { { "Repo-main/Pack 1.0/addons/a", .data = "x" }, {} };
        static const Entry vpk[] = { { "Maps of Me/a.vpk", .data = "x" },
                                     { "Maps of Me/a.jpg", .data = "y" },
                                     {} };
        static const Entry deep[] = { { "1/2/3/cfg/a", .data = "x" }, {} };
        static const Entry too_deep[] = { { "1/2/3/4/cfg/a", .data = "x" }, {} };
        static const Entry two[] = { { "one/cfg/a", .data = "x" },
                                     { "two/cfg/b", .data = "x" },
                                     {} };
        static const Entry none[] = { { "readme.txt", .data = "x" }, {} };
        UnpackResult result = {};

        expect_layout(game, "left4dead2/cfg/a");
        expect_layout(content, "left4dead2/addons/a");
        expect_layout(vpk, "left4dead2/addons/a.vpk");
        expect_layout(deep, "left4dead2/cfg/a");
        expect_empty_tree();
        cr_assert_eq(unpack_auto(too_deep, NULL), -EBADMSG);
        cr_assert_eq(unpack_auto(two, NULL), -EBADMSG);
        cr_assert_eq(unpack_auto(none, NULL), -EBADMSG);
        expect_empty_tree();
        cr_assert_eq(unpack_auto(game, &result), 0);
        cr_assert_eq(result.n_left_out, 1);
}

Test(archive, layout_merges_with_the_tree) {
        static const Entry entries[] = { { "Addons/a.vpk", .data = "new" },
                                         { "cfg/server.cfg", .data = "x" },
                                         {} };

        cr_assert_eq(mkdirat(tree_fd, "left4dead2", 0755), 0);
        cr_assert_eq(mkdirat(tree_fd, "left4dead2/addons", 0755), 0);
        put("left4dead2/addons/a.vpk", "old");
        put("left4dead2/addons/b.vpk", "b");
        cr_assert_eq(unpack_auto(entries, NULL), 0);
        expect_file("left4dead2/addons/a.vpk", "new");
        expect_file("left4dead2/addons/b.vpk", "b");
        expect_file("left4dead2/cfg/server.cfg", "x");
        cr_assert_not(exists("left4dead2/Addons"));
}

/* --- progress --------------------------------------------------------------------------------- */

static void note_progress(uint64_t done, uint64_t size, uint64_t n_files, void *userdata) {
        uint64_t *last = userdata;

        cr_assert_leq(done, size);
        cr_assert_leq(n_files, 3);
        *last = done;
}

Test(archive, progress_is_told) {
        static const Entry entries[] = {
                { "a", .data = "12345" }, { "b", .data = "12345" }, { "c", .data = "12345" }, {}
        };
        UnpackOptions options = DEFAULT_OPTIONS;
        uint64_t last = 0;

        options.progress = note_progress;
        options.userdata = &last;
        cr_assert_eq(unpack_with(pack_as("gnutar", NULL, entries), &options, NULL), 0);
        cr_assert_gt(last, 0);
}
