/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Where paths lead on the host, and which places of it no setting of a trial may bind. systemd
 * follows symbolic links, as root, each time the unit starts, so a place that the server can
 * replace is as good as any other place of the host.
 */

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "trial/findings.h"
#include "trial/rules-internal.h"

/* As many as the kernel follows. */
enum { LINKS_MAX = 40 };

/* --- following -------------------------------------------------------------------------------- */

/* Takes the next component off a path; false at the end. */
static bool take_component(const char **path, StraceText *ret) {
        const char *start = *path + strspn(*path, "/");
        size_t length = strcspn(start, "/");

        *path = start + length;
        *ret = (StraceText) { start, length };
        return length > 0;
}

static void step_up(char *path) {
        char *slash = strrchr(path, '/');

        if (slash)
                *slash = '\0';
}

static bool step_down(char path[static TRIAL_SUBJECT_MAX], const StraceText *name) {
        size_t used = strlen(path);

        if (used + name->size + 2 > TRIAL_SUBJECT_MAX)
                return false;
        path[used] = '/';
        memcpy(path + used + 1, name->text, name->size);
        path[used + 1 + name->size] = '\0';
        return true;
}

/* Continues at the target of the link that path has come to. */
static bool follow(
        char path[static TRIAL_SUBJECT_MAX], char *rest, const char *remaining,
        const char *target) {
        char next[TRIAL_SUBJECT_MAX];
        int n = snprintf(next, sizeof(next), "%s/%s", target, remaining);

        if (n < 0 || (size_t) n >= sizeof(next))
                return false;
        memcpy(rest, next, (size_t) n + 1);
        if (target[0] == '/')
                path[0] = '\0';
        else
                step_up(path);
        return true;
}

bool trial_walk(
        const TrialUnit *unit, const char *path,
        bool (*visit)(const TrialUnit *unit, const char *directory), TrialWalk *ret) {
        char rest[TRIAL_SUBJECT_MAX], target[TRIAL_SUBJECT_MAX];
        const char *p = rest;
        unsigned n_links = 0;
        StraceText name;

        ret->path[0] = ret->first_link[0] = '\0';
        if (strlen(path) >= sizeof(rest))
                return false;
        memcpy(rest, path, strlen(path) + 1);
        while (take_component(&p, &name)) {
                if (visit && !visit(unit, ret->path[0] == '\0' ? "/" : ret->path))
                        return false;
                if (strace_text_equal(&name, "."))
                        continue;
                if (strace_text_equal(&name, "..")) {
                        step_up(ret->path);
                        continue;
                }
                if (!step_down(ret->path, &name))
                        return false;
                if (!unit->read_link(ret->path, target))
                        continue;
                if (n_links++ == 0)
                        memcpy(ret->first_link, ret->path, sizeof(ret->path));
                if (n_links > LINKS_MAX || !follow(ret->path, rest, p, target))
                        return false;
                p = rest;
        }
        return true;
}

/* --- links in the tree ------------------------------------------------------------------------ */

/* Whether the call means a link itself, not where it leads. */
static bool acts_on_link(const char *name) {
        static const char *const prefixes[] = {
                "unlink",     "rename",    "link",         "symlink",  "mkdir",
                "mknod",      "rmdir",     "lstat",        "readlink", "lgetxattr",
                "llistxattr", "lsetxattr", "lremovexattr", "bind",
        };

        for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
                if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
                        return true;
        return false;
}

/*
 * Whether to advise to put the file itself in the place of a link: an admin who does so copies as
 * root. Not for a link that the server may have made itself, nor for files that the host would not
 * let the game's user read.
 */
static bool may_replace(const TrialUnit *unit, const TrialWalk *walk) {
        char parent[TRIAL_SUBJECT_MAX];
        TrialFile directory = {}, target = {};

        (void) snprintf(parent, sizeof(parent), "%s", walk->first_link);
        step_up(parent);
        unit->look(parent, &directory);
        unit->look(walk->path, &target);
        return !directory.is_writable && target.is_readable && !trial_refuse_place(walk->path);
}

/* Why the server can't have what path leads to, NULL: no link is to blame. */
static const char *blame_link(
        const TrialUnit *unit, const StraceCall *call, const char *path, TrialWalk *walk) {
        char start[TRIAL_SUBJECT_MAX], target[TRIAL_SUBJECT_MAX];
        bool is_missing = strcmp(call->error, "ENOENT") == 0, ends_in_link = false;
        TrialCover cover;

        (void) snprintf(start, sizeof(start), "%s", path);
        if (acts_on_link(call->name))
                step_up(start);
        else
                ends_in_link = is_missing && unit->read_link(start, target);
        if (!trial_walk(unit, start, NULL, walk) || walk->first_link[0] == '\0')
                return NULL;
        if (trial_is_beneath(walk->path, unit->tree))
                return ends_in_link ? N_("nothing: the target of this link is missing") : NULL;
        if (!ends_in_link && !trial_find_cover(unit->properties, walk->path, false, &cover))
                return NULL;
        if (!may_replace(unit, walk))
                return N_(
                        "nothing: this link leads out of what the server sees; the server may have "
                        "made it, or the file is not for it");
        return N_("nothing: this link leads out of what the server sees; put the file itself, or a "
                  "hard link, in its place");
}

bool trial_judge_link(
        const TrialUnit *unit, const StraceCall *call, const char *path, TrialDenial *ret) {
        const char *refusal;
        TrialWalk walk;

        refusal = blame_link(unit, call, path, &walk);
        if (!refusal)
                return false;
        *ret = (TrialDenial) { .kind = TRIAL_LINK,
                               .directive = "dangling link",
                               .refusal = refusal };
        (void) snprintf(ret->effect, sizeof(ret->effect), "%s", call->error);
        (void) snprintf(ret->subject, sizeof(ret->subject), "%s", walk.first_link);
        return true;
}

/* --- places ----------------------------------------------------------------------------------- */

static const char home_refusal[] = N_("nothing: the home directory of a user lies there");

static bool is_or_holds(const char *place, const char *directory) {
        return trial_is_beneath(place, directory) || trial_is_beneath(directory, place);
}

const char *trial_refuse_place(const char *place) {
        static const char state[] = N_("nothing: left4me keeps files of all servers there"),
                          kernel[] = N_("nothing: the kernel's files are not for a unit to bind");
        static const char *const places[][2] = {
                { "/var/lib/left4me", state },
                { "/var/lib/left4me-build", state },
                { "/var/lib/left4me-game", state },
                { "/run/left4me", state },
                { "/run/left4me-web", state },
                { "/etc/left4me", state },
                { "/home", home_refusal },
                { "/root", home_refusal },
                { "/run/user", home_refusal },
                { "/proc", kernel },
                { "/sys", kernel },
        };

        if (place[0] == '\0' || strcmp(place, "/") == 0)
                return N_("nothing: that would be the whole host");
        for (size_t i = 0; i < ELEMENTSOF(places); i++)
                if (is_or_holds(place, places[i][0]))
                        return places[i][1];
        return NULL;
}

/* With what is there a server speaks to the services that manage the host; a socket that is bound
 * read-only takes connections all the same. Debian's /var/run is a link to /run. */
bool trial_opens_control_plane(const char *place) {
        static const char *const places[] = { "/run/dbus", "/run/systemd", "/var/run" };

        for (size_t i = 0; i < ELEMENTSOF(places); i++)
                if (is_or_holds(place, places[i]))
                        return true;
        return false;
}

/* Whether root alone decides what its names mean, and no home lies there. */
static bool is_trusted(const TrialUnit *unit, const char *directory) {
        TrialFile file = {};

        unit->look(directory, &file);
        return file.is_roots && !file.is_home;
}

static const char *refuse_on_host(const TrialUnit *unit, const char *place) {
        const char *refusal;
        TrialFile file = {};
        TrialWalk walk;

        unit->look(place, &file);
        if (file.is_home)
                return home_refusal;
        if (!trial_walk(unit, place, is_trusted, &walk))
                return N_("nothing: the server or a user could replace this path by a link");
        refusal = trial_refuse_place(walk.path);
        if (refusal)
                return refusal;
        return trial_opens_control_plane(walk.path) && !trial_opens_control_plane(place)
                       ? N_("nothing: it leads to the services that manage the host")
                       : NULL;
}

void trial_findings_check_places(TrialFindings *findings, const TrialUnit *unit) {
        for (size_t i = 0; i < findings->n_items; i++) {
                TrialDenial *denial = &findings->items[i].denial;
                char parent[TRIAL_SUBJECT_MAX];
                const char *place;

                if (denial->refusal || !trial_needs_bind(denial))
                        continue;
                place = trial_bind_place(denial, parent);
                denial->refusal = trial_refuse_place(place);
                if (!denial->refusal)
                        denial->refusal = refuse_on_host(unit, place);
        }
}
