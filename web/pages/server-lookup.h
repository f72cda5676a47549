/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the pages about servers. */

#include "app/request.h"
#include "auth/users.h"
#include "servers/servers.h"

/* The server of {name}; NULL: there is none, and that was answered. *ret_r is then the result. */
Server *page_find_server(Request *request, int *ret_r);

/* Whether a user may see the server of this name: false for an unknown one. */
bool server_is_visible(Web *web, const char *name, const WebUser *user);

/*
 * The blueprints a server of the request's user may have, each {ref, href, description,
 * is_selected}; selected may be NULL.
 */
int blueprints_to_model(Request *request, const char *selected, sd_json_variant **ret) _must_check_;

/* Whether there is any. */
int blueprints_exist(Request *request, bool *ret) _must_check_;

/* pages/server-suspects.c: adds the content that may be why a server fails. status: as `l4d2ctl
 * status --json` prints it; NULL: none is known. */
int server_add_suspects(const Request *request, sd_json_variant *status, sd_json_variant **model)
        _must_check_;
