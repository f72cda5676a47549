/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/workshop-reply.h"

#include <string.h>
#include <systemd/sd-json.h>

#include "base/json.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/visible-text.h"
#include "content/workshop-id.h"

enum {
        ENTRIES_MAX = 10 * WORKSHOP_BATCH,
        CHILDREN_MAX = 20000,
        URL_MAX = 2048,
        /* The Workshop's results. */
        RESULT_OK = 1,
        RESULT_NOT_FOUND = 9,
        RESULT_DENIED = 15,
        /* Its types of files. */
        FILE_COLLECTION = 2,
};

const char *workshop_state_to_string(WorkshopState state) {
        static const char *const names[] = {
                [WORKSHOP_OK] = "ok",
                [WORKSHOP_MISSING] = "missing",
                [WORKSHOP_NEEDS_OTHER_SOURCE] = "needs-other-source",
                [WORKSHOP_NOT_FOR_GAME] = "not-for-game",
                [WORKSHOP_FAILED] = "failed",
        };

        return names[state];
}

/* --- values
 * --------------------------------------------------------------------------------------- */

/* A member of an object; NULL for anything else. */
static sd_json_variant *member(sd_json_variant *object, const char *key) {
        return sd_json_variant_is_object(object) ? sd_json_variant_by_key(object, key) : NULL;
}

/* A number that is written as a number or as a text of digits. */
static bool number_member(sd_json_variant *object, const char *key, uint64_t *ret) {
        sd_json_variant *value = member(object, key);
        const char *text;

        if (!value)
                return false;
        if (sd_json_variant_is_unsigned(value)) {
                *ret = sd_json_variant_unsigned(value);
                return true;
        }
        text = json_text(object, key);
        if (!text)
                return false;
        if (strcmp(text, "0") == 0)
                *ret = 0;
        /* Ids have the same form. */
        return strcmp(text, "0") == 0 || workshop_id_parse(text, ret) >= 0;
}

static bool id_member(sd_json_variant *object, uint64_t *ret) {
        uint64_t id = 0;

        if (!number_member(object, "publishedfileid", &id) || id == 0)
                return false;
        *ret = id;
        return true;
}

/* One line that shows everything in it. */
static char *make_title(const char *text) {
        char line[WORKSHOP_TITLE_MAX + 1], visible[VISIBLE_TEXT_MAX(WORKSHOP_TITLE_MAX)];
        size_t n = 0, step;
        uint32_t character;

        if (!text)
                return strdup("");
        while (text[n] && (step = utf8_decode(text + n, strlen(text + n), &character)) > 0) {
                if (n + step > WORKSHOP_TITLE_MAX)
                        break;
                memcpy(line + n, text + n, step);
                if (line[n] == '\n' || line[n] == '\t')
                        line[n] = ' ';
                n += step;
        }
        (void) visible_text(line, n, visible);
        return strdup(visible);
}

static bool url_is_usable(const char *url) {
        if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
                return false;
        for (const char *p = url; *p; p++)
                if (*p <= ' ' || *p >= 0x7f)
                        return false;
        return strlen(url) <= URL_MAX;
}

/* --- answers
 * -------------------------------------------------------------------------------------- */

typedef struct Answer {
        sd_json_variant *root;
        sd_json_variant *entries; /* an array, borrowed from it */
        size_t n;
} Answer;

static void answer_done(Answer *answer) {
        sd_json_variant_unref(answer->root);
}

/* Finds the array with this name in the response. */
static int answer_read(const char *text, size_t size, const char *array, Answer *ret) {
        sd_json_variant *root = NULL, *entries;
        int r;

        r = json_parse(text, size, &root);
        if (r < 0)
                return r;
        entries = member(member(root, "response"), array);
        if (!entries || !sd_json_variant_is_array(entries) ||
            sd_json_variant_elements(entries) > ENTRIES_MAX) {
                sd_json_variant_unref(root);
                return -EBADMSG;
        }
        *ret = (Answer) { root, entries, sd_json_variant_elements(entries) };
        return 0;
}

/* --- items
 * ---------------------------------------------------------------------------------------- */

static void refuse(WorkshopItem *item, WorkshopState state, const char *problem) {
        item->state = state;
        item->problem = problem;
}

/* Whether the Workshop has it, for this game. */
static bool item_is_ours(WorkshopItem *item, sd_json_variant *entry) {
        uint64_t result = 0, app = 0, type = 0;

        (void) number_member(entry, "result", &result);
        (void) number_member(entry, "consumer_app_id", &app);
        (void) number_member(entry, "file_type", &type);
        item->is_collection = type == FILE_COLLECTION;
        if (result == RESULT_NOT_FOUND || result == RESULT_DENIED)
                refuse(item, WORKSHOP_MISSING, N_("removed from the Workshop, or hidden"));
        else if (result != RESULT_OK)
                refuse(item, WORKSHOP_FAILED, N_("the Workshop gives no details of it now"));
        else if (app != WORKSHOP_APP)
                refuse(item, WORKSHOP_NOT_FOR_GAME, N_("made for another game"));
        else if (item->is_collection)
                refuse(item, WORKSHOP_NOT_FOR_GAME, N_("an empty collection"));
        else
                return true;
        return false;
}

/* Whether its file can be downloaded. */
static bool file_is_usable(WorkshopItem *item, const char *url) {
        if (!url || *url == '\0')
                refuse(item, WORKSHOP_NEEDS_OTHER_SOURCE,
                       N_("only Steam itself can download it: add its file by hand"));
        else if (!url_is_usable(url))
                refuse(item, WORKSHOP_FAILED, N_("the address of its file is invalid"));
        else if (item->size == 0 || item->size > WORKSHOP_ITEM_SIZE_MAX)
                refuse(item, WORKSHOP_FAILED, N_("the size of its file is invalid"));
        else if (item->updated == 0 || item->updated > INT32_MAX * UINT64_C(8))
                refuse(item, WORKSHOP_FAILED, N_("the time of its last change is invalid"));
        else
                return true;
        return false;
}

static int item_read(sd_json_variant *entry, uint64_t id, WorkshopItem *ret) {
        WorkshopItem item = { .id = id };
        const char *url = json_text(entry, "file_url");

        (void) number_member(entry, "file_size", &item.size);
        (void) number_member(entry, "time_updated", &item.updated);
        item.title = make_title(json_text(entry, "title"));
        if (!item.title)
                return -ENOMEM;
        if (item_is_ours(&item, entry) && file_is_usable(&item, url)) {
                item.url = strdup(url);
                if (!item.url) {
                        workshop_item_done(&item);
                        return -ENOMEM;
                }
        }
        *ret = item;
        return 0;
}

int workshop_details_parse(const char *text, size_t size, WorkshopItem **ret, size_t *ret_n) {
        _cleanup_(answer_done) Answer answer = {};
        WorkshopItem *items;
        size_t n = 0;
        uint64_t id;
        int r;

        r = answer_read(text, size, "publishedfiledetails", &answer);
        if (r < 0)
                return r;
        items = calloc(answer.n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        for (size_t i = 0; i < answer.n; i++) {
                sd_json_variant *entry = sd_json_variant_by_index(answer.entries, i);

                if (!id_member(entry, &id))
                        continue;
                r = item_read(entry, id, &items[n]);
                if (r < 0) {
                        workshop_items_free(items, n);
                        return r;
                }
                n++;
        }
        *ret = items;
        *ret_n = n;
        return 0;
}

void workshop_item_done(WorkshopItem *item) {
        free(item->title);
        free(item->url);
        item->title = item->url = NULL;
}

void workshop_items_free(WorkshopItem *items, size_t n) {
        for (size_t i = 0; i < n; i++)
                workshop_item_done(&items[i]);
        free(items);
}

/* --- collections
 * ---------------------------------------------------------------------------------- */

static int children_read(sd_json_variant *array, WorkshopCollection *collection) {
        size_t n = sd_json_variant_elements(array);
        uint64_t type, id;

        if (n > CHILDREN_MAX)
                return -EBADMSG;
        collection->children = calloc(n + 1, sizeof(*collection->children));
        if (!collection->children)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                sd_json_variant *child = sd_json_variant_by_index(array, i);

                if (!id_member(child, &id))
                        continue;
                type = 0;
                (void) number_member(child, "filetype", &type);
                collection->children[collection->n_children++] =
                        (WorkshopChild) { id, type == FILE_COLLECTION };
        }
        return 0;
}

static int collection_read(sd_json_variant *entry, WorkshopCollection *collection) {
        sd_json_variant *children = member(entry, "children");
        uint64_t result = 0;

        (void) number_member(entry, "result", &result);
        collection->is_removed = result == RESULT_NOT_FOUND || result == RESULT_DENIED;
        collection->is_unknown = result != RESULT_OK && !collection->is_removed;
        if (result != RESULT_OK || !children || !sd_json_variant_is_array(children))
                return 0;
        collection->is_collection = true;
        return children_read(children, collection);
}

int workshop_collections_parse(
        const char *text, size_t size, WorkshopCollection **ret, size_t *ret_n) {
        _cleanup_(answer_done) Answer answer = {};
        WorkshopCollection *collections;
        size_t n = 0;
        int r;

        r = answer_read(text, size, "collectiondetails", &answer);
        if (r < 0)
                return r;
        collections = calloc(answer.n + 1, sizeof(*collections));
        if (!collections)
                return -ENOMEM;
        for (size_t i = 0; i < answer.n; i++) {
                sd_json_variant *entry = sd_json_variant_by_index(answer.entries, i);

                if (!id_member(entry, &collections[n].id))
                        continue;
                r = collection_read(entry, &collections[n]);
                n++;
                if (r < 0) {
                        workshop_collections_free(collections, n);
                        return r;
                }
        }
        *ret = collections;
        *ret_n = n;
        return 0;
}

void workshop_collections_free(WorkshopCollection *collections, size_t n) {
        for (size_t i = 0; i < n; i++)
                free(collections[i].children);
        free(collections);
}
