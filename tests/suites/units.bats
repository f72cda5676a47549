#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The unit files: that systemd finds nothing wrong with them, and how exposed it rates what runs.

load common

unit_dir=/usr/lib/systemd/system

setup_file() {
        install_game
}

teardown() {
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf "$state"/instances/*
        systemctl daemon-reload
}

# exposure UNIT: systemd's rating of a loaded unit, from 0 to 10.
exposure() {
        systemd-analyze security --no-pager "$1" | grep -oP 'Overall exposure level for .*: \K[0-9.]+'
}

at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }

# installed_units: every unit, of a template one instance.
installed_units() {
        sed -n 's|^/usr/lib/systemd/system/\([^/]*\)$|\1|p' /usr/lib/left4me/installed |
                sed 's/^left4me-report@\./left4me-report@doctor./; s/@\./@1./'
}

@test "systemd-analyze verify says nothing about any unit" {
        local units unit
        mapfile -t units < <(installed_units)
        for unit in "${units[@]}"; do
                run -0 systemd-analyze verify --recursive-errors=no "$unit"
                [ -z "$output" ] || { echo "$unit"; false; }
        done
        ((${#units[@]} >= 19))
}

@test "systemd-analyze verify says nothing about what the generator makes" {
        local case tree n=0
        for case in "$BATS_TEST_DIRNAME"/../golden/cases/*/expected/unit; do
                for tree in "$case"/left4me-server@*.service.d; do
                        [ -d "$tree" ] || continue
                        rm -rf /run/systemd/system/left4me-server@*.service.d
                        cp -a "$tree" /run/systemd/system/
                        run -0 systemd-analyze verify --recursive-errors=no "$(basename "${tree%.d}")"
                        [ -z "$output" ] || { echo "$tree"; false; }
                        n=$((n + 1))
                done
        done
        rm -rf /run/systemd/system/left4me-server@*.service.d
        ((n >= 10))
}

@test "a misspelt directive would be noticed" {
        printf '[Service]\nProtektSystem=yes\n' >/run/misspelt.conf
        mkdir -p /run/systemd/system/left4me-server@1.service.d
        cp /run/misspelt.conf /run/systemd/system/left4me-server@1.service.d/
        run systemd-analyze verify --recursive-errors=no left4me-server@1.service
        rm -rf /run/systemd/system/left4me-server@1.service.d
        [[ "$output" == *ProtektSystem* ]]
}

@test "a running server is rated 1.3 at most" {
        make_instance 1 27015
        l4d2ctl start 1
        score=$(exposure left4me-server@1.service)
        echo "# left4me-server@1.service: $score" >&3
        at_most "$score" 1.3
}

@test "the strict profile is rated lower, and the server runs in it" {
        make_instance 1 27015
        make_instance 2 27016 'hardening: strict'
        l4d2ctl start 1 2
        proven=$(exposure left4me-server@1.service)
        strict=$(exposure left4me-server@2.service)
        echo "# strict: $strict" >&3
        at_most "$strict" 1.2
        run ! at_most "$proven" "$strict"
        run -0 "$query" info 127.0.0.1 27016
        run -0 rcon 2 standin_write left4dead2/cfg/mine.cfg x
        [[ "$output" == *": ok"* ]]
        # Its root is not the host's.
        [ ! -e "/proc/$(main_pid 2)/root/boot" ]
        [ ! -e "/proc/$(main_pid 2)/root/var/lib/left4me/instances" ]
}

# in_sandbox SCRIPT: prints what a shell script says that runs in the game server's place in unit 1.
in_sandbox() {
        local drop_in=/run/systemd/system/left4me-server@1.service.d/90-test.conf
        mkdir -p "${drop_in%/*}"
        printf '%s\n' '[Unit]' ConditionPathExists= '[Service]' Type=oneshot Restart=no ExecStart= \
                "ExecStart=/bin/sh /var/lib/left4me/runtime/1/merged/test.sh" >"$drop_in"
        mkdir -p "$state/overlays/in-sandbox"
        printf '%s\n' "$1" >"$state/overlays/in-sandbox/test.sh"
        make_instance 1 27015 'overlays: [in-sandbox]'
        mark_log
        systemctl start left4me-server@1.service
        log_of 1 | sed -n 's/^said: //p'
        rm -r "${drop_in%/*}"
}

@test "the game reads of /proc what the engine and Steam's library need, and nothing that tells of others" {
        run -0 in_sandbox 'for file in cpuinfo meminfo stat sys/kernel/osrelease sys/kernel/hostname \
                keys key-users cmdline interrupts softirqs buddyinfo zoneinfo diskstats kallsyms kmsg; do
                [ -n "$(head -c 1 /proc/$file 2>/dev/null)" ] && echo "said: $file"; done; true'
        [ "$output" = $'cpuinfo\nmeminfo\nstat\nsys/kernel/osrelease\nsys/kernel/hostname' ]
        # No process but its own, and no setting can be changed.
        l4d2ctl delete 1
        run -0 in_sandbox 'ls -d /proc/[0-9]* | grep -vx -e /proc/1 -e /proc/$$ >/dev/null; \
                for file in /proc/sys/kernel/core_pattern /proc/sys/net/ipv4/ip_default_ttl /proc/sysrq-trigger; do
                test -w $file && echo "said: $file"; done; echo said: end'
        [ "$output" = end ]
}

@test "a server binds the ports of its spec, named or derived, and no other" {
        run -0 in_sandbox 'exec python3 -c "
import errno, socket
for kind, port in (\"DGRAM\", 27015), (\"STREAM\", 27015), (\"DGRAM\", 27215), (\"DGRAM\", 27415), \\
                (\"STREAM\", 27215), (\"DGRAM\", 27615), (\"DGRAM\", 27005), (\"DGRAM\", 26900), (\"DGRAM\", 27020):
        try:
                socket.socket(type=getattr(socket, \"SOCK_\" + kind)).bind((\"\", port))
                print(\"said:\", kind, port)
        except PermissionError:
                pass"'
        [ "$output" = $'DGRAM 27015\nSTREAM 27015\nDGRAM 27215\nDGRAM 27415' ]
}

@test "the helpers' units are rated as low as what they do allows" {
        overlay=$(exposure l4d2-overlay@1.service)
        release=$(exposure l4d2-release@1.service)
        reset=$(exposure l4d2-reset@1.service)
        boot=$(exposure left4me-boot.service)
        trial=$(exposure l4d2-trial@1.service)
        echo "# l4d2-overlay: $overlay, l4d2-release: $release, l4d2-reset: $reset, l4d2-trial: $trial," \
                "left4me-boot: $boot" >&3
        # The host must see its mounts, so it can have no mount namespace, on which most of
        # systemd's points depend; its capabilities are each tried in overlay.bats.
        at_most "$overlay" 3.6
        at_most "$release" 3.6
        at_most "$boot" 1.0
        at_most "$reset" 1.0
        at_most "$trial" 1.0
}

@test "the installation is rated 1.3 at most" {
        score=$(exposure left4me-install.service)
        echo "# left4me-install: $score" >&3
        at_most "$score" 1.3
        # The same sandbox.
        [ "$(exposure left4me-check.service)" = "$score" ]
}

@test "the web app is rated 0.5 at most" {
        systemctl start left4me-web.service
        score=$(exposure left4me-web.service)
        echo "# left4me-web: $score" >&3
        at_most "$score" 0.5
        systemctl stop left4me-web.service
}

# run_mount UNIT: "ro" or "rw", as a command of this unit has /run mounted.
run_mount() {
        local drop_in=/run/systemd/system/$1.d/99-mounts.conf out=/var/tmp/mounts
        rm -f "$out"
        mkdir -p "${drop_in%/*}"
        printf '%s\n' '[Unit]' ConditionPathExists= '[Service]' Type=oneshot Restart=no LoadCredential= ExecCondition= ExecStartPre= ExecStartPost= ExecStop= \
                ExecStopPost= ExecStart= 'ExecStart=/bin/cat /proc/self/mountinfo' StandardInput=null "StandardOutput=append:$out" \
                >"$drop_in"
        systemctl daemon-reload
        systemctl restart "$1"
        systemctl stop "$1"
        rm "$drop_in"
        awk '$5 == "/run" { split($6, options, ","); last = options[1] } END { print last }' "$out"
}

@test "no unit writes to /run beyond what is its own, whatever its user may" {
        local unit n=0 found=()
        for unit in /usr/lib/systemd/system/left4me-*.service; do
                unit=${unit##*/}
                unit=${unit/@./@x.}
                unit=${unit/report@x/report@doctor}
                # Not the units that have a /run of their own, nor the game, where the attack probe tries it.
                [[ $unit == left4me-server@x.service || $(property "$unit" TemporaryFileSystem) == */run:ro* ]] && continue
                [[ $(run_mount "$unit") == ro ]] || found+=("$unit")
                n=$((n + 1))
        done
        systemctl daemon-reload
        systemctl restart left4me-watch.service left4me-boot.service
        echo "# $n units" >&3
        ((n >= 10))
        [ "${found[*]}" = '' ] || { echo "${found[*]}"; false; }
}

# binds NAME: what becomes of binding a port that is not the server's: "ok" or an error.
binds() {
        rcon "$1" standin_bind tcp 27999 | sed -n 's/^standin: bind tcp 27999: //p'
}

cannot_bind() { [[ $(binds "$1") == EPERM ]]; }

is_in_state() { [[ $(property "$1" ActiveState) == "$2" ]]; }

@test "after a daemon reload, and after many, a running server has its port filter still" {
        make_instance 1 27015
        l4d2ctl start 1
        cannot_bind 1

        # systemd alone takes it away, once the reload that made the instance is dealt with.
        wait_until is_reload_dealt_with
        systemctl stop left4me-filter.path
        systemctl daemon-reload
        [ "$(binds 1)" = ok ]
        run -7 l4d2ctl hardening 1
        [[ "$output" == *'SocketBindDeny '*' missing '* ]]

        systemctl start left4me-filter.path
        wait_until cannot_bind 1
        wait_until test ! -e /run/left4me/reloaded
        for _ in {1..20}; do systemctl daemon-reload; done
        wait_until test ! -e /run/left4me/reloaded
        wait_until cannot_bind 1
        systemctl daemon-reexec
        wait_until cannot_bind 1
        [ "$(property left4me-filter.path ActiveState)" = active ]
        l4d2ctl delete 1
}

@test "what gives port filters back and can't be started is not tried for ever, and doctor says so" {
        local drop_in=/run/systemd/system/left4me-filter.service.d/90-broken.conf
        mkdir -p "$(dirname "$drop_in")"
        wait_until is_reload_dealt_with
        # Not 500, to be sooner there.
        printf '%s\n' '[Unit]' StartLimitBurst=5 '[Service]' ExecStart= ExecStart=/usr/bin/false >"$drop_in"
        systemctl daemon-reload
        wait_until is_in_state left4me-filter.path failed
        run -7 l4d2ctl doctor
        [[ "$output" == *"left4me-filter.path is failed"* ]]

        rm "$drop_in"
        systemctl daemon-reload
        systemctl reset-failed left4me-filter.service
        systemctl restart left4me-filter.path
        wait_until test ! -e /run/left4me/reloaded
        [ "$(property left4me-filter.path ActiveState)" = active ]
}

@test "each report has only what its look takes, and is rated 1.1 at most" {
        for verb in doctor hardening disk guard; do
                report=$(exposure "left4me-report@$verb.service")
                echo "# left4me-report@$verb: $report" >&3
                at_most "$report" "$([[ $verb == guard ]] && echo 1.1 || echo 1.0)"
        done
}

# shown: JSON, a line for each value. The room on the disk may change from one look to the next.
shown() { python3 -m json.tool | sed -E 's/( has )[0-9.]+ ?[A-Za-z]+ left"/\1room left"/'; }

@test "in its sandbox the report finds what root finds outside, and only the web app may read it" {
        make_instance 1 27015
        l4d2ctl start 1
        for verb in doctor hardening disk guard; do
                systemctl start "left4me-report@$verb.service"
                run l4d2ctl "$verb" --json
                diff <(shown <<<"$output") <(shown <"/run/left4me/reports/$verb.json")
                [ "$(stat -c '%a %U:%G' "/run/left4me/reports/$verb.json")" = '640 left4me-report:left4me' ]
                setpriv --reuid left4me --regid left4me --init-groups cat "/run/left4me/reports/$verb.json" >/dev/null
                run -1 setpriv --reuid left4me-game --regid left4me-game --init-groups \
                        cat "/run/left4me/reports/$verb.json"
        done
        [ "$(ls /run/left4me/reports)" = $'disk.json\ndoctor.json\nguard.json\nhardening.json' ]
}

@test "a report of another verb is refused" {
        for verb in list install delete 'doctor@'; do
                run systemctl start "left4me-report@$verb.service"
                [ "$status" -ne 0 ]
                [ ! -e "/run/left4me/reports/$verb.json" ]
        done
}

@test "all reports are made daily" {
        for verb in doctor hardening disk guard; do
                [ "$(property "left4me-report@$verb.timer" ActiveState)" = active ]
        done
}

@test "a reset writes to runtime directories and locks, and nowhere else" {
        local drop_in=/run/systemd/system/l4d2-reset@1.service.d/50-test.conf
        mkdir -p "${drop_in%/*}" /run/left4me/layers
        cat >"$drop_in" <<-'END'
		[Service]
		ExecStart=
		ExecStart=/bin/sh -c 'for d in / /run /run/lock /run/left4me /run/left4me/layers /run/systemd/system /etc /usr /usr/lib /var /var/lib/left4me /var/lib/left4me/instances /var/lib/left4me/runtime /root /boot; do touch $$d/by-reset 2>/dev/null && echo "writes $$d"; done; true'
	END
        systemctl daemon-reload
        mark_log
        systemctl start l4d2-reset@1
        journalctl --sync
        run -0 journalctl -b -o cat --since "$log_mark" -t sh
        rm -r "${drop_in%/*}"
        rm -f /run/left4me/layers/by-reset "$state/runtime/by-reset"
        [ "$(grep '^writes' <<<"$output" | sort)" = $'writes /run/left4me/layers\nwrites /var/lib/left4me/runtime' ]
}

@test "the settings of a spec are those of the unit" {
        make_instance 1 27015 \
                'resources: {memory_max: 2G, memory_high: 1536M, tasks_max: 100, nice: 3, cpus: "0"}'
        run -0 systemctl show -p MemoryMax -p MemoryHigh -p TasksMax -p Nice -p AllowedCPUs \
                -p SocketBindAllow left4me-server@1.service
        for line in MemoryMax=2147483648 MemoryHigh=1610612736 TasksMax=100 Nice=3 AllowedCPUs=0; do
                grep -qx "$line" <<<"$output" || { echo "$line"; echo "$output"; false; }
        done
        [[ "$output" == *SocketBindAllow=udp27015* && "$output" == *SocketBindAllow=tcp27015* &&
                "$output" == *SocketBindAllow=udp27215* && "$output" == *SocketBindAllow=udp27415* ]]
}

@test "a restriction can be lifted on one host by a drop-in" {
        make_instance 1 27015
        mkdir -p /run/systemd/system/left4me-server@.service.d
        printf '[Service]\nSocketBindAllow=udp:27999\n' \
                >/run/systemd/system/left4me-server@.service.d/50-port.conf
        systemctl daemon-reload
        l4d2ctl start 1
        run -0 rcon 1 standin_bind udp 27999
        rm -rf /run/systemd/system/left4me-server@.service.d
        [[ "$output" == *"bind udp 27999: ok"* ]]
}
