/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/terminal.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "common/ctl.h"

static const struct {
        const char *sequence, *name;
} colors[] = {
        [COLOR_NONE] = { "", NULL },
        [COLOR_BOLD] = { "\033[1m", "bold" },
        [COLOR_RED] = { "\033[1;31m", "red" },
        [COLOR_GREEN] = { "\033[1;32m", "green" },
        [COLOR_YELLOW] = { "\033[1;33m", "yellow" },
        [COLOR_GREY] = { "\033[2m", "gray" },
};

bool colors_enabled(FILE *f) {
        const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

        return isatty(fileno(f)) && !(no_color && no_color[0] != '\0') && terminal &&
               strcmp(terminal, "dumb") != 0;
}

const char *color_on(Color color, FILE *f) {
        return colors_enabled(f) ? colors[color].sequence : "";
}

const char *color_off(Color color, FILE *f) {
        return color != COLOR_NONE && colors_enabled(f) ? "\033[0m" : "";
}

const char *color_name(Color color) {
        return colors[color].name;
}

/* How many bytes from the start of text can go to a terminal as they are. */
static size_t harmless_length(const char *text, size_t size) {
        size_t length = 0;

        while (length < size) {
                uint32_t character;
                size_t n = utf8_decode(text + length, size - length, &character);

                if (n == 0 || (utf8_is_control(character) && character != '\t'))
                        break;
                length += n;
        }
        return length;
}

void print_visible(const char *text, size_t size, unsigned indent, FILE *f) {
        for (;;) {
                size_t n = harmless_length(text, size);

                (void) fwrite(text, 1, n, f);
                if (n == size)
                        return;
                if (text[n] == '\n')
                        (void) fprintf(f, "\n%*s", (int) indent, "");
                else
                        (void) fprintf(f, "\\x%02x", (unsigned char) text[n]);
                text += n + 1;
                size -= n + 1;
        }
}

const char *size_format(uint64_t bytes, char buffer[static SIZE_TEXT_MAX]) {
        static const char suffixes[] = "BKMGTPE";
        double value = (double) bytes;
        size_t i = 0;

        for (; value >= 1024 && i + 1 < sizeof(suffixes) - 1; i++)
                value /= 1024;
        (void) snprintf(
                buffer, SIZE_TEXT_MAX, i > 0 && value < 100 ? "%.1f%c" : "%.0f%c", value,
                suffixes[i]);
        return buffer;
}

int json_make_string(const char *text, size_t size, sd_json_variant **ret) {
        _cleanup_free_ char *valid = utf8_make_valid(text, size);

        return valid ? sd_json_variant_new_string(ret, valid) : -ENOMEM;
}

int print_json(sd_json_variant *v) {
        int r;

        /* Off a terminal this is one line and its end. */
        r = sd_json_variant_dump(v, SD_JSON_FORMAT_PRETTY_AUTO, stdout, NULL);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print JSON");
                return CTL_FAILURE;
        }
        return CTL_OK;
}
