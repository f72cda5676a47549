#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The web app's pages about content: the maps and findings of an overlay, and a server's tree with the layer of each
# file.

load common
load web/web

setup_file() {
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
        l4d2ctl blueprint create alice/one -f - <<<'overlays: [pack]'
        l4d2ctl initialize own --blueprint alice/one --port 27015
        begin_web chief:admin alice:user bob:user
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

# release FIELD=VALUE…: alice posts the form for a release; the status.
release() {
        local field arguments=()
        for field; do arguments+=(--data-urlencode "$field"); done
        post alice --output /run/answer --write-out '%{http_code}' "${arguments[@]}" /overlays/alice/release/-/release
}
release_match() { printf 'release_match=%s' "$(sha256sum <"$definition" | cut -d' ' -f1)"; }

@test "the form for a release changes its keys, and not one byte besides" {
        local definition=$state/overlays/alice/release/overlay.yaml digest
        l4d2ctl overlay create alice/release
        l4d2ctl overlay define alice/release --file=- <<-'END'
		# by hand
		kind: files   # for now
		description: "ours"
	END
        run -0 web alice /api/overlays/alice/release/-/source
        [ "$(json 'v["release"]["address"], v["release"]["release_match"] == v["match"]')" = "('', True)" ]
        [ "$(release "$(release_match)" address=https://github.com/Owner/pack/releases 'asset= *-linux.zip ' tag= sha256= keep=)" = 303 ]
        [ "$(cat "$definition")" = $'# by hand\nkind: release   # for now\ndescription: "ours"\ngithub: Owner/pack\nasset: "*-linux.zip"' ]
        run -0 web alice /api/overlays/alice/release/-/source
        [ "$(json 'v["kind"], v["release"]["address"], v["release"]["asset"]')" = "('release', 'Owner/pack', '*-linux.zip')" ]

        # To an address, with a checksum as GitHub shows it; the values that stay keep their comments.
        printf 'tag: latest # always\n' >>"$definition"
        digest=$(printf x | sha256sum | cut -d' ' -f1)
        [ "$(release "$(release_match)" address=Owner/pack 'asset=*-linux.zip' tag= "sha256=sha256:${digest^^}" $'keep=\r\n*.cfg\r\n a b \r\n')" = 303 ]
        grep -qx 'tag: latest # always' "$definition"
        grep -q "$digest" "$definition"
        run -0 web alice /api/overlays/alice/release/-/source
        [ "$(json 'v["release"]["keep"], v["release"]["tag"], v["release"]["sha256"]')" = "('*.cfg\\na b \\n', '', '$digest')" ]
        sed -i '/^tag:/d' "$definition"
        [ "$(release "$(release_match)" address=https://github.com/Owner/pack/releases/download/1/a.zip asset= tag= sha256= keep=)" = 303 ]
        [ "$(cat "$definition")" = $'# by hand\nkind: release   # for now\ndescription: "ours"\nurl: https://github.com/Owner/pack/releases/download/1/a.zip' ]
}

@test "the form for a release refuses what is not one, and what another user changed meanwhile" {
        local definition=$state/overlays/alice/release/overlay.yaml match before
        before=$(<"$definition")
        match=$(release_match)
        [ "$(release address=a/b)" = 400 ]
        for bad in address= address=ftp://example.org/a address=../x/y address=a 'address=https://example.org/a b'; do
                [ "$(release "$match" "$bad" asset= tag= sha256= keep=)" = 422 ] || { echo "$bad"; false; }
        done
        [ "$(release "$match" address=https://example.org/a.zip 'asset=*.zip' tag= sha256= keep=)" = 422 ]
        [ "$(release "$match" address=a/b asset= tag= sha256=12 keep=)" = 422 ]
        grep -q 'name="address" value="a/b"' /run/answer
        [ "$(release "$match" address=a/b asset=x/y tag= sha256= keep=)" = 422 ]
        [ "$(release "$match" address=a/b $'asset=x\nkind: script' tag= sha256= keep=)" = 422 ]
        [ "$(<"$definition")" = "$before" ]
        echo '# more' >>"$definition"
        [ "$(release "$match" address=a/b asset= tag= sha256= keep=)" = 409 ]
        # Files that people put there are not replaced by a form, and other users' overlays are not for them.
        l4d2ctl overlay create alice/filled
        echo x | l4d2ctl overlay put alice/filled left4dead2/a -
        run -0 web alice /api/overlays/alice/filled/-/source
        [ "$(json 'v["release"]')" = None ]
        definition=$state/overlays/alice/filled/overlay.yaml
        run -0 post alice --output /dev/null --write-out '%{http_code}' --data-urlencode "$(release_match)" --data-urlencode address=a/b \
                /overlays/alice/filled/-/release
        [ "$output" = 409 ]
        run -0 post bob --output /dev/null --write-out '%{http_code}' --data-urlencode "$(release_match)" --data-urlencode address=a/b \
                /overlays/alice/release/-/release
        [ "$output" = 404 ]
        l4d2ctl overlay delete alice/filled
        l4d2ctl overlay delete alice/release
}

@test "the files of a server: each with its layer, for its owner" {
        run -0 web alice '/api/servers/own/files?path=left4dead2/cfg'
        [ "$(json '[(e["name"], e["layer"], e["hides"]) for e in v["entries"]], v["is_mounted"]')" = "([('server.cfg', 'pack', 'the game')], False)" ]
        run -0 web alice '/servers/own/files?path=left4dead2'
        [[ "$output" == *'href="/servers/own/files?path=left4dead2%2Fcfg"'* ]]
        # Its start hides the server.cfg of the overlay by its own.
        [[ "$output" == *'without the files that it makes from the spec, such as <code>left4dead2/cfg/server.cfg</code>'* ]]
        run -0 web alice /servers/own
        [[ "$output" == *'href="/servers/own/files"'* ]]
        [ "$(status_of bob /servers/own/files)" = 404 ]
        for path in left4dead2/nothing ../etc /etc/passwd left4dead2/cfg/server.cfg; do
                [[ "$(status_of alice "/servers/own/files?path=$path")" == [45]* ]]
        done
}

@test "the files of a running server are those of its mount; a layer that can't be read is named" {
        l4d2ctl start own
        run -0 web alice '/api/servers/own/files?path=left4dead2/addons'
        [ "$(json '[e["name"] for e in v["entries"]], v["is_mounted"], v["unreadable"]')" = "(['sourcemod', 'stripper', '<i>.zip', 'x.vpk'], True, [])" ]
        # The file that the server executes is not the one of the overlay.
        run -0 web alice '/api/servers/own/files?path=left4dead2/cfg'
        [ "$(json '[(e["layer"], e["hides"]) for e in v["entries"] if e["name"] == "server.cfg"]')" = "[('made from its spec', 'pack')]" ]
        systemctl stop left4me-written.socket
        run -0 web alice '/servers/own/files?path=left4dead2/addons'
        systemctl start left4me-written.socket
        [[ "$output" == *"Not shown, because it can't be read: written by the server"* ]]
        run -0 web alice /api/servers/own
        [ "$(json 'v["is_outdated"]')" = False ]
        l4d2ctl overlay put pack left4dead2/cfg/new.cfg - <<<'sv_gravity 1'
        run -0 web alice /api/servers/own
        [ "$(json 'v["is_outdated"], v["outdated"]')" = "(True, ['pack'])" ]
        run -0 web alice /servers/own
        [[ "$output" == *'A restart gives it another version of: <span class="tag" translate="no">pack</span>'* ]]
        # The overlay's page names the server, for those who may see it.
        run -0 web alice /api/overlays/pack/-/versions
        [ "$(json '[(s["name"], s["version"]) for s in v["outdated"]]')" = "[('own', '1')]" ]
        run -0 web alice /overlays/pack/-/versions
        [[ "$output" == *'Servers that run another version until they restart:'* ]]
        run -0 web bob /api/overlays/pack/-/versions
        [ "$(json 'v["outdated"], v["has_outdated"]')" = "([], False)" ]
        l4d2ctl stop own
}

# job COMMAND [LINE…]: the unit of a build of alice/told, without the drop-ins of the real one.
job() {
        local unit=left4me-script@alice:told.service command=$1 drop_in
        shift
        mkdir -p "/run/systemd/system/$unit.d"
        printf '%s\n' '[Service]' Type=oneshot NotifyAccess=all "$@" "ExecStart=$command" >"/run/systemd/system/$unit"
        for drop_in in /usr/lib/systemd/system/left4me-{,script@}.service.d/*.conf; do
                [[ ! -e $drop_in ]] || ln -sf /dev/null "/run/systemd/system/$unit.d/${drop_in##*/}"
        done
        systemctl daemon-reload
}

@test "an overlay's page says in a sentence how its last build went, while one runs its progress and log" {
        local told=/overlays/alice/told events id time='<time [^>]*>[^<]*</time>' unit=left4me-script@alice:told.service
        l4d2ctl overlay create alice/told
        run -0 web alice /api$told
        [ "$(json 'v["job"], v["lines"], v["overlay"]["build_state"]')" = "(None, [], 'never-built')" ]
        is() {
                run -0 web alice "/api$told"
                [ "$(json 'v["overlay"]["build_state"], v["job"]["result"], v["events_href"]')" = "('$1', '$2', None)" ]
                run -0 web alice /api/overlays
                [ "$(json '[o["build_state"] for o in v["overlays"] if o["ref"] == "alice/told"]')" = "['$1']" ]
                run -0 web alice "$told"
                [[ "$output" != *'data-log'* && "$output" != *'Cancel the job'* ]]
        }
        # Made by l4d2ctl, so that it is known who did it.
        l4d2ctl overlay define alice/told kind=script
        job '/bin/true'
        l4d2ctl overlay build alice/told --as-user=alice
        is never-built "done"
        [[ "$output" =~ 'The last build succeeded '$time', after '[0-9]+' '?[a-zµ]+', by alice</p>' ]] || { echo "$output"; false; }
        job '/bin/sh -c "exit 3"'
        ! systemctl start "$unit" || false
        journalctl --sync
        is failed failed
        [[ "$output" =~ 'The last build failed '$time', after '[^:]+': ended with exit code 3</p>' ]]
        job '/bin/sleep infinity' TimeoutStartSec=100ms
        ! systemctl start "$unit" || false
        journalctl --sync
        is timed-out timed-out
        [[ "$output" =~ 'The last build ran into its time limit '$time', after '[^:]+'</p>' ]]

        # While it runs: all of it without scripts.
        job '/bin/sh -c "echo begun to build; systemd-notify --status=\"42 % half of it\"; exec sleep infinity"'
        systemctl start --no-block "$unit"
        runs() { web alice "$told" | grep -q 'half of it'; }
        wait_until runs
        logs() { web alice "$told" | grep -q '<span class="text" translate="no">begun to build</span>'; }
        wait_until logs
        id=$(property "$unit" InvocationID)
        # A page from before the progress gets it by its events, though the job tells it once.
        "$web_tools/events" "$jars/alice" "/jobs/$id/events" >"$BATS_TEST_TMPDIR/events" 3>&- &
        events=$!
        wait_until grep -q '"progress".*half of it' "$BATS_TEST_TMPDIR/events"
        kill "$events"
        run -0 web alice "$told"
        [[ "$output" == *"data-events=\"/jobs/$id/events"* && "$output" == *'<progress max="100" value="42"'* ]]
        [[ "$output" == *"action=\"/jobs/$id/cancel\""*'name="back" value="/overlays/alice/told"'* ]]
        [[ "$output" =~ 'A build began '$time'</p>' && "$output" != *'/-/build"'* ]]
        # Others see the overlay and that it is built, and nothing else of its jobs.
        run -0 web bob "/api$told"
        [ "$(json 'v["job"]["result"], v["job"]["progress_text"], v["lines"], v["events_href"]')" = "('running', '', [], None)" ]
        # Cancel leads back to the overlay, and nowhere else.
        run -0 post alice --output /dev/null --write-out '%{http_code} %{redirect_url}' --data-urlencode "back=$told" "/jobs/$id/cancel"
        [ "$output" = "303 $base$told" ]
        is cancelled cancelled
        [[ "$output" =~ 'The last build was cancelled '$time', after '[^:]+'</p>' && "$output" == *'action="/overlays/alice/told/-/build"'* ]]
        systemctl start --no-block "$unit"
        wait_until runs
        id=$(property "$unit" InvocationID)
        run -0 post alice --output /dev/null --write-out '%{http_code} %{redirect_url}' --data-urlencode 'back=/overlays/../audit' "/jobs/$id/cancel"
        [ "$output" = "303 $base/jobs/$id" ]
        # It ended before the button was pressed.
        run -0 post alice --write-out ' %{http_code}' "/jobs/$id/cancel"
        [[ "$output" == *'The job was not cancelled.'*'it does not run; its result is'*' 409' ]]
        rm -r "/run/systemd/system/$unit"{,.d}
        systemctl daemon-reload
        l4d2ctl overlay delete alice/told
}

@test "other users see how the last build of an overlay went, and nothing else of it" {
        local told=/overlays/alice/told unit=left4me-script@alice:told.service
        l4d2ctl overlay create alice/told
        l4d2ctl overlay define alice/told kind=script
        job '/bin/sh -c "echo a secret; exit 3"'
        ! systemctl start "$unit" || false
        journalctl --sync
        run -0 web bob "/api$told"
        [ "$(json 'v["overlay"]["build_state"], v["overlay"]["build_href"], v["job"]["result"], v["job"]["user"], v["lines"]')" = \
                "('failed', None, 'failed', None, [])" ]
        run -0 web bob /api/overlays
        [ "$(json '[(o["build_state"], o["build_href"]) for o in v["overlays"] if o["ref"] == "alice/told"]')" = "[('failed', None)]" ]
        run -0 web bob "$told"
        [[ "$output" == *'The last build failed '* && "$output" != *'/jobs?overlay='* && "$output" != *'href="/jobs/'* && "$output" != *'a secret'* ]]
        run -0 web alice "$told"
        [[ "$output" == *'/jobs?overlay=alice/told'* && "$output" == *'Log of the job'* ]]
        job '/bin/sleep infinity'
        systemctl start --no-block "$unit"
        wait_until eval '[[ $(web bob "/api/overlays" | json_in "[o[\"build_state\"] for o in m[\"overlays\"] if o[\"ref\"] == \"alice/told\"]") == "['"'building'"']" ]]'
        run -0 web bob "$told"
        [[ "$output" == *'A build began '* && "$output" != *'Cancel the job'* ]]
        run -0 l4d2ctl job newest --json --as-user=bob
        [ "$(json '[(j["id"], j["result"]) for j in v["jobs"] if j["ref"] == "alice/told"], v["is_complete"]')" = "([(None, 'running')], True)" ]
        run -0 l4d2ctl job newest alice/told --json --as-user=alice
        [ "$(json '[len(j["id"]) for j in v["jobs"]]')" = '[32]' ]
        systemctl stop "$unit"
        rm -r "/run/systemd/system/$unit"{,.d}
        systemctl daemon-reload
        l4d2ctl overlay delete alice/told
        # A deleted one is for its owner alone.
        newest() { l4d2ctl job newest --json "$@" | python3 -c 'import json, sys; print(len([j for j in json.load(sys.stdin)["jobs"] if j["ref"] == "alice/told"]))'; }
        [ "$(newest --as-user=alice) $(newest --as-user=bob) $(newest alice/told --as-user=bob)" = '1 0 0' ]
}

@test "a server's page has the last jobs of what it stacks, of those that the user may see" {
        local job
        l4d2ctl overlay create alice/mine
        l4d2ctl blueprint create alice/two -f - <<<'overlays: [alice/mine, pack]'
        l4d2ctl initialize two --blueprint alice/two --port 27020
        run -0 web alice /api/servers/two
        [ "$(json '[v["jobs"], v["has_jobs"], v["knows_jobs"]]')" = '[[], False, True]' ]
        [[ "$(web alice /servers/two)" == *'None: no build of those of its overlays that are yours'* ]]

        for job in pack empty alice:mine; do
                printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' >"/run/systemd/system/left4me-script@$job.service"
        done
        systemctl daemon-reload
        for job in pack empty alice:mine; do systemctl start "left4me-script@$job.service" || true; done
        journalctl --sync
        run -0 web chief /api/servers/two
        # Another suite may have left a job of the game.
        [ "$(json '[j["ref"] for j in v["jobs"] if j["ref"]]')" = "['alice/mine', 'pack']" ]
        [ "$(json '{j["is_running"] for j in v["jobs"]}')" = '{False}' ]
        run -0 web alice /api/servers/two
        [ "$(json '[j["ref"] for j in v["jobs"]]')" = "['alice/mine']" ]
        job=$(json 'v["jobs"][0]["href"]')
        run -0 web alice /servers/two
        [[ "$output" == *"<a href=\"$job\">"* && "$output" == *'href="/jobs?server=two"'* ]]
        [ "$(web alice --output /dev/null --write-out '%{http_code}' "$job")" = 200 ]

        run -0 web chief '/api/jobs?server=two'
        [ "$(json '[j["ref"] for j in v["jobs"] if j["ref"]]')" = "['alice/mine', 'pack']" ]
        [ "$(web bob --output /dev/null --write-out '%{http_code}' '/jobs?server=two')" = 404 ]

        # A spec with errors does not tell what the server stacks.
        echo 'port: 99999' >"$state/instances/two/spec.yaml"
        run -0 web chief /api/servers/two
        [ "$(json '[v["jobs"], v["knows_jobs"]]')" = '[[], False]' ]
        l4d2ctl delete two
        rm /run/systemd/system/left4me-script@*.service
        systemctl daemon-reload
}

@test "a directory with more files than are listed says so, and one that is only long says how many" {
        local many=$state/overlays/many/many
        mkdir -p "$many"
        # One more than EFFECTIVE_ENTRIES_MAX.
        python3 -c 'import os, sys
for i in range(200001): os.close(os.open(f"{sys.argv[1]}/{i:06}", os.O_WRONLY | os.O_CREAT))' "$many"
        l4d2ctl blueprint create alice/many -f - <<<'overlays: [many]'
        l4d2ctl initialize many --blueprint alice/many --port 27019
        long() { web alice "/api/$page?path=many" | python3 -c "import json, sys; v = json.load(sys.stdin); print($1)"; }
        for page in overlays/many servers/many/files; do
                [ "$(long 'v["is_truncated"], v["is_cut"], v["n_shown"]')" = "True True 1000" ] || { echo "$page"; false; }
                run -0 web alice "/$page?path=many"
                [[ "$output" == *'Only the first 1000 are shown'* && "$output" != *'more are not shown'* ]]
        done
        (cd "$many" && find . -name '0[1-9]*' -delete -o -name '[1-9]*' -delete)
        for page in overlays/many servers/many/files; do
                [ "$(long 'v["is_truncated"], v["is_cut"], v["n_hidden"]')" = "True False 9000" ] || { echo "$page"; false; }
                run -0 web alice "/$page?path=many"
                [[ "$output" != *'Only the first'* && "$output" == *'9000 more are not shown'* ]]
        done
        l4d2ctl delete many
        rm -r "$state/overlays/many"
}
