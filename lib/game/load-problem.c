/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "base/text.h"
#include "game/loadable.h"

/* The words of loadable.h. */

void load_problem_done(LoadProblem *problem) {
        free(problem->path);
        free(problem->subject);
        free(problem->provider);
        free(problem->newest);
        *problem = (LoadProblem) {};
}

static int version_text(const LoadProblem *problem, char **ret) {
        if (!problem->newest)
                return asprintf(
                        ret, _("it asks for version %s of %s, which doesn't have it"),
                        problem->subject, problem->provider);
        return asprintf(
                ret, _("it asks for version %s of %s, which has %s at most"), problem->subject,
                problem->provider, problem->newest);
}

static const char *plain_text(LoadFault fault) {
        switch (fault) {
        case LOAD_UNREADABLE:
                return N_("it is a link, or can't be read");
        case LOAD_NOT_ELF:
                return N_("it is neither a program nor a library for Linux");
        case LOAD_DAMAGED:
                return N_("it is damaged or incomplete");
        default:
                return N_("it is missing");
        }
}

int load_problem_text(const LoadProblem *problem, const char *machine, char **ret) {
        char *text;
        int r;

        if (problem->fault == LOAD_WRONG_MACHINE)
                r = asprintf(
                        &text, _("it is made for %s, and the game is for %s"), problem->subject,
                        machine);
        else if (problem->fault == LOAD_NO_LIBRARY)
                r = asprintf(
                        &text,
                        _("it asks for the library %s, which neither the game nor the host has "
                          "for %s"),
                        problem->subject, machine);
        else if (problem->fault == LOAD_NO_VERSION)
                r = version_text(problem, &text);
        else
                r = asprintf(&text, "%s", _(plain_text(problem->fault)));
        if (r < 0)
                return -ENOMEM;

        *ret = text;
        return 0;
}
