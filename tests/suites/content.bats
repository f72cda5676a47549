#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The reports of l4d2ctl about content: overlays, their files, their users, and the room that layers take.

load common

setup_file() {
        install_game
        mkdir -p "$(make_overlay standard)/left4dead2/cfg"
        echo 'sv_alltalk 0' >"$state/overlays/standard/left4dead2/cfg/rates.cfg"
        make_overlay maps/big
        mkdir -p "$state/overlays/maps/big/versions/3"
        head -c 3000000 /dev/urandom >"$state/overlays/maps/big/versions/3/map.vpk"
        ln -s versions/3 "$state/overlays/maps/big/current"
        make_instance 1 27015 'overlays: [standard, not/there]'
}

# json FILTER: what python's json makes of the output of the last run.
json() {
        python3 -c "import json, sys; v = json.loads(sys.argv[1]); print(($1))" "$output"
}

@test "overlay list shows all, with size, version and users" {
        run -0 l4d2ctl overlay list --json
        [ "$(json '[o["ref"] for o in v]')" = "['maps/big', 'not/there', 'standard']" ]
        [ "$(json 'v[0]["version"]')" = versions/3 ]
        [ "$(json '3000000 <= v[0]["size_bytes"] < 3300000')" = True ]
        [ "$(json 'v[0]["servers"]')" = "[]" ]
        [ "$(json 'v[2]["servers"]')" = "['1']" ]
        [ "$(json 'v[2]["n_files"]')" = 1 ]
        # Not a single file of them has a second name.
        [ "$(json '[o["saved_bytes"] for o in v]')" = '[0, 0, 0]' ]
}

@test "an overlay that a server names and that does not exist is listed as missing" {
        run -0 l4d2ctl overlay list --json
        [ "$(json 'v[1]["is_missing"], v[1]["servers"], v[1]["size_bytes"]')" = "(True, ['1'], None)" ]
        run -0 l4d2ctl overlay list
        [[ "$output" == *"not/there"*"does not exist"* ]]
}

@test "overlay show: one of them, and exit status 4 for none" {
        run -0 l4d2ctl overlay show standard --json
        [ "$(json 'v["ref"], v["version"]')" = "('standard', None)" ]
        run -4 l4d2ctl overlay show nothing
        run -2 l4d2ctl overlay show ../instances
        [[ "$output" == *"Invalid overlay name"* ]]
}

@test "the description of an overlay is shown, and set when it is created or later" {
        local before
        run -0 l4d2ctl overlay create described --description='--json: <b> "for" versus # ü'
        run -0 l4d2ctl overlay show described --json
        [ "$(json 'v["kind"], v["description"]')" = "('files', '--json: <b> \"for\" versus # ü')" ]
        run -0 l4d2ctl overlay show described
        [[ "$output" == *$'Kind: files\nDescription: --json: <b> "for" versus # ü'* ]]
        run -0 l4d2ctl overlay list --json
        [ "$(json '[(o["kind"], o["description"]) for o in v if o["ref"] in ("standard", "not/there")]')" = "[(None, None), ('files', None)]" ]
        # One that is refused leaves no overlay.
        run -5 l4d2ctl overlay create refused --description=$'two\nlines'
        run -5 l4d2ctl overlay create refused --description="$(printf 'x%.0s' {1..1025})"
        [ ! -e "$state/overlays/refused" ]
        run -0 l4d2ctl overlay create refused --description=

        # Other keys and comments stay.
        printf '# ours\nkind: release # of a friend\ngithub: a/b\nkeep: [x] # these\n' | l4d2ctl overlay define described --file=-
        run -0 l4d2ctl overlay define described description='Tick rates'
        before=$(cat "$state/overlays/described/overlay.yaml")
        [[ "$before" == $'# ours\nkind: release # of a friend\n'*'keep: [x] # these'* ]]
        run -0 l4d2ctl overlay show described --json
        [ "$(json 'v["kind"], v["description"]')" = "('release', 'Tick rates')" ]
        run -0 l4d2ctl overlay define described description=
        run -0 l4d2ctl overlay show described
        [[ "$output" != *Description* ]]
        # One with errors has none, and the list goes on.
        echo 'description: [' >"$state/overlays/described/overlay.yaml"
        run -0 l4d2ctl overlay list --json
        [ "$(json '[(o["kind"], o["description"]) for o in v if o["ref"] == "described"]')" = '[(None, None)]' ]

        # A directory that was filled by hand becomes an overlay with versions: all that lies in it is content.
        mkdir -p "$state/overlays/byhand/left4dead2"
        echo x >"$state/overlays/byhand/left4dead2/a.cfg"
        run -0 l4d2ctl overlay define byhand description='Rates of ours'
        run -0 l4d2ctl overlay show byhand --json
        [ "$(json 'v["version"], v["kind"], v["description"]')" = "('versions/1', 'files', 'Rates of ours')" ]
        [ "$(ls "$state/overlays/byhand/versions/1")" = left4dead2 ]
        for ref in described byhand refused; do l4d2ctl overlay delete "$ref"; done
}

@test "overlay tree lists a directory of the current version" {
        run -0 l4d2ctl overlay tree maps/big --json
        [ "$(json '[(e["name"], e["type"], e["size_bytes"]) for e in v["entries"]]')" = "[('map.vpk', 'file', 3000000)]" ]
        run -0 l4d2ctl overlay tree standard left4dead2
        [[ "$output" == *"directory"*"cfg"* ]]
}

@test "overlay tree --recursive lists all that is below a directory, by its path" {
        mkdir -p "$state/overlays/standard/left4dead2/cfg/b/deep" "$state/overlays/standard/left4dead2/cfg.old"
        echo x >"$state/overlays/standard/left4dead2/cfg/b/deep/file"
        echo x >"$state/overlays/standard/left4dead2/gameinfo.txt"
        run -0 l4d2ctl overlay tree standard left4dead2 --recursive --json
        [ "$(json '[e["name"] for e in v["entries"]]')" = "['cfg', 'cfg/b', 'cfg/b/deep', 'cfg/b/deep/file', 'cfg/rates.cfg', 'cfg.old', 'gameinfo.txt']" ]
        [ "$(json '[e["name"] for e in v["entries"] if e["hides_game"]], v["n_hidden"], v["n_unlisted"]')" = "(['gameinfo.txt'], 0, 0)" ]
        run -0 l4d2ctl overlay tree standard -R
        [[ "$output" == *'left4dead2/cfg/b/deep/file'* ]]
        # A directory that the caller may not read is in the list, and what it has is not.
        chmod 0 "$state/overlays/standard/left4dead2/cfg/b"
        run -0 setpriv --reuid=left4me --regid=left4me --init-groups l4d2ctl overlay tree standard -R
        [[ "$output" == *'left4dead2/cfg/b'* && "$output" != *deep* && "$output" == *'1 of these directories could not be listed'* ]]
        rm -r "$state"/overlays/standard/left4dead2/{cfg/b,cfg.old,gameinfo.txt}
        # All of a long one.
        mkdir "$state/overlays/standard/many"
        (cd "$state/overlays/standard/many" && seq 1 1010 | xargs touch)
        run -0 l4d2ctl overlay tree standard many --recursive --json
        [ "$(json 'len(v["entries"]), v["n_hidden"], v["is_cut"]')" = "(1010, 0, False)" ]
        # The list says so when it is longer than it may be.
        (cd "$state/overlays/standard/many" && seq 1 200001 | xargs touch)
        run -0 l4d2ctl overlay tree standard many
        [[ "$output" == *'A directory has more than 200000 entries'* ]]
        run -0 l4d2ctl overlay tree standard many --json
        [ "$(json 'v["is_cut"]')" = True ]
        rm -r "$state/overlays/standard/many"
}

@test "overlay tree says that an overlay has no version yet" {
        l4d2ctl overlay create fresh
        run -0 l4d2ctl overlay tree fresh
        [[ "$output" == *"The overlay 'fresh' has no version yet, and so no files"* ]]
        run -0 l4d2ctl overlay tree fresh --json
        [ "$(json 'v["overlay"]["is_new"], v["entries"]')" = "(True, [])" ]
        run ! l4d2ctl overlay tree fresh left4dead2
        l4d2ctl overlay delete fresh
}

@test "overlay tree leaves no overlay, by whatever path or link" {
        ln -s /etc "$state/overlays/standard/etc"
        for path in etc ../maps /etc left4dead2/../../maps; do
                run -1 l4d2ctl overlay tree standard "$path"
                [[ "$output" != *passwd* && "$output" != *big* ]]
        done
        run -4 l4d2ctl overlay tree standard nothing
        rm "$state/overlays/standard/etc"
}

@test "overlay tree shows any name without obeying it" {
        touch "$state/overlays/standard/left4dead2/$(printf 'a\e[31m\xff')"
        run -0 l4d2ctl overlay tree standard left4dead2
        [[ "$output" == *'a\x1b[31m\xff'* ]]
        run -0 l4d2ctl overlay tree standard left4dead2 --json
        [ "$(json '[e["is_plain"] for e in v["entries"] if e["type"] == "file"]')" = "[False]" ]
        rm "$state"/overlays/standard/left4dead2/a*
}

@test "overlay tree cuts a long directory off and says so" {
        mkdir "$state/overlays/standard/many"
        (cd "$state/overlays/standard/many" && seq 1 1010 | xargs touch)
        run -0 l4d2ctl overlay tree standard many --json
        [ "$(json 'len(v["entries"]), v["n_hidden"]')" = "(1000, 10)" ]
        rm -r "$state/overlays/standard/many"
}

@test "disk shows what each layer takes, also what a server wrote" {
        l4d2ctl set 1 overlays standard
        l4d2ctl start 1
        run -0 rcon 1 standin_write left4dead2/cfg/mine.cfg x
        l4d2ctl stop 1
        run -0 l4d2ctl disk --json
        [ "$(json '[(l["kind"], l["name"]) for l in v["layers"]]')" = \
                "[('game', '1'), ('overlay', 'maps/big'), ('overlay', 'standard'), ('server', '1')]" ]
        [ "$(json 'v["layers"][3]["n_files"] > 0, v["layers"][0]["bytes"] > 100000, v["is_complete"]')" = "(True, True, True)" ]
}

@test "disk says what it could not look at" {
        chmod 700 "$state/overlays/standard"
        run -1 setpriv --reuid nobody --regid nogroup --clear-groups l4d2ctl disk --json
        [[ "$output" == *"Failed to examine $state/overlays/standard: Permission denied"* ]]
        chmod 755 "$state/overlays/standard"
}
