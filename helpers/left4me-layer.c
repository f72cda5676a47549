/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The part of a content job that needs root: it gives a producer, which runs as left4me-build, a
 * copy of an overlay's current version to work in, and makes the result the next version. Run by
 * the units of jobs (content/job-name.h):
 *
 *     begin KIND INSTANCE     ExecStartPre=+
 *     commit KIND INSTANCE    ExecStartPost=+, when the producer succeeded and its processes ended
 *     end KIND INSTANCE       ExecStopPost=+, always
 *
 * The overlay's definition, its files, and all that a producer left are hostile input.
 *
 * Exit status: 0 done, 1 failed and said why, 64 wrong usage.
 */

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sysexits.h>

#include "base/host-mounts.h"
#include "base/log.h"
#include "base/named.h"
#include "base/text.h"
#include "journal/sync.h"
#include "layer/job.h"

typedef struct LayerVerb {
        const char *name;
        int (*open)(LayerJob *job);
        int (*run)(LayerJob *job);
} LayerVerb;

static const LayerVerb verbs[] = {
        { "begin", layer_job_open, layer_begin },
        { "commit", layer_job_open, layer_commit },
        { "end", layer_job_open_directory, layer_end },
};

static int leave_mount_namespace(void) {
        int r = join_host_mounts();

        return r < 0 ? log_error_errno(r, "Failed to enter the mount namespace of the host") : 0;
}

/*
 * systemd runs a command with "+" as root with all capabilities and no restriction. These are left:
 * giving files to their final owner, working in directories of other users, and asking whether a
 * process writes to their files.
 */
static int keep_few_capabilities(void) {
        static const unsigned kept[] = { CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_LEASE };
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};

        for (size_t i = 0; i < ELEMENTSOF(kept); i++)
                sets[CAP_TO_INDEX(kept[i])].permitted |= CAP_TO_MASK(kept[i]);
        for (size_t i = 0; i < ELEMENTSOF(sets); i++)
                sets[i].effective = sets[i].permitted;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capset, &header, sets) < 0)
                return log_error_errno(-errno, "Failed to give up capabilities");
        return 0;
}

int main(int argc, char *argv[]) {
        _cleanup_(layer_job_close) LayerJob job = LAYER_JOB_INIT;
        const LayerVerb *verb;
        int r;

        text_setup();
        log_setup("left4me-layer", LOG_TARGET_STDERR);
        (void) umask(0022);

        verb = argc == 4 ? find_named(verbs, ELEMENTSOF(verbs), sizeof(*verbs), argv[1]) : NULL;
        if (!verb || job_kind_from_string(argv[2], &job.kind) < 0 || !job_kind_has_ref(job.kind)) {
                log_error("Usage: left4me-layer begin|commit|end KIND INSTANCE");
                return EX_USAGE;
        }
        if (job_instance_to_ref(argv[3], job.ref) < 0) {
                log_error("'%s' is not the instance of an overlay", argv[3]);
                return EX_USAGE;
        }
        r = job_instance_from_ref(job.ref, job.instance);
        if (r >= 0)
                r = leave_mount_namespace();
        if (r >= 0)
                r = keep_few_capabilities();
        if (r >= 0)
                r = verb->open(&job);
        /* 0 of the end: nothing is left to be ended. */
        if (r > 0 || (r == 0 && verb->run != layer_end))
                r = verb->run(&job);
        if (verb->run == layer_end)
                journal_take_last_lines();
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
