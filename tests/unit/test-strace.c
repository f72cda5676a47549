/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "trial/strace-reader.h"

static bool parse(const char *text, StraceCall *ret) {
        return strace_call_parse(text, strlen(text), ret);
}

static bool argument_is(const StraceCall *call, size_t n, const char *text) {
        StraceText argument;

        return strace_argument(call, n, &argument) && strace_text_equal(&argument, text);
}

/* --- one call; the lines are those of strace 6.13 ----------------------------------------------
 */

Test(strace_line, reads_a_failed_open) {
        StraceCall call;
        StraceText argument, directory;
        char path[64];

        cr_assert(
                parse("openat(AT_FDCWD</src>, \"/etc/foo \\\"<x>,\\n\", O_RDONLY|O_CLOEXEC) = -1 "
                      "ENOENT (No such file or directory)",
                      &call));
        cr_assert_str_eq(call.name, "openat");
        cr_assert_str_eq(call.error, "ENOENT");
        cr_assert_eq(call.result, -1);
        cr_assert(strace_argument(&call, 0, &argument));
        cr_assert(strace_annotation(&argument, &directory));
        cr_assert(strace_text_equal(&directory, "/src"));
        cr_assert(strace_argument(&call, 1, &argument));
        cr_assert(strace_string(&argument, path, sizeof(path)));
        cr_assert_str_eq(path, "/etc/foo \"<x>,\n");
        cr_assert(strace_argument(&call, 2, &argument));
        cr_assert_not(strace_argument(&call, 3, &argument));
}

Test(strace_line, reads_binds_of_both_families) {
        StraceCall call;
        StraceText argument;
        uint32_t port;

        cr_assert(
                parse("bind(3<UDP:[115545]>, {sa_family=AF_INET, sin_port=htons(27555), "
                      "sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0",
                      &call));
        cr_assert_str_eq(call.error, "");
        cr_assert(call.has_result);
        cr_assert(argument_is(&call, 2, "16"));
        cr_assert(strace_argument(&call, 1, &argument));
        cr_assert(strace_number_after(&argument, "sin_port=htons(", &port));
        cr_assert_eq(port, 27555);

        cr_assert(
                parse("bind(4<TCPv6:[[::]:27556->[::1]:1]>, {sa_family=AF_INET6, "
                      "sin6_port=htons(27556), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"::\", "
                      "&sin6_addr), sin6_scope_id=0}, 28) = -1 EPERM (Operation not permitted)",
                      &call));
        cr_assert_str_eq(call.error, "EPERM");
        cr_assert(argument_is(&call, 0, "4<TCPv6:[[::]:27556->[::1]:1]>"));
        cr_assert(argument_is(&call, 2, "28"));
}

Test(strace_line, reads_calls_without_a_result_and_without_a_name) {
        StraceCall call;

        cr_assert(parse("exit(0) = ?", &call));
        cr_assert_not(call.has_result);
        cr_assert(parse("gettid()                = 39", &call));
        cr_assert_eq(call.result, 39);
        cr_assert_not(strace_argument(&call, 0, &(StraceText) {}));
        cr_assert(parse(
                "syscall_0x258(0x1, 0x7f, 0x1) = -1 ENOSYS (Function not implemented)", &call));
        cr_assert_str_eq(call.name, "syscall_0x258");
}

Test(strace_line, refuses_what_is_not_a_whole_call) {
        static const char *const lines[] = {
                "",
                "openat",
                "openat(",
                "(1) = 0",
                "open(\"x) = 0",
                "f(1) 0",
                "f(1) = ",
                "-f(1) = 0",
                "+++ exited with 0 +++",
                "f(3</x) = 0",
        };
        StraceCall call;

        for (size_t i = 0; i < ELEMENTSOF(lines); i++)
                cr_expect_not(parse(lines[i], &call), "'%s'", lines[i]);
}

Test(strace_line, takes_no_string_that_was_cut_or_holds_a_nul) {
        StraceText argument;
        char text[8];

        argument = (StraceText) { "\"abc\"...", 8 };
        cr_expect_not(strace_string(&argument, text, sizeof(text)));
        argument = (StraceText) { "\"a\\0b\"", 6 };
        cr_expect_not(strace_string(&argument, text, sizeof(text)));
        argument = (StraceText) { "\"12345678\"", 10 };
        cr_expect_not(strace_string(&argument, text, sizeof(text)));
        argument = (StraceText) { "\"\\303\\244\\t\"", 12 };
        cr_expect(strace_string(&argument, text, sizeof(text)));
        cr_expect_str_eq(text, "\303\244\t");
}

/* A file whose name looks like the end of a call and the beginning of another. */
Test(strace_line, a_name_cannot_pretend_to_be_an_argument) {
        StraceCall call;
        StraceText argument;
        char path[64];

        cr_assert(parse(
                "openat(3</a), \"/x\", O_WRONLY>, \") = 0, O_WRONLY\", O_RDONLY) = 4</y>", &call));
        cr_assert(argument_is(&call, 2, "O_RDONLY"));
        cr_assert(strace_argument(&call, 1, &argument));
        cr_assert(strace_string(&argument, path, sizeof(path)));
        cr_assert_str_eq(path, ") = 0, O_WRONLY");
        cr_assert_eq(call.result, 4);
}

/* --- the stream --------------------------------------------------------------------------------
 */

typedef struct Seen {
        char text[1024];
} Seen;

static int note(const StraceEvent *event, void *userdata) {
        Seen *seen = userdata;
        size_t used = strlen(seen->text);

        (void) snprintf(
                seen->text + used, sizeof(seen->text) - used, "%u %s %s%s\n", event->pid,
                event->call->name, event->call->error, event->is_i386 ? " i386" : "");
        return 0;
}

static const char stream[] = "37 openat(AT_FDCWD</x>, \"a\", O_RDONLY <unfinished ...>\n"
                             "38 bind(3<UDP:[1]>, {sa_family=AF_INET, sin_port=htons(1), "
                             "sin_addr=inet_addr(\"0.0.0.0\")}, 16) = 0\n"
                             "37 <... openat resumed>) = -1 EACCES (Permission denied)\n"
                             "38 --- SIGINT {si_signo=SIGINT} ---\n"
                             "strace: [ Process PID=37 runs in 32 bit mode. ]\n"
                             "39 mkdir(\"y\", 0777) = 0\n"
                             "38 +++ exited with 0 +++\n"
                             "40 <... read resumed>\"\", 1) = 0\n"
                             "strace: Could not attach: no\n"
                             "37    getpid() = 1\n";

static const char expected[] = "38 bind \n"
                               "37 openat EACCES\n"
                               "39 mkdir  i386\n"
                               "37 getpid  i386\n";

/* As Debian's strace 6.13 wrote it, with -f and -o. */
Test(strace, the_mode_is_told_in_a_line_of_the_process) {
        static const char text[] =
                "316   execve(\"/usr/lib/left4me-witness-i386/ioq3ded\", [...], 0x55b79f8647a0 /* 16 "
                "vars */) = 0\n"
                "316   [ Process PID=316 runs in 32 bit mode. ]\n"
                "316   mkdir(\"/root\", 0750)              = -1 EEXIST (File exists)\n";
        _cleanup_(strace_reader_freep) StraceReader *reader = NULL;
        Seen seen = {};

        cr_assert_eq(strace_reader_new(note, &seen, &reader), 0);
        cr_assert_eq(strace_reader_feed(reader, text, sizeof(text) - 1), 0);
        cr_expect_str_eq(seen.text, "316 execve \n316 mkdir EEXIST i386\n");
        cr_expect_eq(strace_reader_lost(reader), 0);
        cr_expect(strace_reader_is_i386(reader));
}

static void feed_in_pieces(size_t piece) {
        _cleanup_(strace_reader_freep) StraceReader *reader = NULL;
        Seen seen = {};

        cr_assert_eq(strace_reader_new(note, &seen, &reader), 0);
        for (size_t i = 0; i < sizeof(stream) - 1; i += piece) {
                size_t left = sizeof(stream) - 1 - i;

                cr_assert_eq(
                        strace_reader_feed(reader, stream + i, left < piece ? left : piece), 0);
        }
        cr_assert_str_eq(seen.text, expected);
        cr_assert_eq(strace_reader_lost(reader), 1); /* the half that had no first one */
        cr_assert_str_eq(strace_reader_message(reader), "Could not attach: no");
        cr_assert(strace_reader_is_i386(reader));
}

Test(strace_reader, joins_halves) {
        feed_in_pieces(sizeof(stream));
}

Test(strace_reader, takes_lines_in_any_pieces) {
        for (size_t piece = 1; piece < 40; piece++)
                feed_in_pieces(piece);
}

Test(strace_reader, drops_lines_that_are_too_long_and_goes_on) {
        _cleanup_(strace_reader_freep) StraceReader *reader = NULL;
        char chunk[4096];
        Seen seen = {};

        memset(chunk, 'x', sizeof(chunk));
        cr_assert_eq(strace_reader_new(note, &seen, &reader), 0);
        for (size_t i = 0; i < 20; i++)
                cr_assert_eq(strace_reader_feed(reader, chunk, sizeof(chunk)), 0);
        cr_assert_eq(strace_reader_feed(reader, "\n1 f() = 0\n", 11), 0);
        cr_assert_str_eq(seen.text, "1 f \n");
        cr_assert_eq(strace_reader_lost(reader), 1);
}

static void feed(StraceReader *reader, const char *line, unsigned times) {
        for (unsigned i = 0; i < times; i++)
                cr_assert_eq(strace_reader_feed(reader, line, strlen(line)), 0);
}

#define FAULT "37 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL} ---\n"

/* As the first process of a PID namespace does while it is traced. */
Test(strace_reader, tells_of_a_fault_that_never_ends) {
        _cleanup_(strace_reader_freep) StraceReader *reader = NULL;
        Seen seen = {};

        cr_assert_eq(strace_reader_new(note, &seen, &reader), 0);
        feed(reader, FAULT, 900);
        feed(reader, "37 close(3) = 0\n", 1);
        feed(reader, FAULT, 900);
        feed(reader, "38 --- SIGSEGV {si_signo=SIGSEGV} ---\n", 1);
        feed(reader, "37 --- SIGINT {si_signo=SIGINT} ---\n", 2000);
        cr_expect_null(strace_reader_fault(reader));
        feed(reader, FAULT, 1000);
        cr_assert_not_null(strace_reader_fault(reader));
        cr_expect_str_eq(strace_reader_fault(reader), "SIGSEGV");
}

static int pass_by(_unused_ const StraceEvent *event, _unused_ void *userdata) {
        return 0;
}

Test(strace, the_end_of_a_process_is_known) {
        static const struct {
                const char *text;
                int code, status;
        } cases[] = {
                { "37 getpid() = 1\n38 +++ exited with 3 +++\n", 0, 0 },
                { "37 +++ exited with 3 +++\n", CLD_EXITED, 3 },
                { "37    +++ exited with 0 +++\n38 +++ exited with 4 +++\n", CLD_EXITED, 0 },
                { "37 +++ killed by SIGSEGV (core dumped) +++\n", CLD_KILLED, SIGSEGV },
                { "37 +++ killed by SIGKILL +++\n", CLD_KILLED, SIGKILL },
                { "37 +++ exited with 300 +++\n37 +++ killed by SIGNONSENSE +++\n", 0, 0 },
                { "37 +++ killed by SIG+++++++++++++++++++++++++ +++\n37 +++ killed by SIG\n", 0,
                  0 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(strace_reader_freep) StraceReader *reader = NULL;
                int code, status;

                cr_assert_eq(strace_reader_new(pass_by, NULL, &reader), 0);
                strace_reader_expect_end(reader, 37);
                cr_assert_eq(strace_reader_feed(reader, cases[i].text, strlen(cases[i].text)), 0);
                cr_expect_eq(
                        strace_reader_get_end(reader, &code, &status), cases[i].code != 0, "%zu",
                        i);
                cr_expect_eq(code, cases[i].code, "%zu", i);
                cr_expect_eq(status, cases[i].status, "%zu", i);
        }
}
