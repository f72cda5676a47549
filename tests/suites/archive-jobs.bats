#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Archives and releases as jobs: l4d2ctl overlay put --unpack and overlay build, with their units, their sandbox,
# killed and cancelled.

load common

make=$BATS_TEST_DIRNAME/archives/make
uploads=$state/uploads
world=/run/release-world

setup_file() {
        rm -rf "$world"
        mkdir -p "$world"/{files,releases}
        "$BATS_TEST_DIRNAME/archives/serve" "$world" 3>&- &
        echo "$!" >"$world/pid"
        wait_until test -e "$world/url"
}

teardown_file() {
        kill "$(<"$world/pid")"
}

setup() {
        url=$(<"$world/url")
        rm -rf /etc/left4me/left4me.conf.d "$state"/overlays/* "$state"/jobs/* "${uploads:?}"/* /run/source "$world"/files/*
        rm -rf /run/systemd/system/left4me-{unpack,release}@.service.d /run/systemd/system/left4me-web.service{,.d}
        mkdir -p /run/source/{addons,cfg}
        cd /run/source || return
        printf vpk >"addons/a b.vpk"
        printf cfg >cfg/a.cfg
        tar -cf ../pack.tar addons cfg
        systemctl daemon-reload
        l4d2ctl overlay create pack
}

teardown() {
        systemctl stop 'left4me-unpack@*.service' 'left4me-release@*.service' 2>/dev/null || true
        systemctl reset-failed
}

of() { readlink -f "$state/overlays/$1/current"; }
versions() { find "$state/overlays/$1/versions" -mindepth 1 -maxdepth 1 -printf '%f ' 2>/dev/null; }
nothing_is_left() {
        [ -z "$(ls -A "$uploads")" ] && [ ! -e "$state/jobs/$1/stage" ] && [ ! -e "$state/overlays/$1/request" ] &&
                [ ! -e "$state/jobs/$1/running" ]
}
is_inactive() { [[ $(property "left4me-unpack@$1.service" ActiveState) == @(inactive|failed) ]]; }

# fails PID: waits for a process of this shell, which must end with an error.
fails() {
        local status=0
        wait "$1" || status=$?
        ((status != 0 && status != 127))
}

@test "put --unpack makes a version with the files where the game looks for them" {
        run -0 l4d2ctl overlay put pack . /run/pack.tar --unpack
        [[ "$output" == *"The files belong to 'left4dead2' and were put there"*"Unpacked 2 files"*"at version 1 now"* ]]
        [ "$(cat "$(of pack)/left4dead2/addons/a b.vpk")" = vpk ]
        [ "$(stat -c %U:%a "$(of pack)/left4dead2/cfg/a.cfg" "$(of pack)/left4dead2/cfg" | tr '\n' ' ')" = 'left4me:644 left4me:755 ' ]
        nothing_is_left pack
        # At a path they are put as they are; a pipe is an archive too.
        run -0 l4d2ctl overlay put pack left4dead2/cfg/more - --unpack < <(cat /run/pack.tar)
        [ "$(cat "$(of pack)/left4dead2/cfg/more/cfg/a.cfg")" = cfg ]
        # A file that no change touched is shared with the version before.
        [ "$(stat -c %i "$state"/overlays/pack/versions/*/left4dead2/cfg/a.cfg | sort -u | wc -l)" = 1 ]
        # The same again makes no new version.
        run -0 l4d2ctl overlay put pack . /run/pack.tar --unpack
        [ "$(versions pack)" = '1 2 ' ] || [ "$(versions pack)" = '2 1 ' ]
        nothing_is_left pack
}

@test "an archive that is refused leaves the old version, with the reason" {
        l4d2ctl overlay put pack . /run/pack.tar --unpack
        for kind in parent device not-utf8 encrypted zeros; do
                "$make" "$kind" /run/hostile
                run -1 l4d2ctl overlay put pack . /run/hostile --unpack
                [[ "$output" == *"Failed to unpack"* ]]
        done
        [ "$(versions pack)" = '1 ' ]
        nothing_is_left pack
}

@test "what can't be unpacked is refused before a job starts" {
        run -2 l4d2ctl overlay put pack . /run/source --unpack
        [[ "$output" == *"it is a directory"* ]]
        run -2 l4d2ctl overlay put pack . /run/missing --unpack
        run -2 l4d2ctl overlay put pack ../x /run/pack.tar --unpack
        [[ "$output" == *"Invalid path '../x'"* ]]
        run -4 l4d2ctl overlay put missing . /run/pack.tar --unpack
        l4d2ctl overlay define pack kind=script
        run -6 l4d2ctl overlay put pack . /run/pack.tar --unpack
        [[ "$output" == *"it is of kind 'script'"* ]]
        [ -z "$(ls -A "$uploads")" ]
}

@test "export takes a version with its definition to another host" {
        cd /run || return
        mkdir -p source/left4dead2/{cfg,empty}
        printf one >'source/left4dead2/cfg/ü b.cfg'
        printf x >source/left4dead2/run && chmod +x source/left4dead2/run
        l4d2ctl overlay put pack left4dead2 source/left4dead2
        # Its own files with the names of the definition's are content.
        l4d2ctl overlay put pack overlay.yaml - <<<'items: []'
        l4d2ctl overlay define pack kind=script 'description=Made for export'
        printf '#!/bin/sh\n' | l4d2ctl overlay script pack -
        LC_ALL=C l4d2ctl overlay export pack >pack-2.tar
        l4d2ctl overlay export pack --version=1 >pack-1.tar
        [ "$(LC_ALL=C.UTF-8 tar -tf pack-2.tar --quoting-style=literal | sort)" = "$(printf '%s\n' pack/files/ pack/files/left4dead2/ \
                pack/files/left4dead2/cfg/ "pack/files/left4dead2/cfg/ü b.cfg" pack/files/left4dead2/empty/ pack/files/left4dead2/run \
                pack/files/overlay.yaml pack/overlay.yaml pack/script | LC_ALL=C sort)" ]
        [ "$(tar -tf pack-1.tar | grep -c overlay.yaml)" = 1 ]
        [ "$(tar -xOf pack-2.tar pack/files/overlay.yaml)" = 'items: []' ]
        tar -xOf pack-2.tar pack/overlay.yaml | cmp - "$state/overlays/pack/overlay.yaml"

        # As docs/content.md says: the content alone, or all of it.
        l4d2ctl overlay create group/new
        l4d2ctl overlay put group/new . pack-2.tar --unpack
        diff -r "$(of pack)" "$(of group/new)"
        [ -x "$(of group/new)/left4dead2/run" ]
        # A directory that is its own content has no definition; it may be empty otherwise.
        mkdir -p "$state/overlays/plain/left4dead2"
        [ "$(l4d2ctl overlay export plain | tar -t)" = $'plain/files/\nplain/files/left4dead2/' ]
}

@test "seed --from makes an exported overlay again, with definition, script and content" {
        cd /run || return
        mkdir -p source/maps source/empty
        printf x >source/run && chmod +x source/run
        l4d2ctl overlay put pack . source
        l4d2ctl overlay put pack overlay.yaml - <<<'items: []'
        l4d2ctl overlay define pack kind=script 'description=Made for export'
        printf '#!/bin/sh\necho built >"$OVERLAY/built"\n' | l4d2ctl overlay script pack -
        l4d2ctl overlay export pack >exported.tar
        run -0 l4d2ctl overlay seed --from=exported.tar group/new
        [[ "$output" == *"The overlay 'group/new' is there, as it was exported"* ]]
        diff -r "$(of pack)" "$(of group/new)"
        [ -x "$(of group/new)/run" ]
        [ "$(stat -c %U "$(of group/new)/run")" = left4me ]
        cmp "$state/overlays"/{pack,group/new}/overlay.yaml
        cmp "$state/overlays"/{pack,group/new}/script
        nothing_is_left group:new
        run -0 l4d2ctl overlay build group/new
        [ "$(cat "$(of group/new)/built")" = built ]
        # Also from a pipe, and from one without a definition.
        run -0 eval 'xz <exported.tar | l4d2ctl overlay seed --from=- piped'
        diff -r "$(of pack)" "$(of piped)"
        mkdir -p "$state/overlays/plain/left4dead2"
        touch "$state/overlays/plain/left4dead2/x"
        l4d2ctl overlay export plain >plain.tar
        l4d2ctl overlay seed --from=plain.tar plainer
        [ "$(cat "$state/overlays/plainer/overlay.yaml")" = 'kind: files' ]
        # An overlay that exists is not replaced, and one must be named.
        run -6 l4d2ctl overlay seed --from=exported.tar pack
        run -2 l4d2ctl overlay seed --from=exported.tar
        run -2 l4d2ctl overlay seed --from=missing.tar other
        [ ! -e "$state/overlays/other" ]
        # A script that was left out for a user is missed.
        tar --delete -f exported.tar pack/script
        run -0 l4d2ctl overlay seed --from=exported.tar scriptless
        [[ "$output" == *"'exported.tar' has no script: give the overlay one with 'l4d2ctl overlay script scriptless FILE'"* ]]
}

# packed MEMBER=TEXT…: an archive of these files, in /run/packed.tar.
packed() {
        local member
        rm -rf /run/packed /run/packed.tar
        for member; do
                mkdir -p "/run/packed/$(dirname "${member%%=*}")"
                printf '%s' "${member#*=}" >"/run/packed/${member%%=*}"
        done
        pack_again
}
pack_again() { (cd /run/packed && tar -cf /run/packed.tar -- *); }

# refused WORDS: seed refuses /run/packed.tar with these, and leaves nothing.
refused() {
        run l4d2ctl overlay seed --from=/run/packed.tar new
        ((status != 0)) && [[ "$output" == *"$1"* ]] || { echo "not '$1', but $status: $output"; return 1; }
        [ ! -e "$state/overlays/new" ] && nothing_is_left new
}

@test "seed --from refuses other archives and bad definitions by the name of the entry, and leaves nothing" {
        packed p/overlay.yaml='kind: files' p/files/a=x p/extra=x
        refused "Failed to unpack 'p/extra': an exported overlay has overlay.yaml, script and files alone"
        packed p/overlay.yaml='kind: files' p/files/a=x q/files/b=x
        refused "Failed to unpack 'q': an exported overlay has one directory at its top"
        packed p/overlay.yaml='kind: files' p/a=x
        refused "Failed to unpack 'p/a'"
        packed p/overlay.yaml="$(printf '# %070000d' 1)" p/files/a=x
        refused "Failed to unpack 'p/overlay.yaml': it is larger than 64 KiB"
        packed p/overlay.yaml=$'kind: files\ncolour: red\n' p/files/a=x
        refused '/run/packed.tar:overlay.yaml:2:1: '
        packed p/overlay.yaml='kind: script' p/script='echo no interpreter' p/files/a=x
        refused "Failed to use '/run/packed.tar:script' as the overlay's script"
        packed p/overlay.yaml='kind: files' p/files/a=x
        ln -s /etc/shadow /run/packed/p/script
        pack_again
        refused "Failed to unpack 'p/script': it is not a regular file"
        "$make" parent /run/packed.tar
        refused "Failed to unpack 'addons/good.vpk'"
        # Only admins may: the definition could be a script.
        l4d2ctl user add frank --role user <<<'a password for tests'
        packed p/overlay.yaml='kind: files' p/files/a=x
        run -8 l4d2ctl --as-user=frank overlay seed --from=/run/packed.tar frank/new
        run -0 l4d2ctl overlay seed --from=/run/packed.tar new
}

@test "export refuses terminals, other users' overlays, and what is not a version or a file" {
        local name version=$state/overlays/pack/versions/1
        for name in carol dave; do l4d2ctl user add "$name" --role user <<<'a password for tests'; done
        l4d2ctl overlay put pack left4dead2 /run/source
        l4d2ctl overlay create carol/pack
        l4d2ctl overlay put carol/pack a /run/pack.tar
        [ "$(l4d2ctl --as-user=carol overlay export carol/pack | tar -x --to-stdout pack/files/a | sha256sum)" = "$(sha256sum </run/pack.tar)" ]
        l4d2ctl overlay define carol/pack kind=script
        printf '#!/bin/sh\n' | l4d2ctl overlay script carol/pack -
        # Only admins see scripts.
        [ "$(l4d2ctl --as-user=carol overlay export carol/pack | tar -t)" = $'pack/overlay.yaml\npack/files/\npack/files/a' ]
        [ "$(l4d2ctl overlay export carol/pack | tar -t | grep -c pack/script)" = 1 ]
        run -8 l4d2ctl --as-user=dave overlay export carol/pack
        run -8 l4d2ctl --as-user=dave overlay export pack
        run -4 l4d2ctl overlay export missing
        run -4 l4d2ctl overlay export pack --version=2
        [[ "$output" == *"No version '2' of the overlay 'pack'"* ]]
        run -4 l4d2ctl overlay export pack --version=../../carol/pack/versions/1
        run -4 l4d2ctl overlay export pack --version=1/left4dead2
        run -2 script -qec 'l4d2ctl overlay export pack' /dev/null
        [[ "$output" == *"not for a terminal"* ]]
        # Links are left out, and none is followed to the definition.
        ln -s /etc/shadow "$version/left4dead2/cfg/link"
        [ "$(l4d2ctl overlay export pack | tar -t | grep -c link)" = 0 ]
        ln -s /etc/shadow "$state/overlays/pack/script"
        run ! l4d2ctl overlay export pack
        [[ "$output" == *"Failed to read 'script'"* && "$output" != *root:* ]]
}

@test "users unpack what they uploaded, into their overlays, and the job removes it" {
        local name
        mkdir -p /etc/left4me/left4me.conf.d
        for name in alice bob; do l4d2ctl user add "$name" --role user <<<'a password for tests'; done
        l4d2ctl overlay create alice/pack
        cp /run/pack.tar "$uploads/bob:1"
        cp /run/pack.tar "$uploads/unpack-1"
        run -8 l4d2ctl --as-user=alice overlay unpack alice/pack bob:1
        [[ "$output" == *"does not belong to the user 'alice'"* ]]
        run -8 l4d2ctl --as-user=alice overlay unpack alice/pack unpack-1
        run -8 l4d2ctl --as-user=bob overlay unpack alice/pack bob:1
        run -2 l4d2ctl --as-user=alice overlay unpack alice/pack ../uploads/alice:1
        run -2 l4d2ctl --as-user=alice overlay unpack alice/pack alice:1 ../x
        run -4 l4d2ctl --as-user=alice overlay unpack alice/pack alice:1
        ln -s /etc/shadow "$uploads/alice:1"
        run ! l4d2ctl --as-user=alice overlay unpack alice/pack alice:1
        rm "$uploads"/{bob:1,unpack-1,alice:1}

        cp /run/pack.tar "$uploads/alice:1"
        # One that the web app still writes to.
        run -6 flock "$uploads/alice:1" l4d2ctl --as-user=alice overlay unpack alice/pack alice:1
        run -0 l4d2ctl --as-user=alice overlay unpack alice/pack alice:1 --no-wait
        wait_until is_inactive alice:pack
        [ "$(cat "$(of alice/pack)/left4dead2/cfg/a.cfg")" = cfg ]
        nothing_is_left alice/pack
        # A refused one is removed too, and one with a path is put there.
        head -c 100 /dev/urandom >"$uploads/alice:2"
        run -1 l4d2ctl --as-user=alice overlay unpack alice/pack alice:2
        nothing_is_left alice/pack
        cp /run/pack.tar "$uploads/alice:3"
        # Its name has the user's in it, who could else fill the disk with archives that wait.
        run -0 strace -f -qq -o /run/rename.trace -e trace=renameat,renameat2 l4d2ctl --as-user=alice overlay unpack alice/pack alice:3 left4dead2/cfg
        grep -qE '"alice:3", [0-9]+, "unpack-[0-9a-f]{16}[.]alice"' /run/rename.trace
        [ "$(cat "$(of alice/pack)/left4dead2/cfg/cfg/a.cfg")" = cfg ]
        # An upload counts for the quota.
        printf '[content]\nuser_overlay_bytes=1M\n' >/etc/left4me/left4me.conf.d/quota.conf
        { cat /run/pack.tar && head -c 2M /dev/zero; } >"$uploads/alice:4"
        run -8 l4d2ctl --as-user=alice overlay unpack alice/pack alice:4
        [[ "$output" == *user_overlay_bytes=* ]]
        [ -e "$uploads/alice:4" ]
}

@test "commands that unpack into one overlay at once have a job each, or say that one runs" {
        local i pids=() started=0 status
        l4d2ctl overlay create many
        install -o left4me -g left4me-build -m 640 -D /run/pack.tar /run/upload
        for i in {1..6}; do
                cp -p /run/upload "$uploads/alice:$i"
                l4d2ctl overlay unpack many "alice:$i" --no-wait >"/run/unpack.$i" 2>&1 3>&- &
                pids+=($!)
        done
        for i in {1..6}; do
                status=0
                wait "${pids[i - 1]}" || status=$?
                ((status == 0 || status == 6)) || { cat "/run/unpack.$i"; false; }
                started=$((started + (status == 0)))
        done
        wait_until is_inactive many
        journalctl --sync
        [ "$(l4d2ctl job list --json | grep -o '"ref":"many"' | wc -l)" = "$started" ]
        # One that was refused before it took its upload left it.
        run ! compgen -G "$uploads/unpack-*"
}

says() { journalctl --sync && journalctl -b -o cat -u "left4me-unpack@$1.service" | grep -qF -- "$2"; }
has_begun() { [[ -e $state/jobs/$1/out/begun ]]; }

@test "archives of one user are unpacked one after the other when they could fill the disk together" {
        local overlay quota=/etc/left4me/left4me.conf.d/quota.conf since
        local limit=/run/systemd/system/left4me-unpack@erin:two.service.d
        has_passed() { ((SECONDS - since >= $1)); }
        l4d2ctl user add erin --role user <<<'a password for tests'
        mkdir -p /etc/left4me/left4me.conf.d /run/systemd/system/left4me-unpack@.service.d
        printf '[content]\nuser_overlay_bytes=30G\nmax_overlay_gb=20\n' >"$quota"
        # Between left4me-layer and the unpacker.
        cat >/run/systemd/system/left4me-unpack@.service.d/90-hold.conf <<-'END'
		[Service]
		ExecStartPre=+/bin/bash -c 'touch $LEFT4ME_OUT/begun; [[ %i != erin:one ]] || until [[ -e $LEFT4ME_OUT/go ]]; do sleep 0.1; done'
		END
        systemctl daemon-reload
        unpack() {
                cp /run/pack.tar "$uploads/erin:$1"
                l4d2ctl --as-user=erin overlay unpack "erin/$1" "erin:$1" --no-wait
        }
        # Starts one, which goes on at let_go, and two.
        hold_one() {
                rm -f "$state"/jobs/erin:*/out/begun
                unpack one
                wait_until has_begun erin:one
                unpack two
        }
        let_go() {
                touch "$state/jobs/erin:one/out/go"
                wait_until is_inactive erin:one
        }
        for overlay in one two; do l4d2ctl overlay create "erin/$overlay"; done
        # Waiting does not count for the time limit.
        mkdir "$limit"
        printf '[Service]\nTimeoutStartSec=20s\n' >"$limit/90-limit.conf"
        systemctl daemon-reload
        hold_one
        wait_until says erin:two "Waiting for the build of 'erin/one'"
        [ "$(property left4me-unpack@erin:two.service StatusText)" = "Waiting for the build of 'erin/one'" ]
        since=$SECONDS
        wait_until has_passed 22
        [ "$(property left4me-unpack@erin:two.service ActiveState)" = activating ]
        rm -r "$limit"
        systemctl daemon-reload
        # Another user's does not wait.
        l4d2ctl overlay put pack . /run/pack.tar --unpack
        run ! has_begun erin:two
        let_go
        wait_until is_inactive erin:two
        for overlay in one two; do
                [ "$(cat "$(of "erin/$overlay")/left4dead2/cfg/a.cfg")" = cfg ]
        done
        # One that is cancelled while it waits leaves nothing.
        hold_one
        wait_until test -e "$state/jobs/erin:two/running"
        systemctl stop left4me-unpack@erin:two.service
        run ! has_begun erin:two
        [ ! -e "$uploads/erin:two" ]
        [ ! -e "$state/jobs/erin:two/running" ]
        let_go
        nothing_is_left erin/two
        # Where there is room for both, both run.
        sed -i s/30G/40G/ "$quota"
        hold_one
        wait_until is_inactive erin:two
        has_begun erin:two
        run ! is_inactive erin:one
        let_go
}

@test "uploads of commands that were killed are removed a day after they were found old" {
        touch -d '2 days ago' "$uploads/unpack-old" "$uploads/web-old"
        touch "$uploads/unpack-new"
        # A clock that was set forward makes those of a job look old that runs.
        l4d2ctl overlay put pack . /run/pack.tar --unpack
        [ "$(ls "$uploads")" = $'unpack-new\nunpack-old\nweb-old' ]
        l4d2ctl overlay put pack . /run/pack.tar --unpack
        [ "$(ls "$uploads")" = $'unpack-new\nunpack-old\nweb-old' ]
        touch -d '2 days ago' "$uploads/unpack-old"
        l4d2ctl overlay put pack . /run/pack.tar --unpack
        [ "$(ls "$uploads")" = $'unpack-new\nweb-old' ]
}

# Random bytes, which bzip2 can't make smaller and takes its time for.
make_slow() {
        head -c 40000000 /dev/urandom >addons/big.vpk
        tar -cjf /run/slow.tar.bz2 addons cfg
}
# Not by the text of the job before, which is still there while left4me-layer begins.
is_unpacking() {
        [[ $(property left4me-unpack@pack.service MainPID) != 0 &&
                $(property left4me-unpack@pack.service StatusText) =~ ^[0-9]+\ %\ [0-9]+\ files?$ &&
                $(property left4me-unpack@pack.service ActiveState) == activating ]]
}

@test "progress shows as the unit's StatusText; killed and cancelled jobs leave the old version" {
        local waiting
        make_slow
        l4d2ctl overlay put pack . /run/pack.tar --unpack
        l4d2ctl overlay put pack . /run/slow.tar.bz2 --unpack &
        waiting=$!
        wait_until is_unpacking
        systemctl kill --kill-whom=main -s KILL left4me-unpack@pack.service
        fails "$waiting"
        wait_until is_inactive pack
        [ "$(versions pack)" = '1 ' ]
        nothing_is_left pack

        l4d2ctl overlay put pack . /run/slow.tar.bz2 --unpack &
        waiting=$!
        wait_until is_unpacking
        # It waits there, so that it is in the middle of its work however long the next commands take.
        systemctl kill --kill-whom=main -s STOP left4me-unpack@pack.service
        # Two at once: the second is refused.
        run -6 l4d2ctl overlay put pack . /run/pack.tar --unpack
        [[ "$output" == *"left4me-unpack@pack.service runs already"* ]]
        systemctl stop left4me-unpack@pack.service
        fails "$waiting"
        [ "$(versions pack)" = '1 ' ]
        nothing_is_left pack
        run -0 l4d2ctl overlay put pack . /run/slow.tar.bz2 --unpack
        cmp "$(of pack)/left4dead2/addons/big.vpk" addons/big.vpk
}

@test "the web app's user unpacks inside its service" {
        cat >/run/systemd/system/left4me-web.service <<-'END'
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Type=oneshot
		User=left4me
		SupplementaryGroups=systemd-journal
		NoNewPrivileges=yes
		ExecStart=/usr/bin/l4d2ctl overlay put pack . /run/pack.tar --unpack
	END
        # The hardening of left4me-web.service is not what is tested here.
        mkdir -p /run/systemd/system/left4me-web.service.d
        for dropin in 10-hardening.conf 20-web.conf; do
                printf '[Service]\n' >/run/systemd/system/left4me-web.service.d/$dropin
        done
        systemctl daemon-reload
        systemctl restart left4me-web.service
        [ "$(cat "$(of pack)/left4dead2/cfg/a.cfg")" = cfg ]
        nothing_is_left pack
        rm -r /run/systemd/system/left4me-web.service{,.d}
        systemctl daemon-reload
}

# score UNIT
score() { systemd-analyze security --no-pager "$1" | grep -oP 'Overall exposure level for .*: \K[0-9.]+'; }
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }

@test "the units are rated low" {
        echo "# left4me-unpack@: $(score left4me-unpack@pack.service), left4me-release@: $(score left4me-release@pack.service)" >&3
        at_most "$(score left4me-unpack@pack.service)" 0.2
        at_most "$(score left4me-release@pack.service)" 1.1
}

@test "an unpacker that was taken over finds one archive, no network and nothing else to write" {
        mkdir -p /run/systemd/system/left4me-unpack@.service.d
        # A shell in its place: all but the right to execute programs is as in the unit.
        cat >/run/systemd/system/left4me-unpack@.service.d/90-test.conf <<-'END'
		[Service]
		NoExecPaths=
		ExecStart=
		ExecStart=/bin/bash -c ' \
		    exec >"$LEFT4ME_OUT/found" 2>&1; \
		    ls "$LEFT4ME_UPLOADS" || echo no-list; \
		    grep -o "unpack-[0-9a-f]*" "$LEFT4ME_JOB" | while read -r n; do head -c 3 "$LEFT4ME_UPLOADS/$n"; echo; done; \
		    ls /sys/class/net; ls /proc/net/tcp; \
		    (exec 3<>/dev/tcp/127.0.0.1/22) || echo no-tcp; \
		    find / -xdev -type d -writable 2>/dev/null; \
		    for d in $(find / -maxdepth 6 -type d -writable 2>/dev/null); do echo "writable $d"; done; true'
	END
        systemctl daemon-reload
        run l4d2ctl overlay put pack . /run/pack.tar --unpack
        local found=$state/jobs/pack/out/found
        cat "$found"
        grep -qx no-list "$found"
        grep -qx no-tcp "$found"
        grep -qx add "$found"
        run -1 grep -vE "^writable ($state/jobs/pack/(out|stage/tree)(/.*)?|/tmp(/.*)?|/var/tmp(/.*)?|/dev/(shm|mqueue)|/proc/.*)$" \
                <(grep '^writable ' "$found")
        rm -r /run/systemd/system/left4me-unpack@.service.d
        systemctl daemon-reload
}

# A release that this host plays.
release() {
        mkdir -p /etc/left4me/left4me.conf.d /run/systemd/system/left4me-release@.service.d
        printf '[content]\ngithub_api=%s\n' "$url" >/etc/left4me/left4me.conf.d/github.conf
        printf '[Service]\nIPAddressAllow=127.0.0.1\nRestrictNetworkInterfaces=\n' >/run/systemd/system/left4me-release@.service.d/90-test.conf
        systemctl daemon-reload
        cp /run/pack.tar "$world/files/"
}

@test "overlay build gets a release, and makes no version of the same one" {
        local first
        release
        l4d2ctl overlay define pack kind=release "url=$url/files/pack.tar" "sha256=$(sha256sum </run/pack.tar | cut -d' ' -f1)"
        run -0 l4d2ctl overlay build pack
        [[ "$output" == *"pack.tar has the SHA-256"*"at version 1 now"* ]]
        [ "$(cat "$(of pack)/left4dead2/cfg/a.cfg")" = cfg ]
        run -0 l4d2ctl overlay build pack
        [[ "$output" == *"The overlay has pack.tar already"* ]]
        [ "$(versions pack)" = '1 ' ]
        run -0 l4d2ctl overlay build pack --empty
        [ "$(versions pack)" = '1 ' ]
        # Another one, then back: the older version's own record says what it has.
        printf new >cfg/a.cfg
        tar -cf "$world/files/pack.tar" addons cfg
        l4d2ctl overlay define pack sha256=
        run -0 l4d2ctl overlay build pack
        [ "$(cat "$(of pack)/left4dead2/cfg/a.cfg")" = new ]
        l4d2ctl overlay rollback pack
        [ "$(cat "$(of pack)/left4dead2/cfg/a.cfg")" = cfg ]
        run -0 l4d2ctl overlay build pack
        [ "$(cat "$(of pack)/left4dead2/cfg/a.cfg")" = new ]
}

@test "a release reaches no server on this host" {
        release
        rm -r /run/systemd/system/left4me-release@.service.d
        systemctl daemon-reload
        : >"$world/requests"
        l4d2ctl overlay define pack kind=release "url=$url/files/pack.tar"
        mkdir -p /run/systemd/system/left4me-release@.service.d
        # It would try for a long time.
        printf '[Service]\nTimeoutStartSec=10s\n' >/run/systemd/system/left4me-release@.service.d/90-test.conf
        systemctl daemon-reload
        run ! l4d2ctl overlay build pack
        [ ! -s "$world/requests" ]
        [ -z "$(versions pack)" ]
}
