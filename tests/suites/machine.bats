#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The machine itself: that what the other suites take for granted is so. A machine without BPF
# binds any port in silence, and every test of a bound port would pass for the wrong reason.

bats_require_minimum_version 1.5.0

# bind_udp [PROPERTY…]: bind UDP port 27015 from a transient unit with these properties.
bind_udp() {
        systemd-run --quiet --wait --pipe --collect "${@/#/--property=}" \
                python3 -c 'import socket; socket.socket(type=socket.SOCK_DGRAM).bind(("", 27015))'
}

@test "systemd 257 is PID 1" {
        [ "$(readlink /proc/1/exe)" = /usr/lib/systemd/systemd ]
        run systemctl --version
        [[ "${lines[0]}" == "systemd 257 "* ]]
}

@test "all units came up" {
        run -0 systemctl is-system-running --wait
        [ "$output" = running ]
        run -0 systemctl list-units --failed --plain --no-legend
        [ -z "$output" ]
}

@test "it is Debian 13" {
        . /etc/os-release
        [ "$ID $VERSION_ID" = "debian 13" ]
}

@test "control groups are cgroup v2 and its own" {
        [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]
        grep -qx '0::/init.scope' /proc/1/cgroup
}

@test "a port can be bound" {
        run -0 bind_udp
}

@test "BPF works: a forbidden port can not be bound" {
        run -1 bind_udp SocketBindDeny=any
        [[ "$output" == *PermissionError* ]]
}

@test "BPF works: an allowed port can be bound" {
        run -0 bind_udp SocketBindDeny=any SocketBindAllow=udp:27015
        run -1 bind_udp SocketBindDeny=any SocketBindAllow=tcp:27015
        run -1 bind_udp SocketBindDeny=any SocketBindAllow=udp:27016
}

@test "PID namespaces of units work" {
        run -0 systemd-run --quiet --wait --pipe --property=PrivatePIDs=yes readlink /proc/self
        [ "$output" = 1 ]
}

@test "system call filters work" {
        run systemd-run --quiet --wait --pipe --property=SystemCallFilter=~uname uname
        [ "$status" -ne 0 ]
        run -0 systemd-run --quiet --wait --pipe uname
}

# bats test_tags=i386
@test "an i386 program runs" {
        load common
        needs_i386
        run -0 /usr/lib/left4me-build/standin/runs-i386
        run -0 readelf -h /lib/ld-linux.so.2
        [[ "$output" == *ELF32* ]]
        /lib/ld-linux.so.2 --version
}

@test "overlays can be mounted on /var/lib/left4me" {
        cd "$(mktemp -d /var/lib/left4me/overlay.XXXXXX)"
        mkdir lower upper work merged
        mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay merged
        touch merged/file
        umount merged
        [ -e upper/file ]
}

@test "the journal tells units apart" {
        systemd-run --quiet --wait --unit=speaks echo 'said by a unit'
        journalctl --sync
        run -0 journalctl --quiet --output=cat _SYSTEMD_UNIT=speaks.service
        [ "$output" = 'said by a unit' ]
}

@test "users and directories are made at boot" {
        [ -e /usr/lib/sysusers.d/left4me.conf ] || skip "the project is not installed"
        systemctl --quiet is-active systemd-sysusers.service systemd-tmpfiles-setup.service
        getent passwd left4me left4me-game left4me-build
        [ "$(stat -c %U /var/lib/left4me/installation)" = left4me-build ]
}

@test "the host's kernel settings can not be written" {
        [[ "$(findmnt -no OPTIONS /proc/sys)" == ro,* ]]
        [[ "$(findmnt -no OPTIONS /sys)" == ro,* ]]
        run ! sysctl -w kernel.printk=7
        run ! sh -c 'echo 0 >/sys/kernel/profiling'
        run ! findmnt /sys/kernel/debug
        run ! findmnt /sys/kernel/tracing
}

@test "the host's clock, modules and disks are out of reach" {
        run ! date --set=@0
        [ -z "$(find /dev -type b)" ]
        local bounding
        bounding=$(awk '/^CapBnd/ { print $2 }' /proc/self/status)
        # CAP_SYS_MODULE 16, CAP_SYS_RAWIO 17, CAP_SYS_TIME 25
        (((0x$bounding & (1 << 16 | 1 << 17 | 1 << 25)) == 0))
}

@test "there is no network but the loopback" {
        [ "$(ls /sys/class/net)" = lo ]
        [ -z "$(ip route show)" ]
        run -1 python3 -c 'import socket; socket.create_connection(("192.0.2.1", 80), 5)'
        [[ "$output" == *"Network is unreachable"* ]]
}

@test "nothing of the host's /run is visible" {
        run -0 sh -c 'findmnt --raw --noheadings --output TARGET | grep ^/run/'
        for target in "${lines[@]}"; do
                case $target in
                        /run/lock | /run/user/* | /run/credentials/* | /run/host | /run/host/*) ;;
                        /run/left4me-machine | /run/left4me-output) ;;
                        *) echo "unexpected: $target"; false ;;
                esac
        done
}

@test "something is left to find after a reboot" {
        [ "$LEFT4ME_BOOT" = 1 ]
        touch /etc/found-after-reboot /var/lib/left4me/found-after-reboot /run/lost-by-reboot
}

# bats test_tags=boot:2
@test "the disk outlives a reboot, /run does not" {
        [ "$LEFT4ME_BOOT" = 2 ]
        [ -e /etc/found-after-reboot ]
        [ -e /var/lib/left4me/found-after-reboot ]
        [ ! -e /run/lost-by-reboot ]
}

# bats test_tags=boot:2
@test "all units came up again" {
        run -0 systemctl is-system-running --wait
        [ "$output" = running ]
}
