/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl console, say, kick: one command each on the console of a running server, by RCON. They
 * are in the audit trail.
 */

#include <inttypes.h>

#include "base/log.h"
#include "base/time-text.h"
#include "common/audit-log.h"
#include "console/prompt.h"
#include "console/shell.h"
#include "jobs/player.h"
#include "jobs/session.h"
#include "verbs/verbs.h"

enum { SAY_USEC = 10 * 1000 * 1000 };

/* The operands from the first-th on as one line, from malloc; NULL without memory. */
static char *join_operands(const Ctl *ctl, size_t first) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return NULL;
        for (size_t i = first; i < ctl->n_operands; i++)
                (void) fprintf(f, "%s%s", i > first ? " " : "", ctl->operands[i]);
        if (fclose(f) == 0)
                return text;
        free(text);
        return NULL;
}

static int open_and_join(Ctl *ctl, size_t first, Console **ret_console, char **ret_text) {
        int r;

        if (!instance_name_is_valid(ctl->operands[0])) {
                log_error("No server named '%s'", ctl->operands[0]);
                return CTL_NO_INSTANCE;
        }
        *ret_text = join_operands(ctl, first);
        if (!*ret_text) {
                (void) log_error_errno(-ENOMEM, "Failed to read the command");
                return CTL_FAILURE;
        }
        r = session_open(ctl, ctl->operands[0], ret_console);
        return r;
}

static int run_shell(Ctl *ctl) {
        Shell shell = { .ctl = ctl, .name = ctl->operands[0] };
        int r = ctl_check_names(ctl, 0);

        if (r == CTL_OK)
                r = prompt_is_possible() ? shell_run_terminal(&shell) : shell_run_input(&shell);
        shell_close(&shell);
        return r;
}

int verb_console(Ctl *ctl) {
        _cleanup_(console_freep) Console *console = NULL;
        _cleanup_free_ char *command = NULL;
        const char *answer;
        size_t size;
        int r;

        if (ctl->n_operands == 1)
                return run_shell(ctl);
        r = open_and_join(ctl, 1, &console, &command);
        if (r != CTL_OK)
                return r;
        audit_log_command(ctl->operands[0], "console", command);
        r = session_run(console, command, false, &answer, &size);
        if (r == CTL_OK)
                shell_print_answer(answer, size);
        return r;
}

int verb_say(Ctl *ctl) {
        _cleanup_(console_freep) Console *console = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = open_and_join(ctl, 1, &console, &text);
        if (r != CTL_OK)
                return r;
        audit_log(ctl->operands[0], "say");
        r = console_say(console, text, now_monotonic() + SAY_USEC);
        if (r < 0) {
                log_error(
                        "Failed to say this on '%s': %s", ctl->operands[0],
                        console_error_message(r));
                return CTL_FAILURE;
        }
        return CTL_OK;
}

int verb_kick(Ctl *ctl) {
        _cleanup_(console_freep) Console *console = NULL;
        _cleanup_free_ ServerStatus *status = NULL;
        _cleanup_free_ char *who = NULL;
        const StatusPlayer *player;
        const char *answer;
        char command[64];
        size_t size;
        int r;

        r = open_and_join(ctl, 1, &console, &who);
        if (r == CTL_OK)
                r = session_status(console, &status);
        if (r == CTL_OK)
                r = player_find(console, status, who, &player);
        if (r != CTL_OK)
                return r;
        (void) snprintf(command, sizeof(command), "kickid %" PRIu32, player->user_id);
        audit_log_command(ctl->operands[0], "kick", command);
        return session_run(console, command, false, &answer, &size);
}
