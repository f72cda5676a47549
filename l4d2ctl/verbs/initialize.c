/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl initialize NAME --file=SPEC: a spec becomes an instance. Everything is checked before the
 * one rename that makes it so; a spec without rcon_password gets one. With --blueprint the spec is
 * made here too.
 */

#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "common/messages.h"
#include "spec/edit.h"
#include "spec/set.h"
#include "specs/change.h"
#include "specs/document.h"
#include "specs/instance.h"
#include "verbs/verbs.h"

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

/* Puts a password into a spec without one: the current one, so that RCON clients go on working. */
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
                        &(YamlSource) { name, text->data, text->size, &errors }, &spec_keys,
                        "rcon_password", values, &edited.data, &edited.size);
        messages_write_errors(&errors);
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

/* An older left4me wrote which overlays' server.cfg is executed in another way. */
static int convert(Ctl *ctl, const char *file, Text *text) {
        SpecErrors errors = {};
        const YamlSource source = { file, text->data, text->size, &errors };
        Text converted = {};
        int r;

        r = spec_edit_convert(&source, ctl->paths->overlays_dir, &converted.data, &converted.size);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to convert %s", file);
                return r == -EINVAL ? CTL_INVALID_SPEC : CTL_FAILURE;
        }
        if (!converted.data)
                return CTL_OK;

        log_notice("Overlays with 'path' and 'alias' are written as {ref: …, exec: true} now");
        text_done(text);
        *text = converted;
        return CTL_OK;
}

/* The lowest port of the host's range that, with what is derived from it, no spec has. */
static int find_port(Ctl *ctl, unsigned *ret) {
        _cleanup_(spec_set_freep) SpecSet *set = NULL;
        int r;

        r = spec_set_load(&ctl->specs, NULL, NULL, &set);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read all specs");
                return CTL_FAILURE;
        }

        *ret = spec_set_find_free_port(set, ctl->config);
        if (*ret == 0) {
                log_error(
                        "All ports from %u to %u are taken (port_range= in left4me.conf)",
                        ctl->config->port_min, ctl->config->port_max);
                return CTL_CONFLICT;
        }

        return CTL_OK;
}

/* The spec of a new server with a blueprint. */
static int make_text(Ctl *ctl, Text *ret) {
        unsigned port = ctl->options.port;
        int n, r;

        if (port == 0) {
                r = find_port(ctl, &port);
                if (r != CTL_OK)
                        return r;
        }
        n = asprintf(&ret->data, "port: %u\nblueprint: %s\n", port, ctl->options.blueprint);
        if (n < 0) {
                *ret = (Text) {};
                return CTL_FAILURE;
        }
        ret->size = (size_t) n;
        return CTL_OK;
}

/* Checks the conditions of --new and --if-match. A new spec never replaces another. */
static int check_present(Ctl *ctl, const char *name) {
        _cleanup_(text_done) Text now = {};
        bool exists = instance_exists(ctl, name) == CTL_OK;
        int r = CTL_OK;

        if (exists && (ctl->options.must_be_new || ctl->options.blueprint)) {
                log_error("A server named '%s' already exists", name);
                return CTL_CONFLICT;
        }
        if (!ctl->options.if_match)
                return CTL_OK;
        if (exists)
                r = instance_read(ctl, name, &now);
        return r == CTL_OK ? document_match(ctl, &spec_documents, name, exists ? &now : NULL) : r;
}

static int initialize(Ctl *ctl, const char *name, Text *text) {
        const char *file = ctl->options.file;
        _cleanup_close_ int lock = -EBADF;
        int r;

        if (!file)
                file = "<made>";
        else if (strcmp(file, "-") == 0)
                file = "<stdin>";

        r = instances_lock(ctl, &lock);
        if (r == CTL_OK)
                r = check_present(ctl, name);
        if (r == CTL_OK && ctl->options.blueprint)
                r = make_text(ctl, text);
        if (r == CTL_OK)
                r = convert(ctl, file, text);
        if (r == CTL_OK)
                r = check(ctl, name, file, text);
        return r == CTL_OK ? change_save(ctl, name, text) : r;
}

static int check_options(const Options *options) {
        if (options->file && options->blueprint)
                log_error("Use either --file=%s or --blueprint, not both", options->file);
        else if (!options->file && !options->blueprint)
                log_error("Missing spec: name it with --file=FILE, '-' for standard input, or name "
                          "a blueprint with --blueprint=OWNER/NAME");
        else if (options->port > 0 && !options->blueprint)
                log_error("--port needs --blueprint: a spec has its own port");
        else
                return CTL_OK;
        return CTL_USAGE;
}

int verb_initialize(Ctl *ctl) {
        _cleanup_(text_done) Text text = {};
        int r;

        r = ctl_check_names(ctl, 0);
        if (r == CTL_OK)
                r = check_options(&ctl->options);
        if (r == CTL_OK && ctl->options.file)
                r = text_read(ctl->options.file, &text);
        return r == CTL_OK ? initialize(ctl, ctl->operands[0], &text) : r;
}
