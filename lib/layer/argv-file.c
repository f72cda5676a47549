/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/argv-file.h"

#include <stdbool.h>
#include <string.h>

#include "layer/layer.h"

static size_t count_elements(const char *data, size_t size) {
        size_t n = 0;

        for (size_t i = 0; i < size; i++)
                if (data[i] == '\0')
                        n++;
        return n;
}

static bool has_control_byte(const char *s) {
        for (; *s; s++)
                if ((unsigned char) *s < 0x20 || *s == 0x7f)
                        return true;
        return false;
}

/* Checks everything that the launcher relies on, without trusting the writer of the file. NULL when
 * the file is valid. */
static const char *find_fault(char *const *argv, size_t n) {
        if (n < 1 || strcmp(argv[0], LAYER_PROGRAM) != 0)
                return "does not begin with " LAYER_PROGRAM;

        for (size_t i = 0; i < n; i++)
                if (has_control_byte(argv[i]))
                        return "an element contains a control character";

        return NULL;
}

int argv_file_parse(char *data, size_t size, char ***ret_argv, const char **reterr_reason) {
        _cleanup_free_ char **argv = NULL;
        const char *fault = NULL;
        size_t n;

        if (size == 0)
                fault = "is empty";
        else if (size > ARGV_FILE_SIZE_MAX)
                fault = "is too large";
        else if (data[size - 1] != '\0')
                fault = "is cut off: its last element has no end";
        if (fault)
                goto refuse;

        n = count_elements(data, size);
        if (n > ARGV_FILE_ELEMENTS_MAX) {
                fault = "has too many elements";
                goto refuse;
        }

        argv = calloc(n + 1, sizeof(*argv));
        if (!argv)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                argv[i] = data;
                data += strlen(data) + 1;
        }

        fault = find_fault(argv, n);
        if (fault)
                goto refuse;

        *ret_argv = TAKE_PTR(argv);
        return 0;

refuse:
        *reterr_reason = fault;
        return -EBADMSG;
}

static bool is_plain_word(const char *s) {
        static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789+-_./:,=@%";

        return *s != '\0' && s[strspn(s, plain)] == '\0';
}

static void print_quoted(FILE *f, const char *s) {
        (void) fputc('"', f);
        for (; *s; s++) {
                unsigned char c = (unsigned char) *s;

                if (c < 0x20 || c >= 0x7f)
                        (void) fprintf(f, "\\x%02x", c);
                else if (c == '"' || c == '\\')
                        (void) fprintf(f, "\\%c", c);
                else
                        (void) fputc(c, f);
        }
        (void) fputc('"', f);
}

int argv_format(char *const *argv, char **ret_line) {
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&line, &size);

        if (!f)
                return -ENOMEM;

        for (size_t i = 0; argv[i]; i++) {
                if (i > 0)
                        (void) fputc(' ', f);
                if (is_plain_word(argv[i]))
                        (void) fputs(argv[i], f);
                else
                        print_quoted(f, argv[i]);
        }

        if (fclose(f) != 0)
                return -ENOMEM;

        *ret_line = TAKE_PTR(line);
        return 0;
}
