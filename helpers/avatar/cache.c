/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "avatar/fetch.h"
#include "base/array.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"

#define PAUSE_PREFIX "pause-"

enum {
        PAUSE_DIGITS = 16,
        PAUSE_MAX = AVATAR_DAY,
        FILE_MODE = 0640, /* the web app is in the group */
};

/* --- looking ------------------------------------------------------------------------------------
 */

static int by_id(const void *a, const void *b) {
        const AvatarFile *one = a, *other = b;

        if (one->id != other->id)
                return one->id < other->id ? -1 : 1;
        /* The later one counts: Steam was asked then. */
        return one->asked > other->asked ? -1 : one->asked < other->asked;
}

static int newest_first(const void *a, const void *b) {
        const AvatarFile *one = a, *other = b;

        return one->asked > other->asked ? -1 : one->asked < other->asked;
}

static int add_file(int cache_fd, const char *name, void *userdata) {
        AvatarFile file = {}, *files;
        AvatarRun *run = userdata;
        bool is_picture;
        struct stat st;

        if (fstatat(cache_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!avatar_file_parse(name, &file.id, &is_picture) || !S_ISREG(st.st_mode)) {
                /* A temporary file of one that was killed, or a pause that has ended. */
                if (strncmp(name, PAUSE_PREFIX, strlen(PAUSE_PREFIX)) != 0 ||
                    st.st_mtime <= run->now)
                        (void) !remove_tree(cache_fd, name);
                return 0;
        }
        files = array_for_one_more(run->files, run->n_files, sizeof(*files));
        if (!files)
                return -ENOMEM;
        run->files = files;
        file.size = st.st_size;
        /* After the clock was set back: due again, and not too old. */
        file.asked = st.st_mtime <= run->now ? st.st_mtime : run->now - AVATAR_DAY;
        (void) snprintf(file.name, sizeof(file.name), "%s", name);
        files[run->n_files++] = file;
        return 0;
}

static int list_files(AvatarRun *run) {
        free(TAKE_PTR(run->files));
        run->n_files = 0;
        return each_entry(run->cache_fd, add_file, run);
}

/* Removes files from the oldest on until the rest is within the limits. */
static void remove_old(AvatarRun *run) {
        off_t bytes = 0;
        size_t n = 0;

        if (run->n_files > 0)
                qsort(run->files, run->n_files, sizeof(*run->files), newest_first);
        for (; n < run->n_files; n++) {
                bytes += run->files[n].size;
                if (n == AVATAR_FILES_MAX || bytes > AVATAR_BYTES_MAX ||
                    run->now - run->files[n].asked > AVATAR_AGE_MAX)
                        break;
        }
        for (size_t i = n; i < run->n_files; i++)
                (void) unlinkat(run->cache_fd, run->files[i].name, 0);
        run->n_files = n;
}

int avatar_cache_look(AvatarRun *run) {
        int r;

        run->now = time(NULL);
        r = list_files(run);
        if (r < 0)
                return log_error_errno(r, "Failed to read the cache of pictures");
        remove_old(run);
        if (run->n_files > 0)
                qsort(run->files, run->n_files, sizeof(*run->files), by_id);
        return 0;
}

/* --- what was asked -----------------------------------------------------------------------------
 */

static bool is_of_today(const AvatarRun *run, const AvatarFile *file) {
        return run->now - file->asked < AVATAR_DAY;
}

bool avatar_was_asked(const AvatarRun *run, uint64_t id) {
        for (size_t i = 0; i < run->n_files && run->files[i].id <= id; i++)
                if (run->files[i].id == id && is_of_today(run, &run->files[i]))
                        return true;
        return false;
}

size_t avatar_count_asked(const AvatarRun *run) {
        size_t n = 0;

        for (size_t i = 0; i < run->n_files; i++)
                n += is_of_today(run, &run->files[i]);
        return n;
}

static int set_time(AvatarRun *run, const char *name, time_t time) {
        const struct timespec times[] = { { .tv_sec = time }, { .tv_sec = time } };

        return utimensat(run->cache_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int avatar_keep(AvatarRun *run, uint64_t id, const uint8_t *data, size_t size) {
        char picture[AVATAR_NAME_MAX], none[AVATAR_NAME_MAX];
        int r;

        avatar_file_name(id, true, picture);
        avatar_file_name(id, false, none);
        r = write_file_atomic(run->cache_fd, picture, data, size, FILE_MODE);
        if (r >= 0 && unlinkat(run->cache_fd, none, 0) < 0 && errno != ENOENT)
                r = -errno;
        return r < 0 ? log_error_errno(r, "Failed to store the picture of %" PRIu64, id) : 0;
}

int avatar_note(AvatarRun *run, uint64_t id, time_t asked, bool is_gone) {
        char picture[AVATAR_NAME_MAX], none[AVATAR_NAME_MAX];
        int r;

        avatar_file_name(id, true, picture);
        avatar_file_name(id, false, none);
        if (is_gone && unlinkat(run->cache_fd, picture, 0) < 0 && errno != ENOENT)
                return log_error_errno(-errno, "Failed to remove the picture of %" PRIu64, id);
        r = is_gone ? -ENOENT : set_time(run, picture, asked);
        if (r == -ENOENT) {
                r = write_file_atomic(run->cache_fd, none, "", 0, FILE_MODE);
                if (r >= 0)
                        r = set_time(run, none, asked);
        }
        return r < 0 ? log_error_errno(r, "Failed to note the question about %" PRIu64, id) : 0;
}

/* --- pauses -------------------------------------------------------------------------------------
 */

/* Another key has another pause: an admin who corrects it need not wait. */
static void pause_name(const AvatarRun *run, char ret[static AVATAR_NAME_MAX]) {
        char digest[SHA256_TEXT_MAX];

        sha256_text(run->key, strlen(run->key), digest);
        (void) snprintf(ret, AVATAR_NAME_MAX, PAUSE_PREFIX "%.*s", PAUSE_DIGITS, digest);
}

int avatar_note_pause(AvatarRun *run, uint64_t seconds) {
        char name[AVATAR_NAME_MAX];
        int r;

        pause_name(run, name);
        r = write_file_atomic(run->cache_fd, name, "", 0, FILE_MODE);
        if (r >= 0)
                r = set_time(
                        run, name,
                        time(NULL) + (time_t) (seconds < PAUSE_MAX ? seconds : PAUSE_MAX));
        return r < 0 ? log_error_errno(r, "Failed to note a pause") : 0;
}

bool avatar_is_paused(const AvatarRun *run) {
        char name[AVATAR_NAME_MAX];
        time_t now = time(NULL);
        struct stat st;

        pause_name(run, name);
        return fstatat(run->cache_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime > now &&
               st.st_mtime <= now + PAUSE_MAX;
}
