#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# l4d2ctl hardening: a server with everything has everything; a control that is lifted is missing, it and no
# other; one that systemd silently leaves out because the host can't do it is unsupported.

load common

drop_ins=/run/systemd/system/left4me-server@1.service.d

setup_file() {
        install_game
        make_instance 1 27015
}

teardown() {
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf "$drop_ins"
        # The next of them, and the test after the last, write another drop-in and reload.
        [[ $BATS_TEST_DESCRIPTION == 'without '*' it is missing, and nothing else' ]] || systemctl daemon-reload
}

# findings: what isn't effective in the JSON of $output, as "NAME STATE" lines.
findings() {
        python3 -c '
import json, sys
for control in json.load(sys.stdin)["controls"]:
        if control["state"] != "effective":
                print(control["name"], control["state"])' <<<"$output"
}

# control NAME KEY: one value of a control in the JSON of $output.
control() {
        python3 -c '
import json, sys
name, key = sys.argv[1:]
print([c[key] for c in json.load(sys.stdin)["controls"] if c["name"] == name][0])' "$1" "$2" <<<"$output"
}

# Controls that a kernel without these controllers lacks, whatever the unit says.
expected_of_host() {
        local controllers
        controllers=" $(cat /sys/fs/cgroup/cgroup.controllers) "
        [[ $controllers == *" memory "* ]] || echo MemoryMax unsupported
        [[ $controllers == *" pids "* ]] || echo TasksMax unsupported
}

# lifts LINES: starts the server with these lines in a drop-in and prints what hardening finds beyond the host.
lifts() {
        mkdir -p "$drop_ins"
        printf '[Service]\n%s\n' "$1" >"$drop_ins/90-lift.conf"
        systemctl daemon-reload
        l4d2ctl start 1
        run l4d2ctl hardening 1 --json
        [ "$status" -eq 7 ]
        comm -23 <(findings | sort) <(expected_of_host | sort)
        l4d2ctl stop 1
}

@test "a running server has all that the host can do" {
        l4d2ctl start 1
        run l4d2ctl hardening 1 --json
        [ "$(findings)" = "$(expected_of_host)" ]
        [ "$status" -eq "$([[ $(expected_of_host) ]] && echo 7 || echo 0)" ]
        [ "$(python3 -c 'import json, sys; print(len(json.load(sys.stdin)["controls"]))' <<<"$output")" -ge 40 ]
}

@test "the strict profile has it too" {
        make_instance 2 27016 'hardening: strict'
        l4d2ctl start 2
        run l4d2ctl hardening 2 --json
        [ "$(findings)" = "$(expected_of_host)" ]
        l4d2ctl delete 2
}

@test "every control of the threat model's table is looked at" {
        l4d2ctl start 1
        run l4d2ctl hardening 1 --json
        while IFS='|' read -r name _; do
                name=${name%"${name##*[! ]}"}
                [[ -n $name && $name != '#'* && $name != own-user && $name != polkit ]] || continue
                grep -qF "\"name\":\"$name\"" <<<"$output" || { echo "$name"; false; }
        done <"$BATS_TEST_DIRNAME/../vectors/controls"
}

# One start each: with these lines exactly that control is gone.
lifted() {
        run lifts "$2"
        echo "$output"
        [ "$output" = "$1 missing" ]
}
while IFS='|' read -r name lines; do
        bats_test_function --description "without $name it is missing, and nothing else" -- lifted "$name" "$lines"
done <<'END'
PrivateUsers|PrivateUsers=no
RestrictNamespaces|RestrictNamespaces=no
LockPersonality|LockPersonality=no
PrivatePIDs|PrivatePIDs=no
ProtectProc|ProtectProc=default
PrivateIPC|PrivateIPC=no
KeyringMode|KeyringMode=inherit
ProtectSystem|ProtectSystem=no
ProtectHome|ProtectHome=no
PrivateTmp|PrivateTmp=no
PrivateDevices|PrivateDevices=no
ProtectKernelTunables|ProtectKernelTunables=no
ProtectControlGroups|ProtectControlGroups=no
ProtectHostname|ProtectHostname=no
BindLogSockets|BindLogSockets=yes
SocketBindDeny|SocketBindDeny=
IPAddressDeny|IPAddressDeny=
RestrictAddressFamilies|RestrictAddressFamilies=
SystemCallArchitectures|SystemCallArchitectures=
SystemCallFilter:@debug|SystemCallFilter=@debug
SystemCallFilter:userfaultfd|SystemCallFilter=userfaultfd
LimitCORE|LimitCORE=infinity
END

@test "a lifted control comes with the file that lifts it, and the fix mends it" {
        mkdir -p "$drop_ins"
        printf '[Service]\nPrivateIPC=no\n' >"$drop_ins/90-lift.conf"
        systemctl daemon-reload
        l4d2ctl start 1
        run l4d2ctl hardening 1 --json
        [[ "$(control PrivateIPC reason)" == *"PrivateIPC=no"*"$drop_ins/90-lift.conf" ]]
        [[ "$(control PrivateIPC fix)" == "take PrivateIPC= out of $drop_ins/90-lift.conf, then: "* ]]
        fix=$(control PrivateIPC fix)
        sed -i /PrivateIPC=/d "$drop_ins/90-lift.conf"
        bash -c "${fix#*then: }"
        run l4d2ctl hardening 1 --json
        [ "$(findings)" = "$(expected_of_host)" ]
}

@test "a unit that was changed under a running server is told" {
        l4d2ctl start 1
        touch /usr/lib/systemd/system/left4me-.service.d/10-hardening.conf
        run l4d2ctl hardening 1 --json
        [ "$(comm -23 <(findings | sort) <(expected_of_host | sort))" = "UnitFiles missing" ]
        eval "$(control UnitFiles fix)"
        run l4d2ctl hardening 1 --json
        [ "$(findings)" = "$(expected_of_host)" ]
}

@test "without libbpf the ports are free, which systemd does not tell: unsupported, with its reason" {
        library=$(readlink -f /usr/lib/x86_64-linux-gnu/libbpf.so.1)
        mount --bind /dev/null "$library"
        systemctl daemon-reexec
        l4d2ctl start 1
        run l4d2ctl hardening 1 --json
        [ "$status" -eq 7 ]
        [ "$(comm -23 <(findings | sort) <(expected_of_host | sort))" = "SocketBindDeny unsupported" ]
        [[ "$(control SocketBindDeny reason)" == "libbpf is not installed"* ]]
        [[ "$(control SocketBindDeny fix)" == "apt install libbpf1 && systemctl daemon-reexec && "* ]]
        # And that is so.
        [[ "$(rcon 1 standin_bind udp 27999)" == *"bind udp 27999: ok"* ]]

        umount "$library"
        run l4d2ctl hardening 1 --json
        [ "$(control SocketBindDeny state)" = missing ]
        eval "$(control SocketBindDeny fix)"
        run l4d2ctl hardening 1 --json
        [ "$(findings)" = "$(expected_of_host)" ]
        [[ "$(rcon 1 standin_bind udp 27999)" != *"bind udp 27999: ok"* ]]
}

@test "the points of the address families are marked, for they are none" {
        l4d2ctl start 1
        run l4d2ctl hardening 1 --json
        python3 -c '
import json, sys
hardening = json.loads(sys.argv[1])
assert hardening["instance"] == "1" and hardening["unit"] == "left4me-server@1.service", hardening
assert hardening["abi"] == sys.argv[2] and hardening["blocked_call"] is None
assert 0 < hardening["exposure"] <= 1.35, hardening["exposure"]
unreal = {point["field"] for point in hardening["points"] if not point["real"]}
assert bool(unreal) == (hardening["abi"] == "i386"), unreal
assert all(f.startswith("RestrictAddressFamilies") for f in unreal), unreal
assert len(hardening["points"]) > 60
assert any(point["exposure"] for point in hardening["points"])
for c in hardening["controls"]:
        assert set(c) == {"name", "state", "evidence", "reason", "fix"} and c["evidence"], c
        assert c["state"] == "effective" or (c["reason"] and c["fix"]), c
' "$output" "$standin_abi"
        [ "$(control RestrictAddressFamilies state)" = effective ]
        [[ $standin_abi != i386 || "$(control RestrictAddressFamilies reason)" == *socketcall* ]]
}

@test "all running servers are a list, one asked for is an object" {
        run -0 l4d2ctl hardening --json
        [ "$output" = '[]' ]
        run -0 l4d2ctl hardening
        make_instance 2 27016
        l4d2ctl start 1 2
        run l4d2ctl hardening --json
        [ "$(python3 -c 'import json, sys; print([a["instance"] for a in json.load(sys.stdin)])' <<<"$output")" = "['1', '2']" ]
        run l4d2ctl hardening
        [[ "$output" == *"1 - left4me-server@1.service, process "*"2 - left4me-server@2.service, process "* ]]
        l4d2ctl delete 2
}

@test "what does not run, or isn't there, has its exit status" {
        run -3 l4d2ctl hardening 1
        [[ "$output" == *"is not running"* ]]
        run -4 l4d2ctl hardening nobody
        run -2 l4d2ctl hardening No-name
}

@test "who may not look into the process is told so, and gets no half of it" {
        l4d2ctl start 1
        run -1 --separate-stderr setpriv --reuid left4me --regid left4me --init-groups l4d2ctl hardening 1
        [ -z "$output" ]
        [[ "$stderr" == *"only root can"* ]]
}

@test "the earlier name of the verb does the same, and no help names it" {
        l4d2ctl start 1
        run l4d2ctl hardening 1 --json
        local new="$status $output"
        run l4d2ctl audit 1 --json
        [ "$status $output" = "$new" ]
        [[ "$output" == *'"controls":'* ]]
        run -0 l4d2ctl --help
        [[ "$output" == *$'\n  hardening '* && "$output" != *audit* ]]
}

@test "the JSON can go into a file that is replaced whole" {
        l4d2ctl start 1
        run l4d2ctl hardening --json --output="$BATS_TEST_TMPDIR/report"
        [ -z "$output" ]
        python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))[0]["instance"] == "1"' "$BATS_TEST_TMPDIR/report"
        [ "$(ls "$BATS_TEST_TMPDIR")" = report ]
}
