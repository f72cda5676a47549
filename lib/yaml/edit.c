/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "yaml/edit.h"

#include <string.h>

#include "base/list-match.h"
#include "base/utf8.h"
#include "yaml/edit-text.h"
#include "yaml/scalar.h"

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

/* The changes from one list to another; nodes are all elements of the old one, matches say where
 * the new elements come from. Kept elements stay untouched, with all the comments around them. */
typedef struct ListChange {
        const YamlNode **nodes;
        const char *const *texts;
        const ListMatch *matches;
        size_t n_nodes;
        bool flow, entries;
} ListChange;

/* Between elements that stay in their order: the old ones from..to go, the new ones new..new_to
 * come. */
typedef struct ListGap {
        size_t old, old_to, new, new_to;
} ListGap;

static YamlScalarForm element_form(const ListChange *c) {
        return (YamlScalarForm) {
                .style = YAML_STYLE_PLAIN,
                .flow = c->flow,
                .entry = c->entries,
        };
}

/* Moves *end past the comma that may follow the last element. false: something else is there. */
static bool find_last_comma(const YamlEdit *e, size_t *end) {
        size_t i = *end;

        while (i < e->size && strchr(" \t\n", e->text[i]))
                i++;
        if (i < e->size && e->text[i] == ',')
                *end = i + 1;
        return i < e->size && (e->text[i] == ',' || e->text[i] == ']');
}

/* Takes a gap's old elements out of a flow list that keeps at least one. */
static void remove_flow(YamlEdit *e, const ListChange *c, const ListGap *gap) {
        size_t first = edit_offset(e, c->nodes[gap->old]->start);

        if (gap->old_to < c->n_nodes) {
                edit_copy_to(e, first);
                edit_skip_to(e, edit_offset(e, c->nodes[gap->old_to]->start));
                return;
        }
        size_t before = edit_node_end(e, c->nodes[gap->old - 1]);
        size_t end = edit_node_end(e, c->nodes[gap->old_to - 1]);

        /* A comment after the comma is about the one before it. That comma may be the last thing in
         * a list, but not the second one. */
        if (memchr(e->text + before, '#', first - before) && find_last_comma(e, &end))
                edit_copy_to(e, first);
        else
                edit_copy_to(e, before);
        edit_skip_to(e, end);
}

static void change_flow(YamlEdit *e, const ListChange *c, const ListGap *gap) {
        bool in_front = gap->old == 0;

        if (gap->new < gap->new_to)
                edit_copy_to(
                        e, in_front ? edit_offset(e, c->nodes[0]->start)
                                    : edit_node_end(e, c->nodes[gap->old - 1]));
        for (size_t j = gap->new; j < gap->new_to; j++) {
                (void) fputs(in_front ? "" : ", ", e->out);
                yaml_write_scalar(e->out, c->texts[j], element_form(c));
                (void) fputs(in_front ? ", " : "", e->out);
        }
        if (gap->old < gap->old_to)
                remove_flow(e, c, gap);
}

static bool is_moved(const ListChange *c, size_t old) {
        for (size_t j = 0; c->texts[j]; j++)
                if (c->matches[j].kind == LIST_MOVED && c->matches[j].old == old)
                        return true;
        return false;
}

/* The lines of an element of a block list, with the comments right above it and behind it, without
 * the last line feed; and the blanks before its dash. */
static int find_lines(YamlEdit *e, const YamlNode *node, TextRange *ret, TextRange *ret_indent) {
        int r;

        r = edit_find_dash(e, node, ret_indent);
        if (r < 0)
                return r;
        *ret = (TextRange) {
                edit_comments_start(e, ret_indent->start),
                edit_line_end(e, edit_node_end(e, node)),
        };
        return 0;
}

/* The new elements of a gap, a line each. */
static int insert_lines(YamlEdit *e, const ListChange *c, const ListGap *gap) {
        bool in_front = gap->old == 0;
        TextRange lines, indent, moved, ignored;
        int r;

        r = find_lines(e, c->nodes[in_front ? 0 : gap->old - 1], &lines, &indent);
        if (r < 0)
                return r;
        edit_copy_to(e, in_front ? lines.start : lines.end);
        for (size_t j = gap->new; j < gap->new_to; j++) {
                (void) fputs(in_front ? "" : "\n", e->out);
                if (c->matches[j].kind == LIST_MOVED) {
                        r = find_lines(e, c->nodes[c->matches[j].old], &moved, &ignored);
                        if (r < 0)
                                return r;
                        edit_write_range(e, moved);
                } else {
                        edit_write_range(e, indent);
                        (void) fputs("- ", e->out);
                        yaml_write_scalar(e->out, c->texts[j], element_form(c));
                }
                (void) fputs(in_front ? "\n" : "", e->out);
        }
        return 0;
}

static int change_block(YamlEdit *e, const ListChange *c, const ListGap *gap) {
        int r = 0;

        if (gap->new < gap->new_to)
                r = insert_lines(e, c, gap);
        for (size_t i = gap->old; i < gap->old_to && r >= 0; i++) {
                TextRange lines, indent;

                r = find_lines(e, c->nodes[i], &lines, &indent);
                /* A comment above one that is removed may be about what follows, too: it stays. */
                if (r >= 0)
                        edit_remove_lines(
                                e, is_moved(c, i) ? lines.start : indent.start, lines.end);
        }
        return r;
}

static int change_list(YamlEdit *e, const ListChange *c) {
        ListGap gap = {};
        int r;

        for (;; gap.new_to++) {
                const ListMatch *m = c->texts[gap.new_to] ? &c->matches[gap.new_to] : NULL;

                if (m && m->kind != LIST_KEPT && m->kind != LIST_CHANGED)
                        continue;
                gap.old_to = m ? m->old : c->n_nodes;
                if (c->flow) {
                        change_flow(e, c, &gap);
                        r = 0;
                } else
                        r = change_block(e, c, &gap);
                if (r < 0 || !m)
                        return r;
                if (m->kind == LIST_CHANGED)
                        replace_node(e, c->nodes[m->old], c->texts[gap.new_to], element_form(c));
                gap.old = m->old + 1;
                gap.new = gap.new_to + 1;
        }
}

/* A list that has elements becomes another that has some. */
static int replace_list(YamlEdit *e, const YamlNode *list, const YamlValue *value) {
        _cleanup_free_ const YamlNode **nodes =
                reallocarray(NULL, list->n_children, sizeof(*nodes));
        _cleanup_free_ const char **old = calloc(list->n_children, sizeof(*old));
        _cleanup_free_ ListMatch *matches = NULL;
        ListChange change = {
                .nodes = nodes,
                .texts = value->texts,
                .flow = list->style == YAML_STYLE_FLOW,
                .entries = value->entries,
        };
        size_t n = 0;
        int r;

        while (value->texts[n])
                n++;
        change.matches = matches = calloc(n, sizeof(*matches));
        if (!nodes || !old || !matches)
                return -ENOMEM;
        for (const YamlNode *node = list->children; node; node = node->next) {
                old[change.n_nodes] = yaml_element_text(node);
                nodes[change.n_nodes++] = node;
        }

        r = list_match(old, change.n_nodes, value->texts, n, change.flow, matches);
        return r < 0 ? r : change_list(e, &change);
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
