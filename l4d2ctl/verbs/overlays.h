/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the actions of the verb overlay: where overlays lie, and their users. */

#include <systemd/sd-json.h>

#include "base/tree-size.h"
#include "common/ctl.h"
#include "content/definition.h"
#include "content/job-name.h"
#include "content/store.h"

/* Opens overlays/. Returns an ExitCode. */
int overlay_open_root(const Ctl *ctl, int *ret_fd) _must_check_;

/* How much space it takes, with all its versions. */
int overlay_size(int root_fd, const char *ref, TreeSize *ret) _must_check_;

/* Says why an overlay can't be opened; error is overlay_dir_open()'s. Returns an ExitCode. */
int overlay_complain(const Ctl *ctl, const char *ref, int error);

/* Opens a path of the current version, flags as for open_beneath(). Returns an ExitCode. */
int overlay_open_entry(Ctl *ctl, const char *ref, const char *path, int flags, int *ret_fd)
        _must_check_;

/* One as `overlay show --json` prints it. Returns an ExitCode. */
int overlay_describe(Ctl *ctl, int root_fd, const char *ref, sd_json_variant **ret) _must_check_;

/* The actions of the same names. */
int overlay_tree(Ctl *ctl) _must_check_;
int overlay_create(Ctl *ctl) _must_check_;
int overlay_put(Ctl *ctl) _must_check_;
int overlay_get(Ctl *ctl) _must_check_;
int overlay_rm(Ctl *ctl) _must_check_;
int overlay_zip(Ctl *ctl) _must_check_;
int overlay_export(Ctl *ctl) _must_check_;
int overlay_apply(Ctl *ctl) _must_check_;
int overlay_delete(Ctl *ctl) _must_check_;
int overlay_rename(Ctl *ctl) _must_check_;
int overlay_versions(Ctl *ctl) _must_check_;
int overlay_rollback(Ctl *ctl) _must_check_;
int overlay_gc(Ctl *ctl) _must_check_;
int overlay_define(Ctl *ctl) _must_check_;
int overlay_script(Ctl *ctl) _must_check_;
int overlay_build(Ctl *ctl) _must_check_;
int overlay_seed(Ctl *ctl) _must_check_;
int overlay_refresh(Ctl *ctl) _must_check_;
int overlay_items(Ctl *ctl) _must_check_;

/* The kind of job that builds overlays of this kind. false: none, people put files there. */
bool overlay_job_kind(OverlayKind kind, JobKind *ret);
int overlay_put_unpacked(Ctl *ctl) _must_check_; /* put with --unpack */
int overlay_unpack(Ctl *ctl) _must_check_;
int overlay_import(Ctl *ctl, const char *ref) _must_check_; /* seed with --from */

/* Creates an overlay without content, which ret has open and not locked. Returns an ExitCode. */
int overlay_create_new(Ctl *ctl, const char *ref, Store *ret) _must_check_;

/* Unpacks the archive source, an exported overlay: its content becomes a version, and its
 * definition lies in the job's out/. Returns an ExitCode. */
int overlay_unpack_exported(Ctl *ctl, const char *ref, const char *source) _must_check_;

/* Which servers and blueprints name which overlays. */
typedef struct OverlayUsers OverlayUsers;

/* A server uses what its blueprint names; errors elsewhere in a file
 * change nothing. Returns an ExitCode. */
int overlay_users_load(Ctl *ctl, OverlayUsers **ret) _must_check_;

size_t overlay_users_count(const OverlayUsers *users, const char *ref);

/* The names of the servers that use it, NULL-terminated, to be freed without the names, which are
 * the users'. NULL without memory. */
char **overlay_users_servers(const OverlayUsers *users, const char *ref);

/* Whether a spec or blueprint names it, an overlay in it, or one that it lies in. */
bool overlay_users_any_around(const OverlayUsers *users, const char *ref);

/* Logs the servers and blueprints that overlay_users_any_around() found, but for a limited user
 * only their own blueprints: the others' names are not theirs to see. */
void overlay_users_log_around(const Ctl *ctl, const OverlayUsers *users, const char *ref);

/* Two arrays of strings: names of servers, and "owner/name" of blueprints. */
int overlay_users_to_json(
        const OverlayUsers *users, const char *ref, sd_json_variant **ret_servers,
        sd_json_variant **ret_blueprints) _must_check_;

/* Adds the overlays that a spec or blueprint names and that do not exist to a sorted list of
 * refs. */
int overlay_users_add_missing(const OverlayUsers *users, char ***refs) _must_check_;

OverlayUsers *overlay_users_free(OverlayUsers *users);
DEFINE_CLEANUP(OverlayUsers *, overlay_users_free)
