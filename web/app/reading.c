/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/reading.h"

#include "app/answer.h"
#include "app/dispatch.h"
#include "base/text.h"
#include "journal/step.h"
#include "threads/worker.h"

typedef struct Running {
        Request *request;
        const Reading *reading;
        void *data;
        const atomic_bool *stop_flag;
        int error;
        bool is_done;
} Running;

static Running *running_free(Running *running) {
        running->reading->free(running->data);
        free(running);
        return NULL;
}

static void read_data(void *userdata) {
        Running *running = userdata;

        journal_stop_steps_at(running->stop_flag);
        running->error = running->reading->read(running->data);
        journal_stop_steps_at(NULL);
}

static int show(Request *request, const void *userdata) {
        const Running *running = userdata;

        int error = running->is_done ? running->error : -ECANCELED;

        if (error == -ECANCELED && !running->reading->shows_without)
                return answer_error(request, 503, NULL);
        return running->reading->show(request, running->data, error);
}

static void on_done(bool is_done, void *userdata) {
        Running *running = userdata;

        running->is_done = is_done;
        request_continue(running->request, show, NULL, running);
        running_free(running);
}

/* For whom the readings count. */
static const char *owner_of(const Request *request) {
        return request->user ? request->user->name : request_network(request);
}

/* Whether one more fits for this user. */
static bool has_room(const Request *request) {
        const Worker *readers = request->web->readers;

        return worker_count(readers) < READINGS_MAX &&
               worker_count_of(readers, owner_of(request)) < READINGS_OF_USER_MAX;
}

int reading_answer_error(Request *request, int error) {
        return error == -EACCES
                       ? answer_error(
                                 request, 500,
                                 _("Can't read the journal: left4me-web is not in the group systemd-journal."))
                       : error;
}

int reading_run(Request *request, const Reading *reading, void *data) {
        Worker *readers = request->web->readers;
        Running *running = calloc(1, sizeof(*running));
        const WorkerTask task = {
                .owner = owner_of(request),
                .work = read_data,
                .done = on_done,
                .userdata = running,
        };
        int r;

        if (!running) {
                reading->free(data);
                return -ENOMEM;
        }
        *running = (Running) {
                .request = request,
                .reading = reading,
                .data = data,
                .stop_flag = worker_stop_flag(readers),
        };
        if (!has_room(request)) {
                r = reading->shows_without
                            ? show(request, running)
                            : answer_busy(
                                      request,
                                      _("Too many pages are being looked up already. Try again."),
                                      NULL, NULL);
                running_free(running);
                return r;
        }
        r = worker_run(readers, &task);
        if (r < 0) {
                running_free(running);
                return r;
        }
        request_wait(request);
        return 0;
}
