#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The timeline of a server: chat and events as left4me-watch writes them, actions of users, starts and crashes.

load common
load web/web

setup_file() {
        # Only events that are written here.
        systemctl stop left4me-watch.service 2>/dev/null || true
        install_game
        make_server_of alice 1 27015
        make_instance 2 27016
        begin_web chief:admin alice:user bob:user
        l4d2ctl start 1
        info_of 27015 >/dev/null
}

# items WHO QUERY EXPRESSION: of each item i, one a line.
items() {
        journalctl --sync
        web "$1" "/api/servers/1/timeline$2" | python3 -c '
import json, sys
for i in json.load(sys.stdin)["items"]: print(eval(sys.argv[1]))' "$3"
}

@test "events of all kinds, each under its filter, and hostile texts as text" {
        live_events <<'EOF'
{"instance": "1", "kind": "map-start", "map": "c1m1_hotel", "ago": 60}
{"instance": "1", "kind": "join", "player": "Zoey <3", "steam_id64": "76561197960267728", "ago": 50}
{"instance": "1", "kind": "chat", "player": "Zoey <3", "steam_id64": "76561197960267728", "text": "<script>alert(1)</script> \u202e\u001b[31m", "ago": 40}
{"instance": "1", "kind": "map-end", "map": "c1m1_hotel", "ago": 30}
{"instance": "1", "kind": "ban", "player": "Cheater", "steam_id64": "76561197960267730", "ago": 20}
{"instance": "1", "kind": "hang", "ago": 10}
{"instance": "2", "kind": "chat", "player": "Elsewhere", "text": "not here", "ago": 5}
EOF
        [ "$(items chief '?show=chat' '(i["kind"], i["player"], i["text"])')" = \
                "('chat', 'Zoey <3', '<script>alert(1)</script> \\\\u202e\\\\x1b[31m')" ]
        [ "$(items chief '?show=players' '(i["kind"], i["player"])')" = "('ban', 'Cheater')
('join', 'Zoey <3')" ]
        [ "$(items chief '?show=maps' '(i["kind"], i["text"])')" = "('map-end', 'c1m1_hotel')
('map-start', 'c1m1_hotel')" ]
        items chief '?show=runs' 'i["kind"]' | grep -qx hang
        items chief '?show=runs' 'i["kind"]' | grep -qx start
        # All has no end of a map, which the next start tells.
        run -0 items chief '' 'i["kind"]'
        # The start and who asked for it were among them, somewhere.
        [ "$(grep -vxE 'start|action' <<<"$output" | tr '\n' ' ')" = 'hang ban chat join map-start ' ]
        run -0 web chief /servers/1/timeline
        [[ "$output" == *'&lt;script&gt;'* && "$output" != *'<script>alert'* && "$output" != *'not here'* ]]
        [ "$(status_of chief '/servers/1/timeline?show=nonsense')" = 200 ]
        [ "$(status_of chief '/servers/1/timeline?events=nonsense')" = 400 ]
        [ "$(status_of chief '/servers/1/timeline?runs=nonsense')" = 400 ]
        [ "$(status_of bob /servers/1/timeline)" = 404 ]
}

@test "restarts that were none, wrong passwords and numbers are said in words" {
        live_events <<'EOF'
{"instance": "2", "kind": "restart", "ago": 60}
{"instance": "2", "kind": "restart", "text": "it was restarted three times within an hour", "ago": 50}
{"instance": "2", "kind": "rcon", "address": "192.0.2.1:4711", "text": "status", "ago": 40}
{"instance": "2", "kind": "rcon", "address": "192.0.2.1:4711", "ago": 30}
{"instance": "2", "kind": "left-out", "text": "12", "ago": 20}
{"instance": "2", "kind": "gap", "text": "7", "ago": 10}
{"instance": "2", "kind": "gap", "ago": 5}
EOF
        journalctl --sync
        web chief /api/servers/2/timeline >/run/page
        run -0 python3 -c '
import json
for i in json.load(open("/run/page"))["items"]:
    if i["kind"] in ("gap", "left-out", "rcon", "restart"): print(i["label"], i["text"], i["is_bad"], sep="|")'
        [[ "$output" == 'gap|the journal lost lines before they were read|True
gap|the journal lost 7 lines before they were read|True
left out|12 events, which were too many at once|True
RCON|wrong RCON password|True
RCON|status|False
restart|not restarted: it was restarted three times within an hour|True
restart|None|True' ]]
}

@test "a page looks at so many entries, and the next one goes on there" {
        local path='/servers/2/timeline?show=maps' n=10050
        python3 -c "
import json
print(json.dumps({'instance': '2', 'kind': 'map-start', 'map': 'c5m1_waterfront'}))
for i in range($n): print(json.dumps({'instance': '2', 'kind': 'join', 'player': 'p'}))" | live_events
        run -0 web chief "/api$path"
        [ "$(json_in 'm["items"]' <<<"$output")" = '[]' ]
        run -0 web chief "$path"
        [[ "$output" == *'Nothing of this kind in this part of the journal'*'>Older</a>'* ]]
        path=$(web chief "/api$path" | json_in 'm["older_href"]')
        run -0 web chief "/api$path"
        [ "$(json_in '[i["text"] for i in m["items"]], m["older_href"]' <<<"$output")" = "(['c5m1_waterfront'], None)" ]

        # Actions that are older than the events that were looked at come after those.
        path='/servers/2/timeline?show=actions'
        run -0 web chief "/api$path"
        [ "$(json_in 'm["items"]' <<<"$output")" = '[]' ]
        path=$(json_in 'm["older_href"]' <<<"$output")
        [ "$(web chief "/api$path" | json_in 'sorted(i["label"] for i in m["items"]), m["older_href"]')" = \
                "(['RCON', 'RCON', 'initialize'], None)" ]
}

@test "other pages answer while timelines are read, and a user has only so many waiting" {
        local cookie
        cookie=$(session_of chief)
        run -0 "$web_tools/beside" "$cookie" 8 '/servers/2/timeline?show=maps'
        [ "$output" = '0 8' ]
        # More than a user may have waiting: the others are refused at once.
        run -0 "$web_tools/beside" "$cookie" 20 '/servers/2/timeline?show=maps'
        [ "$output" = '12 8' ]
        [ "$(status_of chief /servers/2/timeline)" = 200 ]
}

@test "page by page nothing is missing and nothing twice" {
        local path=/servers/1/timeline pages=0
        python3 -c '
import json
for i in range(250):
    print(json.dumps({"instance": "1", "kind": "chat", "player": "p", "text": f"number {i}"}))' | live_events
        for i in {1..130}; do l4d2ctl console 1 "echo action $i" >/dev/null; done
        journalctl --sync
        : >/run/timeline
        while [[ -n $path && $path != None ]]; do
                web chief "/api$path" >/run/page
                python3 -c '
import json, sys
for i in json.load(sys.stdin)["items"]: print(i["usec"], i["text"] or "")' </run/page >>/run/timeline
                path=$(json_in 'm["older_href"]' </run/page)
                pages=$((pages + 1))
                ((pages < 10)) || break
        done
        ((pages >= 4 && pages < 10))
        [ "$(grep -c 'number ' /run/timeline)" = 250 ]
        [ "$(grep 'number ' /run/timeline | cut -d' ' -f2- | sort -u | wc -l)" = 250 ]
        [ "$(grep 'echo action ' /run/timeline | cut -d' ' -f2- | sort -u | wc -l)" = 130 ]
        [ "$(grep -c 'echo action ' /run/timeline)" = 130 ]
        cut -d' ' -f1 /run/timeline | sort -rnc
}

@test "a crash has its reason, how long the run lasted, and the last lines" {
        rcon 1 standin_line the last words >/dev/null
        rcon 1 standin_crash >/dev/null || true
        crashed() { items chief '?show=runs' 'i["kind"]' | grep -qx crash; }
        wait_until crashed
        run -0 items chief '?show=runs' '(i["kind"], i["text"], [l["text"] for l in i["lines"]]) if i["kind"] == "crash" else ""'
        [[ "$output" == *"killed by SIGSEGV"*", after "*"the last words"* ]]
        run -0 web alice '/servers/1/timeline?show=runs'
        [[ "$output" == *'Its last lines'*'the last words'* ]]
        wait_until is_active 1
        l4d2ctl stop 1
        ended() { items chief '?show=runs' 'i["kind"]' | head -n 1 | grep -qx end; }
        wait_until ended
        [[ "$(items chief '?show=runs' 'i["text"]' | head -n 1)" == 'after '* ]]
        l4d2ctl start 1
}

@test "each crash leads to the log at its time, also those without their last lines" {
        rcon 1 standin_line 'what came after it' >/dev/null
        for n in 1 2 3 4 5 6; do
                rcon 1 standin_crash >/dev/null || true
                # Not after the pause of five seconds. While it ends, reset-failed would make this a success.
                wait_until eval '[[ $(property "$(unit 1)" SubState) == auto-restart* ]]'
                systemctl reset-failed "$(unit 1)"
                l4d2ctl start 1
                info_of 27015 >/dev/null
        done
        run -0 items chief '?show=runs' '(i["kind"], i["has_lines"], i["log_href"])'
        [ "$(grep -c "'crash', True, '/servers/1/log?" <<<"$output")" = 5 ]
        [ "$(grep "'crash', False" <<<"$output" | grep -c "'/servers/1/log?lines=100&until=")" -ge 2 ]
        [ "$(grep -c "('start', False, None)" <<<"$output")" -ge 6 ]
        # The oldest one's link has the lines before it, and none of the later ones.
        href=$(sed -n "s/^('crash', False, '\(.*\)')$/\1/p" <<<"$output" | tail -n 1)
        run -0 web alice "$href"
        [[ "$output" == *'the last words'* && "$output" != *'what came after it'* ]]
        run -0 web alice '/servers/1/timeline?show=runs'
        [[ "$output" == *'>Log up to then</a>'* ]]
}

@test "a backtrace is for admins, and only one that systemd-coredump wrote" {
        # systemd-coredump gives up root for its own user before it writes.
        id systemd-coredump >/dev/null 2>&1 || useradd --system --no-create-home systemd-coredump
        core() { "$BATS_TEST_DIRNAME/core-entry" "$(unit 1)" "$1" "Process 1 dumped core: $2" "${@:3}"; }
        core systemd-coredump genuine
        core left4me-game forged system.slice
        core systemd-coredump 'forged too' system.slice
        # Nor does a forged start count.
        printf '%s\n' MESSAGE=x MESSAGE_ID=39f53479d3a045ac8e11786248231fbf "UNIT=$(unit 1)" "INVOCATION_ID=$(printf '0%.0s' {1..32})" |
                logger --journald
        run -0 items chief '?show=runs' 'i["core"]'
        [[ "$output" == *'dumped core: genuine'* && "$output" != *forged* ]]
        [[ "$(web chief '/servers/1/timeline?show=runs')" == *'<summary>Core dump</summary>'* ]]
        run -0 items alice '?show=runs' '(i["kind"], i["core"])'
        [[ "$output" != *genuine* && "$output" != *core\'* ]]
        before=$(items chief '?show=runs' 'i["kind"]' | grep -c start)
        l4d2ctl restart 1
        [ "$(items chief '?show=runs' 'i["kind"]' | grep -c start)" = $((before + 1)) ]
}

@test "an owner sees nothing of the time before" {
        items alice '?show=chat' 'i["text"]' | grep -q 'number '
        echo 'config: []' | l4d2ctl blueprint create bob/standard --file=-
        l4d2ctl set 1 blueprint bob/standard
        [ "$(status_of alice /servers/1/timeline)" = 404 ]
        run -0 items bob '?show=chat' 'i["text"]'
        [ -z "$output" ]
        run -0 items bob '' 'i["text"]'
        [[ "$output" != *'number '* && "$output" != *SIGSEGV* ]]
        live_events <<<'{"instance": "1", "kind": "chat", "player": "x", "text": "since then"}'
        items bob '?show=chat' 'i["text"]' | grep -qx 'since then'
}
