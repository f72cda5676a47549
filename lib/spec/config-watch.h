/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The values of the section [watch], for spec/config-keys.c. */

#include "spec/config.h"

int config_set_watch_interval(HostConfig *config, const char *value, const char **ret_problem)
        _must_check_;
int config_set_hang_after(HostConfig *config, const char *value, const char **ret_problem)
        _must_check_;
