# SPDX-License-Identifier: LGPL-2.1-or-later
# What the suites share: a game installation, instances, and waiting for events. Sourced by each
# bats file: `load common`.

bats_require_minimum_version 1.5.0

standin=/usr/lib/left4me-standin
state=/var/lib/left4me
query=/usr/lib/left4me-tests/standin/query

# The ABI of the stand-in and of the probe here: i386 or x86-64.
standin_abi=x86-64
[[ ! $standin -ef /usr/lib/left4me-build/standin/i386 ]] || standin_abi=i386

# The first command of each test that is about i386 programs, which also carries the tag i386. Skips the test
# where the kernel executes none; the virtual machine runs all tests with that tag.
no_i386_reason='this kernel executes no i386 programs; the virtual machine runs this test'
needs_i386() {
        [[ " ${BATS_TEST_TAGS[*]} " == *' i386 '* ]] || { echo "the tag i386 is missing"; return 1; }
        [[ $standin_abi == i386 ]] || skip "$no_i386_reason"
}

# Makes the stand-in the installed game, as steamcmd would leave it.
install_game() {
        local installation=$state/installation

        [[ -e $installation/current ]] && return
        rm -rf "$installation/versions"
        mkdir -p "$installation/versions/1"
        cp -a "$standin/." "$installation/versions/1"
        chown -R left4me-build:left4me-build "$installation/versions"
        ln -s versions/1 "$installation/current"
}

# make_instance NAME PORT [YAML-LINE…]: initializes an instance from a small spec.
make_instance() {
        local name=$1 port=$2
        shift 2
        { printf 'port: %s\n' "$port"; (($# == 0)) || printf '%s\n' "$@"; } |
                l4d2ctl initialize "$name" -f -
}

# make_overlay REF: makes an empty overlay directory and prints its path.
make_overlay() {
        mkdir -p "$state/overlays/$1"
        printf '%s\n' "$state/overlays/$1"
}

# Waits until the command succeeds, for events that no program announces; a bus or journal event is
# preferable where there is one. The limit only ends a test that fails, however slow the machine is.
wait_until() {
        local end=$((SECONDS + ${LEFT4ME_WAIT_SECONDS:-180})) never
        # Never has anything to read: a pause without a process.
        exec {never}<> <(:)
        until "$@"; do
                if ((SECONDS >= end)); then
                        exec {never}>&-
                        echo "never came true: $*" >&2
                        return 1
                fi
                read -r -t 0.1 -u "$never" || true
        done
        exec {never}>&-
}

unit() { printf 'left4me-server@%s.service' "$1"; }
property() { systemctl show --value -p "$2" -- "$1"; }
main_pid() { property "$(unit "$1")" MainPID; }
is_active() { [[ $(property "$(unit "$1")" ActiveState) == active ]]; }
is_failed() { [[ $(property "$(unit "$1")" ActiveState) == failed ]]; }

# info_of PORT: what the server there says of itself, once its port is open: `systemctl start` is done before.
info_of() { wait_until "$query" info 127.0.0.1 "$1"; }

# Until no daemon reload is left that left4me-filter.service has to deal with. It removes the file first.
is_reload_dealt_with() {
        [[ ! -e /run/left4me/reloaded && $(property left4me-filter.service ActiveState) == inactive ]]
}

# The instance's journal, since mark_log if that was called.
mark_log() { log_mark=@$(date +%s.%6N); }
log_of() {
        journalctl --sync
        journalctl -b -o cat ${log_mark:+--since "$log_mark"} -u "$(unit "$1")"
}

# in_log NAME TEXT: whether it has a line with this text.
in_log() { log_of "$1" | grep -qF -- "$2"; }

# Sends one console command to the server by RCON, with the password of its spec.
rcon() {
        local name=$1 port password
        shift
        port=$(l4d2ctl get "$name" port)
        password=$(l4d2ctl get "$name" rcon_password)
        "$query" rcon 127.0.0.1 "$port" "$password" "$*"
}
