#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-workshop@REF.service: versions of Workshop overlays, made from a stand-in for the Workshop on this host.

load common

cache=/var/lib/left4me/workshop_cache

setup_file() {
        export world=$BATS_FILE_TMPDIR/world
        mkdir -p "$world/files"
        echo '{}' >"$world/world.json"
        /usr/lib/left4me-tests/standin/workshop "$world" 3>&- &
        echo "$!" >"$world/pid"
        wait_until test -e "$world/url"
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[content]\nworkshop_api=%s\n' "$(<"$world/url")" >/etc/left4me/left4me.conf.d/workshop.conf
        # The unit can't reach this host, where the stand-in is.
        allow_this_host
}

allow_this_host() {
        mkdir -p /run/systemd/system/left4me-workshop@.service.d
        printf '[Service]\nIPAddressAllow=localhost\nRestrictNetworkInterfaces=\n' >/run/systemd/system/left4me-workshop@.service.d/90-test.conf
        systemctl daemon-reload
}

teardown_file() {
        kill "$(<"$world/pid")"
        rm -r /run/systemd/system/left4me-workshop@.service.d /etc/left4me/left4me.conf.d/workshop.conf
        systemctl daemon-reload
}

setup() {
        rm -rf "$state"/overlays/* "$state"/jobs/* "${cache:?}"/* "${world:?}"/files/*
        : >"$world/requests"
}

teardown() {
        systemctl stop left4me-refresh.service 'left4me-workshop@*.service' 2>/dev/null || true
        systemctl reset-failed
}

# vpk NAME BYTES: a file for the stand-in to serve, of random content behind the head of a VPK.
vpk() {
        { printf '\x34\x12\xaa\x55\x01\0\0\0'; head -c $(($2 - 8)) /dev/urandom; } >"$world/files/$1"
}

# world ID=FILE[:MODE[@TIME]]…: these items are in the Workshop, and all of them in the collection 5.
world() {
        python3 - "$world" "$@" <<'END'
import json, pathlib, re, sys
top = pathlib.Path(sys.argv[1])
items = {}
for argument in sys.argv[2:]:
    i, file, mode, time = re.fullmatch(r"(\d+)=(\w+)(?::(.*?))?(?:@(\d+))?", argument).groups()
    items[i] = {"file": file, "mode": mode or "ok", "time_updated": int(time or 1700000000), "title": f"Item {i}",
                "file_size": (top / "files" / file).stat().st_size}
world = {"items": items, "collections": {"5": [{"publishedfileid": i, "filetype": 0} for i in items]}}
(top / "world.new").write_text(json.dumps(world))
(top / "world.new").rename(top / "world.json")
END
}

# of_items REF ITEM…: an overlay of these items.
of_items() {
        local ref=$1 item arguments=()
        shift
        for item; do arguments+=("items=$item"); done
        [ -d "$state/overlays/$ref" ] || l4d2ctl overlay create "$ref"
        l4d2ctl overlay define "$ref" kind=workshop "${arguments[@]}"
}

job() { printf 'left4me-workshop@%s.service' "${1//\//:}"; }
# Without the time of the last question to the Workshop, for which a build would wait.
build() {
        [[ ! -e $cache/.lock ]] || : >"$cache/.lock"
        systemctl start "$(job "$1")"
}
log() {
        journalctl --sync
        journalctl -o cat --invocation=0 -u "$(job "$1")"
}
addons() { printf '%s/overlays/%s/versions/%s/left4dead2/addons' "$state" "$1" "$2"; }
versions() { ls "$state/overlays/$1/versions" | sort -n | paste -sd' '; }
requests() { grep -c -- "$1" "$world/requests"; }
nothing_is_left() { [ ! -e "$state/jobs/${1//\//:}/stage" ] && [ ! -e "$state/jobs/${1//\//:}/running" ]; }

@test "a build makes a version whose files are those of the cache; without a change it makes none" {
        vpk a 300000
        vpk b 1000
        world 11=a 12=b
        of_items maps/all https://steamcommunity.com/sharedfiles/filedetails/?id=5
        build maps/all
        [ "$(ls "$(addons maps/all 1)" | paste -sd' ')" = "11.vpk 12.vpk" ]
        cmp "$world/files/a" "$(addons maps/all 1)/11.vpk"
        [ "$cache/11.vpk" -ef "$(addons maps/all 1)/11.vpk" ]
        [ "$(stat -c %U:%a "$(addons maps/all 1)/11.vpk")" = left4me:644 ]
        : >"$world/requests"
        build maps/all
        [ "$(versions maps/all)" = 1 ]
        [ "$(requests GET)" = 0 ]
        [ "$(requests POST)" = 2 ]
        [[ "$(log maps/all)" == *"is up to date"* ]]
        nothing_is_left maps/all
}

@test "the cache keeps what no version has, up to the limit of the configuration" {
        vpk a 1000
        world 11=a
        of_items maps 11
        printf '[content]\nworkshop_cache_gb=1\n' >/etc/left4me/left4me.conf.d/cache.conf
        build maps
        rm /etc/left4me/left4me.conf.d/cache.conf
        grep -q '"cache_limit_bytes":1000000000' "$state/jobs/maps/job.json"
        build maps
        grep -q '"cache_limit_bytes":50000000000' "$state/jobs/maps/job.json"
}

@test "what changed is in the next version; older versions and other files stay as they are" {
        vpk a 300000
        vpk b 1000
        world 11=a 12=b
        of_items maps 5
        build maps
        cp "$(addons maps 1)/11.vpk" "$BATS_TEST_TMPDIR/before"
        vpk a 300000
        world 11=a@1700000001 12=b
        build maps
        [ "$(versions maps)" = "1 2" ]
        cmp "$world/files/a" "$(addons maps 2)/11.vpk"
        cmp "$BATS_TEST_TMPDIR/before" "$(addons maps 1)/11.vpk"
        [ "$(addons maps 1)/12.vpk" -ef "$(addons maps 2)/12.vpk" ]
        world 12=b
        build maps
        [ "$(ls "$(addons maps 3)")" = 12.vpk ]
}

@test "an item that is new with the same bytes is one file in the cache and in the next version" {
        vpk a 300000
        vpk b 1000
        world 11=a 12=b
        of_items maps 5
        build maps
        world 11=a@1700000001 12=b
        build maps
        [ "$(versions maps)" = "1 2" ]
        [ "$cache/11.vpk" -ef "$(addons maps 2)/11.vpk" ]
        [ "$cache/12.vpk" -ef "$(addons maps 2)/12.vpk" ]
        [ "$(stat -c %h "$cache/12.vpk")" = 3 ]
        build maps
        [ "$(versions maps)" = "1 2" ]
}

@test "an item that can't be downloaded any more stays in the next version" {
        vpk a 1000
        vpk b 1000
        world 11=a 12=b
        of_items maps 11 12
        build maps
        vpk b 2000
        world 12=b@1700000001
        build maps
        [ "$(ls "$(addons maps 2)" | paste -sd' ')" = "11.vpk 12.vpk" ]
        [[ "$(log maps)" == *"Can't download 11"*"removed from the Workshop"* ]]
        [ "$(python3 -c "import json; print({x['id']: (x['state'], x['file']) for x in json.load(open('$state/jobs/maps/out/report.json'))['items']})")" = \
                "{'11': ('missing', 'old'), '12': ('ok', 'current')}" ]
}

@test "overlay items lists what the last build found, and believes no hostile report" {
        vpk a 1000
        world 11=a
        of_items maps 11 12
        run -0 l4d2ctl overlay items maps --json
        [ "$output" = '[]' ]
        run ! build maps
        run -0 l4d2ctl overlay items maps
        [[ "$output" == *"The last build of 'maps' failed: "* ]]
        [[ "$output" == *"11"*"Item 11"*" ok"* && "$output" == *"12"*"missing"*"removed from the Workshop, or hidden"* ]]
        run -0 l4d2ctl overlay items maps --json
        [ "$(python3 -c 'import json, sys; print([(i["id"], i["title"], i["size_bytes"], i["updated_usec"], i["state"], i["file"]) for i in json.loads(sys.argv[1])])' "$output")" = \
                "[('11', 'Item 11', 1000, 1700000000000000, 'ok', 'current'), ('12', '', 0, 0, 'missing', 'none')]" ]
        run -4 l4d2ctl overlay items nothing
        local report=$state/jobs/maps/out/report.json
        echo '{"items":[{"id":"7","state":"ok","file":"current","title":"\u001b[31m\u202ered"},{"id":"x"},7]}' >"$report"
        run -0 l4d2ctl overlay items maps
        [[ "$output" == *'\x1b[31m\u202ered'* && "$output" != *$'\e'* ]]
        echo '[]' >"$report"
        run -1 l4d2ctl overlay items maps
        [[ "$output" == *"it is not one of a Workshop job"* ]]
        ln -sf /etc/shadow "$report"
        run -1 l4d2ctl overlay items maps
        [[ "$output" != *root:* ]]
}

@test "a job that fails or is killed leaves the old version, and the next one continues it" {
        vpk a 3000000
        vpk b 1000
        world 12=b
        of_items maps 12
        build maps
        of_items maps 11 12
        world 11=a:stall:1000000:1 12=b
        systemctl start --no-block "$(job maps)"
        wait_until eval '[ "$(stat -c %s "$cache"/11.1700000000.*.part 2>/dev/null)" = 1000000 ]'
        wait_until eval '[[ $(property "$(job maps)" StatusText) == "33 % Downloaded 0 of 1 items, 1 of 3 MB" ]]'
        # The whole group of processes would have systemd kill left4me-layer, which cleans up, too.
        systemctl kill --kill-whom=main -s KILL "$(job maps)"
        wait_until eval '[ "$(property "$(job maps)" ActiveState)" = failed ]'
        [ "$(versions maps)" = 1 ]
        nothing_is_left maps
        build maps
        [ "$(requests bytes=1000000-)" = 1 ]
        cmp "$world/files/a" "$(addons maps 2)/11.vpk"
}

@test "stop cancels a download" {
        vpk a 3000000
        world 11=a:stall:1000000:1
        of_items maps 11
        systemctl start --no-block "$(job maps)"
        wait_until eval '[ "$(stat -c %s "$cache"/11.1700000000.*.part 2>/dev/null)" = 1000000 ]'
        systemctl stop "$(job maps)"
        [ ! -e "$state/overlays/maps/current" ]
        nothing_is_left maps
}

@test "two overlays with the same items at once download them once" {
        local n
        for n in 11 12 13 14; do vpk "f$n" 300000; done
        world 11=f11:drip:100000:100 12=f12 13=f13:drip:100000:100 14=f14
        of_items one 5
        of_items two 12 5
        systemctl start "$(job one)" "$(job two)"
        [ "$(requests GET)" = 4 ]
        for n in 11 12 13 14; do
                [ "$(addons one 1)/$n.vpk" -ef "$(addons two 1)/$n.vpk" ]
        done
}

@test "a file system without leases is named as the reason" {
        vpk a 300000
        world 11=a
        of_items one 11
        # As such a file system answers; the sysctl fs.leases-enable is the whole host's.
        cat >/usr/local/lib/no-leases.c <<-'END'
		#define _GNU_SOURCE
		#include <errno.h>
		#include <fcntl.h>
		#include <stdarg.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		int fcntl64(int fd, int command, ...) {
		        va_list arguments;
		        va_start(arguments, command);
		        long argument = va_arg(arguments, long);
		        va_end(arguments);
		        if (command == F_SETLEASE) {
		                errno = EINVAL;
		                return -1;
		        }
		        return syscall(SYS_fcntl, fd, command, argument);
		}
		int fcntl(int fd, int command, ...) __attribute__((alias("fcntl64")));
		END
        gcc -shared -fPIC -o /usr/local/lib/no-leases.so /usr/local/lib/no-leases.c
        mkdir -p "/run/systemd/system/$(job one).d"
        printf '[Service]\nExecStartPost=\nExecStartPost=+/usr/bin/env LD_PRELOAD=/usr/local/lib/no-leases.so %s commit workshop one\n' \
                /usr/lib/left4me/left4me-layer >"/run/systemd/system/$(job one).d/90-leases.conf"
        systemctl daemon-reload
        run ! build one
        rm -r "/run/systemd/system/$(job one).d"
        systemctl daemon-reload
        [[ "$(log one)" == *"the file system of $cache grants no leases"*"put it on ext4, XFS or Btrfs"* ]]
        [ ! -e "$state/overlays/one/current" ]
        nothing_is_left one
        build one
}

@test "a file that a process can still write to is not published" {
        local writer
        vpk a 300000
        world 11=a
        of_items one 11
        # As an earlier build left it.
        install -o left4me-build -g left4me-build -m 644 "$world/files/a" "$cache/11.vpk"
        touch -d @1700000000 "$cache/11.vpk"
        exec {writer}<>"$cache/11.vpk"
        run ! build one
        [[ "$(log one)" == *"a process has $cache/11.vpk open for writing; build it again when that has ended"* ]]
        [ ! -e "$state/overlays/one/current" ]
        nothing_is_left one
        exec {writer}<&-
        # A mapping is a way to write, too.
        coproc mapping { python3 -c '
import mmap, sys
with open(sys.argv[1], "r+b") as file:
    memory = mmap.mmap(file.fileno(), 0)
print("mapped", flush=True)
sys.stdin.read()' "$cache/11.vpk"; }
        read -r -u "${mapping[0]}"
        run ! build one
        [ ! -e "$state/overlays/one/current" ]
        kill "$mapping_PID"
        wait "$mapping_PID" || true
        run -0 build one
        [ "$(addons one 1)/11.vpk" -ef "$cache/11.vpk" ]
        run ! runuser -u left4me-build -- bash -c ': >>"$1"' - "$cache/11.vpk"
        # Processes that read it don't matter.
        exec {writer}<"$cache/11.vpk"
        of_items two 11
        run -0 build two
        exec {writer}<&-
}

@test "the job reaches neither this host nor private networks" {
        vpk a 1000
        world 11=a
        of_items maps 11
        rm /run/systemd/system/left4me-workshop@.service.d/90-test.conf
        printf '[Service]\nTimeoutStartSec=5min\nEnvironment=X=1\n' >/run/systemd/system/left4me-workshop@.service.d/90-test.conf
        systemctl daemon-reload
        run ! build maps
        allow_this_host
        [[ "$(log maps)" == *"Failed to ask the Workshop"* ]]
        [ ! -s "$world/requests" ]
        build maps
        [ "$(versions maps)" = 1 ]
}

@test "jobs that download reach no metadata service at a public address, and no network for benchmarks" {
        local kind denied network
        for kind in workshop release script; do
                denied=" $(property "left4me-$kind@maps.service" IPAddressDeny) "
                for network in 168.63.129.16/32 192.0.0.0/24 198.18.0.0/15 100.64.0.0/10; do
                        [[ "$denied" == *" $network "* ]]
                done
        done
}

@test "the job sees the cache and its own new version, and nothing else of the host" {
        vpk a 1000
        world 11=a
        of_items maps 11
        mkdir -p /run/probe
        cat >/usr/local/bin/probe-workshop <<'END'
#!/bin/bash
find / \( -path /proc -o -path /dev -o -path /sys \) -prune -o -writable ! -type l -print 2>/dev/null | sort >"$LEFT4ME_OUT/writable"
ls /var/lib/left4me /var/lib/left4me/jobs /run /run/systemd >"$LEFT4ME_OUT/seen"
END
        chmod 755 /usr/local/bin/probe-workshop
        printf '[Service]\nExecStart=\nExecStart=/usr/local/bin/probe-workshop\n' >/run/systemd/system/left4me-workshop@.service.d/91-probe.conf
        systemctl daemon-reload
        run ! build maps
        rm /run/systemd/system/left4me-workshop@.service.d/91-probe.conf
        systemctl daemon-reload
        local out=$state/jobs/maps/out
        grep -q "^$cache$" "$out/writable"
        run -1 grep -vE "^($state/jobs/maps/(out|stage/tree)(/.*)?|$cache(/.*)?|/tmp|/var/tmp|/tmp/.*|/run/systemd/notify)$" "$out/writable"
        run ! grep -qE 'instances|overlays|blueprints|dbus|private|journal' "$out/seen"
}

@test "its exposure is at most 2.0" {
        run -0 systemd-analyze security --no-pager "$(job maps)"
        [[ "$output" =~ level\ for\ .*:\ ([0-9.]+) ]]
        awk -v a="${BASH_REMATCH[1]}" 'BEGIN { exit !(a <= 2.0) }'
}

@test "the daily refresh builds the overlays that want it, one failure or not, and no others" {
        vpk a 1000
        world 11=a
        of_items daily/one 11
        of_items daily/broken 99
        of_items never 11
        l4d2ctl overlay create files
        l4d2ctl overlay define daily/one refresh=daily
        l4d2ctl overlay define daily/broken refresh=daily
        mkdir "$state/overlays/bad"
        echo 'kind: magic' >"$state/overlays/bad/overlay.yaml"
        run -1 systemctl start left4me-refresh.service
        [ -e "$(addons daily/one 1)/11.vpk" ]
        [ ! -e "$state/overlays/never/current" ] && [ ! -e "$state/overlays/daily/broken/current" ]
        journalctl --sync
        run -0 journalctl -o cat --invocation=0 -u left4me-refresh.service
        [[ "$output" == *"Failed to refresh 2 overlays"* ]]
        rm -r "$state"/overlays/{bad,daily/broken}
        systemctl start left4me-refresh.service
        [ "$(versions daily/one)" = 1 ]
        [ "$(requests GET)" = 1 ]
        # The audit trail has it.
        journalctl --sync
        journalctl -t l4d2ctl -o cat -u left4me-refresh.service | grep -q refresh
}

@test "the timer is active, catches up after a night without power, and has jitter" {
        [ "$(property left4me-refresh.timer ActiveState)" = active ]
        [ "$(property left4me-refresh.timer Persistent)" = yes ]
        [ "$(property left4me-refresh.timer RandomizedDelayUSec)" = 3h ]
        run -0 systemctl list-timers --all left4me-refresh.timer
        [[ "$output" == *left4me-refresh.service* ]]
}
