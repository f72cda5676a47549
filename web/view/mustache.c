/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/mustache-node.h"

#include <inttypes.h>
#include <string.h>

/*
 * Rendering: one walk over the nodes. Contexts and indentations are lists that lie in the stack
 * frames of the walk. The limits in the header bound the work of a template that includes itself.
 */

enum { BUFFER_SIZE = 4096 };

typedef struct Context {
        sd_json_variant *value;
        const struct Context *outer;
} Context;

typedef struct Indent {
        const char *text;
        size_t size;
        const struct Indent *outer;
} Indent;

typedef struct Renderer {
        MustachePartials partials;
        void *userdata;
        FILE *f;
        unsigned n_partials; /* within each other */
        uint32_t n_steps;
        size_t size; /* of the output */
        size_t n_buffered;
        char buffer[BUFFER_SIZE]; /* small pieces on their way to f */
} Renderer;

/* Where the walk is. */
typedef struct Scope {
        const Mustache *template;
        const Context *context;
        const Indent *indent;
} Scope;

/* --- output -------------------------------------------------------------------------------------
 */

static int flush(Renderer *r) {
        size_t n = r->n_buffered;

        r->n_buffered = 0;
        return fwrite_unlocked(r->buffer, 1, n, r->f) == n ? 0 : -EIO;
}

static int put_large(Renderer *r, const char *text, size_t size) {
        int k = flush(r);

        return k < 0 ? k : fwrite_unlocked(text, 1, size, r->f) == size ? 0 : -EIO;
}

static int put(Renderer *r, const char *text, size_t size) {
        int k = 0;

        if (size > MUSTACHE_OUTPUT_MAX - r->size)
                return -E2BIG;

        r->size += size;
        if (size > BUFFER_SIZE)
                return put_large(r, text, size);
        if (size > BUFFER_SIZE - r->n_buffered)
                k = flush(r);
        memcpy(r->buffer + r->n_buffered, text, size);
        r->n_buffered += size;
        return k;
}

static int put_escaped(Renderer *r, const char *text) {
        static const char *const entities[256] = {
                ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
        };
        const char *from = text;
        int k = 0;

        for (; *text && k >= 0; text++) {
                const char *entity = entities[(unsigned char) *text];

                if (!entity)
                        continue;
                k = put(r, from, (size_t) (text - from));
                if (k >= 0)
                        k = put(r, entity, strlen(entity));
                from = text + 1;
        }
        return k < 0 ? k : put(r, from, (size_t) (text - from));
}

/* The shortest text of up to 17 digits that reads back as the same number. */
static void format_real(double value, char text[static 32]) {
        for (int digits = 15; digits <= 17; digits++) {
                (void) snprintf(text, 32, "%.*g", digits, value);
                if (strtod(text, NULL) == value)
                        return;
        }
}

/* Null, arrays and objects have no text. */
static int put_value(Renderer *r, sd_json_variant *value, bool is_raw) {
        char text[32];

        if (sd_json_variant_is_string(value)) {
                const char *s = sd_json_variant_string(value);

                return is_raw ? put(r, s, strlen(s)) : put_escaped(r, s);
        }

        if (sd_json_variant_is_boolean(value))
                (void) snprintf(
                        text, sizeof(text), "%s",
                        sd_json_variant_boolean(value) ? "true" : "false");
        else if (sd_json_variant_is_integer(value))
                (void) snprintf(text, sizeof(text), "%" PRIi64, sd_json_variant_integer(value));
        else if (sd_json_variant_is_unsigned(value))
                (void) snprintf(text, sizeof(text), "%" PRIu64, sd_json_variant_unsigned(value));
        else if (sd_json_variant_is_real(value))
                format_real(sd_json_variant_real(value), text);
        else
                return 0;
        return put(r, text, strlen(text));
}

static int put_indent(Renderer *r, const Indent *indent) {
        int k;

        if (!indent)
                return 0;

        k = put_indent(r, indent->outer);
        return k < 0 ? k : put(r, indent->text, indent->size);
}

/* The first line's indentation was written; the last line's end begins no further line. */
static int put_indented(Renderer *r, const char *text, size_t size, const Indent *indent) {
        int k = 0;

        while (size > 0 && k >= 0) {
                const char *newline = memchr(text, '\n', size);
                size_t line = newline ? (size_t) (newline - text) + 1 : size;

                k = put(r, text, line);
                text += line;
                size -= line;
                if (k >= 0 && size > 0)
                        k = put_indent(r, indent);
        }
        return k;
}

/* --- names --------------------------------------------------------------------------------------
 */

static sd_json_variant *look_up(sd_json_variant *value, const char *key) {
        return sd_json_variant_is_object(value) ? sd_json_variant_by_key(value, key) : NULL;
}

/* The first part is looked for from the innermost context outwards, the others in what it names. */
static sd_json_variant *find(const Context *context, const MustacheNode *node) {
        sd_json_variant *value = NULL;
        const char *part = node->name;

        if (node->n_parts == 0)
                return context->value;

        for (; context && !value; context = context->outer)
                value = look_up(context->value, part);
        for (unsigned i = 1; i < node->n_parts && value; i++) {
                part += strlen(part) + 1;
                value = look_up(value, part);
        }
        return value;
}

static bool is_true(sd_json_variant *value) {
        if (!value || sd_json_variant_is_null(value))
                return false;
        if (sd_json_variant_is_boolean(value))
                return sd_json_variant_boolean(value);
        if (sd_json_variant_is_string(value))
                return *sd_json_variant_string(value) != '\0';
        return !sd_json_variant_is_array(value) || sd_json_variant_elements(value) > 0;
}

/* --- the walk -----------------------------------------------------------------------------------
 */

static int render_nodes(Renderer *r, const Scope *scope, uint32_t from, uint32_t to);

static int render_section(Renderer *r, const Scope *scope, uint32_t index) {
        const MustacheNode *node = &scope->template->nodes[index];
        sd_json_variant *value = find(scope->context, node);
        Context context = { .outer = scope->context };
        Scope inner = *scope;
        int k = 0;

        if (node->type == MUSTACHE_INVERTED)
                return is_true(value) ? 0 : render_nodes(r, scope, index + 1, node->end);
        if (!is_true(value))
                return 0;

        inner.context = &context;
        if (!sd_json_variant_is_array(value)) {
                context.value = value;
                return render_nodes(r, &inner, index + 1, node->end);
        }

        size_t n = sd_json_variant_elements(value);

        for (size_t i = 0; i < n && k >= 0; i++) {
                context.value = sd_json_variant_by_index(value, i);
                k = ++r->n_steps > MUSTACHE_STEPS_MAX
                            ? -E2BIG
                            : render_nodes(r, &inner, index + 1, node->end);
        }
        return k;
}

static int render_partial(Renderer *r, const Scope *scope, const MustacheNode *node) {
        const Mustache *partial = r->partials ? r->partials(node->name, r->userdata) : NULL;
        Indent indent = {
                .text = scope->template->text + node->offset - node->size,
                .size = node->size,
                .outer = scope->indent,
        };
        Scope inner = { .template = partial, .context = scope->context };
        int k;

        if (!partial)
                return 0;
        if (r->n_partials == MUSTACHE_PARTIALS_MAX)
                return -ELOOP;

        /* A partial within a line takes no indentation, not even the surrounding one. */
        if (node->is_alone)
                inner.indent = node->size > 0 ? &indent : scope->indent;
        r->n_partials++;
        k = render_nodes(r, &inner, 0, partial->n_nodes);
        r->n_partials--;
        return k;
}

static int render_text(Renderer *r, const Scope *scope, const MustacheNode *node) {
        const char *text = scope->template->text + node->offset;

        return scope->indent ? put_indented(r, text, node->size, scope->indent)
                             : put(r, text, node->size);
}

static int render_nodes(Renderer *r, const Scope *scope, uint32_t from, uint32_t to) {
        int k = 0;

        for (uint32_t i = from; i < to && k >= 0;) {
                const MustacheNode *node = &scope->template->nodes[i];

                if (++r->n_steps > MUSTACHE_STEPS_MAX)
                        return -E2BIG;
                if (node->starts_line && scope->indent)
                        k = put_indent(r, scope->indent);
                if (k < 0)
                        return k;

                switch (node->type) {
                case MUSTACHE_TEXT:
                        k = render_text(r, scope, node);
                        break;
                case MUSTACHE_VALUE:
                case MUSTACHE_RAW:
                        k = put_value(r, find(scope->context, node), node->type == MUSTACHE_RAW);
                        break;
                case MUSTACHE_SECTION:
                case MUSTACHE_INVERTED:
                        k = render_section(r, scope, i);
                        break;
                case MUSTACHE_PARTIAL:
                        k = render_partial(r, scope, node);
                        break;
                }
                i = node->end ? node->end : i + 1;
        }
        return k;
}

int mustache_render(
        const Mustache *template, sd_json_variant *model, MustachePartials partials, void *userdata,
        FILE *f) {
        Renderer r; /* its buffer needs no zeros */
        Context context = { .value = model };
        Scope scope = { .template = template, .context = &context };
        int k, f_result;

        r.partials = partials;
        r.userdata = userdata;
        r.f = f;
        r.n_partials = 0;
        r.n_steps = 0;
        r.size = r.n_buffered = 0;

        k = render_nodes(&r, &scope, 0, template->n_nodes);
        f_result = flush(&r);
        return k < 0 ? k : f_result;
}
