#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# l4d2ctl cvars and validate --cvars: the config of a running server against its own commands and variables.

load common

setup_file() {
        install_game
        make_instance 1 27015 'rcon_password: correct-horse-1' 'config:' '  - sv_alltalk 1' \
                '  - "sv_altalk 1; echo \"a; b\" // nonsense"' '  - "// sv_wrong 1"' '  - "  SV_CHEATS 0 ;no_such"' \
                '  - "hostname \"x;y\""'
        make_instance 2 27017 'rcon_password: correct-horse-2'
        l4d2ctl start 1
}

teardown_file() {
        systemctl stop 'left4me-server@*.service' || true
}

@test "words that the server does not know are named with their line" {
        run -7 l4d2ctl validate --cvars 1
        [[ "$output" == *"1: config line 2: '1' knows no command or variable 'sv_altalk'"* ]]
        [[ "$output" == *"1: config line 4: '1' knows no command or variable 'no_such'"* ]]
        [ "${#lines[@]}" -eq 2 ]
        run -7 l4d2ctl validate --cvars --json 1
        [ "$output" = '[{"server":"1","line":2,"word":"sv_altalk","problem":"unknown","asked":"1"},{"server":"1","line":4,"word":"no_such","problem":"unknown","asked":"1"}]' ]
}

@test "variables that need cheats are named" {
        l4d2ctl set 1 config god\ 1
        run -7 l4d2ctl validate --cvars --json 1
        [ "$output" = '[{"server":"1","line":1,"word":"god","problem":"cheat","asked":"1"}]' ]
        l4d2ctl set 1 config sv_alltalk\ 1
        run -0 l4d2ctl validate --cvars 1
        [ "$output" = '' ]
        run -0 l4d2ctl validate --cvars --json 1
        [ "$output" = '[]' ]
}

@test "commands and variables are listed, with neither values nor control characters" {
        run -0 l4d2ctl cvars 1
        [ "$(head -n 1 <<<"$output" | xargs)" = 'NAME KIND CHEAT HELP' ]
        grep -qE '^god +variable +yes +' <<<"$output"
        grep -qE '^noclip +command +yes +Go through walls\.$' <<<"$output"
        grep -qE '^sv_alltalk +variable +- +' <<<"$output"
        [[ "$output" != *correct-horse* ]]
        run -0 l4d2ctl cvars 1 --json
        python3 -c 'import json, sys
cvars = {c["name"]: c for c in json.load(sys.stdin)}
assert cvars["noclip"] == {"name": "noclip", "is_command": True, "is_cheat": True, "help": "Go through walls."}
assert not cvars["sv_alltalk"]["is_command"] and not cvars["sv_alltalk"]["is_cheat"]
assert "rcon_password" in cvars and len(cvars) > 200' <<<"$output"
        l4d2ctl console 1 standin_cvarlist 1
        run -0 l4d2ctl cvars 1
        [[ "$output" == *'zz_<b>'* && "$output" != *$'\e'* && "$output" != *$'\u202e'* ]]
        l4d2ctl console 1 standin_cvarlist 0
        run -3 l4d2ctl cvars 2
        run -4 l4d2ctl cvars nothing
        run -2 l4d2ctl cvars
}

@test "a server that does not run is compared with what another one knows, and whose list it is is said" {
        l4d2ctl set 2 config 'sv_alltalk 1' 'no_such 1'
        run -7 --separate-stderr l4d2ctl validate --cvars 2
        [[ "$stderr" == *"'2' does not run: its config is compared with what '1' knows"* ]]
        [[ "$stderr" == *"2: config line 2: '1' knows no command or variable 'no_such'"* ]]
        run -7 --separate-stderr l4d2ctl validate --cvars --json 2
        [ "$output" = '[{"server":"2","line":2,"word":"no_such","problem":"unknown","asked":"1"}]' ]
        # One of the same blueprint comes first.
        l4d2ctl user add dave --role user --generate >/dev/null
        echo 'config: ["no_such 1"]' | l4d2ctl blueprint create dave/one --file=-
        printf 'port: 27021\nblueprint: dave/one\nrcon_password: correct-horse-3\n' | l4d2ctl initialize dave-on -f -
        l4d2ctl start dave-on
        printf 'port: 27023\nblueprint: dave/one\n' | l4d2ctl initialize dave-off -f -
        run -7 --separate-stderr l4d2ctl validate --cvars --json dave-off
        [ "$output" = '[{"server":"dave-off","line":1,"word":"no_such","problem":"unknown","asked":"dave-on"}]' ]
        l4d2ctl stop dave-on
}

@test "wrong usage and servers that can't be asked" {
        run -2 l4d2ctl validate --cvars
        run -2 l4d2ctl validate --cvars ./file
        run -2 l4d2ctl validate --json
        run -4 l4d2ctl validate --cvars nothing
        l4d2ctl stop 1
        run -3 l4d2ctl validate --cvars 2
}
