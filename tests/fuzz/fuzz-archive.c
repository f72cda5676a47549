/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "archive/open.h"
#include "archive/path.h"
#include "archive/unpack.h"
#include "base/file.h"
#include "base/log.h"
#include "base/utf8.h"
#include "fuzz.h"

/*
 * The first byte chooses the options, the others are the archive. The tree has regular files and
 * directories only, with the rights that they get here and with names that can be shown, the file
 * that an older version shares has its content, nothing is beside the tree, and a refused archive
 * leaves nothing.
 */

enum { BYTES_MAX = 64 * 1024, ENTRIES_MAX = 64 };

static const UnpackLimits limits = {
        .bytes = BYTES_MAX,
        .entries = ENTRIES_MAX,
        .ratio = 100,
        .free = 16 * 1024,
};

static void ignore(const LogMessage *message) {
        (void) message;
}

static size_t check_directory(int fd, unsigned depth) {
        DIR *dir = open_listing(fd);
        const struct dirent *entry;
        size_t n = 0;

        FUZZ_CHECK(dir && depth <= ARCHIVE_DEPTH_MAX + 3);
        while (next_entry(dir, &entry) > 0) {
                struct stat st;

                n++;
                FUZZ_CHECK(utf8_is_printable(entry->d_name) && !strchr(entry->d_name, '\\'));
                FUZZ_CHECK(fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0);
                if (S_ISDIR(st.st_mode)) {
                        int below = open_beneath(fd, entry->d_name, O_RDONLY | O_DIRECTORY);

                        FUZZ_CHECK(below >= 0 && (st.st_mode & 07777) == 0755);
                        n += check_directory(below, depth + 1);
                        (void) close(below);
                } else {
                        FUZZ_CHECK(S_ISREG(st.st_mode) && st.st_size <= BYTES_MAX);
                        FUZZ_CHECK((st.st_mode & 07777 & ~0111) == 0644);
                }
        }
        (void) closedir(dir);
        return n;
}

static int archive_of(const uint8_t *data, size_t size) {
        int fd = memfd_create("archive", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

        FUZZ_CHECK(fd >= 0 && write_all(fd, data, size) == 0 && lseek(fd, 0, SEEK_SET) == 0);
        return fd;
}

/* A tree with one file, which the directory above has too, as an older version would. */
static int make_tree(int root_fd) {
        int tree_fd = make_directory_beneath(root_fd, "tree", 0755);
        int fd = openat(root_fd, "old", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        FUZZ_CHECK(tree_fd >= 0 && fd >= 0 && write_all(fd, "old", 3) == 0);
        FUZZ_CHECK(linkat(root_fd, "old", tree_fd, "a", 0) == 0);
        (void) close(fd);
        return tree_fd;
}

static void check_root(int root_fd) {
        const FileLimits file_limits = { .size_max = 16, .linked = true };
        DIR *dir = open_listing(root_fd);
        const struct dirent *entry;
        char *text = NULL;
        size_t size;

        FUZZ_CHECK(dir);
        while (next_entry(dir, &entry) > 0)
                FUZZ_CHECK(strcmp(entry->d_name, "tree") == 0 || strcmp(entry->d_name, "old") == 0);
        (void) closedir(dir);
        FUZZ_CHECK(read_file_beneath(root_fd, "old", &file_limits, &text, &size) == 0);
        FUZZ_CHECK(strcmp(text, "old") == 0);
        free(text);
}

/* The definition of an exported overlay, and nothing else. */
static void check_beside(int beside_fd) {
        DIR *dir = open_listing(beside_fd);
        const struct dirent *entry;
        struct stat st;

        FUZZ_CHECK(dir);
        while (next_entry(dir, &entry) > 0) {
                FUZZ_CHECK(
                        strcmp(entry->d_name, "overlay.yaml") == 0 ||
                        strcmp(entry->d_name, "script") == 0);
                FUZZ_CHECK(fstatat(beside_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0);
                FUZZ_CHECK(S_ISREG(st.st_mode) && st.st_size <= BYTES_MAX);
        }
        (void) closedir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static char root[] = "/tmp/fuzz-archive.XXXXXX";
        static char pattern[] = "*.cfg";
        static char *keep[] = { pattern, NULL };
        static int root_fd = -EBADF;
        UnpackOptions options = { .path = ".", .limits = limits, .keep = keep };
        ArchiveExport export = {};
        UnpackResult result = {};
        int tree_fd, fd, r;

        if (size == 0)
                return 0;
        if (root_fd < 0) {
                log_set_sink(ignore);
                FUZZ_CHECK(archive_use_utf8() == 0 && mkdtemp(root));
                root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                FUZZ_CHECK(root_fd >= 0);
        }
        options.is_auto = data[0] & 1;
        options.strip = data[0] >> 1 & 1;
        options.path = data[0] >> 2 & 1 ? "left4dead2/cfg" : ".";
        options.export = data[0] >> 3 & 1 ? &export : NULL;

        tree_fd = make_tree(root_fd);
        fd = archive_of(data + 1, size - 1);
        options.beside_fd = make_directory_beneath(root_fd, "beside", 0755);
        FUZZ_CHECK(options.beside_fd >= 0);
        r = archive_unpack(fd, tree_fd, &options, &result);
        FUZZ_CHECK(check_directory(tree_fd, 0) >= 1);
        FUZZ_CHECK(faccessat(tree_fd, ARCHIVE_DIRECTORY, F_OK, AT_SYMLINK_NOFOLLOW) < 0);
        FUZZ_CHECK(r < 0 || (result.n_files <= ENTRIES_MAX && result.n_bytes <= BYTES_MAX));
        if (r == -EBADMSG || r == -E2BIG)
                FUZZ_CHECK(check_directory(tree_fd, 0) == 1);
        check_beside(options.beside_fd);
        (void) close(options.beside_fd);
        FUZZ_CHECK(remove_tree(root_fd, "beside") == 0);
        check_root(root_fd);

        (void) close(fd);
        (void) close(tree_fd);
        FUZZ_CHECK(remove_tree(root_fd, "tree") == 0 && unlinkat(root_fd, "old", 0) == 0);
        return 0;
}
