/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How a process ended, in the words that systemd has for si_code of sigaction(2): "exited" for
 * CLD_EXITED, "killed" for CLD_KILLED, "dumped" for CLD_DUMPED.
 */

#include <stdint.h>

/* NULL: another code. */
const char *exit_word(int32_t code);

/* 0: another word. */
int32_t exit_word_to_code(const char *word);
