/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "content/workshop-reply.h"

#define DETAILS(entries)     "{\"response\":{\"publishedfiledetails\":[" entries "]}}"
#define COLLECTIONS(entries) "{\"response\":{\"collectiondetails\":[" entries "]}}"
#define GOOD                                                                                      \
        "\"result\":1,\"consumer_app_id\":550,\"file_url\":\"http://h/x\",\"time_updated\":1700," \
        "\"title\":\"T\""

static void assert_state(const char *members, WorkshopState state) {
        _cleanup_free_ char *text = NULL;
        WorkshopItem *items = NULL;
        size_t n = 0;

        cr_assert_gt(asprintf(&text, DETAILS("{\"publishedfileid\":\"5\",%s}"), members), 0);
        cr_assert_eq(workshop_details_parse(text, strlen(text), &items, &n), 0, "%s", text);
        cr_assert_eq(n, 1);
        cr_expect_eq(
                items[0].state, state, "%s: %s", members, workshop_state_to_string(items[0].state));
        cr_expect_eq(items[0].url != NULL, state == WORKSHOP_OK, "%s", members);
        cr_expect_eq(items[0].problem == NULL, state == WORKSHOP_OK, "%s", members);
        workshop_items_free(items, n);
}

Test(workshop_reply, an_item) {
        static const char text[] =
                DETAILS("{\"publishedfileid\":\"5\"," GOOD ",\"file_size\":\"5000000000\"}");
        WorkshopItem *items = NULL;
        size_t n = 0;

        cr_assert_eq(workshop_details_parse(text, strlen(text), &items, &n), 0);
        cr_assert_eq(n, 1);
        cr_assert(items[0].id == 5 && items[0].size == 5000000000 && items[0].updated == 1700);
        cr_assert_str_eq(items[0].title, "T");
        cr_assert_str_eq(items[0].url, "http://h/x");
        workshop_items_free(items, n);
}

Test(workshop_reply, items_that_cannot_be_downloaded) {
        assert_state(GOOD ",\"file_size\":7", WORKSHOP_OK);
        assert_state(GOOD ",\"file_size\":7,\"file_type\":0", WORKSHOP_OK);
        assert_state("\"result\":9", WORKSHOP_MISSING);
        assert_state("\"result\":15", WORKSHOP_MISSING);
        assert_state("\"result\":2", WORKSHOP_FAILED);
        assert_state("\"result\":\"x\"", WORKSHOP_FAILED);
        assert_state("\"result\":1,\"consumer_app_id\":730", WORKSHOP_NOT_FOR_GAME);
        assert_state("\"result\":1", WORKSHOP_NOT_FOR_GAME);
        assert_state(GOOD ",\"file_size\":7,\"file_type\":2", WORKSHOP_NOT_FOR_GAME);
        assert_state(
                "\"result\":1,\"consumer_app_id\":550,\"file_url\":\"\"",
                WORKSHOP_NEEDS_OTHER_SOURCE);
        assert_state("\"result\":1,\"consumer_app_id\":550", WORKSHOP_NEEDS_OTHER_SOURCE);
        assert_state(
                "\"result\":1,\"consumer_app_id\":550,\"file_url\":\"file:///etc/passwd\"",
                WORKSHOP_FAILED);
        assert_state(
                "\"result\":1,\"consumer_app_id\":550,\"file_url\":\"http://h/a b\"",
                WORKSHOP_FAILED);
        assert_state(GOOD, WORKSHOP_FAILED);
        assert_state(GOOD ",\"file_size\":-1", WORKSHOP_FAILED);
        assert_state(GOOD ",\"file_size\":\"1e9\"", WORKSHOP_FAILED);
        assert_state(GOOD ",\"file_size\":99999999999999", WORKSHOP_FAILED);
}

Test(workshop_reply, a_title_is_one_visible_line) {
        static const char text[] =
                DETAILS("{\"publishedfileid\":\"5\",\"title\":\"a\\nb\\u001b[31m\\u202e\"}");
        WorkshopItem *items = NULL;
        size_t n = 0;

        cr_assert_eq(workshop_details_parse(text, strlen(text), &items, &n), 0);
        cr_assert_str_eq(items[0].title, "a b\\x1b[31m\\u202e");
        workshop_items_free(items, n);
}

Test(workshop_reply, entries_without_an_id_are_left_out) {
        static const char text[] = DETAILS(
                "{},[],null,7,{\"publishedfileid\":\"x\"},{\"publishedfileid\":0},{\"publishedfileid\":3}");
        WorkshopItem *items = NULL;
        size_t n = 0;

        cr_assert_eq(workshop_details_parse(text, strlen(text), &items, &n), 0);
        cr_assert_eq(n, 1);
        cr_assert_eq(items[0].id, 3);
        workshop_items_free(items, n);
}

Test(workshop_reply, collections) {
        static const char text[] = COLLECTIONS(
                "{\"publishedfileid\":\"1\",\"result\":1,\"children\":[{\"publishedfileid\":\"2\",\"filetype\":0},"
                "{\"publishedfileid\":\"3\",\"filetype\":2},{\"filetype\":2}]},"
                "{\"publishedfileid\":\"4\",\"result\":9},{\"publishedfileid\":\"5\",\"result\":1},"
                "{\"publishedfileid\":\"6\",\"result\":2}");
        WorkshopCollection *c = NULL;
        size_t n = 0;

        cr_assert_eq(workshop_collections_parse(text, strlen(text), &c, &n), 0);
        cr_assert_eq(n, 4);
        cr_assert(c[0].is_collection && c[0].n_children == 2);
        cr_assert(c[0].children[0].id == 2 && !c[0].children[0].is_collection);
        cr_assert(c[0].children[1].id == 3 && c[0].children[1].is_collection);
        cr_assert(!c[1].is_collection && !c[1].is_unknown);
        cr_assert(!c[2].is_collection && !c[2].is_unknown);
        cr_assert(!c[3].is_collection && c[3].is_unknown);
        workshop_collections_free(c, n);
}

Test(workshop_reply, anything_else_is_refused) {
        static const char *const bad[] = {
                "",
                "x",
                "<html>",
                "[]",
                "{}",
                "{\"response\":[]}",
                "{\"response\":{}}",
                "{\"response\":{\"publishedfiledetails\":{}}}",
                "{\"response\":{\"publishedfiledetails\":[}}",
        };
        WorkshopItem *items = NULL;
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_eq(
                        workshop_details_parse(bad[i], strlen(bad[i]), &items, &n), -EBADMSG, "%s",
                        bad[i]);
        cr_expect_eq(workshop_details_parse("{}\0x", 4, &items, &n), -EBADMSG);
}
