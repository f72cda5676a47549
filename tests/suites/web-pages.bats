#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Blueprints, overlays, the audit trail and the host, as the web app shows them and changes them, over
# HTTP in its real unit.

load common
load web/web

setup_file() {
        install_game
        mkdir -p "$state/overlays/standard/left4dead2/cfg" "$state/overlays/competitive/base/left4dead2"
        echo 'sv_alltalk 0' >"$state/overlays/standard/left4dead2/cfg/rates.cfg"
        begin_web chief:admin alice:user bob:user
}

make_blueprint() {
        post "$1" --output /dev/null --data-urlencode "name=$2" --data-urlencode 'order.standard=1' \
                --data-urlencode $'config=hostname "The '"$2"$'"\nsv_alltalk 0' --data-urlencode 'arguments=+map
c1m1_hotel' /blueprints
}

# --- blueprints ------------------------------------------------------------------------------------

@test "without blueprints the page says what one is" {
        run -0 web alice /blueprints
        [[ "$output" == *"/blueprints/new"* ]]
        run -0 web alice /api/blueprints
        [ "$(json 'v["blueprints"], v["has_blueprints"]')" = "([], False)" ]
}

@test "a blueprint is made by the form, and belongs to who made it" {
        run -0 post alice --include --data-urlencode name=versus --data-urlencode 'description=Just <b>versus</b>' \
                --data-urlencode order.standard=2 --data-urlencode order.competitive/base=1 \
                --data-urlencode $'arguments=-tickrate\r\n100\r\n' --data-urlencode 'config=sv_alltalk 0' /blueprints
        [[ "${lines[0]}" == "HTTP/1.1 303 "* && "$(header location)" == /blueprints/alice/versus ]]
        run -0 l4d2ctl blueprint show alice/versus --json
        [ "$(json 'v["overlays"], v["arguments"], v["config"], v["description"]')" = \
                "(['competitive/base', 'standard'], ['-tickrate', '100'], ['sv_alltalk 0'], 'Just <b>versus</b>')" ]
        run -0 web alice /blueprints/alice/versus
        [[ "$output" == *'Just &lt;b&gt;versus&lt;/b&gt;'* && "$output" != *'<b>versus'* ]]
}

@test "the form changes what was changed, and keeps comments" {
        l4d2ctl blueprint create alice/commented -f - <<-'END'
		# mine
		overlays: [standard] # the usual
		config:
		  - sv_alltalk 0 # quiet
		  - sv_gametypes coop
	END
        run -0 web alice /api/blueprints/alice/commented
        match=$(json 'v["match"]')
        run -0 post alice --include --data-urlencode "match=$match" --data-urlencode order.standard=1 \
                --data-urlencode arguments= --data-urlencode $'config=sv_alltalk 0\nsv_gametypes versus' \
                /blueprints/alice/commented
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        run -0 cat "$state/blueprints/alice/commented.yaml"
        [[ "$output" == *'# mine'*'# the usual'*'# quiet'*'sv_gametypes versus'* ]]
        [[ "$output" != *arguments* ]]
}

@test "a form that is older than the file changes nothing" {
        make_blueprint alice raced
        run -0 web alice /api/blueprints/alice/raced/yaml
        match=$(json 'v["match"]')
        l4d2ctl blueprint set alice/raced description changed
        for path in /blueprints/alice/raced /blueprints/alice/raced/yaml; do
                run -0 post alice --include --data-urlencode "match=$match" --data-urlencode 'text=overlays: []' \
                        --data-urlencode config= "$path"
                [[ "${lines[0]}" == "HTTP/1.1 409 "* && "$output" == *"Someone else"* ]]
        done
        grep -q 'description: changed' "$state/blueprints/alice/raced.yaml"
}

@test "the form has what is executed, the message of the day and the banner" {
        l4d2ctl blueprint create alice/full -f - <<-'END'
		overlays: # topmost first
		  - {ref: competitive/base, exec: true} # ours
		  - standard # theirs
		motd: "one\n\n<b>two</b>"
	END
        run -0 web alice /api/blueprints/alice/full
        [ "$(json '[(o["ref"], o["is_executed"]) for o in v["form"]["overlays"]], v["form"]["motd"], v["form"]["banner"]')" = \
                "([('competitive/base', True), ('standard', False)], 'one\\n\\n<b>two</b>', '')" ]
        run -0 web alice /blueprints/alice/full
        [[ "$output" == *'name="exec.competitive/base" value="yes" checked'* && "$output" != *'<b>two'* ]]
        # A program that knows nothing of it changes nothing of it.
        run -0 post alice --include -d order.competitive/base=1 -d order.standard=2 -d config=x /blueprints/alice/full
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        grep -q 'ref: competitive/base, exec: true} # ours' "$state/blueprints/alice/full.yaml"
        run -0 post alice --include -d exec=known -d order.competitive/base=1 -d order.standard=2 -d exec.standard=yes \
                -d config=x --data-urlencode $'motd=\r\nthree' -d banner=b /blueprints/alice/full
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        run -0 cat "$state/blueprints/alice/full.yaml"
        [[ "$output" == *$'\n  - competitive/base # ours\n  - {ref: standard, exec: true} # theirs\n'* ]]
        run -0 l4d2ctl blueprint show alice/full --json
        [ "$(json 'v["executed"], v["motd"], v["banner"]')" = "(['standard'], '\\nthree', 'b')" ]
        run -0 post alice --include -d order.standard=1 -d config=x -d motd= -d banner= /blueprints/alice/full
        run -0 l4d2ctl blueprint show alice/full --json
        [ "$(json 'v["executed"], v["motd"], v["banner"]')" = "(['standard'], None, None)" ]
}

@test "the form has the rotation of maps" {
        l4d2ctl blueprint create alice/turns -f - <<-'END'
		rotation: # in this order
		  - c1m1_hotel # first
		rotate_when: campaign-end
	END
        run -0 web alice /api/blueprints/alice/turns
        [ "$(json 'v["form"]["rotation"], v["form"]["is_rotated_when_empty"]')" = "('c1m1_hotel\n', False)" ]
        run -0 post alice --include -d rotate_when=campaign-end --data-urlencode $'rotation=c1m1_hotel\r\n\r\nc5m1_waterfront\r\n' \
                /blueprints/alice/turns
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        run -0 cat "$state/blueprints/alice/turns.yaml"
        [ "$output" = $'rotation: # in this order\n  - c1m1_hotel # first\n  - c5m1_waterfront\nrotate_when: campaign-end' ]
        run -0 post alice --include -d rotate_when=empty -d 'rotation=c1m1;quit' /blueprints/alice/turns
        [[ "${lines[0]}" == "HTTP/1.1 422 "* && "$output" == *'is not the name of a map'*'selected'* ||
                "$output" == *'selected'*'is not the name of a map'* ]]
        run -0 post alice --include -d rotate_when=empty -d rotation= /blueprints/alice/turns
        [ "$(<"$state/blueprints/alice/turns.yaml")" = 'rotate_when: empty' ]
        run -0 post alice --include -d rotate_when=campaign-end -d rotation= -d config=x /blueprints/alice/turns
        grep -qx 'rotate_when: campaign-end' "$state/blueprints/alice/turns.yaml"
}

@test "who saves second keeps the old checksum, sees the other version, and overwrites only that" {
        local match theirs
        make_blueprint alice both
        run -0 web alice /api/blueprints/alice/both/yaml
        match=$(json 'v["match"]')
        [ "$(json 'v["theirs"]')" = None ]
        l4d2ctl blueprint set alice/both description 'theirs <b>'
        theirs=$(sha256sum <"$state/blueprints/alice/both.yaml" | cut -d' ' -f1)
        for path in /blueprints/alice/both /blueprints/alice/both/yaml; do
                run -0 post alice --data-urlencode "match=$match" --data-urlencode 'text=config: [mine]' \
                        --data-urlencode config=mine "$path"
                [[ "$output" == *"name=\"match\" value=\"$match\""* ]]
                [[ "$output" == *"name=\"overwrite\" value=\"$theirs\""* ]]
                [[ "$output" == *'description: theirs &lt;b&gt;'* && "$output" != *'theirs <b>'* ]]
                [[ "$output" == *'data-guard="typed"'* ]]
        done
        # A version that was not seen can't be overwritten.
        l4d2ctl blueprint set alice/both description third
        for path in /blueprints/alice/both /blueprints/alice/both/yaml; do
                run -0 post alice --include --data-urlencode "match=$match" --data-urlencode "overwrite=$theirs" \
                        --data-urlencode 'text=config: [mine]' --data-urlencode config=mine "$path"
                [[ "${lines[0]}" == "HTTP/1.1 409 "* && "$output" == *'description: third'* ]]
        done
        theirs=$(sha256sum <"$state/blueprints/alice/both.yaml" | cut -d' ' -f1)
        run -0 post alice --include --data-urlencode "match=$match" --data-urlencode "overwrite=$theirs" \
                --data-urlencode 'text=config: [mine]' /blueprints/alice/both/yaml
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        [ "$(<"$state/blueprints/alice/both.yaml")" = 'config: [mine]' ]
}

@test "errors of the YAML are shown at their line, with what was typed" {
        make_blueprint alice broken
        run -0 post alice --include --data-urlencode $'text=overlays: []\narguments: ["-port"]' \
                /blueprints/alice/broken/yaml
        [[ "${lines[0]}" == "HTTP/1.1 422 "* ]]
        [[ "$output" == *':2:13: '* && "$output" == *'arguments: [&quot;-port&quot;]'* ]]
        run -0 web alice /api/blueprints/alice/broken
        [ "$(json 'v["has_errors"]')" = False ]
}

@test "a blueprint that is broken on disk can be mended as YAML" {
        make_blueprint alice mended
        echo 'nonsense: true' >"$state/blueprints/alice/mended.yaml"
        run -0 web alice /api/blueprints
        [ "$(json '[b["is_broken"] for b in v["blueprints"] if b["name"] == "mended"]')" = "[True]" ]
        run -0 web alice /blueprints/alice/mended
        [[ "$output" == *"unknown key"*"nonsense"* ]]
        run -0 post alice --include --data-urlencode 'text=overlays: [standard]' /blueprints/alice/mended/yaml
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
}

@test "a copy is the copier's own" {
        make_blueprint alice original
        run -0 post chief --include --data-urlencode name=mine /blueprints/alice/original/clone
        [[ "$(header location)" == /blueprints/chief/mine ]]
        run -0 l4d2ctl blueprint list --json
        [[ "$output" == *chief/mine* && "$output" == *alice/original* ]]
}

@test "a blueprint in use is not deleted, one that isn't is" {
        make_blueprint alice used
        run -0 post alice --include --data-urlencode name=on-it --data-urlencode blueprint=alice/used \
                --data-urlencode port=27040 /servers
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        run -0 post alice --include /blueprints/alice/used/delete
        [[ "${lines[0]}" == "HTTP/1.1 409 "* && "$output" == *on-it* ]]
        run -0 web alice /blueprints/alice/used
        [[ "$output" == *"/servers/on-it"* ]]
        l4d2ctl delete on-it
        run -0 post alice --include /blueprints/alice/used/delete
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        [ ! -e "$state/blueprints/alice/used.yaml" ]
}

@test "blueprints are private: others get 404, whatever they do" {
        make_blueprint alice secret
        for path in "" /yaml; do
                [ "$(status_of bob "/blueprints/alice/secret$path")" = 404 ]
        done
        for path in "" /yaml /clone /delete; do
                run -0 post bob --include --data-urlencode name=x --data-urlencode text=x "/blueprints/alice/secret$path"
                [[ "${lines[0]}" == "HTTP/1.1 404 "* ]]
        done
        [ "$(status_of chief /blueprints/alice/secret)" = 200 ]
        run -0 web bob /api/blueprints
        [ "$(json 'v["blueprints"]')" = "[]" ]
        [ -e "$state/blueprints/alice/secret.yaml" ]
}

# --- overlays --------------------------------------------------------------------------------------

@test "overlays are listed with their size and those users who may be seen" {
        make_blueprint alice of-alice
        run -0 web bob /api/overlays
        [ "$(json '[o["ref"] for o in v["overlays"]]')" = "['competitive/base', 'standard']" ]
        [ "$(json 'v["overlays"][1]["blueprints"], v["overlays"][1]["is_used"]')" = "([], True)" ]
        run -0 web alice /api/overlays
        [[ "$(json '[b["ref"] for b in v["overlays"][1]["blueprints"]]')" == *"'alice/of-alice'"* ]]
}

@test "the files of an overlay are shown, and nothing outside of it" {
        run -0 web bob '/overlays/standard?path=left4dead2%2Fcfg'
        [[ "$output" == *rates.cfg* ]]
        for path in .. ../competitive /etc left4dead2/../../.. -h --help; do
                run -0 web bob --get --data-urlencode "path=$path" --write-out '%{http_code}' /overlays/standard
                [[ "$output" != *root:x:0* && "$output" != *Usage:* && "$output" != *base* ]]
                [[ "$output" != *200 ]] || { echo "$path: 200"; false; }
        done
        [ "$(status_of bob /overlays/nothing)" = 404 ]
        [ "$(status_of bob /overlays/../instances)" = 404 ]
}

@test "an overlay is created, renamed, rolled back and deleted" {
        run -0 post alice --include --data-urlencode name=maps /overlays
        [ "$(header Location)" = /overlays/alice/maps ]
        run -0 web alice /overlays
        [[ "$output" == *"Created &#39;alice/maps&#39;."*"It has no version yet."* ]]
        # A new one is empty, and its page says so.
        run -0 web alice /overlays/alice/maps
        [[ "$output" == *"Empty"* && "$output" == *"Rename"* && "$output" == *"never built"* ]]
        # Others see it, and can't change it.
        run -0 web bob /overlays/alice/maps
        [[ "$output" == *"alice/maps"* && "$output" != *"Rename"* ]]
        for text in one two; do echo "$text" | l4d2ctl overlay put alice/maps left4dead2/a -; done
        run -0 web bob /api/overlays/alice/maps
        [ "$(json 'v["overlay"]["build_state"], v["overlay"]["build_href"]')" = "('ok', None)" ]
        run -0 web bob /api/overlays/alice/maps/-/versions
        [ "$(json '[(o["version"], o["is_current"]) for o in v["versions"]], v["can_change"]')" = \
                "([('2', True), ('1', False)], False)" ]
        run -0 post alice --include --data-urlencode version=1 /overlays/alice/maps/-/rollback
        [ "$(header Location)" = /overlays/alice/maps/-/versions ]
        [ "$(l4d2ctl overlay get alice/maps left4dead2/a)" = one ]
        for version in '' -1 ../1 9; do
                run -0 post alice --output /dev/null --write-out '%{http_code}' --data-urlencode "version=$version" \
                        /overlays/alice/maps/-/rollback
                [[ "$output" == 4?? ]] || { echo "$version: $output"; false; }
        done
        # An overlay that is used keeps its name.
        l4d2ctl blueprint create alice/of-maps -f - <<<'overlays: [alice/maps]'
        run -0 post alice --write-out '%{http_code}' --data-urlencode name=alice/other /overlays/alice/maps/-/rename
        [[ "$output" == *"The blueprint &#39;alice/of-maps&#39; names it"*409 ]]
        l4d2ctl blueprint delete alice/of-maps
        run -0 post alice --write-out '%{http_code}' --data-urlencode name=other /overlays/alice/maps/-/rename
        [[ "$output" == *"has to begin with &#39;alice/&#39;"*422 ]]
        run -0 post alice --include --data-urlencode name=alice/other /overlays/alice/maps/-/rename
        [ "$(header Location)" = /overlays/alice/other ]
        [ "$(status_of bob /overlays/alice/maps)" = 404 ]
        run -0 post alice --include /overlays/alice/other/-/delete
        [ "$(header Location)" = /overlays ]
        [ ! -e "$state/overlays/alice" ]
        # The trail tells its owner, and no other user.
        journalctl --sync
        run -0 web alice /api/audit
        [[ "$(json '[e["action"] for e in v["entries"] if e["object"] == "alice/other"]')" == *'overlay delete'* ]]
        run -0 web bob /api/audit
        [ "$(json '[e for e in v["entries"] if e["object"].startswith("alice/")]')" = "[]" ]
}

# file_of PATH: the model of the page of a file.
file_of() { run -0 web alice --get --data-urlencode "path=$1" "/api/overlays/alice/files/-/file"; }
# to WHAT FIELD=VALUE…: posts a form of the overlay alice/files; the status, and the place that it leads to.
to() {
        local fields=()
        for field in "${@:2}"; do fields+=(--data-urlencode "$field"); done
        run -0 post alice --output /run/answer --write-out '%{http_code} %{redirect_url}' "${fields[@]}" "/overlays/alice/files/-/$1"
        output=${output//"$base"/}
}

@test "files and folders of an overlay are made, edited, moved and deleted" {
        local match
        l4d2ctl overlay create alice/files
        to new-folder path= folder=cfg
        [ "$output" = '303 /overlays/alice/files?path=cfg' ]
        to new-folder path= folder=cfg
        [[ "$output" == "409 " ]] && grep -q 'already exists' /run/answer
        to new-file path=cfg 'file=a b.cfg'
        [ "$output" = '303 /overlays/alice/files/-/file?path=cfg%2Fa%20b.cfg' ]
        file_of 'cfg/a b.cfg'
        [ "$(json 'v["exists"], v["is_text"], v["text"], v["match"]')" = "(False, True, '', '')" ]
        to save 'path=cfg/a b.cfg' match= $'text=one\ntwo <b>\n'
        [ "$output" = '303 /overlays/alice/files/-/file?path=cfg%2Fa%20b.cfg' ]
        [ "$(l4d2ctl overlay get alice/files 'cfg/a b.cfg')" = $'one\ntwo <b>' ]
        run -0 web alice '/overlays/alice/files/-/file?path=cfg/a%20b.cfg'
        [[ "$output" == *'two &lt;b&gt;'* ]]
        file_of 'cfg/a b.cfg'
        match=$(json 'v["match"]')
        # Another user saves first: the text comes back, beside theirs.
        echo theirs | l4d2ctl overlay put alice/files 'cfg/a b.cfg' -
        to save 'path=cfg/a b.cfg' "match=$match" text=mine
        [ "$output" = '409 ' ]
        grep -q mine /run/answer && grep -q theirs /run/answer && grep -q 'was changed meanwhile' /run/answer
        file_of 'cfg/a b.cfg'
        to save 'path=cfg/a b.cfg' "match=$match" "overwrite=$(json 'v["match"]')" text=mine
        [[ "$output" == 303* ]]
        to move 'path=cfg/a b.cfg' to=left4dead2/cfg/b.cfg kind=file
        [ "$output" = '303 /overlays/alice/files?path=left4dead2%2Fcfg' ]
        to remove path=cfg kind=directory
        [ "$output" = '303 /overlays/alice/files' ]
        [ "$(cd "$state/overlays/alice/files/current" && find . | sort | paste -sd ' ')" = '. ./left4dead2 ./left4dead2/cfg ./left4dead2/cfg/b.cfg' ]
        for field in to= to=../x to=/x to=a/./b $'to=a\tb'; do
                to move path=left4dead2/cfg/b.cfg "$field" kind=file
                [ "$output" = '422 ' ] || { echo "$field: $output"; false; }
        done
        for name in '' . .. a/b $'a\tb'; do
                to new-folder path= "folder=$name"
                [ "$output" = '422 ' ]
        done
        # A list, as a script sends it.
        to apply path=left4dead2 'changes={"changes":[{"do":"mkdir","path":"x"},{"do":"put","path":"y","text":"z"}]}'
        [ "$output" = '303 /overlays/alice/files?path=left4dead2' ]
        to apply path= 'changes={"changes":[{"do":"put","path":"y","upload":"bob:1"}]}'
        [ "$output" = '403 ' ]
        to apply path= 'changes=[]'
        [ "$output" = '400 ' ]
}

# Its model is too large for an argument.
large_match() {
        web alice --output /run/model '/api/overlays/alice/files/-/file?path=large'
        python3 -c 'import json; v = json.load(open("/run/model")); assert v["is_text"] and len(v["text"]) == 1 << 20; print(v["match"])'
}

@test "a file keeps the ends of its lines, and only a text is edited" {
        local match
        printf 'one\r\ntwo\r\n' | l4d2ctl overlay put alice/files crlf -
        file_of crlf
        [ "$(json 'v["text"], v["has_crlf"]')" = "('one\\ntwo\\n', True)" ]
        to save path=crlf "match=$(json 'v["match"]')" crlf=yes $'text=one\nthree\n'
        [ "$(l4d2ctl overlay get alice/files crlf | od -c -An | tr -d ' \n')" = 'one\r\nthree\r\n' ]
        for text in 'a\0b' 'a\rb' 'a\r\nb\n' '\xff' '\033[m'; do
                # shellcheck disable=SC2059
                printf "$text" | l4d2ctl overlay put alice/files odd -
                file_of odd
                [ "$(json 'v["is_text"], v["exists"]')" = "(False, True)" ] || { echo "$text"; false; }
        done
        head -c 1048576 /dev/zero | tr '\0' x | l4d2ctl overlay put alice/files large -
        match=$(large_match)
        head -c 1048576 /dev/zero | tr '\0' y >/run/large
        to save path=large "match=$match" text@/run/large
        [[ "$output" == 303* ]]
        l4d2ctl overlay get alice/files large | cmp - /run/large
        printf z >>/run/large
        to save path=large "match=$(large_match)" text@/run/large
        [ "$output" = '413 ' ]
        # Other forms keep their limit.
        to move path=large to@/run/large
        [[ "$output" == 413* ]]
}

@test "a file is downloaded as it is, a folder as an archive" {
        head -c 3000000 /dev/urandom >/run/big
        l4d2ctl overlay put alice/files $'dir/\u00fc "x".vpk' /run/big
        echo small | l4d2ctl overlay put alice/files dir/deep/er/small.txt -
        run -0 web alice --get --data-urlencode $'path=dir/\u00fc "x".vpk' --output /run/got --dump-header /run/headers \
                /overlays/alice/files/-/download
        cmp /run/big /run/got
        grep -qi "^Content-Disposition: attachment; filename\*=UTF-8''%C3%BC%20%22x%22.vpk.$" /run/headers
        grep -qi '^Content-Type: application/octet-stream' /run/headers
        run -0 web alice --output /run/got.zip '/overlays/alice/files/-/zip?path=dir'
        run -0 unzip -o -q /run/got.zip -d /run/unzipped
        cmp /run/big $'/run/unzipped/dir/\u00fc "x".vpk'
        [ "$(cat /run/unzipped/dir/deep/er/small.txt)" = small ]
        for path in '' . .. missing dir ../maps; do
                run -0 web alice --get --data-urlencode "path=$path" --output /dev/null --write-out '%{http_code}' \
                        /overlays/alice/files/-/download
                [ "$output" = 404 ] || { echo "$path: $output"; false; }
        done
        # Another user's content is not for reading.
        [ "$(status_of bob '/overlays/alice/files/-/download?path=crlf')" = 404 ]
        [ "$(status_of bob '/overlays/alice/files/-/zip')" = 404 ]
        [ "$(status_of bob '/overlays/alice/files/-/file?path=crlf')" = 404 ]
        l4d2ctl overlay delete alice/files
}

@test "an overlay is defined and built by its job" {
        local match
        l4d2ctl overlay create made
        run -0 web chief /api/overlays/made/-/source
        match=$(json 'v["match"]')
        [ "$(json 'v["kind"], v["can_build"], v["has_script"]')" = "('files', False, False)" ]
        run -0 post chief --output /dev/null --write-out '%{http_code}' --data-urlencode "match=$match" \
                --data-urlencode 'text=kind: nothing' /overlays/made/-/source
        [ "$output" = 422 ]
        run -0 post chief --output /dev/null --write-out '%{http_code}' --data-urlencode "match=$match" \
                --data-urlencode $'text=# by hand\nkind: script\n' /overlays/made/-/source
        [ "$output" = 303 ]
        [ "$(cat "$state/overlays/made/overlay.yaml")" = $'# by hand\nkind: script' ]
        # Another user saved meanwhile.
        run -0 post chief --output /dev/null --write-out '%{http_code}' --data-urlencode "match=$match" \
                --data-urlencode 'text=kind: files' /overlays/made/-/source
        [ "$output" = 409 ]
        run -0 post chief --output /dev/null --write-out '%{http_code}' --data-urlencode \
                $'script=#!/bin/bash\nmkdir -p "$OVERLAY/left4dead2"\necho built >"$OVERLAY/left4dead2/a"\n' /overlays/made/-/script
        [ "$output" = 303 ]
        # It leads to the job.
        run -0 post chief --output /dev/null --write-out '%{redirect_url}' /overlays/made/-/build
        [[ "$output" =~ ^"$base"(/jobs/[0-9a-f]{32})$ ]]
        [ "$(status_of chief "${BASH_REMATCH[1]}")" = 200 ]
        is_built() { [ "$(l4d2ctl overlay get made left4dead2/a 2>/dev/null)" = built ]; }
        wait_until is_built
        # Scripts are for admins, also for a user's own overlay.
        l4d2ctl overlay create alice/scripted
        run -0 post alice --output /dev/null --write-out '%{http_code}' --data-urlencode 'text=kind: script' \
                /overlays/alice/scripted/-/source
        [ "$output" = 403 ]
        [ "$(status_of alice /overlays/made/-/source)" = 404 ]
        l4d2ctl overlay delete made
        l4d2ctl overlay delete alice/scripted
}

@test "a script is saved, or saved and built; of two admins the later one sees both texts" {
        local match id
        l4d2ctl overlay create script
        l4d2ctl overlay define script kind=script
        saved() { cat "$state/overlays/script/script"; }
        send() {
                run -0 post chief --output /run/answer --write-out '%{http_code}' "$@" /api/overlays/script/-/script
        }
        run -0 web chief /api/overlays/script/-/source
        match=$(json 'v["script"]["match"]')
        [ "$match" = "$(sha256sum </dev/null | cut -d' ' -f1)" ]
        send --data-urlencode $'script=#!/bin/sh\n: one\n' --data-urlencode "script_match=$match"
        [ "$output" = 200 ]
        send --data-urlencode $'script=#!/bin/sh\n: two\n' --data-urlencode "script_match=$match" --data then=build
        [ "$output" = 409 ]
        [ "$(saved)" = $'#!/bin/sh\n: one' ]
        # The page shows both, and the form of the definition has no conflict.
        run -0 post chief --data-urlencode $'script=#!/bin/sh\n: two\n' --data-urlencode "script_match=$match" \
                /overlays/script/-/script
        [[ "$output" == *': two'*'The version that was saved'*': one'*'href="/overlays/script/-/source">Discard mine'* ]]
        [ "$(grep -c 'Discard mine' <<<"$output")" = 1 ]
        send --data-urlencode 'script=no interpreter' --data then=build
        [ "$output" = 400 ]
        send --data-urlencode $'script=#!/bin/sh\n: two\n' --data then=nonsense
        [ "$output" = 400 ]
        [ "$(saved)" = $'#!/bin/sh\n: one' ]

        # The job waits until it is told to go on.
        send --data-urlencode then=build --data-urlencode \
                $'script=#!/bin/sh -e\ntouch "$LEFT4ME_OUT/began"\nuntil [ -e "$LEFT4ME_OUT/go" ]; do sleep 0.1; done\necho a >"$OVERLAY/a"\n'
        [ "$output" = 200 ]
        id=$(python3 -c 'import json; v = json.load(open("/run/answer")); assert "started to build" in v["message"], v; print(v["location"].removeprefix("/jobs/"))')
        [[ "$id" =~ ^[0-9a-f]{32}$ ]]
        has_begun() { [ -e "$state/jobs/script/out/began" ]; }
        wait_until has_begun
        # A build that is refused, because one runs, leaves the script saved.
        send --data-urlencode $'script=#!/bin/sh\necho b >"$OVERLAY/b"\n' --data then=build-empty
        [ "$output" = 409 ]
        grep -q "Saved the script of 'script'. The build has not started." /run/answer
        grep -q 'runs already' /run/answer
        [ "$(saved)" = $'#!/bin/sh\necho b >"$OVERLAY/b"' ]
        run -0 post chief --data-urlencode $'script=#!/bin/sh\necho b >"$OVERLAY/b"\n' --data then=build \
                --data-urlencode "script_match=$(saved | sha256sum | cut -d' ' -f1)" /overlays/script/-/script
        [[ "$output" == *'The build has not started.'* && "$output" != *'Discard mine'* && "$output" != *'data-guard="typed"'* ]]
        touch "$state/jobs/script/out/go"
        run -0 l4d2ctl job logs --follow "$id"
        [ "$(l4d2ctl overlay get script a)" = a ]
        send --data-urlencode $'script=#!/bin/sh\necho b >"$OVERLAY/b"\n' --data then=build-empty
        [ "$output" = 200 ]
        run -0 l4d2ctl job logs --follow "$(python3 -c 'import json; print(json.load(open("/run/answer"))["location"].removeprefix("/jobs/"))')"
        run -0 l4d2ctl overlay tree script
        [[ "$output" == *b* && "$output" != *'a '* ]]
        l4d2ctl overlay delete script
}

@test "the owner of an overlay that has an admin's script changes its description" {
        l4d2ctl overlay create alice/scripted
        l4d2ctl overlay define alice/scripted kind=script
        run -0 post alice --output /dev/null --write-out '%{http_code}' --data-urlencode 'description=Ours' \
                /overlays/alice/scripted/-/description
        [ "$output" = 303 ]
        [[ "$(web alice /overlays/alice/scripted)" == *'translate="no">Ours</p>'* ]]
        l4d2ctl overlay delete alice/scripted
}

@test "the description of an overlay is typed when it is created, shown, and changed alone" {
        local markup='<b>Maps</b> & "more"' shown='&lt;b&gt;Maps&lt;/b&gt; &amp; &quot;more&quot;'
        run -0 post alice --output /dev/null --write-out '%{http_code}' --data-urlencode name=told \
                --data-urlencode "description=$markup" /overlays
        [ "$output" = 303 ]
        run -0 web alice /api/overlays
        [ "$(json '[(o["kind"], o["description"]) for o in v["overlays"] if o["ref"] == "alice/told"]')" = "[('files', '$markup')]" ]
        for page in /overlays /overlays/alice/told; do
                run -0 web bob "$page"
                [[ "$output" == *"$shown"* ]]
        done
        # One that is refused leaves no overlay, and the text stays in the form.
        run -0 post alice --include --data-urlencode name=refused --data-urlencode $'description=two\nlines' /overlays
        [[ "$output" == 'HTTP/1.1 422'*'must be one line without control characters'* ]]
        run -0 post alice --include --data-urlencode name=refused --data-urlencode "description=$(printf 'x%.0s' {1..1025})" /overlays
        [[ "$output" == 'HTTP/1.1 422'*'A description can have 1024 bytes.'* ]]
        [ ! -e "$state/overlays/alice/refused" ]

        # The rest of the definition stays.
        printf '# ours\nkind: release # of a friend\ngithub: a/b\ndescription: old # so far\nkeep: [x]\n' |
                l4d2ctl overlay define alice/told --file=-
        describe() {
                run -0 post "$1" --output /run/answer --write-out '%{http_code}' --data-urlencode "description=$2" \
                        /overlays/alice/told/-/description
        }
        describe alice new
        [ "$output" = 303 ]
        [ "$(cat "$state/overlays/alice/told/overlay.yaml")" = $'# ours\nkind: release # of a friend\ngithub: a/b\ndescription: new # so far\nkeep: [x]' ]
        describe bob theirs
        [ "$output" = 404 ]
        describe alice ''
        [ "$output" = 303 ]
        ! grep description "$state/overlays/alice/told/overlay.yaml" || false
        run -0 web alice /overlays/alice/told
        [[ "$output" != *'class="description"'* ]]
        # One with errors is left as it is.
        echo 'kind: [' >"$state/overlays/alice/told/overlay.yaml"
        describe alice new
        [ "$output" = 422 ]
        [ "$(cat "$state/overlays/alice/told/overlay.yaml")" = 'kind: [' ]
        l4d2ctl overlay delete alice/told
}

# --- the audit trail ---------------------------------------------------------------------------------

@test "the trail says who did what; of others' servers only to admins" {
        make_blueprint alice trailed
        post alice --output /dev/null --data-urlencode name=trailed --data-urlencode blueprint=alice/trailed \
                --data-urlencode port=27041 /servers
        journalctl --sync
        run -0 web chief '/api/audit?instance=trailed'
        [ "$(json 'v["entries"][0]["user"], v["entries"][0]["action"], v["entries"][0]["instance"]')" = \
                "('alice', 'initialize', 'trailed')" ]
        run -0 web alice /api/audit
        [[ "$(json '[e["instance"] for e in v["entries"]]')" == *trailed* ]]
        run -0 web bob /api/audit
        [[ "$output" != *trailed* ]]
        l4d2ctl delete trailed
}

@test "an entry that somebody forges names who wrote it" {
        useradd --no-create-home forger
        setpriv --reuid forger --regid forger --clear-groups python3 - <<-'END'
		import socket
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.sendto(b"MESSAGE=stop by chief\nMESSAGE_ID=9b0b2ca879374ecbb4055bc84e84472b\n"
		         b"L4D2_ACTION=stop\nL4D2_USER=chief\n", "/run/systemd/journal/socket")
	END
        journalctl --sync
        run -0 web chief /api/audit
        [ "$(json 'v["entries"][0]["user"], v["entries"][0]["action"]')" = "('forger', 'stop')" ]
}

@test "bytes that are not UTF-8 are shown as such, and hide no other entry" {
        make_instance bytes 27042
        setpriv --reuid forger --regid forger --clear-groups python3 - <<-'END'
		import socket
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		for field in "L4D2_ACTION", "L4D2_OVERLAY", "L4D2_BLUEPRINT", "L4D2_COMMAND", "L4D2_USER", "MESSAGE":
		    fields = {"MESSAGE_ID": b"9b0b2ca879374ecbb4055bc84e84472b", "MESSAGE": b"forged", "L4D2_INSTANCE": b"bytes",
		              "L4D2_ACTION": b"bytes", field: b"a\xff\xc3b"}
		    s.sendto(b"".join(k.encode() + b"=" + v + b"\n" for k, v in fields.items()), "/run/systemd/journal/socket")
	END
        journalctl --sync
        run -0 web chief '/api/audit?instance=bytes'
        [ "$(json 'ascii(sorted(e["action"] for e in v["entries"] if e["user"] == "forger"))')" = \
                "['a\ufffd\ufffdb', 'bytes', 'bytes', 'bytes', 'bytes', 'bytes']" ]
        [ "$(json 'ascii([e["message"] for e in v["entries"] if e["message"] != "forged"][0])')" = "'a\ufffd\ufffdb'" ]
        run -0 web chief '/api/servers/bytes/timeline?show=actions'
        [ "$(json 'ascii([i["text"] for i in v["items"] if i["text"]])')" = "['a\ufffd\ufffdb']" ]
        [ "$(status_of chief '/audit')$(status_of chief /servers/bytes/timeline)" = 200200 ]
        l4d2ctl delete bytes
}

@test "the trail goes on with older entries" {
        python3 - <<-'END'
		import socket
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.connect("/run/systemd/journal/socket")
		for i in range(1, 121):
		    s.send(f"MESSAGE=x{i} by root\nMESSAGE_ID=9b0b2ca879374ecbb4055bc84e84472b\n"
		           f"L4D2_ACTION=x{i}\nL4D2_USER=root\n".encode())
	END
        journalctl --sync
        run -0 web chief /api/audit
        [ "$(json 'v["n_entries"], v["entries"][0]["action"], v["entries"][99]["action"]')" = "(100, 'x120', 'x21')" ]
        older=$(json 'v["older_href"]')
        run -0 web chief "/api$older"
        [ "$(json 'v["entries"][0]["action"]')" = x20 ]
        [ "$(status_of chief '/audit?before=nonsense')" = 400 ]
        [ "$(status_of chief '/audit?instance=../x')" = 400 ]
}

# --- the host ------------------------------------------------------------------------------------------

@test "the host's page shows the reports, made anew on demand" {
        [ "$(status_of alice /host)" = 404 ]
        rm -f /run/left4me/reports/*
        run -0 web chief /api/host
        [ "$(json 'v["doctor"]["is_known"], v["hardening"]["is_known"], v["disk"]["time"]')" = "(False, False, None)" ]
        l4d2ctl blueprint create alice/run -f - <<<'overlays: [standard]'
        l4d2ctl initialize run --blueprint alice/run
        l4d2ctl start run
        # Reports are English on a host with another language, and the page translates what is found.
        systemctl set-environment LANG=C.UTF-8 LANGUAGE=en_XA
        run -0 post chief --include /host/check
        systemctl unset-environment LANG LANGUAGE
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        run -1 grep -l ⟦ /run/left4me/reports/*
        run -0 web chief -H 'Accept-Language: en-XA' /api/host
        [ "$(json '{f["message"][0] for f in v["doctor"]["findings"] if f["is_translated"]}, sum(f["is_translated"] for f in v["doctor"]["findings"]) > 15')" = "({'⟦'}, True)" ]
        run -0 web chief /api/host
        [ "$(json 'v["doctor"]["is_known"], [s["instance"] for s in v["hardening"]["servers"]]')" = "(True, ['run'])" ]
        # Which controls hold is not ours to say: as l4d2ctl says it.
        effective=$(json 'v["hardening"]["servers"][0]["n_effective"]')
        [ "$effective" -gt 30 ]
        [ "$effective" = "$(l4d2ctl hardening run --json | grep -o '"state":"effective"' | wc -l)" ]
        [ "$(json '[p["is_real"] for p in v["hardening"]["servers"][0]["points"] if p["name"] == "PrivateNetwork="]')" = "[True]" ]
        # Points that an i386 process earns without being held.
        [[ $standin_abi != i386 || "$(json '[p["name"] for p in v["hardening"]["servers"][0]["points"] if not p["is_real"]]')" == *RestrictAddressFamilies=* ]]
        [[ "$(json '[l["label"] for l in v["disk"]["layers"]]')" == *"the game, version 1"*"overlay standard"*"written by run"* ]]
        [ "$(json 'v["slices"][0]["is_active"], v["systemd"][:3]')" = "(True, '257')" ]
        l4d2ctl stop run
}

# --- a server that a filter killed -----------------------------------------------------------------

@test "a server killed by its filter is shown with what l4d2ctl says of the call" {
        l4d2ctl blueprint create alice/filtered -f - <<<'overlays: [standard]'
        l4d2ctl initialize filtered --blueprint alice/filtered
        mkdir -p /run/systemd/system/left4me-server@filtered.service.d
        printf '[Service]\nRestart=no\n' >/run/systemd/system/left4me-server@filtered.service.d/50-once.conf
        systemctl daemon-reload
        l4d2ctl start filtered
        rcon filtered standin_syscall ptrace || true
        wait_until is_failed filtered
        # In the container the kernel's log is not the machine's: the name is tested in the virtual one.
        is_shown_failed() {
                run -0 web alice /api/servers/filtered
                [ "$(json 'v["blocked"], v["server"]["state"]')" = "(None, 'failed')" ]
        }
        wait_until is_shown_failed
        run -0 web alice /servers/filtered
        [[ "$output" == *SIGSYS* ]]
        l4d2ctl delete filtered
}
