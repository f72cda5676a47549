/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The handlers of the route table. A pages/NAME.c has those of one page and of its forms. */

#include "app/request.h"
#include "base/text.h"

/* For a name of a server, a blueprint or a user that instance_name_is_valid() refuses. */
#define NAME_RULE \
        _("Use 1 to 32 lowercase letters, digits and dashes, and don't start with a dash.")

/* pages/login.c */
int page_login(Request *request) _must_check_;
int post_login(Request *request) _must_check_;
int post_logout(Request *request) _must_check_;

/* pages/password.c */
int page_password(Request *request) _must_check_;
int post_password(Request *request) _must_check_;

/* pages/users.c */
int page_users(Request *request) _must_check_;
int post_user_add(Request *request) _must_check_;
int post_user_role(Request *request) _must_check_;
int post_user_password(Request *request) _must_check_;
int post_user_delete(Request *request) _must_check_;

/* pages/overview.c */
int page_overview(Request *request) _must_check_;

/* pages/server.c */
int page_server(Request *request) _must_check_;
int post_server_start(Request *request) _must_check_;
int post_server_stop(Request *request) _must_check_;
int post_server_restart(Request *request) _must_check_;
int post_server_restart_cancel(Request *request) _must_check_;
int post_server_restart_when_empty(Request *request) _must_check_;
int post_server_reset(Request *request) _must_check_;
int post_server_delete(Request *request) _must_check_;
int post_server_blueprint(Request *request) _must_check_;
int post_server_hostname(Request *request) _must_check_;
int post_server_label(Request *request) _must_check_;
int post_server_public(Request *request) _must_check_;

/* pages/avatar.c */
int page_avatar(Request *request) _must_check_;

/* pages/players.c */
int page_players(Request *request) _must_check_;
int post_players_kick(Request *request) _must_check_;
int post_players_ban(Request *request) _must_check_;
int page_bans(Request *request) _must_check_;
int post_bans_lift(Request *request) _must_check_;

/* pages/console.c */
int page_console(Request *request) _must_check_;
int post_console(Request *request) _must_check_;

/* pages/cvars.c */
int page_cvars(Request *request) _must_check_;

/* pages/timeline.c */
int page_timeline(Request *request) _must_check_;

/* pages/maps.c */
int page_maps(Request *request) _must_check_;
int post_maps(Request *request) _must_check_;

/* pages/server-new.c */
int page_server_new(Request *request) _must_check_;
int post_server_new(Request *request) _must_check_;

/* pages/server-spec.c */
int page_server_spec(Request *request) _must_check_;
int post_server_spec(Request *request) _must_check_;

/* pages/server-written.c */
int page_server_written(Request *request) _must_check_;
int page_server_written_file(Request *request) _must_check_;

/* pages/log.c */
int page_log(Request *request) _must_check_;

/* pages/log-text.c */
int page_log_text(Request *request) _must_check_;

/* pages/metrics.c */
int page_metrics(Request *request) _must_check_;

/* pages/public.c */
int page_public(Request *request) _must_check_;

/* pages/charts.c */
int page_server_charts(Request *request) _must_check_;
int page_server_series(Request *request) _must_check_;
int page_charts(Request *request) _must_check_;
int page_series(Request *request) _must_check_;

/* pages/events.c */
int page_events(Request *request) _must_check_;
int page_server_events(Request *request) _must_check_;

/* pages/blueprint-list.c */
int page_blueprints(Request *request) _must_check_;
int post_blueprint_clone(Request *request) _must_check_;
int post_blueprint_delete(Request *request) _must_check_;

/* pages/blueprint.c */
int page_blueprint(Request *request) _must_check_;
int post_blueprint(Request *request) _must_check_;
int page_blueprint_new(Request *request) _must_check_;
int post_blueprint_new(Request *request) _must_check_;

/* pages/blueprint-yaml.c */
int page_blueprint_yaml(Request *request) _must_check_;
int post_blueprint_yaml(Request *request) _must_check_;

/* pages/overlay-list.c, pages/overlay.c */
int page_overlays(Request *request) _must_check_;
int page_overlay(Request *request) _must_check_;

/* pages/overlay-file.c */
int page_overlay_file(Request *request) _must_check_;
int post_overlay_save(Request *request) _must_check_;
int page_overlay_download(Request *request) _must_check_;
int page_overlay_zip(Request *request) _must_check_;

/* pages/overlay-changes.c */
int post_overlay_folder(Request *request) _must_check_;
int post_overlay_file(Request *request) _must_check_;
int post_overlay_move(Request *request) _must_check_;
int post_overlay_remove(Request *request) _must_check_;
int post_overlay_apply(Request *request) _must_check_;

/* pages/overlay-source.c */
int page_overlay_source(Request *request) _must_check_;
int post_overlay_source(Request *request) _must_check_;
int post_overlay_script(Request *request) _must_check_;

/* pages/overlay-release.c */
int post_overlay_release(Request *request) _must_check_;

/* pages/overlay-workshop.c */
int page_overlay_workshop(Request *request) _must_check_;

/* pages/overlay-workshop-change.c */
int post_overlay_workshop(Request *request) _must_check_;

/* pages/overlay-build.c */
int post_overlay_unpack(Request *request) _must_check_;
int post_overlay_build(Request *request) _must_check_;

/* pages/overlay-upload.c */
int page_overlay_upload(Request *request) _must_check_;
int put_overlay_upload(Request *request) _must_check_;
int post_overlay_upload_cancel(Request *request) _must_check_;

/* pages/overlay-new.c */
int page_overlay_new(Request *request) _must_check_;
int post_overlay_new(Request *request) _must_check_;

/* pages/overlay-content.c */
int page_overlay_content(Request *request) _must_check_;

/* pages/server-tree.c */
int page_server_tree(Request *request) _must_check_;

/* pages/overlay-versions.c */
int page_overlay_versions(Request *request) _must_check_;
int post_overlay_rollback(Request *request) _must_check_;

/* pages/overlay-manage.c */
int post_overlay_description(Request *request) _must_check_;
int post_overlay_rename(Request *request) _must_check_;
int post_overlay_delete(Request *request) _must_check_;

/* pages/job-list.c, pages/job.c, pages/job-events.c */
int page_jobs(Request *request) _must_check_;
int page_job(Request *request) _must_check_;
int post_job_cancel(Request *request) _must_check_;
int page_job_events(Request *request) _must_check_;

/* pages/host-game.c */
int page_game(Request *request) _must_check_;
int post_game_install(Request *request) _must_check_;
int post_game_check(Request *request) _must_check_;
int post_game_rollback(Request *request) _must_check_;

/* pages/audit.c */
int page_audit(Request *request) _must_check_;

/* pages/host.c */
int page_host(Request *request) _must_check_;
int post_host_check(Request *request) _must_check_;

/* pages/health.c */
int page_health(Request *request) _must_check_;
