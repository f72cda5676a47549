/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/properties.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "systemd/bus-names.h"

enum { DEPTH_MAX = 16 };

static int write_text(sd_bus_message *m, char type, FILE *f) {
        const char *value;
        int r;

        r = sd_bus_message_read_basic(m, type, &value);
        if (r > 0)
                (void) fprintf(f, "%s ", value);
        return r;
}

/* Any number or boolean; its type says how much of the union it fills. */
static int write_number(sd_bus_message *m, char type, FILE *f) {
        union {
                uint8_t y;
                int b;
                int16_t n;
                uint16_t q;
                int32_t i;
                uint32_t u;
                int64_t x;
                uint64_t t;
                double d;
        } v = {};
        int r;

        r = sd_bus_message_read_basic(m, type, &v);
        if (r <= 0)
                return r;

        switch (type) {
        case 'y':
                (void) fprintf(f, "%u ", v.y);
                break;
        case 'b':
                (void) fprintf(f, "%s ", v.b ? "yes" : "no");
                break;
        case 'n':
                (void) fprintf(f, "%d ", v.n);
                break;
        case 'q':
                (void) fprintf(f, "%u ", v.q);
                break;
        case 'i':
                (void) fprintf(f, "%" PRId32 " ", v.i);
                break;
        case 'u':
                (void) fprintf(f, "%" PRIu32 " ", v.u);
                break;
        case 'x':
                (void) fprintf(f, "%" PRId64 " ", v.x);
                break;
        case 't':
                (void) fprintf(f, "%" PRIu64 " ", v.t);
                break;
        default:
                (void) fprintf(f, "%g ", v.d);
                break;
        }
        return r;
}

/* The next value, or all of a container. At most so deep. */
static int write_value(sd_bus_message *m, FILE *f, unsigned depth) {
        const char *contents;
        char type;
        int r;

        r = sd_bus_message_peek_type(m, &type, &contents);
        if (r <= 0)
                return r;
        if (strchr("sog", type))
                return write_text(m, type, f);
        if (strchr("ybnqiuxtd", type))
                return write_number(m, type, f);
        if (!strchr("avre", type) || depth == 0) {
                r = sd_bus_message_skip(m, NULL);
                return r < 0 ? r : 1;
        }

        r = sd_bus_message_enter_container(m, type, contents);
        if (r < 0)
                return r;
        do
                r = write_value(m, f, depth - 1);
        while (r > 0);
        if (r < 0)
                return r;
        r = sd_bus_message_exit_container(m);
        return r < 0 ? r : 1;
}

/* One {sv} of the reply as "Name=value". */
static int read_property(sd_bus_message *m, char **ret) {
        _cleanup_free_ char *text = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        const char *name;
        size_t size = 0;
        int r;

        r = sd_bus_message_read_basic(m, 's', &name);
        if (r < 0)
                return r;
        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        (void) fprintf(f, "%s=", name);
        r = write_value(m, f, DEPTH_MAX);
        if (r < 0)
                return r;
        if (fclose(TAKE_PTR(f)) != 0)
                return -ENOMEM;

        if (text[size - 1] == ' ')
                text[size - 1] = '\0';
        *ret = TAKE_PTR(text);
        return 0;
}

static int read_all(sd_bus_message *m, UnitProperties *properties) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                char **items =
                        reallocarray(properties->items, properties->n_items + 1, sizeof(char *));

                if (!items)
                        return -ENOMEM;
                properties->items = items;
                r = read_property(m, &items[properties->n_items]);
                if (r < 0)
                        return r;
                properties->n_items++;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r;
}

int bus_get_properties(sd_bus *bus, const char *unit, UnitProperties *ret, sd_bus_error *reterr) {
        static const char *const interfaces[] = { SYSTEMD_NAME ".Unit", SYSTEMD_NAME ".Service" };
        _cleanup_free_ char *object = NULL;
        int r;

        *ret = (UnitProperties) {};
        r = sd_bus_path_encode(SYSTEMD_UNIT_PATH, unit, &object);
        for (size_t i = 0; i < ELEMENTSOF(interfaces) && r >= 0; i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

                r = sd_bus_call_method(
                        bus, SYSTEMD_NAME, object, DBUS_PROPERTIES, "GetAll", reterr, &reply, "s",
                        interfaces[i]);
                if (r >= 0)
                        r = read_all(reply, ret);
        }
        return r < 0 ? r : 0;
}

void unit_properties_clear(UnitProperties *properties) {
        for (size_t i = 0; i < properties->n_items; i++)
                free(properties->items[i]);
        free(properties->items);
        *properties = (UnitProperties) {};
}

const char *unit_property(const UnitProperties *properties, const char *name) {
        size_t length = strlen(name);

        for (size_t i = 0; i < properties->n_items; i++)
                if (strncmp(properties->items[i], name, length) == 0 &&
                    properties->items[i][length] == '=')
                        return properties->items[i] + length + 1;
        return NULL;
}

bool has_word(const char *text, const char *word) {
        size_t length = strlen(word);

        while (*text != '\0') {
                size_t n = strcspn(text, " ");

                if (n == length && memcmp(text, word, n) == 0)
                        return true;
                text += n;
                text += strspn(text, " ");
        }
        return false;
}
