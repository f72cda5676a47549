/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "yaml-edit.h"

#include "utf8.h"
#include "yaml-edit-text.h"
#include "yaml-scalar.h"

enum { LIST_WIDTH_MAX = 80 }; /* a longer new list gets a line for each element */

/* --- writing values ------------------------------------------------------------------------ */

static YamlScalarForm plain_form(const YamlValue *value, bool flow) {
        return (YamlScalarForm) {
                .style = YAML_STYLE_PLAIN,
                .flow = flow,
                .bare = value->bare,
                .entry = value->entries,
        };
}

static void write_flow_list(YamlEdit *e, const YamlValue *value) {
        (void) fputc('[', e->out);
        for (const char *const *text = value->texts; *text; text++) {
                if (text != value->texts)
                        (void) fputs(", ", e->out);
                yaml_write_scalar(e->out, *text, plain_form(value, true));
        }
        (void) fputc(']', e->out);
}

static bool is_long(const YamlValue *value) {
        size_t width = 0;

        for (const char *const *text = value->texts; *text; text++)
                width += strlen(*text) + 4;
        return width > LIST_WIDTH_MAX;
}

/* " value" after a new key's colon, or a line for each element below it. */
static void write_value(YamlEdit *e, const YamlValue *value, TextRange indent, bool flow) {
        if (!value->list) {
                (void) fputc(' ', e->out);
                yaml_write_scalar(e->out, value->texts[0], plain_form(value, flow));
        } else if (flow || !is_long(value)) {
                (void) fputc(' ', e->out);
                write_flow_list(e, value);
        } else
                for (const char *const *text = value->texts; *text; text++) {
                        (void) fputc('\n', e->out);
                        edit_write_range(e, indent);
                        (void) fputs("  - ", e->out);
                        yaml_write_scalar(e->out, *text, plain_form(value, false));
                }
}

/* "outer: value", or "outer: {inner: value}" when there is an inner. */
static void write_pair(
        YamlEdit *e, const char *outer, const char *inner, const YamlValue *value, TextRange indent,
        bool flow) {
        (void) fprintf(e->out, "%s:", outer);
        if (!inner) {
                write_value(e, value, indent, flow);
                return;
        }
        (void) fprintf(e->out, " {%s:", inner);
        write_value(e, value, indent, true);
        (void) fputc('}', e->out);
}

/* A scalar in the place of a node, in the node's own style of quotes. */
static void replace_node(YamlEdit *e, const YamlNode *node, const char *text, YamlScalarForm form) {
        if (node->style == YAML_STYLE_SINGLE_QUOTED || node->style == YAML_STYLE_DOUBLE_QUOTED)
                form.style = node->style;
        edit_open_node(e, node);
        yaml_write_scalar(e->out, text, form);
        edit_skip_to(e, edit_node_end(e, node));
}

/* --- lists --------------------------------------------------------------------------------- */

/*
 * What turns one list into another: the elements from first on, n_old of them, become the n_new
 * texts from first on. Those before and after are the same in both and stay untouched, with all
 * the comments around them.
 */
typedef struct ListChange {
        const YamlNode **nodes; /* all of the old list */
        const char *const *texts;
        size_t n_nodes, first, n_old, n_new;
        bool flow, entries;
} ListChange;

static YamlScalarForm element_form(const ListChange *c) {
        return (YamlScalarForm) {
                .style = YAML_STYLE_PLAIN,
                .flow = c->flow,
                .entry = c->entries,
        };
}

static bool is_same(const YamlNode *node, const char *text) {
        const char *own = yaml_element_text(node);

        return own && strcmp(own, text) == 0;
}

static void find_change(ListChange *change, const YamlValue *value) {
        size_t n = change->n_nodes, m = 0, first = 0, last = 0;

        while (value->texts[m])
                m++;
        while (first < n && first < m && is_same(change->nodes[first], value->texts[first]))
                first++;
        while (last < n - first && last < m - first &&
               is_same(change->nodes[n - 1 - last], value->texts[m - 1 - last]))
                last++;

        change->texts = value->texts;
        change->entries = value->entries;
        change->first = first;
        change->n_old = n - first - last;
        change->n_new = m - first - last;
}

/* Takes out the nodes from..to (to excluded) of a flow list that keeps at least one. */
static void remove_flow(YamlEdit *e, const ListChange *c, size_t from, size_t to) {
        if (to < c->n_nodes) {
                edit_copy_to(e, edit_offset(e, c->nodes[from]->start));
                edit_skip_to(e, edit_offset(e, c->nodes[to]->start));
        } else {
                edit_copy_to(e, edit_node_end(e, c->nodes[from - 1]));
                edit_skip_to(e, edit_node_end(e, c->nodes[to - 1]));
        }
}

static int remove_elements(YamlEdit *e, const ListChange *c, size_t from, size_t to) {
        if (c->flow) {
                remove_flow(e, c, from, to);
                return 0;
        }

        for (size_t i = from; i < to; i++) {
                TextRange indent;
                int r = edit_find_dash(e, c->nodes[i], &indent);

                if (r < 0)
                        return r;
                edit_remove_lines(e, indent.start, edit_node_end(e, c->nodes[i]));
        }
        return 0;
}

static int insert_elements(YamlEdit *e, const ListChange *c, size_t from, size_t to) {
        bool in_front = from == 0;
        const YamlNode *near = c->nodes[in_front ? 0 : from - 1];
        const YamlScalarForm form = element_form(c);
        TextRange indent = {};

        if (!c->flow) {
                int r = edit_find_dash(e, near, &indent);

                if (r < 0)
                        return r;
        }

        if (in_front)
                edit_copy_to(e, c->flow ? edit_offset(e, near->start) : indent.end);
        else
                edit_copy_to(
                        e, c->flow ? edit_node_end(e, near)
                                   : edit_line_end(e, edit_node_end(e, near)));

        for (size_t i = from; i < to; i++) {
                if (!in_front)
                        (void) fputs(c->flow ? ", " : "\n", e->out);
                if (!in_front)
                        edit_write_range(e, indent);
                if (!c->flow)
                        (void) fputs("- ", e->out);
                yaml_write_scalar(e->out, c->texts[i], form);
                if (in_front)
                        (void) fputs(c->flow ? ", " : "\n", e->out);
                if (in_front)
                        edit_write_range(e, indent);
        }
        return 0;
}

static int change_list(YamlEdit *e, const ListChange *c) {
        const YamlScalarForm form = element_form(c);
        size_t n_common = c->n_old < c->n_new ? c->n_old : c->n_new, middle = c->first + n_common;

        for (size_t i = c->first; i < middle; i++)
                replace_node(e, c->nodes[i], c->texts[i], form);

        if (c->n_old > c->n_new)
                return remove_elements(e, c, middle, c->first + c->n_old);
        if (c->n_new > c->n_old)
                return insert_elements(e, c, middle, c->first + c->n_new);
        return 0;
}

/* A list that has elements becomes another that has some. */
static int replace_list(YamlEdit *e, const YamlNode *list, const YamlValue *value) {
        _cleanup_free_ const YamlNode **nodes = calloc(list->n_children, sizeof(*nodes));
        ListChange change = { .nodes = nodes, .flow = list->style == YAML_STYLE_FLOW };

        if (!nodes)
                return -ENOMEM;
        for (const YamlNode *node = list->children; node; node = node->next)
                nodes[change.n_nodes++] = node;

        find_change(&change, value);
        return change_list(e, &change);
}

/* --- mappings ------------------------------------------------------------------------------ */

/* A block list or mapping becomes a value behind its key; its own lines go. */
static int replace_block(
        YamlEdit *e, const YamlNode *key, const YamlNode *node, const YamlValue *value) {
        size_t colon;
        int r = edit_find_colon(e, key, &colon);

        if (r < 0)
                return r;
        edit_copy_to(e, colon + 1);
        write_value(e, value, (TextRange) {}, true);

        if (node->kind == YAML_KIND_MAPPING) {
                edit_remove_lines(e, edit_offset(e, node->start), edit_node_end(e, node));
                return 0;
        }
        for (const YamlNode *element = node->children; element; element = element->next) {
                TextRange indent;

                r = edit_find_dash(e, element, &indent);
                if (r < 0)
                        return r;
                edit_remove_lines(e, indent.start, edit_node_end(e, element));
        }
        return 0;
}

int yaml_edit_replace(
        YamlEdit *e, const YamlNode *mapping, const YamlNode *key, const YamlValue *value) {
        const YamlNode *node = key->next;
        bool flow = mapping->style == YAML_STYLE_FLOW;
        int r = 0;

        if (value->list && value->texts[0] && node->kind == YAML_KIND_SEQUENCE && node->children)
                r = replace_list(e, node, value);
        else if (edit_is_block(node))
                r = replace_block(e, key, node, value);
        else if (value->list) {
                edit_open_node(e, node);
                write_flow_list(e, value);
                edit_skip_to(e, edit_node_end(e, node));
        } else
                replace_node(e, node, value->texts[0], plain_form(value, flow));

        edit_copy_to(e, e->size);
        return r;
}

static void add_to_flow(
        YamlEdit *e, const YamlNode *mapping, const char *outer, const char *inner,
        const YamlValue *value) {
        const YamlNode *last = edit_last_child(mapping);

        if (last)
                edit_copy_to(e, edit_node_end(e, last));
        else
                edit_copy_to(e, edit_offset(e, mapping->start));

        (void) fputs(last ? ", " : "{", e->out);
        write_pair(e, outer, inner, value, (TextRange) {}, true);
        if (!last) {
                (void) fputc('}', e->out);
                edit_skip_to(e, edit_node_end(e, mapping));
        }
}

int yaml_edit_add(
        YamlEdit *e, const YamlNode *mapping, const char *outer, const char *inner,
        const YamlValue *value) {
        TextRange indent;
        int r;

        if (mapping->style == YAML_STYLE_FLOW)
                add_to_flow(e, mapping, outer, inner, value);
        else {
                r = edit_find_indent(e, mapping->children, &indent);
                if (r < 0)
                        return r;
                edit_copy_to(e, edit_line_end(e, edit_node_end(e, mapping)));
                (void) fputc('\n', e->out);
                edit_write_range(e, indent);
                write_pair(e, outer, inner, value, indent, false);
        }

        edit_copy_to(e, e->size);
        return 0;
}

void yaml_edit_begin(YamlEdit *e, const char *outer, const char *inner, const YamlValue *value) {
        edit_copy_to(e, e->size);
        if (e->size > 0 && e->text[e->size - 1] != '\n')
                (void) fputc('\n', e->out);
        write_pair(e, outer, inner, value, (TextRange) {}, false);
        (void) fputc('\n', e->out);
}

static void remove_from_flow(YamlEdit *e, const YamlNode *mapping, const YamlNode *key) {
        const YamlNode *next = key->next->next, *before = NULL;

        for (const YamlNode *node = mapping->children; node != key; node = node->next)
                before = node;

        if (next) {
                edit_copy_to(e, edit_offset(e, key->start));
                edit_skip_to(e, edit_offset(e, next->start));
        } else if (before) {
                edit_copy_to(e, edit_node_end(e, before));
                edit_skip_to(e, edit_node_end(e, key->next));
        } else {
                edit_copy_to(e, edit_offset(e, mapping->start));
                (void) fputs("{}", e->out);
                edit_skip_to(e, edit_node_end(e, mapping));
        }
}

int yaml_edit_remove(YamlEdit *e, const YamlNode *mapping, const YamlNode *key) {
        TextRange indent;
        int r;

        if (mapping->style == YAML_STYLE_FLOW)
                remove_from_flow(e, mapping, key);
        else {
                r = edit_find_indent(e, key, &indent);
                if (r < 0)
                        return r;
                edit_remove_lines(e, indent.start, edit_node_end(e, key->next));
        }

        edit_copy_to(e, e->size);
        return 0;
}
