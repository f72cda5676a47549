/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "archive/layout.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/path.h"
#include "base/file.h"
#include "base/utf8.h"

#define GAME_DIRECTORY "left4dead2"

/* A pack in a directory of its own, in a directory of a release, and one more. */
enum { LEVELS_MAX = 3 };

/* Directories of left4dead2 that packs consist of. */
static const char *const content_directories[] = {
        "addons",  "cfg",      "ems",    "expressions", "maps",     "materials",
        "media",   "missions", "models", "particles",   "resource", "scenes",
        "scripts", "shaders",  "sound",  NULL,
};

/* The content of a directory, without what is below. */
typedef struct Top {
        bool has_game, has_content, has_vpk;
        size_t n_directories, n_files;
        char directory[NAME_MAX + 1]; /* the last one found */
} Top;

bool layout_name_is_vpk(const char *name) {
        size_t n = strlen(name);

        return n > 4 && ascii_strcasecmp(name + n - 4, ".vpk") == 0;
}

static const char *find_content_directory(const char *name) {
        for (const char *const *known = content_directories; *known; known++)
                if (ascii_strcasecmp(name, *known) == 0)
                        return *known;
        return NULL;
}

const char *layout_spelling(LayoutLevel level, const char *name) {
        const char *known = NULL;

        if (level == LAYOUT_GAME && ascii_strcasecmp(name, GAME_DIRECTORY) == 0)
                known = GAME_DIRECTORY;
        else if (level == LAYOUT_CONTENT)
                known = find_content_directory(name);
        return known ? known : name;
}

LayoutLevel layout_below(LayoutLevel level, const char *name) {
        return level == LAYOUT_GAME && strcmp(name, GAME_DIRECTORY) == 0 ? LAYOUT_CONTENT
                                                                         : LAYOUT_PLAIN;
}

static int look_at(int dir_fd, const char *name, void *userdata) {
        Top *top = userdata;
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (!S_ISDIR(st.st_mode)) {
                top->n_files++;
                top->has_vpk = top->has_vpk || layout_name_is_vpk(name);
                return 0;
        }
        top->has_game = top->has_game || ascii_strcasecmp(name, GAME_DIRECTORY) == 0;
        top->has_content = top->has_content || find_content_directory(name);
        top->n_directories++;
        (void) snprintf(top->directory, sizeof(top->directory), "%s", name);
        return 0;
}

static bool choose(const Top *top, Layout *ret) {
        if (top->has_game)
                *ret = (Layout) { .level = LAYOUT_GAME, .to = "." };
        else if (top->has_content)
                *ret = (Layout) { .level = LAYOUT_CONTENT, .to = GAME_DIRECTORY };
        else if (top->has_vpk)
                *ret = (Layout) { .level = LAYOUT_ADDONS, .to = GAME_DIRECTORY "/addons" };
        else
                return false;
        return true;
}

int layout_find(int top_fd, Layout *ret) {
        _cleanup_close_ int fd = openat(top_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        size_t n_beside = 0;

        if (fd < 0)
                return -errno;
        for (unsigned level = 0;; level++) {
                Top top = {};
                int r = each_entry(fd, look_at, &top);

                if (r < 0)
                        return r;
                if (choose(&top, ret)) {
                        ret->from_fd = TAKE_FD(fd);
                        ret->n_beside = n_beside;
                        return 1;
                }
                if (top.n_directories != 1 || level == LEVELS_MAX)
                        return 0;
                n_beside += top.n_files;
                r = open_beneath(fd, top.directory, O_RDONLY | O_DIRECTORY);
                if (r < 0)
                        return r;
                (void) safe_close(fd);
                fd = r;
        }
}
