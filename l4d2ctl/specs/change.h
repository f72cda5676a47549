/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Changes of a spec, from its bytes on disk to a system that follows it. instances_lock() is held
 * from reading to the end, so that the changes of several l4d2ctl follow one another and none is
 * lost.
 */

#include "specs/instance.h"

/*
 * Replaces a spec by a text that was checked: notes who did it, makes systemd follow, and says when
 * the server runs and has to be restarted. The lock must be held. Returns an ExitCode and has said
 * what was wrong.
 */
int change_save(Ctl *ctl, const char *name, const Text *text) _must_check_;
