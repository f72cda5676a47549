# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the suites of the virtual machine share, on top of what all suites do. Sourced: `load vm`.

# shellcheck source-path=SCRIPTDIR source=../../suites/common.bash
. "$BATS_TEST_DIRNAME/../../suites/common.bash"

# install_exhaust: makes the overlay that puts `exhaust` in the place of the game server.
install_exhaust() {
        install "$BATS_TEST_DIRNAME/exhaust" "$(make_overlay exhaust)/srcds_linux"
}

# exhaust NAME PORT WHAT AMOUNT [YAML-LINE…]: starts a server that uses that up.
exhaust() {
        local name=$1 port=$2 what=$3 amount=$4
        shift 4
        make_instance "$name" "$port" 'overlays: [exhaust]' "arguments: [$what, '$amount']" "$@"
        systemctl start "$(unit "$name")"
}

# exhausted NAME WHAT: what `exhaust` said last about it: "AMOUNT END".
exhausted() {
        journalctl --sync
        journalctl -b -o cat -u "$(unit "$1")" | sed -n "s|^exhaust: $2 ||p" | tail -n 1
}

# is_exhausted NAME WHAT END: whether that was the end of it.
is_exhausted() { [[ $(exhausted "$1" "$2") == *" $3" ]]; }

# without NAME DIRECTIVE…: replaces directives of a server's unit, to see that they were what held.
without() {
        local directory
        directory=/run/systemd/system/$(unit "$1").d
        shift
        mkdir -p "$directory"
        { echo '[Service]'; printf '%s\n' "$@"; } >"$directory/90-without.conf"
        systemctl daemon-reload
}

# cgroup_file UNIT FILE: prints a file of its control group.
cgroup_file() { cat "/sys/fs/cgroup$(property "$1" ControlGroup)/$2"; }

# number_in UNIT FILE KEY: the number behind a key in such a file.
number_in() { cgroup_file "$1" "$2" | awk -v key="$3" '$1 == key { print $2 }'; }

no_servers() {
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf /run/systemd/system/left4me-server@*.service.d "$state"/instances/*
        systemctl daemon-reload
}
