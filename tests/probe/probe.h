/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The attack probe: a program that takes the place of the game server and tries, for real and from
 * inside the server's own sandbox, what a hijacked server would try. It knows three instances by
 * their names: it runs as `attacker`, `neighbour` runs beside it, `idle` doesn't run.
 *
 * Every attempt is one row of a table: the vector of the threat model, what is tried, on what, and
 * the function that does it. The function runs in a child process, so a system call that kills it
 * is a result like any other. Nothing here does harm where it succeeds: files are opened for
 * writing but not written, signals are SIGCONT, a reboot is asked for with wrong arguments.
 */

#ifdef __i386__
#define ABI "i386"
#else
#define ABI "x86-64"
#endif

/* The suite's facts about the machine, by `+probe KEY=NUMBER` arguments. */
typedef struct Targets {
        pid_t web;               /* a process of the control plane's user */
        pid_t neighbour;         /* main process of the running neighbour */
        pid_t parent;            /* of the probe itself; 0 when it can't be seen */
        uint16_t neighbour_port; /* in use by the neighbour */
        uint16_t idle_port;      /* of the instance that doesn't run */
        bool only_i386;          /* leave out what a 64-bit program does by its own system calls */
} Targets;

typedef struct Attempt Attempt;

/* Returns 0 when the attack went through, a negative errno when it was refused. */
typedef int (*AttemptFunction)(const Attempt *a, const Targets *t);

struct Attempt {
        const char *vector;
        const char *name;
        const char *object; /* a path, or what the function knows by this word */
        AttemptFunction call;
};

/* Not refused but impossible here for another reason, e.g. a feature that this kernel lacks. */
#define NOT_APPLICABLE 4096

/* One table a group of vectors; the last row is empty. */
extern const Attempt d1_attempts[];
extern const Attempt d2_attempts[];
extern const Attempt d3_attempts[];
extern const Attempt d3_abi_attempts[];
extern const Attempt d4_attempts[];
extern const Attempt d4_socket_attempts[];
extern const Attempt d5_attempts[];
extern const Attempt d6_attempts[];
extern const Attempt d7_attempts[];
extern const Attempt d8_attempts[];

/* The identity of a process that was started through a file with special rights. */
#define IDENTITY_OPTION "--identity"
