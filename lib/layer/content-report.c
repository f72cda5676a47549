/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/content-report.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "layer/content-internal.h"
#include "layer/overlay-readable.h"

#define ADDONS "left4dead2/addons"

static bool ends_with(const char *text, const char *end) {
        size_t n = strlen(text), more = strlen(end);

        return n >= more && ascii_strcasecmp(text + n - more, end) == 0;
}

static int join(const char *directory, const char *name, char **ret) {
        if (asprintf(ret, "%s%s%s", directory, directory[0] ? "/" : "", name) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

/* --- findings --------------------------------------------------------------------------------- */

static void finding_done(ContentFinding *finding) {
        free(finding->path);
        free(finding->other);
        free(finding->detail);
}

int content_add(ContentReport *report, ContentFinding *finding) {
        ContentFinding *grown;

        if (report->n_findings == CONTENT_FINDINGS_MAX) {
                report->n_more_findings++;
                finding_done(finding);
                return 0;
        }
        grown = array_for_one_more(report->findings, report->n_findings, sizeof(*grown));
        if (!grown) {
                finding_done(finding);
                return -ENOMEM;
        }
        report->findings = grown;
        grown[report->n_findings++] = *finding;
        return 0;
}

int content_add_path(ContentReport *report, ContentFault fault, size_t layer, const char *path) {
        ContentFinding finding = { .fault = fault, .layer = layer, .path = strdup(path) };

        return finding.path ? content_add(report, &finding) : -ENOMEM;
}

/* --- names that differ in capital letters ----------------------------------------------------- */

static int compare_by_folded_name(const void *a, const void *b) {
        const EffectiveEntry *one = *(const EffectiveEntry *const *) a,
                             *other = *(const EffectiveEntry *const *) b;
        int folded = ascii_strcasecmp(one->name, other->name);

        /* The layer on top first: it is the one to name. */
        return folded != 0 ? folded : (one->layer > other->layer) - (one->layer < other->layer);
}

static int add_clash(
        ContentCheck *check, const char *path, const EffectiveEntry *entry,
        const EffectiveEntry *other) {
        ContentFinding finding = { .fault = CONTENT_CASE_CLASH,
                                   .layer = entry->layer,
                                   .other_layer = other->layer };
        int r;

        r = join(path, entry->name, &finding.path);
        if (r >= 0)
                r = join(path, other->name, &finding.other);
        if (r < 0) {
                finding_done(&finding);
                return r;
        }
        return content_add(check->report, &finding);
}

static int find_clashes(ContentCheck *check, const char *path, const EffectiveList *list) {
        _cleanup_free_ const EffectiveEntry **sorted = calloc(list->n_items + 1, sizeof(*sorted));
        int r = 0;

        if (!sorted)
                return -ENOMEM;
        for (size_t i = 0; i < list->n_items; i++)
                sorted[i] = &list->items[i];
        qsort(sorted, list->n_items, sizeof(*sorted), compare_by_folded_name);
        for (size_t i = 1; i < list->n_items && r >= 0; i++)
                if (ascii_strcasecmp(sorted[i - 1]->name, sorted[i]->name) == 0 &&
                    sorted[i - 1]->layer < check->layers->n_checked)
                        r = add_clash(check, path, sorted[i - 1], sorted[i]);
        return r;
}

/* --- single entries --------------------------------------------------------------------------- */

/* A link's target below the tree, by its text alone. false: it leaves the tree. */
static bool resolve_link(const char *directory, const char *target, char out[static PATH_MAX]) {
        size_t n = (size_t) snprintf(out, PATH_MAX, "%s", directory);

        if (target[0] == '/')
                return false;
        while (*target != '\0') {
                size_t length = strcspn(target, "/");

                if (length == 2 && strncmp(target, "..", 2) == 0) {
                        char *slash = strrchr(out, '/');

                        if (n == 0)
                                return false;
                        n = slash ? (size_t) (slash - out) : 0;
                        out[n] = '\0';
                } else if (length > 0 && (length != 1 || target[0] != '.')) {
                        if (n + length + 2 > PATH_MAX)
                                return false;
                        n += (size_t) snprintf(
                                out + n, PATH_MAX - n, "%s%.*s", n > 0 ? "/" : "", (int) length,
                                target);
                }
                target += length + (target[length] == '/');
        }
        return true;
}

static int look_at_link(
        ContentCheck *check, const EffectiveDir *dir, const char *directory,
        const EffectiveEntry *entry, const char *path) {
        ContentFinding finding = { .fault = CONTENT_BROKEN_LINK, .layer = entry->layer };
        char target[PATH_MAX], found[PATH_MAX];
        ssize_t n = readlinkat(dir->fds[entry->layer], entry->name, target, sizeof(target) - 1);
        int r;

        if (n < 0)
                return errno == ENOENT || errno == EINVAL ? 0 : -errno;
        target[n] = '\0';
        r = resolve_link(directory, target, found)
                    ? effective_exists(check->layers->fds, check->layers->n, found)
                    : 0;
        if (r != 0)
                return r < 0 ? r : 0;
        finding.path = strdup(path);
        finding.detail = strdup(target);
        if (!finding.path || !finding.detail) {
                finding_done(&finding);
                return -ENOMEM;
        }
        return content_add(check->report, &finding);
}

/* Libraries of Source games; SourceMod brings extensions for other games, which L4D2 never loads.
 */
static bool is_of_another_game(const LoadProblem *problem) {
        static const char *const names[] = { "tier0", "vstdlib", "mathlib", "steam_api" };

        for (size_t i = 0; problem->fault == LOAD_NO_LIBRARY && i < ELEMENTSOF(names); i++)
                if (strstr(problem->subject, names[i]))
                        return true;
        return false;
}

/* SourceMod and MetaMod have those for 64-bit games in directories of their own. */
static bool is_for_64_bit(const char *path) {
        return strstr(path, "/x64/") || strstr(path, "/linux64/") || strstr(path, "/x86_64/") ||
               ends_with(path, "_x64.so");
}

static int look_at_library(
        ContentCheck *check, int dir_fd, const EffectiveEntry *entry, const char *path) {
        ContentFinding finding = { .fault = CONTENT_NOT_LOADABLE, .layer = entry->layer };
        LoadProblem problem;
        int r;

        if (is_for_64_bit(path))
                return 0;
        r = load_host_check(check->host, dir_fd, entry->name, &problem);
        if (r <= 0)
                return r == -ENOMEM ? r : 0;
        if (is_of_another_game(&problem) || problem.fault == LOAD_UNREADABLE)
                r = 0;
        else {
                r = load_problem_text(&problem, load_host_machine(check->host), &finding.detail);
                finding.path = strdup(path);
                if (r >= 0 && finding.path)
                        r = content_add(check->report, &finding);
                else {
                        finding_done(&finding);
                        r = -ENOMEM;
                }
        }
        load_problem_done(&problem);
        return r;
}

/* A picture and a text with the add-on's name come with it from the Workshop. */
static bool is_known_in_addons(const char *name) {
        static const char *const ends[] = { ".vpk", ".vdf", ".so", ".dll", ".jpg", ".txt", ".ini" };

        for (size_t i = 0; i < ELEMENTSOF(ends); i++)
                if (ends_with(name, ends[i]))
                        return true;
        return name[0] == '.';
}

static int look_at_file(
        ContentCheck *check, int dir_fd, const char *directory, const EffectiveEntry *entry,
        const char *path) {
        bool in_addons = strcmp(directory, ADDONS) == 0;
        int r = 0;

        if (ends_with(entry->name, ".vpk") &&
            (in_addons || strcmp(directory, ADDONS "/workshop") == 0))
                return content_look_at_vpk(check, dir_fd, entry->name, entry->layer, path);
        if (ends_with(entry->name, ".so"))
                r = look_at_library(check, dir_fd, entry, path);
        else if (in_addons && !is_known_in_addons(entry->name))
                r = content_add_path(check->report, CONTENT_NOT_AN_ADDON, entry->layer, path);
        return r;
}

static int look_at_entry(
        ContentCheck *check, const EffectiveDir *dir, const char *directory,
        const EffectiveEntry *entry) {
        _cleanup_free_ char *path = NULL;
        int r;

        if (entry->layer >= check->layers->n_checked || S_ISDIR(entry->st.st_mode))
                return 0;
        r = join(directory, entry->name, &path);
        if (r < 0)
                return r;
        if (S_ISLNK(entry->st.st_mode))
                return look_at_link(check, dir, directory, entry, path);
        if (S_ISREG(entry->st.st_mode))
                return look_at_file(check, dir->fds[entry->layer], directory, entry, path);
        return content_add_path(check->report, CONTENT_SPECIAL, entry->layer, path);
}

static int look_into(
        const EffectiveDir *dir, const char *path, const EffectiveList *list, void *userdata) {
        ContentCheck *check = userdata;
        int r;

        r = find_clashes(check, path, list);
        if (r >= 0)
                r = content_look_at_maps(check, dir, path, list);
        for (size_t i = 0; i < list->n_items && r >= 0; i++)
                r = look_at_entry(check, dir, path, &list->items[i]);
        return r;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int find_unreadable(ContentCheck *check) {
        for (size_t i = 0; i < check->layers->n_checked; i++) {
                _cleanup_(unreadable_done) Unreadable found = {};
                int r = check->layers->fds[i] < 0
                                ? 0
                                : overlay_find_unreadable(check->layers->fds[i], &found);

                if (r >= 0 && found.path)
                        r = content_add_path(check->report, CONTENT_UNREADABLE, i, found.path);
                if (r == -ENOMEM)
                        return r;
        }
        return 0;
}

int content_report(const ContentLayers *layers, ContentReport *ret) {
        _cleanup_(load_host_freep) LoadHost *host = NULL;
        _cleanup_(path_table_freep) PathTable *paths = NULL;
        ContentCheck check;
        int r;

        *ret = (ContentReport) {};
        r = load_host_new(layers->fds, layers->n, layers->root, &host);
        if (r >= 0)
                r = path_table_new(&paths);
        if (r < 0)
                return r;
        check = (ContentCheck) { layers, ret, host, paths };
        ret->machine = load_host_machine(host);
        r = find_unreadable(&check);
        if (r >= 0)
                r = effective_walk(layers->fds, layers->n, layers->n_checked, look_into, &check);
        return r < 0 ? r : content_find_overlaps(&check);
}

void content_report_clear(ContentReport *report) {
        for (size_t i = 0; i < report->n_findings; i++)
                finding_done(&report->findings[i]);
        for (size_t i = 0; i < report->n_addons; i++) {
                free(report->addons[i].path);
                addon_free(report->addons[i].addon);
                strv_free(report->addons[i].maps);
        }
        free(report->findings);
        free(report->addons);
        *report = (ContentReport) {};
}
