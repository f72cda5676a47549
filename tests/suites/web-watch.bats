#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Live states of servers in the web app: the files that left4me-watch writes are written here, with
# values of every kind.

load common
load web/web

setup_file() {
        systemctl stop left4me-watch.service 2>/dev/null || true
        install_game
        make_server_of alice 1 27015
        make_instance 2 27016
        begin_web chief:admin alice:user
        l4d2ctl start 1 2
}

setup() { rm -f /run/left4me/watch/*.json; }

# live NAME EXPRESSION: of its model s and the live part v.
live() { web chief "/api/servers/$1" | json_in "(lambda s, v: $2)(m['server'], m['server']['live'])"; }
says() { [[ $(live "$1" "$2") == "$3" ]]; }

@test "players, map, speed and processor of a server" {
        says 1 'v' None
        live_state 1
        wait_until says 1 'v and v["health"]' ok
        [ "$(live 1 '(v["players_text"], v["map"], v["fps_text"], v["cpu_text"])')" = \
                "('4/8', 'c1m1_hotel', '60 FPS', '12 %')" ]
        [ "$(live 1 '(v["present_text"], v["is_old"], v["humans"], v["fps"], v["traffic_text"])')" = \
                "('4 players are there now.', False, 4, 60.2, '10 KiB/s in, 40 KiB/s out')" ]
        run -0 web chief /
        [[ "$output" == *'>4/8<'*' players'*'c1m1_hotel'*'60 FPS'*'CPU '*'12 %'* ]]

        # Each change is a change of the page.
        live_state 1 players=1 'map="c2m1_highway"' 
        wait_until says 1 'v["map"]' c2m1_highway
        [ "$(live 1 '(v["players_text"], v["present_text"])')" = "('1/8', '1 player is there now.')" ]
        rm /run/left4me/watch/1.json
        wait_until says 1 'v' None
}

@test "a state of an earlier run is none, and a stopped server has none" {
        live_state 1 'invocation="0123456789abcdef0123456789abcdef"'
        live_state 2
        wait_until says 2 'v["humans"]' 4
        says 1 'v' None
        l4d2ctl restart 2
        wait_until says 2 's["is_running"] and v' None
        live_state 2
        wait_until says 2 'v and v["humans"]' 4
        l4d2ctl stop 2
        wait_until says 2 '(s["state"], v)' "('stopped', None)"
        l4d2ctl start 2
}

@test "trouble is said in words, and counts as a problem" {
        problems() { web chief /api | json_in 'm["n_problems"]'; }
        wait_until says 1 's["state"]' running
        wait_until says 2 's["state"]' running
        [ "$(problems)" = 0 ]
        live_state 1 'health="hung"'
        wait_until says 1 's["is_hung"]' True
        [ "$(problems)" = 1 ]
        run -0 web chief /
        [[ "$output" == *'Hung: the game has not answered since'* ]]
        live_state 1 'health="silent"'
        wait_until says 1 '(s["is_hung"], s["is_silent"])' '(False, True)'
        [ "$(problems)" = 0 ]
        [[ "$(web chief /)" == *'does not answer at the moment'* ]]
        live_state 1 is_lan=true is_slow=true fps=31.4
        wait_until says 1 '(s["is_lan"], s["is_slow"], v["fps_text"])' "(True, True, '31 FPS, slow')"
        [ "$(problems)" = 1 ]
        [[ "$(web chief /servers/1)" == *'LAN mode:'*'below its tick rate of 60'* ]]
        live_state 1 needs_update=true
        wait_until says 1 '(s["is_lan"], s["needs_update"])' '(False, True)'
        [ "$(problems)" = 1 ]
        for page in / /servers/1; do
                [[ "$(web chief "$page")" == *'Outdated: Steam has a newer version of the game'* ]]
        done
        run -0 --separate-stderr l4d2ctl list
        [[ "$stderr" == *'1 server needs the latest update of the game'* ]]
        [ "$(l4d2ctl list --json | json_in '[s["needs_update"] for s in m]')" = '[True, False]' ]
        live_state 1 'health="unknown"' 'rcon_error="refused"' fps=null cpu_percent=null at_usec=null slots=0
        wait_until says 1 '(v["health"], v["fps"], v["fps_text"], v["players_text"])' "('unknown', None, None, None)"
        [[ "$(web chief /servers/1)" == *"can't be asked by RCON"* || "$(web chief /servers/1)" == *"can&#39;t be asked by RCON"* ]]
}

@test "a restart that waits for players who can't be seen says that only its time counts" {
        rcon 1 standin_players 1
        live_state 1
        wait_until says 1 'v["health"]' ok
        l4d2ctl restart --when-empty --deadline=+3h 1
        wait_until says 1 '(s["waits_for_players"], s["waits_blindly"])' '(True, False)'
        [[ "$(web chief /)" == *'Restarts when its players have left, at the latest: <time'* ]]
        live_state 1 'rcon_error="refused"' 'source="a2s"'
        wait_until says 1 '(s["waits_for_players"], s["waits_blindly"])' '(False, True)'
        for page in / /servers/1; do
                run -0 web chief "$page"
                [[ "$output" == *'Restarts with its players: <time'* && "$output" != *'Restarts when its players have left'* ]]
        done
        run -0 l4d2ctl status 1
        [[ "$output" =~ 'Queued: restart on '[^$'\n']*", with its players, who can't be seen" ]]
        l4d2ctl restart --when-empty 1
        wait_until says 1 's["queued_deadline"]' None
        [[ "$(web chief /)" == *'A restart waits for its players, without an end.'* ]]
        l4d2ctl restart --cancel 1
        wait_until says 1 '(s["waits_for_players"], s["waits_blindly"])' '(False, False)'
        rcon 1 standin_players 0
}

@test "values that were not renewed say how old they are, and nothing about now" {
        live_state 1 age=200 'health="hung"' is_lan=true
        wait_until says 1 'v and (v["is_old"], s["is_hung"], s["is_lan"])' '(True, False, False)'
        [ "$(live 1 'v["as_of"]["relative"][:4]')" = 3min ]
        run -0 web chief /
        [[ "$output" == *'as of <time'* ]]
        # An empty server of three minutes ago need not be empty.
        live_state 1 age=200 players=0
        wait_until says 1 'v["humans"]' 0
        [ "$(live 1 'v["present_text"]')" = 'It is unknown how many players are there now.' ]
        run -0 web chief /servers/1
        [[ "$output" == *'disconnected for about a minute.'*'It is unknown how many players'* && "$output" != *'No players are there'* ]]
        run -0 web chief /servers/1/maps
        [[ "$output" == *'it played <b'*'It is unknown how many players'* && "$output" != *'It plays <b'* ]]
        live_state 1 players=0
        wait_until says 1 'v["is_old"]' False
        [ "$(live 1 'v["present_text"]')" = 'No players are there now.' ]
        [ "$(web chief /api | json_in 'm["n_problems"]')" = 0 ]
        # One that hibernates is looked at once a minute.
        live_state 1 age=100 is_hibernating=true players=0
        wait_until says 1 'v and v["is_old"]' False
        [ "$(live 1 'v["fps_text"]')" = hibernating ]
        live_state 1 age=100
        wait_until says 1 'v["is_old"]' True
        # Nothing announces that a file gets old.
        live_state 1 age=30
        wait_until says 1 'v["is_old"]' False
        wait_until says 1 'v["is_old"]' True
        # One from the future is old too.
        live_state 1 age=-400
        wait_until says 1 'v["is_old"]' True
}

@test "values of a game that no longer answers are old, and its troubles are not" {
        local page
        live_state 1 answer_age=200 players=0 is_slow=true 'health="unknown"' 'rcon_error="refused"'
        wait_until says 1 'v and (v["is_old"], v["is_unanswered"], v["is_unwatched"])' '(True, True, False)'
        says 1 '(s["is_unasked"], s["is_slow"])' '(True, False)'
        [ "$(live 1 'v["present_text"]')" = 'It is unknown how many players are there now.' ]
        [ "$(live 1 'v["as_of"]["relative"][:4]')" = 3min ]
        page=$(web chief /servers/1)
        [[ "$page" == *'are unknown, because the game can'*'refused the rcon_password'* ]]
        [[ "$page" == *'<p class="hint" data-show="live.is_unanswered">'* ]]
        [[ "$page" == *'<p class="hint" data-show="live.is_unwatched" hidden>'* ]]
        [[ "$(web chief /servers/1/players)" == *'as of <time'* ]]

        live_state 1 answer_age=200 'health="hung"'
        wait_until says 1 '(v["is_old"], s["is_hung"])' '(True, True)'
        [ "$(web chief /api | json_in 'm["n_problems"]')" = 1 ]

        # Nothing announces this either.
        live_state 1 answer_age=30
        wait_until says 1 'v["is_old"]' False
        wait_until says 1 'v["is_unanswered"]' True
        live_state 1 age=200
        wait_until says 1 '(v["is_unanswered"], v["is_unwatched"])' '(False, True)'
        [[ "$(web chief /servers/1)" == *'<p class="hint" data-show="live.is_unwatched">'* ]]
}

@test "a longer pause between polls makes values old later" {
        live_state 1 age=200
        wait_until says 1 'v and v["is_old"]' True
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[watch]\ninterval=100\n' >/etc/left4me/left4me.conf.d/50-watch.conf
        wait_until says 1 'v["is_old"]' False
        live_state 1 age=260
        wait_until says 1 'v["is_old"]' True
        # Polled six times less often.
        live_state 1 age=1300 is_hibernating=true
        wait_until says 1 'v["is_old"]' False
        live_state 1 age=1300 'rcon_error="broken"'
        wait_until says 1 '(v["is_old"], v["rcon_error"] is not None)' '(False, True)'
        live_state 1 age=1400 is_hibernating=true
        wait_until says 1 'v["is_old"]' True
        rm /etc/left4me/left4me.conf.d/50-watch.conf
        live_state 1 age=160 is_hibernating=true
        wait_until says 1 'v["is_old"]' True
}

@test "a damaged state is none, and hostile texts stay texts" {
        live_state 1
        wait_until says 1 'v and v["humans"]' 4
        echo '{"humans": ' >/run/left4me/watch/1.json
        wait_until says 1 'v' None
        head -c 400000 /dev/zero | tr '\0' ' ' >/run/left4me/watch/1.json
        live_state 2 'map="<b>\u001b[31m\u202ex"' 
        wait_until says 2 'v and v["map"]' '<b>\x1b[31m\u202ex'
        says 1 'v' None
        run -0 web chief /
        [[ "$output" == *'&lt;b&gt;'* && "$output" != *'<b>'* ]]
        ln -sf /etc/passwd /run/left4me/watch/1.json
        touch /run/left4me/watch/nothing.json '/run/left4me/watch/a b.json' /run/left4me/watch/1.json.new
        live_state 2 players=2
        wait_until says 2 'v["humans"]' 2
        says 1 'v' None
        rm -f /run/left4me/watch/1.json.new
}

@test "a user sees nothing of others' servers" {
        live_state 1 'map="mine"'
        live_state 2 'map="theirs"'
        wait_until says 2 'v and v["map"]' theirs
        [[ "$(web alice /)" == *mine* ]]
        [[ "$(web alice /)" != *theirs* && "$(web alice /api)" != *theirs* ]]
        "$web_tools/events" "$jars/alice" /events >/run/events.alice 3>&- &
        local events=$!
        wait_until grep -q '"mine"' /run/events.alice
        live_state 2 'map="theirs too"'
        live_state 1 'map="mine too"'
        wait_until grep -q '"mine too"' /run/events.alice
        kill "$events"
        run ! grep -q theirs /run/events.alice
}
