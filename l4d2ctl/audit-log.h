/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The trail of who did what to a server: one journal entry for each notable action, found with
 * `journalctl MESSAGE_ID=…` or `L4D2_INSTANCE=…` and explained by the message catalog
 * (deploy/left4me.catalog). What journald itself adds to it (_UID, _EXE, _AUDIT_LOGINUID) can't be
 * forged, L4D2_USER is what l4d2ctl was told.
 */

/* As SD_ID128 in the catalog; never to be changed. */
#define AUDIT_LOG_MESSAGE_ID "9b0b2ca879374ecbb4055bc84e84472b"

/*
 * Notes that somebody asked for action ("start", "edit", …) on the instance; name must be valid, or
 * NULL for what concerns no server in particular.
 * Without a journal nothing happens: that must never keep anybody from stopping a server.
 */
void audit_log(const char *name, const char *action);
