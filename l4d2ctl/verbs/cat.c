/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl cat NAME: a spec, its blueprint if it has one, and their result for the server's next
 * start: its command line, one argument a line, and its server.cfg. The RCON password is hidden
 * unless --show-password is given, so that the user can show the output to others.
 */

#include <string.h>

#include "base/log.h"
#include "common/messages.h"
#include "common/terminal.h"
#include "layer/argv-file.h"
#include "layer/layer.h"
#include "spec/edit.h"
#include "specs/document.h"
#include "specs/instance.h"
#include "verbs/verbs.h"

static char hidden[] = "********";

static void print_header(const char *directory, const char *name, const char *path) {
        printf("%s# %s/%s/%s%s\n", color_on(COLOR_BOLD, stdout), directory, name, path,
               color_off(COLOR_BOLD, stdout));
}

static void print_path(const char *path) {
        printf("%s# %s%s\n", color_on(COLOR_BOLD, stdout), path, color_off(COLOR_BOLD, stdout));
}

/* Byte for byte, except to a terminal. */
static void print_text(const char *text, size_t size) {
        if (isatty(STDOUT_FILENO))
                print_visible(text, size, 0, stdout);
        else
                (void) fwrite(text, 1, size, stdout);
        if (size > 0 && text[size - 1] != '\n')
                (void) putchar('\n');
}

/* A spec as it would be with another password; the rest of it is as it was. */
static int hide_password(const char *file, Text *text) {
        const char *values[] = { hidden, NULL };
        SpecErrors errors = {};
        Text edited;
        int r;

        r = spec_edit_set(
                &(YamlSource) { file, text->data, text->size, &errors }, &spec_keys,
                "rcon_password", values, &edited.data, &edited.size);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r < 0)
                return r;

        text_done(text);
        *text = edited;
        return 0;
}

static int print_argv(const Spec *spec) {
        _cleanup_free_ char *data = NULL;
        _cleanup_free_ char **argv = NULL;
        const char *reason;
        size_t size;
        int r;

        r = layer_render_argv(spec, &data, &size);
        if (r >= 0)
                r = argv_file_parse(data, size, &argv, &reason);
        for (char **argument = argv; r >= 0 && *argument; argument++) {
                _cleanup_free_ char *line = NULL;

                r = argv_format((char *[]) { *argument, NULL }, &line);
                if (r >= 0)
                        puts(line);
        }
        return r;
}

static int print_server_cfg(const Spec *spec) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = layer_render_server_cfg(spec, &text, &size);
        if (r >= 0)
                print_text(text, size);
        return r;
}

static int print_blueprint(Ctl *ctl, const Spec *spec) {
        _cleanup_free_ char *path = blueprint_documents.path(ctl, spec->blueprint);
        _cleanup_(text_done) Text text = {};

        if (!path || blueprint_documents.read(ctl, spec->blueprint, &text) != CTL_OK)
                return -EIO;
        print_path(path);
        print_text(text.data, text.size);
        (void) putchar('\n');
        return 0;
}

static int print_rendered(const Ctl *ctl, const char *name, const Spec *spec) {
        int r;

        print_header(ctl->paths->layers_dir, name, LAYER_ARGV_PATH);
        r = print_argv(spec);
        if (r < 0)
                return r;
        (void) putchar('\n');
        print_header(ctl->paths->layers_dir, name, LAYER_SERVER_CFG_PATH);
        return print_server_cfg(spec);
}

/* A blueprint with errors, or none where one is named, renders to nothing as well. */
static int print_all(Ctl *ctl, const char *name, const char *file, const Text *text, Spec *spec) {
        int r;

        print_path(file);
        print_text(text->data, text->size);
        (void) fflush(stdout);

        r = instance_resolve(ctl, spec, file);
        if (r != CTL_OK)
                return r;
        (void) putchar('\n');
        r = spec->blueprint ? print_blueprint(ctl, spec) : 0;
        if (r >= 0)
                r = print_rendered(ctl, name, spec);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to show the spec of '%s'", name);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/*
 * A spec with errors can't be rendered, and l4d2ctl cannot tell which part of it is the password:
 * it is only shown to users who asked for that too.
 */
static int print_invalid(const Ctl *ctl, const char *name, const Text *text) {
        if (!ctl->options.show_password) {
                log_error(
                        "The spec of '%s' has errors, so its password can't be told from the rest: "
                        "'l4d2ctl cat %s --show-password' shows it all",
                        name, name);
                return CTL_INVALID_SPEC;
        }

        print_header(ctl->paths->instances_dir, name, "spec.yaml");
        print_text(text->data, text->size);
        return CTL_INVALID_SPEC;
}

static int cat(Ctl *ctl, const char *name, const char *file, Text *text) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        SpecErrors errors = {};
        int r;

        r = spec_parse(name, file, text->data, text->size, ctl->config, &errors, &spec);
        messages_write_errors(&errors);
        spec_errors_clear(&errors);
        if (r == -EINVAL)
                return print_invalid(ctl, name, text);

        if (r >= 0 && spec->rcon_password && !ctl->options.show_password) {
                spec->rcon_password = hidden;
                r = hide_password(file, text);
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to show the spec of '%s'", name);
                return CTL_FAILURE;
        }
        return print_all(ctl, name, file, text, spec);
}

int verb_cat(Ctl *ctl) {
        const char *name = ctl->operands[0];
        _cleanup_free_ char *file = NULL;
        _cleanup_(text_done) Text text = {};
        int r;

        r = ctl_check_names(ctl, 0);
        if (r != CTL_OK)
                return r;
        r = instance_read(ctl, name, &text);
        if (r != CTL_OK)
                return r;

        file = instance_spec_path(ctl, name);
        if (!file) {
                (void) log_error_errno(-ENOMEM, "Failed to show the spec of '%s'", name);
                return CTL_FAILURE;
        }
        return cat(ctl, name, file, &text);
}
