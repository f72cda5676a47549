/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Takes hostile values through the unit writer, a unit file and systemd, and compares what systemd
 * ends up with.
 *
 * Usage: unit-round-trip write DIRECTORY PROGRAM    writes the units; PROGRAM is this one's path
 *        unit-round-trip check                      asks systemd for them, after a daemon reload
 *        unit-round-trip run UNIT VALUE…            what a unit runs: compares what it really gets
 *
 * All make the same values from the same seed. Paths and descriptions are those that the writer
 * doesn't refuse.
 */

#include <inttypes.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "render/unit-writer.h"

enum {
        UNITS = 150,
        VALUES = 20, /* a unit */
        VALUE_MAX = 200,
        ARGV_FIRST = 3, /* the value's place in argv */
};

/* Everything that means something to systemd somewhere, and what it might stumble over. */
static const char *const fragments[] = {
        "%",
        "%%",
        "%n",
        "%i",
        "%h",
        "$",
        "$$",
        "${HOME}",
        "$HOME",
        "\\",
        "\\\\",
        "\\n",
        "\\x41",
        "\\t",
        "\"",
        "'",
        "\"\"",
        "''",
        " ",
        "  ",
        ";",
        " ; ",
        "#",
        "=",
        "[",
        "]",
        "[Unit]",
        ":",
        ",",
        "\n",
        "\r",
        "\t",
        "\x1b[31m",
        "\x01",
        "\x7f",
        "\xc3\xa4",
        "\xe2\x82\xac",
        "\xf0\x9f\x98\x80",
        "\xc2\x85",
        "\xe2\x80\xa8",
        "a",
        "Z",
        "0",
        "/",
        "..",
        "-",
        "+",
        "!",
        "@",
        "|",
        "&",
        "*",
        "?",
        "~",
        "`",
        "{",
        "}",
        "(",
        ")",
        "<",
        ">",
        "ExecStart=/bin/sh",
        "\nExecStart=/bin/sh",
        "\\\n",
        "\\\nUser=root",
};

static uint64_t state;

static uint64_t next_random(void) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state;
}

/* The first values are each fragment alone, then at each end, then any mixture. */
static void make_value(unsigned unit, unsigned index, char value[static VALUE_MAX]) {
        size_t n = ELEMENTSOF(fragments), number = (size_t) unit * VALUES + index;

        if (number < n)
                (void) snprintf(value, VALUE_MAX, "%s", fragments[number]);
        else if (number < 2 * n)
                (void) snprintf(value, VALUE_MAX, "%s%s", "word", fragments[number - n]);
        else if (number < 3 * n)
                (void) snprintf(value, VALUE_MAX, "%s%s", fragments[number - 2 * n], "word");
        else {
                state = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
                value[0] = '\0';
                for (unsigned i = (unsigned) (next_random() % 9); i < 10; i++)
                        (void) strcat(value, fragments[next_random() % n]);
        }
}

/* Whether the writer takes it as this kind. */
static bool accepts(void (*write)(UnitWriter *w, const char *value), const char *value) {
        _cleanup_(unit_writer_done) UnitWriter w = {};
        const char *text;
        size_t size;

        unit_writer_section(&w, "Unit");
        write(&w, value);
        return unit_writer_finish(&w, &text, &size) >= 0;
}

static void write_description(UnitWriter *w, const char *value) {
        unit_writer_text(w, "Description", value);
}

static void write_bind(UnitWriter *w, const char *value) {
        char path[VALUE_MAX + sizeof("/mnt/")];

        (void) stpcpy(stpcpy(path, "/mnt/"), value);
        unit_writer_bind(w, "BindPaths", path, path);
}

static void write_service(UnitWriter *w, unsigned unit, const char *program) {
        char values[VALUES][VALUE_MAX], number[16];
        const char *argv[ARGV_FIRST + VALUES + 1] = { program, "run", number };

        (void) snprintf(number, sizeof(number), "%u", unit);
        for (unsigned i = 0; i < VALUES; i++) {
                make_value(unit, i, values[i]);
                argv[ARGV_FIRST + i] = values[i];
        }

        unit_writer_section(w, "Unit");
        if (accepts(write_description, values[0]))
                write_description(w, values[0]);
        unit_writer_section(w, "Service");
        unit_writer_word(w, "Type", "oneshot");
        unit_writer_command(w, "ExecStart", argv);
        for (unsigned i = 0; i < VALUES; i++) {
                char name[16];

                (void) snprintf(name, sizeof(name), "V%u", i);
                unit_writer_environment(w, name, values[i]);
        }
}

/* Apart, because a unit with paths that don't exist can't be started. */
static void write_binds(UnitWriter *w, unsigned unit) {
        static const char *const argv[] = { "/usr/bin/true", NULL };

        unit_writer_section(w, "Service");
        unit_writer_command(w, "ExecStart", argv);
        for (unsigned i = 0; i < VALUES; i++) {
                char value[VALUE_MAX];

                make_value(unit, i, value);
                if (accepts(write_bind, value))
                        write_bind(w, value);
        }
}

static int save(const UnitWriter *w, const char *directory, const char *kind, unsigned unit) {
        _cleanup_fclose_ FILE *f = NULL;
        char path[4096];
        const char *text;
        size_t size;
        int r;

        (void) snprintf(path, sizeof(path), "%s/%s-%u.service", directory, kind, unit);
        r = unit_writer_finish(w, &text, &size);
        if (r < 0) {
                printf("%s is refused: %s\n", path, strerror(-r));
                return r;
        }

        f = fopen(path, "we");
        if (!f || fwrite(text, 1, size, f) != size || fflush(f) != 0)
                return -errno;
        return 0;
}

static int write_all_units(const char *directory, const char *program) {
        for (unsigned unit = 0; unit < UNITS; unit++) {
                _cleanup_(unit_writer_done) UnitWriter service = {};
                _cleanup_(unit_writer_done) UnitWriter binds = {};
                int r;

                write_service(&service, unit, program);
                r = save(&service, directory, "round-trip", unit);
                if (r < 0)
                        return r;
                write_binds(&binds, unit);
                r = save(&binds, directory, "round-trip-bind", unit);
                if (r < 0)
                        return r;
        }
        return 0;
}

static unsigned n_same, n_different;

static void compare(unsigned unit, const char *what, const char *expected, const char *seen) {
        if (seen && strcmp(expected, seen) == 0)
                n_same++;
        else if (n_different++ < 20)
                printf("unit %u, %s: wrote <%s>, systemd has <%s>\n", unit, what, expected,
                       seen ? seen : "nothing");
}

static int check_environment(sd_bus *bus, const char *path, unsigned unit) {
        _cleanup_(strv_freep) char **seen = NULL;
        int r;

        r = sd_bus_get_property_strv(
                bus, "org.freedesktop.systemd1", path, "org.freedesktop.systemd1.Service",
                "Environment", NULL, &seen);
        if (r < 0)
                return r;

        for (unsigned i = 0; i < VALUES; i++) {
                char value[VALUE_MAX], expected[VALUE_MAX + 16];

                make_value(unit, i, value);
                (void) snprintf(expected, sizeof(expected), "V%u=%s", i, value);
                compare(unit, "Environment", expected, seen && *seen ? seen[i] : NULL);
        }
        return 0;
}

static int check_binds(sd_bus *bus, const char *path, unsigned unit) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r;

        r = sd_bus_get_property(
                bus, "org.freedesktop.systemd1", path, "org.freedesktop.systemd1.Service",
                "BindPaths", NULL, &reply, "a(ssbt)");
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "(ssbt)");
        if (r < 0)
                return r;

        for (unsigned i = 0; i < VALUES; i++) {
                char value[VALUE_MAX], expected[VALUE_MAX + sizeof("/mnt/")];
                const char *source = NULL, *destination = NULL;

                make_value(unit, i, value);
                if (!accepts(write_bind, value))
                        continue;
                (void) stpcpy(stpcpy(expected, "/mnt/"), value);
                r = sd_bus_message_read(reply, "(ssbt)", &source, &destination, NULL, NULL);
                if (r < 0)
                        return r;
                compare(unit, "bind source", expected, source);
                compare(unit, "bind destination", expected, destination);
        }
        return sd_bus_message_at_end(reply, false) > 0 ? 0 : -EBADMSG;
}

static int check_description(sd_bus *bus, const char *path, unsigned unit) {
        _cleanup_free_ char *seen = NULL;
        char value[VALUE_MAX];
        int r;

        make_value(unit, 0, value);
        if (!accepts(write_description, value))
                return 0;
        r = sd_bus_get_property_string(
                bus, "org.freedesktop.systemd1", path, "org.freedesktop.systemd1.Unit",
                "Description", NULL, &seen);
        if (r < 0)
                return r;
        compare(unit, "Description", value, seen);
        return 0;
}

static int load_unit(sd_bus *bus, const char *kind, unsigned unit, char **ret_path) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        char name[64];
        const char *path;
        int r;

        (void) snprintf(name, sizeof(name), "%s-%u.service", kind, unit);
        r = sd_bus_call_method(
                bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                "org.freedesktop.systemd1.Manager", "LoadUnit", NULL, &reply, "s", name);
        if (r >= 0)
                r = sd_bus_message_read(reply, "o", &path);
        if (r < 0)
                return r;

        *ret_path = strdup(path);
        return *ret_path ? 0 : -ENOMEM;
}

static int check_unit(sd_bus *bus, unsigned unit) {
        _cleanup_free_ char *service = NULL, *binds = NULL;
        int r;

        r = load_unit(bus, "round-trip", unit, &service);
        if (r >= 0)
                r = load_unit(bus, "round-trip-bind", unit, &binds);
        if (r >= 0)
                r = check_environment(bus, service, unit);
        if (r >= 0)
                r = check_binds(bus, binds, unit);
        return r < 0 ? r : check_description(bus, service, unit);
}

static int summary(int r) {
        printf("%u values are the same, %u are not\n", n_same, n_different);
        return r < 0 ? r : n_different > 0 ? -EBADMSG : 0;
}

static int check_all_units(void) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        int r;

        r = sd_bus_open_system(&bus);
        for (unsigned unit = 0; r >= 0 && unit < UNITS; unit++) {
                r = check_unit(bus, unit);
                if (r < 0)
                        printf("unit %u: %s\n", unit, strerror(-r));
        }
        return summary(r);
}

/* Compares the arguments that execve() brought; systemd has undone its own escaping of '$' in them
 * as well. */
static int run(int argc, char **argv) {
        unsigned unit = (unsigned) strtoul(argv[2], NULL, 10);

        for (unsigned i = 0; i < VALUES; i++) {
                char value[VALUE_MAX], name[16];

                make_value(unit, i, value);
                (void) snprintf(name, sizeof(name), "V%u", i);
                compare(unit, "argument", value,
                        ARGV_FIRST + (int) i < argc ? argv[ARGV_FIRST + i] : NULL);
                compare(unit, "variable", value, getenv(name));
        }
        return summary(argc == ARGV_FIRST + VALUES ? 0 : -EBADMSG);
}

int main(int argc, char *argv[]) {
        int r;

        if (argc == 4 && strcmp(argv[1], "write") == 0)
                r = write_all_units(argv[2], argv[3]);
        else if (argc == 2 && strcmp(argv[1], "check") == 0)
                r = check_all_units();
        else if (argc >= ARGV_FIRST && strcmp(argv[1], "run") == 0)
                r = run(argc, argv);
        else
                return 2;
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
