/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "journal/seccomp-record.h"

/* The kernel's record of a blocked system call, in which a process chose two of the values. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        /* A buffer of its own, so that reading past it is noticed. */
        _cleanup_free_ char *text = malloc(size > 0 ? size : 1);
        SeccompRecord record;

        FUZZ_CHECK(text);
        if (size > 0)
                memcpy(text, data, size);
        if (!seccomp_record_parse(text, size, &record))
                return 0;
        FUZZ_CHECK(memchr(record.process, '\0', sizeof(record.process)));
        FUZZ_CHECK(memchr(record.program, '\0', sizeof(record.program)));
        return 0;
}
