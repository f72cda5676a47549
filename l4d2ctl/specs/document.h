/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Documents that people write and l4d2ctl edits for them: specs and blueprints. The verbs edit, set
 * and unset are the same for both; the differences are here. All functions return an ExitCode and
 * report their errors.
 */

#include "spec/keys.h"
#include "specs/instance.h"

typedef struct DocumentKind {
        bool is_blueprint; /* for messages: the spec of '1', the blueprint 'a/b' */
        const SpecKeys *keys;

        /* Whether the user of --as-user may change it: CTL_OK. */
        int (*permit)(Ctl *ctl, const char *name);
        /* From malloc, NULL without memory. */
        char *(*path)(const Ctl *ctl, const char *name);
        int (*read)(Ctl *ctl, const char *name, Text *ret);
        /* The text as this document; file is what errors call it. */
        int (*check)(Ctl *ctl, const char *name, const char *file, const Text *text);
        /* Replaces the document by a text that was checked. The lock must be held. */
        int (*save)(Ctl *ctl, const char *name, const Text *text);
} DocumentKind;

extern const DocumentKind spec_documents;
extern const DocumentKind blueprint_documents;

/*
 * Sets one key, values NULL: removes it. Every byte outside the value stays, and a document that
 * would not be valid is not written.
 */
int document_change(
        Ctl *ctl, const DocumentKind *kind, const char *name, const char *key,
        const char *const *values) _must_check_;

/* The operands NAME KEY VALUE… as `set` takes them. */
int document_set(Ctl *ctl, const DocumentKind *kind) _must_check_;

/* Lets the user edit it, as `edit` does. */
int document_edit(Ctl *ctl, const DocumentKind *kind, const char *name) _must_check_;

/* CTL_CONFLICT when --if-match was given and is not of these bytes; NULL: there are none yet. */
int document_match(const Ctl *ctl, const DocumentKind *kind, const char *name, const Text *now)
        _must_check_;
