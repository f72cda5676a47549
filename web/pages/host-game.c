/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The installation and update of the game, a job like others. */

#include "app/command.h"
#include "base/text.h"
#include "pages/pages.h"

int post_game_install(Request *request) {
        const char *validate = request_field(request, "validate");

        return action_run(
                request,
                &(Action) {
                        .arguments = (const char *[]) { "install", "--no-wait",
                                                        validate ? "--validate" : NULL, NULL },
                        .location = "/jobs/install",
                        .done = _("The update of the game has begun."),
                        .failed = _("The update of the game has not begun."),
                        .again = page_host,
                });
}
