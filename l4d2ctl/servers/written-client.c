/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/written-client.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

enum { JSON_SIZE_MAX = 4 * 1024 * 1024 };

int written_connect(const Ctl *ctl, int *ret) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int n = snprintf(
                address.sun_path, sizeof(address.sun_path), "%s/" WRITTEN_SOCKET,
                ctl->paths->run_dir);

        if (n < 0 || (size_t) n >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        if (fd < 0 || connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return errno == EPERM ? -EACCES : -errno;
        *ret = TAKE_FD(fd);
        return 0;
}

/* The first line of the answer, byte by byte: what is behind it is the file. */
static int read_line(int fd, char line[static WRITTEN_REQUEST_MAX]) {
        for (size_t n = 0; n < WRITTEN_REQUEST_MAX; n++) {
                ssize_t got = read(fd, line + n, 1);

                if (got <= 0)
                        return got < 0 ? -errno : -EBADMSG;
                if (line[n] != '\n')
                        continue;
                line[n] = '\0';
                return 0;
        }
        return -EBADMSG;
}

int written_ask(int fd, const WrittenRequest *request, uint64_t *ret_size) {
        char line[WRITTEN_REQUEST_MAX];
        int r;

        r = written_request_format(request, line);
        if (r < 0)
                return r;
        if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
                return -errno;
        r = read_line(fd, line);
        return r < 0 ? r : written_answer_parse(line, ret_size);
}

int written_read_json(int fd, uint64_t size, sd_json_variant **ret) {
        _cleanup_free_ char *text = NULL;
        ssize_t n;

        if (size > JSON_SIZE_MAX)
                return -EFBIG;
        text = malloc(size + 1);
        if (!text)
                return -ENOMEM;
        n = read_full(fd, text, size);
        if (n < 0 || (uint64_t) n != size)
                return n < 0 ? (int) n : -EBADMSG;
        text[size] = '\0';
        return sd_json_parse(text, 0, ret, NULL, NULL);
}
