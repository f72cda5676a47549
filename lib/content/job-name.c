/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/job-name.h"

#include <stdio.h>
#include <string.h>

#define SUFFIX ".service"

static const struct {
        const char *word;
        const char *unit; /* up to the instance or the suffix */
        bool has_ref;
} kinds[_JOB_KIND_MAX] = {
        [JOB_INSTALL] = { "install", "left4me-install", false },
        [JOB_CHECK] = { "check", "left4me-check", false },
        [JOB_WORKSHOP] = { "workshop", "left4me-workshop", true },
        [JOB_RELEASE] = { "release", "left4me-release", true },
        [JOB_SCRIPT] = { "script", "left4me-script", true },
        [JOB_UNPACK] = { "unpack", "left4me-unpack", true },
};

const char *job_kind_to_string(JobKind kind) {
        return kinds[kind].word;
}

int job_kind_from_string(const char *text, JobKind *ret) {
        for (JobKind kind = 0; kind < _JOB_KIND_MAX; kind++)
                if (strcmp(kinds[kind].word, text) == 0) {
                        *ret = kind;
                        return 0;
                }
        return -EINVAL;
}

bool job_kind_has_ref(JobKind kind) {
        return kinds[kind].has_ref;
}

static void replace(char *text, char from, char to) {
        for (char *c = text; (c = strchr(c, from)); c++)
                *c = to;
}

int job_instance_from_ref(const char *ref, char ret[static JOB_REF_MAX + 1]) {
        if (!ref_is_valid(ref))
                return -EINVAL;
        (void) snprintf(ret, JOB_REF_MAX + 1, "%s", ref);
        replace(ret, '/', ':');
        return 0;
}

int job_instance_to_ref(const char *instance, char ret[static JOB_REF_MAX + 1]) {
        char ref[JOB_REF_MAX + 1];
        size_t length = strlen(instance);

        if (length > JOB_REF_MAX || strchr(instance, '/'))
                return -EINVAL;
        memcpy(ref, instance, length + 1);
        replace(ref, ':', '/');
        if (!ref_is_valid(ref))
                return -EINVAL;
        memcpy(ret, ref, length + 1);
        return 0;
}

int job_unit_name(JobKind kind, const char *ref, char ret[static JOB_UNIT_MAX]) {
        char instance[JOB_REF_MAX + 1] = "";

        if (kinds[kind].has_ref != (ref != NULL))
                return -EINVAL;
        if (ref && job_instance_from_ref(ref, instance) < 0)
                return -EINVAL;
        (void) snprintf(
                ret, JOB_UNIT_MAX, "%s%s%s" SUFFIX, kinds[kind].unit, ref ? "@" : "", instance);
        return 0;
}

/* Reads the rest of a unit's name, after the kind's. */
static bool parse_rest(const char *rest, JobKind kind, char ret_ref[static JOB_REF_MAX + 1]) {
        char instance[JOB_REF_MAX + 1];
        size_t length = strlen(rest), suffix = strlen(SUFFIX);

        if (length < suffix || strcmp(rest + length - suffix, SUFFIX) != 0)
                return false;
        length -= suffix;
        if (!kinds[kind].has_ref) {
                if (length > 0)
                        return false;
                ret_ref[0] = '\0';
                return true;
        }
        if (length < 1 || length - 1 > JOB_REF_MAX || rest[0] != '@')
                return false;
        memcpy(instance, rest + 1, length - 1);
        instance[length - 1] = '\0';
        return job_instance_to_ref(instance, ret_ref) >= 0;
}

bool job_unit_parse(const char *unit, JobKind *ret_kind, char ret_ref[static JOB_REF_MAX + 1]) {
        for (JobKind kind = 0; kind < _JOB_KIND_MAX; kind++) {
                size_t n = strlen(kinds[kind].unit);

                if (strncmp(unit, kinds[kind].unit, n) != 0 || !parse_rest(unit + n, kind, ret_ref))
                        continue;
                *ret_kind = kind;
                return true;
        }
        return false;
}

void job_unit_pattern(JobKind kind, char ret[static JOB_UNIT_MAX]) {
        (void) snprintf(
                ret, JOB_UNIT_MAX, "%s%s" SUFFIX, kinds[kind].unit,
                kinds[kind].has_ref ? "@*" : "");
}
