/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/file.h"
#include "base/i386.h"
#include "base/text.h"
#include "common/file-text.h"
#include "content/update-check.h"
#include "doctor/doctor.h"
#include "layer/steam-client.h"
#include "servers/game-file.h"

/* Whether the kernel was told on its command line to execute no i386 programs. */
static bool told_by_command_line(void) {
        _cleanup_free_ char *line = NULL;

        if (read_text("/proc/cmdline", &line) < 0)
                return false;
        return strstr(line, "ia32_emulation=0") || strstr(line, "ia32_emulation=off") ||
               strstr(line, "ia32_emulation=n") || strstr(line, "ia32_emulation=false");
}

int check_i386(Doctor *doctor) {
        int r;

        r = i386_check();
        if (r == -ENOENT)
                return doctor_report(
                        doctor, FINDING_ERROR, "apt install libc6-i386",
                        "%s is missing: the game is a 32-bit program", I386_LOADER);
        if (r == -ENOEXEC && told_by_command_line())
                return doctor_report(
                        doctor, FINDING_ERROR,
                        "take ia32_emulation= out of the kernel's command line, then reboot",
                        "this kernel can't run 32-bit programs: its command line forbids them");
        if (r == -ENOEXEC)
                return doctor_report(
                        doctor, FINDING_ERROR,
                        "boot Debian's own kernel, which runs them; where that does not help, the "
                        "hypervisor runs 64-bit programs only: use another kind of host",
                        "this kernel can't run 32-bit programs, and its command line does not say "
                        "why");
        if (r < 0)
                return doctor_report(
                        doctor, FINDING_ERROR, "apt install --reinstall libc6-i386",
                        "%s does not run: %s", I386_LOADER, strerror(-r));
        return doctor_report(doctor, FINDING_OK, NULL, "32-bit programs run");
}

static bool has_library(const char *name) {
        static const char *const directories[] = { "/usr/lib32", "/usr/lib/i386-linux-gnu" };

        for (size_t i = 0; i < ELEMENTSOF(directories); i++) {
                char path[128];

                (void) snprintf(path, sizeof(path), "%s/%s", directories[i], name);
                if (may_access(path, R_OK))
                        return true;
        }
        return false;
}

int check_i386_libraries(Doctor *doctor) {
        static const struct {
                const char *name, *fix;
                FindingState state;
        } libraries[] = {
                { "libc.so.6", "apt install libc6-i386", FINDING_ERROR },
                { "libgcc_s.so.1", "apt install lib32gcc-s1", FINDING_ERROR },
                { "libstdc++.so.6", "apt install lib32stdc++6", FINDING_ERROR },
                /* Guides install it; which plugin or library needs it is not known. */
                { "libz.so.1", "apt install lib32z1", FINDING_WARNING },
        };
        bool all = true;
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(libraries) && r >= 0; i++) {
                if (has_library(libraries[i].name))
                        continue;
                all = false;
                r = doctor_report(
                        doctor, libraries[i].state, libraries[i].fix, "%s for i386 is missing",
                        libraries[i].name);
        }
        return r < 0 || !all ? r : doctor_report(doctor, FINDING_OK, NULL, "the game's libraries");
}

int check_steamcmd(Doctor *doctor) {
        const char *path;

        if (ctl_open_config(doctor->ctl) != CTL_OK)
                return doctor_report(
                        doctor, FINDING_ERROR, "l4d2ctl validate",
                        "the host configuration has errors");
        path = doctor->ctl->config->steamcmd;
        if (may_access(path, X_OK))
                return doctor_report(doctor, FINDING_OK, NULL, "%s", path);
        if (errno == EACCES)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"), "%s can't be examined",
                        path);
        return doctor_report(
                doctor, FINDING_WARNING,
                "dpkg --add-architecture i386 && apt update && apt install steamcmd",
                "%s is missing: the game can't be installed or updated; it is in Debian's non-free",
                path);
}

/* --- what steamcmd installs ---------------------------------------------------------------------
 */

static int report_update(Doctor *doctor) {
        _cleanup_(game_update_clear) GameUpdate update = {};

        game_update_load(doctor->ctl->paths, &update);
        if (update.has_update)
                return doctor_report(
                        doctor, FINDING_WARNING, "l4d2ctl install",
                        "Steam has build %s of the game, and build %s is installed",
                        update.check.available, update.build);
        return doctor_report(doctor, FINDING_OK, NULL, "the game is installed");
}

int check_game(Doctor *doctor) {
        int r;

        r = game_check_program(doctor->ctl->paths);
        if (r >= 0)
                return report_update(doctor);
        if (r == -EACCES)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"),
                        "the installation can't be examined");
        return doctor_report(
                doctor, FINDING_ERROR, "l4d2ctl install", "%s/current has no srcds_linux: %s",
                doctor->ctl->paths->installation_dir,
                r == -ENOEXEC ? _("not an i386 program") : _(file_error_message(r)));
}

int check_steamclient(Doctor *doctor) {
        const Paths *paths = doctor->ctl->paths;
        bool kept;
        int r;

        r = game_find_steamclient(paths, &kept);
        if (r >= 0)
                return doctor_report(
                        doctor, FINDING_OK, NULL, "%s, which servers find as ~/.steam/sdk32/%s",
                        kept ? "steamcmd's " STEAM_CLIENT_NAME : "the game's " STEAM_CLIENT_GAME,
                        STEAM_CLIENT_NAME);
        if (r == -EACCES)
                return doctor_report(
                        doctor, FINDING_UNKNOWN, N_("run it as root"),
                        "the installation can't be examined");
        if (r != -ENOENT)
                return doctor_report(
                        doctor, FINDING_WARNING, "l4d2ctl install",
                        "servers can't log in to Steam: %s/%s is missing, and the game's %s can't be used: %s",
                        paths->steamclient_dir, steam_clients[STEAM_CLIENT_I386].file,
                        STEAM_CLIENT_GAME,
                        r == -ENOEXEC ? _("not an i386 library") : _(file_error_message(r)));
        return doctor_report(
                doctor, FINDING_WARNING, "l4d2ctl install",
                "neither %s/%s, the copy of steamcmd's, nor %s of the game exists, and servers "
                "need one of them as ~/.steam/sdk32/%s: they can't log in to Steam",
                paths->steamclient_dir, steam_clients[STEAM_CLIENT_I386].file, STEAM_CLIENT_GAME,
                STEAM_CLIENT_NAME);
}
