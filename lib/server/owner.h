/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Since when a server belongs to the owner of its blueprint. A name may be used again and a server
 * may change hands: the log and the audit trail of before belong to those who had it then. l4d2ctl
 * notes the owner and the time in instances/NAME/owner when it writes a spec that changes the
 * owner; the web app and `l4d2ctl logs --as-user` read it. Admins see everything, whatever it says.
 */

#include <stdint.h>

#include "spec/spec.h"

/*
 * blueprint is the one in the spec, NULL: none, which makes it the admins'. The time in
 * CLOCK_REALTIME µs. Without a note, or with one about another owner, it is the time of the last
 * change of the spec. -errno when neither can be found out: then nothing is to be shown.
 */
int server_owner_since(
        const SpecContext *context, const char *name, const char *blueprint, uint64_t *ret)
        _must_check_;

/*
 * 1: the server belongs to this user now, by its spec, which may have errors elsewhere; also for
 * "", a user to whom all belong. 0: not, or it has no spec. -errno when that can't be found out.
 */
int server_owner_is(const SpecContext *context, const char *name, const char *owner) _must_check_;

/*
 * Writes the note, before a spec with this text is put into the directory; does nothing when the
 * owner stays the same. -errno.
 */
int server_owner_note(
        const SpecContext *context, int instance_fd, const char *name, const char *text,
        size_t size) _must_check_;

/* Removes the note, of a server that came to nothing. */
int server_owner_forget(int instance_fd);
