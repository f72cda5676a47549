#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What belongs to the host alone, which a container shares with others: kernel settings, the kernel's log
# with its record of blocked system calls, and a reboot of the whole machine.

load vm

setup_file() {
        load vm
        [[ $LEFT4ME_BOOT == 1 ]] || return 0
        install_game
        install_exhaust
        spec i386 "arguments: ['+standin_syscall', 'ptrace']"
        user amd64 syscall 101
        spec denied "arguments: ['+standin_syscall', 'io_uring_setup']"
        spec fields "arguments: ['+standin_syscall', 'ptrace']"
        systemctl daemon-reload
}

teardown() {
        [[ $BATS_TEST_DESCRIPTION == *" reboot"* ]] || systemctl stop 'left4me-server@*.service'
}

# --- kernel settings --------------------------------------------------------------------------------

@test "the kernel has the settings that left4me brings" {
        settings=/usr/lib/sysctl.d/60-left4me.conf
        [ "$(grep -c '^[^#].*=' "$settings")" -ge 3 ]
        while IFS='= ' read -r key value; do
                echo "$key: wanted $value, is $(sysctl -n "${key#-}")"
                [ "$(sysctl -n "${key#-}")" = "$value" ]
        done < <(grep '^[^#].*=' "$settings")
}

@test "of itself the kernel has others" {
        # Otherwise the test above would pass without left4me.
        run -1 grep -rlE 'ptrace_scope|protected_(fifos|regular)' --exclude=60-left4me.conf /etc/sysctl.d /usr/lib/sysctl.d
}

# --- the kernel's log -------------------------------------------------------------------------------

# blocked NAME TRANSPORT: starts that server, waits for its end by a system call, and prints what the kernel said
# of it, in JSON.
blocked() {
        local name=$1 transport=$2 pid
        start "$name"
        wait_until in_log "$name" 'code=killed, status=31/SYS'
        # Before it is started again; what it printed is in the journal with its process id.
        systemctl stop "$(unit "$name")"
        pid=$(journalctl -b -o json -n 1 --output-fields=_PID -u "$(unit "$name")" _TRANSPORT=stdout |
                sed 's/.*"_PID":"\([0-9]*\)".*/\1/')
        journalctl -b -o json "_TRANSPORT=$transport" -g "(type=1326 |^SECCOMP ).* pid=$pid "
}

# field NAME: that field of the record in $output.
field() { python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1], ""))' "$1" <<<"$output"; }

@test "a blocked system call is a line of the kernel's log: process, ABI and number" {
        run -0 blocked i386 kernel
        [[ "$(field MESSAGE)" == 'audit: type=1326 audit('*'): '*' uid=981 '*' comm="srcds_linux" '* ]]
        [[ "$(field MESSAGE)" == *' exe="/var/lib/left4me/runtime/i386/merged/srcds_linux" '* ]]
        # AUDIT_ARCH_I386, 26 is ptrace there
        [[ "$(field MESSAGE)" == *' sig=31 arch=40000003 syscall=26 compat=1 '* ]]
        # The kernel knows nothing of units, and journald asks nobody about a process the text names.
        [ "$(field _SYSTEMD_UNIT)$(field _PID)$(field _AUDIT_TYPE)" = "" ]
        [ "$(field SYSLOG_IDENTIFIER) $(field PRIORITY)" = "kernel 5" ]
        run -1 journalctl -b -q -o cat -u left4me-server@i386 -g type=1326
}

@test "a 64-bit child is told apart by its ABI" {
        run -0 blocked amd64 kernel
        # AUDIT_ARCH_X86_64, 101 is ptrace there
        [[ "$(field MESSAGE)" == *' sig=31 arch=c000003e syscall=101 compat=0 '* ]]
}

@test "a system call that is answered with an error leaves no record" {
        start denied
        wait_until in_log denied 'standin: syscall 425 (io_uring_setup): EPERM'
        run -1 journalctl -b -q -o cat _TRANSPORT=kernel -g 'type=1326.*runtime/denied'
}

@test "with journald's audit socket the record has fields" {
        [ "$(systemctl is-active systemd-journald-audit.socket)" = inactive ]
        systemctl stop systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket
        systemctl start systemd-journald-audit.socket systemd-journald.socket systemd-journald-dev-log.socket
        systemctl restart systemd-journald.service
        run -0 blocked fields audit
        [ "$(field _AUDIT_TYPE) $(field _AUDIT_TYPE_NAME)" = "1326 SECCOMP" ]
        [ "$(field _AUDIT_FIELD_ARCH) $(field _AUDIT_FIELD_SYSCALL) $(field _AUDIT_FIELD_SIG)" = "40000003 26 31" ]
        [ "$(field _COMM) $(field _UID)" = "srcds_linux 981" ]
        [ "$(field _EXE)" = /var/lib/left4me/runtime/fields/merged/srcds_linux ]
        [ -n "$(field _PID)" ]
        [ "$(field _SYSTEMD_UNIT)" = "" ]
}

@test "the generator's errors are in the kernel's log, and so in the journal" {
        mkdir -p "$state/instances/broken"
        echo 'port: none' >"$state/instances/broken/spec.yaml"
        chown -R left4me: "$state/instances/broken"
        systemctl daemon-reload
        journalctl --sync
        run -0 journalctl -b -k -o cat
        [[ "$output" == *"instances/broken/spec.yaml:1:7:"* ]]
        rm -r "$state/instances/broken"
        systemctl daemon-reload
}

# --- a reboot ---------------------------------------------------------------------------------------

@test "servers are made before the reboot" {
        make_instance first 27021 'autostart: true'
        make_instance second 27022 'autostart: true' "config: ['hostname \"after the reboot\"']"
        make_instance third 27023 'autostart: false'
        make_instance fourth 27024
        systemctl start left4me-server@first left4me-server@third
        wait_until "$query" info 127.0.0.1 27021
        [[ "$(rcon first standin_write left4dead2/logs/written before)" == *': ok'* ]]
        ! is_active second
}

# bats test_tags=boot:2
@test "after the reboot those with autostart run, and only those" {
        for name in first second; do
                wait_until is_active "$name"
        done
        wait_until "$query" info 127.0.0.1 27021
        wait_until "$query" info 127.0.0.1 27022
        [[ "$("$query" info 127.0.0.1 27022)" == *"after the reboot"* ]]
        for name in third fourth; do
                [ "$(property "$(unit "$name")" ActiveState)" = inactive ]
        done
        run -0 systemctl list-units --failed --plain --no-legend
        [ -z "$output" ]
}

# bats test_tags=boot:2
@test "what a server wrote before the reboot is still in its tree, and its log in the journal" {
        [[ "$(rcon first standin_read left4dead2/logs/written)" == *'ok "before'* ]]
        journalctl --sync
        journalctl -b -1 -o cat -u left4me-server@first | grep -q 'Stopped'
}

# bats test_tags=boot:2
@test "the settings of the kernel are there again" {
        [ "$(sysctl -n kernel.yama.ptrace_scope) $(sysctl -n fs.protected_regular)" = "1 2" ]
}
