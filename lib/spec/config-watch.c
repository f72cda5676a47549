/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/text.h"
#include "spec/config-values.h"

/* A decimal number of at most four digits; out of the limits: false. */
static bool parse_seconds(const char *value, unsigned min, unsigned max, uint16_t *ret) {
        size_t n = strspn(value, "0123456789");
        unsigned long seconds = n > 0 && n < 5 ? strtoul(value, NULL, 10) : 0;

        if (value[n] != '\0' || seconds < min || seconds > max)
                return false;
        *ret = (uint16_t) seconds;
        return true;
}

int config_set_watch_interval(HostConfig *config, const char *value, const char **ret_problem) {
        if (!parse_seconds(value, 1, 300, &config->watch_interval_sec)) {
                *ret_problem = N_("must be a number of seconds from 1 to 300");
                return -EINVAL;
        }
        return 0;
}

int config_set_hang_after(HostConfig *config, const char *value, const char **ret_problem) {
        if (!parse_seconds(value, 5, 3600, &config->hang_after_sec)) {
                *ret_problem = N_("must be a number of seconds from 5 to 3600");
                return -EINVAL;
        }
        return 0;
}
