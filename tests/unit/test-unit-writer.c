/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

#include "render/unit-writer.h"

/* That systemd reads back what was written is proven with systemd itself: suites/unit-writer.bats.
 * Here: what exactly is written, and what is refused. */

static UnitWriter w;

static void setup(void) {
        unit_writer_section(&w, "X");
}

static void teardown(void) {
        unit_writer_done(&w);
}

TestSuite(unit_writer, .init = setup, .fini = teardown, .timeout = 60);

static const char *written(void) {
        const char *text = NULL;
        size_t size = 0;

        cr_assert_eq(unit_writer_finish(&w, &text, &size), 0);
        cr_assert_eq(strlen(text), size);
        cr_assert_eq(strncmp(text, "[X]\n", 4), 0);
        return text + 4;
}

static void assert_refused(int error) {
        const char *text = NULL;
        size_t size;

        cr_assert_eq(unit_writer_finish(&w, &text, &size), error);
        cr_assert_null(text);
        unit_writer_done(&w);
        unit_writer_section(&w, "X");
}

Test(unit_writer, an_unused_writer_has_written_nothing) {
        UnitWriter unused = {};
        const char *text = NULL;
        size_t size = 1;

        cr_assert_eq(unit_writer_finish(&unused, &text, &size), 0);
        cr_assert_str_eq(text, "");
        cr_assert_eq(size, 0);
        unit_writer_done(&unused);
}

Test(unit_writer, sections_are_set_off_by_an_empty_line) {
        UnitWriter unit = {};
        const char *text = NULL;
        size_t size;

        unit_writer_comment(&unit, "why");
        unit_writer_section(&unit, "Unit");
        unit_writer_word(&unit, "A", "b");
        unit_writer_section(&unit, "X-Service");
        unit_writer_blank_line(&unit);
        unit_writer_word(&unit, "C", "d");

        cr_assert_eq(unit_writer_finish(&unit, &text, &size), 0);
        cr_assert_str_eq(text, "# why\n\n[Unit]\nA=b\n\n[X-Service]\n\nC=d\n");
        unit_writer_done(&unit);
}

Test(unit_writer, numbers) {
        unit_writer_unsigned(&w, "A", 0);
        unit_writer_unsigned(&w, "B", UINT64_MAX);
        unit_writer_signed(&w, "C", INT64_MIN);
        unit_writer_signed(&w, "D", -5);
        cr_assert_str_eq(written(), "A=0\nB=18446744073709551615\nC=-9223372036854775808\nD=-5\n");
}

Test(unit_writer, sizes_have_the_largest_exact_unit) {
        unit_writer_size(&w, "A", 0);
        unit_writer_size(&w, "A", 1023);
        unit_writer_size(&w, "A", 1024);
        unit_writer_size(&w, "A", 1536ULL << 20);
        unit_writer_size(&w, "A", 2ULL << 30);
        unit_writer_size(&w, "A", (2ULL << 30) + 1);
        unit_writer_size(&w, "A", 1ULL << 63);
        cr_assert_str_eq(written(), "A=0\nA=1023\nA=1K\nA=1536M\nA=2G\nA=2147483649\nA=8E\n");
}

Test(unit_writer, cpus_and_ports) {
        CpuSet cpus;

        cr_assert_eq(cpu_set_parse("0-3,8", &cpus), 0);
        unit_writer_cpus(&w, "AllowedCPUs", &cpus);
        unit_writer_port(&w, "SocketBindAllow", "udp", 27015);
        cr_assert_str_eq(written(), "AllowedCPUs=0-3,8\nSocketBindAllow=udp:27015\n");
}

Test(unit_writer, what_would_mean_any_or_none_is_refused) {
        unit_writer_port(&w, "SocketBindAllow", "udp", 0);
        assert_refused(-EINVAL);
        unit_writer_cpus(&w, "AllowedCPUs", &(CpuSet) {});
        assert_refused(-EINVAL);
        unit_writer_text(&w, "Description", "");
        assert_refused(-EINVAL);
        unit_writer_word(&w, "Slice", "");
        assert_refused(-EINVAL);
}

Test(unit_writer, words_are_plain) {
        static const char *const bad[] = { "a b",   "a\n",      "%n",  "a\\",
                                           "\"a\"", "\xc3\xa4", "a;b", "$A" };

        unit_writer_word(&w, "Slice", "left4me-server@1.slice:x_y");
        cr_assert_str_eq(written(), "Slice=left4me-server@1.slice:x_y\n");

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                unit_writer_word(&w, "Slice", bad[i]);
                assert_refused(-EINVAL);
        }
}

Test(unit_writer, keys_sections_and_variables_have_no_room_for_tricks) {
        unit_writer_word(&w, "A\nB", "c");
        assert_refused(-EINVAL);
        unit_writer_word(&w, "", "c");
        assert_refused(-EINVAL);
        unit_writer_section(&w, "A]\n[B");
        assert_refused(-EINVAL);
        unit_writer_environment(&w, "A B", "c");
        assert_refused(-EINVAL);
        unit_writer_environment(&w, "1A", "c");
        assert_refused(-EINVAL);
        unit_writer_environment(&w, "", "c");
        assert_refused(-EINVAL);
        unit_writer_port(&w, "A", "udp:1 tcp", 2);
        assert_refused(-EINVAL);
}

Test(unit_writer, a_directive_needs_a_section) {
        UnitWriter unit = {};
        const char *text;
        size_t size;

        unit_writer_word(&unit, "A", "b");
        cr_assert_eq(unit_writer_finish(&unit, &text, &size), -EINVAL);
        unit_writer_done(&unit);
}

Test(unit_writer, free_text_escapes_specifiers_only) {
        unit_writer_text(&w, "Description", "100% \"of\" $HOME; \\n %n \xc3\xa4 #");
        cr_assert_str_eq(written(), "Description=100%% \"of\" $HOME; \\n %%n \xc3\xa4 #\n");
}

Test(unit_writer, free_text_that_cannot_be_is_refused) {
        static const char *const bad[] = {
                " a",
                "a ",
                "a\\",
                "a\\\\\\",
                "a\nExecStart=/bin/sh",
                "a\rb",
                "a\tb",
                "\x1b[2J",
                "a\x7f",
                "\xc2\x9b"
                "2J", /* CSI as one character */
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                unit_writer_text(&w, "Description", bad[i]);
                assert_refused(-EINVAL);
        }

        unit_writer_text(&w, "Description", "a\\\\");
        cr_assert_str_eq(written(), "Description=a\\\\\n");
}

Test(unit_writer, invalid_utf8_is_refused_everywhere) {
        static const char *const bad[] = {
                "\xff",         "\xc0\xaf",     "\xc3",
                "\xe2\x82",     "\xed\xa0\x80", "\xf4\x90\x80\x80",
                "\xef\xb7\x90", "\xef\xbf\xbe", "\xf0\x9f\xbf\xbf",
                "\x80",
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                char path[32];

                unit_writer_environment(&w, "A", bad[i]);
                assert_refused(-EILSEQ);
                unit_writer_text(&w, "Description", bad[i]);
                assert_refused(-EILSEQ);
                unit_writer_comment(&w, bad[i]);
                assert_refused(-EILSEQ);
                unit_writer_command(&w, "ExecStart", (const char *const[]) { "/a", bad[i], NULL });
                assert_refused(-EILSEQ);
                (void) snprintf(path, sizeof(path), "/%s", bad[i]);
                unit_writer_path(&w, "SourcePath", path);
                assert_refused(-EILSEQ);
                unit_writer_bind(&w, "BindPaths", path, "/b");
                assert_refused(-EILSEQ);
        }
}

Test(unit_writer, comments_cannot_be_left) {
        unit_writer_comment(&w, "a\nExecStart=/bin/sh\x1b");
        cr_assert_str_eq(written(), "# a\\x0aExecStart=/bin/sh\\x1b\n");
        unit_writer_comment(&w, "a\\");
        assert_refused(-EINVAL);
}

Test(unit_writer, assignments_are_quoted_when_need_be) {
        unit_writer_environment(&w, "A", "plain-1.2,3:4/5@6=+_");
        unit_writer_environment(&w, "B", "");
        unit_writer_environment(&w, "C", "a \"b\" \\ % $HOME\n\x1b\x7f\xc2\x9b\xc3\xa4;'");
        cr_assert_str_eq(
                written(),
                "Environment=A=plain-1.2,3:4/5@6=+_\n"
                "Environment=\"B=\"\n"
                "Environment=\"C=a \\\"b\\\" \\\\ %% $HOME\\x0a\\x1b\\x7f\\xc2\\x9b\xc3\xa4;'\"\n");
}

Test(unit_writer, command_lines) {
        unit_writer_command(
                &w, "ExecStart",
                (const char *const[]) { "/usr/bin/a b", "", ";", "$A ${B} %n", "-x", NULL });
        cr_assert_str_eq(written(), "ExecStart=\"/usr/bin/a b\" \"\" \";\" \"$$A $${B} %%n\" -x\n");
}

Test(unit_writer, programs_are_absolute_and_without_variables) {
        static const char *const bad[] = {
                "a", "-/bin/true", "/bin/$A", "", "/bin/../x", "/bin//x"
        };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                unit_writer_command(&w, "ExecStart", (const char *const[]) { bad[i], NULL });
                assert_refused(-EINVAL);
        }
        unit_writer_command(&w, "ExecStart", (const char *const[]) { NULL });
        assert_refused(-EINVAL);
}

Test(unit_writer, paths) {
        unit_writer_path(&w, "SourcePath", "/a b/c%d/\"e\"");
        unit_writer_path(&w, "SourcePath", "/");
        cr_assert_str_eq(written(), "SourcePath=/a b/c%%d/\"e\"\nSourcePath=/\n");
}

Test(unit_writer, paths_that_are_not_normalized_are_refused) {
        static const char *const bad[] = { "", "a", "/a/", "//", "/./a", "/a/..", "/..", "/a//b" };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                unit_writer_path(&w, "SourcePath", bad[i]);
                assert_refused(-EINVAL);
                unit_writer_bind(&w, "BindPaths", "/a", bad[i]);
                assert_refused(-EINVAL);
                unit_writer_bind(&w, "BindPaths", bad[i], "/a");
                assert_refused(-EINVAL);
        }
}

Test(unit_writer, paths_have_the_kernels_limits) {
        char path[PATH_MAX + 1] = "/";

        memset(path + 1, 'a', NAME_MAX);
        unit_writer_path(&w, "SourcePath", path);
        (void) written();

        path[1 + NAME_MAX] = 'a';
        unit_writer_path(&w, "SourcePath", path);
        assert_refused(-EINVAL);

        for (size_t i = 0; i < PATH_MAX; i++)
                path[i] = i % 2 == 0 ? '/' : 'a';
        unit_writer_path(&w, "SourcePath", path);
        assert_refused(-EINVAL);
        path[PATH_MAX - 2] = '\0';
        unit_writer_path(&w, "SourcePath", path);
        (void) written();
}

Test(unit_writer, bind_paths) {
        unit_writer_bind(&w, "BindPaths", "/a b", "/c:d\"e'f\\g%h");
        unit_writer_bind(&w, "BindPaths", "/a", "/ends in a blank ");
        cr_assert_str_eq(
                written(), "BindPaths=-/a\\ b:/c\\:d\\\"e\\'f\\\\g%%h\n"
                           "BindPaths=-/a:/ends\\ in\\ a\\ blank\\ :rbind\n");
        unit_writer_bind(&w, "BindPaths", "/a", "/a\tb");
        assert_refused(-EINVAL);
}

/* "Environment=A=" and a value are one line. */
Test(unit_writer, the_longest_line_is_what_systemd_reads) {
        const size_t prefix = strlen("Environment=A=");
        _cleanup_free_ char *value = malloc(UNIT_LINE_MAX);

        cr_assert_not_null(value);
        memset(value, 'a', UNIT_LINE_MAX);

        value[UNIT_LINE_MAX - prefix] = '\0';
        unit_writer_environment(&w, "A", value);
        unit_writer_word(&w, "B", "c");
        cr_assert_eq(strlen(written()), UNIT_LINE_MAX + strlen("\nB=c\n"));

        value[UNIT_LINE_MAX - prefix] = 'a';
        value[UNIT_LINE_MAX - prefix + 1] = '\0';
        unit_writer_environment(&w, "A", value);
        assert_refused(-E2BIG);
}

Test(unit_writer, the_first_error_stays) {
        unit_writer_environment(&w, "A", "\xff");
        unit_writer_port(&w, "B", "udp", 0);
        unit_writer_word(&w, "C", "fine");
        assert_refused(-EILSEQ);
}
