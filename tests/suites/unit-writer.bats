#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The typed unit writer against systemd itself: what systemd has of thousands of hostile values is
# what was written, and nothing else.

bats_require_minimum_version 1.5.0

tool=/usr/lib/left4me-build/tests/round-trip/unit-round-trip

setup_file() {
        mkdir -p /run/systemd/system
        "$tool" write /run/systemd/system "$tool"
        systemctl daemon-reload
}

@test "systemd has every value as it was written" {
        run -0 "$tool" check
        echo "$output"
        # Beyond the arguments and variables: what could be expressed as path and description.
        n=$(grep -oP '^[0-9]+(?= values are the same, 0 are not)' <<<"$output")
        ((n > 5000))
}

@test "programs get every value as argument and variable as it was written" {
        systemctl start round-trip-{0..149}.service || true
        for ((i = 0; i < 150; i++)); do
                [[ $(systemctl show --value -p Result "round-trip-$i.service") == success ]] && continue
                journalctl -b -o cat -u "round-trip-$i.service"
                false
        done
        journalctl --sync
        run -0 grep -c '^40 values are the same, 0 are not$' <(journalctl -b -o cat -u 'round-trip-*')
        [ "$output" = 150 ]
}

@test "no value became a directive or a unit of its own" {
        run ! grep -vE '^(\[(Unit|Service)\]|(Type|Description|ExecStart|Environment|BindPaths)=.*|)$' \
                /run/systemd/system/round-trip-*.service
        [ -z "$output" ]
        run -0 systemctl show -p User -p ExecStartPre --value round-trip-1.service round-trip-149.service
        [ -z "${output//$'\n'/}" ]
}

@test "systemd-analyze finds nothing wrong with the units" {
        run -0 systemd-analyze verify --man=no --recursive-errors=no /run/systemd/system/round-trip-{0,1,77,149}.service /run/systemd/system/round-trip-bind-{0,149}.service
        [ -z "$output" ]
}
