/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The output of "strace -f -o FILE", put together again: joins the two halves of calls that another
 * thread interrupted. Holds a bounded amount, whatever arrives.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "trial/strace-line.h"

typedef struct StraceEvent {
        uint32_t pid;
        bool is_i386; /* the process runs 32-bit code, as far as strace said so */
        const StraceCall *call;
} StraceEvent;

/* Negative ends the reading. The event is valid during the call only. */
typedef int (*StraceHandler)(const StraceEvent *event, void *userdata);

typedef struct StraceReader StraceReader;

int strace_reader_new(StraceHandler handler, void *userdata, StraceReader **ret) _must_check_;

/* Takes the next bytes; they need not end with a line. Returns 0 or what the handler returned. */
int strace_reader_feed(StraceReader *reader, const char *data, size_t size) _must_check_;

/* Lines that were too long or halves that never met. */
uint64_t strace_reader_lost(const StraceReader *reader);

/*
 * The signal of a fault, "SIGSEGV", that one process met so often in a row that it can't get beyond
 * it; NULL: none. A traced process that is the first of its PID namespace is not killed by a fault:
 * the kernel keeps it for the tracer, and it meets the fault again.
 */
const char *strace_reader_fault(const StraceReader *reader);

/*
 * How a process ended: true, and CLD_EXITED with its status or CLD_KILLED with its signal; false:
 * strace has not said it. Only of the process that was named by strace_reader_expect_end().
 */
void strace_reader_expect_end(StraceReader *reader, uint32_t pid);
bool strace_reader_get_end(const StraceReader *reader, int *ret_code, int *ret_status);

/* The last message of strace itself ("strace: …"), "" when there was none. */
const char *strace_reader_message(const StraceReader *reader);

/* Whether the process that strace named first runs 32-bit code now. */
bool strace_reader_is_i386(const StraceReader *reader);

StraceReader *strace_reader_free(StraceReader *reader);
DEFINE_CLEANUP(StraceReader *, strace_reader_free)
