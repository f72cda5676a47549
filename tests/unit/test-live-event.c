/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "live/event.h"

Test(live_event, has_a_word_for_each_kind) {
        LiveEventKind kind;

        for (LiveEventKind i = 0; i < _LIVE_EVENT_KIND_MAX; i++) {
                cr_assert(live_event_kind_to_string(i));
                cr_assert_eq(live_event_kind_from_string(live_event_kind_to_string(i), &kind), 0);
                cr_assert_eq(kind, i);
        }
        cr_assert_null(live_event_kind_to_string(_LIVE_EVENT_KIND_MAX));
        cr_assert_eq(live_event_kind_from_string("", &kind), -EINVAL);
        cr_assert_eq(live_event_kind_from_string("Join", &kind), -EINVAL);
}

Test(live_event, reads_a_list_of_kinds) {
        static const char *const bad[] = { "", ",", "join,x", "join, leave", "Join" };
        uint32_t kinds = 0;

        cr_assert_eq(live_event_kinds_from_string("join", &kinds), 0);
        cr_assert_eq(kinds, 1U << LIVE_JOIN);
        cr_assert_eq(live_event_kinds_from_string("leave,gap,leave", &kinds), 0);
        cr_assert_eq(kinds, 1U << LIVE_LEAVE | 1U << LIVE_GAP);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_eq(live_event_kinds_from_string(bad[i], &kinds), -EINVAL, "%s", bad[i]);
}

Test(live_event, is_a_sentence) {
        char text[] = "3";
        LiveEvent event = { .instance = "1", .player = "Zoey", .map = "c1m1_hotel", .text = text };

        for (LiveEventKind kind = 0; kind < _LIVE_EVENT_KIND_MAX; kind++) {
                _cleanup_free_ char *sentence = NULL;

                event.kind = kind;
                cr_assert_eq(live_event_sentence(&event, &sentence), 0);
                cr_assert(strncmp(sentence, "1: ", 3) == 0 && strlen(sentence) > 8, "%s", sentence);
        }
}

static void expect_sentence(LiveEvent event, const char *expected) {
        _cleanup_free_ char *sentence = NULL;

        (void) strcpy(event.instance, "versus-1");
        cr_assert_eq(live_event_sentence(&event, &sentence), 0);
        cr_expect_str_eq(sentence, expected);
}

Test(live_event, says_only_what_is_known) {
        char text[] = "timed out";

        expect_sentence(
                (LiveEvent) { .kind = LIVE_LEAVE, .player = "Zoey" }, "versus-1: Zoey left");
        expect_sentence(
                (LiveEvent) { .kind = LIVE_LEAVE, .player = "Zoey", .text = text },
                "versus-1: Zoey left (timed out)");
        expect_sentence(
                (LiveEvent) { .kind = LIVE_BAN, .address = "198.51.100.7" },
                "versus-1: 198.51.100.7 was banned");
        expect_sentence(
                (LiveEvent) { .kind = LIVE_RESTART },
                "versus-1: it is restarted, because it hangs");
        expect_sentence(
                (LiveEvent) { .kind = LIVE_GAP },
                "versus-1: the journal lost lines before they were read");
}

Test(live_event, becomes_json) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        LiveEvent event = { .kind = LIVE_JOIN,
                            .instance = "1",
                            .at = 5,
                            .player = "Zoey",
                            .steam_id64 = UINT64_C(76561197960267728) };
        _cleanup_free_ char *text = NULL;

        cr_assert(live_event_to_json(&event, &object) >= 0);
        cr_assert(sd_json_variant_format(object, 0, &text) >= 0);
        cr_assert_str_eq(
                text, "{\"at_usec\":5,\"instance\":\"1\",\"kind\":\"join\",\"player\":\"Zoey\","
                      "\"steam_id64\":\"76561197960267728\",\"map\":null,\"address\":null,"
                      "\"text\":null,\"cursor\":null}");
}

static int never(LiveEvent *event _unused_, void *userdata _unused_) {
        return -ENOTSUP;
}

/* The unit tests run without a journal. */
Test(live_event, reads_no_events_without_a_journal) {
        LiveEventQuery query = { .limit = 1 };
        LiveEventsRest rest = { .has_more = true };

        cr_assert_eq(live_events_read(&query, never, NULL, &rest), 0);
        cr_assert_not(rest.has_more);
        cr_assert_null(rest.place);
        query.older_than = "x";
        cr_assert_eq(live_events_read(&query, never, NULL, &rest), -EINVAL);
}
