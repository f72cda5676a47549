/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl overlay seed --from=ARCHIVE REF: an overlay that `overlay export` wrote, on another host.
 * A job unpacks the archive without rights, into an overlay of kind `files`; then the definition
 * that it found, which is as untrusted, takes its place.
 */

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "common/audit-log.h"
#include "content/definition-file.h"
#include "content/store.h"
#include "layer/overlay-store.h"
#include "spec/overlay-dir.h"
#include "verbs/overlays.h"

/* The files beside the content. */
typedef struct Exported {
        Text definition, script; /* data NULL: the archive has none */
} Exported;

static void exported_done(Exported *exported) {
        text_done(&exported->definition);
        text_done(&exported->script);
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* A file that the job left in jobs/INSTANCE/out. */
static int read_one(Ctl *ctl, const char *instance, const char *file, size_t size_max, Text *ret) {
        const FileLimits limits = { .size_max = size_max };
        _cleanup_close_ int jobs_fd =
                open(ctl->paths->jobs_dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_free_ char *path = NULL;
        int r;

        if (asprintf(&path, "%s/out/%s", instance, file) < 0) {
                path = NULL;
                r = -ENOMEM;
        } else
                r = jobs_fd < 0 ? -errno
                                : read_file_beneath(jobs_fd, path, &limits, &ret->data, &ret->size);
        if (r >= 0 || r == -ENOENT)
                return CTL_OK;
        log_error(
                "Failed to read '%s' of '%s': %s", file, ctl->options.from,
                _(file_error_message(r)));
        return CTL_FAILURE;
}

static int read_exported(Ctl *ctl, const char *ref, Exported *ret) {
        char instance[JOB_REF_MAX + 1];
        int r;

        r = job_instance_from_ref(ref, instance);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to find the job of '%s'", ref);
                return CTL_FAILURE;
        }
        r = read_one(ctl, instance, OVERLAY_FILE, SPEC_SIZE_MAX, &ret->definition);
        if (r == CTL_OK)
                r = read_one(
                        ctl, instance, OVERLAY_SCRIPT_FILE, DEFINITION_SCRIPT_MAX, &ret->script);
        return r;
}

/* Before any of it is saved. Errors name the file of the archive. */
static int check(Ctl *ctl, const Exported *exported) {
        _cleanup_free_ char *name = NULL;
        int r = CTL_OK;

        if (asprintf(&name, "%s:" OVERLAY_FILE, ctl->options.from) < 0) {
                name = NULL;
                (void) log_error_errno(-ENOMEM, "Failed to check '%s'", ctl->options.from);
                return CTL_FAILURE;
        }
        if (exported->definition.data)
                r = definition_text_check(ctl, name, &exported->definition);
        if (r != CTL_OK || !exported->script.data)
                return r;
        r = definition_script_check(&exported->script);
        if (r != CTL_OK)
                log_error(
                        "Failed to use '%s:%s' as the overlay's script", ctl->options.from,
                        OVERLAY_SCRIPT_FILE);
        return r;
}

/* --- making -------------------------------------------------------------------------------------
 */

static int save(Ctl *ctl, const char *ref, const Exported *exported) {
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = store_open(ctl, ref, &store);
        if (r == CTL_OK && exported->script.data)
                r = definition_script_save(&store, &exported->script);
        if (r == CTL_OK && exported->definition.data)
                r = definition_file_save(ctl, &store, &exported->definition);
        if (r == CTL_OK)
                r = definition_file_load(&store, &definition);
        if (r == CTL_OK && definition->kind == OVERLAY_SCRIPT && !exported->script.data)
                log_warning(
                        "'%s' has no script: give the overlay one with 'l4d2ctl overlay script %s "
                        "FILE' before it is built",
                        ctl->options.from, ref);
        return r;
}

static int fill(Ctl *ctl, const char *ref) {
        _cleanup_(exported_done) Exported exported = {};
        int r;

        r = overlay_unpack_exported(ctl, ref, ctl->options.from);
        if (r == CTL_OK)
                r = read_exported(ctl, ref, &exported);
        if (r == CTL_OK)
                r = check(ctl, &exported);
        return r == CTL_OK ? save(ctl, ref, &exported) : r;
}

/* One that failed leaves no overlay. */
int overlay_import(Ctl *ctl, const char *ref) {
        _cleanup_(store_close) Store store = STORE_INIT;
        int r;

        r = overlay_create_new(ctl, ref, &store);
        if (r != CTL_OK)
                return r;
        r = fill(ctl, ref);
        if (r != CTL_OK) {
                if (overlay_store_delete(store.root_fd, ref, store_path_is_used, &store) < 0)
                        log_warning(
                                "The overlay '%s' is left without its definition; 'l4d2ctl overlay "
                                "delete %s' removes it",
                                ref, ref);
                return r;
        }
        audit_log_overlay(ref, "seed");
        log_notice("The overlay '%s' is there, as it was exported", ref);
        return CTL_OK;
}
