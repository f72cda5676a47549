#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "trial/strace-reader.h"

/* Lines of strace about a game server, which chooses most of the bytes. */

static void look_at(const StraceText *argument) {
        StraceText annotation;
        uint32_t number;
        char text[256];

        if (strace_string(argument, text, sizeof(text)))
                FUZZ_CHECK(memchr(text, '\0', sizeof(text)));
        if (strace_annotation(argument, &annotation))
                FUZZ_CHECK(
                        annotation.text >= argument->text &&
                        annotation.text + annotation.size <= argument->text + argument->size);
        (void) strace_number_after(argument, "htons(", &number);
}

static int look(const StraceEvent *event, void *userdata) {
        StraceText argument;

        (void) userdata;
        FUZZ_CHECK(memchr(event->call->name, '\0', sizeof(event->call->name)));
        FUZZ_CHECK(memchr(event->call->error, '\0', sizeof(event->call->error)));
        for (size_t i = 0; i < 8 && strace_argument(event->call, i, &argument); i++)
                look_at(&argument);
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(strace_reader_freep) StraceReader *reader = NULL;

        FUZZ_CHECK(strace_reader_new(look, NULL, &reader) == 0);
        /* Buffers of their own, so that reading past one is noticed. */
        for (size_t i = 0, piece; i < size; i += piece) {
                char *part;

                piece = size - i < 61 ? size - i : 61;
                part = malloc(piece);
                FUZZ_CHECK(part);
                memcpy(part, data + i, piece);
                FUZZ_CHECK(strace_reader_feed(reader, part, piece) == 0);
                free(part);
        }
        return 0;
}
