#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The command line: what each verb promises, with good input and with bad. How specs are edited is in edit.bats, logs in
# journal.bats.

load common

setup() {
        steamcmd_behaviour works
}

teardown() {
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf "$state"/instances/* /var/lib/left4me-build/steamcmd-calls
        systemctl daemon-reload
}

steamcmd_behaviour() {
        echo "$1" >/var/lib/left4me-build/steamcmd-behaviour
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[install]\nsteamcmd=%s/steamcmd\n' "$BATS_TEST_DIRNAME" >/etc/left4me/left4me.conf.d/steamcmd.conf
}

forget_game() {
        rm -rf "${state:?}"/installation/*
}

# --- usage -----------------------------------------------------------------------------------------

@test "without a verb, with a wrong one, with wrong operands: usage" {
        run -2 l4d2ctl
        run -2 l4d2ctl explode
        [[ "$output" == *"Unknown verb 'explode'"* ]]
        run -2 l4d2ctl start
        run -2 l4d2ctl start --explode 1
        [[ "$output" == *explode* ]]
        run -2 l4d2ctl initialize 1
        run -2 l4d2ctl list too many
}

@test "help names every verb, and each verb has help" {
        run -0 l4d2ctl --help
        verbs=$(awk '/^Verbs:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' <<<"$output")
        (($(wc -l <<<"$verbs") >= 17))
        for verb in $verbs; do
                run -0 l4d2ctl "$verb" --help
                [[ "$output" == "Usage: l4d2ctl $verb"* ]]
        done
}

@test "names that are none are refused by every verb" {
        for verb in start stop restart reset delete status logs cat edit; do
                for name in ../1 1/../2 A 'a b' "$(printf 'a\nb')" '' 1@2; do
                        run -2 l4d2ctl "$verb" "$name"
                        [[ "$output" == *"Invalid server name"* ]] || { echo "$verb $name: $output"; false; }
                done
        done
}

@test "output that can't be written is a failure" {
        make_instance 1 27015
        run -1 bash -c 'l4d2ctl render >/dev/full'
}

# --- install ----------------------------------------------------------------------------------------

@test "install runs steamcmd as the owner of the installation and passes its output on" {
        forget_game
        run -0 l4d2ctl install
        [[ "$output" == *"Connecting anonymously"* && "$output" == *"fully installed."* ]]
        [ "$(readlink "$state/installation/current")" = versions/1 ]
        [ -x "$state/installation/current/srcds_linux" ]
        run -0 cat /var/lib/left4me-build/steamcmd-calls
        [[ "${lines[0]}" == "+force_install_dir $state/installation/staging/install/tree +login anonymous +app_update 222860 +quit" ]]
        [[ "${lines[1]}" == "uid=left4me-build home=/var/lib/left4me-build cwd=$state/installation/staging/install/tree tty=yes" ]]
}

@test "install keeps steamcmd's steamclient.so, and replaces it by a newer one" {
        local kept=$state/steamclient own=/var/lib/left4me-build/.local/share/Steam/steamcmd old abi
        (umask 077 && l4d2ctl install)
        for abi in i386:linux32 x86-64:linux64; do
                cmp "/usr/lib/left4me-build/standin/${abi%:*}/bin/steamclient.so" "$kept/${abi#*:}/steamclient.so"
                [ "$(stat -c '%U %a' "$kept/${abi#*:}")" = 'left4me-build 755' ]
                [ "$(stat -c '%U %a' "$kept/${abi#*:}/steamclient.so")" = 'left4me-build 644' ]
        done

        # Another one, as an update of steamcmd brings.
        old=$(stat -c %i "$kept/linux32/steamclient.so")
        printf "\nnewer\n" >>"$own/linux32/steamclient.so"
        run -0 l4d2ctl install
        [ "$(tail -c 6 "$kept/linux32/steamclient.so")" = newer ]
        [ "$(stat -c %i "$kept/linux32/steamclient.so")" != "$old" ]

        # Where older steamcmds have it; and beside the program, before both.
        mkdir -p /var/lib/left4me-build/.steam/steamcmd /opt/steamcmd/linux32
        mv "$own/linux32" /var/lib/left4me-build/.steam/steamcmd/
        rm -r "$own" "$kept/linux32"
        steamcmd_behaviour works-elsewhere
        run -0 l4d2ctl install
        [ "$(tail -c 6 "$kept/linux32/steamclient.so")" = newer ]
        cp "$BATS_TEST_DIRNAME/steamcmd" /opt/steamcmd/
        cp /usr/lib/left4me-build/standin/i386/bin/steamclient.so /opt/steamcmd/linux32/
        chmod -R go+rX /opt/steamcmd
        printf '[install]\nsteamcmd=/opt/steamcmd/steamcmd\n' >/etc/left4me/left4me.conf.d/steamcmd.conf
        run -0 l4d2ctl install
        cmp /usr/lib/left4me-build/standin/i386/bin/steamclient.so "$kept/linux32/steamclient.so"

        # Without any, the one kept before stays.
        rm -r /opt/steamcmd/linux32 /var/lib/left4me-build/.steam
        run -0 l4d2ctl install
        [[ $output == *'steamcmd has no linux32/steamclient.so'* ]]
        [ -e "$kept/linux32/steamclient.so" ]

        # No place to keep it.
        mv "$kept" "$kept.away"
        run -1 l4d2ctl install
        mv "$kept.away" "$kept"
        [[ $output == *"systemd-tmpfiles --create left4me.conf"* ]]
        rm -rf /opt/steamcmd /var/lib/left4me-build/.local "${kept:?}"/*
}

@test "install goes by way of Windows when Steam refuses Linux" {
        forget_game
        steamcmd_behaviour fresh
        run -0 l4d2ctl install
        run -0 grep -c force_install_dir /var/lib/left4me-build/steamcmd-calls
        [ "$output" = 3 ]
        run -0 grep -A2 windows /var/lib/left4me-build/steamcmd-calls
        [[ "${lines[2]}" == *linux*validate* ]]
}

@test "install gives up after three attempts" {
        forget_game
        steamcmd_behaviour never
        run -1 l4d2ctl install
        [[ "$output" == *"Failed to install the game: Steam did not offer the Linux version"* ]]
        [ ! -e "$state/installation/current" ]
        run -0 grep -c force_install_dir /var/lib/left4me-build/steamcmd-calls
        [ "$output" = 5 ]
}

@test "a spec that was mended after systemd read it: status tells what was wrong then" {
        local spec="$state/instances/mended/spec.yaml"
        make_instance mended 27090
        cp -p "$spec" "$BATS_TEST_TMPDIR/spec"
        echo 'overlay: x' >>"$spec"
        systemctl daemon-reload
        run -3 l4d2ctl status mended
        [[ "$output" == *"unknown key 'overlay'"* && "$output" != *"generator said"* ]]
        cp -p "$BATS_TEST_TMPDIR/spec" "$spec"
        run -3 l4d2ctl status mended
        [[ "$output" == *"At its last run the generator said:"*"unknown key 'overlay'"* ]]
        l4d2ctl delete mended
}

@test "install says what steamcmd's codes mean and passes its exit status on" {
        forget_game
        steamcmd_behaviour disk
        run -8 l4d2ctl install
        [[ "$output" == *"not enough disk space"* ]]
        [ ! -e "$state/installation/current" ]
}

@test "install without steamcmd says where it looked" {
        printf '[install]\nsteamcmd=/nowhere/steamcmd\n' >/etc/left4me/left4me.conf.d/steamcmd.conf
        run -1 l4d2ctl install
        [[ "$output" == */nowhere/steamcmd* ]]
}

# game_versions: those on the disk, and where current points.
game_versions() { echo "$(ls "$state/installation/versions" | sort -n | tr '\n' ' ')$(readlink "$state/installation/current")"; }
in_server() { cat "/proc/$(main_pid 1)/root$state/runtime/1/merged/$1"; }

@test "install makes a new version while servers run on the old one" {
        install_game
        steamcmd_behaviour newer
        printf old >"$state/installation/current/left4dead2/changed.txt"
        # An admin put it there, so steamcmd's user may not link it.
        echo root >"$state/installation/current/of-root"
        make_instance 1 27015
        l4d2ctl start 1
        pid=$(main_pid 1)
        run -0 l4d2ctl install
        [[ "$output" == *"The game is at version 2 now; a server gets it when it starts"* ]]
        [ "$(game_versions)" = "1 2 versions/2" ]
        [ "$(main_pid 1)" = "$pid" ]
        [ "$(in_server left4dead2/changed.txt)" = old ]
        run ! in_server left4dead2/new.txt
        l4d2ctl restart 1
        [ "$(in_server left4dead2/changed.txt)" = oldnewer ]
        [ "$(in_server left4dead2/new.txt)" = new ]
        [ "$(cat "$state/installation/current/of-root")" = root ]
        # Files that the update left as they were take no space again.
        [ "$(stat -c %i "$state/installation/versions/1/srcds_linux")" = "$(stat -c %i "$state/installation/versions/2/srcds_linux")" ]
        [ -z "$(find "$state/installation/versions/2" "$state/installation/staging" ! -user left4me-build)" ]
        l4d2ctl stop 1
}

@test "game: versions, rollback and gc" {
        forget_game
        steamcmd_behaviour newer
        l4d2ctl install
        run -6 l4d2ctl game rollback
        [[ "$output" == *"has no older version"* ]]
        l4d2ctl install
        make_instance 1 27015
        l4d2ctl start 1
        run -0 l4d2ctl game versions
        [[ "${lines[1]}" == 2*yes*yes*1000 && "${lines[2]}" == 1*1000 && "${lines[2]}" != *yes* ]]
        run -0 l4d2ctl game rollback
        [[ "$output" == *"The game is at version 1 again"* ]]
        [ "$(in_server left4dead2/changed.txt)" = newernewer ]
        l4d2ctl restart 1
        [ "$(in_server left4dead2/changed.txt)" = newer ]
        run -4 l4d2ctl game rollback 9
        [[ "$output" == *"No version '9' of the game: see 'l4d2ctl game versions'"* ]]
        # The next update starts from the version that servers get.
        l4d2ctl install
        [ "$(game_versions)" = "1 2 3 versions/3" ]
        [ "$(cat "$state/installation/current/left4dead2/changed.txt")" = newernewer ]
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[content]\nkeep_versions=1\n' >/etc/left4me/left4me.conf.d/content.conf
        run -0 l4d2ctl game gc
        [[ "$output" == *"Old versions of the game removed: 1"* ]]
        [ "$(game_versions)" = "1 3 versions/3" ]
        rm /etc/left4me/left4me.conf.d/content.conf
        run -8 setpriv --reuid left4me --regid left4me --init-groups l4d2ctl game rollback
        l4d2ctl stop 1
}

@test "install without an update makes no version" {
        forget_game
        steamcmd_behaviour works
        run -0 l4d2ctl install
        [[ "$output" == *"The game is at version 1 now"* ]]
        run -0 l4d2ctl install
        [[ "$output" == *"The game is up to date: it stays at version 1"* ]]
        [ "$(game_versions)" = "1 versions/1" ]
        [ -z "$(ls -A "$state/installation/staging")" ]
}

@test "an install that fails changes nothing, and the next one goes on with its download" {
        forget_game
        steamcmd_behaviour works
        l4d2ctl install
        steamcmd_behaviour broken
        run -8 l4d2ctl install
        [[ "$output" == *"Steam can't be reached"* ]]
        [ "$(game_versions)" = "1 versions/1" ]
        [ ! -e "$state/installation/versions/1/downloaded" ]
        [ "$(cat "$state/installation/staging/install/tree/downloaded")" = half ]
        steamcmd_behaviour newer
        run -0 l4d2ctl install
        [ "$(game_versions)" = "1 2 versions/2" ]
        [ "$(cat "$state/installation/current/downloaded")" = half ]
}

@test "install makes the game again when its current version is gone" {
        forget_game
        steamcmd_behaviour works
        l4d2ctl install
        rm -rf "$state"/installation/versions/*
        run -0 l4d2ctl install
        [ "$(game_versions)" = "1 versions/1" ]
        [ -x "$state/installation/current/srcds_linux" ]
}

@test "one install at a time, and what would wait for it says so" {
        local action
        forget_game
        steamcmd_behaviour newer
        l4d2ctl install
        exec {lock}<"$state/installation/staging"
        flock "$lock"
        for action in install 'game rollback' 'game gc'; do
                # shellcheck disable=SC2086 # two words
                run -6 timeout 60 l4d2ctl $action {lock}<&-
                [[ "$output" == *"Another 'l4d2ctl install' or 'l4d2ctl game' runs"* ]]
        done
        run -0 l4d2ctl game versions
        exec {lock}<&-
        run -0 l4d2ctl install
}

@test "an install without space for its copy gives back what it took" {
        forget_game
        steamcmd_behaviour works
        mount -t tmpfs -o "size=3M,mode=755,uid=left4me-build,gid=left4me-build" tmpfs "$state/installation"
        as_build() { setpriv --reuid left4me-build --regid left4me-build --clear-groups "$@"; }
        as_build mkdir -p "$state/installation/versions/1"
        head -c 2000000 /dev/urandom | as_build tee "$state/installation/versions/1/big" >/dev/null
        as_build ln -s versions/1 "$state/installation/current"
        run -1 l4d2ctl install
        [[ "$output" == *"too little of the disk of $state/installation is free"* ]]
        [ -z "$(ls -A "$state/installation/staging")" ]
        [ "$(readlink "$state/installation/current")" = versions/1 ]
        umount "$state/installation"
}

@test "install removes old versions, but none that a server has mounted" {
        forget_game
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[content]\nkeep_versions=2\n' >/etc/left4me/left4me.conf.d/content.conf
        steamcmd_behaviour newer
        l4d2ctl install
        make_instance 1 27015
        l4d2ctl start 1
        for _ in 2 3 4; do l4d2ctl install; done
        [ "$(game_versions)" = "1 3 4 versions/4" ]
        [ "$(in_server left4dead2/changed.txt)" = newer ]
        l4d2ctl stop 1
        rm /etc/left4me/left4me.conf.d/content.conf
}

# checksum VERSION: of all its files.
checksum() { (cd "$state/installation/versions/$1" && find . -type f -exec sha256sum {} + | sort | sha256sum); }

# killing STEP CALL WHEN: this step of the unit, as root's, is killed at that system call of it.
killing() {
        local drop_in=/run/systemd/system/left4me-install.service.d/50-kill.conf key=ExecStartPre
        [[ $1 == begin ]] || key=ExecStartPost
        mkdir -p "${drop_in%/*}"
        printf '%s\n' '[Service]' "$key=" "$key=+/usr/bin/strace -f -qq -o /dev/null -e trace=$2 \
                -e inject=$2:signal=KILL:when=$3 /usr/lib/left4me/left4me-install $1" >"$drop_in"
        systemctl daemon-reload
}
killing_ends() {
        rm -f /run/systemd/system/left4me-install.service.d/50-kill.conf
        systemctl daemon-reload
}

@test "killed at any of its steps, install changes no version that is there" {
        local call step when id sum steps=0

        forget_game
        steamcmd_behaviour newer
        l4d2ctl install
        for call in renameat renameat2 linkat symlinkat syncfs fsync unlinkat mkdirat; do
                for step in begin commit; do
                        for ((when = 1; ; when += 3)); do
                                steamcmd_behaviour in-place
                                id=$(readlink "$state/installation/current") id=${id#versions/}
                                sum=$(checksum "$id")
                                killing "$step" "$call" "$when"
                                if l4d2ctl install >/dev/null 2>&1; then
                                        break
                                fi
                                killing_ends
                                steps=$((steps + 1))
                                ((when < 40)) || break
                                [ -x "$state/installation/current/srcds_linux" ]
                                # The next one writes in place, too.
                                l4d2ctl install >/dev/null
                                [ "$(checksum "$id")" = "$sum" ]
                        done
                        killing_ends
                        [ ! -e "$state/installation/versions/$id" ] || [ "$(checksum "$id")" = "$sum" ]
                done
        done
        echo "# killed at $steps steps" >&3
        ((steps > 20))
        [ -z "$(ls -A "$state/installation/staging")" ]
        [ -z "$(find "$state/installation" -name '.#*')" ]
}

@test "a user without rights can't install" {
        # left4me has rights inside of the web app's unit only, and others none at all.
        run -8 setpriv --reuid left4me --regid left4me --init-groups l4d2ctl install
        [[ "$output" == *"Failed to start left4me-install.service: "* ]]
        run -8 setpriv --reuid left4me --regid left4me --init-groups l4d2ctl install --check
        [[ "$output" == *"Failed to start left4me-check.service: "* ]]
        run -8 setpriv --reuid left4me-build --regid left4me-build --init-groups l4d2ctl install --validate
        [[ "$output" == *"only root and members of left4me-operators may"* ]]
        [ ! -e /var/lib/left4me-build/steamcmd-calls ]
        [ -z "$(ls -A /run/left4me/requests)" ]
}

# --- initialize -------------------------------------------------------------------------------------

@test "initialize makes an instance with a password of its own" {
        printf '# Our server\nport: 27015\n' >"$BATS_TEST_TMPDIR/spec.yaml"
        run -0 l4d2ctl initialize 1 -f "$BATS_TEST_TMPDIR/spec.yaml"
        head -n 2 "$state/instances/1/spec.yaml" | diff - "$BATS_TEST_TMPDIR/spec.yaml"
        run -0 l4d2ctl get 1 rcon_password
        [[ "$output" =~ ^[a-z2-9]{24}$ ]]
        password=$output
        [ -e /run/systemd/generator/left4me-server@1.service.d/40-instance.conf ]
        [ "$(stat -c '%U:%G %a' "$state/instances/1/spec.yaml")" = "left4me:left4me-operators 640" ]

        # Again, with another port: the password stays.
        printf 'port: 27016\n' | l4d2ctl initialize 1 --file=-
        [ "$(l4d2ctl get 1 rcon_password)" = "$password" ]
        grep -q 27016 /run/systemd/generator/left4me-server@1.service.d/40-instance.conf
}

@test "initialize refuses a bad spec with all its errors and changes nothing" {
        make_instance 1 27015
        before=$(sha256sum "$state/instances/1/spec.yaml")
        printf 'port: 70000\noverlay: [a]\nhardening: soft\n' >"$BATS_TEST_TMPDIR/bad.yaml"
        run -5 l4d2ctl initialize 1 -f "$BATS_TEST_TMPDIR/bad.yaml"
        for place in 1:7 2:1 3:12; do
                [[ "$output" == *"bad.yaml:$place: error:"* ]] || { echo "$place"; echo "$output"; false; }
        done
        [[ "$output" == *"did you mean"*overlays* ]]
        [ "$(sha256sum "$state/instances/1/spec.yaml")" = "$before" ]
        run -5 l4d2ctl initialize 2 -f "$BATS_TEST_TMPDIR/bad.yaml"
        [ ! -e "$state/instances/2" ]
}

@test "initialize of a running server applies at its next start" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        pid=$(main_pid 1)
        run -0 make_instance 1 27016
        [[ "$output" == *"applies at its next start"* ]]
        [ "$(main_pid 1)" = "$pid" ]
        run -0 "$query" info 127.0.0.1 27015
        l4d2ctl restart 1
        run -0 "$query" info 127.0.0.1 27016
}

@test "the same spec again makes no daemon reload" {
        make_instance 1 27015
        before=$(stat -c %i /run/systemd/generator/left4me-server@1.service.d/40-instance.conf)
        l4d2ctl initialize 1 -f "$state/instances/1/spec.yaml"
        [ "$(stat -c %i /run/systemd/generator/left4me-server@1.service.d/40-instance.conf)" = "$before" ]
}

@test "initialize with a missing or huge file" {
        run -1 l4d2ctl initialize 1 -f /nowhere
        [[ "$output" == */nowhere* ]]
        head -c 200000 /dev/zero | tr '\0' '#' >"$BATS_TEST_TMPDIR/huge"
        run ! l4d2ctl initialize 1 -f "$BATS_TEST_TMPDIR/huge"
        run ! timeout 100 l4d2ctl initialize 1 -f /dev/zero
        [ "$status" != 124 ]
        [ ! -e "$state/instances/1" ]
}

# --- start, stop, restart ---------------------------------------------------------------------------

@test "start returns when the port is open, and is idempotent" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        # Not tried again: a port that isn't open refuses at once.
        run -0 "$query" info 127.0.0.1 27015
        run -0 l4d2ctl start 1
}

@test "start says why a server is not up, with its last lines" {
        install_game
        make_instance 1 27015 'arguments: ["+standin_exit", "3"]'
        run -1 l4d2ctl start 1
        [[ "$output" == *"Failed to start '1':"* && "$output" == *3* ]]
        [[ "$output" == *"standin: exit 3"* ]]
}

@test "start says which overlay is missing" {
        install_game
        make_instance 1 27015 'overlays: [nowhere]'
        run -1 l4d2ctl start 1
        [[ "$output" == *nowhere* ]]
}

@test "start of a missing or broken instance" {
        run -4 l4d2ctl start nobody
        [[ "$output" == *"No server named 'nobody'"* ]]
        make_instance 1 27015
        echo 'oops: 1' >>"$state/instances/1/spec.yaml"
        run -5 l4d2ctl start 1
        [[ "$output" == *spec.yaml:*oops* ]]
}

@test "start makes a spec known that was changed by hand" {
        install_game
        make_instance 1 27015
        sed -i 's/27015/27020/' "$state/instances/1/spec.yaml"
        l4d2ctl start 1
        run -0 "$query" info 127.0.0.1 27020
}

@test "start gives up on a server that never opens its port" {
        install_game
        cp -a "$state/installation/current/srcds_linux" "$BATS_TEST_TMPDIR/"
        mkdir -p "$state/overlays/sleeper"
        printf '#!/bin/sh\necho waiting\nexec sleep 300\n' >"$state/overlays/sleeper/srcds_linux"
        chmod 755 "$state/overlays/sleeper/srcds_linux"
        make_instance 1 27015 'overlays: [sleeper]'
        run -1 l4d2ctl start 1 --timeout=5
        [[ "$output" == *"has not opened its port"* && "$output" == *waiting* ]]
        systemctl kill -s KILL left4me-server@1
}

@test "several servers in one call, one of them broken" {
        install_game
        make_instance 1 27015
        make_instance 2 27016 'arguments: ["+standin_exit", "3"]'
        make_instance 3 27017
        run -1 l4d2ctl start 1 2 3
        is_active 1
        is_active 3
        l4d2ctl stop 1 2 3
        run ! is_active 1
}

@test "stop of a stopped server is success, of an unknown one is not" {
        make_instance 1 27015
        l4d2ctl stop 1
        run -4 l4d2ctl stop nobody
}

@test "stop reaches a server whose spec is gone" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        rm -r "$state/instances/1"
        l4d2ctl stop 1
        run ! is_active 1
}

# --- reset and delete -------------------------------------------------------------------------------

@test "reset of a stopped server leaves it stopped" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        rcon 1 standin_write left4dead2/cfg/mine.cfg x
        l4d2ctl stop 1
        [ -e "$state/runtime/1/upper/left4dead2/cfg/mine.cfg" ]
        l4d2ctl reset 1
        [ ! -e "$state/runtime/1/upper/left4dead2/cfg/mine.cfg" ]
        run ! is_active 1
        run -4 l4d2ctl reset nobody
}

@test "delete removes all traces, and a missing instance is success" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        l4d2ctl delete 1
        [ ! -e "$state/instances/1" ]
        [ ! -e "$state/runtime/1" ]
        [ ! -e /run/systemd/generator/left4me-server@1.service.d ]
        [ ! -e /run/left4me/layers/1 ]
        l4d2ctl delete 1
        l4d2ctl delete never-was
}

@test "delete completes what a killed delete began" {
        install_game
        make_instance 1 27015
        l4d2ctl start 1
        l4d2ctl stop 1
        rm "$state/instances/1/spec.yaml"
        l4d2ctl delete 1
        [ ! -e "$state/instances/1" ]
        [ ! -e "$state/runtime/1" ]
        [ ! -e /run/systemd/generator/left4me-server@1.service.d ]
}

@test "delete removes a broken instance" {
        mkdir -p "$state/instances/1"
        mkfifo "$state/instances/1/spec.yaml"
        timeout 100 l4d2ctl delete 1
        [ ! -e "$state/instances/1" ]
}

# --- rights -----------------------------------------------------------------------------------------

@test "an operator starts, stops and looks, and writes nothing" {
        install_game
        make_instance 1 27015
        useradd --no-create-home --groups left4me-operators op 2>/dev/null || true
        as_op() { setpriv --reuid op --regid op --init-groups "$@"; }
        as_op l4d2ctl start 1
        run -0 as_op l4d2ctl status 1
        as_op l4d2ctl restart 1
        as_op l4d2ctl stop 1
        run ! as_op l4d2ctl set 1 port 27099
        run -0 l4d2ctl get 1 port
        [ "$output" = 27015 ]
}

@test "anybody else is told that systemd refuses" {
        install_game
        make_instance 1 27015
        useradd --no-create-home nobody-special 2>/dev/null || true
        run ! setpriv --reuid nobody-special --regid nobody-special --init-groups l4d2ctl stop 1
        [ -n "$output" ]
}
