/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The trial's rule for files: paths that the sandbox hides or makes read-only while the host would
 * let the game's user have them, and writes in the game tree outside of writable_directories=.
 */

#include <stdio.h>
#include <string.h>

#include "trial/rules-internal.h"

/* Which arguments of a call are a path; -1: it has no such argument. A call with two paths has two
 * rows. */
typedef struct FileCall {
        const char *name;
        int directory, path;
        int flags; /* that tell whether it writes */
        bool writes;
} FileCall;

static const FileCall file_calls[] = {
        { "open", -1, 0, 1, false },
        { "openat", 0, 1, 2, false },
        { "openat2", 0, 1, 2, false },
        { "creat", -1, 0, -1, true },
        { "access", -1, 0, 1, false },
        { "faccessat", 0, 1, 2, false },
        { "faccessat2", 0, 1, 2, false },
        { "stat", -1, 0, -1, false },
        { "stat64", -1, 0, -1, false },
        { "lstat", -1, 0, -1, false },
        { "lstat64", -1, 0, -1, false },
        { "newfstatat", 0, 1, -1, false },
        { "fstatat64", 0, 1, -1, false },
        { "statx", 0, 1, -1, false },
        { "statfs", -1, 0, -1, false },
        { "statfs64", -1, 0, -1, false },
        { "readlink", -1, 0, -1, false },
        { "readlinkat", 0, 1, -1, false },
        { "chdir", -1, 0, -1, false },
        { "execve", -1, 0, -1, false },
        { "execveat", 0, 1, -1, false },
        { "mkdir", -1, 0, -1, true },
        { "mkdirat", 0, 1, -1, true },
        { "mknod", -1, 0, -1, true },
        { "mknodat", 0, 1, -1, true },
        { "rmdir", -1, 0, -1, true },
        { "unlink", -1, 0, -1, true },
        { "unlinkat", 0, 1, -1, true },
        { "rename", -1, 0, -1, true },
        { "rename", -1, 1, -1, true },
        { "renameat", 0, 1, -1, true },
        { "renameat", 2, 3, -1, true },
        { "renameat2", 0, 1, -1, true },
        { "renameat2", 2, 3, -1, true },
        { "link", -1, 1, -1, true },
        { "linkat", 2, 3, -1, true },
        { "symlink", -1, 1, -1, true },
        { "symlinkat", 1, 2, -1, true },
        { "truncate", -1, 0, -1, true },
        { "truncate64", -1, 0, -1, true },
        { "chmod", -1, 0, -1, true },
        { "fchmodat", 0, 1, -1, true },
        { "utime", -1, 0, -1, true },
        { "utimes", -1, 0, -1, true },
        { "utimensat", 0, 1, -1, true },
        { "connect", -1, 1, -1, false },
        { "bind", -1, 1, -1, true },
        /* i386 has times of 64 bits in calls of their own. */
        { "utimensat_time64", 0, 1, -1, true },
        { "futimesat", 0, 1, -1, true },
        { "fchmodat2", 0, 1, -1, true },
        { "name_to_handle_at", 0, 1, -1, false },
        { "inotify_add_watch", -1, 1, -1, false },
        { "getxattr", -1, 0, -1, false },
        { "lgetxattr", -1, 0, -1, false },
        { "getxattrat", 0, 1, -1, false },
        { "listxattr", -1, 0, -1, false },
        { "llistxattr", -1, 0, -1, false },
        { "listxattrat", 0, 1, -1, false },
        { "setxattr", -1, 0, -1, true },
        { "lsetxattr", -1, 0, -1, true },
        { "setxattrat", 0, 1, -1, true },
        { "removexattr", -1, 0, -1, true },
        { "lremovexattr", -1, 0, -1, true },
        { "removexattrat", 0, 1, -1, true },
};

bool trial_is_file_call(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(file_calls); i++)
                if (strcmp(file_calls[i].name, name) == 0)
                        return true;
        return false;
}

/* --- paths ------------------------------------------------------------------------------------ */

/* Appends the components of path to the normalized result, "" for the root. By name only: the
 * server's links are not the host's. */
static bool append_path(char *result, size_t size, const char *path, size_t length) {
        size_t used = strlen(result);

        while (length > 0) {
                const char *slash = memchr(path, '/', length);
                size_t n = slash ? (size_t) (slash - path) : length;

                if (n == 2 && memcmp(path, "..", 2) == 0) {
                        char *last = strrchr(result, '/');

                        if (last)
                                *last = '\0';
                        used = strlen(result);
                } else if (n > 0 && !(n == 1 && *path == '.')) {
                        if (used + n + 2 > size)
                                return false;
                        result[used++] = '/';
                        memcpy(result + used, path, n);
                        used += n;
                        result[used] = '\0';
                }
                n += slash ? 1 : 0;
                path += n;
                length -= n;
        }
        return true;
}

/* The path of a socket in the file system. */
static bool is_unix_address(const StraceText *argument) {
        return memmem(argument->text, argument->size, "sun_path=\"", strlen("sun_path=\""));
}

static bool is_address_call(const FileCall *file) {
        return strcmp(file->name, "bind") == 0 || strcmp(file->name, "connect") == 0;
}

static bool resolve(
        const TrialUnit *unit, const StraceCall *call, const FileCall *file,
        char result[static TRIAL_SUBJECT_MAX]) {
        StraceText argument, directory, base = { unit->tree, strlen(unit->tree) };
        char path[TRIAL_SUBJECT_MAX];

        if (!strace_argument(call, (size_t) file->path, &argument) ||
            (is_address_call(file) && !is_unix_address(&argument)) ||
            !strace_string(&argument, path, sizeof(path)) || path[0] == '\0')
                return false;
        if (file->directory >= 0 && strace_argument(call, (size_t) file->directory, &directory))
                (void) strace_annotation(&directory, &base);

        result[0] = '\0';
        if (path[0] != '/' && !append_path(result, TRIAL_SUBJECT_MAX, base.text, base.size))
                return false;
        return append_path(result, TRIAL_SUBJECT_MAX, path, strlen(path)) && result[0] != '\0';
}

/* False for what lies in the root itself. */
static bool get_parent(const char *path, char parent[static TRIAL_SUBJECT_MAX]) {
        const char *slash = strrchr(path, '/');

        if (!slash || slash == path)
                return false;
        memcpy(parent, path, (size_t) (slash - path));
        parent[slash - path] = '\0';
        return true;
}

bool trial_is_beneath(const char *path, const char *directory) {
        size_t length = strlen(directory);

        return strncmp(path, directory, length) == 0 &&
               (path[length] == '/' || path[length] == '\0');
}

/* --- verdicts --------------------------------------------------------------------------------- */

static bool has_text(const StraceText *text, const char *part) {
        return memmem(text->text, text->size, part, strlen(part));
}

static bool call_writes(const StraceCall *call, const FileCall *file) {
        StraceText flags;

        if (file->writes)
                return true;
        return file->flags >= 0 && strace_argument(call, (size_t) file->flags, &flags) &&
               (has_text(&flags, "O_WRONLY") || has_text(&flags, "O_RDWR") ||
                has_text(&flags, "O_CREAT") || has_text(&flags, "W_OK"));
}

static bool is_refused(const StraceCall *call) {
        return strcmp(call->error, "EACCES") == 0 || strcmp(call->error, "EPERM") == 0 ||
               strcmp(call->error, "EROFS") == 0;
}

/* Whether the host would have let the game's user do that. */
static bool host_allows(const TrialUnit *unit, const char *path, bool writes) {
        char parent[TRIAL_SUBJECT_MAX];
        TrialFile file = {};

        unit->look(path, &file);
        if (file.exists)
                return writes ? file.is_writable : file.is_readable;
        if (!writes || !get_parent(path, parent))
                return false;
        unit->look(parent, &file);
        return file.exists && file.is_directory && file.is_writable;
}

static void fill(
        TrialDenial *denial, TrialKind kind, const char *directive, const StraceCall *call,
        const char *path) {
        *denial = (TrialDenial) { .kind = kind, .directive = directive };
        (void) snprintf(denial->effect, sizeof(denial->effect), "%s", call->error);
        (void) snprintf(denial->subject, sizeof(denial->subject), "%s", path);
        denial->makes_directory = strncmp(call->name, "mkdir", strlen("mkdir")) == 0;
}

static bool judge_outside(
        const TrialUnit *unit, const StraceCall *call, const FileCall *file, const char *path,
        TrialDenial *ret) {
        bool writes = call_writes(call, file);
        TrialKind kind = writes ? TRIAL_WRITE : TRIAL_READ;
        TrialCover cover;

        if (!trial_find_cover(unit->properties, path, writes, &cover) ||
            !host_allows(unit, path, writes))
                return false;
        if (strcmp(file->name, "connect") == 0)
                kind = TRIAL_SOCKET;
        fill(ret, kind, cover.directive, call, path);
        (void) snprintf(
                ret->cover, sizeof(ret->cover), "%.*s", (int) cover.path.size, cover.path.text);
        return true;
}

static bool judge_path(
        const TrialUnit *unit, const StraceCall *call, const FileCall *file, TrialDenial *ret) {
        bool is_missing = strcmp(call->error, "ENOENT") == 0;
        char path[TRIAL_SUBJECT_MAX];

        if ((!is_missing && !is_refused(call)) || !resolve(unit, call, file, path))
                return false;
        if (!trial_is_beneath(path, unit->tree))
                return judge_outside(unit, call, file, path, ret);
        if (trial_judge_link(unit, call, path, ret))
                return true;
        if (is_missing || !call_writes(call, file))
                return false;
        fill(ret, TRIAL_WRITE, "writable_directories=", call, path);
        return true;
}

bool trial_judge_file(const TrialUnit *unit, const StraceEvent *event, TrialDenial *ret) {
        if (event->call->error[0] == '\0')
                return false;
        for (size_t i = 0; i < ELEMENTSOF(file_calls); i++)
                if (strcmp(file_calls[i].name, event->call->name) == 0 &&
                    judge_path(unit, event->call, &file_calls[i], ret))
                        return true;
        return false;
}
