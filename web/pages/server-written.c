/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Logs, recordings and statistics that a server wrote, as l4d2ctl lists them, to download. */

#include <string.h>

#include "app/answer.h"
#include "app/download.h"
#include "app/query.h"
#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"
#include "pages/tree-path.h"
#include "server/written.h"
#include "servers/servers.h"
#include "view/model.h"

enum { BASE_MAX = ROUTE_VALUE_MAX + 32 };

/* --- the list -----------------------------------------------------------------------------------
 */

static int add_file(sd_json_variant *found, const char *base, sd_json_variant **list) {
        const char *path = json_text(found, "path"), *slash = path ? strrchr(path, '/') : NULL;
        uint64_t changed = json_number(found, "changed_usec", 0);
        _cleanup_json_ sd_json_variant *size = NULL, *time = NULL;
        _cleanup_free_ char *href = NULL, *directory = NULL;
        int r;

        /* The file's names are a server's, and so hostile. */
        if (!slash || !written_path_is_offered(path))
                return 0;
        directory = strndup(path, (size_t) (slash - path));
        r = directory ? tree_href(base, path, strlen(path), &href) : -ENOMEM;
        if (r >= 0)
                r = model_size(json_number(found, "size_bytes", UINT64_MAX), &size);
        if (r >= 0)
                r = model_time(changed, now_realtime(), &time);
        return r < 0 ? r
                     : sd_json_variant_append_arraybo(
                               list, SD_JSON_BUILD_PAIR_STRING("name", slash + 1),
                               SD_JSON_BUILD_PAIR_STRING("directory", directory),
                               SD_JSON_BUILD_PAIR_STRING("href", href),
                               SD_JSON_BUILD_PAIR_STRING("size_text", json_text(size, "text")),
                               SD_JSON_BUILD_PAIR_VARIANT("changed", time));
}

/* Also of a spec with errors: it is the default. */
static bool writes_logs(Request *request, const char *name) {
        const Server *server = servers_find(request->web->servers, name);
        const Spec *spec = server ? server_get_spec(server)->spec : NULL;

        return !spec || spec->game_log;
}

static int show(Request *request, sd_json_variant *found) {
        const char *name = request_parameter(request, "name");
        _cleanup_json_ sd_json_variant *model = NULL, *list = NULL;
        sd_json_variant *files = json_list(found, "files");
        char base[BASE_MAX];
        int r;

        (void) snprintf(base, sizeof(base), "/servers/%s/written/file", name);
        request_set_title(request, _("Downloads of %s"), name);
        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(files); i++)
                r = add_file(sd_json_variant_by_index(files, i), base, &list);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_STRING("name", name),
                        SD_JSON_BUILD_PAIR_VARIANT("files", list),
                        SD_JSON_BUILD_PAIR_BOOLEAN("has_files", sd_json_variant_elements(list) > 0),
                        SD_JSON_BUILD_PAIR_BOOLEAN("writes_logs", writes_logs(request, name)),
                        SD_JSON_BUILD_PAIR_BOOLEAN(
                                "is_truncated", json_is_true(found, "is_truncated")));
        return r < 0 ? r : answer_page(request, 200, "server-written", model);
}

int page_server_written(Request *request) {
        return ask_run(
                request,
                (const char *[]) { "written", request_parameter(request, "name"), "--json", NULL },
                show);
}

/* --- one file -----------------------------------------------------------------------------------
 */

static bool is_listed(sd_json_variant *found, const char *path) {
        sd_json_variant *files = json_list(found, "files");

        for (size_t i = 0; i < sd_json_variant_elements(files); i++) {
                const char *one = json_text(sd_json_variant_by_index(files, i), "path");

                if (one && strcmp(one, path) == 0)
                        return true;
        }
        return false;
}

/* A download that has begun can't become an error page. */
static int send_file(Request *request, sd_json_variant *found) {
        const char *name = request_parameter(request, "name");
        char path[ROUTE_PATH_MAX];

        overlay_path_of(request, path);
        if (!written_path_is_offered(path) || !is_listed(found, path))
                return answer_error(request, 404, NULL);
        return answer_download(
                request, &(DownloadSource) {
                                 .arguments = (const char *[]) { "written", name, path, NULL },
                                 .content_type = "application/octet-stream",
                                 .name = strrchr(path, '/') + 1,
                                 .is_allowed = server_is_visible,
                                 .subject = name,
                         });
}

int page_server_written_file(Request *request) {
        return ask_run(
                request,
                (const char *[]) { "written", request_parameter(request, "name"), "--json", NULL },
                send_file);
}
