/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The least any generator must do: read each spec, make each directory, write each drop-in and each
 * wants-link, of the size of the real ones. It parses, checks and renders nothing, and writes in
 * place. The time that left4me-generator takes beyond this is the cost of its own work.
 *
 * Usage: generator-floor INSTANCES OUTPUT
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void die(const char *what) {
        perror(what);
        exit(EXIT_FAILURE);
}

static void read_spec(int instances_fd, const char *name) {
        char path[300], text[65536];
        int fd;

        (void) snprintf(path, sizeof(path), "%s/spec.yaml", name);
        fd = openat(instances_fd, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
                die(path);
        (void) close(fd);
}

static void write_units(int output_fd, const char *name, const char *text, size_t size) {
        char path[400];
        int fd;

        (void) snprintf(path, sizeof(path), "left4me-server@%s.service.d", name);
        if (mkdirat(output_fd, path, 0755) < 0)
                die(path);

        (void) strcat(path, "/40-instance.conf");
        fd = openat(output_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0 || write(fd, text, size) != (ssize_t) size)
                die(path);
        (void) close(fd);

        (void) snprintf(path, sizeof(path), "left4me.target.wants/left4me-server@%s.service", name);
        if (symlinkat("/usr/lib/systemd/system/left4me-server@.service", output_fd, path) < 0)
                die(path);
}

int main(int argc, char *argv[]) {
        static char text[512]; /* a drop-in with resources */
        int instances_fd, output_fd;
        DIR *dir;

        if (argc != 3)
                return EXIT_FAILURE;
        memset(text, '#', sizeof(text));

        dir = opendir(argv[1]);
        output_fd = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (!dir || output_fd < 0)
                die(argv[1]);
        instances_fd = dirfd(dir);
        if (mkdirat(output_fd, "left4me.target.wants", 0755) < 0)
                die(argv[2]);

        for (struct dirent *entry; (entry = readdir(dir));) {
                if (entry->d_name[0] == '.')
                        continue;
                read_spec(instances_fd, entry->d_name);
                write_units(output_fd, entry->d_name, text, sizeof(text));
        }
        return EXIT_SUCCESS;
}
