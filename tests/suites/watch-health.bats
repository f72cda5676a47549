#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-watch.service: servers that hang, load a map, are restarted, or are slow.

load watch

# The other server takes half a minute to count as slow and another one as fast, in which this one hangs.
@test "a hang is a hang after several failures over the time, not before, and may recover; few frames are slow" {
        make_instance 1 27015
        make_instance 2 27016 'arguments: [-tickrate, "60"]'
        l4d2ctl start 1 2
        until_live 2 health '"ok"'
        rcon 2 'standin_players 1; standin_fps 20'
        until_live 2 fps 20.0
        # The run keeps the arguments of its start.
        sed -i 's/"60"/"100"/' "$state/instances/2/spec.yaml"
        until_live 1 health '"ok"'
        begin=$(date +%s%6N)
        kill -STOP "$(main_pid 1)"
        until_live 1 health '"silent"'
        [ "$(n_events 1 hang)" = 0 ]
        until_live 1 health '"hung"'
        (($(live 1 health_since_usec) - begin > 8000000))
        expected=hang wait_until has_event 1
        live_is 1 rcon_error '"silent"'
        # The control group is counted all the same: a stopped process uses next to nothing.
        [[ $(live 1 cpu_percent) =~ ^[0-4]\. ]]
        run -0 l4d2ctl status 1
        [[ "$output" == *'Game: hangs; for '* ]]
        # The minute has a sample of it, with the CPU of more looks than there were answers.
        is_in_sample() {
                journalctl --namespace=left4me-watch -b -o json --since "$log_mark" LEFT4ME_LEVEL=minute | python3 -c '
import json, sys
for line in sys.stdin:
    for sample in json.loads(line)["LEFT4ME_SAMPLES"].splitlines():
        name, n, *_, cpu, cpu_max, _, _, memory, tasks, looks = sample.split()
        if name == "1" and cpu != "-" and int(looks) > int(n) + 3:
            sys.exit(0)
sys.exit(1)'
        }
        LEFT4ME_WAIT_SECONDS=180 wait_until is_in_sample
        l4d2ctl status --json 1 | python3 -c 'import json, sys; assert json.load(sys.stdin)["live"]["health"] == "hung"'
        # on_hang is none: it is not restarted, and answers when it can.
        kill -CONT "$(main_pid 1)"
        until_live 1 health '"ok"'
        run -0 l4d2ctl status 1
        [[ "$output" != *'Game: '* ]]
        expected=recovered wait_until has_event 1
        [ "$(n_events 1 hang)" = 1 ]
        [ "$(n_events 1 restart)" = 0 ]

        LEFT4ME_WAIT_SECONDS=300 until_live 2 is_slow true
        live_is 2 tick_rate 60
        [[ "$(events 2 EVENT TEXT)" == *'slow 20 of 60'* ]]
        rcon 2 standin_fps 60
        LEFT4ME_WAIT_SECONDS=300 until_live 2 is_slow false
        [ "$(n_events 2 fast)" = 1 ]
        [ "$(n_events 2 hang)" = 0 ]
}

@test "a map that loads for long is not a hang" {
        # A question that gets no answer, by RCON and A2S, ends after 8 seconds and the next one begins a second later.
        # Three of them in a row, more than 15 seconds apart, are a hang, but for the first, while a map may load.
        printf '[watch]\nhang_after=15\n' >"$hang_conf"
        systemctl restart "$watch"
        make_instance 1 27015
        start_server 1
        rcon 1 standin_changelevel_hang 30
        rcon 1 changelevel c1m2_streets
        until_live 1 health '"changing-map"'
        # It says nothing to RCON either, and that does not count yet.
        until_live 1 rcon_error '"silent"'
        live_is 1 health '"changing-map"'
        until_live 1 map '"c1m2_streets"'
        until_live 1 health '"ok"'
        [ "$(n_events 1 hang)" = 0 ]
}

@test "on_hang: restart restarts a hung server, three times an hour at most" {
        make_instance 1 27015 'on_hang: restart'
        make_instance 2 27016
        # A server that hangs is killed after this time.
        mkdir -p "/run/systemd/system/$(unit 1).d"
        printf '[Service]\nTimeoutStopSec=1s\n' >"/run/systemd/system/$(unit 1).d/99-stop.conf"
        systemctl daemon-reload
        # Two restarts by an earlier watcher, and one that is too long ago; the count survives it.
        for ago in 10 600 4000; do
                at=$(($(date +%s) - ago))
                printf '%s\n' MESSAGE_ID=b3d1f0a86c5f4b7da0f5e1c2397b6d48 MESSAGE=x L4D2_INSTANCE=1 LEFT4ME_EVENT=restart \
                        "LEFT4ME_AT=${at}000000" "LEFT4ME_INVOCATION=$(printf '%032d' 1)" ''
        done | send_as_watch
        start_server 1
        start_server 2
        invocation=$(property "$(unit 1)" InvocationID)
        rcon 1 standin_hang
        wait_until eval '[[ $(property "$(unit 1)" InvocationID) != "$invocation" ]] && is_active 1'
        until_live 1 health '"ok"'
        systemctl kill --signal=KILL "$watch"
        wait_until systemctl is-active --quiet "$watch"
        rcon 1 standin_hang
        expected='restart it was restarted three times within an hour' wait_until has_event 1 EVENT TEXT
        is_active 1
        live_is 1 health '"hung"'
        [ "$(events 1 EVENT TEXT | grep -c '^restart -$')" = 4 ]
        # systemd counts from 0 again each time; the state does not, nor does another watcher.
        [ "$(property "$(unit 1)" NRestarts)" = 0 ]
        live_is 1 hang_restarts 1
        live_is 2 hang_restarts 0
        is_active 2
        [ "$(events 2 | grep -c restart)" = 0 ]
        rm -r "/run/systemd/system/$(unit 1).d"
}
