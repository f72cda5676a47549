/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl list: a table of all servers. Columns have the same meaning and no blanks in them
 * wherever the output goes; "-" stands for what there is not.
 */

#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "common/state-color.h"
#include "common/terminal.h"
#include "servers/game-file.h"
#include "servers/live.h"
#include "servers/servers.h"
#include "verbs/verbs.h"

DEFINE_CLEANUP(struct libscols_table *, scols_unref_table)

typedef enum Column {
        COLUMN_NAME,
        COLUMN_STATE,
        COLUMN_PORT,
        COLUMN_SINCE,
        COLUMN_RESTARTS,
        COLUMN_MEMORY,
        COLUMN_AUTOSTART,
        COLUMN_SPEC,
        COLUMN_QUEUED,
        _COLUMN_MAX,
} Column;

static const struct {
        const char *title;
        int flags;
} columns[_COLUMN_MAX] = {
        [COLUMN_NAME] = { N_("NAME"), 0 },
        [COLUMN_STATE] = { N_("STATE"), 0 },
        [COLUMN_PORT] = { N_("PORT"), SCOLS_FL_RIGHT },
        [COLUMN_SINCE] = { N_("SINCE"), 0 },
        [COLUMN_RESTARTS] = { N_("RESTARTS"), SCOLS_FL_RIGHT },
        [COLUMN_MEMORY] = { N_("MEMORY"), SCOLS_FL_RIGHT },
        [COLUMN_AUTOSTART] = { N_("AUTOSTART"), 0 },
        [COLUMN_SPEC] = { N_("SPEC"), 0 },
        [COLUMN_QUEUED] = { N_("QUEUED"), 0 },
};

typedef char Cell[96];

static void format_since(uint64_t since, Cell cell) {
        time_t t = (time_t) (since / USEC_PER_SEC);
        struct tm tm;

        if (since > 0 && localtime_r(&t, &tm))
                (void) strftime(cell, sizeof(Cell), "%Y-%m-%dT%H:%M:%S%z", &tm);
}

static void format_row(const Server *server, Cell cells[static _COLUMN_MAX]) {
        const UnitState *unit = &server->query.state;
        char memory[SIZE_TEXT_MAX];

        for (size_t i = 0; i < _COLUMN_MAX; i++)
                memcpy(cells[i], "-", 2);

        (void) snprintf(cells[COLUMN_NAME], sizeof(Cell), "%s", server->name);
        (void) snprintf(
                cells[COLUMN_STATE], sizeof(Cell), "%s", server_state_to_text(server->state));
        format_since(unit->state_change, cells[COLUMN_SINCE]);
        (void) snprintf(cells[COLUMN_RESTARTS], sizeof(Cell), "%" PRIu32, unit->restarts);
        if (server->state == SERVER_RUNNING && unit->memory_bytes != UINT64_MAX)
                (void) snprintf(
                        cells[COLUMN_MEMORY], sizeof(Cell), "%s",
                        size_format(unit->memory_bytes, memory));
        (void) snprintf(
                cells[COLUMN_SPEC], sizeof(Cell), "%s",
                _(server_spec_word(&server->spec, server->is_changed)));
        if (queued_restart_is_due(&server->spec.restart, unit) ||
            server->spec.after_builds.n_items > 0)
                (void) snprintf(cells[COLUMN_QUEUED], sizeof(Cell), "%s", _("restart"));
        if (!server->spec.spec)
                return;
        (void) snprintf(cells[COLUMN_PORT], sizeof(Cell), "%u", server->spec.spec->settings.port);
        (void) snprintf(
                cells[COLUMN_AUTOSTART], sizeof(Cell), "%s",
                server->spec.spec->settings.autostart ? _("yes") : _("no"));
}

static int set_color(struct libscols_line *line, Column column, Color color) {
        struct libscols_cell *cell = scols_line_get_cell(line, column);

        return cell && color_name(color) ? scols_cell_set_color(cell, color_name(color)) : 0;
}

static int add_row(struct libscols_table *table, const Server *server) {
        struct libscols_line *line = scols_table_new_line(table, NULL);
        const char *spec = server_spec_word(&server->spec, server->is_changed);
        Cell cells[_COLUMN_MAX];
        int r = line ? 0 : -ENOMEM;

        format_row(server, cells);
        for (size_t i = 0; i < _COLUMN_MAX && r >= 0; i++)
                r = scols_line_set_data(line, i, cells[i]);
        if (r >= 0)
                r = set_color(line, COLUMN_STATE, server_state_color(server->state));
        if (r >= 0 && strcmp(spec, "valid") != 0)
                r = set_color(
                        line, COLUMN_SPEC,
                        spec_errors_any(&server->spec.errors) ? COLOR_RED : COLOR_YELLOW);
        return r;
}

static int add_columns(struct libscols_table *table) {
        for (size_t i = 0; i < _COLUMN_MAX; i++)
                if (!scols_table_new_column(table, _(columns[i].title), 0, columns[i].flags))
                        return -ENOMEM;
        return scols_table_enable_colors(table, colors_enabled(stdout));
}

static int print_table(const Servers *servers) {
        _cleanup_(scols_unref_tablep) struct libscols_table *table = scols_new_table();
        int r;

        r = table ? add_columns(table) : -ENOMEM;
        for (size_t i = 0; i < servers->n_items && r >= 0; i++)
                r = add_row(table, &servers->items[i]);
        if (r >= 0)
                r = scols_print_table(table);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the table");
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static void hint_at_refused(const Servers *servers) {
        size_t n = 0;

        for (size_t i = 0; i < servers->n_items; i++)
                n += spec_errors_any(&servers->items[i].spec.errors);
        (void) fflush(stdout);
        if (n > 0)
                log_count(
                        LOG_WARNING, n, "%zu spec is refused: l4d2ctl validate says why",
                        "%zu specs are refused: l4d2ctl validate says why", n);
}

static void hint_at_outdated(const Servers *servers) {
        size_t n = 0;

        for (size_t i = 0; i < servers->n_items; i++)
                n += servers->items[i].needs_update;
        if (n > 0)
                log_count(
                        LOG_WARNING, n,
                        "%zu server needs the latest update of the game: l4d2ctl status says which",
                        "%zu servers need the latest update of the game: l4d2ctl status says which",
                        n);
}

int verb_list(Ctl *ctl) {
        _cleanup_(servers_clear) Servers servers = {};
        int r;

        r = servers_load_all(ctl, &servers);
        if (r != CTL_OK)
                return r;
        servers_read_live(ctl, &servers);
        if (ctl->options.json)
                return servers_print_json(&servers, NULL, true);

        r = print_table(&servers);
        if (r == CTL_OK) {
                hint_at_refused(&servers);
                hint_at_outdated(&servers);
                game_warn_update(ctl->paths);
        }
        return r;
}
