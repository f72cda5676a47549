/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finds the row of the route table for a request. One row says which requests there are, who may
 * make them and which function answers; app/access.c decides from the row alone, before the handler
 * runs. A row for a page also stands for its JSON twin below /api. The router knows no page: the
 * table is the caller's, see pages/routes.h.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct Request;

typedef enum Access {
        ACCESS_ANYONE,
        ACCESS_USER,            /* logged in */
        ACCESS_SERVER_OWNER,    /* of {name}; admins own all */
        ACCESS_BLUEPRINT_OWNER, /* {owner} himself; admins own all */
        ACCESS_OVERLAY_OWNER,   /* of {ref...}, which begins with the user's name; admins own all */
        ACCESS_ADMIN,
        ACCESS_METRICS, /* programs of this host, unless metrics=no; admins */
        _ACCESS_MAX,
} Access;

typedef enum RouteFlags {
        ROUTE_NO_TWIN = 1 << 0,  /* nothing below /api */
        ROUTE_ONE_TIME = 1 << 1, /* also while the password must be changed first */
        ROUTE_OWN_CSRF = 1 << 2, /* the handler checks the token: the user is not logged in yet */
        ROUTE_STREAM = 1 << 3,   /* the answer may take as long as it likes */
        ROUTE_EVENTS = 1 << 4,   /* read by a page's script: no answer leads to a page */
        ROUTE_TEXT = 1 << 5,     /* posts text that a user typed: see app/kept.h */
        ROUTE_LARGE = 1 << 6,    /* takes a form of HTTP_BODY_LARGE_MAX from who may post it */
        /* The body goes to a sink: the handler is called before it, to answer or to set one, and
         * again when all of it was read. The token is in the header X-CSRF-Token. */
        ROUTE_UPLOAD = 1 << 7,
} RouteFlags;

/* 0 when the request was answered or will be later, -errno for an internal error. */
typedef int (*RouteHandler)(struct Request *request);

typedef struct Route {
        const char *method;  /* "GET", which serves HEAD too, "POST", or "PUT" with ROUTE_UPLOAD */
        const char *pattern; /* "/servers/{name}/log"; {ref...} takes all that follows, up to
                              * "/-/", which no ref has */
        Access access;
        RouteHandler handle;
        const char *title; /* of the page, NULL for what is none */
        unsigned flags;
        /* Label in the navigation of those who may go there, or NULL; of a pattern with a {name},
         * in the tabs of the pages that begin with the same. */
        const char *nav;
} Route;

typedef struct RouteTable {
        const Route *rows;
        size_t n;
} RouteTable;

enum { ROUTE_PARAMETERS_MAX = 2, ROUTE_VALUE_MAX = 200, ROUTE_PATH_MAX = 1024 };

typedef struct RouteMatch {
        const Route *route; /* NULL: no such path, or not with this method */
        bool is_api;        /* the path began with /api */
        bool path_exists;   /* with another method */
        char values[ROUTE_PARAMETERS_MAX][ROUTE_VALUE_MAX]; /* checked names, in order */
} RouteMatch;

/*
 * Finds the row for a request. path is as the client sent it, without the query; anything that is
 * not plainly a path of ours ("//", "..", '%', …) matches nothing.
 */
void router_match(const RouteTable *table, const char *method, const char *path, RouteMatch *ret);

/* The page that a form's path, as a request has it, belongs to: the nearest one at or above it. */
void router_page_above(const RouteTable *table, const char *path, char ret[static ROUTE_PATH_MAX]);

/* Whether the path, with or without a query, belongs to a JSON twin. */
bool router_path_is_api(const char *path);

/* The value of {name} in a match, NULL when the route has no such parameter. */
const char *route_match_value(const RouteMatch *match, const char *name);

const char *access_to_string(Access access);

/* Writes the table as JSON to standard output: `left4me-web --routes`. 0 or -errno. */
int routes_print(const RouteTable *table) _must_check_;
