/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Where a release comes from: a URL, or an asset of a release on GitHub. */

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "content/github-release.h"
#include "release/release.h"

#define GITHUB_API "https://api.github.com"

static bool has_prefix(const char *text, const char *prefix) {
        return strncmp(text, prefix, strlen(prefix)) == 0;
}

static const char *github_api(const Producer *producer) {
        return producer_text(producer, "github_api", GITHUB_API);
}

bool release_url_is_allowed(const Producer *producer, const char *url) {
        return utf8_is_printable(url) &&
               (has_prefix(url, "https://") ||
                (has_prefix(url, "http://") && has_prefix(github_api(producer), "http://")));
}

static int check_url(const Producer *producer, const char *url) {
        if (release_url_is_allowed(producer, url))
                return 0;
        log_error("Failed to download '%s': only https:// is accepted", url);
        return -EINVAL;
}

void release_source_done(ReleaseSource *source) {
        free(source->url);
        free(source->name);
        free(source->version);
        free(source->key);
        free(source->sha256);
        *source = (ReleaseSource) RELEASE_SOURCE_INIT;
}

/* --- a URL ---------------------------------------------------------------------------------------
 */

/* The last part of the path, without the query. */
static char *name_of_url(const char *url) {
        const char *end = url + strcspn(url, "?#"), *start = end;

        while (start > url && start[-1] != '/')
                start--;
        return start == end ? strdup(url) : strndup(start, (size_t) (end - start));
}

static int find_url(const Producer *producer, const char *url, ReleaseSource *ret) {
        int r = check_url(producer, url);

        if (r < 0)
                return r;
        ret->url = strdup(url);
        ret->key = strdup(url);
        ret->name = name_of_url(url);
        return ret->url && ret->key && ret->name
                       ? 0
                       : log_error_errno(-ENOMEM, "Failed to read the job");
}

/* --- GitHub --------------------------------------------------------------------------------------
 */

/* GitHub's answer about the release; from malloc. */
static int ask_github(
        const Producer *producer, const char *repository, const char *tag, char **ret) {
        DownloadOptions options = DOWNLOAD_OPTIONS_DEFAULT;
        _cleanup_free_ char *path = NULL, *url = NULL;
        Download download = {
                .accept = "application/vnd.github+json",
                .size = DOWNLOAD_SIZE_UNKNOWN,
                .size_max = GITHUB_ANSWER_MAX,
        };
        size_t size;
        int r;

        r = github_release_path(repository, tag, &path);
        if (r == -EINVAL)
                log_error("Invalid repository '%s': use OWNER/NAME", repository);
        if (r >= 0 && asprintf(&url, "%s%s", github_api(producer), path) < 0) {
                url = NULL;
                r = -ENOMEM;
        }
        if (r < 0)
                return r;
        download.url = url;
        r = download_text(&options, &download, ret, &size);
        if (r == -ENOENT)
                log_error(
                        "Failed to find the release '%s' of '%s': GitHub knows no such repository "
                        "or release",
                        tag, repository);
        else if (r < 0)
                log_error(
                        "Failed to ask GitHub about the release '%s' of '%s': %s", tag, repository,
                        download.error ? download.error : strerror(-r));
        download_done(&download);
        return r;
}

static int complain_about_assets(
        int error, const char *version, const char *pattern, const char *names) {
        if (error == -EBADMSG)
                log_error("Failed to read GitHub's answer: it is not about a release");
        else if (error == -ENOENT && pattern)
                log_error(
                        "Failed to choose a file of the release '%s': none matches '%s', it has: %s",
                        version, pattern, names);
        else if (error == -ENOENT)
                log_error(
                        "Failed to choose a file of the release '%s': none is an archive, it has: "
                        "%s; set 'asset' to a pattern",
                        version, names);
        else if (error == -ENOTUNIQ)
                log_error(
                        "Failed to choose a file of the release '%s': several match, set 'asset' "
                        "to a pattern for one of: %s",
                        version, names);
        else
                (void) log_error_errno(error, "Failed to read GitHub's answer");
        return error;
}

/* An asset can't be changed, only deleted and uploaded again, which gives it another id. */
static int take_asset(const char *repository, GithubAsset *asset, ReleaseSource *ret) {
        if (asprintf(&ret->key, "github:%s:%" PRIu64 ":%s", repository, asset->id, asset->updated) <
            0) {
                ret->key = NULL;
                return log_error_errno(-ENOMEM, "Failed to read GitHub's answer");
        }
        ret->url = TAKE_PTR(asset->url);
        ret->name = TAKE_PTR(asset->name);
        ret->version = TAKE_PTR(asset->tag);
        ret->sha256 = TAKE_PTR(asset->sha256);
        ret->size = asset->size;
        ret->is_fixed = true;
        return 0;
}

static int find_asset(const Producer *producer, const char *repository, ReleaseSource *ret) {
        const char *tag = producer_text(producer, "tag", "latest");
        const char *pattern = producer_text(producer, "asset", NULL);
        _cleanup_free_ char *answer = NULL, *names = NULL;
        GithubAsset asset = {};
        int r;

        r = ask_github(producer, repository, tag, &answer);
        if (r < 0)
                return r;
        r = github_release_choose(answer, pattern, &asset, &names);
        if (r < 0)
                return complain_about_assets(r, tag, pattern, names);
        r = check_url(producer, asset.url);
        if (r >= 0)
                r = take_asset(repository, &asset, ret);
        github_asset_done(&asset);
        return r;
}

int release_find_source(const Producer *producer, ReleaseSource *ret) {
        const char *url = producer_text(producer, "url", NULL);
        const char *repository = producer_text(producer, "github", NULL);

        if (url)
                return find_url(producer, url, ret);
        if (repository)
                return find_asset(producer, repository, ret);
        log_error("The job names neither a URL nor a repository on GitHub");
        return -EINVAL;
}
