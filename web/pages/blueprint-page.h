/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the pages of one blueprint. */

#include "app/request.h"
#include "base/sha256.h"
#include "spec/blueprint.h"

/* "owner/name" of the path. */
void blueprint_ref_of(const Request *request, char ref[static BLUEPRINT_REF_MAX + 1]);

/* The file of a blueprint, good or bad. */
typedef struct BlueprintText {
        char *text; /* as it is */
        size_t size;
        char match[SHA256_TEXT_MAX]; /* its checksum: which version of it this is */
        Blueprint *blueprint;        /* NULL: it has errors */
        SpecErrors errors;
} BlueprintText;

/* -ENOENT: there is none. Clear in any case. */
int blueprint_text_read(const Request *request, const char *ref, BlueprintText *ret) _must_check_;
void blueprint_text_clear(BlueprintText *text);

/* Answers a form that was made of another version than the current one. */
int blueprint_conflict(Request *request, RouteHandler again) _must_check_;

/*
 * Runs `l4d2ctl blueprint create` with a whole new text, unless another user has saved a version
 * since the form with this checksum was made. match NULL: the name must be new.
 */
int blueprint_save(
        Request *request, const char *ref, const char *text, size_t size, const char *match,
        RouteHandler again) _must_check_;
