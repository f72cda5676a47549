#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Restarts that wait until a server is empty, by the real units, with real RCON and players that the stand-in
# makes up.

load common

password=correct-horse-1

setup_file() {
        install_game
        # The watcher asks the servers as well, also once with a password that is wrong by then.
        systemctl stop left4me-watch.service
}

setup() { mark_log; }

teardown() {
        ! mountpoint -q "$state/instances/1" || umount "$state/instances/1"
        systemctl stop 'left4me-server@*.service' || true
        wait_until eval '! pending'
        systemctl reset-failed || true
        rm -rf "$state"/instances/* "/run/systemd/system/$(unit 2).d"
        systemctl daemon-reload
}

# start_server NAME PORT [YAML-LINE…]
start_server() {
        local name=$1 port=$2
        shift 2
        make_instance "$name" "$port" "rcon_password: $password" "$@"
        l4d2ctl start "$name"
}

invocation() { property "$(unit "$1")" InvocationID; }
restarted() { [[ $(invocation "$1") != "$2" ]] && is_active "$1"; }
pending() { compgen -G "$state/instances/*/restart.json" >/dev/null; }
service_log() {
        journalctl --sync
        journalctl -b -o cat --since "$log_mark" -u left4me-when-empty.service
}
says() { service_log | grep -qF -- "$1"; }
# asks_now: it asks each server when it starts, and every half minute else.
asks_now() { systemctl restart left4me-when-empty.service; }
ended() { [[ $(property left4me-when-empty.service ActiveState) == inactive ]]; }

@test "an empty server restarts soon, and then nothing runs any more" {
        start_server 1 27015
        local before
        before=$(invocation 1)
        run -0 l4d2ctl restart --when-empty 1
        [[ "$output" == *"'1' restarts when its players have left"* ]]
        wait_until restarted 1 "$before"
        wait_until eval '! pending'
        wait_until ended
        says "Restarted '1', which was empty"
}

@test "a server with players restarts when they have left, and is shown to wait" {
        start_server 1 27015
        start_server 2 27017
        rcon 1 standin_players 2 1
        rcon 2 standin_players 1
        local before other
        before=$(invocation 1)
        other=$(invocation 2)
        l4d2ctl restart --when-empty 1
        wait_until says "'1' has 2 players: its restart waits"
        run -0 l4d2ctl status 1
        [[ "$output" == *"Queued: restart when empty (by root, "* ]]
        run -0 l4d2ctl status
        [[ "$output" == *"restarts when empty"* ]]
        [ "$(l4d2ctl list | awk '$1 == 1 { print $NF }')" = restart ]
        [ "$(l4d2ctl list | awk '$1 == 2 { print $NF }')" = - ]
        l4d2ctl status --json 1 | python3 -c '
import json, sys
queued = json.load(sys.stdin)["queued_restart"]
assert queued["user"] == "root" and queued["deadline_usec"] is None and queued["queued_usec"] > 0, queued'
        [ "$(invocation 1)" = "$before" ]

        # Bots don't count.
        rcon 1 standin_players 0 3
        wait_until restarted 1 "$before"
        [ "$(invocation 2)" = "$other" ]
        wait_until ended
        [ "$(l4d2ctl list | awk '$1 == 1 { print $NF }')" = - ]
}

@test "a queued restart can be cancelled" {
        start_server 1 27015
        rcon 1 standin_players 1
        local before
        before=$(invocation 1)
        l4d2ctl restart --when-empty 1
        wait_until says "'1' has 1 players: its restart waits"
        run -0 l4d2ctl restart --cancel 1
        [ -z "$output" ]
        wait_until ended
        run ! pending
        rcon 1 standin_players 0
        [ "$(invocation 1)" = "$before" ]
        run -0 l4d2ctl restart --cancel 1
        [[ "$output" == *"No restart of '1' is queued"* ]]
        run -4 l4d2ctl restart --cancel nothing
        run -2 l4d2ctl restart --cancel --when-empty 1
        run -2 l4d2ctl restart --deadline=+1h 1
        run -2 l4d2ctl restart --keep-earlier 1
        run -2 l4d2ctl restart --when-empty --deadline=yesterday 1
}

@test "at its deadline a server restarts with its players, who are warned" {
        start_server 1 27015
        rcon 1 standin_players 1
        local before
        before=$(invocation 1)
        l4d2ctl restart --when-empty --deadline=+20s 1
        wait_until in_log 1 'The server restarts in 1 minute.'
        run -0 l4d2ctl status 1
        [[ "$output" == *"Queued: restart when empty, at the latest on "* ]]
        wait_until restarted 1 "$before"
        wait_until says "Restarted '1': its deadline came"
}

deadline() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["deadline_usec"])' "$state/instances/$1/restart.json"; }

@test "with --keep-earlier an earlier deadline stays, and only such a one" {
        start_server 1 27015
        rcon 1 standin_players 1
        local early
        l4d2ctl restart --when-empty 1
        [ "$(deadline 1)" = None ]
        l4d2ctl restart --when-empty --keep-earlier --deadline=+2h 1
        early=$(deadline 1)
        [ "$early" != None ]
        run -0 l4d2ctl restart --when-empty --keep-earlier --deadline=+3h 1
        [[ "$output" == *"at the latest on"* ]]
        [ "$(deadline 1)" = "$early" ]
        l4d2ctl restart --when-empty --keep-earlier 1
        [ "$(deadline 1)" = "$early" ]
        l4d2ctl restart --when-empty --keep-earlier --deadline=+1h 1
        (($(deadline 1) < early))
        # A user's own word counts, and one about an earlier run does not.
        l4d2ctl restart --when-empty --deadline=+2h 1
        (($(deadline 1) >= early))
        sed -i -E 's/"invocation_id":"[0-9a-f]*"/"invocation_id":"0123456789abcdef0123456789abcdef"/' "$state/instances/1/restart.json"
        l4d2ctl restart --when-empty --keep-earlier --deadline=+3h 1
        (($(deadline 1) > early))
        l4d2ctl restart --cancel 1
}

@test "a server that was stopped stays stopped, and one that restarted is left alone" {
        start_server 1 27015
        start_server 2 27017
        rcon 1 standin_players 1
        rcon 2 standin_players 1
        l4d2ctl restart --when-empty 1 2
        wait_until says "'2' has 1 players"
        l4d2ctl stop 1
        l4d2ctl restart 2
        local after
        after=$(invocation 2)
        asks_now
        wait_until eval '! pending'
        wait_until ended
        [ "$(property "$(unit 1)" ActiveState)" = inactive ]
        [ "$(invocation 2)" = "$after" ]
        run -0 l4d2ctl restart --when-empty 1
        [[ "$output" == *"'1' does not run: nothing is to be restarted"* ]]
        run ! pending
}

@test "a wrong password is tried once, and a deadline holds all the same" {
        start_server 1 27015 'config: [sv_rcon_log 1]'
        l4d2ctl set 1 rcon_password another-password-2
        local before
        before=$(invocation 1)
        l4d2ctl restart --when-empty 1
        wait_until says "Failed to see the players of '1': the server refused"
        systemctl restart left4me-when-empty.service
        wait_until eval '(($(service_log | grep -c "the server refused") == 2))'
        [ "$(log_of 1 | grep -c 'Bad Password')" -eq 1 ]
        [ "$(invocation 1)" = "$before" ]
        l4d2ctl restart --when-empty --deadline=+1s 1
        wait_until restarted 1 "$before"
        # The new run has the new password.
        l4d2ctl restart --when-empty 1
        wait_until says "Restarted '1', which was empty"
}

@test "without rcon_password a deadline is needed" {
        make_instance 1 27015
        l4d2ctl unset 1 rcon_password
        l4d2ctl start 1
        run -1 l4d2ctl restart --when-empty 1
        [[ "$output" == *"without rcon_password left4me can't see its players"* ]]
        local before
        before=$(invocation 1)
        l4d2ctl restart --when-empty --deadline=+1s 1
        wait_until restarted 1 "$before"
}

@test "a server that hangs keeps no other waiting, and restarts at its deadline" {
        start_server 1 27015
        start_server 2 27017
        local hung other
        hung=$(invocation 1)
        other=$(invocation 2)
        rcon 1 standin_after 0 standin_hang
        wait_until in_log 1 'standin: hang'
        l4d2ctl restart --when-empty --deadline=+20s 1
        l4d2ctl restart --when-empty 2
        wait_until restarted 2 "$other"
        [ "$(invocation 1)" = "$hung" ]
        wait_until restarted 1 "$hung"
        says "Failed to see the players of '1': it does not answer"
}

@test "with a spec that has errors a server is not restarted" {
        start_server 1 27015
        rcon 1 standin_players 1
        local before
        before=$(invocation 1)
        l4d2ctl restart --when-empty 1
        wait_until says "'1' has 1 players"
        echo 'port: none' >"$state/instances/1/spec.yaml"
        run -5 l4d2ctl restart --when-empty 1
        rcon_raw 27015 "standin_players 0"
        wait_until says "Failed to restart '1': its spec has errors"
        [ "$(invocation 1)" = "$before" ]
}

# Beside the spec, which can't be read any more.
rcon_raw() { "$query" rcon 127.0.0.1 "$1" "$password" "$2"; }

@test "the service killed at any time forgets nothing" {
        start_server 1 27015
        rcon 1 standin_players 1
        local before
        before=$(invocation 1)
        l4d2ctl restart --when-empty 1
        wait_until says "'1' has 1 players"
        systemctl kill --signal=KILL left4me-when-empty.service
        pending
        rcon 1 standin_players 0
        wait_until restarted 1 "$before"
        wait_until eval '! pending'
}

@test "on a full disk the restart that is queued stays, and is fulfilled" {
        start_server 1 27015
        rcon 1 standin_players 1
        local before queued
        before=$(invocation 1)
        on_small_disk 1
        l4d2ctl restart --when-empty 1
        look_again
        wait_until says "'1' has 1 players"
        queued=$(cat "$state/instances/1/restart.json")
        fill_disk 1
        run ! l4d2ctl restart --when-empty --deadline=+2h 1
        [[ "$output" == *"No space left on device"* ]]
        [ "$(cat "$state/instances/1/restart.json")" = "$queued" ]
        rcon 1 standin_players 0
        look_again
        wait_until restarted 1 "$before"
        wait_until eval '! pending'
        umount "$state/instances/1"
}

@test "the service stops at once, as a shutdown of the host wants it" {
        start_server 1 27015
        rcon 1 standin_players 1
        l4d2ctl restart --when-empty 1
        wait_until says "'1' has 1 players"
        mark_log
        systemctl stop left4me-when-empty.service
        run ! says "timed out"
        says "Deactivated successfully"
        rcon 1 standin_players 0
        touch "$state/instances/1"
        wait_until eval '! pending'
}

@test "a restart that is queued while another server still restarts is not forgotten" {
        local name before other
        start_server 1 27015
        start_server 2 27017
        mkfifo "$BATS_TEST_TMPDIR/gate"
        mkdir -p "/run/systemd/system/$(unit 2).d"
        printf '[Service]\nTimeoutStopSec=2min\nExecStopPost=+/bin/cat %s\n' "$BATS_TEST_TMPDIR/gate" \
                >"/run/systemd/system/$(unit 2).d/90-gate.conf"
        systemctl daemon-reload
        for name in 1 2; do rcon "$name" standin_players 1; done
        before=$(invocation 1)
        other=$(invocation 2)
        # One deadline, so that one look restarts both.
        l4d2ctl restart --when-empty --deadline=+20s 1 2
        wait_until restarted 1 "$before"
        [ "$(invocation 2)" = "$other" ]
        wait_until rcon 1 standin_players 1
        before=$(invocation 1)
        l4d2ctl restart --when-empty 1
        echo go >"$BATS_TEST_TMPDIR/gate"
        wait_until restarted 2 "$other"
        rm -r "/run/systemd/system/$(unit 2).d"
        systemctl daemon-reload
        wait_until eval '(($(service_log | grep -cF "'"'1'"' has 1 players: its restart waits") == 2))'
        [ -e "$state/instances/1/restart.json" ]
        [ "$(invocation 1)" = "$before" ]
        rcon 1 standin_players 0
        wait_until restarted 1 "$before"
}

@test "a damaged or foreign file ends nothing" {
        start_server 1 27015
        echo '{"queued_usec": "never"}' >"$state/instances/1/restart.json"
        touch "$state/instances/1"
        wait_until says "The file of the queued restart of '1' is damaged"
        wait_until eval '! pending'
        wait_until ended
        ln -s /etc/passwd "$state/instances/1/restart.json"
        touch "$state/instances/1"
        wait_until says "Failed to read the queued restart of '1'"
        [ "$(property left4me-when-empty.service ActiveState)" = active ]
        rm "$state/instances/1/restart.json"
        touch "$state/instances/1"
        wait_until ended
        is_active 1
}

@test "a queued restart in a directory without a server is said once, and keeps one service" {
        local copy=$state/instances/1.bak
        mkdir "$copy"
        echo '{}' >"$copy/restart.json"
        touch "$copy"
        wait_until says "has a queued restart in a directory without a server"
        # It still runs, so that the path unit does not start it again and again.
        local pid
        pid=$(property left4me-when-empty.service MainPID)
        start_server 1 27015
        local before
        before=$(invocation 1)
        l4d2ctl restart --when-empty 1
        wait_until restarted 1 "$before"
        [ "$(property left4me-when-empty.service MainPID)" = "$pid" ]
        [ "$(service_log | grep -cF "without a server")" -eq 1 ]
        rm -r "$copy"
        wait_until ended
}
