/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One run of l4d2ctl: the verb, its options and operands, and what verbs share, opened when first
 * needed. A verb is one row of the table in main.c and one file verbs/NAME.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/exit-code.h"
#include "base/paths.h"
#include "common/options.h"
#include "spec/config.h"
#include "spec/spec.h"
#include "systemd/bus.h"
#include "systemd/unit-names.h"

typedef struct Ctl Ctl;

/* The users that --as-user lets use a verb; admins may use all. */
typedef enum VerbRights {
        RIGHTS_ADMIN,           /* none: what a row says that names no rights */
        RIGHTS_USER,            /* all: it shows what is for all, or checks where it writes */
        RIGHTS_SERVERS,         /* the owner of each operand, a server; there must be one */
        RIGHTS_FIRST_SERVER,    /* the owner of the first operand, a server */
        RIGHTS_BLUEPRINTS,      /* the owner of each operand, a blueprint */
        RIGHTS_FIRST_BLUEPRINT, /* the owner of the first operand, a blueprint */
        RIGHTS_OVERLAYS,        /* the owner of each operand, an overlay */
        RIGHTS_FIRST_OVERLAY,   /* the owner of the first operand, an overlay */
        RIGHTS_SELF,            /* the user who is the first operand */
} VerbRights;

typedef struct Verb {
        const char *name;
        const char *operands; /* as help shows them */
        unsigned operands_min, operands_max;
        OptionSet options;    /* those it takes */
        bool options_first;   /* what follows the first operand is never an option */
        int (*run)(Ctl *ctl); /* returns an ExitCode; the message is out by then */
        const char *summary;
        VerbRights rights;
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
        bool is_limited; /* the user of --as-user was not an admin when the verb began */
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
