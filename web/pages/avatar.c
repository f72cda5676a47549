/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* /avatar/STEAMID64?token=…: the picture of a player. */

#include "pages/avatar.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <string.h>

#include "app/answer.h"
#include "auth/session.h"
#include "auth/text-equal.h"
#include "avatar/cache.h"
#include "avatar/players.h"
#include "base/sha256.h"
#include "http/response.h"
#include "pages/pages.h"

enum {
        TOKEN_DIGITS = 32,
        HREF_MAX = 96,
        ETAG_DIGITS = 32,
        KEPT_SEC = 3600, /* by browsers; the page is renewed every few seconds */
};

/* --- on pages -----------------------------------------------------------------------------------
 */

void avatars_open(const Request *request, Avatars *ret) {
        *ret = (Avatars) { request, avatar_cache_open(request->web->paths) };
}

void avatars_close(Avatars *avatars) {
        avatars->cache_fd = safe_close(avatars->cache_fd);
}

int avatars_add(const Avatars *avatars, sd_json_variant **model) {
        return sd_json_variant_set_field_boolean(model, "has_avatars", avatars->cache_fd >= 0);
}

/* Neither the session's secret nor the token of another player follows from it. */
static void make_token(
        const Request *request, uint64_t steam_id64, char ret[static TOKEN_DIGITS + 1]) {
        char text[SESSION_CSRF_MAX + 64], digest[SHA256_TEXT_MAX];
        int n;

        n = snprintf(text, sizeof(text), "avatar %s %" PRIu64, request->session->csrf, steam_id64);
        sha256_text(text, (size_t) n, digest);
        (void) snprintf(ret, TOKEN_DIGITS + 1, "%.*s", TOKEN_DIGITS, digest);
}

int avatar_add(const Avatars *avatars, uint64_t steam_id64, sd_json_variant **object) {
        char token[TOKEN_DIGITS + 1], href[HREF_MAX];

        if (avatars->cache_fd < 0 || !avatar_is_there(avatars->cache_fd, steam_id64))
                return sd_json_variant_set_fieldb(object, "avatar_href", SD_JSON_BUILD_NULL);
        make_token(avatars->request, steam_id64, token);
        (void) snprintf(href, sizeof(href), "/avatar/%" PRIu64 "?token=%s", steam_id64, token);
        return sd_json_variant_set_field_string(object, "avatar_href", href);
}

/* --- the picture --------------------------------------------------------------------------------
 */

/* Takes the picture. The type is ours, whatever the file is: it was checked to be that. */
static int answer_picture(Request *request, char *picture, size_t size) {
        char digest[SHA256_TEXT_MAX], etag[ETAG_DIGITS + 3];
        const char *known = request_header(request, "If-None-Match");
        int r;

        sha256_text(picture, size, digest);
        (void) snprintf(etag, sizeof(etag), "\"%.*s\"", ETAG_DIGITS, digest);
        r = http_response_header(&request->http, "ETag", etag);
        if (r < 0) {
                free(picture);
                return r;
        }
        if (!known || !strstr(known, etag))
                return http_response_kept(
                        &request->http, MHD_HTTP_OK, "image/jpeg", KEPT_SEC, picture, size);
        free(picture);
        return http_response_kept(
                &request->http, MHD_HTTP_NOT_MODIFIED, "image/jpeg", KEPT_SEC, NULL, 0);
}

int page_avatar(Request *request) {
        uint64_t id = avatar_id_parse(request_parameter(request, "player"));
        const char *given = request_query(request, "token");
        _cleanup_close_ int cache_fd = -EBADF;
        char token[TOKEN_DIGITS + 1];
        uint8_t *picture;
        size_t size;
        int r;

        make_token(request, id, token);
        if (!given || !text_equal(given, token))
                return answer_error(request, 404, NULL);
        cache_fd = avatar_cache_open(request->web->paths);
        r = cache_fd < 0 ? cache_fd : avatar_read(cache_fd, id, &picture, &size);
        if (r < 0)
                return r == -ENOMEM ? r : answer_error(request, 404, NULL);
        return answer_picture(request, (char *) picture, size);
}
