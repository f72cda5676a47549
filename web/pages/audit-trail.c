/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/audit-trail.h"

#include <string.h>
#include <systemd/sd-journal.h>

#include "journal/audit-id.h"
#include "journal/audit-user.h"
#include "journal/journal.h"

enum { NAME_MAX_LENGTH = 64 };

/* The fields of one entry, each from malloc. */
typedef struct Fields {
        char *user, *action, *instance, *blueprint, *overlay, *target_user, *message, *cursor;
} Fields;

static void fields_clear(Fields *fields) {
        free(fields->user);
        free(fields->action);
        free(fields->instance);
        free(fields->blueprint);
        free(fields->overlay);
        free(fields->target_user);
        free(fields->message);
        free(fields->cursor);
}

/* A field that need not be there; an empty one is as good as none. */
static int get_optional(sd_journal *journal, const char *field, char **ret) {
        int r;

        r = journal_get_text(journal, field, ret);
        if (r == -ENOENT)
                return 0;
        if (r >= 0 && (*ret)[0] == '\0') {
                free(*ret);
                *ret = NULL;
        }
        return r;
}

static int read_fields(sd_journal *journal, Fields *fields) {
        int r;

        r = audit_entry_get_user(journal, &fields->user, NULL);
        if (r >= 0)
                r = get_optional(journal, "L4D2_ACTION", &fields->action);
        if (r >= 0)
                r = get_optional(journal, "L4D2_INSTANCE", &fields->instance);
        if (r >= 0)
                r = get_optional(journal, "L4D2_BLUEPRINT", &fields->blueprint);
        if (r >= 0)
                r = get_optional(journal, "L4D2_OVERLAY", &fields->overlay);
        if (r >= 0)
                r = get_optional(journal, "L4D2_TARGET_USER", &fields->target_user);
        if (r >= 0)
                r = get_optional(journal, "MESSAGE", &fields->message);
        if (r >= 0)
                r = sd_journal_get_cursor(journal, &fields->cursor);
        return r;
}

static int pass_entry(sd_journal *journal, TrailHandler handler, void *userdata) {
        _cleanup_(fields_clear) Fields fields = {};
        TrailEntry entry;
        int r;

        r = read_fields(journal, &fields);
        if (r < 0)
                return r;
        entry = (TrailEntry) {
                .user = fields.user,
                .action = fields.action,
                .instance = fields.instance,
                .blueprint = fields.blueprint,
                .overlay = fields.overlay,
                .target_user = fields.target_user,
                .message = fields.message ? fields.message : "",
                .cursor = fields.cursor,
        };
        r = sd_journal_get_realtime_usec(journal, &entry.time);
        return r < 0 ? r : handler(&entry, userdata);
}

static int add_matches(sd_journal *journal, const char *instance) {
        _cleanup_free_ char *match = NULL;
        int r;

        r = sd_journal_add_match(journal, "MESSAGE_ID=" AUDIT_MESSAGE_ID, 0);
        if (r < 0 || !instance)
                return r;
        if (asprintf(&match, "L4D2_INSTANCE=%s", instance) < 0)
                return -ENOMEM;
        return sd_journal_add_match(journal, match, 0);
}

static int open_at(const TrailQuery *query, sd_journal **ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        int r;

        /* Not of the system alone: what people at a shell did lies in the journals of their users.
         */
        r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
        if (r >= 0)
                r = add_matches(journal, query->instance);
        if (r >= 0)
                r = query->before ? sd_journal_seek_cursor(journal, query->before)
                                  : sd_journal_seek_tail(journal);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(journal);
        return 0;
}

/* Only entries of those who may add users count: anybody can write that they did. */
static int add_user_matches(sd_journal *journal, const char *name) {
        char match[NAME_MAX_LENGTH * 2];
        int r;

        (void) snprintf(match, sizeof(match), "L4D2_TARGET_USER=%s", name);
        r = add_matches(journal, NULL);
        if (r >= 0)
                r = sd_journal_add_match(journal, "L4D2_ACTION=user add", 0);
        if (r >= 0)
                r = sd_journal_add_match(journal, match, 0);
        if (r >= 0)
                r = sd_journal_add_match(journal, "_UID=0", 0);
        if (r < 0)
                return r;
        (void) snprintf(match, sizeof(match), "_UID=%u", (unsigned) audit_control_plane_uid());
        return sd_journal_add_match(journal, match, 0);
}

int audit_trail_user_since(const char *name, uint64_t *ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        uint64_t since = 0;
        int r;

        r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
        if (r >= 0)
                r = add_user_matches(journal, name);
        if (r >= 0)
                r = sd_journal_seek_tail(journal);
        if (r >= 0)
                r = sd_journal_previous(journal);
        if (r > 0)
                r = sd_journal_get_realtime_usec(journal, &since);
        if (r < 0)
                return r;

        *ret = since;
        return 0;
}

/* One that is damaged, or was vacuumed while it was looked at, hides itself only. */
static bool is_tolerable(int error) {
        return error == -EBADMSG || error == -EADDRNOTAVAIL || error == -ENODATA;
}

int64_t audit_trail_read(
        const TrailQuery *query, TrailHandler handler, void *userdata, bool *ret_more) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        uint64_t counted = 0, passed = 0;
        int r;

        r = open_at(query, &journal);
        if (r < 0)
                return r;

        for (*ret_more = true; counted < query->entries && passed < query->looked_at; passed++) {
                r = sd_journal_previous(journal);
                if (r < 0)
                        return r;
                if (r == 0) {
                        *ret_more = false;
                        break;
                }
                /* Where a seek by cursor ends up at the entry itself, it was shown already. */
                if (query->before && sd_journal_test_cursor(journal, query->before) > 0)
                        continue;

                r = pass_entry(journal, handler, userdata);
                if (r < 0 && !is_tolerable(r))
                        return r;
                counted += r > 0;
        }
        return (int64_t) counted;
}
