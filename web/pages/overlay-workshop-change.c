/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The forms of the Workshop page: each makes the definition's next text, which `l4d2ctl overlay
 * define --file=-` checks and saves. A run of l4d2ctl has too few arguments for a list of items.
 */

#include <inttypes.h>
#include <string.h>

#include "app/answer.h"
#include "base/text.h"
#include "content/workshop-id.h"
#include "pages/overlay-definition.h"
#include "pages/overlay-workshop.h"
#include "pages/pages.h"

/* The texts of a list while it is changed; those of the definition are borrowed. */
typedef struct List {
        char *values[DEFINITION_ITEMS_MAX + 1]; /* NULL-terminated */
        char made[DEFINITION_ITEMS_MAX][WORKSHOP_ID_TEXT_MAX];
        size_t n, n_made;
} List;

static void list_of(char *const *texts, List *ret) {
        *ret = (List) {};
        while (texts[ret->n] && ret->n < DEFINITION_ITEMS_MAX) {
                ret->values[ret->n] = texts[ret->n];
                ret->n++;
        }
}

/* -E2BIG: it is full. An id that is there already is success. */
static int list_add(List *list, uint64_t id) {
        char *text;

        if (workshop_find(list->values, id, NULL) >= 0)
                return 0;
        if (list->n == DEFINITION_ITEMS_MAX)
                return -E2BIG;
        text = list->made[list->n_made++];
        (void) snprintf(text, WORKSHOP_ID_TEXT_MAX, "%" PRIu64, id);
        list->values[list->n++] = text;
        list->values[list->n] = NULL;
        return 0;
}

/* Removes all texts that name the same as this one. */
static void list_remove(List *list, const char *text) {
        uint64_t id = 0;
        ssize_t i;

        if (workshop_id_from_person(text, &id) < 0)
                id = 0;
        while ((i = workshop_find(list->values, id, text)) >= 0) {
                memmove(list->values + i, list->values + i + 1,
                        (list->n - (size_t) i) * sizeof(list->values[0]));
                list->n--;
        }
}

/* --- the text --------------------------------------------------------------------------------- */

static int edit_list(DefinitionSource *source, const char *key, const List *list) {
        return definition_source_edit(source, key, (const char *const *) list->values);
}

static int refuse(Request *request, const char *text) {
        return answer_failed(request, 422, text, NULL, page_overlay_workshop);
}

static int save_edited(Request *request, const DefinitionSource *source, int r, const char *done) {
        if (r == -EINVAL)
                return refuse(
                        request,
                        _("The definition can't be changed here. Change it on the page Source."));
        return r < 0 ? r
                     : definition_source_save(
                               request, source, "workshop", done, page_overlay_workshop);
}

/* --- the forms -------------------------------------------------------------------------------- */

/* -EINVAL: the first line that names nothing is in bad. */
static int add_lines(const char *text, List *list, char *bad, size_t bad_size) {
        char line[DEFINITION_DESCRIPTION_MAX + 1];
        uint64_t id;
        int r = 0;

        for (; *text && r >= 0; text += strspn(text, " \t\n")) {
                size_t n = strcspn(text, " \t\n");

                if (n == 0)
                        continue;
                (void) snprintf(line, sizeof(line), "%.*s", (int) n, text);
                r = n >= sizeof(line) ? -EINVAL : workshop_id_from_person(line, &id);
                if (r < 0)
                        (void) snprintf(bad, bad_size, "%s", line);
                else
                        r = list_add(list, id);
                text += n;
        }
        return r;
}

static int add_items(Request *request, DefinitionSource *source) {
        const char *typed = request_field(request, "items");
        char bad[DEFINITION_DESCRIPTION_MAX + 1], text[DEFINITION_DESCRIPTION_MAX + 256];
        _cleanup_free_ List *list = calloc(1, sizeof(*list));
        int r;

        if (!list)
                return -ENOMEM;
        list_of(source->definition->items, list);
        r = add_lines(typed ? typed : "", list, bad, sizeof(bad));
        if (r == -EINVAL) {
                (void) snprintf(
                        text, sizeof(text),
                        _("'%s' is not an id or the address of an item or a collection of the Steam Workshop."),
                        bad);
                return refuse(request, text);
        }
        if (r == -E2BIG) {
                (void) snprintf(
                        text, sizeof(text),
                        _("An overlay can name %d items and collections. Put them into a collection, or into another overlay."),
                        DEFINITION_ITEMS_MAX);
                return refuse(request, text);
        }
        if (list->n == 0)
                return refuse(request, _("Type an id or an address."));
        r = edit_list(source, "items", list);
        return save_edited(request, source, r, _("Saved. Build the overlay to get the items."));
}

/* One text less in a list. */
static int remove_from(
        Request *request, DefinitionSource *source, const char *key, char *const *texts) {
        const char *item = request_field(request, "item");
        _cleanup_free_ List *list = calloc(1, sizeof(*list));

        if (!list)
                return -ENOMEM;
        if (!item)
                return refuse(request, _("Type an id or an address."));
        list_of(texts, list);
        list_remove(list, item);
        return save_edited(
                request, source, edit_list(source, key, list),
                _("Saved. The next build makes a version of it."));
}

static int remove_item(Request *request, DefinitionSource *source) {
        return remove_from(request, source, "items", source->definition->items);
}

static int include_item(Request *request, DefinitionSource *source) {
        return remove_from(request, source, "exclude", source->definition->exclude);
}

static int exclude_item(Request *request, DefinitionSource *source) {
        const char *item = request_field(request, "item");
        _cleanup_free_ List *list = calloc(1, sizeof(*list));
        uint64_t id;
        int r;

        if (!list)
                return -ENOMEM;
        if (!item || workshop_id_from_person(item, &id) < 0)
                return refuse(request, _("Type an id or an address."));
        list_of(source->definition->exclude, list);
        r = list_add(list, id);
        if (r == -E2BIG)
                return refuse(request, _("No more items can be left out."));
        return save_edited(
                request, source, edit_list(source, "exclude", list),
                _("Saved. The next build makes a version without the item."));
}

static int set_refresh(Request *request, DefinitionSource *source) {
        const char *value = request_field(request, "refresh");
        bool is_daily = value && strcmp(value, "daily") == 0;
        int r = definition_source_edit(
                source, "refresh", (const char *[]) { is_daily ? "daily" : "never", NULL });

        return save_edited(
                request, source, r,
                is_daily ? _("The overlay is built every night.")
                         : _("The overlay is built only when a person does it."));
}

static int make_workshop(Request *request, DefinitionSource *source) {
        int r = definition_source_edit(source, "kind", (const char *[]) { "workshop", NULL });

        return save_edited(
                request, source, r, _("Saved. Now add items or collections of the Workshop."));
}

static const struct {
        const char *name;
        int (*run)(Request *request, DefinitionSource *source);
        OverlayKind kind;
} forms[] = {
        { "add", add_items, OVERLAY_WORKSHOP },
        { "remove", remove_item, OVERLAY_WORKSHOP },
        { "exclude", exclude_item, OVERLAY_WORKSHOP },
        { "include", include_item, OVERLAY_WORKSHOP },
        { "refresh", set_refresh, OVERLAY_WORKSHOP },
        { "make", make_workshop, OVERLAY_FILES },
};

int post_overlay_workshop(Request *request) {
        _cleanup_(definition_source_done) DefinitionSource source = DEFINITION_SOURCE_INIT;
        const char *name = request_field(request, "do");
        size_t i = 0;
        int r;

        r = definition_source_read(request, &source);
        if (r <= 0)
                return r;
        while (i < ELEMENTSOF(forms) && (!name || strcmp(forms[i].name, name) != 0))
                i++;
        if (i == ELEMENTSOF(forms))
                return answer_error(request, 400, NULL);
        if (!source.definition || source.definition->kind != forms[i].kind ||
            (forms[i].kind == OVERLAY_FILES && source.has_files))
                return answer_failed(
                        request, 409,
                        _("The overlay is not what this page showed. Look at it again."), NULL,
                        page_overlay_workshop);
        return forms[i].run(request, &source);
}
