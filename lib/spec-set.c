/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec-set.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "spec-keys.h"

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

static int compare_names(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Adds the names in dir to a list of INSTANCES_MAX: whoever can make entries here can make many. */
static int list_names(DIR *dir, char **names, size_t *n) {
        for (;;) {
                const struct dirent *entry;

                errno = 0;
                entry = readdir(dir);
                if (!entry)
                        return -errno;
                /* e2fsck's directory: instances/ may be a file system of its own. */
                if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lost+found") == 0)
                        continue;
                if (*n == INSTANCES_MAX)
                        return -E2BIG;
                names[*n] = strdup(entry->d_name);
                if (!names[*n])
                        return -ENOMEM;
                (*n)++;
        }
}

/* All entries, legal names or not, sorted: two runs say the same in the same order. */
static int read_names(const SpecContext *context, char ***ret, size_t *ret_n) {
        _cleanup_(strv_freep) char **names = calloc(INSTANCES_MAX + 1, sizeof(char *));
        _cleanup_(closedirp) DIR *dir = NULL;
        _cleanup_close_ int fd = -EBADF;
        size_t n = 0;
        int r;

        if (!names)
                return -ENOMEM;

        /* A descriptor of its own: the context's offset belongs to whoever else reads it. */
        fd = openat(context->instances_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        dir = fdopendir(fd);
        if (!dir)
                return -errno;
        TAKE_FD(fd);

        r = list_names(dir, names, &n);
        if (r < 0)
                return r;

        qsort(names, n, sizeof(*names), compare_names);
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
                item->port_line = spec->port_line;
                item->port_column = spec->port_column;
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

/* Reads the file once more for its source line: conflicts are rare, and keeping texts is not. */
static void report_conflict(
        const SpecContext *context, const SpecSetItem *item, const SpecSetItem *other,
        SpecSetReport report, void *userdata) {
        SpecErrors errors = {}, ignored = {};
        _cleanup_free_ char *text = NULL;
        char file[PATH_MAX];
        size_t size = 0;

        (void) !spec_read(context, item->settings.name, &ignored, file, &text, &size);
        spec_errors_clear(&ignored);

        const YamlSource source = { file, text, size, &errors };
        const YamlMark mark = { .line = item->port_line, .column = item->port_column };

        yaml_error(
                &source, mark, "port %u is also used by instance '%s'", item->settings.port,
                other->settings.name);
        report_errors(report, userdata, &errors);
}

/* Both sides of a conflict are refused: which of them was meant to have the port nobody knows. */
static int check_ports(
        const SpecContext *context, SpecSet *set, SpecSetReport report, void *userdata) {
        typedef struct {
                uint16_t first, last; /* the items that have a port, as index + 1; 0: none */
        } PortUse;
        _cleanup_free_ PortUse *uses = calloc(UINT16_MAX + 1, sizeof(*uses));
        static_assert(INSTANCES_MAX < UINT16_MAX, "an index + 1 fits");

        if (!uses)
                return -ENOMEM;

        for (size_t i = 0; i < set->n_items; i++) {
                PortUse *use = &uses[set->items[i].settings.port];

                use->last = (uint16_t) (i + 1);
                if (use->first == 0)
                        use->first = use->last;
        }

        for (size_t i = 0; i < set->n_items; i++) {
                SpecSetItem *item = &set->items[i];
                const PortUse *use = &uses[item->settings.port];

                if (item->refused || use->first == use->last)
                        continue;

                size_t other = i + 1 == use->first ? use->last : use->first;

                report_conflict(context, item, &set->items[other - 1], report, userdata);
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

                if (other->port != spec->settings.port ||
                    strcmp(other->name, spec->settings.name) == 0)
                        continue;

                const YamlSource source = { file, text, size, errors };
                const YamlMark mark = { .line = spec->port_line, .column = spec->port_column };

                if (context->hides_others)
                        yaml_error(&source, mark, "port %u is taken", other->port);
                else
                        yaml_error(
                                &source, mark, "port %u is already used by instance '%s'",
                                other->port, other->name);
                return -EINVAL;
        }
        return 0;
}
