/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A restart that waits for the build of an overlay: the file after-build-INSTANCE.json in the
 * directory of the server, INSTANCE as in the job's unit. l4d2ctl writes and removes it, after it
 * has checked that the user may restart this server. When the job has made a new version,
 * left4me-when-empty.service queues a restart (server/queued-restart.h) in its place; when it has
 * not, for example because the host was rebooted, it forgets the wish. Nothing here needs root.
 */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "content/job-record.h"
#include "server/queued-restart.h"

enum { BUILD_WISHES_MAX = 64 }; /* of one server; further ones are not seen */

typedef struct BuildWish {
        JobKind kind;
        char ref[JOB_REF_MAX + 1];
        char job[JOB_ID_MAX];                /* the run of the job's unit */
        char version[REF_COMPONENT_MAX + 1]; /* the current one before the build; "": none */
        bool is_now;                         /* also with players */
        uint64_t queued_usec;                /* CLOCK_REALTIME */
        char user[QUEUED_RESTART_USER_MAX + 1];
        char owner[INSTANCE_NAME_MAX + 1]; /* see QueuedRestart */
} BuildWish;

typedef struct BuildWishes {
        BuildWish *items;
        size_t n_items;
} BuildWishes;

/* -EINVAL: not the text of such a file. */
int build_wish_parse(const char *text, BuildWish *ret) _must_check_;

/* Replaces the wish about the same overlay. -ENOENT: unknown instance; -EINVAL: not a ref. */
int build_wish_save(const SpecContext *context, const char *name, const BuildWish *wish)
        _must_check_;

/* 1: removed; 0: there was none. */
int build_wish_remove(const SpecContext *context, const char *name, const char *ref) _must_check_;

/* All of a server, also those about overlays that are gone. 1: removed; 0: there was none. */
int build_wishes_remove(const SpecContext *context, const char *name) _must_check_;

/*
 * Loads those that can be read; a server that is unknown has none. ret_n_bad counts the other
 * files, which are as many wishes that nothing fulfils; may be NULL. Clear in any case.
 */
int build_wishes_load(
        const SpecContext *context, const char *name, BuildWishes *ret, size_t *ret_n_bad)
        _must_check_;
void build_wishes_clear(BuildWishes *wishes);

/* Whether a directory has such a file of any type, as queued_restart_is_beside(). */
bool build_wish_is_beside(const SpecContext *context, const char *directory);

/* [{overlay, job, is_now, queued_usec, user}], for pages and scripts. */
int build_wishes_to_json(const BuildWishes *wishes, sd_json_variant **ret) _must_check_;
