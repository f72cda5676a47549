/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trial/strace-reader.h"

#include <signal.h>
#include <string.h>

enum {
        LINE_MAX_BYTES = 32 * 1024,
        /* A server has about thirty threads; TasksMax= allows some hundred. */
        HALVES_MAX = 1024,
        PROCESSES_MAX = 64,
        MESSAGE_MAX = 256,
        /* Programs that handle faults meet them now and then, and make calls in between. */
        FAULTS_MAX = 1000,
};

/* The first half of a call. */
typedef struct Half {
        uint32_t pid;
        char *text;
        size_t size;
} Half;

/* A process whose mode strace told. */
typedef struct Mode {
        uint32_t pid;
        bool is_i386;
} Mode;

struct StraceReader {
        StraceHandler handler;
        void *userdata;
        uint64_t lost;

        char line[LINE_MAX_BYTES];
        size_t line_size;
        bool line_is_too_long;

        Half halves[HALVES_MAX];
        size_t n_halves;
        Mode modes[PROCESSES_MAX];
        size_t n_modes;

        char message[MESSAGE_MAX];

        /* The end of one process; code 0: not yet. */
        uint32_t end_pid;
        int end_code, end_status;

        /* Faults in a row. */
        const char *fault;
        uint32_t fault_pid;
        unsigned n_faults;
};

int strace_reader_new(StraceHandler handler, void *userdata, StraceReader **ret) {
        StraceReader *reader = calloc(1, sizeof(*reader));

        if (!reader)
                return -ENOMEM;
        reader->handler = handler;
        reader->userdata = userdata;
        *ret = reader;
        return 0;
}

StraceReader *strace_reader_free(StraceReader *reader) {
        if (!reader)
                return NULL;
        for (size_t i = 0; i < reader->n_halves; i++)
                free(reader->halves[i].text);
        free(reader);
        return NULL;
}

uint64_t strace_reader_lost(const StraceReader *reader) {
        return reader->lost;
}

const char *strace_reader_fault(const StraceReader *reader) {
        return reader->n_faults >= FAULTS_MAX ? reader->fault : NULL;
}

void strace_reader_expect_end(StraceReader *reader, uint32_t pid) {
        reader->end_pid = pid;
        reader->end_code = reader->end_status = 0;
}

bool strace_reader_get_end(const StraceReader *reader, int *ret_code, int *ret_status) {
        *ret_code = reader->end_code;
        *ret_status = reader->end_status;
        return reader->end_code != 0;
}

const char *strace_reader_message(const StraceReader *reader) {
        return reader->message;
}

bool strace_reader_is_i386(const StraceReader *reader) {
        return reader->n_modes > 0 && reader->modes[0].is_i386;
}

/* A thread has the mode of the server unless strace said otherwise. */
static bool is_i386(const StraceReader *reader, uint32_t pid) {
        for (size_t i = 0; i < reader->n_modes; i++)
                if (reader->modes[i].pid == pid)
                        return reader->modes[i].is_i386;
        return strace_reader_is_i386(reader);
}

static void set_mode(StraceReader *reader, uint32_t pid, bool i386) {
        for (size_t i = 0; i < reader->n_modes; i++)
                if (reader->modes[i].pid == pid) {
                        reader->modes[i].is_i386 = i386;
                        return;
                }
        if (reader->n_modes < PROCESSES_MAX)
                reader->modes[reader->n_modes++] = (Mode) { pid, i386 };
}

/* --- calls ------------------------------------------------------------------------------------ */

static int pass_call(StraceReader *reader, uint32_t pid, const char *text, size_t size) {
        StraceEvent event;
        StraceCall call;

        if (!strace_call_parse(text, size, &call)) {
                reader->lost++;
                return 0;
        }
        event = (StraceEvent) {
                .pid = pid,
                .is_i386 = is_i386(reader, pid),
                .call = &call,
        };
        return reader->handler(&event, reader->userdata);
}

static void drop_half(StraceReader *reader, size_t i) {
        free(reader->halves[i].text);
        reader->halves[i] = reader->halves[--reader->n_halves];
}

static int add_half(StraceReader *reader, uint32_t pid, const char *text, size_t size) {
        char *half;

        for (size_t i = 0; i < reader->n_halves; i++)
                if (reader->halves[i].pid == pid) {
                        drop_half(reader, i);
                        reader->lost++;
                        break;
                }
        if (reader->n_halves == HALVES_MAX) {
                drop_half(reader, 0);
                reader->lost++;
        }
        /* Never of size 0, which malloc() may answer with NULL. */
        half = malloc(size + 1);
        if (!half)
                return -ENOMEM;
        memcpy(half, text, size);
        reader->halves[reader->n_halves++] = (Half) { pid, half, size };
        return 0;
}

/* text is what follows "<... NAME resumed>". */
static int join_half(StraceReader *reader, uint32_t pid, const char *text, size_t size) {
        for (size_t i = 0; i < reader->n_halves; i++) {
                Half *half = &reader->halves[i];
                _cleanup_free_ char *whole = NULL;
                size_t whole_size = half->size + size;

                if (half->pid != pid)
                        continue;
                whole = malloc(whole_size + 1);
                if (!whole)
                        return -ENOMEM;
                memcpy(whole, half->text, half->size);
                memcpy(whole + half->size, text, size);
                drop_half(reader, i);
                return pass_call(reader, pid, whole, whole_size);
        }
        reader->lost++;
        return 0;
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool skip_number(StraceText *t, uint32_t *ret) {
        uint64_t value = 0;
        size_t n = 0;

        for (; n < t->size && t->text[n] >= '0' && t->text[n] <= '9'; n++) {
                value = value * 10 + (unsigned) (t->text[n] - '0');
                if (value > UINT32_MAX)
                        return false;
        }
        *t = (StraceText) { t->text + n, t->size - n };
        *ret = (uint32_t) value;
        return n > 0;
}

static void skip_blanks(StraceText *t) {
        while (t->size > 0 && *t->text == ' ')
                *t = (StraceText) { t->text + 1, t->size - 1 };
}

static void drop_prefix(StraceText *t, size_t n) {
        *t = (StraceText) { t->text + n, t->size - n };
}

/* "[ Process PID=42 runs in 32 bit mode. ]": strace writes it behind the execve() of such a
 * program, or when it attaches to one. False for any other text. */
static bool take_mode(StraceReader *reader, StraceText t) {
        static const char process[] = "[ Process PID=";
        uint32_t pid;

        if (!strace_text_starts_with(&t, process))
                return false;
        drop_prefix(&t, sizeof(process) - 1);
        if (skip_number(&t, &pid) && strace_text_starts_with(&t, " runs in "))
                set_mode(reader, pid, strace_text_starts_with(&t, " runs in 32 bit"));
        return true;
}

/* Why strace gave up. */
static void take_message(StraceReader *reader, StraceText message) {
        if (message.size >= MESSAGE_MAX)
                message.size = MESSAGE_MAX - 1;
        memcpy(reader->message, message.text, message.size);
        reader->message[message.size] = '\0';
}

/* "--- SIGSEGV {si_signo=SIGSEGV, …} ---"; anything else ends a row of faults. */
static void count_fault(StraceReader *reader, uint32_t pid, const StraceText *t) {
        static const char *const faults[] = { "SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE" };
        const char *fault = NULL;
        StraceText name = *t;

        if (reader->n_faults >= FAULTS_MAX)
                return;
        if (strace_text_starts_with(&name, "--- "))
                drop_prefix(&name, strlen("--- "));
        for (size_t i = 0; !fault && i < ELEMENTSOF(faults); i++)
                if (name.size < t->size && strace_text_starts_with(&name, faults[i]))
                        fault = faults[i];
        if (!fault) {
                if (pid == reader->fault_pid)
                        reader->n_faults = 0;
                return;
        }
        if (pid != reader->fault_pid || fault != reader->fault)
                reader->n_faults = 0;
        reader->fault = fault;
        reader->fault_pid = pid;
        reader->n_faults++;
}

/* "+++ exited with 3 +++", "+++ killed by SIGKILL +++", "+++ killed by SIGSEGV (core dumped) +++"
 */
static void take_end(StraceReader *reader, StraceText t) {
        char name[16] = "";
        uint32_t status;

        if (strace_text_starts_with(&t, "+++ exited with ")) {
                drop_prefix(&t, strlen("+++ exited with "));
                if (!skip_number(&t, &status) || status > UINT8_MAX)
                        return;
                reader->end_code = CLD_EXITED;
                reader->end_status = (int) status;
                return;
        }
        if (!strace_text_starts_with(&t, "+++ killed by SIG"))
                return;
        drop_prefix(&t, strlen("+++ killed by SIG"));
        for (size_t i = 0; i < t.size && i < sizeof(name) - 1 && t.text[i] != ' '; i++)
                name[i] = t.text[i];
        for (int signal = 1; signal < NSIG; signal++)
                if (sigabbrev_np(signal) && strcmp(sigabbrev_np(signal), name) == 0) {
                        reader->end_code = CLD_KILLED;
                        reader->end_status = signal;
                }
}

static int take_call(StraceReader *reader, uint32_t pid, const StraceText *t) {
        static const char unfinished[] = " <unfinished ...>", resumed[] = " resumed>";
        const size_t length = sizeof(unfinished) - 1;

        if (strace_text_starts_with(t, "<... ")) {
                const char *end = memmem(t->text, t->size, resumed, sizeof(resumed) - 1);
                size_t skipped = end ? (size_t) (end - t->text) + sizeof(resumed) - 1 : 0;

                return end ? join_half(reader, pid, t->text + skipped, t->size - skipped) : 0;
        }
        /* "+++ exited with 0 +++", "--- SIGINT {…} ---" */
        if (t->size == 0 || strchr("+-", *t->text))
                return 0;
        if (t->size >= length && memcmp(t->text + t->size - length, unfinished, length) == 0)
                return add_half(reader, pid, t->text, t->size - length);
        return pass_call(reader, pid, t->text, t->size);
}

static int take_line(StraceReader *reader, StraceText t) {
        uint32_t pid;

        if (strace_text_starts_with(&t, "strace: ")) {
                drop_prefix(&t, strlen("strace: "));
                if (!take_mode(reader, t))
                        take_message(reader, t);
                return 0;
        }
        if (!skip_number(&t, &pid))
                return 0;
        skip_blanks(&t);
        if (take_mode(reader, t))
                return 0;
        count_fault(reader, pid, &t);
        if (reader->end_pid != 0 && pid == reader->end_pid)
                take_end(reader, t);
        return take_call(reader, pid, &t);
}

static int end_line(StraceReader *reader) {
        StraceText line = { reader->line, reader->line_size };
        bool is_too_long = reader->line_is_too_long;

        reader->line_size = 0;
        reader->line_is_too_long = false;
        if (is_too_long) {
                reader->lost++;
                return 0;
        }
        return take_line(reader, line);
}

static void extend_line(StraceReader *reader, const char *data, size_t size) {
        if (size > LINE_MAX_BYTES - reader->line_size) {
                reader->line_is_too_long = true;
                return;
        }
        memcpy(reader->line + reader->line_size, data, size);
        reader->line_size += size;
}

int strace_reader_feed(StraceReader *reader, const char *data, size_t size) {
        while (size > 0) {
                const char *newline = memchr(data, '\n', size);
                size_t length = newline ? (size_t) (newline - data) : size;
                int r;

                extend_line(reader, data, length);
                if (!newline)
                        return 0;
                r = end_line(reader);
                if (r < 0)
                        return r;
                data += length + 1;
                size -= length + 1;
        }
        return 0;
}
