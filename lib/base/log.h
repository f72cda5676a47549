/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Messages of programs. The library itself never calls these: it returns errors and lets the
 * program say once what failed. On a terminal a line is plain; under systemd (JOURNAL_STREAM set)
 * or on /dev/kmsg it carries the syslog priority as "<N>" prefix. The format of each is translated
 * (base/text.h).
 */

#include <syslog.h>

#include "base/cleanup.h"

typedef enum LogTarget {
        LOG_TARGET_STDERR, /* "program: message"; "<N>message" when stderr is the journal */
        LOG_TARGET_KMSG,   /* "<N>program[pid]: message" to /dev/kmsg, dropped when absent */
} LogTarget;

/* Names the program in its messages and chooses where they go. Call first in main(). */
void log_setup(const char *program, LogTarget target);

/* Messages are not translated from now on: for a program that speaks other languages to other
 * people than those who read its log. */
void log_keep_english(void);

/* Writes one message; priority is LOG_ERR and so on from <syslog.h>. */
void log_message(int priority, const char *format, ...) _printf_(2, 3);

/*
 * Writes one message in the form that fits the number n, which is also among the arguments: both
 * forms have the same places.
 */
void log_count(int priority, unsigned long n, const char *singular, const char *plural, ...)
        _printf_(3, 5) _printf_(4, 5);

/* Writes "message: strerror(-error)" and returns error (negative errno), for `return log_…`. */
int log_error_errno(int error, const char *format, ...) _printf_(2, 3);

/* A message in its parts, for programs. */
typedef struct LogMessage {
        int priority;
        int error;            /* an errno whose words are part of text; 0: none */
        const char *code;     /* the format, as the source has it */
        const char *plural;   /* its form for other numbers than one; NULL: it has one form */
        unsigned long number; /* that chooses */
        char **arguments;     /* what printf made of its places (base/text-places.h); NULL: out of
                                 memory */
        const char *text;     /* in the current language */
} LogMessage;

/* From now on messages go to this function. */
void log_set_sink(void (*sink)(const LogMessage *message));

enum { LOG_FIRST_ERROR_MAX = 512 };

/* The first error that this program logged, cut to its maximum; "": none. Static storage. */
const char *log_first_error(void);

#define log_error(...)   log_message(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)  log_message(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)    log_message(LOG_INFO, __VA_ARGS__)
