/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "spec-tree.h"
#include "yaml/tree.h"

typedef struct Parsed {
        Arena *arena;
        YamlNode *root;
        SpecErrors errors;
        int result;
} Parsed;

static void parsed_done(Parsed *parsed) {
        parsed->arena = arena_free(parsed->arena);
        spec_errors_clear(&parsed->errors);
}

#define _cleanup_parsed_ _cleanup_(parsed_done)

static void parse_size(Parsed *p, const char *text, size_t size) {
        const YamlSource source = { "f", text, size, &p->errors };

        cr_assert_eq(arena_new(&p->arena), 0);
        p->result = yaml_parse(&source, p->arena, &p->root);
}

static void parse(Parsed *p, const char *text) {
        parse_size(p, text, strlen(text));
}

/* The one error, as "line:column: message". */
static void assert_error(const char *text, const char *expected) {
        _cleanup_parsed_ Parsed p = {};
        char actual[256];

        parse(&p, text);
        cr_assert_eq(p.errors.n_items, 1, "%s: %zu errors", text, p.errors.n_items);

        const SpecError *e = &p.errors.items[0];

        (void) snprintf(actual, sizeof(actual), "%u:%u: %s", e->line, e->column, e->message);
        cr_assert_str_eq(actual, expected);
}

Test(yaml, a_tree_knows_places) {
        _cleanup_parsed_ Parsed p = {};
        const YamlNode *node;

        parse(&p, "# \xc3\xbc\na: 1\nb: [x, 'y z']\nc:\n  d: \"\\u00fc\"\n");
        cr_assert_eq(p.result, 0);
        cr_assert_eq(p.root->kind, YAML_KIND_MAPPING);
        cr_assert_eq(p.root->n_children, 6);

        node = yaml_get(p.root, "b");
        cr_assert_eq(node->kind, YAML_KIND_SEQUENCE);
        cr_assert_eq(node->style, YAML_STYLE_FLOW);
        cr_assert(node->start.line == 3 && node->start.column == 4);
        cr_assert_str_eq(node->children->next->text, "y z");
        cr_assert_eq(node->children->next->style, YAML_STYLE_SINGLE_QUOTED);
        cr_assert_eq(node->end.index - node->start.index, strlen("[x, 'y z']"));

        node = yaml_get(yaml_get(p.root, "c"), "d");
        cr_assert_str_eq(node->text, "\xc3\xbc");
        cr_assert_null(yaml_get(p.root, "x"));
        cr_assert_null(yaml_get(NULL, "x"));
}

Test(yaml, files_without_values) {
        static const char *const texts[] = { "", "\n\n", "# only a comment\n", "  " };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_parsed_ Parsed p = {};

                parse(&p, texts[i]);
                cr_assert_eq(p.result, 0);
                cr_assert_null(p.root);
        }
}

Test(yaml, null_is_only_what_has_no_quotes) {
        _cleanup_parsed_ Parsed p = {};

        parse(&p, "[~, null, '', '~', x]");
        cr_assert_eq(p.result, 0);

        const YamlNode *node = p.root->children;

        cr_assert(yaml_is_null(node));
        cr_assert(yaml_is_null(node = node->next));
        cr_assert_not(yaml_is_null(node = node->next));
        cr_assert_not(yaml_is_null(node = node->next));
        cr_assert_not(yaml_is_null(node = node->next));
        cr_assert_not(yaml_is_null(p.root));
}

Test(yaml, what_changes_meaning_is_refused) {
        assert_error("a: &x 1\n", "1:4: anchors (&) are not supported");
        assert_error("a: &x [1]\n", "1:4: anchors (&) are not supported");
        assert_error("a: *x\n", "1:4: aliases (*) are not supported");
        assert_error("a: !!str 1\n", "1:4: tags (!) are not supported");
        assert_error("a: !x {}\n", "1:4: tags (!) are not supported");
        assert_error("<<: {a: 1}\n", "1:1: merge keys (<<) are not supported");
        assert_error("%YAML 1.1\n---\na: 1\n", "1:1: directives (%) are not supported");
        assert_error("a: 1\n---\nb: 1\n", "2:1: only one document is allowed");
        assert_error("b: 1\na: 1\n'b': 2\n", "3:1: duplicate key 'b', first set in line 1");
        assert_error("? [a]\n: 1\n", "1:3: a key must be a word, not a list or mapping");
        assert_error("{[a]: 1}", "1:2: a key must be a word, not a list or mapping");
        assert_error("a: \"x\\0y\"\n", "1:4: NUL character (\\0) in a value");
}

Test(yaml, bytes_that_are_no_text_are_refused) {
        assert_error(
                "a: 1\r\nb: 2\r\n",
                "1:5: carriage return: the file has Windows line ends, remove them "
                "(sed -i 's/\\r$//')");
        assert_error(
                "\xef\xbb\xbf"
                "a: 1",
                "1:1: byte order mark: save the file as UTF-8 without one");
        assert_error("\xc3\xbc: \x01", "1:4: U+0001: control character");
        assert_error("a: \x7f", "1:4: U+007F: control character");
        assert_error("a: \xc2\x85", "1:4: U+0085: control character");
        assert_error("a: \xe2\x80\xa8", "1:4: Unicode line separator: use a plain line feed");
        assert_error("a:\n  \xff", "2:3: not valid UTF-8");
        assert_error(
                "\xff\xfe"
                "a",
                "1:1: not valid UTF-8");
        assert_error("a: \xef\xbf\xbf", "1:4: U+FFFF: not a character");

        _cleanup_parsed_ Parsed p = {};

        parse_size(&p, "a: 1\0b", 6);
        cr_assert_eq(p.result, -EINVAL);
        cr_assert_str_eq(p.errors.items[0].message, "NUL byte: this is not a text file");
}

Test(yaml, syntax_errors_have_a_place) {
        assert_error(
                "a:\n\t- b\n",
                "2:1: not valid YAML while scanning for the next token: a tab can't indent or "
                "separate here, use spaces");
        assert_error(
                "a: b: c\n", "1:5: not valid YAML: mapping values are not allowed in this context");
        assert_error(
                "a: [1\n",
                "2:1: not valid YAML while parsing a flow sequence: did not find expected ',' "
                "or ']'");
}

/* Each at the place where the mistake is, not where the parser stumbles. */
Test(yaml, mistakes_that_show_later) {
        static const char blank[] = "this is not a space, though it may look like one: use a space";
        char expected[128];

        (void) snprintf(expected, sizeof(expected), "1:6: U+00A0: %s", blank);
        assert_error(
                "port:\xc2\xa0"
                "27015\n",
                expected);
        (void) snprintf(expected, sizeof(expected), "2:1: U+00A0: %s", blank);
        assert_error("a:\n\xc2\xa0- b\n", expected);
        (void) snprintf(expected, sizeof(expected), "2:4: U+3000: %s", blank);
        assert_error("a:\n  -\xe3\x80\x80x\n", expected);

        assert_error("port:27015\nb: 1\n", "1:1: not valid YAML: a space is missing after 'port:'");
        assert_error(
                "a: 1\nport:27015\n\n# b\nb: 1\n",
                "2:1: not valid YAML: a space is missing after 'port:'");
        assert_error("a: 1\nport:27015\n", "2:1: not valid YAML: a space is missing after 'port:'");
        assert_error(
                "a:\n  - x:1\n  y\nb 2\n",
                "4:1: not valid YAML while scanning a simple key: could not find expected ':'");

        assert_error(
                "a: 1\nb: \"x\nc: y\n",
                "2:4: not valid YAML: the quote that begins here has no end");
        assert_error(
                "a:\n- 'x\n- 'y'\n- z\n",
                "2:3: not valid YAML: the quote that begins here ends only in line 3");
}

/* A no-break space is a character like others within a text. */
Test(yaml, blanks_within_a_text) {
        static const char *const texts[] = {
                "a: 4\xc2\xa0vs\xc2\xa0"
                "4\n",
                "a: 'x:\xc2\xa0y'\n",
                "a: http:\xc2\xa0y\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                _cleanup_parsed_ Parsed p = {};

                parse(&p, texts[i]);
                cr_assert_eq(p.result, 0);
                cr_assert_eq(p.errors.n_items, 0, "%s", texts[i]);
        }
}

Test(yaml, a_comment_that_cuts_a_value) {
        static const char problem[] = "'#' begins a comment here and cuts a value within its "
                                      "quotes: quote the whole value";
        static const char *const good[] = {
                "a: x # \"y\"\n", "a: \"x\" # y\n",  "a: x \"y\" # z\n",    "a: 'x \"y # z'\n",
                "a: x \"y#z\n",   "a: x \"y\n# z\n", "a: |\n  x \"y # z\n", "a: [x \"y, z \"# z]\n",
        };
        char expected[256];

        (void) snprintf(
                expected, sizeof(expected), "2:20: %s, as in 'hostname \"Versus #1 [EU]\"'",
                problem);
        assert_error("c:\n- hostname \"Versus #1 [EU]\"\n", expected);
        (void) snprintf(
                expected, sizeof(expected), "2:12: %s, as in '\xc3\xbc \"it''s #1\"'", problem);
        assert_error("# \xc3\xbc\na: \xc3\xbc \"it's #1\"  \nb: 2\n", expected);
        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                _cleanup_parsed_ Parsed p = {};

                parse(&p, good[i]);
                cr_assert_eq(p.errors.n_items, 0, "%s: %s", good[i], p.errors.items[0].message);
        }
}

Test(yaml, errors_that_can_be_passed_over_do_not_end_the_parse) {
        _cleanup_parsed_ Parsed p = {};

        parse(&p, "a: &x 1\nb: *x\na: 2\nc: !t d\ne: 5\n");
        cr_assert_eq(p.result, 0);
        cr_assert_eq(p.errors.n_items, 4);
        cr_assert_str_eq(yaml_get(p.root, "e")->text, "5");
}

/* A megabyte of brackets takes libyaml minutes; the limit ends the parse while it is young. */
Test(yaml, depth_ends_the_parse_at_once, .timeout = 10) {
        enum { SIZE = 1 << 20 };
        static char text[SIZE];
        static const char *const units[] = { "[", "{", "- ", "{a: ", "? ", "[{" };

        for (size_t i = 0; i < ELEMENTSOF(units); i++) {
                _cleanup_parsed_ Parsed p = {};

                for (size_t n = 0; n < SIZE; n++)
                        text[n] = units[i][n % strlen(units[i])];
                parse_size(&p, text, SIZE);
                cr_assert_eq(p.result, -EINVAL);
                cr_assert(strstr(p.errors.items[p.errors.n_items - 1].message, "nested deeper"));
        }
}

Test(yaml, depth_up_to_the_limit) {
        _cleanup_parsed_ Parsed good = {}, bad = {};

        parse(&good, "[[[[[[[[x]]]]]]]]");
        cr_assert_eq(good.result, 0);
        parse(&bad, "[[[[[[[[[x]]]]]]]]]");
        cr_assert_eq(bad.result, -EINVAL);
        cr_assert_eq(bad.errors.items[0].column, 9);
}

Test(yaml, numbers_of_nodes_and_keys_are_bounded) {
        char text[64 * 1024];
        size_t n = 0;
        _cleanup_parsed_ Parsed nodes = {}, keys = {}, fits = {};

        for (size_t i = 0; i < YAML_NODES_MAX + 1; i++)
                n += (size_t) snprintf(text + n, sizeof(text) - n, "- x\n");
        parse(&nodes, text);
        cr_assert_eq(nodes.result, -EINVAL);
        cr_assert_str_eq(nodes.errors.items[0].message, "more than 4096 values");

        n = 0;
        for (size_t i = 0; i < YAML_KEYS_MAX; i++)
                n += (size_t) snprintf(text + n, sizeof(text) - n, "k%zu: x\n", i);
        parse(&fits, text);
        cr_assert_eq(fits.result, 0);
        (void) snprintf(text + n, sizeof(text) - n, "last: x\n");
        parse(&keys, text);
        cr_assert_eq(keys.result, -EINVAL);
        cr_assert_eq(keys.errors.items[0].line, YAML_KEYS_MAX + 1);
}
