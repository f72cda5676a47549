/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Adds answers up to samples: each minute one journal entry for all servers, and one every ten
 * minutes. The ten minutes that an earlier watcher began are completed from its entries.
 */

/* Leaves out CODE_FILE and the like, which tell a reader nothing. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "watch/watch.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/time-text.h"
#include "journal/match.h"

/* The begin of the interval of a time. */
static uint64_t begin_of(LiveLevel level, uint64_t at) {
        return at - at % live_level_usec(level);
}

/* Bytes a second by the kernel, where it counts them, else by the game. */
static uint64_t traffic_of(const Watched *watched, size_t which, double by_game) {
        double by_kernel = watched->traffic_rates[which];

        return (uint64_t) (by_kernel >= 0 ? by_kernel : by_game);
}

void watched_add_sample(Watched *watched, bool is_answered) {
        const LiveState *state = watched->state;
        LiveSample one = {
                .n_looks = 1,
                .has_cpu = state->cpu_percent >= 0,
                .cpu_percent = state->cpu_percent,
                .memory_bytes = state->memory_bytes,
                .tasks = state->tasks > UINT32_MAX ? 0 : (uint32_t) state->tasks,
        };

        if (is_answered) {
                one.n = 1;
                one.humans = state->status.humans;
                one.bots = state->status.bots;
                one.slots = state->status.slots;
                one.has_stats = state->has_stats;
                one.fps = state->fps;
                one.in_bytes_per_sec = traffic_of(watched, 0, state->in_bytes_per_sec);
                one.out_bytes_per_sec = traffic_of(watched, 1, state->out_bytes_per_sec);
        }
        (void) snprintf(one.name, sizeof(one.name), "%s", watched->name);
        live_sample_add(&watched->minute, &one);
}

/* --- writing ------------------------------------------------------------------------------------
 */

static LiveSample *sample_of(Watched *watched, LiveLevel level) {
        return level == LIVE_LEVEL_MINUTE ? &watched->minute : &watched->ten_minutes;
}

/* The lines of all servers that were looked at, from malloc. */
static int format(Watch *w, LiveLevel level, char **ret, size_t *ret_n) {
        _cleanup_free_ char *text = NULL;
        size_t size, n = 0;
        FILE *f = open_memstream(&text, &size);
        int r = 0;

        if (!f)
                return -ENOMEM;
        for (size_t i = 0; i < w->n_items && r >= 0; i++) {
                const LiveSample *sample = sample_of(w->items[i], level);

                if (sample->n_looks > 0) {
                        r = live_sample_format(f, sample);
                        n++;
                }
        }
        if (fclose(f) != 0 && r >= 0)
                r = -ENOMEM;
        if (r < 0)
                return r;
        *ret = TAKE_PTR(text);
        *ret_n = n;
        return 0;
}

static void write_entry(Watch *w, LiveLevel level, uint64_t at) {
        _cleanup_free_ char *text = NULL;
        size_t n;
        int r;

        r = format(w, level, &text, &n);
        if (r >= 0 && n > 0)
                r = sd_journal_send(
                        "MESSAGE=Samples of %zu servers", n, "MESSAGE_ID=" LIVE_SAMPLE_MESSAGE_ID,
                        "PRIORITY=6", "LEFT4ME_LEVEL=%s", live_level_name(level),
                        "LEFT4ME_AT=%" PRIu64, at, "LEFT4ME_SAMPLES=%s", text, NULL);
        if (r < 0)
                (void) log_error_errno(r, "Failed to write samples");
        for (size_t i = 0; i < w->n_items; i++)
                *sample_of(w->items[i], level) = (LiveSample) {};
}

static void end_ten_minutes(Watch *w, uint64_t next) {
        if (next == w->ten_minutes_at)
                return;
        write_entry(w, LIVE_LEVEL_TEN_MINUTES, w->ten_minutes_at);
        w->ten_minutes_at = next;
}

void watch_sample_minute(Watch *w) {
        uint64_t now = now_realtime();

        for (size_t i = 0; i < w->n_items; i++)
                if (w->items[i]->minute.n_looks > 0)
                        live_sample_add(&w->items[i]->ten_minutes, &w->items[i]->minute);
        write_entry(w, LIVE_LEVEL_MINUTE, w->minute_at);
        w->minute_at = begin_of(LIVE_LEVEL_MINUTE, now);
        end_ten_minutes(w, begin_of(LIVE_LEVEL_TEN_MINUTES, now));
}

/* --- after a start ------------------------------------------------------------------------------
 */

/* Longer ago, the minutes stay without their roll-up. */
#define CATCH_UP (24 * 3600 * USEC_PER_SEC)

static int get_at(sd_journal *journal, uint64_t *ret) {
        const char *value;
        char text[24];
        size_t size;
        int r;

        r = journal_field_get(journal, "LEFT4ME_AT", &value, &size);
        if (r <= 0 || size >= sizeof(text))
                return r < 0 ? r : -EBADMSG;
        memcpy(text, value, size);
        text[size] = '\0';
        *ret = strtoull(text, NULL, 10);
        return 0;
}

static int open_level(LiveLevel level, sd_journal **ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        char match[64];
        int r;

        r = live_journal_open(LIVE_SAMPLE_MESSAGE_ID, &journal);
        /* The lines of many servers are longer than what sd-journal gives by default. */
        if (r >= 0)
                r = sd_journal_set_data_threshold(journal, 0);
        if (r < 0)
                return r;
        (void) snprintf(match, sizeof(match), "LEFT4ME_LEVEL=%s", live_level_name(level));
        r = sd_journal_add_match(journal, match, 0);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(journal);
        return 0;
}

/* The end of the last interval with a roll-up, or the time from which one is made. */
static int find_begin(uint64_t now, uint64_t *ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        uint64_t at = 0;
        int r;

        r = open_level(LIVE_LEVEL_TEN_MINUTES, &journal);
        if (r >= 0)
                r = sd_journal_seek_tail(journal);
        if (r >= 0)
                r = sd_journal_previous(journal);
        if (r > 0)
                r = get_at(journal, &at);
        if (r < 0)
                return r;
        *ret = begin_of(LIVE_LEVEL_TEN_MINUTES, now - CATCH_UP);
        if (at + live_level_usec(LIVE_LEVEL_TEN_MINUTES) > *ret && at < now)
                *ret = at + live_level_usec(LIVE_LEVEL_TEN_MINUTES);
        return 0;
}

/* Adds the lines of an entry of a minute. */
static int take_minute(Watch *w, sd_journal *journal) {
        LiveSampleLines lines;
        LiveSample sample;
        int r;

        r = journal_field_get(journal, "LEFT4ME_SAMPLES", &lines.text, &lines.size);
        if (r <= 0)
                return r;
        while (live_samples_next(&lines, &sample)) {
                Watched *watched = watch_add(w, sample.name);

                if (!watched)
                        return -ENOMEM;
                live_sample_add(&watched->ten_minutes, &sample);
        }
        return 0;
}

static int complete(Watch *w, uint64_t begin) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        uint64_t at;
        int r;

        w->ten_minutes_at = begin;
        r = open_level(LIVE_LEVEL_MINUTE, &journal);
        if (r >= 0)
                r = sd_journal_seek_realtime_usec(journal, begin);
        while (r >= 0 && (r = sd_journal_next(journal)) > 0) {
                r = get_at(journal, &at);
                if (r < 0 || at < begin)
                        continue;
                end_ten_minutes(w, begin_of(LIVE_LEVEL_TEN_MINUTES, at));
                r = take_minute(w, journal);
        }
        return r;
}

void watch_sample_begin(Watch *w) {
        uint64_t now = now_realtime(), begin;
        int r;

        w->minute_at = begin_of(LIVE_LEVEL_MINUTE, now);
        w->ten_minutes_at = begin_of(LIVE_LEVEL_TEN_MINUTES, now);
        r = find_begin(now, &begin);
        if (r >= 0)
                r = complete(w, begin);
        if (r < 0 && r != -ENOENT)
                (void) log_error_errno(r, "Failed to read earlier samples");
        end_ten_minutes(w, begin_of(LIVE_LEVEL_TEN_MINUTES, now));
}
