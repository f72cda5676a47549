#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Trees and mounts as people met them: a process is in a tree, the state lies elsewhere, an overlay can't be
# read. Each name begins with the id of its kind.

load common

setup_file() {
        install_game
}

setup() {
        holders=()
        mark_log
}

teardown() {
        local target

        ((${#holders[@]} == 0)) || kill "${holders[@]}" 2>/dev/null || true
        systemctl stop 'left4me-server@*.service' || true
        while read -r target; do umount -l "$target"; done < <(
                findmnt -rno TARGET | grep -E "^($state/runtime/|/srv/)" | tac)
        rm -rf "$state"/runtime/* "$state"/instances/* "$state"/overlays/*
        rm -rf /run/left4me/layers/* /run/left4me/trees/*
        systemctl reset-failed
        systemctl daemon-reload
}

merged() { printf '%s/runtime/%s/merged' "$state" "$1"; }
server_cfg() { printf '%s/left4dead2/cfg/server.cfg' "$(merged "$1")"; }
mounts_of() { findmnt -rno TARGET | grep -cx "$(merged "$1")" || true; }

# hold NAME DIRECTORY COMMAND…: a process of that name in a directory, until the test is over.
hold() {
        local name=$1 directory=$2
        shift 2
        (cd "$directory" && exec -a "$name" "$@") &
        holders+=($!)
        wait_until eval '[[ $(readlink /proc/${holders[-1]}/cwd) == "$directory" ]]'
}

is_state() { [[ $(property "$1" ActiveState) == "$2" ]]; }

# --- B1: a tree in use --------------------------------------------------------------------------------

@test "B1: a shell or a tail in the tree does not keep the old spec running" {
        make_instance 1 27015 'config: ["hostname old"]'
        l4d2ctl start 1
        hold sleep "$(merged 1)" sleep infinity
        hold tail / tail -f "$(server_cfg 1)" >"$BATS_TEST_TMPDIR/tail"
        make_overlay new >/dev/null
        touch "$state/overlays/new/fresh"
        l4d2ctl set 1 config 'hostname new'
        l4d2ctl set 1 overlays new
        l4d2ctl restart 1

        grep -qx 'hostname new' "$(server_cfg 1)"
        [ -e "$(merged 1)/fresh" ]
        [ "$(mounts_of 1)" = 1 ]
        # That is also what the server sees.
        grep -qx 'hostname new' "/proc/$(main_pid 1)/root$(server_cfg 1)"
        kill -0 "${holders[@]}"
        journalctl --sync
        journalctl -b -o cat -u l4d2-overlay@1 | grep -q "process .* still uses the old tree"
        l4d2ctl stop 1
        l4d2ctl delete 1
        [ ! -e "$state/runtime/1" ]
}

@test "B1: nobody writes through an old tree into a new one" {
        local in out

        make_instance 1 27015
        l4d2ctl start 1
        coproc shell { cd "$(merged 1)" && exec bash 2>&1; }
        holders+=("$shell_PID")
        in=${shell[1]} out=${shell[0]}
        echo 'pwd' >&"$in"
        read -r -t 60 line <&"$out"
        [ "$line" = "$(merged 1)" ]
        l4d2ctl restart 1
        echo 'echo mine >left4dead2/logs/mine' >&"$in"
        read -r -t 60 line <&"$out"
        [[ "$line" == *"Read-only file system"* ]]
        [ ! -e "$state/runtime/1/upper/left4dead2/logs/mine" ]
        touch "$(merged 1)/left4dead2/logs/by-the-new-one"
}

@test "B1: a tree that somebody writes to is not replaced, who it is is said, and nothing goes by halves" {
        local pid

        make_instance 1 27015 'config: ["hostname old"]'
        l4d2ctl start 1
        sleep infinity 3>>"$(merged 1)/left4dead2/logs/mine" &
        pid=$!
        holders+=("$pid")
        wait_until test -e "$(merged 1)/left4dead2/logs/mine"
        l4d2ctl set 1 config 'hostname new'

        run ! l4d2ctl restart 1
        echo "$output"
        [[ "$output" == *"process $pid (sleep) has a file of it open"* ]]
        run ! is_active 1
        run l4d2ctl status 1
        echo "$output"
        [[ "$output" == *"process $pid (sleep) has a file of it open"* ]]
        run -0 l4d2ctl list --json
        [[ "$output" == *"process $pid (sleep)"* ]]

        # Its remains can't be started either, with systemd's own means.
        systemctl start left4me-server@1 || true
        run ! is_active 1

        for verb in reset delete; do
                run ! l4d2ctl "$verb" 1
                echo "$output"
                [[ "$output" == *"process $pid (sleep)"* ]]
                [ -e "$state/instances/1/spec.yaml" ]
                [ -e "$state/runtime/1/upper/left4dead2/logs/mine" ]
        done

        kill "$pid"
        wait "$pid" || true
        l4d2ctl start 1
        grep -qx 'hostname new' "$(server_cfg 1)"
        run -0 l4d2ctl status 1
        [[ "$output" != *"(sleep)"* ]]
}

@test "B1: once the holder has gone, reset and delete take an old tree down" {
        local verb pid

        for verb in reset delete; do
                make_instance 1 27015
                l4d2ctl start 1
                sleep infinity 3>>"$(merged 1)/left4dead2/logs/mine" &
                pid=$!
                wait_until test -e "$(merged 1)/left4dead2/logs/mine"
                l4d2ctl stop 1
                wait_until is_state l4d2-overlay@1.service failed
                [ "$(mounts_of 1)" = 1 ]
                kill "$pid"
                wait "$pid" || true
                l4d2ctl "$verb" 1
                [ ! -e "$state/runtime/1" ]
                [ ! -e /run/left4me/trees/1 ] && [ ! -e /run/left4me/trees/1.error ]
                rm -rf "$state/instances/1"
        done
}

@test "B1: the tree of a server that runs is never taken down" {
        make_instance 1 27015
        l4d2ctl start 1
        pid=$(main_pid 1)
        for unit in l4d2-release@1 l4d2-reset@1; do
                run ! systemctl start "$unit"
                [ "$(mounts_of 1)" = 1 ]
                [ "$(main_pid 1)" = "$pid" ]
                [[ $(</run/left4me/trees/1) == LEFT4ME_TREE=* ]]
        done
        [[ $(</run/left4me/trees/1.error) == *"process $pid (srcds_linux) runs a program of it"* ]]
        touch "$(merged 1)/left4dead2/logs/still-writable"
}

@test "B1: a server that crashed comes back, whoever looks at its tree" {
        make_instance 1 27015
        l4d2ctl start 1
        hold sleep "$(merged 1)" sleep infinity
        kill -KILL "$(main_pid 1)"
        wait_until eval '[[ $(property left4me-server@1.service NRestarts) == 1 ]]'
        wait_until is_active 1
        [ "$(</run/left4me/trees/1)" = "LEFT4ME_TREE=$(findmnt -nro MAJ:MIN --mountpoint "$(merged 1)")" ]
        [ "$(mounts_of 1)" = 1 ]
}

# --- B5: why a server has no tree ---------------------------------------------------------------------

@test "B5: a tree that can't be mounted is told in its own words" {
        make_overlay gone >/dev/null
        make_instance 2 27016 'overlays: [gone]'
        rmdir "$state/overlays/gone"
        reason="overlay 'gone' named in $state/instances/2/spec.yaml: $state/overlays/gone does not exist"

        systemctl start left4me-server@2 || true
        for run in 'l4d2ctl status 2' 'l4d2ctl status' 'l4d2ctl list --json'; do
                run $run
                echo "$output"
                [[ "$output" == *"$reason"* ]]
                [[ "$output" != *"systemd has no unit for it"* ]]
        done

        make_overlay gone >/dev/null
        l4d2ctl start 2
        run -0 l4d2ctl status 2
        [[ "$output" != *"does not exist"* ]]
        [ ! -e /run/left4me/trees/2.error ]
}

# --- B2: the state elsewhere --------------------------------------------------------------------------

# move_state DIRECTORY TARGET: a copy of what lies there.
move_state() {
        mkdir -p "$2"
        cp -a "$1/." "$2"
}

@test "B2: with the state on a bind mount of a shared file system, changes apply and stop unmounts" {
        mkdir -p /srv/disk
        mount -t tmpfs tmpfs /srv/disk
        mount --make-shared /srv/disk
        move_state "$state" /srv/disk/left4me
        mount --bind /srv/disk/left4me "$state"
        make_instance 1 27015 'config: ["hostname old"]'
        l4d2ctl start 1
        # This is what it is about: the tree is seen at both places.
        [ "$(findmnt -rno TARGET | grep -c '/runtime/1/merged$')" = 2 ]
        run l4d2ctl doctor
        [[ "$output" == *"no directory of the state is a symbolic link"* ]]

        l4d2ctl set 1 config 'hostname new'
        l4d2ctl restart 1
        grep -qx 'hostname new' "$(server_cfg 1)"
        l4d2ctl stop 1
        # The tree goes after the server, which is what stop waits for.
        wait_until eval '! findmnt -rno TARGET | grep -q /runtime/1/merged$'
        l4d2ctl reset 1
        [ ! -e "$state/runtime/1" ]
        l4d2ctl start 1
        l4d2ctl delete 1
        [ ! -e "$state/runtime/1" ]
        umount "$state" /srv/disk
}

@test "B2: a symbolic link in the place of the state is refused by all alike" {
        local path

        make_instance 1 27015 'autostart: true'
        mkdir -p /srv/place
        for path in "$state/instances" "$state/runtime" "$state/installation"; do
                mv "$path" /srv/place/moved
                ln -s /srv/place/moved "$path"
                for command in 'l4d2ctl start 1' 'l4d2ctl list' 'l4d2ctl validate' 'l4d2ctl overlay list' \
                        'l4d2ctl disk' '/usr/lib/left4me/left4me-overlay mount 1'; do
                        run ! $command
                        echo "$command: $output"
                        [[ "$output" == *"Failed to use $path: it is a symbolic link"*"use a bind mount"* ]]
                done
                run l4d2ctl doctor
                [ "$status" = 7 ]
                [[ "$output" == *"$path is a symbolic link"* ]]
                systemctl daemon-reload
                grep -qF "Failed to use $path: it is a symbolic link" /run/left4me/generator.errors
                [ ! -e /run/systemd/generator/left4me-server@1.service.d ]
                rm "$path"
                mv /srv/place/moved "$path"
        done
        systemctl daemon-reload
        l4d2ctl start 1
}

# --- B4: an overlay that servers can't read -----------------------------------------------------------

@test "B4: an overlay that servers can't read is named everywhere, and nothing starts with it" {
        local dir command

        dir=$(make_overlay closed)
        mkdir -p "$dir/left4dead2/maps"
        touch "$dir/left4dead2/maps/c1m1_hotel.bsp"
        make_instance 1 27015 'overlays: [closed]'
        l4d2ctl start 1
        l4d2ctl stop 1
        chmod 700 "$dir/left4dead2/maps"

        for command in 'l4d2ctl overlay list' 'l4d2ctl overlay show closed --json' 'l4d2ctl validate' \
                'l4d2ctl validate 1' 'l4d2ctl doctor' 'l4d2ctl start 1'; do
                run $command
                echo "$command: $output"
                [[ "$output" == *"left4dead2/maps"* && "$output" == *"chmod -R o+rX"* ]]
        done
        run ! is_active 1
        [[ "$output" != *"refused"* ]]

        chmod -R o+rX "$dir"
        l4d2ctl start 1
        for command in 'l4d2ctl overlay list' 'l4d2ctl validate' 'l4d2ctl doctor'; do
                run $command
                [[ "$output" != *"left4dead2/maps"* ]]
        done
        # A single file is said, and no reason not to start.
        l4d2ctl stop 1
        chmod 600 "$dir/left4dead2/maps/c1m1_hotel.bsp"
        run l4d2ctl overlay list
        [[ "$output" == *"servers can't read its file left4dead2/maps/c1m1_hotel.bsp"* ]]
        l4d2ctl start 1
}

# --- B3: file systems that are mounted during the boot ------------------------------------------------

@test "B3: an unread spec is told by doctor and read by reload" {
        make_instance 1 27015
        run l4d2ctl doctor
        [[ "$output" == *"1 specs, none has errors"* ]]
        sed -i 's/27015/27016/' "$state/instances/1/spec.yaml"
        run l4d2ctl doctor
        [ "$status" = 7 ]
        [[ "$output" == *"systemd has not read 1 of 1 specs yet, such as the spec of '1'"*"l4d2ctl reload"* ]]
        l4d2ctl reload
        run l4d2ctl doctor
        [[ "$output" == *"1 specs, none has errors"* ]]
        grep -rq 27016 /run/systemd/generator/left4me-server@1.service.d
        # There is nothing to do now, and nothing is done.
        rm -f /run/left4me/reloaded
        wait_until eval '[[ $(property left4me-filter.service ActiveState) == inactive ]]'
        run -0 l4d2ctl reload
        [ -z "$output" ]
}

@test "B3: the last of this boot moves the specs to a file system of /etc/fstab" {
        make_instance fstab 27031 'autostart: true'
        make_instance manual 27032
        mkdir -p "$state/disk"
        mv "$state/instances" "$state/disk/instances"
        mkdir -m 2750 "$state/instances"
        echo "$state/disk/instances $state/instances none bind 0 0" >>/etc/fstab
        # The teardown must not take it away: it is the next boot's.
        state=/nonexistent
}

# bats test_tags=boot:2
@test "B3: after a reboot a server from there has started by itself, and the other one can be started" {
        findmnt --mountpoint "$state/instances"
        wait_until is_active fstab
        # The generator came too early, so the unit has reloaded.
        journalctl -b -o cat -u left4me-boot.service | grep -q "systemd has not read 2 specs"
        run ! is_active manual
        l4d2ctl start manual
        run l4d2ctl doctor
        [[ "$output" == *"2 specs, none has errors"* ]]
        l4d2ctl stop fstab manual
}
