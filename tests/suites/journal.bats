#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The journal under l4d2ctl logs, with a journald that really rotates and vacuums: the same lines as
# journalctl shows, none twice and none missing, and a word about lines that are gone.
# The server is a shell that writes as many numbered lines as it is told to.

load common

unit=left4me-server@1.service

setup_file() {
        mkdir -p /etc/systemd/journald.conf.d /var/log/journal
        printf '[Journal]\nStorage=persistent\nSystemMaxFileSize=2M\nRateLimitIntervalSec=0\n' \
                >/etc/systemd/journald.conf.d/small-files.conf
        systemctl restart systemd-journald
        journalctl --flush

        install_game
        make_instance 1 27015
        mkdir -p /run/numbers "/run/systemd/system/$unit.d"
        mkfifo -m 666 /run/numbers/fifo
        cat >/run/numbers/server <<-'EOF'
		trap 'exit 0' INT TERM
		exec 3<>"${0%/*}/fifo"
		while read -r n <&3; do
		        [[ $n != '!'* ]] || { printf '%b\n' "${n#!}"; continue; }
		        for ((; n > 0; n--)); do echo "line $((++i))"; done
		done
	EOF
        cat >"/run/systemd/system/$unit.d/99-numbers.conf" <<-'EOF'
		[Service]
		ExecStart=
		ExecStart=/bin/bash /dev/shm/numbers/server
		TemporaryFileSystem=
		BindPaths=/run/numbers:/dev/shm/numbers
		LogRateLimitIntervalSec=0
	EOF
        systemctl daemon-reload
        systemctl start "$unit"
        echo 0 >"$BATS_FILE_TMPDIR/written"
}

setup() {
        followers=()
}

teardown() {
        ((${#followers[@]} == 0)) || kill -CONT "${followers[@]}" || true
        ((${#followers[@]} == 0)) || kill "${followers[@]}" || true
}

last_line() {
        journalctl --sync
        journalctl -o cat -u "$unit" | grep -o 'line [0-9]*' | tail -n 1 | cut -d' ' -f2
}

# write_lines N: has the server write N lines, and waits until the journal has them.
write_lines() {
        local last
        last=$(($(<"$BATS_FILE_TMPDIR/written") + $1))
        echo "$1" >/run/numbers/fifo
        echo "$last" >"$BATS_FILE_TMPDIR/written"
        wait_until has_line "$last"
}

has_line() {
        [[ $(last_line) == "$1" ]]
}

rotate() {
        journalctl --rotate
        (($# == 0)) || journalctl --quiet "$@"
}

# follow FILE [ARGUMENT…]: starts a follower, and waits until it follows.
follow() {
        local file=$1
        shift
        l4d2ctl logs 1 --follow "$@" >"$file" 3>&- &
        followers+=($!)
        # Its first output proves nothing: a new line, seen by it, does.
        wait_until follows "$file"
}

follows() {
        write_lines 1
        read -r -t 0.1 <> <(:) || true
        [[ -s $1 ]]
}

messages() {
        python3 -c 'import json, sys
for line in sys.stdin: print(json.loads(line)[sys.argv[1]])' "$1"
}

# same_as_journalctl L4D2CTL-ARGUMENTS JOURNALCTL-ARGUMENTS
# systemd's expected warning is a warning to journalctl alone.
same_as_journalctl() {
        local expected='^$'
        [[ $1 != *--priority=* ]] || expected=': Supervising process [0-9]* which is not our child'
        journalctl --sync
        # shellcheck disable=SC2086 # several words each
        diff <(l4d2ctl logs 1 --json $1 | messages message) \
                <(journalctl -u "$unit" -o json $2 | messages MESSAGE | { grep -v "$expected" || true; })
}

# in_order FILE: its numbered lines follow one another without a jump; prints how many.
in_order() {
        grep -o 'line [0-9]*' "$1" |
                awk 'NR > 1 && $2 != last + 1 { print last, "then", $2; bad = 1 } { last = $2 }
                     END { print NR; exit bad }'
}

@test "the last lines, from as many files as it takes, are journalctl's" {
        local i n
        for i in 1 2 3; do
                write_lines 100
                rotate
        done
        write_lines 10
        (($(find /var/log/journal -name 'system*.journal' | wc -l) >= 4))

        for n in 1 9 10 11 100 109 110 111 250 310; do
                same_as_journalctl "--all --lines=$n" "-n $n"
        done
        same_as_journalctl "--all --lines=all" ""
        run -0 l4d2ctl logs 1 --lines=0
        run ! grep -E "line-?[0-9]|: line " <<<"$output"
}

@test "a time that lies in an older file" {
        local since
        write_lines 5
        read -r -t 1.1 <> <(:) || true
        since=@$(date +%s)
        write_lines 7
        rotate
        write_lines 3
        same_as_journalctl "--since=$since" "--since=$since"
        [ "$(l4d2ctl logs 1 --since="$since" | in_order /dev/stdin)" = 10 ]
}

@test "without --all only the last run, which may lie in several files" {
        write_lines 5
        systemctl restart "$unit"
        echo 0 >"$BATS_FILE_TMPDIR/written"
        write_lines 4
        rotate
        write_lines 2
        same_as_journalctl "--lines=all" "--invocation=0"
        [ "$(l4d2ctl logs 1 | in_order /dev/stdin)" = 6 ]
        (($(l4d2ctl logs 1 --all --lines=all | grep -c 'line 1$') >= 2))
}

@test "lines with a text, of a level, before a time" {
        local until
        write_lines 30
        read -r -t 1.1 <> <(:) || true
        until=@$(date +%s)
        rotate
        write_lines 30
        l4d2ctl logs 1 --json --all --lines=all | messages message >"$BATS_TEST_TMPDIR/all"

        diff <(l4d2ctl logs 1 --json --all --lines=all --grep='LINE 2' | messages message) \
                <(grep -i 'line 2' "$BATS_TEST_TMPDIR/all")
        diff <(l4d2ctl logs 1 --json --all --lines=4 --grep='line 2' | messages message) \
                <(grep -i 'line 2' "$BATS_TEST_TMPDIR/all" | tail -n 4)
        run -0 l4d2ctl logs 1 --grep='no such text'
        ((${#lines[@]} == 1))

        same_as_journalctl "--all --lines=all --priority=notice" "-p notice"
        same_as_journalctl "--all --lines=all --priority=6" "-p info"
        same_as_journalctl "--lines=7 --until=$until" "-n 7 --until=$until"
        run -2 l4d2ctl logs 1 --priority=loud
        run -2 l4d2ctl logs 1 --until=now --follow
}

@test "older lines, from a line on, across files: none twice, none left out" {
        local all=$BATS_TEST_TMPDIR/all cursor
        write_lines 30
        rotate
        write_lines 30
        l4d2ctl logs 1 --json --all --lines=all | messages cursor >"$all"
        cursor=$(tail -n 10 "$all" | head -n 1)
        diff <(l4d2ctl logs 1 --json --lines=35 --before="$cursor" | messages cursor) \
                <(tail -n 45 "$all" | head -n 35)
        run -2 l4d2ctl logs 1 --before=nonsense
        run -2 l4d2ctl logs 1 --before="$cursor" --follow
}

@test "a damaged file hides its own lines only" {
        local damaged
        write_lines 20
        rotate
        write_lines 10
        damaged=$(find /var/log/journal -name 'system@*.journal' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)
        head -c 4096 /dev/zero | dd of="$damaged" conv=notrunc status=none
        run -0 l4d2ctl logs 1 --all --lines=all
        [ "$(tail -n 10 <<<"$output" | in_order /dev/stdin)" = 10 ]
        rm "$damaged"
}

@test "following goes on through rotation and vacuuming, and misses nothing" {
        local log=$BATS_TEST_TMPDIR/log i last
        follow "$log" --lines=0
        for ((i = 0; i < 10; i++)); do
                write_lines 100
                rotate --vacuum-files=1
        done
        last=$(<"$BATS_FILE_TMPDIR/written")
        wait_until grep -q "line $last\$" "$log"

        run -0 in_order "$log"
        ((${lines[0]} >= 1000))
        run -1 grep 'removed before' "$log"
}

@test "lines that are vacuumed while they are shown are left out, and the others shown" {
        local all=$BATS_TEST_TMPDIR/all first statuses
        write_lines 20000
        rotate
        write_lines 20000
        # Most lines wait in l4d2ctl until the first one is read here.
        l4d2ctl logs 1 --all --lines=all | {
                IFS= read -r first
                rotate --vacuum-files=2
                printf '%s\n' "$first"
                cat
        } >"$all"
        statuses=("${PIPESTATUS[@]}")
        echo "# $(grep -c 'line [0-9]' "$all") of 40000 lines shown, $(l4d2ctl logs 1 --all --lines=all | grep -c 'line [0-9]') left" >&3
        [ "${statuses[*]}" = '0 0' ]
        grep -o 'line [0-9]*' "$all" | awk '$2 <= last { bad = 1 } { last = $2 } END { exit bad }'
        l4d2ctl logs 1 --all --lines=all | grep -o 'line [0-9]*' >"$all.left"
        diff "$all.left" <(grep -o 'line [0-9]*' "$all" | tail -n "$(wc -l <"$all.left")")
}

@test "following goes on when journald is killed" {
        local log=$BATS_TEST_TMPDIR/log last
        follow "$log" --lines=0
        write_lines 5
        systemctl kill --signal=KILL systemd-journald
        wait_until systemctl is-active --quiet systemd-journald
        write_lines 5
        last=$(<"$BATS_FILE_TMPDIR/written")
        wait_until grep -q "line $last\$" "$log"
}

@test "a follower that was stopped says what it can't show any more" {
        local log=$BATS_TEST_TMPDIR/log i last before
        follow "$log" --lines=0
        write_lines 3
        last=$(<"$BATS_FILE_TMPDIR/written")
        wait_until grep -q "line $last\$" "$log"
        before=$last

        kill -STOP "${followers[0]}"
        for ((i = 0; i < 5; i++)); do
                write_lines 100
                rotate --vacuum-files=1
        done
        write_lines 3
        last=$(<"$BATS_FILE_TMPDIR/written")
        kill -CONT "${followers[0]}"
        wait_until grep -q "line $last\$" "$log"

        # Everything before the gap and after it, and the gap between them is as large as it says.
        run -1 in_order "$log"
        [[ "${lines[0]}" == "$before then "* ]]
        gap=$(grep -oP '^-- \K[0-9]+(?= entries of the journal were removed)' "$log")
        ((gap >= ${lines[0]##* } - before - 1))
}

@test "a new line is there at once" {
        local log=$BATS_TEST_TMPDIR/log
        follow "$log" --lines=0
        echo $(($(<"$BATS_FILE_TMPDIR/written") + 21)) >"$BATS_FILE_TMPDIR/written"
        journalctl --follow --lines=1 --output=cat --unit="$unit" >"$log.announced" 3>&- &
        followers+=($!)
        wait_until test -s "$log.announced"
        # journalctl has it when journald announces it: after 150 ms in the median, 250 ms at most. Both wait for
        # the processor alike, so what is measured is how far l4d2ctl is ahead.
        run -0 python3 - "$log" "$log.announced" <<-'EOF'
		import statistics, sys, time
		logs, ahead = [open(name, "rb") for name in sys.argv[1:]], []
		for log in logs:
		    log.read()
		for i in range(21):
		    time.sleep(0.3)
		    with open("/run/numbers/fifo", "w") as numbers:
		        numbers.write("1\n")
		    seen = [None, None]
		    while None in seen:
		        for n, log in enumerate(logs):
		            if seen[n] is None and log.readline():
		                seen[n] = time.monotonic()
		        time.sleep(0.001)
		    ahead.append(seen[1] - seen[0])
		median = statistics.median(ahead)
		print(f"# ahead by {median * 1000:.0f} ms in the median")
		sys.exit(median < 0.05)
	EOF
        echo "$output" >&3
}

@test "core dumps are in the log, now and as it grows, when systemd-coredump says so" {
        local follower=$BATS_TEST_TMPDIR/follower
        id systemd-coredump >/dev/null 2>&1 || useradd --system --no-create-home systemd-coredump
        follow "$follower"
        "$BATS_TEST_DIRNAME/core-entry" "$unit" left4me-game 'dumped core: forged' system.slice
        "$BATS_TEST_DIRNAME/core-entry" "$unit" systemd-coredump 'dumped core: genuine'
        write_lines 1
        wait_until grep -q "line $(last_line)$" "$follower"
        l4d2ctl logs 1 --all >"$BATS_TEST_TMPDIR/all"
        for file in "$follower" "$BATS_TEST_TMPDIR/all"; do
                [[ $(grep -c 'dumped core: genuine' "$file") == 1 ]]
                run ! grep forged "$file"
        done
}

@test "what a hostile server writes does not reach the terminal" {
        printf '!\\033]0;owned\\007 \\x9b31m \\xff hostile\n' >/run/numbers/fifo
        wait_until in_log 1 hostile
        run -0 l4d2ctl logs 1
        [[ "$output" == *'\x1b]0;owned\x07 \x9b31m \xff hostile'* ]]
        run -1 grep -aP '[\x00-\x08\x0b-\x1f\x7f\x9b\xff]' <<<"$output"

        # As data it is whole where JSON can hold it.
        run -0 l4d2ctl logs 1 --json --lines=1
        python3 -c 'import json, sys; assert "\033]0;owned\007" in json.loads(sys.argv[1])["message"]' "$output"
}

has_warning() {
        journalctl --sync
        [[ $(journalctl -o cat -u "$unit" --invocation=0 _PID=1) == *"which is not our child"* ]]
}

@test "systemd's warning at a start is explained and is no warning, a server's copy of it is" {
        local text="$unit: Supervising process 12 which is not our child. We'll see."
        # Whether systemd sees the process between the two at a start is a matter of luck.
        for ((i = 0; i < 60; i++)); do
                # Or the sixth within a minute would be refused.
                systemctl reset-failed "$unit"
                systemctl restart "$unit"
                ! has_warning || break
        done
        echo "# at start $((i + 1))" >&3
        has_warning
        run -0 l4d2ctl logs 1 --lines=all
        [[ "$output" == *"which is not our child. "*$'\n'*"(Expected with PrivatePIDs=: systemd does notice when this server ends.)"* ]]
        run -0 l4d2ctl logs 1 --lines=all --json
        [ "$(grep -c '"note":"Expected with' <<<"$output")" = 1 ]
        [ "$(grep -c '"note"' <<<"$output")" = 1 ]
        run -0 l4d2ctl logs 1 --lines=all --priority=info
        [[ "$output" != *"which is not our child"* ]]

        echo "!<4>$text" >/run/numbers/fifo
        wait_until eval "journalctl --sync; journalctl -o cat -u $unit | grep -qF '12 which is not our child'"
        run -0 l4d2ctl logs 1 --lines=all --priority=warning
        [[ "$output" == *"$text"* && "$output" != *"Expected with"* ]]
}
