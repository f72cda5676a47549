#include <string.h>

#include "fuzz.h"
#include "trial/redact.h"

/* Paths that a server chose, before they leave the host. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const char *const secrets[] = { "hunter2!", NULL };
        char *text = fuzz_text(data, size), *once = NULL, *path = NULL;

        FUZZ_CHECK(trial_redact(text, secrets, &once) == 0);
        FUZZ_CHECK(!strstr(once, "hunter2!"));
        FUZZ_CHECK(trial_redact_written_path(text, secrets, &path) == 0);
        FUZZ_CHECK(!strstr(path, "hunter2!"));
        free(path);
        free(once);
        free(text);
        return 0;
}
