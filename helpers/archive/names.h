/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Names of files in a list, to find those that differ in upper and lower case only: Windows has one
 * file where Linux has two, and the game finds one of them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

typedef struct ArchiveNames {
        char **items;
        size_t n_items, n_allocated;
} ArchiveNames;

int archive_names_add(ArchiveNames *names, const char *name) _must_check_;

/* The names of a directory's entries, sorted. */
int archive_names_read(int dir_fd, ArchiveNames *ret) _must_check_;

/* For archive_names_find() and archive_names_each_clash(). */
void archive_names_sort(ArchiveNames *names);

/* A name of the sorted list that is the same but for the case of letters; NULL: none. */
const char *archive_names_find(const ArchiveNames *names, const char *name);

/* Whether the sorted list has exactly this name. */
bool archive_names_has(const ArchiveNames *names, const char *name);

/* Calls clash for each two neighbours of the sorted list that differ in case only. */
void archive_names_each_clash(
        const ArchiveNames *names,
        void (*clash)(const char *one, const char *other, void *userdata), void *userdata);

void archive_names_done(ArchiveNames *names);
