#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Jobs that build overlays: left4me-layer, which prepares and publishes, and the sandbox of scripts.

load common

layer=/usr/lib/left4me/left4me-layer

setup_file() {
        # shellcheck source=common.bash
        . "$BATS_TEST_DIRNAME/common.bash"
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
        run -1 grep -vE "^($state/jobs/a/(out|stage/tree)(/.*)?|/tmp|/var/tmp|/tmp/.*|/run/systemd/notify)$" "$out/writable"
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
        l4d2ctl overlay define a github= kind=script
        run -2 l4d2ctl overlay script a /dev/stdin <<<'echo no interpreter'
        [ ! -e "$state/overlays/a/script" ]
}

@test "left4me-layer keeps three capabilities and gains none" {
        scripted a 'echo x >"$OVERLAY/x"'
        export INVOCATION_ID=0123456789abcdef0123456789abcdef
        strace -f -e trace=capset,prctl -o /run/layer.trace "$layer" begin script a
        grep -q 'PR_SET_NO_NEW_PRIVS, 1' /run/layer.trace
        grep -q 'capset.*permitted=1<<CAP_CHOWN|1<<CAP_DAC_OVERRIDE|1<<CAP_FOWNER' /run/layer.trace
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
        run -2 l4d2ctl overlay build a --then-restart=now --no-wait
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
