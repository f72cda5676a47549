/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* D1: private things: configuration, specs and passwords, people's files. */

#include "tries.h"

const Attempt d1_attempts[] = {
        /* Configuration of the control plane */
        { "D1a", "read", "/etc/left4me/left4me.conf", try_read },
        { "D1a", "list", "/etc/left4me", try_list },

        /* Its state: RCON passwords are in specs, and in what is rendered from them */
        { "D1b", "list", "/var/lib/left4me/instances", try_list },
        { "D1b", "read", "/var/lib/left4me/instances/neighbour/spec.yaml", try_read },
        { "D1b", "read", "/var/lib/left4me/instances/attacker/spec.yaml", try_read },
        { "D1b", "read", "/var/lib/left4me/blueprints/secret.yaml", try_read },
        { "D1b", "read", "/var/lib/left4me/users/secret.yaml", try_read },
        { "D1b", "read", "/run/left4me/layers/neighbour/left4dead2/cfg/server.cfg", try_read },
        { "D1b", "read", "/var/lib/left4me/runtime/neighbour/merged/left4dead2/cfg/server.cfg",
          try_read },

        { "D1b", "read", "/run/left4me/generator.errors", try_read },
        { "D1b", "list", "/var/log/journal", try_list },

        /* The rest of the host */
        { "D1c", "read", "/root/secret", try_read },
        { "D1c", "read", "/home/secret", try_read },
        { "D1c", "read", "/etc/shadow", try_read },
        { "D1c", "read", "/etc/other/secret", try_read },
        { "D1c", "read", "/etc/ssl/private/secret", try_read },
        { "D1c", "read", "/var/lib/other/secret", try_read },
        { "D1c", "read", "/run/other/secret", try_read },
        { "D1c", "read", "/run/credentials/web-process.service/password", try_read },
        { "D1c", "read", "/srv/secret", try_read },
        { "D1c", "read", "/opt/secret", try_read },
        { "D1c", "read", "/mnt/secret", try_read },
        { "D1c", "read", "/media/secret", try_read },
        { "D1c", "read", "/boot/secret", try_read },
        {},
};
