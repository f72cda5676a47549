/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trial/rules.h"

#include <stdio.h>
#include <string.h>

#include "trial/rules-internal.h"

bool trial_next_word(const char **text, StraceText *ret) {
        const char *start = *text + strspn(*text, " ");
        size_t length = strcspn(start, " ");

        *text = start + length;
        *ret = (StraceText) { start, length };
        return length > 0;
}

const char *trial_kind_to_string(TrialKind kind) {
        switch (kind) {
        case TRIAL_CALL:
                return "call";
        case TRIAL_BIND:
                return "bind";
        case TRIAL_READ:
                return "read";
        case TRIAL_WRITE:
                return "write";
        case TRIAL_SOCKET:
                return "connect";
        case TRIAL_FAMILY:
                return "family";
        case TRIAL_RIGHT:
                return "right";
        case TRIAL_LINK:
                return "link";
        case _TRIAL_KIND_MAX:
                break;
        }
        return "?";
}

/* --- SystemCallFilter= ------------------------------------------------------------------------ */

typedef enum Verdict { VERDICT_ALLOWED, VERDICT_REFUSED, VERDICT_ERROR } Verdict;

/* "name" or "name:ERROR" of the property. */
static bool word_names(const StraceText *word, const char *name, StraceText *ret_error) {
        size_t length = strlen(name);

        if (!strace_text_starts_with(word, name))
                return false;
        *ret_error = (StraceText) { word->text + length, word->size - length };
        if (ret_error->size == 0)
                return true;
        if (*ret_error->text != ':')
                return false;
        *ret_error = (StraceText) { ret_error->text + 1, ret_error->size - 1 };
        return true;
}

static bool find_name(const char *list, const char *name, StraceText *ret_error) {
        StraceText word;

        while (trial_next_word(&list, &word))
                if (word_names(&word, name, ret_error))
                        return true;
        return false;
}

/* The property is "yes NAME …", an allow-list, or "no NAME NAME:ERROR …"; "no" denies nothing. */
static Verdict filter_verdict(
        const UnitProperties *properties, const char *name, StraceText *ret_error) {
        const char *filter = unit_property(properties, "SystemCallFilter");
        StraceText word;
        bool is_named;

        *ret_error = (StraceText) { "", 0 };
        if (!filter || !trial_next_word(&filter, &word))
                return VERDICT_ALLOWED;
        is_named = find_name(filter, name, ret_error);
        if (is_named && ret_error->size > 0)
                return VERDICT_ERROR;
        return strace_text_equal(&word, "yes") == is_named ? VERDICT_ALLOWED : VERDICT_REFUSED;
}

static void set_text(char *buffer, size_t size, const char *text, size_t length) {
        if (length >= size)
                length = size - 1;
        memcpy(buffer, text, length);
        buffer[length] = '\0';
}

static bool judge_filter(const TrialUnit *unit, const StraceEvent *event, TrialDenial *ret) {
        StraceText error;
        Verdict verdict = filter_verdict(unit->properties, event->call->name, &error);

        if (verdict == VERDICT_ALLOWED)
                return false;
        /* systemd does not tell which calls outside of an allow-list get an error and which end the
         * process. */
        if (verdict == VERDICT_REFUSED)
                error = (StraceText) { "refused", strlen("refused") };
        *ret = (TrialDenial) { .kind = TRIAL_CALL, .directive = "SystemCallFilter=" };
        set_text(ret->effect, sizeof(ret->effect), error.text, error.size);
        set_text(ret->subject, sizeof(ret->subject), event->call->name, strlen(event->call->name));
        return true;
}

/* --- RestrictAddressFamilies= ----------------------------------------------------------------- */

static bool is_family(const StraceText *text) {
        if (!strace_text_starts_with(text, "AF_") || text->size >= 32)
                return false;
        for (size_t i = 3; i < text->size; i++) {
                char c = text->text[i];

                if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
                        return false;
        }
        return true;
}

static bool judge_family(const TrialUnit *unit, const StraceEvent *event, TrialDenial *ret) {
        const char *list = unit_property(unit->properties, "RestrictAddressFamilies");
        StraceText family, word;
        bool is_allow_list, is_named = false;

        /* systemd has no filter for i386, see docs/units.md. */
        if (event->is_i386 || (strcmp(event->call->name, "socket") != 0 &&
                               strcmp(event->call->name, "socketpair") != 0))
                return false;
        if (!strace_argument(event->call, 0, &family) || !is_family(&family))
                return false;
        if (!list || !trial_next_word(&list, &word))
                return false;
        is_allow_list = strace_text_equal(&word, "yes");
        while (!is_named && trial_next_word(&list, &word))
                is_named =
                        word.size == family.size && memcmp(word.text, family.text, word.size) == 0;
        if (is_allow_list == is_named)
                return false;

        *ret = (TrialDenial) {
                .kind = TRIAL_FAMILY,
                .directive = "RestrictAddressFamilies=",
                .effect = "EAFNOSUPPORT",
        };
        set_text(ret->subject, sizeof(ret->subject), family.text, family.size);
        return true;
}

/* --- all together ----------------------------------------------------------------------------- */

size_t trial_judge(
        const TrialUnit *unit, const StraceEvent *event,
        TrialDenial ret[static TRIAL_DENIALS_MAX]) {
        static bool (*const rules[])(const TrialUnit *, const StraceEvent *, TrialDenial *) = {
                judge_filter, judge_family, trial_judge_bind, trial_judge_file, trial_judge_right,
        };
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTSOF(rules) && n < TRIAL_DENIALS_MAX; i++)
                if (rules[i](unit, event, &ret[n]))
                        n++;
        return n;
}

static bool is_interesting(const char *name) {
        return strcmp(name, "socket") == 0 || strcmp(name, "socketpair") == 0 ||
               strcmp(name, "bind") == 0 || trial_is_file_call(name) || trial_is_right_call(name);
}

/* strace shows the calls behind these two, which is what it must be asked for. */
static bool is_multiplexer(const char *name) {
        return strcmp(name, "socketcall") == 0 || strcmp(name, "ipc") == 0;
}

int trial_trace_set(const UnitProperties *properties, char **ret) {
        const char *filter = unit_property(properties, "SystemCallFilter");
        _cleanup_free_ char *text = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        StraceText word, error;
        size_t size = 0, n = 0;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        /* Without an allow-list any call may be of interest. */
        if (filter && trial_next_word(&filter, &word) && strace_text_equal(&word, "yes"))
                while (trial_next_word(&filter, &word)) {
                        char name[STRACE_NAME_MAX];

                        set_text(name, sizeof(name), word.text, word.size);
                        if (filter_verdict(properties, name, &error) == VERDICT_ALLOWED &&
                            !is_interesting(name) && !is_multiplexer(name))
                                /* '?': strace may not have a call of this name. */
                                (void) fprintf(f, "%s?%s", n++ == 0 ? "!" : ",", name);
                }
        if (n == 0)
                (void) fputs("all", f);
        if (fclose(TAKE_PTR(f)) != 0)
                return -ENOMEM;

        *ret = TAKE_PTR(text);
        return 0;
}
