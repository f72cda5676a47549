#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Clients that were not written for left4me ask the stand-in: gamedig and rcon-srcds, from npm (witness.bats has
# Debian's qstat). That the project's clients and the stand-in understand each other could be one mistake
# made twice; these have no part in it.

load common

password=correct-horse-1
client() { "$BATS_TEST_DIRNAME/node-client.mjs" "$@"; }

setup_file() {
        install_game
        # rcon-srcds takes what it reads at once for one packet, so they come with pauses, which a slow machine needs long.
        make_instance 1 27015 "rcon_password: correct-horse-1" \
                'config: [hostname Standing-in, sv_max_queries_sec 0, standin_rcon packets, standin_rcon_pause 400, "sv_tags \"coop,versus\""]' \
                'arguments: ["+standin_players", "2", "1"]'
        l4d2ctl start 1
        wait_until in_log 1 'VAC secure mode is activated.'
}

setup() { mark_log; }

# has PYTHON…: conditions about the answer in $output, as `a`.
has() {
        printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/answer"
        python3 - "$BATS_TEST_TMPDIR/answer" "$@" <<'END'
import json, sys
with open(sys.argv[1]) as f:
    a = json.load(f)
for condition in sys.argv[2:]:
    assert eval(condition), (condition, a)
END
}

@test "gamedig reads what the server is, who plays and its rules" {
        run -0 client query 27015
        has 'a["name"] == "Standing-in"' 'a["map"] == "c1m1_hotel"' 'a["maxplayers"] == 8' \
                'a["numplayers"] == 3' 'a["raw"]["numbots"] == 1' 'a["raw"]["appId"] == 550' \
                'a["raw"]["folder"] == "left4dead2"' 'a["raw"]["secure"] == 1' 'a["version"] == "2.2.4.3"' \
                'a["password"] is False' 'a["raw"]["tags"] == ["coop", "versus"]' \
                '{p["name"] for p in a["players"] + a["bots"]} == {"Zoey fan", "a \" STEAM_1:1:1 0:01", "Coach"}' \
                'a["raw"]["rules"]["mp_gamemode"] == "coop"' 'len(a["raw"]["rules"]) > 70'
}

@test "gamedig puts parts together in any order, and decompresses them" {
        local mode
        for mode in split reversed duplicate; do
                rcon 1 standin_a2s "$mode"
                run -0 client query 27015
                has 'a["name"] == "Standing-in"' 'len(a["raw"]["rules"]) > 70' 'len(a["players"]) == 2'
        done
        rcon 1 standin_a2s bzip2 1
        run -0 client query 27015
        has 'a["name"] == "Compressed"' 'a["numplayers"] == 0' 'len(a["raw"]["rules"]) > 70'
        for mode in missing silent challenges; do
                rcon 1 standin_a2s "$mode"
                TIMEOUT=4000 run -1 client query 27015
                [[ "$output" == *'node-client: '* ]]
        done
        rcon 1 standin_a2s off
}

@test "rcon-srcds authenticates and runs commands" {
        run -0 client rcon 27015 "$password" status 'echo second'
        [[ "$output" == 'hostname: Standing-in'* && "$output" == *'"Zoey fan" STEAM_1:0:1000'*$'#end\nsecond' ]]
        run -1 client rcon 27015 wrong status
        [[ "$output" == *'Unable to authenticate'* ]]
}

@test "rcon-srcds reads a large answer whole, by its own end mark too" {
        # 8172 bytes fill two packets, so that nothing but the end mark tells the end.
        for size in 20000 8172; do
                run -0 client rcon 27015 "$password" "standin_reply $size"
                ((${#output} == size - (size % 64 == 0)))
        done
        run -0 client rcon 27015 "$password" cvarlist
        [[ "${lines[0]}" == 'cvar list' && "${lines[-1]}" == *' total convars/concommands' ]]
        [[ "$output" == *'z_tank_health  '*' : 4000     : , "sv", "cheat"  : '* ]]
}
