/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/netlink.h"

#include <sys/socket.h>

enum { MESSAGES_SIZE = 16384 };

/* A process that used the socket before may have ended without reading its answer. */
static void drain(int fd) {
        char data[MESSAGES_SIZE];

        while (recv(fd, data, sizeof(data), MSG_DONTWAIT) > 0 || errno == EINTR)
                ;
}

/* The end of a list carries an error as well, unless the kernel is old. */
static int end_of_list(const struct nlmsghdr *message) {
        const int *error = NLMSG_DATA(message);

        return message->nlmsg_len >= NLMSG_LENGTH(sizeof(*error)) && *error < 0 ? *error : 1;
}

/* 1 at the end of the answer, else as a handler. */
static int take(
        const struct nlmsghdr *message, uint32_t sequence, NetlinkHandler handler, void *userdata) {
        const struct nlmsgerr *error = NLMSG_DATA(message);

        if (message->nlmsg_seq != sequence)
                return 0;
        if (message->nlmsg_type == NLMSG_DONE)
                return end_of_list(message);
        if (message->nlmsg_type == NLMSG_ERROR) {
                if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*error)) || error->error > 0)
                        return -EBADMSG;
                return error->error < 0 ? error->error : 1;
        }
        return handler(message, userdata);
}

static int read_answer(
        int fd, const struct nlmsghdr *request, NetlinkHandler handler, void *userdata) {
        bool is_list = request->nlmsg_flags & NLM_F_DUMP;

        for (;;) {
                _Alignas(struct nlmsghdr) char data[MESSAGES_SIZE];
                const struct nlmsghdr *message = (const void *) data;
                ssize_t n = recv(fd, data, sizeof(data), MSG_DONTWAIT);
                size_t left;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EBADMSG;

                left = (size_t) n;
                for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
                        int r = take(message, request->nlmsg_seq, handler, userdata);

                        if (r != 0)
                                return r < 0 ? r : 0;
                        if (!is_list && message->nlmsg_seq == request->nlmsg_seq)
                                return 0;
                }
        }
}

int netlink_ask(
        int fd, int protocol, struct nlmsghdr *request, NetlinkHandler handler, void *userdata) {
        static uint32_t last_sequence;
        _cleanup_close_ int own_fd = -EBADF;

        if (fd < 0) {
                own_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
                if (own_fd < 0)
                        return errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT ? -EOPNOTSUPP
                                                                                 : -errno;
                fd = own_fd;
        }

        drain(fd);
        request->nlmsg_seq = ++last_sequence;
        if (send(fd, request, request->nlmsg_len, MSG_DONTWAIT) < 0)
                return -errno;
        return read_answer(fd, request, handler, userdata);
}
