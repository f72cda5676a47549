/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * /servers/NAME/console: commands on the console of a running server, each by one run of l4d2ctl,
 * with the answer; earlier commands; and the log beside them.
 */

#include <string.h>

#include "app/access.h"
#include "app/answer.h"
#include "app/command.h"
#include "app/reading.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/visible-text.h"
#include "pages/audit-trail.h"
#include "pages/pages.h"
#include "pages/server-log.h"
#include "pages/server-lookup.h"
#include "view/model.h"

enum {
        LINES_SHOWN = 100,
        HISTORY_SHOWN = 50,
        HISTORY_LOOKED_AT = 500,   /* entries of the journal */
        COMMAND_MAX = 1000,        /* bytes */
        ANSWER_SHOWN = 256 * 1024, /* bytes; cvarlist has about 300 KiB */
};

/* --- earlier commands ---------------------------------------------------------------------------
 */

/* The page while the history is read. */
typedef struct Console {
        const char *name;
        uint64_t since;        /* see access_since() */
        sd_json_variant *said; /* NULL: nothing was run */
        Trail trail;
} Console;

static void console_free(void *data) {
        Console *console = data;

        sd_json_variant_unref(console->said);
        trail_clear(&console->trail);
        free(console);
}

static bool is_command(const TrailEntry *entry, _unused_ void *userdata) {
        return entry->command != NULL;
}

/* In a thread. */
static int read_history(void *data) {
        Console *console = data;
        const TrailQuery query = {
                .instance = console->name,
                .action = "console",
                .only_believed = true,
                .since = console->since,
                .entries = HISTORY_LOOKED_AT,
                .looked_at = HISTORY_LOOKED_AT,
                .wants = is_command,
        };

        return audit_trail_read(&query, &console->trail);
}

/* The last one added has the same command: going through them should not repeat it. */
static bool is_repeated(sd_json_variant *list, const char *command) {
        size_t n = sd_json_variant_elements(list);
        sd_json_variant *last =
                n > 0 ? sd_json_variant_by_key(sd_json_variant_by_index(list, n - 1), "command")
                      : NULL;

        return last && strcmp(sd_json_variant_string(last), command) == 0;
}

static int add_command(const TrailEntry *entry, uint64_t now, sd_json_variant **list) {
        char command[VISIBLE_TEXT_MAX(512)];
        _cleanup_json_ sd_json_variant *time = NULL;
        int r;

        (void) visible_text(entry->command, strnlen(entry->command, 512), command);
        if (is_repeated(*list, command))
                return 0;
        r = model_time(entry->time, now, &time);
        if (r < 0)
                return r;
        return sd_json_variant_append_arraybo(
                list, SD_JSON_BUILD_PAIR_UNSIGNED("usec", entry->time),
                SD_JSON_BUILD_PAIR_VARIANT("time", time),
                SD_JSON_BUILD_PAIR_STRING("user", entry->user),
                SD_JSON_BUILD_PAIR_STRING("command", command));
}

static int history_to_model(const Trail *trail, sd_json_variant **ret) {
        _cleanup_json_ sd_json_variant *list = NULL;
        uint64_t now = now_realtime();
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; i < trail->n_items && r >= 0; i++)
                if (sd_json_variant_elements(list) < HISTORY_SHOWN)
                        r = add_command(&trail->items[i], now, &list);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(list);
        return 0;
}

/* --- the page -----------------------------------------------------------------------------------
 */

static int show(Request *request, void *data, int error) {
        _cleanup_json_ sd_json_variant *model = NULL, *object = NULL, *history = NULL;
        _cleanup_(server_log_clear) LogLines lines = {};
        const Console *console = data;
        _cleanup_free_ char *href = NULL;
        static const Trail none = {};
        Server *server;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        if (error < 0 && !console->said)
                return reading_answer_error(request, error);
        request_set_title(request, _("Console of %s"), server_name(server));

        r = server_to_model(server, &object);
        if (r >= 0)
                r = history_to_model(error < 0 ? &none : &console->trail, &history);
        if (r >= 0)
                r = server_log_read(request, server, LINES_SHOWN, &lines);
        if (r >= 0)
                r = log_events_href(server_name(server), &lines, &href);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("server", object),
                SD_JSON_BUILD_PAIR_VARIANT("said", console->said),
                SD_JSON_BUILD_PAIR_STRING(
                        "command", console->said ? "" : request_typed(request, "command", "")),
                SD_JSON_BUILD_PAIR_VARIANT("history", history),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_history", sd_json_variant_elements(history) > 0),
                SD_JSON_BUILD_PAIR_STRING("events_href", href),
                SD_JSON_BUILD_PAIR_VARIANT("lines", lines.array));
        return r < 0 ? r : answer_page(request, 200, "console", model);
}

/* said: NULL: nothing was run. */
static int run(Request *request, sd_json_variant *said) {
        static const Reading reading = { .read = read_history, .show = show, .free = console_free };
        /* The answer to a command that was run is more than a history. */
        static const Reading reading_beside = {
                .read = read_history, .show = show, .free = console_free, .shows_without = true
        };
        const char *name = request_parameter(request, "name");
        Console *console = calloc(1, sizeof(*console));

        if (!console)
                return -ENOMEM;
        *console = (Console) {
                .name = name,
                .since = access_since(request, name),
                .said = sd_json_variant_ref(said),
        };
        return reading_run(request, said ? &reading_beside : &reading, console);
}

int page_console(Request *request) {
        int r;

        return page_find_server(request, &r) ? run(request, NULL) : r;
}

/* --- a command ----------------------------------------------------------------------------------
 */

/* A command that was run, and the answer of the server. */
typedef struct Said {
        const char *command, *answer;
        size_t size;
} Said;

/* The end of a text that fits, between two characters. */
static size_t cut_at(const char *text, size_t size) {
        if (size <= ANSWER_SHOWN)
                return size;
        for (size = ANSWER_SHOWN; size > 0 && ((unsigned char) text[size] & 0xc0) == 0x80;)
                size--;
        return size;
}

/* l4d2ctl made it visible already; nothing else may become part of the model. */
static int said_to_model(const Said *said, sd_json_variant **ret) {
        size_t size = cut_at(said->answer, said->size);
        _cleanup_free_ char *text = malloc(VISIBLE_TEXT_MAX(size));
        char command[VISIBLE_TEXT_MAX(COMMAND_MAX)];

        if (!text)
                return -ENOMEM;
        (void) visible_text(said->answer, size, text);
        (void) visible_text(said->command, strnlen(said->command, COMMAND_MAX), command);
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("command", command),
                SD_JSON_BUILD_PAIR_STRING("answer", text),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_answer", size > 0),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_cut", size < said->size));
}

static int show_answer(Request *request, const ChildResult *result) {
        const char *command = request_field(request, "command");
        /* The output may be longer than what was kept of it. */
        size_t kept = strnlen(result->output, CHILD_OUTPUT_MAX);
        _cleanup_json_ sd_json_variant *said = NULL;
        int r;

        r = said_to_model(&(Said) { command ? command : "", result->output, kept }, &said);
        return r < 0 ? r : run(request, said);
}

int post_console(Request *request) {
        const char *name = request_parameter(request, "name");
        const char *command = request_field(request, "command");
        char location[INSTANCE_NAME_MAX + 32];

        if (!command || command[strspn(command, " \t\r\n")] == '\0')
                return answer_failed(request, 422, _("Type a command."), NULL, page_console);
        if (strlen(command) > COMMAND_MAX)
                return answer_failed(
                        request, 422, _("The command is too long."), NULL, page_console);
        (void) snprintf(location, sizeof(location), "/servers/%s/console", name);
        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "console", "--", name, command, NULL },
                        .location = location,
                        .done = "",
                        .failed = _("The server gave no answer."),
                        .again = page_console,
                        .then = show_answer,
                });
}
