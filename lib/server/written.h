/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files that a server itself wrote: which of them may be read by its owner, and the words in which
 * l4d2ctl asks left4me-written@.service for them. The directory that has all of them is closed to
 * the control plane, because it also has configuration with passwords.
 *
 * A request is one line, "list NAME SINCE", "get NAME SINCE PATH" or "tree NAME SINCE PATH"; SINCE
 * is from when on the asking user owns the server, µs. The answer is a line "ok SIZE" and SIZE
 * bytes, JSON but for a file; or "error WORD". All of it is hostile to the side that reads it.
 *
 * "tree" answers with the entries of any directory, their names and sizes and nothing of what is in
 * them: {entries: [{name, mode, size_bytes, changed_usec, device}], is_truncated}. PATH is "."
 * for the top. "missing": the server wrote nothing there; "refused": there it has something else
 * than a directory.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/name.h"

#define WRITTEN_SOCKET "written" /* in run_dir */

enum {
        WRITTEN_PATH_MAX = 512,     /* bytes of a path below the server's tree */
        WRITTEN_REQUEST_MAX = 1024, /* of a request and of an answer's first line */
        WRITTEN_LIST_MAX = 2000,    /* files in a list: the newest */
        WRITTEN_TREE_MAX = 10000,   /* entries of a directory */
        WRITTEN_DEPTH_MAX = 4,      /* levels of directories below one that is offered */
};

typedef enum WrittenVerb {
        WRITTEN_LIST,
        WRITTEN_GET,
        WRITTEN_TREE,
        _WRITTEN_VERB_MAX,
} WrittenVerb;

typedef struct WrittenRequest {
        WrittenVerb verb;
        char name[INSTANCE_NAME_MAX + 1];
        uint64_t since;                  /* 0: all */
        char path[WRITTEN_PATH_MAX + 1]; /* "" with WRITTEN_LIST */
} WrittenRequest;

/* The directories that are offered, in the order of the list; NULL-terminated. */
extern const char *const written_directories[];

/*
 * Whether a path is one that is offered: a file in such a directory, relative, without hidden parts
 * and with a printable name. It says nothing about what is there.
 */
bool written_path_is_offered(const char *path);

/* The request as a line, for written_request_parse(). -EINVAL: it is not a valid one. */
int written_request_format(const WrittenRequest *request, char ret[static WRITTEN_REQUEST_MAX])
        _must_check_;

/* line: without the line's end. -EINVAL: not a request; -EPERM: its path is not offered. */
int written_request_parse(const char *line, WrittenRequest *ret) _must_check_;

/* Reads the first line of an answer, without the line's end. -ENOENT, -EPERM, -EBUSY, -EIO: the
 * other side's error; -EBADMSG: not an answer. */
int written_answer_parse(const char *line, uint64_t *ret_size) _must_check_;

/* The word for an error in an answer; any other error is "failed". */
const char *written_error_word(int error);
