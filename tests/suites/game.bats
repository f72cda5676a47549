#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Directives that the game needs in its unit so that players can join: each test also takes the directive out
# and sees the server fail as the real one does (docs/units.md, tests/standin/README.md).

load common

setup_file() {
        install_game
        # An address that is neither private nor near the server.
        ip address add 203.0.113.9/32 dev lo
}

setup() { mark_log; }

teardown() {
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf /etc/systemd/system/left4me-server@*.service.d /etc/left4me/left4me.conf.d "$state"/instances/* \
                "$state"/steamclient/*
        [[ ! -e /run/steamclient.so ]] || mv /run/steamclient.so "$library"
        systemctl daemon-reload
}

# without PATTERN: the game's drop-in loses the lines that match.
without() {
        local name=left4me-server@.service.d/20-game.conf
        mkdir -p "/etc/systemd/system/${name%/*}"
        sed "/$1/d" "/usr/lib/systemd/system/$name" >"/etc/systemd/system/$name"
        ! cmp -s "/usr/lib/systemd/system/$name" "/etc/systemd/system/$name"
        systemctl daemon-reload
}

# status_says NAME WORDS: the status of a running server names why it is not logged in to Steam.
status_says() {
        run -0 l4d2ctl status "$1"
        [[ $output == *'Steam: not logged in: only players of its own network can join; '*"$2"* ]]
}

# join PORT: how the server answers a player from far away.
join() { "$query" join 203.0.113.9 "$1"; }

# The server logged in to Steam, and lets players from far away in.
is_public() {
        wait_until in_log "$1" 'VAC secure mode is activated.'
        run -0 join "$2"
        [[ $output == *'"joined": true'* ]]
        ! in_log "$1" 'LAN mode'
}

# The server runs, but players from far away are turned away.
is_lan_only() {
        wait_until in_log "$1" 'This server will operate in LAN mode only.'
        wait_until in_log "$1" 'Server is hibernating'
        run -0 join "$2"
        [[ $output == *'LAN servers are restricted to local clients (class C).'* ]]
        ! in_log "$1" 'VAC secure'
        is_active "$1"
}

# --- what the engine and Steam's library look for -------------------------------------------------

@test "players from elsewhere can join" {
        make_instance 1 27015
        l4d2ctl start 1
        is_public 1 27015
        run -0 "$query" info 127.0.0.1 27015
        [[ $output == *'"vac": 1'* ]]
        run -0 l4d2ctl status 1
        [[ $output != *'Steam: not logged in'* ]]
}

@test "without ProcSubset=all the server is one for its own network only" {
        make_instance 1 27015
        without '^ProcSubset=all'
        l4d2ctl start 1
        is_lan_only 1 27015
        in_log 1 'Assertion Failed: /proc/cpuinfo'
        in_log 1 '[S_API FAIL] SteamAPI_Init() failed; create pipe failed.'
        status_says 1 'ProcSubset='
}

@test "with /proc/sys hidden the server is one for its own network only" {
        make_instance 1 27015
        mkdir -p /etc/systemd/system/left4me-server@.service.d
        printf '[Service]\nInaccessiblePaths=/proc/sys\n' >/etc/systemd/system/left4me-server@.service.d/90-test.conf
        systemctl daemon-reload
        l4d2ctl start 1
        is_lan_only 1 27015
}

# --- steamclient.so -------------------------------------------------------------------------------

library=$state/installation/current/bin/steamclient.so

# The stand-in's own kind.
case $standin_abi in
        i386) sdk=sdk32 kept=$state/steamclient/linux32/steamclient.so ;;
        *) sdk=sdk64 kept=$state/steamclient/linux64/steamclient.so ;;
esac

# Copies as `l4d2ctl install` keeps them.
keep_copies() {
        local abi
        for abi in i386:linux32 x86-64:linux64; do
                install -D -o left4me-build -g left4me-build -m 644 \
                        "/usr/lib/left4me-build/standin/${abi%:*}/bin/steamclient.so" \
                        "$state/steamclient/${abi#*:}/steamclient.so"
        done
}

# without_games: the game has none of its own, until the end of the test.
without_games() { mv "$library" /run/steamclient.so; }

# has_loaded NAME PATH: the link in the server's home leads there, and that file is what it has loaded.
has_loaded() {
        local pid inode
        pid=$(main_pid "$1")
        [ "$(readlink "/proc/$pid/root/var/lib/left4me-game/.steam/$sdk/steamclient.so")" = "$2" ]
        inode=$(stat -L -c %i "/proc/$pid/root/$2")
        [ "$(awk '$6 ~ /steamclient\.so/ { print $5 }' "/proc/$pid/maps" | sort -u)" = "$inode" ]
}

@test "steamclient.so of the game only: that is used" {
        make_instance 1 27015
        run -0 l4d2ctl start 1
        [[ $output != *steamclient.so* ]]
        is_public 1 27015
        has_loaded 1 "$state/runtime/1/merged/bin/steamclient.so"
}

@test "the kept copy of steamclient.so only: that is used, with either profile" {
        keep_copies
        without_games
        make_instance 1 27015
        make_instance 2 27016 'hardening: strict'
        run -0 l4d2ctl start 1 2
        [[ $output != *steamclient.so* ]]
        is_public 1 27015
        is_public 2 27016
        has_loaded 1 "$kept"
        has_loaded 2 "$kept"
        # The server can't change it.
        run rcon 1 standin_write "$kept" evil
        [[ $output != *": ok"* ]]
}

@test "of both the kept copy is used, unless it is none" {
        keep_copies
        make_instance 1 27015
        l4d2ctl start 1
        is_public 1 27015
        has_loaded 1 "$kept"
        l4d2ctl stop 1

        for bad in 'mkfifo' 'ln -s /proc/self/exe' 'cp /etc/passwd' 'mkdir'; do
                rm -rf "$kept"
                $bad "$kept"
                mark_log
                l4d2ctl start 1
                is_public 1 27015
                has_loaded 1 "$state/runtime/1/merged/bin/steamclient.so"
                l4d2ctl stop 1
        done
}

@test "with no steamclient.so at all the server is one for its own network only" {
        make_instance 1 27015
        keep_copies
        without_games
        # The kept one is not seen without this line.
        without '^BindReadOnlyPaths=-.*steamclient'
        l4d2ctl start 1
        is_lan_only 1 27015
        in_log 1 'unable to locate a running instance of Steam, or a local steamclient.so.'
        status_says 1 'it found no steamclient.so'
}

@test "no steamclient.so: start warns, and a run with it is not called one without" {
        make_instance 1 27015
        without_games
        run -0 l4d2ctl start 1
        mv /run/steamclient.so "$library"
        [[ $output == *'steamclient.so is missing, both steamcmd'*"'l4d2ctl doctor' says"* ]]
        is_lan_only 1 27015
        status_says 1 'it found no steamclient.so'
        l4d2ctl stop 1
        mark_log
        run -0 l4d2ctl start 1
        [[ $output != *steamclient.so* ]]
        is_public 1 27015
        run -0 l4d2ctl status 1
        [[ $output != *'Steam: not logged in'* ]]
}

@test "a new copy of steamclient.so does nothing to a server that runs; the next start has it" {
        keep_copies
        make_instance 1 27015
        l4d2ctl start 1
        is_public 1 27015
        local pid old
        pid=$(main_pid 1)
        old=$(stat -c %i "$kept")
        cp -p "$kept" "$kept.new"
        mv "$kept.new" "$kept"
        [ "$(awk '$6 ~ /steamclient\.so/ { print $5 }' "/proc/$pid/maps" | sort -u)" = "$old" ]
        run -0 join 27015
        [[ $output == *'"joined": true'* ]]
        # And installing leaves it alone.
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[install]\nsteamcmd=%s/steamcmd\n' "$BATS_TEST_DIRNAME" >/etc/left4me/left4me.conf.d/steamcmd.conf
        run -0 l4d2ctl install
        [ "$(main_pid 1)" = "$pid" ]
        l4d2ctl restart 1
        wait_until has_loaded 1 "$kept"
        [ "$(stat -c %i "$kept")" != "$old" ]
}

# --- updates --------------------------------------------------------------------------------------

needs_update_in_json() { l4d2ctl status "$1" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["needs_update"])'; }

@test "a server that Steam tells of an update is outdated, until its next start" {
        local text='Your server needs to be restarted in order to receive the latest update.'
        make_instance 1 27015
        l4d2ctl start 1
        run -0 l4d2ctl status 1
        [[ "$output" != *outdated* ]]
        [ "$(needs_update_in_json 1)" = False ]
        # A player who says so changes nothing.
        rcon 1 say "$text"
        wait_until in_log 1 "$text"
        run -0 l4d2ctl status 1
        [[ "$output" != *outdated* ]]

        rcon 1 standin_line "$text"
        # In the index too.
        wait_until eval 'l4d2ctl status 1 | grep -qF "outdated: Steam has a newer version of the game; run '"'l4d2ctl install'"'"'
        [ "$(needs_update_in_json 1)" = True ]
        run -0 l4d2ctl status
        [[ "$output" == *"outdated: run 'l4d2ctl install', then restart it"* ]]
        l4d2ctl restart 1
        run -0 l4d2ctl status 1
        [[ "$output" != *outdated* ]]
        [ "$(needs_update_in_json 1)" = False ]
}

# --- ports ----------------------------------------------------------------------------------------

# not_allowed NAME PORT: the instance's drop-in loses what allows this UDP port.
not_allowed() {
        local name=left4me-server@$1.service.d/40-instance.conf
        mkdir -p "/etc/systemd/system/${name%/*}"
        grep -qx "SocketBindAllow=udp:$2" "/run/systemd/generator/$name"
        sed "/^SocketBindAllow=udp:$2\$/d" "/run/systemd/generator/$name" >"/etc/systemd/system/$name"
        systemctl daemon-reload
}

# binds NAME PORT…: these are the UDP ports that the server is bound to, in ascending order.
binds() {
        local pid
        pid=$(main_pid "$1")
        [[ $(ss -HlunpO | sed -n "s/^[^:]*:\([0-9]*\) .*pid=$pid,.*/\1/p" | sort -n | tr '\n' ' ') == "${*:2} " ]]
}

@test "servers of one host bind the ports of their specs, and run side by side" {
        make_instance 1 27015
        make_instance 2 27016 'client_port: 27300' 'steam_port: 27500'
        l4d2ctl start 1 2
        is_public 1 27015
        is_public 2 27016
        binds 1 27015 27215 27415
        binds 2 27016 27300 27500
}

@test "without its client port allowed a server ends" {
        make_instance 1 27015
        not_allowed 1 27215
        systemctl start left4me-server@1 || true
        wait_until in_log 1 'ERROR: Port 27215 was unavailable - quitting due to "-strictportbind"'
        ! in_log 1 'VAC secure'
}

@test "without its Steam port allowed a server is one for its own network only" {
        make_instance 1 27015
        not_allowed 1 27415
        systemctl start left4me-server@1
        is_lan_only 1 27015
        in_log 1 'SteamGameServer_InitSafe failed: port 27415: Operation not permitted'
}

@test "SourceTV has a port when the spec says so, and without it allowed the server ends" {
        make_instance 1 27015 'sourcetv: true'
        l4d2ctl start 1
        is_public 1 27015
        binds 1 27015 27215 27415 27615
        run -0 "$query" info 127.0.0.1 27015
        [[ $output == *'"tv_port": 27615'* ]]
        l4d2ctl stop 1

        not_allowed 1 27615
        systemctl start left4me-server@1 || true
        wait_until in_log 1 'ERROR: Port 27615 was unavailable - quitting due to "-strictportbind"'
}
