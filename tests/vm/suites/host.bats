#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Things of the host alone, which a container shares with others: kernel settings, the kernel's log
# with its record of blocked system calls, core dumps as the kernel passes them on, and a reboot of the whole machine.

load vm
load ../../suites/web/web

# forged CALL: what the kernel would write of the server "forger", ended for that i386 system call.
forged() {
        echo 'audit: type=1326 audit(1.0:1): auid=4294967295 uid=981 gid=981 ses=4294967295 pid=1' \
                'comm="srcds_linux" exe="/var/lib/left4me/runtime/forger/merged/srcds_linux"' \
                "sig=31 arch=40000003 syscall=$1 compat=1 ip=0x0 code=0x80000000"
}

setup_file() {
        load vm
        [[ $LEFT4ME_BOOT == 1 ]] || return 0
        install_game
        install_exhaust
        spec i386 "arguments: ['+standin_syscall', 'ptrace']"
        user amd64 syscall 101
        user child child-syscall 101
        spec denied "arguments: ['+standin_syscall', 'io_uring_setup']"
        spec fields "arguments: ['+standin_syscall', 'ptrace']"
        # 310 is unshare, 26 ptrace
        spec forger "arguments: ['+standin_line', '$(forged 310 | sed 's/ /\\x20/g; s/"/\\x22/g')', '+standin_syscall', 'ptrace']"
        # The first end by a system call is the last.
        without i386 Restart=no
        without amd64 Restart=no
        without forger Restart=no
        spec crash "arguments: ['+standin_crash']"
        without crash Restart=no LimitCORE=infinity
        spec no-core "arguments: ['+standin_crash']"
        without no-core Restart=no
        # The image lacks it, see there.
        rm /etc/systemd/system/systemd-coredump.socket
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
        # An entry of an earlier run in the journal is not the end of this one.
        mark_log
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
        # The kernel's record names no unit, and journald looks up no process that the text names.
        [ "$(field _SYSTEMD_UNIT)$(field _PID)$(field _AUDIT_TYPE)" = "" ]
        [ "$(field SYSLOG_IDENTIFIER) $(field PRIORITY)" = "kernel 5" ]
        run -1 journalctl -b -q -o cat -u left4me-server@i386 -g type=1326
}

@test "a 64-bit child is told apart by its ABI" {
        run -0 blocked amd64 kernel
        # AUDIT_ARCH_X86_64, 101 is ptrace there
        [[ "$(field MESSAGE)" == *' sig=31 arch=c000003e syscall=101 compat=0 '* ]]
}

# named NAME: what l4d2ctl's status, which ends with lines of the log, and log say of the last run.
named() {
        l4d2ctl status "$1"
        l4d2ctl logs "$1"
}

# blocked_call NAME: the same in the JSON of its status.
blocked_call() {
        l4d2ctl status "$1" --json | python3 -c 'import json, sys
call = json.load(sys.stdin)["blocked_call"]
print(call and "{call} {abi} {number} {process}".format(**call))'
}

@test "status and logs name the call of an i386 server and of a 64-bit one, and forget it with the next run" {
        local name abi number
        while read -r name abi number; do
                blocked "$name" kernel >/dev/null
                run -0 named "$name"
                [ "$(grep -cF "blocked: ptrace ($abi), process 'srcds_linux'" <<<"$output")" = 3 ]
                [ "$(blocked_call "$name")" = "ptrace $abi $number srcds_linux" ]
        done <<-'END'
	i386 i386 26
	amd64 x86-64 101
	END
        l4d2ctl set i386 arguments +map c1m1_hotel
        l4d2ctl start i386
        run -0 l4d2ctl status i386
        [[ "$output" != *blocked:* ]]
        [ "$(blocked_call i386)" = None ]
}

@test "hardening names the call that ended a child of a server which runs on" {
        start child
        wait_until is_exhausted child child-syscall 'done'
        run l4d2ctl hardening child
        [[ "$output" == *"blocked: ptrace (x86-64), process 'srcds_linux'"* ]]
        # The server itself has ended for no such reason.
        [ "$(blocked_call child)" = None ]
}

@test "a record that a server writes into its own log is none" {
        start forger
        wait_until is_failed forger
        in_log forger 'audit: type=1326 audit(1.0:1): '
        run -0 named forger
        [ "$(grep -F blocked: <<<"$output" | sed 's/^ *//' | sort -u)" = \
                "blocked: ptrace (i386), process 'srcds_linux'" ]
        [ "$(blocked_call forger)" = 'ptrace i386 26 srcds_linux' ]
}

@test "after a daemon reload a server has its port filter still" {
        make_instance filtered 27030
        start filtered
        cannot_bind() { rcon filtered standin_bind tcp 27999 | grep -qF ': EPERM'; }
        wait_until cannot_bind
        wait_until is_reload_dealt_with
        systemctl stop left4me-filter.path
        systemctl daemon-reload
        run ! cannot_bind
        systemctl start left4me-filter.path
        wait_until cannot_bind
        systemctl daemon-reload
        wait_until cannot_bind
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

# --- core dumps -------------------------------------------------------------------------------------

# core_entry NAME: what systemd-coredump wrote of the crash of that server, in JSON.
core_entry() {
        journalctl --sync
        journalctl -b -o json MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1 "COREDUMP_UNIT=$(unit "$1")" | grep .
}

# core_shown NAME: the message of a core dump in that server's timeline.
core_shown() {
        web chief "/api/servers/$1/timeline?show=runs" | python3 -c 'import json, sys
print(*(item["core"] for item in json.load(sys.stdin)["items"] if item["core"]), sep="\n---\n")'
}

@test "a crash with systemd-coredump: log and timeline show its entry, with a backtrace if a drop-in allows dumps" {
        local name
        systemctl start systemd-coredump.socket
        sysctl -q -p /usr/lib/sysctl.d/50-coredump.conf
        for name in crash no-core; do
                start "$name"
                wait_until is_failed "$name"
                wait_until core_entry "$name" >/dev/null
        done
        sysctl -q -w kernel.core_pattern=core

        # As suites/core-entry writes them in the container; readers rely on these.
        output=$(core_entry crash)
        [ "$(field _SYSTEMD_SLICE)" = 'system-systemd\x2dcoredump.slice' ]
        [ "$(field _UID)" = "$(id -u systemd-coredump)" ]
        [ "$(field SYSLOG_IDENTIFIER) $(field PRIORITY)" = "systemd-coredump 2" ]
        [[ "$(field COREDUMP_SIGNAL_NAME) $(field COREDUMP_COMM)" == "SIGSEGV srcds_linux" ]]

        begin_web chief:admin
        for name in crash no-core; do
                run -3 l4d2ctl status "$name"
                [[ "$output" == *'killed by SIGSEGV, core dumped'* ]]
                run -0 l4d2ctl logs "$name"
                [ "$(grep -c 'srcds_linux) of user 981 \(dumped core\|terminated abnormally\)' <<<"$output")" = 1 ]
        done
        run -0 l4d2ctl logs crash
        [[ "$output" == *'Stack trace of thread '*' #0 '*'srcds_linux + 0x'*'ELF object binary architecture: Intel 80386'* ]]
        run -0 core_shown crash
        [[ "$output" == *'Stack trace of thread '*'ELF object binary architecture: Intel 80386'* && "$output" != *---* ]]
        run -0 core_shown no-core
        [[ "$output" == *'srcds_linux) of user 981 '* && "$output" != *'Stack trace'* ]]
        # A dump has the passwords of the server.
        [ "$(find /var/lib/systemd/coredump -type f | wc -l)" = 1 ]
}

# --- the clock --------------------------------------------------------------------------------------

# set_clock HOURS: to so many hours after what it would be without this test.
set_clock() { date -s "@$(($(cut -d. -f1 /proc/uptime) + clock_offset + $1 * 3600))" >/dev/null; }

# minutes_until_deadline NAME: of its queued restart, as it is shown.
minutes_until_deadline() {
        l4d2ctl status "$1" --json | python3 -c 'import json, sys, time
print(int((json.load(sys.stdin)["queued_restart"]["deadline_usec"] / 1e6 - time.time()) / 60))'
}

# How often left4me-when-empty said that the restart waits: once after each of its starts.
waits() { journalctl --sync; journalctl -b -o cat -u left4me-when-empty.service | grep -cF "'timed' has 1 players"; }

# Whether no time of the server's live state is in the future, or older than an hour.
times_are_near() {
        python3 - /run/left4me/watch/timed.json <<'EOF'
import json, sys, time
state = json.load(open(sys.argv[1]))
ages = [time.time() - state[key] / 1e6 for key in ("written_usec", "at_usec", "health_since_usec")]
sys.exit(not all(-1 < age < 3600 for age in ages))
EOF
}

@test "the clock is set forward and back: what is to last a while lasts as long, and nothing seems old" {
        local before hours n left
        clock_offset=$(($(date +%s) - $(cut -d. -f1 /proc/uptime)))
        make_instance timed 27031 'rcon_password: timed-password'
        start timed
        wait_until rcon timed standin_players 1
        wait_until times_are_near
        before=$(property "$(unit timed)" InvocationID)
        l4d2ctl restart --when-empty --deadline=+3h timed
        wait_until eval '(($(waits) == 1))'

        for hours in 4 -8 0; do
                n=$(waits)
                set_clock "$hours"
                wait_until times_are_near
                # It asks at once when it starts.
                systemctl restart left4me-when-empty.service
                wait_until eval "((\$(waits) > $n))"
                left=$(minutes_until_deadline timed)
                echo "clock set by $hours h: $left minutes are left"
                ((left > 60 && left <= 180))
                [ "$(property "$(unit timed)" InvocationID)" = "$before" ]
        done
        l4d2ctl restart --cancel timed

        # A time of the clock is one: when the clock passes it, the server restarts.
        l4d2ctl restart --when-empty --deadline="$(date -d '+3 hours' '+%F %T')" timed
        set_clock 4
        wait_until eval '[[ $(property "$(unit timed)" InvocationID) != "$before" ]]'
        set_clock 0
}

# job_of FIELD: of the newest job.
job_of() { l4d2ctl job list --json | python3 -c "import json, sys; print(json.load(sys.stdin)[0]['$1'])"; }

@test "the clock is set during jobs: each has its duration, its log and its end" {
        local hours out=/var/lib/left4me/jobs/clock/out
        clock_offset=$(($(date +%s) - $(cut -d. -f1 /proc/uptime)))
        l4d2ctl overlay create clock
        l4d2ctl overlay define clock kind=script
        l4d2ctl overlay script clock - <<-'END'
		#!/bin/bash -e
		echo 'before the clock was set'
		touch $LEFT4ME_OUT/began
		until [ -e $LEFT4ME_OUT/go ]; do sleep 0.1; done
		echo 'after the clock was set'
		date +%N >$OVERLAY/x
	END
        for hours in 30 -30 0; do
                l4d2ctl overlay build clock --no-wait
                wait_until test -e "$out/began"
                set_clock "$hours"
                rm "$out/began"
                touch "$out/go"
                wait_until eval '[[ $(job_of result) == done ]]'
                echo "clock set by $hours h: took $(job_of duration_usec) µs"
                (($(job_of duration_usec) > 0 && $(job_of duration_usec) < 3600000000))
                run -0 l4d2ctl job logs "$(job_of id)"
                [[ "$output" == *'before the clock was set'*'after the clock was set'* ]]
        done
        [ "$(l4d2ctl overlay versions clock --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')" = 3 ]
}

# --- a reboot ---------------------------------------------------------------------------------------

@test "servers are made before the reboot" {
        make_instance first 27041 'autostart: true'
        make_instance second 27042 'autostart: true' "config: ['hostname \"after the reboot\"']"
        make_instance third 27043 'autostart: false'
        make_instance fourth 27044
        systemctl start left4me-server@first left4me-server@third
        wait_until "$query" info 127.0.0.1 27041
        [[ "$(rcon first standin_write left4dead2/logs/written before)" == *': ok'* ]]
        ! is_active second
}

# Whether a restart is queued.
pending() { compgen -G "$state/instances/*/restart.json" >/dev/null || compgen -G "$state/instances/*/after-build-*.json" >/dev/null; }

@test "restarts are queued before the reboot: with a deadline, of one without autostart, after a build" {
        local name
        l4d2ctl overlay create slow
        echo 1 | l4d2ctl overlay put slow left4dead2/version -
        l4d2ctl overlay define slow kind=script
        printf '%s\n' '#!/bin/bash' 'echo 2 >"$OVERLAY/left4dead2/version"' 'touch "$LEFT4ME_OUT/began"' 'sleep infinity' |
                l4d2ctl overlay script slow -
        l4d2ctl set first overlays slow
        l4d2ctl set first config 'hostname "changed before the reboot"'
        for name in first third; do wait_until rcon "$name" standin_players 1; done
        l4d2ctl overlay build slow --no-wait --then-restart=now
        wait_until test -e "$state/jobs/slow/out/began"
        l4d2ctl restart --when-empty --deadline=+3h first
        l4d2ctl restart --when-empty third
        run -0 l4d2ctl status first
        [ "$(grep -c 'Queued: restart' <<<"$output")" = 2 ]
        run -0 l4d2ctl status third
        [ "$(grep -c 'Queued: restart when empty' <<<"$output")" = 1 ]
}

# bats test_tags=boot:2
@test "after the reboot those with autostart run, and only those" {
        for name in first second; do
                wait_until is_active "$name"
        done
        wait_until "$query" info 127.0.0.1 27041
        wait_until "$query" info 127.0.0.1 27042
        [[ "$("$query" info 127.0.0.1 27042)" == *"after the reboot"* ]]
        for name in third fourth; do
                [ "$(property "$(unit "$name")" ActiveState)" = inactive ]
        done
        run -0 systemctl list-units --failed --plain --no-legend
        [ -z "$output" ]
}

# forgotten PATTERN: how many lines about it the service that fulfils queued restarts wrote, as the host went down or in
# this boot.
forgotten() { journalctl --sync; journalctl -o cat -u left4me-when-empty.service | grep -cxE "$1" || true; }

# bats test_tags=boot:2
@test "after the reboot no restart is queued: each is said to be forgotten, and servers have what it was to bring" {
        wait_until eval '! pending'
        [ "$(forgotten "'first' (has restarted since|does not run any more): its queued restart is .*")" = 1 ]
        [ "$(forgotten "'third' does not run any more: its queued restart is .*")" = 1 ]
        [ "$(forgotten "The build of 'slow' made no new version: 'first' is not restarted")" = 1 ]
        # The build was cancelled, and nothing is left of it.
        [ "$(readlink "$state/overlays/slow/current")" = versions/1 ]
        [[ "$("$query" info 127.0.0.1 27041)" == *"changed before the reboot"* ]]
        [[ "$(rcon first standin_read left4dead2/version)" == *'ok "1'* ]]
        for name in first third; do
                run l4d2ctl status "$name"
                [[ "$output" == *"server@$name.service"* && "$output" != *Queued:* ]]
        done
        wait_until eval '[[ $(property left4me-when-empty.service ActiveState) == inactive ]]'
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
