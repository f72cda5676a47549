/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console/shell.h"

#include <poll.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "common/audit-log.h"
#include "common/terminal.h"
#include "console/live-log.h"
#include "jobs/session.h"
#include "query/command-secret.h"

enum { ANSWER_USEC = 10 * 1000 * 1000, WAIT_MSEC = 50 };

int shell_open(Shell *shell) {
        return shell->console ? CTL_OK : session_open(shell->ctl, shell->name, &shell->console);
}

void shell_close(Shell *shell) {
        console_free(shell->console);
        shell->console = NULL;
}

static int wait_for(Shell *shell) {
        Rcon *rcon = shell->console->rcon;
        struct pollfd fd = { .fd = rcon_fd(rcon), .events = rcon_events(rcon) };
        int r;

        if (shell->wait)
                return shell->wait(shell->userdata, fd.fd, fd.events, WAIT_MSEC);
        r = poll(&fd, 1, WAIT_MSEC);
        return r < 0 && errno != EINTR ? -errno : 0;
}

static int run(Shell *shell, const char *command) {
        Rcon *rcon = shell->console->rcon;
        uint64_t deadline = now_monotonic() + ANSWER_USEC;
        int r;

        r = rcon_begin(rcon, command, false);
        while (r >= 0 && (r = rcon_step(rcon)) == 0) {
                r = now_monotonic() < deadline ? wait_for(shell) : -ETIMEDOUT;
                if (r < 0)
                        break;
        }
        console_note(shell->console, r);
        return r < 0 ? r : 0;
}

/* After an error the server may be another run, with another port. */
int shell_ask(Shell *shell, const char *command, const char **ret, size_t *ret_size) {
        int r = shell->console ? run(shell, command) : -ENOTCONN;

        if (r < 0)
                shell_close(shell);
        else
                *ret = rcon_answer(shell->console->rcon, ret_size);
        return r;
}

/* Servers whose log is on send it to the client whose command runs, too. */
void shell_print_answer(const char *answer, size_t size) {
        const char *end = answer + size, *next;

        for (; answer < end; answer = next) {
                next = memchr(answer, '\n', (size_t) (end - answer));
                next = next ? next + 1 : end;
                if (!live_log_is_command(answer, (size_t) (next - answer) - (next[-1] == '\n')))
                        print_visible(answer, (size_t) (next - answer), 0, stdout);
        }
        if (size > 0 && end[-1] != '\n')
                (void) fputc('\n', stdout);
        (void) fflush(stdout);
}

int shell_run(Shell *shell, const char *command) {
        char shown[COMMAND_SHOWN_MAX];
        const char *answer;
        size_t size;
        int r;

        if (command[strspn(command, " \t\r\n")] == '\0')
                return CTL_OK;
        r = shell_open(shell);
        if (r != CTL_OK)
                return r;
        audit_log_command(shell->name, "console", command);
        r = shell_ask(shell, command, &answer, &size);
        if (r < 0) {
                /* As in the audit's line: the journal may get this, too. */
                command_hide_secrets(command, strlen(command), shown);
                log_error(
                        "Failed to run '%s' on '%s': %s", shown, shell->name,
                        r == -EINTR || r == -ECANCELED ? _("cancelled, and it may run all the same")
                                                       : console_error_message(r));
                return CTL_FAILURE;
        }
        shell_print_answer(answer, size);
        return CTL_OK;
}

int shell_run_input(Shell *shell) {
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        int result;

        result = shell_open(shell);
        if (result != CTL_OK)
                return result;
        while (getline(&line, &size, stdin) > 0) {
                line[strcspn(line, "\r\n")] = '\0';
                result = exit_code_merge(result, shell_run(shell, line));
                if (!shell->console && result == CTL_NOT_RUNNING)
                        break;
        }
        return result;
}
