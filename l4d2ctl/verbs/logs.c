/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl logs NAME: the last lines of a server, and with --follow new ones as they are written.
 * --since asks for a time, not for a run of the server, so it covers all invocations, as --all.
 */

#include <poll.h>

#include "base/log.h"
#include "journal/journal.h"
#include "servers/log-filter.h"
#include "servers/log-lines.h"
#include "specs/actor.h"
#include "specs/instance.h"
#include "verbs/verbs.h"

typedef struct Following {
        LogLines *lines;
        LogFilter *filter;
        uint64_t n_lost; /* not yet said */
} Following;

static void say_lost(Following *following) {
        if (following->n_lost > 0)
                log_lines_print_gap(following->lines, following->n_lost);
        following->n_lost = 0;
}

static int print_new(sd_journal *journal, void *userdata) {
        Following *following = userdata;
        int r;

        r = log_filter_entry(journal, following->filter);
        if (r <= 0)
                return r;
        say_lost(following);
        return log_lines_print(journal, following->lines);
}

/* Whether the reader of our output went away. A quiet server writes nothing that would tell us. */
static bool reader_is_gone(void) {
        struct pollfd fd = { .fd = STDOUT_FILENO };

        return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLERR | POLLNVAL));
}

static int follow(JournalFollower *follower, LogFilter *filter, LogLines *lines) {
        Following following = { .lines = lines, .filter = filter };

        while (!reader_is_gone()) {
                int r;

                r = journal_follower_step(follower, print_new, &following, &following.n_lost);
                if (r < 0)
                        return r;
                say_lost(&following);
                if (fflush(lines->f) != 0)
                        return -errno;
        }
        return 0;
}

static int read_log(const JournalQuery *wanted, bool go_on, LogLines *lines, int64_t *ret_n) {
        _cleanup_(journal_follower_freep) JournalFollower *follower = NULL;
        JournalQuery query = *wanted;
        int64_t n;
        int r;

        /* First where new lines begin, then what was before: nothing twice, nothing missing. */
        if (go_on) {
                r = journal_follower_new(query.unit, &follower);
                if (r < 0)
                        return r;
                query.until = journal_follower_start(follower);
        }

        n = journal_read_last(&query, log_lines_print, lines);
        if (n < 0)
                return (int) n;
        if (fflush(lines->f) != 0)
                return -errno;

        *ret_n = n;
        return go_on ? follow(follower, query.filter_userdata, lines) : 0;
}

static bool spec_is_missing(const Ctl *ctl, const char *name) {
        _cleanup_free_ char *path = instance_spec_path(ctl, name);

        /* A user who may read the journal need not have the right to look at specs. */
        return path && access(path, F_OK) < 0 && errno == ENOENT;
}

static int ignore_entry(sd_journal *journal _unused_, void *userdata _unused_) {
        return 0;
}

/* A deleted server may still have a log; with neither it is a wrong name. */
static int check_exists(const Ctl *ctl, const char *name, const char *unit) {
        JournalQuery query = { .unit = unit, .lines = 1, .all_invocations = true };

        if (!spec_is_missing(ctl, name) || journal_read_last(&query, ignore_entry, NULL) != 0)
                return CTL_OK;
        log_error("No server named '%s', and no log entries for it", name);
        return CTL_NO_INSTANCE;
}

int verb_logs(Ctl *ctl) {
        const Options *options = &ctl->options;
        LogFilter filter = {
                .text = options->grep,
                .priority = options->priority,
                .polls = options->polls,
        };
        bool since_only = options->since > 0 && !options->lines_given;
        JournalQuery query = {
                .all_invocations = options->all || options->since > 0 || options->until > 0 ||
                                   options->has_before,
                .lines = since_only ? UINT64_MAX : options->lines,
                .since = options->since,
                .before = options->until,
                .older = options->has_before ? &options->before : NULL,
                .filter = log_filter_entry,
                .filter_userdata = &filter,
        };
        const char *name;
        LogLines lines;
        UnitNames units;
        uint64_t own_since;
        int64_t n = 0;
        int r;

        if (options->follow && (options->until > 0 || options->has_before)) {
                log_error(
                        "%s and --follow can't be used together",
                        options->until > 0 ? "--until" : "--before");
                return CTL_USAGE;
        }
        r = ctl_check_names(ctl, 0);
        if (r != CTL_OK)
                return r;
        name = ctl->operands[0];
        unit_names(name, &units);
        query.unit = units.server;
        log_lines_init(&lines, stdout, options->json);
        lines.instance = name;

        r = actor_see_since(ctl, name, &own_since);
        if (r == CTL_OK)
                r = check_exists(ctl, name, units.server);
        if (r != CTL_OK)
                return r;
        if (query.since < own_since)
                query.since = own_since;
        r = read_log(&query, options->follow, &lines, &n);
        if (r < 0)
                return log_lines_complain(name, r);
        if (n == 0 && query.lines > 0)
                log_notice("The journal has no matching lines of '%s'", name);
        return CTL_OK;
}
