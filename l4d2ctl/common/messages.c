/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/messages.h"

#include <string.h>

#include "base/text-message.h"

static bool is_json;

static void write_json(const LogMessage *message) {
        text_message_write(message, stderr);
}

int messages_set_form(const char *form) {
        is_json = strcmp(form, "json") == 0;
        if (!is_json && strcmp(form, "text") != 0)
                return -EINVAL;
        log_set_sink(is_json ? write_json : NULL);
        return 0;
}

void messages_write_errors(const SpecErrors *errors) {
        if (is_json)
                text_message_write_errors(errors, stderr);
        else
                spec_errors_print(errors, stderr);
}
