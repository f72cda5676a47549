/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "objects.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe.h"

socklen_t objects_address(struct sockaddr_un *ret) {
        static const char name[] = OBJECTS_SOCKET;

        *ret = (struct sockaddr_un) { .sun_family = AF_UNIX };
        memcpy(ret->sun_path + 1, name, sizeof(name) - 1);
        return (socklen_t) (offsetof(struct sockaddr_un, sun_path) + sizeof(name));
}

static int listen_abstract(void) {
        struct sockaddr_un address;
        socklen_t size = objects_address(&address);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || bind(fd, (struct sockaddr *) &address, size) < 0)
                return -1;
        return listen(fd, 16) < 0 ? -1 : fd;
}

static int share_port(void) {
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons(OBJECTS_SHARED_PORT) };
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0)
                return -1;
        return bind(fd, (struct sockaddr *) &address, sizeof(address));
}

static int add_key(int keyring) {
        return (int) syscall(SYS_add_key, "user", OBJECTS_KEY, "secret", 6, keyring);
}

int objects_make(void) {
        int fd;

        (void) umask(0);

        fd = listen_abstract();
        if (fd < 0 || share_port() < 0 || msgget(OBJECTS_IPC_KEY, IPC_CREAT | 0666) < 0 ||
            shmget(OBJECTS_IPC_KEY, 4096, IPC_CREAT | 0666) < 0 ||
            semget(OBJECTS_IPC_KEY, 1, IPC_CREAT | 0666) < 0 ||
            mq_open(OBJECTS_QUEUE, O_RDWR | O_CREAT | O_CLOEXEC, 0666, NULL) < 0 ||
            add_key(KEY_SPEC_USER_KEYRING) < 0 || add_key(KEY_SPEC_SESSION_KEYRING) < 0) {
                perror("Failed to make an object");
                return EXIT_FAILURE;
        }

        printf("objects made\n");
        (void) fflush(stdout);
        for (;;)
                (void) close(accept(fd, NULL, NULL));
}
