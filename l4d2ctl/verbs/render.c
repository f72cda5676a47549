/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl render [NAME]: what the generator would write at a daemon reload, without touching
 * anything. The text is the generator's own, by the same renderer.
 */

#include "base/log.h"
#include "common/messages.h"
#include "common/terminal.h"
#include "render/render-all.h"
#include "verbs/verbs.h"

typedef struct Printer {
        const char *directory;
        bool had_one;
        bool refused; /* a file of the host has an error */
} Printer;

static void print_header(Printer *printer, const char *path, const char *target) {
        printf("%s%s# %s/%s%s%s%s\n", printer->had_one ? "\n" : "", color_on(COLOR_BOLD, stdout),
               printer->directory, path, target ? " -> " : "", target ? target : "",
               color_off(COLOR_BOLD, stdout));
        printer->had_one = true;
}

static int print_file(void *userdata, const char *path, const char *text, size_t size) {
        print_header(userdata, path, NULL);
        (void) fwrite(text, 1, size, stdout);
        return 0;
}

static int print_link(void *userdata, const char *path, const char *target) {
        print_header(userdata, path, target);
        return 0;
}

static void print_errors(const SpecErrors *errors, void *userdata) {
        Printer *printer = userdata;

        printer->refused = true;
        messages_write_errors(errors);
}

int verb_render(Ctl *ctl) {
        Printer printer = { .directory = ctl->paths->generator_dir };
        RenderSink sink = { print_file, print_link, &printer };
        const char *name = ctl->n_operands > 0 ? ctl->operands[0] : NULL;
        int r;

        r = ctl_check_names(ctl, 0);
        if (r != CTL_OK)
                return r;

        if (name)
                r = render_one(ctl->paths, name, print_errors, &printer, &sink);
        else
                r = render_all(ctl->paths, print_errors, &printer, &sink);
        if (printer.refused)
                return CTL_INVALID_SPEC;
        if (name && r == -ENOENT) {
                log_error("No server named '%s'", name);
                return CTL_NO_INSTANCE;
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read %s", ctl->paths->instances_dir);
                return CTL_FAILURE;
        }
        return CTL_OK;
}
