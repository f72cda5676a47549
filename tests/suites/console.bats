#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The console of a running server, by RCON: players, console, say, kick.

load common

setup_file() {
        # shellcheck source=common.bash
        . "$BATS_TEST_DIRNAME/common.bash"
        install_game
        make_instance 1 27015 'rcon_password: correct-horse-1'
        make_instance 2 27017
        l4d2ctl unset 2 rcon_password
        l4d2ctl start 1 2
}

setup() {
        mark_log
        rcon 1 standin_players 0 >/dev/null
}

teardown_file() {
        # shellcheck source=common.bash
        . "$BATS_TEST_DIRNAME/common.bash"
        systemctl stop 'left4me-server@*.service' || true
}

@test "players are listed in all forms of status, hostile names too" {
        local form
        rcon 1 standin_players 8 2
        for form in 0 1 2; do
                rcon 1 standin_status "$form"
                run -0 l4d2ctl players 1
                [ "$(wc -l <<<"$output")" -eq 11 ]
                [[ "${lines[1]}" =~ ^2\ +76561197960267728\ +.*Zoey\ fan$ ]]
                [[ "$output" == *'a " STEAM_1:1:1 0:01'* ]]
                [[ "$output" == *'%s%n'* ]]
                [[ "$output" == *'27 bot'*Coach* ]]
                l4d2ctl players --json 1 | python3 -c '
import json, sys
status = json.load(sys.stdin)
assert (status["humans"], status["bots"], status["is_hibernating"]) == (8, 2, False), status
assert [p["is_bot"] for p in status["players"]] == 8 * [False] + 2 * [True], status
second = status["players"][1]
assert second["steam_id64"] == "76561197960267731" and second["connected_sec"] >= 3723, second'
        done
}

@test "a command's answer is printed, a long one whole, and no control byte of it" {
        run -0 l4d2ctl console 1 echo hello world
        [ "$output" = 'hello world' ]
        [ "$(l4d2ctl console 1 standin_reply 300000 | wc -c)" -ge 300000 ]
        run -0 l4d2ctl console 1 cvarlist
        [[ "$output" == *sv_cheats* ]]
        run -0 l4d2ctl console 1 echo -- --json
        [[ "$output" == *'--json'* ]]
        journalctl --sync
        [ "$(journalctl -b -o cat --since "$log_mark" L4D2_INSTANCE=1 L4D2_ACTION=console | wc -l)" -ge 3 ]
}

@test "say reaches the players as one line of chat" {
        l4d2ctl say 1 'back at 9; "really"' quit
        wait_until in_log 1 "back at 9, 'really' quit"
        is_active 1
}

@test "kick takes a number or a SteamID, and names an unknown one" {
        rcon 1 standin_players 3
        run -0 l4d2ctl kick 1 3
        wait_until in_log 1 'kickid 3'
        run -0 l4d2ctl kick 1 76561197960267728
        wait_until in_log 1 'kickid 2'
        run -0 l4d2ctl kick 1 STEAM_1:0:1000
        run -1 l4d2ctl kick 1 99
        [[ "$output" == *"No player '99' on '1'"* ]]
        run -1 l4d2ctl kick 1 '2;quit'
        is_active 1
}

@test "each reason why a server can't be asked is said" {
        run -1 l4d2ctl players 2
        [[ "$output" == *'its spec has no rcon_password'* ]]
        run -4 l4d2ctl console nothing status
        l4d2ctl stop 2
        run -3 l4d2ctl players 2
        [[ "$output" == *'it does not run'* ]]
        rcon 1 standin_after 0 standin_hang
        wait_until in_log 1 'standin: hang'
        run -1 l4d2ctl players 1
        [[ "$output" == *'it does not answer'* ]]
        l4d2ctl restart 1
}

@test "a refused password is tried once by all runs together" {
        l4d2ctl set 1 rcon_password another-password-2
        for ((i = 0; i < 8; i++)); do
                run -1 l4d2ctl players 1
                [[ "$output" == *'the server refused the rcon_password'* ]]
        done
        [ "$(log_of 1 | grep -c 'Bad Password')" -eq 1 ]
        l4d2ctl set 1 rcon_password correct-horse-1
        run -0 l4d2ctl players 1
}
