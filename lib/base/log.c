/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text-places.h"
#include "base/text.h"

static const char *log_program = "left4me";
static LogTarget log_target = LOG_TARGET_STDERR;
static bool log_is_english;

void log_setup(const char *program, LogTarget target) {
        log_program = program;
        log_target = target;
}

/* The kernel takes one record a write() and refuses those that don't fit its line buffer. */
enum { KMSG_RECORD_MAX = 960 };

static void write_kmsg(int priority, const char *text) {
        static int fd = -EBADF;
        char record[KMSG_RECORD_MAX];
        int n;

        /* Opened once and kept: a generator reports many errors in a row. */
        if (fd < 0)
                fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return;

        n = snprintf(
                record, sizeof(record), "<%i>%s[%i]: %s", LOG_DAEMON | priority, log_program,
                getpid(), text);
        if (n >= (int) sizeof(record))
                n = sizeof(record) - 1;
        if (n > 0)
                (void) !write(fd, record, (size_t) n);
}

/* JOURNAL_STREAM names the journal's socket, and children inherit it whatever their stderr is. */
static bool stderr_is_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long device, inode;
        struct stat st;

        return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
               fstat(STDERR_FILENO, &st) >= 0 && st.st_dev == device && st.st_ino == inode;
}

static void write_stderr(int priority, const char *text) {
        if (stderr_is_journal())
                (void) fprintf(stderr, "<%i>%s\n", priority, text);
        else
                (void) fprintf(stderr, "%s: %s\n", log_program, text);
}

static char first_error[LOG_FIRST_ERROR_MAX];

const char *log_first_error(void) {
        return first_error;
}

static void (*log_sink)(const LogMessage *message);

void log_set_sink(void (*sink)(const LogMessage *message)) {
        log_sink = sink;
}

static void log_write(const LogMessage *message) {
        if (message->priority <= LOG_ERR && first_error[0] == '\0')
                (void) snprintf(first_error, sizeof(first_error), "%s", message->text);
        if (log_sink)
                log_sink(message);
        else if (log_target == LOG_TARGET_KMSG)
                write_kmsg(message->priority, message->text);
        else
                write_stderr(message->priority, message->text);
}

void log_keep_english(void) {
        log_is_english = true;
}

/* A format of a message; plural: as in LogMessage. */
typedef struct Form {
        const char *singular, *plural;
        unsigned long n;
} Form;

static const char *translate(const Form *form) {
        const char *english = form->plural && form->n != 1 ? form->plural : form->singular;

        if (log_is_english)
                return english;
        return form->plural ? text_count(form->singular, form->plural, form->n) : _(english);
}

/* error is an errno or 0. */
static void log_va(int priority, int error, const Form *form, va_list ap) {
        _cleanup_(strv_freep) char **arguments = NULL;
        _cleanup_free_ char *text = NULL, *full = NULL;
        int r = 0;

        if (log_sink) {
                va_list again;

                va_copy(again, ap);
                (void) !text_arguments(form->singular, again, &arguments);
                va_end(again);
        }
        if (vasprintf(&text, translate(form), ap) < 0)
                text = NULL;
        if (text && error != 0)
                r = asprintf(&full, "%s: %s", text, strerror(error));

        log_write(&(LogMessage) {
                .priority = priority,
                .error = error,
                .code = form->singular,
                .plural = form->plural,
                .number = form->n,
                .arguments = arguments,
                .text = !text || r < 0 ? translate(&(Form) { .singular = N_("Out of memory") })
                        : r > 0        ? full
                                       : text,
        });
}

void log_message(int priority, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        log_va(priority, 0, &(Form) { .singular = format }, ap);
        va_end(ap);
}

void log_count(int priority, unsigned long n, const char *singular, const char *plural, ...) {
        va_list ap;

        va_start(ap, plural);
        log_va(priority, 0, &(Form) { singular, plural, n }, ap);
        va_end(ap);
}

int log_error_errno(int error, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        log_va(LOG_ERR, -error, &(Form) { .singular = format }, ap);
        va_end(ap);
        return error;
}
