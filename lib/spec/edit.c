/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/edit.h"

#include "base/utf8.h"
#include "spec/keys.h"
#include "yaml/edit.h"
#include "yaml/overlay-entry.h"

/* A key of the table and where it stands in a file. */
typedef struct Target {
        const SpecKey *outer, *inner; /* inner: NULL for a top-level key */
        const SpecKey *key;           /* the one that is meant: inner, or else outer */
} Target;

/* A file being edited. */
typedef struct Edit {
        YamlSource source;
        Arena *arena;
        YamlNode *root; /* NULL: nothing but comments */
        Target target;
} Edit;

/* --- keys ---------------------------------------------------------------------------------- */

static int unknown_key(const YamlSource *source, const SpecKeys *keys, const char *name) {
        spec_keys_complain(source->errors, &(SpecPlace) { .file = source->file }, keys, name);
        return -ENOENT;
}

static int find_target(
        const YamlSource *source, const SpecKeys *keys, const char *key, Target *ret) {
        const char *dot = strchr(key, '.');
        _cleanup_free_ char *name = dot ? strndup(key, (size_t) (dot - key)) : strdup(key);
        Target target = {};

        if (!name)
                return -ENOMEM;

        target.key = target.outer = spec_keys_find(keys, name);
        if (!target.outer || (dot && !target.outer->keys))
                return unknown_key(source, keys, key);
        if (dot) {
                target.key = target.inner = spec_keys_find(target.outer->keys, dot + 1);
                if (!target.inner)
                        return unknown_key(source, target.outer->keys, dot + 1);
        }

        *ret = target;
        return 0;
}

static int refuse_mapping(const YamlSource *source, const Target *target) {
        if (target->key->kind != SPEC_KEY_MAPPING)
                return 0;
        spec_errors_add(
                source->errors, &(SpecPlace) { .file = source->file },
                "'%s' is a mapping, name one of its keys, like '%s.%s'", target->key->name,
                target->key->name, target->key->keys->items[0].name);
        return -EINVAL;
}

/* --- files --------------------------------------------------------------------------------- */

static void edit_done(Edit *edit) {
        edit->arena = arena_free(edit->arena);
}

/* Parses a text whose structure must be without any fault: marks are relied on from here. */
static int parse_tree(Edit *edit) {
        SpecErrors *errors = edit->source.errors;
        size_t n_before = errors->n_items + errors->n_dropped;
        int r;

        r = arena_new(&edit->arena);
        if (r < 0)
                return r;
        r = yaml_parse(&edit->source, edit->arena, &edit->root);
        if (r < 0)
                return r;
        if (errors->n_items + errors->n_dropped > n_before)
                return -EINVAL;

        if (edit->root && yaml_is_null(edit->root))
                edit->root = NULL;
        if (edit->root && edit->root->kind != YAML_KIND_MAPPING) {
                yaml_error(&edit->source, edit->root->start, "the file must be a mapping");
                return -EINVAL;
        }
        if (edit->target.key && edit->target.key->flags & SPEC_KEY_ENTRIES)
                return overlay_entries_name(
                        edit->arena, yaml_get(edit->root, edit->target.key->name));
        return 0;
}

static YamlNode *find_key(const YamlNode *mapping, const char *name) {
        if (!mapping || mapping->kind != YAML_KIND_MAPPING)
                return NULL;
        for (YamlNode *key = mapping->children; key; key = key->next->next)
                if (strcmp(key->text, name) == 0)
                        return key;
        return NULL;
}

/* The mapping that the inner key is, or would be, in; NULL when there is none. */
static YamlNode *nested_mapping(const YamlNode *root, const Target *target) {
        const YamlNode *key = find_key(root, target->outer->name);

        return key && key->next->kind == YAML_KIND_MAPPING ? key->next : NULL;
}

static YamlNode *find_value(const YamlNode *root, const Target *target) {
        return target->inner ? yaml_get(nested_mapping(root, target), target->inner->name)
                             : yaml_get(root, target->outer->name);
}

/* --- get ----------------------------------------------------------------------------------- */

/* The texts of a scalar, or of a sequence of scalars. */
static int get_texts(const YamlSource *source, const YamlNode *node, char ***ret) {
        bool list = node->kind == YAML_KIND_SEQUENCE;
        size_t n = 0;

        _cleanup_(strv_freep) char **texts =
                calloc((list ? node->n_children : 1) + 1, sizeof(char *));

        if (!texts)
                return -ENOMEM;

        for (const YamlNode *one = list ? node->children : node; one; one = one->next) {
                const char *text = list ? yaml_element_text(one) : one->text;

                /* In a list a null is a text here too: it is an error elsewhere. */
                if (!text && one->kind == YAML_KIND_SCALAR)
                        text = one->text;
                if (!text) {
                        yaml_error(source, one->start, "not a single value");
                        return -EINVAL;
                }
                texts[n] = strdup(text);
                if (!texts[n++])
                        return -ENOMEM;
                if (!list)
                        break;
        }

        *ret = TAKE_PTR(texts);
        return 0;
}

int spec_edit_get(
        const YamlSource *source, const SpecKeys *keys, const char *key, char ***ret_values) {
        _cleanup_(edit_done) Edit edit = { .source = *source };
        int r;

        r = find_target(&edit.source, keys, key, &edit.target);
        if (r < 0)
                return r;
        r = refuse_mapping(&edit.source, &edit.target);
        if (r < 0)
                return r;
        r = parse_tree(&edit);
        if (r < 0)
                return r;

        const YamlNode *node = find_value(edit.root, &edit.target);

        if (!node || yaml_is_null(node))
                return -ENODATA;
        return get_texts(&edit.source, node, ret_values);
}

/* --- the check of what was written --------------------------------------------------------- */

static bool is_equal(const YamlNode *a, const YamlNode *b) {
        if (a->kind != b->kind || a->n_children != b->n_children)
                return false;
        if (a->kind == YAML_KIND_SCALAR)
                return strcmp(a->text, b->text) == 0 && yaml_is_null(a) == yaml_is_null(b);

        for (a = a->children, b = b->children; a && b; a = a->next, b = b->next)
                if (!is_equal(a, b))
                        return false;
        return true;
}

/* Whether two mappings are the same apart from one key; NULL is an empty mapping. */
static bool is_equal_without(const YamlNode *a, const YamlNode *b, const char *name) {
        const YamlNode *x = a ? a->children : NULL, *y = b ? b->children : NULL;

        for (;;) {
                if (x && strcmp(x->text, name) == 0)
                        x = x->next->next;
                if (y && strcmp(y->text, name) == 0)
                        y = y->next->next;
                if (!x || !y)
                        return !x && !y;
                if (strcmp(x->text, y->text) != 0 || !is_equal(x->next, y->next))
                        return false;
                x = x->next->next;
                y = y->next->next;
        }
}

static bool has_values(const YamlNode *node, const YamlValue *value) {
        size_t n = 0;

        if (!value)
                return !node;
        if (!node)
                return false;
        if (!value->list)
                return node->kind == YAML_KIND_SCALAR && !yaml_is_null(node) &&
                       strcmp(node->text, value->texts[0]) == 0;

        if (node->kind != YAML_KIND_SEQUENCE)
                return false;
        for (const YamlNode *one = node->children; one; one = one->next, n++) {
                const char *text = yaml_element_text(one);

                if (!text || !value->texts[n] || strcmp(text, value->texts[n]) != 0)
                        return false;
        }
        return !value->texts[n];
}

/*
 * YAML has forms in which a local change is not local: a block scalar that keeps the blank lines
 * after it, an explicit key. Rather than to know them all, the result is read and compared.
 */
static int check_result(const Edit *before, const char *text, size_t size, const YamlValue *value) {
        const Target *target = &before->target;
        SpecErrors errors = {};
        _cleanup_(edit_done) Edit after = {
                .source = { before->source.file, text, size, &errors },
                .target = *target,
        };
        int r;

        r = parse_tree(&after);
        spec_errors_clear(&errors);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || !has_values(find_value(after.root, target), value) ||
            !is_equal_without(before->root, after.root, target->outer->name))
                return -EOPNOTSUPP;

        if (target->inner && !is_equal_without(
                                     nested_mapping(before->root, target),
                                     nested_mapping(after.root, target), target->inner->name))
                return -EOPNOTSUPP;
        return 0;
}

/* --- set and unset ------------------------------------------------------------------------- */

static int write_change(const Edit *edit, YamlEdit *out, const YamlValue *value) {
        const Target *target = &edit->target;
        const char *inner = target->inner ? target->inner->name : NULL;
        YamlNode *key = find_key(edit->root, target->outer->name);

        if (!edit->root) {
                yaml_edit_begin(out, target->outer->name, inner, value);
                return 0;
        }
        if (!key)
                return yaml_edit_add(out, edit->root, target->outer->name, inner, value);
        if (!inner)
                return yaml_edit_replace(out, edit->root, key, value);

        YamlNode *nested = key->next, *nested_key = find_key(nested, inner);

        if (nested->kind != YAML_KIND_MAPPING)
                return -EOPNOTSUPP;
        return nested_key ? yaml_edit_replace(out, nested, nested_key, value)
                          : yaml_edit_add(out, nested, inner, NULL, value);
}

static int write_removal(const Edit *edit, YamlEdit *out) {
        const Target *target = &edit->target;
        YamlNode *key = find_key(edit->root, target->outer->name);
        YamlNode *nested = nested_mapping(edit->root, target);

        /* The last key of a mapping goes with it: "resources:" alone is not a mapping. */
        if (!target->inner || nested->n_children == 2)
                return yaml_edit_remove(out, edit->root, key);
        return yaml_edit_remove(out, nested, find_key(nested, target->inner->name));
}

static void unsupported(const Edit *edit) {
        const YamlNode *key = find_key(edit->root, edit->target.outer->name);
        const YamlMark nowhere = {};

        yaml_error(
                &edit->source, key ? key->start : nowhere,
                "'%s' is written in a form that can't be changed in place, use 'l4d2ctl edit'",
                edit->target.key->name);
}

/* Writes the changed text, value NULL removes the key, and checks that it says what it should. */
static int apply(const Edit *edit, const YamlValue *value, char **ret_text, size_t *ret_size) {
        _cleanup_free_ char *text = NULL;
        YamlEdit out = { .text = edit->source.text, .size = edit->source.size };
        size_t size = 0;
        int r;

        out.out = open_memstream(&text, &size);
        if (!out.out)
                return -ENOMEM;
        r = value ? write_change(edit, &out, value) : write_removal(edit, &out);
        if (ferror(out.out) && r >= 0)
                r = -ENOMEM;
        if (fclose(out.out) != 0 && r >= 0)
                r = -ENOMEM;

        if (r >= 0)
                r = check_result(edit, text, size, value);
        if (r == -EOPNOTSUPP) {
                unsupported(edit);
                return -EINVAL;
        }
        if (r < 0)
                return r;

        *ret_text = TAKE_PTR(text);
        *ret_size = size;
        return 0;
}

static int check_values(const YamlSource *source, const Target *target, const char *const *values) {
        size_t n = 0;

        for (; values[n]; n++)
                if (!utf8_is_valid(values[n])) {
                        spec_file_error(source, "the new value is not valid UTF-8");
                        return -EINVAL;
                }
        if (target->key->kind != SPEC_KEY_LIST && n != 1) {
                spec_file_error(source, "this key takes exactly one value");
                return -EINVAL;
        }
        return 0;
}

int spec_edit_set(
        const YamlSource *source, const SpecKeys *keys, const char *key, const char *const *values,
        char **ret_text, size_t *ret_size) {
        _cleanup_(edit_done) Edit edit = { .source = *source };
        int r;

        r = find_target(&edit.source, keys, key, &edit.target);
        if (r < 0)
                return r;
        r = refuse_mapping(&edit.source, &edit.target);
        if (r < 0)
                return r;
        r = check_values(&edit.source, &edit.target, values);
        if (r < 0)
                return r;
        r = parse_tree(&edit);
        if (r < 0)
                return r;

        const YamlValue value = {
                .texts = values,
                .list = edit.target.key->kind == SPEC_KEY_LIST,
                .bare = edit.target.key->kind == SPEC_KEY_BARE,
                .entries = edit.target.key->flags & SPEC_KEY_ENTRIES,
        };

        return apply(&edit, &value, ret_text, ret_size);
}

int spec_edit_unset(
        const YamlSource *source, const SpecKeys *keys, const char *key, char **ret_text,
        size_t *ret_size) {
        _cleanup_(edit_done) Edit edit = { .source = *source };
        int r;

        r = find_target(&edit.source, keys, key, &edit.target);
        if (r < 0)
                return r;
        r = parse_tree(&edit);
        if (r < 0)
                return r;

        if (find_value(edit.root, &edit.target))
                return apply(&edit, NULL, ret_text, ret_size);

        char *copy = strndup(source->text, source->size);

        if (!copy)
                return -ENOMEM;
        *ret_text = copy;
        *ret_size = source->size;
        return 0;
}

int spec_edit_convert(
        const YamlSource *source, const char *prefix, char **ret_text, size_t *ret_size) {
        _cleanup_free_ const char **values = NULL;
        SpecErrors ignored = {};
        _cleanup_(edit_done) Edit edit = { .source = *source };
        int r;

        edit.source.errors = &ignored;
        r = find_target(&edit.source, &spec_keys, "overlays", &edit.target);
        if (r >= 0)
                r = parse_tree(&edit);
        if (r >= 0)
                r = overlay_entries_convert(
                        edit.arena, yaml_get(edit.root, "overlays"), prefix, &values);
        spec_errors_clear(&ignored);
        if (r < 0 || !values)
                return r == -ENOMEM ? r : 0;
        return spec_edit_set(source, &spec_keys, "overlays", values, ret_text, ret_size);
}
