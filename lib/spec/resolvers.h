/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The name servers of units that can't reach private networks, where the host's own may be. */

#include "spec/config.h"

/* Writes resolvers= of the configuration as dir_fd/resolv.conf, with this mode. 0 or -errno. */
int resolvers_write(const HostConfig *config, int dir_fd, mode_t mode) _must_check_;
