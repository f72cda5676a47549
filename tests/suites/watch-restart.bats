#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-watch.service killed and restarted, and what its journal keeps.

load watch

@test "the watcher is killed again and again: no event is lost, and none is there twice" {
        make_instance 1 27015
        start_server 1
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        # Each time some lines come before the kill, some while no watcher runs, and some with the next one.
        for n in 0 30 60 90 120; do
                chatter 1 $((n + 1)) $((n + 10))
                systemctl kill --signal=KILL "$watch"
                chatter 1 $((n + 11)) $((n + 20))
                systemctl reset-failed "$watch" || true
                systemctl start "$watch"
                chatter 1 $((n + 21)) $((n + 30))
        done
        rcon 1 standin_chat Zoey the end
        expected='the end' wait_until has_event 1 TEXT
        events 1 TEXT | grep '^line ' >"$BATS_TEST_TMPDIR/events"
        seq -f 'line %g' 150 | diff - "$BATS_TEST_TMPDIR/events"
        [ "$(n_events 1 gap)" = 0 ]
        # The watcher knows about the run again.
        rcon 1 standin_steam_kick Zoey
        until_live 1 steam_kicks 1
        systemctl restart "$watch"
        until_live 1 steam_kicks 1
}

@test "a journal that is emptied meanwhile makes a gap" {
        make_instance 1 27015
        start_server 1
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        expected='join' wait_until has_event 1
        systemctl stop "$watch"
        chatter 1 1 5
        journalctl --sync
        journalctl --rotate
        journalctl --vacuum-files=1
        rcon 1 standin_chat Zoey afterwards
        systemctl start "$watch"
        expected='afterwards' wait_until has_event 1 TEXT
        run -0 events 1 EVENT TEXT
        echo "$output"
        [[ "$output" == *gap* ]]
}

@test "nothing else of the host fills the journal of events, or takes the watcher's place in it" {
        local drop_in=/run/systemd/system/$watch.d/99-burst.conf flood n_entries=3000
        flood='import signal, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("/run/systemd/journal/socket")
for i in range(int(sys.argv[2])): s.send(b"MESSAGE=%s\nPRIORITY=6\n" % sys.argv[1].encode())
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"READY=1", __import__("os").environ["NOTIFY_SOCKET"])
signal.pause()'
        printf '%s\n' "$flood" >/usr/local/flood.py
        n_of() { journalctl --namespace=left4me-watch -o cat -b --since "$log_mark" "_SYSTEMD_UNIT=$1" MESSAGE="$2" | wc -l; }

        # As an ordinary user: by the socket itself, and by the unit's own journal.
        for socket in socket stdout dev-log; do
                run -1 setpriv --reuid nobody --regid nogroup --clear-groups python3 -c '
import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_STREAM if sys.argv[1] == "stdout" else socket.SOCK_DGRAM).connect(
    "/run/systemd/journal.left4me-watch/" + sys.argv[1])' "$socket"
                [[ $output == *PermissionError* ]]
        done

        # As a unit of root, which floods at the same time as the watcher's.
        systemctl stop "$watch"
        mkdir -p "${drop_in%/*}"
        printf '[Service]\nExecStart=\nExecStart=/usr/bin/python3 /usr/local/flood.py watched %s\nNotifyAccess=all\nRestart=no\n' \
                "$n_entries" >"$drop_in"
        systemctl daemon-reload
        systemd-run --quiet --unit=flood-before --service-type=notify -p LogNamespace=left4me-watch -p NotifyAccess=all \
                python3 /usr/local/flood.py flooded "$n_entries"
        systemctl start "$watch"
        systemd-run --quiet --unit=flood-after --service-type=notify -p LogNamespace=left4me-watch -p NotifyAccess=all \
                python3 /usr/local/flood.py flooded "$n_entries"
        # All of them are there until journald has read what they sent.
        journalctl --namespace=left4me-watch --sync
        echo "# before $(n_of flood-before.service flooded), after $(n_of flood-after.service flooded)" >&3
        [ "$(n_of "$watch" watched)" = "$n_entries" ]
        [ "$(n_of flood-before.service flooded)" -lt 300 ]
        [ "$(n_of flood-after.service flooded)" -lt 300 ]
        systemctl stop flood-before flood-after "$watch"
        rm "$drop_in" /usr/local/flood.py
        systemctl daemon-reload
}

# state_is_of_run NAME: the state of server NAME is about its present run.
state_is_of_run() { live_is "$1" invocation "\"$(property "$(unit "$1")" InvocationID)\"" && live_is "$1" health '"ok"'; }

@test "servers that start and stop while the watcher starts are known afterwards, and no others" {
        local pause on off round=0
        make_instance 1 27015
        make_instance 2 27016
        make_instance 3 27017
        l4d2ctl start 1 3
        on=1 off=2
        # It stops at some point of its start, in which it has asked for nothing, for the list, or for some units.
        for pause in 0 0.02 0.05 0.1 0.3; do
                systemctl kill --signal=KILL "$watch"
                systemctl reset-failed "$watch" || true
                systemctl start --no-block "$watch"
                wait_until eval '(($(property "$watch" MainPID) > 0))'
                sleep "$pause"
                systemctl kill --signal=STOP "$watch"
                # Else so many starts are too many.
                systemctl reset-failed 'left4me-server@*.service'
                l4d2ctl stop "$on"
                systemctl start "$(unit "$off")"
                # One that is another run by then.
                systemctl restart "$(unit 3)"
                systemctl kill --signal=CONT "$watch"
                wait_until state_is_of_run "$off"
                wait_until state_is_of_run 3
                wait_until has_no_state "$on"
                read -r on off <<<"$off $on"
                round=$((round + 1))
        done
        # Each run has one first map, whatever was read again.
        [ "$(events 3 EVENT MAP | grep -c '^map-start')" = $((round + 1)) ]
        [ "$(events 1 EVENT MAP INVOCATION | sort | uniq -d)" = '' ]
        [ "$(n_events 3 gap)" = 0 ]
}

@test "a server that is stopped while it is asked is never asked again" {
        make_instance 1 27015
        make_instance 2 27016
        start_server 1
        start_server 2
        # The next question is under way for as long as the server is stopped.
        rcon 1 'standin_after 1 standin_rcon silent; standin_after 1 standin_a2s silent'
        until_live 1 rcon_error '"silent"'
        l4d2ctl stop 1
        wait_until has_no_state 1
        cat >"$BATS_TEST_TMPDIR/listen.py" <<'END'
import selectors, socket, sys
s = selectors.DefaultSelector()
for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
    sock = socket.socket(socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("0.0.0.0", 27015))
    if kind == socket.SOCK_STREAM: sock.listen()
    s.register(sock, selectors.EVENT_READ)
print("listening", flush=True)
while s.select(): print("asked", flush=True); sys.exit()
END
        python3 "$BATS_TEST_TMPDIR/listen.py" >"$BATS_TEST_TMPDIR/heard" &
        helpers+=($!)
        wait_until grep -q listening "$BATS_TEST_TMPDIR/heard"
        at=$(live 2 at_usec)
        wait_until eval '(($(live 2 at_usec) > at + 5000000))'
        [ "$(cat "$BATS_TEST_TMPDIR/heard")" = listening ]
        has_no_state 1
        # The listener hears what comes.
        "$query" --timeout 1 info 127.0.0.1 27015 || true
        wait_until grep -q asked "$BATS_TEST_TMPDIR/heard"
}
