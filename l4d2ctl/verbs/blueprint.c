/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl blueprint ACTION …: what several servers have in common. A change applies to each of them
 * at its next start.
 */

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "common/audit-log.h"
#include "specs/actor.h"
#include "specs/blueprint-file.h"
#include "specs/blueprint-show.h"
#include "specs/document.h"
#include "specs/references.h"
#include "verbs/verbs.h"

static int check_refs(const Ctl *ctl) {
        for (size_t i = 0; i < ctl->n_operands; i++) {
                int r = blueprint_check_ref(ctl->operands[i]);

                if (r != CTL_OK)
                        return r;
        }
        return CTL_OK;
}

/* --- create and clone ------------------------------------------------------------------------- */

static int refuse_existing(const StateDir *blueprints, const char *ref) {
        if (!blueprint_exists(blueprints, ref))
                return CTL_OK;
        log_error("A blueprint named '%s' already exists", ref);
        return CTL_CONFLICT;
}

/* Checks the conditions of --new and --if-match, under the lock. */
static int check_present(Ctl *ctl, const char *ref) {
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        _cleanup_(text_done) Text now = {};
        bool exists;
        int r;

        r = blueprints_open(ctl, &blueprints);
        if (r == CTL_OK && ctl->options.must_be_new)
                r = refuse_existing(&blueprints, ref);
        if (r != CTL_OK || !ctl->options.if_match)
                return r;

        exists = blueprint_exists(&blueprints, ref);
        if (exists)
                r = blueprint_documents.read(ctl, ref, &now);
        return r == CTL_OK ? document_match(ctl, &blueprint_documents, ref, exists ? &now : NULL)
                           : r;
}

static int create(Ctl *ctl, const char *ref, const char *file, const Text *text) {
        _cleanup_close_ int lock = -EBADF;
        int r;

        r = instances_lock(ctl, &lock);
        if (r == CTL_OK)
                r = check_present(ctl, ref);
        if (r == CTL_OK)
                r = blueprint_check(ctl, ref, file, text);
        return r == CTL_OK ? blueprint_save(ctl, ref, text) : r;
}

static int blueprint_create(Ctl *ctl) {
        const char *file = ctl->options.file ? ctl->options.file : "-";
        _cleanup_(text_done) Text text = {};
        int r;

        r = check_refs(ctl);
        if (r == CTL_OK)
                r = text_read(file, &text);
        if (r != CTL_OK)
                return r;
        return create(ctl, ctl->operands[0], strcmp(file, "-") == 0 ? "<stdin>" : file, &text);
}

/* Byte for byte, comments too. */
static int blueprint_clone(Ctl *ctl) {
        _cleanup_free_ char *file = NULL;
        _cleanup_(text_done) Text text = {};
        int r;

        r = check_refs(ctl);
        if (r == CTL_OK)
                r = blueprint_documents.read(ctl, ctl->operands[0], &text);
        if (r != CTL_OK)
                return r;
        file = blueprint_documents.path(ctl, ctl->operands[0]);
        if (!file)
                return CTL_FAILURE;

        ctl->options.must_be_new = true;
        return create(ctl, ctl->operands[1], file, &text);
}

/* --- edit, set and unset ---------------------------------------------------------------------- */

static int blueprint_edit(Ctl *ctl) {
        int r;

        r = check_refs(ctl);
        return r == CTL_OK ? document_edit(ctl, &blueprint_documents, ctl->operands[0]) : r;
}

static int blueprint_set(Ctl *ctl) {
        int r;

        r = blueprint_check_ref(ctl->operands[0]);
        return r == CTL_OK ? document_set(ctl, &blueprint_documents) : r;
}

static int blueprint_unset(Ctl *ctl) {
        int r;

        r = blueprint_check_ref(ctl->operands[0]);
        return r == CTL_OK ? document_change(
                                     ctl, &blueprint_documents, ctl->operands[0], ctl->operands[1],
                                     NULL)
                           : r;
}

/* --- delete ----------------------------------------------------------------------------------- */

static int refuse_used(Ctl *ctl, const char *ref) {
        _cleanup_(usage_clear) Usage usage = {};
        _cleanup_free_ const char **servers = NULL;
        int r;

        r = usage_load(ctl, &usage);
        if (r != CTL_OK)
                return r;
        servers = usage_of_blueprint(&usage, ref);
        if (!servers)
                return CTL_FAILURE;
        if (!servers[0])
                return CTL_OK;

        log_error("Servers use the blueprint '%s':", ref);
        for (size_t i = 0; servers[i]; i++)
                log_error("    %s", servers[i]);
        return CTL_CONFLICT;
}

static int delete_one(Ctl *ctl, const StateDir *blueprints, const char *ref) {
        int r;

        r = actor_check_ref(ctl, ref);
        if (r != CTL_OK || !blueprint_exists(blueprints, ref))
                return r;
        r = refuse_used(ctl, ref);
        if (r == CTL_OK)
                r = blueprint_remove(blueprints, ref);
        if (r == CTL_OK)
                audit_log_blueprint(ref, ctl->verb->name);
        return r;
}

static int blueprint_delete(Ctl *ctl) {
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        _cleanup_close_ int lock = -EBADF;
        int r;

        r = check_refs(ctl);
        if (r == CTL_OK)
                r = instances_lock(ctl, &lock);
        if (r == CTL_OK)
                r = blueprints_open(ctl, &blueprints);
        if (r != CTL_OK)
                return r;

        for (size_t i = 0; i < ctl->n_operands; i++)
                r = exit_code_merge(r, delete_one(ctl, &blueprints, ctl->operands[i]));
        return r;
}

/* ---------------------------------------------------------------------------------------------- */

static int blueprint_show_one(Ctl *ctl) {
        int r;

        r = check_refs(ctl);
        return r == CTL_OK ? blueprint_show(ctl, ctl->operands[0]) : r;
}

static const Verb actions[] = {
        { "list", "[OWNER]", 0, 1, OPTION_JSON, false, blueprint_list_all,
          N_("All blueprints, or all of one owner"), RIGHTS_ADMIN },
        { "show", "OWNER/NAME", 1, 1, OPTION_JSON, false, blueprint_show_one,
          N_("Show one and who uses it"), RIGHTS_BLUEPRINTS },
        { "create", "OWNER/NAME", 1, 1, OPTION_FILE | OPTION_NEW | OPTION_IF_MATCH, false,
          blueprint_create, N_("Create one from a file, or replace it"), RIGHTS_BLUEPRINTS },
        { "edit", "OWNER/NAME", 1, 1, OPTIONS_NONE, false, blueprint_edit,
          N_("Edit one, as 'l4d2ctl edit' does with a spec"), RIGHTS_ADMIN },
        { "set", "OWNER/NAME KEY VALUE…", 2, OPERANDS_MANY, OPTION_FILE, true, blueprint_set,
          N_("Change a value"), RIGHTS_FIRST_BLUEPRINT },
        { "unset", "OWNER/NAME KEY", 2, 2, OPTIONS_NONE, false, blueprint_unset,
          N_("Remove a value"), RIGHTS_FIRST_BLUEPRINT },
        { "clone", "OWNER/NAME OWNER/NAME", 2, 2, OPTIONS_NONE, false, blueprint_clone,
          N_("Copy one"), RIGHTS_BLUEPRINTS },
        { "delete", "OWNER/NAME…", 1, OPERANDS_MANY, OPTIONS_NONE, false, blueprint_delete,
          N_("Remove blueprints that no server uses"), RIGHTS_BLUEPRINTS },
};

const VerbGroup blueprint_verbs = {
        "blueprint",
        actions,
        ELEMENTSOF(actions),
        N_("Settings that several servers share"),
};
