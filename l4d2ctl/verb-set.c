/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl set NAME KEY VALUE…: one value of a spec, or all elements of a list; a list without
 * values is an empty one. What follows NAME is never an option, so that values may begin with '-'.
 */

#include <string.h>

#include "change.h"
#include "verbs.h"

int verb_set(Ctl *ctl) {
        const char *values[OPERANDS_MANY + 1];
        size_t first = 2, n = 0;

        if (!instance_name_is_valid(ctl->operands[0]))
                return ctl_check_names(ctl, 0);

        /* Who is used to it writes one "--" before values that look like options. */
        if (first < ctl->n_operands && strcmp(ctl->operands[first], "--") == 0)
                first++;
        for (size_t i = first; i < ctl->n_operands; i++)
                values[n++] = ctl->operands[i];
        values[n] = NULL;

        return change_value(ctl, ctl->operands[0], ctl->operands[1], values);
}
