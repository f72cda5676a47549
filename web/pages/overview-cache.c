/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/overview-cache.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "app/answer.h"
#include "http/response.h"
#include "servers/servers.h"
#include "auth/session.h"
#include "time-text.h"

enum { OVERVIEWS_KEPT = 8 };

typedef struct KeptOverview {
        struct MHD_Response *response; /* NULL: none */
        char session[sizeof(((Session *) NULL)->id)];
        uint64_t generation;
        uint64_t time; /* CLOCK_MONOTONIC in µs */
} KeptOverview;

struct OverviewCache {
        KeptOverview overviews[OVERVIEWS_KEPT];
};

OverviewCache *overview_cache_new(void) {
        return calloc(1, sizeof(OverviewCache));
}

bool overview_is_plain(const Request *request) {
        return request->session && request->session->notice[0] == '\0' && !request->error &&
               !request->http.headers && !request->http.is_waiting && !request_is_api(request) &&
               request->http.query_text[0] == '\0';
}

/* Where a session's has its place: ids are hashes. */
static size_t place(const Request *request) {
        return (unsigned char) request->session->id[0] % OVERVIEWS_KEPT;
}

bool overview_cache_answer(const OverviewCache *cache, Request *request) {
        const KeptOverview *kept = &cache->overviews[place(request)];

        return kept->response && strcmp(kept->session, request->session->id) == 0 &&
               kept->generation == servers_generation(request->web->servers) &&
               now_monotonic() - kept->time < OVERVIEW_AGE_MAX &&
               http_response_shared(&request->http, MHD_HTTP_OK, kept->response) >= 0;
}

static void forget(KeptOverview *kept) {
        if (kept->response)
                MHD_destroy_response(kept->response);
        *kept = (KeptOverview) {};
}

void overview_cache_keep(OverviewCache *cache, Request *request, uint64_t generation) {
        KeptOverview *kept = &cache->overviews[place(request)];

        forget(kept);
        *kept = (KeptOverview) {
                .response = request->http.response,
                .generation = generation,
                .time = now_monotonic(),
        };
        memcpy(kept->session, request->session->id, sizeof(kept->session));
        request->http.response_is_shared = true;
}

OverviewCache *overview_cache_free(OverviewCache *cache) {
        if (!cache)
                return NULL;
        for (size_t i = 0; i < OVERVIEWS_KEPT; i++)
                forget(&cache->overviews[i]);
        free(cache);
        return NULL;
}
