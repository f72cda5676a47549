/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The spec files of instances, as the verbs read, check and replace them. spec.yaml is the only
 * commit point: an instance exists when its spec does. All functions return an ExitCode and have
 * said what was wrong.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/ctl.h"
#include "specs/instances-lock.h"

typedef struct Text {
        char *data; /* NUL-terminated */
        size_t size;
} Text;

static inline void text_done(Text *text) {
        free(text->data);
}

/* Loads and checks a spec and its blueprint, printing all errors. spec.yaml must be found:
 * CTL_NO_INSTANCE. */
int instance_load(Ctl *ctl, const char *name, Spec **ret) _must_check_;

/* Whether there is such an instance, valid or not: CTL_OK or CTL_NO_INSTANCE. Silent. */
int instance_exists(Ctl *ctl, const char *name) _must_check_;

/* The bytes of a spec, checked for nothing but who owns the file and its size. */
int instance_read(Ctl *ctl, const char *name, Text *ret) _must_check_;

/* "…/instances/NAME/spec.yaml", from malloc; NULL without memory. */
char *instance_spec_path(const Ctl *ctl, const char *name);

/* Any file, "-" for standard input; at most as large as a spec may be. */
int text_read(const char *path, Text *ret) _must_check_;

/*
 * Checks a text as spec of name, against the rules and against the other instances; file is what
 * errors call it. Prints all errors and warns of overlays that do not exist.
 */
int instance_check(Ctl *ctl, const char *name, const char *file, const Text *text, Spec **ret)
        _must_check_;

/* Gives a spec the lists of its blueprint, or prints what is wrong with that; file is what errors
 * call the spec, NULL: its own path. */
int instance_resolve(Ctl *ctl, Spec *spec, const char *file) _must_check_;

/* Warns about overlays that do not exist, which matters only when the server starts, and about
 * overlays whose server.cfg is hidden. */
void instance_warn(const Ctl *ctl, const Spec *spec);
/* who needs them, in messages; overlays may be NULL. */
void overlays_warn(const Ctl *ctl, const char *who, char *const *overlays);

/* Replaces or makes spec.yaml; *ret_changed says whether the bytes differ from before. The lock
 * must be held. */
int instance_write(Ctl *ctl, const char *name, const Text *text, bool *ret_changed) _must_check_;

/* Opens a directory below another, making it with the owner, group and mode of that. 1: it
 * was made, 0: it was there, or -errno. */
int directory_make(int parent_fd, const char *name, int *ret) _must_check_;
