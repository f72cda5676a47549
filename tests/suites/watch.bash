# SPDX-License-Identifier: LGPL-2.1-or-later
# Suites about left4me-watch.service with stand-in servers: the state's file, its events, and what the watcher does.
# Sourced by each of them: `load watch`. The times are shorter than on a host: a question each second, a hang after 8
# seconds.

load common

watch=left4me-watch.service
states=/run/left4me/watch
# Read after watch.conf; for one test.
hang_conf=/etc/left4me/left4me.conf.d/watch_hang.conf

setup_file() {
        install_game
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[watch]\ninterval=1\nhang_after=8\n' >/etc/left4me/left4me.conf.d/watch.conf
        systemctl restart "$watch"
}

teardown_file() {
        rm -f /etc/left4me/left4me.conf.d/watch.conf
        systemctl restart "$watch"
}

setup() {
        mark_log
        helpers=()
}

teardown() {
        ((${#helpers[@]} == 0)) || kill "${helpers[@]}" 2>/dev/null || true
        # After a failed test it may be stopped.
        systemctl kill --signal=CONT "$watch" 2>/dev/null || true
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf "$state"/instances/* /run/left4me/rcon/*
        systemctl daemon-reload
        if [[ -e $hang_conf ]]; then
                rm "$hang_conf"
                systemctl restart "$watch"
        fi
        systemctl is-active --quiet "$watch" || systemctl start "$watch"
}

# live NAME KEY: a value of the server's state, as JSON.
live() {
        python3 -c '
import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2].split("."):
    value = value[int(key) if key.isdigit() else key]
print(json.dumps(value, ensure_ascii=False))' "$states/$1.json" "$2" 2>/dev/null
}
live_is() { [[ $(live "$1" "$2") == "$3" ]]; }
# until_live NAME KEY [!]VALUE: waits until the server's state has this value, or with "!" another one, be it for a moment:
# one process looks all the time, because to start one for each look takes long on a slow machine.
until_live() {
        python3 -c '
import json, sys, time
path, keys, wanted = sys.argv[1], sys.argv[2].split("."), sys.argv[3].removeprefix("!")
end = time.monotonic() + int(sys.argv[4])
while time.monotonic() < end:
    try:
        value = json.load(open(path))
        for key in keys:
            value = value[int(key) if key.isdigit() else key]
        if (json.dumps(value, ensure_ascii=False) == wanted) != sys.argv[3].startswith("!"):
            sys.exit()
    except (OSError, LookupError, TypeError, ValueError):
        pass
    time.sleep(0.05)
sys.exit("never came true: {1} is {2}".format(*sys.argv))' "$states/$1.json" "$2" "$3" "${LEFT4ME_WAIT_SECONDS:-180}"
}
has_state() { [[ -e $states/$1.json ]]; }
has_no_state() { [[ ! -e $states/$1.json ]]; }

start_server() {
        l4d2ctl start "$1"
        until_live "$1" health '"ok"'
}

# The watcher's own messages in this test.
watch_log() { journalctl --namespace=left4me-watch -b -o cat --since "$log_mark" -p notice; }

# events NAME [FIELD…]: what happened to a server in this test, oldest first, a line each; LEFT4ME_… fields.
events() {
        local name=$1
        shift
        (($# > 0)) || set -- EVENT
        journalctl --namespace=left4me-watch --sync
        journalctl --namespace=left4me-watch -b -o json --since "$log_mark" "L4D2_INSTANCE=$name" \
                MESSAGE_ID=b3d1f0a86c5f4b7da0f5e1c2397b6d48 | python3 -c '
import json, sys
for line in sys.stdin:
    entry = json.loads(line)
    print(" ".join(entry.get("LEFT4ME_" + field, "-") for field in sys.argv[1:]))' "$@"
}
has_event() { events "$@" | grep -qxF -- "$expected"; }
n_events() { events "$1" | grep -cx -- "$2" || true; }

# chatter NAME FROM TO: lines of chat, each with its number, by one connection.
chatter() {
        local lines=()
        mapfile -t lines < <(seq -f "standin_chat Zoey line %g" "$2" "$3")
        "$query" rcon 127.0.0.1 "$(l4d2ctl get "$1" port)" "$(l4d2ctl get "$1" rcon_password)" "${lines[@]}" >/dev/null
}

# be_hostile NAME: instead of the game, unit NAME runs the shell script on standard input.
be_hostile() {
        local dir=/run/hostile/$1 drop_in
        drop_in=/run/systemd/system/$(unit "$1").d
        mkdir -p "$dir" "$drop_in"
        cat >"$dir/server"
        printf '%s\n' '[Service]' ExecStart= 'ExecStart=/bin/bash /dev/shm/hostile/server' TemporaryFileSystem= \
                "BindPaths=$dir:/dev/shm/hostile" >"$drop_in/99-hostile.conf"
        systemctl daemon-reload
}
stop_hostile() {
        rm -rf /run/hostile "/run/systemd/system/$(unit "$1").d"
        systemctl daemon-reload
}
