/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl top: all servers with their players, map and use of the host, again and again. On a
 * terminal it has the whole screen and keys; elsewhere, and with --batch, it prints one table after
 * the other.
 */

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "common/screen.h"
#include "common/state-color.h"
#include "common/terminal.h"
#include "servers/live-rows.h"
#include "verbs/verbs.h"

typedef enum Column {
        COLUMN_NAME,
        COLUMN_STATE,
        COLUMN_PLAYERS,
        COLUMN_MAP,
        COLUMN_FPS,
        COLUMN_CPU,
        COLUMN_MEMORY,
        COLUMN_IN,
        COLUMN_OUT,
        COLUMN_UPTIME,
        _COLUMN_MAX,
} Column;

static const struct {
        const char *title;
        bool is_number; /* to the right */
} columns[_COLUMN_MAX] = {
        [COLUMN_NAME] = { N_("NAME"), false },      [COLUMN_STATE] = { N_("STATE"), false },
        [COLUMN_PLAYERS] = { N_("PLAYERS"), true }, [COLUMN_MAP] = { N_("MAP"), false },
        [COLUMN_FPS] = { N_("FPS"), true },         [COLUMN_CPU] = { N_("CPU %"), true },
        [COLUMN_MEMORY] = { N_("MEMORY"), true },   [COLUMN_IN] = { N_("IN/S"), true },
        [COLUMN_OUT] = { N_("OUT/S"), true },       [COLUMN_UPTIME] = { N_("UPTIME"), false },
};

enum {
        CELL_MAX = STATUS_WORD_MAX + 65,
        MAP_WIDTH_MIN = 8,
};

typedef struct Cells {
        char text[_COLUMN_MAX][CELL_MAX];
        Color state, fps;
} Cells;

/* One picture: rows as text, and how wide each column is. */
typedef struct Picture {
        Cells *rows;
        size_t n_rows;
        unsigned widths[_COLUMN_MAX];
} Picture;

static void picture_clear(Picture *picture) {
        free(picture->rows);
        *picture = (Picture) {};
}

/* --- cells ------------------------------------------------------------------------------------ */

static void format_state(const LiveRow *row, Cells *cells) {
        bool is_fine = !row->live || row->age == LIVE_UNWATCHED || row->live->health == LIVE_OK;

        (void) snprintf(
                cells->text[COLUMN_STATE], CELL_MAX, "%s",
                is_fine ? server_state_to_text(row->state) : live_health_text(row->live->health));
        cells->state = is_fine                          ? server_state_color(row->state)
                       : row->live->health == LIVE_HUNG ? COLOR_RED
                                                        : COLOR_YELLOW;
}

static void format_live(const LiveState *live, Cells *cells) {
        (void) snprintf(
                cells->text[COLUMN_PLAYERS], CELL_MAX, "%" PRIu32 "/%" PRIu32, live->status.humans,
                live->status.slots);
        if (live->status.map[0] != '\0')
                (void) snprintf(cells->text[COLUMN_MAP], CELL_MAX, "%s", live->status.map);
        /* An empty server sleeps. */
        if (live->has_stats && !live->status.is_hibernating)
                (void) snprintf(
                        cells->text[COLUMN_FPS], CELL_MAX, "%s%.0f", live->is_slow ? "!" : "",
                        live->fps);
        cells->fps = live->is_slow ? COLOR_RED : COLOR_NONE;
}

static void format_rate(double rate, char cell[static CELL_MAX]) {
        char text[SIZE_TEXT_MAX];

        if (rate >= 0)
                (void) snprintf(cell, CELL_MAX, "%s", size_format((uint64_t) rate, text));
}

static void format_row(const LiveRow *row, Cells *cells) {
        char memory[SIZE_TEXT_MAX], uptime[TIME_TEXT_MAX];

        *cells = (Cells) {};
        for (size_t i = 0; i < _COLUMN_MAX; i++)
                memcpy(cells->text[i], "-", 2);
        (void) snprintf(cells->text[COLUMN_NAME], CELL_MAX, "%s", row->name);
        format_state(row, cells);
        if (live_row_has_values(row))
                format_live(row->live, cells);
        if (row->cpu_percent >= 0)
                (void) snprintf(cells->text[COLUMN_CPU], CELL_MAX, "%.1f", row->cpu_percent);
        if (row->memory_bytes != UINT64_MAX)
                (void) snprintf(
                        cells->text[COLUMN_MEMORY], CELL_MAX, "%s",
                        size_format(row->memory_bytes, memory));
        format_rate(row->in_bytes_per_sec, cells->text[COLUMN_IN]);
        format_rate(row->out_bytes_per_sec, cells->text[COLUMN_OUT]);
        if (row->uptime_usec > 0)
                (void) snprintf(
                        cells->text[COLUMN_UPTIME], CELL_MAX, "%s",
                        span_format(row->uptime_usec, uptime));
}

static int make_picture(const LiveRows *rows, Picture *ret) {
        *ret = (Picture) { .rows = calloc(rows->n_items + 1, sizeof(Cells)),
                           .n_rows = rows->n_items };
        if (!ret->rows)
                return -ENOMEM;
        for (size_t i = 0; i < _COLUMN_MAX; i++)
                ret->widths[i] = (unsigned) utf8_length(_(columns[i].title));
        for (size_t i = 0; i < rows->n_items; i++) {
                format_row(&rows->items[i], &ret->rows[i]);
                for (size_t k = 0; k < _COLUMN_MAX; k++) {
                        unsigned width = (unsigned) utf8_length(ret->rows[i].text[k]);

                        if (width > ret->widths[k])
                                ret->widths[k] = width;
                }
        }
        return 0;
}

/* Maps give way first, then what stands on the right is cut. */
static void fit(Picture *picture, unsigned width) {
        unsigned sum = _COLUMN_MAX - 1, too_much;

        for (size_t i = 0; i < _COLUMN_MAX; i++)
                sum += picture->widths[i];
        if (sum <= width || picture->widths[COLUMN_MAP] <= MAP_WIDTH_MIN)
                return;
        too_much = sum - width;
        if (too_much > picture->widths[COLUMN_MAP] - MAP_WIDTH_MIN)
                too_much = picture->widths[COLUMN_MAP] - MAP_WIDTH_MIN;
        picture->widths[COLUMN_MAP] -= too_much;
}

/* --- lines ------------------------------------------------------------------------------------ */

/* A line that is at most so wide; UINT_MAX: any width. */
typedef struct Line {
        FILE *f;
        unsigned left;
} Line;

static void put(Line *line, const char *text, unsigned width, bool to_the_right, Color color) {
        unsigned length = (unsigned) utf8_length(text), shown = length < width ? length : width;
        bool is_cut = shown < length;

        if (width > line->left)
                width = line->left;
        if (shown > width)
                shown = width;
        line->left -= width;
        (void) fprintf(
                line->f, "%*s%s%.*s%s%s%*s", to_the_right ? (int) (width - shown) : 0, "",
                color_on(color, stdout),
                (int) utf8_offset(text, strlen(text), is_cut && shown > 0 ? shown - 1 : shown),
                text, is_cut && shown > 0 ? "…" : "", color_off(color, stdout),
                to_the_right ? 0 : (int) (width - shown), "");
}

static void put_cells(
        const Picture *picture, const char *const *texts, const Color *colors, Line line) {
        for (size_t i = 0; i < _COLUMN_MAX; i++) {
                if (i > 0)
                        put(&line, "", 1, false, COLOR_NONE);
                put(&line, texts[i], picture->widths[i], columns[i].is_number, colors[i]);
        }
        (void) fputc('\n', line.f);
}

static void put_titles(const Picture *picture, Line line) {
        const char *texts[_COLUMN_MAX];
        Color colors[_COLUMN_MAX];

        for (size_t i = 0; i < _COLUMN_MAX; i++) {
                texts[i] = _(columns[i].title);
                colors[i] = COLOR_BOLD;
        }
        put_cells(picture, texts, colors, line);
}

static void put_row(const Picture *picture, const Cells *cells, Line line) {
        const char *texts[_COLUMN_MAX];
        Color colors[_COLUMN_MAX] = { [COLUMN_STATE] = cells->state, [COLUMN_FPS] = cells->fps };

        for (size_t i = 0; i < _COLUMN_MAX; i++)
                texts[i] = cells->text[i];
        put_cells(picture, texts, colors, line);
}

static const char *unwatched(void) {
        return _("left4me-watch.service does not run: players, maps and FPS are unknown");
}

static void put_heading(const LiveRows *rows, Line line) {
        char text[256], clock[16] = "";
        time_t now = time(NULL);
        size_t n_running = 0;
        unsigned n_players = 0;
        struct tm tm;

        for (size_t i = 0; i < rows->n_items; i++) {
                n_running += rows->items[i].state == SERVER_RUNNING;
                if (live_row_has_values(&rows->items[i]))
                        n_players += rows->items[i].live->status.humans;
        }
        if (localtime_r(&now, &tm))
                (void) strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
        (void) snprintf(
                text, sizeof(text),
                _("%s  servers: %zu, running: %zu, players: %u  (sort: n p c m, end: q)"), clock,
                rows->n_items, n_running, n_players);
        put(&line, text, (unsigned) utf8_length(text), false, COLOR_NONE);
        (void) fputc('\n', line.f);
}

/* Heading, titles and as many rows as there is room for. */
static int draw(const LiveRows *rows) {
        _cleanup_free_ char *text = NULL;
        _cleanup_(picture_clear) Picture picture = {};
        unsigned height, width, left;
        size_t size = 0;
        FILE *f;
        int r;

        screen_size(&height, &width);
        r = make_picture(rows, &picture);
        f = r < 0 ? NULL : open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        fit(&picture, width);
        put_heading(rows, (Line) { f, width });
        if (!rows->is_watched) {
                Line line = { f, width };

                put(&line, unwatched(), (unsigned) utf8_length(unwatched()), false, COLOR_YELLOW);
                (void) fputc('\n', f);
        }
        put_titles(&picture, (Line) { f, width });
        left = height > 3U - rows->is_watched ? height - (3U - rows->is_watched) : 0;
        for (size_t i = 0; i < picture.n_rows && i < left; i++)
                put_row(&picture, &picture.rows[i], (Line) { f, width });
        if (fclose(f) != 0)
                return -ENOMEM;
        return screen_show(text);
}

static int print(const LiveRows *rows, bool is_first) {
        _cleanup_(picture_clear) Picture picture = {};
        int r = make_picture(rows, &picture);

        if (r < 0)
                return r;
        if (!is_first)
                (void) putchar('\n');
        put_titles(&picture, (Line) { stdout, UINT32_MAX });
        for (size_t i = 0; i < picture.n_rows; i++)
                put_row(&picture, &picture.rows[i], (Line) { stdout, UINT32_MAX });
        return fflush(stdout) == 0 ? 0 : -errno;
}

static int build_rate(sd_json_variant **ret, const char *name _unused_, void *userdata) {
        const double *rate = userdata;

        return *rate < 0 ? sd_json_variant_new_null(ret) : sd_json_variant_new_real(ret, *rate);
}

static int row_to_json(const LiveRow *row, sd_json_variant **array) {
        const LiveState *live = live_row_has_values(row) ? row->live : NULL;
        uint64_t players = live ? live->status.humans : UINT64_MAX;
        uint64_t slots = live ? live->status.slots : UINT64_MAX, memory = row->memory_bytes;
        double fps = live && live->has_stats ? live->fps : -1;
        double cpu = row->cpu_percent, in = row->in_bytes_per_sec, out = row->out_bytes_per_sec;

        return sd_json_variant_append_arraybo(
                array, SD_JSON_BUILD_PAIR_STRING("name", row->name),
                SD_JSON_BUILD_PAIR_STRING("state", server_state_to_string(row->state)),
                SD_JSON_BUILD_PAIR_STRING(
                        "health", row->live && row->age != LIVE_UNWATCHED
                                          ? live_health_to_string(row->live->health)
                                          : NULL),
                SD_JSON_BUILD_PAIR_CALLBACK("players", json_build_measured, &players),
                SD_JSON_BUILD_PAIR_CALLBACK("slots", json_build_measured, &slots),
                SD_JSON_BUILD_PAIR_STRING("map", live ? live->status.map : NULL),
                SD_JSON_BUILD_PAIR_CALLBACK("fps", build_rate, &fps),
                SD_JSON_BUILD_PAIR_CALLBACK("cpu_percent", build_rate, &cpu),
                SD_JSON_BUILD_PAIR_CALLBACK("memory_bytes", json_build_measured, &memory),
                SD_JSON_BUILD_PAIR_CALLBACK("in_bytes_per_sec", build_rate, &in),
                SD_JSON_BUILD_PAIR_CALLBACK("out_bytes_per_sec", build_rate, &out),
                SD_JSON_BUILD_PAIR_UNSIGNED("uptime_usec", row->uptime_usec));
}

static int print_as_json(const LiveRows *rows) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        int r = sd_json_variant_new_array(&array, NULL, 0);

        for (size_t i = 0; i < rows->n_items && r >= 0; i++)
                r = row_to_json(&rows->items[i], &array);
        if (r >= 0 && print_json(array) != CTL_OK)
                r = -EIO;
        return r >= 0 && fflush(stdout) != 0 ? -errno : r;
}

/* --- the loop --------------------------------------------------------------------------------- */

typedef struct Top {
        Ctl *ctl;
        LiveRows rows;
        LiveOrder order;
} Top;

static int look(Top *top) {
        LiveRows rows = {};
        int r;

        r = live_rows_read(top->ctl, top->ctl->operands, top->ctl->n_operands, &top->rows, &rows);
        if (r != CTL_OK) {
                live_rows_clear(&rows);
                return r;
        }
        live_rows_clear(&top->rows);
        top->rows = rows;
        live_rows_sort(&top->rows, top->order);
        return CTL_OK;
}

static int complain(int error) {
        (void) log_error_errno(error, "Failed to show the servers");
        return CTL_FAILURE;
}

static int run_batch(Top *top, uint64_t n) {
        const uint64_t delay = top->ctl->options.delay;
        int r;

        for (uint64_t i = 0; i < n; i++) {
                if (i > 0)
                        (void) usleep((useconds_t) delay);
                r = look(top);
                if (r != CTL_OK)
                        return r;
                if (i == 0 && !top->rows.is_watched)
                        log_notice("%s", unwatched());
                r = top->ctl->options.json ? print_as_json(&top->rows) : print(&top->rows, i == 0);
                if (r < 0)
                        return complain(r);
        }
        return CTL_OK;
}

/* false: the key ends it. */
static bool obey(Top *top, int key) {
        static const char keys[] = {
                [ORDER_NAME] = 'n', [ORDER_PLAYERS] = 'p', [ORDER_CPU] = 'c', [ORDER_MEMORY] = 'm'
        };

        for (size_t i = 0; i < ELEMENTSOF(keys); i++)
                if (ascii_lower((char) key) == keys[i])
                        top->order = (LiveOrder) i;
        return key != 'q' && key != 'Q';
}

/* Until the next look; keys and a new size of the window change the picture at once. */
static int wait_and_draw(Top *top) {
        uint64_t end = now_monotonic() + top->ctl->options.delay;

        for (;;) {
                uint64_t now = now_monotonic();
                int r = draw(&top->rows), key;

                if (r < 0)
                        return r;
                key = screen_wait(now < end ? (unsigned) ((end - now) / 1000) + 1 : 0);
                if (key == SCREEN_END || (key > 0 && !obey(top, key)))
                        return 0;
                if (key == SCREEN_TIMEOUT)
                        return 1;
                live_rows_sort(&top->rows, top->order);
        }
}

static int run_screen(Top *top, uint64_t n) {
        int r = CTL_OK, drawn = 1;

        for (uint64_t i = 0; i < n && r == CTL_OK && drawn > 0; i++) {
                drawn = wait_and_draw(top);
                if (drawn > 0)
                        r = look(top);
        }
        screen_close();
        return drawn < 0 ? complain(drawn) : r;
}

static int check_servers(const Top *top) {
        for (size_t i = 0; i < top->ctl->n_operands; i++) {
                const char *name = top->ctl->operands[i];
                bool found = false;

                for (size_t k = 0; k < top->rows.n_items; k++)
                        found = found || strcmp(top->rows.items[k].name, name) == 0;
                if (found)
                        continue;
                log_error("No server named '%s'", name);
                return CTL_NO_INSTANCE;
        }
        return CTL_OK;
}

int verb_top(Ctl *ctl) {
        Top top = { .ctl = ctl };
        uint64_t n = ctl->options.iterations;
        bool batch = ctl->options.batch || ctl->options.json || !isatty(STDOUT_FILENO);
        int r;

        r = ctl_check_names(ctl, 0);
        if (r == CTL_OK)
                r = look(&top);
        if (r == CTL_OK)
                r = check_servers(&top);
        if (r == CTL_OK && !batch && screen_open() < 0)
                batch = true;
        if (r == CTL_OK)
                r = batch ? run_batch(&top, n > 0 ? n : 1)
                          : run_screen(&top, n > 0 ? n : UINT64_MAX);
        live_rows_clear(&top.rows);
        return r;
}
