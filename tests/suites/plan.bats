#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The plan by which the hardening is proven: from a unit with nothing to the whole, what each group of
# directives is worth, what breaks the game and what doesn't, and a while of operation. Prints a table at
# the end, which is also left as plan.txt in the suite's output.
#
# Exposure is what systemd-analyze says, from 0 to 10. "Stopped" counts the attempts of the probe
# (tests/probe) that don't go through, for both ABIs; vectors.bats shows for each of them why.

load common

vectors=/usr/lib/left4me-tests/vectors
# shellcheck source=../vectors/tables
. "$vectors/tables"
unit_dir=/usr/lib/systemd/system
test_units=/run/systemd/system

setup_file() {
        "$vectors/prepare"
        printf '%-48s %8s  %-10s  %s\n' 'test' 'exposure' 'stopped' 'remark' >"$BATS_FILE_TMPDIR/table"
        # The tests about i386 programs need no group.
        [[ ! ${LEFT4ME_ONLY_I386:-} ]] || return 0
        cp "$unit_dir/left4me-server@.service" $test_units/plan@.service
        local group
        while IFS= read -r group; do
                mkdir -p "$(group_dir "$group")"
                { echo '[Service]'; cat "$tables/group/$group"; } >"$(group_dir "$group")/10-group.conf"
        done <"$tables/groups"
        mkdir -p "$(group_dir families)"
        { cat "$(group_dir '20-game: Network')/10-group.conf"; echo 'RestrictAddressFamilies='; } \
                >"$(group_dir families)/10-group.conf"
        systemctl daemon-reload
}

teardown_file() {
        sed 's/^/# /' "$BATS_FILE_TMPDIR/table" >&3
        [[ ! -d /run/left4me-output ]] || {
                cp "$BATS_FILE_TMPDIR/table" /run/left4me-output/plan.txt
                [[ ! -e $BATS_FILE_TMPDIR/soak ]] || {
                        echo 'KiB files lines restarts'
                        cat "$BATS_FILE_TMPDIR/soak"
                } >/run/left4me-output/soak.txt
                cp "$BATS_FILE_TMPDIR"/attack-* /run/left4me-output/ || true
        }
}

teardown() {
        rm -rf "$test_units"/left4me-server@{idle,attacker}.service.d
        systemctl daemon-reload
        systemctl stop left4me-server@idle left4me-server@strict 2>/dev/null || true
        systemctl reset-failed
}

# row TEST EXPOSURE STOPPED REMARK
row() { printf '%-48s %8s  %-10s  %s\n' "$@" >>"$BATS_FILE_TMPDIR/table"; }

group_unit() { printf 'plan@%s.service' "$(systemd-escape -- "$1")"; }
group_dir() { printf '%s/%s.d' $test_units "$(group_unit "$1")"; }

# exposure UNIT: systemd's rating of a unit.
exposure() {
        systemd-analyze security --no-pager "$1" | grep -oP 'Overall exposure level for .*: \K[0-9.]+'
}

at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }

# seen_of START: the file of what the probe said. In the virtual machine, another suite may have made it.
seen_of() { printf '%s/attack-%s' "${LEFT4ME_ATTACKS:-$BATS_FILE_TMPDIR}" "${1//[ \/]/_}"; }

# tried_once START: the probe's attempts for seen_of, unless another test has made them.
tried_once() { [[ -s $(seen_of "$1") ]] || "$vectors/attack" "$1" >"$(seen_of "$1")"; }

# attacked START: the probe's attempts in one start of the attacker; they must come out as the table
# says. Sets $seen to the file with them and $stopped to how many were stopped.
attacked() {
        seen=$(seen_of "$1")
        "$vectors/attack" "$1" >"$seen"
        "$vectors/check" "$1" "$seen"
        stopped=$("$vectors/vectors" summary "$seen")
}

# with DIRECTIVE…: adds them to the server `idle`.
with() {
        mkdir -p $test_units/left4me-server@idle.service.d
        { echo '[Service]'; printf '%s\n' "$@"; } >$test_units/left4me-server@idle.service.d/90-plan.conf
        systemctl daemon-reload
}

runs() { wait_until "$query" info 127.0.0.1 27017 >/dev/null; }

# attempts_allowed FILE: those that went through.
attempts_allowed() { sed -n 's/^probe \(.*\) -> ALLOWED.*/\1/p' "$1" | sort; }

@test "1: without any directive a server is as exposed as can be" {
        score=$(exposure plan@nothing.service)
        run ! at_most "$score" 9
        attacked bare
        row '1 nothing' "$score" "$stopped" 'root, and none of the directives that the probe is about'
}

@test "2: each group of directives alone" {
        local group
        local -A remarks=(
                ['20-game: Network']="$(exposure "$(group_unit families)") without RestrictAddressFamilies=, which holds for 64-bit programs only"
                ['20-game: System calls']='what it stops is calls of x32'
                ['20-game: Resources']='shown in a machine of its own: tests/vm/suites/limits.bats'
                ['20-game: Logging']='the same'
        )
        while IFS= read -r group; do
                score=$(exposure "$(group_unit "$group")")
                # No group is harmful, and none does it all.
                at_most "$score" "$(exposure plan@nothing.service)"
                run ! at_most "$score" 1.3
                attacked "group $group"
                row "2 $group" "$score" "$stopped" "${remarks[$group]:-}"
        done <"$tables/groups"
}

@test "3: all of them together: at most 1.3, and the server runs" {
        systemctl start left4me-server@idle
        runs
        score=$(exposure left4me-server@idle.service)
        at_most "$score" 1.3
        attacked hardened
        row '3 all of them' "$score" "$stopped" 'the rest is accepted, each with its reason in tests/vectors/attempts'

        # Items that the score counts and an i386 process doesn't notice.
        with 'RestrictAddressFamilies='
        real=$(exposure left4me-server@idle.service)
        run ! at_most "$real" "$score"
        attacked 'without RestrictAddressFamilies'
        run diff <(attempts_allowed "$(seen_of hardened)") <(attempts_allowed "$seen")
        [[ "$output" == *'x86-64 socket('* ]]
        row '3 without RestrictAddressFamilies=' "$real" "$stopped" \
                'the honest figure for an i386 program, which that directive doesn'\''t touch'
}

# bats test_tags=i386
@test "3: RestrictAddressFamilies= has no effect on an i386 program" {
        needs_i386
        tried_once hardened
        tried_once 'without RestrictAddressFamilies'
        [ "$(grep -c '^probe .* i386 socket' "$(seen_of hardened)")" -gt 5 ]
        diff <(attempts_allowed "$(seen_of hardened)" | grep -F ' i386 ') \
                <(attempts_allowed "$(seen_of 'without RestrictAddressFamilies')" | grep -F ' i386 ')
}

# attacked_strict: the probe's attempts under the strict profile, for seen_of.
attacked_strict() {
        mkdir -p $test_units/left4me-server@attacker.service.d
        ln -sf /usr/lib/left4me/profiles/strict.conf $test_units/left4me-server@attacker.service.d/30-strict.conf
        "$vectors/attack" >"$(seen_of strict)"
        grep -qx 'probe end' "$(seen_of strict)"
}

@test "4: the strict profile is lower, and each of its directives filters something" {
        make_instance strict 27018 'hardening: strict'
        systemctl start left4me-server@strict
        wait_until "$query" info 127.0.0.1 27018 >/dev/null
        score=$(exposure left4me-server@strict.service)
        at_most "$score" 1.2
        run ! at_most "$(exposure left4me-server@idle.service)" "$score"

        attacked_strict
        run diff <(attempts_allowed "$BATS_FILE_TMPDIR/attack-hardened") <(attempts_allowed "$BATS_FILE_TMPDIR/attack-strict")
        echo "$output"
        # RestrictAddressFamilies=: no local sockets for 64-bit programs. Nothing goes through that was stopped.
        [[ "$output" == *'< D4d x86-64 socket(AF_UNIX)'* ]]
        # But for files of /proc that InaccessiblePaths= hides, which it does not in a root of its own.
        run ! grep -v 'D4a [^ ]* read(/proc/\(cmdline\|interrupts\|keys\))$' <(grep '^>' <<<"$output")
        no_resources "$standin_abi"
        # RootDirectory=
        [ -e "/proc/$(main_pid idle)/root/boot" ] || systemctl start left4me-server@idle
        [ -e "/proc/$(main_pid idle)/root/boot" ]
        [ ! -e "/proc/$(main_pid strict)/root/boot" ]
        row '4 the strict profile' "$score" "$("$vectors/vectors" summary "$BATS_FILE_TMPDIR/attack-strict")" \
                'a root of its own, no @resources, no local sockets for 64-bit programs'
}

# no_resources ABI: by SystemCallFilter=~@resources what was refused for want of a right isn't there at all.
no_resources() {
        grep -qx "probe D3b $1 setpriority(-20) -> blocked SIGSYS" "$(seen_of strict)"
        grep -q "^probe D3b $1 setpriority(-20) -> blocked" "$(seen_of hardened)"
        run ! grep -qx "probe D3b $1 setpriority(-20) -> blocked SIGSYS" "$(seen_of hardened)"
}

# bats test_tags=i386
@test "4: the strict profile refuses system calls of an i386 program too" {
        needs_i386
        tried_once hardened
        attacked_strict
        no_resources i386
}

# ends_by STATUS: the main process of `idle` ended with that status, a signal's number or an exit status.
ends_by() { [[ $(property left4me-server@idle.service ExecMainStatus) == "$1" ]]; }

# bats test_tags=i386
@test "5: SystemCallArchitectures=native alone kills the server, with x86 it runs" {
        needs_i386
        with 'SystemCallArchitectures=' 'SystemCallArchitectures=native' 'Restart=no'
        score=$(exposure left4me-server@idle.service)
        systemctl start left4me-server@idle || true
        wait_until ends_by 31
        [ "$(property left4me-server@idle.service Result)" = signal ] ||
                [ "$(property left4me-server@idle.service Result)" = core-dump ]

        systemctl reset-failed
        with 'SystemCallArchitectures=native x86' 'Restart=no'
        systemctl start left4me-server@idle
        runs
        row '5 SystemCallArchitectures=native' "$score" '' \
                "SIGSYS at its first system call; \"native x86\" runs it, at $(exposure left4me-server@idle.service)"
}

@test "6: MemoryDenyWriteExecute= breaks the server, by its text relocations" {
        readelf -d "$state/installation/current/bin/engine_srv.so" | grep -q TEXTREL
        mark_log
        with 'MemoryDenyWriteExecute=yes' 'Restart=no'
        systemctl start left4me-server@idle
        wait_until is_failed idle
        # The dynamic linker's words.
        wait_until in_log idle 'cannot make segment writable for relocation'
        score=$(exposure left4me-server@idle.service)

        systemctl reset-failed
        with 'Restart=no'
        systemctl start left4me-server@idle
        runs
        row '6 MemoryDenyWriteExecute=yes' "$score" '' 'the dynamic linker may not relocate the text of the game'\''s libraries'
}

@test "7: every attempt is stopped by what the table says" {
        run -0 "$vectors/vectors" count
        row '7 the vectors' '' '' "$output, by vectors.bats"
        # The two ends of it were just shown. Every one that is not accepted is stopped.
        run -1 grep -vxFf <(sed -n 's/^\(D[^ ]*\) | both | \(.*\) | accepted.*/\1 i386 \2\n\1 x86-64 \2/p
                s/^\(D[^ ]*\) | \(i386\|x86-64\) | \(.*\) | accepted.*/\1 \2 \3/p' "$vectors/attempts") \
                <(attempts_allowed "$BATS_FILE_TMPDIR/attack-hardened")
        # And nearly all would go through in a unit with none of it.
        local abis=1
        [[ $standin_abi != i386 ]] || abis=2
        [ "$(attempts_allowed "$BATS_FILE_TMPDIR/attack-bare" | wc -l)" -gt $((abis * 170)) ]
}

# remainder UNIT: the settings that leave it exposed, by systemd's names.
remainder() {
        systemd-analyze security --no-pager --json=short "$1" |
                python3 -c 'import json, sys
for row in json.load(sys.stdin):
    if row["exposure"]: print(row["json_field"])' | sort
}

# limit_of UNIT: the exposure that is promised.
limit_of() {
        case $1 in
                left4me-server@) echo 1.3 ;;
                # No mount namespace, see tests/vectors/exposure.
                l4d2-overlay@ | l4d2-release@) echo 3.6 ;;
                # In the host's network, with the capability to load rules.
                left4me-rcon-filter) echo 1.4 ;;
                # Reads counters there.
                left4me-report@guard) echo 1.1 ;;
                # An i386 program in the host's network, as a server.
                left4me-install | left4me-check) echo 1.3 ;;
                # The internet.
                left4me-workshop@ | left4me-release@ | left4me-script@ | left4me-alert@ | left4me-avatar) echo 1.1 ;;
                *) echo 1.0 ;;
        esac
}

# services: all there are, by name; of templates whose instances differ, the instances.
services() {
        local file name
        for file in "$unit_dir"/{left4me,l4d2}-*.service; do
                name=$(basename "$file" .service)
                if [[ $name == left4me-report@ ]]; then
                        printf "$name%s\n" doctor hardening disk guard
                else
                        echo "$name"
                fi
        done
}

@test "9: every other service is at 1.0 at most, but for the mount's, and what remains is explained" {
        local name score
        for name in $(services); do
                score=$(exposure "${name/%@/@idle}.service")
                at_most "$score" "$(limit_of "$name")" || { echo "$name: $score"; false; }
                # In tests/vectors/exposure: a line for each setting, with its reason.
                diff <(sed -n "s/^$name  *| \([A-Za-z0-9_]*\)  *| [^ ].*/\1/p" "$vectors/exposure" | sort) \
                        <(remainder "${name/%@/@idle}.service") || { echo "$name: not as tests/vectors/exposure says"; false; }
                row "9 $name" "$score" '' "$(remainder "${name/%@/@idle}.service" | wc -l) settings remain, explained in tests/vectors/exposure"
        done
        # Nothing is explained that is not there.
        while IFS= read -r name; do
                grep -qxF "$name" <<<"$(services)" || { echo "there is no $name.service"; false; }
        done < <(sed -n 's/^\([a-z0-9@-]*\) *|.*/\1/p' "$vectors/exposure" | sort -u)
}

@test "10: no process traces another, whatever kernel.yama.ptrace_scope is" {
        scope=$(sysctl -n kernel.yama.ptrace_scope 2>/dev/null || echo none)
        run ! grep -E '^probe D2a .* -> ALLOWED' "$BATS_FILE_TMPDIR/attack-hardened"
        [ "$(grep -cE '^probe D2a (i386|x86-64) ptrace\(.* -> blocked' "$BATS_FILE_TMPDIR/attack-hardened")" = "$([[ $standin_abi == i386 ]] && echo 8 || echo 4)" ]
        # In a unit without it the control plane's secrets and the neighbour's memory were had.
        grep -qE "^probe D2a $standin_abi ptrace\(neighbour\) -> ALLOWED" "$BATS_FILE_TMPDIR/attack-bare"
        row '10 ptrace' '' '' "kernel.yama.ptrace_scope here: $scope; with 2 in a machine of its own: tests/vm/suites/kernel.bats"
}

# is_hung_up: the server has seen the end of all that asked it.
is_hung_up() { ! ss -Htn state connected 'sport = :27017' | grep -qv ^TIME-WAIT; }

# sample: memory in KiB and open files of the server's processes, lines in its journal, its restarts.
sample() {
        local pid memory=0 files=0
        wait_until is_hung_up
        for pid in $(cat "/sys/fs/cgroup$(property left4me-server@idle.service ControlGroup)/cgroup.procs"); do
                memory=$((memory + $(awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status")))
                files=$((files + $(ls "/proc/$pid/fd" | wc -l)))
        done
        journalctl --sync
        echo "$memory $files $(journalctl -q -o cat "_SYSTEMD_INVOCATION_ID=$invocation" | wc -l) $(property left4me-server@idle.service NRestarts)"
}

# traffic SECONDS: what a server sees of players and of the web app.
traffic() {
        local end=$((SECONDS + $1)) n=0
        while ((SECONDS < end)); do
                "$query" info 127.0.0.1 27017 >/dev/null
                "$query" players 127.0.0.1 27017 >/dev/null
                "$query" rcon 127.0.0.1 27017 "$password" "say round $n" >/dev/null
                n=$((n + 1))
        done
        echo "$n"
}

# bats test_tags=soak
@test "11: a server that is used keeps its memory, files and process" {
        local seconds=10
        [[ ! -e /etc/left4me-machine/soak-seconds ]] || seconds=$(</etc/left4me-machine/soak-seconds)
        password=$(l4d2ctl get idle rcon_password 2>/dev/null) || password=
        [[ $password ]] || { l4d2ctl set idle rcon_password a-soaked-one; password=a-soaked-one; }

        # Its connection stays open; watch.bats is about it.
        systemctl stop left4me-watch.service
        systemctl start left4me-server@idle
        runs
        invocation=$(property left4me-server@idle.service InvocationID)
        traffic 2 >/dev/null
        read -r memory files lines restarts < <(sample)
        [ "$restarts" = 0 ]
        [ "$files" -gt 0 ] && [ "$memory" -gt 0 ]

        # In parts, so that a long one shows how it went.
        rounds=0
        local left=$seconds
        while ((left > 0)); do
                rounds=$((rounds + $(traffic $((left < 10 ? left : 10)))))
                left=$((left - 10))
                sample >>"$BATS_FILE_TMPDIR/soak"
        done
        read -r memory_after files_after lines_after restarts_after < <(sample)
        [ "$restarts_after" = 0 ]
        [ "$(property left4me-server@idle.service InvocationID)" = "$invocation" ]
        # No descriptor more, no megabyte more, and every line that was said is in the journal.
        [ "$files_after" -le "$files" ]
        [ "$memory_after" -le $((memory + 1024)) ]
        [ "$rounds" -gt 0 ]
        [ $((lines_after - lines)) -ge "$rounds" ]
        run ! in_log idle 'Suppressed '
        row '11 soak' '' '' "$seconds s, $rounds rounds: $restarts_after restarts, memory $memory to $memory_after KiB, $files to $files_after files, $(((lines_after - lines) / seconds)) journal lines a second"
}
