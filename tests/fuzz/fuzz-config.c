/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "file.h"
#include "fuzz.h"

/* The host configuration from a real file: always usable, whatever was written. */

static char root[] = "/tmp/left4me-fuzz-XXXXXX";

static void remove_root(void) {
        _cleanup_close_ int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        (void) !remove_tree(tmp, root + strlen("/tmp/"));
}

static Paths *make_root(void) {
        char path[64];
        Paths *paths = NULL;

        FUZZ_CHECK(mkdtemp(root) && atexit(remove_root) == 0);
        (void) snprintf(path, sizeof(path), "%s/etc", root);
        FUZZ_CHECK(mkdir(path, 0700) == 0);
        (void) snprintf(path, sizeof(path), "%s/etc/left4me", root);
        FUZZ_CHECK(mkdir(path, 0700) == 0);
        FUZZ_CHECK(paths_new(root, &paths) == 0);
        return paths;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static Paths *paths;
        _cleanup_(host_config_freep) HostConfig *config = NULL;
        SpecErrors errors = {};

        if (!paths)
                paths = make_root();

        _cleanup_close_ int fd =
                open(paths->config_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        FUZZ_CHECK(fd >= 0 && write_all(fd, data, size) == 0);
        FUZZ_CHECK(host_config_load(paths, &errors, &config) == 0);
        FUZZ_CHECK(config->port_min >= 1 && config->port_min <= config->port_max);
        FUZZ_CHECK(config->steamcmd[0] == '/' && config->writable_directories);
        fuzz_errors(&errors);
        return 0;
}
