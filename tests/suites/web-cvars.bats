#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The list of a server's commands and variables, for the form of its blueprint.

load common
load web/web

setup_file() {
        install_game
        echo 'config: []' | l4d2ctl blueprint create alice/standard --file=-
        printf 'port: 27015\nblueprint: alice/standard\nrcon_password: correct-horse-1\n' | l4d2ctl initialize 1 -f -
        printf 'port: 27016\nblueprint: alice/standard\n' | l4d2ctl initialize 2 -f -
        make_instance 3 27017
        systemctl start left4me-web.service
        for who in alice bob; do
                add_user "$who" user
                log_in "$who" >/dev/null
        done
        l4d2ctl start 1
        info_of 27015 >/dev/null
}

teardown_file() {
        systemctl stop left4me-web.service 'left4me-server@*.service' || true
}

json() { python3 -c "import json, sys; m = json.load(sys.stdin)['cvars']; print(($1))"; }

@test "the owner of a running server gets its list, and nobody else" {
        run -0 web alice --include /servers/1/cvars
        [[ "$output" == *'Content-Type: application/json'* && "$output" != *correct-horse* ]]
        run -0 web alice /servers/1/cvars
        [ "$(json '[(c["name"], c["is_command"], c["is_cheat"]) for c in m if c["name"] in ("god", "noclip", "sv_alltalk")]' <<<"$output")" = \
                "[('god', False, True), ('noclip', True, True), ('sv_alltalk', False, False)]" ]
        [ "$(status_of bob /servers/1/cvars)" = 404 ]
        [ "$(status_of alice /servers/3/cvars)" = 404 ]
        [ "$(status_of nobody /servers/1/cvars)" = 401 ]
        # This changes nothing: neither the history of commands nor the audit log has it.
        journalctl --sync
        run ! journalctl -b L4D2_INSTANCE=1 L4D2_USER=alice --grep cvar
}

@test "a server that does not run has no list" {
        [ "$(web alice /servers/2/cvars)" = '{"cvars":null}' ]
}

@test "a hostile list is text without control characters" {
        l4d2ctl console 1 standin_cvarlist 1
        run -0 web alice /servers/1/cvars
        [ "$(json '[c for c in m if c["name"].startswith("zz_")]' <<<"$output")" = \
                "[{'name': 'zz_<b>', 'is_command': False, 'is_cheat': True, 'help': '\\\\x1b[31m<img src=x onerror=alert(1)>\\\\u202e'}]" ]
        l4d2ctl console 1 standin_cvarlist 0
}

@test "the form names the running servers of its blueprint, and others that the user has access to" {
        run -0 web alice /blueprints/alice/standard
        [[ "$output" == *'data-cvars="/servers/1/cvars "'* && "$output" == *'data-cvars-other=""'* ]]
        echo 'config: []' | l4d2ctl blueprint create alice/other --file=-
        echo 'config: []' | l4d2ctl blueprint create bob/standard --file=-
        run -0 web alice /blueprints/alice/other
        [[ "$output" == *'data-cvars=""'* && "$output" == *'data-cvars-other="/servers/1/cvars"'* ]]
        run -0 web alice /blueprints/new
        [[ "$output" == *'data-config'* && "$output" == *'data-cvars-other="/servers/1/cvars"'* ]]
        run -0 web alice /blueprints/alice/other/yaml
        [[ "$output" == *'data-cvars=""'* && "$output" == *'data-cvars-other="/servers/1/cvars"'* ]]
        # A spec asks its own server first.
        run -0 web alice /servers/1/spec
        [[ "$output" == *'data-cvars="/servers/1/cvars"'* && "$output" == *'data-cvars-other=""'* ]]
        run -0 web alice /servers/2/spec
        [[ "$output" == *'data-cvars=""'* && "$output" == *'data-cvars-other="/servers/1/cvars"'* ]]
        # Servers of other users are not named.
        for page in new bob/standard; do
                run -0 web bob "/blueprints/$page"
                [[ "$output" == *'data-cvars-other=""'* ]]
        done
}
