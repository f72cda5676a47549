#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-launch: what it refuses to start, in which words and with which exit status, and that it
# leaves the server alone after that. It runs in its unit; what would stop the start before it gets
# its turn, the unit's assertions and the real mount, is taken out of the way where that is needed.

load common

launch=/usr/lib/left4me/left4me-launch

setup_file() {
        install_game
}

setup() { mark_log; }

teardown() {
        local target

        systemctl stop 'left4me-server@*.service' || true
        while read -r target; do umount -l "$target"; done < <(
                findmnt -rno TARGET | grep "^$state/runtime/" | tac)
        rm -rf "$state"/runtime/* "$state"/instances/* "$state"/overlays/* /run/left4me/layers/* /run/left4me/trees/* /run/handmade
        rm -rf /run/systemd/system/left4me-server@*.d /run/systemd/system/l4d2-overlay@.service
        systemctl reset-failed
        systemctl daemon-reload
}

# drop_in LINE…: more lines for all servers. A restart would come at once, if there were one.
drop_in() {
        mkdir -p /run/systemd/system/left4me-server@.service.d
        printf '%s\n' '[Unit]' 'AssertPathExists=' '[Service]' 'RestartSec=100ms' "$@" \
                >/run/systemd/system/left4me-server@.service.d/90-test.conf
        systemctl daemon-reload
}

# From here on the test mounts the tree, or doesn't.
without_overlay_unit() {
        printf '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=true\n' \
                >/run/systemd/system/l4d2-overlay@.service
        drop_in
}

# refused NAME STATUS TEXT: the start fails for good with this exit status and message.
refused() {
        systemctl reset-failed
        mark_log
        systemctl start "left4me-server@$1" || true
        wait_until is_failed "$1"
        log_of "$1" >"$BATS_TEST_TMPDIR/log"
        cat "$BATS_TEST_TMPDIR/log"
        grep -qF -- "$3" "$BATS_TEST_TMPDIR/log"
        [ "$(systemctl show -p ExecMainStatus -p NRestarts "$(unit "$1")" | sort | xargs)" = "ExecMainStatus=$2 NRestarts=0" ]
        # One message, and nothing of the game.
        [ "$(grep -c '^Failed to start server\|^Failed to start a server' "$BATS_TEST_TMPDIR/log")" = 1 ]
        run ! grep -q 'Starting ./srcds_linux' "$BATS_TEST_TMPDIR/log"
}

# --- how it is called -------------------------------------------------------------------------------

@test "wrong usage and hostile names are refused" {
        local name

        run -64 "$launch"
        run -64 "$launch" 1 2
        [[ "$output" == *"Usage: left4me-launch NAME"* ]]
        for name in '' . .. ../1 a/b A a_b $'a\n' "$(printf 'x%.0s' {1..33})"; do
                LEFT4ME_GENERATED=$name run -64 "$launch" "$name"
                [[ "$output" == *"not a valid server name"* ]]
        done
}

@test "an instance with an illegal name is refused and not tried again" {
        without_overlay_unit
        refused A 64 "not a valid server name"
}

# --- the drop-in --------------------------------------------------------------------------------------

@test "without the sentinel it refuses" {
        make_instance 1 27015
        drop_in UnsetEnvironment=LEFT4ME_GENERATED
        refused 1 78 'systemd did not read its generated drop-in to the end; see "systemctl cat left4me-server@1.service"'
}

@test "with another instance's sentinel it refuses" {
        local other

        make_instance 1 27015
        for other in 2 11 '' '1 ' 01; do
                drop_in "Environment=\"LEFT4ME_GENERATED=$other\""
                refused 1 78 'systemd did not read its generated drop-in to the end'
        done
}

# --- the tree -------------------------------------------------------------------------------------------

@test "without a tree it refuses" {
        make_instance 1 27015
        without_overlay_unit
        refused 1 78 "$state/runtime/1/merged does not exist; start it by left4me-server@1.service"
}

@test "a plain directory is refused, even with all of the game in it" {
        make_instance 1 27015
        without_overlay_unit
        mkdir -p "$state/runtime/1/merged"
        cp -r "$state/installation/versions/1/." "$state/runtime/1/merged"
        refused 1 78 "$state/runtime/1/merged is not this server's overlay mount"
}

@test "another mount in the place of the tree is refused" {
        make_instance 1 27015
        without_overlay_unit
        mkdir -p "$state/runtime/1/merged"
        mount -t tmpfs tmpfs "$state/runtime/1/merged"
        refused 1 78 "is not this server's overlay mount"
        umount "$state/runtime/1/merged"

        mount --bind "$state/installation/versions/1" "$state/runtime/1/merged"
        refused 1 78 "is not this server's overlay mount"
}

@test "an overlay of somebody else in the place of the tree is refused" {
        make_instance 1 27015
        without_overlay_unit
        mkdir -p "$state/runtime/1/"{merged,upper} "$state/runtime/2/"{upper,work}
        mount -t overlay -o "lowerdir=$state/installation/versions/1,upperdir=$state/runtime/2/upper,workdir=$state/runtime/2/work" \
                overlay "$state/runtime/1/merged"
        refused 1 78 "is not this server's overlay mount"
        umount "$state/runtime/1/merged"

        # One that can't be written at all.
        mount -t overlay -o "lowerdir=$state/installation/versions/1:/usr/share" overlay "$state/runtime/1/merged"
        refused 1 78 "is not this server's overlay mount"
}

@test "a neighbour's tree in the place of the tree is refused" {
        make_instance 1 27015
        make_instance 2 27016
        /usr/lib/left4me/left4me-overlay mount 2
        without_overlay_unit
        mkdir -p "$state/runtime/1/merged"
        chgrp left4me-game "$state/runtime/1/merged"
        mount --bind "$state/runtime/2/merged" "$state/runtime/1/merged"
        refused 1 78 "is not this server's overlay mount"
}

@test "a part of its own tree in the place of the tree is refused" {
        make_instance 1 27015
        /usr/lib/left4me/left4me-overlay mount 1
        without_overlay_unit
        mount --bind "$state/runtime/1/merged/left4dead2" "$state/runtime/1/merged"
        refused 1 78 "is not this server's overlay mount"
}

@test "a tree that was not mounted for this start is refused" {
        local device

        make_instance 1 27015
        without_overlay_unit
        /usr/lib/left4me/left4me-overlay mount 1
        device=$(device_of "$state/runtime/1/merged")
        for other in "" "0:0" "${device}1" "LEFT4ME" ; do
                record "$other"
                refused 1 78 "$state/runtime/1/merged is not the tree that was mounted for this start"
        done
        rm /run/left4me/trees/1
        refused 1 78 "$state/runtime/1/merged is not the tree that was mounted for this start"
        record "$device"
        systemctl start left4me-server@1
        wait_until in_log 1 'Connection to Steam'
}

# --- the argv file ----------------------------------------------------------------------------------------

# handmade_mount: this server's overlay, with /run/handmade for its instance layer, and its record.
handmade_mount() {
        mkdir -p /run/left4me/trees "$state/runtime/1/"{merged,upper,work}
        mount -t overlay -o "lowerdir=/run/handmade:$state/installation/versions/1,upperdir=$state/runtime/1/upper,workdir=$state/runtime/1/work" \
                overlay "$state/runtime/1/merged"
        record "$(device_of "$state/runtime/1/merged")"
}
handmade_tree() {
        mkdir -p /run/handmade/.left4me
        handmade_mount
}

device_of() { findmnt -nro MAJ:MIN --mountpoint "$1"; }
record() { printf 'LEFT4ME_TREE=%s\n' "$1" >/run/left4me/trees/1; }

# argv_refused TEXT: with the argv file that is there. It is mounted again, because a change of a lower
# layer under a mount has no defined effect.
argv_refused() {
        handmade_tree
        refused 1 78 "Failed to start server 1: $1"
        umount "$state/runtime/1/merged"
}

good_argv() {
        printf '%s\0' ./srcds_linux -game left4dead2 -strictportbind -ip 0.0.0.0 -port 27015 \
                +clientport 27215 -steamport 27415
}

argv=/run/handmade/.left4me/argv

@test "a tree made by hand starts: what follows is refused for what it names" {
        make_instance 1 27015
        without_overlay_unit
        mkdir -p /run/handmade/.left4me
        good_argv >$argv
        handmade_tree
        systemctl start left4me-server@1
        wait_until in_log 1 'Connection to Steam'
}

@test "an argv file that isn't there, or no file, is refused" {
        make_instance 1 27015
        without_overlay_unit
        argv_refused 'cannot read its .left4me/argv: No such file or directory'
        mkdir $argv
        argv_refused 'cannot read its .left4me/argv: not a regular file'
        rmdir $argv
        mkfifo $argv
        argv_refused 'cannot read its .left4me/argv: not a regular file'
        rm $argv
        mknod -m 666 $argv c 1 5
        argv_refused 'cannot read its .left4me/argv: not a regular file'
        rm $argv
        good_argv >/run/handmade/other
        ln -s ../other $argv
        argv_refused 'cannot read its .left4me/argv: a symbolic link is not accepted here'
        rm -r /run/handmade/.left4me
        mkdir /run/handmade/elsewhere
        good_argv >/run/handmade/elsewhere/argv
        ln -s elsewhere /run/handmade/.left4me
        handmade_mount
        refused 1 78 'cannot read its .left4me/argv: a symbolic link is not accepted here'
}

@test "an argv file of somebody else is refused" {
        local owner

        make_instance 1 27015
        without_overlay_unit
        mkdir -p /run/handmade/.left4me
        good_argv >$argv
        for owner in left4me-game left4me left4me-build nobody; do
                chown "$owner" $argv
                argv_refused 'cannot read its .left4me/argv: the file belongs to another user'
        done
}

@test "an argv file with a second name is refused" {
        make_instance 1 27015
        without_overlay_unit
        mkdir -p /run/handmade/.left4me
        good_argv >$argv
        ln $argv /run/handmade/second
        argv_refused 'cannot read its .left4me/argv: the file has more than one hard link'
}

@test "an argv file that is empty, cut or too large is refused" {
        local i

        make_instance 1 27015
        without_overlay_unit
        mkdir -p /run/handmade/.left4me
        : >$argv
        argv_refused 'its .left4me/argv is empty'

        good_argv >$argv
        truncate -s -1 $argv
        argv_refused 'its .left4me/argv is cut off'
        truncate -s 5 $argv
        argv_refused 'its .left4me/argv is cut off'

        good_argv >$argv
        truncate -s $((96 * 1024 + 1)) $argv
        argv_refused 'cannot read its .left4me/argv: the file is too large'

        { good_argv; for ((i = 0; i < 512; i++)); do printf 'x\0'; done; } >$argv
        argv_refused 'its .left4me/argv has too many elements'
}

@test "an argv file with control characters or for another program is refused" {
        local bad

        make_instance 1 27015
        without_overlay_unit
        mkdir -p /run/handmade/.left4me
        for bad in 'a\nb' '\e[2J' '\x7f' '\x01' 'tab\t'; do
                { good_argv; printf "$bad\0"; } >$argv
                argv_refused 'its .left4me/argv an element contains a control character'
        done
        for bad in /bin/sh ./srcds_run srcds_linux '' ./srcds_linux2; do
                { printf '%s\0' "$bad"; good_argv; } >$argv
                argv_refused 'its .left4me/argv does not begin with ./srcds_linux'
        done
}

# --- the game -----------------------------------------------------------------------------------------------

@test "a game that can't be executed is refused with its own status" {
        make_instance 1 27015
        without_overlay_unit
        mkdir -p /run/handmade/.left4me
        good_argv >$argv
        printf '' >/run/handmade/srcds_linux
        for mode in 644 755; do
                chmod "$mode" /run/handmade/srcds_linux
                handmade_tree
                mark_log
                systemctl reset-failed
                systemctl start left4me-server@1 || true
                wait_until is_failed 1
                in_log 1 'Failed to start server 1: cannot execute ./srcds_linux of its game tree: '
                [ "$(property left4me-server@1.service ExecMainStatus)" = 69 ]
                [ "$(property left4me-server@1.service NRestarts)" = 0 ]
                umount "$state/runtime/1/merged"
        done
        # Nothing of it stays behind.
        wait_until no_anchor
}

# One that has ended is there until systemd has asked for its status.
no_anchor() { ! pgrep -x left4me-anchor; }

# not_executed NAME STATUS TEXT: the launcher could not become the game, and l4d2ctl and systemd say why.
not_executed() {
        mark_log
        run l4d2ctl start "$1"
        [ "$status" -ne 0 ]
        [[ "$output" == *"$3"* ]]
        in_log "$1" "$3"
        [ "$(property "$(unit "$1")" ExecMainStatus) $(property "$(unit "$1")" NRestarts)" = "$2 0" ]
}

# bats test_tags=no-i386
@test "an i386 game on a kernel that executes none is refused with the reason" {
        needs_no_i386
        cp /usr/lib/left4me-build/standin/i386/srcds_linux "$(make_overlay i386)/"
        make_instance 1 27015 'overlays: [i386]'
        not_executed 1 71 "this kernel can't run 32-bit programs"
        run l4d2ctl status 1
        [[ "$output" == *'this host cannot run 32-bit programs'* ]]
}

@test "an i386 game on a host without the i386 loader is refused with the package" {
        local loader
        cp /usr/lib/left4me-build/standin/i386/srcds_linux "$(make_overlay i386)/"
        make_instance 1 27015 'overlays: [i386]'
        loader=$(readlink -f /lib/ld-linux.so.2)
        mv "$loader" /run/saved-loader
        not_executed 1 71 'apt install libc6-i386'
        mv /run/saved-loader "$loader"
}

@test "a failed start shows its reason, however late journald is" {
        local journald

        make_instance 1 27015
        drop_in UnsetEnvironment=LEFT4ME_GENERATED
        journald=$(property systemd-journald.service MainPID)
        kill -STOP "$journald"
        { wait_until is_failed 1; sleep 0.5; kill -CONT "$journald"; } 3>&- &
        run -1 l4d2ctl start 1
        wait
        [[ "$output" == *'systemd did not read its generated drop-in to the end'* ]]
}

@test "the main process is the game, without a trace of the launcher" {
        make_instance 1 27015
        systemctl start left4me-server@1
        # The start is over when the launcher is executed, which then becomes the game.
        wait_until in_log 1 'Connection to Steam'
        pid=$(main_pid 1)
        [ "$(readlink "/proc/$pid/exe")" = "$state/runtime/1/merged/srcds_linux" ]
        [ "$(<"/proc/$pid/comm")" = srcds_linux ]
        [ "$(readlink "/proc/$pid/cwd")" = "$state/runtime/1/merged" ]
        tr '\0' '\n' <"/proc/$pid/environ" >"$BATS_TEST_TMPDIR/environ"
        cat "$BATS_TEST_TMPDIR/environ"
        run ! grep -qi left4me_ "$BATS_TEST_TMPDIR/environ"
        grep -qx 'LD_LIBRARY_PATH=.:bin' "$BATS_TEST_TMPDIR/environ"
        grep -qx 'HOME=/var/lib/left4me-game' "$BATS_TEST_TMPDIR/environ"
        # Neither file nor directory of the launcher's is open in it.
        run ! grep -q 'argv\|merged$\|mountinfo' <(find "/proc/$pid/fd" -type l -printf '%l\n')
}

@test "the argv is logged once, in one printable line" {
        make_instance 1 27015 'arguments:' '  - "+map"' '  - "c1m1_hotel versus"' \
                "  - 'say \"hi\\there\"'" '  - "+hostname"' '  - "é"'
        systemctl start left4me-server@1
        wait_until in_log 1 'Connection to Steam'
        log_of 1 | grep -c '^Starting \./' >"$BATS_TEST_TMPDIR/count"
        [ "$(<"$BATS_TEST_TMPDIR/count")" = 1 ]
        log_of 1 | grep -qxF 'Starting ./srcds_linux -game left4dead2 -strictportbind -ip 0.0.0.0 -port 27015 +clientport 27215 -steamport 27415 +map "c1m1_hotel versus" "say \"hi\\there\"" +hostname "\xc3\xa9"'
}

# --- stopping ------------------------------------------------------------------------------------------------

# stops_gracefully TIMES: each stop is answered by the server itself, none by SIGKILL. A unit that
# others refer to is not forgotten when it stops, and can be asked how its main process ended.
stops_gracefully() {
        local i

        printf '[Unit]\nAfter=left4me-server@1.service\n' >/run/systemd/system/keeper.target
        systemctl start keeper.target
        for ((i = 0; i < $1; i++)); do
                mark_log
                systemctl start left4me-server@1
                wait_until in_log 1 'Connection to Steam'
                systemctl stop left4me-server@1
                [ "$(property left4me-server@1.service Result)" = success ]
                # 1 is CLD_EXITED; 0 that systemd was not told, because it wasn't its child.
                [[ $(property left4me-server@1.service ExecMainCode) == [01] ]]
                [ "$(property left4me-server@1.service ExecMainStatus)" = 0 ]
                log_of 1 >"$BATS_TEST_TMPDIR/log"
                grep -q 'server_message: "quit" (SIGINT)' "$BATS_TEST_TMPDIR/log"
                # Only a server that was let be gets to say so. That systemd then sends SIGKILL to what is
                # left of its main process, and says that too, means nothing.
                grep -q 'standin: said goodbye' "$BATS_TEST_TMPDIR/log"
                grep -q 'Deactivated successfully' "$BATS_TEST_TMPDIR/log"
                run ! grep -i 'status=9/KILL\|timed out' "$BATS_TEST_TMPDIR/log"
        done
}

@test "twenty stops in a row are all graceful" {
        make_instance 1 27015 'config: [log on, standin_quit_time 1]'
        mkdir -p /run/systemd/system/left4me-server@.service.d
        printf '[Unit]\nStartLimitIntervalSec=0\n' >/run/systemd/system/left4me-server@.service.d/90-test.conf
        systemctl daemon-reload
        stops_gracefully 20
}

@test "stops are graceful without PrivatePIDs= too" {
        make_instance 1 27015 'config: [log on, standin_quit_time 1]'
        drop_in PrivatePIDs=no
        stops_gracefully 3
}

# The processes of the unit, by name, each in a line.
processes() {
        local group

        group=/sys/fs/cgroup$(property left4me-server@1.service ControlGroup)
        while read -r pid; do cat "/proc/$pid/comm"; done <"$group/cgroup.procs" | sort
}

@test "the anchor is beside the server and ends with it, however that ends" {
        local private

        make_instance 1 27015
        for private in yes no; do
                drop_in PrivatePIDs=$private Restart=no
                systemctl start left4me-server@1
                wait_until in_log 1 'Connection to Steam'
                [ "$(processes)" = $'left4me-anchor\nsrcds_linux' ]
                # It holds nothing open and can't be asked to leave before the server does.
                anchor=$(pgrep -x left4me-anchor)
                [ -z "$(ls "/proc/$anchor/fd")" ]
                kill -INT "$anchor"
                kill -TERM "$anchor"
                [ -e "/proc/$anchor" ]
                kill -KILL "$(main_pid 1)"
                wait_until is_failed 1
                wait_until no_anchor
                systemctl reset-failed
                mark_log
        done
}
