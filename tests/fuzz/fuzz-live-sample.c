/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "live/sample.h"

/* Lines of samples: a line that is read is written as one that is read as the same, and a sum of
 * any samples is a line. */

static LiveSample written_and_read(const LiveSample *sample) {
        LiveSample again;
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        FUZZ_CHECK(f);
        FUZZ_CHECK(live_sample_format(f, sample) == 0);
        FUZZ_CHECK(fclose(f) == 0);
        FUZZ_CHECK(memchr(text, '\n', size) == text + size - 1);
        FUZZ_CHECK(live_sample_parse(text, size, &again) == 0);
        free(text);
        return again;
}

static void check_same(const LiveSample *a, const LiveSample *b) {
        FUZZ_CHECK(strcmp(a->name, b->name) == 0);
        FUZZ_CHECK(a->n == b->n && a->slots == b->slots && a->tasks == b->tasks);
        FUZZ_CHECK(a->humans_max == b->humans_max && a->has_stats == b->has_stats);
        FUZZ_CHECK(a->n_looks == b->n_looks && a->has_cpu == b->has_cpu);
        FUZZ_CHECK(a->memory_bytes == b->memory_bytes);
        FUZZ_CHECK(a->cpu_percent - b->cpu_percent < 0.01);
        FUZZ_CHECK(b->cpu_percent - a->cpu_percent < 0.01);
        FUZZ_CHECK(a->in_bytes_per_sec == b->in_bytes_per_sec);
        FUZZ_CHECK(a->fps - b->fps < 0.01 && b->fps - a->fps < 0.01);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        LiveSampleLines lines = { (const char *) data, size }, rest = lines;
        LiveSample sample, found, sum = {};

        while (live_samples_next(&rest, &sample)) {
                LiveSample once = written_and_read(&sample);
                LiveSample twice = written_and_read(&once);

                check_same(&once, &twice);
                (void) live_samples_find(lines, sample.name, &found);
                live_sample_add(&sum, &sample);
        }
        if (sum.n_looks > 0)
                (void) written_and_read(&sum);
        return 0;
}
