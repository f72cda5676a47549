#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-install.service: what steamcmd can reach in it, each way in which it fails, and what is left when it is
# cancelled or killed. l4d2ctl.bats has the tests with a steamcmd that works.

load common

home=/var/lib/left4me-build
unit=left4me-install.service

setup() {
        steamcmd_behaviour works
        rm -rf "${state:?}"/installation/* "$home"/steamcmd-*
        steamcmd_behaviour works
}

teardown() {
        systemctl stop "$unit" 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf "$state"/instances/* /run/systemd/system/$unit.d
        systemctl daemon-reload
}

steamcmd_behaviour() {
        echo "$1" >$home/steamcmd-behaviour
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[install]\nsteamcmd=%s/steamcmd\n' "$BATS_TEST_DIRNAME" >/etc/left4me/left4me.conf.d/steamcmd.conf
}

game_versions() { echo "$(ls "$state/installation/versions" | sort -n | tr '\n' ' ')$(readlink "$state/installation/current")"; }

# log_has WORDS: since mark.
log_has() { journalctl --sync; journalctl -q -o cat -u "$unit" --since "$log_mark" | grep -qF -- "$1"; }
mark() { log_mark=@$(date +%s.%6N); }

# ended_with STATUS: waits for $job, which must end with this exit status.
ended_with() {
        local status=0
        wait "$job" || status=$?
        ((status == $1)) || { echo "ended with $status:"; cat "$BATS_TEST_TMPDIR/out"; false; }
}

# --- the sandbox ------------------------------------------------------------------------------------

@test "steamcmd can write to its tree, its home and the copies of steamclient.so only" {
        l4d2ctl install
        steamcmd_behaviour probe
        run -0 l4d2ctl install
        run -0 cat $home/steamcmd-probe
        echo "$output"
        # Not /dev/shm and /tmp, which are the unit's own.
        [ "$(sed -n 's/^writable: //p' $home/steamcmd-probe | sort)" = "$(printf '%s\n' \
                /run/left4me/install/out $home $state/installation/staging/install/tree $state/steamclient | sort)" ]
        [[ "$output" == *"versions: none"* && "$output" == *"bus: none"* && "$output" == *"private: none"* ]]
        [[ "$output" == *"journal: none"* && "$output" == *"overlays: none"* && "$output" == *"config: none"* ]]
        # It is the only process that it sees, but for the ones above it.
        [[ "$output" == *"processes: own"* ]]
}

@test "the web app's unit starts and cancels an installation, and asks for one that validates" {
        as_web() {
                systemd-run --quiet --pipe --wait --collect --property=User=left4me --property=NoNewPrivileges=yes \
                        --property=ProtectSystem=strict --property=ReadWritePaths=/run/left4me/requests "$@"
        }
        # Only the unit of this name has the right.
        run -8 as_web l4d2ctl install
        mkdir -p /run/systemd/system/left4me-web.service.d
        printf '%s\n' '[Service]' Type=oneshot Restart=no WatchdogSec=0 ExecStart= \
                'ExecStart=/usr/bin/l4d2ctl install --validate' >/run/systemd/system/left4me-web.service.d/90-test.conf
        systemctl daemon-reload
        systemctl start left4me-web.service
        grep -q 'app_update 222860 validate' $home/steamcmd-calls
        [ -x "$state/installation/current/srcds_linux" ]
        rm -r /run/systemd/system/left4me-web.service.d
        systemctl daemon-reload
        # The request was for one start.
        run -0 l4d2ctl install
        [[ "$(tail -n 2 $home/steamcmd-calls)" != *validate* ]]
}

# --- following --------------------------------------------------------------------------------------

@test "progress is a line each without a terminal, and a bar in one" {
        steamcmd_behaviour works
        run -0 l4d2ctl install
        [[ "$output" == *$'\n99 % downloading\n'* && "$output" != *"Update state"* && "$output" != *'#'* ]]
        TERM=xterm run -0 script -qec "stty cols 60; l4d2ctl install" /dev/null
        [[ "$output" == *'[############################-]  99 % downloading'* ]]
        # The bar makes room for each line, and is gone at the end.
        [[ "$output" == *$'\r\033[K'*"fully installed."* && "$output" != *"downloadingSuccess"* ]]
}

@test "a second install says how to follow the first, which Ctrl-C leaves running" {
        local action job
        steamcmd_behaviour hangs
        mark
        # A process group of its own, as a shell with job control makes it.
        set -m
        l4d2ctl install >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        job=$!
        set +m
        wait_until log_has 'waits for ever'
        run -6 l4d2ctl install
        [[ "$output" =~ "$unit runs already: 'l4d2ctl job logs --follow "[0-9a-f]{8}"' shows its log" ]]
        for action in rollback gc; do
                run -6 l4d2ctl game $action
                [[ "$output" == *"$unit runs already"* ]]
        done
        kill -INT "$job"
        ended_with 130
        grep -q "The job goes on: .* 'l4d2ctl job cancel [0-9a-f]\{8\}' ends it" "$BATS_TEST_TMPDIR/out"
        grep -qF 'waits for ever' "$BATS_TEST_TMPDIR/out"
        [ "$(property $unit ActiveState)" = activating ]
        [ "$(property $unit StatusText)" = '12 % downloading' ]
}

@test "--no-wait only starts it" {
        steamcmd_behaviour hangs
        mark
        run -0 l4d2ctl install --no-wait
        wait_until log_has 'waits for ever'
}

# --- cancelling -------------------------------------------------------------------------------------

@test "a stop cancels it, leaves no process and nothing half, and the next goes on with its download" {
        local job
        l4d2ctl install
        steamcmd_behaviour hangs
        mark
        l4d2ctl install >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        job=$!
        wait_until log_has 'waits for ever'
        systemctl stop "$unit"
        ended_with 1
        grep -q 'Job [0-9a-f]\{8\}: cancelled' "$BATS_TEST_TMPDIR/out"
        run -1 pgrep -u left4me-build
        [ "$(game_versions)" = '1 versions/1' ]
        [ "$(cat "$state/installation/staging/install/tree/downloaded")" = half ]
        steamcmd_behaviour newer
        run -0 l4d2ctl install
        [ "$(game_versions)" = '1 2 versions/2' ]
        [ "$(cat "$state/installation/current/downloaded")" = half ]
}

@test "killed at any moment, by any of its processes, it publishes nothing" {
        local n pids job
        l4d2ctl install
        for n in 1 2 3 4 5 6; do
                steamcmd_behaviour hangs
                mark
                l4d2ctl install >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
                job=$!
                wait_until log_has 'waits for ever'
                mapfile -t pids <"/sys/fs/cgroup$(property $unit ControlGroup)/cgroup.procs"
                ((${#pids[@]} >= 3))
                kill -KILL "${pids[n % ${#pids[@]}]}"
                ended_with 1
                run -1 pgrep -u left4me-build
                [ "$(game_versions)" = '1 versions/1' ]
        done
        steamcmd_behaviour newer
        run -0 l4d2ctl install
        [ "$(game_versions)" = '1 2 versions/2' ]
}
