/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Jobs from systemd's journal entries, and what a job's StatusText says. */

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-messages.h>

#include "content/job-progress.h"
#include "content/job-record.h"

#define UNIT "left4me-script@wei:maps.service"
#define ID_1 "0123456789abcdef0123456789abcdef"
#define ID_2 "fedcba9876543210fedcba9876543210"

/* An entry: pairs of field and value. */
typedef struct Entry {
        const char *fields[16];
} Entry;

static int get(void *userdata, const char *field, const char **ret, size_t *ret_size) {
        const Entry *entry = userdata;

        for (size_t i = 0; entry->fields[i]; i += 2)
                if (strcmp(entry->fields[i], field) == 0) {
                        *ret = entry->fields[i + 1];
                        *ret_size = strlen(*ret);
                        return 1;
                }
        return 0;
}

#define ENTRY(id, message, ...)                                                                \
        {                                                                                      \
                {                                                                              \
                        "_PID", "1", "UNIT", UNIT, "INVOCATION_ID", id, "MESSAGE_ID", message, \
                                __VA_ARGS__                                                    \
                }                                                                              \
        }

/* Both clocks of an entry; they need not agree about a duration. */
#define AT(t) ((EntryTime) { .realtime = (t), .monotonic = 100 * (t) })

/* Gives the collector the entries, the newest first, at the times n, n-1, … Returns how many jobs
 * are whole; the last of these is in *ret. */
static size_t collect(Entry *entries, size_t n, Job *ret) {
        JobCollector collector = {};
        size_t n_jobs = 0;

        for (size_t i = 0; i < n; i++) {
                int r = job_collector_take(&collector, get, &entries[i], AT(n - i), ret);

                cr_assert_geq(r, 0);
                n_jobs += r > 0;
        }
        job_collector_clear(&collector);
        return n_jobs;
}

static void expect_reason(const Job *job, const char *expected) {
        char reason[JOB_REASON_MAX];

        job_describe(job, reason);
        cr_expect_str_eq(reason, expected);
}

Test(job_record, done) {
        Entry entries[] = {
                ENTRY(ID_1, SD_MESSAGE_UNIT_STARTED_STR, "JOB_RESULT", "done"),
                ENTRY(ID_1, SD_MESSAGE_UNIT_SUCCESS_STR, NULL),
                ENTRY(ID_1, SD_MESSAGE_UNIT_STARTING_STR, "JOB_TYPE", "start"),
        };
        Job job;

        cr_assert_eq(collect(entries, ELEMENTSOF(entries), &job), 1);
        cr_expect_str_eq(job.id, ID_1);
        cr_expect_eq(job.kind, JOB_SCRIPT);
        cr_expect_str_eq(job.ref, "wei/maps");
        cr_expect_eq(job.result, JOB_DONE);
        cr_expect_eq(job.begun, 1);
        cr_expect_eq(job.ended, 2);
        cr_expect_eq(job_duration(&job), 100);
        cr_expect(job.is_final);
        expect_reason(&job, "");
}

Test(job_record, failed) {
        Entry entries[] = {
                ENTRY(ID_1, SD_MESSAGE_UNIT_FAILED_STR, "JOB_RESULT", "failed"),
                ENTRY(ID_1, SD_MESSAGE_UNIT_FAILURE_RESULT_STR, "UNIT_RESULT", "exit-code"),
                ENTRY(ID_1, SD_MESSAGE_UNIT_PROCESS_EXIT_STR, "EXIT_CODE", "exited", "EXIT_STATUS",
                      "1", "COMMAND", "ExecStopPost"),
                ENTRY(ID_1, SD_MESSAGE_UNIT_PROCESS_EXIT_STR, "EXIT_CODE", "exited", "EXIT_STATUS",
                      "3", "COMMAND", "ExecStart"),
                ENTRY(ID_1, SD_MESSAGE_UNIT_STARTING_STR, NULL),
        };
        Job job;

        cr_assert_eq(collect(entries, ELEMENTSOF(entries), &job), 1);
        cr_expect_eq(job.result, JOB_FAILED);
        cr_expect_eq(job.ended, 4);
        cr_expect_eq(job_duration(&job), 300);
        /* The first process that failed is the reason, not the one that cleaned up after it. */
        expect_reason(&job, "ended with exit code 3");
}

Test(job_record, cancelled) {
        Entry entries[] = {
                ENTRY(ID_1, SD_MESSAGE_UNIT_STOPPED_STR, "JOB_RESULT", "done"),
                ENTRY(ID_1, SD_MESSAGE_UNIT_FAILURE_RESULT_STR, "UNIT_RESULT", "exit-code"),
                ENTRY(ID_1, SD_MESSAGE_UNIT_STARTING_STR, NULL),
        };
        Job job;

        cr_assert_eq(collect(entries, ELEMENTSOF(entries), &job), 1);
        cr_expect_eq(job.result, JOB_CANCELLED);
        cr_expect_eq(job.ended, 3);
        expect_reason(&job, "");

        entries[1] =
                (Entry) ENTRY(ID_1, SD_MESSAGE_UNIT_FAILURE_RESULT_STR, "UNIT_RESULT", "timeout");
        cr_assert_eq(collect(entries, ELEMENTSOF(entries), &job), 1);
        cr_expect_eq(job.result, JOB_CANCELLED);
        expect_reason(&job, "did not end when asked to, and was killed");
}

/* Such as a daily check that the configuration turns off. */
Test(job_record, skipped) {
        Entry entries[] = {
                ENTRY(ID_2, SD_MESSAGE_UNIT_STARTED_STR, "JOB_RESULT", "done"),
                ENTRY(ID_2, SD_MESSAGE_UNIT_SKIPPED_STR, "UNIT_RESULT", "exec-condition"),
                ENTRY(ID_2, SD_MESSAGE_UNIT_STARTING_STR, NULL),
                ENTRY(ID_1, SD_MESSAGE_UNIT_STARTED_STR, "JOB_RESULT", "done"),
                ENTRY(ID_1, SD_MESSAGE_UNIT_SUCCESS_STR, NULL),
                ENTRY(ID_1, SD_MESSAGE_UNIT_STARTING_STR, NULL),
        };
        Job job;

        cr_assert_eq(collect(entries, ELEMENTSOF(entries), &job), 1);
        cr_expect_str_eq(job.id, ID_1);
        cr_expect_eq(job.result, JOB_DONE);
}

Test(job_record, timed_out) {
        Entry entries[] = {
                ENTRY(ID_1, SD_MESSAGE_UNIT_FAILURE_RESULT_STR, "UNIT_RESULT", "timeout"),
                ENTRY(ID_1, SD_MESSAGE_UNIT_PROCESS_EXIT_STR, "EXIT_CODE", "killed", "EXIT_STATUS",
                      "15", "COMMAND", "ExecStart"),
                ENTRY(ID_1, SD_MESSAGE_UNIT_STARTING_STR, NULL),
        };
        Job job;

        cr_assert_eq(collect(entries, ELEMENTSOF(entries), &job), 1);
        cr_expect_eq(job.result, JOB_TIMED_OUT);
        cr_expect_not(job.is_final, "a stop may still make it cancelled");
        expect_reason(&job, "did not end within its time limit");
}

/* Two runs of one unit; only the begin of the newer one is known. */
Test(job_record, several) {
        Entry entries[] = {
                ENTRY(ID_2, SD_MESSAGE_UNIT_STARTING_STR, NULL),
                ENTRY(ID_1, SD_MESSAGE_UNIT_STARTED_STR, NULL),
                ENTRY(ID_1, SD_MESSAGE_UNIT_SUCCESS_STR, NULL),
                ENTRY(ID_1, SD_MESSAGE_UNIT_STARTING_STR, NULL),
        };
        JobCollector collector = {};
        Job job;

        cr_assert_eq(job_collector_take(&collector, get, &entries[0], AT(10), &job), 1);
        cr_expect_str_eq(job.id, ID_2);
        cr_expect_eq(job.result, JOB_RUNNING);
        cr_expect_eq(job.ended, 0);
        cr_expect_eq(job_collector_take(&collector, get, &entries[1], AT(9), &job), 0);
        cr_expect_eq(job_collector_take(&collector, get, &entries[2], AT(8), &job), 0);
        cr_assert_eq(job_collector_take(&collector, get, &entries[3], AT(7), &job), 1);
        cr_expect_str_eq(job.id, ID_1);
        cr_expect_eq(job.result, JOB_DONE);
        cr_expect_eq(collector.n_items, 0);
        job_collector_clear(&collector);
}

/* Entries that anybody could write, and those of other units. */
Test(job_record, not_believed) {
        Entry entries[] = {
                { { "_PID", "12", "UNIT", UNIT, "INVOCATION_ID", ID_1, "MESSAGE_ID",
                    SD_MESSAGE_UNIT_STARTING_STR } },
                { { "UNIT", UNIT, "INVOCATION_ID", ID_1, "MESSAGE_ID",
                    SD_MESSAGE_UNIT_STARTING_STR } },
                { { "_PID", "1", "UNIT", "left4me-server@a.service", "INVOCATION_ID", ID_1,
                    "MESSAGE_ID", SD_MESSAGE_UNIT_STARTING_STR } },
                { { "_PID", "1", "UNIT", UNIT, "INVOCATION_ID", "", "MESSAGE_ID",
                    SD_MESSAGE_UNIT_STARTING_STR } },
                { { "_PID", "1", "UNIT", UNIT, "INVOCATION_ID", ID_1 "0", "MESSAGE_ID",
                    SD_MESSAGE_UNIT_STARTING_STR } },
                { { "_PID", "1", "UNIT", UNIT, "INVOCATION_ID", ID_1 } },
        };
        Job job;

        cr_expect_eq(collect(entries, ELEMENTSOF(entries), &job), 0);
}

Test(job_record, reasons) {
        Job job = { .result = JOB_FAILED, .unit_result = "signal", .exit_code = CLD_KILLED };

        job.exit_status = SIGKILL;
        expect_reason(&job, "killed by SIGKILL");
        job.exit_status = SIGSYS;
        expect_reason(&job, "killed by the sandbox: forbidden system call (SIGSYS)");
        job.exit_status = SIGRTMIN;
        expect_reason(&job, "killed by signal 34");

        job = (Job) { .result = JOB_FAILED, .unit_result = "oom-kill" };
        expect_reason(&job, "killed because memory ran out");
        job = (Job) { .result = JOB_FAILED };
        expect_reason(&job, "its end is not in the journal: the host went down meanwhile");
        job = (Job) { .result = JOB_FAILED, .unit_result = "protocol" };
        expect_reason(&job, "see its log");

        job = (Job) { .result = JOB_FAILED, .unit_result = "exit-code", .exit_code = CLD_EXITED };
        job.exit_status = 203;
        expect_reason(&job, "systemd could not set it up (exit code 203); see its log");
        job.exit_status = 1;
        (void) strcpy(job.command, "ExecStartPre");
        expect_reason(&job, "its preparation ended with exit code 1");
        (void) strcpy(job.command, "ExecStartPost");
        expect_reason(&job, "its result could not be published (exit code 1)");
        (void) strcpy(job.command, "ExecStopPost");
        expect_reason(&job, "cleaning up ended with exit code 1");
}

Test(job_record, results) {
        for (JobResult result = 0; result < _JOB_RESULT_MAX; result++) {
                JobResult back = _JOB_RESULT_MAX;

                cr_assert_eq(job_result_from_string(job_result_to_string(result), &back), 0);
                cr_expect_eq(back, result);
        }
        cr_expect_eq(job_result_from_string("ok", &(JobResult) {}), -EINVAL);
}

Test(job_record, progress) {
        static const struct {
                const char *status, *words;
                int percent;
        } cases[] = {
                { "45 % downloading maps", "downloading maps", 45 },
                { "0 % begins", "begins", 0 },
                { "100 %", "", 100 },
                { "7 % ", "", 7 },
                { "101 % more", "101 % more", -1 },
                { "1000 % more", "1000 % more", -1 },
                { "-1 % less", "-1 % less", -1 },
                { "5% close", "5% close", -1 },
                { "5 %close", "5 %close", -1 },
                { "12 files", "12 files", -1 },
                { "waiting", "waiting", -1 },
                { "", "", -1 },
                { NULL, "", -1 },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                JobProgress progress = job_progress_parse(cases[i].status);

                cr_expect_eq(progress.percent, cases[i].percent, "%s", cases[i].status);
                cr_expect_str_eq(progress.words, cases[i].words);
        }
}
