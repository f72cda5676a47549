/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "content/github-release.h"

#define ASSET(id, name)                                                                          \
        "{\"id\": " #id ", \"name\": \"" name "\", \"size\": 5, \"updated_at\": \"2026-01-01\"," \
        "\"browser_download_url\": \"https://example.org/" name "\"}"
#define RELEASE(assets) "{\"tag_name\": \"v1.2\", \"assets\": [" assets "]}"

static int choose(const char *text, const char *pattern, GithubAsset *ret, char **ret_names) {
        *ret = (GithubAsset) {};
        *ret_names = NULL;
        return github_release_choose(text, pattern, ret, ret_names);
}

static void expect(const char *text, const char *pattern, int result, const char *word) {
        _cleanup_free_ char *names = NULL;
        GithubAsset asset;

        cr_assert_eq(choose(text, pattern, &asset, &names), result, "%s", text);
        if (result < 0)
                cr_assert(!word ? !names : names && strcmp(names, word) == 0, "%s", names);
        else
                cr_assert_str_eq(asset.name, word);
        github_asset_done(&asset);
}

Test(github_release, paths) {
        const struct {
                const char *repository, *tag, *path;
        } cases[] = {
                { "a/b", "latest", "/repos/a/b/releases/latest" },
                { "A-1/b.c_d", "v1.2", "/repos/A-1/b.c_d/releases/tags/v1.2" },
                { "a/b", "x/../y? z", "/repos/a/b/releases/tags/x%2F..%2Fy%3F%20z" },
                { "a", "latest", NULL },
                { "a/", "latest", NULL },
                { "/b", "latest", NULL },
                { "a/..", "latest", NULL },
                { "../b", "latest", NULL },
                { "a/b/c", "latest", NULL },
                { "a/b?c", "latest", NULL },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *path = NULL;
                int r = github_release_path(cases[i].repository, cases[i].tag, &path);

                cr_assert_eq(r, cases[i].path ? 0 : -EINVAL, "%s", cases[i].repository);
                if (cases[i].path)
                        cr_assert_str_eq(path, cases[i].path);
        }
}

Test(github_release, the_only_archive_or_the_one_that_matches) {
        static const char release[] = RELEASE(ASSET(1, "pack-linux.tar.gz") "," ASSET(
                2, "pack-windows.zip") "," ASSET(3, "sums"));
        static const char one[] = RELEASE(ASSET(1, "sums.txt") "," ASSET(2, "PACK.ZIP"));

        expect(release, "*linux*", 0, "pack-linux.tar.gz");
        expect(release, "sums", 0, "sums");
        expect(release, "*mac*", -ENOENT, "pack-linux.tar.gz, pack-windows.zip, sums");
        expect(release, "pack-*", -ENOTUNIQ, "pack-linux.tar.gz, pack-windows.zip");
        expect(release, NULL, -ENOTUNIQ, "pack-linux.tar.gz, pack-windows.zip");
        expect(one, NULL, 0, "PACK.ZIP");
        expect(RELEASE(ASSET(1, "sums.txt")), NULL, -ENOENT, "sums.txt");
        expect(RELEASE(""), "*", -ENOENT, "");
}

Test(github_release, all_of_an_asset_is_read) {
        static const char digest[] =
                "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef";
        _cleanup_free_ char *text = NULL, *names = NULL;
        GithubAsset asset;

        cr_assert_gt(
                asprintf(
                        &text,
                        "{\"tag_name\": \"1.0 ä\", \"assets\": [{\"id\": 7, \"name\": \"a.7z\", "
                        "\"size\": 12345678901, \"digest\": \"sha256:%s\", \"uploader\": {}, "
                        "\"browser_download_url\": \"http://h/a.7z\"}]}",
                        digest),
                0);
        cr_assert_eq(choose(text, NULL, &asset, &names), 0);
        cr_assert_eq(asset.id, 7);
        cr_assert_eq(asset.size, 12345678901);
        cr_assert_str_eq(asset.tag, "1.0 ä");
        cr_assert_str_eq(asset.url, "http://h/a.7z");
        cr_assert_str_eq(asset.updated, "");
        cr_assert_eq(strcasecmp(asset.sha256, digest), 0);
        cr_assert_eq(asset.sha256[10], 'a');
        github_asset_done(&asset);
}

Test(github_release, other_answers_are_refused) {
        static const char *const answers[] = {
                "",
                "null",
                "[]",
                "\"text\"",
                "{}",
                "{\"message\": \"Not Found\"}",
                "{\"tag_name\": \"v1\"}",
                "{\"tag_name\": \"v1\", \"assets\": {}}",
                "{\"tag_name\": 1, \"assets\": []}",
                "{\"tag_name\": \"a\\u001b[1m\", \"assets\": []}",
                "{\"assets\": []}",
        };
        static const char *const assets[] = {
                "1",
                "{}",
                "{\"id\": -1, \"name\": \"a.zip\", \"size\": 1, \"browser_download_url\": \"https://h\"}",
                "{\"id\": 1, \"name\": \"../a.zip\", \"size\": 1, \"browser_download_url\": \"https://h\"}",
                "{\"id\": 1, \"name\": \"a\\n.zip\", \"size\": 1, \"browser_download_url\": \"https://h\"}",
                "{\"id\": 1, \"name\": \"a.zip\", \"size\": null, \"browser_download_url\": \"https://h\"}",
                "{\"id\": 1, \"name\": \"a.zip\", \"size\": 1, \"browser_download_url\": \"file:///etc\"}",
                "{\"id\": 1, \"name\": \"a.zip\", \"size\": 1}",
        };

        for (size_t i = 0; i < ELEMENTSOF(answers); i++)
                expect(answers[i], NULL, -EBADMSG, NULL);
        for (size_t i = 0; i < ELEMENTSOF(assets); i++) {
                _cleanup_free_ char *text = NULL;

                cr_assert_gt(
                        asprintf(&text, "{\"tag_name\": \"v\", \"assets\": [%s]}", assets[i]), 0);
                expect(text, NULL, -ENOENT, "");
        }
}

Test(github_release, names_and_digests) {
        cr_assert(name_is_archive("a.tar.zst"));
        cr_assert_not(name_is_archive(".zip"));
        cr_assert_not(name_is_archive("a.exe"));
        cr_assert_not(sha256_text_is_valid(""));
        cr_assert_not(sha256_text_is_valid(
                "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
        cr_assert_not(sha256_text_is_valid(
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"));
}
