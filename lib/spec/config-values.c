/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/config-values.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

bool config_parse_number(const char *value, unsigned long max, uint16_t *ret) {
        size_t digits = strspn(value, "0123456789");
        unsigned long number = digits > 0 && digits < 6 ? strtoul(value, NULL, 10) : ULONG_MAX;

        if (value[digits] != '\0' || number > max)
                return false;
        *ret = (uint16_t) number;
        return true;
}

int config_parse_yes_no(const char *value, bool *ret, const char **ret_problem) {
        if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
                *ret_problem = N_("must be yes or no");
                return -EINVAL;
        }

        *ret = strcmp(value, "yes") == 0;
        return 0;
}
