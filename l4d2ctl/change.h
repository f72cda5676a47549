/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Changes of a spec in place, from its bytes on disk to a system that follows it. instances_lock()
 * is held from reading to the end, so that the changes of several l4d2ctl follow one another and
 * none is lost. All functions return an ExitCode and have said what was wrong.
 */

#include "instance.h"

/*
 * Sets one key, values NULL: removes it. Every byte outside the value stays, and a spec that would
 * not be valid is not written.
 */
int change_value(Ctl *ctl, const char *name, const char *key, const char *const *values)
        _must_check_;

/*
 * Replaces a spec by a text that was checked: notes who did it, makes systemd follow, and says when
 * the server runs and has to be restarted. The lock must be held.
 */
int change_save(Ctl *ctl, const char *name, const Text *text) _must_check_;
