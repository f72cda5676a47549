#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-check.service: the daily question whether Steam has an update of the game, who is told about it, and when Steam
# is not asked. steamcmd is the stand-in. install.bats has the tests of `l4d2ctl install --check`.

load common
load web/web

home=/var/lib/left4me-build
unit=left4me-check.service
conf=/etc/left4me/left4me.conf.d/steamcmd.conf
commands=/etc/left4me/alerts.d
alert=left4me-alert@game-update:host.service

setup_file() {
        # shellcheck source=common.bash
        . "$BATS_TEST_DIRNAME/common.bash"
        begin_web chief:admin
}

setup() {
        rm -rf "${state:?}"/installation/* "${state:?}"/update-check/* "$home"/{steamcmd-*,downloaded} /run/left4me/alerts/* "$commands"
        mkdir -p "$commands" "${conf%/*}"
        steamcmd_behaviour works
        configure
        # The way out of the sandbox of alerts is the journal.
        printf '#!/bin/bash\necho "facts=$(cat)"; echo "kind=$LEFT4ME_KIND"\n' >"$commands/facts"
        chmod 755 "$commands/facts"
}

teardown() {
        systemctl stop "$unit" left4me-install.service
        rm -rf "$commands" "$conf" /run/systemd/system/left4me-check.{service,timer}.d
        mkdir "$commands"
        systemctl daemon-reload
        systemctl restart left4me-check.timer
        systemctl reset-failed || true
}

steamcmd_behaviour() { echo "$1" >$home/steamcmd-behaviour; }
# configure [LINE…]: of [install].
configure() { printf '%s\n' '[install]' "steamcmd=$BATS_TEST_DIRNAME/steamcmd" "$@" >"$conf"; }

# log_has TEXT: whether the unit has written this since mark.
mark() { log_mark=@$(date +%s.%6N); }
log_has() { journalctl --sync; journalctl -q -o cat -u "$unit" --since "$log_mark" | grep -qF -- "$1"; }
# Alerts that were sent since mark, and their facts.
alerts() { journalctl --sync; journalctl -q -o cat -u "$alert" --since "$log_mark" | sed -n 's/^facts=//p'; }
has_alerts() { [[ $(alerts | wc -l) == "$1" ]]; }
# told: one alert was sent, and has ended.
told() { wait_until has_alerts 1 && wait_until alert_ended; }
alert_ended() { [[ $(property "$alert" ActiveState) == inactive ]]; }
# no_alert: the alert's unit was not even started. It would be queued when the check has ended.
no_alert() {
        ! systemctl list-jobs --no-legend | grep -F left4me-alert || return
        [[ $(property "$alert" ActiveState) == inactive ]] && has_alerts 0
}
n_questions() { grep -c app_info_print "$home/steamcmd-calls" || true; }
game() { run -0 web chief /api/host/game && json "$1"; }
outdated() { curl -sS --fail http://localhost:8080/metrics | sed -n 's/^left4me_game_outdated //p'; }

@test "the timer is active, catches up after a day without power, and has jitter" {
        [ "$(property left4me-check.timer ActiveState)" = active ]
        [ "$(property left4me-check.timer Persistent)" = yes ]
        [ "$(property left4me-check.timer RandomizedDelayUSec)" = 6h ]
        run -0 systemctl list-timers --all left4me-check.timer
        [[ "$output" == *left4me-check.service* ]]
        [ -e /usr/lib/systemd/system/timers.target.wants/left4me-check.timer ]
}

@test "when the timer elapses, Steam is asked" {
        l4d2ctl install
        echo 1001 >$home/steamcmd-build
        mkdir -p /run/systemd/system/left4me-check.timer.d
        printf '[Timer]\nOnActiveSec=0\nRandomizedDelaySec=0\nAccuracySec=1us\n' >/run/systemd/system/left4me-check.timer.d/now.conf
        systemctl daemon-reload
        mark
        systemctl restart left4me-check.timer
        wait_until log_has 'The game is outdated: build 1000 is installed, Steam has build 1001'
        told
}

@test "a newer build is told everywhere, and by one alert; the same build the next day by none" {
        l4d2ctl install
        make_instance told 27015
        mark
        systemctl start "$unit"
        log_has 'The game is up to date: build 1000'
        no_alert
        [ "$(outdated)" = 0 ]
        run -0 l4d2ctl status
        [[ "$output" != *build* ]]

        echo 1001 >$home/steamcmd-build
        systemctl start "$unit"
        log_has 'The game is outdated: build 1000 is installed, Steam has build 1001'
        told
        python3 - "$(alerts)" "$(uname -n)" <<'END'
import json, sys
v = json.loads(sys.argv[1])
assert (v["kind"], v["server"], v["overlay"], v["label"]) == ("update", None, None, None), v
assert v["text"] == "Steam has build 1001 of the game, and %s has build 1000; 'l4d2ctl install' installs the update" % sys.argv[2], v
assert any("Steam has build 1001" in line for line in v["lines"]), v
END
        journalctl -q -o cat -u "$alert" --since "$log_mark" | grep -qx kind=update
        run -0 web chief /host
        [[ "$output" == *"Update available: Steam has build 1001."* ]]
        [ "$(game 'v["game"]["has_update"], v["check"]["kind"], v["check"]["result"]')" = "(True, 'check', 'done')" ]
        [ "$(outdated)" = 1 ]
        for verb in status list; do
                run -0 l4d2ctl "$verb"
                [[ "$output" == *"Steam has build 1001 of the game, and build 1000 is installed: 'l4d2ctl install' installs the update"* ]]
        done
        run l4d2ctl status told
        [[ "$output" == *"Update: available: Steam has build 1001 of the game, and build 1000 is installed; 'l4d2ctl install' installs it"* ]]
        # The doctor says this of a game that is an i386 program, whether this kernel executes it or not.
        install -o left4me-build -g left4me-build /usr/lib/left4me-build/standin/i386/srcds_linux "$state/installation/current/"
        run l4d2ctl doctor --json
        [ "$(json '[(f["state"], f["message"], f["fix"]) for f in v if f["check"] == "game"]')" = \
                "[('warning', 'Steam has build 1001 of the game, and build 1000 is installed', 'l4d2ctl install')]" ]
        # For the web app too, from inside of the sandbox.
        systemctl start left4me-report@doctor.service
        grep -qF 'Steam has build 1001 of the game' /run/left4me/reports/doctor.json
        # Nothing was installed.
        [ "$(readlink "$state/installation/current")" = versions/1 ]

        # A reboot leaves nothing in /run. The update is known all the same, and not news any more.
        rm -rf /run/left4me/alerts/*
        mark
        systemctl start "$unit"
        run -7 l4d2ctl install --check
        log_has 'The game is outdated: build 1000 is installed, Steam has build 1001'
        no_alert
        [ "$(outdated)" = 1 ]

        # The one after it is.
        echo 1002 >$home/steamcmd-build
        systemctl start "$unit"
        told
        [[ "$(alerts)" == *'Steam has build 1002 of the game'* ]]

        # All of this ends with the update. A rollback is not news.
        l4d2ctl install
        [ "$(outdated)" = 0 ]
        run -0 l4d2ctl status
        [[ "$output" != *build* ]]
        l4d2ctl game rollback
        rm -rf /run/left4me/alerts/*
        mark
        systemctl start "$unit"
        log_has 'The game is outdated: build 1000 is installed, Steam has build 1002'
        [ "$(outdated)" = 1 ]
        no_alert
        l4d2ctl delete told
}

@test "a check by hand that finds an update sends the alert, and the daily one no second" {
        l4d2ctl install
        echo 1001 >$home/steamcmd-build
        mark
        run -7 l4d2ctl install --check
        told
        rm -rf /run/left4me/alerts/*
        mark
        systemctl start "$unit"
        no_alert
}

@test "when Steam can't be reached, the log and the jobs say so, no alert is sent, and the last answer stays" {
        l4d2ctl install
        echo 1001 >$home/steamcmd-build
        mark
        systemctl start "$unit"
        told
        rm -rf /run/left4me/alerts/*
        steamcmd_behaviour 'says:FAILED (No Connection)'
        mark
        for _ in 1 2 3; do run -1 systemctl start "$unit"; done
        log_has "Failed to check for an update: Steam did not name a build; check this host's network, then try again"
        journalctl --sync
        run -0 l4d2ctl job list --kind=check -n 1 --json
        [ "$(json 'v[0]["result"], v[0]["reason"]')" = "('failed', 'ended with exit code 1')" ]
        [ "$(game 'v["game"]["has_update"], v["game"]["available"], v["check"]["kind"], v["check"]["result"]')" = "(True, '1001', 'check', 'failed')" ]
        [ "$(outdated)" = 1 ]
        no_alert
        [ -z "$(journalctl -q -o cat -u left4me-alert@install:host.service --since "$log_mark")" ]
        # The next one that learns something says what it learned.
        steamcmd_behaviour works
        systemctl start "$unit"
        log_has 'Steam has build 1001'
        no_alert
}

has_ended() { [[ $(property "$unit" ActiveState) == inactive ]]; }

# not_asked REASON: the daily check leaves a line in the journal, and nothing else.
not_asked() {
        local before
        before=$(l4d2ctl job list --kind=check --json)
        rm -f $home/steamcmd-calls
        mark
        systemctl start "$unit"
        log_has "Steam is not asked for an update: $1"
        [ "$(property "$unit" ActiveState)" = inactive ]
        [ ! -e $home/steamcmd-calls ]
        # It is not a job.
        [ "$(l4d2ctl job list --kind=check --json)" = "$before" ]
        no_alert
}

@test "update_check=never turns the daily check off, and not the one by hand" {
        l4d2ctl install
        echo 1001 >$home/steamcmd-build
        configure update_check=never
        not_asked update_check=never
        mkdir -p /run/systemd/system/left4me-check.timer.d
        printf '[Timer]\nOnActiveSec=0\nRandomizedDelaySec=0\nAccuracySec=1us\n' >/run/systemd/system/left4me-check.timer.d/now.conf
        systemctl daemon-reload
        mark
        systemctl restart left4me-check.timer
        wait_until log_has 'Steam is not asked for an update: update_check=never'
        wait_until has_ended
        [ ! -e $home/steamcmd-calls ]
        run -7 l4d2ctl install --check
        [[ "$output" == *"Steam has build 1001"* ]]
        told
        # That was for one check.
        not_asked update_check=never
        configure update_check=daily
        systemctl start "$unit"
        (($(n_questions) == 1))
}

@test "Steam is not asked before steamcmd has installed the game, nor without steamcmd" {
        not_asked 'steamcmd has not installed the game on this host'
        # By hand, from another host.
        install_game
        not_asked 'steamcmd has not installed the game on this host'
        rm -r "$state"/installation/*
        l4d2ctl install
        printf '[install]\nsteamcmd=/nowhere/steamcmd\n' >"$conf"
        not_asked 'steamcmd= of left4me.conf does not name a program'
        # A user is told so.
        run -1 l4d2ctl install --check
        [[ "$output" == *"Failed to check for an update: steamcmd is not at /nowhere/steamcmd"* ]]
        configure
        systemctl start "$unit"
        (($(n_questions) == 1))
}

# It hangs as soon as steamcmd is asked for the newest build.
check_that_hangs() {
        steamcmd_behaviour hangs
        mark
        systemctl start --no-block "$unit"
        wait_until log_has 'It waits for ever'
}

@test "an installation ends a check that runs, and does not wait for it" {
        l4d2ctl install
        echo 1001 >$home/steamcmd-build
        check_that_hangs
        steamcmd_behaviour newer
        run -0 l4d2ctl install
        [[ "$output" == *'Ending the check for an update, which runs'* ]]
        [ "$(readlink "$state/installation/current")" = versions/2 ]
        [[ $(property "$unit" ActiveState) == @(inactive|failed) ]]
        run -1 pgrep -u left4me-build
        journalctl --sync
        run -0 l4d2ctl job list --kind=check -n 1 --json
        [ "$(json 'v[0]["result"]')" = cancelled ]
        # The installation has found the newest build.
        run -0 l4d2ctl status
        [[ "$output" != *build* ]]
        no_alert
}

@test "no check begins while an installation runs" {
        local job
        l4d2ctl install
        echo 1001 >$home/steamcmd-build
        steamcmd_behaviour waits
        l4d2ctl install >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        job=$!
        wait_until grep -qF 'It waits for the test' "$BATS_TEST_TMPDIR/out"
        rm -f $home/steamcmd-calls
        mark
        systemctl start "$unit"
        log_has 'Steam is not asked for an update: an installation runs, which finds the newest build itself'
        run -6 l4d2ctl install --check
        [[ "$output" == *"left4me-install.service runs already"* ]]
        [ ! -e $home/steamcmd-calls ]
        [ -z "$(ls -A /run/left4me/requests)" ]
        touch $home/steamcmd-go
        wait "$job"
        [ "$(readlink "$state/installation/current")" = versions/2 ]
        no_alert
}

@test "steamcmd can write to its home and the answer only, and sees no password" {
        l4d2ctl install
        install -D -m 600 /dev/stdin /etc/credstore/left4me-install.steam-password <<<'pass word$'
        steamcmd_behaviour probe
        systemctl start "$unit"
        rm /etc/credstore/left4me-install.steam-password
        run -0 cat $home/steamcmd-probe
        [ "$(sed -n 's/^writable: //p' $home/steamcmd-probe | sort)" = "$(printf '%s\n' $home $state/update-check | sort)" ]
        [[ "$output" == *"versions: none"* && "$output" == *"bus: none"* && "$output" == *"private: none"* ]]
        [[ "$output" == *"journal: none"* && "$output" == *"overlays: none"* && "$output" == *"config: none"* ]]
        [[ "$output" == *"processes: own"* && "$output" == *"credentials: none"* ]]
}

# The directory belongs to steamcmd's user.
@test "an answer that is not one sends no alert" {
        l4d2ctl install
        mkdir -p /run/systemd/system/$unit.d
        mark
        for text in '{"installed":"1","available":"$(id)","is_news":true}' '{"is_news":true}' 'true' ''; do
                printf '%s\n' '[Service]' ExecStart= "ExecStart=/bin/sh -c 'cat >$state/update-check/check.json'" \
                        StandardInput=data "StandardInputData=$(base64 -w0 <<<"$text")" >/run/systemd/system/$unit.d/90-test.conf
                systemctl daemon-reload
                systemctl start "$unit"
                run -0 l4d2ctl status
                [[ "$output" != *build* ]]
        done
        no_alert
}
