/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of /metrics. docs/metrics.md lists all of them. */

#include "app/request.h"
#include "view/metrics.h"

/* Adds those of each server, from what the web app knows already. -ENOMEM. */
int metrics_add_servers(const Request *request, Metrics *metrics) _must_check_;

/* Adds those of each kind of job, and of the last job of each overlay, from the journal, which is
 * read once a minute at most. */
void metrics_add_jobs(const Request *request, Metrics *metrics);
