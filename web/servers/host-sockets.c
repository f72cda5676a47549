/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "servers/host-sockets.h"

#include <linux/netlink.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "base/cleanup.h"
#include "base/log.h"

static int protocol_of(int fd) {
        int protocol;
        socklen_t size = sizeof(protocol);

        if (sd_is_socket(fd, AF_NETLINK, 0, -1) <= 0 ||
            getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) < 0)
                return -1;
        return protocol;
}

void host_sockets_find(HostSockets *ret) {
        int n = sd_listen_fds(false);

        *ret = (HostSockets) HOST_SOCKETS_INIT;
        for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n; fd++) {
                int protocol = protocol_of(fd);

                if (protocol == NETLINK_ROUTE)
                        ret->route_fd = fd;
                else if (protocol == NETLINK_SOCK_DIAG)
                        ret->diag_fd = fd;
        }
        if (ret->route_fd < 0 || ret->diag_fd < 0)
                log_warning("left4me-web-host.socket gave no sockets: the host's address is not "
                            "known unless public_address= is set, nor whether servers are ready");
}
