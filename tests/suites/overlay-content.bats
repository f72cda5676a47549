#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# l4d2ctl about content: the maps and add-ons of an overlay or a server, mistakes in it, and the layer that
# each file comes from.

load common

game_files=$BATS_TEST_DIRNAME/game-files

# make_campaign NAME OUT [OPTION…]: a VPK with a campaign of two maps.
make_campaign() {
        local name=$1 out=$2 tree
        shift 2
        tree=$(mktemp -d)
        mkdir -p "$tree/missions" "$tree/maps" "$tree/materials"
        cat >"$tree/missions/$name.txt" <<-EOF
		"mission"
		{
		        "Name" "$name" // its own
		        DisplayTitle "The $name"
		        "modes"
		        {
		                "coop" { "1" { "Map" "${name}_1" "DisplayName" "Start" } "2" { Map ${name}_2 } }
		                versus { 1 { Map ${name}_1 } }
		        }
		}
	EOF
        printf 'AddonInfo { addontitle "Add-on %s" addonversion 1.2 addonauthor "\033[31mme" }\n' "$name" >"$tree/addoninfo.txt"
        echo "VBSP of $name" | tee "$tree/maps/${name}_1.bsp" >"$tree/maps/${name}_2.bsp"
        echo same >"$tree/materials/shared.vmt"
        "$game_files" vpk "$out" "$tree" "$@"
        rm -r "$tree"
}

setup_file() {
        install_game
        l4d2ctl overlay create maps
        l4d2ctl overlay create rules
        new=$(mktemp -d)
        mkdir -p "$new/addons" "$new/cfg"
        make_campaign alpha "$new/addons/alpha.vpk"
        make_campaign beta "$new/addons/beta.vpk" --version=2 --preload=30
        l4d2ctl overlay put maps left4dead2 "$new"
        rm -r "$new"
        new=$(mktemp -d)
        mkdir -p "$new/cfg"
        echo 'sv_alltalk 1' >"$new/cfg/server.cfg"
        echo 'sv_gravity 1' >"$new/cfg/rules.cfg"
        l4d2ctl overlay put rules left4dead2 "$new"
        rm -r "$new"
        make_instance 1 27015 'overlays: [rules, maps]'
}

# json FILTER: what python's json makes of the output of the last run.
json() {
        python3 -c "import json, sys; v = json.loads(sys.argv[1]); print(($1))" "$output"
}

# findings: the kinds and paths of the last run.
findings() { json '[(f["kind"], f["path"]) for f in v["findings"]]'; }

# put PATH FILE-OR-DIRECTORY: into the overlay "bad", which each test finds empty.
put() { l4d2ctl overlay put bad "$@"; }

# Its overlay unit stops after the server's.
has_no_tree() { [[ ! -e /run/left4me/trees/$1.layers ]]; }

setup() { l4d2ctl overlay create bad; }
teardown() { l4d2ctl overlay delete bad; }

@test "overlay show names the campaigns, modes and maps of VPK files of both versions" {
        run -0 l4d2ctl overlay show maps --json
        [ "$(json '[(m["file"], m["title"], m["version"]) for m in v["maps"]]')" = "[('left4dead2/addons/alpha.vpk', 'Add-on alpha', '1.2'), ('left4dead2/addons/beta.vpk', 'Add-on beta', '1.2')]" ]
        [ "$(json 'v["maps"][1]["maps"]')" = "['beta_1', 'beta_2']" ]
        [ "$(json '[(c["title"], [m["mode"] for m in c["modes"]]) for c in v["maps"][1]["campaigns"]]')" = "[('The beta', ['coop', 'versus'])]" ]
        [ "$(json 'v["maps"][0]["campaigns"][0]["modes"][0]["chapters"]')" = "[{'map': 'alpha_1', 'title': 'Start'}, {'map': 'alpha_2', 'title': None}]" ]
        run -0 l4d2ctl overlay show maps
        [[ "$output" =~ 2\ +coop,versus\ +alpha.vpk\ +The\ alpha ]]
        [[ "$output" == *"Files: l4d2ctl overlay tree maps --recursive"* ]]
}

@test "hostile texts of an add-on reach nobody's terminal" {
        run -0 l4d2ctl overlay show maps --json
        [ "$(json 'v["maps"][0]["author"]')" = '\x1b[31mme' ]
        [[ "$output" != *$'\e'* ]]
}

@test "two VPK files with the same file are named, with the number and the file" {
        run -0 l4d2ctl overlay show maps --json
        [ "$(findings)" = "[('vpk-overlap', 'left4dead2/addons/alpha.vpk')]" ]
        [ "$(json 'v["findings"][0]["other"], v["findings"][0]["n"]')" = "('left4dead2/addons/beta.vpk', 1)" ]
        run -0 l4d2ctl overlay show maps
        [[ "$output" == *"left4dead2/addons/alpha.vpk: left4dead2/addons/beta.vpk has 1 of the same files"*"materials/shared.vmt"* ]]
}

@test "an overlay without mistakes has no findings" {
        run -0 l4d2ctl overlay show rules --json
        [ "$(findings)" = "[]" ]
        run -0 l4d2ctl overlay show rules
        [[ "$output" != *Findings* ]]
}

@test "names that differ from the game's in capital letters are found" {
        echo x >"$BATS_TEST_TMPDIR/file"
        put left4dead2/CFG/x.cfg "$BATS_TEST_TMPDIR/file"
        put left4dead2/cfg/y.cfg "$BATS_TEST_TMPDIR/file"
        put left4dead2/cfg/Y.cfg "$BATS_TEST_TMPDIR/file"
        put left4dead2/GameInfo.txt "$BATS_TEST_TMPDIR/file"
        run -0 l4d2ctl overlay show bad --json
        [ "$(json 'sorted((f["path"], f["other"], f["other_layer"]) for f in v["findings"])')" = "[('left4dead2/CFG', 'left4dead2/cfg', 'bad'), ('left4dead2/GameInfo.txt', 'left4dead2/gameinfo.txt', 'game'), ('left4dead2/cfg/Y.cfg', 'left4dead2/cfg/y.cfg', 'bad')]" ]
}

@test "files that the game ignores in addons/ and damaged VPK files are found" {
        echo x >"$BATS_TEST_TMPDIR/file"
        for name in map.zip metamod.vdf l4dtoolz.vdf 123.jpg sourcemod/gamedata.txt sourcemod/plugin.smx; do
                put "left4dead2/addons/$name" "$BATS_TEST_TMPDIR/file"
        done
        make_campaign cut "$BATS_TEST_TMPDIR/cut.vpk" --cut=20
        put left4dead2/addons/cut.vpk "$BATS_TEST_TMPDIR/cut.vpk"
        put left4dead2/addons/text.vpk "$BATS_TEST_TMPDIR/file"
        # 51 bytes that say that they have 4 GiB.
        printf '\x34\x12\xaa\x55\x01\0\0\0\xff\xff\xff\xff%039d' 0 >"$BATS_TEST_TMPDIR/huge"
        put left4dead2/addons/huge.vpk "$BATS_TEST_TMPDIR/huge"
        run -0 l4d2ctl overlay show bad --json
        [ "$(findings)" = "[('vpk-damaged', 'left4dead2/addons/cut.vpk'), ('vpk-damaged', 'left4dead2/addons/huge.vpk'), ('not-an-addon', 'left4dead2/addons/map.zip'), ('vpk-damaged', 'left4dead2/addons/text.vpk')]" ]
}

@test "libraries that can't be loaded are found, and why" {
        machine=$([[ $standin_abi == x86-64 ]] && echo x86-64 || true)
        other=$([[ $standin_abi == x86-64 ]] || echo x86-64)
        # shellcheck disable=SC2086  # an empty word must vanish
        {
                "$game_files" elf "$BATS_TEST_TMPDIR/good" $machine needs:libc.so.6 wants:libc.so.6:GLIBC_2.2.5
                "$game_files" elf "$BATS_TEST_TMPDIR/newer" $machine needs:libc.so.6 wants:libc.so.6:GLIBC_9.1
                "$game_files" elf "$BATS_TEST_TMPDIR/lonely" $machine needs:libnothing.so.7
                "$game_files" elf "$BATS_TEST_TMPDIR/foreign" $other
        }
        [[ $machine ]] || "$game_files" elf "$BATS_TEST_TMPDIR/good" needs:libc.so.6 wants:libc.so.6:GLIBC_2.0
        for name in good newer lonely foreign; do
                put "left4dead2/addons/$name.so" "$BATS_TEST_TMPDIR/$name"
        done
        # MetaMod and SourceMod have these for other games.
        put left4dead2/addons/metamod/bin/linux64/x.so "$BATS_TEST_TMPDIR/foreign"
        run -0 l4d2ctl overlay show bad
        [[ "$output" == *"addons/newer.so: it asks for version GLIBC_9.1 of libc.so.6, which has GLIBC_2."*" at most"* ]]
        [[ "$output" == *"addons/lonely.so: it asks for the library libnothing.so.7, which neither the game nor the host has for $standin_abi"* ]]
        [[ "$output" == *"addons/foreign.so: it is made for "* ]]
        [[ "$output" != *good* && "$output" != *linux64* ]]
}

@test "links that leave the tree and closed directories are found in an overlay made by hand" {
        dir=$(make_overlay byhand)/left4dead2
        mkdir -p "$dir/cfg" "$dir/closed"
        ln -s ../gameinfo.txt "$dir/cfg/good"
        ln -s /etc/passwd "$dir/cfg/outside"
        ln -s nothing "$dir/cfg/gone"
        chmod 700 "$dir/closed"
        run -0 l4d2ctl overlay show byhand --json
        [ "$(findings)" = "[('unreadable', 'left4dead2/closed'), ('broken-link', 'left4dead2/cfg/gone'), ('broken-link', 'left4dead2/cfg/outside')]" ]
        rm -r "$state/overlays/byhand"
}

@test "tree shows the layer of each file of a server, and what it hides" {
        run -0 l4d2ctl tree 1 left4dead2/cfg --json
        [ "$(json '{e["name"]: (e["layer_name"], e["hides"]) for e in v["entries"]}')" = "{'rules.cfg': ('rules', False), 'server.cfg': ('rules', True)}" ]
        [ "$(json 'v["is_mounted"], [l["kind"] for l in v["layers"]]')" = "(False, ['overlay', 'overlay', 'game'])" ]
        run -0 l4d2ctl tree 1 left4dead2/cfg
        [[ "$output" =~ file\ +[0-9.]+B?\ +rules\ +game\ +server.cfg ]]
        run -0 l4d2ctl tree 1 ./left4dead2/addons/
        [[ "$output" == *"maps"*"alpha.vpk"* ]]
        run -4 l4d2ctl tree 1 left4dead2/nothing
        run -1 l4d2ctl tree 1 ../instances
        run -4 l4d2ctl tree nothing
        run -2 l4d2ctl tree ../1
}

@test "tree --recursive shows the same for all that is below a directory" {
        run -0 l4d2ctl tree 1 left4dead2 --recursive --json
        [ "$(json '{e["name"]: (e["layer_name"], e["hides"]) for e in v["entries"] if e["name"].startswith("cfg/")}["cfg/server.cfg"]')" = "('rules', True)" ]
        [ "$(json '[e["layer_name"] for e in v["entries"] if e["name"] == "addons/alpha.vpk"]')" = "['maps']" ]
        # A directory is followed by what it has.
        [ "$(json '[e["name"] for e in v["entries"]].index("cfg") + 1 == min(i for i, e in enumerate(v["entries"]) if e["name"].startswith("cfg/"))')" = True ]
        run -0 l4d2ctl tree 1 -R
        [[ "$output" =~ file\ +[0-9.]+B?\ +rules\ +game\ +left4dead2/cfg/server.cfg ]]
}

@test "a running server's tree is the one that it mounted, with what it wrote" {
        l4d2ctl start 1
        echo 'sv_gravity 2' >"$BATS_TEST_TMPDIR/file"
        l4d2ctl overlay put rules left4dead2/cfg/later.cfg "$BATS_TEST_TMPDIR/file"
        mkdir -p "$state/runtime/1/upper/left4dead2/logs"
        touch "$state/runtime/1/upper/left4dead2/logs/own.log"
        run -0 l4d2ctl tree 1 left4dead2/cfg --json
        [ "$(json 'v["is_mounted"], "later.cfg" in [e["name"] for e in v["entries"]]')" = "(True, False)" ]
        [ "$(json '[e["layer_name"] for e in v["entries"] if e["name"] == "server.cfg"]')" = "['instance']" ]
        run -0 l4d2ctl tree 1 left4dead2/logs
        [[ "$output" == *"server"*"own.log"* ]]

        # The same names as the mount that the kernel made.
        run -0 l4d2ctl tree 1 left4dead2/cfg --json
        [ "$(json '" ".join(sorted(e["name"] for e in v["entries"]))')" = "$(cd "$state/runtime/1/merged/left4dead2/cfg" && printf '%s\n' * | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')" ]
        l4d2ctl stop 1
        wait_until has_no_tree 1
        run -0 l4d2ctl tree 1 left4dead2/cfg --json
        [ "$(json '"later.cfg" in [e["name"] for e in v["entries"]]')" = True ]
}

@test "status names the layers that have another version than the server, also an older one" {
        status() { run l4d2ctl status 1 --json; }
        outdated() { status && json '[(o["kind"], o["name"], o["mounted"], o["current"]) for o in v["outdated"]]'; }
        l4d2ctl start 1
        [ "$(outdated)" = "[]" ]
        before=$(basename "$(readlink "$state/overlays/maps/current")")
        echo x >"$BATS_TEST_TMPDIR/file"
        l4d2ctl overlay put maps left4dead2/cfg/new.cfg "$BATS_TEST_TMPDIR/file"
        after=$(basename "$(readlink "$state/overlays/maps/current")")
        [ "$(outdated)" = "[('overlay', 'maps', 'versions/$before', 'versions/$after')]" ]
        run -0 l4d2ctl status 1
        [[ "$output" == *"Outdated: maps: versions/$before is mounted, a restart gives it versions/$after"* ]]

        l4d2ctl restart 1
        l4d2ctl overlay rollback maps "$before"
        run -0 l4d2ctl status 1
        [[ "$output" == *"Outdated: maps: versions/$after is mounted, a restart gives it versions/$before"* ]]
        l4d2ctl restart 1
        l4d2ctl overlay rollback maps "$after"

        cp -a "$state/installation/versions/1" "$state/installation/versions/2"
        ln -sfn versions/2 "$state/installation/current"
        [ "$(outdated)" = "[('overlay', 'maps', 'versions/$before', 'versions/$after'), ('game', None, 'versions/1', 'versions/2')]" ]
        l4d2ctl restart 1
        [ "$(outdated)" = "[]" ]
        run -0 l4d2ctl status 1
        [[ "$output" != *Outdated* ]]
        l4d2ctl stop 1
}

@test "an overlay's tree shows which files hide the game's" {
        run -0 l4d2ctl overlay tree rules left4dead2/cfg --json
        [ "$(json '{e["name"]: e["hides_game"] for e in v["entries"] if e["name"] != "later.cfg"}')" = "{'rules.cfg': False, 'server.cfg': True}" ]
        run -0 l4d2ctl overlay tree rules --json
        [ "$(json '[e["hides_game"] for e in v["entries"]]')" = "[False]" ]
}

@test "content shows maps and findings across the layers of a server" {
        echo x >"$BATS_TEST_TMPDIR/file"
        put left4dead2/addons/ALPHA.vpk "$BATS_TEST_TMPDIR/file"
        make_instance 2 27025 'overlays: [bad, maps]'
        run -0 l4d2ctl content 2 --json
        [ "$(json '[(f["kind"], f["layer"], f["other_layer"]) for f in v["findings"]]')" = "[('case-clash', 'bad', 'maps'), ('vpk-damaged', 'bad', None), ('vpk-overlap', 'maps', 'maps')]" ]
        [ "$(json '[m["layer"] for m in v["maps"]]')" = "['maps', 'maps']" ]
        run -0 l4d2ctl content 2
        [[ "$output" == *"  bad: left4dead2/addons/ALPHA.vpk: it differs from left4dead2/addons/alpha.vpk only in capital letters"* ]]
        l4d2ctl delete 2
}

@test "only the owner of a server sees its tree and content" {
        l4d2ctl user add carol --role user --generate >/dev/null
        l4d2ctl user add dave --role user --generate >/dev/null
        printf 'overlays: [maps]\n' >"$BATS_TEST_TMPDIR/blueprint"
        l4d2ctl blueprint create carol/one --file="$BATS_TEST_TMPDIR/blueprint"
        make_instance own 27035 'blueprint: carol/one'
        run -0 l4d2ctl --as-user=carol tree own left4dead2
        run -0 l4d2ctl --as-user=carol content own
        for verb in tree content; do
                run -8 l4d2ctl --as-user=dave "$verb" own
                run -8 l4d2ctl --as-user=carol "$verb" 1
                [[ "$output" != *alpha* ]]
        done
        run -0 l4d2ctl --as-user=dave overlay show maps
        l4d2ctl delete own
        l4d2ctl blueprint delete carol/one
}

@test "the web app's user reads what it may, and is told of the rest" {
        l4d2ctl start 1
        run -0 setpriv --reuid=left4me --regid=left4me --groups left4me-operators l4d2ctl tree 1 left4dead2/cfg --recursive
        [[ "$output" == *"The layer 'server' is left out: you have no right to read it"* ]]
        run -0 setpriv --reuid=left4me --regid=left4me --groups left4me-operators l4d2ctl tree 1 left4dead2/cfg
        [[ "$output" != *"is left out"* ]]
        [[ "$output" == *"rules.cfg"* ]]
        # It sees that there is a file, and reads nothing of it.
        grep -qE '^file .* instance +[^ ]+ +server.cfg$' <<<"$output"
        run -1 setpriv --reuid=left4me --regid=left4me --groups left4me-operators cat /run/left4me/layers/1/left4dead2/cfg/server.cfg
        run -1 setpriv --reuid=left4me --regid=left4me --groups left4me-operators cat /run/left4me/layers/1/.left4me/argv
        run -66 setpriv --reuid=left4me --regid=left4me --groups left4me-operators flock -n /run/left4me/layers/1.lock true
        run -0 --separate-stderr setpriv --reuid=left4me --regid=left4me --groups left4me-operators l4d2ctl tree 1 --json
        [ "$(json '[l["kind"] for l in v["layers"] if not l["is_readable"]]')" = '[]' ]
        l4d2ctl stop 1
}
