#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Scheduled restarts: calendar expressions as systemd reads them, and real timers that elapse.

load common

password=correct-horse-1

setup_file() {
        install_game
}

setup() { mark_log; }

teardown() {
        systemctl stop 'left4me-server@*.service' || true
        rm -rf "$state"/instances/*
        systemctl daemon-reload
        systemctl reset-failed || true
}

timer() { printf 'left4me-restart@%s.timer' "$1"; }
timer_is() { [[ $(property "$(timer "$1")" ActiveState) == "$2" ]]; }
invocation() { property "$(unit "$1")" InvocationID; }
restarted() { [[ $(invocation "$1") != "$2" ]] && is_active "$1"; }
pending() { [ -e "$state/instances/$1/restart.json" ]; }

# elapses EXPRESSION: the next five times, as systemd sees them.
elapses() { systemd-analyze calendar --iterations=5 "$1" 2>&1 | grep -E 'Next elapse|Iteration|never'; }

@test "an expression means the same to systemd as it is written for it" {
        local expression written n=0
        make_instance 1 27015
        while IFS= read -r expression; do
                l4d2ctl set 1 schedule "$expression"
                written=$(sed -n 's/^OnCalendar=\(..*\)/\1/p' \
                        "/run/systemd/generator/$(timer 1).d/45-schedule.conf")
                [ -n "$written" ]
                diff <(elapses "$expression") <(elapses "$written") || { echo "$expression: $written"; false; }
                n=$((n + 1))
        done <<-'END'
		daily
		Weekly UTC
		quarterly
		semiannually
		04:00
		Mon..Fri 04:00
		mon,Wed,Sat-Sun 4:5
		*-*-1..7 18:30
		*-02~03
		*-*~1 04:00
		*-*~28
		12-24
		2030..2032-1,6-1/10 4:00..30/15
		*:0/5
		*:*:0/20
		04,16:00 Europe/Berlin
	END
        ((n == 16))
}

@test "systemd refuses each expression that is refused here" {
        local expression
        make_instance 1 27015
        while IFS= read -r expression; do
                run -5 l4d2ctl set 1 schedule "$expression"
                [[ "$output" == *schedule* ]]
                run systemd-analyze calendar "$expression"
                [ "$status" -ne 0 ] || { echo "systemd takes $expression"; false; }
        done <<-'END'
		often
		4
		24:00
		04:60
		Fri..Mon 04:00
		Mox 04:00
		*-13-01
		*-*-0
		*-*~29
		*-*~30
		*-*~31
		*-*~1/28
		*-*-* 0/0:00
		*-*-*-* 04:00
		04:00 Mars/Olympus
		04:00 leapseconds
		04:00:00:00
	END
        run -1 l4d2ctl get 1 schedule
}

@test "a schedule takes effect while the server runs, is shown, and goes again" {
        make_instance 1 27015 "rcon_password: $password"
        l4d2ctl start 1
        local before
        before=$(invocation 1)
        run -0 l4d2ctl set 1 schedule '2031-01-01 04:00 UTC'
        [[ "$output" != *restart* ]]
        wait_until timer_is 1 active
        run -0 l4d2ctl status 1
        [[ "$output" == *"Schedule: 2031-01-01 04:00 UTC, next restart on Wed 2031-01-01 04:00:00"* ]]
        l4d2ctl status --json 1 | python3 -c '
import json, sys
server = json.load(sys.stdin)
assert server["schedule"] == "2031-01-01 04:00 UTC", server
assert server["next_restart_usec"] == 1925006400000000, server
assert not server["restart_to_apply"], server'

        l4d2ctl set 1 schedule '2032-01-01 04:00 UTC'
        wait_until eval '[[ $(l4d2ctl status 1) == *"next restart on Thu 2032-01-01"* ]]'
        l4d2ctl unset 1 schedule
        wait_until timer_is 1 inactive
        [ "$(systemctl list-units --failed --no-legend | wc -l)" -eq 0 ]
        [ "$(invocation 1)" = "$before" ]
}

@test "the timer runs while the server does, and never starts it" {
        make_instance 1 27015 'schedule: "*:*:0/2"'
        run -0 systemctl start left4me-restart@1.service
        [ "$(property "$(unit 1)" ActiveState)" = inactive ]
        timer_is 1 inactive
        run ! pending 1
}

@test "when its time comes, an empty server restarts" {
        make_instance 1 27015 "rcon_password: $password" 'schedule: "*:*:0/10"'
        l4d2ctl start 1
        wait_until timer_is 1 active
        local before
        before=$(invocation 1)
        wait_until restarted 1 "$before"
        journalctl --sync
        journalctl -b -o cat --since "$log_mark" -u left4me-when-empty.service | grep -qF "Restarted '1'"
        l4d2ctl stop 1
        wait_until timer_is 1 inactive
        # The last one may have been queued as it stopped.
        wait_until eval '! pending 1'
        [ "$(property "$(unit 1)" ActiveState)" = inactive ]
}

@test "players are warned, and the restart waits for them for ten minutes" {
        make_instance 1 27015 "rcon_password: $password"
        l4d2ctl start 1
        rcon 1 standin_players 1
        local before
        before=$(invocation 1)
        run -0 systemctl start left4me-restart@1.service
        wait_until in_log 1 'The server restarts in 10 minutes.'
        python3 - "$state/instances/1/restart.json" <<-'END'
		import json, sys
		restart = json.load(open(sys.argv[1]))
		assert abs(restart["deadline_usec"] - restart["queued_usec"] - 600e6) < 60e6, restart
	END
        [ "$(invocation 1)" = "$before" ]
        # The next time of a dense schedule puts nothing off.
        cp "$state/instances/1/restart.json" "$BATS_TEST_TMPDIR/before"
        run -0 systemctl start left4me-restart@1.service
        cmp "$BATS_TEST_TMPDIR/before" "$state/instances/1/restart.json"
        rcon 1 standin_players 0
        wait_until restarted 1 "$before"
}
