/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One run of l4d2ctl: the verb, its options and operands, and what verbs share, opened when first
 * needed. A verb is one row of the table in main.c and one file verb-NAME.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus.h"
#include "config.h"
#include "options.h"
#include "paths.h"
#include "spec.h"
#include "unit-names.h"

/* Documented in l4d2ctl(8): scripts rely on these. */
typedef enum ExitCode {
        CTL_OK = 0,
        CTL_FAILURE = 1,
        CTL_USAGE = 2,
        CTL_NOT_RUNNING = 3, /* status, as systemctl */
        CTL_NO_INSTANCE = 4,
        CTL_INVALID_SPEC = 5,
        CTL_CONFLICT = 6, /* somebody else changed or uses it */
        CTL_FINDINGS = 7, /* audit, doctor: something is not as it should be */
} ExitCode;

typedef struct Ctl Ctl;

typedef struct Verb {
        const char *name;
        const char *operands; /* as help shows them */
        unsigned operands_min, operands_max;
        const char *options;  /* the letters of those it takes, see options.c */
        bool options_first;   /* what follows the first operand is never an option */
        int (*run)(Ctl *ctl); /* returns an ExitCode; the message is out by then */
        const char *summary;
} Verb;

/* Verbs of two words, "user add": the first is the group's, the second one of its rows. */
typedef struct VerbGroup {
        const char *name;
        const Verb *actions;
        size_t n_actions;
        const char *summary;
} VerbGroup;

enum { OPERANDS_MANY = 1024 };

struct Ctl {
        const Verb *verb;
        const VerbGroup *group; /* the verb is an action of this; NULL: of none */
        Options options;
        char **operands;
        size_t n_operands;

        Paths *paths;
        HostConfig *config;
        SpecContext specs;
        bool specs_are_open;
        sd_bus *bus;
};

/*
 * These open what their name says at the first call and return CTL_OK, or log why not and return
 * another ExitCode. ctl_open_specs() includes the configuration.
 */
int ctl_open_config(Ctl *ctl) _must_check_;
int ctl_open_specs(Ctl *ctl) _must_check_;
int ctl_open_bus(Ctl *ctl) _must_check_;

void ctl_close(Ctl *ctl);

/* CTL_OK when all operands from the first-th on are legal names, else says which is not. */
int ctl_check_names(const Ctl *ctl, size_t first) _must_check_;

/* The exit code of several things together: the first that was not OK. */
static inline int exit_code_merge(int all, int one) {
        return all != CTL_OK ? all : one;
}
