/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl set NAME KEY VALUE…: one value of a spec, or all elements of a list; a list without
 * values is an empty one. Arguments after NAME are never options, so that values may begin with
 * '-'. With --file each line of a file is a value: that is the way for passwords, because other
 * users can see command lines.
 */

#include <string.h>

#include "base/log.h"
#include "specs/document.h"
#include "verbs/verbs.h"

/* The values, borrowed from wherever they came from. */
typedef struct Values {
        const char *items[OPERANDS_MANY + 1];
        size_t n;
} Values;

static int add_line(Values *values, const char *line) {
        if (values->n >= OPERANDS_MANY) {
                log_error("More than %d values", OPERANDS_MANY);
                return CTL_USAGE;
        }
        values->items[values->n++] = line;
        values->items[values->n] = NULL;
        return CTL_OK;
}

/* Cuts the text at its line ends. */
static int read_lines(const char *path, Text *text, Values *values) {
        char *line;
        int r;

        r = text_read(path, text);
        if (r != CTL_OK)
                return r;
        if (memchr(text->data, '\0', text->size)) {
                log_error("Failed to read %s: it contains a NUL byte", path);
                return CTL_USAGE;
        }

        line = text->data;
        while (r == CTL_OK && *line != '\0') {
                char *end = strchrnul(line, '\n');
                bool is_last = *end == '\0';

                *end = '\0';
                r = add_line(values, line);
                line = is_last ? end : end + 1;
        }
        return r;
}

/*
 * The command line can be seen in the list of processes, and journald notes it down with whatever a
 * process logs. So a password is moved out of it, which leaves little time to see it.
 */
static int hide_operand(char *operand, char **ret) {
        char *copy = strdup(operand);

        if (!copy) {
                (void) log_error_errno(-ENOMEM, "Failed to set a password");
                return CTL_FAILURE;
        }
        explicit_bzero(operand, strlen(operand));
        *ret = copy;
        return CTL_OK;
}

static int take_operands(const Ctl *ctl, char **secret, Values *values) {
        size_t first = 2;

        /* By habit, users may write one "--" before values that look like options. */
        if (first < ctl->n_operands && strcmp(ctl->operands[first], "--") == 0)
                first++;
        for (size_t i = first; i < ctl->n_operands; i++)
                values->items[values->n++] = ctl->operands[i];

        if (strcmp(ctl->operands[1], "rcon_password") == 0 && values->n == 1) {
                int r = hide_operand(ctl->operands[first], secret);

                if (r != CTL_OK)
                        return r;
                values->items[0] = *secret;
        }
        return CTL_OK;
}

int document_set(Ctl *ctl, const DocumentKind *kind) {
        _cleanup_(text_done) Text text = {};
        _cleanup_free_ char *secret = NULL;
        Values values = {};
        int r;

        if (ctl->options.file && ctl->n_operands > 2) {
                log_error("Use either values or --file=%s, not both", ctl->options.file);
                return CTL_USAGE;
        }
        r = ctl->options.file ? read_lines(ctl->options.file, &text, &values)
                              : take_operands(ctl, &secret, &values);
        if (r != CTL_OK)
                return r;
        return document_change(ctl, kind, ctl->operands[0], ctl->operands[1], values.items);
}

int verb_set(Ctl *ctl) {
        if (!instance_name_is_valid(ctl->operands[0]))
                return ctl_check_names(ctl, 0);
        return document_set(ctl, &spec_documents);
}
