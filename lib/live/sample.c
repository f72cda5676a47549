/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "live/sample.h"

#include <inttypes.h>
#include <string.h>

enum {
        DIGITS_MAX = 15, /* such a number fits into a double and into uint64_t */
        FRACTION_DIGITS_MAX = 2,
};

/* The largest number of DIGITS_MAX digits. */
#define NUMBER_MAX UINT64_C(999999999999999)

const char *live_level_name(LiveLevel level) {
        static const char *const names[N_LIVE_LEVELS] = {
                [LIVE_LEVEL_MINUTE] = "minute",
                [LIVE_LEVEL_TEN_MINUTES] = "ten-minutes",
        };

        return names[level];
}

uint64_t live_level_usec(LiveLevel level) {
        return (level == LIVE_LEVEL_MINUTE ? 1 : 10) * UINT64_C(60000000);
}

/* --- adding -------------------------------------------------------------------------------------
 */

static double mean(double a, uint32_t n_a, double b, uint32_t n_b) {
        return (a * n_a + b * n_b) / ((double) n_a + n_b);
}

static uint64_t mean_count(uint64_t a, uint32_t n_a, uint64_t b, uint32_t n_b) {
        return (uint64_t) mean((double) a, n_a, (double) b, n_b);
}

static double larger(double a, double b) {
        return a > b ? a : b;
}

static double smaller(double a, double b) {
        return a < b ? a : b;
}

/* As many as there can be, of a number that may be anything. */
static double as_players(double value) {
        return value > 0 ? smaller(value, UINT32_MAX) : 0;
}

/* One answer is its own largest and smallest, and so is one look. */
static LiveSample with_bounds(const LiveSample *sample) {
        LiveSample bounded = *sample;

        if (sample->n == 1) {
                bounded.humans_max = (uint32_t) as_players(sample->humans);
                bounded.fps_min = sample->fps;
        }
        if (sample->n_looks == 1)
                bounded.cpu_max = sample->cpu_percent;
        return bounded;
}

static void add_stats(LiveSample *sum, const LiveSample *other) {
        uint32_t n = sum->has_stats ? sum->n : 0;

        sum->fps_min = sum->has_stats ? smaller(sum->fps_min, other->fps_min) : other->fps_min;
        sum->fps = mean(sum->fps, n, other->fps, other->n);
        sum->in_bytes_per_sec =
                mean_count(sum->in_bytes_per_sec, n, other->in_bytes_per_sec, other->n);
        sum->out_bytes_per_sec =
                mean_count(sum->out_bytes_per_sec, n, other->out_bytes_per_sec, other->n);
        sum->has_stats = true;
}

static void add_cpu(LiveSample *sum, const LiveSample *other) {
        uint32_t n = sum->has_cpu ? sum->n_looks : 0;

        sum->cpu_max = larger(sum->cpu_max, other->cpu_max);
        sum->cpu_percent = mean(sum->cpu_percent, n, other->cpu_percent, other->n_looks);
        sum->has_cpu = true;
}

static uint32_t largest(uint32_t a, uint32_t b) {
        return a > b ? a : b;
}

static uint32_t add_numbers(uint32_t a, uint32_t b) {
        return b > UINT32_MAX - a ? UINT32_MAX : a + b;
}

static void add_answers(LiveSample *sum, const LiveSample *other) {
        if (other->n == 0)
                return;
        sum->humans = mean(sum->humans, sum->n, as_players(other->humans), other->n);
        sum->bots = mean(sum->bots, sum->n, as_players(other->bots), other->n);
        sum->humans_max = largest(sum->humans_max, other->humans_max);
        sum->slots = other->slots;
        if (other->has_stats)
                add_stats(sum, other);
        sum->n = add_numbers(sum->n, other->n);
}

void live_sample_add(LiveSample *sum, const LiveSample *other) {
        LiveSample added = with_bounds(other);

        if (added.n_looks == 0)
                return;
        if (sum->n_looks == 0)
                *sum = (LiveSample) { .memory_bytes = UINT64_MAX };

        memcpy(sum->name, added.name, sizeof(sum->name));
        add_answers(sum, &added);
        if (added.has_cpu)
                add_cpu(sum, &added);
        if (added.memory_bytes != UINT64_MAX &&
            (sum->memory_bytes == UINT64_MAX || added.memory_bytes > sum->memory_bytes))
                sum->memory_bytes = added.memory_bytes;
        sum->tasks = largest(sum->tasks, added.tasks);
        sum->n_looks = add_numbers(sum->n_looks, added.n_looks);
}

/* --- writing ------------------------------------------------------------------------------------
 */

/* A number within what the parser accepts. */
static double printable(double value) {
        return value > 0 ? smaller(value, (double) (NUMBER_MAX / 1000)) : 0;
}

static uint64_t printable_count(uint64_t value) {
        return value < NUMBER_MAX ? value : NUMBER_MAX;
}

static void format_decimals(FILE *f, bool is_measured, double a, double b) {
        if (is_measured)
                (void) fprintf(f, " %.2f %.2f", printable(a), printable(b));
        else
                (void) fputs(" - -", f);
}

static void format_counts(FILE *f, bool is_measured, uint64_t a, uint64_t b) {
        if (is_measured)
                (void) fprintf(f, " %" PRIu64 " %" PRIu64, printable_count(a), printable_count(b));
        else
                (void) fputs(" - -", f);
}

int live_sample_format(FILE *f, const LiveSample *sample) {
        LiveSample line = with_bounds(sample);

        if (!instance_name_is_valid(line.name))
                return -EINVAL;

        (void) fprintf(
                f, "%s %" PRIu32 " %.2f %" PRIu32 " %.2f %" PRIu32, line.name, line.n,
                as_players(line.humans), line.humans_max, as_players(line.bots), line.slots);
        format_decimals(f, line.has_stats, line.fps, line.fps_min);
        format_decimals(f, line.has_cpu, line.cpu_percent, line.cpu_max);
        format_counts(f, line.has_stats, line.in_bytes_per_sec, line.out_bytes_per_sec);
        if (line.memory_bytes == UINT64_MAX)
                (void) fputs(" -", f);
        else
                (void) fprintf(f, " %" PRIu64, printable_count(line.memory_bytes));
        (void) fprintf(f, " %" PRIu32 " %" PRIu32 "\n", line.tasks, line.n_looks);
        return ferror(f) ? -EIO : 0;
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* Whether the line goes on with a field; its text is "" in a line that is wrong. */
static LiveSampleLines take_field(LiveSampleLines *line) {
        const char *end = memchr(line->text, ' ', line->size);
        LiveSampleLines field = { line->text, end ? (size_t) (end - line->text) : line->size };
        size_t taken = end ? field.size + 1 : field.size;

        line->text += taken;
        line->size -= taken;
        return field;
}

static bool is_unmeasured(LiveSampleLines field) {
        return field.size == 1 && field.text[0] == '-';
}

/* The digits a field begins with, at most max of them; their number in ret_n. */
static uint64_t take_digits(LiveSampleLines *field, size_t max, size_t *ret_n) {
        uint64_t value = 0;
        size_t n = 0;

        for (; n < field->size && n < max && field->text[n] >= '0' && field->text[n] <= '9'; n++)
                value = 10 * value + (uint64_t) (field->text[n] - '0');
        field->text += n;
        field->size -= n;
        *ret_n = n;
        return value;
}

static bool take_count(LiveSampleLines *line, uint64_t max, uint64_t *ret) {
        LiveSampleLines field = take_field(line);
        size_t n;

        *ret = take_digits(&field, DIGITS_MAX, &n);
        return n > 0 && field.size == 0 && *ret <= max;
}

static bool take_number(LiveSampleLines *line, uint32_t *ret) {
        uint64_t value;

        if (!take_count(line, UINT32_MAX, &value))
                return false;
        *ret = (uint32_t) value;
        return true;
}

/* "12.50", "12" */
static bool take_decimal(LiveSampleLines *line, double *ret) {
        LiveSampleLines field = take_field(line);
        size_t n;
        uint64_t whole = take_digits(&field, DIGITS_MAX - FRACTION_DIGITS_MAX, &n), part;

        if (n == 0)
                return false;
        *ret = (double) whole;
        if (field.size == 0)
                return true;
        if (field.text[0] != '.')
                return false;
        field.text++, field.size--;
        part = take_digits(&field, FRACTION_DIGITS_MAX, &n);
        *ret += (double) part / (n == 1 ? 10 : 100);
        return n > 0 && field.size == 0;
}

/* Two fields that are measured, or are not, together. */
static bool take_unmeasured(LiveSampleLines *line) {
        LiveSampleLines rest = *line;

        for (size_t i = 0; i < 2; i++)
                if (!is_unmeasured(take_field(&rest)))
                        return false;
        *line = rest;
        return true;
}

static bool take_decimals(LiveSampleLines *line, bool *ret_measured, double *ret_a, double *ret_b) {
        *ret_measured = !take_unmeasured(line);
        return !*ret_measured || (take_decimal(line, ret_a) && take_decimal(line, ret_b));
}

/* FPS, CPU and traffic. */
static bool take_stats(LiveSampleLines *line, LiveSample *sample) {
        if (!take_decimals(line, &sample->has_stats, &sample->fps, &sample->fps_min) ||
            !take_decimals(line, &sample->has_cpu, &sample->cpu_percent, &sample->cpu_max))
                return false;
        return sample->has_stats ? take_count(line, NUMBER_MAX, &sample->in_bytes_per_sec) &&
                                           take_count(line, NUMBER_MAX, &sample->out_bytes_per_sec)
                                 : take_unmeasured(line);
}

/* The last field, which lines of earlier versions don't have. */
static bool take_looks(LiveSampleLines *line, LiveSample *sample) {
        sample->n_looks = sample->n;
        return line->size == 0 ||
               (take_number(line, &sample->n_looks) && sample->n_looks >= sample->n);
}

static bool take_memory(LiveSampleLines *line, uint64_t *ret) {
        LiveSampleLines rest = *line;

        if (!is_unmeasured(take_field(&rest)))
                return take_count(line, NUMBER_MAX, ret);
        *line = rest;
        *ret = UINT64_MAX;
        return true;
}

int live_sample_parse(const char *line, size_t size, LiveSample *ret) {
        LiveSampleLines rest = { line, size > 0 && line[size - 1] == '\n' ? size - 1 : size };
        LiveSampleLines name = take_field(&rest);
        LiveSample sample = {};

        if (name.size >= sizeof(sample.name))
                return -EBADMSG;
        memcpy(sample.name, name.text, name.size);
        if (strlen(sample.name) != name.size || !instance_name_is_valid(sample.name))
                return -EBADMSG;
        if (!take_number(&rest, &sample.n) || !take_decimal(&rest, &sample.humans) ||
            !take_number(&rest, &sample.humans_max) || !take_decimal(&rest, &sample.bots) ||
            !take_number(&rest, &sample.slots) || !take_stats(&rest, &sample) ||
            !take_memory(&rest, &sample.memory_bytes) || !take_number(&rest, &sample.tasks) ||
            !take_looks(&rest, &sample))
                return -EBADMSG;

        *ret = sample;
        return 0;
}

static LiveSampleLines take_line(LiveSampleLines *lines) {
        const char *end = memchr(lines->text, '\n', lines->size);
        LiveSampleLines line = { lines->text, end ? (size_t) (end - lines->text) : lines->size };
        size_t taken = end ? line.size + 1 : line.size;

        lines->text += taken;
        lines->size -= taken;
        return line;
}

bool live_samples_next(LiveSampleLines *lines, LiveSample *ret) {
        while (lines->size > 0) {
                LiveSampleLines line = take_line(lines);

                if (live_sample_parse(line.text, line.size, ret) >= 0)
                        return true;
        }
        return false;
}

bool live_samples_find(LiveSampleLines lines, const char *name, LiveSample *ret) {
        size_t length = strlen(name);

        while (lines.size > 0) {
                LiveSampleLines line = take_line(&lines);

                if (line.size > length && line.text[length] == ' ' &&
                    memcmp(line.text, name, length) == 0)
                        return live_sample_parse(line.text, line.size, ret) >= 0;
        }
        return false;
}
