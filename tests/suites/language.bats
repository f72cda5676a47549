#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Languages: with the pseudo-locale, which marks every text, nothing for people is left in English, and output for
# programs is the same as without it. tests/pseudo-locale/unmarked finds words outside of the marks.

load common

bats_require_minimum_version 1.5.0

unmarked=/usr/lib/left4me-tests/pseudo-locale/unmarked

setup_file() {
        install_game
        make_instance one 27015
        make_instance two 27017 'autostart: true'
}

# pseudo COMMAND…: in the pseudo-locale, as on a host whose only locale is C.UTF-8.
pseudo() { env -u LC_ALL LANG=C.UTF-8 LANGUAGE=en_XA "$@"; }

# all_marked [PATTERN…]: the output of the last `run` has no word of its own but these.
all_marked() {
        "$unmarked" "$@" <<<"$output" || { printf '%s\n' "$output"; false; }
}

# The first column of help: verbs, actions, keys.
name='^  [a-z_.]+( |$)'

@test "help has no word that is not translated" {
        run -0 pseudo l4d2ctl --help
        all_marked "$name"
        for verb in $(l4d2ctl --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
                run -0 pseudo l4d2ctl "$verb" --help
                all_marked "$name"
        done
        for verb in 'blueprint list' 'overlay list' 'user add'; do
                # shellcheck disable=SC2086 # two words
                run -0 pseudo l4d2ctl $verb --help
                all_marked "$name"
        done
}

@test "the state of servers has none either" {
        systemctl start "$(unit one)"
        info_of 27015
        for verb in status 'status one' 'status two'; do
                # shellcheck disable=SC2086 # two words
                run pseudo l4d2ctl $verb
                all_marked 'left4me-server@\w+.service' '\b(?:one|two)\b' '\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [-0-9]+ [:0-9]+ [A-Z]+' \
                        '\d+(?:d|h|min|s)\b' 'connect [\w.]+:\d+' 'proven' \
                        '(?m)^\w{3} \d\d [:0-9]+ .*$'
        done
        run -0 pseudo l4d2ctl list
        all_marked '\b(?:one|two)\b' '\d{4}-\d\d-\d\dT[:0-9+]+'
        systemctl stop "$(unit one)"
}

@test "nor have findings about the host" {
        run pseudo l4d2ctl doctor
        # Names of checks, and commands to copy, each in a line of its own.
        all_marked '^[a-z0-9-]+:? ' '^    .*$'
}

@test "nor errors of wrong input" {
        for command in '' explode start 'start --explode 1' 'list too many' 'status Not-a-name' 'start missing' \
                'set one port 70000' 'set one prt 1' 'set one hardening x' 'initialize one -f /nowhere' \
                'logs one --since=never' 'user passwd missing' 'blueprint show a' '--errors=x list' \
                'unset one port' 'get one nothing' 'overlay show ..'; do
                # shellcheck disable=SC2086 # words
                run pseudo l4d2ctl $command
                [ "$status" -ne 0 ] || { echo "$command: $output"; false; }
                all_marked '^l4d2ctl: ' '^ +\d* \| .*$' '\b(?:one|port)\b' 'No such file or directory' 'Is a directory' \
                        'No such process' 'Not a directory'
        done
        printf 'port: seventy\noverlays: x\nresources: {nice: 99}\nunknown: 1\nconfig: [a: b]\n' >"$BATS_TEST_TMPDIR/spec.yaml"
        run -5 pseudo l4d2ctl validate "$BATS_TEST_TMPDIR/spec.yaml"
        all_marked '^ +\d* \| .*$' '^l4d2ctl: ' '^/tmp/[^:]*:'
        [ "$(grep -c '⟦' <<<"$output")" -ge 5 ]
}

@test "output for programs does not depend on the language" {
        for command in 'list --json' 'status one --json' 'get one --json' render 'overlay list --json'; do
                # shellcheck disable=SC2086 # words
                l4d2ctl $command >"$BATS_TEST_TMPDIR/english" || true
                # shellcheck disable=SC2086
                pseudo l4d2ctl $command >"$BATS_TEST_TMPDIR/pseudo" || true
                [ -s "$BATS_TEST_TMPDIR/english" ]
                diff "$BATS_TEST_TMPDIR/english" "$BATS_TEST_TMPDIR/pseudo"
        done
}

@test "validate finds no difference to the report of the generator, which is English" {
        printf 'port: x\n' >"$state/instances/two/spec.yaml"
        systemctl daemon-reload
        run -5 pseudo l4d2ctl validate
        [ "$(grep -c 'spec.yaml:1:7' <<<"$output")" -eq 1 ]
        grep -q 'error: port must be' /run/left4me/generator.errors
        # An argument of this one is a text too.
        printf '%s\n' '- a' >"$state/instances/two/spec.yaml"
        systemctl daemon-reload
        run -5 pseudo l4d2ctl validate
        [ "$(grep -c 'spec.yaml:1:1' <<<"$output")" -eq 1 ]
        [[ "$output" == *⟦*⟦* ]]
        grep -q 'error: a spec must be a mapping' /run/left4me/generator.errors
        run -0 pseudo l4d2ctl list
        [[ "$output" == *'l4d2ctl: ⟦1 '* ]]
        # A report that differs is shown.
        printf 'port: x\n' >"$state/instances/two/spec.yaml"
        run -5 pseudo l4d2ctl validate
        [[ "$output" == *'error: a spec must be a mapping'* ]]
        make_instance_again
}

make_instance_again() {
        printf 'port: 27017\nautostart: true\n' >"$state/instances/two/spec.yaml"
        systemctl daemon-reload
}

@test "the reason why there is no tree is English on a host with another language" {
        make_instance three 27019 'overlays: [missing]'
        systemctl set-environment LANG=C.UTF-8 LANGUAGE=en_XA
        run -1 systemctl start l4d2-overlay@three.service "$(unit three)"
        systemctl unset-environment LANG LANGUAGE
        grep -q missing /run/left4me/trees/three.error
        run -1 grep ⟦ /run/left4me/trees/three.error
}

@test "a locale that the host lacks, as a person's ssh brings it, is their language all the same" {
        run -2 env -u LANGUAGE LANG=en_XA.UTF-8 l4d2ctl explode
        [[ "$output" == *⟦*explode* ]]
        run -2 env -u LANGUAGE LANG=de_DE.UTF-8 l4d2ctl explode
        [[ "$output" == "l4d2ctl: Unknown verb 'explode': 'l4d2ctl --help' lists the verbs" ]]
        run -2 env LC_ALL=C LANGUAGE=en_XA l4d2ctl explode
        [[ "$output" != *⟦* ]]
}

@test "--errors=json has codes and arguments, and the text in the caller's language" {
        run -2 pseudo l4d2ctl --errors=json explode
        python3 - "$output" <<'EOF'
import json, sys
message = json.loads(sys.argv[1])
assert message["code"] == "Unknown verb '%s': 'l4d2ctl --help' lists the verbs", message
assert message["arguments"] == ["explode"] and message["priority"] == 3, message
assert message["text"].startswith("⟦"), message
EOF
        run -5 l4d2ctl set one port 70000 --errors=json
        [[ "$output" != *'"code"'* ]]
        run -5 l4d2ctl --errors=json set one port 70000
        python3 - "$output" <<'EOF'
import json, sys
first = json.loads(sys.argv[1].split("\n")[0])
assert first["arguments"][0] == "port" and "70000" in first["arguments"], first
assert first["line"] == 1 and first["column"] == 7 and first["file"].endswith("spec.yaml"), first
assert first["source"] == "port: 70000", first
EOF
}
