#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Archives become content: left4me-unpack by hand with archives of ordinary programs and of attackers, killed, and
# with a full disk; then as the unit that l4d2ctl overlay put --unpack starts.

load common

make=$BATS_TEST_DIRNAME/archives/make
work=/run/archives
tree=$work/tree

setup() {
        ! mountpoint -q "$tree" || umount "$tree"
        rm -rf "$work"
        mkdir -p "$work"/{tree,out,uploads,source/addons,source/cfg}
        chown left4me-build: "$work"/{tree,out}
        printf vpk >"$work/source/addons/a b.vpk"
        printf cfg >"$work/source/cfg/ä中.cfg"
        printf '#!/bin/sh\n' >"$work/source/run.sh"
        chmod 700 "$work/source/run.sh" "$work/source/cfg"
        cd "$work/source" || return
}

teardown() {
        cd /
        ! mountpoint -q "$tree" || umount "$tree"
}

# describe ARCHIVE [MEMBER…]: the job; a MEMBER is a further one of it, as JSON.
describe() {
        local name=${1##*/} members=''
        [ "$1" -ef "$work/uploads/$name" ] || cp "$1" "$work/uploads/$name"
        shift
        (($# == 0)) || members=$(printf ', %s' "$@")
        printf '{"archive": "%s"%s}\n' "$name" "$members" >"$work/job.json"
}

producer=(setpriv --reuid left4me-build --regid left4me-build --clear-groups env -i
        OVERLAY="$tree" LEFT4ME_JOB="$work/job.json" LEFT4ME_OUT="$work/out" LEFT4ME_UPLOADS="$work/uploads"
        /usr/lib/left4me/left4me-unpack)

# unpack ARCHIVE [MEMBER…]: as its unit does.
unpack() { describe "$@" && "${producer[@]}"; }

as_is='"layout": "as-is"'

# The path, mode and content of each file.
content() { (cd "$tree" && find . -type f -printf '%P %m ' -exec cat {} \; -printf '\n' | LC_ALL=C sort); }
is_empty() { [ -z "$(ls -A "$tree")" ]; }
reported() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/out/report.json" "$1"; }

# fails PID: waits for a process of this shell, which must end with an error.
fails() {
        local status=0
        wait "$1" || status=$?
        ((status != 0 && status != 127))
}

@test "archives of ordinary programs are unpacked" {
        local expected=$'addons/a b.vpk 644 vpk\ncfg/ä中.cfg 644 cfg\nrun.sh 755 #!/bin/sh' archive
        zip -qr ../a.zip .
        zip -qr -0 ../stored.zip .
        7z a -bso0 ../a.7z . >/dev/null
        7z a -bso0 -tzip ../7z.zip . >/dev/null
        7z a -bso0 -ms=on -m0=ppmd ../ppmd.7z . >/dev/null
        tar -cf ../a.tar .
        tar -czf ../a.tar.gz .
        tar -cJf ../a.tar.xz .
        tar -cjf ../a.tar.bz2 .
        tar --format=posix -czf ../posix.tgz addons cfg run.sh
        bsdtar --zstd -cf ../a.tar.zst addons cfg run.sh
        for archive in ../*.{zip,7z,tar,tar.*,tgz}; do
                run -0 unpack "$archive" "$as_is"
                echo "$archive: $(content)"
                [ "$(content | grep -v '^$')" = "$expected" ]
                [ "$(stat -c %U:%a "$tree"/{addons,cfg} | sort -u)" = left4me-build:755 ]
                [ "$(reported n_files) $(reported size_bytes)" = '3 16' ]
                rm -rf "${tree:?}"/*
        done
        [ "$(ls ../*.{zip,7z,tar,tar.*,tgz} | wc -l)" = 11 ]
}

@test "rar archives of both formats are unpacked" {
        local kind
        for kind in rar4 rar5; do
                "$make" "$kind" ../a.rar addons/a.vpk=vpk cfg/a.cfg=cfg
                run -0 unpack ../a.rar "$as_is"
                [ "$(content | grep -v '^$')" = $'addons/a.vpk 644 vpk\ncfg/a.cfg 644 cfg' ]
                rm -rf "${tree:?}"/*
        done
        "$make" rar5 ../a.rar ../escaped=x
        run -1 unpack ../a.rar "$as_is"
        [[ "$output" == *"'../escaped'"* ]]
}

rar=$BATS_TEST_DIRNAME/archives/rar
sums() { (cd "$tree" && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum | sed -E 's/^(.{8})\S* +/\1 /'); }
# By the vendor's program, several times: the two of each format are packed in different ways.
of_rar4=$'ee16390e LibarchiveAddingTest.html\nee16390e testdir/LibarchiveAddingTest.html\n5a5f16e0 testdir/test.txt'
of_solid=$'7d89f86f test1.bin\nf81e6fce test2.bin\n5e621f2b test3.bin\n2627f401 test4.bin'
declare -gA packed=([rar4-normal]=$of_rar4 [rar4-best]=$of_rar4 [rar5-normal]='588870a2 test.bin' [rar5-solid]=$of_solid)

@test "packed and solid rar archives of the vendor's program are unpacked" {
        local name
        for name in "${!packed[@]}"; do
                run -0 unpack "$rar/$name.rar" "$as_is"
                [[ $name != rar4-* || $output == *"'testlink' is skipped: it is a symbolic link"* ]]
                [ "$(sums)" = "${packed[$name]}" ] || { echo "$name: $(sums)"; false; }
                rm -rf "${tree:?}"/*
        done
}

# damage FROM DIRECTORY: archives there with the bits of one byte turned, at 15 places, and one that ends in the middle.
damage() {
        python3 - "$@" <<-'END'
		import pathlib, sys
		data, directory = pathlib.Path(sys.argv[1]).read_bytes(), pathlib.Path(sys.argv[2])
		for i in range(1, 16):
		    at = len(data) * i // 16
		    (directory / f"at-{i}.rar").write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1:])
		(directory / "short.rar").write_bytes(data[:len(data) // 2])
	END
}

@test "rar archives with damaged data are refused, with the file and the cause" {
        local name file
        mkdir ../damaged
        for name in "${!packed[@]}"; do
                damage "$rar/$name.rar" ../damaged
                for file in ../damaged/*; do
                        run unpack "$file" "$as_is"
                        # Some bytes don't count: the time of a file, a padding.
                        if [[ $status == 0 && $file != */short.rar ]]; then
                                [ "$(sums)" = "${packed[$name]}" ]
                                rm -rf "${tree:?}"/*
                                continue
                        fi
                        [ "$status" = 1 ]
                        [[ "$output" == *"Failed to "@(unpack|read)*": "* ]] || { echo "$name $file: $output"; false; }
                        is_empty
                        # In the middle of the first file's data.
                        [[ $file != */at-4.rar ]] ||
                                [[ "$output" =~ "Failed to unpack '"[A-Za-z0-9.]+"': the archive is damaged" ]] ||
                                { echo "$name $file: $output"; false; }
                done
        done
}

@test "rar archives in volumes, with a password, and solid ones of rar 4 are refused with the reason" {
        local file volumes="it is one of several volumes; pack the files again as one archive without volumes"
        run -1 unpack "$rar/rar5-volume.rar" "$as_is"
        [[ "$output" == *"Failed to read the archive: $volumes"* ]]
        is_empty
        # One that unpacks itself, whose beginning is a program: its last file ends early.
        { printf MZ; head -c 65534 /dev/zero; cat "$rar/rar5-volume.rar"; } >../sfx.rar
        run -1 unpack ../sfx.rar "$as_is"
        [[ "$output" == *"Failed to unpack 'elf-Linux-ARMv7-ls': the archive is damaged, and has a part of it only"* ]] || { echo "$output"; false; }
        is_empty
        for file in "$rar"/rar4-encrypted{,-headers}.rar; do
                run -1 unpack "$file" "$as_is"
                [[ "$output" == *"it is encrypted; pack the files again without a password"* ]] || { echo "$output"; false; }
                is_empty
        done
        refused rar4-volume "$volumes"
        refused rar4-solid "RAR solid archive support unavailable"
        refused rar5-encrypted "it is encrypted; pack the files again without a password"
        refused rar5-encrypted-headers "it is encrypted; pack the files again without a password"
}

@test "files get to where the game looks for them" {
        tar -cf ../a.tar addons cfg
        run -0 unpack ../a.tar
        [[ "$output" == *"belong to 'left4dead2'"* ]]
        [ "$(cat "$tree/left4dead2/addons/a b.vpk")" = vpk ]
        mkdir -p ../pack/My\ Pack
        mv addons ../pack/My\ Pack/Addons
        echo readme >../pack/readme.txt
        (cd ../pack && zip -qr ../b.zip .)
        run -0 unpack ../b.zip
        [[ "$output" == *"1 file beside the directory of the pack is left out"* ]]
        [ "$(ls "$tree/left4dead2")" = $'addons\ncfg' ]
        [ "$(reported to) $(reported n_left_out)" = 'left4dead2 1' ]
        (cd ../pack && zip -qj ../c.zip My\ Pack/Addons/* readme.txt)
        run -0 unpack ../c.zip
        [[ "$output" == *"'left4dead2/addons/readme.txt' is left out"* ]]
        zip -qj ../d.zip ../pack/readme.txt
        run -1 unpack ../d.zip
        [[ "$output" == *"name a path in the overlay"* ]]
        run -0 unpack ../d.zip "$as_is" '"path": "left4dead2/docs"'
        [ "$(cat "$tree/left4dead2/docs/readme.txt")" = readme ]
        [ "$(ls -A "$tree")" = left4dead2 ]
}

# refused KIND TEXT [MEMBER…]: this attack ends with a message, and changes nothing.
refused() {
        local kind=$1 text=$2
        shift 2
        "$make" "$kind" "../$kind"
        run -1 unpack "../$kind" "$as_is" "$@"
        [[ "$output" == *"Failed to "@(unpack|read)*"$text"* ]] || { echo "$kind: $output"; return 1; }
        is_empty || { echo "$kind: left something"; return 1; }
        [ ! -e /run/escaped ] && [ ! -e "$work/escaped" ]
}

@test "archives of attackers are refused with the reason, and change nothing" {
        refused parent "'../escaped': the path has a '..'"
        refused parent-inside "'a/../../escaped': the path has a '..'"
        refused absolute "'/run/escaped': the path is absolute"
        refused drive "'C:/escaped': the path begins with the letter of a drive"
        refused backslash "the name has a backslash"
        refused control "'a\\x1b[31mb': the name has control characters"
        refused not-utf8 "': the name is not UTF-8"
        refused hardlink "'shadow': it is a hard link; pack the files again with 'tar --hard-dereference'"
        refused device "'null': it is a device"
        refused fifo "'fifo': it is a device, a pipe"
        refused deep "the path is too deep"
        refused encrypted "'addons/a.vpk': it is encrypted"
}

@test "size bombs are stopped while they unpack" {
        refused zeros "its files are more than 200 times as large as the archive"
        refused overlapping "its files are more than 200 times as large as the archive"
        refused many "it has more than 200000 files and directories"
        refused zeros "it has more than 10 MB" '"size_max_bytes": 10000000'
}

@test "encrypted archives are named" {
        zip -qr -P secret ../a.zip .
        7z a -bso0 -psecret ../a.7z . >/dev/null
        7z a -bso0 -psecret -mhe=on ../b.7z . >/dev/null
        for archive in ../*.{zip,7z}; do
                run -1 unpack "$archive" "$as_is"
                [[ "$output" == *"is encrypted; pack the files again without a password"* ]] || { echo "$output"; false; }
                is_empty
        done
}

@test "damaged archives and other files are refused" {
        head -c 100000 /dev/urandom >addons/noise.vpk
        zip -qr ../a.zip .
        tar -czf ../a.tar.gz .
        for archive in ../a.zip ../a.tar.gz; do
                truncate -s 60000 "$archive"
                run -1 unpack "$archive" "$as_is"
                is_empty
        done
        (cd .. && bsdtar --format=mtree -cf a.mtree source)
        run -1 unpack ../a.mtree "$as_is"
        [[ "$output" == *"accepted are zip, 7z, rar and tar"* ]]
        chmod 755 run.sh
        run -1 unpack run.sh "$as_is"
        [[ "$output" == *"accepted are zip, 7z, rar and tar"* ]]
        is_empty
}

@test "symbolic links are skipped and named, and no link is followed" {
        "$make" symlink ../a.tar
        run -0 unpack ../a.tar "$as_is"
        [[ "$output" == *"'out' is skipped: it is a symbolic link"*"1 symbolic link was skipped"* ]]
        [ ! -e /run/escaped ]
        [ "$(cat "$tree/out/escaped")" = x ]
        rm -rf "${tree:?}"/*
        mkdir "$work/outside"
        chown left4me-build: "$work/outside"
        ln -s "$work/outside" "$tree/addons"
        tar -cf ../b.tar addons
        run -1 unpack ../b.tar "$as_is"
        [[ "$output" == *"'addons' there: a file or a link has this name"* ]]
        [ -z "$(ls -A "$work/outside")" ]
        # Nor as the archive.
        ln -s /etc/passwd "$work/uploads/link.tar"
        run -1 unpack "$work/uploads/link.tar" "$as_is"
        [[ "$output" == *"Failed to open the archive"* ]]
}

@test "set-user-ID files become ordinary ones, and names that differ in case are named" {
        "$make" setuid ../a.tar
        run -0 unpack ../a.tar "$as_is"
        [ "$(stat -c %a "$tree/addons/program")" = 755 ]
        "$make" case ../b.tar
        run -0 unpack ../b.tar "$as_is"
        [[ "$output" == *"'addons/A.vpk' and 'addons/a.vpk' differ only in upper and lower case"* ]]
        [ "$(reported n_clashes)" = 1 ]
}

@test "files of the tree that older versions share are replaced, not written to" {
        mkdir -p "$tree/cfg"
        echo old >"$work/older"
        ln "$work/older" "$tree/run.sh"
        chown -R left4me-build: "$tree"
        tar -cf ../a.tar .
        run -0 unpack ../a.tar "$as_is"
        [ "$(cat "$work/older")" = old ]
        [ "$(head -n 1 "$tree/run.sh")" = '#!/bin/sh' ]
        [ "$(stat -c %h "$work/older")" = 1 ]
}

# Until the archive's first file is there.
is_unpacking() { [ -n "$(find "$tree/.left4me-unpack" -type f -print -quit 2>/dev/null)" ]; }

# A slow archive: random bytes, which bzip2 can't make smaller.
make_slow() {
        head -c 40000000 /dev/urandom >addons/big.vpk
        tar -cjf "$work/uploads/slow.tar.bz2" addons cfg
}

@test "killed at work it leaves the old files, and the next one starts over" {
        make_slow
        mkdir "$tree/addons"
        echo old >"$tree/addons/big.vpk"
        chown -R left4me-build: "$tree"
        describe "$work/uploads/slow.tar.bz2" "$as_is"
        "${producer[@]}" &
        pid=$!
        wait_until is_unpacking
        kill -9 "$pid"
        fails "$pid"
        [ "$(cat "$tree/addons/big.vpk")" = old ]
        [ "$(ls "$tree/addons")" = big.vpk ]
        run -0 unpack "$work/uploads/slow.tar.bz2" "$as_is"
        cmp "$tree/addons/big.vpk" addons/big.vpk
        [ "$(ls -A "$tree")" = $'addons\ncfg' ]
}

@test "a full disk leaves the old files and says so" {
        mount -t tmpfs -o size=8M tmpfs "$tree"
        mkdir "$tree/addons"
        echo old >"$tree/addons/a b.vpk"
        chown -R left4me-build: "$tree"
        head -c 10000000 /dev/urandom >addons/big.vpk
        tar -cf ../a.tar .
        run -1 unpack ../a.tar "$as_is"
        [[ "$output" == *"Failed to write 'addons/big.vpk': No space left on device"* ]]
        [ "$(cd "$tree" && find . | LC_ALL=C sort)" = $'.\n./addons\n./addons/a b.vpk' ]
        [ "$(cat "$tree/addons/a b.vpk")" = old ]
        rm addons/big.vpk
        # Another file system than the archive's is fine.
        tar -cf ../a.tar .
        run -0 unpack ../a.tar "$as_is"
        [ "$(cat "$tree/addons/a b.vpk")" = vpk ]
}
