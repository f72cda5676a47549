/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl edit NAME: opens a copy of the document in an editor and puts it in place when it is
 * valid, as visudo does. Nothing is locked while the user edits; a change that another user made
 * meanwhile is not overwritten. Edits are never lost, unless the user asks to discard them.
 */

#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "common/editor.h"
#include "specs/document.h"
#include "specs/edit-copy.h"
#include "verbs/verbs.h"

typedef struct Session {
        Ctl *ctl;
        const DocumentKind *kind;
        const char *name;
        char *path;
        Text base; /* as it was when editing began */
        EditCopy copy;
        char last_words[PATH_MAX + 128];
} Session;

/* One more result of a look at the copy, beside the exit codes that end it. */
enum { EDIT_AGAIN = -1 };

static bool is_same(const Text *a, const Text *b) {
        return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* Better told before than after an hour of work. */
static int check_writable(const Session *session) {
        _cleanup_free_ char *directory = strdup(session->path);
        int r = -ENOMEM;

        if (directory) {
                *strrchr(directory, '/') = '\0';
                r = faccessat(AT_FDCWD, directory, W_OK, AT_EACCESS) < 0 ? -errno : 0;
        }
        if (r >= 0)
                return CTL_OK;
        (void) log_error_errno(r, "Failed to edit '%s': %s", session->name, session->path);
        return CTL_FAILURE;
}

/* "e" or "x"; without a terminal, or at the end of input, neither: '\0'. */
static char ask(void) {
        _cleanup_free_ char *line = NULL;
        size_t size = 0;

        if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
                return '\0';
        for (;;) {
                ssize_t n;

                (void) fputs(_("Press (e) to edit again, (x) to discard the changes: "), stderr);
                n = getline(&line, &size, stdin);
                if (n < 0)
                        return '\0';
                if (n == 2 && (line[0] == 'e' || line[0] == 'x'))
                        return line[0];
        }
}

static int ask_about_errors(Session *session) {
        switch (ask()) {
        case 'e':
                return EDIT_AGAIN;
        case 'x':
                edit_copy_remove(&session->copy);
                return CTL_INVALID_SPEC;
        default:
                return CTL_INVALID_SPEC;
        }
}

/* Whether it still is what editing began with. */
static int check_base(Session *session) {
        _cleanup_(text_done) Text now = {};
        int r;

        r = session->kind->read(session->ctl, session->name, &now);
        if (r != CTL_OK || is_same(&now, &session->base))
                return r;

        log_error(
                session->kind->is_blueprint
                        ? N_("Another process changed the blueprint '%s' meanwhile. Compare yours "
                             "with "
                             "it:\n    diff %s %s")
                        : N_("Another process changed the spec of '%s' meanwhile. Compare yours "
                             "with "
                             "it:\n    diff %s %s"),
                session->name, session->path, session->copy.file);
        return CTL_CONFLICT;
}

/* Holds the lock for this alone, not while the user edits. */
static int save(Session *session, const Text *text) {
        _cleanup_close_ int lock = -EBADF;
        int r;

        r = instances_lock(session->ctl, &lock);
        if (r != CTL_OK)
                return r;
        r = check_base(session);
        if (r != CTL_OK)
                return r;
        r = session->kind->check(session->ctl, session->name, session->copy.file, text);
        if (r != CTL_OK)
                return r;
        r = session->kind->save(session->ctl, session->name, text);
        if (r == CTL_OK)
                edit_copy_remove(&session->copy);
        return r;
}

/* When the editor failed, an edited copy stays and an unchanged one is removed. */
static int editor_failed(Session *session) {
        _cleanup_(text_done) Text text = {};

        if (edit_copy_read(&session->copy, &text) == CTL_OK && is_same(&text, &session->base))
                edit_copy_remove(&session->copy);
        return CTL_FAILURE;
}

/* One round: the editor, and what becomes of its result. An ExitCode, or EDIT_AGAIN. */
static int edit_once(Session *session) {
        _cleanup_(text_done) Text text = {};
        int r;

        if (editor_run(session->copy.file) < 0)
                return editor_failed(session);
        r = edit_copy_read(&session->copy, &text);
        if (r != CTL_OK)
                return ask_about_errors(session);

        if (is_same(&text, &session->base)) {
                log_notice(
                        session->kind->is_blueprint
                                ? N_("Nothing was changed in the blueprint '%s'")
                                : N_("Nothing was changed in the spec of '%s'"),
                        session->name);
                edit_copy_remove(&session->copy);
                return CTL_OK;
        }

        r = save(session, &text);
        return r == CTL_INVALID_SPEC ? ask_about_errors(session) : r;
}

static int edit(Session *session) {
        int r;

        (void) snprintf(
                session->last_words, sizeof(session->last_words),
                _("l4d2ctl: Ended by a signal; your text is in %s\n"), session->copy.file);
        r = editor_begin(session->last_words);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to catch signals");
                edit_copy_remove(&session->copy);
                return CTL_FAILURE;
        }

        do
                r = edit_once(session);
        while (r == EDIT_AGAIN);

        editor_end();
        if (session->copy.directory[0] != '\0')
                log_notice(
                        session->kind->is_blueprint
                                ? N_("The blueprint '%s' was not changed, your text is in %s")
                                : N_("The spec of '%s' was not changed, your text is in %s"),
                        session->name, session->copy.file);
        edit_copy_close(&session->copy);
        return r;
}

/* "standard" of "alice/standard" */
static const char *last_part(const char *name) {
        const char *slash = strrchr(name, '/');

        return slash ? slash + 1 : name;
}

int document_edit(Ctl *ctl, const DocumentKind *kind, const char *name) {
        Session session = { .ctl = ctl, .kind = kind, .name = name };
        int r;

        r = kind->read(ctl, name, &session.base);
        if (r == CTL_OK) {
                session.path = kind->path(ctl, name);
                if (!session.path)
                        r = CTL_FAILURE;
        }
        if (r == CTL_OK)
                r = check_writable(&session);
        if (r == CTL_OK)
                r = edit_copy_new(last_part(name), &session.base, &session.copy);
        if (r == CTL_OK)
                r = edit(&session);
        text_done(&session.base);
        free(session.path);
        return r;
}

int verb_edit(Ctl *ctl) {
        int r;

        r = ctl_check_names(ctl, 0);
        return r == CTL_OK ? document_edit(ctl, &spec_documents, ctl->operands[0]) : r;
}
