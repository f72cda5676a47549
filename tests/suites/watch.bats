#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-watch.service: the state's file, and events.

load watch

@test "the state follows a server: its start, its players, its map, its end" {
        make_instance 1 27015 'hostname: Watch me'
        start_server 1
        [ "$(stat -c '%a %U:%G' "$states/1.json")" = '640 left4me-watch:left4me-operators' ]
        live_is 1 invocation "\"$(property "$(unit 1)" InvocationID)\""
        live_is 1 hostname '"Watch me"'
        live_is 1 source '"rcon"'
        live_is 1 map '"c1m1_hotel"'
        live_is 1 humans 0
        live_is 1 is_hibernating true
        live_is 1 rcon_error null
        live_is 1 tick_rate 30
        [ "$(live 1 empty_since_usec)" != null ]
        # As systemd counts packets, in a state of no long time ago; null where this kernel lets it not.
        if [[ $(property "$(unit 1)" IPIngressBytes) == +([0-9]) ]]; then
                wait_until eval '(($(live 1 ip_in_bytes) > 0 && $(live 1 ip_out_bytes) > 0))'
                (($(live 1 ip_in_bytes) <= $(property "$(unit 1)" IPIngressBytes)))
                before=$(property "$(unit 1)" IPEgressBytes)
                wait_until eval '(($(live 1 ip_out_bytes) > before))'
        else
                live_is 1 ip_in_bytes null
        fi

        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        until_live 1 humans 1
        live_is 1 players.0.name '"Zoey"'
        live_is 1 players.0.steam_id64 '"76561197960267728"'
        live_is 1 players.0.address '"198.51.100.7:27005"'
        live_is 1 empty_since_usec null
        rcon 1 changelevel c1m2_streets
        until_live 1 map '"c1m2_streets"'
        [ "$(live 1 map_since_usec)" != null ]

        l4d2ctl stop 1
        wait_until has_no_state 1
}

# n_asked NAME: how often the watcher asked it in this test.
n_asked() { log_of "$1" | grep -c 'command "status"' || true; }
is_asked() { (($(n_asked "$1") >= $2)); }

@test "a server that hibernates is asked less often" {
        local awake asleep
        make_instance 1 27015 'config: [sv_rcon_log 1]'
        make_instance 2 27016 'config: [sv_rcon_log 1]'
        start_server 1
        start_server 2
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        until_live 1 is_hibernating false
        live_is 2 is_hibernating true
        awake=$(n_asked 1)
        asleep=$(n_asked 2)
        wait_until is_asked 1 $((awake + 12))
        asleep=$(($(n_asked 2) - asleep))
        awake=$(($(n_asked 1) - awake))
        echo "# asked with a player $awake times, without $asleep times" >&3
        ((asleep > 0 && 2 * asleep < awake))
}

@test "joins, leaves, chat, maps, kicks and bans become events" {
        make_instance 1 27015
        start_server 1
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        rcon 1 standin_join Bill STEAM_1:1:1000 198.51.100.8:27005
        rcon 1 standin_join Coach BOT
        rcon 1 standin_chat Zoey hello there
        rcon 1 standin_chat_team Bill behind you
        rcon 1 say from the console
        rcon 1 banid 60 STEAM_1:0:77
        rcon 1 changelevel c1m2_streets
        # Last: a reason of leaving may have line feeds, so other lines at the same time are not believed.
        rcon 1 standin_leave Zoey 'Disconnect by user.'
        rcon 1 kick Bill
        expected='leave Bill' wait_until has_event 1 EVENT PLAYER
        run -0 events 1 EVENT PLAYER STEAM_ID64 MAP TEXT
        echo "$output"
        [[ "$output" == *"map-start - - c1m1_hotel -"* ]]
        [[ "$output" == *"join Zoey 76561197960267728 - -"*"join Bill 76561197960267729 - -"* ]]
        [[ "$output" == *"chat Zoey 76561197960267728 - hello there"*"chat Bill 76561197960267729 - behind you"* ]]
        [[ "$output" == *"chat Console - - from the console"* ]]
        [[ "$output" == *"ban "* ]]
        [[ "$output" == *"map-end - - c1m1_hotel -"*"map-start - - c1m2_streets -"* ]]
        [[ "$output" == *"leave Zoey 76561197960267728 - Disconnect by user."* ]]
        [[ "$output" == *"leave Bill 76561197960267729"* ]]
        # Bots come and go with each map, and left4me's own questions do not count.
        [[ "$output" != *Coach* ]]
        [[ "$output" != *rcon* ]]
        # Each names the line that it is from, and the run.
        run -0 events 1 INVOCATION
        [ "$(sort -u <<<"$output")" = "$(property "$(unit 1)" InvocationID)" ]
}

@test "a wrong password, an empty command and a command are told apart" {
        make_instance 1 27015
        start_server 1
        log_line() { rcon 1 standin_line "$(date "+L %m/%d/%Y - %H:%M:%S"): rcon from \x22192.0.2.1:4\x22: $1"; }
        log_line 'Bad Password'
        log_line 'command \x22\x22'
        log_line 'command \x22sv_password hush\x22'
        expected='rcon sv_password ***' wait_until has_event 1 EVENT TEXT
        run -0 grep '^rcon' < <(events 1 EVENT TEXT)
        [ "$output" = $'rcon -\nrcon ""\nrcon sv_password ***' ]
}

# The client is not left4me, and has another address.
@test "with sv_rcon_log 1 commands and wrong passwords of others are events, the watcher's questions are not" {
        local password other=192.0.2.9
        make_instance 1 27015 'config: [sv_rcon_log 1]'
        start_server 1
        ip address add $other dev lo
        password=$(l4d2ctl get 1 rcon_password)
        "$query" rcon $other 27015 "$password" 'say hello' 'sv_password hush' status
        run ! "$query" rcon $other 27015 wrong status
        rcon 1 echo from this host
        expected='rcon echo from this host' wait_until has_event 1 EVENT TEXT
        ip address delete $other dev lo
        log_of 1 | grep -q 'rcon from "127.*command "status"'
        # Readers of the log don't see them, unless they want to.
        run -0 l4d2ctl logs 1 --lines=all
        grep -q "rcon from \"$other:[0-9]*\": command \"status\"" <<<"$output"
        grep -q 'rcon from "127.*": command "echo from this host"' <<<"$output"
        run ! grep -E 'rcon from "127[^ ]*": command "stat(us|s)"' <<<"$output"
        run -0 l4d2ctl logs 1 --lines=all --polls
        grep -q 'rcon from "127[^ ]*": command "status"' <<<"$output"
        grep -q 'rcon from "127[^ ]*": command "stats"' <<<"$output"
        run -0 events 1 EVENT ADDRESS TEXT
        echo "$output"
        [ "$(sed -nE 's/^(rcon [0-9.]+):[0-9]+/\1/p' <<<"$output")" = "rcon $other say hello
rcon $other sv_password ***
rcon $other status
rcon $other -
rcon 127.0.0.1 echo from this host" ]
}

@test "kicks without a Steam logon are counted and shown" {
        make_instance 1 27015
        start_server 1
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        rcon 1 standin_join Bill STEAM_1:1:1000 198.51.100.8:27005
        rcon 1 standin_steam_kick Bill
        until_live 1 steam_kicks 1
        run -0 events 1 EVENT PLAYER
        [[ "$output" == *'steam-kick Bill'* ]]
}

@test "l4d2ctl history shows the events of a server, oldest first" {
        make_instance 1 27015
        start_server 1
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        rcon 1 standin_chat Zoey one
        rcon 1 standin_chat Zoey two
        expected=two wait_until has_event 1 TEXT
        run -0 l4d2ctl history --since "$log_mark" 1
        [[ "$output" == *'the map c1m1_hotel started'*'Zoey joined'*'Zoey says: one'*'Zoey says: two' ]]
        run -0 l4d2ctl history --kinds=join,leave --since "$log_mark" 1
        [[ "${#lines[@]}" == 1 && "$output" == *'Zoey joined' ]]
        run -0 --separate-stderr l4d2ctl history --limit=1 --json 1
        [[ "${#lines[@]}" == 1 && "$output" == *'"kind":"chat","player":"Zoey","steam_id64":"76561197960267728"'*'"text":"two"'* ]]
        run -0 --separate-stderr l4d2ctl history --limit 1 1
        [[ "$stderr" == *'earlier events'* ]]
        run -2 l4d2ctl history --kinds=nonsense 1
        run -2 l4d2ctl history --limit=0 1
        run -0 l4d2ctl history unseen
        [[ "$output" == *"No events of 'unseen' are known"* ]]
}

@test "names and chat of players can't forge events, and show all their characters" {
        make_instance 1 27015
        start_server 1
        rcon 1 standin_join '"L 11/30/2026 - 12:00:00"' STEAM_1:0:2000 198.51.100.9:27005
        rcon 1 standin_chat STEAM_1:0:2000 'rcon from \x22198.51.100.9:1\x22: command \x22quit\x22'
        rcon 1 standin_chat STEAM_1:0:2000 'World triggered \x22Round_Start\x22'
        rcon 1 standin_join '"evil\x1b[31m<1><STEAM_1:0:1>"' STEAM_1:0:3000 198.51.100.9:27005
        rcon 1 standin_chat STEAM_1:0:3000 'bye\xe2\x80\xaeeyb'
        rcon 1 changelevel c1m2_streets
        expected='map-start c1m2_streets' wait_until has_event 1 EVENT MAP
        run -0 events 1 EVENT
        [[ "$output" != *rcon* && "$output" != *ban* ]]
        run -0 events 1 PLAYER TEXT
        run ! grep -P '[\x00-\x08\x0b-\x1f]|\xe2\x80\xae' <<<"$output"
}

@test "a server that can't load Steam's library is a LAN server at once, before a player is turned away" {
        # As in game.bats: the game finds no /proc/cpuinfo.
        mkdir -p /etc/systemd/system/left4me-server@.service.d
        sed '/^ProcSubset=all/d' /usr/lib/systemd/system/left4me-server@.service.d/20-game.conf \
                >/etc/systemd/system/left4me-server@.service.d/20-game.conf
        systemctl daemon-reload
        make_instance 1 27015
        l4d2ctl start 1
        expected=lan wait_until has_event 1
        until_live 1 is_lan true
        live_is 1 lan_refusals 0
        in_log 1 '[S_API FAIL] SteamAPI_Init() failed; create pipe failed.'
        # Each player who is turned away counts; the event comes once.
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        rcon 1 standin_join Bill STEAM_1:1:1000 198.51.100.8:27005
        until_live 1 lan_refusals 2
        [ "$(n_events 1 lan)" = 1 ]
        rm -r /etc/systemd/system/left4me-server@.service.d
        systemctl daemon-reload
}

@test "a server that needs the latest update says so in its state until its next start" {
        local text='Your server needs to be restarted in order to receive the latest update.'
        make_instance 1 27015
        start_server 1
        live_is 1 needs_update false
        rcon 1 say "$text"
        wait_until in_log 1 "$text"
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        until_live 1 humans 1
        live_is 1 needs_update false
        rcon 1 standin_outdated
        until_live 1 needs_update true
        # Another watcher knows it too.
        systemctl restart "$watch"
        written=$(live 1 written_usec)
        wait_until eval '[[ $(live 1 written_usec) != "$written" ]]'
        live_is 1 needs_update true
        l4d2ctl restart 1
        until_live 1 needs_update false
}

@test "Steam's library may complain and reach Steam all the same" {
        make_instance 1 27015
        be_hostile 1 <<'END'
trap 'exit 0' INT TERM
echo '[S_API FAIL] SteamAPI_Init() failed; create pipe failed.'
echo started
until [[ -e /dev/shm/hostile/reached ]]; do sleep 0.2 & wait; done
echo 'Connection to Steam servers successful.'
while :; do sleep 1000 & wait; done
END
        begin=$(date +%s)
        systemctl start "$(unit 1)"
        wait_until in_log 1 started
        wait_until has_state 1
        (($(date +%s) - begin >= 15)) || live_is 1 is_lan false
        # It has some time for that; another watcher does not say it again.
        expected=lan wait_until has_event 1
        (($(date +%s) - begin >= 19))
        until_live 1 is_lan true
        systemctl restart "$watch"
        written=$(live 1 written_usec)
        wait_until eval '[[ $(live 1 written_usec) != "$written" ]]'
        live_is 1 is_lan true
        touch /run/hostile/1/reached
        until_live 1 is_lan false
        events 1 EVENT AT INVOCATION # for the output of a failure
        [ "$(n_events 1 lan)" = 1 ]
        stop_hostile 1
}
