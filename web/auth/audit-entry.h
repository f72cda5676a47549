/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The web app's own entries in the audit trail: who logged in, from where, and who failed to. What
 * is done after that, l4d2ctl notes.
 */

/* action: "login", "login-failed" or "logout". user is as typed: any printable text. */
void audit_login(const char *action, const char *user, const char *address);
