#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A server that fails since its game or an overlay has a new version: status and its page name the version, and offer
# the one of the last good run.

load common
load web/web

setup_file() {
        install_game
        for who in chief:admin alice:user bob:user; do
                add_user "${who%:*}" "${who#*:}"
        done
        systemctl start left4me-web.service
        for who in chief alice bob; do log_in "$who" >/dev/null; done
        l4d2ctl overlay create alice/maps
        l4d2ctl overlay put alice/maps left4dead2/cfg/a.cfg - <<<'// one'
        l4d2ctl overlay create other
        l4d2ctl overlay put other left4dead2/cfg/b.cfg - <<<'// one'
        l4d2ctl blueprint create alice/one -f - <<<'overlays: [alice/maps, other]'
        l4d2ctl initialize run --blueprint alice/one --port 27015
        # Each end is one for good.
        mkdir -p /run/systemd/system/left4me-server@run.service.d
        printf '[Service]\nRestart=no\n' >/run/systemd/system/left4me-server@run.service.d/90-once.conf
        systemctl daemon-reload
}

teardown_file() { systemctl stop left4me-server@run.service || true; }

json() { python3 -c "import json, sys; v = json.loads(sys.argv[1]); print(($1))" "$output"; }
suspects() {
        run l4d2ctl status run --json
        json '[(s["overlay"], s["version"], s["previous"]) for s in v["suspects"]]'
}
# Longer than a minute: a run that was stopped after that was good.
lasted() {
        local up
        read -r up _ </proc/uptime
        ((${up%.*} - $(property "$(unit run)" ActiveEnterTimestampMonotonic) / 1000000 > 61))
}
is_state() { [[ $(property "$(unit run)" ActiveState) == "$1" ]]; }
crash() {
        rcon run standin_exit 3 || true
        wait_until is_state failed
        journalctl --sync
}

@test "a server that fails without a good run before, or with the same content, has no suspect" {
        l4d2ctl start run
        crash
        [ "$(suspects)" = '[]' ]
        l4d2ctl start run
        l4d2ctl restart run
        crash
        [ "$(suspects)" = '[]' ]
}

@test "an overlay that changed after the last good run is named, with the command that takes it back" {
        l4d2ctl start run
        # It ran with the old version for a while, and ended on request.
        wait_until lasted
        l4d2ctl overlay put alice/maps left4dead2/cfg/a.cfg - <<<'// two'
        l4d2ctl restart run
        [ "$(suspects)" = '[]' ]
        crash
        [ "$(suspects)" = "[('alice/maps', '2', '1')]" ]
        run l4d2ctl status run
        [[ "$output" == *"Suspect:"*"the overlay alice/maps has version 2 since "*"'l4d2ctl overlay rollback alice/maps 1' takes it back"* ]]
        run -0 web alice /servers/run
        [[ "$output" == *'action="/overlays/alice/maps/-/rollback"'*'Roll back to version 1'* ]]
}

@test "a stop and a restart soon after the start take no offer away; after two changes the good version is offered" {
        l4d2ctl start run
        l4d2ctl stop run
        l4d2ctl start run
        l4d2ctl restart run
        crash
        [ "$(suspects)" = "[('alice/maps', '2', '1')]" ]
        l4d2ctl overlay put alice/maps left4dead2/cfg/a.cfg - <<<'// three'
        [ "$(suspects)" = "[('alice/maps', '3', '1')]" ]
        run -0 web alice /servers/run
        [[ "$output" == *'Roll back to version 1'* ]]
}

@test "the newest change is first; an overlay or game of others has no button" {
        l4d2ctl overlay put other left4dead2/cfg/b.cfg - <<<'// two'
        l4d2ctl start run
        crash
        [ "$(suspects)" = "[('other', '2', '1'), ('alice/maps', '3', '1')]" ]
        run -0 web alice /api/servers/run
        [ "$(json '[(s["overlay"], s["can_roll_back"]) for s in v["suspects"]]')" = "[('other', False), ('alice/maps', True)]" ]
        run -0 web chief /api/servers/run
        [ "$(json '[(s["overlay"], s["can_roll_back"]) for s in v["suspects"]]')" = "[('other', True), ('alice/maps', True)]" ]
}

@test "a rollback ends the suspicion" {
        run -0 post alice --include --data-urlencode version=1 /overlays/alice/maps/-/rollback
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        l4d2ctl overlay rollback other 1
        # The version before the current one is missing.
        [ "$(suspects)" = '[]' ]
        l4d2ctl start run
        crash
        [ "$(suspects)" = '[]' ]
}

@test "after rollbacks the version of the good run is offered, whether older or newer ones lie beside it" {
        l4d2ctl overlay put other left4dead2/cfg/b.cfg - <<<'// three'
        # With version 1 of alice/maps, though 2 and 3 are there, and 3 of other.
        l4d2ctl start run
        wait_until lasted
        l4d2ctl overlay put alice/maps left4dead2/cfg/a.cfg - <<<'// four'
        l4d2ctl overlay rollback other 1
        l4d2ctl restart run
        crash
        [ "$(suspects)" = "[('other', '1', '3'), ('alice/maps', '4', '1')]" ]
        l4d2ctl overlay rollback other 3
        l4d2ctl overlay rollback alice/maps 1
        [ "$(suspects)" = '[]' ]
}

@test "when the good version was removed, what changed is named all the same, without an offer" {
        local store=$state/overlays/alice/maps good new
        good=$(basename "$(readlink "$store/current")")
        l4d2ctl start run
        wait_until lasted
        l4d2ctl overlay put alice/maps left4dead2/cfg/a.cfg - <<<'// five'
        new=$(basename "$(readlink "$store/current")")
        l4d2ctl restart run
        crash
        [ "$(suspects)" = "[('alice/maps', '$new', '$good')]" ]
        mv "$store/versions/$good" /run/version
        [ "$(suspects)" = "[('alice/maps', '$new', '$good')]" ]
        run l4d2ctl status run --json
        [ "$(json 'v["suspects"][0]["is_gone"]')" = True ]
        run l4d2ctl status run
        [[ "$output" == *"Suspect:"*"the overlay alice/maps has version $new since "*"version $good of that run was removed"* ]]
        [[ "$output" != *'overlay rollback'* ]]
        run -0 web alice /servers/run
        [[ "$output" == *"which has version $new now"*"Version $good of that run was removed"* && "$output" != *'Roll back to version'* ]]
        mv /run/version "$store/versions/$good"
        run -0 web alice /servers/run
        [[ "$output" != *'of that run was removed'* && "$output" == *"Roll back to version $good"* ]]
        l4d2ctl overlay rollback alice/maps "$good"
}

@test "a game that changed after the last good run is named, and an admin's button takes it back" {
        local versions=$state/installation/versions
        l4d2ctl start run
        # As an update makes it, with servers on the version before.
        cp -a "$versions/1" "$versions/2"
        ln -s versions/2 "$state/installation/current.new"
        mv -T "$state/installation/current.new" "$state/installation/current"
        l4d2ctl restart run
        crash
        [ "$(suspects)" = "[(None, '2', '1')]" ]
        run l4d2ctl status run
        [[ "$output" == *"Suspect:"*"the game has version 2 since "*"'l4d2ctl game rollback 1' takes it back"* ]]
        run -0 web alice /servers/run
        [[ "$output" == *'another version of the game, which has version 2 now'* && "$output" != *'Roll back to version'* ]]
        run -0 web chief /servers/run
        [[ "$output" == *'action="/host/game/rollback"'*'Roll back to version 1'* ]]

        run -0 post alice --include --data-urlencode version=1 /host/game/rollback
        [[ "${lines[0]}" == "HTTP/1.1 "[!23]* ]] || { echo "${lines[0]}"; false; }
        run -0 post chief --include --data-urlencode version=1 /host/game/rollback
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        [ "$(readlink "$state/installation/current")" = versions/1 ]
        [ "$(suspects)" = '[]' ]
}
