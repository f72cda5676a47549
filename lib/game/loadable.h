/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Whether the loader of this host would accept the programs and libraries of a game tree: their
 * machine, the libraries that they ask for, and the versions of these. An update that can't start
 * is noticed before a server uses it. For what makes versions of the game, and for the findings
 * about overlays. It reads only, and runs nothing.
 *
 * A library is looked for as srcds_run's LD_LIBRARY_PATH has it: in the tree's bin/ and the tree
 * itself, then in the host's directories. A host that has no C library for the game's machine
 * can't run it at all, which `l4d2ctl doctor` reports; there, only files are judged and not their
 * libraries.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

#define LOADABLE_PROGRAM "srcds_linux"

typedef enum LoadFault {
        LOAD_UNREADABLE,    /* a link, not a regular file, or the caller has no right to read it */
        LOAD_NOT_ELF,       /* neither a program nor a library, for example an empty file */
        LOAD_DAMAGED,       /* cut off, or changed */
        LOAD_WRONG_MACHINE, /* for example x86-64 where the game is i386 */
        LOAD_NO_LIBRARY,    /* neither the game nor the host has the library subject */
        LOAD_NO_VERSION,    /* provider lacks the version subject */
        LOAD_MISSING,       /* the tree has no srcds_linux */
} LoadFault;

typedef struct LoadProblem {
        LoadFault fault;
        bool stops_game; /* the game can't start, or can't load a part of itself */
        char *path;      /* below the tree */
        char *subject;   /* a library, a version, or the machine of the file; NULL: none */
        char *provider;  /* the library that lacks the version */
        char *newest;    /* the highest version of the kind that it has instead; NULL: none */
} LoadProblem;

void load_problem_done(LoadProblem *problem);

/* A sentence about it in the current language, without the path, to follow "PATH: "; from malloc.
 * machine comes from load_host_machine(). */
int load_problem_text(const LoadProblem *problem, const char *machine, char **ret) _must_check_;

/* The libraries of the host and of a game, which files are compared with. */
typedef struct LoadHost LoadHost;

/*
 * trees: open directories laid out like the game, topmost first, which stay the caller's and open;
 * the topmost that has srcds_linux decides about the machine, i386 without one. root: "" or a
 * directory in place of the host's "/".
 */
int load_host_new(const int *trees, size_t n_trees, const char *root, LoadHost **ret) _must_check_;

/* "i386" or "x86-64". */
const char *load_host_machine(const LoadHost *host);

/*
 * Looks at the program or library dir_fd/path, without following links. 1 and the problem, which
 * the caller clears; 0: none; or -errno.
 */
int load_host_check(LoadHost *host, int dir_fd, const char *path, LoadProblem *ret) _must_check_;

LoadHost *load_host_free(LoadHost *host);
DEFINE_CLEANUP(LoadHost *, load_host_free)

typedef struct LoadProblems {
        LoadProblem *items;
        size_t n_items;
        size_t n_checked; /* files that were looked at */
        bool stops_game;  /* one of the problems does: not to be published */
        const char *machine;
} LoadProblems;

void load_problems_done(LoadProblems *problems);

/*
 * Looks at srcds_linux and at each library in bin/ and left4dead2/bin/ of the tree game_fd, not in
 * directories below them. A script in place of srcds_linux is accepted. root as above. The game
 * can't start when one of the files is missing, damaged, for another machine, or asks for a
 * version that its library lacks; or when srcds_linux or a library named *_srv.so, which are the
 * game's own, asks for a missing library. 0 or -errno; done in any case.
 */
int loadable_check_game(int game_fd, const char *root, LoadProblems *ret) _must_check_;
