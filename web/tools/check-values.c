/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tools/check-values.h"

#include <string.h>

void values_clear(Values *values) {
        free(values->items);
}

int values_add(Values *values, sd_json_variant *value) {
        sd_json_variant **items =
                reallocarray(values->items, values->n_items + 1, sizeof(*values->items));

        if (!items)
                return -ENOMEM;

        values->items = items;
        items[values->n_items++] = value;
        return 0;
}

static int get_all(const Values *values, const char *key, Values *ret) {
        int r = 0;

        for (size_t i = 0; i < values->n_items && r >= 0; i++) {
                sd_json_variant *item = values->items[i], *value;

                value = sd_json_variant_is_object(item) ? sd_json_variant_by_key(item, key) : NULL;
                if (value)
                        r = values_add(ret, value);
                else
                        ret->is_sparse = true;
        }
        return r;
}

int values_find(const Frame *frame, const MustacheNode *node, Values *ret) {
        _cleanup_(values_clear) Values found = {};
        const char *part = node->name;
        int r = 0;

        if (node->n_parts == 0)
                for (size_t i = 0; i < frame->values.n_items && r >= 0; i++)
                        r = values_add(&found, frame->values.items[i]);
        else
                for (; frame && found.n_items == 0 && r >= 0; frame = frame->outer)
                        r = get_all(&frame->values, part, &found);

        for (unsigned i = 1; i < node->n_parts && r >= 0; i++) {
                Values inner = {};

                part += strlen(part) + 1;
                r = get_all(&found, part, &inner);
                values_clear(&found);
                found = inner;
        }
        if (r < 0)
                return r;

        *ret = found;
        found = (Values) {};
        return 0;
}

static bool is_true(sd_json_variant *value) {
        if (sd_json_variant_is_null(value))
                return false;
        if (sd_json_variant_is_boolean(value))
                return sd_json_variant_boolean(value);
        if (sd_json_variant_is_string(value))
                return *sd_json_variant_string(value) != '\0';
        return !sd_json_variant_is_array(value) || sd_json_variant_elements(value) > 0;
}

bool values_have_text(const Values *values) {
        for (size_t i = 0; i < values->n_items; i++)
                if (sd_json_variant_is_array(values->items[i]) ||
                    sd_json_variant_is_object(values->items[i]))
                        return false;
        return true;
}

int values_enter(const Values *values, Values *ret) {
        int r = 0;

        for (size_t i = 0; i < values->n_items && r >= 0; i++) {
                sd_json_variant *value = values->items[i];

                if (!is_true(value))
                        continue;
                if (!sd_json_variant_is_array(value)) {
                        r = values_add(ret, value);
                        continue;
                }
                for (size_t k = 0; k < sd_json_variant_elements(value) && r >= 0; k++)
                        r = values_add(ret, sd_json_variant_by_index(value, k));
        }
        return r;
}

bool values_any_false(const Values *values) {
        for (size_t i = 0; i < values->n_items; i++)
                if (!is_true(values->items[i]))
                        return true;
        return values->is_sparse;
}
