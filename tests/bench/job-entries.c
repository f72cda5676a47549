/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * job-entries N: reads the last N content jobs as l4d2ctl does, prints how many jobs there were and
 * how many entries of the journal were looked at for that. The suite jobs.bats compares them.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content/job-journal.h"

int main(int argc, char **argv) {
        _cleanup_(job_list_clear) JobList list = {};
        uint64_t visited = 0;
        JobQuery query = { .visited = &visited };
        int r;

        if (argc != 2)
                return 2;
        query.max = strtoul(argv[1], NULL, 10);
        r = job_journal_read(&query, &list);
        if (r < 0) {
                (void) fprintf(stderr, "job-entries: %s\n", strerror(-r));
                return 1;
        }
        printf("%zu %" PRIu64 "\n", list.n_items, visited);
        return 0;
}
