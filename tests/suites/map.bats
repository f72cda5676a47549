#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# l4d2ctl map: the maps of a server's layers, and changing the map of a running server by RCON.

load common

game_files=$BATS_TEST_DIRNAME/game-files

# make_campaign NAME OUT MODE…: a VPK with a campaign of two maps in each mode.
make_campaign() {
        local name=$1 out=$2 tree mode
        shift 2
        tree=$(mktemp -d)
        mkdir -p "$tree/missions" "$tree/maps"
        {
                printf '"mission" { "Name" "%s" DisplayTitle "The %s" modes {' "$name" "$name"
                for mode; do printf ' %s { 1 { Map %s_1 DisplayName "Start" } 2 { Map %s_2 } }' "$mode" "$name" "$name"; done
                printf ' } }\n'
        } >"$tree/missions/$name.txt"
        touch "$tree/maps/${name}_1.bsp" "$tree/maps/${name}_2.bsp" "$tree/maps/${name}_secret.bsp"
        "$game_files" vpk "$out" "$tree"
        rm -r "$tree"
}

setup_file() {
        local game=$state/overlays/maps/left4dead2
        install_game
        mkdir -p "$(make_overlay maps)/left4dead2/"{maps,missions,addons}
        touch "$game/maps/"{loose,zed_1}.bsp
        rm -f "$state/installation/current/left4dead2/maps/"c{5,8}*.bsp
        make_campaign alpha "$game/addons/alpha.vpk" coop versus
        printf 'mission { Name zed DisplayTitle "\033[31mZed" modes { survival { 1 { Map zed_1 } } } }\n' >"$game/missions/zed.txt"
        head -c 5000 /dev/urandom >"$game/addons/broken.vpk"
        make_instance 1 27015 'overlays: [maps]' 'rcon_password: correct-horse-1' 'config: [log on]'
        make_instance 2 27017 'overlays: [maps]'
        l4d2ctl start 1
}

setup() {
        mark_log
        # So that the log has each command.
        rcon 1 'log on; sv_rcon_log 1; standin_changelevel_time 0' >/dev/null
}

teardown_file() {
        systemctl stop 'left4me-server@*.service' || true
}

# json FILTER: what python's json makes of the output of the last run.
json() { python3 -c "import json, sys; v = json.loads(sys.argv[1]); print(($1))" "$output"; }

# plays NAME MAP: whether the server says so by A2S, which l4d2ctl does not use here.
plays() { "$query" info 127.0.0.1 "$(l4d2ctl get "$1" port)" | grep -qF "\"map\": \"$2\""; }

@test "the list has the game's maps that are there, missions, add-ons and other maps" {
        run -0 l4d2ctl map 1 --list --json
        [ "$(json '[(c["title"], c["source"], c["file"], [m["name"] for m in c["maps"]]) for c in v]')" = \
                "[('Dead Center', 'game', None, ['c1m1_hotel', 'c1m2_streets', 'c1m3_mall', 'c1m4_atrium']), ('Dark Carnival', 'game', None, ['c2m1_highway']), ('The Last Stand', 'game', None, ['c14m1_junkyard']), ('\\\\x1b[31mZed', 'files', None, ['zed_1']), ('The alpha', 'addon', 'alpha.vpk', ['alpha_1', 'alpha_2']), (None, 'addon', 'alpha.vpk', ['alpha_secret']), (None, 'files', None, ['loose'])]" ]
        [ "$(json '[(m["title"], m["modes"]) for m in v[4]["maps"]]')" = "[('Start', ['coop', 'versus']), (None, ['coop', 'versus'])]" ]
        [ "$(json 'v[0]["layer"], v[4]["layer"]')" = "('game', 'maps')" ]
        # Without a map it is the same, and the server need not run.
        run -0 l4d2ctl map 2
        [[ "${lines[0]}" =~ ^MAP\ +MODES\ +CAMPAIGN$ ]]
        [[ "$output" =~ alpha_1\ +coop,versus\ +The\ alpha:\ Start ]]
        [[ "$output" =~ loose\ +-\ +- ]]
}

@test "the game's archive tells the modes of its maps" {
        local game=$state/installation/current/left4dead2 tree=$BATS_TEST_TMPDIR/game
        mkdir -p "$tree/missions"
        cat >"$tree/missions/campaign1.txt" <<'END'
// As those of the game: titles in its language files, and conditions.
"mission"
{
        "Name" "L4D2C1"
        "BuiltIn" "1"
        "DisplayTitle" "#L4D360UI_CampaignTitle_C1"
        "poster" { "posterTitle" "#L4D360UI_CampaignTitle_C1" [$!ENGLISH] "posterTitle_y" "395" }
        "modes"
        {
                "coop" { "1" { "Map" "c1m1_hotel" "DisplayName" "#L4D360UI_LevelName_COOP_C1M1" } "2" { "Map" "c1m2_streets" } "3" { "Map" "c1m3_mall" } "4" { "Map" "c1m4_atrium" } }
                "versus" { "1" { "Map" "c1m1_hotel" "VersusCompletionScore" "400" } "2" { "Map" "c1m2_streets" } "3" { "Map" "c1m3_mall" } "4" { "Map" "c1m4_atrium" } }
                "survival" { "1" { "Map" "c1m4_atrium" } "2" { "Map" "c1m2_streets" } }
                "scavenge" { "1" { "Map" "c1m4_atrium" } }
        }
}
END
        "$game_files" vpk "$game/pak01_dir.vpk" "$tree" --part=3 --preload=5
        [ -s "$game/pak01_003.vpk" ]
        run -0 l4d2ctl map 1 --list
        [[ "${lines[1]}" =~ ^c1m1_hotel\ +coop,versus,realism\ +Dead\ Center$ ]]
        [[ "${lines[2]}" =~ ^c1m2_streets\ +coop,versus,survival,realism\  ]]
        [[ "${lines[4]}" =~ ^c1m4_atrium\ +coop,versus,survival,scavenge,realism\  ]]
        # Not in the archive.
        [[ "${lines[5]}" =~ ^c2m1_highway\ +coop,realism,versus\ +Dark\ Carnival$ ]]
        run -1 l4d2ctl map 1 c1m1_hotel scavenge
        [[ "$output" == *"has it not for the mode 'scavenge'"* ]]
        run -0 l4d2ctl map 1 c1m4_atrium scavenge
        # A part that is missing, cut off or a link hides the missions, and nothing else.
        truncate -s 100 "$game/pak01_003.vpk"
        run -0 l4d2ctl map 1 --list
        [[ "${lines[1]}" =~ ^c1m1_hotel\ +coop,realism,versus\ +Dead\ Center$ ]]
        ln -sf /etc/passwd "$game/pak01_003.vpk"
        run -0 l4d2ctl map 1 --list
        [[ "${lines[1]}" =~ ^c1m1_hotel\ +coop,realism,versus\ +Dead\ Center$ ]]
        rm "$game/pak01_"*
}

@test "a map is changed, and its mode" {
        run -0 l4d2ctl map 1 c2m1_highway
        [ "$output" = '1 plays c2m1_highway.' ]
        plays 1 c2m1_highway
        # server.cfg, which each map executes, switched it off.
        rcon 1 'sv_rcon_log 1'
        run -0 l4d2ctl map 1 C1M2_STREETS VERSUS
        in_log 1 'command "mp_gamemode versus'
        run -0 l4d2ctl map 1 c1m2_streets versus
        [ "$output" = '1 plays c1m2_streets in the mode versus.' ]
        plays 1 c1m2_streets
        [[ $(rcon 1 mp_gamemode) == *'"versus"'* ]]
        # The map that it has already.
        run -0 l4d2ctl map 1 c1m2_streets
        journalctl --sync
        run -0 journalctl -b -o cat --since "$log_mark" L4D2_INSTANCE=1 L4D2_ACTION=map --output-fields=L4D2_COMMAND
        [ "$output" = "changelevel c2m1_highway
mp_gamemode versus; changelevel c1m2_streets
mp_gamemode versus; changelevel c1m2_streets
changelevel c1m2_streets" ]
}

@test "l4d2ctl waits until the map is there" {
        rcon 1 standin_changelevel_time 3
        run -0 l4d2ctl map 1 loose
        rcon 1 standin_changelevel_time 0
        run -0 l4d2ctl map 1 c1m1_hotel --no-wait
        [ "$output" = '' ]
        wait_until plays 1 c1m1_hotel
}

@test "an unknown map or mode is refused with similar names, and nothing is sent" {
        run -1 l4d2ctl map 1 c2m1_higway
        [[ "$output" == *"Unknown map 'c2m1_higway': '1' has c2m1_highway;"* ]]
        run -1 l4d2ctl map 1 alpha
        [[ "$output" == *"'1' has alpha_1, alpha_2, alpha_secret;"* ]]
        run -1 l4d2ctl map 1 nonsense
        [[ "$output" == *"Unknown map 'nonsense': 'l4d2ctl map 1 --list' shows those of '1'"* ]]
        run -1 l4d2ctl map 1 alpha_1 verus
        [[ "$output" == *"Unknown mode 'verus'"* ]]
        run -1 l4d2ctl map 1 alpha_1 survival
        [[ "$output" == *"The campaign of 'alpha_1' has it not for the mode 'survival'"* ]]
        rcon 1 echo ready
        in_log 1 'command "echo ready'
        run ! in_log 1 'command "changelevel '
        run ! in_log 1 mp_gamemode
}

@test "no word of the command line becomes another command" {
        local word
        for word in 'a;quit' 'a quit' '"a"' $'a\nquit' '' ../../x '+quit' "$(printf 'x%.0s' {1..70})"; do
                run -2 l4d2ctl map 1 "$word" --force
                run -2 l4d2ctl map 1 loose "$word" --force
        done
        run -2 l4d2ctl map 1 -x
        run ! in_log 1 quit
        is_active 1
}

@test "a server that ends its sessions at a map change, and hangs meanwhile, is waited for" {
        rcon 1 'standin_exec_drops 1; standin_changelevel_hang 2'
        run -0 l4d2ctl map 1 c1m3_mall
        [ "$output" = '1 plays c1m3_mall.' ]
        plays 1 c1m3_mall
        run -0 l4d2ctl map 1 c1m2_streets versus
        [ "$output" = '1 plays c1m2_streets in the mode versus.' ]
        rcon 1 'standin_exec_drops 0; standin_changelevel_hang 0'
}

@test "the server's refusal is said, and the mode is as before" {
        rcon 1 mp_gamemode coop
        # The stand-in reads no archives.
        run -1 l4d2ctl map 1 alpha_1 versus
        [[ "$output" == *"Failed to change the map of '1': it says 'changelevel failed: alpha_1 not found'"* ]]
        [[ $(rcon 1 mp_gamemode) == *'"coop"'* ]]
        # The log comes with the answer, and repeats the command.
        touch "$state/overlays/maps/left4dead2/maps/plan_failed.bsp"
        run -0 l4d2ctl map 1 plan_failed
        run -1 l4d2ctl map 1 missing --force
        [[ "$output" == *"it says 'changelevel failed: missing not found"* ]]
}

@test "wrong usage and servers that can't be asked" {
        run -2 l4d2ctl map 1 loose --list
        [[ "$output" == *"--list, --json, --grep, --mode and --limit show maps and change none"* ]]
        run -2 l4d2ctl map 1 --force
        [[ "$output" == *"Missing map"* ]]
        run -3 l4d2ctl map 2 loose
        [[ "$output" == *'it does not run'* ]]
        run -4 l4d2ctl map nothing
        run -4 l4d2ctl map nothing loose --force
        run -2 l4d2ctl map ../x
        l4d2ctl start 2
        run -0 l4d2ctl unset 2 rcon_password
        run -1 l4d2ctl map 2 loose
        [[ "$output" == *'its spec has no rcon_password'* ]]
        l4d2ctl stop 2
}

@test "the owner may list and change the map, another user may not" {
        l4d2ctl user add carol --role user --generate >/dev/null
        l4d2ctl user add dave --role user --generate >/dev/null
        printf 'overlays: [maps]\n' >"$BATS_TEST_TMPDIR/blueprint"
        l4d2ctl blueprint create carol/one --file="$BATS_TEST_TMPDIR/blueprint"
        make_instance own 27035 'blueprint: carol/one' 'rcon_password: correct-horse-3'
        l4d2ctl start own
        run -0 l4d2ctl map own --list --json --errors=json --as-user=carol
        [ "$(json 'v[4]["title"]')" = 'The alpha' ]
        run -0 l4d2ctl map own loose --errors=json --as-user=carol
        for options in --list loose 'loose versus --force'; do
                run -8 l4d2ctl --as-user=dave map own $options
                run -8 l4d2ctl --as-user=carol map 1 $options
                [[ "$output" != *alpha* ]]
        done
        # As the web app runs it, which can't read what the server wrote.
        run -0 --separate-stderr setpriv --reuid=left4me --regid=left4me --init-groups l4d2ctl map own --list --json
        [ "$(json 'len(v)')" = 7 ]
        [ "$stderr" = '' ]
        l4d2ctl stop own
        l4d2ctl delete own
}

@test "a layer that can't be read is said" {
        chmod 700 "$state/overlays/maps"
        run -0 --separate-stderr setpriv --reuid=left4me --regid=left4me --init-groups l4d2ctl map 2 --list --json
        [[ "$stderr" == *'The list of maps is not complete'* ]]
        chmod 755 "$state/overlays/maps"
}

@test "completion offers servers, maps and modes" {
        run -0 bash -c '. /usr/share/bash-completion/completions/l4d2ctl
                COMP_WORDS=(l4d2ctl map 1 c1m) COMP_CWORD=3; _l4d2ctl; echo "${COMPREPLY[@]}"
                COMP_WORDS=(l4d2ctl map 1 loose v) COMP_CWORD=4; _l4d2ctl; echo "${COMPREPLY[@]}"'
        [ "${lines[0]}" = 'c1m1_hotel c1m2_streets c1m3_mall c1m4_atrium' ]
        [ "${lines[1]}" = versus ]
}
