#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Charts: from samples in the journal of left4me-watch to the numbers that the web app gives to a page's script.

load common
load web/web

setup_file() {
        install_game
        l4d2ctl blueprint create alice/one -f - <<<'config: [sv_alltalk 0]'
        make_instance mine 27015 'blueprint: alice/one'
        make_instance other 27016
        begin_web chief:admin alice:user bob:user
}

# metric NAME VALUE: the list, and its place among the metrics.
metric() { json "[m for m in v['metrics'] if m['metric'] == '$1'][0]['$2']"; }

# All entries of a test are of one time, be it in the middle of them that a minute ends.
setup() { now=$(date +%s); }

# entry LEVEL MINUTES-AGO SAMPLES: an entry about the minute so long ago, see journal-send.
entry() {
        local at=$((now / 60 * 60 - $2 * 60))
        printf '%s\n' MESSAGE_ID=5d2ac2fa6d8c4ad09f7bb1d1a0b9ba4f MESSAGE=Samples "LEFT4ME_LEVEL=$1" "LEFT4ME_AT=${at}000000" \
                "LEFT4ME_SAMPLES=$3" ''
}

line() { printf '%s 6 %s %s 0.00 8 30.00 %s 12.50 20.00 1024 2048 734003200 14' "$1" "$2" "$3" "$4"; }

@test "a point has mean, most and least, and nothing where nothing was measured" {
        {
                entry minute 10 "$(line mine 1.50 2 29.00)"
                entry minute 8 "$(line mine 4.00 8 3.25)"
                entry minute 5 "mine 6 0.00 0 4.00 8 - - - - - - - 0"
                # It hangs: no answer, and the control group all the same.
                entry minute 3 "mine 0 0.00 0 0.00 0 - - 13.00 14.00 - - 734003200 14 6"
        } | send_as_watch
        run -0 web chief '/servers/mine/series?range=1h'
        # The minute that runs is the last point; so long ago means so much further to the left.
        players=$(metric players mean)
        [ "$(python3 -c 'import sys; v = eval(sys.argv[1]); print([x for x in v if x is not None], len(v))' "$players")" = \
                "[150, 400, 0] 60" ]
        [ "$(python3 -c 'import sys; v = eval(sys.argv[1]); i = v.index(150); print(v[i:i + 7])' "$players")" = \
                "[150, None, 400, None, None, 0, None]" ]
        [[ "$(metric players max)" == *200*800* ]]
        [ "$(python3 -c 'import sys; v = eval(sys.argv[1]); i = v.index(1300); print(v[i - 7:i + 1], eval(sys.argv[2])[i])' \
                "$(metric cpu_percent mean)" "$players")" = '[1250, None, 1250, None, None, None, None, 1300] None' ]
        [[ "$(metric fps min)" == *2900*None*325* ]]
        [ "$(json "[t['min_text'] for t in v['totals']], [t['max_text'] for t in v['totals']]")" = \
                "(['0.0', '3.2', '12.5 %', '700.0 MiB', '1.0 KiB/s', '2.0 KiB/s'], ['8.0', '30.0', '20.0 %', '700.0 MiB', '1.0 KiB/s', '2.0 KiB/s'])" ]
        run -0 web chief '/servers/mine/charts?range=1h'
        [[ "$output" == *'data-value="max_text">8.0<'* ]]
}

@test "a week is made of ten minutes, its last ones of minutes, none counted twice" {
        # As the watcher's, ten minutes begin at such a time of the clock.
        local past=$((now / 60 % 10))
        {
                entry ten-minutes $((past + 2000)) "$(line other 2.00 2 30.00)"
                entry minute $((past + 2000)) "$(line other 7.00 7 30.00)"
                entry ten-minutes $((past + 20)) "$(line other 3.00 3 30.00)"
                entry minute $((past + 15)) "$(line other 7.00 7 30.00)"
                entry minute $((past + 10)) "$(line other 4.00 4 30.00)"
        } | send_as_watch
        run -0 web chief '/servers/other/series?range=24h'
        [ "$(json "v['step_usec'] // 60000000")" = 10 ]
        # Sums of ten minutes count; a minute counts only when it is later than all of them.
        [ "$(json "[x for x in [m for m in v['metrics'] if m['metric'] == 'players'][0]['mean'] if x is not None]")" = "[300, 400]" ]
        run -0 web chief '/servers/other/series?range=7d'
        [ "$(json "v['step_usec'] // 60000000, v['totals'][0]['min_text'], v['totals'][0]['max_text']")" = "(60, '2.0', '4.0')" ]
}

@test "only the service's own entries count" {
        entry minute 3 "$(line mine 8.00 8 1.00)" | systemd-run --pipe --wait --quiet -p LogNamespace=left4me-watch \
                "$BATS_TEST_DIRNAME/journal-send"
        journalctl --namespace=left4me-watch -q -o json LEFT4ME_LEVEL=minute | grep -q 'mine 6 8.00'
        run -0 web chief '/servers/mine/series?range=1h'
        [[ "$(metric players mean)" != *800* ]]
}

@test "entries of another clock, and broken ones, hide nothing" {
        {
                # Written now about tomorrow, about nothing, and with lines that are none.
                entry minute -1440 "$(line mine 5.00 5 30.00)"
                entry minute 1 x | sed 's/^LEFT4ME_AT=.*/LEFT4ME_AT=never/'
                entry minute 1 x | sed '/^LEFT4ME_\(AT\|SAMPLES\)/d'
                entry minute 2 '../x 6 1 1 1 1 - - - - - - - 0'
                entry minute 30 "nonsense\\n$(line mine 6.00 6 30.00)\\n"
        } | send_as_watch
        run -0 web chief '/servers/mine/series?range=1h'
        [[ "$(metric players mean)" == *600*150*400* ]]
        [[ "$(metric players mean)" != *500* ]]
}

@test "a user sees the servers that are theirs, since they are" {
        # As if the server had been hers for an hour.
        cat "$state/instances/mine/owner"
        sed -i -E "s/[0-9]{16}/$(($(date +%s) - 3600))000000/" "$state/instances/mine/owner"
        run -0 web alice '/charts?range=1h'
        [[ "$output" == */servers/mine/charts* && "$output" != */servers/other/* ]]
        run -0 web alice '/charts/series?range=1h'
        [[ "$(metric players max)" != *700* ]]
        run -0 web chief '/charts/series?range=1h'
        [[ "$(metric players max)" == *700* ]]
        run -0 web bob '/charts?range=1h'
        [[ "$output" != */servers/mine/* && "$output" == *"Nothing was measured"* ]]
        for path in /servers/other/charts /servers/other/series /servers/nowhere/charts; do
                [ "$(status_of alice "$path")" = 404 ]
        done
        [ "$(status_of chief /servers/nowhere/series)" = 404 ]
        [ "$(status_of nobody /servers/mine/series)" = 401 ]

        # Bob does not see what was measured before the server became bob's.
        l4d2ctl blueprint create bob/one -f - <<<'config: [sv_alltalk 0]'
        l4d2ctl set mine blueprint bob/one
        wait_until eval '[[ $(status_of bob /servers/mine/charts) == 200 ]]'
        run -0 web bob '/servers/mine/series?range=1h'
        [ "$(json "v['totals'][0]['is_measured']")" = False ]
        run -0 web chief '/servers/mine/series?range=1h'
        [ "$(json "v['totals'][0]['is_measured']")" = True ]
}

@test "a range that is unknown is the shortest one" {
        for range in '' '?range=' '?range=1y' '?range=%00'; do
                run -0 web chief "/servers/other/series$range"
                [ "$(json "v['range']")" = 1h ] || [[ "$range" == *%00 ]]
        done
}

@test "Chart.js is served, and nothing else beside it" {
        run -0 web nobody --include --output /dev/null --dump-header - /static/chart.min.js
        [[ "${lines[0]}" == "HTTP/1.1 200 "* && "$(header content-type)" == text/javascript* ]]
        [ "$(status_of nobody /static/chart.esm.js)" = 404 ]
}

# --- a journal that is vacuumed meanwhile ----------------------------------------------------------------

# Files of events and samples, 200 events each, numbered; and 7 minutes with as many players as that is ago.
fill_files() {
        cat >/run/fill-files.py <<-'END'
		import sys, time
		part, now = int(sys.argv[1]), int(time.time())
		for i in range(200 * part, 200 * part + 200):
		    print("MESSAGE_ID=b3d1f0a86c5f4b7da0f5e1c2397b6d48", "MESSAGE=chat", "L4D2_INSTANCE=mine", "LEFT4ME_EVENT=chat",
		          f"LEFT4ME_AT={(now - 3000 + i) * 1000000}", "LEFT4ME_PLAYER=p", f"LEFT4ME_TEXT=number {i}", "", sep="\n")
		for ago in range(55 - 7 * part, 48 - 7 * part, -1):
		    print("MESSAGE_ID=5d2ac2fa6d8c4ad09f7bb1d1a0b9ba4f", "MESSAGE=Samples", "LEFT4ME_LEVEL=minute",
		          f"LEFT4ME_AT={(now // 60 - ago) * 60}000000",
		          f"LEFT4ME_SAMPLES=mine 6 {ago}.00 {ago} 0.00 80 30.00 30.00 12.50 20.00 1024 2048 734003200 14", "", sep="\n")
	END
        as_watch <<-'END'
		for part in {0..7}; do
		        python3 /run/fill-files.py $part | /usr/lib/left4me-tests/suites/journal-send
		        journalctl --quiet --namespace=left4me-watch --rotate
		done
	END
}

# numbered: whether the events of the input, oldest first, are the last ones without a gap; prints how many.
numbered() {
        python3 -c '
import re, sys
numbers = [int(n) for n in re.findall(r"number (\d+)", sys.stdin.read())]
assert numbers == list(range(1600 - len(numbers), 1600)), numbers
print(len(numbers))'
}

@test "a vacuum while they read: history, timeline and charts show what is there, and nothing wrong" {
        local amid="$BATS_TEST_DIRNAME/vacuum-amid" web was is n
        journalctl --quiet --namespace=left4me-watch --rotate
        journalctl --quiet --namespace=left4me-watch --vacuum-files=1
        fill_files
        web=$(property left4me-web.service MainPID)
        series() { python3 -c '
import json, sys
v = json.load(sys.stdin)
print([m["mean"] for m in v["metrics"] if m["metric"] == "players"][0])'; }
        was=$(web chief '/servers/mine/series?range=1h' | series)
        [[ $was == *5500*5400*100* ]]
        n=$(l4d2ctl history mine --limit=1600 | numbered)
        [ "$n" = 1600 ]

        # Each sees at least as much as is there afterwards.
        left() { l4d2ctl history mine --limit=1600 | numbered; }
        "$amid" 8 0 l4d2ctl history mine --limit=1600 >"$BATS_TEST_TMPDIR/history"
        n=$(numbered <"$BATS_TEST_TMPDIR/history") is=$(left)
        echo "# history: $n of 1600, $is are left" >&3
        ((n >= is && is > 100 && is < 1600))

        cookie="left4me=$(session_of chief)"
        "$amid" 8 "$web" curl --silent --fail --cookie "$cookie" "$base/api/servers/mine/timeline?show=chat" \
                >"$BATS_TEST_TMPDIR/timeline"
        python3 -c '
import json, sys
for item in reversed(json.load(sys.stdin)["items"]): print(item["text"])' <"$BATS_TEST_TMPDIR/timeline" >"$BATS_TEST_TMPDIR/lines"
        [ "$(numbered <"$BATS_TEST_TMPDIR/lines")" = 100 ]

        "$amid" 7 "$web" curl --silent --fail --cookie "$cookie" "$base/servers/mine/series?range=1h" >"$BATS_TEST_TMPDIR/series"
        # A minute is as it was, or not there.
        python3 - "$was" "$(series <"$BATS_TEST_TMPDIR/series")" <<-'END'
		import sys
		was, now = ([value for value in eval(text) if value is not None] for text in sys.argv[1:])
		assert now and now == was[-len(now):], (was, now)
	END
        n=$(left)
        echo "# charts: $(series <"$BATS_TEST_TMPDIR/series"), $n events are left" >&3
        ((n > 0 && n < is))
        journalctl --quiet --namespace=left4me-watch --rotate
        journalctl --quiet --namespace=left4me-watch --vacuum-time=1us
        run -0 --separate-stderr l4d2ctl history mine
        [ -z "$output" ]
        [ "$(web chief '/api/servers/mine/timeline?show=chat' | python3 -c 'import json, sys; print(json.load(sys.stdin)["items"])')" = '[]' ]
        [ "$(property left4me-web.service MainPID)" = "$web" ]
}

# Whether a thread beside the event loop of PID has used the processor for a fifth of a second.
reads_long() {
        local pid=$1 stat fields
        for stat in "/proc/$pid"/task/*/stat; do
                [[ $stat != */task/$pid/stat ]] || continue
                read -ra fields <"$stat" || continue
                ((fields[13] < 20)) || return 0
        done
        return 1
}

@test "a stop of the web app ends a reading that takes long" {
        local pid reader
        # Each has 2000 lines, and all are read.
        entry ten-minutes 60 "$(for ((i = 0; i < 2000; i++)); do line other 2.00 2 30.00; printf '\\n'; done)" |
                send_as_watch 10000
        restart_web
        pid=$(web_pid)
        web chief --output /dev/null --write-out '%{http_code}' '/charts/series?range=7d' >"$BATS_TEST_TMPDIR/status" 3>&- &
        reader=$!
        wait_until reads_long "$pid"
        [ ! -s "$BATS_TEST_TMPDIR/status" ]
        systemctl stop left4me-web.service
        # By itself: one that had to be killed has another result.
        [ "$(property left4me-web.service Result)" = success ]
        wait "$reader" || true
        journalctl --namespace=left4me-watch --quiet --rotate --vacuum-files=1
        systemctl start left4me-web.service
}
