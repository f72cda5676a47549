/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the page of a log and its download: the query, and l4d2ctl's arguments. */

#include "app/request.h"

typedef struct LogQuery {
        const char *q, *priority, *since, *until; /* as typed; "" when not */
        const char *before;                       /* the cursor of the line to end before; "" */
        unsigned lines;
        bool polls; /* also those about questions of left4me-watch */
} LogQuery;

enum { LOG_ARGUMENTS_MAX = 12, LOG_ARGUMENT_MAX = 1024 };

typedef struct LogArguments {
        char text[LOG_ARGUMENTS_MAX][LOG_ARGUMENT_MAX];
        const char *items[LOG_ARGUMENTS_MAX + 1]; /* NULL-terminated */
        size_t n;
} LogArguments;

void log_query_read(const Request *request, LogQuery *ret);

/* false: what was typed is longer than anybody types. lines 0: all. */
bool log_arguments_make(
        const char *name, const LogQuery *query, unsigned lines, bool json, LogArguments *ret);

/* "?q=…&…" of what was typed, "" when nothing was; from malloc. */
int log_query_format(const LogQuery *query, char **ret) _must_check_;
