/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/blocked.h"

#include <inttypes.h>
#include <pwd.h>
#include <seccomp.h>
#include <string.h>

#include "base/text.h"
#include "base/visible-text.h"
#include "base/time-text.h"
#include "common/terminal.h"
#include "journal/journal.h"
#include "journal/seccomp-record.h"
#include "systemd/unit-names.h"

enum { RECORDS_MAX = 20000 };

/* The clock that stamps kernel messages and the one of systemd's messages are read at different
 * moments. */
static const uint64_t slack_usec = USEC_PER_SEC;
static const uint64_t before_end_usec = 30 * USEC_PER_SEC;

typedef struct Search {
        char unit[UNIT_NAME_MAX]; /* whose log tells which processes are its own */
        char program[128];        /* what the path of its programs begins with */
        uint64_t since, until;
        uint32_t main_pid; /* 0: not known */
        uint32_t uid;
        SeccompRecord found;
        uint64_t found_time;
} Search;

/* --- names ------------------------------------------------------------------------------------ */

/* x32 says of itself to be x86-64 and is told apart by a bit of the call's number. */
static uint32_t abi_of(const SeccompRecord *record) {
        const uint32_t x32_bit = 0x40000000;

        return record->arch == SCMP_ARCH_X86_64 && (record->call & x32_bit) ? SCMP_ARCH_X32
                                                                            : record->arch;
}

static const char *abi_to_string(uint32_t abi) {
        switch (abi) {
        case SCMP_ARCH_X86:
                return "i386";
        case SCMP_ARCH_X86_64:
                return "x86-64";
        case SCMP_ARCH_X32:
                return "x32";
        default:
                return "another ABI";
        }
}

static int make_call(const SeccompRecord *record, uint64_t time, BlockedCall *ret) {
        uint32_t abi = abi_of(record);
        _cleanup_free_ char *call = NULL, *process = strdup(record->process);

        call = seccomp_syscall_resolve_num_arch(abi, (int) record->call);
        if (!call && asprintf(&call, "%" PRIu32, record->call) < 0)
                call = NULL;
        if (!call || !process)
                return -ENOMEM;

        *ret = (BlockedCall) {
                .pid = record->pid,
                .number = record->call,
                .time = time,
                .abi = abi_to_string(abi),
                .call = TAKE_PTR(call),
                .process = TAKE_PTR(process),
        };
        return 0;
}

void blocked_call_clear(BlockedCall *blocked) {
        free(blocked->call);
        free(blocked->process);
        *blocked = (BlockedCall) {};
}

/* --- whose it was ----------------------------------------------------------------------------- */

static int count_entry(sd_journal *journal _unused_, void *userdata _unused_) {
        return 0;
}

/* A program of the host, started by the server: it is one of its processes if it ever wrote
 * something to its log. */
static int wrote_to_log(const Search *search, uint32_t pid) {
        char match[32];
        JournalQuery query = {
                .unit = search->unit,
                .match = match,
                .all_invocations = true,
                .lines = 1,
                .since = search->since,
        };
        int64_t n;

        (void) snprintf(match, sizeof(match), "_PID=%" PRIu32, pid);
        n = journal_read_last(&query, count_entry, NULL);
        return n < 0 ? (int) n : n > 0;
}

static int is_of_instance(const Search *search, const SeccompRecord *record) {
        if (record->uid != search->uid)
                return 0;
        if (record->pid == search->main_pid ||
            strncmp(record->program, search->program, strlen(search->program)) == 0)
                return 1;
        return wrote_to_log(search, record->pid);
}

static int look_at_entry(sd_journal *journal, void *userdata) {
        static const size_t prefix = sizeof("MESSAGE=") - 1;
        Search *search = userdata;
        SeccompRecord record;
        uint64_t time;
        const void *data;
        size_t size;
        int r;

        r = sd_journal_get_data(journal, "MESSAGE", &data, &size);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        if (size < prefix ||
            !seccomp_record_parse((const char *) data + prefix, size - prefix, &record))
                return 0;
        r = sd_journal_get_realtime_usec(journal, &time);
        if (r < 0)
                return r;
        if (time > search->until)
                return 0;

        r = is_of_instance(search, &record);
        if (r > 0) {
                search->found = record;
                search->found_time = time;
        }
        return r < 0 ? r : 0;
}

static int run_search(const char *name, Search *search, BlockedCall *ret) {
        JournalQuery query = {
                .kernel = true,
                .all_invocations = true,
                .lines = RECORDS_MAX,
                .since = search->since,
        };
        const struct passwd *game = getpwnam("left4me-game");
        int64_t n;

        *ret = (BlockedCall) {};
        if (!game)
                return 0;
        search->uid = game->pw_uid;
        unit_name(UNIT_SERVER, name, search->unit);
        (void) snprintf(
                search->program, sizeof(search->program), "/var/lib/left4me/runtime/%s/merged/",
                name);

        n = journal_read_last(&query, look_at_entry, search);
        if (n < 0)
                return (int) n;
        return search->found.pid > 0 ? make_call(&search->found, search->found_time, ret) : 0;
}

int blocked_find_in_run(const char *name, const UnitState *unit, BlockedCall *ret) {
        Search search = {
                .since = unit->inactive_exit > slack_usec ? unit->inactive_exit - slack_usec : 0,
                .until = UINT64_MAX,
                .main_pid = unit->main_pid,
        };

        return run_search(name, &search, ret);
}

int blocked_find_at(const char *name, uint64_t realtime, BlockedCall *ret) {
        Search search = {
                .since = realtime > before_end_usec ? realtime - before_end_usec : 0,
                .until = realtime + slack_usec,
        };

        return run_search(name, &search, ret);
}

/* --- how it is shown -------------------------------------------------------------------------- */

void blocked_print(const BlockedCall *blocked, FILE *f) {
        char *process = malloc(VISIBLE_TEXT_MAX(strlen(blocked->process)));

        if (process) {
                (void) visible_text(blocked->process, strlen(blocked->process), process);
                (void) fprintf(
                        f, _("blocked: %s (%s), process '%s'\n"), blocked->call, blocked->abi,
                        process);
        }
        free(process);
}

int blocked_to_json(const BlockedCall *blocked, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *process = NULL;
        int r;

        if (blocked->pid == 0)
                return sd_json_variant_new_null(ret);
        r = json_make_string(blocked->process, strlen(blocked->process), &process);
        if (r < 0)
                return r;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("call", blocked->call),
                SD_JSON_BUILD_PAIR_STRING("abi", blocked->abi),
                SD_JSON_BUILD_PAIR_UNSIGNED("number", blocked->number),
                SD_JSON_BUILD_PAIR_VARIANT("process", process),
                SD_JSON_BUILD_PAIR_UNSIGNED("pid", blocked->pid),
                SD_JSON_BUILD_PAIR_UNSIGNED("time_usec", blocked->time));
}
