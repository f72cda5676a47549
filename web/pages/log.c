/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The log of a server, searched. A child looks for the lines: a search may go through years of
 * journal, and this process has pages to serve.
 */

#include "pages/log-query.h"

#include <stdarg.h>
#include <string.h>

#include "app/answer.h"
#include "app/dispatch.h"
#include "base/exit-code.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "exec/queue.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"
#include "serverlog/line.h"

#define SEARCH_DEADLINE (20 * USEC_PER_SEC)

static const struct {
        const char *value, *label;
} priorities[] = {
        { "debug", N_("everything") },        { "info", N_("info and above") },
        { "notice", N_("notice and above") }, { "warning", N_("warnings and errors") },
        { "err", N_("errors only") },
};

static const unsigned limits[] = { 100, 500, 2000 };

/* --- what is asked for --------------------------------------------------------------------------
 */

static const char *text_of(const Request *request, const char *name) {
        const char *value = request_query(request, name);

        return value ? value : "";
}

void log_query_read(const Request *request, LogQuery *ret) {
        const char *lines = text_of(request, "lines"), *priority = text_of(request, "priority");

        *ret = (LogQuery) {
                .q = text_of(request, "q"),
                .priority = priorities[0].value,
                .since = text_of(request, "since"),
                .until = text_of(request, "until"),
                .before = text_of(request, "before"),
                .lines = limits[1],
                .polls = strcmp(text_of(request, "polls"), "yes") == 0,
        };
        for (size_t i = 0; i < ELEMENTSOF(priorities); i++)
                if (strcmp(priorities[i].value, priority) == 0)
                        ret->priority = priorities[i].value;
        for (size_t i = 0; i < ELEMENTSOF(limits); i++)
                if (strtoul(lines, NULL, 10) == limits[i])
                        ret->lines = limits[i];
}

static _printf_(2, 3) bool add_argument(LogArguments *arguments, const char *format, ...) {
        char *text = arguments->text[arguments->n];
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(text, LOG_ARGUMENT_MAX, format, ap);
        va_end(ap);
        arguments->items[arguments->n++] = text;
        return n < LOG_ARGUMENT_MAX;
}

bool log_arguments_make(
        const char *name, const LogQuery *query, unsigned lines, bool json, LogArguments *ret) {
        bool fits;

        *ret = (LogArguments) {};
        fits = add_argument(ret, "logs") && add_argument(ret, "%s", name) &&
               add_argument(ret, "--all");
        if (fits && json)
                fits = add_argument(ret, "--json");
        if (fits)
                fits = lines > 0 ? add_argument(ret, "--lines=%u", lines)
                                 : add_argument(ret, "--lines=all");
        if (fits && query->q[0] != '\0')
                fits = add_argument(ret, "--grep=%s", query->q);
        if (fits && strcmp(query->priority, priorities[0].value) != 0)
                fits = add_argument(ret, "--priority=%s", query->priority);
        if (fits && query->since[0] != '\0')
                fits = add_argument(ret, "--since=%s", query->since);
        if (fits && query->until[0] != '\0')
                fits = add_argument(ret, "--until=%s", query->until);
        if (fits && query->before[0] != '\0')
                fits = add_argument(ret, "--before=%s", query->before);
        if (fits && query->polls)
                fits = add_argument(ret, "--polls");
        return fits;
}

int log_query_format(const LogQuery *query, char **ret) {
        const char *prefix = "?";
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return -ENOMEM;
        const struct {
                const char *key, *value;
        } parts[] = {
                { "q", query->q },
                { "priority",
                  strcmp(query->priority, priorities[0].value) == 0 ? "" : query->priority },
                { "since", query->since },
                { "until", query->until },
                { "before", query->before },
                { "polls", query->polls ? "yes" : "" },
        };
        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                if (parts[i].value[0] == '\0')
                        continue;
                (void) fprintf(f, "%s%s=", prefix, parts[i].key);
                form_print_escaped(parts[i].value, f);
                prefix = "&";
        }
        if (fclose(f) != 0 || !text) {
                free(text);
                return -ENOMEM;
        }
        *ret = text;
        return 0;
}

/* --- the model ----------------------------------------------------------------------------------
 */

static int choices_to_model(
        const LogQuery *query, sd_json_variant **ret_priorities, sd_json_variant **ret_limits) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(priorities); i++)
                r = sd_json_variant_append_arraybo(
                        ret_priorities, SD_JSON_BUILD_PAIR_STRING("value", priorities[i].value),
                        SD_JSON_BUILD_PAIR_STRING("label", _(priorities[i].label)),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "is_selected", query->priority == priorities[i].value));
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(limits); i++) {
                char label[16];

                (void) snprintf(label, sizeof(label), "%u", limits[i]);
                r = sd_json_variant_append_arraybo(
                        ret_limits, SD_JSON_BUILD_PAIR_UNSIGNED("value", limits[i]),
                        SD_JSON_BUILD_PAIR_STRING("label", label),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_selected", query->lines == limits[i]));
        }
        return r;
}

/* All lines up to the newest. */
static bool is_empty(const LogQuery *query) {
        return query->q[0] == '\0' && query->since[0] == '\0' && query->until[0] == '\0' &&
               query->before[0] == '\0' && !query->polls && query->priority == priorities[0].value;
}

static int query_to_model(const LogQuery *query, sd_json_variant **ret) {
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("q", query->q),
                SD_JSON_BUILD_PAIR_STRING("priority", query->priority),
                SD_JSON_BUILD_PAIR_STRING("since", query->since),
                SD_JSON_BUILD_PAIR_STRING("until", query->until),
                SD_JSON_BUILD_PAIR_UNSIGNED("lines", query->lines),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_polls", query->polls),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_empty", is_empty(query)));
}

static int lines_of_output(const char *output, LogLines *lines) {
        int r;

        lines->now = now_realtime();
        r = sd_json_variant_new_array(&lines->array, NULL, 0);
        for (const char *p = output; r >= 0 && *p;) {
                _cleanup_json_ sd_json_variant *object = NULL;
                size_t length = strcspn(p, "\n");
                _cleanup_free_ char *line = strndup(p, length);

                if (!line)
                        return -ENOMEM;
                p += length + (p[length] == '\n');
                /* The last one may be cut, at CHILD_OUTPUT_MAX. */
                if (sd_json_parse(line, 0, &object, NULL, NULL) >= 0)
                        r = log_lines_append_json(object, lines);
        }
        return r;
}

/* --- the answer ---------------------------------------------------------------------------------
 */

/* Returns the cursor of a line of the model. */
static const char *cursor_at(const LogLines *lines, size_t i) {
        return json_text(sd_json_variant_by_index(lines->array, i), "cursor");
}

/* It goes on where this page begins, by the line's place: many have the same second. */
static int older_href(const char *name, const LogQuery *query, const LogLines *lines, char **ret) {
        LogQuery older = *query;
        _cleanup_free_ char *text = NULL;
        int r;

        older.before = cursor_at(lines, 0);
        r = log_query_format(&older, &text);
        if (r < 0)
                return r;
        return asprintf(ret, "/servers/%s/log%s&lines=%u", name, text, query->lines) < 0 ? -ENOMEM
                                                                                         : 0;
}

static int add_links(
        const char *name, const LogQuery *query, const LogLines *lines, sd_json_variant **model) {
        _cleanup_free_ char *older = NULL, *typed = NULL, *download = NULL, *events = NULL;
        LogQuery whole = *query;
        int r = 0;

        if (lines->n_lines >= query->lines)
                r = older_href(name, query, lines, &older);
        /* A page of what was searched is downloaded with all of it. */
        whole.before = "";
        if (r >= 0)
                r = log_query_format(&whole, &typed);
        if (r < 0)
                return r;
        if (asprintf(&download, "/servers/%s/log.txt%s", name, typed) < 0 ||
            (is_empty(query) && log_events_href(name, lines, &events) < 0))
                return -ENOMEM;

        r = sd_json_variant_set_fieldb(model, "older_href", SD_JSON_BUILD_STRING(older));
        if (r >= 0)
                r = sd_json_variant_set_field_string(model, "download_href", download);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(model, "events_href", SD_JSON_BUILD_STRING(events));
        return r;
}

static void log_lines_clear(LogLines *lines) {
        sd_json_variant_unref(lines->array);
}

/* output: what the child printed. */
static int answer(Request *request, const char *output) {
        _cleanup_json_ sd_json_variant *model = NULL, *object = NULL, *asked = NULL,
                                       *priority_list = NULL, *limit_list = NULL;
        _cleanup_(log_lines_clear) LogLines lines = {};
        LogQuery query;
        Server *server;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        request_set_title(request, _("Log of %s"), server_name(server));
        log_query_read(request, &query);

        r = server_to_model(server, &object);
        if (r >= 0)
                r = query_to_model(&query, &asked);
        if (r >= 0)
                r = choices_to_model(&query, &priority_list, &limit_list);
        if (r >= 0)
                r = lines_of_output(output, &lines);
        if (r < 0)
                return r;
        r = sd_json_buildo(
                &model, SD_JSON_BUILD_PAIR_VARIANT("server", object),
                SD_JSON_BUILD_PAIR_VARIANT("query", asked),
                SD_JSON_BUILD_PAIR_VARIANT("priorities", priority_list),
                SD_JSON_BUILD_PAIR_VARIANT("limits", limit_list),
                SD_JSON_BUILD_PAIR_VARIANT("lines", lines.array),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_lines", lines.n_lines > 0),
                SD_JSON_BUILD_PAIR_UNSIGNED("n_lines", lines.n_lines),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_truncated", lines.n_lines >= query.lines));
        if (r >= 0)
                r = add_links(server_name(server), &query, &lines, &model);
        return r < 0 ? r : answer_page(request, 200, "log", model);
}

static int answer_without_lines(Request *request) {
        return answer(request, "");
}

static int answer_search(Request *request, const void *userdata) {
        const ChildResult *result = userdata;

        if (result->is_late)
                return answer_failed(
                        request, 504, _("The search timed out. Choose a shorter time range."), NULL,
                        answer_without_lines);
        if (result->exit_code != CTL_OK)
                return answer_failed(
                        request, result->exit_code == CTL_USAGE ? 422 : 500, _("Search failed."),
                        result->errors, answer_without_lines);
        return answer(request, result->output);
}

static void on_search(const ChildResult *result, void *userdata) {
        request_continue(userdata, answer_search, NULL, result);
}

int page_log(Request *request) {
        LogArguments arguments;
        ChildCommand command = { .user = request->user->name, .deadline = SEARCH_DEADLINE };
        LogQuery query;
        int r;

        if (!page_find_server(request, &r))
                return r;
        log_query_read(request, &query);
        if (!log_arguments_make(
                    request_parameter(request, "name"), &query, query.lines, true, &arguments))
                return answer_failed(
                        request, 422, _("The search text is too long."), NULL,
                        answer_without_lines);
        command.arguments = arguments.items;

        r = children_run(request->web->children, &command, on_search, request);
        if (r == -EBUSY)
                return answer_busy(
                        request, _("Too many logs are being searched already. Try again."), NULL,
                        answer_without_lines);
        if (r < 0)
                return r;
        request_wait(request);
        return 0;
}
