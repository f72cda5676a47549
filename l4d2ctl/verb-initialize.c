/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl initialize NAME --file=SPEC: a spec becomes an instance. Everything is checked before the
 * one rename that makes it so; a spec without rcon_password gets one.
 */

#include <string.h>
#include <sys/random.h>

#include "audit-log.h"
#include "bus.h"
#include "generated.h"
#include "instance.h"
#include "jobs.h"
#include "log.h"
#include "spec-edit.h"
#include "verbs.h"

enum { PASSWORD_LENGTH = 24 }; /* of 32 characters: 120 bits */

static int make_password(char password[static PASSWORD_LENGTH + 1]) {
        static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
        unsigned char random[PASSWORD_LENGTH];

        if (getrandom(random, sizeof(random), 0) != sizeof(random))
                return -errno;
        for (unsigned i = 0; i < PASSWORD_LENGTH; i++)
                password[i] = alphabet[random[i] % (sizeof(alphabet) - 1)];
        password[PASSWORD_LENGTH] = '\0';
        return 0;
}

/* The password of the spec that is being replaced, NULL when it has none or can't be read. */
static char *old_password(Ctl *ctl, const char *name) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        SpecErrors errors = {};
        int r;

        r = spec_load(&ctl->specs, name, &errors, &spec);
        spec_errors_clear(&errors);
        return r >= 0 && spec->rcon_password ? strdup(spec->rcon_password) : NULL;
}

/* Puts a password into a spec without one: the present one, so that RCON clients go on working. */
static int add_password(Ctl *ctl, const char *name, Text *text) {
        _cleanup_free_ char *old = old_password(ctl, name);
        char made[PASSWORD_LENGTH + 1];
        const char *values[] = { old ? old : made, NULL };
        SpecErrors errors = {};
        Text edited = {};
        int r = 0;

        if (!old)
                r = make_password(made);
        if (r >= 0)
                r = spec_edit_set(
                        ctl->options.file, text->data, text->size, "rcon_password", values, &errors,
                        &edited.data, &edited.size);
        spec_errors_print(&errors, stderr);
        spec_errors_clear(&errors);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to add an rcon_password");
                return CTL_FAILURE;
        }

        text_done(text);
        *text = edited;
        return CTL_OK;
}

static int check(Ctl *ctl, const char *name, const char *file, Text *text) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        int r;

        r = instance_check(ctl, name, file, text, &spec);
        if (r != CTL_OK || spec->rcon_password)
                return r;
        return add_password(ctl, name, text);
}

static int initialize(Ctl *ctl, const char *name, Text *text) {
        const char *file = strcmp(ctl->options.file, "-") == 0 ? "<stdin>" : ctl->options.file;
        _cleanup_close_ int lock = -EBADF;
        bool changed;
        int r;

        r = instances_lock(ctl, &lock);
        if (r != CTL_OK)
                return r;
        r = check(ctl, name, file, text);
        if (r != CTL_OK)
                return r;
        r = instance_write(ctl, name, text, &changed);
        if (r != CTL_OK)
                return r;

        if (changed)
                audit_log(name, "initialize");
        r = generated_update(ctl, (char *[]) { ctl->operands[0] }, 1);
        if (r != CTL_OK)
                return r;
        if (changed)
                jobs_note_restart(ctl, name);
        return CTL_OK;
}

int verb_initialize(Ctl *ctl) {
        Text text = {};
        int r;

        r = ctl_check_names(ctl, 0);
        if (r != CTL_OK)
                return r;
        if (!ctl->options.file) {
                log_error("Which spec? Name it with --file=FILE, '-' for standard input.");
                return CTL_USAGE;
        }

        r = text_read(ctl->options.file, &text);
        if (r == CTL_OK)
                r = initialize(ctl, ctl->operands[0], &text);
        text_done(&text);
        return r;
}
