/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The file that carries a server's argv from its spec to left4me-launch: the elements one after the
 * other, a NUL byte after each. layer_render_argv() writes it, this module reads it back. It
 * accepts less than execve() would.
 */

#include <stddef.h>

#include "base/cleanup.h"

enum {
        ARGV_FILE_SIZE_MAX = 96 * 1024, /* bytes; the largest spec renders to less */
        ARGV_FILE_ELEMENTS_MAX = 512,
};

/*
 * Splits data in place; ret_argv is a NULL-terminated array from malloc whose elements point into
 * data. Returns 0, -ENOMEM, or -EBADMSG with what is wrong in reterr_reason (static storage).
 */
int argv_file_parse(char *data, size_t size, char ***ret_argv, const char **reterr_reason)
        _must_check_;

/*
 * An argv as one printable line for the log: elements that are not plain words are quoted, what is
 * not printable ASCII becomes \xNN. From malloc; -ENOMEM.
 */
int argv_format(char *const *argv, char **ret_line) _must_check_;
