#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# l4d2ctl top: all servers live, as tables and on a terminal.

load common

terminal=$BATS_TEST_DIRNAME/terminal
watch_dir=/run/left4me/watch

setup_file() {
        install_game
        make_instance 1 27015
        make_instance 2 27017
        make_instance off 27019
        l4d2ctl start 1 2
        # The states are written by hand here; watch.bats has the watcher.
        systemctl stop left4me-watch.service 2>/dev/null || true
        systemctl mask --runtime left4me-watch.service
        mkdir -p "$watch_dir"
}

teardown_file() {
        systemctl unmask --runtime left4me-watch.service
        systemctl stop 'left4me-server@*.service' || true
}

# write_state NAME PYTHON: a live state of the present run, changed by a statement about `s`.
write_state() {
        python3 - "$watch_dir/$1.json" "$(property "$(unit "$1")" InvocationID)" "$2" <<-'EOF'
	import json, sys, time
	now = int(time.time() * 1000000)
	s = dict(invocation=sys.argv[2], at_usec=now, written_usec=now, health="ok", health_since_usec=now, source="rcon",
	         rcon_error=None, hostname="x", version="1", map="c1m1_hotel", humans=3, bots=1, slots=8, is_hibernating=False, is_secure=True,
	         is_lan=False, needs_update=False, fps=30.02, tick_rate=30, is_slow=False, in_bytes_per_sec=1.0, out_bytes_per_sec=1.0,
	         cpu_percent=7.25, memory_bytes=1000000, tasks=3, map_since_usec=now, empty_since_usec=0, steam_kicks=0, players=[])
	exec(sys.argv[3])
	json.dump(s, open(sys.argv[1], "w"))
	EOF
}

@test "a table has all servers, and what is unknown without the watcher" {
        rm -f "$watch_dir"/*.json
        run -0 --separate-stderr l4d2ctl top
        [[ "${lines[0]}" =~ ^NAME\ +STATE\ +PLAYERS\ MAP\ +FPS\ CPU\ %\ +MEMORY\ +IN/S\ +OUT/S\ UPTIME ]]
        [[ "${lines[1]}" =~ ^1\ +running\ +-\ -\ +-\ +[-0-9.]+\ +[-0-9.KMG]+\ +-\ +-\ [0-9] ]]
        [[ "${lines[3]}" =~ ^off\ +stopped\ +-\ -\ +-\ +-\ +-\ +-\ +-\ - ]]
        [ "${#lines[@]}" -eq 4 ]
        [[ "$stderr" == *'left4me-watch.service does not run: players, maps and FPS are unknown'* ]]
}

@test "players, map and frames come from the live state of the present run" {
        write_state 1 pass
        write_state 2 's.update(humans=0, is_slow=True, fps=12.4, map="a\u001b[31mb")'
        run -0 --separate-stderr l4d2ctl top
        [[ "${lines[1]}" =~ ^1\ +running\ +3/8\ c1m1_hotel\ +30\  ]]
        [[ "${lines[2]}" =~ ^2\ +running\ +0/8\ a\\x1b\[31mb\ +!12\  ]]
        # The state of another run says nothing, and a damaged one neither.
        write_state 1 's["invocation"] = "0" * 32'
        printf '{' >"$watch_dir/2.json"
        run -0 --separate-stderr l4d2ctl top 1 2
        [[ "${lines[1]}" =~ ^1\ +running\ +-\ - ]]
        [[ "${lines[2]}" =~ ^2\ +running\ +-\ - ]]
        write_state 1 's["health"] = "hung"'
        run -0 --separate-stderr l4d2ctl top 1
        [[ "${lines[1]}" == *hangs* ]]
        [ "${#lines[@]}" -eq 2 ]
}

@test "values that are not of now are left out, and not counted" {
        # The watcher has stopped writing: all is old, also what it said about the health.
        write_state 1 's.update(written_usec=now - 120_000_000, at_usec=now - 120_000_000, health="hung", is_slow=True)'
        # The game has not answered for a while, and the watcher says so.
        write_state 2 's.update(at_usec=now - 120_000_000, health="silent", humans=5)'
        run -0 --separate-stderr l4d2ctl top 1 2
        [[ "${lines[1]}" =~ ^1\ +running\ +-\ -\ +-\  ]]
        [[ "${lines[2]}" =~ ^2\ +"does not answer"\ +-\ -\ +-\  ]]
        # A server that hibernates is asked less often.
        write_state 2 's.update(written_usec=now - 120_000_000, at_usec=now - 120_000_000, humans=0, is_hibernating=True)'
        run -0 --separate-stderr l4d2ctl top 2
        [[ "${lines[1]}" =~ ^2\ +running\ +0/8\ c1m1_hotel\ +-\  ]]
        write_state 2 's.update(humans=5)'
        run -0 "$terminal" 80 l4d2ctl top -d 0.2 <<-EOF
	expect servers: 3, running: 2, players: 5
	type q
	end
	EOF
}

# The rate of server 1 in the last look, in the output of --json.
rate() { tail -n 1 <<<"$output" | python3 -c 'import json, sys; print(json.load(sys.stdin)[0][sys.argv[1]])' "$1"; }

@test "traffic is what the kernel counts between two looks, before that what the game says" {
        write_state 1 's.update(in_bytes_per_sec=2048, out_bytes_per_sec=4096)'
        run -0 --separate-stderr l4d2ctl top 1
        [[ "${lines[1]}" =~ \ 2\.0K\ +4\.0K\ [0-9] ]]
        run -0 --separate-stderr l4d2ctl top --json 1
        [ "$(rate in_bytes_per_sec) $(rate out_bytes_per_sec)" = '2048.0 4096.0' ]
        [[ $(property "$(unit 1)" IPIngressBytes) == +([0-9]) ]] || skip 'systemd counts no packets here'
        # Until both looks are done.
        while "$query" info 127.0.0.1 27015 >/dev/null || true; do :; done 3>&- &
        asks=$!
        run -0 --separate-stderr l4d2ctl top --json -n 2 -d 3 1
        kill "$asks"
        [ "${#lines[@]}" = 2 ]
        python3 -c 'import sys; a, b = map(float, sys.argv[1:]); assert a not in (0, 2048) and b > a > 0, (a, b)' \
                "$(rate in_bytes_per_sec)" "$(rate out_bytes_per_sec)"
        # The one that does not run has none.
        run -0 --separate-stderr l4d2ctl top --json off
        [ "$(rate in_bytes_per_sec) $(rate state) $(rate players)" = 'None stopped None' ]
}

@test "wrong usage" {
        run -4 l4d2ctl top nothing
        run -2 l4d2ctl top ../x
        for word in 0 x -1 99999999999; do run -2 l4d2ctl top -n "$word"; done
        for word in 0 x 0.01 1e9 1.2.3; do run -2 l4d2ctl top -d "$word"; done
        run -2 l4d2ctl top --lines=3
        l4d2ctl user add carol --role user --generate >/dev/null
        run -8 l4d2ctl --as-user=carol top
        run -8 l4d2ctl --as-user=carol top 1
        # The letters are those of other options elsewhere.
        run -0 l4d2ctl logs 1 -n 1
        run -0 l4d2ctl top -b -n 2 -d 0.1
        [ "$(grep -c '^NAME' <<<"$output")" -eq 2 ]
}

@test "on a terminal, the picture follows keys, changes and the window" {
        # They get old while this test runs, on a slow machine.
        write_state 1 's.update(humans=1, written_usec=now + 40_000_000, at_usec=now + 40_000_000)'
        write_state 2 's.update(humans=5, written_usec=now + 40_000_000, at_usec=now + 40_000_000, map="a_very_long_map_name_that_has_no_room_here")'
        cp "$watch_dir/1.json" "$BATS_TEST_TMPDIR/1.json"
        run -0 "$terminal" 80 l4d2ctl top -d 0.2 <<-EOF
	expect \\x1b[?1049h
	expect servers: 3, running: 2, players: 6
	expect left4me-watch.service does not run
	expect \\n1
	expect 1/8
	expect a_very_long
	expect \xe2\x80\xa6
	expect off
	type p
	expect 5/8
	expect 1/8
	run sed 's/"humans": 1/"humans": 7/' '$BATS_TEST_TMPDIR/1.json' >$watch_dir/1.json
	expect 7/8
	expect 5/8
	size 24 120
	expect a_very_long_map_name_that_has_no_room_here
	size 3 20
	expect servers: 3\\x1b[K
	type x
	type q
	expect \\x1b[?1049l
	end
	cooked
	EOF
        # Nothing is cleared before it is drawn again.
        [[ "$output" != *'<1b>[2J'* ]]
}

@test "a signal restores the terminal, and --iterations ends by itself" {
        local signal
        for signal in INT TERM HUP; do
                run -0 "$terminal" l4d2ctl top <<-EOF
	expect servers: 3
	signal $signal
	expect \\x1b[?1049l
	end
	cooked
	EOF
        done
        run -0 "$terminal" l4d2ctl top -n 2 -d 0.1 <<<$'expect servers: 3\nexpect \\x1b[?1049l\nend\ncooked'
        run -0 "$terminal" l4d2ctl top <<<$'expect servers: 3\ntype \\x03\nexpect \\x1b[?1049l\nend\ncooked'
}
