#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Specs in the hands of people: get, set, unset, edit, validate, render and cat. Unchanged text
# stays byte for byte, an invalid spec is never saved, and nothing that a user typed is lost.

load common

golden=/usr/lib/left4me-tests/golden

setup() {
        spec=$state/instances/1/spec.yaml
        errors=/run/left4me/generator.errors
        # Editors of tests are small programs that get the file as their argument.
        editor=$BATS_TEST_TMPDIR/editor
        export EDITOR=$editor TMPDIR=$BATS_TEST_TMPDIR/tmp
        unset VISUAL
        mkdir -p "$TMPDIR"
        useradd --no-create-home --groups left4me-operators op 2>/dev/null || true
}

teardown() {
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf "$state"/instances/* "$state"/overlays/* /etc/left4me/left4me.conf.d
        systemctl daemon-reload
}

# All that YAML offers to a person who writes a spec by hand.
write_spec() {
        cat <<'YAML'
# Unser Server für Versus — nicht anfassen!
port:    27015     # UDP and TCP

overlays: [standard, 'competitive/base']   # topmost first

arguments:
  # 100 ticks need a plugin
  - "-tickrate"
  - '100'      # a text

  - +map
  - c1m1_hotel versus
config: ['hostname "Versus 1"', sv_gametypes versus]   # no umlauts here
rcon_password: "correct-horse-battery"
autostart: false
resources:
    memory_max: 2G      # more than enough
    nice: -5
hardening:  proven
# the end, without a newline
YAML
}

make_spec() {
        write_spec | head -c -1 | l4d2ctl initialize 1 -f - 2>/dev/null
        cmp "$spec" <(write_spec | head -c -1)
        cp "$spec" "$BATS_TEST_TMPDIR/before"
}

# changed_lines COMMAND…: what the command did to the spec, as lines with - and +.
changed_lines() {
        cp "$spec" "$BATS_TEST_TMPDIR/old"
        "$@" 2>/dev/null || return
        diff --unchanged-line-format= --old-line-format='-%L' --new-line-format='+%L' \
                "$BATS_TEST_TMPDIR/old" "$spec" || true
}

unchanged() { cmp "$spec" "$BATS_TEST_TMPDIR/before"; }

as() {
        local user=$1
        shift
        setpriv --reuid "$user" --regid "$user" --init-groups "$@"
}

# Daemon reloads so far.
reloads() {
        journalctl --sync
        journalctl -b -o cat _PID=1 | grep -c '^Reload requested' || true
}

drop_in() { printf '/run/systemd/generator/left4me-server@%s.service.d/40-instance.conf' "$1"; }

# make_editor: the editor is the script on standard input.
make_editor() {
        { echo '#!/bin/bash'; cat; } >"$editor"
        chmod +x "$editor"
}

# The copy that the last command said it kept.
kept_copy() { grep -o "$TMPDIR/[^ ]*\.yaml" <<<"$output" | tail -n 1; }
no_copies() { [ -z "$(ls -A "$TMPDIR")" ]; }

# --- set and unset ----------------------------------------------------------------------------------

@test "set changes the value and not one byte besides" {
        make_spec
        run -0 changed_lines l4d2ctl set 1 port 27020
        [ "$output" = '-port:    27015     # UDP and TCP
+port:    27020     # UDP and TCP' ]
        run -0 changed_lines l4d2ctl set 1 overlays a b/c d
        [ "$output" = "-overlays: [standard, 'competitive/base']   # topmost first
+overlays: [a, 'b/c', d]   # topmost first" ]
        run -0 changed_lines l4d2ctl set 1 arguments -tickrate 60 +map 'c1m1_hotel versus'
        [ "$output" = "-  - '100'      # a text
+  - '60'      # a text" ]
        run -0 changed_lines l4d2ctl set 1 resources.nice -- -10
        [ "$output" = '-    nice: -5
+    nice: -10' ]
        run -0 changed_lines l4d2ctl set 1 resources.tasks_max 300
        [ "$output" = '+    tasks_max: 300' ]
        run -0 changed_lines l4d2ctl set 1 autostart true
        [ "$output" = '-autostart: false
+autostart: true' ]
        run -0 changed_lines l4d2ctl set 1 hardening strict
        [ "$output" = '-hardening:  proven
+hardening:  strict' ]
        run -0 changed_lines l4d2ctl set 1 config 'hostname "Versus 2"' 'sv_gametypes versus'
        [ "$output" = "-config: ['hostname \"Versus 1\"', sv_gametypes versus]   # no umlauts here
+config: ['hostname \"Versus 2\"', sv_gametypes versus]   # no umlauts here" ]
        tail -c 1 "$spec" | grep -q e # still without a newline
}

@test "unset removes the key's lines and no others" {
        make_spec
        run -0 changed_lines l4d2ctl unset 1 hardening
        [ "$output" = '-hardening:  proven' ]
        run -0 changed_lines l4d2ctl unset 1 resources.memory_max
        [ "$output" = '-    memory_max: 2G      # more than enough' ]
        run -0 changed_lines l4d2ctl unset 1 overlays
        [ "$output" = "-overlays: [standard, 'competitive/base']   # topmost first" ]
        run -0 changed_lines l4d2ctl unset 1 blueprint
        [ -z "$output" ]
        run -5 l4d2ctl unset 1 port
        [[ "$output" == *"'port' is missing"* ]]
        l4d2ctl get 1 port
}

@test "there and back again is the same file" {
        make_spec
        for value in 27016 27015; do l4d2ctl set 1 port "$value" 2>/dev/null; done
        for value in strict proven; do l4d2ctl set 1 hardening "$value" 2>/dev/null; done
        for value in true false; do l4d2ctl set 1 autostart "$value" 2>/dev/null; done
        l4d2ctl set 1 resources.tasks_max 300 2>/dev/null
        l4d2ctl unset 1 resources.tasks_max 2>/dev/null
        unchanged
}

@test "any text comes back from get as it was set" {
        make_instance 1 27015
        values=(-- -x --lines=3 -h '' ' ' ' leading' 'trailing ' 'a  b' '"' "'" '"quoted"' "it's" '\' '\\n'
                'a\' '%n' '%%' '%i' '$HOME' '${PATH}' '$$' '`id`' '$(id)' ';' 'a;b' '#' 'a #b' 'a: b' ':'
                'a:' '- a' '-' '[' '[a]' '{' '{a: b}' ',' '!' '!!str' '&a' '*a' '@' '|' '>' '%' '?' '? a' '~'
                null true yes on .inf 1e3 0x1f 007 1_000 2025-11-24 '<<' 'größe' '日本' '🧟' '+exec' '='
                "$(printf 'x%.0s' {1..1000})")
        l4d2ctl set 1 arguments -- "${values[@]}" 2>/dev/null
        diff <(printf '%s\n' "${values[@]}") <(l4d2ctl get 1 arguments)
        l4d2ctl get 1 arguments --json | python3 -c '
import json, sys
assert json.load(sys.stdin) == sys.argv[1:]' "${values[@]}"
        # The same in block style, and one at a time.
        printf 'port: 27015\narguments:\n  - first\n' | l4d2ctl initialize 1 -f -
        l4d2ctl set 1 arguments -- "${values[@]}" 2>/dev/null
        diff <(printf '%s\n' "${values[@]}") <(l4d2ctl get 1 arguments)
        for value in "${values[@]}"; do
                l4d2ctl set 1 arguments -- "$value" 2>/dev/null
                [ "$(l4d2ctl get 1 arguments; echo .)" = "$value"$'\n.' ]
        done
}

@test "values that a spec must not have are refused and nothing is written" {
        make_spec
        inode=$(stat -c %i "$spec")
        refuse() {
                run -5 l4d2ctl set 1 "$@"
                [[ "$output" == *"error:"* && "$output" == *"was not changed"* ]] || { echo "$*: $output"; false; }
        }
        refuse port 70000
        refuse port 0
        refuse port "27015 # comment"
        refuse port $'27015\nautostart: true'
        refuse port "[27015]"
        refuse autostart yes
        refuse hardening soft
        refuse arguments $'a\nb'
        refuse arguments $'a\e[31m'
        refuse arguments -port
        refuse arguments '+exec "+rcon_password x"'
        refuse config $'a\r'
        refuse config 'hostname "Größe"'
        refuse config 'rcon_password x'
        refuse overlays ../../etc
        refuse overlays a a
        refuse rcon_password 'a"; quit'
        refuse rcon_password short
        refuse resources.cpus 0-3,x
        refuse resources.memory_max 1K
        refuse blueprint ../x
        run -5 l4d2ctl set 1 overlays $'\xff\xfe'
        run -5 l4d2ctl set 1 arguments "$(printf 'x%.0s' {1..1025})"
        run -5 l4d2ctl set 1 arguments $(seq 257)
        unchanged
        [ "$(stat -c %i "$spec")" = "$inode" ]
}

@test "start --boot sets autostart, stop --boot clears it, also when the spec is broken or gone" {
        local spec=$state/instances/1/spec.yaml
        install_game
        make_instance 1 27015 '# a comment'
        run -0 l4d2ctl start --boot 1
        [ "$output" = '' ]
        grep -qx '# a comment' "$spec"
        [ "$(l4d2ctl get 1 autostart)" = true ]
        [ -L /run/systemd/generator/left4me.target.wants/left4me-server@1.service ]
        run -0 l4d2ctl stop 1
        [[ "$output" == *"'1' comes back when the host boots"* ]]
        [ "$(l4d2ctl get 1 autostart)" = true ]
        run -0 l4d2ctl stop --boot 1
        [ "$output" = '' ]
        [ "$(l4d2ctl get 1 autostart)" = false ]
        [ ! -e /run/systemd/generator/left4me.target.wants/left4me-server@1.service ]

        l4d2ctl start --boot 1
        echo 'hardening: none' >>"$spec"
        run -0 l4d2ctl stop --boot 1
        [[ "$output" == *"has errors and keeps its autostart"* ]]
        run ! is_active 1
        run -5 l4d2ctl start --boot 1

        sed -i '/hardening/d' "$spec"
        l4d2ctl start 1
        rm "$spec"
        run -0 l4d2ctl stop --boot 1
        run ! is_active 1
}

@test "wrong keys and wrong numbers of values" {
        make_spec
        run -2 l4d2ctl set 1 prot 27016
        [[ "$output" == *"did you mean 'port'"* ]]
        run -2 l4d2ctl set 1 resources.nise 1
        run -2 l4d2ctl set 1 port.x 1
        run -2 l4d2ctl get 1 host
        run -2 l4d2ctl unset 1 ''
        run -5 l4d2ctl set 1 resources 1
        run -5 l4d2ctl set 1 port 1 2
        run -5 l4d2ctl set 1 port
        run -2 l4d2ctl set 1
        run -2 l4d2ctl set '../1' port 27016
        run -4 l4d2ctl set 2 port 27016
        run -4 l4d2ctl get 2 port
        run -4 l4d2ctl unset 2 port
        run -1 l4d2ctl get 1 blueprint
        unchanged
}

@test "a port that another server has is refused, with its name" {
        make_spec
        make_instance other 27016
        run -5 l4d2ctl set 1 port 27016
        [[ "$output" == *"spec.yaml:2:10: error:"*other* ]]
        unchanged
}

@test "a broken spec can be mended by set, but not left broken" {
        make_spec
        sed -i 's/27015/70000/; s/false/maybe/' "$spec"
        cp "$spec" "$BATS_TEST_TMPDIR/before"
        [ "$(l4d2ctl get 1 port)" = 70000 ]
        run -5 l4d2ctl set 1 port 27015
        [[ "$output" == *maybe* ]]
        unchanged
        sed -i 's/maybe/true/' "$spec"
        run -0 l4d2ctl set 1 port 27015
        [ "$(property left4me-server@1.service LoadState)" = loaded ]
        grep -q 27015 "$(drop_in 1)"

        printf 'port: [\n' >"$spec"
        run -5 l4d2ctl set 1 port 27015
        [[ "$output" == *"spec.yaml:"*"error:"* ]]
}

@test "only what reaches a unit makes a daemon reload, and one" {
        make_spec
        before=$(reloads)
        ((before > 0))
        l4d2ctl set 1 arguments +map c2m1_highway 2>/dev/null
        l4d2ctl set 1 config 'hostname "x"' 2>/dev/null
        l4d2ctl set 1 overlays 2>/dev/null
        l4d2ctl set 1 rcon_password another-password
        l4d2ctl set 1 port 27015
        [ "$(reloads)" = "$before" ]
        l4d2ctl set 1 port 27033
        [ "$(reloads)" = $((before + 1)) ]
        [[ "$(property left4me-server@1.service SocketBindAllow)" == *27033* ]]
        l4d2ctl set 1 autostart true
        [ "$(reloads)" = $((before + 2)) ]
        [ -L /run/systemd/generator/left4me.target.wants/left4me-server@1.service ]
        l4d2ctl unset 1 autostart
        [ ! -L /run/systemd/generator/left4me.target.wants/left4me-server@1.service ]
}

@test "a running server is not touched, and set says that it must be restarted" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        pid=$(main_pid 1)
        run -0 l4d2ctl set 1 config 'hostname "Changed"'
        [[ "$output" == *"'1' is running"*"l4d2ctl restart 1"* ]]
        run -0 l4d2ctl set 1 config 'hostname "Changed"'
        [ -z "$output" ]
        [ "$(main_pid 1)" = "$pid" ]
        l4d2ctl restart 1
        run -0 "$query" info 127.0.0.1 27015
        [[ "$output" == *Changed* ]]
        l4d2ctl stop 1
        run -0 l4d2ctl set 1 config 'hostname "Again"'
        [ -z "$output" ]
}

@test "many at once: none is lost" {
        make_instance 1 27015
        keys=('port 27099' 'autostart true' 'hardening strict' 'resources.nice -- -3'
                'resources.tasks_max 200' 'resources.memory_max 3G' 'resources.cpus 0' 'config a b c'
                'arguments -- -x')
        for i in {1..6}; do make_instance "s$i" "$((27020 + i))"; done
        pids=()
        for key in "${keys[@]}"; do
                # shellcheck disable=SC2086 # a key and its values
                l4d2ctl set 1 $key 2>/dev/null & pids+=($!)
        done
        for i in {1..6}; do l4d2ctl set "s$i" port "$((27040 + i))" 2>/dev/null & pids+=($!); done
        for pid in "${pids[@]}"; do wait "$pid"; done

        l4d2ctl validate
        run -0 python3 -c 'import json, sys
print(json.dumps(json.loads(sys.argv[1]), sort_keys=True))' "$(l4d2ctl get 1 --json)"
        [ "$output" = '{"arguments": ["-x"], "autostart": true, "config": ["a", "b", "c"], "hardening": "strict", "port": 27099, "resources": {"cpus": "0", "memory_max": "3G", "nice": -3, "tasks_max": 200}}' ]
        # And systemd has the last of all of them.
        diff <(l4d2ctl render) <(l4d2ctl render | tee "$BATS_TEST_TMPDIR/rendered")
        "$golden/unrender" /run/systemd/generator "$BATS_TEST_TMPDIR/tree" <"$BATS_TEST_TMPDIR/rendered"
        (cd "$BATS_TEST_TMPDIR/tree" && find . -type f) | while read -r file; do
                cmp "$BATS_TEST_TMPDIR/tree/$file" "/run/systemd/generator/$file"
        done
        for i in {1..6}; do grep -q "udp:$((27040 + i))" "$(drop_in "s$i")"; done
}

@test "ports that the engine may not take, and config lines that want others, are warned about" {
        make_instance 1 27015
        run -0 l4d2ctl set 1 client_port 32768
        [[ "$output" == *"client_port 32768 of '1' is above 32767"* ]]
        run -0 l4d2ctl set 1 config 'hostname x; tv_enable 1'
        [[ "$output" == *"sets tv_enable: "*"set 'sourcetv' there instead"* ]]
        run -0 l4d2ctl validate 1
        [[ "$output" == *"above 32767"*"sets tv_enable"* ]]
        l4d2ctl set 1 sourcetv true
        run -0 l4d2ctl validate 1
        [[ "$output" != *tv_enable* ]]
        l4d2ctl unset 1 client_port
        run -0 l4d2ctl validate
        [[ "$output" != *"above 32767"* ]]
        run -0 l4d2ctl initialize 2 -f - <<<$'port: 27020\nsteam_port: 40000'
        [[ "$output" == *"steam_port 40000 of '2' is above 32767"* ]]
}

@test "two that want one port: one of them gets it" {
        for i in 1 2; do make_instance "$i" "$((27020 + i))"; done
        l4d2ctl set 1 port 27030 2>/dev/null & first=$!
        l4d2ctl set 2 port 27030 2>/dev/null & second=$!
        status=0
        wait "$first" || status=$((status + $?))
        wait "$second" || status=$((status + $?))
        [ "$status" = 5 ]
        l4d2ctl validate
}

@test "killed at any step: the old spec or the new one, and the next change completes it" {
        make_spec
        sed 's/27015/27044/' "$spec" >"$BATS_TEST_TMPDIR/new"
        killed=0
        for call in flock openat write fsync renameat connect sendmsg; do
                for n in 1 2 3 4 8; do
                        cp "$BATS_TEST_TMPDIR/before" "$spec"
                        strace -qq -o /dev/null -e trace="$call" -e inject="$call:signal=SIGKILL:when=$n" \
                                l4d2ctl set 1 port 27044 2>/dev/null && status=0 || status=$?
                        ((status == 0)) || killed=$((killed + 1))
                        cmp -s "$spec" "$BATS_TEST_TMPDIR/before" || cmp "$spec" "$BATS_TEST_TMPDIR/new"
                        l4d2ctl set 1 port 27044
                        cmp "$spec" "$BATS_TEST_TMPDIR/new"
                        grep -q 'udp:27044' "$(drop_in 1)"
                done
        done
        ((killed > 10))
}

@test "a full disk is a failure and leaves the old spec" {
        make_overlay standard
        make_overlay competitive/base
        make_spec
        run -1 strace -qq -o /dev/null -e trace=write -e inject=write:error=ENOSPC:when=1 \
                l4d2ctl set 1 port 27044
        [[ "$output" == *"No space left"* ]]
        unchanged
        [ -z "$(find "$state/instances/1" -type f ! -name spec.yaml ! -name owner)" ]
}

@test "the spec keeps owner and mode, whoever of those that may changes it" {
        make_spec
        owner='left4me:left4me-operators 640'
        [ "$(stat -c '%U:%G %a' "$spec")" = "$owner" ]
        l4d2ctl set 1 port 27016 2>/dev/null
        [ "$(stat -c '%U:%G %a' "$spec")" = "$owner" ]
        run -0 as left4me l4d2ctl set 1 config a
        [ "$(l4d2ctl get 1 config)" = a ]
        [ "$(stat -c '%U:%G %a' "$spec")" = "$owner" ]
}

@test "an operator reads, and changes nothing" {
        make_spec
        run -0 as op l4d2ctl get 1 port
        [ "$output" = 27015 ]
        as op l4d2ctl cat 1 >/dev/null
        as op l4d2ctl render >/dev/null
        as op l4d2ctl validate >/dev/null
        run -1 as op l4d2ctl set 1 port 27016
        [[ "$output" == *"only root and its owner may change anything"* ]]
        make_editor <<<'touch /tmp/editor-ran'
        run -1 as op l4d2ctl edit 1
        [[ "$output" == *"Permission denied"* || "$output" == *"only root and its owner may change anything"* ]]
        [ ! -e /tmp/editor-ran ]
        unchanged
        run ! as nobody l4d2ctl get 1 rcon_password
        [[ "$output" != *correct-horse* ]]
}

@test "who changed what is in the journal, and explained" {
        make_spec
        journalctl --sync
        cursor=$(journalctl -b -n 0 --show-cursor -o cat | sed 's/^-- cursor: //')
        SUDO_USER=alice l4d2ctl set 1 port 27016 2>/dev/null
        l4d2ctl set 1 port 27016 2>/dev/null
        run -5 l4d2ctl set 1 port 1
        journalctl --sync
        run -0 journalctl --after-cursor="$cursor" -t l4d2ctl -o json L4D2_INSTANCE=1 L4D2_ACTION=set
        [ "$(wc -l <<<"$output")" = 1 ]
        [[ "$output" == *'"L4D2_USER":"alice"'* && "$output" == *'"MESSAGE_ID"'* ]]
        journalctl --update-catalog
        run -0 journalctl --after-cursor="$cursor" -x -t l4d2ctl
        [[ "$output" == *"alice ran: l4d2ctl set 1"* && "$output" != *@* ]]
        run -0 journalctl --after-cursor="$cursor" -o cat MESSAGE_ID=9b0b2ca879374ecbb4055bc84e84472b
        [ "$output" = '1: set by alice' ]
}

@test "a password reaches the spec, and neither journal nor list of processes" {
        make_instance 1 27015
        printf 'secret-number-one\n' | l4d2ctl set --file=- 1 rcon_password
        [ "$(l4d2ctl get 1 rcon_password)" = secret-number-one ]
        l4d2ctl set 1 rcon_password secret-number-two
        [ "$(l4d2ctl get 1 rcon_password)" = secret-number-two ]
        l4d2ctl set 1 rcon_password -- secret-number-three
        [ "$(l4d2ctl get 1 rcon_password)" = secret-number-three ]
        run -0 l4d2ctl status 1 --json || true
        l4d2ctl list >/dev/null
        journalctl --sync
        run ! grep -q secret-number <(journalctl -b -o json --all)
        run ! grep -rq secret-number /run/systemd/generator

        # While it waits for the change of another process.
        exec 8<"$state/users/.lock"
        flock 8
        l4d2ctl set 1 rcon_password secret-number-four 8<&- 2>"$BATS_TEST_TMPDIR/waits" & pid=$!
        wait_until grep -q Waiting "$BATS_TEST_TMPDIR/waits"
        run ! grep -aq secret-number "/proc/$pid/cmdline"
        exec 8<&-
        wait "$pid"
        [ "$(l4d2ctl get 1 rcon_password)" = secret-number-four ]
}

@test "values from a file, a line each" {
        make_instance 1 27015
        printf '%s\n' -tickrate 100 '' ' a  b ' | l4d2ctl set -f - 1 arguments
        diff <(printf '%s\n' -tickrate 100 '' ' a  b ') <(l4d2ctl get 1 arguments)
        l4d2ctl set -f /dev/null 1 arguments
        [ "$(l4d2ctl get 1 arguments)" = '' ]
        printf 27016 >"$BATS_TEST_TMPDIR/value"
        l4d2ctl set -f "$BATS_TEST_TMPDIR/value" 1 port
        [ "$(l4d2ctl get 1 port)" = 27016 ]
        run -2 l4d2ctl set -f "$BATS_TEST_TMPDIR/value" 1 port 27017
        run -2 l4d2ctl set -f - 1 port <<<"$(yes 1 | head -n 2000)"
        printf 'a\0b\n' >"$BATS_TEST_TMPDIR/value"
        run -2 l4d2ctl set -f "$BATS_TEST_TMPDIR/value" 1 config
        run -1 l4d2ctl set -f /nowhere 1 port
        [ "$(l4d2ctl get 1 port)" = 27016 ]
}

# --- get, cat ---------------------------------------------------------------------------------------

@test "get prints one line a value, everything, and JSON" {
        make_spec
        [ "$(l4d2ctl get 1 overlays)" = $'standard\ncompetitive/base' ]
        [ "$(l4d2ctl get 1 resources.memory_max)" = 2G ]
        [ "$(l4d2ctl get 1 rcon_password)" = correct-horse-battery ]
        run -0 l4d2ctl get 1
        [[ "$output" == *$'\noverlays=standard\noverlays=competitive/base\n'* ]]
        [[ "$output" == *$'\nresources.nice=-5\n'* && "$output" != *correct-horse* ]]
        run -0 l4d2ctl get 1 --show-password
        [[ "$output" == *rcon_password=correct-horse-battery* ]]
        run -0 l4d2ctl get 1 --json
        [[ "$output" != *correct-horse* ]]
        python3 -c '
import json, sys
spec = json.loads(sys.argv[1])
assert spec["port"] == 27015 and spec["autostart"] is False
assert spec["arguments"] == ["-tickrate", "100", "+map", "c1m1_hotel versus"]
assert spec["resources"] == {"memory_max": "2G", "nice": -5}
assert "rcon_password" not in spec' "$output"
        [ "$(l4d2ctl get 1 port --json)" = 27015 ]
        [ "$(l4d2ctl get 1 rcon_password --json)" = '"correct-horse-battery"' ]
}

@test "cat shows the spec and what the server gets of it, without its password" {
        install_game
        make_overlay standard
        make_overlay competitive/base
        make_spec
        run -0 l4d2ctl cat 1
        [[ "$output" != *correct-horse* ]]
        [[ "$output" == *$'port:    27015     # UDP and TCP\n'* ]]
        [[ "$output" == *$'\n"c1m1_hotel versus"\n'* ]]
        [ "$(grep -c '\*\*\*\*\*\*\*\*' <<<"$output")" = 2 ]
        unchanged

        # Against what the real server got.
        l4d2ctl start 1
        layer=/run/left4me/layers/1
        l4d2ctl cat 1 --show-password >"$BATS_TEST_TMPDIR/cat"
        sed -n "\\|^# $layer/left4dead2/cfg/server.cfg\$|,\$p" "$BATS_TEST_TMPDIR/cat" | tail -n +2 |
                cmp - "$layer/left4dead2/cfg/server.cfg"
        sed -n "\\|^# $layer/.left4me/argv\$|,/^\$/p" "$BATS_TEST_TMPDIR/cat" | sed '1d;$d' |
                diff - <(tr '\0' '\n' <"$layer/.left4me/argv" | sed 's/^.* .*$/"&"/')
        sed -n "1,/^# \\/run/p" "$BATS_TEST_TMPDIR/cat" | sed '1d;$d' | head -n -1 | diff - <(write_spec)
}

@test "cat of a broken spec hides it, since nobody knows where its password is" {
        make_spec
        sed -i 's/^rcon_password: /rcon_passwort: /' "$spec"
        run -5 l4d2ctl cat 1
        [[ "$output" == *"error: unknown key"*"--show-password"* ]]
        run -5 l4d2ctl cat 1 --show-password
        [[ "$output" == *"# the end"* ]]
}

@test "nothing from a spec reaches a terminal as an escape sequence" {
        printf 'port: 27015 # \xc2\x9b31m\nhardening: proven\n' >"$BATS_TEST_TMPDIR/c1.yaml"
        make_instance 1 27015
        cat "$BATS_TEST_TMPDIR/c1.yaml" >"$spec"
        for verb in 'cat 1 --show-password' 'get 1' 'validate 1'; do
                run script -qec "l4d2ctl $verb" /dev/null
                [[ "$output" != *$'\xc2\x9b'* ]]
        done
}

# --- render -----------------------------------------------------------------------------------------

@test "render prints what the generator has written, and touches nothing" {
        make_spec
        make_instance 2 27016 'autostart: true' 'hardening: strict'
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[cpu]\nsystem_cpus=0\n' >/etc/left4me/left4me.conf.d/cpu.conf
        systemctl daemon-reload

        # Only what a generator or l4d2ctl would write: systemd itself writes elsewhere in /run/systemd meanwhile,
        # and one of its jobs ends in /run/left4me after a reload.
        wait_until is_reload_dealt_with
        snapshot() { find /run/systemd/{generator*,system} /run/left4me "$state" -xdev -printf '%p %i %C@\n'; }
        before=$(snapshot)
        l4d2ctl render >"$BATS_TEST_TMPDIR/all" 2>"$BATS_TEST_TMPDIR/log" || cat "$BATS_TEST_TMPDIR/log"
        l4d2ctl render 2 >"$BATS_TEST_TMPDIR/one"
        [ "$(snapshot)" = "$before" ]

        "$golden/unrender" /run/systemd/generator "$BATS_TEST_TMPDIR/tree" <"$BATS_TEST_TMPDIR/all"
        ours() { (cd "$1" && find . \( -path '*left4me*' -o -path '*.slice.d/*' \) ! -type d | sort); }
        diff <(ours "$BATS_TEST_TMPDIR/tree") <(ours /run/systemd/generator)
        ours "$BATS_TEST_TMPDIR/tree" | while read -r file; do
                if [[ -L $BATS_TEST_TMPDIR/tree/$file ]]; then
                        [ "$(readlink "$BATS_TEST_TMPDIR/tree/$file")" = "$(readlink "/run/systemd/generator/$file")" ]
                else
                        cmp "$BATS_TEST_TMPDIR/tree/$file" "/run/systemd/generator/$file"
                fi
        done
        [ "$(grep -c '^# /run/systemd/generator/' "$BATS_TEST_TMPDIR/one")" = 3 ]
        grep -q -- '30-strict.conf -> /usr/lib/left4me/profiles/strict.conf' "$BATS_TEST_TMPDIR/one"
        ! grep -q 27015 "$BATS_TEST_TMPDIR/one"
}

@test "render shows the good ones and says what is wrong with the others" {
        make_spec
        make_instance bad 27016
        echo 'port: 1' >"$state/instances/bad/spec.yaml"
        run -5 --separate-stderr l4d2ctl render
        [[ "$output" == *udp:27015* && "$stderr" == *"bad/spec.yaml:1:7: error:"* ]]
        run -5 l4d2ctl render bad
        run -0 l4d2ctl render 1
        run -4 l4d2ctl render nobody-here
}

# --- validate ---------------------------------------------------------------------------------------

@test "validate of everything finds all errors of all files" {
        make_spec
        make_instance a 27016
        make_instance b 27017
        make_instance c 27018
        run -0 l4d2ctl validate
        [[ "$output" == *"4 instances: no errors"* ]]

        printf 'port: 27018\n' >"$state/instances/b/spec.yaml"
        printf 'port: x\noverlay: []\n' >"$state/instances/a/spec.yaml"
        mkdir -p /etc/left4me/left4me.conf.d "$state/instances/Bad Name"
        printf '[server]\nport_range=1\n' >/etc/left4me/left4me.conf.d/x.conf
        run -5 l4d2ctl validate
        for place in x.conf:2 a/spec.yaml:1:7 a/spec.yaml:2:1 b/spec.yaml:1:7 c/spec.yaml:1:7 'Bad Name'; do
                [[ "$output" == *"$place"* ]] || { echo "misses $place"; echo "$output"; false; }
        done
        grep -qE '^ +\| +\^' <<<"$output"
        # Each is said once.
        [ "$(grep -c 'a/spec.yaml:2:1' <<<"$output")" = 1 ]
}

@test "validate tells when systemd still goes by an older state" {
        make_spec
        sed -i 's/27015/70000/' "$spec"
        systemctl daemon-reload
        [ -s "$errors" ]
        run -5 l4d2ctl validate
        [[ "$output" != *"daemon-reload"* ]]
        [ "$(grep -c 'spec.yaml:2:10: error' <<<"$output")" = 1 ]

        cp "$BATS_TEST_TMPDIR/before" "$spec"
        run -0 l4d2ctl validate
        [[ "$output" == *70000*"systemctl daemon-reload"* ]]
        systemctl daemon-reload
        run -0 l4d2ctl validate
        [[ "$output" != *70000* && "$output" != *daemon-reload* ]]
}

@test "validate of names and files" {
        make_spec
        make_instance other 27016
        cd "$BATS_TEST_TMPDIR"
        run -0 l4d2ctl validate 1 other
        run -0 l4d2ctl validate ./before
        run -0 l4d2ctl validate before.yaml - <before || true
        printf 'port: 27016\nfoo: 1\n' >wrong.yaml
        run -5 l4d2ctl validate 1 wrong.yaml
        [[ "$output" == *"wrong.yaml:2:1: error:"* ]]
        run -5 l4d2ctl validate - <wrong.yaml
        [[ "$output" == *"<stdin>:2:1: error:"* ]]
        run -4 l4d2ctl validate nobody-here 1
        run -1 l4d2ctl validate /nowhere.yaml
        printf 'port: 27016\n' >"$spec"
        run -5 l4d2ctl validate 1
        [[ "$output" == *other* ]]
}

@test "validate names overlays that are missing, which is no error yet" {
        make_overlay standard
        make_spec
        for what in '' 1; do
                # shellcheck disable=SC2086 # nothing or a name
                run -0 l4d2ctl validate $what
                [[ "$output" == *"Overlay 'competitive/base' does not exist"* && "$output" != *"'standard'"* ]]
        done
}

@test "a spec that is no file, and one of somebody else, is an error and not opened" {
        make_instance 1 27015
        rm "$spec"
        mkfifo "$spec"
        # A limit that no machine is too slow for: opening it would wait forever.
        run -5 timeout 100 l4d2ctl validate
        run -5 timeout 100 l4d2ctl validate 1
        for verb in 'set 1 port 27016' 'cat 1'; do
                # shellcheck disable=SC2086 # words
                run ! timeout 100 l4d2ctl $verb
                [ "$status" != 124 ]
        done
        rm "$spec"
        ln -s /etc/shadow "$spec"
        for verb in 'validate 1' 'cat 1 --show-password' 'get 1' 'set 1 port 27016' 'edit 1'; do
                # shellcheck disable=SC2086 # words
                run ! l4d2ctl $verb
                [[ "$output" != *root:* ]]
        done
        [ -L "$spec" ]
        rm "$spec"
        echo 'port: 27015' >"$spec"
        chown nobody "$spec"
        run -5 l4d2ctl validate 1
        [[ "$output" == *"another user"* ]]
}

# --- edit -------------------------------------------------------------------------------------------

@test "edit saves what is valid, byte for byte" {
        make_spec
        make_editor <<<"sed -i -e 's/27015/27055/' -e '\$a # ünd ein Kommentar' \"\$1\"; cp \"\$1\" '$BATS_TEST_TMPDIR/edited'"
        run -0 l4d2ctl edit 1
        cmp "$spec" "$BATS_TEST_TMPDIR/edited"
        [ "$(stat -c '%U:%G %a' "$spec")" = 'left4me:left4me-operators 640' ]
        grep -q udp:27055 "$(drop_in 1)"
        no_copies
}

@test "the copy is nobody else's, and named after the server" {
        make_spec
        make_editor <<<"stat -c '%a %U' \"\$1\" \"\${1%/*}\" >'$BATS_TEST_TMPDIR/stat'; echo \"\${1##*/}\" >>'$BATS_TEST_TMPDIR/stat'"
        umask 0
        run -0 l4d2ctl edit 1
        [ "$(cat "$BATS_TEST_TMPDIR/stat")" = $'600 root\n700 root\n1.yaml' ]
}

@test "edit without a change says so and writes nothing" {
        make_spec
        inode=$(stat -c %i "$spec")
        make_editor <<<'touch "$1" "$1~" "${1%/*}/.swap"'
        run -0 l4d2ctl edit 1
        [[ "$output" == *"Nothing was changed"* ]]
        [ "$(stat -c %i "$spec")" = "$inode" ]
        no_copies
}

@test "without a terminal a bad edit fails with its errors, and is kept" {
        make_spec
        make_editor <<<"printf 'port: 70000\nfoo: 1\n' >\"\$1\""
        run -5 l4d2ctl edit 1 </dev/null
        [[ "$output" == *"1.yaml:1:7: error:"*"70000"*"1.yaml:2:1: error:"* ]]
        unchanged
        [ "$(cat "$(kept_copy)")" = $'port: 70000\nfoo: 1' ]
}

@test "garbage of all kinds is never saved" {
        make_spec
        for garbage in 'head -c 100000 /dev/urandom >"$1"' 'head -c 70000 /dev/zero >"$1"' ': >"$1"' \
                'printf "port: 27015\0" >"$1"' 'rm "$1"; ln -s /etc/shadow "$1"' 'rm "$1"; mkfifo "$1"' \
                'rm "$1"' 'rm -r "${1%/*}"' 'rm "$1"; mkdir "$1"' 'printf "port: 27015\r\n" >"$1"' \
                'truncate -s 1T "$1"' 'printf "a: &a [*a]\nport: 27015\n" >"$1"' 'yes "[" | head -n 20000 >"$1"'; do
                make_editor <<<"$garbage"
                run ! timeout 100 l4d2ctl edit 1 </dev/null
                [ "$status" = 5 ] || { echo "$garbage: $status $output"; false; }
                [[ "$output" != *root:* ]]
                unchanged
                rm -rf "${TMPDIR:?}"/*
        done
}

@test "an editor that crashes, fails or isn't there" {
        make_spec
        make_editor <<<'echo "# work" >>"$1"; kill -SEGV $$'
        run -1 l4d2ctl edit 1
        [[ "$output" == *"Segmentation fault"* ]]
        grep -q '^# work$' "$(kept_copy)" || grep -q '# work' "$(kept_copy)"
        unchanged
        rm -rf "${TMPDIR:?}"/*

        make_editor <<<'exit 3'
        run -1 l4d2ctl edit 1
        [[ "$output" == *"exit status 3"* ]]
        no_copies

        EDITOR=/nowhere/editor run -1 l4d2ctl edit 1
        [[ "$output" == *"/nowhere/editor"*"No such file"* ]]
        no_copies
        unchanged
}

@test "which editor: VISUAL, EDITOR, with options; else one that is there" {
        make_spec
        make_editor <<<'echo "$*" >"$CALLED"'
        export CALLED=$BATS_TEST_TMPDIR/called
        VISUAL="$editor --wait" EDITOR=false run -0 l4d2ctl edit 1
        [[ "$(cat "$CALLED")" == "--wait $TMPDIR/"*/1.yaml ]]
        VISUAL='' EDITOR="$editor" run -0 l4d2ctl edit 1
        # Words as a shell makes them.
        mkdir "$BATS_TEST_TMPDIR/my editor"
        cp "$editor" "$BATS_TEST_TMPDIR/my editor/e"
        EDITOR="'$BATS_TEST_TMPDIR/my editor/e' --wait \"a b\" c\\ d" run -0 l4d2ctl edit 1
        [[ "$(cat "$CALLED")" == "--wait a b c d $TMPDIR/"*/1.yaml ]]
        EDITOR='"$BATS_TEST_TMPDIR"/my\ editor/e' run -0 l4d2ctl edit 1
        for wrong in "'$editor" "$editor; true" "\$(true) $editor" "''"; do
                rm -f "$CALLED"
                EDITOR=$wrong run -1 l4d2ctl edit 1
                [[ "$output" == *"Failed to run the editor"* && ! -e "$CALLED" ]]
        done
        mkdir "$BATS_TEST_TMPDIR/bin"
        cp "$editor" "$BATS_TEST_TMPDIR/bin/vi"
        rm -f "$CALLED"
        EDITOR='' PATH="$BATS_TEST_TMPDIR/bin" run -0 /usr/bin/l4d2ctl edit 1
}

# An editor that takes its turns: the first call does the first line, and so on.
make_turns() {
        printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/turns"
        make_editor <<EOF2
turns=$BATS_TEST_TMPDIR/turns
turn=\$(head -n 1 \$turns)
sed -i 1d \$turns
eval "\$turn"
EOF2
}

# on_terminal INPUT: l4d2ctl edit with a terminal of its own, on which this is typed.
on_terminal() {
        printf '%b' "$1" | script -qec 'l4d2ctl edit 1' /dev/null
}

@test "on a terminal it asks: edit again, until it is right" {
        make_spec
        make_turns 'sed -i s/27015/70000/ "$1"' 'sed -i s/70000/80000/ "$1"' 'sed -i s/80000/27077/ "$1"'
        run -0 on_terminal 'what\ne\ne\n'
        [[ "$output" == *70000*"(e) to edit again"*80000*"(e) to edit again"* ]]
        [ "$(l4d2ctl get 1 port)" = 27077 ]
        no_copies
}

@test "on a terminal it asks: discard" {
        make_spec
        make_turns 'sed -i s/27015/70000/ "$1"'
        run -5 on_terminal 'x\n'
        [[ "$output" == *"(x) to discard"* ]]
        unchanged
        no_copies
}

@test "on a terminal that goes away the copy stays" {
        make_spec
        make_turns 'sed -i s/27015/70000/ "$1"'
        run -5 on_terminal ''
        unchanged
        grep -q 70000 "$(kept_copy)"
}

# in_background: l4d2ctl edit, once the editor is at work. It goes on when told so by finish.
in_background() {
        mkfifo "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/ready"
        make_editor <<EOF2
echo '# work' >>"\$1"
sed -i "${1:-}" "\$1"
echo >$BATS_TEST_TMPDIR/ready
read -r _ <$BATS_TEST_TMPDIR/go
EOF2
        l4d2ctl edit 1 </dev/null >"$BATS_TEST_TMPDIR/output" 2>&1 3>&- &
        edit_pid=$!
        timeout 120 cat "$BATS_TEST_TMPDIR/ready" >/dev/null
}

let_editor_end() {
        # Opening a FIFO waits for its reader, who is gone when the editor died.
        timeout 120 bash -c 'echo >"$1"' go "$BATS_TEST_TMPDIR/go"
}

finish() {
        let_editor_end
        status=0
        wait "$edit_pid" || status=$?
        output=$(cat "$BATS_TEST_TMPDIR/output")
}

@test "killed while somebody edits: it says where the work is" {
        make_spec
        for signal in TERM HUP; do
                rm -f "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/ready"
                in_background
                kill -"$signal" "$edit_pid"
                status=0
                wait "$edit_pid" || status=$?
                output=$(cat "$BATS_TEST_TMPDIR/output")
                [ "$status" = $((128 + $(kill -l "$signal"))) ]
                grep -q '# work' "$(kept_copy)"
                unchanged
        done
}

@test "killed for good while somebody edits: the work is still there" {
        make_spec
        in_background
        kill -KILL "$edit_pid"
        wait "$edit_pid" || true
        grep -rq '# work' "$TMPDIR"
        unchanged
        let_editor_end
}

@test "Ctrl-C in the editor is the editor's" {
        make_spec
        in_background s/27015/27088/
        kill -INT "$edit_pid"
        kill -QUIT "$edit_pid"
        finish
        [ "$status" = 0 ]
        [ "$(l4d2ctl get 1 port)" = 27088 ]
}

@test "nothing is locked while somebody edits, and their change is not overwritten" {
        make_spec
        in_background s/27015/27088/
        timeout 100 l4d2ctl set 1 config 'hostname "Meanwhile"' 2>/dev/null
        cp "$spec" "$BATS_TEST_TMPDIR/theirs"
        finish
        [ "$status" = 6 ]
        [[ "$output" == *"Another process changed"*diff* ]]
        cmp "$spec" "$BATS_TEST_TMPDIR/theirs"
        grep -q 27088 "$(kept_copy)"
}

@test "a server deleted while somebody edits is not made again" {
        make_spec
        in_background s/27015/27088/
        l4d2ctl delete 1
        finish
        [ "$status" = 4 ]
        [ ! -e "$state/instances/1" ]
        grep -q 27088 "$(kept_copy)"
}

@test "what could not be written is kept" {
        make_spec
        make_editor <<<"sed -i s/27015/27066/ \"\$1\""
        run -1 strace -qq -o /dev/null -e trace=renameat -e inject=renameat:error=EROFS l4d2ctl edit 1
        [[ "$output" == *"Read-only file system"* ]]
        unchanged
        grep -q 27066 "$(kept_copy)"
}

@test "edit on a running server says that it must be restarted" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        make_editor <<<"echo 'config: [a]' >>\"\$1\""
        run -0 l4d2ctl edit 1
        [[ "$output" == *"l4d2ctl restart 1"* ]]
}

# --- the page and the completion --------------------------------------------------------------------

page=/usr/share/man/man8/l4d2ctl.8

@test "the man page has no warnings" {
        run -0 env LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l "$page"
        [[ "$output" != *warning:* ]]
        [ "$(LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null)" = '' ]
}

@test "the man page has every verb and option of --help, and no others" {
        l4d2ctl --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort >"$BATS_TEST_TMPDIR/verbs"
        sed -n 's/^\.It Cm \([a-z]*\).*/\1/p' "$page" | sort | diff "$BATS_TEST_TMPDIR/verbs" -
        (($(wc -l <"$BATS_TEST_TMPDIR/verbs") >= 17))

        l4d2ctl --help | sed -n '/^Options:/,/^$/s/^  *\(-., \)\{0,1\}--\([a-z-]*\).*/\2/p' | sort >"$BATS_TEST_TMPDIR/options"
        sed -n '/^\.Sh OPTIONS/,/^\.Sh ENV/s/^\.It.*Fl -\([a-z-]*\).*/\1/p' "$page" | sort |
                diff "$BATS_TEST_TMPDIR/options" -
        (($(wc -l <"$BATS_TEST_TMPDIR/options") >= 9))
}

@test "each verb's options are in its line of the man page" {
        for verb in $(l4d2ctl --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
                for option in $(l4d2ctl "$verb" --help | sed -n '/^Options:/,$s/^ .*--\([a-z-]*\).*/\1/p'); do
                        [[ $option == @(help|as-user|errors) ]] || grep -q -- "^\\.It Cm $verb .*Fl -$option" "$page" ||
                                { echo "$verb: --$option"; false; }
                done
        done
}

# complete_words WORD…: what is offered for the last word.
complete_words() {
        bash -c '. /usr/share/bash-completion/completions/l4d2ctl
                COMP_WORDS=(l4d2ctl "$@") COMP_CWORD=$#
                _l4d2ctl
                ((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"' complete "$@" | sort | xargs
}

@test "completion offers each verb, and servers to each that takes one" {
        make_instance one 27015
        make_instance two 27016
        mkdir "$BATS_TEST_TMPDIR/empty"
        cd "$BATS_TEST_TMPDIR/empty"
        # Each verb with its first operand, or with the first word of its summary.
        l4d2ctl --help | awk '/^Verbs:/ { on = 1; next } /^$/ { on = 0 } on { print $1, $2 }' >"$BATS_TEST_TMPDIR/verbs"
        [ "$(complete_words '')" = "$(cut -d ' ' -f 1 "$BATS_TEST_TMPDIR/verbs" | sort | xargs)" ]
        while read -r verb operand; do
                offered=$(complete_words "$verb" '')
                echo "$verb $operand: $offered"
                case $operand in
                        NAME* | '[NAME'*) [ "$offered" = 'one two' ] ;;
                        ACTION) [ "$offered" != '' ] ;;
                        *) [ "$offered" = '' ] ;;
                esac
        done <"$BATS_TEST_TMPDIR/verbs"
        grep -qx 'trial NAME' "$BATS_TEST_TMPDIR/verbs"
        grep -qx 'reload .*' "$BATS_TEST_TMPDIR/verbs"
}

@test "completion offers verbs, servers, keys and options" {
        make_instance one 27015
        make_instance only 27016
        make_instance two 27017
        [ "$(complete_words st)" = 'start status stop' ]
        [ "$(complete_words start o)" = 'one only' ]
        [ "$(complete_words start one t)" = two ]
        [ "$(complete_words set one auto)" = autostart ]
        [ "$(complete_words set one hardening '')" = 'proven strict' ]
        # l4d2ctl takes each key that is offered, and offers each that it takes.
        for key in $(complete_words get one ''); do
                run l4d2ctl get one "$key"
                [[ "$output" != *"nknown key"* ]]
        done
        run ! l4d2ctl get one zzzzzzzzzzzz
        [[ "$output" == *'(known: port, '* ]]
        for key in $(sed -n 's/.*(known: \(.*\)).*/\1/p' <<<"$output" | tr -d ,); do
                [[ " $(complete_words unset one '') " == *" $key"* ]]
        done
        echo 'config: []' | l4d2ctl blueprint create a/b --file=-
        [ "$(complete_words blueprint set a/b d)" = description ]
        [ "$(complete_words blueprint unset a/b o)" = overlays ]
        [ "$(complete_words get one resources.m)" = 'resources.memory_high resources.memory_max' ]
        [ "$(complete_words logs one --f)" = --follow ]
        [ "$(complete_words cat one t)" = '' ]
        [ "$(complete_words list t)" = '' ]
}
