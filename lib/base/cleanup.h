/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Scope-bound ownership: a variable declared with one of these attributes releases what it holds
 * when it goes out of scope, on every path. A function hands ownership out with TAKE_PTR() or
 * TAKE_FD(), which leave the variable empty.
 */

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f)     __attribute__((cleanup(f)))
#define _must_check_     __attribute__((warn_unused_result))
#define _printf_(fmt, a) __attribute__((format(printf, fmt, a)))
#define _unused_         __attribute__((unused))

#define ELEMENTSOF(array) (sizeof(array) / sizeof((array)[0]))

#define TAKE_PTR(pointer)                              \
        __extension__({                                \
                __typeof__(pointer) *_p_ = &(pointer); \
                __typeof__(pointer) _taken_ = *_p_;    \
                *_p_ = NULL;                           \
                _taken_;                               \
        })

/*
 * Defines destructor##p(), the cleanup handler that calls destructor(*pointer) unless it is NULL.
 * NOLINTBEGIN(bugprone-macro-parentheses): a type can't stand in parentheses.
 */
#define DEFINE_CLEANUP(type, destructor)                  \
        static inline void destructor##p(type *pointer) { \
                if (*pointer)                             \
                        destructor(*pointer);             \
        }
/* NOLINTEND(bugprone-macro-parentheses) */

static inline void freep(void *pointer) {
        free(*(void **) pointer);
}

/* Closes a descriptor if it is one, keeps errno, returns -EBADF to assign back. */
static inline int safe_close(int fd) {
        if (fd >= 0) {
                int saved = errno;

                (void) close(fd);
                errno = saved;
        }
        return -EBADF;
}

static inline void closep(int *fd) {
        *fd = safe_close(*fd);
}

static inline int take_fd(int *fd) {
        int taken = *fd;

        *fd = -EBADF;
        return taken;
}

#define TAKE_FD(fd) take_fd(&(fd))

DEFINE_CLEANUP(FILE *, fclose)
DEFINE_CLEANUP(DIR *, closedir)

#define _cleanup_free_   _cleanup_(freep)
#define _cleanup_close_  _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)

/* A NULL-terminated array of strings, each and the array itself from malloc. */
static inline char **strv_free(char **strv) {
        if (strv)
                for (char **s = strv; *s; s++)
                        free(*s);
        free(strv);
        return NULL;
}

DEFINE_CLEANUP(char **, strv_free)
