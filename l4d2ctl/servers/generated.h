/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Bringing systemd up to date with the specs: render/render-compare.h tells whether a daemon reload
 * is needed, also after an l4d2ctl that was killed between writing a spec and reloading.
 */

#include "common/ctl.h"
#include "spec/set.h"

/*
 * Makes at most one daemon reload, when one of the instances needs it. An instance without a spec
 * must have nothing generated. Says when systemd did not take a spec over, and why. Returns an
 * ExitCode.
 */
int generated_update(Ctl *ctl, char *const *names, size_t n_names) _must_check_;

/* Good specs that systemd doesn't have yet, or has in an older version. */
typedef struct Unread {
        size_t n;
        const char *first; /* the name of one, borrowed from the set */
} Unread;

/* 0, or -errno when what is generated can't be read. */
int generated_find_unread(const SpecContext *context, const SpecSet *set, Unread *ret) _must_check_;

/*
 * Makes a daemon reload if any spec is unread: at boot, the generator runs before the state is
 * mounted. A spec that the generator leaves out does not count as a failure. Returns an ExitCode.
 */
int generated_update_all(Ctl *ctl) _must_check_;
