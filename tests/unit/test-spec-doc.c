/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <glob.h>
#include <string.h>

#include "spec/keys.h"

/* docs/spec.md and the shipped examples say what the code does. Run from the top of the checkout,
 * as the Makefile does. */

static const HostConfig host = { .port_min = 27015, .port_max = 27114 };

static char *read_text(const char *path) {
        static char text[64 * 1024];
        FILE *f = fopen(path, "re");
        size_t n;

        cr_assert_not_null(f);
        n = fread(text, 1, sizeof(text) - 1, f);
        cr_assert(n > 0 && feof(f));
        cr_assert_eq(fclose(f), 0);
        text[n] = '\0';
        return text;
}

static char *read_doc(void) {
        return read_text("docs/spec.md");
}

static void assert_row(const char *doc, const char *key, const char *words) {
        char start[64];

        (void) snprintf(start, sizeof(start), "\n| `%s` | ", key);

        const char *row = strstr(doc, start);

        cr_assert_not_null(row, "no row for %s", key);

        const char *found = strstr(row, words);

        cr_assert(found && found < strchr(row + 1, '\n'), "%s: no '%s'", key, words);
}

static void assert_rows(const char *doc, const SpecKeys *keys) {
        for (size_t i = 0; i < keys->n_items; i++) {
                assert_row(doc, keys->items[i].name, "");
                if (keys->items[i].keys)
                        assert_rows(doc, keys->items[i].keys);
        }
}

Test(spec_doc, has_every_key) {
        assert_rows(read_doc(), &spec_keys);
}

Test(spec_doc, limits) {
        static const struct {
                const char *key, *format;
                long long limits[2];
        } rows[] = {
                { "port", "%lld to %lld", { 1, UINT16_MAX } },
                { "overlays", "at most %lld", { SPEC_OVERLAYS_MAX } },
                { "arguments",
                  "at most %lld texts of at most %lld bytes",
                  { SPEC_ARGUMENTS_MAX, SPEC_ARGUMENT_LENGTH_MAX } },
                { "config",
                  "at most %lld lines of at most %lld characters",
                  { SPEC_CONFIG_LINES_MAX, SPEC_CONFIG_LINE_LENGTH_MAX } },
                { "rcon_password",
                  "%lld to %lld characters",
                  { RCON_PASSWORD_LENGTH_MIN, RCON_PASSWORD_LENGTH_MAX } },
                { "memory_max",
                  "%lldM to %lldT",
                  { (long long) (RESOURCE_MEMORY_MIN >> 20),
                    (long long) (RESOURCE_MEMORY_MAX >> 40) } },
                { "tasks_max", "%lld to %lld", { RESOURCE_TASKS_MIN, RESOURCE_TASKS_MAX } },
                { "nice", "%lld (preferred) to %lld", { RESOURCE_NICE_MIN, RESOURCE_NICE_MAX } },
        };
        const char *doc = read_doc();

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                char words[128];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
                (void) snprintf(
                        words, sizeof(words), rows[i].format, rows[i].limits[0], rows[i].limits[1]);
#pragma GCC diagnostic pop
                assert_row(doc, rows[i].key, words);
        }
}

Test(spec_doc, limits_of_the_file) {
        const char *doc = read_doc();
        char words[128];

        (void) snprintf(
                words, sizeof(words), "at most %d KiB, nested at most %d deep",
                SPEC_SIZE_MAX / 1024, YAML_DEPTH_MAX);
        cr_assert(strstr(doc, words));
        (void) snprintf(
                words, sizeof(words), "%d values and %d keys", YAML_NODES_MAX, YAML_KEYS_MAX);
        cr_assert(strstr(doc, words));
}

Test(spec_doc, examples_are_good_specs) {
        const char *p = read_doc();
        unsigned n = 0;

        while ((p = strstr(p, "```yaml\n"))) {
                _cleanup_(spec_freep) Spec *spec = NULL;
                SpecErrors errors = {};
                const char *end;

                p += strlen("```yaml\n");
                end = strstr(p, "```");
                cr_assert_not_null(end);
                cr_assert_eq(
                        spec_parse("1", "spec.md", p, (size_t) (end - p), &host, &errors, &spec), 0,
                        "%s", errors.items[0].message);
                p = end;
                n++;
        }
        cr_assert_geq(n, 1);
}

/* Every `-word` and `+word` of the table is refused. */
Test(spec_doc, reserved_arguments) {
        const char *p = strstr(read_doc(), "## Reserved arguments");
        const char *end = strstr(p, "## How");
        unsigned n = 0;

        for (; p < end; p++) {
                char text[128];
                SpecErrors errors = {};
                Spec *spec = NULL;
                int length = (int) strcspn(p + 1, "`");

                if (p[0] != '`' || !strchr("-+", p[1]) || length > 40)
                        continue;
                (void) snprintf(
                        text, sizeof(text), "port: 27015\narguments: ['%.*s']", length, p + 1);
                cr_assert_eq(
                        spec_parse("1", "f", text, strlen(text), &host, &errors, &spec), -EINVAL,
                        "%s", text);
                cr_assert(strstr(errors.items[0].message, "is reserved"));
                spec_errors_clear(&errors);
                p += length + 1;
                n++;
        }
        cr_assert_eq(n, 20);
}

Test(spec_doc, shipped_examples) {
        glob_t found = {};

        cr_assert_eq(glob("deploy/examples/*.yaml", 0, NULL, &found), 0);
        for (size_t i = 0; i < found.gl_pathc; i++) {
                _cleanup_(spec_freep) Spec *spec = NULL;
                SpecErrors errors = {};
                const char *text = read_text(found.gl_pathv[i]);

                cr_assert_eq(
                        spec_parse("1", "f", text, strlen(text), &host, &errors, &spec), 0,
                        "%s: %s", found.gl_pathv[i], errors.items[0].message);
        }
        globfree(&found);
}
