/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One system call as strace(1) prints it: "openat(AT_FDCWD</srv>, "x", O_RDONLY) = -1 ENOENT (…)".
 * The traced program chooses paths and other strings in it, so every byte may be anything. Expects
 * the options of strace that left4me passes: -yy, and escapes as strace makes them by default.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STRACE_NAME_MAX = 48, STRACE_ERROR_MAX = 24 };

/* A part of a line, not NUL-terminated. */
typedef struct StraceText {
        const char *text;
        size_t size;
} StraceText;

typedef struct StraceCall {
        char name[STRACE_NAME_MAX];
        StraceText arguments;         /* between the parentheses, points into the line */
        bool has_result;              /* false: "= ?", the call did not return */
        int64_t result;               /* -1 when it failed, 0 where strace prints no number */
        char error[STRACE_ERROR_MAX]; /* "ENOENT", "" when it did not fail */
} StraceCall;

/* text begins with the name of the call. False when it is not a complete call. */
bool strace_call_parse(const char *text, size_t size, StraceCall *ret);

/* The n-th argument, from 0, without blanks around it. False when there are fewer. */
bool strace_argument(const StraceCall *call, size_t n, StraceText *ret);

/*
 * Decodes the first quoted string of an argument into buffer, NUL-terminated. False when there is
 * none, when strace or the buffer cut it, or when it holds a NUL (as an abstract socket's name).
 */
bool strace_string(const StraceText *argument, char *buffer, size_t size);

/* The text that strace adds to a file descriptor: "/srv" of "AT_FDCWD</srv>", "UDP:[42]" of
 * "3<UDP:[42]>".
 */
bool strace_annotation(const StraceText *argument, StraceText *ret);

/* The decimal number that follows key, as 27015 in "sin_port=htons(27015)". */
bool strace_number_after(const StraceText *argument, const char *key, uint32_t *ret);

bool strace_text_equal(const StraceText *text, const char *word);
bool strace_text_starts_with(const StraceText *text, const char *prefix);
