/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "server/written.h"

/* A client's request: refused, or one with a name and a path that stay below what is offered; and
 * an answer's first line. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *text = fuzz_text(data, size);
        char line[WRITTEN_REQUEST_MAX];
        WrittenRequest request, again;
        uint64_t n;

        (void) !written_answer_parse(text, &n);
        if (written_request_parse(text, &request) < 0)
                return 0;
        FUZZ_CHECK(instance_name_is_valid(request.name));
        if (request.verb == WRITTEN_GET) {
                FUZZ_CHECK(written_path_is_offered(request.path));
                FUZZ_CHECK(!strstr(request.path, "/.") && !strstr(request.path, "//"));
                FUZZ_CHECK(request.path[0] != '/');
        }
        if (request.verb == WRITTEN_TREE)
                FUZZ_CHECK(request.path[0] != '/' && !strstr(request.path, "//"));
        FUZZ_CHECK(written_request_format(&request, line) == 0);
        line[strcspn(line, "\n")] = '\0';
        FUZZ_CHECK(written_request_parse(line, &again) == 0);
        FUZZ_CHECK(again.since == request.since && strcmp(again.path, request.path) == 0);
        return 0;
}
