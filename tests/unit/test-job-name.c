/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Kinds of content jobs and their units. */

#include <criterion/criterion.h>
#include <string.h>

#include "content/job-name.h"

static void expect_unit(JobKind kind, const char *ref, const char *expected) {
        char unit[JOB_UNIT_MAX], back[JOB_REF_MAX + 1];
        JobKind parsed;

        cr_assert_eq(job_unit_name(kind, ref, unit), 0, "%s", expected);
        cr_expect_str_eq(unit, expected);
        cr_assert(job_unit_parse(unit, &parsed, back), "%s", unit);
        cr_expect_eq(parsed, kind);
        cr_expect_str_eq(back, ref ? ref : "");
}

Test(job_name, units) {
        expect_unit(JOB_INSTALL, NULL, "left4me-install.service");
        expect_unit(JOB_CHECK, NULL, "left4me-check.service");
        expect_unit(JOB_WORKSHOP, "maps", "left4me-workshop@maps.service");
        expect_unit(
                JOB_RELEASE, "wei/sourcemod-1.12", "left4me-release@wei:sourcemod-1.12.service");
        expect_unit(JOB_SCRIPT, "a/b/c", "left4me-script@a:b:c.service");
        expect_unit(JOB_UNPACK, "a_b/c.d", "left4me-unpack@a_b:c.d.service");
}

/* The longest ref has a unit, whose name systemd accepts. */
Test(job_name, longest) {
        char ref[JOB_REF_MAX + 1], unit[JOB_UNIT_MAX], back[JOB_REF_MAX + 1];

        memset(ref, 'x', JOB_REF_MAX);
        ref[JOB_REF_MAX] = '\0';
        ref[REF_COMPONENT_MAX] = ref[2 * REF_COMPONENT_MAX + 1] = '/';
        for (JobKind kind = JOB_WORKSHOP; kind < _JOB_KIND_MAX; kind++) {
                JobKind parsed;

                cr_assert_eq(job_unit_name(kind, ref, unit), 0);
                cr_expect_lt(strlen(unit), 256);
                cr_assert(job_unit_parse(unit, &parsed, back));
                cr_expect_eq(parsed, kind);
                cr_expect_str_eq(back, ref);
        }
}

Test(job_name, invalid_refs) {
        static const char *const refs[] = {
                NULL, "", "/", "a/", "/a", "a//b", "a/b/c/d", "A", "..", "a/../b", "a:b", "a b",
        };

        for (size_t i = 0; i < ELEMENTSOF(refs); i++) {
                char unit[JOB_UNIT_MAX] = "kept", instance[JOB_REF_MAX + 1] = "kept";

                cr_expect_eq(job_unit_name(JOB_SCRIPT, refs[i], unit), -EINVAL);
                cr_expect_str_eq(unit, "kept");
                cr_expect_eq(job_instance_from_ref(refs[i], instance), -EINVAL);
                cr_expect_str_eq(instance, "kept");
        }
        cr_expect_eq(job_unit_name(JOB_INSTALL, "a", (char[JOB_UNIT_MAX]) {}), -EINVAL);
}

Test(job_name, invalid_instances) {
        static const char *const instances[] = {
                "", ":", "a:", ":a", "a::b", "a:b:c:d", "a/b", "A", "..", "a:..", "a@b",
        };
        char longer[JOB_REF_MAX + 2];

        for (size_t i = 0; i < ELEMENTSOF(instances); i++)
                cr_expect_eq(
                        job_instance_to_ref(instances[i], (char[JOB_REF_MAX + 1]){}), -EINVAL, "%s",
                        instances[i]);
        memset(longer, 'x', sizeof(longer) - 1);
        longer[sizeof(longer) - 1] = '\0';
        cr_expect_eq(job_instance_to_ref(longer, (char[JOB_REF_MAX + 1]){}), -EINVAL);
}

Test(job_name, other_units) {
        static const char *const units[] = {
                "",
                ".service",
                "left4me-install",
                "left4me-install@a.service",
                "left4me-install.timer",
                "left4me-check.timer",
                "left4me-check@a.service",
                "left4me-installer.service",
                "left4me-workshop.service",
                "left4me-workshop@.service",
                "left4me-workshop@a",
                "left4me-workshop@a.timer",
                "left4me-workshop@A.service",
                "left4me-workshop@a/b.service",
                "left4me-workshop@a:.service",
                "xleft4me-workshop@a.service",
                "left4me-server@a.service",
        };
        char longer[JOB_UNIT_MAX + 16], ref[JOB_REF_MAX + 1] = "";
        JobKind kind;

        for (size_t i = 0; i < ELEMENTSOF(units); i++)
                cr_expect_not(job_unit_parse(units[i], &kind, ref), "%s", units[i]);
        (void) snprintf(longer, sizeof(longer), "left4me-script@%0*d.service", JOB_REF_MAX + 1, 0);
        cr_expect_not(job_unit_parse(longer, &kind, ref));
}

Test(job_name, kinds) {
        for (JobKind kind = 0; kind < _JOB_KIND_MAX; kind++) {
                JobKind back = _JOB_KIND_MAX;

                cr_assert_eq(job_kind_from_string(job_kind_to_string(kind), &back), 0);
                cr_expect_eq(back, kind);
                cr_expect_eq(job_kind_has_ref(kind), kind != JOB_INSTALL && kind != JOB_CHECK);
        }
        cr_expect_eq(job_kind_from_string("", &(JobKind) {}), -EINVAL);
        cr_expect_eq(job_kind_from_string("files", &(JobKind) {}), -EINVAL);
}

Test(job_name, patterns) {
        char pattern[JOB_UNIT_MAX];

        job_unit_pattern(JOB_INSTALL, pattern);
        cr_expect_str_eq(pattern, "left4me-install.service");
        job_unit_pattern(JOB_UNPACK, pattern);
        cr_expect_str_eq(pattern, "left4me-unpack@*.service");
}
