/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server/queued-restart.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/name.h"
#include "base/time-text.h"
#include "base/utf8.h"
#include "server/instance-file.h"

#define RESTART_FILE "restart.json"

#define USEC_PER_MINUTE (60 * USEC_PER_SEC)

/* Minutes before the deadline, the last first. */
static const unsigned warnings[] = { 1, 5, 10 };

/* null is 0. */
static bool get_time(sd_json_variant *object, const char *key, uint64_t *ret) {
        sd_json_variant *v = sd_json_variant_by_key(object, key);

        if (!v || (!sd_json_variant_is_null(v) && !sd_json_variant_is_unsigned(v)))
                return false;
        *ret = sd_json_variant_is_null(v) ? 0 : sd_json_variant_unsigned(v);
        return true;
}

int queued_restart_parse(const char *text, QueuedRestart *ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        QueuedRestart restart = {};

        if (sd_json_parse(text, 0, &object, NULL, NULL) < 0 || !sd_json_variant_is_object(object))
                return -EINVAL;
        if (!get_time(object, "queued_usec", &restart.queued_usec) ||
            !get_time(object, "deadline_usec", &restart.deadline_usec) ||
            (sd_json_variant_by_key(object, "deadline_boottime_usec") &&
             !get_time(object, "deadline_boottime_usec", &restart.deadline_boottime)) ||
            !json_copy_text(
                    object, "invocation_id", restart.invocation_id,
                    sizeof(restart.invocation_id)) ||
            !json_copy_text(object, "user", restart.user, sizeof(restart.user)) ||
            !json_copy_owner(object, restart.owner))
                return -EINVAL;
        if (restart.queued_usec == 0 || !hex_is_valid(restart.invocation_id, INVOCATION_ID_MAX) ||
            !utf8_is_printable(restart.user))
                return -EINVAL;

        *ret = restart;
        return 0;
}

int queued_restart_load(const SpecContext *context, const char *name, QueuedRestart *ret) {
        _cleanup_free_ char *text = NULL;
        int r;

        r = instance_file_load(context, name, RESTART_FILE, &text);
        if (r >= 0)
                r = queued_restart_parse(text, ret);
        if (r >= 0)
                queued_restart_follow_clock(ret, now_realtime(), now_boottime());
        return r;
}

/* Neither below 1, which is a time, nor above what can be told. */
static uint64_t add_saturating(uint64_t usec, uint64_t plus, uint64_t minus) {
        if (minus >= plus)
                return minus - plus < usec ? usec - (minus - plus) : 1;
        return plus - minus > UINT64_MAX - usec ? UINT64_MAX : usec + (plus - minus);
}

void queued_restart_follow_clock(QueuedRestart *restart, uint64_t now, uint64_t boottime) {
        uint64_t deadline, was = restart->deadline_usec;

        if (restart->deadline_boottime == 0 || was == 0)
                return;
        deadline = add_saturating(now, restart->deadline_boottime, boottime);
        /* A clock that only goes a little faster or slower makes no other wish of it. */
        if ((deadline > was ? deadline - was : was - deadline) < USEC_PER_SEC)
                return;
        restart->deadline_usec = deadline;
        restart->queued_usec = add_saturating(restart->queued_usec, deadline, was);
}

static int build(const QueuedRestart *restart, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        uint64_t deadline = restart->deadline_usec, boottime = restart->deadline_boottime;
        int r;

        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_UNSIGNED("queued_usec", restart->queued_usec),
                SD_JSON_BUILD_PAIR_CALLBACK("deadline_usec", json_build_nonzero, &deadline),
                SD_JSON_BUILD_PAIR_CALLBACK(
                        "deadline_boottime_usec", json_build_nonzero, &boottime),
                SD_JSON_BUILD_PAIR_STRING("invocation_id", restart->invocation_id),
                SD_JSON_BUILD_PAIR_STRING("user", restart->user));
        if (r >= 0)
                r = json_add_owner(&object, restart->owner);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(object);
        return 0;
}

int queued_restart_save(
        const SpecContext *context, const char *name, const QueuedRestart *restart) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = build(restart, &object);
        return r < 0 ? r : instance_file_save(context, name, RESTART_FILE, object);
}

int queued_restart_remove(const SpecContext *context, const char *name) {
        return instance_file_remove(context, name, RESTART_FILE);
}

bool queued_restart_is_beside(const SpecContext *context, const char *directory) {
        char path[NAME_MAX + sizeof("/" RESTART_FILE)];
        struct stat st;

        /* As glob(7): hidden ones do not match. */
        if (directory[0] == '.')
                return false;
        (void) snprintf(path, sizeof(path), "%s/" RESTART_FILE, directory);
        return fstatat(context->instances_fd, path, &st, AT_SYMLINK_NOFOLLOW) >= 0;
}

bool queued_restart_is_due(const QueuedRestart *restart, const UnitState *unit) {
        return restart->queued_usec > 0 && unit_state_is_active(unit) && unit->invocation_id &&
               strcmp(unit->invocation_id, restart->invocation_id) == 0;
}

/* The last warning that has come by then, in minutes; 0: none. */
static unsigned warning_of(const QueuedRestart *restart, uint64_t now) {
        for (size_t i = 0; i < ELEMENTSOF(warnings) && restart->deadline_usec > now; i++)
                if (restart->deadline_usec - now <= warnings[i] * USEC_PER_MINUTE)
                        return warnings[i];
        return 0;
}

unsigned queued_restart_warn(const QueuedRestart *restart, uint64_t now, unsigned *warned) {
        unsigned warning = warning_of(restart, now);

        /* The clock was set back. */
        if (*warned > 0 && restart->deadline_usec > now &&
            restart->deadline_usec - now > (*warned + 1) * USEC_PER_MINUTE)
                *warned = 0;
        if (warning == 0 || (*warned > 0 && warning >= *warned))
                return 0;
        *warned = warning;
        return (unsigned) ((restart->deadline_usec - now + USEC_PER_MINUTE - 1) / USEC_PER_MINUTE);
}

uint64_t queued_restart_next(const QueuedRestart *restart, uint64_t now) {
        uint64_t deadline = restart->deadline_usec;

        if (deadline <= now)
                return UINT64_MAX;
        for (size_t i = ELEMENTSOF(warnings); i-- > 0;)
                if (deadline - now > warnings[i] * USEC_PER_MINUTE)
                        return deadline - warnings[i] * USEC_PER_MINUTE;
        return deadline;
}

int queued_restart_to_json(const QueuedRestart *restart, sd_json_variant **ret) {
        return restart->queued_usec > 0 ? build(restart, ret) : sd_json_variant_new_null(ret);
}
