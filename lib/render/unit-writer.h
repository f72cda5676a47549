/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The only way text becomes a unit file. One function for each kind of value a directive takes;
 * each knows how systemd reads that kind and escapes accordingly, so that what systemd ends up with
 * is what the caller passed, or refuses what can't be expressed there. Nothing can start a line or
 * a directive of its own.
 *
 * A writer keeps its first error and ignores everything after it, as a stream does: write the whole
 * unit, then check once with unit_writer_finish(). Values are NUL-terminated, so a value with a NUL
 * can't be passed.
 *
 * Errors: -EILSEQ not valid UTF-8 (or a noncharacter, which systemd refuses too), -EINVAL not
 * expressible or not well-formed, -E2BIG a line longer than systemd reads, -ENOMEM.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/cpu-set.h"
#include "base/ip-network.h"

/* The longest line systemd reads, without its newline; from a longer one on it ignores the file. */
enum { UNIT_LINE_MAX = 1024 * 1024 - 1 };

typedef struct UnitWriter {
        char *text; /* NUL-terminated unless NULL */
        size_t size, allocated;
        size_t line_start;
        bool in_section;
        int error;
} UnitWriter;

/* Cleanup handler; a writer starts zeroed. */
void unit_writer_done(UnitWriter *w);

/* The text so far (borrowed from the writer), or the first error. */
int unit_writer_finish(const UnitWriter *w, const char **ret_text, size_t *ret_size) _must_check_;

/* "# text". Control characters appear as \xNN. */
void unit_writer_comment(UnitWriter *w, const char *text);
void unit_writer_blank_line(UnitWriter *w);

/* "[name]", after an empty line unless it is the first. name is letters and '-'. */
void unit_writer_section(UnitWriter *w, const char *name);

/* In all of these key is letters and digits. */

/* "Key=", which empties a list and takes a setting back. */
void unit_writer_reset(UnitWriter *w, const char *key);

void unit_writer_unsigned(UnitWriter *w, const char *key, uint64_t value);
void unit_writer_signed(UnitWriter *w, const char *key, int64_t value);

/* Bytes, as "1536M" when that is exact. */
void unit_writer_size(UnitWriter *w, const char *key, uint64_t bytes);

/* Not empty: assigning the empty set means something else. */
void unit_writer_cpus(UnitWriter *w, const char *key, const CpuSet *cpus);

/* "udp:27015", for SocketBindAllow=. Not 0, which stands for any port. */
void unit_writer_port(UnitWriter *w, const char *key, const char *protocol, uint16_t port);

/* A network or an address, for IPAddressAllow=. */
void unit_writer_network(UnitWriter *w, const char *key, const IpNetwork *network);

/* A word of an enumeration, a unit or user name: letters, digits and any of "-_.:@". */
void unit_writer_word(UnitWriter *w, const char *key, const char *word);

/*
 * Free text to the end of the line, for Description=. systemd knows no escapes there: refused are
 * control characters, a blank at either end, an odd number of backslashes at the end (which would
 * swallow the next line) and the empty text (which would reset the directive).
 */
void unit_writer_text(UnitWriter *w, const char *key, const char *text);

/*
 * One absolute, normalized path, for SourcePath=, WorkingDirectory= and AssertPathExists=. As with
 * free text it has no escapes, and the same characters are refused.
 */
void unit_writer_path(UnitWriter *w, const char *key, const char *path);

/* "-source:destination", both absolute and normalized, for BindPaths= and BindReadOnlyPaths=: a
 * unit starts without a source that is missing. Control characters are refused. */
void unit_writer_bind(UnitWriter *w, const char *key, const char *source, const char *destination);

/* Environment=NAME=value. name is letters, digits and '_', value is anything. */
void unit_writer_environment(UnitWriter *w, const char *name, const char *value);

/*
 * A command line, for ExecStart= and its kin: an absolute, normalized program without '$', which
 * systemd can't escape there, then arguments, which may be anything. argv is NULL-terminated.
 */
void unit_writer_command(UnitWriter *w, const char *key, const char *const *argv);
