/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "yaml/edit-text.h"

#include "base/utf8.h"

static bool is_blank(char c) {
        return c == ' ' || c == '\t';
}

void edit_copy_to(YamlEdit *e, size_t offset) {
        if (offset <= e->done)
                return;
        (void) fwrite(e->text + e->done, 1, offset - e->done, e->out);
        e->done = offset;
}

void edit_skip_to(YamlEdit *e, size_t offset) {
        if (offset > e->done)
                e->done = offset;
}

void edit_write_range(YamlEdit *e, TextRange range) {
        (void) fwrite(e->text + range.start, 1, range.end - range.start, e->out);
}

static size_t line_start(const YamlEdit *e, size_t offset) {
        while (offset > 0 && e->text[offset - 1] != '\n')
                offset--;
        return offset;
}

size_t edit_line_end(const YamlEdit *e, size_t offset) {
        while (offset < e->size && e->text[offset] != '\n')
                offset++;
        return offset;
}

size_t edit_comments_start(const YamlEdit *e, size_t line) {
        while (line > 0) {
                size_t above = line_start(e, line - 1), i = above;

                while (is_blank(e->text[i]))
                        i++;
                if (e->text[i] != '#')
                        break;
                line = above;
        }
        return line;
}

void edit_remove_lines(YamlEdit *e, size_t start, size_t end) {
        size_t stop = edit_line_end(e, end);

        edit_copy_to(e, line_start(e, start));
        edit_skip_to(e, stop < e->size ? stop + 1 : stop);
}

size_t edit_offset(YamlEdit *e, YamlMark mark) {
        if (mark.index < e->known_index)
                e->known_index = e->known_offset = 0;

        e->known_offset += utf8_offset(
                e->text + e->known_offset, e->size - e->known_offset, mark.index - e->known_index);
        e->known_index = mark.index;
        return e->known_offset;
}

void edit_open_node(YamlEdit *e, const YamlNode *node) {
        size_t start = edit_offset(e, node->start);

        edit_copy_to(e, start);
        if (node->start.index == node->end.index && start > 0 && !is_blank(e->text[start - 1]))
                (void) fputc(' ', e->out);
}

bool edit_is_block(const YamlNode *node) {
        return (node->kind == YAML_KIND_SEQUENCE || node->kind == YAML_KIND_MAPPING) &&
               node->style == YAML_STYLE_BLOCK;
}

const YamlNode *edit_last_child(const YamlNode *collection) {
        const YamlNode *last = collection->children;

        while (last && last->next)
                last = last->next;
        return last;
}

size_t edit_node_end(YamlEdit *e, const YamlNode *node) {
        while (edit_is_block(node) && node->children)
                node = edit_last_child(node);

        size_t start = edit_offset(e, node->start), end = edit_offset(e, node->end);

        /* libyaml ends a block scalar where the next thing begins. */
        if (node->style == YAML_STYLE_LITERAL || node->style == YAML_STYLE_FOLDED)
                while (end > start && (is_blank(e->text[end - 1]) || e->text[end - 1] == '\n'))
                        end--;
        return end;
}

int edit_find_indent(YamlEdit *e, const YamlNode *key, TextRange *ret) {
        size_t end = edit_offset(e, key->start), start = line_start(e, end);

        for (size_t i = start; i < end; i++)
                if (!is_blank(e->text[i]))
                        return -EOPNOTSUPP;

        *ret = (TextRange) { start, end };
        return 0;
}

int edit_find_dash(YamlEdit *e, const YamlNode *element, TextRange *ret) {
        size_t dash = edit_offset(e, element->start);

        while (dash > 0 && is_blank(e->text[dash - 1]))
                dash--;
        if (dash == 0 || e->text[dash - 1] != '-')
                return -EOPNOTSUPP;
        dash--;

        size_t start = line_start(e, dash);

        for (size_t i = start; i < dash; i++)
                if (!is_blank(e->text[i]))
                        return -EOPNOTSUPP;

        *ret = (TextRange) { start, dash };
        return 0;
}

int edit_find_colon(YamlEdit *e, const YamlNode *key, size_t *ret) {
        size_t offset = edit_offset(e, key->end);

        while (offset < e->size && is_blank(e->text[offset]))
                offset++;
        if (offset == e->size || e->text[offset] != ':')
                return -EOPNOTSUPP;

        *ret = offset;
        return 0;
}
