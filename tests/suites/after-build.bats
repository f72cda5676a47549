#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Restarts that wait for the build of an overlay: `overlay build --no-wait --then-restart=`, fulfilled by
# left4me-when-empty.service when the job's unit has ended.

load common

password=correct-horse-1

setup_file() {
        install_game
}

setup() {
        mark_log
        rm -rf "$state"/overlays/* "$state"/jobs/*
        made a
}

teardown() {
        ! mountpoint -q "$state/instances/1" || umount "$state/instances/1"
        systemctl stop 'left4me-script@*.service' 'left4me-server@*.service' || true
        wait_until eval '! pending'
        systemctl reset-failed || true
        rm -rf "$state"/instances/* "$state"/users/alice.yaml "$state"/blueprints/*
        systemctl daemon-reload
}

# gated REF LINE: gives an overlay a script that does this when the test says `go`.
gated() {
        printf '%s\n' '#!/bin/bash -e' 'touch "$LEFT4ME_OUT/began"' 'until [ -e "$LEFT4ME_OUT/go" ]; do sleep 0.1; done' "$2" |
                l4d2ctl overlay script "$1" -
}

# made REF: the same with a version; each build makes another one when it is let go.
made() {
        l4d2ctl overlay create "$1"
        l4d2ctl overlay define "$1" kind=script
        printf '%s\n' '#!/bin/bash' 'date +%N >"$OVERLAY/x"' | l4d2ctl overlay script "$1" -
        l4d2ctl overlay build "$1"
        gated "$1" 'date +%N >"$OVERLAY/x"'
}

# Once it waits: the job's first step empties that directory.
go() {
        wait_until test -e "$state/jobs/${1//\//:}/out/began"
        rm "$state/jobs/${1//\//:}/out/began"
        touch "$state/jobs/${1//\//:}/out/go"
}
job() { printf 'left4me-script@%s.service' "${1//\//:}"; }
invocation() { property "$(unit "$1")" InvocationID; }
restarted() { [[ $(invocation "$1") != "$2" ]] && is_active "$1"; }
pending() { compgen -G "$state/instances/*/restart.json" >/dev/null || compgen -G "$state/instances/*/after-build-*.json" >/dev/null; }
waits() { compgen -G "$state/instances/$1/after-build-*.json" >/dev/null; }
service_log() {
        journalctl --sync
        journalctl -b -o cat --since "$log_mark" -u left4me-when-empty.service
}
says() { service_log | grep -qF -- "$1"; }
ended() { [[ $(property left4me-when-empty.service ActiveState) == inactive ]]; }
job_ended() { [[ "$(property "$(job "$1")" ActiveState)" == @(inactive|failed) ]]; }

# start_server NAME PORT [YAML-LINE…]
start_server() {
        local name=$1 port=$2
        shift 2
        make_instance "$name" "$port" "rcon_password: $password" "$@"
        l4d2ctl start "$name"
}

# version_of NAME: of the overlay a in the server's tree.
version_of() { sed -n "s|^$state/overlays/a/versions/||p" "/run/left4me/trees/$1.layers"; }

@test "now: the servers that use it restart when the job has a new version, others don't" {
        start_server 1 27015 'overlays: [a]'
        start_server 2 27017
        rcon 1 standin_players 2
        local one two
        one=$(invocation 1) two=$(invocation 2)
        run -0 l4d2ctl overlay build a --no-wait --then-restart=now
        [[ "$output" == *"'1' restarts when the job has made a new version; 'l4d2ctl restart --cancel 1' forgets it"* ]]
        [[ "$output" != *"'2'"* ]]
        waits 1
        run ! waits 2
        run -0 l4d2ctl status 1
        [[ "$output" == *"Queued: restart after the build of a (by root, "* ]]
        run -0 l4d2ctl status
        [[ "$output" == *"restarts after a build"* ]]
        [ "$(l4d2ctl list | awk '$1 == 1 { print $NF }')" = restart ]
        l4d2ctl status --json 1 | python3 -c '
import json, sys
[wish] = json.load(sys.stdin)["after_builds"]
assert (wish["overlay"], wish["is_now"], wish["version"], wish["user"]) == ("a", True, "1", "root"), wish'
        [ "$(invocation 1)" = "$one" ]
        go a
        wait_until restarted 1 "$one"
        [ "$(version_of 1)" = 2 ]
        [ "$(invocation 2)" = "$two" ]
        wait_until eval '! pending'
        wait_until ended
        says "The build of 'a' has ended: the restart of '1' is queued"
}

@test "a server that executes the server.cfg of the overlay is one that uses it" {
        l4d2ctl overlay create executed
        echo 'sv_alltalk 1' | l4d2ctl overlay put executed left4dead2/cfg/server.cfg -
        l4d2ctl overlay define executed kind=script
        gated executed 'date +%N >"$OVERLAY/x"'
        start_server 1 27015 'overlays: [{ref: executed, exec: true}]'
        local one
        one=$(invocation 1)
        run -0 l4d2ctl overlay build executed --no-wait --then-restart=now
        waits 1
        go executed
        wait_until restarted 1 "$one"
        wait_until eval '! pending'
}

@test "when-empty: after the job it waits for the players, and shows that" {
        start_server 1 27015 'overlays: [a]'
        rcon 1 standin_players 1
        local one
        one=$(invocation 1)
        run -0 l4d2ctl overlay build a --no-wait --then-restart=when-empty
        [[ "$output" == *"and its players have left"* ]]
        run -0 l4d2ctl status 1
        [[ "$output" == *"Queued: restart after the build of a, when empty (by root, "* ]]
        go a
        wait_until says "'1' has 1 players: its restart waits"
        run ! waits 1
        run -0 l4d2ctl status 1
        [[ "$output" == *"Queued: restart when empty (by root, "* ]]
        [ "$(invocation 1)" = "$one" ]
        rcon 1 standin_players 0
        # Now, not in half a minute.
        touch "$state/instances/1"
        wait_until restarted 1 "$one"
}

@test "a job that fails, is cancelled or changes nothing restarts no server" {
        local one script
        start_server 1 27015 'overlays: [a]'
        one=$(invocation 1)
        for script in 'exit 3' 'true' cancelled; do
                gated a "$script"
                mark_log
                l4d2ctl overlay build a --no-wait --then-restart=now
                waits 1
                [[ $script == cancelled ]] && systemctl stop "$(job a)" || go a
                wait_until eval '! pending'
                wait_until says "The build of 'a' made no new version: '1' is not restarted"
                wait_until job_ended a
                systemctl reset-failed
        done
        [ "$(invocation 1)" = "$one" ]
        wait_until ended
}

@test "a full disk is said, and the restart comes when there is room" {
        start_server 1 27015 'overlays: [a]'
        start_server 2 27017 'overlays: [a]'
        local one two
        one=$(invocation 1) two=$(invocation 2)
        on_small_disk 1
        run -0 l4d2ctl overlay build a --no-wait --then-restart=now
        waits 1
        fill_disk 1
        go a
        wait_until says "Failed to queue a restart of '1': No space left on device"
        # Another server, which has room, gets its version.
        wait_until restarted 2 "$two"
        waits 1
        run -0 l4d2ctl status 1
        [[ "$output" == *"Queued: restart after the build of a (by root, "* ]]
        [ ! -e "$state/instances/1/restart.json" ]
        [ "$(property left4me-when-empty.service ActiveState)" = active ]
        [ "$(invocation 1)" = "$one" ]
        # Also when the service starts again.
        systemctl kill --signal=KILL left4me-when-empty.service
        mark_log
        systemctl start left4me-when-empty.service
        wait_until says "Failed to queue a restart of '1': No space left on device"
        rm "$state/instances/1/filler"
        look_again
        wait_until restarted 1 "$one"
        [ "$(version_of 1)" = 2 ]
        wait_until eval '! pending'
        umount "$state/instances/1"
}

@test "it can be cancelled while the job runs" {
        start_server 1 27015 'overlays: [a]'
        local one
        one=$(invocation 1)
        l4d2ctl overlay build a --no-wait --then-restart=now
        waits 1
        run -0 l4d2ctl restart --cancel 1
        [ -z "$output" ]
        run ! pending
        go a
        wait_until job_ended a
        wait_until ended
        [ "$(readlink "$state/overlays/a/current")" = versions/2 ]
        [ "$(invocation 1)" = "$one" ]
}

@test "a server that restarts before the job ends gets the new version all the same; a stopped one stays stopped" {
        local one
        start_server 1 27015 'overlays: [a]'
        start_server 2 27017 'overlays: [a]'
        l4d2ctl overlay build a --no-wait --then-restart=now
        l4d2ctl restart 1
        l4d2ctl stop 2
        one=$(invocation 1)
        waits 1
        systemctl stop left4me-when-empty.service
        go a
        wait_until restarted 1 "$one"
        [ "$(version_of 1)" = 2 ]
        wait_until eval '! pending'
        [ "$(property "$(unit 2)" ActiveState)" = inactive ]

        # One that got it by itself is left alone.
        gated a 'date +%N >"$OVERLAY/x"'
        l4d2ctl overlay build a --no-wait --then-restart=when-empty
        systemctl stop left4me-when-empty.path left4me-when-empty.service
        go a
        wait_until job_ended a
        l4d2ctl restart 1
        one=$(invocation 1)
        systemctl start left4me-when-empty.path
        wait_until eval '! pending'
        [ "$(invocation 1)" = "$one" ]
}

@test "a queued restart with an earlier deadline stays" {
        start_server 1 27015 'overlays: [a]'
        rcon 1 standin_players 1
        local before
        l4d2ctl restart --when-empty --deadline=+2h 1
        before=$(cat "$state/instances/1/restart.json")
        l4d2ctl overlay build a --no-wait --then-restart=when-empty
        go a
        wait_until eval '! waits 1'
        [ "$(cat "$state/instances/1/restart.json")" = "$before" ]
        l4d2ctl restart --cancel 1
}

@test "without a view of the players only 'now' is accepted, and the build runs in any case" {
        make_instance 1 27015 'overlays: [a]'
        l4d2ctl unset 1 rcon_password
        l4d2ctl start 1
        run -1 l4d2ctl overlay build a --no-wait --then-restart=when-empty
        [[ "$output" == *"without rcon_password left4me can't see its players"* ]]
        run ! pending
        [ "$(property "$(job a)" ActiveState)" = activating ]
}

add_alice() {
        printf 'role: user\npassword: %s\n' "'\$y\$j9T\$aaaaaaaaaaaaaaaaaaaaaa\$bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'" >"$state/users/alice.yaml"
        chown left4me: "$state/users/alice.yaml"
}

@test "a user restarts their own servers only, and does not learn of others" {
        local one two
        add_alice
        # An admin's overlay below her name is hers to build.
        made alice/pack
        l4d2ctl blueprint create alice/one -f - <<<'overlays: [alice/pack]'
        l4d2ctl blueprint create bob/one -f - <<<'overlays: [alice/pack]'
        l4d2ctl initialize hers --blueprint alice/one --port 27015
        l4d2ctl initialize bobs --blueprint bob/one --port 27017
        l4d2ctl start hers bobs
        one=$(invocation hers) two=$(invocation bobs)
        # The web app's unit may start jobs; here root does, for her.
        run -0 l4d2ctl --as-user=alice overlay build alice/pack --no-wait --then-restart=now
        [[ "$output" == *"'hers' restarts when the job"* && "$output" != *bobs* ]]
        waits hers
        run ! waits bobs
        grep -q '"user":"alice"' "$state/instances/hers/after-build-alice:pack.json"
        go alice/pack
        wait_until restarted hers "$one"
        [ "$(invocation bobs)" = "$two" ]
}

@test "a server that has changed hands is not restarted for its earlier owner" {
        local one two three
        add_alice
        made alice/pack
        for who in alice bob; do l4d2ctl blueprint create "$who/one" -f - <<<'overlays: [alice/pack]'; done
        l4d2ctl initialize built --blueprint alice/one --port 27015
        l4d2ctl initialize played --blueprint alice/one --port 27017
        l4d2ctl initialize admins --blueprint alice/one --port 27019
        l4d2ctl start built played admins
        rcon played standin_players 1
        one=$(invocation built) two=$(invocation played) three=$(invocation admins)
        l4d2ctl --as-user=alice restart --when-empty played
        grep -q '"owner":"alice"' "$state/instances/played/restart.json"
        l4d2ctl --as-user=alice overlay build alice/pack --no-wait --then-restart=now
        # The admin's wish is not bound to an owner.
        rm "$state/instances/admins/"after-build-*
        sed 's/,"owner":"alice"//' "$state/instances/built/after-build-alice:pack.json" |
                setpriv --reuid left4me --regid left4me --init-groups tee "$state/instances/admins/after-build-alice:pack.json" >/dev/null
        for name in built played admins; do l4d2ctl set "$name" blueprint bob/one; done
        # Also without a change of the server's directory that the service is told about.
        touch "$state/instances/played"
        wait_until says "'played' does not belong to the user 'alice' now, who asked for a restart: it is forgotten"
        go alice/pack
        wait_until says "'built' does not belong to the user 'alice' now"
        wait_until restarted admins "$three"
        rcon played standin_players 0
        wait_until eval '! pending'
        wait_until ended
        [ "$(invocation built)" = "$one" ]
        [ "$(invocation played)" = "$two" ]
}

@test "a file that is damaged or foreign is said once, restarts nothing, and can be forgotten" {
        start_server 1 27015 'overlays: [a]'
        local one
        one=$(invocation 1)
        ln -s /etc/passwd "$state/instances/1/after-build-a.json"
        # One about another overlay than its name says.
        printf '{"overlay":"b","kind":"script","job":"%032d","version":null,"is_now":true,"queued_usec":1,"user":"x"}' 1 \
                >"$state/instances/1/after-build-other.json"
        touch "$state/instances/1"
        wait_until says "A restart of '1' after a build can't be read"
        touch "$state/instances/1"
        run -0 l4d2ctl restart --cancel 1
        wait_until ended
        run ! pending
        [ "$(service_log | grep -cF "can't be read")" = 1 ]
        [ "$(invocation 1)" = "$one" ]
        [ -e /etc/passwd ]
}
