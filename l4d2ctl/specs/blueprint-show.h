/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Blueprints for people and for programs, with the servers that use them. Both return an ExitCode
 * and have said what was wrong. */

#include "common/ctl.h"

/* The operand, if there is one, is an owner. */
int blueprint_list_all(Ctl *ctl) _must_check_;

/* ref must be valid. */
int blueprint_show(Ctl *ctl, const char *ref) _must_check_;
