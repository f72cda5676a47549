/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Errors of a file, one message of the log each. */

#include "base/errors.h"

void log_spec_errors(int priority, const SpecErrors *errors);
