/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "spec/user.h"

/* From any bytes: a user whose file can be written and read again, or errors. */

static void check_user(const User *user) {
        _cleanup_(user_freep) User *again = NULL;
        _cleanup_free_ char *text = NULL;
        SpecErrors errors = {};
        size_t size = 0;

        FUZZ_CHECK(strncmp(user->password, "$y$", 3) == 0 && !strpbrk(user->password, "' \n:"));
        FUZZ_CHECK(user_format(user, &text, &size) == 0);
        FUZZ_CHECK(user_parse("alice", "f", text, size, &errors, &again) == 0);
        FUZZ_CHECK(again->role == user->role && again->one_time == user->one_time);
        FUZZ_CHECK(strcmp(again->password, user->password) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(user_freep) User *user = NULL;
        SpecErrors errors = {};
        int r = user_parse("alice", "alice.yaml", (const char *) data, size, &errors, &user);

        FUZZ_CHECK(r == 0 ? !spec_errors_any(&errors) : spec_errors_any(&errors) && !user);
        if (r == 0)
                check_user(user);
        fuzz_errors(&errors);
        return 0;
}
