/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/definition.h"

#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/name.h"
#include "base/text.h"
#include "base/utf8.h"
#include "content/workshop-id.h"
#include "spec/value.h"

static const char *const kind_names[_OVERLAY_KIND_MAX] = {
        [OVERLAY_FILES] = "files",
        [OVERLAY_WORKSHOP] = "workshop",
        [OVERLAY_RELEASE] = "release",
        [OVERLAY_SCRIPT] = "script",
};

static const char *const layout_names[_LAYOUT_MAX] = {
        [LAYOUT_AUTO] = "auto",
        [LAYOUT_AS_IS] = "as-is",
};

static const char *const refresh_names[_REFRESH_MAX] = {
        [REFRESH_NEVER] = "never",
        [REFRESH_DAILY] = "daily",
};

const char *overlay_kind_to_string(OverlayKind kind) {
        return (size_t) kind < ELEMENTSOF(kind_names) ? kind_names[kind] : NULL;
}

const char *archive_layout_to_string(ArchiveLayout layout) {
        return (size_t) layout < ELEMENTSOF(layout_names) ? layout_names[layout] : NULL;
}

/* --- keys ------------------------------------------------------------------------------------- */

static int read_kind(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        OverlayDefinition *d = r->object;
        size_t kind;

        if (value_enumeration(
                    &r->source, key->name, node, kind_names, ELEMENTSOF(kind_names), &kind))
                d->kind = (OverlayKind) kind;
        return 0;
}

static int read_layout(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        OverlayDefinition *d = r->object;
        size_t layout;

        if (value_enumeration(
                    &r->source, key->name, node, layout_names, ELEMENTSOF(layout_names), &layout))
                d->layout = (ArchiveLayout) layout;
        return 0;
}

static int read_refresh(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        OverlayDefinition *d = r->object;
        size_t refresh;

        if (value_enumeration(
                    &r->source, key->name, node, refresh_names, ELEMENTSOF(refresh_names),
                    &refresh))
                d->refresh = (OverlayRefresh) refresh;
        return 0;
}

static int read_strip(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        OverlayDefinition *d = r->object;

        (void) value_integer(&r->source, key->name, node, 0, DEFINITION_STRIP_MAX, &d->strip);
        return 0;
}

/* One line that a terminal and a page can show. */
static bool is_line(SpecReader *r, const SpecKey *key, const YamlNode *node, const char *text) {
        if (strlen(text) > DEFINITION_DESCRIPTION_MAX)
                yaml_error(
                        &r->source, node->start, "%s must not be longer than %d bytes", key->name,
                        DEFINITION_DESCRIPTION_MAX);
        else if (!utf8_is_printable(text))
                yaml_error(
                        &r->source, node->start, "%s must be one line without control characters",
                        key->name);
        else
                return true;
        return false;
}

/* The rule of a text, and why one is refused. */
typedef struct TextRule {
        const char *key;
        bool (*is_valid)(const char *text);
        const char *problem;
} TextRule;

static bool is_url(const char *text) {
        const char *rest = strncmp(text, "https://", 8) == 0  ? text + 8
                           : strncmp(text, "http://", 7) == 0 ? text + 7
                                                              : "";
        return *rest != '\0' && *rest != '/' && strpbrk(text, " \"<>\\^`{|}") == NULL;
}

#define REPOSITORY_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static bool is_github(const char *text) {
        size_t owner = strspn(text, REPOSITORY_CHARACTERS);
        const char *name = text + owner + 1;

        if (owner == 0 || text[owner] != '/' || *text == '.')
                return false;
        return *name != '\0' && *name != '.' && name[strspn(name, REPOSITORY_CHARACTERS)] == '\0';
}

static bool is_tag(const char *text) {
        return *text != '\0' && text[strspn(text, REPOSITORY_CHARACTERS "+~")] == '\0';
}

static bool is_pattern(const char *text) {
        return *text != '\0' && !strchr(text, '/');
}

static bool is_sha256(const char *text) {
        return hex_is_valid(text, 64);
}

/* Relative, without empty, "." and ".." parts. */
static bool is_path(const char *text) {
        for (;;) {
                size_t n = strcspn(text, "/");

                if (n == 0 || (n == 1 && text[0] == '.') || (n == 2 && strncmp(text, "..", 2) == 0))
                        return false;
                if (text[n] == '\0')
                        return true;
                text += n + 1;
        }
}

static const TextRule text_rules[] = {
        { "url", is_url, N_("must be an http:// or https:// address") },
        { "github", is_github, N_("must be OWNER/REPOSITORY") },
        { "tag", is_tag, N_("must be the name of a release, or 'latest'") },
        { "asset", is_pattern, N_("must be a file name, with * and ? for unknown parts") },
        { "sha256", is_sha256, N_("must be 64 hexadecimal digits in lower case") },
        { "into", is_path, N_("must be a relative path without empty, '.' and '..' parts") },
};

static const TextRule *find_rule(const char *key) {
        for (size_t i = 0; i < ELEMENTSOF(text_rules); i++)
                if (strcmp(text_rules[i].key, key) == 0)
                        return text_rules + i;
        return NULL;
}

static int read_text(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        char *text = value_text(&r->source, key->name, node);
        const TextRule *rule = find_rule(key->name);

        if (!text || !is_line(r, key, node, text))
                return 0;
        if (rule && !rule->is_valid(text))
                yaml_error(
                        &r->source, node->start, "'%.*s' of %s is not valid: it %s", QUOTED_MAX,
                        text, key->name, _(rule->problem));
        memcpy((char *) r->object + key->place.offset, &text, sizeof(text));
        return 0;
}

typedef bool (*ElementCheck)(SpecReader *r, const SpecKey *key, const YamlNode *node, const char *);

static int read_list(
        SpecReader *r, const SpecKey *key, const YamlNode *list, ElementCheck is_valid) {
        char **texts;
        size_t n = 0;

        if (!value_is_list(&r->source, key->name, list))
                return 0;
        if (list->n_children > DEFINITION_ITEMS_MAX) {
                yaml_error(
                        &r->source, list->start, "more than %d %s", DEFINITION_ITEMS_MAX,
                        key->name);
                return 0;
        }
        texts = arena_allocate(r->arena, (list->n_children + 1) * sizeof(char *));
        if (!texts)
                return -ENOMEM;
        for (const YamlNode *node = list->children; node; node = node->next) {
                texts[n] = value_text(&r->source, key->name, node);
                if (texts[n] && is_valid(r, key, node, texts[n]))
                        n++;
        }
        texts[n] = NULL;
        memcpy((char *) r->object + key->place.offset, &texts, sizeof(char **));
        return 0;
}

static int read_patterns(SpecReader *r, const SpecKey *key, const YamlNode *list) {
        return read_list(r, key, list, is_line);
}

static bool is_item(SpecReader *r, const SpecKey *key, const YamlNode *node, const char *text) {
        uint64_t id;

        if (!is_line(r, key, node, text))
                return false;
        if (workshop_id_from_person(text, &id) >= 0)
                return true;
        yaml_error(
                &r->source, node->start,
                "'%.*s' of %s is not valid: it must be the id or the address of an item or a "
                "collection of the Steam Workshop",
                QUOTED_MAX, text, key->name);
        return false;
}

static int read_items(SpecReader *r, const SpecKey *key, const YamlNode *list) {
        return read_list(r, key, list, is_item);
}

#define PLACE(member) SPEC_KEY_PLACE(OverlayDefinition, member)

static const SpecKey items[] = {
        { "kind", SPEC_KEY_TEXT, read_kind, NULL, PLACE(kind), 0 },
        { "description", SPEC_KEY_TEXT, read_text, NULL, PLACE(description), 0 },
        { "refresh", SPEC_KEY_TEXT, read_refresh, NULL, PLACE(refresh), 0 },
        { "items", SPEC_KEY_LIST, read_items, NULL, PLACE(items), 0 },
        { "exclude", SPEC_KEY_LIST, read_items, NULL, PLACE(exclude), 0 },
        { "url", SPEC_KEY_TEXT, read_text, NULL, PLACE(url), 0 },
        { "github", SPEC_KEY_TEXT, read_text, NULL, PLACE(github), 0 },
        { "tag", SPEC_KEY_TEXT, read_text, NULL, PLACE(tag), 0 },
        { "asset", SPEC_KEY_TEXT, read_text, NULL, PLACE(asset), 0 },
        { "sha256", SPEC_KEY_TEXT, read_text, NULL, PLACE(sha256), 0 },
        { "into", SPEC_KEY_TEXT, read_text, NULL, PLACE(into), 0 },
        { "strip", SPEC_KEY_BARE, read_strip, NULL, PLACE(strip), 0 },
        { "layout", SPEC_KEY_TEXT, read_layout, NULL, PLACE(layout), 0 },
        { "keep", SPEC_KEY_LIST, read_patterns, NULL, PLACE(keep), 0 },
};
const SpecKeys definition_keys = { items, ELEMENTSOF(items) };

const OverlayDefinition definition_defaults = {};

/* The kinds that a key is for; those of all kinds are not listed. */
static const struct {
        const char *key;
        OverlayKind kind;
} key_kinds[] = {
        { "items", OVERLAY_WORKSHOP }, { "exclude", OVERLAY_WORKSHOP },
        { "url", OVERLAY_RELEASE },    { "github", OVERLAY_RELEASE },
        { "tag", OVERLAY_RELEASE },    { "asset", OVERLAY_RELEASE },
        { "sha256", OVERLAY_RELEASE }, { "into", OVERLAY_RELEASE },
        { "strip", OVERLAY_RELEASE },  { "layout", OVERLAY_RELEASE },
        { "keep", OVERLAY_RELEASE },
};

static void check_keys(SpecReader *r, const YamlNode *root) {
        const OverlayDefinition *d = r->object;

        for (const YamlNode *key = root->children; key; key = key->next->next)
                for (size_t i = 0; i < ELEMENTSOF(key_kinds); i++)
                        if (key->kind == YAML_KIND_SCALAR &&
                            strcmp(key->text, key_kinds[i].key) == 0 &&
                            d->kind != key_kinds[i].kind)
                                yaml_error(
                                        &r->source, key->start,
                                        "'%s' is for overlays of kind '%s' only", key->text,
                                        kind_names[key_kinds[i].kind]);
}

static void check_all(SpecReader *r, const YamlNode *root) {
        const OverlayDefinition *d = r->object;
        const YamlNode *refresh = yaml_get(root, "refresh");

        check_keys(r, root);
        if (refresh && (d->kind == OVERLAY_FILES || d->kind == OVERLAY_SCRIPT))
                yaml_error(
                        &r->source, refresh->start,
                        "'refresh' is for overlays of kind 'workshop' and 'release' only");
        if (d->kind == OVERLAY_RELEASE && !yaml_get(root, "url") == !yaml_get(root, "github"))
                spec_file_error(
                        &r->source, "an overlay of kind 'release' needs either 'url' or 'github'");
}

/* --- files ------------------------------------------------------------------------------------ */

OverlayDefinition *definition_free(OverlayDefinition *definition) {
        if (definition)
                arena_free(definition->arena); /* holds the definition itself too */
        return NULL;
}

static int definition_new(OverlayDefinition **ret) {
        _cleanup_(arena_freep) Arena *arena = NULL;
        OverlayDefinition *definition;
        char **none;
        int r;

        r = arena_new(&arena);
        if (r < 0)
                return r;
        definition = arena_allocate(arena, sizeof(*definition));
        none = arena_allocate(arena, sizeof(*none));
        if (!definition || !none)
                return -ENOMEM;

        definition->items = definition->exclude = definition->keep = none;
        definition->arena = TAKE_PTR(arena);
        *ret = definition;
        return 0;
}

int definition_parse(
        const char *file, const char *text, size_t size, SpecErrors *errors,
        OverlayDefinition **ret) {
        static const SpecDocument document = {
                .keys = &definition_keys,
                .what = N_("an overlay"),
                .check = check_all,
        };
        _cleanup_(definition_freep) OverlayDefinition *definition = NULL;
        SpecReader reader = {
                .source = { .file = file, .text = text, .size = size, .errors = errors },
        };
        int r;

        r = definition_new(&definition);
        if (r < 0)
                return r;
        reader.object = definition;
        reader.arena = definition->arena;
        r = spec_document_read(&reader, &document);
        if (r < 0)
                return r;
        if (definition->tag && strcmp(definition->tag, "latest") == 0)
                definition->tag = NULL;

        *ret = TAKE_PTR(definition);
        return 0;
}

int definition_load(
        int overlay_fd, uid_t owner, const char *file, SpecErrors *errors,
        OverlayDefinition **ret) {
        const uid_t owners[] = { 0, owner };
        const FileLimits limits = {
                .size_max = SPEC_SIZE_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        int r;

        r = read_file_beneath(overlay_fd, OVERLAY_FILE, &limits, &text, &size);
        if (r == -ENOENT)
                return definition_new(ret);
        return r < 0 ? r : definition_parse(file, text, size, errors, ret);
}
