/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The console on a terminal: a line that the user edits, the server's log above it, completion by
 * the server's own list of commands and variables. */

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "console/complete.h"
#include "console/live-log.h"
#include "console/prompt.h"
#include "console/shell.h"
#include "content/maps.h"
#include "servers/log-lines.h"
#include "systemd/unit-names.h"

typedef struct Terminal {
        Shell *shell;
        Prompt *prompt;
        LiveLog *log; /* NULL: the user may not read it */
        ConsoleHistory history;
        CvarList cvars; /* empty until the first tab */
        ServerMaps maps;
        bool has_maps;
} Terminal;

/* --- the log ---------------------------------------------------------------------------------- */

static void show_log(Terminal *terminal) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *f;
        int n = 0;

        if (!terminal->log)
                return;
        f = open_memstream(&text, &size);
        if (!f)
                return;
        n = live_log_write(terminal->log, f);
        if (fclose(f) == 0 && size > 0)
                prompt_print_above(terminal->prompt, text);
        if (n < 0)
                terminal->log = live_log_free(terminal->log);
}

static void look(Prompt *prompt _unused_, void *userdata) {
        show_log(userdata);
}

/* While a command runs. */
static int wait_for_answer(void *userdata, int fd, short events, int msec) {
        Terminal *terminal = userdata;

        show_log(terminal);
        return prompt_wait(terminal->prompt, fd, events, msec);
}

static void open_log(Terminal *terminal) {
        const char *name = terminal->shell->name;
        UnitNames units;
        int r;

        unit_names(name, &units);
        r = live_log_new(units.server, &terminal->log);
        if (r == -EACCES)
                log_notice(
                        "The log of '%s' is not shown: only root and members of the group "
                        "systemd-journal may read it",
                        name);
        else if (r < 0)
                (void) log_error_errno(r, "Failed to read the log of '%s'", name);
}

/* --- completion ------------------------------------------------------------------------------- */

static int load_cvars(Terminal *terminal) {
        CvarList list = {};
        const char *answer;
        size_t size;
        int r;

        if (terminal->cvars.n_items > 0)
                return 0;
        r = shell_ask(terminal->shell, "cvarlist", &answer, &size);
        if (r >= 0)
                r = cvar_list_parse(answer, size, &list);
        if (r < 0)
                cvar_list_clear(&list);
        else
                terminal->cvars = list;
        return r;
}

/* Without messages, which would break the line that is edited. */
static int load_maps(Terminal *terminal) {
        _cleanup_(layers_done) LayerList layers = {};

        if (terminal->has_maps)
                return 0;
        terminal->has_maps = true;
        if (layers_of_server(terminal->shell->ctl, terminal->shell->name, &layers) != CTL_OK)
                return -ENOENT;
        return maps_of_layers(&layers, terminal->shell->name, &terminal->maps) == CTL_OK ? 0 : -EIO;
}

static size_t longest(const Completion *completion) {
        size_t most = 0;

        for (size_t i = 0; i < completion->n_names; i++)
                if (strlen(completion->names[i]) > most)
                        most = strlen(completion->names[i]);
        return most;
}

/* In columns, as a shell does. */
static void write_candidates(const Completion *completion, unsigned columns, FILE *f) {
        size_t width = longest(completion) + 2, per_line = columns / width;

        for (size_t i = 0; i < completion->n_names; i++) {
                bool ends = per_line < 2 || i % per_line == per_line - 1 ||
                            i + 1 == completion->n_names;

                (void) fprintf(
                        f, "%-*s%s", ends ? 0 : (int) width, completion->names[i],
                        ends ? "\n" : "");
        }
        if (completion->n_all > completion->n_names)
                (void) fprintf(f, _("and %zu more\n"), completion->n_all - completion->n_names);
}

static void show_candidates(Prompt *prompt, const Completion *completion) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return;
        write_candidates(completion, prompt_columns(prompt), f);
        if (fclose(f) == 0)
                prompt_print_above(prompt, text);
}

static int complete(Prompt *prompt, const char *line, void *userdata, char **ret_insert) {
        Terminal *terminal = userdata;
        _cleanup_(completion_clear) Completion completion = {};
        const char *word;
        CompletionKind kind = completion_kind(line, &word);
        int r;

        if (kind == COMPLETE_NOTHING)
                return -ENOENT;
        r = kind == COMPLETE_MAP ? load_maps(terminal) : load_cvars(terminal);
        if (r >= 0)
                r = completion_find(kind, word, &terminal->cvars, &terminal->maps, &completion);
        if (r < 0 || completion.n_all == 0)
                return r < 0 ? r : -ENOENT;
        if (completion.insert[0] != '\0') {
                *ret_insert = TAKE_PTR(completion.insert);
                return 1;
        }
        show_candidates(prompt, &completion);
        return 0;
}

/* --- lines ------------------------------------------------------------------------------------ */

static int keep(Terminal *terminal, const char *line) {
        int r;

        if (!history_accepts(&terminal->history, line))
                return 0;
        r = history_add(&terminal->history, line);
        if (r >= 0)
                prompt_remember(terminal->prompt, line);
        return r;
}

/* The user's commands may fail, and the console goes on. */
static int read_lines(Terminal *terminal) {
        const char *line;
        int r;

        while ((r = prompt_read(terminal->prompt, &line)) > 0) {
                r = keep(terminal, line);
                if (r < 0)
                        break;
                (void) !shell_run(terminal->shell, line);
                if (!terminal->shell->console)
                        cvar_list_clear(&terminal->cvars);
                show_log(terminal);
        }
        (void) fputc('\n', stdout);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read a command");
                return CTL_FAILURE;
        }
        return prompt_end_signal(terminal->prompt) != 0 ? CTL_FAILURE : CTL_OK;
}

static int begin(Terminal *terminal, const char *text) {
        const PromptHooks hooks = { .look = look, .complete = complete, .userdata = terminal };
        int r;

        r = history_open(terminal->shell->name, &terminal->history);
        if (r >= 0)
                r = prompt_new(text, &terminal->history, hooks, &terminal->prompt);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to use the terminal");
                return CTL_FAILURE;
        }
        open_log(terminal);
        terminal->shell->wait = wait_for_answer;
        terminal->shell->userdata = terminal;
        printf(_("Console of %s: Tab completes a word, the arrow keys show earlier commands, Ctrl-D "
                 "ends.\n"),
               terminal->shell->name);
        (void) fflush(stdout);
        return CTL_OK;
}

int shell_run_terminal(Shell *shell) {
        Terminal terminal = { .shell = shell, .history = { .dir_fd = -EBADF } };
        char text[INSTANCE_NAME_MAX + 3];
        int r;

        r = shell_open(shell);
        if (r != CTL_OK)
                return r;
        (void) snprintf(text, sizeof(text), "%s> ", shell->name);
        r = begin(&terminal, text);
        if (r == CTL_OK)
                r = read_lines(&terminal);
        shell->wait = NULL;
        prompt_free(terminal.prompt);
        live_log_free(terminal.log);
        history_close(&terminal.history);
        cvar_list_clear(&terminal.cvars);
        server_maps_clear(&terminal.maps);
        return r;
}
