/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ask.h"

#include "access.h"
#include "child.h"
#include "exit-code.h"
#include "log.h"
#include "login.h"
#include "response.h"

#define ASK_DEADLINE (UINT64_C(30) * 1000000)

typedef struct Question {
        Request *request;
        AskHandler handler;
} Question;

static int answer(const Question *question, const ChildResult *result) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *found = NULL;
        Request *request = question->request;
        int r;

        login_identify(request);
        if (!access_check(request))
                return 0;
        if (result->is_late)
                return response_error(request, 504, "This took too long. Try again.");
        if (result->exit_code == CTL_NO_INSTANCE)
                return response_error(request, 404, NULL);

        r = sd_json_parse(result->output, 0, &found, NULL, NULL);
        if (r < 0 || result->output_size > CHILD_OUTPUT_MAX)
                return response_failed(
                        request, 500, "l4d2ctl could not tell.", result->errors, NULL);
        return question->handler(request, found);
}

static void on_end(const ChildResult *result, void *userdata) {
        _cleanup_free_ Question *question = userdata;
        Request *request = question->request;
        int r;

        r = answer(question, result);
        if (r >= 0)
                return;
        (void) log_error_errno(r, "Failed to answer %s %s", request->method, request->path);
        if (!request->response && response_error(request, 500, NULL) < 0)
                log_error("Failed to answer a request");
}

int ask_run(Request *request, const char *const *arguments, AskHandler handler) {
        _cleanup_free_ Question *question = calloc(1, sizeof(*question));
        ChildCommand command = { .arguments = arguments, .deadline = ASK_DEADLINE };
        int r;

        if (!question)
                return -ENOMEM;
        *question = (Question) { .request = request, .handler = handler };
        command.user = request->user ? request->user->name : NULL;

        r = children_run(request->web->children, &command, on_end, question);
        if (r == -EBUSY)
                return response_error(request, 503, "Too much is being done at the moment.");
        if (r < 0)
                return r;
        (void) TAKE_PTR(question);
        request_wait(request);
        return 0;
}
