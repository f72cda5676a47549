/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/set.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "base/file.h"
#include "base/strv.h"
#include "spec/keys.h"
#include "spec/ports.h"

static void report_errors(SpecSetReport report, void *userdata, SpecErrors *errors) {
        if (report && spec_errors_any(errors))
                report(errors, userdata);
        spec_errors_clear(errors);
}

SpecSet *spec_set_free(SpecSet *set) {
        if (set)
                free(set->items);
        free(set);
        return NULL;
}

/* --- names --------------------------------------------------------------------------------- */

static void report_name(
        const SpecContext *context, const char *name, SpecSetReport report, void *userdata) {
        SpecErrors errors = {};
        char file[PATH_MAX];

        (void) snprintf(file, sizeof(file), "%s/%s", context->paths->instances_dir, name);
        spec_errors_add(
                &errors, &(SpecPlace) { .file = file },
                "not the name of an instance: a-z 0-9 and '-', at most %d, beginning with a letter "
                "or digit",
                INSTANCE_NAME_MAX);
        report_errors(report, userdata, &errors);
}

/* All entries, legal names or not, sorted: two runs say the same in the same order. At most
 * INSTANCES_MAX, because a user with write access can make many. */
static int read_names(const SpecContext *context, char ***ret, size_t *ret_n) {
        _cleanup_(closedirp) DIR *dir = open_listing(context->instances_fd);
        _cleanup_(strv_freep) char **names = NULL;
        const struct dirent *entry;
        size_t n = 0;
        int r;

        if (!dir)
                return -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                /* e2fsck's directory: instances/ may be a file system of its own. */
                if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lost+found") == 0)
                        continue;
                r = n < INSTANCES_MAX ? strv_add(&names, &n, entry->d_name) : -E2BIG;
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        strv_sort(names, n);
        *ret = TAKE_PTR(names);
        *ret_n = n;
        return 0;
}

static int add_items(
        const SpecContext *context, SpecSet *set, SpecSetReport report, void *userdata) {
        _cleanup_(strv_freep) char **names = NULL;
        size_t n = 0;
        int r;

        r = read_names(context, &names, &n);
        if (r < 0)
                return r;
        set->items = calloc(n > 0 ? n : 1, sizeof(*set->items));
        if (!set->items)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                if (!instance_name_is_valid(names[i])) {
                        report_name(context, names[i], report, userdata);
                        continue;
                }

                SpecSetItem *item = &set->items[set->n_items++];

                item->refused = true;
                memcpy(item->settings.name, names[i], strlen(names[i]));
        }
        return 0;
}

/* --- specs --------------------------------------------------------------------------------- */

/* 1: loaded or refused, 0: vanished since the directory was read, -ENOMEM. */
static int load_item(
        const SpecContext *context, SpecSetItem *item, SpecSetReport report, void *userdata) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        SpecErrors errors = {};
        int r;

        r = spec_load(context, item->settings.name, &errors, &spec);
        if (r >= 0) {
                item->settings = spec->settings;
                item->has_rcon_password = spec->rcon_password;
                item->port_places = spec->port_places;
                item->refused = false;
        }

        report_errors(report, userdata, &errors);
        if (r == -ENOMEM)
                return r;
        return r == -ENOENT ? 0 : 1;
}

static int load_items(
        const SpecContext *context, SpecSet *set, SpecSetReport report, void *userdata) {
        size_t n_kept = 0;

        for (size_t i = 0; i < set->n_items; i++) {
                int r = load_item(context, &set->items[i], report, userdata);

                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                if (n_kept != i)
                        set->items[n_kept] = set->items[i];
                n_kept++;
        }

        set->n_items = n_kept;
        return 0;
}

static YamlMark port_mark(const PortPlaces *places, PortRole role) {
        return (YamlMark) {
                .line = places->items[role].line,
                .column = places->items[role].column,
        };
}

/* Reads the file once more for its source line: conflicts are rare, and keeping texts is not. */
static void report_conflict(
        const SpecContext *context, const SpecSetItem *item, const PortConflict *conflict,
        const char *other, SpecSetReport report, void *userdata) {
        SpecErrors errors = {}, ignored = {};
        char file[PATH_MAX];
        _cleanup_free_ char *text = NULL;
        size_t size = 0;

        (void) !spec_read(context, item->settings.name, &ignored, file, &text, &size);
        spec_errors_clear(&ignored);

        const YamlSource source = { file, text, size, &errors };

        port_conflict_complain(
                &errors, YAML_PLACE(&source, port_mark(&item->port_places, conflict->own)),
                conflict, PORT_OF_BOTH, ports_is_derived(&item->port_places, conflict->own), other);
        report_errors(report, userdata, &errors);
}

/* The items that have a port, as index + 1; 0: none. */
typedef struct PortUse {
        uint16_t first, last;
} PortUse;

static void note_ports(PortUse *uses, const SpecSetItem *item, uint16_t number) {
        for (PortRole role = PORT_GAME; role < _PORT_ROLE_MAX; role++) {
                PortUse *use = &uses[instance_port(&item->settings, role)];

                use->last = number;
                if (use->first == 0)
                        use->first = number;
        }
}

/* The index of another item that has one of this one's ports, -1 when there is none. */
static int find_other(const PortUse *uses, const SpecSetItem *item, uint16_t number) {
        for (PortRole role = PORT_GAME; role < _PORT_ROLE_MAX; role++) {
                uint16_t port = instance_port(&item->settings, role);
                const PortUse *use = &uses[port];

                if (port > 0 && use->first != use->last)
                        return (number == use->first ? use->last : use->first) - 1;
        }
        return -1;
}

/* Both sides of a conflict are refused: left4me cannot tell which one is right. */
static int check_ports(
        const SpecContext *context, SpecSet *set, SpecSetReport report, void *userdata) {
        _cleanup_free_ PortUse *uses = calloc(UINT16_MAX + 1, sizeof(*uses));
        static_assert(INSTANCES_MAX < UINT16_MAX, "an index + 1 fits");

        if (!uses)
                return -ENOMEM;

        for (size_t i = 0; i < set->n_items; i++)
                note_ports(uses, &set->items[i], (uint16_t) (i + 1));

        for (size_t i = 0; i < set->n_items; i++) {
                SpecSetItem *item = &set->items[i];
                int other = item->refused ? -1 : find_other(uses, item, (uint16_t) (i + 1));
                PortConflict conflict;

                if (other < 0 ||
                    !ports_find_conflict(&item->settings, &set->items[other].settings, &conflict))
                        continue;

                report_conflict(
                        context, item, &conflict, set->items[other].settings.name, report,
                        userdata);
                item->refused = true;
        }
        return 0;
}

int spec_set_load(const SpecContext *context, SpecSetReport report, void *userdata, SpecSet **ret) {
        _cleanup_(spec_set_freep) SpecSet *set = calloc(1, sizeof(*set));
        int r;

        if (!set)
                return -ENOMEM;

        r = add_items(context, set, report, userdata);
        if (r < 0)
                return r;
        r = load_items(context, set, report, userdata);
        if (r < 0)
                return r;
        r = check_ports(context, set, report, userdata);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(set);
        return 0;
}

static int compare_items(const void *a, const void *b) {
        const SpecSetItem *x = a, *y = b;

        return strcmp(x->settings.name, y->settings.name);
}

const SpecSetItem *spec_set_find(const SpecSet *set, const char *name) {
        SpecSetItem wanted = {};

        if (!instance_name_is_valid(name) || set->n_items == 0)
                return NULL;
        memcpy(wanted.settings.name, name, strlen(name));
        return bsearch(&wanted, set->items, set->n_items, sizeof(*set->items), compare_items);
}

int spec_check_against_others(
        const SpecContext *context, const Spec *spec, const char *file, const char *text,
        size_t size, SpecErrors *errors) {
        _cleanup_(spec_set_freep) SpecSet *set = NULL;
        int r;

        r = spec_set_load(context, NULL, NULL, &set);
        if (r < 0)
                return r;

        for (size_t i = 0; i < set->n_items; i++) {
                const InstanceSettings *other = &set->items[i].settings;
                const YamlSource source = { file, text, size, errors };
                PortConflict conflict;

                if (strcmp(other->name, spec->settings.name) == 0 ||
                    !ports_find_conflict(&spec->settings, other, &conflict))
                        continue;

                port_conflict_complain(
                        errors, YAML_PLACE(&source, port_mark(&spec->port_places, conflict.own)),
                        &conflict, PORT_OF_NEW, ports_is_derived(&spec->port_places, conflict.own),
                        context->hides_others ? NULL : other->name);
                return -EINVAL;
        }
        return 0;
}

static bool is_taken(const InstanceSettings *settings, const void *userdata) {
        const SpecSet *set = userdata;
        PortConflict conflict;

        for (size_t i = 0; i < set->n_items; i++)
                if (ports_find_conflict(settings, &set->items[i].settings, &conflict))
                        return true;
        return false;
}

uint16_t spec_set_find_free_port(const SpecSet *set, const HostConfig *config) {
        return ports_find_free(config, is_taken, set);
}
