/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/github-release.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>
#include <systemd/sd-json.h>

#include "base/json.h"
#include "base/sha256.h"
#include "base/utf8.h"

/* --- names --------------------------------------------------------------------------------------
 */

bool name_is_archive(const char *name) {
        static const char *const endings[] = {
                ".zip",     ".7z",   ".rar",    ".tar", ".tar.gz",  ".tgz",
                ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst",
        };
        size_t n = strlen(name);

        for (size_t i = 0; i < ELEMENTSOF(endings); i++) {
                size_t n_ending = strlen(endings[i]);

                if (n > n_ending && strcasecmp(name + n - n_ending, endings[i]) == 0)
                        return true;
        }
        return false;
}

bool sha256_text_is_valid(const char *text) {
        return strlen(text) == 2 * (size_t) SHA256_SIZE &&
               strspn(text, "0123456789abcdefABCDEF") == 2 * (size_t) SHA256_SIZE;
}

/* Characters that a part of a URL's path has as they are; RFC 3986 calls them unreserved. */
static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

/* OWNER/NAME of plain characters, none of the two "." or "..". */
static bool repository_is_valid(const char *repository) {
        size_t owner = strcspn(repository, "/"), name;

        if (repository[owner] != '/')
                return false;
        name = strlen(repository + owner + 1);
        return owner > 0 && name > 0 && strspn(repository, plain) == owner &&
               strspn(repository + owner + 1, plain) == name && repository[0] != '.' &&
               strcmp(repository + owner + 1, ".") != 0 &&
               strcmp(repository + owner + 1, "..") != 0;
}

static char *escape(const char *text) {
        char *escaped = malloc(3 * strlen(text) + 1), *p = escaped;

        for (; escaped && *text != '\0'; text++) {
                if (strchr(plain, *text))
                        *p++ = *text;
                else
                        p += sprintf(p, "%%%02X", (unsigned char) *text);
        }
        if (escaped)
                *p = '\0';
        return escaped;
}

int github_release_path(const char *repository, const char *tag, char **ret) {
        _cleanup_free_ char *escaped = NULL;
        int n;

        if (!repository_is_valid(repository))
                return -EINVAL;
        if (strcmp(tag, "latest") == 0)
                n = asprintf(ret, "/repos/%s/releases/latest", repository);
        else {
                escaped = escape(tag);
                n = !escaped ? -1
                             : asprintf(ret, "/repos/%s/releases/tags/%s", repository, escaped);
        }
        return n < 0 ? -ENOMEM : 0;
}

/* --- the answer ---------------------------------------------------------------------------------
 */

/* A printable text, borrowed; NULL: missing, or something else. */
static const char *text_of(sd_json_variant *object, const char *key) {
        const char *text = json_text(object, key);

        return text && text[0] != '\0' && utf8_is_printable(text) ? text : NULL;
}

static bool url_is_web(const char *url) {
        return strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
}

/* The name of an asset that can be downloaded, NULL: it is not one. */
static const char *name_of_asset(sd_json_variant *asset) {
        const char *name, *url;

        if (!sd_json_variant_is_object(asset))
                return NULL;
        name = text_of(asset, "name");
        url = text_of(asset, "browser_download_url");
        return name && !strchr(name, '/') && url && url_is_web(url) &&
                               sd_json_variant_is_unsigned(sd_json_variant_by_key(asset, "id")) &&
                               sd_json_variant_is_unsigned(sd_json_variant_by_key(asset, "size"))
                       ? name
                       : NULL;
}

static bool matches(const char *name, const char *pattern) {
        return pattern ? fnmatch(pattern, name, 0) == 0 : name_is_archive(name);
}

/* The digest that GitHub notes, "sha256:…"; NULL: none. */
static char *digest_of(sd_json_variant *asset) {
        const char *digest = text_of(asset, "digest");

        if (!digest || strncmp(digest, "sha256:", 7) != 0 || !sha256_text_is_valid(digest + 7))
                return NULL;
        return ascii_lower_copy(digest + 7);
}

void github_asset_done(GithubAsset *asset) {
        free(asset->tag);
        free(asset->name);
        free(asset->url);
        free(asset->updated);
        free(asset->sha256);
        *asset = (GithubAsset) {};
}

static int read_asset(sd_json_variant *object, const char *tag, GithubAsset *ret) {
        const char *updated = text_of(object, "updated_at");
        GithubAsset asset = {
                .id = sd_json_variant_unsigned(sd_json_variant_by_key(object, "id")),
                .size = sd_json_variant_unsigned(sd_json_variant_by_key(object, "size")),
                .tag = strdup(tag),
                .name = strdup(text_of(object, "name")),
                .url = strdup(text_of(object, "browser_download_url")),
                .updated = strdup(updated ? updated : ""),
                .sha256 = digest_of(object),
        };

        if (!asset.tag || !asset.name || !asset.url || !asset.updated) {
                github_asset_done(&asset);
                return -ENOMEM;
        }
        *ret = asset;
        return 0;
}

/* The names of all assets, or of those that match, as one text. */
static int list_names(sd_json_variant *assets, const char *pattern, bool all, char **ret) {
        size_t size = 0;
        FILE *f = open_memstream(ret, &size);
        const char *between = "";

        if (!f)
                return -ENOMEM;
        for (size_t i = 0; i < sd_json_variant_elements(assets); i++) {
                const char *name = name_of_asset(sd_json_variant_by_index(assets, i));

                if (!name || (!all && !matches(name, pattern)))
                        continue;
                (void) fprintf(f, "%s%s", between, name);
                between = ", ";
        }
        return fclose(f) == 0 ? 0 : -ENOMEM;
}

static int choose(
        sd_json_variant *assets, const char *tag, const char *pattern, GithubAsset *ret,
        char **ret_names) {
        sd_json_variant *found = NULL;
        size_t n_found = 0;
        int r;

        for (size_t i = 0; i < sd_json_variant_elements(assets); i++) {
                sd_json_variant *asset = sd_json_variant_by_index(assets, i);
                const char *name = name_of_asset(asset);

                if (name && matches(name, pattern)) {
                        found = asset;
                        n_found++;
                }
        }
        if (n_found == 1)
                return read_asset(found, tag, ret);
        r = list_names(assets, pattern, n_found == 0, ret_names);
        return r < 0 ? r : n_found == 0 ? -ENOENT : -ENOTUNIQ;
}

int github_release_choose(
        const char *text, const char *pattern, GithubAsset *ret, char **ret_names) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *answer = NULL;
        sd_json_variant *assets;
        const char *tag;
        int r;

        r = sd_json_parse(text, 0, &answer, NULL, NULL);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || !sd_json_variant_is_object(answer))
                return -EBADMSG;
        assets = sd_json_variant_by_key(answer, "assets");
        tag = text_of(answer, "tag_name");
        if (!tag || !sd_json_variant_is_array(assets) ||
            sd_json_variant_elements(assets) > GITHUB_ASSETS_MAX)
                return -EBADMSG;
        return choose(assets, tag, pattern, ret, ret_names);
}
