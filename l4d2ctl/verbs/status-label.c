/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verbs/status-label.h"

#include <stdio.h>

#include "base/text.h"
#include "base/utf8.h"

enum { LABEL_WIDTH_MIN = 11 };

static const char *const labels[_LABEL_MAX] = {
        [LABEL_STATE] = N_("State"),
        [LABEL_LAST_RUN] = N_("Last run"),
        [LABEL_MAIN_PID] = N_("Main PID"),
        [LABEL_RESTARTS] = N_("Restarts"),
        [LABEL_MEMORY] = N_("Memory"),
        [LABEL_CPU] = N_("CPU"),
        [LABEL_TASKS] = N_("Tasks"),
        [LABEL_ENDED] = N_("Ended"),
        [LABEL_EXECUTED] = N_("Executed"),
        [LABEL_PORT] = N_("Port"),
        [LABEL_CONNECT] = N_("Connect"),
        [LABEL_LABEL] = N_("Label"),
        [LABEL_HOST_NAME] = N_("Host name"),
        [LABEL_AUTOSTART] = N_("Autostart"),
        [LABEL_HARDENING] = N_("Hardening"),
        [LABEL_OVERLAYS] = N_("Overlays"),
        [LABEL_SUSPECT] = N_("Suspect"),
        [LABEL_OUTDATED] = N_("Outdated"),
        [LABEL_BLUEPRINT] = N_("Blueprint"),
        [LABEL_SPEC] = N_("Spec"),
        [LABEL_STEAM] = N_("Steam"),
        [LABEL_MASKED] = N_("Masked"),
        [LABEL_LOG] = N_("Log"),
        [LABEL_DROP_IN] = N_("Drop-in"),
        [LABEL_QUEUED] = N_("Queued"),
        [LABEL_SCHEDULE] = N_("Schedule"),
        [LABEL_UPDATE] = N_("Update"),
        [LABEL_GAME] = N_("Game"),
};

int status_label_width(void) {
        static int width; /* 0: not asked for yet; the language stays */

        if (width > 0)
                return width;
        width = LABEL_WIDTH_MIN;
        for (size_t i = 0; i < _LABEL_MAX; i++) {
                int length = (int) utf8_length(_(labels[i]));

                if (length > width)
                        width = length;
        }
        return width;
}

void status_print_label(StatusLabel label) {
        const char *text = _(labels[label]);

        printf("%*s%s: ", status_label_width() - (int) utf8_length(text), "", text);
}
