/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/suspect.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-messages.h>

#include "base/array.h"
#include "base/file.h"
#include "base/time-text.h"
#include "journal/journal.h"
#include "journal/match.h"
#include "layer/tree-record.h"
#include "layer/versions.h"
#include "spec/overlay-dir.h"

/* How long before the begin of a run its tree may have been mounted: longer than the limit of
 * l4d2-overlay@.service. */
#define MOUNT_AGE (300 * USEC_PER_SEC)

enum {
        EVENTS_MAX = 100, /* of each kind, the newest */
        RESTARTS_MIN = 2, /* in a row, for one that keeps failing */
};

/* --- the last good run --------------------------------------------------------------------------
 */

static int by_time(const void *a, const void *b) {
        const RunEvent *one = a, *other = b;

        return one->usec < other->usec ? -1 : one->usec > other->usec;
}

/* needed: how long a run must have lasted that ended on request. A stop says nothing about content
 * with which the server crashes later than that, so it rises to the crashes that are behind. */
static bool was_good(const RunEvent *start, const RunEvent *end, uint64_t now, uint64_t *needed) {
        uint64_t until = end ? end->usec : now,
                 lasted = until > start->usec ? until - start->usec : 0;

        if (lasted >= GOOD_RUN)
                return true;
        if (end && end->kind == RUN_FAILED && lasted > *needed)
                *needed = lasted;
        return end && end->kind == RUN_STOPPED && lasted > *needed;
}

uint64_t run_find_good(RunEvent *events, size_t n, uint64_t now) {
        uint64_t needed = GOOD_STOPPED;

        if (n > 0)
                qsort(events, n, sizeof(*events), by_time);
        for (size_t i = n; i-- > 0;)
                if (events[i].kind == RUN_STARTED &&
                    was_good(&events[i], i + 1 < n ? &events[i + 1] : NULL, now, &needed))
                        return events[i].usec;
        return 0;
}

typedef struct Events {
        RunEvent items[3 * EVENTS_MAX];
        size_t n;
        RunEventKind kind; /* of those that are read now */
} Events;

static int take_event(sd_journal *journal, void *userdata) {
        Events *events = userdata;

        if (events->n == ELEMENTSOF(events->items))
                return 0;
        events->items[events->n].kind = events->kind;
        return sd_journal_get_realtime_usec(journal, &events->items[events->n++].usec);
}

static int read_events(const char *unit, Events *events) {
        static const char *const matches[] = {
                [RUN_STARTED] = "MESSAGE_ID=" SD_MESSAGE_UNIT_STARTED_STR,
                [RUN_STOPPED] = "MESSAGE_ID=" SD_MESSAGE_UNIT_SUCCESS_STR,
                [RUN_FAILED] = "MESSAGE_ID=" SD_MESSAGE_UNIT_FAILURE_RESULT_STR,
        };

        events->n = 0;
        for (size_t i = 0; i < ELEMENTSOF(matches); i++) {
                const JournalQuery query = {
                        .unit = unit,
                        .match = matches[i],
                        .all_invocations = true,
                        .lines = EVENTS_MAX,
                };
                int64_t n;

                events->kind = (RunEventKind) i;
                n = journal_read_last(&query, take_event, events);
                if (n < 0)
                        return (int) n;
        }
        return 0;
}

/* --- the content of that run --------------------------------------------------------------------
 */

static int is_layers_line(sd_journal *journal, void *userdata _unused_) {
        const char *text;
        size_t size, n = strlen(TREE_LAYERS_LINE);
        int r = journal_field_get(journal, "MESSAGE", &text, &size);

        return r <= 0 ? r : size > n && memcmp(text, TREE_LAYERS_LINE, n) == 0;
}

static int take_text(sd_journal *journal, void *userdata) {
        char **ret = userdata;

        free(*ret);
        *ret = NULL;
        return journal_get_text(journal, "MESSAGE", ret);
}

/*
 * The line about the mount of a run that began then; NULL: the journal does not have it. It may
 * come to the journal after the begin, and the next mount is made after the end of a good run.
 */
static int read_layers(const char *overlay_unit, uint64_t begin, char **ret) {
        const JournalQuery query = {
                .unit = overlay_unit,
                .all_invocations = true,
                .lines = 1,
                .since = begin > MOUNT_AGE ? begin - MOUNT_AGE : 0,
                .before = begin + GOOD_STOPPED / 2,
                .filter = is_layers_line,
        };
        int64_t n = journal_read_last(&query, take_text, ret);

        return n < 0 ? (int) n : 0;
}

/* The version of an overlay, or of the game (ref is NULL), among the layers; NULL: it was not there
 * or had no versions. */
static char *find_version(const Paths *paths, const char *layers, const char *ref) {
        _cleanup_free_ char *before = NULL;
        const char *id;

        if (asprintf(
                    &before, " %s%s%s/" VERSIONS_PREFIX,
                    ref ? paths->overlays_dir : paths->installation_dir, ref ? "/" : "",
                    ref ? ref : "") < 0) {
                before = NULL;
                return NULL;
        }
        id = strstr(layers, before);
        if (!id)
                return NULL;
        id += strlen(before);
        return strndup(id, strcspn(id, " "));
}

/* --- layers that changed since ------------------------------------------------------------------
 */

/* Takes the texts over in any case. */
static int add(Suspects *suspects, const Suspect *suspect) {
        Suspect *items = array_for_one_more(suspects->items, suspects->n_items, sizeof(*items));

        if (!items || !suspect->version || !suspect->previous) {
                if (items)
                        suspects->items = items;
                free(suspect->ref);
                free(suspect->version);
                free(suspect->previous);
                return -ENOMEM;
        }
        suspects->items = items;
        items[suspects->n_items++] = *suspect;
        return 0;
}

/* When the link current was made; 0: there is none. */
static uint64_t switched_at(int store_fd) {
        struct stat st;

        if (fstatat(store_fd, "current", &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_mtim.tv_sec < 0)
                return 0;
        return (uint64_t) st.st_mtim.tv_sec * USEC_PER_SEC + (uint64_t) st.st_mtim.tv_nsec / 1000;
}

/* ref: NULL: the game; id: the version that the good run had, NULL: not known. */
static int look_at(int store_fd, const char *ref, const char *id, Suspects *suspects) {
        _cleanup_(version_list_clear) VersionList list = {};
        const Version *current = NULL;
        Suspect suspect = { .since = switched_at(store_fd) };

        if (!id || version_list_load(store_fd, &list) < 0)
                return 0;
        for (size_t i = 0; i < list.n_items; i++)
                if (list.items[i].is_current)
                        current = &list.items[i];
        if (!current || strcmp(current->id, id) == 0)
                return 0;
        suspect.ref = ref ? strdup(ref) : NULL;
        suspect.version = strdup(current->id);
        suspect.previous = strdup(id);
        suspect.is_gone = !version_list_find(&list, id);
        if (ref && !suspect.ref) {
                free(suspect.version);
                suspect.version = NULL;
        }
        return add(suspects, &suspect);
}

static int newest_first(const void *a, const void *b) {
        const Suspect *one = a, *other = b;

        return one->since < other->since ? 1 : one->since > other->since ? -1 : 0;
}

static int open_directory(const char *path) {
        return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int find_changed(
        const Paths *paths, char *const *overlays, const char *layers, Suspects *suspects) {
        _cleanup_close_ int game_fd = open_directory(paths->installation_dir),
                            root_fd = open_directory(paths->overlays_dir);
        _cleanup_free_ char *game = find_version(paths, layers, NULL);
        int r = game_fd < 0 ? 0 : look_at(game_fd, NULL, game, suspects);

        for (; r >= 0 && root_fd >= 0 && overlays && *overlays; overlays++) {
                _cleanup_close_ int fd = open_beneath(root_fd, *overlays, O_RDONLY | O_DIRECTORY);
                _cleanup_free_ char *id = find_version(paths, layers, *overlays);

                if (fd >= 0)
                        r = look_at(fd, *overlays, id, suspects);
        }
        if (suspects->n_items > 0)
                qsort(suspects->items, suspects->n_items, sizeof(*suspects->items), newest_first);
        return r;
}

bool server_keeps_failing(ServerState state, const UnitState *unit) {
        if (state == SERVER_FAILED)
                return true;
        return (state == SERVER_RESTARTING || state == SERVER_STARTING ||
                state == SERVER_RUNNING) &&
               unit->restarts >= RESTARTS_MIN && now_realtime() < unit->state_change + GOOD_RUN;
}

int suspects_find(
        const Paths *paths, const UnitNames *units, char *const *overlays, Suspects *ret) {
        _cleanup_free_ char *layers = NULL;
        Events events = {};
        uint64_t begin;
        int r;

        *ret = (Suspects) {};
        r = read_events(units->server, &events);
        if (r < 0)
                return r;
        begin = run_find_good(events.items, events.n, now_realtime());
        r = begin > 0 ? read_layers(units->overlay, begin, &layers) : 0;
        return r < 0 || !layers ? r : find_changed(paths, overlays, layers, ret);
}

void suspects_clear(Suspects *suspects) {
        for (size_t i = 0; i < suspects->n_items; i++) {
                free(suspects->items[i].ref);
                free(suspects->items[i].version);
                free(suspects->items[i].previous);
        }
        free(suspects->items);
        *suspects = (Suspects) {};
}

int suspects_to_json(const Suspects *suspects, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < suspects->n_items; i++) {
                const Suspect *suspect = &suspects->items[i];

                r = sd_json_variant_append_arraybo(
                        &list, SD_JSON_BUILD_PAIR_STRING("overlay", suspect->ref),
                        SD_JSON_BUILD_PAIR_STRING("version", suspect->version),
                        SD_JSON_BUILD_PAIR_STRING("previous", suspect->previous),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_gone", suspect->is_gone),
                        SD_JSON_BUILD_PAIR_UNSIGNED("since_usec", suspect->since));
        }
        if (r >= 0)
                *ret = TAKE_PTR(list);
        return r < 0 ? r : 0;
}
