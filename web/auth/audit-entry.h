/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The web app's own entries in the audit trail: logins and failed logins, with the address. l4d2ctl
 * notes the actions after that.
 */

/* action: "login", "login-failed" or "logout". user is as typed: any printable text. */
void audit_login(const char *action, const char *user, const char *address);
