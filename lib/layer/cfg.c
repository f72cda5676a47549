/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/cfg.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/utf8.h"
#include "spec/cfg-text.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define FOREIGN         '?'

bool layer_cfg_is_executed(const Spec *spec, size_t overlay) {
        return overlay < SPEC_OVERLAYS_MAX && (spec->executed >> overlay & 1);
}

void layer_cfg_name(const Spec *spec, size_t overlay, char ret[static LAYER_CFG_NAME_MAX]) {
        unsigned number = (unsigned) __builtin_popcountll(spec->executed >> overlay);

        (void) snprintf(ret, LAYER_CFG_NAME_MAX, "overlay-%u.cfg", number % 100);
}

void layer_cfg_put_exec_lines(const Spec *spec, FILE *f) {
        size_t n = 0;

        while (spec->overlays && spec->overlays[n])
                n++;
        while (n-- > 0) {
                char name[LAYER_CFG_NAME_MAX];

                if (!layer_cfg_is_executed(spec, n))
                        continue;
                layer_cfg_name(spec, n, name);
                (void) fprintf(
                        f, "exec \"" LAYER_CFG_DIRECTORY "/%s\" // %s\n", name, spec->overlays[n]);
        }
}

int layer_cfg_read(int overlay_fd, char **ret, size_t *ret_size) {
        /*
         * Only files that the server could read by itself: root reads everything, and must not pass
         * on a file that another user linked here.
         */
        static const FileLimits limits = {
                .size_max = LAYER_CFG_SIZE_MAX,
                .mode = S_IROTH,
                .linked = true,
        };

        return read_file_beneath(overlay_fd, LAYER_CFG_SOURCE, &limits, ret, ret_size);
}

/*
 * Copies one line in printable ASCII and tabs; a character of several bytes becomes one sign.
 * Returns the length of what is in out.
 */
static size_t copy_line(const char *line, size_t size, char *out) {
        size_t length = 0;

        for (size_t i = 0; i < size;) {
                uint32_t character = 0;
                size_t n = utf8_decode(line + i, size - i, &character);
                bool is_kept = n == 1 && (line[i] == '\t' || !utf8_is_control(character));

                out[length++] = (char) (is_kept ? line[i] : FOREIGN);
                i += n > 0 ? n : 1;
        }
        return length;
}

static void count(unsigned line, unsigned *n, unsigned *first) {
        if ((*n)++ == 0)
                *first = line;
}

/* out has room for the line. */
static void clean_line(
        const char *line, size_t size, unsigned number, LayerCfgNotes *notes, char *out, FILE *f) {
        size_t length;

        if (size > 0 && line[size - 1] == '\r')
                size--;
        length = copy_line(line, size, out);
        if (cfg_line_mentions(out, length, "rcon_password")) {
                count(number, &notes->n_passwords, &notes->first_password);
                (void) fputs("// left out by left4me: a line with rcon_password\n", f);
                return;
        }

        /* A replaced character in a comment loses nothing. */
        if ((length != size || memcmp(line, out, size) != 0) &&
            cfg_line_mentions(out, length, (const char[]) { FOREIGN, '\0' }))
                count(number, &notes->n_foreign, &notes->first_foreign);
        (void) fwrite(out, 1, length, f);
        (void) fputc('\n', f);
}

int layer_cfg_clean(
        const char *text, size_t size, LayerCfgNotes *ret_notes, char **ret, size_t *ret_size) {
        _cleanup_free_ char *line = malloc(size + 1), *cleaned = NULL;
        const char *end = text + size;
        LayerCfgNotes notes = {};
        size_t cleaned_size = 0;
        FILE *f;

        f = line ? open_memstream(&cleaned, &cleaned_size) : NULL;
        if (!f)
                return -ENOMEM;
        if (size >= strlen(BYTE_ORDER_MARK) &&
            memcmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
                text += strlen(BYTE_ORDER_MARK);

        for (unsigned number = 1; text < end; number++) {
                const char *newline = memchr(text, '\n', (size_t) (end - text));
                size_t length = (size_t) ((newline ? newline : end) - text);

                clean_line(text, length, number, &notes, line, f);
                text += length + (newline != NULL);
        }
        if (fclose(f) != 0)
                return -ENOMEM;

        *ret_notes = notes;
        *ret = TAKE_PTR(cleaned);
        *ret_size = cleaned_size;
        return 0;
}
