/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/name.h"
#include "base/text.h"
#include "common/file-text.h"
#include "doctor/doctor.h"

#define INSTALL_FIX N_("install left4me again: make install in its source")

/* Below the root; the path of the real thing is in buffer. */
static const char *in_root(const Doctor *doctor, const char *path, char buffer[static 512]) {
        (void) snprintf(buffer, 512, "%s%s", doctor->ctl->paths->root, path);
        return buffer;
}

/* --- units and programs ----------------------------------------------------------------------- */

/* The paths that `make install` brought, one a line: it makes this list itself. */
#define INSTALLED_LIST "/usr/lib/left4me/installed"
/* check_polkit() says what its absence means. */
#define POLKIT_RULE "/usr/share/polkit-1/rules.d/40-left4me.rules"

/* A file of the same name there takes the place of the shipped one, with all that protects in it.
 */
static int check_replaced(Doctor *doctor, const char *installed, bool *all) {
        static const char *const directories[] = { "/etc/systemd/system", "/run/systemd/system" };
        static const char prefix[] = "/usr/lib/systemd/system/";
        const char *name = installed + strlen(prefix);
        int r = 0;

        /* A link that starts a unit is not a unit file. */
        if (strncmp(installed, prefix, strlen(prefix)) != 0 || strstr(name, ".wants/"))
                return 0;
        for (size_t i = 0; i < ELEMENTSOF(directories) && r >= 0; i++) {
                char path[512], below[256], fix[512];

                (void) snprintf(below, sizeof(below), "%s/%s", directories[i], name);
                if (!may_access(in_root(doctor, below, path), F_OK))
                        continue;
                *all = false;
                if (strchr(name, '/'))
                        (void) snprintf(
                                fix, sizeof(fix), "rm %s && systemctl daemon-reload", below);
                else
                        (void) snprintf(fix, sizeof(fix), "systemctl revert %s", name);
                r = doctor_report(
                        doctor, FINDING_ERROR, fix, "%s overrides the file that left4me installs",
                        below);
        }
        return r;
}

static int check_installed(Doctor *doctor, const char *installed, bool *all) {
        char path[512];
        int r = 0;

        if (strcmp(installed, POLKIT_RULE) == 0)
                return 0;
        if (!may_access(in_root(doctor, installed, path), F_OK)) {
                *all = false;
                r = doctor_report(doctor, FINDING_ERROR, INSTALL_FIX, "%s is missing", installed);
        }
        return r < 0 ? r : check_replaced(doctor, installed, all);
}

int check_units(Doctor *doctor) {
        _cleanup_free_ char *text = NULL;
        char path[512], *rest = NULL;
        bool all = true;
        int r;

        r = read_text(in_root(doctor, INSTALLED_LIST, path), &text);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_ERROR, INSTALL_FIX, "%s: %s", INSTALLED_LIST, strerror(-r));

        for (char *line = strtok_r(text, "\n", &rest); line && r >= 0;
             line = strtok_r(NULL, "\n", &rest))
                r = check_installed(doctor, line, &all);
        return r < 0 || !all
                       ? r
                       : doctor_report(doctor, FINDING_OK, NULL, "units and programs are in place");
}

int check_polkit(Doctor *doctor) {
        char rules[512], daemon[512];

        if (!may_access(in_root(doctor, "/usr/lib/polkit-1/polkitd", daemon), F_OK))
                return doctor_report(
                        doctor, FINDING_WARNING, "apt install polkitd",
                        "polkit is not installed: only root can start and stop servers");
        if (!may_access(in_root(doctor, POLKIT_RULE, rules), F_OK))
                return doctor_report(
                        doctor, FINDING_WARNING, INSTALL_FIX,
                        "left4me's polkit rule is missing: only root can start and stop servers");
        if (may_access(in_root(doctor, "/etc/polkit-1/rules.d/40-left4me.rules", rules), F_OK))
                return doctor_report(
                        doctor, FINDING_ERROR, "rm /etc/polkit-1/rules.d/40-left4me.rules",
                        "a rule in /etc/polkit-1 overrides the rule of left4me, which separates "
                        "the web app from root");
        return doctor_report(doctor, FINDING_OK, NULL, "polkit and its rule are in place");
}

/* --- users ------------------------------------------------------------------------------------ */

int check_users(Doctor *doctor) {
        static const char fix[] = "systemd-sysusers left4me.conf";
        static const char *const names[] = { "left4me", "left4me-game", "left4me-build",
                                             "left4me-report", "left4me-watch" };
        uid_t uids[ELEMENTSOF(names)];

        for (size_t i = 0; i < ELEMENTSOF(names); i++) {
                const struct passwd *user = getpwnam(names[i]);

                if (!user)
                        return doctor_report(
                                doctor, FINDING_ERROR, fix, "user %s is missing", names[i]);
                uids[i] = user->pw_uid;
                for (size_t k = 0; k <= i; k++)
                        if (uids[i] == 0 || (k < i && uids[k] == uids[i]))
                                return doctor_report(
                                        doctor, FINDING_ERROR,
                                        "give each a uid of its own in /etc/passwd",
                                        "user %s is %s", names[i], uids[i] ? names[k] : "root");
        }
        if (!getgrnam("left4me-operators"))
                return doctor_report(
                        doctor, FINDING_ERROR, fix, "group left4me-operators is missing");
        return doctor_report(
                doctor, FINDING_OK, NULL, "users %u, %u, %u and %u and the group left4me-operators",
                uids[0], uids[1], uids[2], uids[3]);
}

/* --- directories ------------------------------------------------------------------------------ */

/* One "d PATH MODE USER GROUP …" line. */
typedef struct Wanted {
        char path[256], user[33], group[33];
        unsigned mode;
} Wanted;

static const char directories_fix[] = "systemd-tmpfiles --create left4me.conf";

static int compare(Doctor *doctor, const Wanted *wanted, const struct stat *st, bool *all) {
        const struct passwd *user = getpwnam(wanted->user);
        const struct group *group = getgrnam(wanted->group);

        if (!S_ISDIR(st->st_mode)) {
                char fix[512];

                *all = false;
                (void) snprintf(fix, sizeof(fix), "rm %s && %s", wanted->path, directories_fix);
                return doctor_report(
                        doctor, FINDING_ERROR, fix, "%s is not a directory", wanted->path);
        }
        if (!user || !group)
                return 0; /* said by check_users() */
        if ((st->st_mode & 07777) == wanted->mode && st->st_uid == user->pw_uid &&
            st->st_gid == group->gr_gid)
                return 0;
        *all = false;
        return doctor_report(
                doctor, FINDING_ERROR, directories_fix,
                "%s has mode %04o and belongs to %u:%u, not mode %04o and %s:%s", wanted->path,
                st->st_mode & 07777, st->st_uid, st->st_gid, wanted->mode, wanted->user,
                wanted->group);
}

static int check_directory(Doctor *doctor, const Wanted *wanted, bool *all) {
        char path[512];
        struct stat st;

        if (lstat(in_root(doctor, wanted->path, path), &st) >= 0)
                return compare(doctor, wanted, &st, all);
        *all = false;
        if (errno == EACCES)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"), "%s can't be examined",
                        wanted->path);
        return doctor_report(
                doctor, FINDING_ERROR, directories_fix, "%s: %s", wanted->path, strerror(errno));
}

/* A directory of a server, or of the owner of blueprints. */
static int check_shared(
        Doctor *doctor, int parent_fd, const char *parent, const char *name, bool *all) {
        char path[512], fix[600];
        struct stat st;

        if (!instance_name_is_valid(name) ||
            fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode) ||
            (st.st_mode & 0050) == 0050)
                return 0;
        *all = false;
        (void) snprintf(path, sizeof(path), "%s/%s", parent, name);
        /* Another user can put a link there. */
        (void) snprintf(fix, sizeof(fix), "chmod --no-dereference g+rx %s", path);
        return doctor_report(
                doctor, FINDING_WARNING, fix,
                "%s is closed to its group: neither left4me-watch nor operators can read what is "
                "in it",
                path);
}

/* The web app of an earlier version made them under a umask that left the group nothing. */
static int check_all_shared(Doctor *doctor, const char *parent, bool *all) {
        _cleanup_(closedirp) DIR *dir = opendir(parent);
        const struct dirent *entry;
        int r;

        if (!dir && errno == ENOENT)
                return 0; /* said by check_directory() */
        if (!dir) {
                *all = false;
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"), "%s can't be examined",
                        parent);
        }
        while ((r = next_entry(dir, &entry)) > 0) {
                r = check_shared(doctor, dirfd(dir), parent, entry->d_name, all);
                if (r < 0)
                        return r;
        }
        return r;
}

int check_directories(Doctor *doctor) {
        _cleanup_free_ char *text = NULL;
        bool all = true;
        size_t n = 0;
        char path[512];
        int r;

        /* The file for tmpfiles lists the directories that the host should have. */
        r = read_text(in_root(doctor, "/usr/lib/tmpfiles.d/left4me.conf", path), &text);
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_ERROR, INSTALL_FIX, "/usr/lib/tmpfiles.d/left4me.conf: %s",
                        strerror(-r));

        for (const char *line = text; line && r >= 0; line = strchr(line, '\n')) {
                Wanted wanted;

                line += *line == '\n';
                if (sscanf(line, "d %255s %o %32s %32s", wanted.path, &wanted.mode, wanted.user,
                           wanted.group) != 4)
                        continue;
                n++;
                r = check_directory(doctor, &wanted, &all);
        }
        if (r >= 0)
                r = check_all_shared(doctor, doctor->ctl->paths->instances_dir, &all);
        if (r >= 0)
                r = check_all_shared(doctor, doctor->ctl->paths->blueprints_dir, &all);
        return r < 0 || !all ? r
                             : doctor_report(
                                       doctor, FINDING_OK, NULL,
                                       "%zu directories are as they should be", n);
}
