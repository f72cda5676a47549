/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The user for whom l4d2ctl acts: --as-user=NAME, which the web app passes with every command.
 * Without the option, and for admins, all of these return CTL_OK. A user may do only what the row
 * of the verb allows, with servers whose blueprint is their own and with their own blueprints, and
 * may not change keys that are for admins, nor make more servers than servers_per_user= allows. The
 * same holds for their own overlays and user_overlays=.
 *
 * Everything else is CTL_DENIED, and so is each doubt: an unknown user, a file of a user that can't
 * be read, a present spec that can't be parsed. The file of the user is read at each call, so that
 * the answer under a lock is of that moment.
 */

#include "common/ctl.h"
#include "specs/instance.h"

/* Whether the user may use this verb with these operands. Before anything is read for them. */
int actor_check_verb(Ctl *ctl) _must_check_;

/* Whether the server is the user's; one that does not exist is CTL_NO_INSTANCE. */
int actor_check_server(Ctl *ctl, const char *name) _must_check_;

/* From when on the user may see the server's log, CLOCK_REALTIME in µs; 0: all of it. */
int actor_see_since(Ctl *ctl, const char *name, uint64_t *ret) _must_check_;

/*
 * Whether the user may make this the spec of name, which need not exist yet. The lock must be held,
 * or the answer is only good enough to decide what the user is told.
 */
int actor_check_spec(Ctl *ctl, const char *name, const Spec *new) _must_check_;

/* The same with a text, which must be a valid spec: the last check before it is written. */
int actor_check_spec_text(Ctl *ctl, const char *name, const Text *text) _must_check_;

/* Whether the user may make, replace or remove this blueprint. */
int actor_check_ref(Ctl *ctl, const char *ref) _must_check_;

/* Whether the user may change this overlay: its name begins with theirs and a slash. */
int actor_check_overlay(Ctl *ctl, const char *ref) _must_check_;

/* Keeps, of a NULL-terminated list of servers, the user's own. The others are not named: also that
 * they exist is not the user's to see. */
int actor_keep_own(Ctl *ctl, char **names) _must_check_;

/* Whether the user may have overlays that scripts make: admins may. */
int actor_check_scripts(Ctl *ctl) _must_check_;

/* Whether the user may have n overlays. */
int actor_check_overlay_number(Ctl *ctl, size_t n) _must_check_;

/* Whether the user's overlays may take this much of the disk. */
int actor_check_overlay_bytes(Ctl *ctl, uint64_t bytes) _must_check_;

/* Whether the user may make this text the blueprint ref. The lock must be held. */
int actor_check_blueprint_text(Ctl *ctl, const char *ref, const Text *text) _must_check_;
