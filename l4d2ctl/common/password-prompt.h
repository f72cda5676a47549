/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Asks the user who runs l4d2ctl for a new password. On a terminal it asks twice and shows nothing,
 * and restores the terminal even when a signal ends l4d2ctl meanwhile; else it reads the first line
 * of standard input.
 */

/*
 * Returns an ExitCode and has said what went wrong. The password follows password_complaint()'s
 * rules and is to be freed by password_free().
 */
int password_ask(const char *user, char **ret) __attribute__((warn_unused_result));
