/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Decides whether a system call that strace saw would have been refused by the unit as it normally
 * runs, and by which directive. The rules compare with the properties that systemd reports, so they
 * hold for whatever drop-ins a host has. They look at nothing but these arguments.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "systemd/properties.h"
#include "trial/strace-reader.h"

typedef enum TrialKind {
        TRIAL_CALL,   /* subject: name of the system call */
        TRIAL_BIND,   /* subject: "udp 27005", port 0 is any free one */
        TRIAL_READ,   /* subject: absolute path */
        TRIAL_WRITE,  /* subject: absolute path */
        TRIAL_SOCKET, /* subject: absolute path of a socket to connect to */
        TRIAL_FAMILY, /* subject: "AF_NETLINK" */
        TRIAL_RIGHT,  /* subject: name of the system call that needs a right */
        TRIAL_LINK,   /* subject: absolute path of a link in the tree that leads nowhere */
        _TRIAL_KIND_MAX,
} TrialKind;

enum { TRIAL_SUBJECT_MAX = PATH_MAX, TRIAL_DENIALS_MAX = 2 };

typedef struct TrialDenial {
        TrialKind kind;
        const char *directive;         /* "SystemCallFilter=", a constant */
        char cover[256];               /* the value that matters: "/srv"; "" */
        char effect[STRACE_ERROR_MAX]; /* the error the program gets, or "refused" */
        bool makes_directory;          /* TRIAL_WRITE: the path would become a directory */
        const char *refusal;           /* why no setting should allow it, a constant; or NULL */
        char subject[TRIAL_SUBJECT_MAX];
} TrialDenial;

/* A path on the host, as the users of the host see it. */
typedef struct TrialFile {
        bool exists, is_directory;
        bool is_readable, is_writable; /* by the game's user */
        bool is_roots; /* root owns it, and no other user or group may write there */
        bool is_home;  /* the home directory of a user with a login */
} TrialFile;

typedef struct TrialUnit {
        const UnitProperties *properties; /* of the unit as it normally runs */
        const char *tree;                 /* the game tree as the server sees it */
        void (*look)(const char *path, TrialFile *ret);
        /* Reads the symbolic link that path is, without following it; false when it is not one. */
        bool (*read_link)(const char *path, char target[static TRIAL_SUBJECT_MAX]);
} TrialUnit;

/* Returns how many denials the call would have met. */
size_t trial_judge(
        const TrialUnit *unit, const StraceEvent *event, TrialDenial ret[static TRIAL_DENIALS_MAX]);

/* Whether the call opened the server's game port, which is when it is ready. */
bool trial_is_game_port(const StraceEvent *event, uint16_t port);

/*
 * The value of strace's option -e trace= that covers everything the rules look at, and leaves out
 * the calls a server makes all the time. From malloc.
 */
int trial_trace_set(const UnitProperties *properties, char **ret) _must_check_;

const char *trial_kind_to_string(TrialKind kind);
