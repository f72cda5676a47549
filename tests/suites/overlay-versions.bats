#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Overlays with versions: l4d2ctl overlay create, put, get, rm, versions, rollback, gc, delete, while servers run.

load common

helper=/usr/lib/left4me/left4me-overlay

setup_file() {
        install_game
}

setup() {
        rm -rf /etc/left4me/left4me.conf.d "$state"/overlays/* "$state/overlays/.adopting" /run/source
        mkdir -p /run/source
}

teardown() {
        l4d2ctl stop 1 2>/dev/null || true
        l4d2ctl delete 1
}

# of REF: the path of its current version.
of() { readlink -f "$state/overlays/$1/current"; }

# put REF PATH TEXT: puts a file with this text.
put() { printf '%s\n' "$3" | l4d2ctl overlay put "$1" "$2" -; }

# versions REF: its versions, the oldest first, the current one with a star.
versions() {
        l4d2ctl overlay versions "$1" --json | python3 -c '
import json, sys
print(*(v["version"] + "*" * v["is_current"] for v in reversed(json.load(sys.stdin))))'
}

# in_server NAME PATH: a file as the running server sees it.
in_server() { cat "/proc/$(main_pid "$1")/root$state/runtime/$1/merged/$2"; }

# The tree of a server that stopped goes a moment later.
stop() {
        l4d2ctl stop "$1"
        wait_until is_unmounted "$1"
}
is_unmounted() { ! mountpoint -q "$state/runtime/$1/merged"; }

nothing_is_staged() { [ -z "$(ls -A "$state/overlays/$1/staging")" ]; }

@test "create makes an overlay that has no version yet" {
        run -0 l4d2ctl overlay create maps/dead-center
        run -0 l4d2ctl overlay list
        [[ "$output" == *maps/dead-center*"has no finished version yet"* ]]
        [ "$(stat -c %U:%a "$state/overlays/maps" "$state/overlays/maps/dead-center" | sort -u)" = left4me:755 ]
        (umask 077 && l4d2ctl overlay create dark/o && put dark/o a a)
        [ "$(stat -c %U:%a "$state"/overlays/dark{,/o,/o/versions,/o/versions/1} | sort -u)" = left4me:755 ]
        run -6 l4d2ctl overlay create maps/dead-center
        [[ "$output" == *"it already exists"* ]]
        run -6 l4d2ctl overlay create maps/dead-center/inside
        [[ "$output" == *"inside of another overlay"* ]]
        run -2 l4d2ctl overlay create ../instances/x
        [[ "$output" == *"Invalid overlay name"* ]]
}

@test "put needs an overlay, and says how to make one" {
        run -4 put typo left4dead2/a x
        [[ "$output" == *"No overlay named 'typo'"*"l4d2ctl overlay create typo"* ]]
        [ ! -e "$state/overlays/typo" ]
}

@test "a server that runs keeps its version, and gets the new one when it starts" {
        l4d2ctl overlay create rates
        put rates left4dead2/cfg/rates.txt old
        make_instance 1 27015 'overlays: [rates]'
        l4d2ctl start 1
        run -0 put rates left4dead2/cfg/rates.txt new
        [[ "$output" == *"The overlay 'rates' is at version 2 now; a server gets it when it starts"* ]]
        [ "$(in_server 1 left4dead2/cfg/rates.txt)" = old ]
        l4d2ctl restart 1
        [ "$(in_server 1 left4dead2/cfg/rates.txt)" = new ]
}

@test "put copies a directory into the overlay, rm and get work on its files" {
        l4d2ctl overlay create pack
        mkdir -p "/run/source/addons/My Maps"
        echo one >"/run/source/addons/My Maps/a.vpk"
        printf '#!/bin/sh\n' >/run/source/run.sh
        chmod 700 /run/source/run.sh /run/source/addons
        put pack left4dead2/addons/kept.vpk kept
        run -0 l4d2ctl overlay put pack left4dead2 /run/source
        [ "$(cat "$(of pack)/left4dead2/addons/My Maps/a.vpk" "$(of pack)/left4dead2/addons/kept.vpk")" = $'one\nkept' ]
        [ "$(stat -c %U:%a "$(of pack)/left4dead2/run.sh" "$(of pack)/left4dead2/addons" "$(of pack)/left4dead2/addons/kept.vpk")" = \
                $'left4me:755\nleft4me:755\nleft4me:644' ]
        [ "$(l4d2ctl overlay get pack 'left4dead2/addons/My Maps/a.vpk')" = one ]
        run -0 l4d2ctl overlay rm pack 'left4dead2/addons/My Maps'
        [ ! -e "$(of pack)/left4dead2/addons/My Maps" ]
        [ -e "$(of pack)/left4dead2/addons/kept.vpk" ]
        run -4 l4d2ctl overlay get pack 'left4dead2/addons/My Maps/a.vpk'
        run -4 l4d2ctl overlay rm pack left4dead2/nothing
        [ "$(versions pack)" = '1 2 3*' ]
        nothing_is_staged pack
}

@test "put refuses paths that leave the overlay, and follows no link" {
        local path version

        l4d2ctl overlay create o
        put o left4dead2/a a
        for path in ../x /etc/x left4dead2/../../x left4dead2//x ./x '' left4dead2/; do
                run -2 put o "$path" x
                [[ "$output" == *"Invalid path '$path'"* ]]
                run -2 l4d2ctl overlay rm o "$path"
        done
        # An admin made links in a version by hand.
        version=$(of o)
        mkdir /run/source/secret
        echo secret >/run/source/secret/file
        ln -s /run/source/secret "$version/dir"
        ln -s /run/source/secret/file "$version/link"
        run -1 put o dir/file evil
        run -1 l4d2ctl overlay rm o dir/file
        run -0 put o link x
        run -1 l4d2ctl overlay get o dir/file
        run -2 l4d2ctl overlay put o here /run/source/missing
        [ "$(cat /run/source/secret/file)" = secret ]
        [ ! -e "$state/overlays/x" ] && [ ! -e /etc/x ]
        nothing_is_staged o
}

@test "put takes files and directories only, and leaves the old version as it was" {
        l4d2ctl overlay create o
        put o left4dead2/a a
        mkdir -p /run/source/deep/er
        ln -s /etc/passwd /run/source/deep/er/link
        run -2 l4d2ctl overlay put o left4dead2 /run/source
        [[ "$output" == *"'deep/er/link' is not a file or directory"* ]]
        rm /run/source/deep/er/link
        mkfifo /run/source/deep/er/fifo
        run -2 timeout 20 l4d2ctl overlay put o left4dead2 /run/source
        [[ "$output" == *"'deep/er/fifo' is not a file or directory"* ]]
        run -6 put o left4dead2 x
        [[ "$output" == *"a directory is there"* ]]
        run -6 put o left4dead2/a/b x
        [[ "$output" == *"a part of it is a file"* ]]
        # Before it reads a pipe, whose other end writes nothing here and keeps it open.
        exec 8<>/run/source/deep/er/fifo
        run -6 timeout 20 l4d2ctl overlay put o left4dead2 - </run/source/deep/er/fifo
        [[ "$output" == *"a directory is there"* ]]
        run -6 timeout 20 l4d2ctl overlay put o left4dead2/a/b - </run/source/deep/er/fifo
        [[ "$output" == *"a part of it is a file"* ]]
        run -2 timeout 20 l4d2ctl overlay put o left4dead2/../b - </run/source/deep/er/fifo
        [[ "$output" == *"Invalid path"* ]]
        exec 8>&-
        [ "$(versions o)" = '1*' ]
        nothing_is_staged o
}

# copy_of PID: how large the file without a name is that the process has open on the disk of overlays.
copy_of() {
        local fd
        for fd in /proc/"$1"/fd/*; do
                [[ $(readlink "$fd") == "$state"/overlays/*' (deleted)' ]] || continue
                stat -L -c %s "$fd"
        done
}
is_copied() { [[ $(copy_of "$1") == "$2" ]]; }

@test "put copies a file before it waits for its turn, and the copy becomes the version's file" {
        local pid status=0
        l4d2ctl overlay create o
        put o left4dead2/a a
        head -c 3000000 /dev/urandom >/run/large
        chmod 750 /run/large
        exec 9<"$state/overlays/o/staging"
        flock 9
        l4d2ctl overlay put o left4dead2/large /run/large 9>&- 3>&- &
        pid=$!
        wait_until is_copied "$pid" 3000000
        inode=$(stat -L -c %i /proc/"$pid"/fd/* 2>/dev/null | sort -u)
        # It has its copy.
        : >/run/large
        flock -u 9
        exec 9>&-
        wait "$pid" || status=$?
        [ "$status" = 0 ]
        [ "$(stat -c '%s %a %h %U:%G' "$state/overlays/o/current/left4dead2/large")" = '3000000 755 1 left4me:left4me' ]
        grep -qx "$(stat -c %i "$state/overlays/o/current/left4dead2/large")" <<<"$inode"
        # A pipe as well, and in the place of a program it is one.
        echo new | l4d2ctl overlay put o left4dead2/large -
        [ "$(stat -c '%s %a' "$state/overlays/o/current/left4dead2/large")" = '4 755' ]
        [ "$(cat "$state/overlays/o/current/left4dead2/large")" = new ]
        nothing_is_staged o
        rm /run/large
}

@test "rollback gives servers the older version" {
        l4d2ctl overlay create o
        put o left4dead2/v one
        run -6 l4d2ctl overlay rollback o
        [[ "$output" == *"has no older version"* ]]
        put o left4dead2/v two
        put o left4dead2/v three
        make_instance 1 27015 'overlays: [o]'
        l4d2ctl start 1
        run -0 l4d2ctl overlay rollback o
        [[ "$output" == *"at version 2 again"* ]]
        [ "$(in_server 1 left4dead2/v)" = three ]
        l4d2ctl restart 1
        [ "$(in_server 1 left4dead2/v)" = two ]
        run -0 l4d2ctl overlay rollback o 1
        [ "$(versions o)" = '1* 2 3' ]
        run -4 l4d2ctl overlay rollback o 9
        # Versions that an admin made by hand are not older ones.
        cp -a "$state/overlays/o/versions/2" "$state/overlays/o/versions/by-hand"
        run -6 l4d2ctl overlay rollback o
        run -0 l4d2ctl overlay rollback o by-hand
        run -0 l4d2ctl overlay rollback o
        [[ "$output" == *"at version 3 again"* ]]
        run -0 l4d2ctl overlay rollback o 1
        # The next change starts from the version that servers get, and takes a new number.
        put o left4dead2/w x
        [ "$(l4d2ctl overlay get o left4dead2/v)" = one ]
        [ "$(readlink "$state/overlays/o/current")" = versions/4 ]
}

@test "old versions go, but for the newest and the mounted ones" {
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[content]\nkeep_versions=2\n' >/etc/left4me/left4me.conf.d/content.conf
        l4d2ctl overlay create o
        put o left4dead2/v 1
        make_instance 1 27015 'overlays: [o]'
        l4d2ctl start 1
        for i in 2 3 4 5; do put o left4dead2/v "$i"; done
        [ "$(versions o)" = '1 4 5*' ]
        [ "$(in_server 1 left4dead2/v)" = 1 ]
        run -0 l4d2ctl overlay versions o
        [[ "${lines[0]}" == *VERSION*CREATED*SIZE*CURRENT*MOUNTED* ]]
        [[ "${lines[1]}" == 5*yes* && "${lines[3]}" == 1*yes* ]]
        stop 1
        run -0 l4d2ctl overlay gc
        [[ "$output" == *"Old versions of the overlay 'o' removed: 1"* ]]
        [ "$(versions o)" = '4 5*' ]
}

@test "a process that does not see the mounts keeps the versions that servers use" {
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[content]\nkeep_versions=1\n' >/etc/left4me/left4me.conf.d/content.conf
        l4d2ctl overlay create o
        put o left4dead2/v 1
        make_instance 1 27015 'overlays: [o]'
        l4d2ctl start 1
        systemd-run --quiet --wait --pipe -p TemporaryFileSystem="$state/runtime" -p PrivateMounts=yes bash -c "
                ! grep -q '$state/runtime/1/merged' /proc/self/mountinfo &&
                echo 2 | l4d2ctl overlay put o left4dead2/v -"
        [ "$(versions o)" = '1 2*' ]
        [ "$(in_server 1 left4dead2/v)" = 1 ]
        stop 1
        [ ! -e /run/left4me/trees/1.layers ]
        l4d2ctl overlay gc o
        [ "$(versions o)" = '2*' ]
}

@test "versions share the files that did not change" {
        l4d2ctl overlay create o
        head -c 3000000 /dev/urandom | l4d2ctl overlay put o left4dead2/addons/map.vpk -
        put o left4dead2/small x
        put o left4dead2/small y
        [ "$(stat -c %h "$(of o)/left4dead2/addons/map.vpk")" = 3 ]
        (($(du -sB1 "$state/overlays/o" | cut -f1) < 3300000))
        # Three names of one file: two are saved, and each version has a third of it. A name elsewhere counts too.
        shows() { python3 -c "import json, sys; v = json.loads(sys.argv[1]); sys.exit(not ($1))" "$output"; }
        run -0 l4d2ctl overlay show o --json
        shows '3000000 <= v["size_bytes"] < 3300000 and 6000000 <= v["saved_bytes"] < 6100000'
        run -0 l4d2ctl overlay versions o --json
        shows 'len(v) == 3 and all(1000000 <= i["size_bytes"] < 1100000 and 2000000 <= i["saved_bytes"] < 2100000 for i in v)'
        run -0 l4d2ctl disk --json
        shows '[6000000 <= i["saved_bytes"] < 6100000 for i in v["layers"] if i["name"] == "o"] == [True]'
        run -0 l4d2ctl overlay show o
        [[ "$output" == *SAVED*5.7M* ]]
        ln "$(of o)/left4dead2/addons/map.vpk" "$state/overlays/elsewhere"
        run -0 l4d2ctl overlay show o --json
        shows '2250000 <= v["size_bytes"] < 2500000 and 6750000 <= v["saved_bytes"] < 6850000'
        rm "$state/overlays/elsewhere"
}

@test "a directory that was filled by hand gets versions with its first change" {
        mkdir -p "$(make_overlay hand)/left4dead2/cfg"
        echo by-hand >"$state/overlays/hand/left4dead2/cfg/a.txt"
        chmod -R go= "$state/overlays/hand"
        make_instance 1 27015
        l4d2ctl start 1
        run -0 put hand left4dead2/cfg/b.txt b
        [[ "$output" == *"has versions now"* ]]
        [ "$(versions hand)" = '1 2*' ]
        [ "$(cat "$(of hand)/left4dead2/cfg/a.txt" "$(of hand)/left4dead2/cfg/b.txt")" = $'by-hand\nb' ]
        [ "$(stat -c %a "$(of hand)/left4dead2/cfg/a.txt")" = 644 ]
        [ ! -e "$state/overlays/hand/left4dead2" ]
        [ -z "$(ls -A "$state/overlays/.adopting")" ]
        run -0 l4d2ctl overlay list
        [[ "$output" != *adopting* ]]
}

@test "two first changes of such a directory at once are both in the result" {
        local i
        mkdir -p "$(make_overlay hand)/left4dead2"
        echo by-hand >"$state/overlays/hand/left4dead2/kept"
        for i in 1 2 3 4; do put hand "left4dead2/$i" "$i" 2>/dev/null & done
        wait
        [ "$(cat "$(of hand)"/left4dead2/{kept,1,2,3,4} | tr '\n' ' ')" = 'by-hand 1 2 3 4 ' ]
        [ ! -e "$(of hand)/versions" ]
        [ -z "$(ls -A "$state/overlays/.adopting")" ]
}

@test "killed at any of its steps, the first change of such a directory loses nothing" {
        local call when steps=0
        for call in openat mkdirat linkat symlinkat fchmod syncfs renameat2 unlinkat; do
                for ((when = 1; ; when++)); do
                        rm -rf "$state/overlays/hand"
                        mkdir -p "$(make_overlay hand)/left4dead2/cfg"
                        tee "$state"/overlays/hand/left4dead2/{a,cfg/b} <<<kept >/dev/null
                        if strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$when" \
                                bash -c 'echo new | exec l4d2ctl overlay put hand left4dead2/c -' 2>/dev/null; then
                                break
                        fi
                        steps=$((steps + 1))
                        put hand left4dead2/d d 2>/dev/null
                        [ "$(cat "$(of hand)"/left4dead2/{a,cfg/b,d} | tr '\n' ' ')" = 'kept kept d ' ]
                        l4d2ctl overlay gc
                        [ -z "$(ls -A "$state/overlays/.adopting")" ]
                done
        done
        echo "# killed at $steps steps" >&3
        ((steps > 30))
}

@test "a server that starts while its directory gets versions keeps that directory" {
        local pid
        mkdir -p "$(make_overlay hand)/left4dead2"
        echo plain >"$state/overlays/hand/left4dead2/v"
        make_instance 1 27015 'overlays: [hand]'
        # Just before the exchange; the server starts meanwhile.
        strace -f -qq -o /run/source/trace -e trace=syncfs -e inject=syncfs:signal=STOP:when=1 \
                l4d2ctl overlay put hand left4dead2/v /etc/hostname 2>/run/source/messages &
        pid=$!
        wait_until grep -qs 'stopped by SIGSTOP' /run/source/trace
        l4d2ctl start 1
        wait_until l4d2ctl_goes_on "$pid"
        [ "$(in_server 1 left4dead2/v)" = plain ]
        l4d2ctl overlay gc
        [ "$(in_server 1 left4dead2/v)" = plain ]
        l4d2ctl restart 1
        cmp /etc/hostname <(in_server 1 left4dead2/v)
        l4d2ctl overlay gc
        [ -z "$(ls -A "$state/overlays/.adopting")" ]
        l4d2ctl stop 1
}
l4d2ctl_goes_on() {
        pkill -CONT -x l4d2ctl
        ! kill -0 "$1" 2>/dev/null
}

@test "files that are added while a directory gets versions are not lost" {
        local pid
        mkdir -p "$(make_overlay hand)/left4dead2"
        strace -f -qq -o /run/source/trace -e trace=syncfs -e inject=syncfs:signal=STOP:when=1 \
                l4d2ctl overlay put hand left4dead2/v /etc/hostname 2>/run/source/messages &
        pid=$!
        wait_until grep -qs 'stopped by SIGSTOP' /run/source/trace
        echo late >"$state/overlays/hand/left4dead2/late"
        wait_until l4d2ctl_goes_on "$pid"
        grep -q 'its files were changed meanwhile; try again' /run/source/messages
        [ "$(cat "$state/overlays/hand/left4dead2/late")" = late ]
        run -0 put hand left4dead2/v v
        [ "$(cat "$(of hand)/left4dead2/late")" = late ]
}

@test "a directory of left4me with files of root gets versions" {
        mkdir -p "$(make_overlay mixed)/left4dead2"
        chown -R left4me: "$state/overlays/mixed"
        echo root >"$state/overlays/mixed/left4dead2/of-root"
        chmod 600 "$state/overlays/mixed/left4dead2/of-root"
        run -0 put mixed left4dead2/v v
        [ "$(stat -c %U:%a "$(of mixed)/left4dead2/of-root")" = left4me:644 ]
        # One of root is for root to change.
        mkdir -p "$(make_overlay roots)/left4dead2"
        echo x | run -8 setpriv --reuid left4me --regid left4me --clear-groups l4d2ctl overlay put roots left4dead2/v -
        [ -z "$(ls -A "$state/overlays/.adopting")" ]
}

@test "delete does not wait for a put" {
        l4d2ctl overlay create o
        put o left4dead2/a a
        exec {lock}<"$state/overlays/o/staging"
        flock "$lock"
        run -6 timeout 60 l4d2ctl overlay delete o {lock}<&-
        [[ "$output" == *"it is being changed; try again"* ]]
        exec {lock}<&-
        run -0 l4d2ctl overlay delete o
}

@test "root that is killed leaves nothing that keeps the web app from its work" {
        local call when steps=0
        for call in mkdirat fchown fchmod; do
                for ((when = 1; ; when++)); do
                        rm -rf "$state"/overlays/o "$state/overlays/.adopting"
                        if strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$when" \
                                bash -c 'l4d2ctl overlay create o && echo x | l4d2ctl overlay put o left4dead2/d/x -' 2>/dev/null; then
                                break
                        fi
                        steps=$((steps + 1))
                        setpriv --reuid left4me --regid left4me --clear-groups l4d2ctl overlay create o 2>/dev/null || true
                        echo y | setpriv --reuid left4me --regid left4me --clear-groups l4d2ctl overlay put o left4dead2/d/y -
                        [ "$(stat -c %U:%a "$state"/overlays/o{,/versions,/versions/1} | sort -u)" = left4me:755 ]
                done
        done
        echo "# killed at $steps steps" >&3
        ((steps > 10))
}

@test "directories that hold overlays, or lie in one, are not overlays" {
        l4d2ctl overlay create group/o
        put group/o left4dead2/a a
        put group/o left4dead2/b b
        run -6 put group left4dead2/x x
        [[ "$output" == *"only holds directories, which may be overlays"* ]]
        run -6 l4d2ctl overlay delete group
        # A file beside them makes it look like one.
        echo x >"$state/overlays/group/README.txt"
        run -6 l4d2ctl overlay delete group
        run -6 put group left4dead2/x x
        make_instance 1 27015 'overlays: [group/o]'
        run -6 l4d2ctl overlay delete group
        l4d2ctl start 1
        l4d2ctl unset 1 overlays
        run -6 l4d2ctl overlay delete group
        run -6 put group left4dead2/x x
        [ "$(in_server 1 left4dead2/a)" = a ]
        stop 1
        rm "$state/overlays/group/README.txt"
        for ref in group/o/versions group/o/left4dead2; do
                run -6 put "$ref" x x
                [[ "$output" == *"inside of another overlay"* ]]
                run -6 l4d2ctl overlay delete "$ref"
                run -6 l4d2ctl overlay rollback "$ref"
        done
        [ "$(versions group/o)" = '1 2*' ]
        [ "$(l4d2ctl overlay get group/o left4dead2/b)" = b ]
}

@test "what was killed while it deleted an overlay in use puts it back" {
        l4d2ctl overlay create o
        put o left4dead2/a a
        make_instance 1 27015 'overlays: [o]'
        l4d2ctl start 1
        l4d2ctl unset 1 overlays
        # As a delete leaves it that was killed after it moved the overlay away.
        mv "$state/overlays/o" "$state/overlays/.adopting/gone.o.0123abcd"
        run -0 l4d2ctl overlay gc
        [ "$(l4d2ctl overlay get o left4dead2/a)" = a ]
        stop 1
        mv "$state/overlays/o" "$state/overlays/.adopting/gone.o.0123abcd"
        run -0 l4d2ctl overlay gc
        [ -z "$(ls -A "$state/overlays/.adopting")" ] && [ ! -e "$state/overlays/o" ]
}

# flock() is system call 73.
waits_for_lock() { grep -q '^73 ' "/proc/$(pgrep -fx 'l4d2ctl overlay put o left4dead2/b -')/syscall"; }

@test "a put that waits while the overlay is deleted says so" {
        local pid status=0
        l4d2ctl overlay create o
        put o left4dead2/a a
        exec {lock}<"$state/overlays/o/staging"
        flock "$lock"
        put o left4dead2/b b 2>/run/source/messages {lock}<&- &
        pid=$!
        wait_until waits_for_lock
        mv "$state/overlays/o" "$state/overlays/.adopting/gone.o.0123abcd"
        exec {lock}<&-
        wait "$pid" || status=$?
        [ "$status" = 4 ]
        grep -q "No overlay named 'o'" /run/source/messages
        l4d2ctl overlay gc
}

@test "a source that takes its time does not keep others from changing the overlay" {
        local pid
        l4d2ctl overlay create o
        mkfifo /run/source/slow
        l4d2ctl overlay put o left4dead2/slow /run/source/slow &
        pid=$!
        exec {slow}>/run/source/slow
        wait_until pgrep -fx 'l4d2ctl overlay put o left4dead2/slow /run/source/slow'
        run -0 put o left4dead2/quick q
        echo s >&"$slow"
        exec {slow}>&-
        wait "$pid"
        [ "$(cat "$(of o)"/left4dead2/{quick,slow} | tr -d '\n')" = qs ]
}

@test "a server keeps the directory that it has mounted when that gets versions" {
        mkdir -p "$(make_overlay hand)/left4dead2"
        echo plain >"$state/overlays/hand/left4dead2/v"
        chmod 640 "$state/overlays/hand/left4dead2/v"
        chgrp left4me-game "$state/overlays/hand/left4dead2/v"
        make_instance 1 27015 'overlays: [hand]'
        l4d2ctl start 1
        run -0 put hand left4dead2/b.txt b
        [ "$(in_server 1 left4dead2/v)" = plain ]
        run ! in_server 1 left4dead2/b.txt
        # Not even its rights changed.
        [ "$(stat -c %a:%G "/proc/$(main_pid 1)/root$state/runtime/1/merged/left4dead2/v")" = 640:left4me-game ]
        for i in 1 2 3; do put hand left4dead2/b.txt "$i"; done
        l4d2ctl overlay gc
        [ "$(in_server 1 left4dead2/v)" = plain ]
        l4d2ctl restart 1
        [ "$(in_server 1 left4dead2/b.txt)" = 3 ]
        l4d2ctl overlay gc
        [ -z "$(ls -A "$state/overlays/.adopting")" ]
}

@test "delete: not while a spec names it or a server has it mounted" {
        l4d2ctl overlay create group/o
        put group/o left4dead2/a a
        make_instance 1 27015 'overlays: [group/o]'
        run -6 l4d2ctl overlay delete group/o
        [[ "$output" == *"servers or blueprints name it"* ]]
        l4d2ctl start 1
        l4d2ctl unset 1 overlays
        run -6 l4d2ctl overlay delete group/o
        [[ "$output" == *"has it mounted"* ]]
        [ "$(in_server 1 left4dead2/a)" = a ]
        [ "$(l4d2ctl overlay get group/o left4dead2/a)" = a ]
        stop 1
        run -0 l4d2ctl overlay delete group/o
        [ ! -e "$state/overlays/group" ]
        [ -z "$(ls -A "$state/overlays/.adopting")" ]
        run -0 l4d2ctl overlay delete group/o
}

@test "an overlay whose server.cfg is executed is used like any other" {
        local ref
        l4d2ctl overlay create o
        l4d2ctl overlay create other
        put o left4dead2/cfg/server.cfg 'sv_alltalk 1'
        put other left4dead2/cfg/server.cfg 'sv_alltalk 1'
        make_instance 1 27015 'overlays: [{ref: o, exec: true}]'
        l4d2ctl blueprint create alice/one -f - <<<$'overlays:\n- ref: other\n  exec: true'
        for ref in o other; do
                run -6 l4d2ctl overlay delete "$ref"
                [[ "$output" == *"servers or blueprints name it"* ]]
                run -6 l4d2ctl overlay rename "$ref" new
                [ "$(l4d2ctl overlay list | awk -v ref="$ref" '$1 == ref { print $5 }')" = 1 ]
        done
        l4d2ctl blueprint delete alice/one
        l4d2ctl delete 1
        run -0 l4d2ctl overlay delete o
        run -0 l4d2ctl overlay delete other
}

@test "rename: not while a spec names it, a server has it mounted, or the name is taken" {
        l4d2ctl overlay create group/o
        put group/o left4dead2/a a
        make_instance 1 27015 'overlays: [group/o]'
        run -6 l4d2ctl overlay rename group/o other
        [[ "$output" == *"servers or blueprints name it"*"The server '1' uses it"* ]]
        l4d2ctl start 1
        l4d2ctl unset 1 overlays
        run -6 l4d2ctl overlay rename group/o other
        [[ "$output" == *"has it mounted"* ]]
        [ ! -e "$state/overlays/other" ]
        [ "$(in_server 1 left4dead2/a)" = a ]
        stop 1
        l4d2ctl overlay create taken
        run -6 l4d2ctl overlay rename group/o taken
        [[ "$output" == *"'taken' already exists"* ]]
        run -6 l4d2ctl overlay rename taken group
        # Inside of another overlay, or of itself, nothing can be.
        run -6 l4d2ctl overlay rename group/o taken/o
        run -6 l4d2ctl overlay rename taken taken/o
        run -2 l4d2ctl overlay rename taken ../o
        run -4 l4d2ctl overlay rename missing other
        [ ! -e "$state/overlays/taken/o" ]
        run -0 l4d2ctl overlay rename group/o new/deep/o
        [ ! -e "$state/overlays/group" ]
        [ "$(l4d2ctl overlay get new/deep/o left4dead2/a)" = a ]
        [ "$(stat -c %U "$state/overlays/new" "$state/overlays/new/deep" | sort -u)" = left4me ]
        # A directory that was filled by hand is renamed too.
        mkdir -p "$state/overlays/plain/left4dead2"
        run -0 l4d2ctl overlay rename plain by-hand
        [ -d "$state/overlays/by-hand/left4dead2" ]
        [ -z "$(ls -A "$state/overlays/.adopting")" ]
}

@test "the web app's user changes overlays without root, others don't" {
        as() { setpriv --reuid "$1" --regid "$1" --clear-groups --bounding-set=-all --inh-caps=-all "${@:2}"; }
        as left4me l4d2ctl overlay create mine/o
        echo a | as left4me l4d2ctl overlay put mine/o left4dead2/a -
        echo b | as left4me l4d2ctl overlay put mine/o left4dead2/b -
        as left4me l4d2ctl overlay rollback mine/o
        [ "$(versions mine/o)" = '1* 2' ]
        echo c | run -8 as left4me-game l4d2ctl overlay put mine/o left4dead2/c -
        run -8 as left4me-game l4d2ctl overlay create mine/other
        run -0 as left4me-game l4d2ctl overlay versions mine/o
        # Nothing about it is a problem because only its owner can read what is being made.
        run -0 setpriv --reuid nobody --regid left4me-operators --clear-groups l4d2ctl overlay list --json
        [[ "$output" == *'"error":null'* && "$output" != *'"error":"'* ]]
        # Files stay the owner's when root changes the overlay.
        put mine/o left4dead2/root r
        [ -z "$(find "$state/overlays/mine" ! -user left4me)" ]
        echo d | as left4me l4d2ctl overlay put mine/o left4dead2/root -
        as left4me l4d2ctl overlay delete mine/o
}

@test "who changed what is in the audit trail" {
        mark_log
        l4d2ctl overlay create o
        put o left4dead2/a a
        journalctl --sync
        [ "$(journalctl -b -o cat --since "$log_mark" L4D2_OVERLAY=o)" = $'o: overlay create by root\no: overlay put by root' ]
}

@test "a full disk loses nothing" {
        l4d2ctl overlay create small
        mount -t tmpfs -o size=2M,mode=755,uid=left4me,gid=left4me tmpfs "$state/overlays/small"
        printf 'kind: files\n' >"$state/overlays/small/overlay.yaml"
        put small left4dead2/a good
        head -c 5000000 /dev/zero >/run/source/big
        run -1 l4d2ctl overlay put small left4dead2/big /run/source/big
        [[ "$output" == *"Failed to change 'left4dead2/big': No space left on device"* ]]
        [ "$(versions small)" = '1*' ]
        [ "$(l4d2ctl overlay get small left4dead2/a)" = good ]
        nothing_is_staged small
        run -0 put small left4dead2/b works
        umount "$state/overlays/small"
}

@test "root fills no disk with a put either" {
        mount -t tmpfs -o size=60M,mode=755,uid=left4me,gid=left4me tmpfs "$state/overlays"
        l4d2ctl overlay create o
        mkdir /run/source/d
        head -c 10M /dev/zero >/run/source/small
        head -c 58M /dev/zero >/run/source/d/large
        run -0 l4d2ctl overlay put o a /run/source/small
        run -0 eval 'cat /run/source/small | l4d2ctl overlay put o b -'
        local put
        for put in 'overlay put o c /run/source/d/large' 'overlay put o . /run/source/d'; do
                run -1 l4d2ctl $put
                [[ "$output" == *"too little of the disk would stay free"* ]]
        done
        run -1 eval 'cat /run/source/d/large | l4d2ctl overlay put o c -'
        [[ "$output" == *"Failed to keep '-' for the overlay: too little of the disk would stay free"* ]]
        [ "$(ls "$(of o)")" = $'a\nb' ]
        nothing_is_staged o
        umount "$state/overlays"
}

@test "no version grows past max_overlay_gb=, also by root; one that is larger can be made smaller" {
        printf '[content]\nmax_overlay_gb=1\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/small.conf
        l4d2ctl overlay create o
        put o a x
        truncate -s 2G "$(of o)/sparse"
        chown left4me:left4me "$(of o)/sparse"
        run -1 put o b x
        [[ "$output" == *"Failed to change the overlay 'o': it would have more than the 1 GB of max_overlay_gb="* ]]
        [ "$(versions o)" = '1*' ]
        run -0 l4d2ctl overlay rm o a
        run -0 l4d2ctl overlay rm o sparse
        run -0 put o b x
        truncate -s 2G /run/source/sparse
        run -1 l4d2ctl overlay put o c /run/source/sparse
        [[ "$output" == *"it has more than the 1 GB of max_overlay_gb="* ]]
        mkdir /run/source/d
        mv /run/source/sparse /run/source/d
        run -1 l4d2ctl overlay put o . /run/source/d
        [[ "$output" == *"it has more than the 1 GB of max_overlay_gb="* ]]
        rm /etc/left4me/left4me.conf.d/small.conf
}

# Every file of the current version says the same, and all are there.
is_whole() {
        local texts
        texts=$(cat "$(of o)"/left4dead2/{a,b,c/d}) && [ "$(sort -u <<<"$texts" | wc -l)" = 1 ]
}

@test "killed at any of its steps, put leaves the old version or the new one" {
        local call when steps=0 before

        mkdir -p /run/source/c
        tee /run/source/{a,b,c/d} <<<0 >/dev/null
        l4d2ctl overlay create o
        l4d2ctl overlay put o left4dead2 /run/source
        for call in mkdirat linkat openat write unlinkat fchmod fchown utimensat syncfs renameat2 symlinkat \
                renameat fsync; do
                for ((when = 1; ; when++)); do
                        steps=$((steps + 1))
                        before=$(cat "$(of o)/left4dead2/a")
                        tee /run/source/{a,b,c/d} <<<"$steps" >/dev/null
                        # strace ends as its child did, when it does.
                        if strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$when" \
                                l4d2ctl overlay put o left4dead2 /run/source 2>/dev/null; then
                                break
                        fi
                        is_whole
                        [[ $(cat "$(of o)/left4dead2/a") == @("$before"|"$steps") ]]
                done
                is_whole
        done
        echo "# killed at $steps steps" >&3
        ((steps > 100))
        # The web app's user can remove whatever root left.
        echo x | setpriv --reuid left4me --regid left4me --clear-groups l4d2ctl overlay put o left4dead2/last -
        nothing_is_staged o
        [ "$(versions o | wc -w)" = 3 ]
}

@test "killed at any of its steps, gc and rollback leave versions that are whole" {
        local call when verb

        l4d2ctl overlay create o
        for verb in rollback gc; do
                for call in renameat2 unlinkat symlinkat renameat fsync; do
                        for ((when = 1; ; when++)); do
                                printf '[content]\nkeep_versions=9\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/c.conf
                                for i in 1 2 3; do
                                        tee /run/source/{a,b} <<<"$i" >/dev/null
                                        mkdir -p /run/source/c && echo "$i" >/run/source/c/d
                                        l4d2ctl overlay put o left4dead2 /run/source 2>/dev/null
                                done
                                printf '[content]\nkeep_versions=1\n' >/etc/left4me/left4me.conf.d/c.conf
                                if strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$when" \
                                        l4d2ctl overlay "$verb" o 2>/dev/null; then
                                        break
                                fi
                                for version in "$state"/overlays/o/versions/*; do
                                        [ "$(sort -u "$version"/left4dead2/{a,b,c/d} | wc -l)" = 1 ]
                                done
                                is_whole
                        done
                        l4d2ctl overlay gc o 2>/dev/null
                        nothing_is_staged o
                done
        done
}

# Each of its threads stops at its first such call.
goes_on() {
        pkill -CONT -x left4me-overlay
        ! kill -0 "$1" 2>/dev/null
}

@test "a version that goes while it is being mounted is not used" {
        local pid

        l4d2ctl overlay create o
        put o left4dead2/v one
        put o left4dead2/v two
        make_instance 1 27015 'overlays: [o]'
        # The helper has opened version 2 and stops before its mount can be seen, while 2 is replaced and removed.
        strace -f -qq -o /run/source/trace -e trace=move_mount -e inject=move_mount:signal=STOP:when=1 \
                "$helper" mount 1 2>/run/source/messages &
        pid=$!
        wait_until grep -qs 'stopped by SIGSTOP' /run/source/trace
        put o left4dead2/v three
        rm -r "$state/overlays/o/versions/2"
        wait_until goes_on "$pid"
        grep -q 'was removed meanwhile: mounting' /run/source/messages
        [ "$(cat "$state/runtime/1/merged/left4dead2/v")" = three ]
        "$helper" umount 1
}

@test "two changes of one overlay at once are both in the result" {
        local i
        l4d2ctl overlay create o
        for i in 1 2 3 4 5 6; do put o "left4dead2/$i" "$i" 2>/dev/null & done
        wait
        [ "$(cat "$(of o)"/left4dead2/{1..6} | tr -d '\n')" = 123456 ]
}
