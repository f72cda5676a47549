#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The models of the pages, as /api gives them, are what their samples say, against which the templates
# were checked; so no page misses what its template shows.

load common
load web/web

samples=/usr/share/doc/left4me/api

setup_file() {
        # shellcheck source=common.bash
        . "$BATS_TEST_DIRNAME/common.bash"
        # shellcheck source=web/web.bash
        . "$BATS_TEST_DIRNAME/web/web.bash"
        install_game
        make_instance running 27015
        make_instance stopped 27016
        make_instance refused 27017
        echo 'port: 99999' >"$state/instances/refused/spec.yaml"
        systemctl daemon-reload
        systemctl start left4me-web.service
        add_user chief admin
        add_user alice user
        log_in chief >/dev/null
        log_in alice >/dev/null
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

@test "a server, in each state" {
        is_like server chief /servers/running
        is_like server chief /servers/stopped
        is_like server chief /servers/refused
}

@test "a spec" {
        is_like spec chief /servers/running/spec
        is_like spec chief /servers/refused/spec
}

@test "a log" {
        is_like log chief /servers/running/log
        is_like log chief '/servers/running/log?q=nothing+like+this'
}

@test "a new server" {
        is_like server-new chief /servers/new
        is_like server-new alice /servers/new
}

@test "who may log in" {
        is_like login nobody /login
        is_like users chief /users
        is_like password alice /password
}
