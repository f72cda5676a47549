#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-avatar.service: pictures of players, from a stand-in for Steam on this host. It starts when players come,
# asks seldom, and believes nothing that it gets.

load common

cache=/var/cache/left4me-avatar
wanted=/run/left4me/players/ids
key_file=/etc/left4me/steam-api-key
key=0123456789abcdef0123456789ABCDEF
service=left4me-avatar.service
conf=/etc/left4me/left4me.conf.d/avatars.conf
pictures=/usr/lib/left4me-tests/fuzz/corpus/avatar
# Two players and the names of their pictures.
one=76561197960267728 hash_one=1111111111111111111111111111111111111111
two=76561197960267730 hash_two=2222222222222222222222222222222222222222

setup_file() {
        export world=$BATS_FILE_TMPDIR/world
        mkdir -p "$world/files" /etc/left4me/left4me.conf.d
        echo '{}' >"$world/world.json"
        /usr/lib/left4me-tests/standin/workshop "$world" 3>&- &
        echo "$!" >"$world/pid"
        wait_until test -e "$world/url"
        # The unit can't reach this host, where the stand-in is.
        allow_this_host
        systemctl stop left4me-avatar.path left4me-watch.service
}

allow_this_host() {
        mkdir -p /run/systemd/system/$service.d
        printf '[Service]\nIPAddressAllow=localhost\nRestrictNetworkInterfaces=\n' >/run/systemd/system/$service.d/90-test.conf
        systemctl daemon-reload
}

teardown_file() {
        kill "$(<"$world/pid")"
}

setup() {
        systemctl clean --what=cache $service
        systemctl reset-failed
        rm -f "$wanted" "${world:?}"/files/*
        cp "$pictures/baseline" "$world/files/${hash_one}_medium.jpg"
        cp "$pictures/progressive" "$world/files/${hash_two}_medium.jpg"
        : >"$world/requests"
        install -m 600 <(printf '%s\n' "$key") "$key_file"
        configure ok
        world '{}'
        mark_log
}

# configure MODE: how pictures are served.
configure() { printf '[avatars]\napi=%s\npictures=%s/%s\n' "$(<"$world/url")" "$(<"$world/url")" "$1" >"$conf"; }

# world JSON: what the stand-in has beside the two players.
world() {
        python3 - "$world" "$1" "$key" "$one" "$hash_one" "$two" "$hash_two" <<'END'
import json, pathlib, sys
top, more, key, one, hash_one, two, hash_two = sys.argv[1:]
world = {"key": key, "players": {one: {"avatarhash": hash_one}, two: {"avatarhash": hash_two}}} | json.loads(more)
(pathlib.Path(top) / "world.new").write_text(json.dumps(world))
(pathlib.Path(top) / "world.new").rename(pathlib.Path(top) / "world.json")
END
}

# want ID…: these players are there.
want() { printf '%s\n' "$@" >"$wanted"; }
fetch() { systemctl start $service; }
requests() { grep -c -- "$1" "$world/requests" || true; }
log() {
        journalctl --sync
        journalctl -b -o cat --since "$log_mark" -u $service
}
has() { ls "$cache" 2>/dev/null | paste -sd' '; }
# The calls of this test came a second apart, but for a little that the kernel's clock may differ.
were_seldom() {
        awk '{ if (NR > 1 && $1 - last < 0.99) exit 1; last = $1 }' "$world/requests"
}
# of_log: no line of the journal has the key.
key_is_not_in_the_journal() {
        journalctl --sync
        journalctl -b --since "$log_mark" | grep -ciF "$key" | grep -qx 0
}
age() { touch -h -d "$1" "$cache"/*; }

@test "without a key nothing runs, nothing fails and nothing is missing" {
        rm "$key_file"
        want $one
        systemctl start left4me-avatar.path $service
        [ "$(property left4me-avatar.path ActiveState)" = inactive ]
        [ "$(property $service ActiveState)" = inactive ]
        [ "$(property $service ConditionResult)" = no ]
        [ ! -e "$cache" ]
        [ ! -s "$world/requests" ]
        run l4d2ctl doctor
        [[ "${output,,}" != *avatar* && "$output" != *steam-api-key* ]]
        l4d2ctl validate
}

@test "players who come get a picture, and nobody is asked for twice within a day" {
        install_game
        make_instance 1 27015
        printf '[watch]\ninterval=1\n' >/etc/left4me/left4me.conf.d/watch.conf
        systemctl start left4me-watch.service left4me-avatar.path
        [ "$(property left4me-avatar.path ActiveState)" = active ]
        l4d2ctl start 1
        info_of 27015 >/dev/null
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        rcon 1 standin_join Coach BOT
        wait_until test -e "$cache/$one.jpg"
        cmp "$pictures/baseline" "$cache/$one.jpg"
        [ "$(stat -c '%a %U:%G' "$cache" "$cache/$one.jpg" | paste -sd' ')" = \
                '750 left4me-avatar:left4me-avatar 640 left4me-avatar:left4me-avatar' ]
        # The list has SteamIDs and nothing else, for the one program alone.
        [ "$(<"$wanted")" = $one ]
        [ "$(stat -c '%a %U:%G' "$wanted")" = '640 left4me-watch:left4me-avatar' ]
        wait_until eval '[ "$(property $service ActiveState)" = inactive ]'
        # Another one comes; the first leaves and comes back, which starts nothing.
        rcon 1 standin_join Bill STEAM_1:0:1001 198.51.100.8:27005
        wait_until test -e "$cache/$two.jpg"
        cmp "$pictures/progressive" "$cache/$two.jpg"
        [ "$(<"$wanted")" = "$one"$'\n'"$two" ]
        wait_until eval '[ "$(property $service ActiveState)" = inactive ]'
        local written
        written=$(stat -c %i "$wanted")
        rcon 1 standin_leave Zoey left
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        local at
        at=$(date +%s%6N)
        wait_until eval '(($(python3 -c "import json; print(json.load(open(\"/run/left4me/watch/1.json\"))[\"at_usec\"])") > at + 2000000))'
        [ "$(stat -c %i "$wanted")" = "$written" ]
        [ "$(requests GetPlayerSummaries)" = 2 ]
        [ "$(requests _medium.jpg)" = 2 ]
        [ "$(requests "steamids=$two ")" = 1 ]
        were_seldom
        key_is_not_in_the_journal
        systemctl stop left4me-avatar.path left4me-watch.service 'left4me-server@*.service'
        rm /etc/left4me/left4me.conf.d/watch.conf
}

@test "a player is asked about again after a day, and a new picture replaces the old one" {
        want $one
        fetch
        : >"$world/requests"
        fetch
        age '23 hours ago'
        fetch
        [ ! -s "$world/requests" ]
        age '25 hours ago'
        cp "$pictures/progressive" "$world/files/${hash_one}_medium.jpg"
        fetch
        cmp "$pictures/progressive" "$cache/$one.jpg"
        [ "$(requests GET)" = 2 ]
        # A picture that is gone goes, and the answer counts for a day as well.
        age '25 hours ago'
        world '{"players": {}}'
        fetch
        [ "$(has)" = $one.none ]
        : >"$world/requests"
        fetch
        [ ! -s "$world/requests" ]
        # And it comes back.
        age '25 hours ago'
        world '{}'
        fetch
        [ "$(has)" = $one.jpg ]
        # A clock that was wrong keeps none for ever.
        age 'next year'
        : >"$world/requests"
        fetch
        [ "$(requests GetPlayerSummaries)" = 1 ]
}

@test "a hundred players are one call, calls are a second apart, and a day has its limit" {
        # shellcheck disable=SC2046
        want $(seq 76561197960400001 76561197960400150)
        fetch
        [ "$(awk '{ print $NF }' "$world/requests" | paste -sd' ')" = '100 50' ]
        were_seldom
        [ "$(find "$cache" -name '*.none' | wc -l)" = 150 ]
        # 2000 players within a day, also invented ones.
        python3 - "$cache" <<'END'
import pathlib, sys
for i in range(1849):
    (pathlib.Path(sys.argv[1]) / f"{76561197960500000 + i}.none").touch()
END
        chown -R left4me-avatar: "$cache"
        # shellcheck disable=SC2046
        want $(seq 76561197960600001 76561197960600010)
        : >"$world/requests"
        fetch
        [ "$(awk '{ print $NF }' "$world/requests")" = 1 ]
        fetch
        [ "$(requests GET)" = 1 ]
        [ "$(ls "$cache" | wc -l)" = 2000 ]
}

@test "old pictures go, and those that are too many, and what is none" {
        want $one $two
        fetch
        python3 - "$cache" <<'END'
import os, pathlib, sys, time
cache, now = pathlib.Path(sys.argv[1]), time.time()
for i in range(4100):
    path = cache / f"{76561197960500000 + i}.{'jpg' if i % 2 else 'none'}"
    path.touch()
    os.utime(path, (now - 86500 - i,) * 2)
(cache / ".left.tmp").write_text("half")
(cache / "directory").mkdir()
(cache / "link").symlink_to("/etc/passwd")
END
        touch -d '31 days ago' "$cache/$one.jpg"
        chown -Rh left4me-avatar: "$cache"
        # Only looks: both were asked about, or it is paused.
        world '{"modes": {"players": "status:503:1000"}}'
        fetch
        [ "$(find "$cache" -mindepth 1 ! -name 'pause-*' | wc -l)" = 4096 ]
        [ ! -e "$cache/$one.jpg" ] && [ -e "$cache/$two.jpg" ]
        [ ! -e "$cache/.left.tmp" ] && [ ! -e "$cache/directory" ] && [ ! -L "$cache/link" ]
        [ -s /etc/passwd ]
        # Bytes count as well.
        rm "$cache"/pause-*
        find "$cache" -name '*.jpg' ! -name $two.jpg -exec truncate -s 30K {} +
        world '{}'
        fetch
        (($(cat "$cache"/*.jpg | wc -c) <= 32 * 1024 * 1024))
        [ -e "$cache/$two.jpg" ] && [ -e "$cache/$one.jpg" ]
}

@test "429 and Retry-After are obeyed, failures pause it, and no unit fails" {
        local mode until now pause
        for mode in status:429:1000:900 status:503:1000 reset:1000 cut:10:1000 loop to:http://127.0.0.1:1/; do
                systemctl clean --what=cache $service
                world "{\"modes\": {\"players\": \"$mode\"}}"
                want $one
                : >"$world/requests"
                now=$(date +%s)
                fetch
                were_seldom
                (($(requests GET) <= 3))
                [[ "$(has)" == pause-* ]] || { echo "$mode: $(has)"; false; }
                until=$(stat -c %Y "$cache"/pause-*)
                pause=$((until - now))
                case $mode in
                        # Longer than it waits itself: one call, and none before that time.
                        status:429*) ((pause >= 900 && pause < 1000)) && [ "$(requests GET)" = 1 ] ;;
                        *) ((pause >= 300 && pause < 400)) ;;
                esac || { echo "$mode: $pause, $(requests GET)"; false; }
                # Redirects are not followed: the question has the key.
                [[ $mode != loop && $mode != to:* ]] || [ "$(requests GET)" = 1 ]
                world '{}'
                : >"$world/requests"
                fetch
                [ ! -s "$world/requests" ]
                touch -d '1 second ago' "$cache"/pause-*
                fetch
                [ "$(has)" = $one.jpg ]
        done
        # A pause of more than a day, or of a clock that was wrong, is one of a day at most.
        systemctl clean --what=cache $service
        world '{"modes": {"players": "status:429:1000:999999999"}}'
        fetch
        (($(stat -c %Y "$cache"/pause-*) <= $(date +%s) + 86400))
        touch -d 'next year' "$cache"/pause-*
        world '{}'
        fetch
        [ -e "$cache/$one.jpg" ]
        [ "$(systemctl --failed --no-legend | wc -l)" = 0 ]
        key_is_not_in_the_journal
}

@test "a server that is silent once delays a picture and does not lose it" {
        world '{"modes": {"players": "silent:1"}}'
        want $one
        fetch
        [ "$(has)" = $one.jpg ]
        [ "$(requests GetPlayerSummaries)" = 2 ]
}

@test "a picture that does not come stops the others for a while only, and its own for an hour" {
        configure status:503:1000
        want $one $two
        fetch
        [ "$(has)" = "$one.none $(basename "$cache"/pause-*)" ]
        configure ok
        rm "$cache"/pause-*
        fetch
        [ "$(has)" = "$one.none $two.jpg" ]
        touch -d '23 hours ago 1 minute ago' "$cache/$one.none"
        fetch
        [ "$(has)" = "$one.none $two.jpg" ]
        touch -d '25 hours ago' "$cache/$one.none"
        fetch
        [ "$(has)" = "$one.jpg $two.jpg" ]
}

@test "hostile answers store nothing and lead nowhere" {
        local raw deep
        deep=$(printf '[%.0s' {1..20000})
        for raw in '<html>' '{}' '{"response":{"players":{}}}' '[]' "$deep" \
                "{\"response\":{\"players\":[$(printf '{},%.0s' {1..200}){}]}}"; do
                systemctl clean --what=cache $service
                world "$(python3 -c 'import json, sys; print(json.dumps({"raw": {"players": sys.argv[1]}}))' "$raw")"
                want $one
                fetch
                [[ "$(has)" == pause-* ]] || { echo "$raw: $(has)"; false; }
        done
        [ "$(requests _medium)" = 0 ]
        # A player who was not asked about, a name that leads elsewhere, an address that does.
        systemctl clean --what=cache $service
        raw='{"response":{"players":[{"steamid":"'$two'","avatarhash":"'$hash_two'"},
                {"steamid":"'$one'","avatarhash":"../../ok/'$hash_two'",
                 "avatarmedium":"file:///etc/passwd","avatar":"http://127.0.0.1:1/x"}]}}'
        world "$(python3 -c 'import json, sys; print(json.dumps({"raw": {"players": sys.argv[1]}}))' "$raw")"
        want $one
        fetch
        [ "$(has)" = $one.none ]
        [ "$(requests _medium)" = 0 ]
}

# served MODE: what is in the cache when the picture is served like this, and whether the unit failed.
served() {
        systemctl clean --what=cache $service
        configure "$1"
        want $one
        fetch
        has
}

@test "what is not a picture is not kept, and what hides in one is left out" {
        local file=$world/files/${hash_one}_medium.jpg mode
        printf '<html><script>alert(1)</script></html>' >"$file"
        [ "$(served ok)" = $one.none ]
        printf "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>" >"$file"
        [ "$(served ok)" = $one.none ]
        printf '\x89PNG\r\n\x1a\n' >"$file"
        [ "$(served ok)" = $one.none ]
        : >"$file"
        [ "$(served ok)" = $one.none ]
        # Not for decoders that are rarely used, and not larger than a browser expects.
        cp "$pictures/arithmetic" "$file"
        [ "$(served ok)" = $one.none ]
        python3 - "$pictures/baseline" "$file" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
frame = data.index(b"\xff\xc0")
data[frame + 5:frame + 9] = b"\xff\xff\xff\xff"
open(sys.argv[2], "wb").write(data)
END
        [ "$(served ok)" = $one.none ]
        { cat "$pictures/baseline"; head -c 40000 /dev/zero; } >"$file"
        [ "$(served ok)" = $one.none ]
        [[ "$(log)" == *"Refused the picture $hash_one: "* ]]
        { head -c 2 "$pictures/baseline"; printf '\xff\xfe\0\x1b<script>alert(1)</script>'; tail -c +3 "$pictures/baseline"
                printf 'PK\3\4<html>'; } >"$file"
        [ "$(served ok)" = $one.jpg ]
        cmp "$pictures/baseline" "$cache/$one.jpg"
        cp "$pictures/baseline" "$file"
        for mode in huge endless status:404:1000 status:403:1000 less; do
                [ "$(served $mode)" = $one.none ] || { echo "$mode: $(has)"; false; }
        done
        # An answer without its end, and ways to elsewhere.
        for mode in cut:100:1000 loop redirect:1; do
                [[ "$(served $mode)" == "$one.none"* ]] || { echo "$mode: $(has)"; false; }
        done
        [ "$(systemctl --failed --no-legend | wc -l)" = 0 ]
}

@test "a key that is none fails at once, a refused one is not tried again for an hour, another one is" {
        want $one
        printf 'my key\n' >"$key_file"
        run -1 fetch
        [[ "$(log)" == *"is not a key of the Steam Web API"* && "$(log)" != *"my key"* ]]
        [ ! -s "$world/requests" ]
        printf '%032d' 7 >"$key_file"
        run -1 fetch
        [[ "$(log)" == *"Steam refuses the key in /etc/left4me/steam-api-key: correct it"* ]]
        [ "$(requests GET)" = 1 ]
        fetch
        [ "$(requests GET)" = 1 ]
        printf '%s' "$key" >"$key_file"
        fetch
        [ -e "$cache/$one.jpg" ]
        # The pause of the other key ends, and goes.
        touch -d '1 second ago' "$cache"/pause-*
        fetch
        [ "$(has)" = $one.jpg ]
}

# probe: runs standard input in the place of the fetcher, and prints what it says.
probe() {
        { echo '#!/bin/bash'; cat; } >/usr/local/bin/probe-avatar
        chmod 755 /usr/local/bin/probe-avatar
        printf '[Service]\nExecStart=\nExecStart=/usr/local/bin/probe-avatar\n' >/run/systemd/system/$service.d/91-probe.conf
        systemctl daemon-reload
        mark_log
        fetch
        rm /run/systemd/system/$service.d/91-probe.conf
        systemctl daemon-reload
        log
}

@test "the fetcher reaches neither this host nor private networks, and asks the name servers of the configuration" {
        ip address add 203.0.113.77/32 dev lo
        ip address add 192.168.77.1/32 dev lo
        python3 - "$BATS_TEST_TMPDIR/reached" <<'END' &
import selectors, socket, sys
found = selectors.DefaultSelector()
for listener in socket.create_server(("::", 8098), family=socket.AF_INET6, dualstack_ipv6=True), socket.socket(socket.AF_INET, socket.SOCK_DGRAM):
    if listener.type == socket.SOCK_DGRAM:
        listener.bind(("", 8098))
    found.register(listener, selectors.EVENT_READ)
open(sys.argv[1], "w").close()
while True:
    for key, _ in found.select():
        who = (key.fileobj.accept() if key.fileobj.type == socket.SOCK_STREAM else key.fileobj.recvfrom(9))[1][0]
        with open(sys.argv[1], "a") as out:
            print(who, file=out)
END
        local listener=$! address denied
        wait_until test -e "$BATS_TEST_TMPDIR/reached"
        printf '[content]\nresolvers=192.0.2.53 2001:db8::53\n' >>"$conf"
        cat >"$BATS_TEST_TMPDIR/probe" <<'END'
cat /etc/resolv.conf
python3 - <<PYTHON
import socket
for address in "127.0.0.1", "::1", "203.0.113.77", "192.168.77.1":
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
        s = socket.socket(family, kind)
        s.settimeout(1)
        try:
            s.connect((address, 8098))
            s.send(b"x")
            print("sent to", address, kind.name)
        except OSError:
            pass
PYTHON
echo probed
END
        # With the test's exception it reaches this host, so that the listener is known to listen.
        run -0 probe <"$BATS_TEST_TMPDIR/probe"
        [[ "$output" == *"nameserver 192.0.2.53"*"nameserver 2001:db8::53"*"sent to 127.0.0.1 SOCK_STREAM"*probed* ]]
        wait_until test -s "$BATS_TEST_TMPDIR/reached"
        rm /run/systemd/system/$service.d/90-test.conf
        systemctl daemon-reload
        : >"$BATS_TEST_TMPDIR/reached"
        run -0 probe <"$BATS_TEST_TMPDIR/probe"
        allow_this_host
        [[ "$output" == *probed* && "$output" != *SOCK_STREAM* ]]
        [ ! -s "$BATS_TEST_TMPDIR/reached" ]
        kill "$listener"
        denied=" $(property $service IPAddressDeny) "
        for address in 168.63.129.16/32 192.0.0.0/24 198.18.0.0/15 100.64.0.0/10 169.254.0.0/16 fe80::/64; do
                [[ "$denied" == *" $address "* ]]
        done
}

@test "from inside, the fetcher sees SteamIDs, its pictures and its key, and nothing else of the host" {
        want $one
        cat >"$BATS_TEST_TMPDIR/probe" <<'END'
sees() { [ -e "$1" ] && echo "sees $1"; }
for p in /var/lib/left4me /var/log/journal /run/log/journal /run/dbus /run/systemd/private /run/systemd/journal \
        /run/left4me/watch /run/left4me/trees /run/left4me/rcon /etc/shadow /etc/left4me/steam-api-key \
        /etc/left4me/alerts.d /etc/credstore /root/. /home/.; do
        sees "$p"
done
[ -r /run/left4me/players/ids ] && echo reads ids
[ "$(<"$CREDENTIALS_DIRECTORY/steam-api-key")" = 0123456789abcdef0123456789ABCDEF ] && echo has key
env | grep -qi 0123456789abcdef && echo key in environment
find / \( -path /proc -o -path /dev -o -path /sys \) -prune -o -writable ! -type l -print 2>/dev/null | sed 's/^/writes: /'
python3 - <<PYTHON
import os, socket
for family in "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK":
    try:
        socket.socket(getattr(socket, family), socket.SOCK_RAW if family == "AF_PACKET" else socket.SOCK_DGRAM)
        print("opens", family)
    except OSError:
        pass
try:
    socket.socket().bind(("127.0.0.1", 4444))
    print("binds")
except OSError:
    pass
PYTHON
echo probed
END
        run -0 probe <"$BATS_TEST_TMPDIR/probe"
        echo "$output"
        [[ "$output" == *'reads ids'* && "$output" == *'has key'* && "$output" == *probed* ]]
        local said=$output
        run ! grep -E '^(sees|opens|binds|key)' <<<"$said"
        grep -qx "writes: $cache" <<<"$said"
        run ! grep -vE "^writes: ($cache(/.*)?|/run/left4me-avatar(/.*)?|/tmp|/var/tmp|/tmp/.*)$" <<<"$(grep '^writes: ' <<<"$said")"
        # Other users get neither the key nor the list, and only the web app's unit the pictures.
        local who
        for who in left4me left4me-game left4me-watch left4me-alert nobody; do
                run ! setpriv --reuid "$who" --clear-groups ls "$cache"
                run ! setpriv --reuid "$who" --clear-groups cat "$key_file"
        done
        for who in left4me left4me-game left4me-alert nobody; do
                run ! setpriv --reuid "$who" --clear-groups cat "$wanted"
        done
        run -0 systemctl show $service
        [[ "$output" != *$key* ]]
}

@test "its exposure is at most 2.0" {
        run -0 systemd-analyze security --no-pager $service
        [[ "$output" =~ level\ for\ .*:\ ([0-9.]+) ]]
        awk -v a="${BASH_REMATCH[1]}" 'BEGIN { exit !(a <= 2.0) }'
}
