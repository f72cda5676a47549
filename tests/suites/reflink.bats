#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Overlays on a file system whose files can share their blocks: a copy asks for no free space.

load common

image=/run/reflink.image
disk=/run/reflink
kept=300M # more than half of the disk

setup_file() {
        local i
        # The machine's /dev has none of them.
        [[ -e /dev/loop-control ]] || mknod /dev/loop-control c 10 237
        for i in {0..31}; do [[ -e /dev/loop$i ]] || mknod "/dev/loop$i" b 7 "$i"; done
        truncate -s 512M "$image"
        mkfs.xfs -q -m reflink=1 "$image"
        mkdir -p "$disk"
        # Not all kernels have XFS, nor loop devices for it.
        mount -o loop "$image" "$disk" || skip "this kernel can't mount an XFS from a file"
        # All in one mount, in which a version is moved.
        cp -a "$state/." "$disk"
        umount "$disk"
        mount -o loop "$image" "$state"
}

teardown_file() {
        umount --lazy "$state"
        rm "$image"
}

setup() {
        rm -rf "$state"/overlays/* "$state"/jobs/*
        systemctl reset-failed
}

is_less_than_kept() { (($(stat -f -c '%a * %S' "$state") < $(numfmt --from=iec "$kept"))); }
versions() { find "$state/overlays/$1/versions" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -n | tr '\n' ' '; }

@test "a script's copy of the current version needs no space of its own" {
        l4d2ctl overlay create a
        l4d2ctl overlay define a kind=script
        l4d2ctl overlay script a - <<-END
		#!/bin/sh -e
		[ -e "\$OVERLAY/big" ] || fallocate -l $kept "\$OVERLAY/big"
		date +%s%N >"\$OVERLAY/small"
		END
        l4d2ctl overlay build a
        is_less_than_kept
        l4d2ctl overlay build a
        [ "$(versions a)" = '1 2 ' ]
        [ "$(stat -c %s "$state/overlays/a/current/big")" = "$(numfmt --from=iec "$kept")" ]
}

@test "a file that shares no blocks after all is not copied onto a full disk" {
        l4d2ctl overlay create a
        l4d2ctl overlay define a kind=script
        l4d2ctl overlay script a - <<-END
		#!/bin/sh -e
		[ -e "\$OVERLAY/big" ] || fallocate -l $kept "\$OVERLAY/big"
		END
        l4d2ctl overlay build a
        # As a file of another file system.
        mount -t tmpfs -o size=400M tmpfs "$disk"
        fallocate -l "$kept" "$disk/big"
        chown left4me: "$disk/big"
        mount --bind "$disk/big" "$state/overlays/a/versions/1/big"
        run ! l4d2ctl overlay build a
        umount "$state/overlays/a/versions/1/big" "$disk"
        [[ "$output" == *"Failed to build the overlay 'a' at 'big': No space left on device"* ]]
        [ ! -e "$state/jobs/a/stage" ]
}

@test "an archive on the disk of uploads is kept without space of its own" {
        mkdir -p "$state/archives/pack/left4dead2"
        echo x >"$state/archives/pack/left4dead2/x"
        tar -C "$state/archives/pack" -cf "$state/archives/pack.tar" left4dead2
        # Zeros after its end.
        fallocate -l "$kept" "$state/archives/pack.tar"
        is_less_than_kept
        l4d2ctl overlay create b
        l4d2ctl overlay put b . "$state/archives/pack.tar" --unpack
        [ "$(cat "$state/overlays/b/current/left4dead2/x")" = x ]
        # From another disk, it does not fit.
        fallocate -l "$kept" /run/pack.tar
        run ! l4d2ctl overlay put b . /run/pack.tar --unpack
        rm -r /run/pack.tar "$state/archives"
        [[ "$output" == *'too little of the disk would stay free'* ]]
}
