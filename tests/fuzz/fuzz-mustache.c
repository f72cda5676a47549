/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "view/mustache-node.h"

/*
 * Input: a model in JSON up to a NUL, then a template, which is also every partial. An error names
 * a place in the template; what is rendered is within the limits and, without tags that don't
 * escape, has no '<' that the template doesn't have.
 */

static const Mustache *get_itself(const char *name _unused_, void *userdata) {
        return userdata;
}

static bool has_raw(const Mustache *template) {
        for (uint32_t i = 0; i < template->n_nodes; i++)
                if (template->nodes[i].type == MUSTACHE_RAW)
                        return true;
        return false;
}

static void check_nodes(const Mustache *template, size_t size) {
        for (uint32_t i = 0; i < template->n_nodes; i++) {
                const MustacheNode *node = &template->nodes[i];

                FUZZ_CHECK(node->offset <= size && node->end <= template->n_nodes);
                if (node->type == MUSTACHE_TEXT)
                        FUZZ_CHECK(node->size <= size - node->offset);
                if (node->type == MUSTACHE_SECTION || node->type == MUSTACHE_INVERTED)
                        FUZZ_CHECK(node->end > i);
                if (node->type == MUSTACHE_PARTIAL)
                        FUZZ_CHECK(node->size <= node->offset);
        }
}

static void check_rendering(Mustache *template, sd_json_variant *model, bool has_less) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);
        int r;

        FUZZ_CHECK(f);
        r = mustache_render(template, model, get_itself, template, f);
        FUZZ_CHECK(fclose(f) == 0);
        FUZZ_CHECK(r == 0 || r == -ELOOP || r == -E2BIG);
        FUZZ_CHECK(size <= MUSTACHE_OUTPUT_MAX);
        if (!has_less && !has_raw(template))
                FUZZ_CHECK(!memchr(text, '<', size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        _cleanup_(mustache_freep) Mustache *template = NULL;
        MustacheError error = {};

        if (!end || sd_json_parse((const char *) data, 0, &model, NULL, NULL) < 0)
                return 0;

        const char *text = (const char *) end + 1;
        size_t text_size = size - (size_t) (end + 1 - data);

        if (mustache_compile("fuzz", text, text_size, &error, &template) < 0) {
                FUZZ_CHECK(error.line >= 1 && error.column >= 1 && error.message[0]);
                FUZZ_CHECK(error.line + error.column <= text_size + 2);
                return 0;
        }

        check_nodes(template, text_size);
        check_rendering(template, model, memchr(text, '<', text_size));
        return 0;
}
