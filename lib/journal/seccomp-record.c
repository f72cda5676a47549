/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "journal/seccomp-record.h"

#include <string.h>

#include "base/cleanup.h"

/* One "key=value" of the record. */
typedef struct Field {
        const char *value;
        size_t size;
} Field;

/*
 * Values that a process chooses (comm, exe) are either in quotes, and then without blanks and
 * quotes inside, or hexadecimal: none can pretend to be another field.
 */
static bool find_field(const char *text, size_t size, const char *key, Field *ret) {
        size_t key_length = strlen(key);

        while (size > 0) {
                const char *end = memchr(text, ' ', size);
                size_t length = end ? (size_t) (end - text) : size;

                if (length > key_length && text[key_length] == '=' &&
                    memcmp(text, key, key_length) == 0) {
                        *ret = (Field) { text + key_length + 1, length - key_length - 1 };
                        return true;
                }
                text += length + (end ? 1 : 0);
                size -= length + (end ? 1 : 0);
        }
        return false;
}

static int digit(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool parse_number(const Field *field, unsigned base, uint32_t *ret) {
        uint64_t value = 0;

        if (field->size == 0)
                return false;
        for (size_t i = 0; i < field->size; i++) {
                int d = digit(field->value[i]);

                if (d < 0 || (unsigned) d >= base)
                        return false;
                value = value * base + (unsigned) d;
                if (value > UINT32_MAX)
                        return false;
        }

        *ret = (uint32_t) value;
        return true;
}

static bool get_number(
        const char *text, size_t size, const char *key, unsigned base, uint32_t *ret) {
        Field field;

        return find_field(text, size, key, &field) && parse_number(&field, base, ret);
}

static bool decode_hex(const Field *field, char *buffer, size_t buffer_size) {
        size_t n = 0;

        if (field->size == 0 || field->size % 2 != 0)
                return false;
        for (size_t i = 0; i < field->size && n + 1 < buffer_size; i += 2) {
                int high = digit(field->value[i]), low = digit(field->value[i + 1]);

                if (high < 0 || low < 0 || (high == 0 && low == 0))
                        return false;
                buffer[n++] = (char) (high << 4 | low);
        }
        buffer[n] = '\0';
        return true;
}

/* Text of the process's own choice; "" where the kernel says "(null)". */
static bool get_text(
        const char *text, size_t size, const char *key, char *buffer, size_t buffer_size) {
        Field field;
        size_t n;

        buffer[0] = '\0';
        if (!find_field(text, size, key, &field))
                return false;
        if (field.size == 6 && memcmp(field.value, "(null)", 6) == 0)
                return true;
        if (field.size < 2 || field.value[0] != '"' || field.value[field.size - 1] != '"')
                return decode_hex(&field, buffer, buffer_size);

        n = field.size - 2 < buffer_size - 1 ? field.size - 2 : buffer_size - 1;
        if (memchr(field.value + 1, '\0', n))
                return false;
        memcpy(buffer, field.value + 1, n);
        buffer[n] = '\0';
        return true;
}

/* Returns the text after the beginning that marks such a record, or NULL for other text. */
static const char *skip_beginning(const char *text, size_t size, size_t *ret_size) {
        static const char *const beginnings[] = { "audit: type=1326 audit(", "SECCOMP " };

        for (size_t i = 0; i < ELEMENTSOF(beginnings); i++) {
                size_t length = strlen(beginnings[i]);

                if (size < length || memcmp(text, beginnings[i], length) != 0)
                        continue;
                *ret_size = size - length;
                return text + length;
        }
        return NULL;
}

bool seccomp_record_parse(const char *text, size_t size, SeccompRecord *ret) {
        SeccompRecord record = {};

        text = skip_beginning(text, size, &size);
        if (!text)
                return false;
        if (!get_number(text, size, "uid", 10, &record.uid) ||
            !get_number(text, size, "pid", 10, &record.pid) ||
            !get_number(text, size, "sig", 10, &record.signal) ||
            !get_number(text, size, "arch", 16, &record.arch) ||
            !get_number(text, size, "syscall", 10, &record.call) ||
            !get_text(text, size, "comm", record.process, sizeof(record.process)) ||
            !get_text(text, size, "exe", record.program, sizeof(record.program)))
                return false;

        *ret = record;
        return true;
}
