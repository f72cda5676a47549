/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/login.h"

#include <string.h>
#include <sys/random.h>

#include "app/answer.h"
#include "auth/login-limit.h"
#include "auth/session.h"
#include "auth/text-equal.h"
#include "auth/users.h"
#include "base/name.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/time-text.h"
#include "http/connection.h"
#include "http/response.h"

enum { FORM_TOKEN_SIZE = 16, FORM_TOKEN_DIGITS = 2 * FORM_TOKEN_SIZE, COOKIE_MAX = 256 };

/* Behind HTTPS the browser itself refuses a cookie of these names from anybody else. */
static const char *session_cookie(const Request *request) {
        return request->web->config->behind_https ? "__Host-left4me" : "left4me";
}

static const char *form_cookie(const Request *request) {
        return request->web->config->behind_https ? "__Host-left4me-form" : "left4me-form";
}

/* value "": the browser forgets it. */
static int set_cookie(Request *request, const char *name, const char *value) {
        char text[COOKIE_MAX];

        (void) snprintf(
                text, sizeof(text), "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", name, value,
                value[0] ? "" : "; Max-Age=0",
                request->web->config->behind_https ? "; Secure" : "");
        return http_response_header(&request->http, "Set-Cookie", text);
}

static const char *get_cookie(const Request *request, const char *name) {
        return http_request_cookie(&request->http, name);
}

/* The table of users may reuse that place for another user: each request has its own copy. */
static void set_user(Request *request, Session *session, const WebUser *user) {
        request->user_copy = *user;
        request->user_copy.password = NULL;
        request->user = &request->user_copy;
        request->session = session;
}

void login_identify(Request *request) {
        Web *web = request->web;
        const char *token;
        uint64_t now;
        Session *session;

        /* Its token is not in the request yet. */
        if (request->session_is_new)
                return;
        request->session = NULL;
        request->user = NULL;
        token = get_cookie(request, session_cookie(request));
        if (!token)
                return;

        now = sessions_now();
        session = sessions_find(web->sessions, token, now);
        if (!session)
                return;

        const WebUser *user = users_find(web->users, session->user);

        /* Another password, another role, or no such user any more. */
        if (!user || !user_identity_equal(&user->identity, &session->identity)) {
                sessions_destroy(web->sessions, session);
                return;
        }
        sessions_touch(web->sessions, session, now);
        set_user(request, session, user);
}

int login_begin(Request *request, const WebUser *user) {
        Sessions *sessions = request->web->sessions;
        char token[SESSION_TOKEN_MAX], before[sizeof(request->session->id)] = "";
        uint64_t now = sessions_now();
        Session *session;
        int r;

        /* The present session may be the one that has to make room for the new one. */
        if (request->session)
                memcpy(before, request->session->id, sizeof(before));
        r = sessions_create(sessions, user, now, token, &session);
        request->session = sessions_find_id(sessions, before, now);
        if (r < 0)
                return r;
        r = set_cookie(request, session_cookie(request), token);
        explicit_bzero(token, sizeof(token));
        if (r < 0) {
                sessions_destroy(sessions, session);
                return r;
        }

        if (request->session)
                sessions_destroy(sessions, request->session);
        set_user(request, session, user);
        request->session_is_new = true;
        return 0;
}

int login_end(Request *request) {
        if (request->session)
                sessions_destroy(request->web->sessions, request->session);
        request->session = NULL;
        request->user = NULL;
        return set_cookie(request, session_cookie(request), "");
}

/* --- the form before a login ------------------------------------------------------------------ */

static void hash_form_token(const char *token, char ret[static 33]) {
        char text[SHA256_TEXT_MAX];

        sha256_text(token, strlen(token), text);
        memcpy(ret, text, 32);
        ret[32] = '\0';
}

int login_prepare_form(Request *request) {
        const char *token = get_cookie(request, form_cookie(request));
        uint8_t random[FORM_TOKEN_SIZE];
        char fresh[FORM_TOKEN_DIGITS + 1];

        if (token && hex_is_valid(token, FORM_TOKEN_DIGITS)) {
                hash_form_token(token, request->csrf);
                return 0;
        }

        if (getrandom(random, sizeof(random), 0) != sizeof(random))
                return -EIO;
        hex_encode(random, sizeof(random), fresh);
        hash_form_token(fresh, request->csrf);
        return set_cookie(request, form_cookie(request), fresh);
}

HasherClient login_client(const Request *request) {
        const HttpConnection *c = request->http.connection;
        const char *network = request_network(request);

        /* A tunnel or a proxy on this host speaks for many. */
        return (HasherClient) {
                .address = c->is_local && strcmp(request_address(request), c->address) == 0
                                   ? NULL
                                   : network,
                .is_known = login_limits_is_known(request->web->limits, network, now_monotonic()),
        };
}

int login_answer_busy(Request *request, RouteHandler again) {
        return answer_busy(request, _("Too many logins right now. Try again."), NULL, again);
}

bool login_form_is_ours(const Request *request) {
        const char *token = get_cookie(request, form_cookie(request));
        const char *field = request_field(request, "csrf");
        char hash[33];

        if (!token || !field || !hex_is_valid(token, FORM_TOKEN_DIGITS))
                return false;
        hash_form_token(token, hash);
        return text_equal(hash, field);
}
