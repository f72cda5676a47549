#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The console of a running server, by RCON: players, console, say, kick.

load common

setup_file() {
        install_game
        # It would take wrong answers that are meant for these tests.
        systemctl stop left4me-watch.service
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

@test "the trail has commands, without passwords and control characters" {
        l4d2ctl console 1 echo 'first; second'
        l4d2ctl console 1 'sv_password "not in the trail"; echo x'
        l4d2ctl console 1 $'echo \e[31mred'
        l4d2ctl console 1 sv_password '""'
        journalctl --sync
        run -0 journalctl -b -o cat --since "$log_mark" --output-fields=L4D2_COMMAND L4D2_INSTANCE=1 L4D2_ACTION=console
        [ "$output" = 'echo first; second
sv_password ***
echo \x1b[31mred
sv_password' ]
        run ! journalctl -b --since "$log_mark" -t l4d2ctl --grep 'not in the trail'
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
        wait_until in_log 1 'Dropped a " STEAM_1:1:1 0:01 from server (Kicked by Console)'
        run -0 l4d2ctl kick 1 76561197960267728
        wait_until in_log 1 'Dropped Zoey fan from server (Kicked by Console)'
        rcon 1 standin_players 3
        run -0 l4d2ctl kick 1 STEAM_1:0:1000
        wait_until eval '(($(log_of 1 | grep -c "Dropped Zoey fan") == 2))'
        run -1 l4d2ctl kick 1 99
        [[ "$output" == *"No player '99' on '1'"* ]]
        run -1 l4d2ctl kick 1 '2;quit'
        is_active 1
}

@test "each reason why a server can't be asked is said" {
        run -1 l4d2ctl say 2 hello
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

@test "an answer is read right, however the server sends it" {
        local mode
        rcon 1 standin_players 3
        for mode in segments late stray log no-empty; do
                rcon 1 standin_rcon "$mode"
                run -0 --separate-stderr l4d2ctl players 1
                # shellcheck disable=SC2154
                [ "$stderr" = '' ]
                [ "$(wc -l <<<"$output")" -eq 4 ]
                rcon 1 standin_rcon off
        done
        rcon 1 'standin_rcon_pause 1; standin_rcon slow 3'
        run -0 l4d2ctl console 1 echo slowly
        [ "$output" = slowly ]
        rcon 1 standin_rcon off
}

@test "a wrong answer is named, ends in time, and the next one is right" {
        local mode reasons
        declare -A reasons=([garbage]='its answer is not RCON' [close]='it ended the connection'
                [huge]='its answer is too long' [no-mirror]='it does not answer' [silent]='it does not answer')
        for mode in "${!reasons[@]}"; do
                rcon 1 standin_rcon "$mode" 1
                run -1 timeout 60 l4d2ctl console 1 status
                [[ "$output" == *"${reasons[$mode]}"* ]]
                run -0 l4d2ctl console 1 echo right
                [ "$output" = right ]
        done
}

@test "a refused password is tried once by all runs together" {
        rcon 1 sv_rcon_log 1
        l4d2ctl set 1 rcon_password another-password-2
        for ((i = 0; i < 8; i++)); do
                run -1 l4d2ctl console 1 status
                [[ "$output" == *'the server refused the rcon_password'* ]]
        done
        [ "$(log_of 1 | grep -c 'Bad Password')" -eq 1 ]
        l4d2ctl set 1 rcon_password correct-horse-1
        run -0 l4d2ctl players 1
}

# ask_as USER REQUEST: what left4me-console.socket answers, as "ERROR N", N descriptors with it.
ask_as() {
        setpriv --reuid "$1" --regid "$(id -g "$1")" --clear-groups python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect("/run/left4me/console")
s.sendall(sys.argv[1].encode().decode("unicode_escape").encode())
s.shutdown(socket.SHUT_WR)
data, control, _, _ = s.recvmsg(4, socket.CMSG_SPACE(64))
print(int.from_bytes(data, sys.byteorder, signed=True), end=" ")
print(len(control))' "$2"
}

@test "the web app alone gets a connection, and only to the console of a server that runs" {
        systemctl start left4me-console.socket
        run -0 ask_as left4me '1\n'
        # No descriptor: its holder could connect it again, to any service of this host.
        [ "$output" = '0 0' ]
        for user in nobody left4me-game left4me-build; do
                run ! ask_as "$user" '1\n'
                [[ "$output" == *PermissionError* ]]
        done
        # ENOTCONN, EBADMSG
        [ "$(ask_as left4me 'nothing\n')" = '-107 0' ]
        for request in '' '22' '127.0.0.1:22\n' '../1\n' '1\n2\n' '1\x00\n'; do
                run -0 ask_as left4me "$request"
                [ "$output" = '-74 0' ] || { echo "$request"; false; }
        done
        l4d2ctl stop 2
        [ "$(ask_as left4me '2\n')" = '-107 0' ]
        l4d2ctl start 2
        # None of them is left, and none failed.
        gone() { [[ -z $(systemctl list-units --plain --no-legend 'left4me-console@*') ]]; }
        wait_until gone
        journalctl --sync
        run ! journalctl -b -q -o cat --since "$log_mark" -u 'left4me-console@*' --grep 'Failed with result .(?!exit-code)'
}

# As the l4d2ctl that the web app runs, which may create no sockets but Unix ones and sees no network.
as_web() {
        systemd-run --quiet --pipe --wait -p User=left4me -p Group=left4me -p SupplementaryGroups=left4me-operators \
                -p PrivateNetwork=yes -p RestrictAddressFamilies=AF_UNIX -p SystemCallArchitectures=native "$@"
}

@test "l4d2ctl without a network reaches a console by such a connection" {
        systemctl start left4me-console.socket
        run -0 as_web l4d2ctl console 1 echo from the web
        [ "${lines[0]}" = 'from the web' ]
        [ "$(as_web l4d2ctl console 1 standin_reply 300000 | wc -c)" -ge 300000 ]
        run -0 as_web l4d2ctl players --json 1
        # A refused password is remembered for those outside.
        cp "$state/instances/1/spec.yaml" /run/spec.1
        sed -i 's/correct-horse-1/another-horse-1/' "$state/instances/1/spec.yaml"
        run ! as_web l4d2ctl console 1 status
        run ! l4d2ctl console 1 status
        mark_log
        run ! l4d2ctl console 1 status
        run ! in_log 1 'Bad Rcon'
        cp /run/spec.1 "$state/instances/1/spec.yaml"
        rm -f /run/left4me/rcon/1
        # Without the unit the reason is told.
        systemctl stop left4me-console.socket
        run ! as_web l4d2ctl console 1 status
        systemctl start left4me-console.socket
}
