/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * /servers/NAME/cvars, for the script beside config lines: the commands and variables that a
 * running server knows. The server makes the list for each request, so the script asks once, and
 * only when a user begins to edit.
 */

#include "pages/cvars.h"

#include <string.h>

#include "app/access.h"
#include "app/query.h"
#include "http/response.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"

/* NULL: the server can't be asked. */
static int answer(Request *request, sd_json_variant *cvars) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *model = NULL;
        char *text = NULL;
        int r;

        r = sd_json_buildo(&model, SD_JSON_BUILD_PAIR_VARIANT("cvars", cvars));
        if (r >= 0)
                r = sd_json_variant_format(model, SD_JSON_FORMAT_NEWLINE, &text);
        return r < 0 ? r
                     : http_response_data(
                               &request->http, 200, "application/json", text, strlen(text));
}

static int show(Request *request, sd_json_variant *found) {
        return answer(request, sd_json_variant_is_array(found) ? found : NULL);
}

int page_cvars(Request *request) {
        const char *name = request_parameter(request, "name");
        const Server *server;
        int r;

        server = page_find_server(request, &r);
        if (!server)
                return r;
        if (server_get_state(server) != SERVER_RUNNING)
                return answer(request, NULL);
        return ask_run(request, (const char *[]) { "cvars", "--json", "--", name, NULL }, show);
}

/* --- for other pages ----------------------------------------------------------------------------
 */

enum { OTHERS_MAX = 3 };

static bool is_same(const char *a, const char *b) {
        return a && b && strcmp(a, b) == 0;
}

static void print_others(const Request *request, const char *ref, const char *name, FILE *f) {
        const Server *server;
        size_t n = 0;

        for (size_t i = 0; n < OTHERS_MAX && (server = servers_get(request->web->servers, i)); i++)
                if (server_get_state(server) == SERVER_RUNNING &&
                    !is_same(server_blueprint(server), ref) &&
                    !is_same(server_name(server), name) &&
                    access_to_server(request, server_name(server)))
                        (void) fprintf(
                                f, "%s/servers/%s/cvars", n++ > 0 ? " " : "", server_name(server));
}

int cvars_add_others(
        const Request *request, const char *ref, const char *name, sd_json_variant **model) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        print_others(request, ref, name, f);
        if (fclose(f) != 0 || !text)
                return -ENOMEM;
        return sd_json_variant_set_field_string(model, "other_cvars", text);
}
