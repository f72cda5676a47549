/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The host's configuration for services that only use it. */

#include "base/cleanup.h"
#include "base/paths.h"
#include "spec/config.h"

/* As host_config_load(), but does not log errors in the configuration: the doctor and l4d2ctl say
 * them. Logs why it can't be loaded. */
int host_config_use(const Paths *paths, HostConfig **ret) _must_check_;
