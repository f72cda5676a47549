#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Servers that RCON can't ask, asked by A2S as the server browser does.

load common

setup_file() {
        install_game
        # An address towards the internet, as hosts have one.
        ip link add host type veth peer name internet
        ip address add 10.9.0.1/24 dev host
        ip link set internet up
        ip link set host up
        ip route add default via 10.9.0.254
        make_instance 1 27015 'rcon_password: correct-horse-1'
        make_instance 2 27017
        l4d2ctl unset 2 rcon_password
        l4d2ctl start 1 2
        # The running server keeps the first password.
        l4d2ctl set 1 rcon_password another-password-2
}

teardown_file() {
        systemctl stop 'left4me-server@*.service' || true
        ip link delete host
}

teardown() {
        nft delete table inet loopback 2>/dev/null || true
        server standin_a2s off >/dev/null || true
        server 'sv_password ""' >/dev/null || true
}

# server COMMAND…: by the password that server 1 runs with.
server() { "$query" rcon 127.0.0.1 27015 correct-horse-1 "$*"; }

# The JSON of the players, checked by Python's EXPRESSION over it.
players() { l4d2ctl players --json 1 2>/dev/null | python3 -c "
import json, sys
status = json.load(sys.stdin)
assert $1, status"; }

@test "a server without rcon_password tells map and numbers, and it is said why" {
        run -0 --separate-stderr l4d2ctl players --json 2
        # shellcheck disable=SC2154
        [[ "$stderr" == *"Asked '2' as the server browser does, which tells no SteamIDs, because RCON failed: its spec has no rcon_password" ]]
        python3 -c '
import json, sys
status = json.loads(sys.argv[1])
assert status == {"source": "a2s", "map": "c1m1_hotel", "humans": 0, "bots": 0, "slots": status["slots"],
                  "is_hibernating": None, "players": []}, status' "$output"
}

@test "the names are there without numbers and SteamIDs, hostile ones too" {
        server standin_players 8 2
        run -0 --separate-stderr l4d2ctl players 1
        [ "$(wc -l <<<"$output")" -eq 11 ]
        [[ "$output" == *'Zoey fan'* && "$output" == *'a " STEAM_1:1:1 0:01'* && "$output" == *'%s%n'* ]]
        [[ "$output" != *7656119* ]]
        [[ "$stderr" == *'the server refused the rcon_password of its spec'* ]]
        players 'status["source"] == "a2s" and (status["humans"], status["bots"]) == (8, 2)'
        players 'len(status["players"]) == 10'
        players 'all(p["user_id"] is p["steam_id64"] is p["is_bot"] is None for p in status["players"])'
        server standin_players 0
}

@test "it is asked at the host's own address, and at 127.0.0.1 when that is silent" {
        nft add table inet loopback
        nft add chain inet loopback input '{ type filter hook input priority 0; }'
        nft add rule inet loopback input ip daddr 127.0.0.1 udp dport 27015 drop
        players 'status["source"] == "a2s"'
        nft flush chain inet loopback input
        nft add rule inet loopback input ip daddr 10.9.0.1 udp dport 27015 drop
        players 'status["source"] == "a2s"'
        nft add rule inet loopback input ip daddr 127.0.0.1 udp dport 27015 drop
        run -1 l4d2ctl players 1
        [[ "$output" == *"Failed to ask '1': the server refused the rcon_password"* ]]
}

@test "a server with sv_password is silent, and the reason of RCON is said" {
        server sv_password secret
        run -1 l4d2ctl players 1
        [[ "$output" == *"Failed to ask '1': the server refused the rcon_password"* ]]
}

@test "answers in parts are put together, in any order and doubled" {
        local mode
        server standin_players 8 2
        for mode in split reversed duplicate; do
                server standin_a2s "$mode"
                players 'len(status["players"]) == 10 and status["map"] == "c1m1_hotel"'
                server standin_a2s off
        done
        server standin_players 0
}

# An answer that goes wrong once comes again when it is asked for again.
@test "a lost, cut or foreign answer is asked for again" {
        local mode
        for mode in missing garbage short-split other-port silent; do
                server standin_a2s "$mode" 1
                players 'status["source"] == "a2s" and status["map"] == "c1m1_hotel"'
        done
}

@test "an answer that never gets right ends in time, with the reason of RCON" {
        local mode
        for mode in missing garbage short short-split bzip2 challenges other-port silent; do
                server standin_a2s "$mode"
                run -1 timeout 30 l4d2ctl players 1
                [[ "$output" == *"Failed to ask '1': the server refused the rcon_password"* ]]
                server standin_a2s off
                players 'status["source"] == "a2s"'
        done
}
