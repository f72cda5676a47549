/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The parts that all pages have: the model's key "page", and notices. */

#include <systemd/sd-json.h>

#include "app/request.h"

/*
 * {title, language, user: {name, role, is_admin} or null, csrf, nav: [{label, href, is_current}],
 * tabs: the same for the pages of a server, notice: {level, text} or null, path}. The session's
 * notice is used up by this, except for JSON.
 */
int page_common(Request *request, sd_json_variant **ret) _must_check_;

/* Shows the text once, on the session's next page. */
void page_set_notice(Request *request, const char *text);
