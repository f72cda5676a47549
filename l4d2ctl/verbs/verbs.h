/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The verbs, each in a file of its name. Each returns an ExitCode and has said what went wrong. How
 * they are called is in the table in main.c, what they do for people in l4d2ctl(8).
 */

#include "common/ctl.h"

int verb_hardening(Ctl *ctl) _must_check_;
int verb_ban(Ctl *ctl) _must_check_;
int verb_bans(Ctl *ctl) _must_check_;
int verb_cat(Ctl *ctl) _must_check_;
int verb_console(Ctl *ctl) _must_check_;
int verb_cvars(Ctl *ctl) _must_check_;
int verb_kick(Ctl *ctl) _must_check_;
int verb_map(Ctl *ctl) _must_check_;
int verb_players(Ctl *ctl) _must_check_;
int verb_history(Ctl *ctl) _must_check_;
int verb_say(Ctl *ctl) _must_check_;
int verb_content(Ctl *ctl) _must_check_;
int verb_delete(Ctl *ctl) _must_check_;
int verb_disk(Ctl *ctl) _must_check_;
int verb_guard(Ctl *ctl) _must_check_;
int verb_doctor(Ctl *ctl) _must_check_;
int verb_edit(Ctl *ctl) _must_check_;
int verb_get(Ctl *ctl) _must_check_;
int verb_initialize(Ctl *ctl) _must_check_;
int verb_install(Ctl *ctl) _must_check_;
int verb_list(Ctl *ctl) _must_check_;
int verb_logs(Ctl *ctl) _must_check_;
int verb_reload(Ctl *ctl) _must_check_;
int verb_render(Ctl *ctl) _must_check_;
int verb_report(Ctl *ctl) _must_check_;
int verb_reset(Ctl *ctl) _must_check_;
int verb_restart(Ctl *ctl) _must_check_;
int verb_set(Ctl *ctl) _must_check_;
int verb_start(Ctl *ctl) _must_check_;
int verb_status(Ctl *ctl) _must_check_;
int verb_stop(Ctl *ctl) _must_check_;
int verb_top(Ctl *ctl) _must_check_;
int verb_tree(Ctl *ctl) _must_check_;
int verb_written(Ctl *ctl) _must_check_;
int verb_trial(Ctl *ctl) _must_check_;
int verb_unban(Ctl *ctl) _must_check_;
int verb_unset(Ctl *ctl) _must_check_;
int verb_validate(Ctl *ctl) _must_check_;

extern const VerbGroup alert_verbs, blueprint_verbs, game_verbs, job_verbs, overlay_verbs,
        user_verbs;
