#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The web app's page about the game: the build that servers get, the one that Steam has, the versions with Roll back, the
# servers that run another one, and the job that is at work. steamcmd is the stand-in.

load common
load web/web

home=/var/lib/left4me-build

setup_file() {
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[install]\nsteamcmd=%s/steamcmd\n' "$BATS_TEST_DIRNAME" >/etc/left4me/left4me.conf.d/steamcmd.conf
        rm -rf "${state:?}"/installation/* "${state:?}"/update-check/* "$home"/steamcmd-*
        steamcmd_behaviour works
        begin_web chief:admin alice:user
}

steamcmd_behaviour() { echo "$1" >$home/steamcmd-behaviour; }

teardown_file() {
        systemctl stop left4me-install.service left4me-check.service 'left4me-server@*.service' || true
        rm -f /etc/left4me/left4me.conf.d/steamcmd.conf
}

# game FILTER: the same of the page's model.
game() { run -0 web chief /api/host/game && json "$1"; }

job_ended() { [[ "$(property "left4me-${1:-install}.service" ActiveState)" == @(inactive|failed) ]]; }

@test "without a game the page says so, and only admins have it" {
        [ "$(status_of alice /host/game)" = 404 ]
        [ "$(game 'v["game"]["is_installed"], v["game"]["checked"], v["has_versions"], v["has_outdated"]')" = "(False, None, False, False)" ]
        run -0 web chief /host/game
        [[ "$output" == *"The game is not installed."* && "$output" == *"No versions yet."* ]]
}

@test "Install makes the first version, and Check compares its build with Steam's" {
        run -0 post chief --include /host/game/install
        [[ "${lines[0]}" == "HTTP/1.1 303 "* && "$output" == *$'ocation: /host/game\r'* ]]
        wait_until job_ended
        [ "$(game '[(e["version"], e["build"], e["is_current"]) for e in v["versions"]], v["game"]["build"]')" = "([('1', '1000', True)], '1000')" ]
        [ "$(game 'v["job"]["result"], v["job"]["user"], v["has_lines"], v["check"]')" = "('done', 'chief', True, None)" ]

        run -0 post chief /host/game/check
        wait_until job_ended check
        [ "$(game 'v["game"]["is_newest"], v["game"]["has_update"], v["game"]["available"]')" = "(True, False, '1000')" ]
        echo 1001 >$home/steamcmd-build
        run -0 post chief /host/game/check
        wait_until job_ended check
        [ "$(game 'v["game"]["is_newest"], v["game"]["has_update"], v["game"]["available"]')" = "(False, True, '1001')" ]
        for page in /host /host/game; do
                run -0 web chief $page
                [[ "$output" == *"Update available: Steam has build 1001."* ]]
        done
}

@test "an update while a server runs: the server is listed with its build until it restarts" {
        make_instance old 27015
        l4d2ctl start old
        [ "$(game 'v["has_outdated"]')" = False ]
        steamcmd_behaviour newer
        run -0 post chief /host/game/install
        wait_until job_ended
        [ "$(game '[(e["name"], e["version"], e["build"]) for e in v["outdated"]]')" = "[('old', '1', '1000')]" ]
        [ "$(game '[(e["version"], e["build"], e["is_current"], e["is_mounted"]) for e in v["versions"]]')" = \
                "[('2', '1001', True, False), ('1', '1000', False, True)]" ]
        # The check was before the update, and is about what servers get now.
        [ "$(game 'v["game"]["is_newest"], v["game"]["has_update"], v["game"]["build"]')" = "(True, False, '1001')" ]
        l4d2ctl restart old
        [ "$(game 'v["has_outdated"]')" = False ]
}

@test "Roll back gives servers the older version, and an update is available again" {
        run -0 post chief --include --data-urlencode version=1 /host/game/rollback
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        [ "$(game '[e["version"] for e in v["versions"] if e["is_current"]], v["game"]["has_update"]')" = "(['1'], True)" ]
        [ "$(game '[(e["name"], e["build"]) for e in v["outdated"]]')" = "[('old', '1001')]" ]
        for version in '' 2/../1 --help; do
                run -0 post chief --include --data-urlencode "version=$version" /host/game/rollback
                [[ "${lines[0]}" == "HTTP/1.1 422 "* ]]
        done
        run -0 post chief --include --data-urlencode version=9 /host/game/rollback
        [[ "${lines[0]}" == "HTTP/1.1 404 "* || "${lines[0]}" == "HTTP/1.1 409 "* || "${lines[0]}" == "HTTP/1.1 422 "* ]]
        [[ "$output" == *"Failed to roll the game back."* ]]
        l4d2ctl stop old
}

@test "a job that runs shows its progress and refuses another" {
        local id
        steamcmd_behaviour hangs
        run -0 post chief /host/game/install
        progress() { [ "$(game 'v["job"]["is_running"], v["job"]["has_percent"] and v["job"]["percent"]')" = "(True, 12)" ]; }
        wait_until progress
        id=$(game 'v["job"]["id"]')
        [[ "$(game 'v["events_href"]')" == "/jobs/$id/events"* ]]
        run -0 post chief --include /host/game/check
        [[ "${lines[0]}" == "HTTP/1.1 409 "* && "$output" == *"Steam was not asked for the newest build."* ]]
        systemctl stop left4me-install.service
        [ "$(game 'v["job"]["result"], v["events_href"]')" = "('cancelled', None)" ]
}

@test "a check is shown with its progress while it runs, then as a line beside the newest installation" {
        local before
        before=$(game 'v["job"]["id"]')
        steamcmd_behaviour hangs
        run -0 post chief /host/game/check
        checks() { [ "$(game 'v["job"]["kind"], v["job"]["is_running"], v["check"], v["events_href"] is None')" = "('check', True, None, False)" ]; }
        wait_until checks
        run -0 web chief /host/game
        [[ "$output" == *"The job that runs"* && "$output" != *"Last check for an update:"* ]]
        systemctl stop left4me-check.service
        [ "$(game 'v["job"]["id"], v["job"]["kind"], v["events_href"]')" = "('$before', 'install', None)" ]
        [ "$(game 'v["check"]["kind"], v["check"]["result"]')" = "('check', 'cancelled')" ]
        run -0 web chief /host/game
        [[ "$output" == *"The last installation"* && "$output" == *"Last check for an update:"*'data-state="cancelled"'* ]]
        [[ "$output" == *"href=\"$(game 'v["check"]["href"]')\""* ]]
}
