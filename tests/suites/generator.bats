#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The generator under PID 1, with what no golden tree can hold: specs that are not plain files, files
# that change while they are read, ten thousand of them. Each is given seconds; a generator that hangs
# would freeze the whole system.

load common

generator=/usr/lib/systemd/system-generators/left4me-generator
out=/run/generator-output

setup() {
        mkdir -p "$out"
        make_spec good 27015
}

teardown() {
        [[ -z ${writer:-} ]] || kill "$writer"
        chattr -i "$state"/instances/*/spec.yaml 2>/dev/null || true
        rm -rf "$state"/instances/* "$out" /etc/left4me/left4me.conf.d
        systemctl daemon-reload
}

# make_spec NAME PORT: a spec as l4d2ctl would write it.
make_spec() {
        mkdir -p "$state/instances/$1"
        printf 'port: %s\n' "$2" >"$state/instances/$1/spec.yaml"
        chown -R left4me: "$state/instances/$1"
}

generate() { timeout 20 "$generator" "$out" "$out" "$out"; }
drop_in() { printf '%s/left4me-server@%s.service.d/40-instance.conf' "$1" "$2"; }

# refused_as WORDS: the instance "bad" is left out and named with these words, by a run of the
# generator and by a daemon reload, and the good one beside it isn't.
refused_as() {
        run generate
        [ "$status" = 1 ]
        [ ! -e "$(drop_in "$out" bad)" ]
        [ -s "$(drop_in "$out" good)" ]

        timeout 100 systemctl daemon-reload
        [ ! -e "$(drop_in /run/systemd/generator bad)" ]
        [ -s "$(drop_in /run/systemd/generator good)" ]
        run -0 cat /run/left4me/generator.errors
        [[ "$output" == *"instances/bad"* && "$output" == *"$1"* ]] || { echo "$output"; return 1; }
}

bad=$state/instances/bad/spec.yaml

@test "a good spec alone leaves no errors" {
        run -0 generate
        [ ! -s /run/left4me/generator.errors ]
        tail -n 1 "$(drop_in "$out" good)" | grep -qx 'Environment=LEFT4ME_GENERATED=good'
}

@test "errors of a mended spec are gone" {
        make_spec bad 1
        refused_as port
        rm -r "$state/instances/bad"
        timeout 100 systemctl daemon-reload
        [ ! -s /run/left4me/generator.errors ]
}

@test "a FIFO" {
        mkdir "$state/instances/bad"
        mkfifo "$bad"
        refused_as "not a regular file"
}

@test "a FIFO that somebody holds open" {
        mkdir "$state/instances/bad"
        mkfifo "$bad"
        sleep infinity <>"$bad" 3>&- &
        writer=$!
        refused_as "not a regular file"
}

@test "a device" {
        mkdir "$state/instances/bad"
        mknod "$bad" c 1 5
        refused_as "not a regular file"
}

@test "a socket" {
        mkdir "$state/instances/bad"
        python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$bad"
        refused_as "not a regular file"
}

@test "a directory" {
        mkdir -p "$bad"
        refused_as "not a regular file"
}

@test "a symlink to a good spec" {
        mkdir "$state/instances/bad"
        ln -s ../good/spec.yaml "$bad"
        refused_as "symbolic link"
}

@test "a symlink to a file of root's" {
        mkdir "$state/instances/bad"
        ln -s /etc/shadow "$bad"
        refused_as "symbolic link"
        run ! grep -q root: /run/left4me/generator.errors
}

@test "an instance directory that is a symlink" {
        make_spec real 27016
        mv "$state/instances/real" /run/real
        ln -s /run/real "$state/instances/bad"
        refused_as "symbolic link"
        rm -r /run/real
}

@test "an instance directory that is a file" {
        echo 'port: 27016' >"$state/instances/bad"
        refused_as ""
}

@test "a second hard link" {
        make_spec bad 27016
        ln "$bad" "$state/instances/bad/copy"
        refused_as "hard link"
}

@test "a file of somebody else" {
        make_spec bad 27016
        chown left4me-game "$bad"
        refused_as "another user"
}

@test "a file nobody may read is root's to read" {
        make_spec bad 27016
        chmod 000 "$bad"
        run -0 generate
        [ -s "$(drop_in "$out" bad)" ]
}

@test "a sparse file of a terabyte" {
        make_spec bad 27016
        truncate -s 1T "$bad"
        refused_as "too large"
}

@test "a file of /proc" {
        mkdir "$state/instances/bad"
        touch "$bad"
        chown left4me: "$bad"
        mount --bind /proc/kallsyms "$bad"
        run generate
        umount "$bad"
        [ "$status" = 1 ]
        [ ! -e "$(drop_in "$out" bad)" ]
}

@test "a file that grows while it is read" {
        make_spec bad 27016
        (while :; do printf '# %01000d\n' 0 >>"$bad"; truncate -s 12 "$bad"; done) 3>&- &
        writer=$!
        for _ in {1..30}; do
                run generate
                [ -s "$(drop_in "$out" good)" ]
                if [ -e "$(drop_in "$out" bad)" ]; then
                        tail -n 1 "$(drop_in "$out" bad)" | grep -qx 'Environment=LEFT4ME_GENERATED=bad'
                fi
        done
}

@test "a spec that is replaced while it is read is old or new, or refused" {
        make_spec bad 27016
        (while :; do
                echo 'port: 27017' >"$state/instances/bad/.new"
                chown left4me: "$state/instances/bad/.new"
                mv "$state/instances/bad/.new" "$bad"
                echo 'port: 270' >"$state/instances/bad/.new"
                mv "$state/instances/bad/.new" "$bad"
        done) 3>&- &
        writer=$!
        for _ in {1..50}; do
                run generate
                [ -s "$(drop_in "$out" good)" ]
                if [ -e "$(drop_in "$out" bad)" ]; then
                        grep -qE '^SocketBindAllow=udp:(27016|27017)$' "$(drop_in "$out" bad)"
                        run ! grep -q 'udp:270$' "$(drop_in "$out" bad)"
                fi
        done
}

@test "deep nesting and aliases cost nothing" {
        make_spec bad 27016
        { printf 'overlays: '; head -c 60000 /dev/zero | tr '\0' '['; } >"$bad"
        refused_as "bad"
        printf 'port: &a 27016\nblueprint: *a\n' >"$bad"
        refused_as "bad"
}

@test "ten thousand specs" {
        python3 - "$state" <<-'END'
		import os, pwd, sys
		owner = pwd.getpwnam("left4me")
		for i in range(10000):
		    d = f"{sys.argv[1]}/instances/n{i}"
		    os.mkdir(d)
		    with open(d + "/spec.yaml", "w") as f:
		        f.write(f"port: {14000 + i}\n")
		    os.chown(d + "/spec.yaml", owner.pw_uid, owner.pw_gid)
	END
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[server]\nport_range=1-65535\n' >/etc/left4me/left4me.conf.d/range.conf
        run -0 generate
        [ "$(find "$out" -name 40-instance.conf | wc -l)" = 10001 ]

        # Killed in the middle: what is there is whole, or lacks the line without which nothing starts.
        rm -rf "${out:?}"/*
        "$generator" "$out" "$out" "$out" 3>&- &
        until compgen -G "$out/left4me-server@*" >/dev/null; do kill -0 %1; done
        kill -9 %1
        wait %1 || true
        n=$(find "$out" -name 40-instance.conf | wc -l)
        whole=$(grep -rlE '^Environment=LEFT4ME_GENERATED=' "$out" --include=40-instance.conf | wc -l)
        echo "# killed after $n drop-ins, $((n - whole)) torn" >&3
        ((n - whole <= 1))
        run -0 generate
        [ "$(find "$out" -name 40-instance.conf | wc -l)" = 10001 ]
        timeout 60 systemctl daemon-reload
}

@test "two runs are the same to the byte" {
        for i in {1..50}; do make_spec "s$i" $((27020 + i)); done
        generate
        cp -a "$out" /run/first
        rm -rf "${out:?}"/*
        generate
        run -0 diff -r --no-dereference /run/first "$out"
        rm -r /run/first
}

@test "no instances, no configuration, no output directory" {
        rm -rf "$state"/instances/*
        mv /etc/left4me /etc/left4me.saved
        run -0 generate
        mv /etc/left4me.saved /etc/left4me
        run -0 find "$out" -mindepth 1
        [ -z "$output" ]
        run -1 timeout 20 "$generator" /nowhere /nowhere /nowhere
}

@test "its limits are in force before it reads anything" {
        # The host configuration is opened first; strace shows what was called before that.
        strace -f -o /run/trace "$generator" "$out" "$out" "$out" || true
        before=$(sed '/openat.*\(left4me.conf\|instances\)/q' /run/trace)
        for limit in RLIMIT_CPU RLIMIT_AS RLIMIT_FSIZE RLIMIT_NOFILE; do
                grep -q "$limit" <<<"$before" || { echo "$limit"; false; }
        done
        grep -q '^[0-9]* *alarm(' <<<"$before"
        # It starts nothing.
        run ! grep -E '(fork|clone|execve)\(' <(tail -n +2 /run/trace)
        rm /run/trace
}

@test "it asks nobody: no socket, no libsystemd, no name service" {
        run ldd "$generator"
        [[ "$output" != *libsystemd* && "$output" != *libdbus* ]]
        strace -f -e trace=%network -o /run/trace "$generator" "$out" "$out" "$out"
        run ! grep -E 'socket|connect' /run/trace
        rm /run/trace
}
