#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Faults found by using it: root's verbs in directories of another user, who may change specs at the
# same time, and servers while they run. Each name begins with the id of its kind.

load common

setup() {
        outside=$BATS_TEST_TMPDIR/outside
        mkdir -p "$outside"
}

teardown() {
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf "$state"/instances/* "$state"/blueprints/* "$state"/users/*.yaml /var/lib/left4me-build/steamcmd-* \
                "$state"/steamclient/* /var/lib/left4me-build/.local
        systemctl daemon-reload
}

# as USER COMMAND…: what that user could do itself.
as() {
        local user=$1
        shift
        setpriv --reuid "$user" --regid "$user" --init-groups -- "$@"
}

use_steamcmd() {
        echo "$1" >/var/lib/left4me-build/steamcmd-behaviour
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[install]\nsteamcmd=%s/steamcmd\n' "$BATS_TEST_DIRNAME" >/etc/left4me/left4me.conf.d/steamcmd.conf
        rm -rf "${state:?}"/installation/*
}

# attack ONE OTHER USER: lets that user exchange the two until `attack_ends`.
attack() {
        # In the place of the subshell: a signal to $racer then ends the exchanges, not their parent.
        exec setpriv --reuid "$3" --regid "$3" --init-groups -- "$BATS_TEST_DIRNAME/exchange" "$1" "$2" 3>&- &
        racer=$!
}

attack_ends() {
        kill "$racer"
        wait "$racer" || true
        run -1 pgrep -f "$BATS_TEST_DIRNAME/exchange"
}

# --- A4: root in a directory of another user ----------------------------------------------------------

@test "A4: install makes nothing where a link of steamcmd's user leads" {
        use_steamcmd works
        as left4me-build ln -s "$outside" "$state/installation/versions"
        run -1 l4d2ctl install
        [[ "$output" == *"Failed to list the versions of the game"* ]]
        [ -z "$(ls -A "$outside")" ]

        rm "$state/installation/versions"
        as left4me-build mkdir -p "$state/installation/versions/1"
        as left4me-build ln -s "$outside" "$state/installation/versions/1/steamapps"
        as left4me-build ln -s versions/1 "$state/installation/current"
        run -1 l4d2ctl install
        [ -z "$(ls -A "$outside")" ]
        [ "$(stat -c %U "$outside")" = root ]

        # Nor where the new version is made.
        rm -r "$state/installation/versions" "$state/installation/current" "$state/installation/staging"
        as left4me-build ln -s "$outside" "$state/installation/staging"
        run -1 l4d2ctl install
        rm "$state/installation/staging"
        as left4me-build mkdir -m 700 "$state/installation/staging"
        as left4me-build ln -s "$outside" "$state/installation/staging/install"
        run -0 l4d2ctl install
        [ -z "$(ls -A "$outside")" ]
        [ "$(stat -c %U "$outside")" = root ]
}

@test "A4: install gives nothing of root's away, whatever is exchanged meanwhile" {
        use_steamcmd never
        mkdir "$outside/1"
        as left4me-build mkdir -p -m 700 "$state/installation/staging"
        as left4me-build ln -s "$outside" "$state/installation/link"
        attack "$state/installation/staging" "$state/installation/link" left4me-build
        for ((i = 0; i < 10; i++)); do
                l4d2ctl install || true
                rm -rf "$outside/1/steamapps"
        done
        attack_ends
        [ -z "$(find "$outside" ! -user root)" ]
        [ "$(ls -A "$outside")" = 1 ]
}

@test "A4: steamcmd gets no terminal, no descriptor, no variable, no group and no right of root's" {
        use_steamcmd hostile
        export SECRET=of-root
        # In a terminal, and with a descriptor of root's own.
        run -0 script -qec "l4d2ctl install 7</etc/shadow && tty >$BATS_TEST_TMPDIR/tty" /dev/null
        terminal=$(<"$BATS_TEST_TMPDIR/tty")
        [[ "$terminal" == /dev/pts/* ]]
        cat /var/lib/left4me-build/steamcmd-{status,descriptors,environment}

        run -0 cat /var/lib/left4me-build/steamcmd-descriptors
        [[ "$output" != *"$terminal"$'\n'* && "$output" != *shadow* ]]
        run -0 cat /var/lib/left4me-build/steamcmd-environment
        [[ "$output" != *of-root* ]]
        [[ "$output" == *"HOME=/var/lib/left4me-build"* && "$output" == *"USER=left4me-build"* ]]
        run -0 cat /var/lib/left4me-build/steamcmd-status
        uid=$(id -u left4me-build) gid=$(id -g left4me-build)
        [[ "$output" == *"Uid:"$'\t'"$uid"$'\t'"$uid"$'\t'"$uid"$'\t'"$uid"* ]]
        [[ "$output" == *"Gid:"$'\t'"$gid"$'\t'"$gid"$'\t'"$gid"$'\t'"$gid"* ]]
        grep -qxP "Groups:\t$gid ?" /var/lib/left4me-build/steamcmd-status
        for set in CapEff CapPrm CapInh; do
                grep -qxP "$set:\t0+" /var/lib/left4me-build/steamcmd-status
        done
        grep -qxP 'NoNewPrivs:\t1' /var/lib/left4me-build/steamcmd-status
}

@test "A4: nothing that steamcmd prints is obeyed by root's terminal" {
        use_steamcmd hostile
        run -0 l4d2ctl install
        [[ "$output" == *$'\ncolour\n'* ]]
        [[ "$output" == *'\x1b]0;title\x07\x1b[2Jcleared'* ]]
        [[ "$output" == *'\x9b1mC1 '* ]]
        run -1 grep -P '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' <(l4d2ctl install)
}

@test "A4: install keeps no steamclient.so that is a link, a FIFO or something else" {
        local own=/var/lib/left4me-build/.local/share/Steam/steamcmd kept=$state/steamclient/linux32/steamclient.so
        local good=/usr/lib/left4me-build/standin/i386/bin/steamclient.so bad path
        use_steamcmd works
        run -0 l4d2ctl install
        [[ $output != *steamclient* ]]
        cmp "$good" "$kept"
        cp "$good" "$outside/steamclient.so"
        chmod 0600 /etc/shadow

        for bad in "ln -s /etc/shadow" "ln -s $outside/steamclient.so" "mkfifo" "mkdir" "ln $own/other" \
                "cp /etc/passwd" "cp /usr/bin/true" "cp /usr/lib/left4me-build/standin/i386/srcds_linux" \
                "cp /usr/lib/left4me-build/standin/x86-64/bin/steamclient.so" "truncate -s 300M"; do
                path=$own/linux32/steamclient.so
                rm -rf "$path" "$own/other"
                as left4me-build cp "$good" "$own/other"
                # shellcheck disable=SC2086 # a command and its arguments
                as left4me-build $bad "$path"
                run -0 timeout 60 l4d2ctl install
                [[ $output == *"Failed to keep a copy of /var/lib/left4me-build/.local/share/Steam/steamcmd/linux32/steamclient.so: "* ]] ||
                        { echo "$bad: $output"; false; }
                cmp "$good" "$kept"
                [ "$(stat -c '%U %a %h' "$kept")" = 'left4me-build 644 1' ]
                [ "$(ls -A "$state/steamclient/linux32")" = steamclient.so ]
        done

        # Nor above it, nor where it is kept.
        rm -rf "$own/linux32"
        as left4me-build ln -s "$outside" "$own/linux32"
        run -0 l4d2ctl install
        [[ $output == *'Failed to keep a copy of '*'linux32/steamclient.so: '* ]]
        rm "$own/linux32"
        as left4me-build rm -r "$state/steamclient/linux32"
        as left4me-build ln -s "$outside" "$state/steamclient/linux32"
        rm "$outside/steamclient.so"
        run -0 l4d2ctl install
        [[ $output == *"Failed to write the copy of steamclient.so to $state/steamclient/linux32/steamclient.so: "* ]]
        [[ $output != *'Failed to keep a copy of '* && $output != *'steamcmd has no'* ]]
        [ -z "$(ls -A "$outside")" ]
}

@test "A4: steamcmd is not run as root when the directory is root's" {
        use_steamcmd works
        chown root "$state/installation"
        run -1 l4d2ctl install
        chown left4me-build "$state/installation"
        [[ "$output" == *"belongs to root"*"systemd-tmpfiles --create left4me.conf"* ]]
        [ ! -e /var/lib/left4me-build/steamcmd-calls ]
}

@test "A4: delete removes a link, and nothing where it leads" {
        echo mine >"$outside/spec.yaml"
        as left4me ln -s "$outside" "$state/instances/9"
        run -0 l4d2ctl delete 9
        [ ! -L "$state/instances/9" ]
        [ "$(<"$outside/spec.yaml")" = mine ]
}

@test "A4: delete removes nothing outside while the web's user exchanges it for a link" {
        echo mine >"$outside/spec.yaml"
        as left4me ln -s "$outside" "$state/instances/.link"
        as left4me mkdir "$state/instances/9"
        attack "$state/instances/9" "$state/instances/.link" left4me
        for ((i = 0; i < 10; i++)); do
                as left4me mkdir -p "$state/instances/9/a/b" || true
                l4d2ctl delete 9 || true
                as left4me ln -sfT "$outside" "$state/instances/.link" || true
        done
        attack_ends
        rm -rf "$state/instances/.link"
        [ "$(<"$outside/spec.yaml")" = mine ]
}

@test "A4: no verb of blueprints leaves their directory by a link" {
        echo 'description: mine' >"$outside/victim.yaml"
        as left4me ln -s "$outside" "$state/blueprints/eve"
        run ! l4d2ctl blueprint delete eve/victim
        [[ "$output" == *"symbolic link"* ]]
        run ! l4d2ctl blueprint create eve/other -f - <<<'description: x'
        run ! l4d2ctl blueprint set eve/victim description x
        [ "$(ls "$outside")" = victim.yaml ]
        [ "$(<"$outside/victim.yaml")" = 'description: mine' ]
}

@test "A4: what is exchanged for a directory that root makes does not change hands" {
        mkdir "$outside/root"
        as left4me mkdir "$state/instances/.own"
        for ((i = 0; i < 10; i++)); do
                attack "$state/instances/.link" "$state/instances/9" left4me
                as left4me ln -sfT "$outside/root" "$state/instances/.link"
                l4d2ctl initialize 9 -f - <<<'port: 27015' || true
                attack_ends
                # The process in its way may take a moment to end.
                wait_until rm -rf "$state"/instances/{9,.link}
        done
        rm -rf "$state/instances/.own"
        [ "$(stat -c %U:%a "$outside/root")" = root:755 ]
        [ -z "$(ls -A "$outside/root")" ]
}

@test "A4: disk and overlay measure nothing where a link leads" {
        mkdir -p "$outside/lure"
        head -c 3000000 /dev/urandom >"$outside/lure/big"
        rm -rf "${state:?}"/installation/*
        as left4me-build ln -s "$outside" "$state/installation/versions"
        run -1 l4d2ctl disk --json
        [[ "$output" == *"Failed to examine $state/installation/versions: "* ]]
        [[ "$output" != *lure* && "$output" == *'"layers"'* ]]
        rm "$state/installation/versions"
}

@test "A4: doctor opens no device of root's by a link in the installation" {
        rm -rf "${state:?}"/installation/*
        as left4me-build mkdir -p "$state/installation/versions/1"
        as left4me-build ln -s versions/1 "$state/installation/current"
        as left4me-build ln -s /dev/zero "$state/installation/versions/1/srcds_linux"
        run l4d2ctl doctor
        [[ "$output" == *"has no srcds_linux: a symbolic link is not accepted here"* ]]
        rm -rf "${state:?}"/installation/*
}

# --- A5: who may keep a change waiting ------------------------------------------------------------------

@test "A5: a lock that anybody may take keeps no change waiting" {
        make_instance 1 27015
        usermod -aG left4me-operators nobody
        # All that an operator can open, and other users who may read a file.
        setpriv --reuid nobody --regid nogroup --init-groups -- bash -c '
                for path in "$0" "$0"/{instances,instances/1,instances/1/spec.yaml,blueprints,users,users/.lock}; do
                        exec {fd}<"$path" && flock -n "$fd" && printf "%s\n" "$path"
                done 2>/dev/null
                echo held
                exec sleep infinity' "$state" >"$BATS_TEST_TMPDIR/held" 3>&- &
        locker=$!
        wait_until grep -qx held "$BATS_TEST_TMPDIR/held"
        grep -qxF "$state/instances" "$BATS_TEST_TMPDIR/held" # the attack takes place
        run -0 timeout 60 l4d2ctl set 1 port 27016
        kill "$locker"
        gpasswd -d nobody left4me-operators
        [[ "$output" != *Waiting* ]]
        [ "$(stat -c '%U %a' "$state/users/.lock")" = "left4me 600" ]
}

@test "A5: who has to wait is told for whom, and does not wait for ever" {
        make_instance 1 27015
        exec {lock}<"$state/users/.lock"
        flock "$lock"
        printf '4711 set\n' >"$state/users/.lock"
        run -1 l4d2ctl set 1 port 27016
        exec {lock}<&-
        [[ "$output" == *"Waiting for 'l4d2ctl set' (process 4711) to finish"* ]]
        [[ "$output" == *"Failed to change anything: 'l4d2ctl set' has held the lock for more than 30 seconds; see 'ps 4711'"* ]]
        [ "$(l4d2ctl get 1 port)" = 27015 ]
        run -0 l4d2ctl set 1 port 27016
}

@test "A5: whatever the web's user puts in the place of the lock file does root no harm" {
        make_instance 1 27015
        echo mine >"$outside/file"
        rm "$state/users/.lock"
        as left4me ln -s "$outside/file" "$state/users/.lock"
        run -1 l4d2ctl set 1 port 27016
        [[ "$output" == *"Failed to lock $state/users/.lock: "* ]]
        rm "$state/users/.lock"
        as left4me mkfifo "$state/users/.lock"
        run -1 timeout 60 l4d2ctl set 1 port 27016
        rm "$state/users/.lock"
        # On the same file system.
        echo mine >"$state/victim"
        ln "$state/victim" "$state/users/.lock"
        run -1 l4d2ctl set 1 port 27016
        [ "$(stat -c %U "$state/victim")" = root ]
        [ "$(<"$state/victim")" = mine ]
        rm "$state/victim"
        rm "$state/users/.lock"
        [ "$(<"$outside/file")" = mine ]
        [ "$(stat -c %U "$outside/file")" = root ]
}

# --- A9: what hides a server's use of the disk ---------------------------------------------------------

@test "A9: directories deeper than any path hide nothing and fail no report" {
        upper=$state/runtime/deep/upper
        mkdir -p "$upper"
        python3 - "$upper" <<'END'
import os, sys
os.chdir(sys.argv[1])
for _ in range(1500):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
with open("big", "wb") as f:
    f.write(os.urandom(3000000))
END
        run -0 l4d2ctl disk --json
        rm -rf "$state/runtime/deep"
        python3 - "$output" <<'END'
import json, sys
v = json.loads(sys.argv[1])
deep, = [layer for layer in v["layers"] if layer["name"] == "deep"]
assert v["is_complete"] and deep["n_files"] == 1 and deep["bytes"] >= 3000000, v
END
}

# --- D: servers while they run ---------------------------------------------------------------------------

@test "D1: starting what runs already is done at once, also with another port in its spec" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        pid=$(main_pid 1)
        l4d2ctl set 1 port 27020
        run -0 timeout 50 l4d2ctl start 1
        [ "$(main_pid 1)" = "$pid" ]
        [[ "$output" == *"'1' is running already: its changed spec applies with 'l4d2ctl restart 1'"* ]]
        run -0 l4d2ctl restart 1
        [[ "$output" != *"running already"* ]]
        [ "$(main_pid 1)" != "$pid" ]
}

@test "D2: a socket of another server on the port is not taken for the new one's" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        l4d2ctl set 1 port 27020
        make_instance 2 27015
        run -1 timeout 100 l4d2ctl start 2
        [[ "$output" == *"Failed to start '2': "* ]]
        is_active 1
}

@test "D1: status shows the port a server has beside the one it will have" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        run -0 l4d2ctl status 1
        [[ "$output" == *"Port: 27015 (UDP and TCP), client 27215, Steam 27415"$'\n'* ]]
        l4d2ctl set 1 port 27020
        run -0 l4d2ctl status 1
        [[ "$output" == *"Port: 27015 (UDP and TCP), 27020 after a restart"$'\n'* ]]
        [[ "$output" =~ Connect:\ connect\ [^$'\n']*:27015$'\n' ]]
        run -0 l4d2ctl status 1 --json
        [[ "$output" == *'"port":27020,'* && "$output" == *'"live_port":27015,'* && "$output" == *:27015\",* ]]
        run -0 l4d2ctl status
        [[ "$output" == *"; port 27015"* ]]
        l4d2ctl restart 1
        run -0 l4d2ctl status 1
        [[ "$output" == *"Port: 27020 (UDP and TCP), client 27220, Steam 27420"$'\n'* ]]
        [[ "$(l4d2ctl status 1 --json)" == *'"live_port":27020,'* ]]
        l4d2ctl stop 1
        run -3 l4d2ctl status 1 --json
        [[ "$output" == *'"live_port":null,'* ]]
}

@test "D5: logs takes the times that status prints" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        since=$(l4d2ctl status 1 | sed -n 's/.*State: running since \(.*\); .* ago/\1/p')
        [[ "$since" =~ ^[A-Z][a-z]{2}\ [0-9-]{10}\ [0-9:]{8}\ [A-Z]+$ ]]
        run -0 l4d2ctl logs 1 --since "$since"
        [[ "$output" == *"Started left4me-server@1.service"* ]]
        run -0 l4d2ctl logs 1 --since "2 weeks ago" --until "$(date --rfc-3339=seconds -d '1 week ago')"
        [[ "$output" != *"left4me-server@1.service"* ]]
        run -2 l4d2ctl logs 1 --since=-30500569w
}

@test "D6: what can't be printed is an error, also with no standard output at all" {
        make_instance 1 27015
        run -1 bash -c 'l4d2ctl list >&-'
        [[ "$output" == *"Failed to write the output"* ]]
        run -1 bash -c 'l4d2ctl list >/dev/full'
        [[ "$output" == *"Failed to write the output"* ]]
        run -0 bash -c 'l4d2ctl set 1 label x >&-'
        run -0 bash -c 'l4d2ctl list <&- 2>&-'
        [[ "$output" == *27015* ]]
        [ "$(l4d2ctl get 1 label)" = x ]
}

@test "D6: nobody gets a password that nobody saw" {
        run -1 bash -c 'l4d2ctl user add eve --generate >/dev/full'
        [[ "$output" == *"Failed to print the password: nothing was changed"* ]]
        [ ! -e "$state/users/eve.yaml" ]
        l4d2ctl user add eve --generate
        before=$(<"$state/users/eve.yaml")
        run -1 bash -c 'l4d2ctl user passwd eve --generate >&-'
        [ "$(<"$state/users/eve.yaml")" = "$before" ]
}

@test "D6: a disk that is full leaves no server by halves" {
        for inodes in 2 3; do
                mount -t tmpfs -o "nr_inodes=$inodes,mode=$(stat -c %a "$state/instances"),uid=$(id -u left4me),gid=$(
                        stat -c %g "$state/instances")" tmpfs "$state/instances"
                run l4d2ctl initialize 9 -f - <<<'port: 27015'
                left=$(ls -A "$state/instances")
                umount "$state/instances"
                [ "$status" = 1 ]
                [[ "$output" == *"Failed to write the spec of '9': No space left on device"* ]]
                [ -z "$left" ]
        done
}

@test "D6: a spec that systemd could not take over is said to be saved" {
        make_instance 1 27015
        options=$(findmnt -no OPTIONS /run)
        [[ "$options" =~ size=([0-9]+)k ]]
        used=$(df --output=used /run | tail -n 1)
        # systemd reloads nothing with less than 16 MiB.
        mount -o "remount,size=$((used + 4096))k" /run
        run l4d2ctl set 1 port 27016
        mount -o "remount,size=${BASH_REMATCH[1]}k" /run
        [ "$status" = 1 ]
        [[ "$output" == *"The spec of '1' is saved all the same: 'l4d2ctl start 1' has systemd read it again"* ]]
        [ "$(l4d2ctl get 1 port)" = 27016 ]
}

@test "D7: stopping the target stops all servers, starting it those of autostart; a reload neither" {
        install_game
        make_instance 1 27015
        make_instance 2 27016
        l4d2ctl set 1 autostart true
        l4d2ctl start 1 2
        pid=$(main_pid 2)
        systemctl start left4me.target
        systemctl daemon-reload
        [ "$(main_pid 2)" = "$pid" ]

        systemctl stop left4me.target
        run ! is_active 1
        run ! is_active 2
        systemctl start left4me.target
        wait_until is_active 1
        run ! is_active 2
}

@test "D7: a frozen server is said to be frozen, and what thaws it" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        systemctl freeze left4me-server@1.service
        run l4d2ctl stop 1
        systemctl thaw left4me-server@1.service
        [ "$status" = 1 ]
        [[ "$output" == *"Failed to stop '1': its unit is frozen; run 'systemctl thaw left4me-server@1.service', then try again"* ]]
        run -0 l4d2ctl stop 1
}

@test "D3: what people ask for does not count as crashes, whoever they are" {
        install_game
        make_instance 1 27015
        usermod -aG left4me-operators nobody
        mkdir -p /run/systemd/system/left4me-server@.service.d
        # Also on a slow machine all of it is within that time.
        printf '[Unit]\nStartLimitIntervalSec=1h\n' >/run/systemd/system/left4me-server@.service.d/90-limit.conf
        systemctl daemon-reload
        for ((i = 0; i < 7; i++)); do
                run -0 setpriv --reuid nobody --regid nogroup --init-groups -- l4d2ctl restart 1
        done
        gpasswd -d nobody left4me-operators
        is_active 1
        # A server that crashes stays down as before.
        for ((i = 0; i < 6; i++)); do
                systemctl restart left4me-server@1.service || break
        done
        rm /run/systemd/system/left4me-server@.service.d/90-limit.conf
        is_failed 1
        run -0 l4d2ctl start 1
}

@test "D4: the log is that of the present run when journald left the disk" {
        install_game
        make_instance 1 27015
        mkdir -p /var/log/journal
        systemctl restart systemd-journald.service
        journalctl --flush
        l4d2ctl start 1
        l4d2ctl stop 1
        journalctl --sync
        journalctl --relinquish-var
        l4d2ctl start 1
        journalctl --sync
        run -0 l4d2ctl logs 1
        shown=$output
        run -0 l4d2ctl logs 1 --all
        all=$output
        journalctl --flush
        [[ "$shown" == *"l4d2-1[$(main_pid 1)]: "* && "$shown" != *Stopped* ]]
        # In order, from both places.
        [ "$(grep -oE '(Started|Stopped) left4me-server@1' <<<"$all" | cut -d' ' -f1 | tail -n 3 | xargs)" = "Started Stopped Started" ]
}

@test "C5: status says that a unit is masked, and that its log goes elsewhere" {
        install_game
        make_instance 1 27015
        systemctl mask --runtime left4me-server@1.service
        run l4d2ctl status 1
        masked=$output
        [[ "$(l4d2ctl status 1 --json)" == *'"overrides":{"masked":true,"output":null,"drop_ins":[]}'* ]]
        run -1 l4d2ctl start 1
        systemctl unmask --runtime left4me-server@1.service
        [[ "$masked" != *" Log: "* ]]
        [[ "$masked" == *"Masked: systemd does not start it before 'systemctl unmask left4me-server@1.service'"* ]]
        [[ "$output" == *"is masked"* ]]

        mkdir -p /run/systemd/system/left4me-server@1.service.d
        printf '[Service]\nStandardOutput=file:/run/log-of-1\n' >/run/systemd/system/left4me-server@1.service.d/90-log.conf
        systemctl daemon-reload
        json=$(l4d2ctl status --json) || true
        run l4d2ctl status 1
        # A drop-in may have blanks in its name.
        cd /run/systemd/system/left4me-server@1.service.d
        mv 90-log.conf '91 a.conf of mine.conf'
        echo >92-other.conf
        systemctl daemon-reload
        blanks_json=$(l4d2ctl status --json) || true
        blanks=$(l4d2ctl status 1) || true
        cd /
        rm -r /run/systemd/system/left4me-server@1.service.d
        [[ "$blanks_json" == *'"drop_ins":["/run/systemd/system/left4me-server@1.service.d/91 a.conf of mine.conf","/run/systemd/system/left4me-server@1.service.d/92-other.conf"]'* ]]
        [[ "$blanks" == *$'Drop-in: /run/systemd/system/left4me-server@1.service.d/91 a.conf of mine.conf\n'*'Drop-in: '*/92-other.conf* ]]
        [[ "$json" == *'"overrides":{"masked":false,"output":"file","drop_ins":["/run/systemd/system/left4me-server@1.service.d/90-log.conf"]}'* ]]
        [[ "$output" == *"Log: not in the journal: its unit has StandardOutput=file"* ]]
        [[ "$output" == *"Drop-in: /run/systemd/system/left4me-server@1.service.d/90-log.conf"* ]]
}

@test "C5: what an admin sets with systemctl has the last word, and status names it" {
        install_game
        make_instance 1 27015 'resources: {memory_max: 1G}'
        [ "$(property left4me-server@1.service MemoryMax)" = 1073741824 ]
        run l4d2ctl status 1
        [[ "$output" != *Drop-in:* && "$output" != *Masked:* && "$output" != *" Log:"* ]]

        systemctl set-property left4me-server@1.service MemoryMax=2G
        systemctl daemon-reload
        limit=$(property left4me-server@1.service MemoryMax)
        run l4d2ctl status 1
        systemctl revert left4me-server@1.service
        [ "$limit" = 2147483648 ]
        [[ "$output" == *"Drop-in: /etc/systemd/system.control/left4me-server@1.service.d/50-MemoryMax.conf"* ]]
}

# --- F7: what a restart would change ------------------------------------------------------------------

# word NAME: the column SPEC, the one before the last, of `l4d2ctl list`.
word() { l4d2ctl list | awk -v name="$1" '$1 == name { print $(NF - 1) }'; }

@test "F7: only what a restart would apply makes a server out of date, and undone it is none" {
        local spec="$state/instances/1/spec.yaml"
        install_game
        l4d2ctl blueprint create alice/one <<<$'description: first\nconfig: [mp_a 1]'
        make_instance 1 27015 'blueprint: alice/one' 'hostname: Here' 'label: one'
        l4d2ctl start 1
        [ "$(word 1)" = valid ]

        run -0 l4d2ctl set 1 label two
        [[ "$output" != *restart* ]]
        run -0 l4d2ctl set 1 autostart true
        [[ "$output" != *restart* ]]
        run -0 l4d2ctl blueprint set alice/one description second
        [[ "$output" != *restart* ]]
        { echo '# a comment'; tac "$spec"; } >"$BATS_TEST_TMPDIR/spec"
        l4d2ctl initialize 1 -f "$BATS_TEST_TMPDIR/spec"
        touch "$spec" "$state/blueprints/alice/one.yaml"
        [ "$(word 1)" = valid ]
        [[ "$(l4d2ctl status 1 --json)" == *'"restart_to_apply":false'* ]]
        run -0 l4d2ctl status 1
        [[ "$output" != *'changed since start'* ]]

        run -0 l4d2ctl set 1 rcon_password another-secret
        [[ "$output" == *"'1' is running: the change applies at its next start"* ]]
        [ "$(word 1)" = changed ]
        l4d2ctl restart 1
        [ "$(word 1)" = valid ]

        run -0 l4d2ctl blueprint set alice/one config 'mp_a 2'
        [[ "$output" == *"'1' is running: the change applies at its next start"* ]]
        [ "$(word 1)" = changed ]
        [[ "$(l4d2ctl status 1 --json)" == *'"restart_to_apply":true'* ]]
        run -0 l4d2ctl blueprint set alice/one config 'mp_a 1'
        [[ "$output" != *restart* ]]
        [ "$(word 1)" = valid ]
}

@test "F7: what was changed by hand under a start that systemd had not read is not taken for applied" {
        install_game
        make_instance 1 27015 'hostname: Here'
        echo 'resources: {tasks_max: 100}' >>"$state/instances/1/spec.yaml"
        systemctl start left4me-server@1.service
        [ "$(word 1)" = changed ]
        systemctl daemon-reload
        [ "$(word 1)" = changed ]
        l4d2ctl restart 1
        [ "$(word 1)" = valid ]
}

@test "F7: the digest, which has the password in it, is for those who may read the spec" {
        install_game
        make_instance 1 27015
        systemctl start left4me-server@1.service
        [ "$(stat -c '%U:%G %a' /run/left4me/trees/1.digest)" = 'root:left4me-operators 640' ]
        grep -qxE '[0-9a-f]{64}' /run/left4me/trees/1.digest
        l4d2ctl stop 1
        wait_until test ! -e /run/left4me/trees/1.digest
}

# --- F6: started is not ready ------------------------------------------------------------------------

@test "F6: a server whose port is not open is said to be not yet ready, also with another's socket on it" {
        install_game
        mkdir -p "$state/overlays/sleeper"
        printf '#!/bin/sh\nexec sleep 300\n' >"$state/overlays/sleeper/srcds_linux"
        chmod 755 "$state/overlays/sleeper/srcds_linux"
        make_instance 1 27015 'overlays: [sleeper]'
        python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", 27015)); time.sleep(300)' 3>&- &
        socket=$!
        l4d2ctl start 1 --no-wait
        run -0 l4d2ctl status 1
        kill "$socket"
        [[ "$output" == *"State: running, not yet ready: its port is not open since "* ]]
        [[ "$(l4d2ctl status)" == *"1 - running, not yet ready"* ]]
        [[ "$(l4d2ctl status 1 --json)" == *'"ready":false'* ]]
        systemctl kill -s KILL left4me-server@1
        l4d2ctl stop 1
        run -3 l4d2ctl status 1 --json
        [[ "$output" == *'"ready":null'* ]]

        l4d2ctl set 1 overlays
        l4d2ctl start 1
        run -0 l4d2ctl status 1
        [[ "$output" != *'not yet ready'* ]]
        [[ "$(l4d2ctl status 1 --json)" == *'"ready":true'* ]]
        rm -r "$state/overlays/sleeper"
}

@test "F6: a crash is shown for a day, also when the server runs again and after a restart by hand" {
        install_game
        make_instance crashes 27015
        l4d2ctl start crashes
        run -0 l4d2ctl status crashes --json
        [[ "$output" == *'"last_end":null'* ]]
        pid=$(main_pid crashes)
        rcon crashes standin_crash
        runs_again() { is_active crashes && [[ $(main_pid crashes) != "$pid" ]]; }
        wait_until runs_again
        l4d2ctl restart crashes
        journalctl --sync
        run -0 l4d2ctl status crashes
        [[ "$output" =~ Ended:\ killed\ by\ SIGSEGV[^$'\n']*ago ]]
        run -0 l4d2ctl status
        [[ "$output" =~ ended:\ killed\ by\ SIGSEGV[^$'\n']*ago ]]
        [[ "$output" != *[Ll]'ast run'* ]]
        run -0 l4d2ctl status crashes --json
        [[ "$output" =~ \"last_end\":\{\"usec\":[0-9]+,\"text\":\"killed\ by\ SIGSEGV ]]
}
