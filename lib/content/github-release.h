/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Answers of GitHub's API about a release, which are untrusted: its tag, and the one file of it
 * that a pattern chooses. For left4me-release.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum { GITHUB_ANSWER_MAX = 8 * 1024 * 1024, GITHUB_ASSETS_MAX = 1000 };

/* A file of a release. All texts are printable and from malloc. */
typedef struct GithubAsset {
        uint64_t id;
        char *tag;     /* of its release */
        char *name;    /* without '/' */
        char *url;     /* http:// or https:// */
        char *updated; /* when it was uploaded, as GitHub writes times; "": unknown */
        char *sha256;  /* 64 lower-case hexadecimal digits; NULL: GitHub doesn't say */
        uint64_t size; /* in bytes */
} GithubAsset;

/*
 * The path below the API's base URL that answers about a release: the latest, or one by its tag.
 * repository is OWNER/NAME. From malloc. -EINVAL: not such a repository; -ENOMEM.
 */
int github_release_path(const char *repository, const char *tag, char **ret) _must_check_;

/*
 * Chooses the asset whose name matches the pattern of fnmatch(3); NULL: the only archive. -EBADMSG:
 * the answer is not about a release; -ENOENT: no asset matches; -ENOTUNIQ: more than one does.
 * ret_names has the names of all assets then, or of those that match, from malloc.
 */
int github_release_choose(const char *text, const char *pattern, GithubAsset *ret, char **ret_names)
        _must_check_;

void github_asset_done(GithubAsset *asset);

/* Whether a file's name ends as those of the archives that can be unpacked. */
bool name_is_archive(const char *name);

/* 64 hexadecimal digits; small and capital letters are accepted. */
bool sha256_text_is_valid(const char *text);
