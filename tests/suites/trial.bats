#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# l4d2ctl trial: what a server does that its unit refuses is found and named, what it prints allows
# that, and the normal unit comes back however the trial ends.

load common

setup_file() {
        install_game

        # A file that the host has and the sandbox hides.
        echo 'some text' >/etc/left4me-test.conf
        chmod 644 /etc/left4me-test.conf
        install -d -o left4me-game /srv/left4me-data
        install -d -m 755 /home/alice
        echo 'hers' >/home/alice/192.0.2.7.conf
        chmod 644 /home/alice/192.0.2.7.conf
        install -d /run/left4me-test
        cat >/run/left4me-test/serve <<'EOF'
import os, socket, time
s = socket.socket(socket.AF_UNIX)
s.bind("/run/left4me-test/socket")
os.chmod("/run/left4me-test/socket", 0o777)
s.listen(9)
time.sleep(100000)
EOF
        systemd-run --quiet --unit=left4me-test-socket --description=socket --property=TimeoutStopSec=1 \
                python3 /run/left4me-test/serve
        wait_until test -S /run/left4me-test/socket
}

setup() { mark_log; }

teardown() {
        [[ $BATS_TEST_DESCRIPTION == *"before the reboot"* ]] && return
        [[ -z ${trial:-} ]] || kill -9 "$trial" 2>/dev/null || true
        wait_until no_trial
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf /etc/systemd/system/left4me-server@*.service.d "$state"/instances/* /etc/left4me/left4me.conf.d \
                "$state/overlays/common.cfg" /srv/left4me-data/link
        systemctl daemon-reload
}

no_trial() { [[ -z $(systemctl list-units --no-legend --state=active,activating,deactivating 'l4d2-trial@*') ]]; }

drop_in() { printf '/run/systemd/system/left4me-server@%s.service.d/zz-left4me-trial.conf' "$1"; }

# The unit's normal restrictions are in effect.
is_normal() {
        [[ ! -e $(drop_in "$1") ]] &&
                [[ -n $(property "$(unit "$1")" SystemCallFilter) ]] &&
                [[ $(property "$(unit "$1")" SocketBindDeny) == *any* ]] &&
                [[ $(property "$(unit "$1")" RestrictAddressFamilies) == *AF_INET* ]] &&
                [[ $(property "$(unit "$1")" ExecStart) != *"read -r go"* ]]
}

# begin_trial NAME [OPTION…]: returns when the server is up; its process is $trial.
begin_trial() {
        l4d2ctl trial "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
        trial=$!
        wait_until is_recording "$1" || { cat "$BATS_TEST_TMPDIR/err"; return 1; }
}

is_recording() { grep -q 'Recording for' "$BATS_TEST_TMPDIR/err" && in_log "$1" 'Server is hibernating'; }

# end_trial STATUS: as by Ctrl-C.
end_trial() {
        local status=0
        kill -INT "$trial"
        wait "$trial" || status=$?
        trial=
        cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
        [ "$status" = "$1" ]
}

# Whether the report's table has this row.
row() { grep -qE "^$1 +[0-9]+ +$2 *\$" "$BATS_TEST_TMPDIR/out"; }

dies_by_filter() { [[ $(l4d2ctl status "$1" 2>&1) == *'forbidden system call (SIGSYS)'* ]]; }

# --- tests -------------------------------------------------------------------------------------

@test "a server that is refused nothing fits" {
        make_instance 1 27015
        begin_trial 1
        # It is traced from outside, and its sandbox is otherwise as always.
        status=/proc/$(main_pid 1)/status
        grep -q 'NoNewPrivs:.1' "$status"
        grep -q 'CapBnd:.0000000000000000' "$status"
        end_trial 0
        [ "$(cat "$BATS_TEST_TMPDIR/out")" = 'nothing: the composition fits' ]
        is_normal 1
        [ "$(property left4me-server@1.service ActiveState)" = inactive ]
}

# bats test_tags=i386
@test "each denial is found and named, and the settings it prints let a normal start have it" {
        make_instance 1 27015 'config:' '- standin_syscall ptrace' '- standin_syscall io_uring_setup' \
                '- standin_bind udp 27999' '- standin_bind tcp 27998' '- standin_read /etc/left4me-test.conf' \
                '- standin_write /srv/left4me-data/x text' '- standin_write left4dead2/maps/x text' \
                '- standin_connect unix /run/left4me-test/socket' \
                '- standin_connect unix /run/dbus/system_bus_socket' \
                '- standin_read /home/alice/192.0.2.7.conf' '- standin_bind udp 0' '- standin_socket 16' \
                '- standin_syscall setgroups' "- standin_read $state/overlays/common.cfg" \
                '- standin_read /srv/left4me-data/link'
        # Readable by everybody, and yet nothing that one server should be shown of others.
        echo 'all of them' >"$state/overlays/common.cfg"
        ln -sfn /etc/left4me-test.conf /srv/left4me-data/link
        begin_trial 1
        end_trial 7
        is_normal 1
        row 'call ptrace +SystemCallFilter= \(refused\)' 'SystemCallFilter=ptrace'
        row 'call io_uring_setup +SystemCallFilter= \(refused\)' 'SystemCallFilter=io_uring_setup'
        row 'bind udp 27999 +SocketBindDeny= \(EPERM\)' 'SocketBindAllow=udp:27999'
        row 'bind tcp 27998 +SocketBindDeny= \(EPERM\)' 'SocketBindAllow=tcp:27998'
        row 'read /etc/left4me-test.conf +TemporaryFileSystem=/etc \(ENOENT\)' \
                'BindReadOnlyPaths=-/etc/left4me-test.conf:/etc/left4me-test.conf'
        row 'write /srv/left4me-data/x +InaccessiblePaths=/srv \(EACCES\)' \
                'BindPaths=-/srv/left4me-data:/srv/left4me-data'
        row 'write left4dead2/maps/x +writable_directories= \(EACCES\)' \
                'writable_directories= with left4dead2/maps'
        row 'connect /run/left4me-test/socket +TemporaryFileSystem=/run \(ENOENT\)' \
                'BindReadOnlyPaths=-/run/left4me-test/socket:/run/left4me-test/socket'
        row 'read /home/alice/192.0.2.7.conf +ProtectHome=/home \((ENOENT|EACCES)\)' \
                'nothing: the home directory of a user lies there'
        row "read $state/overlays/common.cfg +TemporaryFileSystem=/var \\(ENOENT\\)" \
                'nothing: left4me keeps files of all servers there'
        row 'read /srv/left4me-data/link +InaccessiblePaths=/srv \((ENOENT|EACCES)\)' \
                'nothing: the server or a user could replace this path by a link'
        row 'bind udp 0 +SocketBindDeny= \(EPERM\)' 'SocketBindAllow=udp'
        row 'call setgroups +SystemCallFilter= \(refused\)' 'SystemCallFilter=setgroups'
        row 'right setgroups +CapabilityBoundingSet=CAP_SETGID \(EPERM\)' 'CapabilityBoundingSet=CAP_SETGID'
        # No filter sees the families of an i386 program.
        families=0
        if [[ $standin_abi != i386 ]]; then
                row 'family AF_NETLINK +RestrictAddressFamilies= \(EAFNOSUPPORT\)' \
                        'RestrictAddressFamilies=AF_NETLINK'
                families=1
        fi
        # Nothing else was found, and the bus, all ports and a capability are not given away unread.
        [ "$(grep -cE '^(call|bind|read|write|connect|family|right) ' "$BATS_TEST_TMPDIR/out")" = $((15 + families)) ]
        grep -qxF '# BindReadOnlyPaths=/run/dbus/system_bus_socket' "$BATS_TEST_TMPDIR/out"
        grep -qxF '# SocketBindAllow=udp' "$BATS_TEST_TMPDIR/out"
        grep -qxF '# CapabilityBoundingSet=CAP_SETGID' "$BATS_TEST_TMPDIR/out"

        # Without them a normal start is refused all that …
        mark_log
        run l4d2ctl start 1
        if [ "$status" = 0 ]; then
                # A server opens its port before it reads its configuration. A start that sees the port twice in between
                # takes it for up, which needs a processor that stops at the right moment.
                wait_until dies_by_filter 1
        else
                [[ "$output" == *'forbidden system call (SIGSYS)'* ]]
        fi
        # A slow machine restarts it for longer than the start limit counts.
        systemctl stop left4me-server@1
        systemctl reset-failed

        # … and with them it is not.
        mkdir -p /etc/systemd/system/left4me-server@1.service.d /etc/left4me/left4me.conf.d
        sed -n '/^\[Service\]$/,/^$/p' "$BATS_TEST_TMPDIR/out" \
                >/etc/systemd/system/left4me-server@1.service.d/60-trial.conf
        printf '[server]\nwritable_directories = left4dead2/cfg left4dead2/logs left4dead2/maps\n' \
                >/etc/left4me/left4me.conf.d/trial.conf
        systemctl daemon-reload
        mark_log
        l4d2ctl start 1
        wait_until in_log 1 'Server is hibernating'
        in_log 1 'standin: syscall 101 (ptrace): ' || in_log 1 'standin: syscall 26 (ptrace): '
        in_log 1 'standin: syscall 425 (io_uring_setup): EFAULT'
        in_log 1 'standin: bind udp 27999: ok'
        in_log 1 'standin: bind tcp 27998: ok'
        in_log 1 'standin: read /etc/left4me-test.conf: ok "some text'
        in_log 1 'standin: write /srv/left4me-data/x: ok'
        in_log 1 'standin: write left4dead2/maps/x: ok'
        in_log 1 'standin: connect unix /run/left4me-test/socket: ok'
        in_log 1 'standin: socket 16: ok'
        # A line that was a comment, or missing, lifts nothing.
        in_log 1 'standin: read /home/alice/192.0.2.7.conf: E'
        in_log 1 "standin: read $state/overlays/common.cfg: E"
        in_log 1 'standin: connect unix /run/dbus/system_bus_socket: ENOENT'
        in_log 1 'standin: bind udp 0: EPERM'
        in_log 1 'standin: syscall 116 (setgroups): EPERM' || in_log 1 'standin: syscall 81 (setgroups): EPERM'
}

@test "the JSON holds no password, address, player or user of the host" {
        make_instance json 27015 'rcon_password: hunter2-hunter2' 'config:' \
                '- standin_read /home/alice/192.0.2.7.conf' \
                '- standin_write left4dead2/maps/Bob.txt text' \
                '- standin_write left4dead2/STEAM_1_0_42.hunter2-hunter2 text' \
                '- standin_write /srv/left4me-data/Carol.log text' \
                '- standin_bind udp 27999'
        begin_trial json --json
        end_trial 7
        python3 - "$BATS_TEST_TMPDIR/out" <<'EOF'
import json, sys
text = open(sys.argv[1]).read()
report = json.loads(text)
assert report["fits"] is False and report["ended_by"] == "signal", report
assert report["calls_lost"] == 0 and report["complete"], report
found = {(f["kind"], f["subject"], f["directive"]) for f in report["findings"]}
assert ("bind", "udp 27999", "SocketBindDeny=") in found, found
assert ("read", "/home/<user>/<address>.conf", "ProtectHome=") in found, found
assert ("write", "left4dead2/maps/*.txt", "writable_directories=") in found, found
assert ("write", "left4dead2/*", "writable_directories=") in found, found
assert ("write", "/srv/left4me-data/*.log", "InaccessiblePaths=") in found, found
assert all(f["count"] > 0 for f in report["findings"])
for word in "alice", "192.0.2.7", "Bob", "Carol", "STEAM_1", "hunter2":
    assert word not in text, word
EOF
}

@test "kill -9 of l4d2ctl: the server is stopped and the normal unit is back" {
        make_instance 1 27015
        begin_trial 1
        [ -e "$(drop_in 1)" ]
        run ! is_normal 1
        cp "$(drop_in 1)" "$BATS_TEST_TMPDIR/left"
        kill -9 "$trial"
        wait "$trial" || true
        trial=
        wait_until no_trial
        wait_until is_normal 1
        [ "$(property left4me-server@1.service ActiveState)" = inactive ]
        [ "$(property l4d2-trial@1.service Result)" = success ]
        # It starts again as always.
        mark_log
        l4d2ctl start 1
        is_normal 1
        l4d2ctl stop 1

        # Had its guard's last commands been killed too, the drop-in would still be there. A start brings
        # the guard back, which takes the drop-in away; without a trial the server begins nothing.
        mkdir -p "$(dirname "$(drop_in 1)")"
        cp "$BATS_TEST_TMPDIR/left" "$(drop_in 1)"
        systemctl daemon-reload
        run ! is_normal 1
        mark_log
        l4d2ctl start 1 || true
        wait_until is_normal 1
        wait_until no_trial
        run ! is_active 1
        l4d2ctl start 1
        is_normal 1
        is_active 1
}

@test "the guard is killed: the trial ends, and the normal unit is back" {
        make_instance 1 27015
        begin_trial 1
        systemctl kill -s KILL l4d2-trial@1
        wait "$trial" || true
        trial=
        no_trial
        is_normal 1
        [ "$(property left4me-server@1.service ActiveState)" = inactive ]
}

# await_trial STATUS: until it ends by itself.
await_trial() {
        local status=0
        wait "$trial" || status=$?
        trial=
        cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err"
        [ "$status" = "$1" ]
}

@test "the server ends by itself and well: the trial says so and reports" {
        make_instance 1 27015
        begin_trial 1
        rcon 1 quit
        await_trial 0
        grep -q 'ended during the trial' "$BATS_TEST_TMPDIR/err"
        [ "$(cat "$BATS_TEST_TMPDIR/out")" = 'nothing: the composition fits' ]
        is_normal 1
}

@test "a server that died, or never became ready, does not fit" {
        # At once, …
        make_instance 1 27015 'config:' '- standin_exit 3'
        run -1 --separate-stderr l4d2ctl trial 1
        echo "$output $stderr"
        [ "$output" = 'nothing so far' ]
        [[ $stderr == *'the server ended after '*': exited with status 3'* ]]
        [[ $stderr == *'could not see enough'* ]]
        is_normal 1

        # … after it was ready, …
        make_instance 2 27016
        begin_trial 2 --json
        rcon 2 standin_crash || true
        await_trial 1
        python3 - "$BATS_TEST_TMPDIR/out" <<'EOF'
import json, sys
report = json.load(open(sys.argv[1]))
assert report["fits"] is False and report["ready"] is True, report
assert report["ended_by"] == "fault" and "SIGSEGV" in report["server_result"], report
EOF

        # … or it runs and opens no port.
        overlay=$(make_overlay waits)
        printf '#!/bin/sh\ntrap "exit 0" INT\nwhile :; do sleep 1; done\n' >"$overlay/srcds_run"
        cp "$overlay/srcds_run" "$overlay/srcds_linux"
        chmod 755 "$overlay"/srcds_*
        make_instance 3 27017 'overlays: [waits]'
        l4d2ctl trial 3 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
        trial=$!
        wait_until grep -q 'Recording for' "$BATS_TEST_TMPDIR/err"
        end_trial 1
        grep -q 'did not become ready within' "$BATS_TEST_TMPDIR/err"
        [ "$(cat "$BATS_TEST_TMPDIR/out")" = 'nothing so far' ]
}

@test "links in the tree that lead out of it are found" {
        game=$state/installation/current/left4dead2
        echo cached >/srv/left4me-cache.vpk
        chmod 644 /srv/left4me-cache.vpk
        ln -s /srv/left4me-cache.vpk "$game/out.vpk"
        ln -s nowhere.vpk "$game/gone.vpk"
        make_instance 1 27015 'config:' '- standin_read left4dead2/out.vpk' \
                '- standin_read left4dead2/gone.vpk' '- standin_read left4dead2/not-there.vpk'
        begin_trial 1
        rm "$game/out.vpk" "$game/gone.vpk" /srv/left4me-cache.vpk
        end_trial 7
        row 'link left4dead2/out.vpk +dangling link \((EACCES|ENOENT)\)' 'nothing: this link leads out of .*'
        row 'link left4dead2/gone.vpk +dangling link \(ENOENT\)' 'nothing: the target of this link is missing'
        [ "$(grep -c '^link ' "$BATS_TEST_TMPDIR/out")" = 2 ]
}

@test "while it records it prints nothing of what it finds" {
        make_instance 1 27015 'rcon_password: hunter2-hunter2' 'config:' \
                '- standin_read /home/alice/192.0.2.7.conf' \
                '- standin_write left4dead2/maps/Bob-hunter2-hunter2.txt text'
        begin_trial 1 --json
        [ ! -s "$BATS_TEST_TMPDIR/out" ]
        run ! grep -E 'alice|192\.0\.2|Bob|hunter2|left4dead2' "$BATS_TEST_TMPDIR/err"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/err")" = 2 ]
        end_trial 7
        run ! grep -E 'alice|192\.0\.2|Bob|hunter2' "$BATS_TEST_TMPDIR/err" "$BATS_TEST_TMPDIR/out"
}

@test "l4d2ctl hangs: the guard ends the trial when its time is over" {
        make_instance 1 27015
        begin_trial 1 --minutes 1
        guard=$(property l4d2-trial@1.service MainPID)
        # A minute, and five for what comes before and after.
        [[ $(tr '\0' ' ' <"/proc/$guard/cmdline") == *' --timeout 360 '* ]]
        [ "$(property l4d2-trial@1.service RuntimeMaxUSec)" = '1d 1h' ]
        end_trial 0

        # The same with a time that a test can wait for: another process holds the lock for longer.
        printf 'LEFT4ME_TRIAL_SECONDS=1\n' >/run/left4me/trial/limit
        mkdir -p "$(dirname "$(drop_in 1)")"
        printf '[Unit]\nBindsTo=l4d2-trial@1.service\nAfter=l4d2-trial@1.service\n[Service]\nSystemCallFilter=\n' \
                >"$(drop_in 1)"
        systemctl daemon-reload
        run ! is_normal 1
        exec {lock}>/run/left4me/trial/lock
        flock "$lock"
        l4d2ctl start 1 || true
        wait_until no_trial
        wait_until is_normal 1
        run ! is_active 1
        [ ! -e /run/left4me/trial/limit ]
        run ! flock --nonblock /run/left4me/trial/lock true
        exec {lock}>&-
}

@test "strace is killed: the trial ends, and does not say that the composition fits" {
        make_instance 1 27015
        begin_trial 1
        kill -9 "$(sed -n 's/^TracerPid:\t//p' "/proc/$(main_pid 1)/status")"
        status=0
        wait "$trial" || status=$?
        trial=
        [ "$status" = 1 ]
        grep -q 'strace ended before the server' "$BATS_TEST_TMPDIR/err"
        run ! grep -q fits "$BATS_TEST_TMPDIR/out"
        is_normal 1
        [ "$(property left4me-server@1.service ActiveState)" = inactive ]
}

@test "one trial at a time, of a server that does not run, by root" {
        make_instance 1 27015
        make_instance 2 27016
        run -4 l4d2ctl trial nobody
        run -1 setpriv --reuid left4me-game --clear-groups l4d2ctl trial 1
        [[ $output == *'only root'* ]]
        begin_trial 1
        run -6 l4d2ctl trial 2
        [[ $output == *'Another trial'* ]]
        is_normal 2
        end_trial 0
        l4d2ctl start 1
        run -6 l4d2ctl trial 1
        [[ $output == *'l4d2ctl stop 1'* ]]
        is_active 1
}

@test "a drop-in that takes the lifting back is named and not tried" {
        make_instance 1 27015
        mkdir -p /etc/systemd/system/left4me-server@1.service.d
        printf '[Service]\nSocketBindDeny=any\n' >/etc/systemd/system/left4me-server@1.service.d/zzz.conf
        systemctl daemon-reload
        run -1 l4d2ctl trial 1
        # A user can still end it after the warning that this server will be less protected.
        [[ $output == *'will run with less protection'*'Failed to lift SocketBindDeny='* ]]
        wait_until no_trial
        is_normal 1
}

@test "before the reboot: a trial goes on" {
        systemctl stop left4me-test-socket
        make_instance 3 27017
        l4d2ctl trial 3 >/dev/null 2>"$BATS_TEST_TMPDIR/err" 3>&- </dev/null &
        wait_until is_recording 3
        [ -e "$(drop_in 3)" ]
}

# bats test_tags=boot:2
@test "after the reboot the unit is the normal one" {
        [ -e "$state/instances/3/spec.yaml" ]
        is_normal 3
        l4d2ctl start 3
        is_normal 3
}
