/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time-text.h"
#include "base/timer.h"

enum { READ_BLOCK = 16 * 1024 };

#define KILL_AFTER   (5 * USEC_PER_SEC) /* from SIGTERM to SIGKILL */
#define LINGER_AFTER (USEC_PER_SEC)     /* how long a pipe may outlive the process */

/* The text of one output so far; past max it is read and dropped. */
typedef struct Output {
        sd_event_source *source;
        char *text; /* NUL-terminated */
        size_t size, allocated, max;
        bool is_open;
} Output;

struct ChildProcess {
        const ChildOrder *order;
        ChildHandler end;
        void *userdata;

        sd_event_source *child, *input, *timer;
        size_t input_written;
        Output output, errors;
        bool is_dead, is_late;
        int exit_code;
};

static int fill_order(const ChildCommand *command, ChildOrder *order) {
        size_t n = 0;

        (void) snprintf(
                order->language, sizeof(order->language), "LANGUAGE=%s", language_current_locale());
        order->deadline = command->deadline > 0 ? command->deadline
                          : command->is_long    ? CHILD_LONG_DEADLINE
                                                : CHILD_DEADLINE;
        /* Without a user, l4d2ctl would act with all rights of the web app. */
        if (!command->user)
                return -EACCES;
        order->argv[n] = strdup("l4d2ctl");
        if (!order->argv[n++])
                return -ENOMEM;
        order->argv[n] = strdup("--errors=json");
        if (!order->argv[n++])
                return -ENOMEM;
        if (asprintf(&order->argv[n], "--as-user=%s", command->user) < 0) {
                order->argv[n] = NULL;
                return -ENOMEM;
        }
        n++;
        for (const char *const *p = command->arguments; *p; p++) {
                if (n > CHILD_ARGUMENTS_MAX + 2)
                        return -E2BIG;
                order->argv[n] = strdup(*p);
                if (!order->argv[n++])
                        return -ENOMEM;
        }
        if (command->input_size > 0) {
                order->input = malloc(command->input_size);
                if (!order->input)
                        return -ENOMEM;
                memcpy(order->input, command->input, command->input_size);
                order->input_size = command->input_size;
        }
        return 0;
}

int child_order_copy(const ChildCommand *command, ChildOrder *ret) {
        int r;

        *ret = (ChildOrder) {};
        r = fill_order(command, ret);
        if (r < 0)
                child_order_clear(ret);
        return r;
}

void child_order_clear(ChildOrder *order) {
        for (char **p = order->argv; *p; p++)
                free(*p);
        /* The input may hold a password. */
        if (order->input)
                explicit_bzero(order->input, order->input_size);
        free(order->input);
        *order = (ChildOrder) {};
}

/* --- its end ---------------------------------------------------------------------------------- */

static const char *text_of(const Output *output) {
        return output->text ? output->text : "";
}

/* All is over when the process has ended and all it said was read. */
static void check_end(ChildProcess *p) {
        if (!p->is_dead || p->output.is_open || p->errors.is_open)
                return;

        ChildResult result = {
                .exit_code = p->exit_code,
                .is_late = p->is_late,
                .output = text_of(&p->output),
                .output_size = p->output.size,
                .errors = text_of(&p->errors),
                .errors_size = p->errors.size,
        };

        p->end(&result, p->userdata);
}

static void close_output(Output *output) {
        output->source = sd_event_source_disable_unref(output->source);
        output->is_open = false;
}

static int on_timer(_unused_ sd_event_source *source, _unused_ uint64_t now, void *userdata) {
        ChildProcess *p = userdata;

        /* The command has ended, but a process that it left behind holds its pipes. */
        if (p->is_dead) {
                close_output(&p->output);
                close_output(&p->errors);
                check_end(p);
                return 0;
        }

        (void) sd_event_source_send_child_signal(p->child, p->is_late ? SIGKILL : SIGTERM, NULL, 0);
        p->is_late = true;
        (void) !timer_start(p->timer, KILL_AFTER);
        return 0;
}

static int on_exit_of_child(
        _unused_ sd_event_source *source, const siginfo_t *info, void *userdata) {
        ChildProcess *p = userdata;

        p->is_dead = true;
        p->exit_code = info->si_code == CLD_EXITED ? info->si_status : -1;
        p->input = sd_event_source_disable_unref(p->input);
        (void) !timer_start(p->timer, LINGER_AFTER);
        check_end(p);
        return 0;
}

/* --- its pipes -------------------------------------------------------------------------------- */

static int append(Output *output, const char *data, size_t size) {
        if (size > output->max - output->size)
                size = output->max - output->size;
        if (output->size + size + 1 > output->allocated) {
                size_t wanted = 2 * (output->size + size) + 256;
                char *text = realloc(output->text, wanted);

                if (!text)
                        return -ENOMEM;
                output->text = text;
                output->allocated = wanted;
        }
        memcpy(output->text + output->size, data, size);
        output->size += size;
        output->text[output->size] = '\0';
        return 0;
}

static int on_output(sd_event_source *source, int fd, _unused_ uint32_t events, void *userdata) {
        ChildProcess *p = userdata;
        Output *output = source == p->output.source ? &p->output : &p->errors;
        char block[READ_BLOCK];
        ssize_t n = read(fd, block, sizeof(block));

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n > 0) {
                /* Without memory the rest is dropped: l4d2ctl must not hang on its pipe. */
                if (append(output, block, (size_t) n) < 0)
                        output->max = output->size;
                return 0;
        }
        close_output(output);
        check_end(p);
        return 0;
}

static int on_input(
        _unused_ sd_event_source *source, int fd, _unused_ uint32_t events, void *userdata) {
        ChildProcess *p = userdata;
        ssize_t n = write(
                fd, p->order->input + p->input_written, p->order->input_size - p->input_written);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n > 0)
                p->input_written += (size_t) n;
        /* The command may end without reading its input. */
        if (n <= 0 || p->input_written == p->order->input_size)
                p->input = sd_event_source_disable_unref(p->input);
        return 0;
}

/* --- its start -------------------------------------------------------------------------------- */

typedef struct Pipes {
        int in[2], out[2], err[2]; /* read end, write end */
} Pipes;

static void pipes_close(Pipes *pipes) {
        int *all[] = { pipes->in, pipes->out, pipes->err };

        for (size_t i = 0; i < ELEMENTSOF(all); i++) {
                closep(&all[i][0]);
                closep(&all[i][1]);
        }
}

static int make_pipes(const ChildOrder *order, Pipes *pipes) {
        if (order->input_size > 0) {
                if (pipe2(pipes->in, O_CLOEXEC) < 0 || fcntl(pipes->in[1], F_SETFL, O_NONBLOCK) < 0)
                        return -errno;
        } else {
                pipes->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
                if (pipes->in[0] < 0)
                        return -errno;
        }
        if (pipe2(pipes->out, O_CLOEXEC) < 0 || pipe2(pipes->err, O_CLOEXEC) < 0 ||
            fcntl(pipes->out[0], F_SETFL, O_NONBLOCK) < 0 ||
            fcntl(pipes->err[0], F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        return 0;
}

/* Nothing of our environment but what is written here: no LISTEN_FDS, no NOTIFY_SOCKET. */
static int spawn(const char *program, const ChildOrder *order, const Pipes *pipes, int *ret_pidfd) {
        static char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8";
        char language[sizeof(order->language)];
        char *environment[] = { path, locale, language, NULL };
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none, standard;
        int r;

        memcpy(language, order->language, sizeof(language));
        (void) sigemptyset(&none);
        (void) sigemptyset(&standard);
        (void) sigaddset(&standard, SIGPIPE);
        if (posix_spawn_file_actions_init(&actions) != 0)
                return -ENOMEM;
        if (posix_spawnattr_init(&attributes) != 0) {
                (void) posix_spawn_file_actions_destroy(&actions);
                return -ENOMEM;
        }

        r = posix_spawn_file_actions_adddup2(&actions, pipes->in[0], STDIN_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, pipes->out[1], STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, pipes->err[1], STDERR_FILENO);
        if (r == 0)
                r = posix_spawnattr_setsigmask(&attributes, &none);
        if (r == 0)
                r = posix_spawnattr_setsigdefault(&attributes, &standard);
        if (r == 0)
                r = posix_spawnattr_setflags(
                        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        if (r == 0)
                r = pidfd_spawn(
                        ret_pidfd, program, &actions, &attributes, order->argv, environment);

        (void) posix_spawnattr_destroy(&attributes);
        (void) posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static int watch_output(sd_event *event, int *fd, Output *output, size_t max, void *userdata) {
        int r;

        output->max = max;
        r = sd_event_add_io(event, &output->source, *fd, EPOLLIN, on_output, userdata);
        if (r < 0)
                return r;
        r = sd_event_source_set_io_fd_own(output->source, true);
        if (r < 0)
                return r;
        (void) TAKE_FD(*fd);
        output->is_open = true;
        return 0;
}

static int watch_pipes(ChildProcess *p, sd_event *event, Pipes *pipes) {
        int r;

        r = watch_output(event, &pipes->out[0], &p->output, CHILD_OUTPUT_MAX, p);
        if (r < 0)
                return r;
        r = watch_output(event, &pipes->err[0], &p->errors, CHILD_ERRORS_MAX, p);
        if (r < 0 || pipes->in[1] < 0)
                return r;

        r = sd_event_add_io(event, &p->input, pipes->in[1], EPOLLOUT, on_input, p);
        if (r < 0)
                return r;
        r = sd_event_source_set_io_fd_own(p->input, true);
        if (r < 0)
                return r;
        (void) TAKE_FD(pipes->in[1]);
        return 0;
}

static int watch_child(ChildProcess *p, sd_event *event, int *pidfd) {
        int r;

        r = sd_event_add_child_pidfd(event, &p->child, *pidfd, WEXITED, on_exit_of_child, p);
        if (r < 0)
                return r;
        r = sd_event_source_set_child_pidfd_own(p->child, true);
        if (r < 0)
                return r;
        (void) TAKE_FD(*pidfd);
        return 0;
}

int child_process_start(
        sd_event *event, const char *program, const ChildOrder *order, ChildHandler end,
        void *userdata, ChildProcess **ret) {
        _cleanup_(child_process_freep) ChildProcess *p = calloc(1, sizeof(*p));
        _cleanup_(pipes_close)
                Pipes pipes = { { -EBADF, -EBADF }, { -EBADF, -EBADF }, { -EBADF, -EBADF } };
        _cleanup_close_ int pidfd = -EBADF;
        int r;

        if (!p)
                return -ENOMEM;
        p->order = order;
        p->end = end;
        p->userdata = userdata;

        r = make_pipes(order, &pipes);
        if (r < 0)
                return r;
        r = sd_event_add_time_relative(
                event, &p->timer, CLOCK_MONOTONIC, order->deadline, 0, on_timer, p);
        if (r < 0)
                return r;
        r = watch_pipes(p, event, &pipes);
        if (r < 0)
                return r;
        r = spawn(program, order, &pipes, &pidfd);
        if (r < 0)
                return r;
        r = watch_child(p, event, &pidfd);
        if (r < 0) {
                /* No event would report its end. */
                (void) pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
                (void) waitid(P_PIDFD, (id_t) pidfd, NULL, WEXITED);
                return r;
        }

        *ret = TAKE_PTR(p);
        return 0;
}

ChildProcess *child_process_free(ChildProcess *p) {
        if (!p)
                return NULL;
        sd_event_source_disable_unref(p->child);
        sd_event_source_disable_unref(p->input);
        sd_event_source_disable_unref(p->timer);
        close_output(&p->output);
        close_output(&p->errors);
        /* The output may hold a new password. */
        if (p->output.text)
                explicit_bzero(p->output.text, p->output.size);
        free(p->output.text);
        free(p->errors.text);
        free(p);
        return NULL;
}
