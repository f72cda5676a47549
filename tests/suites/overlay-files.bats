#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A list of changes to the files of an overlay becomes one version: l4d2ctl overlay apply.

load common

uploads=$state/uploads

setup_file() {
        printf '%s\n' "alice's password" | l4d2ctl user add alice --role user
}

setup() {
        rm -rf /etc/left4me/left4me.conf.d "$state"/overlays/* "${uploads:?}"/*
        l4d2ctl overlay create o
}

# apply [OPTION…] REF JSON
apply() { l4d2ctl "${@:1:$#-2}" overlay apply "${@: -2:1}" - <<<"${@: -1}"; }

# changes CHANGE…: without the brackets.
changes() { (IFS=,; apply o "{\"changes\":[$*]}"); }

# files REF: the paths in its current version.
files() { (cd "$state/overlays/$1/current" && find . -mindepth 1 -printf '%P\n' | sort | paste -sd ' '); }

version() { basename "$(readlink "$state/overlays/${1:-o}/current")"; }

# upload NAME TEXT: a file as the web app leaves it.
upload() { printf '%s' "$2" | setpriv --reuid left4me --regid left4me --clear-groups sh -c 'umask 027; cat >"$0"' "$uploads/$1"; }

sha256() { printf '%s' "$1" | sha256sum | cut -d ' ' -f 1; }

@test "all changes of a list become one version" {
        run -0 changes '{"do":"mkdir","path":"left4dead2/empty"}' '{"do":"put","path":"left4dead2/cfg/a.cfg","text":"one"}' \
                '{"do":"put","path":"b","text":"ü"}' '{"do":"move","path":"b","to":"left4dead2/c d"}'
        [ "$(version)" = 1 ]
        [ "$(files o)" = 'left4dead2 left4dead2/c d left4dead2/cfg left4dead2/cfg/a.cfg left4dead2/empty' ]
        [ "$(cat "$state/overlays/o/current/left4dead2/c d")" = ü ]
        [ -z "$(find "$state/overlays/o/versions" ! -user left4me)" ]
        run -0 changes '{"do":"move","path":"left4dead2/cfg","to":"left4dead2/deep/er/cfg"}' '{"do":"remove","path":"left4dead2/empty"}'
        [ "$(version)" = 2 ]
        [ "$(cat "$state/overlays/o/current/left4dead2/deep/er/cfg/a.cfg")" = one ]
        # The version before is as it was.
        [ "$(cat "$state/overlays/o/versions/1/left4dead2/cfg/a.cfg")" = one ]
        [ -d "$state/overlays/o/versions/1/left4dead2/empty" ]
}

@test "a change that fails leaves all others undone" {
        changes '{"do":"put","path":"a","text":"one"}' '{"do":"mkdir","path":"d/e"}'
        for change in '{"do":"remove","path":"missing"}' '{"do":"move","path":"missing","to":"x"}' \
                '{"do":"move","path":"d","to":"d/e/f"}' '{"do":"put","path":"a/b","text":""}' \
                '{"do":"put","path":"d","text":""}' '{"do":"move","path":"a","to":"d"}' '{"do":"mkdir","path":"a"}' \
                '{"do":"mkdir","path":"d","match":""}' '{"do":"put","path":"x","upload":"missing"}'; do
                run changes '{"do":"put","path":"new","text":""}' "$change"
                [[ "$status" == [469] ]] || { echo "$change: $status $output"; false; }
        done
        [ "$(version)" = 1 ]
        [ "$(files o)" = 'a d d/e' ]
        [ -z "$(ls -A "$state/overlays/o/staging")" ]
}

@test "a list that is not one is refused before anything is looked at" {
        local text
        for text in '' '[]' '{}' '{"changes":[]}' '{"changes":[7]}' '{"changes":[{"do":"mkdir"}]}' '{"changes":[{"do":"chmod","path":"a"}]}' \
                '{"changes":[{"do":"mkdir","path":"../a"}]}' '{"changes":[{"do":"mkdir","path":"/a"}]}' \
                '{"changes":[{"do":"mkdir","path":"a/./b"}]}' '{"changes":[{"do":"mkdir","path":"a\u0007"}]}' \
                '{"changes":[{"do":"put","path":"a","upload":"../x"}]}' '{"changes":[{"do":"put","path":"a","upload":"x","sha256":"0"}]}' \
                '{"changes":[{"do":"put","path":"a","upload":"x","parts_sha256":"0"}]}' \
                '{"changes":[{"do":"put","path":"a"}]}' '{"if_exists":"maybe","changes":[{"do":"mkdir","path":"a"}]}'; do
                run -2 apply o "$text"
                [[ "$output" == *"Failed to read the changes in '-'"* ]]
        done
        run -2 apply o "{\"changes\":[{\"do\":\"mkdir\",\"path\":\"$(printf '%01001d' 0)\"}]}"
        run -2 apply ../o '{"changes":[{"do":"mkdir","path":"a"}]}'
        [ ! -e "$state/overlays/o/versions" ]
}

@test "a name that is there is refused, replaced, or kept beside the new one" {
        changes '{"do":"put","path":"a.cfg","text":"old"}' '{"do":"put","path":"b","text":"other"}' '{"do":"mkdir","path":"d"}'
        move() { apply o "{\"if_exists\":\"$1\",\"changes\":[{\"do\":\"move\",\"path\":\"b\",\"to\":\"$2\"}]}"; }
        run -9 move refuse a.cfg
        [[ "$output" == *"'a.cfg' already exists"* ]]
        run -6 move replace d
        [[ "$output" == *"a directory is there"* ]]
        run -0 move keep-both a.cfg
        [ "$(files o)" = 'a (2).cfg a.cfg d' ]
        [ "$(cat "$state/overlays/o/current/a (2).cfg")" = other ]
        changes '{"do":"put","path":"b","text":"third"}'
        run -0 move replace a.cfg
        [ "$(cat "$state/overlays/o/current/a.cfg")" = third ]
        upload new new
        put() { apply o "{\"if_exists\":\"$1\",\"changes\":[{\"do\":\"put\",\"path\":\"$2\",\"upload\":\"new\"}]}"; }
        run -9 put refuse a.cfg
        run -6 put replace d
        [ -e "$uploads/new" ]
        run -0 put keep-both a.cfg
        [ "$(cat "$state/overlays/o/current/a (3).cfg")" = new ]
}

@test "a text is saved over the one that it was made from only" {
        changes '{"do":"put","path":"a","text":"one"}'
        save() { changes "{\"do\":\"put\",\"path\":\"a\",\"text\":\"$2\",\"match\":\"$1\"}"; }
        run -6 save "$(sha256 other)" two
        [[ "$output" == *"The file 'a' was changed meanwhile"* ]]
        run -6 save '' two
        [[ "$output" == *"already exists"* ]]
        run -0 save "$(sha256 one)" two
        [ "$(cat "$state/overlays/o/current/a")" = two ]
        # A program stays one.
        printf '#!/bin/sh\n' >/run/program && chmod 755 /run/program
        l4d2ctl overlay put o program /run/program
        changes '{"do":"put","path":"program","text":"#!/bin/bash\n"}'
        [ "$(stat -c %a "$state/overlays/o/current/program" "$state/overlays/o/current/a" | paste -sd ' ')" = '755 644' ]
}

@test "an upload becomes a file of the version without being copied" {
        local inode
        upload big "$(printf '%0100000d' 7)"
        inode=$(stat -c %i "$uploads/big")
        run -6 changes "{\"do\":\"put\",\"path\":\"a.vpk\",\"upload\":\"big\",\"sha256\":\"$(sha256 other)\"}"
        [[ "$output" == *"is damaged"* ]]
        [ -e "$uploads/big" ]
        run -0 changes "{\"do\":\"put\",\"path\":\"left4dead2/a.vpk\",\"upload\":\"big\",\"sha256\":\"$(sha256 "$(printf '%0100000d' 7)")\"}"
        [ "$(stat -c '%i %h %U %a' "$state/overlays/o/current/left4dead2/a.vpk")" = "$inode 1 left4me 644" ]
        [ ! -e "$uploads/big" ]
}

@test "an upload is compared by the checksums of its parts" {
        local sum
        head -c 20000000 /dev/urandom >/run/parts
        sum=$(python3 - <<-'END'
		import hashlib
		data, part = open("/run/parts", "rb").read(), 8 << 20
		sums = [hashlib.sha256(data[at:at + part]).digest() for at in range(0, len(data), part)]
		print(hashlib.sha256(b"".join(sums)).hexdigest())
	END
        )
        upload parts ''
        cat /run/parts >"$uploads/parts"
        run -6 changes "{\"do\":\"put\",\"path\":\"a.vpk\",\"upload\":\"parts\",\"parts_sha256\":\"$(sha256 other)\"}"
        [[ "$output" == *"is damaged"* ]]
        run -0 changes "{\"do\":\"put\",\"path\":\"a.vpk\",\"upload\":\"parts\",\"parts_sha256\":\"$sum\"}"
        cmp /run/parts "$state/overlays/o/current/a.vpk"
}

@test "an upload that takes the place of a program becomes one" {
        printf '#!/bin/sh\n' >/run/program && chmod 755 /run/program
        l4d2ctl overlay put o program /run/program
        chmod 644 /run/program
        l4d2ctl overlay put o text /run/program
        upload new '#!/bin/bash'
        upload plain text
        run -0 apply o '{"if_exists":"replace","changes":[{"do":"put","path":"program","upload":"new"},{"do":"put","path":"text","upload":"plain"}]}'
        [ "$(cat "$state/overlays/o/current/program")" = '#!/bin/bash' ]
        [ "$(stat -c %a "$state/overlays/o/current/program" "$state/overlays/o/current/text" | paste -sd ' ')" = '755 644' ]
}

@test "one upload can't be two files" {
        upload new new
        upload other other
        run -2 changes '{"do":"put","path":"a","upload":"new"}' '{"do":"put","path":"c","upload":"other"}' '{"do":"put","path":"b","upload":"new"}'
        [[ "$output" == *"The upload 'new' is named twice"* ]]
        [ -e "$uploads/new" ]
        run -0 changes '{"do":"put","path":"a","upload":"new"}' '{"do":"put","path":"b","upload":"other"}'
        [ "$(files o)" = 'a b' ]
}

@test "an upload that is written to, or belongs to another user, is not taken" {
        upload alice:1 mine
        upload bob:1 his
        ln -s /etc/shadow "$uploads/link"
        l4d2ctl overlay create alice/o
        one() { apply --as-user=alice alice/o "{\"changes\":[{\"do\":\"put\",\"path\":\"a\",\"upload\":\"$1\"}]}"; }
        run -8 one bob:1
        [[ "$output" == *"does not belong to the user 'alice'"* ]]
        run -8 one alic
        run -8 apply --as-user=alice o '{"changes":[{"do":"mkdir","path":"a"}]}'
        run -1 changes '{"do":"put","path":"a","upload":"link"}'
        exec 9>>"$uploads/alice:1"
        flock 9
        run -6 one alice:1
        [[ "$output" == *"is still being uploaded"* ]]
        exec 9>&-
        run -0 one alice:1
        [ "$(cat "$state/overlays/alice/o/current/a")" = mine ]
}

@test "a name that is there is found before any upload is read" {
        changes '{"do":"put","path":"a","text":"old"}'
        upload a new
        upload b new
        one() { apply o "{\"if_exists\":\"$1\",\"changes\":[$2{\"do\":\"put\",\"path\":\"b\",\"upload\":\"b\",\"sha256\":\"$(sha256 other)\"},{\"do\":\"put\",\"path\":\"a\",\"upload\":\"a\"}]}"; }
        run -9 one refuse ''
        [[ "$output" == *"'a' already exists"* && "$output" != *damaged* ]]
        for list in '{"do":"remove","path":"a"},' '{"do":"move","path":"a","to":"c"},'; do
                run -6 one refuse "$list"
                [[ "$output" == *"is damaged"* && "$output" != *exists* ]]
        done
        run -6 one keep-both ''
        [[ "$output" == *"is damaged"* ]]
        # So is a directory that a file would replace, and a file on the way.
        changes '{"do":"mkdir","path":"d"}'
        other() { apply o "{\"if_exists\":\"$1\",\"changes\":[$3{\"do\":\"put\",\"path\":\"b\",\"upload\":\"b\",\"sha256\":\"$(sha256 other)\"},{\"do\":\"put\",\"path\":\"$2\",\"upload\":\"a\"}]}"; }
        run -6 other replace d ''
        [[ "$output" == *"Failed to put a file at 'd': a directory is there"* && "$output" != *damaged* ]]
        run -6 other keep-both d ''
        [[ "$output" == *"is damaged"* ]]
        for exists in replace keep-both; do
                run -6 other $exists a/x ''
                [[ "$output" == *"a part of it is a file"* && "$output" != *damaged* ]]
        done
        run -6 other replace d '{"do":"remove","path":"d"},'
        [[ "$output" == *"is damaged"* ]]
        [ "$(version)" = 2 ]
        run -0 changes '{"do":"remove","path":"d"}'
        run -0 apply o '{"changes":[{"do":"move","path":"a","to":"c"},{"do":"put","path":"a","upload":"a"}]}'
        [ "$(files o)" = 'a c' ]
}

@test "all uploads of an apply are locked until it has ended, and the overlay is not while they are read" {
        local n list='' pid
        is_locked() { ! flock --nonblock "$uploads/$1" true; }
        reader() { pgrep -f "^l4d2ctl overlay apply o /run/many.json"; }
        # More than a shell lets a program have open.
        for n in {1..1100}; do
                echo "$n" >"$uploads/many$n"
                list+=",{\"do\":\"put\",\"path\":\"many/$n\",\"upload\":\"many$n\"}"
        done
        rm -f /run/read.trace
        upload first first
        upload last last
        chown left4me: "$uploads"/many*
        echo "{\"changes\":[{\"do\":\"put\",\"path\":\"first\",\"upload\":\"first\",\"sha256\":\"$(sha256 first)\"}$list,{\"do\":\"put\",\"path\":\"last\",\"upload\":\"last\"}]}" >/run/many.json
        (ulimit -Sn 1024 && exec strace -qq -o /run/read.trace -P "$uploads/first" -e trace=read -e inject=read:signal=STOP:when=1 \
                l4d2ctl overlay apply o /run/many.json) 3>&- &
        pid=$!
        wait_until grep -qs 'stopped by SIGSTOP' /run/read.trace
        is_locked first
        is_locked many1
        is_locked last
        run -6 changes '{"do":"put","path":"other","upload":"last"}'
        [[ "$output" == *"is still being uploaded"* ]]
        # Others change the overlay meanwhile.
        changes '{"do":"put","path":"meanwhile","text":""}'
        kill -CONT "$(reader)"
        wait "$pid"
        [ "$(cat "$state/overlays/o/current/first" "$state/overlays/o/current/many/1100" "$state/overlays/o/current/last")" = $'first1100\nlast' ]
        [ -e "$state/overlays/o/current/meanwhile" ]
        [ -z "$(ls -A "$uploads")" ]
}

@test "uploads are on the disk before an apply takes its turn, so that others don't wait for that" {
        upload u new
        strace -qq -o /run/apply.trace -e trace=flock,syncfs l4d2ctl overlay apply o - \
                <<<"{\"changes\":[{\"do\":\"put\",\"path\":\"a\",\"upload\":\"u\",\"sha256\":\"$(sha256 new)\"}]}"
        # Looked at, then made.
        run -0 paste -sd ' ' <(grep -oE '^(syncfs|flock\(.*LOCK_EX\))' /run/apply.trace | grep -oE '^[a-z]+')
        echo "$output"
        [[ "$output" == *'flock syncfs flock syncfs' ]]
}

@test "an apply that was killed between its version and its uploads can be repeated" {
        upload u new
        run -137 strace -f -qq -o /dev/null -e trace=unlinkat -P u -e inject=unlinkat:signal=KILL:when=1 \
                l4d2ctl overlay apply o - <<<'{"changes":[{"do":"put","path":"a","upload":"u"}]}'
        [ "$(cat "$state/overlays/o/current/a")" = new ]
        [ -e "$uploads/u" ]
        run -0 changes "{\"do\":\"put\",\"path\":\"a\",\"upload\":\"u\",\"sha256\":\"$(sha256 new)\"}"
        [ "$(cat "$state/overlays/o/current/a")" = new ]
        [ ! -e "$uploads/u" ]
        # Both versions share it, and the upload has gone.
        [ "$(stat -c '%h' "$state/overlays/o/current/a")" = 2 ]
}

@test "an upload on another disk is copied, as a whole" {
        mount -t tmpfs -o "mode=2750,uid=$(id -u left4me),gid=$(getent group left4me-build | cut -d : -f 3)" uploads "$uploads"
        upload big "$(printf '%0100000d' 7)"
        run -0 changes "{\"do\":\"put\",\"path\":\"a.vpk\",\"upload\":\"big\",\"sha256\":\"$(sha256 "$(printf '%0100000d' 7)")\"}"
        [ "$(cat "$state/overlays/o/current/a.vpk")" = "$(printf '%0100000d' 7)" ]
        [ ! -e "$uploads/big" ]
        umount "$uploads"
}

@test "the quota of a user counts all versions, and refuses before there is a new one" {
        printf '[content]\nuser_overlay_bytes=1M\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/quota.conf
        l4d2ctl overlay create alice/o
        put() { upload alice:1 "$(head -c 400000 /dev/zero | tr '\0' "$1")"; apply --as-user=alice alice/o "{\"changes\":[{\"do\":\"put\",\"path\":\"$1\",\"upload\":\"alice:1\"}]}"; }
        run -0 put a
        run -0 put b
        # Versions share what did not change.
        run -8 put c
        [[ "$output" == *"would take 1.2M of the disk"*"may take 1.0M (user_overlay_bytes="* ]]
        [ "$(version alice/o)" = 2 ]
        [ -z "$(ls -A "$state/overlays/alice/o/staging")" ]
        # The upload is still there, to be put elsewhere.
        [ -e "$uploads/alice:1" ]
        rm /etc/left4me/left4me.conf.d/quota.conf
        run -0 put c
}

@test "killed at any of its steps, apply leaves the old version or the new one, and no upload is lost" {
        local call when
        for call in renameat2 linkat unlinkat symlinkat openat mkdirat syncfs; do
                for ((when = 1; ; when++)); do
                        rm -rf "$state"/overlays/* "${uploads:?}"/*
                        l4d2ctl overlay create o
                        changes '{"do":"put","path":"a","text":"old"}'
                        upload u new
                        if strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$when" \
                                l4d2ctl overlay apply o - <<<'{"if_exists":"replace","changes":[{"do":"mkdir","path":"d"},{"do":"put","path":"a","upload":"u"}]}' 2>/dev/null; then
                                break
                        fi
                        case $(cat "$state/overlays/o/current/a") in
                        old) [ ! -e "$state/overlays/o/current/d" ] && [ "$(cat "$uploads/u")" = new ] ;;
                        new) [ -d "$state/overlays/o/current/d" ] ;;
                        *) false ;;
                        esac
                        # The next change works, and finds nothing half done.
                        changes '{"do":"put","path":"b","text":"next"}'
                done
                [ "$when" -gt 1 ] || [[ $call == @(syncfs) ]] || { echo "$call never happened"; false; }
        done
}
