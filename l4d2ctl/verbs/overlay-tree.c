/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay tree REF [PATH]: one directory of an overlay's current version. */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "common/tree-entry.h"
#include "spec/overlay-dir.h"
#include "verbs/overlays.h"
#include "verbs/verbs.h"

enum { ENTRIES_MAX = 1000 };

typedef struct Entry {
        char *name;
        struct stat st;
        bool hides_game; /* the game has a file of this path, which servers don't see */
} Entry;

typedef struct Entries {
        Entry *items;
        size_t n_items;
        uint64_t n_hidden; /* beyond ENTRIES_MAX */
} Entries;

static void entries_done(Entries *entries) {
        for (size_t i = 0; i < entries->n_items; i++)
                free(entries->items[i].name);
        free(entries->items);
}

/* Directories first, then by name. */
static int compare_entries(const void *a, const void *b) {
        const Entry *one = a, *other = b;
        int by_type = (int) S_ISDIR(other->st.st_mode) - (int) S_ISDIR(one->st.st_mode);

        return by_type != 0 ? by_type : strcmp(one->name, other->name);
}

static int add_entry(Entries *entries, int dir_fd, const char *name) {
        Entry entry = {};

        if (entries->n_items == ENTRIES_MAX) {
                entries->n_hidden++;
                return 0;
        }
        if (fstatat(dir_fd, name, &entry.st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        entry.name = strdup(name);
        if (!entry.name)
                return -ENOMEM;
        entries->items[entries->n_items++] = entry;
        return 0;
}

static int read_entries(int dir_fd, const char *path, Entries *entries) {
        _cleanup_close_ int fd = open_beneath(dir_fd, path, O_RDONLY | O_DIRECTORY);
        _cleanup_(closedirp) DIR *dir = NULL;
        int r = 0;

        if (fd < 0)
                return fd;
        dir = fdopendir(fd);
        entries->items = calloc(ENTRIES_MAX, sizeof(Entry));
        if (dir)
                (void) TAKE_FD(fd);
        if (!dir || !entries->items)
                return -ENOMEM;

        for (errno = 0; r >= 0;) {
                struct dirent *entry = readdir(dir);

                if (!entry)
                        break;
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        r = add_entry(entries, dirfd(dir), entry->d_name);
                errno = 0;
        }
        if (r >= 0 && errno > 0)
                r = -errno;
        qsort(entries->items, entries->n_items, sizeof(Entry), compare_entries);
        return r;
}

static int entry_to_json(const Entry *entry, sd_json_variant **ret) {
        int r = tree_entry_to_json(entry->name, &entry->st, ret);

        return r < 0 ? r : sd_json_variant_set_field_boolean(ret, "hides_game", entry->hides_game);
}

/* Without a game, or without this directory in it, no file is hidden. */
static void compare_with_game(const Ctl *ctl, const char *path, Entries *entries) {
        _cleanup_close_ int root_fd = -EBADF, game_fd = -EBADF, fd = -EBADF;
        _cleanup_free_ char *version = NULL;

        root_fd = open(ctl->paths->installation_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0 || overlay_dir_open_current(root_fd, &game_fd, &version) < 0)
                return;
        fd = open_beneath(game_fd, path, O_PATH | O_DIRECTORY);
        for (size_t i = 0; fd >= 0 && i < entries->n_items; i++) {
                Entry *entry = &entries->items[i];
                struct stat st;

                entry->hides_game = fstatat(fd, entry->name, &st, AT_SYMLINK_NOFOLLOW) >= 0 &&
                                    !(S_ISDIR(st.st_mode) && S_ISDIR(entry->st.st_mode));
        }
}

static int print_as_json(Ctl *ctl, int root_fd, const Entries *entries) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL, *object = NULL,
                                                          *overlay = NULL;
        int r;

        r = overlay_describe(ctl, root_fd, ctl->operands[0], &overlay);
        if (r != CTL_OK)
                return r;
        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < entries->n_items && r >= 0; i++) {
                _cleanup_(sd_json_variant_unrefp) sd_json_variant *entry = NULL;

                r = entry_to_json(&entries->items[i], &entry);
                if (r >= 0)
                        r = sd_json_variant_append_array(&array, entry);
        }
        if (r >= 0)
                r = sd_json_buildo(
                        &object, SD_JSON_BUILD_PAIR_VARIANT("overlay", overlay),
                        SD_JSON_BUILD_PAIR_VARIANT("entries", array),
                        SD_JSON_BUILD_PAIR_UNSIGNED("n_hidden", entries->n_hidden));
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the directory");
                return CTL_FAILURE;
        }
        return print_json(object);
}

static int print_as_table(const Entries *entries) {
        static const ListingColumn columns[] = {
                { N_("TYPE"), false }, { N_("SIZE"), true }, { N_("NAME"), false }, {}
        };
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        r = listing_new(columns, &listing);
        for (size_t i = 0; i < entries->n_items && r >= 0; i++) {
                const struct stat *st = &entries->items[i].st;
                char size[SIZE_TEXT_MAX] = "";

                if (S_ISREG(st->st_mode))
                        (void) size_format((uint64_t) st->st_size, size);
                /* libsmartcols makes control bytes visible itself. */
                r = listing_add(
                        listing, (const char *[]) { tree_entry_type(st->st_mode), size,
                                                    entries->items[i].name });
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the directory");
                return CTL_FAILURE;
        }
        r = listing_print(listing);
        if (entries->n_hidden > 0)
                log_notice("%" PRIu64 " more are not shown", entries->n_hidden);
        return r;
}

static bool is_top(const char *path) {
        return path[strspn(path, "./")] == '\0' && !strstr(path, "..");
}

int overlay_tree(Ctl *ctl) {
        const char *ref = ctl->operands[0], *path = ctl->n_operands > 1 ? ctl->operands[1] : ".";
        _cleanup_(entries_done) Entries entries = {};
        _cleanup_close_ int root_fd = -EBADF, fd = -EBADF;
        _cleanup_free_ char *version = NULL;
        int r;

        r = overlay_open_root(ctl, &root_fd);
        if (r != CTL_OK)
                return r;
        r = overlay_dir_open(root_fd, ref, &fd, &version);
        if (r < 0 && !(r == -ENODATA && is_top(path)))
                return overlay_complain(ctl, ref, r);
        /* Without a version it is empty. */
        r = r == -ENODATA ? 0 : read_entries(fd, path[0] ? path : ".", &entries);
        if (r < 0) {
                log_error("'%s' of the overlay '%s' %s", path, ref, overlay_error_message(r));
                return r == -ENOENT ? CTL_NO_INSTANCE : CTL_FAILURE;
        }
        compare_with_game(ctl, path[0] ? path : ".", &entries);
        return ctl->options.json ? print_as_json(ctl, root_fd, &entries) : print_as_table(&entries);
}
