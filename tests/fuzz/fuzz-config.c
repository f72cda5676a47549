/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "filter/rcon-filter.h"
#include "fuzz.h"
#include "spec/config.h"

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

/* Each is what its spelling is read as, and nothing else gets into the rules that nft is given. */
static void check_networks(const HostConfig *config, const Paths *paths) {
        _cleanup_free_ char *rules = NULL;
        RconPorts ports;

        for (size_t i = 0; i < config->n_rcon_networks; i++) {
                char text[IP_NETWORK_TEXT_MAX];
                const char *problem;
                IpNetwork again = {};

                (void) ip_network_format(&config->rcon_networks[i], text);
                FUZZ_CHECK(text[strspn(text, "0123456789abcdef.:/")] == '\0');
                FUZZ_CHECK(ip_network_parse(text, &again, &problem) == 0);
                FUZZ_CHECK(memcmp(&again, &config->rcon_networks[i], sizeof(again)) == 0);
        }
        FUZZ_CHECK(rcon_ports_find(config, paths, &ports) == 0);
        FUZZ_CHECK(rcon_ports_has(&ports, config->port_min));
        FUZZ_CHECK(rcon_ports_has(&ports, config->port_max));
        FUZZ_CHECK(rcon_filter_format(config, &ports, 984, false, &rules) == 0);
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
        check_networks(config, paths);
        fuzz_errors(&errors);
        return 0;
}
