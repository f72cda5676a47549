/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Styles, scripts and pictures: read once at start, kept as finished answers. NAME.gz beside NAME
 * is what browsers that can unpack it get; nothing is compressed here.
 */

#include "app/request.h"

typedef struct StaticFiles StaticFiles;

/* Reads the files, and every file of a known type in the directories, of a NULL-terminated array of
 * paths. One that isn't there is left out. */
int static_files_load(const char *const *paths, StaticFiles **ret) _must_check_;

/* The route /static/{file}. */
int static_files_serve(Request *request) _must_check_;

StaticFiles *static_files_free(StaticFiles *files);
DEFINE_CLEANUP(StaticFiles *, static_files_free)
