#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The live parts of the web app: states as systemd announces them, and lines as servers write them, to
# any number of browsers.

load common
load web/web

clients=/usr/lib/left4me-build/tests/bench/log-clients

setup_file() {
        # Files that hold all that the tests write, and rotation when it is asked for.
        mkdir -p /run/systemd/journald.conf.d
        printf '[Journal]\nRuntimeMaxUse=400M\nRuntimeMaxFileSize=100M\nRateLimitIntervalSec=0\n' \
                >/run/systemd/journald.conf.d/50-live.conf
        systemctl restart systemd-journald
        # The unit allows a game server less than is written here within a minute.
        mkdir -p "/run/systemd/system/$(unit 1).d"
        printf '[Service]\nLogRateLimitIntervalSec=0\n' >"/run/systemd/system/$(unit 1).d/99-lines.conf"
        systemctl daemon-reload
        install_game
        make_instance 1 27015
        make_instance 2 27016
        begin_web chief:admin alice:user
}

setup() {
        watchers=()
        systemctl reset-failed
}

teardown() {
        ((${#watchers[@]} == 0)) || kill "${watchers[@]}" 2>/dev/null || true
        # A test that failed would leave this to the tests after it.
        rm -f /run/start-held "/run/systemd/system/$(unit 1).d/98-held.conf"
        systemctl service-watchdogs yes
}

# watch FILE WHO PATH [OPTION…]: a browser's stream of events into a file; it has begun.
watch() {
        local file=$1 who=$2 path=$3
        shift 3
        "$web_tools/events" "$@" "$jars/$who" "$path" >"$file" 2>&1 3>&- &
        watchers+=($!)
        wait_until test -s "$file"
}

# events FILE EXPRESSION: prints a Python expression of each event e, one a line.
events() {
        python3 -c 'import json, sys
for line in open(sys.argv[1]):
    e = json.loads(line)
    if (v := eval(sys.argv[2])) is not None: print(v)' "$1" "$2"
}

states() { events "$1" "e['data']['state'] if e['event'] in ('state', 'server') else None" | uniq; }
texts() { events "$1" "e['data']['text'] if e['event'] == 'line' else None"; }
numbers() { texts "$1" | grep -oP '^standin: line \K[0-9]+'; }
has_state() { [[ $(states "$1" | tail -n 1) == "$2" ]]; }
# had_state FILE STATE: it may have gone on meanwhile.
had_state() { states "$1" | grep -qx "$2"; }
has_text() { texts "$1" | grep -qF -- "$2"; }

# state_of WHO NAME: as the server's page says.
state_of() { web "$1" "/api/servers/$2" | python3 -c 'import json, sys; print(json.load(sys.stdin)["server"]["state"])'; }
is_shown() { [[ $(state_of chief "$1") == "$2" ]]; }

running() {
        is_active "$1" || l4d2ctl start "$1"
        wait_until is_shown "$1" running
}

# --- states ----------------------------------------------------------------------------------------

@test "states come as events: a start, a crash and what follows, a stop" {
        local one=$BATS_TEST_TMPDIR/one all=$BATS_TEST_TMPDIR/all
        l4d2ctl stop 1
        wait_until is_shown 1 stopped
        # A start takes until the web app has seen it, which asks systemd again when a unit is loaded.
        touch /run/start-held
        mkdir -p "/run/systemd/system/$(unit 1).d"
        printf '%s\n' '[Service]' "ExecStartPre=+/bin/sh -c 'while [ -e /run/start-held ]; do sleep 0.1; done'" \
                >"/run/systemd/system/$(unit 1).d/98-held.conf"
        systemctl daemon-reload
        watch "$one" chief /servers/1/events
        watch "$all" chief /events
        systemctl start --no-block "$(unit 1)"
        wait_until has_state "$one" starting
        wait_until had_state "$all" starting
        rm /run/start-held
        wait_until has_state "$one" running
        wait_until in_log 1 'Server is hibernating'
        rcon 1 standin_crash
        wait_until had_state "$one" restarting
        run -0 events "$one" "e['data']['result_text'] if e['event'] == 'state' else None"
        [ "${lines[-1]}" = "killed by SIGSEGV" ]
        wait_until has_state "$one" running
        l4d2ctl stop 1
        wait_until has_state "$one" stopped
        wait_until has_state "$all" stopped

        run -0 states "$one"
        # The last command of the unit may be seen, after a crash as after a stop.
        [[ "${lines[*]}" =~ ^stopped\ starting\ running\ (stopping\ )?restarting.*running\ (stopping\ )?stopped$ ]]
        # The stream of all servers has the same, and its ids follow one another.
        run -0 events "$all" "e['id'] if e['data']['name'] == '1' else None"
        ((${#lines[@]} >= 5))
        [ "$(printf '%s\n' "${lines[@]}" | cut -d- -f1 | sort -u | wc -l)" = 1 ]
        rm "/run/systemd/system/$(unit 1).d/98-held.conf"
        systemctl daemon-reload
}

@test "what a page and l4d2ctl say about a state is the same" {
        running 1
        l4d2ctl status 1 --json >"$BATS_TEST_TMPDIR/status"
        web chief /api/servers/1 >"$BATS_TEST_TMPDIR/page"
        python3 - "$BATS_TEST_TMPDIR"/{status,page} <<-'END'
		import json, sys
		status, page = (json.load(open(path)) for path in sys.argv[1:])
		for key in ("state", "since_usec", "active_state", "sub_state", "main_pid", "invocation_id", "restarts", "result",
		            "result_text", "port", "autostart", "spec", "restart_to_apply"):
		    assert status[key] == page["server"][key], (key, status[key], page["server"][key])
	END
}

@test "a page costs no call on the bus" {
        local log=$BATS_TEST_TMPDIR/bus names matches=() i before
        running 1
        l4d2ctl stop 2
        wait_until is_shown 2 stopped
        mapfile -t names < <(busctl list --no-legend | awk -v pid="$(web_pid)" '$2 == pid && /^:/ { print $1 }')
        ((${#names[@]} >= 1))
        for i in "${!names[@]}"; do matches[i]="--match=sender='${names[i]}'"; done
        busctl monitor --json=short "${matches[@]}" --match="member='GetId'" \
                >"$log" 2>"$log.err" 3>&- &
        watchers+=($!)
        sees_calls() {
                busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus GetId >/dev/null
                grep -q '"member":"GetId"' "$log"
        }
        wait_until sees_calls

        # The monitor would see this: a start makes the web app ask for the unit.
        l4d2ctl start 2
        wait_until is_shown 2 running
        wait_until grep -q '"member":"Get"' "$log"
        # No more of that comes: two looks in a row find the same.
        until [[ ${before:-} == "$(wc -l <"$log")" ]]; do
                before=$(wc -l <"$log")
                read -r -t 0.5 <> <(:) || true
        done

        for ((i = 0; i < 20; i++)); do
                web chief /api >/dev/null
                web chief /api/servers/1 >/dev/null
        done
        l4d2ctl stop 2
        wait_until eval "(($before < \$(wc -l <'$log')))"
        # All that was said after the pages is about what was stopped.
        tail -n +$((before + 1)) "$log" | python3 -c 'import json, sys
for line in sys.stdin:
    m = json.loads(line)
    assert m["type"] != "method_call" or m["sender"] not in sys.argv or "_402_2eservice" in m["path"], m' "${names[@]}"
}

@test "a reload of systemd shows no wrong state" {
        local one=$BATS_TEST_TMPDIR/one i
        running 1
        watch "$one" chief /servers/1/events
        wait_until has_state "$one" running
        for ((i = 0; i < 5; i++)); do systemctl daemon-reload; done
        l4d2ctl stop 1
        wait_until has_state "$one" stopped
        run -0 states "$one"
        [[ "${lines[*]}" == "running stopping stopped" || "${lines[*]}" == "running stopped" ]]
}

@test "without the bus the state is unknown, and comes back with it" {
        running 1
        systemctl stop dbus.socket dbus.service
        wait_until is_shown 1 unknown
        systemctl start dbus.socket dbus.service
        wait_until is_shown 1 running
        l4d2ctl stop 1
        wait_until is_shown 1 stopped
        # systemd executes itself again.
        systemctl daemon-reexec
        l4d2ctl start 1
        wait_until is_shown 1 running
}

@test "F7: a page says that a restart applies something when it does, and not for a label" {
        local one=$BATS_TEST_TMPDIR/one
        stale() { events "$one" "e['data']['restart_to_apply'] if e['event'] == 'state' else None" | tail -n 1; }
        is_label() { [[ $(events "$one" "e['data']['label'] if e['event'] == 'state' else None" | tail -n 1) == "$1" ]]; }
        is_stale() { [[ $(stale) == "$1" ]]; }
        l4d2ctl set 1 hostname Here
        l4d2ctl restart 1
        running 1
        watch "$one" chief /servers/1/events
        wait_until is_stale False
        l4d2ctl set 1 label other
        wait_until is_label other
        is_stale False
        l4d2ctl set 1 hostname There
        wait_until is_stale True
        l4d2ctl set 1 hostname Here
        wait_until is_stale False
        l4d2ctl set 1 hostname There
        wait_until is_stale True
        l4d2ctl restart 1
        wait_until is_stale False
        l4d2ctl unset 1 label
        l4d2ctl unset 1 hostname
}

@test "D1: a page has the port that a server runs with, and the one after a restart" {
        local one=$BATS_TEST_TMPDIR/one
        ports() { events "$one" "(e['data']['port'], e['data']['live_port'], e['data']['is_port_changed'], e['data']['connect'].split(':')[-1]) if e['event'] == 'state' else None" | tail -n 1; }
        have_ports() { [[ $(ports) == "$1" ]]; }
        running 1
        watch "$one" chief /servers/1/events
        wait_until have_ports "(27015, 27015, False, '27015')"
        l4d2ctl set 1 port 27030
        wait_until have_ports "(27030, 27015, True, '27015')"
        web chief /servers/1 | grep -F '<dt>Port</dt><dd>27015, after a restart 27030</dd>'
        l4d2ctl restart 1
        wait_until have_ports "(27030, 27030, False, '27030')"
        l4d2ctl set 1 port 27015
        l4d2ctl stop 1
        wait_until have_ports "(27015, None, False, '27015')"
        running 1
}

@test "F6: a page tells started from ready, which the port decides" {
        local one=$BATS_TEST_TMPDIR/one
        ready() { events "$one" "(e['data']['state'], e['data']['ready'], e['data']['is_opening']) if e['event'] == 'state' else None" | tail -n 1; }
        is_ready() { [[ $(ready) == "$1" ]]; }
        mkdir -p "$state/overlays/late"
        printf '#!/bin/sh\nuntil [ -e left4dead2/cfg/go ]; do sleep 0.1; done\nexec ./late_linux "$@"\n' >"$state/overlays/late/srcds_linux"
        cp "$state/installation/current/srcds_linux" "$state/overlays/late/late_linux"
        chmod 755 "$state/overlays/late"/*
        l4d2ctl stop 1
        l4d2ctl set 1 overlays late
        watch "$one" chief /servers/1/events
        l4d2ctl start 1 --no-wait
        wait_until is_ready "('running', False, True)"
        web chief /servers/1 | grep -F 'Started, but not yet ready: its port is not open'
        web chief / | grep -F 'Started, but not yet ready: its port is not open'
        touch "$state/runtime/1/merged/left4dead2/cfg/go"
        wait_until is_ready "('running', True, False)"
        [ "$(web chief /servers/1 | grep -cF 'not yet ready')" = 0 ]
        rm "$state/runtime/1/merged/left4dead2/cfg/go"
        l4d2ctl set 1 overlays
        l4d2ctl stop 1
        wait_until is_ready "('stopped', None, False)"
        l4d2ctl start 1
        wait_until is_ready "('running', True, False)"
}

@test "F6: a crash is told when the server runs again, by its page, the list and the events" {
        local one=$BATS_TEST_TMPDIR/one
        end() { events "$one" "(e['data']['state'], e['data']['has_last_end'], (e['data']['last_end_text'] or '')[:17], (e['data']['last_ended'] or {}).get('relative', '')[-3:]) if e['event'] == 'state' else None" | tail -n 1; }
        is_end() { [[ $(end) == "$1" ]]; }
        make_instance crashes 27060
        running crashes
        [ "$(web chief /servers/crashes | grep -cF 'ended by itself')" = 0 ]
        watch "$one" chief /servers/crashes/events
        wait_until is_end "('running', False, '', '')"
        rcon crashes standin_crash
        wait_until is_end "('running', True, 'killed by SIGSEGV', 'ago')"
        web chief /servers/crashes | grep -F 'It ended by itself'
        web chief / | grep -F 'It ended by itself'
        l4d2ctl restart crashes
        wait_until is_end "('running', True, 'killed by SIGSEGV', 'ago')"
        l4d2ctl stop crashes
        l4d2ctl delete crashes
}

@test "a spec that is changed by hand, made, deleted" {
        local all=$BATS_TEST_TMPDIR/all spec="$state/instances/1/spec.yaml"
        watch "$all" chief /events
        spec_word() { events "$all" "e['data']['spec'] if e['data']['name'] == '$1' and e['event'] == 'server' else None" | tail -n 1; }
        is_word() { [[ $(spec_word "$1") == "$2" ]]; }
        l4d2ctl stop 1
        wait_until is_word 1 valid
        cp -p "$spec" "$BATS_TEST_TMPDIR/spec"

        echo 'overlay: x' >>"$spec"
        wait_until is_word 1 refused
        wait_until is_shown 1 refused
        run -0 web chief /api/servers/1
        [[ "$output" == *"unknown key"* ]]
        cp -p "$BATS_TEST_TMPDIR/spec" "$spec"
        wait_until is_word 1 valid
        sed -i 's/27015/27017/' "$spec"
        wait_until is_word 1 unread
        cp -p "$BATS_TEST_TMPDIR/spec" "$spec"
        wait_until is_word 1 valid

        make_instance fresh 27020
        wait_until is_word fresh valid
        l4d2ctl delete fresh
        wait_until eval "events '$all' \"e['data']['name'] if e['event'] == 'gone' else None\" | grep -qx fresh"
        [ "$(status_of chief /servers/fresh)" = 404 ]
}

# --- whose they are --------------------------------------------------------------------------------

@test "a user sees nothing of servers that are not his" {
        local all=$BATS_TEST_TMPDIR/all
        running 2
        [ "$(status_of alice /servers/2)" = 404 ]
        [ "$(status_of alice /servers/2/events)" = 404 ]
        [ "$(status_of alice /servers/2/log)" = 404 ]
        [ "$(status_of alice /servers/2/log.txt)" = 404 ]
        run -0 web alice /api
        [[ "$output" == *'"servers":[]'* ]]
        "$web_tools/events" "$jars/alice" /events >"$all" 2>&1 3>&- &
        watchers+=($!)
        l4d2ctl restart 2
        wait_until is_shown 2 running
        [ ! -s "$all" ]
        # Nor does who isn't logged in.
        rm -f "$jars/nobody"
        [ "$(status_of nobody /events)" = 401 ]
        [ "$(status_of nobody /servers/2/events)" = 401 ]
}

@test "A8: streams end with a logout, a role, a password and the user, not with a heartbeat" {
        local change n=0
        add_user brief admin
        for change in 'post brief /logout' 'l4d2ctl user role brief user' \
                "echo \"brief's password\" | l4d2ctl user passwd brief" 'l4d2ctl user delete brief'; do
                [[ $change != *passwd* ]] || l4d2ctl user role brief admin
                log_in brief >/dev/null
                watchers=()
                watch "$BATS_TEST_TMPDIR/log$((++n))" brief /servers/1/events
                eval "$change"
                wait_until eval "! kill -0 ${watchers[0]} 2>/dev/null" || { echo "$change"; false; }
        done
        make_instance 7 27021
        watchers=()
        watch "$BATS_TEST_TMPDIR/log7" chief /servers/7/events
        l4d2ctl delete 7
        wait_until eval "! kill -0 ${watchers[0]} 2>/dev/null"
}

# --- lines -----------------------------------------------------------------------------------------

@test "lines come as they are written, after the last ones" {
        local log=$BATS_TEST_TMPDIR/log
        running 1
        watch "$log" chief /servers/1/events
        wait_until has_text "$log" "Server is hibernating"
        rcon 1 standin_line 'one more'
        wait_until has_text "$log" "one more"
        diff <(journalctl -o cat -b -u "$(unit 1)" -n "$(texts "$log" | wc -l)") <(texts "$log")
}

@test "questions of left4me-watch are in no log of a server, unless one asks for them" {
        local log=$BATS_TEST_TMPDIR/log path
        running 1
        rcon 1 'log on; sv_logecho 1; sv_rcon_log 1' >/dev/null
        watch "$log" chief /servers/1/events
        # As the watcher sends them.
        rcon 1 status >/dev/null
        rcon 1 stats >/dev/null
        rcon 1 standin_line 'after the questions' >/dev/null
        wait_until has_text "$log" 'after the questions'
        in_log 1 'command "status"'
        in_log 1 'command "stats"'
        asked() { grep -E 'rcon from \\?"127[^ ]*: command \\?"stat(us|s)\\?"'; }
        run ! asked < <(texts "$log")
        for path in /api/servers/1 /api/servers/1/log /servers/1/log.txt; do
                run ! asked < <(web chief "$path")
        done
        # A stream that goes on behind an old line reads the journal.
        watch "$log.again" chief /servers/1/events
        wait_until has_text "$log.again" 'after the questions'
        run ! asked < <(texts "$log.again")
        for path in /api/servers/1/log /servers/1/log.txt; do
                asked < <(web chief "$path?polls=yes") >/dev/null || { echo "$path"; false; }
        done
        web chief '/servers/1/log?polls=yes' | grep -q 'name="polls" value="yes" checked'
        run -0 web chief '/api/servers/1/log?polls=yes'
        [ "$(python3 -c 'import json, sys; m = json.loads(sys.argv[1]); print(m["events_href"], "polls=yes" in m["download_href"])' "$output")" = 'None True' ]
        rcon 1 'sv_rcon_log 0' >/dev/null
}

@test "a server that writes lines of questions without end holds up no page" {
        local log=$BATS_TEST_TMPDIR/log group
        running 2
        rcon 2 standin_line 'before the flood' >/dev/null
        group=$(systemctl show -P ControlGroup "$(unit 2)")
        # As one of its processes.
        bash -c 'echo $$ >"/sys/fs/cgroup$1/cgroup.procs"
                yes "L 11/30/2026 - 20:00:00: rcon from \"127.0.0.1:4000\": command \"status\"" | head -n 25000 | systemd-cat' - "$group"
        journalctl --sync
        rcon 2 standin_line 'after the flood' >/dev/null
        in_log 2 'after the flood'
        for path in /api/servers/2 /servers/2/console; do
                web chief "$path" >/run/answer
                grep -q 'after the flood' /run/answer
                run ! grep -q 'before the flood' /run/answer
        done
        watch "$log" chief /servers/2/events
        wait_until has_text "$log" 'after the flood'
        run ! has_text "$log" 'before the flood'
        # Behind the link to the whole log, a program of its own looks further.
        web chief /servers/2/log.txt | grep -q 'before the flood'
        l4d2ctl logs 2 --lines=all | grep -q 'before the flood'
        l4d2ctl stop 2
}

@test "the stream goes on where the page ends" {
        local log=$BATS_TEST_TMPDIR/log href
        running 1
        rcon 1 standin_line 'on the page'
        wait_until in_log 1 'on the page'
        href=$(web chief /api/servers/1 | python3 -c 'import json, sys
page = json.load(sys.stdin)
assert page["lines"][-1]["text"] == "on the page", page["lines"][-1]
print(page["events_href"])')
        watch "$log" chief "$href"
        rcon 1 standin_line 'after the page'
        wait_until has_text "$log" 'after the page'
        [ "$(texts "$log" | wc -l)" = "$(texts "$log" | grep -c 'after the page\|rcon from')" ]

        # The overview the same: nothing changed, so nothing is sent.
        href=$(web chief /api | python3 -c 'import json, sys; print(json.load(sys.stdin)["events_href"])')
        "$web_tools/events" "$jars/chief" "$href" >"$log.all" 2>&1 3>&- &
        watchers+=($!)
        l4d2ctl stop 1
        wait_until has_state "$log.all" stopped
        [ "$(states "$log.all" | head -n 1)" != running ]
}

@test "what a server prints is text and nothing else" {
        local log=$BATS_TEST_TMPDIR/log
        running 1
        watch "$log" chief /servers/1/events
        rcon 1 standin_line '\e[31m<script>alert(1)</script>\x07\xff end'
        wait_until has_text "$log" '<script>'
        texts "$log" | grep -qF '\x1b[31m<script>alert(1)</script>\x07'$'\ufffd'' end'
        # A line without an end is cut.
        rcon 1 standin_line "$(printf 'x%.0s' {1..3000})$(printf 'y%.0s' {1..900})"
        wait_until has_text "$log" 'xxxxx'
        (($(texts "$log" | grep xxxxx | head -n 1 | wc -m) <= 4200))
}

@test "who comes back after a restart of the service and a rotation misses nothing" {
        local log=$BATS_TEST_TMPDIR/log i
        running 1
        watch "$log" chief /servers/1/events --reconnect
        rcon 1 standin_lines 100 6
        for ((i = 0; i < 3; i++)); do
                wait_until eval "((\$(numbers '$log' | wc -l) > 100 + 130 * $i))"
                systemctl restart left4me-web.service
                journalctl --rotate
        done
        wait_until has_text "$log" "standin: line 600 of 600"
        diff <(seq 600) <(numbers "$log" | tail -n 600)
        run -0 events "$log" "e['event'] if e['event'] == 'gap' else None"
        [ -z "$output" ]
}

@test "an id of an event that is gone gives a gap and the newest, nonsense the last lines" {
        local log=$BATS_TEST_TMPDIR/log
        running 1
        rcon 1 standin_line 'the newest'
        watch "$log" chief /servers/1/events --last-event-id 's=0123456789abcdef0123456789abcdef;i=1;t=1'
        wait_until has_text "$log" 'the newest'
        [ "$(events "$log" "e['event'] if e['event'] != 'state' else None" | head -n 1)" = gap ]

        watch "$log.2" chief /servers/1/events --last-event-id 'x; DROP TABLE'
        wait_until has_text "$log.2" 'the newest'
        [ "$(events "$log.2" "e['event'] if e['event'] != 'state' else None" | head -n 1)" = line ]
}

@test "lines that were removed before they could be read are announced" {
        local log=$BATS_TEST_TMPDIR/log pid
        running 1
        watch "$log" chief /servers/1/events
        rcon 1 standin_line 'before the gap'
        wait_until has_text "$log" 'before the gap'
        pid=$(web_pid)
        # systemd ends what says nothing for 30 seconds.
        systemctl service-watchdogs no
        kill -STOP "$pid"
        rcon 1 standin_lines 100 1
        wait_until in_log 1 "standin: line 100 of 100"
        journalctl --rotate
        rcon 1 standin_line 'after the gap'
        wait_until in_log 1 'after the gap'
        journalctl --rotate
        journalctl --quiet --vacuum-files=1
        kill -CONT "$pid"
        rcon 1 standin_line 'and on it goes'
        wait_until has_text "$log" 'and on it goes'
        systemctl service-watchdogs yes
        # Either they were still read, from files that were open, or their lack is said.
        [ "$(numbers "$log" | tail -n 100 | head -n 1)" = 1 ] ||
                events "$log" "e['data']['lost'] if e['event'] == 'gap' else None" | grep -q '[1-9]'
}

# on_page WHO PATH: the cursors and texts of a page of the log; sets $older and $events, where it leads.
on_page() {
        web "$1" "/api$2" >"$BATS_TEST_TMPDIR/page"
        older=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["older_href"] or "")' "$BATS_TEST_TMPDIR/page")
        events=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["events_href"] or "")' "$BATS_TEST_TMPDIR/page")
        python3 -c 'import json, sys
for line in json.load(open(sys.argv[1]))["lines"]: print(line["cursor"], line["text"])' "$BATS_TEST_TMPDIR/page" >"$BATS_TEST_TMPDIR/lines"
}

@test "F3: the log's pages have every line once, also those of one second, and the stream goes on" {
        local all=$BATS_TEST_TMPDIR/all events older pages=0
        running 1
        rcon 1 standin_flood 640
        wait_until in_log 1 "line 640 of 640"
        on_page chief '/servers/1/log?lines=100'
        [[ "$events" == '/servers/1/events?after='* ]]
        watch "$all.stream" chief "$events"
        rcon 1 standin_line 'after the page'
        wait_until has_text "$all.stream" 'after the page'
        [ "$(texts "$all.stream" | grep -c 'after the page\|rcon from')" = "$(texts "$all.stream" | wc -l)" ]

        cp "$BATS_TEST_TMPDIR/lines" "$all"
        while [[ $older ]]; do
                on_page chief "$older"
                [ "$events" = '' ]
                cat "$BATS_TEST_TMPDIR/lines" "$all" >"$all.more"
                mv "$all.more" "$all"
                ((++pages < 500))
        done
        ((pages >= 6))
        diff <(l4d2ctl logs 1 --all --lines=all --json | python3 -c 'import json, sys
for line in sys.stdin: print(json.loads(line)["cursor"])' | head -n "$(wc -l <"$all")") <(cut -d ' ' -f 1 "$all")
        [ "$(grep -c 'line [0-9]* of 640' "$all")" = 640 ]
        # Search results are paged the same way.
        on_page chief '/servers/1/log?lines=100&q=OF%20640'
        [[ "$older" == *'q=OF%20640'* ]]
        on_page chief "$older"
        [ "$(tail -n 1 "$BATS_TEST_TMPDIR/lines" | grep -o 'line [0-9]*')" = 'line 540' ]
        run -0 web chief '/api/servers/1/log?before=nonsense'
        [[ "$output" == *'"ok":false'* ]]
}

@test "a log is searched and downloaded" {
        running 1
        rcon 1 standin_lines 100 1
        wait_until in_log 1 "standin: line 100 of 100"
        web chief '/api/servers/1/log?q=LINE%209&lines=500' >"$BATS_TEST_TMPDIR/found"
        diff <(journalctl -o cat -b -u "$(unit 1)" | grep -i 'line 9' | tail -n 500) \
                <(python3 -c 'import json, sys
for line in json.load(open(sys.argv[1]))["lines"]: print(line["text"])' "$BATS_TEST_TMPDIR/found")
        run -0 web chief '/api/servers/1/log?since=tomorow'
        [[ "$output" == *'"ok":false'*tomorow* ]]

        rcon 1 standin_flood 20000
        wait_until in_log 1 "line 20000 of 20000"
        diff <(l4d2ctl logs 1 --all --lines=all) <(web chief /servers/1/log.txt)
}

# --- many ------------------------------------------------------------------------------------------

@test "who doesn't read is dropped, and nobody else notices" {
        local i
        l4d2ctl restart 1
        wait_until is_shown 1 running
        mkfifo "$BATS_TEST_TMPDIR/ready" "$BATS_TEST_TMPDIR/go"
        "$web_tools/idler" "$jars/chief" /servers/1/events <"$BATS_TEST_TMPDIR/go" >"$BATS_TEST_TMPDIR/idler" 2>&1 3>&- &
        watchers+=($!)
        exec 8>"$BATS_TEST_TMPDIR/go"
        wait_until grep -q begun "$BATS_TEST_TMPDIR/idler"

        "$clients" http /servers/1/events 5 24000 "$jars/chief" \
                >"$BATS_TEST_TMPDIR/clients" 2>"$BATS_TEST_TMPDIR/ready" 3>&- &
        read -r _ <"$BATS_TEST_TMPDIR/ready"
        rcon 1 standin_flood 24000
        wait "$!" || { cat "$BATS_TEST_TMPDIR/clients"; false; }
        grep -qx 'complete 5' "$BATS_TEST_TMPDIR/clients"

        exec 8>&-
        for ((i = 0; i < 4; i++)); do
                wait_until grep -q '^ended' "$BATS_TEST_TMPDIR/idler" && break
        done
        cat "$BATS_TEST_TMPDIR/idler"
        grep -q '^ended' "$BATS_TEST_TMPDIR/idler"
        (($(grep -oP '^ended after \K[0-9]+' "$BATS_TEST_TMPDIR/idler") < 24000))
}

@test "a session has so many streams and no more" {
        local i log=$BATS_TEST_TMPDIR/log
        running 1
        restart_web
        for ((i = 0; i < 32; i++)); do
                "$web_tools/events" "$jars/chief" /servers/1/events >"$log.$i" 2>&1 3>&- &
                watchers+=($!)
        done
        for ((i = 0; i < 32; i++)); do wait_until test -s "$log.$i"; done
        run -1 "$web_tools/events" "$jars/chief" /servers/1/events
        [[ "$output" == *" 503 "* ]]
        [ "$(status_of chief /api/servers/1)" = 200 ]
        kill "${watchers[0]}"
        wait_until eval "watch '$log.more' chief /servers/1/events"
}

# many_sessions: cookies of 32, in BATS_FILE_TMPDIR/jar.N, for more streams than one session may have. A user may
# have 1024, and those that a test before has left are noticed at their next heartbeat or by a restart.
many_sessions() {
        local i
        if [[ ! -e $BATS_FILE_TMPDIR/jar.31 ]]; then
                for ((i = 0; i < 32; i++)); do
                        log_in chief >/dev/null
                        cp "$jars/chief" "$BATS_FILE_TMPDIR/jar.$i"
                done
        fi
        restart_web
}

@test "a thousand viewers of one busy server get every line" {
        # The server's lines are counted from its start.
        l4d2ctl restart 1
        wait_until is_shown 1 running
        many_sessions
        mkfifo "$BATS_TEST_TMPDIR/ready"
        "$clients" http /servers/1/events 1000 1000 "$BATS_FILE_TMPDIR"/jar.* \
                >"$BATS_TEST_TMPDIR/clients" 2>"$BATS_TEST_TMPDIR/ready" 3>&- &
        read -r _ <"$BATS_TEST_TMPDIR/ready"
        # Lines of earlier tests are older than the last 200 by then.
        rcon 1 standin_lines 100 10
        wait "$!" || { cat "$BATS_TEST_TMPDIR/clients"; false; }
        diff - "$BATS_TEST_TMPDIR/clients" <<-'END'
		clients 1000
		complete 1000
		ended 0
		missed 0
		doubled 0
	END
}

@test "a thousand viewers come back after a restart of the service, and miss nothing" {
        local viewers
        many_sessions
        mkfifo "$BATS_TEST_TMPDIR/ready"
        running 1
        "$clients" again /servers/1/events 1000 1200 "$BATS_FILE_TMPDIR"/jar.* \
                >"$BATS_TEST_TMPDIR/clients" 2>"$BATS_TEST_TMPDIR/ready" 3>&- &
        viewers=$!
        read -r _ <"$BATS_TEST_TMPDIR/ready"
        rcon 1 standin_lines 100 12
        wait_until in_log 1 'line 300 of 1200'
        systemctl restart left4me-web.service
        wait_until in_log 1 'line 700 of 1200'
        journalctl --rotate
        systemctl restart left4me-web.service
        wait "$viewers" || { cat "$BATS_TEST_TMPDIR/clients"; false; }
        diff - "$BATS_TEST_TMPDIR/clients" <<-'END'
		clients 1000
		complete 1000
		ended 0
		missed 0
		doubled 0
	END
}

@test "it stops by itself within seconds, with streams open" {
        local i
        running 1
        for ((i = 0; i < 5; i++)); do watch "$BATS_TEST_TMPDIR/log.$i" chief /servers/1/events; done
        systemctl stop left4me-web.service
        # One that has to be forced, after TimeoutStopSec=, has another.
        [ "$(property left4me-web.service TimeoutStopUSec)" = 5s ]
        [ "$(property left4me-web.service Result)" = success ]
        systemctl start left4me-web.service
}
