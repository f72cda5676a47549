/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/cleanup.h"
#include "journal/seccomp-record.h"

#define EXE "/var/lib/left4me/runtime/1/merged/srcds_linux"

static bool parse(const char *text, SeccompRecord *ret) {
        return seccomp_record_parse(text, strlen(text), ret);
}

/* Both as a Debian 13 kernel and its journald wrote them. */
Test(seccomp_record, reads_a_line_of_the_kernel_log) {
        SeccompRecord r;

        cr_assert(
                parse("audit: type=1326 audit(1795580000.123:42): auid=4294967295 uid=981 gid=981 "
                      "ses=4294967295 subj=unconfined pid=512 comm=\"srcds_linux\" exe=\"" EXE
                      "\" sig=31 "
                      "arch=40000003 syscall=26 compat=1 ip=0xf7f2a579 code=0x80000000",
                      &r));
        cr_assert_eq(r.uid, 981);
        cr_assert_eq(r.pid, 512);
        cr_assert_eq(r.signal, 31);
        cr_assert_eq(r.arch, 0x40000003);
        cr_assert_eq(r.call, 26);
        cr_assert_str_eq(r.process, "srcds_linux");
        cr_assert_str_eq(r.program, EXE);
}

Test(seccomp_record, reads_what_came_by_the_audit_socket) {
        SeccompRecord r;

        cr_assert(parse(
                "SECCOMP auid=4294967295 uid=981 gid=981 ses=4294967295 subj=unconfined pid=7 "
                "comm=\"sh\" exe=\"/usr/bin/dash\" sig=31 arch=c000003e syscall=101 compat=0 "
                "ip=0x7f code=0x80000000",
                &r));
        cr_assert_eq(r.arch, 0xc000003e);
        cr_assert_eq(r.call, 101);
        cr_assert_str_eq(r.program, "/usr/bin/dash");
}

Test(seccomp_record, decodes_what_a_process_chose) {
        SeccompRecord r;

        /* `a" pid=1`, which the kernel writes in hexadecimal */
        cr_assert(parse(
                "SECCOMP uid=1 pid=2 comm=6122207069643D31 exe=(null) sig=0 arch=40000003 syscall=1",
                &r));
        cr_assert_eq(r.pid, 2);
        cr_assert_str_eq(r.process, "a\" pid=1");
        cr_assert_str_eq(r.program, "");
}

Test(seccomp_record, cuts_a_long_program) {
        char text[8192], path[4001];
        SeccompRecord r;

        memset(path, 'x', sizeof(path) - 1);
        path[0] = '/';
        path[sizeof(path) - 1] = '\0';
        (void) snprintf(
                text, sizeof(text),
                "SECCOMP uid=1 pid=2 comm=\"c\" exe=\"%s\" sig=31 arch=40000003 syscall=1", path);
        cr_assert(parse(text, &r));
        cr_assert_eq(strlen(r.program), sizeof(r.program) - 1);
        cr_assert_eq(strncmp(r.program, path, sizeof(r.program) - 1), 0);
}

Test(seccomp_record, refuses_what_is_none) {
        static const char *const texts[] = {
                "",
                "SECCOMP",
                "SECCOMP ",
                "audit: type=1327 audit(1:1): uid=1 pid=2 comm=\"c\" exe=\"e\" sig=0 arch=1 syscall=1",
                "SECCOMP uid=1 pid=2 comm=\"c\" exe=\"e\" sig=31 arch=40000003",
                "SECCOMP uid=1 pid=2 comm=\"c\" exe=\"e\" sig=31 syscall=1",
                "SECCOMP uid=x pid=2 comm=\"c\" exe=\"e\" sig=31 arch=40000003 syscall=1",
                "SECCOMP uid=1 pid=99999999999 comm=\"c\" exe=\"e\" sig=31 arch=40000003 syscall=1",
                "SECCOMP uid=1 pid=2 comm=xyz exe=\"e\" sig=31 arch=40000003 syscall=1",
                "SECCOMP uid=1 pid=2 comm=00 exe=\"e\" sig=31 arch=40000003 syscall=1",
                "SECCOMP uid=1 pid=2 comm=\" exe=\"e\" sig=31 arch=40000003 syscall=1",
                " SECCOMP uid=1 pid=2 comm=\"c\" exe=\"e\" sig=31 arch=40000003 syscall=1",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                SeccompRecord r;

                cr_assert(!parse(texts[i], &r), "%s", texts[i]);
        }
}
