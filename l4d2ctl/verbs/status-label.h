/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The labels of the lines of `l4d2ctl status`. */

typedef enum StatusLabel {
        LABEL_STATE,
        LABEL_GAME,
        LABEL_LAST_RUN,
        LABEL_MAIN_PID,
        LABEL_RESTARTS,
        LABEL_QUEUED,
        LABEL_MEMORY,
        LABEL_CPU,
        LABEL_TASKS,
        LABEL_ENDED,
        LABEL_EXECUTED,
        LABEL_PORT,
        LABEL_CONNECT,
        LABEL_LABEL,
        LABEL_HOST_NAME,
        LABEL_AUTOSTART,
        LABEL_SCHEDULE,
        LABEL_HARDENING,
        LABEL_OVERLAYS,
        LABEL_OUTDATED,
        LABEL_SUSPECT,
        LABEL_BLUEPRINT,
        LABEL_SPEC,
        LABEL_STEAM,
        LABEL_UPDATE,
        LABEL_MASKED,
        LABEL_LOG,
        LABEL_DROP_IN,
        _LABEL_MAX,
} StatusLabel;

/* All labels are as wide as the widest in this language. */
int status_label_width(void);

/* "      Tasks: " */
void status_print_label(StatusLabel label);
