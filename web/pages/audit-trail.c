/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/audit-trail.h"

#include <string.h>
#include <systemd/sd-journal.h>

#include "base/array.h"
#include "journal/audit-id.h"
#include "journal/audit-user.h"
#include "journal/files.h"
#include "journal/journal.h"
#include "journal/step.h"

static void entry_clear(TrailEntry *entry) {
        free(entry->user);
        free(entry->action);
        free(entry->instance);
        free(entry->blueprint);
        free(entry->overlay);
        free(entry->target_user);
        free(entry->command);
        free(entry->message);
        free(entry->cursor);
}

void trail_clear(Trail *trail) {
        for (size_t i = 0; i < trail->n_items; i++)
                entry_clear(&trail->items[i]);
        free(trail->items);
        free(trail->place);
        *trail = (Trail) {};
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

static int read_entry(sd_journal *journal, TrailEntry *entry) {
        int r;

        r = sd_journal_get_realtime_usec(journal, &entry->time);
        if (r >= 0)
                r = audit_entry_get_user(journal, &entry->user, NULL);
        if (r >= 0)
                r = get_optional(journal, "L4D2_ACTION", &entry->action);
        if (r >= 0)
                r = get_optional(journal, "L4D2_INSTANCE", &entry->instance);
        if (r >= 0)
                r = get_optional(journal, "L4D2_BLUEPRINT", &entry->blueprint);
        if (r >= 0)
                r = get_optional(journal, "L4D2_OVERLAY", &entry->overlay);
        if (r >= 0)
                r = get_optional(journal, "L4D2_TARGET_USER", &entry->target_user);
        if (r >= 0)
                r = get_optional(journal, "L4D2_COMMAND", &entry->command);
        if (r >= 0)
                r = get_optional(journal, "MESSAGE", &entry->message);
        if (r >= 0)
                r = sd_journal_get_cursor(journal, &entry->cursor);
        return r;
}

static int add_match(sd_journal *journal, const char *field, const char *value) {
        _cleanup_free_ char *match = NULL;

        if (!value)
                return 0;
        if (asprintf(&match, "%s=%s", field, value) < 0)
                return -ENOMEM;
        return sd_journal_add_match(journal, match, 0);
}

/* By fields that only journald writes, so that others' entries are not even looked at. */
static int add_believed_writers(sd_journal *journal) {
        char match[32];
        int r;

        (void) snprintf(match, sizeof(match), "_UID=%u", (unsigned) audit_control_plane_uid());
        r = sd_journal_add_match(journal, "_UID=0", 0);
        return r < 0 ? r : sd_journal_add_match(journal, match, 0);
}

static int add_matches(sd_journal *journal, const TrailQuery *query) {
        int r;

        r = sd_journal_add_match(journal, "MESSAGE_ID=" AUDIT_MESSAGE_ID, 0);
        if (r >= 0)
                r = add_match(journal, "L4D2_INSTANCE", query->instance);
        if (r >= 0)
                r = add_match(journal, "L4D2_ACTION", query->action);
        return r < 0 || !query->only_believed ? r : add_believed_writers(journal);
}

static int open_at(const TrailQuery *query, sd_journal **ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        int r;

        /* Not of the system alone: what people at a shell did lies in the journals of their users.
         */
        r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
        if (r < 0)
                return r;
        journal_prepare_steps(journal);
        r = add_matches(journal, query);
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
        const TrailQuery query = { .action = "user add", .only_believed = true };
        int r;

        r = add_matches(journal, &query);
        return r < 0 ? r : add_match(journal, "L4D2_TARGET_USER", name);
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

static int append(Trail *trail, const TrailEntry *entry) {
        TrailEntry *items = array_for_one_more(trail->items, trail->n_items, sizeof(*items));

        if (!items)
                return -ENOMEM;
        trail->items = items;
        items[trail->n_items++] = *entry;
        return 0;
}

/* Takes note of the present entry's place, and of the entry when it is wanted. 1; 0: it and all
 * older ones are too old. */
static int look_at(sd_journal *journal, const TrailQuery *query, Trail *trail) {
        TrailEntry entry = {};
        int r;

        free(TAKE_PTR(trail->place));
        r = sd_journal_get_cursor(journal, &trail->place);
        if (r >= 0)
                r = sd_journal_get_realtime_usec(journal, &trail->place_usec);
        if (r < 0)
                return r;
        if (trail->place_usec < query->since)
                return 0;
        r = read_entry(journal, &entry);
        if (r >= 0 && (!query->wants || query->wants(&entry, query->userdata))) {
                r = append(trail, &entry);
                if (r >= 0)
                        return 1;
        }
        entry_clear(&entry);
        return r < 0 ? r : 1;
}

static int read_all(sd_journal *journal, const TrailQuery *query, Trail *trail) {
        int r = 1;

        for (size_t n = 0; n < query->looked_at && trail->n_items < query->entries; n++) {
                r = journal_step_previous(journal);
                if (r <= 0)
                        break;
                /* Where a seek by cursor ends up at the entry itself, it was shown already. */
                if (query->before && sd_journal_test_cursor(journal, query->before) > 0)
                        continue;
                r = look_at(journal, query, trail);
                if (r == 0 || (r < 0 && !journal_files_tolerate(r)))
                        break;
        }
        if (r == 0)
                free(TAKE_PTR(trail->place));
        return r < 0 && !journal_files_tolerate(r) ? r : 0;
}

int audit_trail_read(const TrailQuery *query, Trail *ret) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        Trail trail = {};
        int r;

        r = open_at(query, &journal);
        if (r >= 0)
                r = read_all(journal, query, &trail);
        if (r < 0) {
                trail_clear(&trail);
                return r;
        }
        *ret = trail;
        return 0;
}
