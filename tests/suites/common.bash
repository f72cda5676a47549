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

# The same of each test about a kernel that executes no i386 programs, with the tag no-i386; see the suite no-i386.
needs_no_i386() {
        [[ " ${BATS_TEST_TAGS[*]} " == *' no-i386 '* ]] || { echo "the tag no-i386 is missing"; return 1; }
        [[ $standin_abi == x86-64 ]] || skip 'this kernel executes i386 programs; the suite no-i386 runs this test'
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
        local end=$((SECONDS + ${LEFT4ME_WAIT_SECONDS:-180})) looks=0 never
        # Never has anything to read: a pause without a process.
        exec {never}<> <(:)
        until "$@"; do
                if ((SECONDS >= end)); then
                        exec {never}>&-
                        echo "never came true: $*" >&2
                        return 1
                fi
                # A long wait looks less often: each look starts processes, which others have to wait for.
                if ((++looks < 30)); then read -r -t 0.1 -u "$never" || true; else read -r -t 0.3 -u "$never" || true; fi
        done
        exec {never}>&-
}

# on_small_disk NAME: puts the directory of an instance on a disk of its own, which fill_disk fills to its last byte.
# No process that watches the directory above it sees changes there: look_again makes it look.
on_small_disk() {
        local directory=$state/instances/$1
        cp -a "$directory" /run/small-disk
        mount -t tmpfs -o size=64k,mode=2750,uid=left4me,gid=left4me-operators tmpfs "$directory"
        cp -a /run/small-disk/. "$directory"
        rm -r /run/small-disk
}
look_again() { mkdir "$state/instances/look-again" && rmdir "$state/instances/look-again"; }
fill_disk() { ! cat /dev/zero >"$state/instances/$1/filler" 2>/dev/null; }

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

# as_watch: runs the shell commands of its input as left4me-watch.service, because readers of live samples and events
# believe no other unit. The real one isn't there for this time.
as_watch() {
        local directory=/run/systemd/system path was
        local unit=$directory/left4me-watch.service config=/run/systemd/journald@left4me-watch.conf.d

        was=$(property left4me-watch.service ActiveState)
        systemctl stop left4me-watch.service 2>/dev/null || true
        if [[ ! -e $config/90-tests.conf ]]; then
                mkdir -p "$config" /var/log/journal
                printf '[Journal]\nStorage=persistent\nSystemMaxUse=1G\nSystemKeepFree=10M\n' >"$config/90-tests.conf"
                # The namespace's units come and go with the service, more often than systemd lets them.
                for path in systemd-journald{,-sync}@.service; do
                        mkdir -p "$directory/$path.d"
                        printf '[Unit]\nStartLimitIntervalSec=0\n' >"$directory/$path.d/90-tests.conf"
                done
                systemctl daemon-reload
                systemctl restart systemd-journald@left4me-watch.service
        fi
        mkdir -p "$unit.d"
        for path in $(property left4me-watch.service DropInPaths); do
                ln -sf /dev/null "$unit.d/${path##*/}"
        done
        printf '[Service]\nType=oneshot\nLogNamespace=left4me-watch\nLogRateLimitIntervalSec=1s\nLogRateLimitBurst=1000000\nStandardInput=data\nExecStart=/bin/bash -es\nStandardInputData=%s\n' \
                "$(base64 -w0)" >"$unit"
        systemctl daemon-reload
        systemctl reset-failed '*left4me-watch*' 2>/dev/null || true
        systemctl start left4me-watch.service
        rm -r "$unit" "$unit.d"
        systemctl daemon-reload
        [[ $was != active ]] || systemctl start left4me-watch.service
}

# send_as_watch [TIMES]: writes the entries of its input, see journal-send, as left4me-watch.service.
send_as_watch() {
        local entries
        entries=$(base64 -w0)
        as_watch <<<"base64 -d <<<'$entries' | /usr/lib/left4me-tests/suites/journal-send ${1:-}"
}

# fill_samples SERVERS DAYS [PREFIX]: samples of the servers server-1, server-2, … until now.
fill_samples() { as_watch <<<"/usr/lib/left4me-build/tests/bench/sample-fill $1 $2 ${3:-server-}"; }
