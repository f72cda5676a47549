/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whom an entry of the audit trail is about: anybody can write one that names another. */

#include <stdbool.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"

/* Returns the user left4me, whose entries are believed like root's; (uid_t) -1 without that
 * user. */
uid_t audit_control_plane_uid(void);

/*
 * The user who asked for what the present entry says, from malloc: the one in L4D2_USER when root
 * or left4me wrote the entry, else its writer. ret_believed may be NULL: whether it is the former.
 */
int audit_entry_get_user(sd_journal *journal, char **ret, bool *ret_believed) _must_check_;
