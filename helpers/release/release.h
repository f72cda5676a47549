/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The parts of left4me-release: where an archive comes from, and the record of the release that a
 * version of the overlay has, which is a file of that version. So a rollback, an empty beginning
 * and a build that failed later need no care. Functions that return an error have logged it.
 */

#include <stdbool.h>

#include "archive/names.h"
#include "download/download.h"
#include "common/producer.h"

#define RELEASE_RECORD ".left4me-release"

/* An archive that can be downloaded. */
typedef struct ReleaseSource {
        char *url;
        char *name;    /* of the file, for people */
        char *version; /* the tag of its release; NULL: none */
        char *key;     /* the same text means the same archive, for a URL the same place */
        char *sha256;  /* as its server says, in small letters; NULL: it doesn't */
        uint64_t size; /* DOWNLOAD_SIZE_UNKNOWN */
        bool is_fixed; /* the key is about the content */
} ReleaseSource;

#define RELEASE_SOURCE_INIT { .size = DOWNLOAD_SIZE_UNKNOWN }

/* Finds the archive that the job names: asks GitHub about a release. */
int release_find_source(const Producer *producer, ReleaseSource *ret) _must_check_;
void release_source_done(ReleaseSource *source);

/* Only https, but for tests, whose GitHub is one of http. */
bool release_url_is_allowed(const Producer *producer, const char *url);

/* The record that the tree has, an empty object where it has none. */
int release_record_load(const Producer *producer, sd_json_variant **ret) _must_check_;
int release_record_write(const Producer *producer, sd_json_variant *record) _must_check_;

/* A text of the record, "" where it is missing; borrowed. */
const char *release_record_text(sd_json_variant *record, const char *key);

/* Removes the files of the record that the new release does not have and no pattern keeps. */
int release_remove_old(
        const Producer *producer, sd_json_variant *record, const ArchiveNames *placed,
        char *const *keep) _must_check_;
