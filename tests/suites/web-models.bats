#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The models of the pages, as /api gives them, are what their samples say, against which the templates
# were checked; so no page misses what its template shows.

load common
load web/web

samples=/usr/share/doc/left4me/api

setup_file() {
        install_game
        make_instance running 27015
        make_instance stopped 27016
        make_instance refused 27017
        echo 'port: 99999' >"$state/instances/refused/spec.yaml"
        systemctl daemon-reload
        begin_web chief:admin alice:user
        l4d2ctl start running
}

# is_like PAGE WHO PATH: the model of PATH is like PAGE's samples, and the page is complete.
is_like() {
        local path=$3
        run -0 web "$2" "/api${path%/}"
        run -0 "$web_tools/like" "$samples/$1".json "$samples/$1".*.json <<<"$output"
        run -0 web "$2" "$3"
        [[ "$output" == *'</html>'* ]]
}

@test "what differs is found" {
        cat >"$BATS_TEST_TMPDIR/sample.json" <<<'{"a": 1, "list": [{"b": "x"}, {"b": null, "c": true}], "d": {}}'
        run -0 "$web_tools/like" "$BATS_TEST_TMPDIR/sample.json" <<<'{"a": 2, "list": [{"b": null}], "d": null}'
        run -1 "$web_tools/like" "$BATS_TEST_TMPDIR/sample.json" <<<'{"a": "2", "list": [{"e": 1}], "f": 1}'
        [ "$output" = ".f: no sample has it
.d: all samples have it
.a: text, not number
.list[0].e: no sample has it
.list[0].b: all samples have it" ]
}

@test "servers" {
        is_like overview chief /
        is_like overview alice /
}

@test "a server's files, and the content of overlays" {
        tree=$(mktemp -d)
        mkdir -p "$tree/vpk/missions" "$tree/addons"
        echo 'mission { Name x modes { coop { 1 { Map x_1 } } } }' >"$tree/vpk/missions/x.txt"
        "$BATS_TEST_DIRNAME/game-files" vpk "$tree/addons/x.vpk" "$tree/vpk"
        rm -r "$tree/vpk"
        echo x >"$tree/addons/x.zip"
        l4d2ctl overlay create with-content
        is_like overlay-content chief /overlays/with-content/-/content
        l4d2ctl overlay put with-content left4dead2 "$tree"
        is_like overlay-content chief /overlays/with-content/-/content
        l4d2ctl overlay delete with-content
        is_like server-tree chief /servers/running/files
        is_like server-written chief /servers/running/written
        run -0 web chief '/api/servers/running/files?path=left4dead2/cfg'
        "$web_tools/like" "$samples/server-tree.json" "$samples"/server-tree.*.json <<<"$output"
}

@test "a server, in each state" {
        is_like server chief /servers/running
        is_like server chief /servers/stopped
        is_like server chief /servers/refused
}

@test "players, console and timeline of a server" {
        "$web_tools/live-state" running bots=1
        is_live() { web chief /api/servers/running | grep -q '"health":"ok"'; }
        wait_until is_live
        is_like server chief /servers/running
        is_like overview chief /
        l4d2ctl console running echo x
        printf '%s\n' '{"instance": "running", "kind": "join", "player": "p", "steam_id64": "76561197960267729"}' \
                '{"instance": "running", "kind": "chat", "player": "p", "text": "x"}' | "$web_tools/live-events"
        journalctl --sync
        for page in players bans console timeline maps; do
                is_like "$page" chief "/servers/running/$page"
                is_like "$page" chief "/servers/stopped/$page"
        done
        run -0 post chief --data-urlencode 'command=status' /api/servers/running/console
        run -0 "$web_tools/like" "$samples/console.json" "$samples"/console.*.json <<<"$output"
}

@test "the pages of a server have tabs, and the one that is shown is marked" {
        tabs() { web chief "/api$1" | python3 -c '
import json, sys
for tab in json.load(sys.stdin)["page"]["tabs"]: print(tab["href"], "*" if tab["is_current"] else "")'; }
        run -0 tabs /servers/running
        [ "${lines[0]}" = '/servers/running *' ]
        [ "$(grep -c '\*$' <<<"$output")" = 1 ]
        run -0 tabs /servers/running/log
        [ "$(grep '\*$' <<<"$output")" = '/servers/running/log *' ]
        # Pages of other things have none, and no error shows any.
        [ -z "$(tabs /users)" ]
        run -0 web chief /servers/nothing/log
        [[ "$output" != *'class="tabs"'* ]]
}

@test "a spec" {
        is_like spec chief /servers/running/spec
        is_like spec chief /servers/refused/spec
}

@test "a log" {
        is_like log chief /servers/running/log
        is_like log chief '/servers/running/log?q=nothing+like+this'
}

@test "charts" {
        is_like charts chief /servers/stopped/charts
        is_like charts alice /charts
        fill_samples 1 1 running-
        make_instance running-1 27019
        is_like charts chief /servers/running-1/charts
        is_like charts chief '/charts?range=24h'
        l4d2ctl delete running-1
}

@test "a new server" {
        is_like server-new chief /new-server
        is_like server-new alice /new-server
}

@test "who may log in" {
        is_like login nobody /login
        is_like users chief /users
        is_like password alice /password
}

@test "blueprints" {
        is_like blueprints alice /blueprints
        printf '%s\n' 'overlays: [standard, gone]' 'config: [sv_alltalk 0]' |
                l4d2ctl blueprint create alice/one -f -
        l4d2ctl initialize of-alice --blueprint alice/one
        echo 'nonsense: 1' >"$state/blueprints/alice/broken.yaml"
        is_like blueprints alice /blueprints
        is_like blueprint-new alice /blueprints/new
        for name in one broken; do
                is_like blueprint alice "/blueprints/alice/$name"
                is_like blueprint-yaml alice "/blueprints/alice/$name/yaml"
        done
}

@test "overlays" {
        mkdir -p "$(make_overlay standard)/left4dead2"
        ln -s /etc "$state/overlays/standard/link"
        touch "$state/overlays/standard/file"
        is_like overlays alice /overlays
        is_like overlay alice /overlays/standard
        is_like overlay alice '/overlays/standard?path=left4dead2'
        is_like overlay-new alice /new-overlay
        l4d2ctl overlay create alice/own
        is_like overlay alice /overlays/alice/own
        echo x | l4d2ctl overlay put alice/own left4dead2/x -
        is_like overlay-versions alice /overlays/alice/own/-/versions
        is_like overlay-file alice '/overlays/alice/own/-/file?path=left4dead2/x'
        is_like overlay-source alice /overlays/alice/own/-/source
        l4d2ctl overlay create alice/release
        is_like overlay-source alice /overlays/alice/release/-/source
        l4d2ctl overlay define alice/release kind=release github=a/b keep='*.cfg'
        is_like overlay-source alice /overlays/alice/release/-/source
        is_like overlay-file alice '/overlays/alice/own/-/file?path=new'
        is_like overlay-workshop alice /overlays/alice/own/-/workshop
        l4d2ctl overlay create alice/maps
        is_like overlay-workshop alice /overlays/alice/maps/-/workshop
        l4d2ctl overlay define alice/maps kind=workshop items=5 exclude=6
        is_like overlay-workshop alice /overlays/alice/maps/-/workshop
        mkdir -p "$state/jobs/alice:maps/out"
        echo '{"items":[{"id":"7","title":"A","size_bytes":5,"updated_usec":1,"state":"failed","file":"old","error":"x"}]}' \
                >"$state/jobs/alice:maps/out/report.json"
        is_like overlay-workshop alice /overlays/alice/maps/-/workshop
        rm -r "$state/jobs/alice:maps"
}

@test "the audit trail" {
        journalctl --sync
        is_like audit chief /audit
        is_like audit alice '/audit?instance=of-alice'
}

@test "the host" {
        is_like host chief /host
        l4d2ctl report
        is_like host chief /host
        is_like host-game chief /host/game
}
