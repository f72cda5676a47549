/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Runs the admin's commands at an alert, inside the sandbox of left4me-alert@KIND:NAME.service: all
 * of /etc/left4me/alerts.d (alert/commands.h) at once, so that one that hangs delays no other; the
 * unit ends them after its time limit. Each gets the facts that left4me-alert-facts left, as JSON
 * on standard input and some of them in LEFT4ME_… variables. A text of others is only ever data
 * there.
 *
 * Usage: left4me-alert KIND:NAME
 *
 * Exit status: 0 every command succeeded, 1 one failed or was refused, which is said, 64 wrong
 * usage.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <systemd/sd-json.h>
#include <unistd.h>

#include "alert/commands.h"
#include "alert/name.h"
#include "base/child.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/text.h"

enum { FACTS_SIZE_MAX = 256 * 1024 };

typedef struct Running {
        const AlertCommand *command;
        pid_t pid; /* 0: it does not run */
} Running;

/* --- facts ------------------------------------------------------------------------------------ */

static int read_facts(const Paths *paths, const char *instance, char **ret, size_t *ret_size) {
        const FileLimits limits = { .size_max = FACTS_SIZE_MAX };
        _cleanup_free_ char *directory = NULL;
        _cleanup_close_ int dir_fd = -EBADF;
        char name[ALERT_UNIT_MAX];

        if (asprintf(&directory, "%s/alerts", paths->run_dir) < 0)
                return -ENOMEM;
        dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0)
                return -errno;
        (void) snprintf(name, sizeof(name), "%s.json", instance);
        return read_file_beneath(dir_fd, name, &limits, ret, ret_size);
}

/* Facts without such a text have an empty variable. */
static int set_variable(sd_json_variant *facts, const char *key, const char *variable) {
        return setenv(variable, json_text(facts, key) ?: "", 1) < 0 ? -errno : 0;
}

static int set_environment(const char *text) {
        static const struct {
                const char *key, *variable;
        } variables[] = {
                { "kind", "LEFT4ME_KIND" },       { "server", "LEFT4ME_SERVER" },
                { "label", "LEFT4ME_LABEL" },     { "host", "LEFT4ME_HOST" },
                { "overlay", "LEFT4ME_OVERLAY" }, { "time", "LEFT4ME_TIME" },
                { "text", "LEFT4ME_TEXT" },
        };
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *facts = NULL;
        int r;

        r = sd_json_parse(text, 0, &facts, NULL, NULL);
        for (size_t i = 0; i < ELEMENTSOF(variables) && r >= 0; i++)
                r = set_variable(facts, variables[i].key, variables[i].variable);
        return r;
}

/* --- commands --------------------------------------------------------------------------------- */

/* Each has a file of its own: they read at the same time. */
static int open_input(const char *text, size_t size) {
        _cleanup_close_ int fd = memfd_create("facts", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, text, size);
        if (r >= 0 && lseek(fd, 0, SEEK_SET) < 0)
                r = -errno;
        return r < 0 ? r : TAKE_FD(fd);
}

static bool begin(Running *running, const char *text, size_t size) {
        const AlertCommand *command = running->command;
        _cleanup_close_ int input = -EBADF;
        char path[64];
        int r;

        if (command->problem) {
                log_error("Refused to run '%s': %s", command->name, _(command->problem));
                return false;
        }
        input = open_input(text, size);
        /* The file that was checked, whatever has its name now. */
        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", command->fd);
        r = input < 0
                    ? input
                    : child_spawn(
                              (const char *const[]) { path, NULL }, NULL,
                              (const int[]) { input, STDOUT_FILENO, STDERR_FILENO }, &running->pid);
        if (r < 0) {
                running->pid = 0;
                (void) log_error_errno(r, "Failed to run '%s'", command->name);
        }
        return r >= 0;
}

static bool finish(const Running *running) {
        int r = child_wait(running->pid);

        if (r < 0)
                (void) log_error_errno(r, "Failed to run '%s'", running->command->name);
        else if (r > 0)
                log_error("'%s' failed with exit status %d", running->command->name, r);
        return r == 0;
}

static int run_all(const AlertCommands *commands, const char *text, size_t size) {
        _cleanup_free_ Running *running = calloc(commands->n_items + 1, sizeof(*running));
        bool all = true;

        if (!running)
                return log_error_errno(-ENOMEM, "Failed to run the commands");
        for (size_t i = 0; i < commands->n_items; i++) {
                running[i].command = &commands->items[i];
                all &= begin(&running[i], text, size);
        }
        for (size_t i = 0; i < commands->n_items; i++)
                if (running[i].pid > 0)
                        all &= finish(&running[i]);
        return all ? 0 : -EIO;
}

static int run(const Paths *paths, const char *instance) {
        _cleanup_(alert_commands_clear) AlertCommands commands = {};
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        r = read_facts(paths, instance, &text, &size);
        if (r >= 0)
                r = set_environment(text);
        if (r < 0)
                return log_error_errno(r, "Failed to read the facts of '%s'", instance);
        r = alert_commands_open(paths->alerts_dir, &commands);
        if (r == -EPERM) {
                log_error(
                        "Refused to run commands of %s: only root may own it and write to it",
                        paths->alerts_dir);
                return r;
        }
        if (r < 0)
                return log_error_errno(r, "Failed to read %s", paths->alerts_dir);
        return run_all(&commands, text, size);
}

int main(int argc, char *argv[]) {
        _cleanup_(paths_freep) Paths *paths = NULL;
        AlertName name;
        int r;

        text_setup();
        log_setup("left4me-alert", LOG_TARGET_STDERR);

        if (argc != 2 || alert_name_parse(argv[1], &name) < 0) {
                log_error("Usage: left4me-alert KIND:NAME");
                return EX_USAGE;
        }
        r = paths_from_environment(&paths);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to find the directories");
                return EXIT_FAILURE;
        }
        return run(paths, argv[1]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
