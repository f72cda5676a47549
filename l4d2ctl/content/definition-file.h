/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The definition of an overlay in its store, as verbs read, check and replace it. Each function
 * returns an ExitCode and has said what was wrong.
 */

#include "content/definition.h"
#include "content/store.h"
#include "specs/instance.h"

/* The definition of an open store, parsed. */
int definition_file_load(const Store *store, OverlayDefinition **ret) _must_check_;

/* Its bytes; an overlay without a definition has "kind: files". */
int definition_file_read(const Store *store, Text *ret) _must_check_;

/*
 * Sets the keys of assignments (KEY=VALUE, several of one key make a list, "KEY=" removes the key),
 * all in one change of the text, whose other bytes stay.
 */
int definition_assign(
        const Store *store, char *const *assignments, size_t n_assignments, Text *text)
        _must_check_;

/* Checks the text as the definition that the user of --as-user may have; path is what errors call
 * it. */
int definition_text_check(Ctl *ctl, const char *path, const Text *text) _must_check_;

/* Checks the text as a build script. */
int definition_script_check(const Text *text) _must_check_;

/* Checks the text as the definition that the user of --as-user may have, and replaces the file,
 * unless it has the same bytes. The store is locked. */
int definition_file_save(Ctl *ctl, const Store *store, const Text *text) _must_check_;

/* The bytes of the build script; an overlay without one has none. */
int definition_script_read(const Store *store, Text *ret) _must_check_;

/* Checks the text as a build script and replaces the one of the store, which is locked. */
int definition_script_save(const Store *store, const Text *text) _must_check_;
