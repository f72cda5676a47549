/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The client's side of left4me-written@.service (server/written.h). */

#include <systemd/sd-json.h>

#include "common/ctl.h"
#include "server/written.h"

/* -EACCES: the caller may not; or another -errno. */
int written_connect(const Ctl *ctl, int *ret) _must_check_;

/* Asks on a new connection, and reads the first line of the answer, which is followed by ret_size
 * bytes. -ENOENT, -EPERM, -EBUSY, -EIO: the service's answer; or another -errno. */
int written_ask(int fd, const WrittenRequest *request, uint64_t *ret_size) _must_check_;

/* The rest of an answer that is JSON. It may be hostile. -EFBIG: it is too long. */
int written_read_json(int fd, uint64_t size, sd_json_variant **ret) _must_check_;
