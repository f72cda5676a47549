/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Blueprints: what several servers have in common, one file blueprints/OWNER/NAME.yaml each, with
 * the keys description, overlays, arguments and config, the last three by the rules for a spec. A
 * spec that names a blueprint has none of these itself. They are read from the blueprint each time
 * the server's tree is mounted; the generator never reads one.
 */

#include <sys/types.h>

#include "base/name.h"
#include "spec/spec.h"
#include "spec/state-dir.h"

enum {
        BLUEPRINTS_MAX = 4096,                   /* of one owner; also how many owners there are */
        BLUEPRINT_DESCRIPTION_LENGTH_MAX = 1024, /* bytes */
};

typedef struct Blueprint {
        char ref[BLUEPRINT_REF_MAX + 1];        /* OWNER/NAME */
        char *description;                      /* printable UTF-8 in one line; NULL: none */
        char **overlays, **arguments, **config; /* as in Spec; never NULL */
        uint64_t executed;                      /* as in Spec */
        char *motd, *banner;                    /* as in Spec */
        char **rotation;                        /* as in Spec */
        RotateWhen rotate_when;
        struct Arena *arena;
} Blueprint;

/* A blueprint without any value, to compare with. */
extern const Blueprint blueprint_defaults;

/*
 * Checks a text as the blueprint ref; file is what errors are reported under. Returns 0, -EINVAL
 * with at least one error in errors, or -ENOMEM.
 */
int blueprint_parse(
        const char *ref, const char *file, const char *text, size_t size, SpecErrors *errors,
        Blueprint **ret) _must_check_;

/*
 * Reads one of the directory paths->blueprints_dir. -ENOENT: there is none, also when ref can't be
 * a name; -EINVAL: the file has errors; -ENOMEM.
 */
int blueprint_load(const StateDir *blueprints, const char *ref, SpecErrors *errors, Blueprint **ret)
        _must_check_;

/* "OWNER/NAME.yaml" */
enum { BLUEPRINT_FILE_MAX = BLUEPRINT_REF_MAX + sizeof(".yaml") };
void blueprint_file_name(const char *ref, char file[static BLUEPRINT_FILE_MAX]);

/* All refs by owner and name, NULL-terminated; whether the files are good is not looked at. */
int blueprint_list(const StateDir *blueprints, char ***ret) _must_check_;

/*
 * Gives a spec the lists of its blueprint; a spec without a blueprint stays as it is. -EINVAL with
 * errors when the blueprint is unknown (an error in the spec, which file names, NULL: its usual
 * path) or has errors itself, else -errno.
 */
int blueprint_resolve(const Paths *paths, Spec *spec, const char *file, SpecErrors *errors)
        _must_check_;

Blueprint *blueprint_free(Blueprint *blueprint);
DEFINE_CLEANUP(Blueprint *, blueprint_free)
