#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "trial/findings.h"
#include "trial/redact.h"
#include "trial/strace-reader.h"

/*
 * Lines of strace about a game server, up to the drop-in that an admin copies: the first byte
 * decides what the host looks like, the rest are lines of strace.
 */

#define TREE "/var/lib/left4me/runtime/1/merged"

static char *items[] = {
        (char[]) { "SystemCallFilter=yes accept bind openat" },
        (char[]) { "SocketBindAllow=0 17 1 27015" },
        (char[]) { "SocketBindDeny=0 0 0 0" },
        (char[]) { "RestrictAddressFamilies=yes AF_INET AF_UNIX" },
        (char[]) { "CapabilityBoundingSet=0" },
        (char[]) { "ProtectSystem=strict" },
        (char[]) { "ProtectHome=yes" },
        (char[]) { "PrivateDevices=yes" },
        (char[]) { "ProcSubset=pid" },
        (char[]) { "TemporaryFileSystem=/run ro /var ro /etc ro" },
        (char[]) { "InaccessiblePaths=-/boot -/srv -/opt" },
};
static const UnitProperties properties = { items, ELEMENTSOF(items) };
static uint8_t host;

static void look(const char *path, TrialFile *ret) {
        *ret = (TrialFile) {
                .exists = true,
                .is_directory = strlen(path) % 2 == host % 2,
                .is_readable = true,
                .is_writable = (host & 2) && strchr(path, 'w'),
                .is_home = (host & 4) && strchr(path, 'h'),
        };
}

/* Links everywhere, relative and absolute ones, also such as lead back or into left4me's places. */
static bool read_link(const char *path, char target[static TRIAL_SUBJECT_MAX]) {
        static const char *const targets[] = {
                "/var/lib/left4me/users", "../x", "/etc", "l", ".", "/"
        };
        size_t length = strlen(path);

        FUZZ_CHECK(length > 0 && length < TRIAL_SUBJECT_MAX && path[0] == '/');
        if (path[length - 1] != 'l')
                return false;
        (void) snprintf(target, TRIAL_SUBJECT_MAX, "%s", targets[host / 8 % ELEMENTSOF(targets)]);
        return true;
}

static const TrialUnit unit = { &properties, TREE, look, read_link };

static int judge(const StraceEvent *event, void *userdata) {
        TrialDenial denials[TRIAL_DENIALS_MAX];
        size_t n = trial_judge(&unit, event, denials);
        int r = 0;

        (void) trial_is_game_port(event, 27015);
        FUZZ_CHECK(n <= TRIAL_DENIALS_MAX);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                FUZZ_CHECK(memchr(denials[i].subject, '\0', sizeof(denials[i].subject)));
                r = trial_findings_add(userdata, &denials[i]);
        }
        return r;
}

/* A line of the drop-in is a comment or one of the settings a trial knows, and binds no place that
 * is refused. */
static void check_line(const char *line, size_t length) {
        static const char *const known[] = {
                "# ",
                "[Service]",
                "SystemCallFilter=",
                "SocketBindAllow=",
                "BindPaths=-/",
                "BindReadOnlyPaths=-/",
                "InaccessiblePaths=",
                "TemporaryFileSystem=/",
                "DeviceAllow=/",
                "ProcSubset=all",
                "RestrictAddressFamilies=AF_",
        };
        static const char *const refused[] = {
                "-/home/", "-/root/", "-/proc/", "-/sys/", "-/var/lib/left4me/", "-/etc:", "-/run:",
        };
        const char *value = memchr(line, '=', length);
        bool is_known = false;

        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                is_known |=
                        length >= strlen(known[i]) && memcmp(line, known[i], strlen(known[i])) == 0;
        FUZZ_CHECK(is_known);
        for (size_t i = 0; value && i < ELEMENTSOF(refused); i++)
                FUZZ_CHECK(strncmp(value + 1, refused[i], strlen(refused[i])) != 0);
}

static void check_settings(const TrialFindings *findings) {
        _cleanup_free_ char *drop_in = NULL, *directories = NULL;

        FUZZ_CHECK(trial_drop_in(findings, &properties, &drop_in) == 0);
        for (const char *p = drop_in; p && *p != '\0'; p = strchr(p, '\n') + 1)
                check_line(p, strcspn(p, "\n"));
        FUZZ_CHECK(trial_writable_directories(findings, TREE, &directories) == 0);
        FUZZ_CHECK(!directories || !strchr(directories, '\n'));
        for (size_t i = 0; i < findings->n_items; i++) {
                _cleanup_free_ char *remedy = NULL;

                FUZZ_CHECK(trial_remedy(&findings->items[i].denial, TREE, &remedy) == 0);
                FUZZ_CHECK(remedy[0] != '\0' && !strchr(remedy, '\n'));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(strace_reader_freep) StraceReader *reader = NULL;
        static const char *const secrets[] = { "hunter2!", NULL };
        TrialFindings findings = {}, clean = {};

        if (size == 0)
                return 0;
        host = data[0];
        FUZZ_CHECK(strace_reader_new(judge, &findings, &reader) == 0);
        FUZZ_CHECK(strace_reader_feed(reader, (const char *) data + 1, size - 1) == 0);
        trial_findings_check_places(&findings, &unit);
        trial_findings_sort(&findings);
        check_settings(&findings);
        FUZZ_CHECK(trial_redact_findings(&findings, TREE, secrets, &clean) == 0);
        check_settings(&clean);
        trial_findings_clear(&clean);
        trial_findings_clear(&findings);
        return 0;
}
