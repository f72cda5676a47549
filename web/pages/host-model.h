/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts of the page about the host, each added to its model under its own key. */

#include "app/request.h"

/* "hardening": how exposed the servers are that ran when the report was made. */
int host_add_hardening(const Request *request, sd_json_variant **model) _must_check_;

/* "game": the build that servers get, and what Steam had at the last check. */
int host_add_game(const Request *request, sd_json_variant **model) _must_check_;

/* "guard": the packets that the guard against floods of queries dropped. */
int host_add_guard(const Request *request, sd_json_variant **model) _must_check_;

/* "slices": how processors and disks are shared, and what is used now. */
int host_add_slices(const Request *request, sd_json_variant **model) _must_check_;

/* "disk": the file system of the state, and what the layers take of it. */
int host_add_disk(const Request *request, sd_json_variant **model) _must_check_;

/*
 * A report and when it was made; *ret stays NULL when there is none, and *ret_error, from malloc,
 * says what is wrong with one that can't be read.
 */
int host_report_load(
        const Request *request, const char *name, sd_json_variant **ret, sd_json_variant **ret_time,
        char **ret_error) _must_check_;
