/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The stand-in's steamclient.so: there to be found and loaded. */

extern const char *const steam_client_name;

const char *const steam_client_name = "stand-in";
