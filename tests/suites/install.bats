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
        rm -rf "${state:?}"/installation/* "${state:?}"/update-check/* "$home"/steamcmd-*
        steamcmd_behaviour works
}

teardown() {
        systemctl stop "$unit" left4me-check.service 'left4me-server@*.service' || true
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
        wait_until eval '! kill -0 "$job" 2>/dev/null'
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
                $home $state/update-check $state/installation/staging/install/tree $state/steamclient | sort)" ]
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

# shows TEXT: what l4d2ctl has printed so far.
shows() { grep -qF -- "$1" "$BATS_TEST_TMPDIR/out"; }

@test "progress is a line without a terminal, and a bar in one" {
        local job
        steamcmd_behaviour hangs
        l4d2ctl install >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        job=$!
        wait_until shows '12 % downloading'
        systemctl stop "$unit"
        ended_with 1
        grep -qx '12 % downloading' "$BATS_TEST_TMPDIR/out"
        run ! shows 'Update state'
        run ! shows $'\033'

        # Else the first line would stop a second installation that has not begun yet.
        rm "$BATS_TEST_TMPDIR/out"
        TERM=xterm script -qefc "stty cols 60; l4d2ctl install" "$BATS_TEST_TMPDIR/out" >/dev/null 3>&- &
        job=$!
        wait_until shows '12 % downloading'
        systemctl stop "$unit"
        ended_with 1
        shows '[###--------------------------]  12 % downloading'
        # The bar makes room for other lines.
        shows $'downloading\r\033[K'
}

@test "a second install says how to follow the first, which Ctrl-C leaves running" {
        local job
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
        run -6 l4d2ctl game gc
        [[ "$output" == *"$unit runs already"* ]]
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

# --- a rollback meanwhile ---------------------------------------------------------------------------

@test "a rollback during a download stays, and what was downloaded is kept as a version" {
        local job
        steamcmd_behaviour newer
        l4d2ctl install
        l4d2ctl install
        [ "$(game_versions)" = '1 2 versions/2' ]
        steamcmd_behaviour waits
        mark
        l4d2ctl install >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        job=$!
        wait_until log_has 'waits for the test'
        run -0 l4d2ctl game rollback
        [[ "$output" == *"The game is at version 1 again"* ]]
        # Nothing else changes the game meanwhile.
        run -6 l4d2ctl game gc
        touch $home/steamcmd-go
        ended_with 0
        cat "$BATS_TEST_TMPDIR/out"
        grep -qF "The game was rolled back during the download, and stays at version 1: the new one is kept as version 3, and 'l4d2ctl game rollback 3' switches to it" "$BATS_TEST_TMPDIR/out"
        [ "$(game_versions)" = '1 2 3 versions/1' ]
        [ -z "$(ls -A "$state/installation/staging")" ]
        # It has what the version before it lacks, and shares the rest.
        [ "$(cat "$state/installation/versions/3/left4dead2/changed.txt")" = "$(cat "$state/installation/versions/2/left4dead2/changed.txt")newer" ]
        [ "$state/installation/versions/3/srcds_linux" -ef "$state/installation/versions/2/srcds_linux" ]
        run -0 l4d2ctl game rollback 3
        [ "$(game_versions)" = '1 2 3 versions/3' ]
}

@test "a download that failed goes on after a rollback, and its version becomes current" {
        local job
        steamcmd_behaviour newer
        l4d2ctl install
        l4d2ctl install
        steamcmd_behaviour hangs
        mark
        l4d2ctl install >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        job=$!
        wait_until log_has 'waits for ever'
        l4d2ctl game rollback
        systemctl stop "$unit"
        ended_with 1
        [ "$(cat "$state/installation/staging/install/tree/downloaded")" = half ]
        steamcmd_behaviour newer
        run -0 l4d2ctl install
        [ "$(game_versions)" = '1 2 3 versions/3' ]
        [ "$(cat "$state/installation/current/downloaded")" = half ]
}

@test "a download that failed is begun again when a person made another version current" {
        steamcmd_behaviour newer
        l4d2ctl install
        steamcmd_behaviour broken
        run ! l4d2ctl install
        [ -e "$state/installation/staging/install/tree/downloaded" ]
        cp -a "$state/installation/versions/1" "$state/installation/versions/mine"
        echo mine >"$state/installation/versions/mine/left4dead2/mine.txt"
        ln -sfn versions/mine "$state/installation/current"
        steamcmd_behaviour newer
        run -0 l4d2ctl install
        [ "$(readlink "$state/installation/current")" = versions/2 ]
        [ "$(cat "$state/installation/current/left4dead2/mine.txt")" = mine ]
        [ ! -e "$state/installation/current/downloaded" ]
}

# --- killed -----------------------------------------------------------------------------------------

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

# --- failures ---------------------------------------------------------------------------------------

@test "each way in which steamcmd fails has its message and its remedy, and publishes nothing" {
        local line
        l4d2ctl install
        while IFS='|' read -r says code message; do
                steamcmd_behaviour "$says"
                run "-$code" l4d2ctl install
                [[ "$output" == *"l4d2ctl: Failed to install the game: $message"* ]] || { echo "$says: $output"; false; }
                [ "$(game_versions)" = '1 versions/1' ]
                [ "$(property $unit ActiveState)" = failed ]
        done <<-'END'
		says:Error! App '222860' state is 0x202 after update job.|8|not enough disk space; make room
		says:Error! App '222860' state is 0x212 after update job.|8|not enough disk space; make room
		says:Error! App '222860' state is 0x402 after update job.|8|Steam can't be reached; check this host's network
		says:Error! App '222860' state is 0x602 after update job.|8|Steam can't be reached; check this host's network
		says:Error! App '222860' state is 0x606 after update job.|8|the disk can't be written; check the file system
		says:Error! App '222860' state is 0x626 after update job.|8|files of the update are missing at Steam
		says:Error! App '222860' state is 0x6A6 after update job.|8|downloaded files are damaged; run 'l4d2ctl install --validate'
		says:ERROR! Failed to install app '222860' (No subscription)|8|Steam says that this account does not own the game; set steam_account=
		says:FAILED (Rate Limit Exceeded)|8|Steam refuses more logins for now
		says:ERROR! Failed to install app '222860' (Something new)|8|steamcmd said 'ERROR! Failed to install app '222860' (Something new)'
		never|1|Steam did not offer the Linux version
		silent|1|steamcmd did not report success
		killed|1|signal 11 ended steamcmd
	END
        steamcmd_behaviour newer
        run -0 l4d2ctl install
        [ "$(game_versions)" = '1 2 versions/2' ]
}

@test "the account is the last resort, and its password shows nowhere" {
        local drop_in=/run/systemd/system/$unit.d/steam.conf
        printf 'pass word$\n' >"$BATS_TEST_TMPDIR/password"
        mkdir -p "${drop_in%/*}"
        printf '[Service]\nLoadCredential=steam-password:%s\n' "$BATS_TEST_TMPDIR/password" >"$drop_in"
        systemctl daemon-reload
        steamcmd_behaviour account
        printf 'steam_account=admin\n' >>/etc/left4me/left4me.conf.d/steamcmd.conf
        mark
        # Where the shipped unit looks for it; a credential that a drop-in loads comes first.
        install -D -m 600 /dev/stdin /etc/credstore/left4me-install.steam-password <<<wrong
        run -0 l4d2ctl install
        [[ "$output" == *"Steam refuses an anonymous user: logging in as 'admin'"* ]]
        [[ "$output" == *"Logging in user 'admin' with '**********'"* && "$output" != *'pass word'* ]]
        # Nor parts of it, where a line is too long for one piece.
        [[ "$output" == *'   **********'* && "$output" != *'   p'* ]]
        [ -x "$state/installation/current/srcds_linux" ]
        # After three tries without it: five calls, and one by a script that only steamcmd's user can read.
        [ "$(grep -c force_install_dir $home/steamcmd-calls)" = 5 ]
        grep -qxE '\+runscript /tmp/left4me-install-[A-Za-z0-9]+' $home/steamcmd-calls
        grep -qx 'script: 600 left4me-build' $home/steamcmd-calls
        rm $home/.steamcmd-own # the stand-in itself
        run -1 grep -r 'pass word' $home /run/left4me
        journalctl --sync
        run -1 grep -F 'pass word' <(journalctl -q -o export --since "$log_mark")

        # It is not used when it is not needed.
        steamcmd_behaviour works
        printf 'steam_account=admin\n' >>/etc/left4me/left4me.conf.d/steamcmd.conf
        run -0 l4d2ctl install
        [[ "$output" != *"logging in as"* ]]

        # Wrong, unusable, and without one.
        steamcmd_behaviour account
        printf 'steam_account=admin\n' >>/etc/left4me/left4me.conf.d/steamcmd.conf
        echo wrong >"$BATS_TEST_TMPDIR/password"
        run -5 l4d2ctl install
        [[ "$output" == *"Steam refuses the password of steam_account=; correct the credential steam-password"* ]]
        # One that looks like what is shown for it.
        echo '***' >"$BATS_TEST_TMPDIR/password"
        run -5 timeout 300 l4d2ctl install
        printf 'a"b\n' >"$BATS_TEST_TMPDIR/password"
        run -1 l4d2ctl install
        [[ "$output" == *"Invalid credential steam-password: steamcmd takes one line"* ]]
        rm "$drop_in"
        systemctl daemon-reload
        run -5 l4d2ctl install
        [[ "$output" == *"Steam refuses the password of steam_account="* ]]
        rm /etc/credstore/left4me-install.steam-password
        run -5 l4d2ctl install
        [[ "$output" == *"Logging in user 'admin' with '' "* ]]
        install -m 600 /dev/stdin /etc/credstore/left4me-install.steam-password <<<'pass word$'
        run -0 l4d2ctl install
        rm /etc/credstore/left4me-install.steam-password
}

@test "a code of Steam Guard is asked of a person, not waited for" {
        steamcmd_behaviour guard
        printf 'steam_account=admin\n' >>/etc/left4me/left4me.conf.d/steamcmd.conf
        run -1 timeout 300 l4d2ctl install
        [[ "$output" == *"Steam Guard asks for a code; log steam_account= in once by hand"* ]]
}

@test "an update that can't start is not made current, and the message names file and reason" {
        l4d2ctl install
        steamcmd_behaviour broken-library
        run -1 l4d2ctl install
        [[ "$output" == *"bin/engine_srv.so: "* && "$output" == *"The new version can't start on this host"* ]]
        [ "$(game_versions)" = '1 versions/1' ]
        steamcmd_behaviour no-program
        run -1 l4d2ctl install
        [[ "$output" == *"srcds_linux: "* ]]
        [ "$(game_versions)" = '1 versions/1' ]
        # The next update repairs it.
        steamcmd_behaviour newer
        run -0 l4d2ctl install
        [ "$(game_versions)" = '1 2 versions/2' ]
}

@test "without room for a copy of the current version, nothing is copied and steamcmd does not start" {
        mount -t tmpfs -o "size=100M,mode=755,uid=left4me-build,gid=left4me-build" tmpfs "$state/installation"
        l4d2ctl install
        fallocate -l 60M "$state/installation/current/large"
        chown left4me-build: "$state/installation/current/large"
        mark
        calls=$(wc -l <$home/steamcmd-calls)
        run -1 l4d2ctl install
        [[ "$output" == *"too little of the disk of $state/installation is free for a copy of the current version"* ]]
        [ "$(wc -l <$home/steamcmd-calls)" = "$calls" ]
        [ -z "$(ls -A "$state/installation/staging")" ]
        rm "$state/installation/current/large"
        run -0 l4d2ctl install
        umount "$state/installation"
}

@test "a full disk during the download costs nothing that was there" {
        mount -t tmpfs -o "size=6M,mode=755,uid=left4me-build,gid=left4me-build" tmpfs "$state/installation"
        l4d2ctl install
        head -c 2500000 /dev/urandom >"$state/installation/fill"
        steamcmd_behaviour fills
        run -8 l4d2ctl install
        [[ "$output" == *"not enough disk space"* ]]
        [ "$(game_versions)" = '1 versions/1' ]
        rm "$state/installation/fill"
        steamcmd_behaviour newer
        run -0 l4d2ctl install
        [ "$(game_versions)" = '1 2 versions/2' ]
        umount "$state/installation"
}

# --- --check ----------------------------------------------------------------------------------------

@test "--check compares builds and makes no version" {
        run -7 l4d2ctl install --check
        [[ "$output" == *"Steam has build 1000; the installed one is unknown"* ]]
        [ -z "$(ls -A "$state/installation")" ]
        l4d2ctl install
        run -0 l4d2ctl install --check
        [[ "$output" == *"The game is up to date: build 1000"* ]]
        echo 1001 >$home/steamcmd-build
        run -7 l4d2ctl install --check
        [[ "$output" == *"The game is outdated: build 1000 is installed, Steam has build 1001"* ]]
        [ "$(game_versions)" = '1 versions/1' ]
        [ -z "$(ls -A "$state/installation/staging")" ]
        # The other builds and what steamcmd knows beside that are not in the log.
        [[ "$output" != *9999* && "$output" != *branches* ]]
        # The web app reads it there.
        run -0 setpriv --reuid left4me --regid left4me --init-groups cat "$state/update-check/check.json"
        [[ "$output" == '{"installed":"1000","available":"1001","checked_usec":'*',"is_news":true}' ]]

        # An update that changes no file is a version too, or the game would be outdated forever.
        run -0 l4d2ctl install
        [ "$(game_versions)" = '1 2 versions/2' ]
        run -0 l4d2ctl install --check
        [[ "$output" == *"The game is up to date: build 1001"* ]]
        # The version that servers get counts.
        l4d2ctl game rollback
        run -7 l4d2ctl install --check
        [[ "$output" == *"build 1000 is installed, Steam has build 1001"* ]]
        run -2 l4d2ctl install --check --validate
}

@test "an update is the newest build, also when the last check was before Steam had it" {
        l4d2ctl install
        l4d2ctl install --check
        echo 1001 >$home/steamcmd-build
        l4d2ctl install
        run -0 cat "$state/update-check/check.json"
        [[ "$output" == '{"installed":"1001","available":"1001","checked_usec":'* ]]
        # A download that failed has not learned what is the newest one.
        echo 1002 >$home/steamcmd-build
        steamcmd_behaviour broken
        run -8 l4d2ctl install
        [[ "$(<"$state/update-check/check.json")" == *'"available":"1001"'* ]]
}

@test "--check asks again when steamcmd knows nothing yet, and says when it learns nothing" {
        l4d2ctl install
        steamcmd_behaviour lazy
        run -0 l4d2ctl install --check
        [[ "$output" == *"No app info for AppID 222860 found"*"The game is up to date"* ]]
        rm $home/.steamcmd-info
        steamcmd_behaviour mute
        run -1 l4d2ctl install --check
        [[ "$output" == *"Failed to check for an update: Steam did not name a build"* ]]
        [ "$(grep -c app_info_print $home/steamcmd-calls)" = 5 ]
}

@test "--check leaves a download that failed as it is" {
        l4d2ctl install
        steamcmd_behaviour broken
        run -8 l4d2ctl install
        steamcmd_behaviour works
        run -0 l4d2ctl install --check
        [ "$(cat "$state/installation/staging/install/tree/downloaded")" = half ]
}

# --- rollback for users without rights in the installation --------------------------------------------

# as_web_unit COMMAND…: in the web app's unit, which polkit trusts; prints what it says.
as_web_unit() {
        local drop_in=/run/systemd/system/left4me-web.service.d/90-test.conf status=0
        mkdir -p "${drop_in%/*}"
        printf '%s\n' '[Service]' Type=oneshot Restart=no WatchdogSec=0 ExecStart= "ExecStart=$*" >"$drop_in"
        systemctl daemon-reload
        mark
        systemctl start left4me-web.service || status=$(property left4me-web.service ExecMainStatus)
        journalctl --sync
        journalctl -q -o cat -u left4me-web.service --since "$log_mark"
        systemctl reset-failed left4me-web.service 2>/dev/null || true
        rm -r "${drop_in%/*}"
        systemctl daemon-reload
        return "$status"
}

@test "the web app rolls the game back by the job, to the version before and to one by name" {
        steamcmd_behaviour newer
        for _ in 1 2 3; do l4d2ctl install; done
        [ "$(game_versions)" = '1 2 3 versions/3' ]
        run -0 as_web_unit /usr/bin/l4d2ctl game rollback
        [[ "$output" == *"The game is at version 2 again; a server gets it when it starts"* ]]
        run -0 as_web_unit /usr/bin/l4d2ctl game rollback 1
        [ "$(game_versions)" = '1 2 3 versions/1' ]
        run -4 as_web_unit /usr/bin/l4d2ctl game rollback 9
        [[ "$output" == *"No version '9' of the game"* ]]
        run -4 as_web_unit /usr/bin/l4d2ctl game rollback ../../../etc
        run -6 as_web_unit /usr/bin/l4d2ctl game rollback
        [[ "$output" == *"the game has no older version"* ]]
        [ "$(game_versions)" = '1 2 3 versions/1' ]
        # Each request was for one start, and steamcmd had no part in it.
        calls=$(wc -l <$home/steamcmd-calls)
        run -0 l4d2ctl install
        (($(wc -l <$home/steamcmd-calls) > calls))
}

@test "a stop while the current version is copied gives the space back" {
        l4d2ctl install
        mkdir -p /run/systemd/system/$unit.d
        # Killed where it would wait: the copy's last step.
        printf '%s\n' '[Service]' ExecStartPre= "ExecStartPre=+/usr/bin/strace -f -qq -o /dev/null \
                -e trace=syncfs -e inject=syncfs:delay_enter=600s /usr/lib/left4me/left4me-install begin" \
                >/run/systemd/system/$unit.d/50-slow.conf
        systemctl daemon-reload
        run -0 l4d2ctl install --no-wait
        wait_until test -e "$state/installation/staging/install/tree/srcds_linux"
        systemctl stop "$unit"
        [ -z "$(ls -A "$state/installation/staging")" ]
        [ "$(game_versions)" = '1 versions/1' ]
}
