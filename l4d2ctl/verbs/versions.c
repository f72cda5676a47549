/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* l4d2ctl overlay|game versions|rollback|gc: versions of content, and which one servers get. */

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/tree-size.h"
#include "common/audit-log.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "content/install-job.h"
#include "content/store.h"
#include "game/build-id.h"
#include "jobs/job-run.h"
#include "layer/overlay-store.h"
#include "layer/versions.h"
#include "spec/overlay-dir.h"
#include "verbs/overlays.h"

static int load(const Store *store, VersionList *ret) {
        int r;

        r = version_list_load(store->fd, ret);
        if (r >= 0)
                return CTL_OK;
        (void) log_error_errno(r, "Failed to list the versions in %s", store->path);
        return store_exit_code(r);
}

/* --- versions -----------------------------------------------------------------------------------
 */

static int size_of(const Store *store, const Version *version, TreeSize *ret) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, VERSIONS_PREFIX "%s", version->id) < 0) {
                path = NULL;
                return -ENOMEM;
        }
        return tree_size(store->fd, path, ret);
}

static void read_build(const Store *store, const Version *version, char ret[static BUILD_ID_MAX]) {
        _cleanup_free_ char *path = NULL;
        _cleanup_close_ int fd = -EBADF;

        ret[0] = '\0';
        if (asprintf(&path, VERSIONS_PREFIX "%s", version->id) < 0) {
                path = NULL;
                return;
        }
        fd = open_beneath(store->fd, path, O_RDONLY | O_DIRECTORY);
        if (fd < 0 || build_id_read(fd, ret) < 0)
                ret[0] = '\0';
}

/* Facts about a version that the list of versions lacks. */
typedef struct VersionFacts {
        TreeSize size;
        bool is_used;
        char build[BUILD_ID_MAX]; /* of the game; "": unknown, or an overlay's */
} VersionFacts;

/* -ENOENT: it was removed since it was listed. */
static int find_facts(Store *store, const Version *version, VersionFacts *ret) {
        VersionFacts facts = {};
        int r;

        r = store_version_is_used(version->id, store);
        if (r < 0)
                return r;
        facts.is_used = r > 0;
        r = size_of(store, version, &facts.size);
        if (r < 0)
                return r;
        if (!store->ref)
                read_build(store, version, facts.build);
        *ret = facts;
        return 0;
}

static int add_as_json(
        sd_json_variant **array, const Store *store, const Version *version,
        const VersionFacts *facts) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("version", version->id),
                SD_JSON_BUILD_PAIR_UNSIGNED("made_usec", version->made),
                SD_JSON_BUILD_PAIR_UNSIGNED("size_bytes", facts->size.bytes),
                SD_JSON_BUILD_PAIR_UNSIGNED("saved_bytes", facts->size.saved),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_current", version->is_current),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_mounted", facts->is_used));
        if (r >= 0 && !store->ref)
                r = sd_json_variant_set_fieldb(
                        &object, "build",
                        SD_JSON_BUILD_STRING(facts->build[0] != '\0' ? facts->build : NULL));
        return r < 0 ? r : sd_json_variant_append_array(array, object);
}

static int add_as_row(Listing *listing, const Version *version, const VersionFacts *facts) {
        char size[SIZE_TEXT_MAX], saved[SIZE_TEXT_MAX], made[TIME_TEXT_MAX];

        (void) size_format(facts->size.bytes, size);
        (void) size_format(facts->size.saved, saved);
        time_format(version->made, made);
        return listing_add(
                listing, (const char *[]) {
                                 version->id,
                                 made,
                                 size,
                                 facts->size.saved == 0 ? NULL : saved,
                                 version->is_current ? _("yes") : NULL,
                                 facts->is_used ? _("yes") : NULL,
                                 facts->build[0] != '\0' ? facts->build : NULL,
                         });
}

static int print(Ctl *ctl, Store *store, const VersionList *list) {
        /* An overlay has no build. */
        const ListingColumn columns[] = {
                { N_("VERSION"), false },
                { N_("CREATED"), false },
                { N_("SIZE"), true },
                { N_("SAVED"), true },
                { N_("CURRENT"), false },
                { N_("MOUNTED"), false },
                { store->ref ? NULL : N_("BUILD"), false },
                {},
        };
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *array = NULL;
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        r = ctl->options.json ? sd_json_variant_new_array(&array, NULL, 0)
                              : listing_new(columns, &listing);
        /* The newest first. */
        for (size_t i = list->n_items; r >= 0 && i-- > 0;) {
                const Version *version = &list->items[i];
                VersionFacts facts;

                r = find_facts(store, version, &facts);
                if (r == -ENOENT) {
                        r = 0; /* removed since it was listed */
                        continue;
                }
                if (r >= 0)
                        r = listing ? add_as_row(listing, version, &facts)
                                    : add_as_json(&array, store, version, &facts);
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the versions in %s", store->path);
                return store_exit_code(r);
        }
        return listing ? listing_print(listing) : print_json(array);
}

static int show_versions(Ctl *ctl, Store *store) {
        _cleanup_(version_list_clear) VersionList list = {};
        int r;

        r = load(store, &list);
        return r == CTL_OK ? print(ctl, store, &list) : r;
}

int overlay_versions(Ctl *ctl) {
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = store_open_to_read(ctl, ctl->operands[0], &store);
        return r == CTL_OK ? show_versions(ctl, &store) : r;
}

static int game_versions(Ctl *ctl) {
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = store_open_game(ctl, &store);
        return r == CTL_OK ? show_versions(ctl, &store) : r;
}

/* --- rollback -----------------------------------------------------------------------------------
 */

/* id: NULL: the one before the current one. */
static int choose(
        const Store *store, const VersionList *list, const char *id, const Version **ret) {
        *ret = id ? version_list_find(list, id) : version_list_previous(list);
        if (*ret)
                return CTL_OK;
        if (!id)
                log_error("Failed to roll back: %s has no older version", store->path);
        else if (store->ref)
                log_error(
                        "No version '%s' of the overlay '%s': see 'l4d2ctl overlay versions %s'",
                        id, store->ref, store->ref);
        else
                log_error("No version '%s' of the game: see 'l4d2ctl game versions'", id);
        return id ? CTL_NO_INSTANCE : CTL_CONFLICT;
}

static int roll_back(Store *store, const char *id) {
        _cleanup_(version_list_clear) VersionList list = {};
        const Version *version = NULL;
        int r;

        r = load(store, &list);
        if (r == CTL_OK)
                r = choose(store, &list, id, &version);
        if (r != CTL_OK)
                return r;
        r = version_switch(store->fd, store->staging_fd, version->id);
        if (r < 0) {
                (void) log_error_errno(
                        r, "Failed to make version %s in %s current", version->id, store->path);
                return store_exit_code(r);
        }
        if (store->ref)
                log_notice(
                        "The overlay '%s' is at version %s again; a server gets it when it starts",
                        store->ref, version->id);
        else
                log_notice(
                        "The game is at version %s again; a server gets it when it starts",
                        version->id);
        return CTL_OK;
}

int overlay_rollback(Ctl *ctl) {
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = store_open(ctl, ctl->operands[0], &store);
        if (r != CTL_OK)
                return r;
        audit_log_overlay(store.ref, "rollback");
        return roll_back(&store, ctl->n_operands > 1 ? ctl->operands[1] : NULL);
}

/* While left4me-install.service runs, nothing else changes the game. */
static int open_to_change(Ctl *ctl, Store *ret) {
        int r;

        r = job_check_idle(ctl, JOB_INSTALL, NULL);
        if (r == CTL_OK)
                r = store_open_game(ctl, ret);
        return r == CTL_OK ? store_lock(ret) : r;
}

static int request_rollback(Ctl *ctl, void *userdata _unused_) {
        const char *version = ctl->n_operands > 0 ? ctl->operands[0] : "";
        InstallRequest request = { .action = INSTALL_ROLLBACK };
        size_t size = strlen(version) + 1;
        int r = -EINVAL;

        if (size <= sizeof(request.version)) {
                memcpy(request.version, version, size);
                r = install_request_write(ctl->paths, &request);
        }
        if (r >= 0)
                return CTL_OK;
        if (r == -EINVAL) {
                log_error("No version '%s' of the game: see 'l4d2ctl game versions'", version);
                return CTL_NO_INSTANCE;
        }
        (void) log_error_errno(r, "Failed to request a rollback of the game");
        return store_exit_code(r);
}

/* Users who may start jobs have no rights in the installation. */
static int roll_back_by_job(Ctl *ctl) {
        const JobRun run = {
                .kind = JOB_INSTALL,
                .action = "game rollback",
                .prepare = request_rollback,
        };
        int r;

        r = job_run(ctl, &run);
        if (r == CTL_DENIED)
                (void) !install_request_write(ctl->paths, &(InstallRequest) { INSTALL_UPDATE });
        return r;
}

static int game_rollback(Ctl *ctl) {
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        if (geteuid() != 0)
                return roll_back_by_job(ctl);

        /* Also while an installation downloads: what it makes is kept then (install-steps.c). */
        r = store_open_game(ctl, &store);
        if (r == CTL_OK)
                r = store_lock(&store);
        if (r != CTL_OK)
                return r;
        audit_log(NULL, "game rollback");
        return roll_back(&store, ctl->n_operands > 0 ? ctl->operands[0] : NULL);
}

/* --- gc -----------------------------------------------------------------------------------------
 */

static int collect_one(Ctl *ctl, const char *ref) {
        _cleanup_(store_close) Store store = STORE_INIT;
        size_t n = 0;
        int r;

        r = store_open(ctl, ref, &store);
        if (r == CTL_OK)
                r = store_collect(&store, &n);
        if (r == CTL_OK && n > 0)
                log_notice("Old versions of the overlay '%s' removed: %zu", ref, n);
        return r;
}

/* Finishes deletions and the like of processes that were killed. */
static int clean(Ctl *ctl, int root_fd) {
        Store store = STORE_INIT;
        int r;

        store.paths = ctl->paths;
        r = overlay_store_clean(root_fd, store_path_is_used, &store);
        if (r < 0)
                (void) log_error_errno(
                        r, "Failed to remove old files in %s", ctl->paths->overlays_dir);
        if (r > 0)
                log_warning(
                        "Some old files in %s belong to another user; run 'l4d2ctl overlay gc' as "
                        "root to remove them",
                        ctl->paths->overlays_dir);
        return r < 0 ? store_exit_code(r) : CTL_OK;
}

/* Overlays that are plain directories have nothing to collect. */
static int collect_all(Ctl *ctl) {
        _cleanup_(strv_freep) char **refs = NULL;
        _cleanup_close_ int root_fd = -EBADF;
        int r, all = CTL_OK;

        r = overlay_open_root(ctl, &root_fd);
        if (r == CTL_OK)
                r = ctl_open_config(ctl);
        if (r == CTL_OK)
                all = clean(ctl, root_fd);
        if (r != CTL_OK)
                return r;
        r = overlay_dir_list(root_fd, &refs);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list %s", ctl->paths->overlays_dir);
                return CTL_FAILURE;
        }
        for (char **ref = refs; *ref; ref++) {
                _cleanup_close_ int fd = open_beneath(root_fd, *ref, O_PATH | O_DIRECTORY);

                r = fd < 0 ? fd : overlay_dir_has_versions(fd);
                if (r > 0)
                        all = exit_code_merge(all, collect_one(ctl, *ref));
        }
        return all;
}

int overlay_gc(Ctl *ctl) {
        return ctl->n_operands > 0 ? collect_one(ctl, ctl->operands[0]) : collect_all(ctl);
}

static int game_gc(Ctl *ctl) {
        _cleanup_(store_close) Store store = STORE_INIT;
        size_t n = 0;
        int r;

        r = open_to_change(ctl, &store);
        if (r == CTL_OK)
                r = store_collect(&store, &n);
        if (r == CTL_OK && n > 0)
                log_notice("Old versions of the game removed: %zu", n);
        return r;
}

static const Verb game_actions[] = {
        { "versions", "", 0, 0, OPTION_JSON, false, game_versions,
          N_("List the versions of the game, the newest first"), RIGHTS_USER },
        { "rollback", "[VERSION]", 0, 1, OPTIONS_NONE, false, game_rollback,
          N_("Give servers an older version at their next start"), RIGHTS_ADMIN },
        { "gc", "", 0, 0, OPTIONS_NONE, false, game_gc,
          N_("Remove old versions that no server has mounted"), RIGHTS_ADMIN },
};

const VerbGroup game_verbs = { "game", game_actions, ELEMENTSOF(game_actions),
                               N_("Versions of the game") };
