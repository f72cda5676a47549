/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/keys.h"

#include "spec/value.h"

/* One file of keys and values, whichever they are: from its text to an object or all its errors. */

static bool stands_before(const SpecError *a, const SpecError *b) {
        return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Structure is checked before values; a person reads from top to bottom. Stable, few items. */
static void sort_errors(SpecErrors *errors, size_t first) {
        for (size_t i = first; i < errors->n_items; i++)
                for (size_t j = i; j > first; j--) {
                        SpecError *items = errors->items + j - 1, error = items[1];

                        if (!stands_before(&error, items))
                                break;
                        items[1] = items[0];
                        items[0] = error;
                }
}

void spec_file_error(const YamlSource *source, const char *message) {
        spec_errors_add_text(source->errors, &(SpecPlace) { .file = source->file }, message);
}

static int read_root(SpecReader *reader, const SpecDocument *document) {
        const YamlSource *source = &reader->source;
        YamlNode *root = NULL;
        int r;

        r = yaml_parse(source, reader->arena, &root);
        if (r < 0)
                return r;

        if (!root || yaml_is_null(root)) {
                if (document->empty)
                        spec_file_error(source, document->empty);
                return 0;
        }
        if (!value_is_mapping(source, document->what, root))
                return 0;

        r = spec_keys_read(reader, document->keys, root);
        if (r >= 0 && document->check)
                document->check(reader, root);
        return r;
}

int spec_document_read(SpecReader *reader, const SpecDocument *document) {
        SpecErrors *errors = reader->source.errors;
        size_t n_items = errors->n_items, n_dropped = errors->n_dropped;
        int r;

        if (reader->source.size > SPEC_SIZE_MAX) {
                spec_file_error(&reader->source, "larger than 64 KiB");
                return -EINVAL;
        }

        r = read_root(reader, document);
        sort_errors(errors, n_items);
        if (r < 0)
                return r;
        return errors->n_items > n_items || errors->n_dropped > n_dropped ? -EINVAL : 0;
}
