/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/document.h"

#include <string.h>

#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"
#include "common/messages.h"
#include "spec/edit.h"

/* A document being changed. */
typedef struct Change {
        Ctl *ctl;
        const DocumentKind *kind;
        const char *name;
        char *file; /* its path */
        Text text;
} Change;

static void change_done(Change *change) {
        free(change->file);
        text_done(&change->text);
}

int document_match(const Ctl *ctl, const DocumentKind *kind, const char *name, const Text *now) {
        char sum[SHA256_TEXT_MAX] = "";

        if (!ctl->options.if_match)
                return CTL_OK;
        if (now)
                sha256_text(now->data, now->size, sum);
        if (strcmp(sum, ctl->options.if_match) == 0)
                return CTL_OK;

        if (kind->is_blueprint)
                log_error(
                        now ? N_("Another process changed the blueprint '%s' meanwhile")
                            : N_("Another process removed the blueprint '%s' meanwhile"),
                        name);
        else
                log_error(
                        now ? N_("Another process changed the spec of '%s' meanwhile")
                            : N_("Another process removed the spec of '%s' meanwhile"),
                        name);
        return CTL_CONFLICT;
}

/* Returns the exit code for a failed change of the text, and reports it. */
static int explain_failure(const Change *change, const char *key, int error) {
        switch (error) {
        case -ENOENT: /* unknown key, already reported */
                return CTL_USAGE;
        case -EINVAL:
                return CTL_INVALID_SPEC;
        default:
                (void) log_error_errno(error, "Failed to change %s of '%s'", key, change->name);
                return CTL_FAILURE;
        }
}

static int change_text(Change *change, const char *key, const char *const *values) {
        SpecErrors errors = {};
        YamlSource source = { change->file, change->text.data, change->text.size, &errors };
        Text new = {};
        int r;

        if (values)
                r = spec_edit_set(&source, change->kind->keys, key, values, &new.data, &new.size);
        else
                r = spec_edit_unset(&source, change->kind->keys, key, &new.data, &new.size);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r < 0)
                return explain_failure(change, key, r);

        text_done(&change->text);
        change->text = new;
        return CTL_OK;
}

/* Whether the text has the key, with a value or without one. */
static bool has_key(const Change *change, const char *key) {
        _cleanup_(strv_freep) char **values = NULL;
        SpecErrors errors = {};
        YamlSource source = { change->file, change->text.data, change->text.size, &errors };
        int r;

        r = spec_edit_get(&source, change->kind->keys, key, &values);
        spec_errors_clear(&errors);
        return r >= 0;
}

/* A spec has lists or a blueprint: a user who moves a server to a blueprint wants the blueprint to
 * count. */
static int remove_lists(Change *change) {
        static const char *const lists[] = { "overlays", "arguments", "config" };
        char removed[64] = "";
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTSOF(lists); i++) {
                int r;

                if (!has_key(change, lists[i]))
                        continue;
                r = change_text(change, lists[i], NULL);
                if (r != CTL_OK)
                        return r;
                n += (size_t) snprintf(
                        removed + n, sizeof(removed) - n, "%s%s", n > 0 ? ", " : "", lists[i]);
        }
        if (n > 0)
                log_notice(
                        "Removed from the spec of '%s', because its blueprint decides this: %s",
                        change->name, removed);
        return CTL_OK;
}

static int check_and_save(const Change *change) {
        const DocumentKind *kind = change->kind;
        int r;

        r = kind->check(change->ctl, change->name, change->file, &change->text);
        if (r == CTL_INVALID_SPEC)
                log_error(
                        kind->is_blueprint
                                ? N_("The blueprint '%s' was not changed: it would have these "
                                     "errors")
                                : N_("The spec of '%s' was not changed: it would have these "
                                     "errors"),
                        change->name);
        return r == CTL_OK ? kind->save(change->ctl, change->name, &change->text) : r;
}

int document_change(
        Ctl *ctl, const DocumentKind *kind, const char *name, const char *key,
        const char *const *values) {
        _cleanup_(change_done) Change change = {
                .ctl = ctl,
                .kind = kind,
                .name = name,
                .file = kind->path(ctl, name),
        };
        _cleanup_close_ int lock = -EBADF;
        int r;

        if (!change.file) {
                (void) log_error_errno(-ENOMEM, "Failed to change '%s'", name);
                return CTL_FAILURE;
        }

        r = instances_lock(ctl, &lock);
        if (r == CTL_OK)
                r = kind->permit(ctl, name);
        if (r == CTL_OK)
                r = kind->read(ctl, name, &change.text);
        if (r == CTL_OK)
                r = change_text(&change, key, values);
        if (r == CTL_OK && kind == &spec_documents && values && strcmp(key, "blueprint") == 0)
                r = remove_lists(&change);
        return r == CTL_OK ? check_and_save(&change) : r;
}
