/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A server as JSON: what l4d2ctl status --json prints and the web app's pages show. */

#include <systemd/sd-json.h>

#include "server/spec.h"
#include "server/state.h"

/*
 * All that is known. host: see host_address(), is_ready: see server_is_ready(). Times are µs since
 * the epoch; null is unknown or not measured. The unit's state is empty when the unit is not
 * loaded.
 */
int server_to_json(
        const char *name, ServerState state, const UnitState *unit, const ServerSpec *spec,
        const char *host, int is_ready, sd_json_variant **ret) _must_check_;

/* Sets "executed": the overlays whose server.cfg is executed (bits as in Spec), in that order,
 * lowest layer first. */
int json_set_executed(sd_json_variant **object, char *const *overlays, uint64_t executed)
        _must_check_;
