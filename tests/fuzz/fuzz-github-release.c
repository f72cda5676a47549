/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/utf8.h"
#include "content/github-release.h"
#include "fuzz.h"

/* From any answer: an asset that is chosen has a name, printable texts and a URL of the web, and a
 * name without '/'. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const char *const patterns[] = { NULL, "*", "*.zip", "[a-" };
        _cleanup_free_ char *text = fuzz_text(data, size);

        for (size_t i = 0; i < ELEMENTSOF(patterns); i++) {
                _cleanup_free_ char *names = NULL;
                GithubAsset asset = {};
                int r = github_release_choose(text, patterns[i], &asset, &names);

                FUZZ_CHECK(r == 0 || r == -EBADMSG || r == -ENOENT || r == -ENOTUNIQ);
                FUZZ_CHECK((names != NULL) == (r == -ENOENT || r == -ENOTUNIQ));
                if (r == 0) {
                        FUZZ_CHECK(utf8_is_printable(asset.tag) && utf8_is_printable(asset.name));
                        FUZZ_CHECK(!strchr(asset.name, '/') && strstr(asset.url, "://"));
                        FUZZ_CHECK(!asset.sha256 || sha256_text_is_valid(asset.sha256));
                }
                github_asset_done(&asset);
        }
        return 0;
}
