/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/state.h"

#include <signal.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"
#include "base/utf8.h"
#include "systemd/unit-ports.h"

static const char *const words[_SERVER_STATE_MAX] = {
        [SERVER_STOPPED] = N_("stopped"),       [SERVER_STARTING] = N_("starting"),
        [SERVER_RUNNING] = N_("running"),       [SERVER_STOPPING] = N_("stopping"),
        [SERVER_RESTARTING] = N_("restarting"), [SERVER_FAILED] = N_("failed"),
        [SERVER_REFUSED] = N_("refused"),       [SERVER_UNKNOWN] = N_("unknown"),
};

static bool is(const char *value, const char *expected) {
        return value && strcmp(value, expected) == 0;
}

ServerState server_state(const UnitState *state, bool spec_is_refused) {
        if (is(state->active_state, "active") || is(state->active_state, "reloading"))
                return SERVER_RUNNING;
        if (is(state->sub_state, "auto-restart") || is(state->sub_state, "auto-restart-queued"))
                return SERVER_RESTARTING;
        if (is(state->active_state, "activating"))
                return SERVER_STARTING;
        if (is(state->active_state, "deactivating"))
                return SERVER_STOPPING;
        if (spec_is_refused)
                return SERVER_REFUSED;
        /* systemd calls a unit inactive when an assertion stopped its start: here for want of a
         * tree. */
        if (is(state->active_state, "failed") || state->tree_error)
                return SERVER_FAILED;
        return SERVER_STOPPED;
}

bool server_is_changed(ServerState state, const UnitState *unit, const ServerSpec *spec) {
        /* The spec is read when the tree is mounted, not again when a crash is followed by a start.
         */
        return (state == SERVER_RUNNING || state == SERVER_RESTARTING) && spec->digest[0] != '\0' &&
               unit->tree_digest && strcmp(unit->tree_digest, spec->digest) != 0;
}

uint16_t server_live_port(ServerState state, const UnitState *unit) {
        return state == SERVER_RUNNING ? unit->tree_port : 0;
}

int server_is_ready(ServerState state, const UnitState *unit, int diag_fd) {
        uint16_t port = server_live_port(state, unit);
        bool is_open;
        int r;

        if (port == 0 || !unit->control_group)
                return -ENODATA;
        r = unit_has_udp_port(diag_fd, unit->control_group, port, &is_open);
        return r < 0 ? r : is_open;
}

const char *server_state_to_string(ServerState state) {
        return words[state];
}

const char *server_state_to_text(ServerState state) {
        return _(words[state]);
}

/* --- how it ended ------------------------------------------------------------------------------
 */

/* systemd's own exit statuses, for what failed before the program was there; see systemd.exec(5).
 */
static const struct {
        int status;
        const char *what;
} setup_failures[] = {
        { 200, N_("its working directory could not be entered") },
        { 203, N_("its program could not be executed") },
        { 209, N_("its standard output could not be set up") },
        { 214, N_("its CPU scheduling could not be set up") },
        { 216, N_("its group is not known") },
        { 217, N_("its user is not known") },
        { 218, N_("its capabilities could not be dropped") },
        { 219, N_("its control group could not be set up") },
        { 225, N_("its network could not be set up") },
        { 226, N_("its mount namespace could not be set up") },
        { 227, N_("new privileges could not be forbidden") },
        { 228, N_("its system call filter could not be set up") },
        { 244, N_("its BPF programs could not be loaded") },
};

/* Exit code of left4me-launch when it refuses; the reason is in the log. */
static bool is_refusal(int status) {
        return status == 64 || status == 69 || status == 78;
}

/* Its exit code when this kernel executes no i386 programs. */
enum { STATUS_NO_I386 = EX_OSERR };

static const char *setup_failure(int status) {
        for (size_t i = 0; i < ELEMENTSOF(setup_failures); i++)
                if (setup_failures[i].status == status)
                        return setup_failures[i].what;
        return NULL;
}

static void describe_status(int status, FILE *f) {
        const char *what = setup_failure(status);

        if (what)
                (void) fprintf(f, _("%s (status %d)"), _(what), status);
        else if (status == STATUS_NO_I386)
                (void) fprintf(
                        f, _("this host cannot run 32-bit programs, see its log (status %d)"),
                        status);
        else if (is_refusal(status))
                /* A game that ends with the same status looks the same. */
                (void) fprintf(
                        f,
                        _("exited with status %d, as left4me-launch does to refuse; see its log"),
                        status);
        else
                (void) fprintf(f, _("exited with status %d"), status);
}

static void describe_signal(int signal, bool dumped, FILE *f) {
        const char *name = sigabbrev_np(signal);

        if (signal == SIGSYS && dumped)
                (void) fputs(
                        _("killed by the sandbox: forbidden system call (SIGSYS), core dumped"), f);
        else if (signal == SIGSYS)
                (void) fputs(_("killed by the sandbox: forbidden system call (SIGSYS)"), f);
        else if (name && dumped)
                (void) fprintf(f, _("killed by SIG%s, core dumped"), name);
        else if (name)
                (void) fprintf(f, _("killed by SIG%s"), name);
        else if (dumped)
                (void) fprintf(f, _("killed by signal %d, core dumped"), signal);
        else
                (void) fprintf(f, _("killed by signal %d"), signal);
}

/* From the kernel: how the main process went. */
static void describe_exit(const UnitState *state, FILE *f) {
        if (state->exit_code == CLD_EXITED)
                describe_status(state->exit_status, f);
        else if (state->exit_code == CLD_KILLED || state->exit_code == CLD_DUMPED)
                describe_signal(state->exit_status, state->exit_code == CLD_DUMPED, f);
}

/* systemd's reasons that the exit of the process does not tell. NULL: it does. */
static const char *describe_reason(const UnitState *state) {
        static const struct {
                const char *result, *words;
        } reasons[] = {
                { "resources",
                  N_("systemd could not start one of its commands, for example because all its tasks "
                     "are in use; see its log") },
                { "protocol", N_("systemd lost track of it") },
                { "watchdog", N_("killed because it hung (watchdog)") },
                { "oom-kill", N_("killed because memory ran out") },
                { "start-limit-hit", N_("started too often within a minute (start limit)") },
        };

        if (is(state->result, "timeout"))
                return state->exit_code == 0 ? _("did not start in time")
                                             : _("didn't stop in time and was killed");
        for (size_t i = 0; i < ELEMENTSOF(reasons); i++)
                if (is(state->result, reasons[i].result))
                        return _(reasons[i].words);
        return NULL;
}

/* In the words of left4me-overlay, if it got to say something. */
static void describe_tree(const UnitState *state, FILE *f) {
        if (state->tree_error)
                (void) fprintf(f, _("no game tree: %s"), state->tree_error);
        else
                (void) fputs(_("its game tree could not be mounted; see its log"), f);
}

/* Whether it is about a process that ran. */
static bool describe(const UnitState *state, FILE *f) {
        const char *reason = describe_reason(state);

        if (is(state->load_state, "not-found")) {
                (void) fputs(_("its unit left4me-server@.service is not installed"), f);
                return false;
        }
        /* First: without a tree, an assertion of the server's unit fails as well. */
        if (state->overlay_result && !is(state->overlay_result, "success")) {
                describe_tree(state, f);
                return false;
        }
        if (state->assert_checked > 0 && !state->assert_passed) {
                (void) fputs(
                        _("systemd has no unit for it: its spec has errors, or systemd was not "
                          "reloaded since it was created"),
                        f);
                return false;
        }

        if (reason)
                (void) fputs(reason, f);
        else
                describe_exit(state, f);
        return true;
}

/* A text that was cut can end within a character. */
static void drop_partial_character(char *text) {
        size_t n = strlen(text), start = n;
        uint32_t character;

        while (start > 0 && ((unsigned char) text[start - 1] & 0xc0) == 0x80)
                start--;
        if (start > 0 && (unsigned char) text[start - 1] >= 0xc0 &&
            utf8_decode(text + start - 1, n - start + 1, &character) == 0)
                text[start - 1] = '\0';
}

void describe_result(const UnitState *state, char *buffer, size_t size) {
        _cleanup_free_ char *text = NULL;
        size_t length;
        FILE *f = open_memstream(&text, &length);
        bool ran;

        buffer[0] = '\0';
        if (!f)
                return;
        ran = describe(state, f);
        if (fclose(f) != 0)
                return;

        /* Restart= ended: by the start limit, or by a status that is not tried again. */
        if (ran && is(state->active_state, "failed") && state->restarts > 0)
                (void) snprintf(
                        buffer, size,
                        text_count(
                                "%s; given up after %u restart", "%s; given up after %u restarts",
                                state->restarts),
                        text, state->restarts);
        else
                (void) snprintf(buffer, size, "%s", text);
        drop_partial_character(buffer);
}
