/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A log to download. */

#include <string.h>

#include "app/answer.h"
#include "app/download.h"
#include "base/text.h"
#include "pages/log-query.h"
#include "pages/pages.h"
#include "pages/server-lookup.h"

int page_log_text(Request *request) {
        const char *name = request_parameter(request, "name");
        char file[INSTANCE_NAME_MAX + 8];
        LogArguments arguments;
        LogQuery query;
        int r;

        if (!page_find_server(request, &r))
                return r;
        log_query_read(request, &query);
        if (!log_arguments_make(name, &query, 0, false, &arguments))
                return answer_error(request, 422, _("The search text is too long."));
        (void) snprintf(file, sizeof(file), "%s.log", name);
        return answer_download(
                request, &(DownloadSource) {
                                 .arguments = arguments.items,
                                 .content_type = "text/plain; charset=utf-8",
                                 .name = file,
                                 .is_allowed = server_is_visible,
                                 .subject = name,
                         });
}
