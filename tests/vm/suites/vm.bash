# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the suites of the virtual machine share, on top of what all suites do. Sourced: `load vm`.

# shellcheck source-path=SCRIPTDIR source=../../suites/common.bash
. "$BATS_TEST_DIRNAME/../../suites/common.bash"

# install_exhaust: makes the overlay that puts `exhaust` in the place of the game server.
install_exhaust() {
        install "$BATS_TEST_DIRNAME/exhaust" "$(make_overlay exhaust)/srcds_linux"
}

# spec NAME [YAML-LINE…]: a spec on the next free port, as `initialize` leaves it, but without a daemon reload.
spec() {
        local name=$1
        shift
        spec_port=$((${spec_port:-27014} + 1))
        install -d -o left4me -g left4me -m 0750 "$state/instances/$name"
        printf '%s\n' "port: $spec_port" "$@" >"$state/instances/$name/spec.yaml"
        chown left4me:left4me "$state/instances/$name/spec.yaml"
}

# user NAME WHAT AMOUNT [YAML-LINE…]: a spec of a server that uses that up.
user() {
        local name=$1 what=$2 amount=$3
        shift 3
        spec "$name" 'overlays: [exhaust]' "arguments: [$what, '$amount']" "$@"
}

start() { systemctl start "${@/#/left4me-server@}"; }

# exhausted NAME WHAT: what `exhaust` said last about it: "AMOUNT END".
exhausted() {
        journalctl --sync
        journalctl -b -o cat -u "$(unit "$1")" | sed -n "s|^exhaust: $2 ||p" | tail -n 1
}

# is_exhausted NAME WHAT END: whether that was the end of it.
is_exhausted() { [[ $(exhausted "$1" "$2") == *" $3" ]]; }

# without NAME DIRECTIVE…: replaces directives of a server's unit from the next daemon reload on, to see that
# they are what holds.
without() {
        local directory
        directory=/run/systemd/system/$(unit "$1").d
        shift
        mkdir -p "$directory"
        { echo '[Service]'; printf '%s\n' "$@"; } >"$directory/90-without.conf"
}

# cgroup_file UNIT FILE: prints a file of its control group.
cgroup_file() { cat "/sys/fs/cgroup$(property "$1" ControlGroup)/$2"; }

# number_in UNIT FILE KEY: the number behind a key in such a file.
number_in() { cgroup_file "$1" "$2" | awk -v key="$3" '$1 == key { print $2 }'; }
