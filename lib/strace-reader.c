/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "strace-reader.h"

#include <string.h>

enum {
        LINE_MAX_BYTES = 32 * 1024,
        /* A server has about thirty threads; TasksMax= allows some hundred. */
        HALVES_MAX = 1024,
        PROCESSES_MAX = 64,
        LIBRARY_MAX = 512,
        MESSAGE_MAX = 256,
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

        /* The last call, until it is clear that no stack frame follows. */
        char *call;
        size_t call_size;
        uint32_t call_pid;
        char library[LIBRARY_MAX];

        char message[MESSAGE_MAX];
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
        free(reader->call);
        free(reader);
        return NULL;
}

uint64_t strace_reader_lost(const StraceReader *reader) {
        return reader->lost;
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

int strace_reader_finish(StraceReader *reader) {
        _cleanup_free_ char *text = TAKE_PTR(reader->call);
        StraceEvent event;
        StraceCall call;

        if (!text)
                return 0;
        if (!strace_call_parse(text, reader->call_size, &call)) {
                reader->lost++;
                return 0;
        }
        event = (StraceEvent) {
                .pid = reader->call_pid,
                .is_i386 = is_i386(reader, reader->call_pid),
                .library = reader->library[0] != '\0' ? reader->library : NULL,
                .call = &call,
        };
        return reader->handler(&event, reader->userdata);
}

/* Keeps a complete call; takes the text. */
static void hold_call(StraceReader *reader, uint32_t pid, char *text, size_t size) {
        reader->call = text;
        reader->call_size = size;
        reader->call_pid = pid;
        reader->library[0] = '\0';
}

static int copy(const char *text, size_t size, char **ret) {
        /* Never of size 0, which malloc() may answer with NULL. */
        char *result = malloc(size + 1);

        if (!result)
                return -ENOMEM;
        if (size > 0)
                memcpy(result, text, size);
        *ret = result;
        return 0;
}

static void drop_half(StraceReader *reader, size_t i) {
        free(reader->halves[i].text);
        reader->halves[i] = reader->halves[--reader->n_halves];
}

static int add_half(StraceReader *reader, uint32_t pid, const char *text, size_t size) {
        char *half;
        int r;

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
        r = copy(text, size, &half);
        if (r < 0)
                return r;
        reader->halves[reader->n_halves++] = (Half) { pid, half, size };
        return 0;
}

/* text is what follows "<... NAME resumed>". */
static int join_half(StraceReader *reader, uint32_t pid, const char *text, size_t size) {
        for (size_t i = 0; i < reader->n_halves; i++) {
                Half *half = &reader->halves[i];
                char *whole;

                if (half->pid != pid)
                        continue;
                whole = malloc(half->size + size + 1);
                if (!whole)
                        return -ENOMEM;
                memcpy(whole, half->text, half->size);
                memcpy(whole + half->size, text, size);
                hold_call(reader, pid, whole, half->size + size);
                drop_half(reader, i);
                return 0;
        }
        reader->lost++;
        return 0;
}

/* --- stack frames ----------------------------------------------------------------------------- */

/* Libraries through which everything else makes its calls. */
static bool is_plumbing(const char *path, size_t size) {
        static const char *const names[] = {
                "libc.so", "libc-",    "ld-linux", "libpthread",   "libstdc++", "libgcc_s",
                "libm.so", "libdl.so", "librt.so", "libresolv.so", "[vdso]",    "linux-gate"
        };
        const char *slash = memrchr(path, '/', size);
        StraceText name = { path, size };

        if (slash)
                name = (StraceText) { slash + 1, size - (size_t) (slash - path) - 1 };
        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (strace_text_starts_with(&name, names[i]))
                        return true;
        return false;
}

/* "/usr/lib/libfoo.so(function+0x19) [0x10e6b9]" */
static void take_frame(StraceReader *reader, const char *text, size_t size) {
        const char *bracket = memchr(text, '(', size);
        size_t length = bracket ? (size_t) (bracket - text) : 0;

        if (!reader->call || reader->library[0] != '\0')
                return;
        if (length == 0 || length >= LIBRARY_MAX || text[0] != '/' || memchr(text, '\0', length) ||
            is_plumbing(text, length))
                return;
        memcpy(reader->library, text, length);
        reader->library[length] = '\0';
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

/* "strace: [ Process PID=42 runs in 32 bit mode. ]", or why strace gave up. */
static void take_message(StraceReader *reader, StraceText t) {
        static const char process[] = "[ Process PID=";
        StraceText message = t;
        uint32_t pid;

        if (strace_text_starts_with(&t, process)) {
                drop_prefix(&t, sizeof(process) - 1);
                if (skip_number(&t, &pid) && strace_text_starts_with(&t, " runs in "))
                        set_mode(reader, pid, strace_text_starts_with(&t, " runs in 32 bit"));
                return;
        }
        if (message.size >= MESSAGE_MAX)
                message.size = MESSAGE_MAX - 1;
        memcpy(reader->message, message.text, message.size);
        reader->message[message.size] = '\0';
}

static int take_call(StraceReader *reader, uint32_t pid, const StraceText *t) {
        static const char unfinished[] = " <unfinished ...>", resumed[] = " resumed>";
        const size_t length = sizeof(unfinished) - 1;
        char *text;
        int r;

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
        r = copy(t->text, t->size, &text);
        if (r >= 0)
                hold_call(reader, pid, text, t->size);
        return r;
}

static int take_line(StraceReader *reader, StraceText t) {
        uint32_t pid;
        int r;

        if (strace_text_starts_with(&t, " > ")) {
                drop_prefix(&t, 3);
                take_frame(reader, t.text, t.size);
                return 0;
        }
        r = strace_reader_finish(reader);
        if (r < 0)
                return r;

        if (strace_text_starts_with(&t, "strace: ")) {
                drop_prefix(&t, strlen("strace: "));
                take_message(reader, t);
                return 0;
        }
        if (!skip_number(&t, &pid))
                return 0;
        skip_blanks(&t);
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
