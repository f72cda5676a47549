/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "alert/name.h"
#include "fuzz.h"

/* Names of alerts: one that is accepted is the name that is built from its parts, and a file name.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = strndup((const char *) data, size);
        char unit[ALERT_UNIT_MAX], expected[ALERT_UNIT_MAX], instance[JOB_REF_MAX + 1],
                job[JOB_REF_MAX + 16];
        AlertName name;

        FUZZ_CHECK(text);
        if (alert_name_parse(text, &name) < 0)
                return 0;
        if (name.kind == ALERT_JOB) {
                FUZZ_CHECK(job_instance_from_ref(name.ref, instance) >= 0);
                (void) snprintf(job, sizeof(job), "%s:%s", job_kind_to_string(name.job), instance);
        }
        alert_unit_name(name.kind, name.kind == ALERT_JOB ? job : name.server, unit);
        (void) snprintf(expected, sizeof(expected), "left4me-alert@%s.service", text);
        FUZZ_CHECK(strcmp(unit, expected) == 0);
        FUZZ_CHECK(!strchr(text, '/') && text[0] != '.');
        return 0;
}
