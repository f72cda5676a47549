#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The main job: a spec in, a hardened game server running, its state and log out; and that it stays
# so when an attacker or an admin breaks something.

load common

watch_conf=/etc/left4me/left4me.conf.d/watch.conf

setup_file() {
        install_game
}

setup() { mark_log; }

# Each test has servers of its own; none is left to the next one.
teardown() {
        [[ ${BATS_TEST_TAGS[*]} == *boot:2* || $BATS_TEST_DESCRIPTION == *"before the reboot"* ]] && return
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf /run/systemd/system/left4me-server@*.service.d "$state"/instances/* "$state"/overlays/*
        systemctl daemon-reload
        [[ -e $watch_conf ]] || return 0
        rm "$watch_conf"
        systemctl restart left4me-watch.service
}

# --- starting and stopping ---------------------------------------------------------------------

@test "systemctl starts, restarts and stops a server" {
        make_instance 1 27015
        systemctl start left4me-server@1
        is_active 1
        pid=$(main_pid 1)
        run -0 info_of 27015

        systemctl restart left4me-server@1
        is_active 1
        [ "$(main_pid 1)" != "$pid" ]

        systemctl stop left4me-server@1
        [ "$(property left4me-server@1.service Result)" = success ]
        [ "$(property left4me-server@1.service ActiveState)" = inactive ]
        wait_until eval '! mountpoint -q $state/runtime/1/merged'
}

@test "l4d2ctl starts, restarts, stops and deletes a server" {
        make_instance 1 27015
        l4d2ctl start 1
        is_active 1
        pid=$(main_pid 1)
        l4d2ctl restart 1
        [ "$(main_pid 1)" != "$pid" ]
        l4d2ctl stop 1
        [ "$(property left4me-server@1.service ActiveState)" = inactive ]

        l4d2ctl start 1
        l4d2ctl delete 1
        [ "$(property left4me-server@1.service ActiveState)" = inactive ]
        [ ! -e "$state/instances/1" ]
        [ ! -e "$state/runtime/1" ]
        l4d2ctl delete 1
}

@test "the main process is the game itself and its exit is the unit's" {
        make_instance 1 27015
        l4d2ctl start 1
        [ "$(basename "$(readlink "/proc/$(main_pid 1)/exe")")" = srcds_linux ]
        rcon 1 quit
        wait_until eval '[[ $(property left4me-server@1.service ActiveState) == inactive ]]'
        [ "$(property left4me-server@1.service Result)" = success ]
        [ "$(property left4me-server@1.service ExecMainStatus)" = 0 ]
}

@test "a server that ignores SIGINT is killed after its stop time" {
        make_instance 1 27015
        l4d2ctl start 1
        rcon 1 standin_hang
        wait_until in_log 1 'standin: hang'
        systemctl stop left4me-server@1
        [ "$(property left4me-server@1.service Result)" = timeout ]
}

@test "status, log and unit are what systemd's own tools show" {
        make_instance 1 27015 "config: ['hostname \"Shown\"']"
        systemctl start left4me-server@1
        wait_until in_log 1 'Connection to Steam servers successful.'
        run -0 systemctl cat left4me-server@1
        [[ "$output" == *40-instance.conf* ]]
        [[ "$output" == *SocketBindAllow=udp:27015* ]]
        [[ "$output" == *10-hardening.conf* ]]
        [[ "$output" == *20-game.conf* ]]
        run -0 systemctl status --no-pager left4me-server@1
        [[ "$output" == *"active (running)"* ]]
        run -0 l4d2ctl status 1 --json
        python3 -c 'import json,sys; s=json.loads(sys.argv[1]); assert "27015" in json.dumps(s), s' "$output"
        run -0 l4d2ctl logs 1 --no-follow --lines 100
        [[ "$output" == *"Connection to Steam servers successful."* ]]
}

# --- arguments ------------------------------------------------------------------------------------

@test "the server gets the very arguments of the spec" {
        make_instance 1 27015 'arguments:' \
                '  - "+map"' '  - "c1m1_hotel versus"' "  - 'say \"hi\"'" \
                '  - "%n %i %%"' '  - "$HOME ${HOME} $$"' "  - 'back\\slash\\'" '  - "a;b"' "  - \"it's\"" \
                '  - "+standin_argv"'
        l4d2ctl start 1
        wait_until in_log 1 'argv[20]='
        log_of 1 >"$BATS_TEST_TMPDIR/log"
        while IFS= read -r line; do
                grep -qxF -- "standin: $line" "$BATS_TEST_TMPDIR/log" || { echo "missing: $line"; cat "$BATS_TEST_TMPDIR/log"; false; }
        done <<'ARGV'
argv[12]="+map"
argv[13]="c1m1_hotel versus"
argv[14]="say \"hi\""
argv[15]="%n %i %%"
argv[16]="$HOME ${HOME} $$"
argv[17]="back\\slash\\"
argv[18]="a;b"
argv[19]="it's"
argv[20]="+standin_argv"
ARGV
}

@test "a changed argument applies at the next start, without a daemon reload" {
        make_instance 1 27015 'arguments: ["+hostname", "before"]'
        systemctl start left4me-server@1
        run -0 info_of 27015
        [[ "$output" == *before* ]]
        sed -i 's/before/after/' "$state/instances/1/spec.yaml"
        systemctl restart left4me-server@1
        run -0 info_of 27015
        [[ "$output" == *after* ]]
}

@test "no secret is in argv, environment or a unit" {
        make_instance 1 27015 'rcon_password: SesameOpen123'
        l4d2ctl start 1
        pid=$(main_pid 1)
        run -1 grep -aq SesameOpen123 "/proc/$pid/cmdline" "/proc/$pid/environ"
        run -1 grep -rq SesameOpen123 /run/systemd
        run systemctl show left4me-server@1
        [[ "$output" != *SesameOpen123* ]]
        rcon 1 status
        journalctl --sync
        run -0 journalctl -b -u left4me-server@1
        [[ "$output" != *SesameOpen123* ]]
}

# --- fail closed ------------------------------------------------------------------------------------

dropin=/run/systemd/generator/left4me-server@1.service.d/40-instance.conf

# Starts the server after the generated drop-in was tampered with and systemd has read it so: the
# generator is kept from fixing it.
reload_with_tampered_dropin() {
        local generator=/usr/lib/systemd/system-generators/left4me-generator
        local saved=/run/tampered # generators have a /tmp of their own

        rm -rf "$saved"
        cp -a /run/systemd/generator "$saved"
        # A stand-in generator that puts the tampered files where the real one would.
        mkdir -p /etc/systemd/system-generators
        printf '#!/bin/sh\ncp -a %s/. "$1"/\n' "$saved" >/etc/systemd/system-generators/left4me-generator
        chmod +x /etc/systemd/system-generators/left4me-generator
        "$@" "$saved/left4me-server@1.service.d/40-instance.conf"
        systemctl daemon-reload
        [ -x "$generator" ]
}

restore_generator() {
        rm -f /etc/systemd/system-generators/left4me-generator
        systemctl daemon-reload
}

# The start gets past the assertion, for the file is there, and left4me-launch notices.
launch_refuses() {
        cmp /run/tampered/left4me-server@1.service.d/40-instance.conf "$dropin"
        systemctl start left4me-server@1 || true
        wait_until eval '[[ $(property left4me-server@1.service ActiveState) == failed ]]'
        restore_generator
        in_log 1 'systemd did not read its generated drop-in to the end'
        run ! in_log 1 'Connection to Steam'
        [ "$(property left4me-server@1.service ExecMainStatus)" = 78 ]
        [ "$(property left4me-server@1.service NRestarts)" = 0 ]
}

@test "a missing drop-in refuses to start" {
        make_instance 1 27015
        reload_with_tampered_dropin rm
        run -1 systemctl start left4me-server@1
        [[ "$output" == *ssert* ]]
        restore_generator
        systemctl start left4me-server@1
}

truncate_half() { truncate -s $(($(stat -c %s "$1") / 2)) "$1"; }
drop_last_line() { sed -i '$d' "$1"; }
tear_with_bad_bytes() { sed -i '/^\[Service\]/a Environment=X=\xff\xfe' "$1"; }
tear_with_long_line() { sed -i '/^\[Service\]/q' "$1"; printf 'Environment=%1100000s\n' x >>"$1"; }

@test "a truncated drop-in refuses to start" {
        make_instance 1 27015
        reload_with_tampered_dropin truncate_half
        launch_refuses
}

@test "a drop-in without its last line refuses to start" {
        make_instance 1 27015
        reload_with_tampered_dropin drop_last_line
        launch_refuses
}

@test "a drop-in torn by invalid bytes refuses to start" {
        make_instance 1 27015
        reload_with_tampered_dropin tear_with_bad_bytes
        launch_refuses
}

@test "a drop-in torn by an over-long line refuses to start" {
        make_instance 1 27015
        reload_with_tampered_dropin tear_with_long_line
        launch_refuses
}

@test "an empty drop-in refuses to start" {
        make_instance 1 27015
        reload_with_tampered_dropin truncate -s 0
        launch_refuses
}

@test "a start with ignore-dependencies is refused: there is no overlay" {
        make_instance 1 27015
        # Its assertion sees that nothing is mounted. That left4me-launch would, too, is in
        # launch.bats.
        run -1 systemctl start --job-mode=ignore-dependencies left4me-server@1
        run ! is_active 1
        run ! in_log 1 'Starting ./srcds_linux'
}

@test "an instance without a spec does not start" {
        run -1 systemctl start left4me-server@nobody
        run ! is_active nobody
}

# --- ports ---------------------------------------------------------------------------------------

@test "only the port of the spec can be bound" {
        make_instance 1 27015
        l4d2ctl start 1
        for protocol in udp tcp; do
                run -0 rcon 1 standin_bind "$protocol" 27016
                [[ "$output" == *"bind $protocol 27016: EPERM"* ]]
                run -0 rcon 1 standin_bind "$protocol" 0
                [[ "$output" == *"EPERM"* ]]
                # The server holds its own port: allowed by the filter, taken all the same.
                run -0 rcon 1 standin_bind "$protocol" 27015
                [[ "$output" == *EADDRINUSE* ]]
        done
}

@test "two specs with one port are both refused, and both are named" {
        make_instance 1 27015
        make_instance 2 27016
        sed -i 's/27016/27015/' "$state/instances/2/spec.yaml"
        systemctl daemon-reload
        run -1 systemctl start left4me-server@1
        run -1 systemctl start left4me-server@2
        run ! l4d2ctl validate
        [[ "$output" == *instances/1/spec.yaml:1:* && "$output" == *instances/2/spec.yaml:1:* ]]
}

@test "initialize refuses a port that is taken" {
        make_instance 1 27015
        run ! make_instance 2 27015
        [[ "$output" == *27015* ]]
        [ ! -e "$state/instances/2/spec.yaml" ]
}

# --- layers ---------------------------------------------------------------------------------------

@test "upper layers win, in the order of the spec" {
        for ref in top middle base; do
                mkdir -p "$(make_overlay "$ref")/left4dead2/addons"
        done
        echo top >"$state/overlays/top/left4dead2/addons/one"
        for ref in middle base; do echo "$ref" >"$state/overlays/$ref/left4dead2/addons/one"; done
        for ref in middle base; do echo "$ref" >"$state/overlays/$ref/left4dead2/addons/two"; done
        echo base >"$state/overlays/base/left4dead2/addons/three"
        echo overlay >"$state/overlays/base/left4dead2/gameinfo.txt"
        make_instance 1 27015 'overlays: [top, middle, base]'
        l4d2ctl start 1
        run -0 rcon 1 standin_read left4dead2/addons/one
        [[ "$output" == *'ok "top\n"'* ]]
        run -0 rcon 1 standin_read left4dead2/addons/two
        [[ "$output" == *'ok "middle\n"'* ]]
        run -0 rcon 1 standin_read left4dead2/addons/three
        [[ "$output" == *'ok "base\n"'* ]]
        run -0 rcon 1 standin_read left4dead2/gameinfo.txt
        [[ "$output" == *'ok "overlay\n"'* ]]
}

@test "what a server writes survives a restart and is its own" {
        make_instance 1 27015
        make_instance 2 27016
        l4d2ctl start 1
        l4d2ctl start 2
        run -0 rcon 1 standin_write left4dead2/cfg/banned_user.cfg mine
        [[ "$output" == *": ok"* ]]
        l4d2ctl restart 1
        run -0 rcon 1 standin_read left4dead2/cfg/banned_user.cfg
        [[ "$output" == *'ok "mine"'* ]]
        run -0 rcon 2 standin_read left4dead2/cfg/banned_user.cfg
        [[ "$output" != *mine* ]]
        run -1 grep -rqs mine "$state/installation/versions/1/left4dead2/cfg"

        l4d2ctl reset 1
        is_active 1
        run -0 rcon 1 standin_read left4dead2/cfg/banned_user.cfg
        [[ "$output" != *mine* ]]
}

@test "a server can't replace its code or its server.cfg" {
        make_instance 1 27015
        l4d2ctl start 1
        for path in srcds_linux srcds_run bin/evil.so left4dead2/cfg/server.cfg left4dead2/gameinfo.txt .left4me/argv; do
                run -0 rcon 1 standin_write "$path" evil
                [[ "$output" == *EACCES* || "$output" == *EPERM* || "$output" == *ETXTBSY* ]] || { echo "$path: $output"; false; }
        done
}

# --- failures -------------------------------------------------------------------------------------

@test "a crash restarts the server, and too many in a row end it" {
        make_instance 1 27015
        [ "$(property left4me-server@1.service StartLimitIntervalUSec)" = 1min ]
        mkdir -p /run/systemd/system/left4me-server@1.service.d
        # Also on a slow machine all of it is within that time.
        printf '[Unit]\nStartLimitIntervalSec=1h\n[Service]\nRestartSec=100ms\n' \
                >/run/systemd/system/left4me-server@1.service.d/90-test.conf
        systemctl daemon-reload
        l4d2ctl start 1
        pid=$(main_pid 1)
        rcon 1 standin_crash || true
        wait_until eval '(($(property left4me-server@1.service NRestarts) == 1))'
        wait_until is_active 1
        [ "$(main_pid 1)" != "$pid" ]
        in_log 1 'code=killed, status=11/SEGV' || in_log 1 'code=dumped, status=11/SEGV'

        l4d2ctl set 1 arguments +standin_crash
        systemctl restart left4me-server@1
        wait_until is_failed 1
        # They are counted: the tree is mounted again each time, which must not count as a new start.
        (($(property left4me-server@1.service NRestarts) >= 2))
        in_log 1 'Start request repeated too quickly.'
        run -3 l4d2ctl status 1
        [[ "$output" == *SEGV* ]]
}

@test "a server that ends with a status at once is restarted, and has failed in the end" {
        make_instance 1 27015 'config:' '- standin_exit 3'
        mkdir -p /run/systemd/system/left4me-server@1.service.d
        printf '[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=3\n[Service]\nRestartSec=100ms\n' \
                >/run/systemd/system/left4me-server@1.service.d/90-test.conf
        systemctl daemon-reload
        systemctl start left4me-server@1 || true
        wait_until is_failed 1
        in_log 1 'Start request repeated too quickly.'
        [ "$(log_of 1 | grep -c 'Main process exited, code=exited, status=3')" = 3 ]
        run -3 l4d2ctl status 1
        [[ "$output" == *'exited with status 3'* ]]
}

# An ExecStopPost= in the unit has made systemd 257 fail an assertion here, which freezes the host.
@test "a start that is stopped leaves systemd alive" {
        local i

        make_instance 1 27015
        systemctl start l4d2-overlay@1
        for ((i = 0; i < 15; i++)); do
                systemctl reset-failed
                systemctl start --no-block left4me-server@1
                wait_until eval '[[ $(property left4me-server@1.service ActiveState) != inactive ]]'
                systemctl stop left4me-server@1
        done
        [ -z "$(property left4me-server@1.service ExecStopPost)$(property left4me-when-empty.service ExecStopPost)" ]
        systemctl start left4me-server@1
        is_active 1
}

# start_alien NAME: starts it until systemd takes its process for another process's child, which is a matter of luck.
# A stop takes a line of $gate_fd.
start_alien() {
        local i

        for ((i = 0; i < 60; i++)); do
                ((i == 0)) || echo go >&"$gate_fd"
                systemctl reset-failed
                mark_log
                systemctl restart "left4me-server@$1"
                ! in_log "$1" 'which is not our child' || return 0
        done
        return 1
}

# sees_the_end GROUP: it looks whenever the control group becomes empty. The first time can be just before the process
# is dead.
sees_the_end() {
        is_active 1 || return 0
        bash -c 'echo "$$" >"$0"' "$1/cgroup.procs" || true
        return 1
}

# systemd can see that a traced process has ended some time before the tracer lets it have the exit status. Without a
# tracer that time is too short for a test.
@test "systemd learns a server's status also when it sees first that the server has gone" {
        local gate=$BATS_TEST_TMPDIR/gate tracer group

        make_instance 1 27015
        # The unit's last command waits for the test.
        mkfifo "$gate"
        exec {gate_fd}<>"$gate"
        printf '#!/bin/sh\nread -r line <%s\n' "$gate" >"$BATS_TEST_TMPDIR/true"
        chmod 755 "$BATS_TEST_TMPDIR/true"
        mount --bind "$BATS_TEST_TMPDIR/true" /usr/bin/true
        mkdir -p /run/systemd/system/left4me-server@1.service.d
        printf '[Service]\nRestartSec=100ms\n' >/run/systemd/system/left4me-server@1.service.d/90-test.conf
        systemctl daemon-reload
        start_alien 1

        python3 - "$(main_pid 1)" "$BATS_TEST_TMPDIR" 3>&- <<'EOF' &
import ctypes, os, sys, time
PTRACE_SEIZE = 0x4206
libc = ctypes.CDLL(None, use_errno=True)
assert libc.ptrace(PTRACE_SEIZE, int(sys.argv[1]), None, None) == 0, os.strerror(ctypes.get_errno())
open(sys.argv[2] + "/holds", "w")
while not os.path.exists(sys.argv[2] + "/let-go"):
    time.sleep(0.02)
EOF
        tracer=$!
        wait_until test -e "$BATS_TEST_TMPDIR/holds"
        group=/sys/fs/cgroup$(property left4me-server@1.service ControlGroup)
        rcon 1 standin_exit 3 || true
        wait_until sees_the_end "$group"
        touch "$BATS_TEST_TMPDIR/let-go"
        wait "$tracer"
        umount -l /usr/bin/true
        echo go >&"$gate_fd"
        wait_until eval '(($(property left4me-server@1.service NRestarts) == 1))'
        in_log 1 'Main process exited, code=exited, status=3'
        systemctl stop left4me-server@1
        exec {gate_fd}>&-
}

# The unit's last command is one of the host; the root directory of such a server is another one.
@test "systemd learns the status of a server with its own root directory, too" {
        local i

        make_instance 1 27015 'hardening: strict'
        l4d2ctl start 1
        systemctl stop left4me-server@1
        [[ $(property left4me-server@1.service ExecStop) == *' code=exited ; status=0 }' ]]
        l4d2ctl set 1 config 'standin_exit 3' 2>/dev/null
        mkdir -p /run/systemd/system/left4me-server@1.service.d
        printf '[Service]\nRestart=no\n' >/run/systemd/system/left4me-server@1.service.d/90-test.conf
        systemctl daemon-reload
        for ((i = 0; i < ${LEFT4ME_STARTS:-10}; i++)); do
                systemctl reset-failed
                systemctl start left4me-server@1 || true
                wait_until eval '[[ $(property left4me-server@1.service ActiveState) == @(failed|inactive) ]]'
                [ "$(property left4me-server@1.service Result)" = exit-code ]
                [ "$(property left4me-server@1.service ExecMainStatus)" = 3 ]
        done
}

@test "a forbidden system call ends the server and is not retried in silence" {
        make_instance 1 27015
        l4d2ctl start 1
        rcon 1 standin_syscall || true
        wait_until in_log 1 'trying syscall'
        wait_until eval 'in_log 1 SYS || in_log 1 EPERM'
}

@test "a broken spec does not touch the servers beside it" {
        make_instance 1 27015
        make_instance 2 27016
        l4d2ctl start 2
        printf 'port: [\n' >"$state/instances/1/spec.yaml"
        systemctl daemon-reload
        is_active 2
        systemctl restart left4me-server@2
        is_active 2
        run -1 systemctl start left4me-server@1
        run cat /run/left4me/generator.errors
        [[ "$output" == *instances/1/spec.yaml:* ]]
        run l4d2ctl list
        [[ "$output" == *2*running* ]]
}

@test "a spec made hostile after the start leaves the running server alone" {
        make_instance 1 27015
        l4d2ctl start 1
        pid=$(main_pid 1)
        rm "$state/instances/1/spec.yaml"
        mkfifo "$state/instances/1/spec.yaml"
        timeout 100 systemctl daemon-reload
        is_active 1
        [ "$(main_pid 1)" = "$pid" ]
        run -1 systemctl start left4me-server@1 || true
        run -1 systemctl restart left4me-server@1
        run ! is_active 1
}

@test "servers stay up through daemon reloads" {
        make_instance 1 27015
        make_instance 2 27016
        l4d2ctl start 1
        l4d2ctl start 2
        pids="$(main_pid 1) $(main_pid 2)"
        for _ in 1 2 3 4 5; do systemctl daemon-reload; done
        systemctl daemon-reexec
        [ "$(main_pid 1) $(main_pid 2)" = "$pids" ]
        run -0 "$query" info 127.0.0.1 27016
}

# n_ok_since USEC: the number of servers whose state is ok, by RCON, and newer than this time.
n_ok_since() {
        python3 -c '
import glob, json, sys
states = [json.load(open(path)) for path in glob.glob("/run/left4me/watch/*.json")]
print(sum(state["health"] == "ok" and state["source"] == "rcon" and state["at_usec"] > int(sys.argv[1]) for state in states))' "$1" 2>/dev/null
}
are_asked() { [[ $(n_ok_since "$1") == 50 ]]; }

@test "fifty servers start at once, are watched, and that costs next to nothing" {
        local watch=left4me-watch.service begin cpu usec

        # Without players each is asked every 6 seconds: more often than fifty with players are by default.
        mkdir -p "${watch_conf%/*}"
        printf '[watch]\ninterval=1\n' >"$watch_conf"
        systemctl restart "$watch"
        for ((i = 1; i <= 50; i++)); do
                mkdir -p "$state/instances/s$i"
                printf 'port: %d\nrcon_password: password%d\n' $((27014 + i)) "$i" >"$state/instances/s$i/spec.yaml"
                units+=("left4me-server@s$i.service")
        done
        # The group stays: the watcher reads as one of it.
        chown left4me "$state/instances"/*/
        systemctl daemon-reload
        systemctl start "${units[@]}"
        for ((i = 1; i <= 50; i++)); do
                is_active "s$i"
        done
        wait_until "$query" info 127.0.0.1 27015
        wait_until "$query" info 127.0.0.1 27064

        wait_until are_asked 0
        cpu=$(property "$watch" CPUUsageNSec)
        begin=$(date +%s%6N)
        # Each of them again, the first time soon after its start.
        for _ in 1 2; do wait_until are_asked "$(date +%s%6N)"; done
        usec=$(($(date +%s%6N) - begin))
        cpu=$((($(property "$watch" CPUUsageNSec) - cpu) / 1000))
        echo "# the watcher used $cpu µs of $usec" >&3
        # 1 % of a CPU, and three times that where one is slow.
        ((100 * cpu < 3 * usec))
        systemctl stop "${units[@]}"
}

# --- autostart ------------------------------------------------------------------------------------

@test "before the reboot: one server with autostart, one without, one broken" {
        make_instance yes 27015 'autostart: true'
        make_instance no 27016
        mkdir -p "$state/instances/broken"
        printf 'port: 1\nautostart: true\n' >"$state/instances/broken/spec.yaml"
        run -0 readlink /run/systemd/generator/left4me.target.wants/left4me-server@yes.service
        [ "$output" = /usr/lib/systemd/system/left4me-server@.service ]
        run ! is_active yes
}

# bats test_tags=boot:2
@test "after the reboot: the server with autostart runs, the others don't" {
        wait_until is_active yes
        run ! is_active no
        run ! is_active broken
        run -0 info_of 27015
        run -0 cat /run/left4me/generator.errors
        [[ "$output" == *broken* ]]
}
