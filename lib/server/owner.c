/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/owner.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/time-text.h"
#include "spec/edit.h"

#define OWNER_FILE "owner"

enum { OWNER_SIZE_MAX = 128 };

typedef struct Note {
        char owner[INSTANCE_NAME_MAX + 1]; /* "-" for a server of the admins, which is not a name */
        uint64_t since;
} Note;

/* The owner of a blueprint, as a note has it. */
static void set_owner(const char *blueprint, char owner[static INSTANCE_NAME_MAX + 1]) {
        if (blueprint)
                (void) snprintf(
                        owner, INSTANCE_NAME_MAX + 1, "%.*s", (int) strcspn(blueprint, "/"),
                        blueprint);
        else
                (void) snprintf(owner, INSTANCE_NAME_MAX + 1, "-");
}

/* The owner by the text of a spec, which may have errors elsewhere. -errno when that can't be told.
 */
static int owner_of_text(const char *text, size_t size, char owner[static INSTANCE_NAME_MAX + 1]) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(strv_freep) char **values = NULL;
        const YamlSource source = { "", text, size, &errors };
        int r;

        r = spec_edit_get(&source, &spec_keys, "blueprint", &values);
        if (r < 0 && r != -ENODATA)
                return r;
        if (r >= 0 && values[0] && !blueprint_ref_is_valid(values[0]))
                return -EINVAL;
        set_owner(r >= 0 ? values[0] : NULL, owner);
        return 0;
}

static int read_note(const SpecContext *context, int instance_fd, Note *ret) {
        const uid_t owners[] = { 0, context->owner };
        const FileLimits limits = {
                .size_max = OWNER_SIZE_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        _cleanup_free_ char *text = NULL;
        Note note;
        size_t size;
        char end;
        int r;

        static_assert(INSTANCE_NAME_MAX == 32, "the width below");
        r = read_file_beneath(instance_fd, OWNER_FILE, &limits, &text, &size);
        if (r < 0)
                return r;
        if (sscanf(text, "%32s %" SCNu64 "%c", note.owner, &note.since, &end) != 3 || end != '\n')
                return -EINVAL;
        *ret = note;
        return 0;
}

static int spec_change_time(int instance_fd, uint64_t *ret) {
        struct stat st;

        if (fstatat(instance_fd, SPEC_FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        *ret = timespec_usec(&st.st_ctim);
        return 0;
}

static int since(
        const SpecContext *context, int instance_fd, const char owner[static INSTANCE_NAME_MAX + 1],
        uint64_t *ret) {
        Note note;

        if (read_note(context, instance_fd, &note) < 0 || strcmp(note.owner, owner) != 0)
                return spec_change_time(instance_fd, ret);
        *ret = note.since;
        return 0;
}

int server_owner_since(
        const SpecContext *context, const char *name, const char *blueprint, uint64_t *ret) {
        char owner[INSTANCE_NAME_MAX + 1];
        _cleanup_close_ int fd = -EBADF;

        if (!instance_name_is_valid(name))
                return -EINVAL;
        fd = open_beneath(context->instances_fd, name, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        set_owner(blueprint, owner);
        return since(context, fd, owner, ret);
}

/* The owner that the present spec names. */
static int present_owner(
        const SpecContext *context, const char *name, char ret[static INSTANCE_NAME_MAX + 1]) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_free_ char *text = NULL;
        char file[PATH_MAX];
        size_t size;
        int r;

        r = spec_read(context, name, &errors, file, &text, &size);
        return r < 0 ? r : owner_of_text(text, size, ret);
}

int server_owner_is(const SpecContext *context, const char *name, const char *owner) {
        char present[INSTANCE_NAME_MAX + 1];
        int r;

        if (owner[0] == '\0')
                return 1;
        r = present_owner(context, name, present);
        return r == -ENOENT ? 0 : r < 0 ? r : strcmp(present, owner) == 0;
}

/* When the server came to this owner, if the present spec says that it belongs to them. */
static uint64_t present_since(
        const SpecContext *context, int instance_fd, const char *name,
        const char owner[static INSTANCE_NAME_MAX + 1]) {
        char present[INSTANCE_NAME_MAX + 1];
        uint64_t time;

        if (present_owner(context, name, present) < 0 || strcmp(present, owner) != 0 ||
            since(context, instance_fd, owner, &time) < 0)
                return now_realtime();
        return time;
}

int server_owner_note(
        const SpecContext *context, int instance_fd, const char *name, const char *text,
        size_t size) {
        char line[OWNER_SIZE_MAX];
        Note note, old;
        int n, r;

        r = owner_of_text(text, size, note.owner);
        if (r < 0)
                return r;
        note.since = present_since(context, instance_fd, name, note.owner);
        if (read_note(context, instance_fd, &old) >= 0 && old.since == note.since &&
            strcmp(old.owner, note.owner) == 0)
                return 0;

        n = snprintf(line, sizeof(line), "%s %" PRIu64 "\n", note.owner, note.since);
        return write_file_atomic(instance_fd, OWNER_FILE, line, (size_t) n, 0640);
}

int server_owner_forget(int instance_fd) {
        return unlinkat(instance_fd, OWNER_FILE, 0) < 0 ? -errno : 0;
}
