/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Reads for a page what may take long, in a thread while the request waits, so other requests go
 * on. This is for the journal; pages read most other things by a run of l4d2ctl (app/query.h).
 */

#include "app/request.h"

typedef struct Reading {
        /* In a thread, see threads/worker.h. The request stays as it is meanwhile: its query, its
         * parameters and its user may be read. Steps in a journal end when the web app does. */
        int (*read)(void *data);
        /* Answers, as a RouteHandler, when the user still has the rights of the route. error: 0, or
         * the one of read(). */
        int (*show)(Request *request, void *data, int error);
        void (*free)(void *data);
        /* For a page with something else to say: show() is called with -ECANCELED when the reading
         * was ended or there are too many, and not 503 answered. */
        bool shows_without;
} Reading;

enum {
        READING_THREADS = 2,
        READINGS_MAX = 32,        /* waiting and running */
        READINGS_OF_USER_MAX = 8, /* of these, for one user */
};

/* Takes the data over, also when it fails. When there are too many, answers that. */
int reading_run(Request *request, const Reading *reading, void *data) _must_check_;

/* For show(), which returns it: answers that the journal may not be read, or returns the error. */
int reading_answer_error(Request *request, int error) _must_check_;
