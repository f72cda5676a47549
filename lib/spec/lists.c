/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"
#include "spec/keys.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "spec/cfg-text.h"
#include "spec/value.h"

/*
 * The lists of a spec or a blueprint: overlays, arguments and config lines. Each element is checked
 * separately; its rules depend on its reader: the kernel, the engine or its console.
 */

int spec_read_list(
        SpecReader *r, const SpecKey *key, const YamlNode *list, const SpecListRules *rules,
        char ***ret) {
        size_t n = 0;

        if (!value_is_list(&r->source, key->name, list))
                return 0;

        char **strings = arena_allocate(r->arena, (list->n_children + 1) * sizeof(char *));

        if (!strings)
                return -ENOMEM;

        for (const YamlNode *node = list->children; node; node = node->next) {
                if (n == rules->max) {
                        yaml_error(
                                &r->source, node->start, "more than %zu %s", rules->max, key->name);
                        break;
                }
                strings[n] = rules->take ? rules->take(r, node, n)
                                         : value_text(&r->source, rules->element, node);
                if (!strings[n])
                        continue;
                rules->check(&r->source, list, node);
                n++;
        }

        *ret = strings;
        return 0;
}

/* --- overlays ------------------------------------------------------------------------------ */

static_assert(SPEC_OVERLAYS_MAX <= 64, "each has a bit in SpecLists.executed");

/* {ref: REF, exec: true} */
static char *take_entry(SpecReader *r, const YamlNode *mapping, size_t n) {
        char *ref = NULL;
        bool exec = false;

        for (const YamlNode *key = mapping->children; key; key = key->next->next) {
                if (key->kind != YAML_KIND_SCALAR)
                        return NULL;
                if (strcmp(key->text, "ref") == 0)
                        ref = value_text(&r->source, "ref", key->next);
                else if (strcmp(key->text, "exec") == 0)
                        (void) value_boolean(&r->source, "exec", key->next, &exec);
                else if (strcmp(key->text, "path") == 0 || strcmp(key->text, "alias") == 0) {
                        yaml_error(
                                &r->source, key->start,
                                "'%s' is an older form: write {ref: REF, exec: true}, as 'l4d2ctl "
                                "initialize' does",
                                key->text);
                        return NULL;
                } else
                        yaml_error(
                                &r->source, key->start,
                                "unknown key '%.*s' of an overlay: use ref and exec", QUOTED_MAX,
                                key->text);
        }
        if (!yaml_get(mapping, "ref"))
                yaml_error(&r->source, mapping->start, "an overlay needs 'ref', its name");
        if (exec)
                r->lists.executed |= UINT64_C(1) << n;
        return ref;
}

static char *take_overlay(SpecReader *r, const YamlNode *node, size_t n) {
        r->lists.executed &= ~(UINT64_C(1) << n); /* of an entry before it that was refused */
        return node->kind == YAML_KIND_MAPPING ? take_entry(r, node, n)
                                               : value_text(&r->source, N_("an overlay"), node);
}

/* The name in either form; NULL: it has none. */
static const YamlNode *overlay_name(const YamlNode *node) {
        if (node->kind == YAML_KIND_MAPPING)
                node = yaml_get(node, "ref");
        return node && node->kind == YAML_KIND_SCALAR ? node : NULL;
}

static void check_overlay(const YamlSource *source, const YamlNode *list, const YamlNode *element) {
        const YamlNode *node = overlay_name(element);

        if (!ref_is_valid(node->text)) {
                yaml_error(
                        source, node->start,
                        "'%.*s' is not the name of an overlay: one to three parts joined by '/', "
                        "each of a-z 0-9 . _ - and beginning with a letter or digit",
                        QUOTED_MAX, node->text);
                return;
        }

        for (const YamlNode *other = list->children; other != element; other = other->next) {
                const YamlNode *name = overlay_name(other);

                if (name && strcmp(name->text, node->text) == 0) {
                        yaml_error(source, node->start, "overlay '%s' is listed twice", node->text);
                        return;
                }
        }
}

int spec_read_overlays(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        static const SpecListRules rules = { N_("an overlay"), SPEC_OVERLAYS_MAX, take_overlay,
                                             check_overlay };

        return spec_read_list(r, key, node, &rules, &r->lists.overlays);
}

/* --- arguments ----------------------------------------------------------------------------- */

static const struct {
        const char *word;
        const char *instead;
} reserved_arguments[] = {
        { "-game", N_("servers always run left4dead2") },
        { "-port", N_("it is set by 'port'") },
        { "+hostport", N_("it is set by 'port'") },
        { "+clientport", N_("it is set by 'client_port'") },
        { "-clientport", N_("it is set by 'client_port'") },
        { "-steamport", N_("it is set by 'steam_port'") },
        { "+tv_enable", N_("it is set by 'sourcetv'") },
        { "+tv_port", N_("it is set by 'sourcetv_port'") },
        { "-ip", N_("servers listen on all addresses") },
        { "+ip", N_("servers listen on all addresses") },
        { "-norestart", N_("systemd restarts the server") },
        { "-autoupdate", N_("updates are made by 'l4d2ctl install'") },
        { "-fork", N_("create several servers instead") },
        { "-pidfile", N_("systemd knows the server's process") },
        { "-binary", N_("servers always run the installed binary") },
        { "-debug", N_("systemd keeps the crash's state") },
        { "-condebug", N_("the console is in the journal") },
        { "-console", N_("the console is in the journal") },
        { "+rcon_password", N_("it is set by 'rcon_password'") },
        { "+servercfgfile", N_("server.cfg is set by 'config'") },
};

static bool word_equals(const char *text, size_t length, const char *word) {
        return strlen(word) == length && ascii_strncasecmp(text, word, length) == 0;
}

static bool check_reserved(const YamlSource *source, const YamlNode *node, const char *text) {
        if (*text != '-' && *text != '+')
                return true;

        size_t length = strcspn(text, " \"=");

        for (size_t i = 0; i < ELEMENTSOF(reserved_arguments); i++)
                if (word_equals(text, length, reserved_arguments[i].word)) {
                        yaml_error(
                                source, node->start, "argument '%s' is reserved: %s",
                                reserved_arguments[i].word, reserved_arguments[i].instead);
                        return false;
                }
        return true;
}

/* "+map c2m1_highway" as one element is one word to the engine, which knows no such option. */
static void check_option(const YamlSource *source, const YamlNode *node) {
        const char *text = node->text, *value;
        size_t length = strcspn(text, " ");

        value = text + length + strspn(text + length, " ");
        if ((text[0] != '-' && text[0] != '+') || ascii_lower(text[1]) < 'a' ||
            ascii_lower(text[1]) > 'z' || *value == '\0')
                return;
        yaml_error(
                source, node->start,
                "an option and its value are two elements: write '%.*s', '%.*s' for '%.*s'",
                length < QUOTED_MAX ? (int) length : QUOTED_MAX, text, QUOTED_MAX, value,
                QUOTED_MAX, text);
}

static void check_argument(
        const YamlSource *source, const YamlNode *list _unused_, const YamlNode *node) {
        const char *text = node->text;

        if (strlen(text) > SPEC_ARGUMENT_LENGTH_MAX)
                yaml_error(
                        source, node->start, "an argument must not be longer than %d bytes",
                        SPEC_ARGUMENT_LENGTH_MAX);
        else if (!utf8_is_printable(text))
                yaml_error(
                        source, node->start,
                        "an argument must not contain line breaks or other control characters");
        else {
                /*
                 * The engine joins its arguments and splits them at quotes once more, srcds_run
                 * would do it at blanks: "+map x -port 1" would be two arguments of their own.
                 */
                for (const char *word = text; *word; word += strcspn(word, " \"")) {
                        word += strspn(word, " \"");
                        if (!check_reserved(source, node, word))
                                return;
                }
                check_option(source, node);
        }
}

int spec_read_arguments(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        static const SpecListRules rules = { N_("an argument"), SPEC_ARGUMENTS_MAX, NULL,
                                             check_argument };

        return spec_read_list(r, key, node, &rules, &r->lists.arguments);
}

/* --- config -------------------------------------------------------------------------------- */

static bool is_config_character(char c) {
        return c == '\t' || (c >= ' ' && c < 0x7f);
}

static void check_config_line(
        const YamlSource *source, const YamlNode *list _unused_, const YamlNode *node) {
        const char *text = node->text, *p = text;

        if (strchr(text, '\n')) {
                yaml_error(
                        source, node->start,
                        "a config line must be one line: give each line an entry of its own");
                return;
        }
        while (is_config_character(*p))
                p++;
        if (*p != '\0') {
                yaml_error(
                        source, node->start,
                        "a config line must be printable ASCII: the engine can't read anything "
                        "else in server.cfg");
                return;
        }
        if (p - text > SPEC_CONFIG_LINE_LENGTH_MAX) {
                yaml_error(
                        source, node->start, "a config line must not be longer than %d characters",
                        SPEC_CONFIG_LINE_LENGTH_MAX);
                return;
        }
        if (cfg_line_runs(text, (size_t) (p - text), "rcon_password"))
                yaml_error(source, node->start, "rcon_password has a key of its own, set it there");
}

int spec_read_config(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        static const SpecListRules rules = {
                N_("a config line"),
                SPEC_CONFIG_LINES_MAX,
                NULL,
                check_config_line,
        };

        return spec_read_list(r, key, node, &rules, &r->lists.config);
}
