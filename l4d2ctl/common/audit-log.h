/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The trail of who did what to a server: one journal entry for each notable action, found with
 * `journalctl MESSAGE_ID=…` or `L4D2_INSTANCE=…` and explained by the message catalog
 * (deploy/left4me.catalog). The fields that journald adds (_UID, _EXE, _AUDIT_LOGINUID) can't be
 * forged. L4D2_USER is the user who runs l4d2ctl. root and left4me may name another user on whose
 * behalf they act: a user of the web app by --as-user or L4D2_USER in the environment, and root
 * also by SUDO_USER.
 */

#include <stddef.h>

/* The user of --as-user, before the first entry; borrowed. It counts as L4D2_USER does. */
void audit_log_set_user(const char *name);

/* The user whom entries name, cut to the size of the buffer. */
void audit_log_get_user(char *ret, size_t size);

/*
 * Notes that the user asked for an action ("start", "edit", …) on the instance; name must be valid,
 * or NULL for an action on no particular server. Without a journal this does nothing: a user must
 * always be able to stop a server.
 */
void audit_log(const char *name, const char *action);

/* The same for a command on the server's console, in the field L4D2_COMMAND: one line, without
 * passwords (query/command-secret.h). */
void audit_log_command(const char *name, const char *action, const char *command);

/* The same for a blueprint, in the field L4D2_BLUEPRINT, for an overlay, in L4D2_OVERLAY, and for
 * one of the web app's users, in L4D2_TARGET_USER. The trail has "blueprint edit", "overlay put"
 * and "user add" as their actions. */
void audit_log_overlay(const char *ref, const char *action);
void audit_log_blueprint(const char *ref, const char *action);
void audit_log_user(const char *name, const char *action);

/* The same for the start of a content job, of an overlay or, with ref NULL, of the game. The field
 * L4D2_JOB has the job's id, by which lib/content/job-journal.c finds who asked for it. */
void audit_log_job(const char *ref, const char *action, const char *id);
