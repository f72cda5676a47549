/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/job-journal.h"

#include <string.h>

#include "base/path-below.h"
#include "journal/audit-id.h"
#include "journal/audit-user.h"
#include "journal/back.h"
#include "journal/files.h"

typedef struct Reader {
        const JobQuery *query;
        JobCollector collector;
        JobList list;
        size_t n_seen;
} Reader;

static bool is_in(unsigned set, unsigned member) {
        return set == 0 || (set & (1U << member)) != 0;
}

static bool is_stacked(char *const *refs, JobKind kind, const char *ref) {
        if (!job_kind_has_ref(kind))
                return kind != JOB_CHECK; /* it changes nothing */
        while (*refs && strcmp(*refs, ref) != 0)
                refs++;
        return *refs != NULL;
}

bool job_query_takes(const JobQuery *query, JobKind kind, const char *ref) {
        return is_in(query->kinds, kind) && (!query->ref || strcmp(query->ref, ref) == 0) &&
               (!query->stacked || is_stacked(query->stacked, kind, ref)) &&
               (!query->owner || path_below(ref, query->owner));
}

static bool is_wanted_unit(const JobQuery *query, const char *unit) {
        char ref[JOB_REF_MAX + 1];
        JobKind kind;

        return job_unit_parse(unit, &kind, ref) && job_query_takes(query, kind, ref);
}

/* --- which entries ------------------------------------------------------------------------------
 */

/* A field's value of sd_journal_enumerate_available_unique(), "FIELD=value". */
static bool is_wanted_data(const JobQuery *query, const char *data, size_t size) {
        size_t prefix = strlen("UNIT=");
        char unit[JOB_UNIT_MAX];

        if (size <= prefix || size - prefix >= sizeof(unit))
                return false;
        memcpy(unit, data + prefix, size - prefix);
        unit[size - prefix] = '\0';
        return is_wanted_unit(query, unit);
}

/*
 * sd-journal can't match a pattern, so this looks which units the file has at all: their names are
 * stored once each, however many entries have them.
 */
static int match_units(sd_journal *journal, const JobQuery *query) {
        const void *data;
        size_t size;
        int r, n = 0;

        r = sd_journal_query_unique(journal, "UNIT");
        if (r < 0)
                return r;
        while ((r = sd_journal_enumerate_available_unique(journal, &data, &size)) > 0) {
                if (!is_wanted_data(query, data, size))
                        continue;
                r = sd_journal_add_match(journal, data, size);
                if (r < 0)
                        return r;
                n++;
        }
        return r < 0 ? r : n > 0;
}

static int match(sd_journal *journal, void *userdata) {
        const Reader *reader = userdata;
        const char *id = reader->query->id;
        char text[sizeof("INVOCATION_ID=") + JOB_ID_MAX];
        int r;

        r = sd_journal_add_match(journal, "_PID=1", 0);
        if (r < 0)
                return r;
        if (!id || strlen(id) != JOB_ID_MAX - 1)
                return match_units(journal, reader->query);
        (void) snprintf(text, sizeof(text), "INVOCATION_ID=%s", id);
        r = sd_journal_add_match(journal, text, 0);
        return r < 0 ? r : 1;
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* A job without an end in the journal runs, or never ended. */
static void settle(const JobQuery *query, Job *job) {
        if (job->result != JOB_RUNNING || job->begun > query->running_at)
                return;
        for (size_t i = 0; i < query->n_running; i++)
                if (strcmp(query->running[i].id, job->id) == 0)
                        return;
        job->result = JOB_FAILED;
}

static bool is_wanted(const JobQuery *query, const Job *job) {
        return job_query_takes(query, job->kind, job->ref) && is_in(query->results, job->result) &&
               (!query->id || strncmp(query->id, job->id, strlen(query->id)) == 0);
}

static bool has_ref(const JobList *list, const char *ref) {
        for (size_t i = 0; i < list->n_items; i++)
                if (strcmp(list->items[i].ref, ref) == 0)
                        return true;
        return false;
}

static int append(JobList *list, const Job *job) {
        Job *items = reallocarray(list->items, list->n_items + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;
        list->items = items;
        items[list->n_items++] = *job;
        return 0;
}

static int on_entry(sd_journal *journal, void *userdata) {
        Reader *reader = userdata;
        sd_id128_t boot;
        EntryTime at;
        Job job;
        int r;

        r = sd_journal_get_realtime_usec(journal, &at.realtime);
        if (r >= 0)
                r = sd_journal_get_monotonic_usec(journal, &at.monotonic, &boot);
        if (r >= 0)
                r = job_collector_take(&reader->collector, journal_field_get, journal, at, &job);
        if (r <= 0)
                return r < 0 ? r : 1;
        settle(reader->query, &job);
        if (!is_wanted(reader->query, &job))
                return 1;
        if (reader->query->looked_at > 0 && reader->n_seen++ == reader->query->looked_at) {
                reader->list.is_cut = true;
                return 0;
        }
        if (reader->query->newest_only && has_ref(&reader->list, job.ref))
                return 1;
        r = append(&reader->list, &job);
        return r < 0 ? r : reader->list.n_items < reader->query->max;
}

static void restart(void *userdata) {
        Reader *reader = userdata;

        job_collector_clear(&reader->collector);
        job_list_clear(&reader->list);
        reader->n_seen = 0;
}

/* --- who asked ----------------------------------------------------------------------------------
 */

#define JOB_FIELD "L4D2_JOB="

/* sd-journal tries each match at each step. */
enum { MATCHES_MAX = 64 };

static Job *find(JobList *list, const char *id, size_t size) {
        for (size_t i = 0; i < list->n_items; i++)
                if (size == JOB_ID_MAX - 1 && memcmp(list->items[i].id, id, size) == 0)
                        return &list->items[i];
        return NULL;
}

/* The first one: a run is started once. But any process can write an entry that names a job. */
static int take_user(sd_journal *journal, JobList *list) {
        _cleanup_free_ char *user = NULL;
        const char *id;
        bool is_sure;
        size_t size;
        Job *job;
        int r;

        r = journal_field_get(journal, "L4D2_JOB", &id, &size);
        job = r > 0 ? find(list, id, size) : NULL;
        if (!job)
                return r;
        r = audit_entry_get_user(journal, &user, &is_sure);
        if (r < 0)
                return r;
        if (job->user[0] == '\0' || (is_sure && !job->is_user_sure)) {
                (void) snprintf(job->user, sizeof(job->user), "%s", user);
                job->is_user_sure = is_sure;
        }
        return 0;
}

static int match_jobs(sd_journal *journal, const JobList *list, size_t first) {
        int r;

        sd_journal_flush_matches(journal);
        r = sd_journal_add_match(journal, "MESSAGE_ID=" AUDIT_MESSAGE_ID, 0);
        for (size_t i = first; r >= 0 && i < list->n_items && i < first + MATCHES_MAX; i++) {
                char text[sizeof(JOB_FIELD) + JOB_ID_MAX];

                (void) snprintf(text, sizeof(text), JOB_FIELD "%s", list->items[i].id);
                r = sd_journal_add_match(journal, text, 0);
        }
        return r < 0 ? r : sd_journal_seek_head(journal);
}

/* Not of the system's journal alone: what people at a shell did lies in the journals of their
 * users. */
static int find_users(JobList *list) {
        _cleanup_(sd_journal_closep) sd_journal *journal = NULL;
        int r = 0;

        if (list->n_items > 0)
                r = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
        for (size_t i = 0; r >= 0 && i < list->n_items; i += MATCHES_MAX) {
                r = match_jobs(journal, list, i);
                while (r >= 0 && (r = sd_journal_next(journal)) > 0)
                        r = take_user(journal, list);
        }
        return r < 0 && !journal_files_tolerate(r) ? r : 0;
}

int job_journal_read(const JobQuery *query, JobList *ret) {
        Reader reader = { .query = query };
        const JournalBack back = {
                .match = match,
                .handler = on_entry,
                .restart = restart,
                .userdata = &reader,
                .since = query->since,
                .visited = query->visited,
        };
        int r;

        r = query->max > 0 ? journal_read_back(&back) : 0;
        if (r >= 0 && !query->without_users)
                r = find_users(&reader.list);
        job_collector_clear(&reader.collector);
        if (r < 0) {
                job_list_clear(&reader.list);
                return r;
        }
        *ret = reader.list;
        return 0;
}

void job_list_clear(JobList *list) {
        free(list->items);
        *list = (JobList) {};
}
