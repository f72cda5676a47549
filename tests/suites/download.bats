#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# helpers/download/download.c against servers that fail: each failure ends with the right file or with a reason.

load common

setup_file() {
        export world=$BATS_FILE_TMPDIR/world fetch=/usr/lib/left4me-build/tests/bench/fetch
        mkdir -p "$world/files"
        head -c 3000000 /dev/urandom >"$world/files/big"
        head -c 1000 /dev/urandom >"$world/files/small"
        : >"$world/files/empty"
        /usr/lib/left4me-tests/standin/workshop "$world" 3>&- &
        echo "$!" >"$world/pid"
        wait_until test -e "$world/url"
        url=$(<"$world/url")
        export url
}

teardown_file() {
        kill "$(<"$world/pid")"
}

setup() {
        to=$BATS_TEST_TMPDIR/to
        mkdir "$to"
        : >"$world/requests"
}

# fetches NUMBER… MODE/FILE…: short pauses, everything renamed when it is complete.
fetches() {
        local arguments=()
        while [[ $1 == *=* ]]; do
                arguments+=("$1")
                shift
        done
        "$fetch" keep=1 pause_ms=10 stall=1 connect=5 wait_ms=5000 "${arguments[@]}" "$to" "${@/#/$url/}"
}

requests() { grep -c "$1" "$world/requests"; }
is_same() { cmp "$world/files/$1" "$to/$1"; }
is_empty_dir() { [[ -z $(ls -A "$to") ]]; }

@test "a file arrives as it is, with its size and SHA-256" {
        run -0 fetches ok/big
        is_same big
        [[ "$output" == "big 0 3000000 asked $(sha256sum <"$world/files/big" | cut -d' ' -f1) " ]]
        [ ! -e "$to/big.part" ]
        run -0 fetches nolength/small ok/empty
        is_same small
        is_same empty
}

@test "many at once: no more than allowed, all of them arrive" {
        local n names=()
        for n in {1..40}; do
                cp "$world/files/small" "$world/files/s$n"
                names+=("ok/s$n")
        done
        run -0 fetches parallel=7 "${names[@]}"
        [ "${#lines[@]}" = 40 ]
        for n in {1..40}; do cmp "$world/files/small" "$to/s$n"; done
}

@test "no more are begun at once than allowed" {
        local n pid names=()
        for n in {1..20}; do
                cp "$world/files/small" "$world/files/p$n"
                names+=("$url/stall:10:9/p$n")
        done
        "$fetch" parallel=7 stall=600 "$to" "${names[@]}" 3>&- &
        pid=$!
        wait_until eval '(($(requests GET) >= 7))'
        # All that are allowed are begun before the first request leaves.
        [ "$(find "$to" -name '*.part' | wc -l)" = 7 ]
        kill "$pid"
        wait "$pid" || true
}

@test "a body that ends early is continued where it ended" {
        run -0 fetches cut:1500000:3/big
        is_same big
        [ "$(requests 'bytes=1500000-')" = 1 ]
        [ "$(requests GET)" = 2 ]
}

@test "a body that stalls is given up and continued" {
        run -0 fetches stall:400000:1/big
        is_same big
        [ "$(requests 'bytes=400000-')" = 1 ]
}

@test "a server without ranges sends it all again" {
        run -0 fetches size=3000000 cutnolength:1000000:1/big
        is_same big
        printf 'beginning' >"$to/small.part"
        run -0 fetches resume=1 norange/small
        is_same small
}

@test "an early end that has no length shows by the size only" {
        run -1 fetches size=3000000 tries=3 cutnolength:1000:9/big
        [[ "$output" == *"it has 1000 bytes instead of 3000000"* ]]
        is_empty_dir
}

@test "progress gives new tries, standstill uses them up" {
        run -0 fetches tries=2 cut:1100000:9/big
        is_same big
        rm "$to/big"
        : >"$world/requests"
        run -1 fetches tries=3 cut:0:99/big
        [ "$(requests GET)" = 3 ]
        is_empty_dir
}

@test "another process continues the temporary file, if the caller says that it is the same content" {
        head -c 2000000 "$world/files/big" >"$to/big.part"
        run -0 fetches resume=1 ok/big
        is_same big
        [ "$(requests 'bytes=2000000-')" = 1 ]
        head -c 500 "$world/files/big" >"$to/small.part"
        run -0 fetches ok/small
        is_same small
        [ "$(requests 'ok/small -')" = 1 ]
}

@test "a temporary file that is complete needs no request, or one when the size is unknown" {
        cp "$world/files/big" "$to/big.part"
        run -0 fetches resume=1 size=3000000 ok/big
        [[ "$output" == *" not-asked "* ]]
        is_same big
        [ ! -s "$world/requests" ]
        cp "$world/files/small" "$to/small.part"
        run -0 fetches resume=1 ok/small
        is_same small
        [ "$(requests GET)" = 1 ]
}

@test "a temporary file that is too long is begun again" {
        cat "$world/files/small" "$world/files/small" >"$to/small.part"
        run -0 fetches resume=1 size=1000 ok/small
        is_same small
        cat "$world/files/small" "$world/files/small" >"$to/small.part"
        run -0 fetches resume=1 ok/small
        is_same small
}

@test "a file that changes while it is downloaded is never a mixture" {
        local mode
        # Also when the server has no name for its contents, so that it can't be asked for the rest of the same one.
        for mode in changes untagged; do
                run -0 fetches "$mode:1000000/big"
                python3 - "$world/files/big" "$to/big" <<'END'
import sys
sent, got = (open(name, "rb").read() for name in sys.argv[1:])
assert got == sent[::-1]
END
        done
}

@test "a rest that does not tell the size of the whole is used only when that is known" {
        run -0 fetches size=3000000 nosize/big
        is_same big
        [ "$(requests 'bytes=1500000-')" = 1 ]
        [ "$(requests GET)" = 2 ]
        cp "$world/files/big" "$world/files/big2"
        : >"$world/requests"
        run -0 fetches nosize/big2
        cmp "$world/files/big2" "$to/big2"
        [ "$(requests 'bytes=1500000-')" = 1 ]
        [ "$(requests GET)" = 3 ]
}

@test "another range than asked for is not used" {
        run -0 fetches otherrange/big
        is_same big
        run -1 fetches partial/small
        [[ "$output" == *"status 206"* ]]
        printf x >"$to/small.part"
        run -0 fetches resume=1 norangesize/small
        is_same small
}

@test "a larger or smaller file than announced is refused, and nothing of it stays" {
        run -1 fetches size=1000 more/small
        [[ "$output" == *"it has 1001 bytes instead of 1000"* ]]
        run -1 fetches size=1000 less/small
        [[ "$output" == *"it has 999 bytes instead of 1000"* ]]
        [ "$(requests GET)" = 2 ]
        is_empty_dir
}

@test "a limit holds whether the server tells the size or not" {
        run -1 fetches max=100000 ok/big
        [[ "$output" == *"it has 3000000 bytes, the limit is 100000"* ]]
        run -1 fetches max=100000 huge/big
        [[ "$output" == *"the limit is 100000"* ]]
        run -1 fetches max=100000 endless/big
        [[ "$output" == *"it has more than 100000 bytes"* ]]
        run -1 fetches size=100000 endless/big
        [[ "$output" == *"it has more than 100000 bytes"* ]]
        is_empty_dir
        [ "$(requests GET)" = 4 ]
}

@test "429 and 503: Retry-After is honoured, within bounds" {
        run -0 fetches status:429:2:1/small status:503:1/big
        is_same small
        is_same big
        [ "$(requests small)" = 3 ]
        # The pause is as long as the server said, or longer.
        awk '/small/ { if (last && $1 - last < 1) exit 1; last = $1 }' "$world/requests"
        run -1 fetches status:429:9:3600/small
        [[ "$output" == *"the server asks to wait for 3600 seconds"* ]]
        [ "$(requests 3600)" = 1 ]
}

@test "server errors are tried again, refusals are not" {
        run -0 fetches status:502:3/small
        is_same small
        run -1 fetches tries=3 status:500:9/big
        [[ "$output" == *"big -5 "*"the server answered with status 500" ]]
        [ "$(requests big)" = 3 ]
        run -1 fetches ok/missing
        [[ "$output" == "missing -2 0 "*"the server answered with status 404" ]]
        run -1 fetches status:403:9/big
        [[ "$output" == "big -13 "* ]]
        [ "$(requests 403)" = 1 ]
}

@test "a server that is silent or hangs up is tried again, then given up" {
        run -0 fetches silent:1/small reset:2/big
        is_same small
        is_same big
        run -1 fetches tries=2 silent:9/big
        [[ "$output" == *"Operation too slow"* ]]
        run -1 "$fetch" tries=2 pause_ms=10 "$to" http://127.0.0.1:1/small
        [[ "$output" == *"Failed to connect"* || "$output" == *"Could not connect"* ]]
}

@test "a failure of the network keeps the beginning for the next process" {
        run -1 fetches resume=1 tries=1 cut:1000000:9/big
        [ "$(stat -c %s "$to/big.part")" = 1000000 ]
        run -0 fetches resume=1 ok/big
        is_same big
        [ "$(requests 'bytes=1000000-')" = 1 ]
}

@test "redirects: a few, not many, and to http only" {
        run -0 fetches redirect:5/small
        is_same small
        run -1 fetches redirect:6/big
        [[ "$output" == *"redirects"* ]]
        run -1 fetches loop/big
        [[ "$output" == *"redirects"* ]]
        for target in file:%2F%2F%2Fetc%2Fpasswd ftp:%2F%2F127.0.0.1%2Fx gopher:%2F%2F127.0.0.1%2Fx; do
                run -1 fetches "to:$target/big"
        done
        run -1 "$fetch" "$to" file:///etc/passwd
        run -1 "$fetch" "$to" "${url/\/\//\/\/user:password@}/ok/big"
        [ ! -e "$to/big" ] && [ ! -e "$to/passwd" ]
}

@test "a link or a FIFO in place of the temporary file is not written to" {
        echo mine >"$BATS_TEST_TMPDIR/mine"
        ln -s "$BATS_TEST_TMPDIR/mine" "$to/small.part"
        run -1 fetches ok/small
        [ "$(<"$BATS_TEST_TMPDIR/mine")" = mine ]
        rm -f "$to/small.part"
        mkfifo "$to/small.part"
        run -1 fetches ok/small
        [ ! -s "$world/requests" ]
}

@test "a full disk is a reason, is not tried again, and leaves no rest" {
        mount -t tmpfs -o size=1M tmpfs "$to"
        run -1 fetches resume=1 ok/big
        [[ "$output" == "big -28 "*"No space left on device" ]]
        [ "$(requests GET)" = 1 ]
        is_empty_dir
        umount "$to"
}

@test "an answer in memory, complete or not at all" {
        run -0 "$fetch" text=1 "$to" "$url/ok/empty"
        [ -z "$output" ]
        cmp <("$fetch" text=1 pause_ms=10 "$to" "$url/cut:100:1/small") "$world/files/small"
        run -1 "$fetch" text=1 tries=1 seconds=1 "$to" "$url/drip:2:5/small"
        [[ "$output" == *"timed out"* ]]
        run -1 "$fetch" text=1 max=999 "$to" "$url/ok/small"
        [[ "$output" == *"the limit is 999"* ]]
}
