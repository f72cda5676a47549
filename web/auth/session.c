/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "auth/session.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>

#include "auth/session-file.h"
#include "base/sha256.h"
#include "base/time-text.h"

enum { TOKEN_SIZE = 32, CSRF_SIZE = 16, BUCKETS = 1024 };

#define TOUCH_INTERVAL (60 * USEC_PER_SEC)

typedef struct SessionNode {
        Session session; /* first: one is the other */
        struct SessionNode *next;
} SessionNode;

struct Sessions {
        int directory_fd;
        size_t n;
        SessionNode *buckets[BUCKETS];
        void (*ended)(void *userdata);
        void *userdata;
};

/* The id is a cryptographic hash: any part of it spreads. */
static SessionNode **bucket_of(Sessions *sessions, const char *id) {
        unsigned n = 0;

        for (size_t i = 0; i < 4 && id[i]; i++)
                n = n * 31 + (unsigned char) id[i];
        return &sessions->buckets[n % BUCKETS];
}

static Session *find(Sessions *sessions, const char *id) {
        for (SessionNode *node = *bucket_of(sessions, id); node; node = node->next)
                if (strcmp(node->session.id, id) == 0)
                        return &node->session;
        return NULL;
}

static Session *insert(Sessions *sessions, const Session *session) {
        SessionNode *node = calloc(1, sizeof(*node));
        SessionNode **bucket = bucket_of(sessions, session->id);

        if (!node)
                return NULL;
        node->session = *session;
        node->next = *bucket;
        *bucket = node;
        sessions->n++;
        return &node->session;
}

uint64_t sessions_now(void) {
        return UINT64_C(365) * 24 * 3600 * USEC_PER_SEC + now_boottime();
}

static bool is_over(const Session *session, uint64_t now) {
        /* A time that is yet to come is not a session's. */
        return now < session->created || now - session->created >= SESSION_AGE_MAX ||
               now < session->used || now - session->used >= SESSION_IDLE_MAX;
}

static int on_file(const Session *session, void *userdata) {
        Sessions *sessions = userdata;

        if (is_over(session, sessions_now()) || sessions->n >= SESSIONS_MAX)
                return 0;
        return insert(sessions, session) ? 1 : -ENOMEM;
}

int sessions_open(const char *directory, Sessions **ret) {
        _cleanup_(sessions_freep) Sessions *sessions = calloc(1, sizeof(*sessions));
        int r;

        if (!sessions)
                return -ENOMEM;
        sessions->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (sessions->directory_fd < 0)
                return -errno;

        r = session_files_read(sessions->directory_fd, on_file, sessions);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(sessions);
        return 0;
}

Session *sessions_find(Sessions *sessions, const char *token, uint64_t now) {
        char id[SHA256_TEXT_MAX];

        if (strlen(token) != SESSION_TOKEN_MAX - 1)
                return NULL;
        /* Looking a hash up tells nothing about the token by the time it takes. */
        sha256_text(token, SESSION_TOKEN_MAX - 1, id);
        return sessions_find_id(sessions, id, now);
}

Session *sessions_find_id(Sessions *sessions, const char *id, uint64_t now) {
        Session *session = find(sessions, id);

        if (session && is_over(session, now)) {
                sessions_destroy(sessions, session);
                return NULL;
        }
        return session;
}

/* The session unused for longest: of the user, or of all when user is NULL. */
static Session *find_stalest(Sessions *sessions, const char *user, size_t *ret_n) {
        Session *stalest = NULL;

        *ret_n = 0;
        for (size_t i = 0; i < BUCKETS; i++)
                for (SessionNode *node = sessions->buckets[i]; node; node = node->next) {
                        if (user && strcmp(node->session.user, user) != 0)
                                continue;
                        (*ret_n)++;
                        if (!stalest || node->session.used < stalest->used)
                                stalest = &node->session;
                }
        return stalest;
}

static void make_room(Sessions *sessions, const char *user) {
        Session *stalest;
        size_t n;

        stalest = find_stalest(sessions, user, &n);
        if (n >= SESSIONS_OF_USER_MAX)
                sessions_destroy(sessions, stalest);
        if (sessions->n < SESSIONS_MAX)
                return;
        stalest = find_stalest(sessions, NULL, &n);
        if (stalest)
                sessions_destroy(sessions, stalest);
}

int sessions_create(
        Sessions *sessions, const WebUser *user, uint64_t now, char ret_token[SESSION_TOKEN_MAX],
        Session **ret) {
        Session session = { .identity = user->identity, .created = now, .used = now };
        uint8_t token[TOKEN_SIZE], csrf[CSRF_SIZE];
        Session *kept;
        int r;

        if (getrandom(token, sizeof(token), 0) != sizeof(token) ||
            getrandom(csrf, sizeof(csrf), 0) != sizeof(csrf))
                return -EIO;
        hex_encode(token, sizeof(token), ret_token);
        hex_encode(csrf, sizeof(csrf), session.csrf);
        sha256_text(ret_token, SESSION_TOKEN_MAX - 1, session.id);
        (void) snprintf(session.user, sizeof(session.user), "%s", user->name);

        make_room(sessions, user->name);
        session.used_written = now;
        r = session_file_write(sessions->directory_fd, &session);
        if (r < 0)
                return r;
        kept = insert(sessions, &session);
        if (!kept) {
                session_file_remove(sessions->directory_fd, session.id);
                return -ENOMEM;
        }

        *ret = kept;
        return 0;
}

void sessions_destroy(Sessions *sessions, Session *session) {
        SessionNode **p = bucket_of(sessions, session->id);

        while (*p && &(*p)->session != session)
                p = &(*p)->next;
        if (!*p)
                return;

        SessionNode *node = *p;

        *p = node->next;
        sessions->n--;
        session_file_remove(sessions->directory_fd, session->id);
        explicit_bzero(node, sizeof(*node));
        free(node);
        if (sessions->ended)
                sessions->ended(sessions->userdata);
}

void sessions_listen(Sessions *sessions, void (*ended)(void *userdata), void *userdata) {
        sessions->ended = ended;
        sessions->userdata = userdata;
}

void sessions_destroy_user(Sessions *sessions, const char *user) {
        for (size_t i = 0; i < BUCKETS; i++)
                for (SessionNode *node = sessions->buckets[i], *next; node; node = next) {
                        next = node->next;
                        if (strcmp(node->session.user, user) == 0)
                                sessions_destroy(sessions, &node->session);
                }
}

void sessions_touch(Sessions *sessions, Session *session, uint64_t now) {
        session->used = now;
        if (now - session->used_written < TOUCH_INTERVAL)
                return;
        session->used_written = now;
        session_file_touch(sessions->directory_fd, session->id, now);
}

int sessions_save(Sessions *sessions, const Session *session) {
        return session_file_write(sessions->directory_fd, session);
}

size_t sessions_count(const Sessions *sessions) {
        return sessions->n;
}

Sessions *sessions_free(Sessions *sessions) {
        if (!sessions)
                return NULL;
        for (size_t i = 0; i < BUCKETS; i++)
                for (SessionNode *node = sessions->buckets[i], *next; node; node = next) {
                        next = node->next;
                        free(node);
                }
        (void) safe_close(sessions->directory_fd);
        free(sessions);
        return NULL;
}
