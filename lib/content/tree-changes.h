/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A list of changes to the files of an overlay, as JSON, that become one version. The web app makes
 * it of what its users do; `l4d2ctl overlay apply` reads it and trusts nothing of it.
 *
 *     { "if_exists": "refuse", "changes": [
 *         { "do": "mkdir", "path": "left4dead2/cfg" },
 *         { "do": "put", "path": "left4dead2/cfg/a.cfg", "text": "…", "match": "SHA-256 or empty"
 * }, { "do": "put", "path": "left4dead2/addons/a.vpk", "upload": "NAME", "sha256": "…" }, { "do":
 * "move", "path": "a.cfg", "to": "left4dead2/cfg/b.cfg" }, { "do": "remove", "path":
 * "left4dead2/logs" } ] }
 */

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"

enum {
        TREE_CHANGES_MAX = 20000,
        TREE_CHANGES_SIZE_MAX = 16 * 1024 * 1024, /* bytes of the JSON */
        TREE_CHANGE_TEXT_MAX = 1024 * 1024,       /* bytes of a text */
        TREE_CHANGE_PATH_MAX = 1000,              /* bytes of a path */
};

typedef enum TreeChangeKind {
        TREE_CHANGE_MKDIR,
        TREE_CHANGE_REMOVE,
        TREE_CHANGE_MOVE,
        TREE_CHANGE_TEXT,
        TREE_CHANGE_UPLOAD,
} TreeChangeKind;

/* The choice about a file that a put or a move finds at its place. */
typedef enum TreeChangeExists {
        TREE_EXISTS_REFUSE,
        TREE_EXISTS_REPLACE,
        TREE_EXISTS_KEEP_BOTH, /* the new one gets another name */
        _TREE_EXISTS_MAX,
} TreeChangeExists;

/* All texts belong to the list. Paths are valid for layer/tree-edit.h, and printable. */
typedef struct TreeChange {
        TreeChangeKind kind;
        const char *path;
        const char *to;     /* of a move */
        const char *text;   /* of a text */
        const char *match;  /* of a text: the SHA-256 of the file that it replaces; "", also of a
                             * directory: there must be nothing; NULL: whatever there is */
        const char *upload; /* a file in uploads/ */
        const char *sha256; /* of the upload; NULL: not checked */
        const char *parts_sha256; /* of its parts, see sha256_of_parts(); NULL: not checked */
} TreeChange;

typedef struct TreeChanges {
        TreeChangeExists exists;
        TreeChange *items;
        size_t n_items;
        sd_json_variant *json;
} TreeChanges;

/*
 * Parses a text, which must be NUL-terminated. -EINVAL, and *ret_problem in static storage, for
 * anything but such a list; -E2BIG: it is too long; -ENOMEM. Clear in any case.
 */
int tree_changes_parse(const char *text, TreeChanges *ret, const char **ret_problem) _must_check_;
void tree_changes_clear(TreeChanges *changes);

/* Whether a text can be the name of an upload: letters, digits, ':', '-' and '_'. */
bool upload_name_is_valid(const char *name);
