/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/console.h"

#include <fcntl.h>
#include <string.h>

#include "base/text.h"
#include "base/time-text.h"
#include "query/rcon-refusal.h"
#include "server/console-connection.h"
#include "systemd/unit-ports.h"

enum { PAUSE_DOUBLED_MAX = 7 };

static int open_refusals(const Paths *paths) {
        return open(paths->rcon_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

static int open_connection(void *userdata) {
        const Console *console = userdata;

        return console_connection_ask(console->name);
}

int console_open(const Paths *paths, const Spec *spec, const UnitState *unit, Console **ret) {
        _cleanup_(console_freep) Console *console = calloc(1, sizeof(*console));

        if (!console)
                return -ENOMEM;
        console->refusals_fd = -EBADF;
        if (!spec->rcon_password)
                return -ENOKEY;
        if (!unit->active_state || strcmp(unit->active_state, "active") != 0 ||
            unit->tree_port == 0 || !unit->invocation_id)
                return -ENOTCONN;

        (void) snprintf(console->name, sizeof(console->name), "%s", spec->settings.name);
        (void) snprintf(
                console->invocation_id, sizeof(console->invocation_id), "%s", unit->invocation_id);
        console->password = strdup(spec->rcon_password);
        if (!console->password)
                return -ENOMEM;
        console->refusals_fd = open_refusals(paths);
        if (rcon_was_refused(
                    console->refusals_fd, console->name, console->password, console->invocation_id))
                return -EACCES;

        console->port = unit->tree_port;
        game_address(console->port, console->address);
        int r = rcon_new(console->address, console->port, console->password, &console->rcon);

        if (r < 0)
                return r;
        rcon_set_opener(console->rcon, open_connection, console);
        *ret = TAKE_PTR(console);
        return 0;
}

Console *console_free(Console *console) {
        if (!console)
                return NULL;
        rcon_free(console->rcon);
        (void) safe_close(console->refusals_fd);
        free(console->password);
        free(console);
        return NULL;
}

void console_note(Console *console, int result) {
        unsigned n;

        if (result == -EACCES)
                (void) !rcon_note_refusal(
                        console->refusals_fd, console->name, console->password,
                        console->invocation_id);
        if (result < 0)
                rcon_leave(console->rcon);
        n = rcon_unanswered(console->rcon);
        if (n != console->n_auths)
                console->auth_at = now_monotonic();
        console->n_auths = n;
}

/* A server that starts has no socket yet. */
static void find_address(Console *console) {
        if (rcon_fd(console->rcon) >= 0)
                return;
        game_address(console->port, console->address);
        (void) !rcon_set_address(console->rcon, console->address);
}

bool console_may_begin(Console *console, uint64_t pause) {
        unsigned n = console->n_auths < PAUSE_DOUBLED_MAX ? console->n_auths : PAUSE_DOUBLED_MAX;

        find_address(console);
        if (n == 0)
                return true;
        if (now_monotonic() - console->auth_at < pause << (n - 1))
                return rcon_fd(console->rcon) >= 0;
        rcon_close(console->rcon);
        return true;
}

int console_run(Console *console, const char *command, bool is_repeatable, uint64_t deadline) {
        int r = rcon_run(console->rcon, command, is_repeatable, deadline);

        console_note(console, r);
        return r;
}

void console_make_harmless(char *text) {
        for (; *text != '\0'; text++) {
                if (*text == ';')
                        *text = ',';
                else if (*text == '"')
                        *text = '\'';
                else if ((unsigned char) *text < ' ' || *text == 0x7f)
                        *text = ' ';
        }
}

int console_say(Console *console, const char *text, uint64_t deadline) {
        char command[CONSOLE_SAY_MAX + sizeof("say ")];

        if (strlen(text) > CONSOLE_SAY_MAX)
                return -EMSGSIZE;
        (void) snprintf(command, sizeof(command), "say %s", text);
        console_make_harmless(command);
        return console_run(console, command, false, deadline);
}

const char *console_error_message(int error) {
        switch (-error) {
        case ENOKEY:
                return _("its spec has no rcon_password");
        case EACCES:
                return _("the server refused the rcon_password of its spec, which is not tried "
                         "again before a restart or with the same password, because the game bans "
                         "addresses");
        case ENOTCONN:
                return _("it does not run");
        case ECONNREFUSED:
                return _("its RCON port is closed");
        case ECONNRESET:
                return _("it ended the connection, as it does with a banned address");
        case EBADMSG:
                return _("its answer is not RCON");
        case EFBIG:
                return _("its answer is too long");
        case ETIMEDOUT:
                return _("it does not answer");
        default:
                return strerror(-error);
        }
}
