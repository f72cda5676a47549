#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# l4d2ctl ban, unban, bans: SteamIDs that a running server lets no player join with.

load common

setup_file() {
        install_game
        make_instance 1 27015 'rcon_password: correct-horse-1'
        make_instance 2 27017
        l4d2ctl unset 2 rcon_password
        l4d2ctl start 1
}

setup() {
        mark_log
        # So that the log has each command.
        rcon 1 'log on; sv_rcon_log 1; standin_players 0' >/dev/null
}

teardown_file() {
        systemctl stop 'left4me-server@*.service' || true
}

file_of_bans=/var/lib/left4me/runtime/1/merged/left4dead2/cfg/banned_user.cfg

# banned: the SteamIDs of server 1, in the game's order.
banned() { l4d2ctl bans 1 --json | python3 -c 'import json, sys; print(*(b["steam_id"] for b in json.load(sys.stdin)))'; }

lift_all() {
        local id
        for id in $(banned); do l4d2ctl unban 1 "$id"; done
}

@test "a ban forever is written, and holds after a restart" {
        rcon 1 standin_players 3
        run -0 l4d2ctl ban 1 2 --reason='griefing; "again"'
        [ "$output" = 'Banned STEAM_1:0:1000 on 1 forever.' ]
        wait_until in_log 1 "Kicked by Console : Banned: griefing, 'again'"
        [ "$(<"$file_of_bans")" = 'banid 0 STEAM_1:0:1000' ]
        run -0 l4d2ctl bans 1
        [[ "${lines[0]}" =~ ^STEAMID\ +ID\ +MINUTES$ ]]
        [[ "${lines[1]}" =~ ^76561197960267728\ +STEAM_1:0:1000\ +forever$ ]]
        l4d2ctl restart 1
        wait_until in_log 1 'VAC secure mode is activated.'
        [ "$(banned)" = STEAM_1:0:1000 ]
        run -0 l4d2ctl unban 1 76561197960267728
        [ "$(banned)" = '' ]
        [ "$(<"$file_of_bans")" = '' ]
        l4d2ctl restart 1
        wait_until in_log 1 'VAC secure mode is activated.'
        run -0 l4d2ctl bans 1
        [[ "$output" == *"'1' has no bans"* ]]
        journalctl --sync
        [ "$(journalctl -b -o cat --since "$log_mark" L4D2_INSTANCE=1 L4D2_ACTION=ban --output-fields=L4D2_COMMAND)" = 'banid 0 STEAM_1:0:1000' ]
        [ "$(journalctl -b -o cat --since "$log_mark" L4D2_INSTANCE=1 L4D2_ACTION=unban --output-fields=L4D2_COMMAND)" = 'removeid STEAM_1:0:1000' ]
}

@test "a ban for some minutes is not written, and the output says when it ends" {
        run -0 l4d2ctl ban 1 '[U:1:2000]' 30
        [ "$output" = 'Banned STEAM_1:0:1000 on 1 for 30 minutes, unless the server ends before.' ]
        [ "$(banned)" = STEAM_1:0:1000 ]
        run ! grep -q STEAM_1:0:1000 "$file_of_bans"
        run -0 l4d2ctl ban 1 STEAM_1:0:1001 1
        [[ "$output" == *'for 1 minute, unless'* ]]
        lift_all
        [ "$(banned)" = '' ]
}

@test "a SteamID need not be on the server, and is taken in each form" {
        l4d2ctl ban 1 76561197960267728
        l4d2ctl ban 1 STEAM_0:1:1000
        l4d2ctl ban 1 '[U:1:2002]'
        [ "$(banned)" = 'STEAM_1:0:1000 STEAM_1:1:1000 STEAM_1:0:1001' ]
        run ! in_log 1 'command "kickid'
        l4d2ctl unban 1 '[U:1:2000]'
        l4d2ctl unban 1 76561197960267729
        l4d2ctl unban 1 STEAM_0:0:1001
        [ "$(banned)" = '' ]
}

@test "bans that the server has not read yet stay in the file" {
        printf 'banid 0 STEAM_1:0:777\r\n' >"$file_of_bans"
        l4d2ctl ban 1 STEAM_1:0:5
        [ "$(tr -d '\r' <"$file_of_bans" | sort | xargs)" = 'banid 0 STEAM_1:0:5 banid 0 STEAM_1:0:777' ]
        lift_all
}

@test "a name is taken as a whole, and only when it is one player's" {
        rcon 1 standin_players 8 2
        local name
        name=$(l4d2ctl players 1 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["players"][0]["name"])')
        run -0 l4d2ctl kick 1 "$name"
        wait_until in_log 1 'command "kickid 2"'
        rcon 1 standin_players 8 2
        run -0 l4d2ctl ban 1 "${name^^}" 5
        [ "$output" = 'Banned STEAM_1:0:1000 on 1 for 5 minutes, unless the server ends before.' ]
        run -1 l4d2ctl ban 1 "${name:0:4}"
        [[ "$output" == *"No player '${name:0:4}' on '1'"* ]]
        run -1 l4d2ctl ban 1 Coach
        [[ "$output" == *"Failed to ban 'Coach': it is a bot"* ]]
        lift_all
}

@test "a reason is as long in every script" {
        local reason
        rcon 1 standin_players 3
        reason=$(printf 'ы%.0s' {1..100})
        l4d2ctl ban 1 2 5 --reason="$reason"
        wait_until in_log 1 "Kicked by Console : Banned: $reason"
        rcon 1 standin_players 3
        reason=$(printf '禁%.0s' {1..120})
        l4d2ctl ban 1 3 5 --reason="$reason"
        wait_until in_log 1 "Banned: $reason"
        run -2 l4d2ctl ban 1 3 --reason="$reason禁"
        [[ "$output" == *'use at most 120 characters'* ]]
        lift_all
}

@test "wrong words are refused before anything is sent" {
        local word
        for word in -1 x 5x 1.5 99999999 '5;quit' ''; do
                run -2 l4d2ctl ban 1 -- STEAM_1:0:5 "$word"
        done
        run -2 l4d2ctl ban 1 STEAM_1:0:5 --reason="$(printf 'x%.0s' {1..121})"
        [[ "$output" == *'The reason is too long'* ]]
        run -1 l4d2ctl ban 1 'STEAM_1:0:5;quit'
        run -1 l4d2ctl ban 1 ''
        run -2 l4d2ctl unban 1 someone
        [[ "$output" == *"Invalid SteamID 'someone'"* ]]
        run -1 l4d2ctl unban 1 STEAM_1:0:5
        [[ "$output" == *"No ban of 'STEAM_1:0:5' on '1'"* ]]
        in_log 1 'command "listid'
        run ! in_log 1 'command "banid'
        run ! in_log 1 'command "quit'
        is_active 1
}

@test "a file that can't be written is said" {
        rm -f "$file_of_bans"
        mkdir "$file_of_bans"
        run -1 l4d2ctl ban 1 STEAM_1:0:5
        [[ "$output" == *"'1' could not write its bans"* ]]
        [ "$(banned)" = STEAM_1:0:5 ]
        rmdir "$file_of_bans"
        lift_all
}

@test "servers that can't be asked, and other users' servers" {
        local verb
        run -3 l4d2ctl bans 2
        run -4 l4d2ctl ban nothing STEAM_1:0:5
        l4d2ctl user add carol --role user --generate >/dev/null
        for verb in 'ban 1 STEAM_1:0:5' 'unban 1 STEAM_1:0:5' 'bans 1'; do
                run -8 l4d2ctl --as-user=carol $verb
        done
        run -8 l4d2ctl --errors=json --as-user=carol ban 1 STEAM_1:0:5
}
