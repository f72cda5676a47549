/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <endian.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "workshop/workshop.h"

#define PART ".part"
#define VPK  ".vpk"

enum {
        VPK_MAGIC = 0x55aa1234,
        PART_AGE_MAX = 7 * 24 * 60 * 60, /* seconds; of a temporary file that no job continues */
};

int workshop_cache_lock(WorkshopJob *job) {
        job->lock_fd =
                openat(job->cache_fd, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (job->lock_fd < 0)
                return log_error_errno(-errno, "Failed to open the lock of the cache");
        if (flock(job->lock_fd, LOCK_EX | LOCK_NB) >= 0)
                return 0;
        producer_progress(&job->producer, 0, 1, "Waiting for another Workshop build");
        job->producer.percent = -1;
        while (flock(job->lock_fd, LOCK_EX) < 0)
                if (errno != EINTR)
                        return log_error_errno(-errno, "Failed to lock the cache");
        return 0;
}

void workshop_file_name(const WorkshopItem *item, char ret[static WORKSHOP_NAME_MAX]) {
        (void) snprintf(ret, WORKSHOP_NAME_MAX, "%" PRIu64 VPK, item->id);
}

void workshop_part_name(
        const WorkshopJob *job, const WorkshopItem *item, char ret[static WORKSHOP_NAME_MAX]) {
        (void) snprintf(
                ret, WORKSHOP_NAME_MAX, "%" PRIu64 ".%" PRIu64 ".%s" PART, item->id, item->updated,
                job->boot);
}

WorkshopFile workshop_cache_state(const WorkshopJob *job, const WorkshopItem *item) {
        char name[WORKSHOP_NAME_MAX];
        struct stat st;

        workshop_file_name(item, name);
        if (fstatat(job->cache_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
                return FILE_NONE;
        return (uint64_t) st.st_size == item->size && (uint64_t) st.st_mtim.tv_sec == item->updated
                       ? FILE_CURRENT
                       : FILE_OLD;
}

/* The first bytes of a VPK: its magic and version 1 or 2. */
static int check_magic(int fd) {
        uint32_t head[2];
        ssize_t n = pread(fd, head, sizeof(head), 0);

        if (n < 0)
                return -errno;
        if (n != sizeof(head) || le32toh(head[0]) != VPK_MAGIC || le32toh(head[1]) < 1 ||
            le32toh(head[1]) > 2)
                return -EBADMSG;
        return 0;
}

int workshop_cache_keep(
        const WorkshopJob *job, const WorkshopItem *item, Download *download, int fd) {
        const struct timespec times[] = {
                { .tv_nsec = UTIME_NOW },
                { .tv_sec = (time_t) item->updated },
        };
        char name[WORKSHOP_NAME_MAX];
        int r = check_magic(fd);

        if (r == -EBADMSG)
                return download_refuse(download, r, "it is not a VPK file");
        if (r >= 0 && (fchmod(fd, 0644) < 0 || futimens(fd, times) < 0))
                r = -errno;
        workshop_file_name(item, name);
        if (r >= 0)
                r = download_keep(job->cache_fd, download, fd, name);
        return r < 0 ? download_refuse(download, r, "%s", strerror(-r)) : 0;
}

/* --- cleaning
 * ------------------------------------------------------------------------------------- */

/* A file that no version has. */
typedef struct Spare {
        char name[WORKSHOP_NAME_MAX];
        uint64_t size;
        int64_t since; /* its last change, also of its links */
} Spare;

typedef struct Cleaning {
        const WorkshopJob *job;
        const WorkshopPlan *plan;
        int64_t now;
        Spare *spares;
        size_t n;
        uint64_t total;
} Cleaning;

static bool has_suffix(const char *name, const char *suffix) {
        size_t n = strlen(name), m = strlen(suffix);

        return n > m && strcmp(name + n - m, suffix) == 0;
}

static const WorkshopEntry *entry_of_name(const WorkshopPlan *plan, const char *name) {
        char *end;
        uint64_t id = strtoull(name, &end, 10);

        for (size_t i = 0; *end == '.' && i < plan->n; i++)
                if (plan->entries[i].item.id == id)
                        return &plan->entries[i];
        return NULL;
}

/* A temporary file of an older content of one of the job's items, or of an earlier boot, or one
 * that was left long ago. */
static bool part_is_useless(const Cleaning *c, const char *name, const struct stat *st) {
        const WorkshopEntry *entry = entry_of_name(c->plan, name);
        char current[WORKSHOP_NAME_MAX];

        if (st->st_mtim.tv_sec + PART_AGE_MAX < c->now)
                return true;
        if (!entry || entry->item.state != WORKSHOP_OK)
                return false;
        workshop_part_name(c->job, &entry->item, current);
        return strcmp(name, current) != 0;
}

static int note_spare(Cleaning *c, const char *name, const struct stat *st) {
        Spare *spares, *spare;

        if (strlen(name) >= WORKSHOP_NAME_MAX || st->st_nlink > 1 ||
            st->st_ctim.tv_sec + c->job->cache_age > c->now || entry_of_name(c->plan, name))
                return 0;
        spares = array_for_one_more(c->spares, c->n, sizeof(*spares));
        if (!spares)
                return -ENOMEM;
        c->spares = spares;
        spare = &c->spares[c->n++];
        *spare = (Spare) { .size = (uint64_t) st->st_size, .since = st->st_ctim.tv_sec };
        memcpy(spare->name, name, strlen(name) + 1);
        c->total += spare->size;
        return 0;
}

static int look_at(int cache_fd, const char *name, void *userdata) {
        Cleaning *c = userdata;
        struct stat st;

        if (fstatat(cache_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!S_ISREG(st.st_mode))
                return 0;
        if (has_suffix(name, PART) && part_is_useless(c, name, &st))
                return unlinkat(cache_fd, name, 0) < 0 ? -errno : 0;
        return has_suffix(name, VPK) ? note_spare(c, name, &st) : 0;
}

static int compare_spares(const void *a, const void *b) {
        const Spare *x = a, *y = b;

        return x->since < y->since ? -1 : x->since > y->since;
}

/* The oldest first, until the rest is within the limit. */
static int remove_spares(Cleaning *c) {
        if (c->n > 0)
                qsort(c->spares, c->n, sizeof(*c->spares), compare_spares);
        for (size_t i = 0; i < c->n && c->total > c->job->cache_limit; i++) {
                if (unlinkat(c->job->cache_fd, c->spares[i].name, 0) < 0)
                        return -errno;
                c->total -= c->spares[i].size;
        }
        return 0;
}

void workshop_cache_clean(const WorkshopJob *job, const WorkshopPlan *plan) {
        Cleaning c = {
                .job = job,
                .plan = plan,
                .now = (int64_t) (now_realtime() / USEC_PER_SEC),
        };
        int r = each_entry(job->cache_fd, look_at, &c);

        if (r >= 0)
                r = remove_spares(&c);
        if (r < 0)
                log_warning("Failed to clean the cache: %s", strerror(-r));
        free(c.spares);
}
