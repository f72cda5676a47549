/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/console.h"

#include <fcntl.h>
#include <string.h>

#include "base/text.h"
#include "query/rcon-refusal.h"

/* Servers listen on all addresses. */
#define ADDRESS "127.0.0.1"

static int open_refusals(const Paths *paths) {
        return open(paths->rcon_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
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

        int r = rcon_new(ADDRESS, unit->tree_port, console->password, &console->rcon);

        if (r < 0)
                return r;
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

void console_note(const Console *console, int result) {
        if (result == -EACCES)
                (void) !rcon_note_refusal(
                        console->refusals_fd, console->name, console->password,
                        console->invocation_id);
}

int console_run(Console *console, const char *command, bool is_repeatable, uint64_t deadline) {
        int r = rcon_run(console->rcon, command, is_repeatable, deadline);

        console_note(console, r);
        return r;
}

/* As it can stand in a console command. */
static char make_harmless(char c) {
        if (c == ';')
                return ',';
        if (c == '"')
                return '\'';
        if ((unsigned char) c < ' ' || c == 0x7f)
                return ' ';
        return c;
}

int console_say(Console *console, const char *text, uint64_t deadline) {
        char command[CONSOLE_SAY_MAX + sizeof("say ")] = "say ";
        size_t size = strlen(text), n = strlen(command);

        if (size > CONSOLE_SAY_MAX)
                return -EMSGSIZE;
        for (size_t i = 0; i < size; i++)
                command[n++] = make_harmless(text[i]);
        command[n] = '\0';
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
        case ETIMEDOUT:
                return _("it does not answer");
        default:
                return strerror(-error);
        }
}
