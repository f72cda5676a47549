/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/host-config.h"

#include "base/errors.h"
#include "base/log.h"

int host_config_use(const Paths *paths, HostConfig **ret) {
        SpecErrors errors = {};
        int r;

        r = host_config_load(paths, &errors, ret);
        spec_errors_clear(&errors);
        return r < 0 ? log_error_errno(r, "Failed to load the host configuration") : 0;
}
