/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"

/*
 * Writes the texts of the templates of a directory to standard output, as a template of gettext's
 * catalogs. Returns what loading the templates failed with, and says it on standard error.
 */
int template_texts_print(const char *directory) _must_check_;
