#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Logs and recordings that a server wrote: which of them left4me-written@.service offers to whom, and what a hostile
# server or client makes of it.

load common
load web/web

socket=/run/left4me/written

setup_file() {
        install_game
        for who in chief:admin alice:user bob:user; do
                add_user "${who%:*}" "${who#*:}"
        done
        l4d2ctl blueprint create alice/one -f - <<<'overlays: []'
        l4d2ctl blueprint create bob/one -f - <<<'overlays: []'
        l4d2ctl initialize own --blueprint alice/one --port 27015
        l4d2ctl initialize other --blueprint bob/one --port 27017
        l4d2ctl start own other
        systemctl start left4me-web.service
        for who in chief alice bob; do log_in "$who" >/dev/null; done
}

teardown_file() { l4d2ctl stop own other; }

upper=$state/runtime/own/upper/left4dead2

@test "a server without files has not run yet, or its log is turned off" {
        l4d2ctl initialize new --blueprint alice/one --port 27019
        run -0 web alice /servers/new/written
        [[ "$output" == *'It writes a log when it runs, unless its config has'* && "$output" != *'log on'* ]]
        l4d2ctl set new game_log false
        page_is() { run -0 web alice /servers/new/written && [[ "$output" == *"$1"* ]]; }
        wait_until page_is 'game_log: false</code>, so it writes logs only with'
        l4d2ctl delete new
}

# game COMMAND…: as a server's process, with the umask of its unit.
game() { (umask 0077; setpriv --reuid left4me-game --regid left4me-game --clear-groups "$@"); }

# wrote PATH TEXT: a file that the server wrote.
wrote() {
        install -d -o left4me-game -g left4me-game -m 700 "$upper" "$(dirname "$upper/$1")"
        printf '%s\n' "$2" | game tee "$upper/$1" >/dev/null
}

# asked REQUEST: what the service answers to it.
asked() {
        python3 - "$socket" "$1" <<'END'
import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.settimeout(30)
s.sendall(sys.argv[2].encode().decode("unicode_escape").encode("latin1"))
s.shutdown(socket.SHUT_WR)
out = b""
try:
    while (part := s.recv(65536)): out += part
except ConnectionResetError:
    out += b"error: reset"
sys.stdout.write(out.decode("latin1"))
END
}

as_operator() { setpriv --reuid left4me --regid left4me --groups left4me-operators "$@"; }
as_web() { setpriv --reuid left4me --regid left4me --init-groups "$@"; }
json() { python3 -c "import json, sys; v = json.loads(sys.argv[1]); print(($1))" "$output"; }

@test "logs and recordings are listed, the newest first, and printed" {
        wrote logs/old.log 'an old line'
        touch -d '2 hours ago' "$upper/logs/old.log"
        wrote demos/final.dem HL2DEMO
        wrote addons/sourcemod/logs/errors.log 'L 1: error'
        run -0 l4d2ctl written own --json
        [ "$(json 'sorted(f["path"] for f in v["files"] if f["path"].rsplit("/", 1)[1] in ("errors.log", "final.dem", "old.log"))')" = "['left4dead2/addons/sourcemod/logs/errors.log', 'left4dead2/demos/final.dem', 'left4dead2/logs/old.log']" ]
        [ "$(json 'v["files"][-1]["path"], v["files"][-1]["size_bytes"], v["is_truncated"]')" = "('left4dead2/logs/old.log', 12, False)" ]
        run -0 l4d2ctl written own
        [[ "$output" == *FILE*SIZE*CHANGED* && "$output" == *left4dead2/demos/final.dem* ]]
        [ "$(l4d2ctl written own left4dead2/logs/old.log | cat)" = 'an old line' ]
        # The control plane's user can't by itself.
        run -1 as_web cat "$upper/logs/old.log"
        [ "$(as_web l4d2ctl written own left4dead2/logs/old.log | cat)" = 'an old line' ]
        # A server without files, and one that is unknown.
        make_instance never 27019
        run -0 l4d2ctl written never --json
        [ "$(json 'v["files"]')" = '[]' ]
        run -4 l4d2ctl written nothing
}

@test "configuration and data, where passwords are, are not offered" {
        local path
        for path in cfg/server.cfg cfg/banned_user.cfg addons/sourcemod/configs/databases.cfg addons/sourcemod/data/x.txt ems/x.txt logs/.hidden; do
                wrote "$path" 'rcon_password secret'
                run asked "get own 0 left4dead2/$path\n"
                [ "$output" = 'error refused' ]
                run l4d2ctl written own "left4dead2/$path"
                ((status != 0))
                [[ "$output" != *secret* ]]
        done
        run -0 l4d2ctl written own --json
        [[ "$output" != *cfg* && "$output" != *data* && "$output" != *hidden* ]]
}

@test "requests that are not ones get an error, and no file" {
        local request
        for request in 'get own 0 left4dead2/logs/../cfg/server.cfg\n' 'get own 0 /etc/passwd\n' 'get ../own 0 left4dead2/logs/old.log\n' \
                'get own 0 left4dead2/logs/old.log\x00x\n' 'get own left4dead2/logs/old.log\n' '\n' 'list\n' 'list own 0' 'x y z\n' \
                "$(printf 'get own 0 left4dead2/logs/%02000d\\n' 0)"; do
                run -0 asked "$request"
                [[ "$output" == 'error '* ]] || { echo "$request: $output"; false; }
        done
        # Nothing is kept of them, and the service is there for the next one.
        run -0 l4d2ctl written own
        failed() { systemctl list-units --all --plain --no-legend 'left4me-written@*' | grep -q .; }
        wait_until eval '! failed'
}

@test "links, pipes, devices and files with a second name are neither followed nor sent" {
        wrote cfg/secret.cfg 'rcon_password secret'
        wrote logs/plain.log text
        game ln -s ../cfg/secret.cfg "$upper/logs/link.log"
        game ln -s ../cfg "$upper/logs/directory"
        game ln -s /etc/passwd "$upper/logs/passwd.log"
        game ln "$upper/cfg/secret.cfg" "$upper/logs/hard.log"
        game mkfifo "$upper/logs/pipe.log"
        mknod "$upper/logs/device.log" c 1 3
        local name
        for name in link.log directory/secret.cfg passwd.log hard.log pipe.log device.log; do
                run -0 asked "get own 0 left4dead2/logs/$name\n"
                [ "$output" = 'error refused' ] || { echo "$name: $output"; false; }
        done
        run -0 l4d2ctl written own --json
        [ "$(json '{f["path"] for f in v["files"]} & {f"left4dead2/logs/{n}" for n in ["plain.log", "link.log", "passwd.log", "hard.log", "pipe.log", "device.log", "directory/secret.cfg"]}')" = "{'left4dead2/logs/plain.log'}" ]
        # A directory on the way that became a link.
        mv "$upper/demos" "$upper/demos-away"
        game ln -s cfg "$upper/demos"
        run -0 asked 'get own 0 left4dead2/demos/secret.cfg\n'
        [ "$output" = 'error refused' ]
        run -0 asked 'list own 0\n'
        [[ "$output" == 'ok '* && "$output" != *demos* ]]
        rm "$upper/demos"
        mv "$upper/demos-away" "$upper/demos"
        rm "$upper"/logs/{link,passwd,hard,pipe,device}.log "$upper/logs/directory"
}

@test "names that a terminal or a page would obey are not offered" {
        game touch "$upper/logs/"$'\e[31mred.log' "$upper/logs/"$'line\nend.log' "$upper/logs/"$'\xff.log' "$upper/logs/<b>.log"
        run -0 l4d2ctl written own
        [[ "$output" != *$'\e'* && "$output" == *'<b>.log'* && "$output" != *red* && "$output" != *end.log* ]]
        run -0 web alice /servers/own/written
        [[ "$output" == *'&lt;b&gt;.log'* && "$output" != *'<b>.log'* ]]
        rm "$upper/logs/"*red.log "$upper/logs/"*end.log "$upper/logs/"$'\xff.log' "$upper/logs/<b>.log"
}

@test "the process sees what servers wrote and nothing else, without a capability, and not their mounted trees" {
        local pid
        # It waits for its request as long as the test holds the connection.
        exec {connection}<> <(:)
        python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); sys.stdin.read()' "$socket" <&"$connection" 3>&- &
        local client=$!
        there() { pid=$(pgrep -u left4me-game -x left4me-written); }
        wait_until there
        [ "$(grep -E '^Cap(Prm|Eff|Bnd|Amb)' "/proc/$pid/status" | awk '{print $2}' | sort -u)" = 0000000000000000 ]
        local root=/proc/$pid/root
        [ -d "$root$state/runtime/own/upper" ]
        [ -z "$(ls -A "$root$state/runtime/own/merged")" ]
        [ -n "$(ls -A "$state/runtime/own/merged")" ]
        run ! test -e "$root$state/instances"
        run ! test -e "$root$state/users"
        run ! test -e "$root/run/left4me"
        run ! test -e "$root/etc/shadow"
        run ! test -e "$root/var/log/journal"
        kill "$client"
        exec {connection}>&-
}

@test "people who are not operators can't connect, and a server can't" {
        run setpriv --reuid nobody --regid nogroup --clear-groups l4d2ctl written own
        ((status != 0))
        [[ "$output" != *.log* ]]
        run ! setpriv --reuid nobody --regid nogroup --clear-groups python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$socket"
        run ! setpriv --reuid left4me-game --regid left4me-game --clear-groups python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$socket"
}

@test "the page lists and downloads them for the owner; for others the server does not exist" {
        run -0 web alice /api/servers/own/written
        [ "$(json '[f["name"] for f in v["files"] if f["directory"] == "left4dead2/demos"]')" = "['final.dem']" ]
        run -0 web alice --include '/servers/own/written/file?path=left4dead2/demos/final.dem'
        [[ "$output" == *"filename*=UTF-8''final.dem"* && "$output" == *HL2DEMO ]]
        for path in cfg/server.cfg logs/missing.log logs/../cfg/server.cfg; do
                [ "$(status_of alice "/servers/own/written/file?path=left4dead2/$path")" = 404 ]
        done
        [ "$(status_of bob /servers/own/written)" = 404 ]
        [ "$(status_of bob '/servers/own/written/file?path=left4dead2/demos/final.dem')" = 404 ]
        run as_web l4d2ctl --as-user=bob written own left4dead2/demos/final.dem
        ((status != 0))
        [[ "$output" != *HL2DEMO* ]]
}

# The entries of a directory of a server as the web app's user gets them: name, layer, what they hide.
seen() {
        run -0 --separate-stderr as_operator l4d2ctl "${@:3}" tree "$1" "$2" --json
        json '[(e["name"], e["layer_name"], e.get("hidden_layer_name")) for e in v["entries"]], [l["is_readable"] for l in v["layers"]]'
}

@test "the tree of a server has what it wrote, removed and replaced: names, and nothing of what is in them" {
        local layer=$BATS_TEST_TMPDIR/layer as_root
        mkdir -p "$layer"/{removed,replaced,merged}
        touch "$layer"/{plain,gone,merged/below,file,removed/x,replaced/x}
        l4d2ctl overlay create shown
        l4d2ctl overlay put shown left4dead2/shown "$layer"
        l4d2ctl initialize tree -f - <<<$'port: 27021\noverlays: [shown]'
        upper=$state/runtime/tree/upper/left4dead2
        install -d -m 755 "$state/runtime/tree"
        install -d -o left4me-game -g left4me-game -m 700 "$state/runtime/tree/upper"
        wrote shown/plain 'rcon_password secret'
        wrote shown/own/secret.cfg 'rcon_password secret'
        wrote shown/merged/above text
        wrote shown/replaced text
        game mkdir -m 700 "$upper/shown/file"
        mknod "$upper/shown/gone" c 0 0
        mknod "$upper/shown/removed" c 0 0
        game ln -s /etc/passwd "$upper/shown/link"
        [ "$(seen tree left4dead2/shown)" = "([('file', 'server', 'shown'), ('merged', 'server', None), ('own', 'server', None), ('link', 'server', None), ('plain', 'server', 'shown'), ('replaced', 'server', 'shown')], [True, True, True])" ]
        # The same as for root, which reads the directories.
        run -0 --separate-stderr as_operator l4d2ctl tree tree left4dead2/shown --json
        as_root=$(l4d2ctl tree tree left4dead2/shown --json)
        [ "$output" = "$as_root" ]
        [[ "$output" != *secret* ]]
        [ "$(seen tree left4dead2/shown/merged)" = "([('above', 'server', None), ('below', 'shown', None)], [True, True, True])" ]
        [ "$(seen tree left4dead2/shown/file)" = "([], [True, True, True])" ]
        [ "$(seen tree left4dead2/shown/own)" = "([('secret.cfg', 'server', None)], [True, True, True])" ]
        for path in removed replaced link link/x own/secret.cfg nothing; do
                run as_operator l4d2ctl tree tree "left4dead2/shown/$path" --json
                ((status != 0)) || { echo "$path: $output"; false; }
        done
        run -0 asked 'tree own 0 ../../instances\n'
        [ "$output" = 'error refused' ]
        run -0 asked 'tree tree 0 left4dead2/shown/link\n'
        [ "$output" = 'error refused' ]
        # A directory that is too large is left out, because a part of it would look like all of it.
        game mkdir -m 700 "$upper/shown/many"
        (cd "$upper/shown/many" && seq 10001 | xargs touch)
        run -0 as_operator l4d2ctl tree tree left4dead2/shown/many
        [[ "$output" == *"The layer 'server' is left out: "* ]]
        l4d2ctl delete tree
}

@test "a new owner gets only what was created since" {
        local entries
        wrote logs/before.log 'said to the old owner'
        l4d2ctl set own blueprint bob/one
        wrote logs/after.log 'said to the new owner'
        # A write to the old file, and its times, don't make it new.
        echo more >>"$upper/logs/before.log"
        touch -d '1 hour' "$upper/logs/before.log"
        run -0 as_web l4d2ctl --as-user=bob written own --json
        [ "$(json '[f["path"] for f in v["files"]]')" = "['left4dead2/logs/after.log']" ]
        run as_web l4d2ctl --as-user=bob written own left4dead2/logs/before.log
        ((status != 0))
        [[ "$output" != *'old owner'* ]]
        [ "$(as_web l4d2ctl --as-user=bob written own left4dead2/logs/after.log | cat)" = 'said to the new owner' ]
        entries=$(seen own left4dead2/logs --as-user=bob)
        [[ "$entries" == *after.log* && "$entries" != *before.log* ]]
        # Admins read all.
        [[ "$(l4d2ctl written own left4dead2/logs/before.log | cat)" == *'old owner'* ]]
}

@test "a file that becomes shorter while it is read is not taken for a whole one" {
        install -d -o left4me-game -g left4me-game -m 700 "$upper/demos"
        game truncate -s 200M "$upper/demos/big.dem"
        mkfifo "$BATS_TEST_TMPDIR/pipe"
        local reader status=0
        l4d2ctl written own left4dead2/demos/big.dem >"$BATS_TEST_TMPDIR/pipe" 2>"$BATS_TEST_TMPDIR/errors" 3>&- &
        reader=$!
        exec {pipe}<"$BATS_TEST_TMPDIR/pipe"
        head -c 1000 <&"$pipe" >/dev/null
        game truncate -s 1M "$upper/demos/big.dem"
        cat <&"$pipe" >/dev/null
        exec {pipe}<&-
        wait "$reader" || status=$?
        ((status != 0))
        grep -q 'became shorter' "$BATS_TEST_TMPDIR/errors"
}
