/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "alert/commands.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

static bool is_roots(const struct stat *st) {
        return st->st_uid == 0 && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* NULL: it may run. */
static const char *find_problem(const struct stat *st) {
        if (!S_ISREG(st->st_mode))
                return N_("it is not a file");
        if (st->st_uid != 0)
                return N_("its owner is not root");
        if (!is_roots(st))
                return N_("other users than root can write to it");
        if ((st->st_mode & S_IXOTH) == 0 || (st->st_mode & S_IROTH) == 0)
                return N_("it is not readable and executable for all users");
        return NULL;
}

/* Not close-on-exec: the interpreter of a script reads it by this descriptor. */
static void open_command(int dir_fd, AlertCommand *command) {
        struct stat st;
        int fd = openat(dir_fd, command->name, O_RDONLY | O_NONBLOCK | O_NOCTTY);

        command->fd = -EBADF;
        if (fd < 0) {
                command->problem = errno == ENOENT ? N_("it is a link to a missing file")
                                                   : N_("it is not readable for all users");
                return;
        }
        command->problem = fstat(fd, &st) < 0 ? N_("it can't be examined") : find_problem(&st);
        if (command->problem)
                (void) safe_close(fd);
        else
                command->fd = fd;
}

static bool is_command(const struct dirent *entry) {
        return entry->d_name[0] != '.' && entry->d_name[strlen(entry->d_name) - 1] != '~';
}

static int add_command(AlertCommands *commands, const char *name) {
        AlertCommand *items = reallocarray(commands->items, commands->n_items + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;
        commands->items = items;
        items[commands->n_items] = (AlertCommand) { .name = strdup(name), .fd = -EBADF };
        if (!items[commands->n_items].name)
                return -ENOMEM;
        commands->n_items++;
        return 0;
}

static int compare(const void *a, const void *b) {
        return strcmp(((const AlertCommand *) a)->name, ((const AlertCommand *) b)->name);
}

static int list_commands(DIR *dir, AlertCommands *commands) {
        const struct dirent *entry;
        int r;

        while ((r = next_entry(dir, &entry)) > 0) {
                if (!is_command(entry))
                        continue;
                r = add_command(commands, entry->d_name);
                if (r < 0)
                        return r;
        }
        if (commands->n_items > 0)
                qsort(commands->items, commands->n_items, sizeof(AlertCommand), compare);
        return r;
}

int alert_commands_open(const char *directory, AlertCommands *ret) {
        _cleanup_(closedirp) DIR *dir = opendir(directory);
        struct stat st;
        int r;

        *ret = (AlertCommands) {};
        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        if (fstat(dirfd(dir), &st) < 0)
                return -errno;
        if (!is_roots(&st))
                return -EPERM;
        r = list_commands(dir, ret);
        for (size_t i = 0; r >= 0 && i < ret->n_items; i++)
                if (i < ALERT_COMMANDS_MAX)
                        open_command(dirfd(dir), &ret->items[i]);
                else
                        ret->items[i].problem = N_("there are more than 16 commands");
        return r;
}

void alert_commands_clear(AlertCommands *commands) {
        for (size_t i = 0; i < commands->n_items; i++) {
                free(commands->items[i].name);
                (void) safe_close(commands->items[i].fd);
        }
        free(commands->items);
        *commands = (AlertCommands) {};
}
