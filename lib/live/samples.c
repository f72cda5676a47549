/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "live/samples.h"

#include <string.h>
#include <systemd/sd-journal.h>

#include "journal/files.h"
#include "journal/step.h"
#include "live/event.h"

/* Bytes of one entry's lines; as many servers don't fit on a host. */
enum { SAMPLES_SIZE_MAX = 4 * 1024 * 1024 };

/* --- entries ------------------------------------------------------------------------------------
 */

static int open_level(LiveLevel level, uint64_t since, sd_journal **ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        char match[64];
        int r;

        r = live_journal_open(LIVE_SAMPLE_MESSAGE_ID, &journal);
        if (r < 0)
                return r;
        (void) snprintf(match, sizeof(match), "LEFT4ME_LEVEL=%s", live_level_name(level));
        r = sd_journal_add_match(journal, match, 0);
        if (r >= 0)
                r = sd_journal_set_data_threshold(journal, SAMPLES_SIZE_MAX);
        if (r >= 0)
                r = sd_journal_seek_realtime_usec(journal, since);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(journal);
        return 0;
}

/* The value of a field of the present entry, not terminated. -ENOENT: has none. */
static int get_value(sd_journal *journal, const char *field, LiveSampleLines *ret) {
        size_t size, skipped = strlen(field) + 1;
        const void *data;
        int r;

        r = sd_journal_get_data(journal, field, &data, &size);
        if (r < 0)
                return r;
        if (size < skipped)
                return -EBADMSG;
        *ret = (LiveSampleLines) { (const char *) data + skipped, size - skipped };
        return 0;
}

static int get_time(sd_journal *journal, uint64_t *ret) {
        LiveSampleLines value;
        uint64_t usec = 0;
        int r;

        r = get_value(journal, "LEFT4ME_AT", &value);
        if (r < 0)
                return r;
        if (value.size == 0 || value.size > 18)
                return -EBADMSG;
        for (size_t i = 0; i < value.size; i++) {
                if (value.text[i] < '0' || value.text[i] > '9')
                        return -EBADMSG;
                usec = 10 * usec + (uint64_t) (value.text[i] - '0');
        }
        *ret = usec;
        return 0;
}

/* An entry that can't be read hides itself only. */
static bool is_tolerable(int error) {
        return journal_files_tolerate(error) || error == -E2BIG;
}

int live_samples_read(
        LiveLevel level, uint64_t since, uint64_t before, LiveSamplesHandler handler,
        void *userdata) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        int r;

        r = open_level(level, since, &journal);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        while ((r = journal_step_next(journal)) > 0) {
                LiveSampleLines lines;
                uint64_t at;

                r = get_time(journal, &at);
                if (r >= 0 && (at < since || at >= before))
                        continue;
                if (r >= 0)
                        r = get_value(journal, "LEFT4ME_SAMPLES", &lines);
                if (r < 0 && is_tolerable(r))
                        continue;
                if (r >= 0)
                        r = handler(at, lines, userdata);
                if (r < 0)
                        return r;
        }
        return r < 0 && !is_tolerable(r) ? r : 0;
}

/* --- series -------------------------------------------------------------------------------------
 */

typedef struct Reader {
        LiveSeries *series;
        LiveLevel level;
        uint64_t end; /* of the latest interval that was read */
        LiveServer *servers;
        size_t n_servers;
} Reader;

static int compare(const void *name, const void *server) {
        return strcmp(name, ((const LiveServer *) server)->name);
}

static void add_one(Reader *reader, uint64_t at, LiveSampleLines lines) {
        LiveServer *server = reader->servers;
        LiveSample sample;

        if (at < server->since || !live_samples_find(lines, server->name, &sample))
                return;
        live_series_add(reader->series, reader->level, at, &sample);
        live_point_add(&server->total, &sample);
}

static void add_all(Reader *reader, uint64_t at, LiveSampleLines lines) {
        LivePoint sum = {};
        LiveSample sample;

        while (live_samples_next(&lines, &sample)) {
                LiveServer *server =
                        bsearch(sample.name, reader->servers, reader->n_servers,
                                sizeof(*reader->servers), compare);

                if (!server || at < server->since)
                        continue;
                live_point_add_server(&sum, &sample);
                live_point_add(&server->total, &sample);
        }
        live_series_add_point(reader->series, reader->level, at, &sum);
}

static int add_samples(uint64_t at, LiveSampleLines lines, void *userdata) {
        Reader *reader = userdata;
        uint64_t end = at + live_level_usec(reader->level);

        if (end > reader->end)
                reader->end = end;
        if (reader->n_servers == 1)
                add_one(reader, at, lines);
        else
                add_all(reader, at, lines);
        return 0;
}

static int read_series(Reader *reader) {
        const LiveSeries *series = reader->series;
        uint64_t end = series->since + series->n_points * series->step, recent;
        int r;

        reader->level = live_series_level(series);
        r = live_samples_read(reader->level, series->since, end, add_samples, reader);
        if (r < 0 || reader->level == LIVE_LEVEL_MINUTE)
                return r;

        /* The minutes that are not summed up yet, of the last two points at most. */
        recent = end - (series->n_points > 1 ? 2 : 1) * series->step;
        if (reader->end > recent)
                recent = reader->end;
        reader->level = LIVE_LEVEL_MINUTE;
        return live_samples_read(reader->level, recent, end, add_samples, reader);
}

int live_series_read(
        LiveServer *servers, size_t n, uint64_t since, uint64_t until, size_t n_points,
        LiveSeries *ret) {
        LiveSeries series;
        Reader reader = { .series = &series, .servers = servers, .n_servers = n };
        int r;

        r = live_series_new(since, until, n_points, &series);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                servers[i].total = (LivePoint) {};
        r = read_series(&reader);
        if (r < 0) {
                live_series_clear(&series);
                return r;
        }
        *ret = series;
        return 0;
}
