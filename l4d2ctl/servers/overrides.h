/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An admin's changes to a server's unit, past its spec: drop-ins that are not ours, as `systemctl
 * edit` and `systemctl set-property` write them, a mask, a log that goes elsewhere.
 */

#include <systemd/sd-json.h>

#include "servers/servers.h"

typedef struct Overrides {
        char **drop_ins; /* paths, NULL-terminated; NULL or none: none but ours */
        char *output;    /* where its standard output goes if not to the journal, or NULL */
        bool is_masked;
} Overrides;

/* Asks systemd. Returns an ExitCode and has said what went wrong. */
int overrides_load(Ctl *ctl, const Server *server, Overrides *ret) _must_check_;

/* "masked": a boolean; "output": a text or null; "drop_ins": a list of paths. */
int overrides_to_json(const Overrides *overrides, sd_json_variant **ret) _must_check_;

void overrides_clear(Overrides *overrides);
