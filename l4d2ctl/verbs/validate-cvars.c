/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl validate --cvars: compares the config lines of a server with its own list of commands and
 * variables, or with the list of another one while it does not run. A plugin that is not loaded yet
 * makes its variables unknown. */

#include <string.h>

#include "base/log.h"
#include "jobs/session.h"
#include "query/cvar-list.h"
#include "specs/instance.h"
#include "verbs/validate-cvars.h"

typedef struct Check {
        const char *name, *asked; /* the server, and the one whose list it is */
        const CvarList *cvars;
        sd_json_variant **array; /* NULL: for people */
        size_t line, n_found;
} Check;

static int report(Check *check, const char *word, bool is_unknown) {
        check->n_found++;
        if (check->array)
                return sd_json_variant_append_arraybo(
                        check->array, SD_JSON_BUILD_PAIR_STRING("server", check->name),
                        SD_JSON_BUILD_PAIR_UNSIGNED("line", check->line),
                        SD_JSON_BUILD_PAIR_STRING("word", word),
                        SD_JSON_BUILD_PAIR_STRING("problem", is_unknown ? "unknown" : "cheat"),
                        SD_JSON_BUILD_PAIR_STRING("asked", check->asked));
        if (is_unknown)
                log_warning(
                        "%s: config line %zu: '%s' knows no command or variable '%s'", check->name,
                        check->line, check->asked, word);
        else
                log_warning(
                        "%s: config line %zu: '%s' has an effect only with sv_cheats 1",
                        check->name, check->line, word);
        return 0;
}

static int check_word(Check *check, const char *text, size_t size) {
        char word[CVAR_NAME_MAX + 1];
        const Cvar *cvar;

        if (size == 0 || size > CVAR_NAME_MAX)
                return 0;
        memcpy(word, text, size);
        word[size] = '\0';
        cvar = cvar_list_find(check->cvars, word);
        if (!cvar)
                return report(check, word, true);
        return cvar->flags & CVAR_CHEAT ? report(check, word, false) : 0;
}

/* The end of a command: a semicolon or a comment outside of quotes, or the line's. */
static const char *find_end(const char *text) {
        bool is_quoted = false;

        for (; *text != '\0'; text++) {
                if (*text == '"')
                        is_quoted = !is_quoted;
                if (!is_quoted && (*text == ';' || strncmp(text, "//", 2) == 0))
                        break;
        }
        return text;
}

static int check_line(Check *check, const char *line) {
        for (;;) {
                const char *end = find_end(line), *word = line + strspn(line, " \t\"");
                size_t size = strcspn(word, " \t\";/");
                int r = word < end ? check_word(check, word, size) : 0;

                if (r < 0 || *end != ';')
                        return r;
                line = end + 1;
        }
}

static int check_config(Check *check, char *const *config) {
        int r = 0;

        for (; config && *config && r >= 0; config++) {
                check->line++;
                r = check_line(check, *config);
        }
        return r;
}

int validate_cvars(Ctl *ctl, const char *name, sd_json_variant **array) {
        _cleanup_(cvar_list_clear) CvarList cvars = {};
        _cleanup_(spec_freep) Spec *spec = NULL;
        char asked[INSTANCE_NAME_MAX + 1];
        Check check = { .name = name, .asked = asked, .cvars = &cvars, .array = array };
        int r;

        r = instance_load(ctl, name, &spec);
        if (r == CTL_OK)
                r = session_cvars_near(ctl, name, asked, &cvars);
        if (r != CTL_OK)
                return r;
        r = check_config(&check, spec->config);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to check the config of '%s'", name);
                return CTL_FAILURE;
        }
        return check.n_found > 0 ? CTL_FINDINGS : CTL_OK;
}
