/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The handlers of the route table. A page-NAME.c has those of one page and of its forms. */

#include "request.h"

/* page-login.c */
int page_login(Request *request) _must_check_;
int post_login(Request *request) _must_check_;
int post_logout(Request *request) _must_check_;

/* page-password.c */
int page_password(Request *request) _must_check_;
int post_password(Request *request) _must_check_;

/* page-users.c */
int page_users(Request *request) _must_check_;
int post_user_add(Request *request) _must_check_;
int post_user_role(Request *request) _must_check_;
int post_user_password(Request *request) _must_check_;
int post_user_delete(Request *request) _must_check_;

/* page-health.c */
int page_health(Request *request) _must_check_;
