/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * left4me-generator: a system generator. PID 1 runs it at boot and at every daemon reload, and
 * waits for it: it must be quick, must never block and must never ask PID 1 for anything. It reads
 * what unprivileged users wrote, as root. Hence the limits below, taken before any input is
 * touched, and that it starts no other program.
 *
 * It never calls text_setup(), so its messages stay English: it runs early at boot, as root, and
 * its report is compared with what l4d2ctl finds.
 *
 * lib/render/render.h decides what is written and why. This program puts it in place and
 * reports what it had to leave out: an instance without its drop-in doesn't start, nor does one
 * whose drop-in lacks its last line, so everything that goes wrong here ends on the safe side.
 */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/log.h"
#include "render/output-dir.h"
#include "render/render-all.h"
#include "render/report.h"

enum {
        TIME_MAX = 10,           /* seconds; PID 1 gives a generator 90 */
        CPU_TIME_MAX = 5,        /* seconds */
        MEMORY_MAX = 64 << 20,   /* bytes of address space */
        FILE_SIZE_MAX = 1 << 20, /* bytes of one file written */
        DESCRIPTORS_MAX = 64,    /* open at a time */
        LOGGED_MAX = 64,         /* errors that go to the log as well */
};

typedef struct Generator {
        const Paths *paths;
        int output_fd;
        GeneratorReport report;
        size_t n_logged;
        bool incomplete;  /* something had to be left out */
        bool sink_failed; /* and that was reported */
} Generator;

/* The signal handler's: who to blame, where to say so. */
static const Paths *volatile handler_paths;

static void write_message(int fd, const char *message) {
        if (fd >= 0)
                (void) !write(fd, message, strlen(message));
}

/* Too slow. Only async-signal-safe calls; what is in place already stays. */
static void give_up(int signal) {
        static const char kmsg[] = "<27>left4me-generator: ";
        const char *message = signal == SIGALRM
                                      ? "gave up, reading the specs took too long\n"
                                      : "gave up, reading the specs took too much CPU time\n";
        char line[128];

        if (!handler_paths)
                _exit(EXIT_FAILURE);

        (void) stpcpy(stpcpy(line, kmsg), message);
        if (handler_paths->root[0] == '\0')
                write_message(open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NONBLOCK), line);

        (void) stpcpy(stpcpy(line, "left4me-generator: error: "), message);
        (void) mkdir(handler_paths->run_dir, 0755);
        (void) unlink(handler_paths->generator_errors);
        write_message(
                open(handler_paths->generator_errors, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                     0644),
                line);
        _exit(EXIT_FAILURE);
}

/* For left4me-filter.path, whatever becomes of the rest. A file that is there already does as well.
 */
static void note_reload(const Paths *paths) {
        int fd;

        (void) mkdir(paths->run_dir, 0755);
        fd = open(paths->reloaded, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd >= 0)
                (void) close(fd);
}

static int limit_everything(const Paths *paths) {
        static const struct {
                int resource;
                rlim_t value;
        } limits[] = {
                { RLIMIT_CPU, CPU_TIME_MAX },       { RLIMIT_AS, MEMORY_MAX },
                { RLIMIT_FSIZE, FILE_SIZE_MAX },    { RLIMIT_CORE, 0 },
                { RLIMIT_NOFILE, DESCRIPTORS_MAX }, { RLIMIT_MEMLOCK, 0 },
        };
        const struct sigaction action = { .sa_handler = give_up };
        sigset_t all;

        handler_paths = paths;
        if (sigaction(SIGALRM, &action, NULL) < 0 || sigaction(SIGXCPU, &action, NULL) < 0)
                return -errno;
        if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
                return -errno;

        /* Signals that the parent process has blocked must not disarm the alarm. */
        (void) sigemptyset(&all);
        if (sigprocmask(SIG_SETMASK, &all, NULL) < 0)
                return -errno;
        (void) alarm(TIME_MAX);

        for (size_t i = 0; i < ELEMENTSOF(limits); i++) {
                struct rlimit limit;

                if (getrlimit(limits[i].resource, &limit) < 0)
                        return -errno;
                if (limit.rlim_max < limits[i].value)
                        continue; /* stricter already */
                limit.rlim_cur = limits[i].value;
                if (setrlimit(limits[i].resource, &limit) < 0)
                        return -errno;
        }
        return 0;
}

/* A failure of the generator itself, not of a file that a user wrote. */
static int failed(Generator *g, int error, const char *verb, const char *object) {
        g->incomplete = true;
        generator_report_failure(&g->report, "Failed to %s %s: %s", verb, object, strerror(-error));
        return log_error_errno(error, "Failed to %s %s", verb, object);
}

static int sink_result(Generator *g, int r, const char *path) {
        if (r >= 0)
                return 0;

        g->sink_failed = true;
        return failed(g, r, "write", path);
}

static void log_errors(Generator *g, const SpecErrors *errors) {
        for (size_t i = 0; i < errors->n_items && g->n_logged <= LOGGED_MAX; i++) {
                _cleanup_free_ char *line = NULL;
                size_t size;
                FILE *f;

                if (g->n_logged++ == LOGGED_MAX) {
                        log_error("More errors are in %s", g->paths->generator_errors);
                        return;
                }

                f = open_memstream(&line, &size);
                if (!f)
                        return;
                spec_error_print_line(&errors->items[i], f);
                if (fclose(f) == 0)
                        log_error("%s", line);
        }
}

static void report_errors(const SpecErrors *errors, void *userdata) {
        Generator *g = userdata;

        g->incomplete = true;
        generator_report_errors(&g->report, errors);
        log_errors(g, errors);
}

static int sink_file(void *userdata, const char *path, const char *text, size_t size) {
        Generator *g = userdata;

        return sink_result(g, output_dir_write_file(g->output_fd, path, text, size), path);
}

static int sink_link(void *userdata, const char *path, const char *target) {
        Generator *g = userdata;

        return sink_result(g, output_dir_write_link(g->output_fd, path, target), path);
}

static int generate(Generator *g, const char *directory) {
        const RenderSink sink = { .file = sink_file, .link = sink_link, .userdata = g };
        _cleanup_close_ int fd = -EBADF;
        const char *link;
        int r;

        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return failed(g, -errno, "open", directory);

        r = output_dir_clear(fd);
        if (r < 0)
                return failed(g, r, "clear", directory);

        if (paths_find_symlink(g->paths, &link)) {
                g->incomplete = true;
                generator_report_failure(
                        &g->report, "Failed to use %s: it " PATHS_SYMLINK_MESSAGE, link);
                log_error("Failed to use %s: it " PATHS_SYMLINK_MESSAGE, link);
                return -ELOOP;
        }

        g->output_fd = fd;
        r = render_all(g->paths, report_errors, g, &sink);
        if (r < 0 && !g->sink_failed)
                return failed(g, r, "read", g->paths->instances_dir);
        return r;
}

static int run(const Paths *paths, const char *directory) {
        Generator g = { .paths = paths, .output_fd = -EBADF };
        int r, published;

        r = generator_report_open(&g.report);
        if (r < 0)
                return log_error_errno(r, "Failed to prepare the report");

        r = generate(&g, directory);
        published = generator_report_publish(&g.report, paths);
        generator_report_close(&g.report);
        if (published < 0)
                return log_error_errno(published, "Failed to write %s", paths->generator_errors);

        return r < 0 ? r : g.incomplete ? -EBADMSG : 0;
}

int main(int argc, char *argv[]) {
        _cleanup_(paths_freep) Paths *paths = NULL;
        int r;

        log_setup("left4me-generator", LOG_TARGET_KMSG);
        r = paths_from_environment(&paths);
        if (r < 0) {
                log_error_errno(r, "Failed to use LEFT4ME_ROOT");
                return EXIT_FAILURE;
        }
        if (paths->root[0]) /* a test: the system's log hears nothing of it */
                log_setup("left4me-generator", LOG_TARGET_STDERR);

        /* normal, early and late directory; all of ours is of normal precedence. */
        if (argc != 2 && argc != 4) {
                log_error("Expected one or three directories as arguments");
                return EXIT_FAILURE;
        }

        (void) umask(0022);
        note_reload(paths);
        r = limit_everything(paths);
        if (r < 0)
                log_error_errno(r, "Failed to limit resources");
        else
                r = run(paths, argv[1]);

        handler_paths = NULL; /* about to be freed */
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
