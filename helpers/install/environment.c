/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Tells the sandboxed step what to do. It does not see the host's configuration, so root's step
 * before it leaves a file of variables for systemd.
 */

#include <fcntl.h>
#include <string.h>

#include "base/exit-code.h"
#include "base/file.h"
#include "base/log.h"
#include "install/install.h"

#define ENVIRONMENT_DIR "install" /* below run_dir, root's */

/* A value of EnvironmentFile=, whose text has no line feed. */
static void print_variable(const char *name, const char *value, FILE *f) {
        (void) fprintf(f, "%s=\"", name);
        for (const char *c = value; *c; c++)
                (void) fprintf(f, strchr("\"\\$`", *c) ? "\\%c" : "%c", *c);
        (void) fputs("\"\n", f);
}

static int write_variables(const Install *install, const char *name) {
        _cleanup_close_ int run_fd =
                open(install->paths->run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *f;

        if (run_fd < 0)
                return -errno;
        fd = open_beneath(run_fd, ENVIRONMENT_DIR, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return fd;
        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        print_variable(INSTALL_ENV_ACTION, install_action_to_string(install->action), f);
        print_variable(INSTALL_ENV_STEAMCMD, install->config->steamcmd, f);
        print_variable(INSTALL_ENV_ACCOUNT, install->config->steam_account, f);
        if (fclose(f) != 0)
                return -ENOMEM;
        return write_file_atomic(fd, name, text, size, 0644);
}

int install_write_environment(const Install *install, const char *name) {
        int r = write_variables(install, name);

        if (r >= 0)
                return CTL_OK;
        (void) log_error_errno(
                r, "Failed to write to %s/%s; run 'systemd-tmpfiles --create left4me.conf'",
                install->paths->run_dir, ENVIRONMENT_DIR);
        return CTL_FAILURE;
}
