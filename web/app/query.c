/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app/query.h"

#include "app/answer.h"
#include "app/dispatch.h"
#include "base/exit-code.h"
#include "base/text.h"
#include "exec/queue.h"

typedef struct Question {
        Request *request;
        AskHandler handler;
        const ChildResult *result; /* while it is answered */
} Question;

static int answer(Request *request, const void *userdata) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *found = NULL;
        const Question *question = userdata;
        const ChildResult *result = question->result;
        int r;

        if (result->is_late)
                return answer_error(request, 504, _("Timed out. Try again."));
        if (result->exit_code == CTL_NO_INSTANCE)
                return answer_error(request, 404, NULL);

        r = sd_json_parse(result->output, 0, &found, NULL, NULL);
        if (r < 0 || result->output_size > CHILD_OUTPUT_MAX)
                return answer_failed(
                        request, result->exit_code == CTL_CONFLICT ? 409 : 500,
                        _("Couldn't get this information."), result->errors, NULL);
        return question->handler(request, found);
}

static void on_end(const ChildResult *result, void *userdata) {
        _cleanup_free_ Question *question = userdata;

        question->result = result;
        request_continue(question->request, answer, NULL, question);
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
                return answer_busy(
                        request, _("Too many pages are being looked up already. Try again."), NULL,
                        NULL);
        if (r < 0)
                return r;
        (void) TAKE_PTR(question);
        request_wait(request);
        return 0;
}

/* --- a second run -------------------------------------------------------------------------------
 */

typedef struct MoreQuestion {
        Request *request;
        sd_json_variant *first;
        AskMoreHandler handler;
        const ChildResult *result; /* while it is answered */
} MoreQuestion;

static MoreQuestion *more_question_free(MoreQuestion *question) {
        if (question)
                sd_json_variant_unref(question->first);
        free(question);
        return NULL;
}

DEFINE_CLEANUP(MoreQuestion *, more_question_free)

static int answer_more(Request *request, const void *userdata) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *second = NULL;
        const MoreQuestion *question = userdata;
        const ChildResult *result = question->result;

        if (!result->is_late && result->exit_code == CTL_OK &&
            result->output_size <= CHILD_OUTPUT_MAX)
                (void) sd_json_parse(result->output, 0, &second, NULL, NULL);
        return question->handler(request, question->first, second);
}

static void on_more_end(const ChildResult *result, void *userdata) {
        _cleanup_(more_question_freep) MoreQuestion *question = userdata;

        question->result = result;
        request_continue(question->request, answer_more, NULL, question);
}

int ask_more(
        Request *request, const char *const *arguments, uint64_t deadline, sd_json_variant *first,
        AskMoreHandler handler) {
        _cleanup_(more_question_freep) MoreQuestion *question = calloc(1, sizeof(*question));
        ChildCommand command = { .arguments = arguments, .deadline = deadline };
        int r;

        if (!question)
                return -ENOMEM;
        *question = (MoreQuestion) {
                .request = request,
                .first = sd_json_variant_ref(first),
                .handler = handler,
        };
        command.user = request->user ? request->user->name : NULL;

        r = children_run(request->web->children, &command, on_more_end, question);
        if (r == -EBUSY)
                return handler(request, first, NULL);
        if (r < 0)
                return r;
        (void) TAKE_PTR(question);
        request_wait(request);
        return 0;
}
