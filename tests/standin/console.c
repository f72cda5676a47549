/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "console.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cvar.h"
#include "lists.h"
#include "log.h"
#include "rcon.h"

#define WORDS_MAX      64
#define EXEC_DEPTH_MAX 4U

static char *format_text(const char *format, va_list ap) {
        char *text;

        if (vasprintf(&text, format, ap) < 0)
                abort();

        return text;
}

void console_print(Server *s, const char *format, ...) {
        va_list ap;
        char *text;

        va_start(ap, format);
        text = format_text(format, ap);
        va_end(ap);

        if (s->reply)
                buffer_put(s->reply, text, strlen(text));
        else
                fputs(text, stdout);

        free(text);
}

void console_report(Server *s, const char *format, ...) {
        va_list ap;
        char *text;

        va_start(ap, format);
        text = format_text(format, ap);
        va_end(ap);

        printf("standin: %s\n", text);
        if (s->reply) {
                buffer_put(s->reply, "standin: ", strlen("standin: "));
                buffer_put(s->reply, text, strlen(text));
                buffer_put(s->reply, "\n", 1);
        }

        free(text);
}

static const Command *find_command(const char *name) {
        static const Command *const tables[] = {
                game_commands, admin_commands, standin_commands, guest_commands, campaign_commands,
        };

        for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
                for (const Command *c = tables[i]; c->name; c++)
                        if (strcasecmp(c->name, name) == 0)
                                return c;

        return NULL;
}

static void reset_cheats(Server *s) {
        for (size_t i = 0; i < n_cvars; i++)
                if (cvar_table[i].flags & CVAR_CHEAT)
                        cvar_set(cvar_table + i, cvar_table[i].initial);
        console_print(s, "FCVAR_CHEAT cvars reverted to defaults.\n");
}

static bool refuse_cheat(Server *s, const char *kind, const char *name, unsigned flags) {
        if (!(flags & CVAR_CHEAT) || cvar_number("sv_cheats"))
                return false;

        console_print(
                s,
                "Can't use cheat %s %s in multiplayer, unless the server has sv_cheats set to 1.\n",
                kind, name);
        return true;
}

static void change_cvar(Server *s, Cvar *c, const char *value) {
        bool is_new = strcmp(cvar_value(c), value) != 0;

        if (refuse_cheat(s, "cvar", c->name, c->flags))
                return;

        cvar_set(c, value);
        if (!is_new)
                return;

        if (c->flags & CVAR_NOTIFY)
                log_line(s, "server_cvar: \"%s\" \"%s\"", c->name, cvar_shown(c));
        if (strcmp(c->name, "sv_cheats") == 0 && cvar_number("sv_cheats") == 0)
                reset_cheats(s);
}

static void show_cvar(Server *s, const Cvar *c) {
        const char *value = cvar_value(c);

        console_print(s, "\"%s\" = \"%s\"", c->name, value);
        if (strcmp(value, c->initial) != 0)
                console_print(s, " ( def. \"%s\" )", c->initial);
        console_print(
                s, "\n%s%s%s%s%s - %s\n", c->flags & CVAR_SV ? " game" : "",
                c->flags & CVAR_NOTIFY ? " notify" : "", c->flags & CVAR_CHEAT ? " cheat" : "",
                c->flags & CVAR_REPLICATED ? " replicated" : "",
                c->flags & (CVAR_SV | CVAR_NOTIFY | CVAR_CHEAT | CVAR_REPLICATED) ? "\n" : "",
                c->help);
}

static void run_cvar(Server *s, Cvar *c, int argc, char **argv) {
        if (argc > 1)
                change_cvar(s, c, argv[1]);
        else
                show_cvar(s, c);
}

void console_run_words(Server *s, int argc, char **argv) {
        const Command *command = find_command(argv[0]);
        unsigned flags;
        Cvar *cvar;

        if (command) {
                command->run(s, argc, argv);
                return;
        }

        cvar = cvar_find(argv[0]);
        if (cvar)
                run_cvar(s, cvar, argc, argv);
        else if (lists_know_command(argv[0], &flags))
                (void) refuse_cheat(s, "command", argv[0], flags);
        else
                console_print(s, "Unknown command \"%s\"\n", argv[0]);
}

/* Takes one word off *p. Returns NULL at the end of the command. */
static char *next_word(const char **p) {
        const char *start;
        char *word;
        size_t size;

        *p += strspn(*p, " \t\r");
        if (strncmp(*p, "//", 2) == 0)
                *p += strcspn(*p, "\n");
        if (**p == '\0' || **p == ';' || **p == '\n')
                return NULL;

        if (**p == '"') {
                start = *p + 1;
                size = strcspn(start, "\"\n");
                *p = start + size + (start[size] == '"');
        } else {
                start = *p;
                size = strcspn(start, " \t\r\n;\"");
                *p = start + size;
        }

        word = strndup(start, size);
        if (!word)
                abort();

        return word;
}

/* Runs the first command in *p and moves past it and its divider. */
static void run_first(Server *s, const char **p) {
        char *words[WORDS_MAX];
        int n = 0;

        while (n < WORDS_MAX && (words[n] = next_word(p)))
                n++;

        if (n == WORDS_MAX)
                *p += strcspn(*p, "\n");
        if (**p != '\0')
                (*p)++;

        if (n > 0)
                console_run_words(s, n, words);
        while (n > 0)
                free(words[--n]);
}

void console_run(Server *s, const char *line) {
        while (*line != '\0' && !s->stop)
                run_first(s, &line);
}

/* The game's parser goes astray at the first byte that is not ASCII: what follows is lost. */
static void cut_at_foreign_byte(Server *s, const char *name, char *text) {
        unsigned line = 1;

        for (unsigned char *p = (unsigned char *) text; *p != '\0'; p++) {
                if (*p == '\n')
                        line++;
                if (*p < 0x80)
                        continue;

                console_report(
                        s, "%s:%u: byte 0x%02x is not ASCII, the rest of the file is lost", name,
                        line, *p);
                *p = '\0';
                return;
        }
}

int console_exec(Server *s, const char *name) {
        char path[512], *text = NULL;
        size_t allocated = 0;
        ssize_t n;
        FILE *f;

        if (s->exec_depth >= EXEC_DEPTH_MAX)
                return -ELOOP;

        if (snprintf(path, sizeof(path), "%s/cfg/%s", s->game, name) >= (int) sizeof(path))
                return -ENAMETOOLONG;

        f = fopen(path, "re");
        if (!f)
                return -errno;

        n = getdelim(&text, &allocated, '\0', f);
        fclose(f);

        /* It may set rcon_password, which ends the sessions. */
        if (s->ready && strcmp(name, "server.cfg") == 0 && cvar_number("standin_exec_drops"))
                rcon_drop(s);
        if (n > 0) {
                cut_at_foreign_byte(s, name, text);
                s->exec_depth++;
                console_run(s, text);
                s->exec_depth--;
        }

        free(text);
        return 0;
}

void console_schedule(Server *s, uint64_t ms, int argc, char **argv) {
        Buffer line = {};

        for (int i = 0; i < argc; i++) {
                buffer_put(&line, "\"", 1);
                buffer_put(&line, argv[i], strlen(argv[i]));
                buffer_put(&line, "\" ", 2);
        }
        buffer_put_u8(&line, 0);

        for (unsigned i = 0; i < SCHEDULE_MAX; i++)
                if (!s->schedule[i].line) {
                        s->schedule[i].line = (char *) line.data;
                        s->schedule[i].due = now_ms() + ms;
                        return;
                }

        console_report(s, "schedule is full, not run: %s", argv[0]);
        buffer_done(&line);
}

void console_run_scheduled(Server *s) {
        uint64_t now = now_ms();

        for (unsigned i = 0; i < SCHEDULE_MAX; i++) {
                char *line = s->schedule[i].line;

                if (!line || s->schedule[i].due > now)
                        continue;

                s->schedule[i].line = NULL;
                console_run(s, line);
                free(line);
        }
}

uint64_t console_next_due(const Server *s) {
        uint64_t due = UINT64_MAX;

        for (unsigned i = 0; i < SCHEDULE_MAX; i++)
                if (s->schedule[i].line && s->schedule[i].due < due)
                        due = s->schedule[i].due;

        return due;
}
