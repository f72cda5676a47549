/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The MESSAGE_ID of all entries of the audit trail, for their writers (l4d2ctl/common/audit-log.c,
 * web/auth/audit-entry.c) and their readers (web/pages/audit-trail.c, lib/content/job-journal.c).
 * deploy/left4me.catalog explains it to people. It must never change.
 */
#define AUDIT_MESSAGE_ID "9b0b2ca879374ecbb4055bc84e84472b"
