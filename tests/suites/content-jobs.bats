#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Jobs that build overlays: left4me-layer, which prepares and publishes, and the sandbox of scripts.

load common

layer=/usr/lib/left4me/left4me-layer

setup_file() {
        install_game
}

setup() {
        rm -rf /etc/left4me/left4me.conf.d "$state"/overlays/* "$state"/jobs/*
}

teardown() {
        systemctl stop 'left4me-script@*.service' 2>/dev/null || true
        systemctl reset-failed
        l4d2ctl stop 1 2>/dev/null || true
        l4d2ctl delete 1
}

# scripted REF LINE…: an overlay with this bash script.
scripted() {
        local ref=$1
        shift
        [ -d "$state/overlays/$ref" ] || l4d2ctl overlay create "$ref"
        l4d2ctl overlay define "$ref" kind=script
        { printf '#!/bin/bash -e\n'; printf '%s\n' "$@"; } | l4d2ctl overlay script "$ref" -
}

job() { printf 'left4me-script@%s.service' "${1//\//:}"; }
build() { systemctl start "$(job "$1")"; }

# log REF: what its builds said, of the newest run only.
log() {
        journalctl --sync
        journalctl -o cat --invocation=0 -u "$(job "$1")"
}
of() { readlink -f "$state/overlays/$1/current"; }
versions() { ls "$state/overlays/$1/versions" | sort -n | tr '\n' ' '; }

is_state() { [[ $(property "$(job "$1")" ActiveState) == "$2" ]]; }

nothing_is_left() {
        [ ! -e "$state/jobs/${1//\//:}/stage" ] && [ ! -e "$state/jobs/${1//\//:}/running" ]
}

are_waiting() { [[ $(grep -c -- '-> FLOCK' /proc/locks) == "$1" ]]; }
is_locked() { ! flock -n "$1" true; }

# hold DIRECTORY: holds the lock of a directory, until let_go.
hold() {
        flock -F "$1" sleep infinity 3>&- &
        holder=$!
        wait_until is_locked "$1"
}
let_go() { kill "$holder"; }

@test "a script makes versions; one that changes nothing makes none" {
        scripted pack/one 'mkdir -p "$OVERLAY/left4dead2/cfg"' \
                'date +%s%N >"$OVERLAY/left4dead2/cfg/new.cfg"' '[ -e "$OVERLAY/same" ] || echo same >"$OVERLAY/same"'
        build pack/one
        [ "$(versions pack/one)" = '1 ' ]
        [ "$(stat -c %U:%a "$(of pack/one)"/{same,left4dead2/cfg/new.cfg} | sort -u)" = left4me:644 ]
        [ "$(stat -c %U:%a "$(of pack/one)/left4dead2")" = left4me:755 ]
        build pack/one
        [ "$(versions pack/one)" = '1 2 ' ]
        # Files that did not change share their space.
        [ "$(stat -c %i "$state"/overlays/pack/one/versions/*/same | sort -u | wc -l)" = 1 ]
        run ! cmp "$state"/overlays/pack/one/versions/{1,2}/left4dead2/cfg/new.cfg

        scripted pack/one 'echo same >"$OVERLAY/same"'
        build pack/one
        [ "$(versions pack/one)" = '1 2 ' ]
        [[ "$(log pack/one)" == *"The overlay 'pack/one' is up to date: it stays at version 2"* ]]
        nothing_is_left pack/one
}

@test "a directory that is new or gone makes a version, also an empty one" {
        scripted a 'echo x >"$OVERLAY/x"; mkdir "$OVERLAY/empty"'
        build a
        scripted a 'mkdir "$OVERLAY/deep" "$OVERLAY/deep/er"'
        build a
        [ "$(versions a)" = '1 2 ' ]
        [ -d "$(of a)/deep/er" ]
        scripted a 'rmdir "$OVERLAY/empty"'
        build a
        [ "$(versions a)" = '1 2 3 ' ]
        [ ! -e "$(of a)/empty" ]
        scripted a true
        build a
        [ "$(versions a)" = '1 2 3 ' ]
}

@test "a script changes files in place, and older versions keep theirs" {
        scripted a 'echo first >"$OVERLAY/file"'
        build a
        scripted a 'echo second >>"$OVERLAY/file"'
        build a
        [ "$(cat "$state/overlays/a/versions/1/file")" = first ]
        [ "$(cat "$state/overlays/a/versions/2/file")" = $'first\nsecond' ]
}

@test "a script that fails leaves the old version current, and its message in the log" {
        scripted a 'echo good >"$OVERLAY/file"'
        build a
        scripted a 'rm "$OVERLAY/file"' 'echo half >"$OVERLAY/other"' 'echo no such release >&2' 'exit 3'
        run ! build a
        [ "$(property "$(job a)" ExecMainStatus)" = 3 ]
        [[ "$(log a)" == *'no such release'* ]]
        [ "$(versions a)" = '1 ' ]
        [ "$(ls "$(of a)")" = file ]
        nothing_is_left a
}

@test "each run has its last lines, also when the journal is slow and the next run begins at once" {
        local journald id i
        scripted a 'echo "last words"; exit 3'
        journald=$(property systemd-journald.service MainPID)
        for i in 1 2; do
                kill -STOP "$journald"
                (sleep 1; kill -CONT "$journald") 3>&- &
                run ! build a
        done
        wait
        journalctl --sync
        for id in $(l4d2ctl job list a -n 2 --json | python3 -c 'import json, sys; print(*[j["id"] for j in json.load(sys.stdin)])'); do
                [ "$(l4d2ctl job logs "$id" | grep -cF 'last words')" = 1 ]
        done
}

@test "stop cancels a script, also one that ignores it, and leaves no half version" {
        scripted a "trap '' TERM" 'echo half >"$OVERLAY/file"' 'touch "$LEFT4ME_OUT/began"' 'sleep infinity & wait; sleep infinity'
        systemctl start --no-block "$(job a)"
        wait_until test -e "$state/jobs/a/out/began"
        systemctl stop "$(job a)"
        [ "$(property "$(job a)" Result)" != timeout ]
        [ ! -e "$state/overlays/a/versions" ]
        nothing_is_left a
}

@test "a build of a running server's overlay reaches it at its next start" {
        scripted a 'mkdir -p "$OVERLAY/left4dead2/cfg"' 'echo "$RANDOM$RANDOM" >"$OVERLAY/left4dead2/cfg/a.cfg"'
        build a
        make_instance 1 27015 'overlays: [a]'
        l4d2ctl start 1
        local file="$state/runtime/1/merged/left4dead2/cfg/a.cfg" old
        old=$(cat "$state/overlays/a/versions/1/left4dead2/cfg/a.cfg")
        build a
        [ "$(cat "/proc/$(main_pid 1)/root$file")" = "$old" ]
        l4d2ctl restart 1
        [ "$(cat "/proc/$(main_pid 1)/root$file")" = "$(cat "$(of a)/left4dead2/cfg/a.cfg")" ]
        [ "$(versions a)" = '1 2 ' ]
}

@test "a version that a job makes too large is not published" {
        printf '[content]\nmax_overlay_gb=1\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/small.conf
        scripted a 'dd if=/dev/zero of="$OVERLAY/big" bs=1M count=954 status=none'
        run ! build a
        [[ "$(log a)" == *"it has more than the 1 GB of max_overlay_gb="* ]]
        [ ! -e "$state/overlays/a/current" ]
        nothing_is_left a
        scripted a 'dd if=/dev/zero of="$OVERLAY/big" bs=1M count=900 status=none'
        build a
        [ "$(versions a)" = '1 ' ]
        rm -rf "$state/overlays/a"
}

@test "a script that writes too much is ended while it runs, also when it only fills the disk" {
        printf '[content]\nmax_overlay_gb=1\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/small.conf
        local where
        for where in '$OVERLAY' '$TMPDIR'; do
                # Without its own end: with this much it could go on for an hour.
                scripted a "fallocate -l 1100M \"$where/big\"" 'sleep infinity'
                run ! build a
                [[ "$(log a)" == *"The script is ended: "*" take more than the 1 GB of max_overlay_gb="* ]]
                nothing_is_left a
        done
        [ ! -e "$state/overlays/a/current" ]

        # A disk of its own, with the job's directories and the overlays.
        mkdir -p "$state/jobs" "$state/overlays"
        local disk
        for disk in jobs overlays; do mount -t tmpfs -o size=100M,mode=755 tmpfs "$state/$disk"; done
        chown left4me:left4me "$state/overlays"
        scripted a 'setsid dd if=/dev/zero of="$OVERLAY/big" bs=1M count=99 status=none' 'sleep infinity & sleep infinity'
        run ! build a
        [[ "$(log a)" == *"The script is ended: the disk has less than 2 MB left"* ]]
        nothing_is_left a
        umount "$state/jobs" "$state/overlays"
}

@test "a script can't hide what it writes in directories that it may not read itself" {
        printf '[content]\nmax_overlay_gb=1\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/small.conf
        local where
        for where in '$OVERLAY' '$OVERLAY/x/y' '$TMPDIR/x'; do
                scripted a "mkdir -p \"$where\"" "fallocate -l 1100M \"$where/big\"" "chmod 0 \"$where\"" 'sleep infinity'
                run ! build a
                [[ "$(log a)" == *"The script is ended: "*" take more than the 1 GB of max_overlay_gb="* ]]
                nothing_is_left a
        done
        # Also while it takes its right away again and again.
        scripted a 'mkdir "$OVERLAY/x"; fallocate -l 1100M "$OVERLAY/x/big"' 'while :; do chmod 0 "$OVERLAY/x"; done'
        run ! build a
        [[ "$(log a)" == *"The script is ended: "* ]]
        nothing_is_left a
        # Or moves what is being measured: 1.1 GB in directories that no measure leaves where it entered them.
        scripted a 'exec python3 - <<END' 'import os, time' 'os.chdir(os.environ["OVERLAY"])' 'names = [str(i) for i in range(20)]' \
                'for name in names:' '    os.makedirs("x/" + name)' '    for i in range(1000): open(f"x/{name}/{i}", "w").close()' \
                '    with open(f"x/{name}/big", "w") as f: os.posix_fallocate(f.fileno(), 0, 55 << 20)' 'os.mkdir("y")' 'end = time.monotonic() + 120' \
                'while time.monotonic() < end:' '    for a, b in ("xy", "yx"):' '        for name in names: os.rename(f"{a}/{name}", f"{b}/{name}")' END
        run ! build a
        [[ "$(log a)" == *"The script is ended: "* ]]
        nothing_is_left a
        # One that closes directories for a moment goes on.
        scripted a 'exec python3 - <<END' 'import os, time' 'os.chdir(os.environ["OVERLAY"])' 'path = "."' 'paths = []' 'for level in range(8):' \
                '    path += "/d"' '    paths.insert(0, path)' '    os.mkdir(path)' '    for i in range(300): open(f"{path}/{i}", "w").close()' \
                'end = time.monotonic() + 2.5' 'while time.monotonic() < end:' '    for mode in (0, 0o700):' \
                '        for path in paths if mode == 0 else paths[::-1]:' '            try: os.chmod(path, mode)' '            except PermissionError: pass' \
                'for path in paths[::-1]: os.chmod(path, 0o700)' END
        build a
        rm -r "$state/overlays/a"
        # One that stays small may have such a directory, and the version's can be read.
        scripted a 'mkdir -m 0 "$OVERLAY/closed"' 'sleep 3'
        build a
        [ "$(stat -c %a "$(of a)/closed")" = 755 ]
}

@test "a script's large temporary files lie on the disk, and end with it" {
        scripted a 'pwd >"$LEFT4ME_OUT/where"; stat -c %d /tmp . "$OVERLAY" >>"$LEFT4ME_OUT/where"; echo x >kept; echo "$TMPDIR" >>"$LEFT4ME_OUT/where"' \
                'mktemp >>"$LEFT4ME_OUT/where"' 'ls -A >"$OVERLAY/list"' 'cat /proc/1/environ >"$LEFT4ME_OUT/environ" 2>/dev/null || true'
        build a
        run -0 cat "$state/jobs/a/out/where"
        [[ "${lines[0]}" == "$state/jobs/a/tmp" && "${lines[1]}" != "${lines[2]}" && "${lines[2]}" == "${lines[3]}" ]]
        [[ "${lines[4]}" == "$state/jobs/a/tmp" && "${lines[5]}" == "$state/jobs/a/tmp/tmp."* ]]
        [ ! -e "$state/jobs/a/tmp" ]
        # left4me-script has the same user, and is out of its reach.
        [ ! -s "$state/jobs/a/out/environ" ]
}

@test "a hostile tree: links are kept as links, and devices, sockets and set-id bits don't get in" {
        scripted a 'ln -s /etc/shadow "$OVERLAY/link"' 'ln -s ../../../.. "$OVERLAY/up"' \
                'echo x >"$OVERLAY/program"' 'chmod 6777 "$OVERLAY/program" || chmod 777 "$OVERLAY/program"' 'chmod 700 "$OVERLAY"'
        build a
        [ "$(readlink "$(of a)/link")" = /etc/shadow ]
        [ "$(stat -c %U:%a /etc/shadow)" = root:640 ]
        [ "$(stat -c %U:%a "$(of a)/program")" = left4me:755 ]
        [ "$(stat -c %U:%a "$(of a)/")" = left4me:755 ]
        scripted a 'mkfifo "$OVERLAY/pipe"'
        run ! build a
        [[ "$(log a)" == *"'pipe' is not a file, directory or link"* ]]
        [ "$(versions a)" = '1 ' ]
        # Their places hold something else now: a directory where a file was, and the reverse.
        scripted a 'rm -r "$OVERLAY"/*' 'mkdir "$OVERLAY/program"' 'ln -s /root "$OVERLAY/program/x"' 'mkfifo /tmp/x' 'echo y >"$OVERLAY/link"'
        build a
        [ "$(cat "$(of a)/link")" = y ]
        [ "$(readlink "$(of a)/program/x")" = /root ]
}

@test "a job sees its own new version and nothing else of the host" {
        scripted other 'echo secret >"$OVERLAY/file"'
        build other
        make_instance 1 27015
        scripted a 'find / \( -path /proc -o -path /dev -o -path /sys \) -prune -o -writable ! -type l -print 2>/dev/null | sort >"$LEFT4ME_OUT/writable"' \
                'ls /var/lib/left4me /var/lib/left4me/jobs /run /run/systemd >"$LEFT4ME_OUT/seen"' \
                'cat /var/lib/left4me/instances/1/spec.yaml >>"$LEFT4ME_OUT/seen" 2>&1 || true' \
                'ls -d /proc/[0-9]* | wc -l >"$LEFT4ME_OUT/processes"' \
                'for s in /run/dbus/system_bus_socket /run/systemd/private /run/systemd/journal/socket; do [ ! -e $s ] || echo $s; done >"$LEFT4ME_OUT/sockets"'
        build a
        local out=$state/jobs/a/out
        [ ! -s "$out/sockets" ]
        (($(cat "$out/processes") < 12))
        run -0 cat "$out/seen"
        [[ "$output" != *instances$'\n'* && "$output" != *other* && "$output" == *'No such file or directory'* ]]
        grep -q "^$state/jobs/a/stage/tree$" "$out/writable"
        run -1 grep -vE "^($state/jobs/a/(out|tmp|stage/tree)(/.*)?|/tmp|/var/tmp|/tmp/.*|/run/systemd/notify)$" "$out/writable"
}

@test "a job can't reach this host, and asks the name servers of the configuration" {
        printf '[content]\nresolvers=192.0.2.53\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/resolvers.conf
        python3 -m http.server --bind 127.0.0.1 8123 >/dev/null 2>&1 3>&- &
        local server=$!
        wait_until curl -fso /dev/null http://127.0.0.1:8123/
        scripted a 'cat /etc/resolv.conf >"$LEFT4ME_OUT/resolvers"' \
                'curl -s -m 5 -o /dev/null http://127.0.0.1:8123/ || echo "curl $?" >"$LEFT4ME_OUT/curl"'
        build a
        kill "$server"
        [ "$(cat "$state/jobs/a/out/resolvers")" = 'nameserver 192.0.2.53' ]
        [[ "$(cat "$state/jobs/a/out/curl")" == curl\ * ]]
}

@test "a script can't tell systemd to wait longer, nor that another process is the main one" {
        scripted a 'systemd-notify --status "40 % Downloading" && echo told' 'exit 0'
        sed -i 's/ -e$//' "$state/overlays/a/script"
        build a
        run -0 log a
        [[ "$output" != *$'\ntold'* ]]
        [ -z "$(property "$(job a)" StatusText)" ]
}

@test "a job can't reach this host by its other addresses, and its lines have no priority of their own" {
        ip address add 203.0.113.5/32 dev lo
        python3 -m http.server --bind 203.0.113.5 8125 >/dev/null 2>&1 3>&- &
        local server=$!
        wait_until curl -fso /dev/null http://203.0.113.5:8125/
        scripted a 'curl -s -m 5 -o /dev/null http://203.0.113.5:8125/ || echo "curl $?" >"$LEFT4ME_OUT/curl"' 'echo "<0>an emergency"'
        build a
        kill "$server"
        ip address del 203.0.113.5/32 dev lo
        [[ "$(cat "$state/jobs/a/out/curl")" == curl\ * ]]
        [[ "$(log a)" == *'<0>an emergency'* ]]
}

@test "an overlay that is deleted while a job builds it leaves nothing, and a new one of its name gets nothing" {
        scripted a 'touch "$LEFT4ME_OUT/began"' 'echo job >"$OVERLAY/job"' 'while [ ! -e "$OVERLAY/../../go" ]; do read -rt 0.1 <> <(:) || true; done'
        for again in no yes; do
                rm -f "$state"/jobs/a/{go,out/began}
                [ -e "$state/overlays/a" ] || scripted a 'touch "$LEFT4ME_OUT/began"' 'echo job >"$OVERLAY/job"' \
                        'while [ ! -e "$OVERLAY/../../go" ]; do read -rt 0.1 <> <(:) || true; done'
                systemctl start --no-block "$(job a)"
                wait_until test -e "$state/jobs/a/out/began"
                rm -r "$state/overlays/a"
                if [ $again = yes ]; then scripted a 'true'; fi
                touch "$state/jobs/a/go"
                wait_until is_state a failed
                nothing_is_left a
                [ ! -e "$state/overlays/a/versions" ]
        done
}

@test "a current version that is too large, sparse files and many files included, is not copied" {
        printf '[content]\nmax_overlay_gb=1\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/small.conf
        scripted a 'truncate -s 1001M "$OVERLAY/sparse"'
        run ! build a
        [[ "$(log a)" == *"it has more than the 1 GB of max_overlay_gb="* ]]
        scripted a 'truncate -s 900M "$OVERLAY/sparse"'
        build a
        truncate -s 1001M "$(of a)/sparse"
        run ! build a
        [[ "$(log a)" == *"it has more than the 1 GB of max_overlay_gb="* ]]
        nothing_is_left a
}

@test "the next job removes the directory of an overlay that is gone, but none where a job works" {
        scripted gone 'echo x >"$LEFT4ME_OUT/big"'
        build gone
        scripted busy 'touch "$LEFT4ME_OUT/began"' 'sleep infinity'
        systemctl start --no-block "$(job busy)"
        wait_until test -e "$state/jobs/busy/out/began"
        l4d2ctl overlay delete gone
        rm -r "$state/overlays/busy"
        scripted a 'true'
        build a
        [ ! -e "$state/jobs/gone" ]
        [ -e "$state/jobs/busy/stage" ]
        systemctl stop "$(job busy)"
        build a
        [ ! -e "$state/jobs/busy" ]
        [ -e "$state/jobs/a" ]
}

@test "whatever a producer leaves in out/, the next job begins" {
        scripted a 'mkdir "$LEFT4ME_OUT/items"' 'echo x >"$LEFT4ME_OUT/big"'
        build a
        scripted a 'ls "$LEFT4ME_OUT" >"$OVERLAY/found"'
        build a
        [ ! -s "$(of a)/found" ]
}

@test "a job refuses an overlay of another kind, an unknown one, and a bad definition" {
        l4d2ctl overlay create a
        run ! build a
        [[ "$(log a)" == *"is of kind 'files', which a job 'script' does not build"* ]]
        run ! build missing
        [[ "$(log missing)" == *"No overlay named 'missing'"* ]]
        printf 'kind: script\nitems: [1]\n' >"$state/overlays/a/overlay.yaml"
        run ! build a
        [[ "$(log a)" == *"overlays/a/overlay.yaml:2:1"*"kind 'workshop'"* ]]
        printf 'kind: script\n' >"$state/overlays/a/overlay.yaml"
        run ! build a
        [[ "$(log a)" == *"overlays/a/script"* ]]
        [ ! -e "$state/overlays/a/versions" ]
        # A definition, request or script that is a link leads nowhere.
        ln -s /etc/shadow "$state/overlays/a/script"
        run ! build a
        nothing_is_left a
}

@test "left4me-layer refuses names that are not overlays, and a job that did not begin" {
        run -64 "$layer" begin script ../../etc
        run -64 "$layer" begin script 'a:b:c:d'
        run -64 "$layer" begin install x
        run -64 "$layer" steal script a
        scripted a 'true'
        run -1 env -u INVOCATION_ID "$layer" begin script a
        [[ "$output" == *"is a step of the units of jobs"* ]]
        run -1 env INVOCATION_ID=0123456789abcdef0123456789abcdef "$layer" commit script a
        [[ "$output" == *"this job did not begin"* ]]
        run -0 "$layer" end script a
}

@test "a job of another kind does not take over the directory of one that runs" {
        scripted a 'touch "$LEFT4ME_OUT/began"' 'echo x >"$OVERLAY/file"' 'sleep infinity'
        systemctl start --no-block "$(job a)"
        wait_until test -e "$state/jobs/a/out/began"
        l4d2ctl overlay define a kind=files
        export INVOCATION_ID=0123456789abcdef0123456789abcdef
        run -1 "$layer" begin unpack a
        [[ "$output" == *"a job 'script' changes it; try again after it"* ]]
        run -0 "$layer" end unpack a
        run -1 "$layer" commit script a
        run -0 "$layer" end script a
        [ -e "$state/jobs/a/stage/tree/file" ]
        systemctl stop "$(job a)"
        nothing_is_left a
        # Remains of a job that a power cut ended do not stop the next one.
        printf 'unpack 00000000000000000000000000000000 1:2:3:4.5\n' >"$state/jobs/a/running"
        l4d2ctl overlay define a kind=script
        scripted a 'echo y >"$OVERLAY/file"'
        build a
        [ "$(cat "$(of a)/file")" = y ]
}

@test "a change of the overlay while a job builds it is not undone" {
        scripted a 'touch "$LEFT4ME_OUT/began"' 'echo job >"$OVERLAY/job"' 'while [ ! -e "$OVERLAY/../../go" ]; do read -rt 0.1 <> <(:) || true; done'
        systemctl start --no-block "$(job a)"
        wait_until test -e "$state/jobs/a/out/began"
        echo mine | l4d2ctl overlay put a mine -
        touch "$state/jobs/a/go"
        wait_until is_state a failed
        [[ "$(log a)" == *"it was changed meanwhile; build it again"* ]]
        [ "$(ls "$(of a)")" = mine ]
        nothing_is_left a
        rm "$state/jobs/a/go"
}

is_sealed() { [[ $(stat -c %U:%a "$1") == left4me:644 ]]; }

@test "other changes of an overlay wait for a commit only while it makes the version current" {
        scripted a 'echo one >"$OVERLAY/file"'
        build a
        scripted a 'touch "$LEFT4ME_OUT/began"' 'until [ -e "$LEFT4ME_OUT/go" ]; do sleep 0.1; done' 'echo more >"$OVERLAY/more"'
        systemctl start --no-block "$(job a)"
        wait_until test -e "$state/jobs/a/out/began"
        hold "$state/overlays/a/staging"
        touch "$state/jobs/a/out/go"
        wait_until are_waiting 1
        # The tree is measured, sealed and shares what did not change.
        is_sealed "$state/jobs/a/stage/tree/more"
        [ "$(stat -c %i "$state/jobs/a/stage/tree/file")" = "$(stat -c %i "$(of a)/file")" ]
        [ "$(versions a)" = '1 ' ]
        let_go
        wait_until is_state a inactive
        [ "$(versions a)" = '1 2 ' ]
        [ "$(ls "$(of a)")" = $'file\nmore' ]
}

@test "a build that changes nothing says so only of the version that is still current" {
        scripted a 'echo one >"$OVERLAY/file"'
        build a
        scripted a 'touch "$LEFT4ME_OUT/began"' 'until [ -e "$LEFT4ME_OUT/go" ]; do sleep 0.1; done'
        systemctl start --no-block "$(job a)"
        wait_until test -e "$state/jobs/a/out/began"
        hold "$state/overlays/a/staging"
        touch "$state/jobs/a/out/go"
        wait_until are_waiting 1
        cp -a "$state/overlays/a/versions/1" "$state/overlays/a/versions/2"
        ln -sfn versions/2 "$state/overlays/a/current"
        let_go
        wait_until is_state a failed
        [[ "$(log a)" == *"it was changed meanwhile; build it again"* ]]
        nothing_is_left a
}

@test "define and script say what is wrong, and change nothing then" {
        run -4 l4d2ctl overlay define missing kind=script
        l4d2ctl overlay create a
        run l4d2ctl overlay define a kind=magic
        ((status == 5 || status == 4 || status == 1))
        run -2 l4d2ctl overlay define a colour=red
        run -2 l4d2ctl overlay define a kind
        run -2 l4d2ctl overlay define a
        [ "$(cat "$state/overlays/a/overlay.yaml")" = 'kind: files' ]
        run -0 l4d2ctl overlay define a kind=release url=https://example.org/a.zip keep=a.cfg keep='b c.cfg' strip=1
        [ "$(cat "$state/overlays/a/overlay.yaml")" = $'kind: release\nurl: https://example.org/a.zip\nkeep: [a.cfg, b c.cfg]\nstrip: 1' ]
        run -0 l4d2ctl overlay define a keep= strip= url= github=a/b
        [ "$(cat "$state/overlays/a/overlay.yaml")" = $'kind: release\ngithub: a/b' ]
        run -6 l4d2ctl overlay script a /dev/stdin <<<'#!/bin/sh'
        run -5 l4d2ctl overlay define a github= kind=workshop items=1 items=abc
        [[ "$output" == *"'abc' of items is not valid"*'address of an item'* ]]
        [ "$(cat "$state/overlays/a/overlay.yaml")" = $'kind: release\ngithub: a/b' ]
        l4d2ctl overlay define a github= kind=script
        run -2 l4d2ctl overlay script a /dev/stdin <<<'echo no interpreter'
        [ ! -e "$state/overlays/a/script" ]
}

@test "a build of a user's overlay is bounded by what the user's overlays may take together" {
        printf '[content]\nuser_overlay_bytes=3M\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/small.conf
        local overlay
        printf 'role: user\npassword: %s\n' "'\$y\$j9T\$aaaaaaaaaaaaaaaaaaaaaa\$bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'" |
                install -o left4me -m 600 /dev/stdin "$state/users/alice.yaml"
        for overlay in alice/pack alice/more a; do
                scripted "$overlay" 'head -c 2M /dev/urandom >"$OVERLAY/file"' '[ -e "$OVERLAY/same" ] || head -c 500K /dev/urandom >"$OVERLAY/same"'
        done
        build alice/pack
        # Another version, and another overlay, would be too much; what is there stays.
        run ! build alice/pack
        [[ "$(log alice/pack)" == *"the overlays of the user 'alice' would take 4 MB of the disk with all their versions, and may take 3 MB (user_overlay_bytes="* ]]
        run ! build alice/more
        [ "$(versions alice/pack)" = '1 ' ]
        [ ! -e "$state/overlays/alice/more/current" ]
        nothing_is_left alice/more
        # Files that versions share count once.
        scripted alice/pack 'head -c 100K /dev/urandom >"$OVERLAY/small"'
        build alice/pack
        [ "$(versions alice/pack)" = '1 2 ' ]
        # An overlay without a user's name, and those of an admin.
        build a
        build a
        sed -i 's/role: user/role: admin/' "$state/users/alice.yaml"
        build alice/more
        # A user that can't be read is limited.
        echo 'role: [' >"$state/users/alice.yaml"
        run ! build alice/more
        rm -r "$state/users/alice.yaml" "$state/overlays/alice" "$state/overlays/a"
}

have_ended() { ! is_state alice/one activating && ! is_state alice/two activating; }

@test "changes of one user at the same moment do not pass the quota together" {
        printf '[content]\nuser_overlay_bytes=3M\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/small.conf
        local overlay change
        l4d2ctl user add alice --role user <<<'a password for tests'
        for overlay in alice/one alice/two; do
                scripted "$overlay" 'touch "$LEFT4ME_OUT/began"' 'until [ -e "$LEFT4ME_OUT/go" ]; do sleep 0.1; done' \
                        'head -c 2M /dev/urandom >"$OVERLAY/file"'
                systemctl start --no-block "$(job "$overlay")"
                wait_until test -e "$state/jobs/${overlay//\//:}/out/began"
        done
        l4d2ctl overlay create alice/three
        # All of them come to the check, and none passes it before the others are there.
        hold "$state/overlays/.quota/alice"
        touch "$state"/jobs/alice:{one,two}/out/go
        l4d2ctl --as-user=alice overlay apply alice/three - <<<'{"changes":[{"do":"mkdir","path":"a"}]}' 3>&- &
        change=$!
        wait_until are_waiting 3
        [ -z "$(compgen -G "$state/overlays/alice/*/current")" ]
        let_go
        wait "$change"
        wait_until have_ended
        [ "$(compgen -G "$state/overlays/alice/*/current" | wc -l)" = 2 ]
        [ -e "$state/overlays/alice/three/current" ]
        [ "$({ log alice/one; log alice/two; } | grep -c 'would take 4 MB .*, and may take 3 MB (user_overlay_bytes=')" = 1 ]
        rm -r "$state/users/alice.yaml" "$state/overlays/alice"
}

@test "an overlay of a user who has no room left is not built at all" {
        printf '[content]\nuser_overlay_bytes=1M\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/small.conf
        l4d2ctl user add alice --role user <<<'a password for tests'
        scripted alice/one 'touch "$LEFT4ME_OUT/began"'
        # Uploads of the user count as well.
        head -c 2M /dev/urandom >"$state/uploads/alice:1"
        run ! build alice/one
        [[ "$(log alice/one)" == *"the overlays of the user 'alice' would take 2 MB"* ]]
        [ ! -e "$state/jobs/alice:one/out/began" ]
        nothing_is_left alice/one
        rm "$state/uploads/alice:1"
        run -0 build alice/one
        rm -r "$state/users/alice.yaml" "$state/overlays/alice"
}

@test "define with --if-match replaces only the definition that was read" {
        l4d2ctl overlay create b
        local sum first
        first=$(sha256sum "$state/overlays/b/overlay.yaml" | cut -d' ' -f1)
        l4d2ctl overlay define b description=mine
        run -6 l4d2ctl overlay define b description=theirs --if-match="$first"
        [[ "$output" == *"Another process changed the definition of 'b' meanwhile"* ]]
        run -6 l4d2ctl overlay define b --file=- --if-match="$first" <<<'kind: script'
        grep -q 'description: mine' "$state/overlays/b/overlay.yaml"
        sum=$(sha256sum "$state/overlays/b/overlay.yaml" | cut -d' ' -f1)
        run -0 l4d2ctl overlay define b --file=- --if-match="$sum" <<<'description: last'
        grep -q 'description: last' "$state/overlays/b/overlay.yaml"
        # One of several at the same moment wins.
        sum=$(sha256sum "$state/overlays/b/overlay.yaml" | cut -d' ' -f1)
        local n ok=0 job jobs=()
        for n in 1 2 3 4 5 6; do
                l4d2ctl overlay define b --file=- --if-match="$sum" <<<"description: number $n" 2>/dev/null 3>&- &
                jobs+=($!)
        done
        for job in "${jobs[@]}"; do wait "$job" && ok=$((ok + 1)) || true; done
        [ "$ok" = 1 ]
        l4d2ctl overlay delete b
}

@test "script with --if-match replaces only the script that was read, and build --json names the job" {
        local sum empty id
        l4d2ctl overlay create c
        l4d2ctl overlay define c kind=script
        empty=$(sha256sum </dev/null | cut -d' ' -f1)
        run -0 l4d2ctl overlay script c - --if-match="$empty" <<<$'#!/bin/sh\n: first'
        run -6 l4d2ctl overlay script c - --if-match="$empty" <<<$'#!/bin/sh\n: second'
        [[ "$output" == *"Another process changed the script of 'c' meanwhile"* ]]
        grep -q first "$state/overlays/c/script"
        sum=$(sha256sum "$state/overlays/c/script" | cut -d' ' -f1)
        run -0 l4d2ctl overlay script c - --if-match="$sum" <<<$'#!/bin/sh\n: third'
        grep -q third "$state/overlays/c/script"

        run -2 l4d2ctl overlay build c --json
        run -0 --separate-stderr l4d2ctl overlay build c --json --no-wait
        id=$(python3 -c 'import json, sys; v = json.load(sys.stdin); assert v["unit"] == "left4me-script@c.service"; print(v["id"])' <<<"$output")
        run -0 l4d2ctl job logs --follow "$id"
        [ "$(l4d2ctl job show "$id" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["result"])')" = 'done' ]
        l4d2ctl overlay delete c
}

@test "its exposure is at most 2.0" {
        local score
        score=$(systemd-analyze security --no-pager "$(job a)" | grep -oP 'Overall exposure level for .*: \K[0-9.]+')
        echo "# $(job a): $score" >&3
        awk -v score="$score" 'BEGIN { exit !(score > 0 && score <= 2.0) }'
}

@test "left4me-layer keeps four capabilities and gains none" {
        scripted a 'echo x >"$OVERLAY/x"'
        export INVOCATION_ID=0123456789abcdef0123456789abcdef
        strace -f -e trace=capset,prctl -o /run/layer.trace "$layer" begin script a
        grep -q 'PR_SET_NO_NEW_PRIVS, 1' /run/layer.trace
        grep -q 'capset.*permitted=1<<CAP_CHOWN|1<<CAP_DAC_OVERRIDE|1<<CAP_FOWNER|1<<CAP_LEASE' /run/layer.trace
        "$layer" end script a
}

@test "overlay build starts the job, shows what it says, and ends as it ended" {
        scripted a 'echo "I am building"' 'ls "$OVERLAY"' 'echo x >"$OVERLAY/x"'
        run -0 l4d2ctl overlay build a
        [[ "$output" == *'I am building'* && "$output" == *"at version 1 now"* ]]
        scripted a 'ls "$OVERLAY" >"$LEFT4ME_OUT/found"' 'echo y >"$OVERLAY/y"'
        run -0 l4d2ctl overlay build a --empty
        [ ! -s "$state/jobs/a/out/found" ]
        [ "$(ls "$(of a)")" = y ]
        run -0 l4d2ctl overlay build a
        [ "$(cat "$state/jobs/a/out/found")" = y ]
        scripted a 'echo broken >&2; exit 1'
        run -1 l4d2ctl overlay build a
        [[ "$output" == *broken* ]]
        l4d2ctl overlay create b
        run -6 l4d2ctl overlay build b
        [[ "$output" == *'no source to build from'* ]]
        run -4 l4d2ctl overlay build missing
}

@test "then-restart restarts the servers that use a new version, and only those" {
        scripted a '[ ! -e "$OVERLAY/x" ] || date +%N >"$OVERLAY/x"' 'touch "$OVERLAY/x"'
        l4d2ctl overlay build a
        make_instance 1 27015 'overlays: [a]'
        make_instance 2 27016
        l4d2ctl start 1 2
        local one two
        one=$(main_pid 1) two=$(main_pid 2)
        run -2 l4d2ctl overlay build a --then-restart=later
        run -0 l4d2ctl overlay build a
        [ "$(main_pid 1)" = "$one" ]
        run -0 l4d2ctl overlay build a --then-restart=now
        [ "$(main_pid 1)" != "$one" ]
        [ "$(main_pid 2)" = "$two" ]
        one=$(main_pid 1)
        scripted a 'true'
        run -0 l4d2ctl overlay build a --then-restart=now
        [[ "$output" == *'is up to date'* ]]
        [ "$(main_pid 1)" = "$one" ]
        scripted a 'date +%N >"$OVERLAY/x"'
        run -0 l4d2ctl overlay build a --then-restart=when-empty
        # It has no players, so the restart comes soon.
        restarted() { [[ $(main_pid 1) != "$one" ]]; }
        wait_until restarted
        wait_until is_active 1
        [ "$(main_pid 2)" = "$two" ]
        l4d2ctl stop 2
        l4d2ctl delete 2
}

@test "the web app's user builds what it may, and no script of a user" {
        scripted a 'echo x >"$OVERLAY/x"'
        local password=(setpriv --reuid left4me --regid left4me --init-groups)
        printf 'role: user\npassword: %s\n' "'\$y\$j9T\$aaaaaaaaaaaaaaaaaaaaaa\$bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'" >"$state/users/alice.yaml"
        chown left4me: "$state/users/alice.yaml"
        run -0 "${password[@]}" l4d2ctl --as-user=alice overlay create alice/pack
        run "${password[@]}" l4d2ctl --as-user=alice overlay define alice/pack kind=script
        ((status != 0))
        [[ "$output" == *"Only admins may have overlays of kind 'script'"* ]]
        run "${password[@]}" l4d2ctl --as-user=alice overlay define a description=mine
        ((status != 0))
        run "${password[@]}" l4d2ctl --as-user=alice overlay build a
        ((status != 0))
        run -0 "${password[@]}" l4d2ctl --as-user=alice overlay define alice/pack description=mine
        # One that an admin gave a script is described as others are.
        l4d2ctl overlay define alice/pack kind=script
        run -0 "${password[@]}" l4d2ctl --as-user=alice overlay define alice/pack description=ours
        [ "$(l4d2ctl overlay show alice/pack --json | python3 -c 'import json, sys; v = json.load(sys.stdin); print(v["kind"], v["description"])')" = 'script ours' ]
        run "${password[@]}" l4d2ctl --as-user=alice overlay script alice/pack - <<<'#!/bin/sh'
        ((status != 0))
        # Without the script it is the user's, who can't go back.
        run -0 "${password[@]}" l4d2ctl --as-user=alice overlay define alice/pack kind=files
        run ! "${password[@]}" l4d2ctl --as-user=alice overlay define alice/pack kind=script
        rm -r "$state/users/alice.yaml" "$state/overlays/alice"
}

# The attempts of the probe that must go through: on its own processes and tree, and those that the game's sandbox
# accepts as well (tests/vectors/attempts), because the internet and systemd's socket for progress are there.
accepted='D2a x86-64 process_vm_readv(parent)
D2b x86-64 environ(parent)
D5b x86-64 listen(unbound)
D7a x86-64 create(.)'

@test "the attack probe gets no further in a script than what is accepted" {
        /usr/lib/left4me-tests/vectors/prepare
        local probe=/usr/lib/left4me-probe/probe-x86-64
        scripted a "$probe +probe only_i386=0 +probe web=$(property web-process.service MainPID) +probe neighbour=$(main_pid neighbour) \
+probe neighbour_port=27016 +probe idle_port=27017 >\"\$LEFT4ME_OUT/probe\""
        build a
        run -0 sed -n 's/^probe \(.*\) -> ALLOWED.*/\1/p' "$state/jobs/a/out/probe"
        [ "$(sort <<<"$output")" = "$accepted" ]
        grep -qx 'probe end' "$state/jobs/a/out/probe"
        (($(grep -c -- '-> blocked' "$state/jobs/a/out/probe") > 150))
}
