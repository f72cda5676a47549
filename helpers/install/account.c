/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "install/account.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"

#define CREDENTIAL "steam-password"

enum { PASSWORD_MAX = 256 };

static bool password_is_valid(const char *password) {
        size_t n = strlen(password);

        for (size_t i = 0; i < n; i++)
                if (password[i] < ' ' || password[i] > '~' || password[i] == '"')
                        return false;
        return n > 0 && n <= PASSWORD_MAX;
}

/* From malloc; NULL without one: steamcmd remembers earlier logins. */
static int read_password(char **ret) {
        static const FileLimits limits = { .size_max = PASSWORD_MAX + 1 };
        const char *directory = getenv("CREDENTIALS_DIRECTORY");
        _cleanup_free_ char *password = NULL;
        _cleanup_close_ int fd = -EBADF;
        size_t size;
        int r;

        *ret = NULL;
        if (!directory)
                return 0;
        fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return log_error_errno(-errno, "Failed to open the credentials");
        r = read_file_beneath(fd, CREDENTIAL, &limits, &password, &size);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return log_error_errno(r, "Failed to read the credential %s", CREDENTIAL);
        password[strcspn(password, "\n")] = '\0';
        if (!password_is_valid(password)) {
                log_error(
                        "Invalid credential %s: steamcmd takes one line of 1 to %d ASCII "
                        "characters without quotation marks",
                        CREDENTIAL, PASSWORD_MAX);
                return -EBADMSG;
        }
        *ret = TAKE_PTR(password);
        return 0;
}

/* A script of steamcmd's commands; it must not ask, since a person does not see it. */
static int write_script(const AccountUpdate *update, const char *password, int fd) {
        _cleanup_free_ char *login = NULL;
        int r;

        r = password ? asprintf(&login, "login \"%s\" \"%s\"", update->account, password)
                     : asprintf(&login, "login \"%s\"", update->account);
        if (r < 0) {
                login = NULL;
                return -ENOMEM;
        }
        r =
                dprintf(fd,
                        "@ShutdownOnFailedCommand 1\n"
                        "@NoPromptForPassword 1\n"
                        "force_install_dir \"%s\"\n"
                        "%s\n"
                        "app_update 222860%s\n"
                        "quit\n",
                        update->tree, login, update->validate ? " validate" : "");
        return r < 0 ? -errno : 0;
}

int account_update(
        const AccountUpdate *update, const Steamcmd *steamcmd, SteamcmdOutput *ret_output,
        int *ret_status) {
        char script[] = "/tmp/left4me-install-XXXXXX"; /* the unit's own /tmp */
        const char *const arguments[] = { "+runscript", script, NULL };
        _cleanup_free_ char *password = NULL;
        Steamcmd with_secret = *steamcmd;
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = read_password(&password);
        if (r < 0)
                return r;
        fd = mkostemp(script, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        with_secret.secret = password;
        r = write_script(update, password, fd);
        if (r >= 0)
                r = steamcmd_run(&with_secret, arguments, ret_output, ret_status);
        (void) unlink(script);
        return r;
}
