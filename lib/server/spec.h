/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The spec of a server with its blueprint, and the generator's output for it: shows whether a
 * server can start, and whether it runs with the current spec.
 */

#include "base/errors.h"
#include "base/sha256.h"
#include "server/build-wish.h"
#include "server/queued-restart.h"
#include "spec/set.h"

typedef struct ServerSpec {
        char *path;            /* of spec.yaml, also when there is none */
        bool exists;           /* there is a spec.yaml, good or bad */
        Spec *spec;            /* NULL: none, or it has errors */
        SpecErrors errors;     /* why systemd's generator leaves it out, or of its blueprint */
        bool is_unread;        /* it is good, but systemd has not been reloaded since */
        char *notes;           /* what the generator said about it then, or NULL */
        QueuedRestart restart; /* the one that is queued; left4me-when-empty.service may be about to
                                  forget it, see queued_restart_is_due() */
        BuildWishes after_builds;     /* restarts that wait for builds */
        char digest[SHA256_TEXT_MAX]; /* see render/digest.h; "": it has errors, or there is none */
} ServerSpec;

/*
 * all: all existing specs, to find a port used twice; NULL: they are loaded when needed. A bad spec
 * is not a failure. -ENOMEM, or -errno when the generator's output can't be read. Clear in any
 * case.
 */
int server_spec_load(
        const SpecContext *context, const char *name, const SpecSet *all, ServerSpec *ret)
        _must_check_;
void server_spec_clear(ServerSpec *spec);

/* There is none, or it has errors: the server can't be started. */
bool server_spec_is_refused(const ServerSpec *spec);

/* "valid", "refused", "changed" (since the start), "unread" (by systemd) or "missing". */
const char *server_spec_word(const ServerSpec *spec, bool is_changed);
