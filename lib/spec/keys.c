/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/keys.h"

#include <string.h>

#include "base/utf8.h"
#include "base/visible-text.h"
#include "spec/cfg-text.h"
#include "spec/value.h"

static void set_port_place(SpecReader *r, PortRole role, const YamlNode *node) {
        r->spec->port_places.items[role].line = node->start.line;
        r->spec->port_places.items[role].column = node->start.column;
}

static int read_port(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        const HostConfig *config = r->config;
        int port;

        set_port_place(r, PORT_GAME, node);
        if (!value_integer(&r->source, key->name, node, 1, UINT16_MAX, &port))
                return 0;
        if (port < config->port_min || port > config->port_max) {
                yaml_error(
                        &r->source, node->start,
                        "port %d is outside the host's range %u-%u (port_range= in left4me.conf)",
                        port, config->port_min, config->port_max);
                return 0;
        }

        r->spec->settings.port = (uint16_t) port;
        return 0;
}

/* Not bound to port_range=, which is for game ports. Below 1024 the server may not bind. */
static int read_named_port(SpecReader *r, const SpecKey *key, const YamlNode *node, PortRole role) {
        int port;

        set_port_place(r, role, node);
        if (value_integer(&r->source, key->name, node, 1024, UINT16_MAX, &port))
                r->spec->named_ports[role] = (uint16_t) port;
        return 0;
}

static int read_client_port(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        return read_named_port(r, key, node, PORT_CLIENT);
}

static int read_steam_port(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        return read_named_port(r, key, node, PORT_STEAM);
}

static int read_sourcetv_port(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        return read_named_port(r, key, node, PORT_SOURCETV);
}

static int read_sourcetv(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        (void) value_boolean(&r->source, key->name, node, &r->spec->sourcetv);
        return 0;
}

static int read_rcon_password(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        char *text = value_text(&r->source, key->name, node);

        if (!text)
                return 0;

        size_t length = strlen(text);

        if (length < RCON_PASSWORD_LENGTH_MIN || length > RCON_PASSWORD_LENGTH_MAX) {
                yaml_error(
                        &r->source, node->start, "rcon_password must have %d to %d characters",
                        RCON_PASSWORD_LENGTH_MIN, RCON_PASSWORD_LENGTH_MAX);
                return 0;
        }

        /* The engine has no way to write a quote inside a quoted word. */
        for (const char *p = text; *p; p++)
                if (*p <= ' ' || *p >= 0x7f || strchr("\";\\", *p)) {
                        yaml_error(
                                &r->source, node->start,
                                "rcon_password must be ASCII letters, digits and signs, without "
                                "blanks, '\"', ';' and '\\'");
                        return 0;
                }

        r->spec->rcon_password = text;
        return 0;
}

static int read_hostname(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        char *text = value_text(&r->source, key->name, node);

        if (!text)
                return 0;
        if (!cfg_text_is_quotable(text))
                yaml_error(
                        &r->source, node->start,
                        "hostname must be printable ASCII without '\"' and '\\', which is all "
                        "that server.cfg can carry; 'label' takes any language");
        else if (strlen(text) > HOSTNAME_LENGTH_MAX || text[strspn(text, " ")] == '\0')
                yaml_error(
                        &r->source, node->start, "hostname must have 1 to %d characters",
                        HOSTNAME_LENGTH_MAX);
        r->spec->hostname = text;
        return 0;
}

static int read_label(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        char *text = value_text(&r->source, key->name, node);
        size_t size;

        if (!text)
                return 0;
        size = strlen(text);
        if (!text_is_visible(text))
                yaml_error(
                        &r->source, node->start,
                        "label must be one line without control characters and invisible ones");
        else if (
                text[strspn(text, " ")] == '\0' || utf8_offset(text, size, LABEL_LENGTH_MAX) < size)
                yaml_error(
                        &r->source, node->start, "label must have 1 to %d characters",
                        LABEL_LENGTH_MAX);
        r->spec->label = text;
        return 0;
}

static int read_autostart(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        (void) value_boolean(&r->source, key->name, node, &r->spec->settings.autostart);
        return 0;
}

static int read_public(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        (void) value_boolean(&r->source, key->name, node, &r->spec->is_public);
        return 0;
}

static int read_game_log(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        (void) value_boolean(&r->source, key->name, node, &r->spec->game_log);
        return 0;
}

static int read_on_hang(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        static const char *const names[_HANG_ACTION_MAX] = {
                [HANG_NONE] = "none",
                [HANG_RESTART] = "restart",
        };
        size_t action;

        if (value_enumeration(&r->source, key->name, node, names, ELEMENTSOF(names), &action))
                r->spec->on_hang = (HangAction) action;
        return 0;
}

/* The place in the value, which is one line with or without quotes; else its begin. */
static YamlMark place_in(const YamlNode *node, size_t offset) {
        YamlMark mark = node->start;
        size_t quote = node->style != YAML_STYLE_PLAIN;

        if (node->end.line == mark.line &&
            node->end.index - mark.index == strlen(node->text) + 2 * quote)
                mark.column += (unsigned) (offset + quote);
        return mark;
}

static void complain_schedule(SpecReader *r, YamlMark place, int error) {
        if (error == -ERANGE)
                yaml_error(&r->source, place, "a number of schedule is out of range");
        else if (error == -E2BIG)
                yaml_error(&r->source, place, "schedule has too many numbers");
        else if (error == -ENOENT)
                yaml_error(
                        &r->source, place,
                        "schedule has an unknown time zone: use UTC or a name like Europe/Berlin");
        else
                yaml_error(
                        &r->source, place,
                        "schedule must be a calendar expression of systemd.time(7), for example "
                        "'04:00', 'Mon..Fri 04:00', 'weekly' or '*-*-1 04:00'");
}

static int read_schedule(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        char *text = value_text(&r->source, key->name, node);
        size_t offset = 0;
        int error;

        if (!text)
                return 0;
        error = calendar_parse(text, &r->spec->settings.schedule, &offset);
        if (error == -ENOMEM)
                return error;
        if (error < 0)
                complain_schedule(r, place_in(node, offset), error);
        r->spec->schedule = text;
        return 0;
}

static int read_blueprint(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        char *text = value_text(&r->source, key->name, node);

        r->spec->blueprint_line = node->start.line;
        r->spec->blueprint_column = node->start.column;

        if (!text)
                return 0;
        if (!blueprint_ref_is_valid(text)) {
                yaml_error(
                        &r->source, node->start,
                        "'%.*s' is not the name of a blueprint: OWNER/NAME, each of a-z 0-9 - and "
                        "beginning with a letter or digit",
                        QUOTED_MAX, text);
                return 0;
        }

        r->spec->blueprint = text;
        return 0;
}

static int read_hardening(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        const char *names[_HARDENING_PROFILE_MAX];
        size_t profile;

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                names[i] = hardening_profile_to_string((HardeningProfile) i);

        if (value_enumeration(&r->source, key->name, node, names, ELEMENTSOF(names), &profile))
                r->spec->settings.hardening = (HardeningProfile) profile;
        return 0;
}

static int read_memory_max(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        (void) value_size(
                &r->source, key->name, node, RESOURCE_MEMORY_MIN, RESOURCE_MEMORY_MAX,
                &r->spec->settings.resources.memory_max);
        return 0;
}

static int read_memory_high(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        (void) value_size(
                &r->source, key->name, node, RESOURCE_MEMORY_MIN, RESOURCE_MEMORY_MAX,
                &r->spec->settings.resources.memory_high);
        return 0;
}

static int read_tasks_max(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        int tasks;

        if (value_integer(
                    &r->source, key->name, node, RESOURCE_TASKS_MIN, RESOURCE_TASKS_MAX, &tasks))
                r->spec->settings.resources.tasks_max = (uint32_t) tasks;
        return 0;
}

static int read_cpus(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        const char *text = value_text(&r->source, key->name, node);
        int error;

        if (!text)
                return 0;
        error = cpu_set_parse(text, &r->spec->settings.resources.cpus);
        if (error == -ERANGE)
                yaml_error(
                        &r->source, node->start, "cpus must be below %d, not '%.*s'", CPU_SET_MAX,
                        QUOTED_MAX, text);
        else if (error < 0)
                yaml_error(
                        &r->source, node->start,
                        "cpus must be numbers and ranges like 0-3,8, not '%.*s'", QUOTED_MAX, text);
        return 0;
}

static int read_nice(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        int nice_level;

        if (value_integer(
                    &r->source, key->name, node, RESOURCE_NICE_MIN, RESOURCE_NICE_MAX, &nice_level))
                r->spec->settings.resources.nice = (int8_t) nice_level;
        return 0;
}

static int read_resources(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        const Resources *resources = &r->spec->settings.resources;
        int error;

        if (!value_is_mapping(&r->source, key->name, node))
                return 0;
        error = spec_keys_read(r, key->keys, node);
        if (error < 0)
                return error;

        if (resources->memory_max > 0 && resources->memory_high > resources->memory_max)
                yaml_error(
                        &r->source, yaml_get(node, "memory_high")->start,
                        "memory_high must not be above memory_max");
        return 0;
}

#define PLACE(member) SPEC_KEY_PLACE(Spec, member)

static const SpecKey resource_items[] = {
        { "memory_max", SPEC_KEY_BARE, read_memory_max, NULL, PLACE(settings.resources.memory_max),
          0 },
        { "memory_high", SPEC_KEY_BARE, read_memory_high, NULL,
          PLACE(settings.resources.memory_high), 0 },
        { "tasks_max", SPEC_KEY_BARE, read_tasks_max, NULL, PLACE(settings.resources.tasks_max),
          0 },
        { "cpus", SPEC_KEY_TEXT, read_cpus, NULL, PLACE(settings.resources.cpus), 0 },
        { "nice", SPEC_KEY_BARE, read_nice, NULL, PLACE(settings.resources.nice), 0 },
};
static const SpecKeys resource_keys = { resource_items, ELEMENTSOF(resource_items) };

static const SpecKey top_items[] = {
        { "port", SPEC_KEY_BARE, read_port, NULL, PLACE(settings.port), 0 },
        { "client_port", SPEC_KEY_BARE, read_client_port, NULL, PLACE(named_ports[PORT_CLIENT]),
          SPEC_KEY_ADMIN },
        { "steam_port", SPEC_KEY_BARE, read_steam_port, NULL, PLACE(named_ports[PORT_STEAM]),
          SPEC_KEY_ADMIN },
        { "sourcetv", SPEC_KEY_BARE, read_sourcetv, NULL, PLACE(sourcetv), 0 },
        { "sourcetv_port", SPEC_KEY_BARE, read_sourcetv_port, NULL,
          PLACE(named_ports[PORT_SOURCETV]), SPEC_KEY_ADMIN },
        { "hostname", SPEC_KEY_TEXT, read_hostname, NULL, PLACE(hostname), 0 },
        { "label", SPEC_KEY_TEXT, read_label, NULL, PLACE(label), 0 },
        { "overlays", SPEC_KEY_LIST, spec_read_overlays, NULL, PLACE(overlays), SPEC_KEY_ENTRIES },
        { "arguments", SPEC_KEY_LIST, spec_read_arguments, NULL, PLACE(arguments), 0 },
        { "config", SPEC_KEY_LIST, spec_read_config, NULL, PLACE(config), 0 },
        { "motd", SPEC_KEY_TEXT, spec_read_motd, NULL, PLACE(motd), 0 },
        { "banner", SPEC_KEY_TEXT, spec_read_banner, NULL, PLACE(banner), 0 },
        { "rotation", SPEC_KEY_LIST, spec_read_rotation, NULL, PLACE(rotation), 0 },
        { "rotate_when", SPEC_KEY_TEXT, spec_read_rotate_when, NULL, PLACE(rotate_when), 0 },
        { "rcon_password", SPEC_KEY_TEXT, read_rcon_password, NULL, PLACE(rcon_password), 0 },
        { "autostart", SPEC_KEY_BARE, read_autostart, NULL, PLACE(settings.autostart), 0 },
        { "public", SPEC_KEY_BARE, read_public, NULL, PLACE(is_public), 0 },
        { "schedule", SPEC_KEY_TEXT, read_schedule, NULL, PLACE(schedule), 0 },
        { "game_log", SPEC_KEY_BARE, read_game_log, NULL, PLACE(game_log), 0 },
        { "on_hang", SPEC_KEY_TEXT, read_on_hang, NULL, PLACE(on_hang), 0 },
        { "blueprint", SPEC_KEY_TEXT, read_blueprint, NULL, PLACE(blueprint), 0 },
        { "resources", SPEC_KEY_MAPPING, read_resources, &resource_keys, SPEC_KEY_NOWHERE,
          SPEC_KEY_ADMIN },
        { "hardening", SPEC_KEY_TEXT, read_hardening, NULL, PLACE(settings.hardening),
          SPEC_KEY_ADMIN },
};
const SpecKeys spec_keys = { top_items, ELEMENTSOF(top_items) };

const SpecKey *spec_keys_find(const SpecKeys *keys, const char *name) {
        for (size_t i = 0; i < keys->n_items; i++)
                if (yaml_text_equals(keys->items[i].name, name))
                        return &keys->items[i];
        return NULL;
}

int spec_keys_read(SpecReader *r, const SpecKeys *keys, const YamlNode *mapping) {
        int error;

        for (const YamlNode *name = mapping->children; name; name = name->next->next) {
                if (name->kind != YAML_KIND_SCALAR)
                        continue;

                const SpecKey *key = spec_keys_find(keys, name->text);

                if (!key) {
                        spec_keys_complain(
                                r->source.errors, YAML_PLACE(&r->source, name->start), keys,
                                name->text);
                        continue;
                }

                error = key->read(r, key, name->next);
                if (error < 0)
                        return error;
        }
        return 0;
}
