/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/spec.h"

#include <string.h>

#include "base/text.h"
#include "render/digest.h"
#include "render/render-compare.h"
#include "render/report.h"
#include "spec/blueprint.h"
#include "spec/ports.h"

/* Another instance with one of its ports: then neither is taken over. */
static void check_conflict(const SpecContext *context, const SpecSet *set, ServerSpec *server) {
        const InstanceSettings *own = &server->spec->settings;

        for (size_t i = 0; i < set->n_items; i++) {
                const InstanceSettings *other = &set->items[i].settings;
                const PortPlaces *places = &server->spec->port_places;
                PortConflict conflict;

                if (strcmp(other->name, own->name) == 0 ||
                    !ports_find_conflict(own, other, &conflict))
                        continue;

                SpecPlace place = {
                        .file = server->path,
                        .line = places->items[conflict.own].line,
                        .column = places->items[conflict.own].column,
                };

                port_conflict_complain(
                        &server->errors, &place, &conflict, PORT_OF_BOTH,
                        ports_is_derived(places, conflict.own),
                        context->hides_others ? NULL : other->name);
                if (context->hides_others)
                        return;
        }
}

/* The lines of the generator's report about one file: its errors, each with its quotation. */
static char *select_report(const char *report, const char *path) {
        _cleanup_fclose_ FILE *f = NULL;
        char *text = NULL;
        size_t size = 0;
        bool ours = false;

        f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        for (const char *line = report; *line != '\0';) {
                size_t length = strcspn(line, "\n");

                length += line[length] == '\n';
                if (line[0] != ' ')
                        ours = strncmp(line, path, strlen(path)) == 0 && line[strlen(path)] == ':';
                if (ours)
                        (void) fwrite(line, 1, length, f);
                line += length;
        }
        /* The text is only there when the stream has been closed. */
        if (fclose(TAKE_PTR(f)) != 0) {
                free(text);
                return NULL;
        }
        return text;
}

/* Good on its own, but not what systemd has: a conflict with another spec, or not reloaded yet. */
static int explain_unread(const SpecContext *context, const SpecSet *all, ServerSpec *server) {
        _cleanup_(spec_set_freep) SpecSet *set = NULL;
        _cleanup_free_ char *report = NULL;

        if (!all) {
                int r = spec_set_load(context, NULL, NULL, &set);

                if (r < 0)
                        return r;
                all = set;
        }

        check_conflict(context, all, server);
        server->is_unread = !spec_errors_any(&server->errors);
        /* The report may name others, of the time when it was made. */
        if (server->is_unread && !context->hides_others &&
            generator_report_read(context->paths, &report) >= 0) {
                server->notes = select_report(report, server->path);
                if (server->notes && server->notes[0] == '\0') {
                        free(server->notes);
                        server->notes = NULL;
                }
        }
        return 0;
}

/* The blueprint's errors keep the tree from being mounted, so they count as the spec's own. */
static int resolve(const SpecContext *context, ServerSpec *server) {
        int r;

        r = blueprint_resolve(context->paths, server->spec, NULL, &server->errors);
        if (r < 0)
                return r == -EINVAL ? 0 : r;
        return spec_digest(server->spec, context->config, context->paths, server->digest);
}

int server_spec_load(
        const SpecContext *context, const char *name, const SpecSet *all, ServerSpec *ret) {
        int r;

        *ret = (ServerSpec) {};
        if (asprintf(&ret->path, "%s/%s/spec.yaml", context->paths->instances_dir, name) < 0) {
                ret->path = NULL;
                return -ENOMEM;
        }

        (void) !queued_restart_load(context, name, &ret->restart);
        r = build_wishes_load(context, name, &ret->after_builds, NULL);
        if (r == -ENOMEM)
                return r;
        r = spec_load(context, name, &ret->errors, &ret->spec);
        ret->exists = r != -ENOENT;
        if (r < 0)
                return r == -ENOENT || r == -EINVAL ? 0 : r;

        r = resolve(context, ret);
        if (r < 0)
                return r;

        r = render_is_current(context->paths, name, ret->spec);
        if (r < 0)
                return r;
        return r > 0 ? 0 : explain_unread(context, all, ret);
}

void server_spec_clear(ServerSpec *spec) {
        spec_errors_clear(&spec->errors);
        spec_free(spec->spec);
        build_wishes_clear(&spec->after_builds);
        free(spec->path);
        free(spec->notes);
        *spec = (ServerSpec) {};
}

bool server_spec_is_refused(const ServerSpec *spec) {
        return !spec->exists || spec_errors_any(&spec->errors);
}

const char *server_spec_word(const ServerSpec *spec, bool is_changed) {
        if (!spec->exists)
                return N_("missing");
        if (spec_errors_any(&spec->errors))
                return N_("refused");
        if (is_changed)
                return N_("changed");
        return spec->is_unread ? N_("unread") : N_("valid");
}
