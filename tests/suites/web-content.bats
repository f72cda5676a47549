#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The web app's pages about content: the maps and findings of an overlay, and a server's tree with the layer of each
# file.

load common
load web/web

setup_file() {
        # shellcheck source=common.bash
        . "$BATS_TEST_DIRNAME/common.bash"
        # shellcheck source=web/web.bash
        . "$BATS_TEST_DIRNAME/web/web.bash"
        install_game
        tree=$(mktemp -d)
        mkdir -p "$tree/vpk/missions" "$tree/vpk/maps" "$tree/addons" "$tree/cfg"
        printf 'mission { Name x DisplayTitle "<b>Hot & cold</b>" modes { coop { 1 { Map x_1 DisplayName "St\033[1mart" } } } }' \
                >"$tree/vpk/missions/x.txt"
        echo VBSP >"$tree/vpk/maps/x_1.bsp"
        "$BATS_TEST_DIRNAME/game-files" vpk "$tree/addons/x.vpk" "$tree/vpk"
        rm -r "$tree/vpk"
        echo x >"$tree/addons/<i>.zip"
        echo 'sv_alltalk 1' >"$tree/cfg/server.cfg"
        l4d2ctl overlay create pack
        l4d2ctl overlay put pack left4dead2 "$tree"
        l4d2ctl overlay create empty
        rm -r "$tree"
        for who in chief:admin alice:user bob:user; do
                add_user "${who%:*}" "${who#*:}"
        done
        l4d2ctl blueprint create alice/one -f - <<<'overlays: [pack]'
        l4d2ctl initialize own --blueprint alice/one --port 27015
        systemctl start left4me-web.service
        for who in chief alice bob; do log_in "$who" >/dev/null; done
}

# json FILTER: what python makes of the JSON in $output, as v.
json() {
        python3 -c "import json, sys; v = json.loads(sys.argv[1]); print(($1))" "$output"
}

@test "the content of an overlay: its campaigns with their maps, and findings" {
        run -0 web bob /api/overlays/pack/-/content
        [ "$(json '[a["file"] for a in v["addons"]], v["addons"][0]["campaigns"][0]["modes"]')" = "(['left4dead2/addons/x.vpk'], ['coop'])" ]
        [ "$(json 'v["addons"][0]["campaigns"][0]["chapters"][0]["map"], [f["path"] for f in v["findings"]]')" = "('x_1', ['left4dead2/addons/<i>.zip'])" ]
        run -0 web bob /overlays/pack
        [[ "$output" == *'href="/overlays/pack/-/content"'* ]]
}

@test "texts that strangers wrote are text on the page" {
        run -0 web bob /overlays/pack/-/content
        [[ "$output" == *'&lt;b&gt;Hot &amp; cold&lt;/b&gt;'* && "$output" == *'addons/&lt;i&gt;.zip'* ]]
        [[ "$output" == *'St\x1b[1mart'* ]]
        [[ "$output" != *'<b>Hot'* && "$output" != *'<i>'* && "$output" != *$'\e'* ]]
}

@test "findings are in the user's language" {
        run -0 web bob -H 'Accept-Language: en-XA' /api/overlays/pack/-/content
        [ "$(json 'v["findings"][0]["message"][0], v["findings"][0]["path"]')" = "('⟦', 'left4dead2/addons/<i>.zip')" ]
}

@test "an empty overlay has neither, and an unknown one has no page" {
        run -0 web bob /api/overlays/empty/-/content
        [ "$(json 'v["has_addons"], v["has_findings"], v["is_known"]')" = "(False, False, False)" ]
        [ "$(status_of bob /overlays/nothing/-/content)" = 404 ]
}

@test "the files of a server: each with its layer, for its owner" {
        run -0 web alice '/api/servers/own/files?path=left4dead2/cfg'
        [ "$(json '[(e["name"], e["layer"], e["hides"]) for e in v["entries"]], v["is_mounted"]')" = "([('server.cfg', 'pack', 'the game')], False)" ]
        run -0 web alice '/servers/own/files?path=left4dead2'
        [[ "$output" == *'href="/servers/own/files?path=left4dead2%2Fcfg"'* ]]
        run -0 web alice /servers/own
        [[ "$output" == *'href="/servers/own/files"'* ]]
        [ "$(status_of bob /servers/own/files)" = 404 ]
        for path in left4dead2/nothing ../etc /etc/passwd left4dead2/cfg/server.cfg; do
                [[ "$(status_of alice "/servers/own/files?path=$path")" == [45]* ]]
        done
}

@test "the files of a running server are those of its mount; layers that can't be read are named" {
        l4d2ctl start own
        run -0 web alice '/api/servers/own/files?path=left4dead2/addons'
        [ "$(json '[e["name"] for e in v["entries"]], v["is_mounted"], v["unreadable"]')" = "(['<i>.zip', 'x.vpk'], True, ['written by the server', 'made from its spec'])" ]
        run -0 web alice '/servers/own/files?path=left4dead2/addons'
        [[ "$output" == *'Not shown: written by the server'* ]]
        run -0 web alice /api/servers/own
        [ "$(json 'v["is_outdated"]')" = False ]
        l4d2ctl overlay put pack left4dead2/cfg/new.cfg - <<<'sv_gravity 1'
        run -0 web alice /api/servers/own
        [ "$(json 'v["is_outdated"], v["outdated"]')" = "(True, ['pack'])" ]
        run -0 web alice /servers/own
        [[ "$output" == *'A restart gives it a newer version of: <span translate="no">pack</span>'* ]]
        l4d2ctl stop own
}
