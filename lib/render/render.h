/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * From settings to unit files: what the generator writes and `l4d2ctl render` prints. It decides
 * content and names, a sink decides what becomes of them.
 */

#include <stddef.h>

#include "base/paths.h"
#include "spec/config.h"
#include "spec/spec.h"

/* The file of an instance, in the directory left4me-server@NAME.service.d. */
#define RENDER_DROP_IN "40-instance.conf"

/* The files of its schedule, in that directory and in left4me-restart@NAME.timer.d. */
#define RENDER_SCHEDULE "45-schedule.conf"

/* The directory and file for alerts. */
#define RENDER_ALERT_DIR     "left4me-alert@.service.d"
#define RENDER_ALERT_DROP_IN "40-left4me-alerts.conf"

/* A path given to a sink is shorter than this, and has a directory and a file name. */
enum { RENDER_PATH_MAX = 128 };

/* Receives what is rendered. path is relative to the generator's directory. Negative ends it. */
typedef struct RenderSink {
        int (*file)(void *userdata, const char *path, const char *text, size_t size);
        int (*link)(void *userdata, const char *path, const char *target);
        void *userdata;
} RenderSink;

/*
 * left4me-server@NAME.service.d/30-strict.conf (a link, when asked for), 40-instance.conf beside
 * it, 45-schedule.conf there and for its timer, and the wants-link for autostart, in this order.
 */
int render_instance(const InstanceSettings *settings, const Paths *paths, const RenderSink *sink)
        _must_check_;

/* The private networks that alerts can reach: IPAddressAllow= of left4me-alert@.service; nothing
 * without allow= in [alerts]. */
int render_alerts(const HostConfig *config, const RenderSink *sink) _must_check_;

/*
 * AllowedCPUs= drop-ins for the system, user, build and game slices; nothing when the host config
 * has no split. online is what the machine has. -EINVAL with an error when system_cpus names CPUs
 * that do not exist or leaves none for the game.
 */
int render_host(
        const HostConfig *config, const CpuSet *online, const Paths *paths, const RenderSink *sink,
        SpecErrors *errors) _must_check_;
