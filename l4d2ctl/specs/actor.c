/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "specs/actor.h"

#include <string.h>

#include "base/log.h"
#include "base/path-below.h"
#include "common/terminal.h"
#include "server/owner.h"
#include "spec/blueprint.h"
#include "spec/keys.h"
#include "spec/user.h"
#include "specs/references.h"

/* Whether the user of --as-user is restricted. Returns CTL_OK or, for a user that can't be found or
 * read, CTL_DENIED. */
static int load(Ctl *ctl, bool *ret_is_limited) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(state_dir_close) StateDir users = STATE_DIR_INIT;
        _cleanup_(user_freep) User *user = NULL;
        const char *name = ctl->options.as_user;
        int r;

        if (!name) {
                *ret_is_limited = false;
                return CTL_OK;
        }

        r = state_dir_open(ctl->paths, ctl->paths->users_dir, &users);
        if (r >= 0)
                r = user_load(&users, name, &errors, &user);
        if (r == -ENOENT)
                log_error("Unknown user '%s': 'l4d2ctl user list' shows all", name);
        else if (r == -EINVAL)
                log_error(
                        "Failed to read the user '%s': the file has errors; run 'l4d2ctl user "
                        "passwd %s' to write it again",
                        name, name);
        else if (r < 0)
                (void) log_error_errno(r, "Failed to read the user '%s'", name);
        if (r < 0)
                return CTL_DENIED;

        *ret_is_limited = user->role != USER_ROLE_ADMIN;
        return CTL_OK;
}

static bool owns(const Ctl *ctl, const char *ref) {
        return ref && path_below(ref, ctl->options.as_user);
}

static int deny_server(const Ctl *ctl, const char *name) {
        log_error("The server '%s' does not belong to the user '%s'", name, ctl->options.as_user);
        return CTL_DENIED;
}

/* --- specs --------------------------------------------------------------------------------------
 */

/* The present spec, if it is the user's; NULL: there is none. Its errors are not shown: they quote
 * it, and it may be another's. */
static int load_own(Ctl *ctl, const char *name, Spec **ret) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(spec_freep) Spec *spec = NULL;
        int r;

        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;
        r = spec_load(&ctl->specs, name, &errors, &spec);
        if (r == -EINVAL) {
                log_error(
                        "The current spec of '%s' has errors: only admins may change this server",
                        name);
                return CTL_DENIED;
        }
        if (r < 0 && r != -ENOENT) {
                (void) log_error_errno(r, "Failed to read the current spec of '%s'", name);
                return CTL_DENIED;
        }
        if (spec && !owns(ctl, spec->blueprint))
                return deny_server(ctl, name);

        *ret = TAKE_PTR(spec);
        return CTL_OK;
}

int actor_check_server(Ctl *ctl, const char *name) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        bool is_limited;
        int r;

        r = load(ctl, &is_limited);
        if (r != CTL_OK || !is_limited)
                return r;
        r = load_own(ctl, name, &spec);
        if (r != CTL_OK || spec)
                return r;
        log_error("No server named '%s'", name);
        return CTL_NO_INSTANCE;
}

int actor_see_since(Ctl *ctl, const char *name, uint64_t *ret) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        bool is_limited;
        int r;

        r = load(ctl, &is_limited);
        if (r != CTL_OK)
                return r;
        if (!is_limited) {
                *ret = 0;
                return CTL_OK;
        }
        r = load_own(ctl, name, &spec);
        if (r == CTL_OK && !spec)
                return deny_server(ctl, name);
        if (r != CTL_OK)
                return r;
        r = server_owner_since(&ctl->specs, name, spec->blueprint, ret);
        if (r >= 0)
                return CTL_OK;
        (void) log_error_errno(r, "Failed to find out since when '%s' has its owner", name);
        return CTL_DENIED;
}

static int check_blueprint_of(const Ctl *ctl, const Spec *spec) {
        if (owns(ctl, spec->blueprint))
                return CTL_OK;
        if (spec->blueprint)
                log_error(
                        "The blueprint '%s' does not belong to the user '%s'", spec->blueprint,
                        ctl->options.as_user);
        else
                log_error("Only admins may have a server without a blueprint: add "
                          "'blueprint: OWNER/NAME'");
        return CTL_DENIED;
}

static int check_keys(const SpecKeys *keys, const void *old, const void *new) {
        const SpecKey *key = spec_keys_find_change(keys, SPEC_KEY_ADMIN, old, new);

        if (!key)
                return CTL_OK;
        log_error("Only admins may change '%s'", key->name);
        return CTL_DENIED;
}

/* One more server for the user; what has errors counts too, as far as its blueprint can be read. */
static int check_quota(Ctl *ctl) {
        _cleanup_(usage_clear) Usage usage = {};
        unsigned n = 0, max = ctl->config->servers_per_user;
        int r;

        r = usage_load(ctl, &usage);
        if (r != CTL_OK)
                return CTL_DENIED;
        for (size_t i = 0; i < usage.n_servers; i++)
                n += owns(ctl, usage.servers[i].blueprint);
        if (n < max)
                return CTL_OK;
        log_error(
                "The user '%s' has %u servers, and may have %u (servers_per_user= in left4me.conf)",
                ctl->options.as_user, n, max);
        return CTL_DENIED;
}

int actor_check_spec(Ctl *ctl, const char *name, const Spec *new) {
        _cleanup_(spec_freep) Spec *old = NULL;
        bool is_limited;
        int r;

        r = load(ctl, &is_limited);
        if (r != CTL_OK || !is_limited)
                return r;
        r = load_own(ctl, name, &old);
        if (r == CTL_OK)
                r = check_blueprint_of(ctl, new);
        if (r == CTL_OK)
                r = check_keys(&spec_keys, old ? old : &spec_defaults, new);
        return r == CTL_OK && !old ? check_quota(ctl) : r;
}

int actor_check_spec_text(Ctl *ctl, const char *name, const Text *text) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(spec_freep) Spec *new = NULL;
        bool is_limited;
        int r;

        r = load(ctl, &is_limited);
        if (r != CTL_OK || !is_limited)
                return r;
        r = spec_parse(name, "", text->data, text->size, ctl->config, &errors, &new);
        if (r >= 0)
                return actor_check_spec(ctl, name, new);
        (void) log_error_errno(r, "Failed to check who may save the spec of '%s'", name);
        return CTL_DENIED;
}

/* --- blueprints ---------------------------------------------------------------------------------
 */

int actor_check_ref(Ctl *ctl, const char *ref) {
        bool is_limited;
        int r;

        r = load(ctl, &is_limited);
        if (r != CTL_OK || !is_limited || owns(ctl, ref))
                return r;
        log_error("The blueprint '%s' does not belong to the user '%s'", ref, ctl->options.as_user);
        return CTL_DENIED;
}

int actor_check_blueprint_text(Ctl *ctl, const char *ref, const Text *text) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(state_dir_close) StateDir blueprints = STATE_DIR_INIT;
        _cleanup_(blueprint_freep) Blueprint *old = NULL, *new = NULL;
        bool is_limited;
        int r;

        r = actor_check_ref(ctl, ref);
        if (r != CTL_OK)
                return r;
        r = load(ctl, &is_limited);
        if (r != CTL_OK || !is_limited)
                return r;

        r = blueprint_parse(ref, "", text->data, text->size, &errors, &new);
        if (r >= 0)
                r = state_dir_open(ctl->paths, ctl->paths->blueprints_dir, &blueprints);
        if (r >= 0) {
                r = blueprint_load(&blueprints, ref, &errors, &old);
                /* A current file with errors had no effect. */
                if (r == -ENOENT || r == -EINVAL)
                        r = 0;
        }
        if (r >= 0)
                return check_keys(&blueprint_keys, old ? old : &blueprint_defaults, new);
        (void) log_error_errno(r, "Failed to check who may save the blueprint '%s'", ref);
        return CTL_DENIED;
}

/* --- overlays -----------------------------------------------------------------------------------
 */

static int check_admin(Ctl *ctl, const char *refusal) {
        bool is_limited;
        int r;

        r = load(ctl, &is_limited);
        if (r != CTL_OK || !is_limited)
                return r;
        log_error("%s", _(refusal));
        return CTL_DENIED;
}

int actor_check_scripts(Ctl *ctl) {
        return check_admin(ctl, N_("Only admins may have overlays of kind 'script'"));
}

/* A spec that can't be read counts as another user's. */
static bool is_own(Ctl *ctl, const char *name) {
        _cleanup_(spec_errors_clear) SpecErrors errors = {};
        _cleanup_(spec_freep) Spec *spec = NULL;

        return spec_load(&ctl->specs, name, &errors, &spec) >= 0 && owns(ctl, spec->blueprint);
}

int actor_keep_own(Ctl *ctl, char **names) {
        bool is_limited;
        size_t n = 0;
        int r;

        r = load(ctl, &is_limited);
        if (r != CTL_OK || !is_limited)
                return r;
        r = ctl_open_specs(ctl);
        if (r != CTL_OK)
                return r;
        for (size_t i = 0; names[i]; i++)
                if (is_own(ctl, names[i]))
                        names[n++] = names[i];
        names[n] = NULL;
        return CTL_OK;
}

int actor_check_overlay(Ctl *ctl, const char *ref) {
        bool is_limited;
        int r;

        r = load(ctl, &is_limited);
        if (r != CTL_OK || !is_limited || owns(ctl, ref))
                return r;
        log_error(
                "The overlay '%s' does not belong to the user '%s': the names of theirs begin with "
                "'%s/'",
                ref, ctl->options.as_user, ctl->options.as_user);
        return CTL_DENIED;
}

int actor_check_overlay_number(Ctl *ctl, size_t n) {
        bool is_limited;
        int r;

        r = load(ctl, &is_limited);
        if (r != CTL_OK || !is_limited)
                return r;
        r = ctl_open_config(ctl);
        if (r != CTL_OK || n <= ctl->config->user_overlays)
                return r;
        log_error(
                "The user '%s' may have %u overlays and has as many (user_overlays= in "
                "left4me.conf)",
                ctl->options.as_user, ctl->config->user_overlays);
        return CTL_DENIED;
}

int actor_check_overlay_bytes(Ctl *ctl, uint64_t bytes) {
        char used[SIZE_TEXT_MAX], allowed[SIZE_TEXT_MAX];
        bool is_limited;
        int r;

        r = load(ctl, &is_limited);
        if (r != CTL_OK || !is_limited)
                return r;
        r = ctl_open_config(ctl);
        if (r != CTL_OK || bytes <= ctl->config->user_overlay_bytes)
                return r;
        (void) size_format(bytes, used);
        (void) size_format(ctl->config->user_overlay_bytes, allowed);
        log_error(
                "The overlays of the user '%s' would take %s of the disk with all their versions, "
                "and may take %s (user_overlay_bytes= in left4me.conf)",
                ctl->options.as_user, used, allowed);
        return CTL_DENIED;
}

/* --- verbs --------------------------------------------------------------------------------------
 */

static int check_operands(Ctl *ctl, size_t n, int (*check)(Ctl *ctl, const char *operand)) {
        for (size_t i = 0; i < n && i < ctl->n_operands; i++) {
                int r = check(ctl, ctl->operands[i]);

                if (r != CTL_OK)
                        return r;
        }
        return CTL_OK;
}

static int check_rights(Ctl *ctl) {
        switch (ctl->verb->rights) {
        case RIGHTS_USER:
                return CTL_OK;
        case RIGHTS_SERVERS:
                /* None named is all there are. */
                if (ctl->n_operands > 0)
                        return check_operands(ctl, SIZE_MAX, actor_check_server);
                break;
        case RIGHTS_FIRST_SERVER:
                return check_operands(ctl, 1, actor_check_server);
        case RIGHTS_BLUEPRINTS:
                return check_operands(ctl, SIZE_MAX, actor_check_ref);
        case RIGHTS_FIRST_BLUEPRINT:
                return check_operands(ctl, 1, actor_check_ref);
        case RIGHTS_OVERLAYS:
                return check_operands(ctl, SIZE_MAX, actor_check_overlay);
        case RIGHTS_FIRST_OVERLAY:
                return check_operands(ctl, 1, actor_check_overlay);
        case RIGHTS_SELF:
                if (strcmp(ctl->operands[0], ctl->options.as_user) == 0)
                        return CTL_OK;
                break;
        case RIGHTS_ADMIN:
        default:
                break;
        }
        log_error(
                "Only admins may use '%s%s%s' in this way, and '%s' is not one",
                ctl->group ? ctl->group->name : "", ctl->group ? " " : "", ctl->verb->name,
                ctl->options.as_user);
        return CTL_DENIED;
}

int actor_check_verb(Ctl *ctl) {
        bool is_limited;
        int r;

        r = load(ctl, &is_limited);
        if (r != CTL_OK || !is_limited)
                return r;
        ctl->is_limited = true;
        return check_rights(ctl);
}
