/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rows of unit-names.c, and every place that has to have a unit too. Runs in the top directory.
 */

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "filter/rcon-filter.h"
#include "systemd/unit-names.h"

enum { TEXT_MAX = 512 };

/* A file of the sources; freed by the caller. */
static char *read_source(const char *path) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = fopen(path, "re");

        cr_assert(f, "%s", path);
        cr_assert(getdelim(&text, &size, '\0', f) > 0, "%s", path);
        (void) fclose(f);
        return text;
}

static size_t count(const char *text, const char *part) {
        size_t n = 0;

        for (; (text = strstr(text, part)); text += strlen(part))
                n++;
        return n;
}

/* "a|b|c" and such. */
static void join(const char *const *words, const char *quote, const char *between, char *ret) {
        size_t n = 0;

        ret[0] = '\0';
        for (size_t i = 0; words[i]; i++)
                n += (size_t) snprintf(
                        ret + n, TEXT_MAX - n, "%s%s%s%s", i > 0 ? between : "", quote, words[i],
                        quote);
}

static bool is_template(const UnitFamilyRow *row) {
        return row->name[strlen(row->name) - 1] == '@';
}

/* Every row has a unit file, and every service has a row. */
Test(unit_names, files) {
        glob_t found = {};

        for (size_t i = 0; i < UNIT_FAMILIES; i++) {
                char path[TEXT_MAX];

                (void) snprintf(path, sizeof(path), "units/%s.service", unit_families[i].name);
                cr_expect(access(path, F_OK) == 0, "%s is missing", path);
        }

        cr_assert_eq(glob("units/*.service", 0, NULL, &found), 0);
        cr_expect_eq(found.gl_pathc, (size_t) UNIT_FAMILIES);
        globfree(&found);
}

/* The rule has exactly the lines that the rows ask for. */
Test(unit_names, polkit_rule) {
        char *rule = read_source("deploy/40-left4me.rules");
        size_t n = 0;

        for (size_t i = 0; i < UNIT_FAMILIES; i++) {
                const UnitFamilyRow *row = &unit_families[i];
                char instances[TEXT_MAX], jobs[TEXT_MAX], line[3 * TEXT_MAX];
                const char *names = "[a-z0-9][a-z0-9-]{0,31}";
                char of_kinds[TEXT_MAX];

                if (!row->jobs)
                        continue;
                if (row->instances)
                        join(row->instances, "", "|", instances);
                else if (row->of_overlays)
                        names = "[a-z0-9][a-z0-9._-]{0,63}(:[a-z0-9][a-z0-9._-]{0,63}){0,2}";
                else if (row->kinds) {
                        join(row->kinds, "", "|", instances);
                        (void) snprintf(of_kinds, sizeof(of_kinds), "(%s):%s", instances, names);
                        names = of_kinds;
                } else if (!is_template(row))
                        names = "";
                join(row->jobs, "\"", ", ", jobs);
                (void) snprintf(
                        line, sizeof(line), "\n        [/^%s%s%s%s\\.service$/, [%s]],\n",
                        row->name, row->instances ? "(" : "", row->instances ? instances : names,
                        row->instances ? ")" : "", jobs);
                cr_expect(strstr(rule, line), "the rule lacks:%s", line);
                n++;
        }
        cr_expect_eq(count(rule, "/^"), n);
        free(rule);
}

Test(unit_names, exposure) {
        static const char *const all[] = { "", NULL };
        char *exposure = read_source("tests/vectors/exposure");

        for (size_t i = 0; i < UNIT_FAMILIES; i++) {
                const UnitFamilyRow *row = &unit_families[i];

                for (const char *const *p = row->instances ?: all; *p; p++) {
                        char line[TEXT_MAX];

                        (void) snprintf(line, sizeof(line), "\n%s%s | ", row->name, *p);
                        cr_expect(strstr(exposure, line), "tests/vectors/exposure lacks:%s", line);
                }
        }
        free(exposure);
}

/* One row that says what it does, one with its rating; instances share the template's row. */
Test(unit_names, documentation) {
        char *page = read_source("docs/units.md");

        for (size_t i = 0; i < UNIT_FAMILIES; i++) {
                const UnitFamilyRow *row = &unit_families[i];
                const char *instance = row->instances ? row->instances[0] : "";
                const char *shown = is_template(row) && !row->instances ? "NAME" : instance;
                char line[TEXT_MAX];

                (void) snprintf(line, sizeof(line), "\n| `%s%s.service`", row->name, shown);
                cr_expect(strstr(page, line), "docs/units.md lacks:%s", line);
                (void) snprintf(line, sizeof(line), "\n| `%s%s`", row->name, instance);
                cr_expect(strstr(page, line), "docs/units.md lacks:%s", line);
        }
        free(page);
}

static bool has_row(const char *name, size_t n) {
        for (size_t i = 0; i < UNIT_FAMILIES; i++)
                if (strlen(unit_families[i].name) == n &&
                    strncmp(unit_families[i].name, name, n) == 0)
                        return true;
        return false;
}

/* Counts the services that a text names, in messages, macros and comments; each must have a row. A
 * name that ends in "-" is the prefix of drop-ins for several units. */
static size_t check_names(const char *path, const char *text, const char *prefix) {
        size_t n_found = 0;

        for (const char *p = text; (p = strstr(p, prefix)); p++) {
                size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789-");

                if (p[n] == '@')
                        n++;
                else if (strncmp(p + n, ".service", strlen(".service")) != 0 || p[n - 1] == '-')
                        continue;
                cr_expect(has_row(p, n), "%s names %.*s, which has no row", path, (int) n, p);
                n_found++;
        }
        return n_found;
}

/* Sources spell no service that has no row. */
Test(unit_names, sources) {
        static const char *const patterns[] = {
                "lib/*/*.[ch]",     "l4d2ctl/*.[ch]",   "l4d2ctl/*/*.[ch]", "helpers/*.[ch]",
                "helpers/*/*.[ch]", "generator/*.[ch]", "web/*.[ch]",       "web/*/*.[ch]",
        };
        size_t n_found = 0;

        for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
                glob_t found = {};

                cr_assert_eq(glob(patterns[i], 0, NULL, &found), 0, "%s", patterns[i]);
                for (size_t j = 0; j < found.gl_pathc; j++) {
                        char *text = read_source(found.gl_pathv[j]);

                        n_found += check_names(found.gl_pathv[j], text, "left4me-");
                        n_found += check_names(found.gl_pathv[j], text, "l4d2-");
                        free(text);
                }
                globfree(&found);
        }
        cr_expect_gt(n_found, (size_t) UNIT_FAMILIES);
}

Test(unit_names, rcon_filter) {
        char unit[UNIT_NAME_MAX];

        unit_name(UNIT_RCON_FILTER, "", unit);
        cr_assert_str_eq(RCON_FILTER_UNIT, unit);
}

Test(unit_names, patterns) {
        char unit[UNIT_NAME_MAX];

        unit_name(UNIT_SERVER, "*", unit);
        cr_assert_str_eq(unit, "left4me-server@*.service");
        unit_name(UNIT_REPORT, "hardening", unit);
        cr_assert_str_eq(unit, "left4me-report@hardening.service");
        unit_name(UNIT_WEB, "", unit);
        cr_assert_str_eq(unit, "left4me-web.service");
}
