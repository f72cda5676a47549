/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A new password from whoever runs us: asked for twice on a terminal, which shows nothing of it
 * and is left as it was also when we are killed meanwhile; else the first line of standard input.
 */

/*
 * Returns an ExitCode and has said what went wrong. The password follows password_complaint()'s
 * rules and is to be freed by password_free().
 */
int password_ask(const char *user, char **ret) __attribute__((warn_unused_result));
