#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# l4d2ctl doctor: each thing is broken in turn; that is found, it and nothing else, and the command that
# is printed fixes it, where it can run without a network or a reboot.

load common

setup_file() {
        install_game
        make_instance 1 27015
        useradd --no-create-home stranger
        # Debian's lib32z1, which no test loads.
        [ -e /usr/lib32/libz.so.1 ] || touch /usr/lib32/libz.so.1
        # Findings on this host whatever the test does, such as controllers in a container.
        { l4d2ctl doctor --json || true; } | not_ok | sort >"$BATS_FILE_TMPDIR/baseline"
}

# Everything but ok of the JSON on standard input, as "CHECK STATE MESSAGE" lines.
not_ok() {
        python3 -c '
import json, sys
for f in json.load(sys.stdin):
        if f["state"] != "ok":
                print(f["check"], f["state"], f["message"])'
}

# All findings beyond the baseline.
found() { { l4d2ctl doctor --json || true; } | not_ok | sort | comm -13 "$BATS_FILE_TMPDIR/baseline" -; }

# fix CHECK WORD: the fix of the finding whose message has the word.
fix() {
        { l4d2ctl doctor --json || true; } | python3 -c '
import json, sys
check, word = sys.argv[1:]
print([f["fix"] for f in json.load(sys.stdin) if f["check"] == check and word in f["message"]][0])' "$1" "$2"
}

# finds CHECK STATE WORD: exactly one thing is found, this one.
finds() {
        run found
        [[ "${#lines[@]}" -eq 1 && "$output" == "$1 $2 "*"$3"* ]] || { echo "found: $output"; return 1; }
}

# fixed CHECK WORD: runs the fix, after which nothing is found.
fixed() {
        local command
        command=$(fix "$1" "$2")
        echo "fix: $command"
        eval "$command"
        run found
        [ -z "$output" ] || { echo "still found: $output"; return 1; }
}

@test "nothing is wrong with what left4me brings" {
        run found
        [ -z "$output" ]
        local abi=()
        # It does not accept the x86-64 stand-in as the game.
        [[ $standin_abi != i386 ]] || abi=(i386 game)
        for check in systemd kernel cgroups seccomp overlayfs libbpf filters units polkit users directories \
                i386-libraries specs ports disk "${abi[@]}"; do
                grep -q "^$check " "$BATS_FILE_TMPDIR/baseline" && { cat "$BATS_FILE_TMPDIR/baseline"; false; }
                l4d2ctl doctor | grep -qE "^$check +ok " || { echo "$check"; false; }
        done
}

@test "the exit status says whether there is an error, warnings are none" {
        run l4d2ctl doctor --json
        [ "$status" -eq "$(grep -qE '^[a-z0-9-]+ error ' "$BATS_FILE_TMPDIR/baseline" && echo 7 || echo 0)" ]
        chmod 0700 "$state/overlays"
        run -7 l4d2ctl doctor
        chmod 0755 "$state/overlays"
}

@test "every finding has its keys, and a fix unless it is ok" {
        run l4d2ctl doctor --json
        python3 -c '
import json, sys
findings = json.loads(sys.argv[1])
assert len({f["check"] for f in findings}) == 29, {f["check"] for f in findings}
for f in findings:
        assert set(f) == {"check", "state", "message", "fix", "code", "arguments"} and f["message"], f
        assert f["state"] in ("ok", "warning", "error", "unknown"), f
        assert (f["fix"] is None) == (f["state"] == "ok"), f
' "$output"
}

@test "the table has the fix below it" {
        chmod 0700 "$state/overlays"
        run -7 l4d2ctl doctor
        chmod 0755 "$state/overlays"
        [[ "${lines[0]}" == CHECK*STATE*MESSAGE ]]
        grep -qx '    systemd-tmpfiles --create left4me.conf' <<<"$output"
}

@test "who is not root gets unknown, and no ok that nobody looked for" {
        run --separate-stderr setpriv --reuid stranger --regid stranger --clear-groups l4d2ctl doctor --json
        not_ok <<<"$output" >"$BATS_TEST_TMPDIR/stranger"
        for check in specs ports libbpf; do
                grep -q "^$check unknown " "$BATS_TEST_TMPDIR/stranger" || { echo "$check"; false; }
        done
        # And nothing is called broken that isn't.
        [ -z "$(grep -E ' (error|warning) ' "$BATS_TEST_TMPDIR/stranger" | sort |
                comm -23 - "$BATS_FILE_TMPDIR/baseline")" ]
}

# --- broken and fixed -------------------------------------------------------------------------------

@test "a directory with another mode" {
        chmod 0777 "$state/users"
        finds directories error "users has mode 0777"
        fixed directories users
        [ "$(stat -c %a "$state/users")" = 700 ]
}

@test "a directory of another owner" {
        chown root:root "$state/instances"
        finds directories error "instances"
        fixed directories instances
}

@test "a directory that is gone" {
        rmdir "$state/blueprints"
        finds directories error "blueprints: No such file"
        fixed directories blueprints
}

# old_directory DIRECTORY: as the web app of an earlier version made it, with its umask.
old_directory() { install -d -o left4me -g left4me-operators -m 2700 "$1"; }

@test "a server's directory that left4me-watch can't read, and one of blueprints" {
        old_directory "$state/instances/1"
        finds directories warning "instances/1 is closed to its group"
        fixed directories instances/1
        [ "$(stat -c %a "$state/instances/1")" = 2750 ]
        old_directory "$state/blueprints/old"
        finds directories warning "blueprints/old is closed to its group"
        fixed directories blueprints/old
        # Root is told to run nothing about a name that no user has.
        old_directory "$state/blueprints/old; reboot"
        run found
        [ -z "$output" ]
        rmdir "$state"/blueprints/old*
}

@test "an activation opens directories of an earlier version, and nothing that a link leads to" {
        local d pid
        l4d2ctl start 1
        pid=$(main_pid 1)
        for d in instances/old blueprints/old instances/other; do old_directory "$state/$d"; done
        chmod 00700 "$state/instances/other"
        mkdir -m 2700 /run/elsewhere "$state/instances/by-hand"
        chown left4me:left4me-operators /run/elsewhere
        ln -s /run/elsewhere "$state/instances/link"
        # As after `make install` in the home of root.
        (cd /root && /usr/lib/left4me-deploy/activate)
        for d in instances/old blueprints/old; do
                [ "$(stat -c '%U:%G %a' "$state/$d")" = 'left4me:left4me-operators 2750' ] || { stat "$state/$d"; false; }
        done
        [ "$(stat -c %a /run/elsewhere "$state/instances/by-hand" "$state/instances/other")" = $'2700\n2700\n700' ]
        rm "$state/instances/link"
        rmdir "$state"/{instances/{old,other,by-hand},blueprints/old} /run/elsewhere
        systemctl daemon-reload
        [ "$(main_pid 1)" = "$pid" ]
        l4d2ctl stop 1
}

@test "a user that is gone" {
        userdel left4me-build
        finds users error "user left4me-build is missing"
        fixed users left4me-build
}

@test "a group that is gone" {
        groupdel left4me-operators
        finds users error "group left4me-operators is missing"
        fixed users left4me-operators
}

@test "a unit of the host in the place of ours" {
        cp /usr/lib/systemd/system/left4me-server@.service /etc/systemd/system/
        finds units error "/etc/systemd/system/left4me-server@.service overrides the file"
        fixed units left4me-server@
}

@test "a hardening drop-in of the host in the place of ours" {
        mkdir -p /etc/systemd/system/left4me-.service.d
        echo '[Service]' >/etc/systemd/system/left4me-.service.d/10-hardening.conf
        finds units error "10-hardening.conf overrides the file"
        fixed units 10-hardening
        rmdir /etc/systemd/system/left4me-.service.d
}

@test "a drop-in of the host in the place of the web app's" {
        mkdir -p /etc/systemd/system/left4me-web.service.d
        echo '[Service]' >/etc/systemd/system/left4me-web.service.d/20-web.conf
        finds units error "left4me-web.service.d/20-web.conf overrides the file"
        fixed units 20-web
        rmdir /etc/systemd/system/left4me-web.service.d
}

list=/usr/lib/left4me/installed

@test "the list of what is installed has all there is" {
        local path n=0
        while read -r path; do
                grep -qxF "$path" "$list" || { echo "$path is not in the list"; false; }
                n=$((n + 1))
        done < <(find /usr/lib/systemd/system /usr/lib/systemd/system-generators /usr/lib/left4me /usr/share/left4me \
                ! -type d \( -path '*left4me*' -o -path '*l4d2*' \) ! -path "$list")
        # Units, drop-ins in eight folders, programs, templates, the style.
        ((n > 80))
        grep -qx /usr/bin/l4d2ctl "$list"
        grep -qx /usr/share/polkit-1/rules.d/40-left4me.rules "$list"
        run ! grep -E '^/etc/|/doc/|/man/' "$list"
}

@test "files that are missing, each of its kind" {
        local file files=(/usr/lib/systemd/system-generators/left4me-generator /usr/lib/left4me/left4me-web
                /usr/lib/systemd/system/left4me-web.socket /usr/lib/systemd/system/sockets.target.wants/left4me-web.socket
                /usr/lib/sysctl.d/60-left4me.conf)
        for file in /usr/lib/systemd/system/left4me*.d; do files+=("$(find "$file" -name '*.conf' | head -n 1)"); done
        ((${#files[@]} >= 13))
        files+=("$(find /usr/share/left4me/web/templates -type f | head -n 1)")
        for file in "${files[@]}"; do mv "$file" "$file.saved"; done
        found >"$BATS_TEST_TMPDIR/found"
        for file in "${files[@]}"; do mv "$file.saved" "$file"; done
        for file in "${files[@]}"; do grep -F "units error $file is missing" "$BATS_TEST_TMPDIR/found"; done

        mv "$list" /run/saved
        finds units error "$list: No such file or directory"
        mv /run/saved "$list"
        run -0 found
        [ -z "$output" ]
}

@test "the polkit rule is missing, or replaced" {
        rule=/usr/share/polkit-1/rules.d/40-left4me.rules
        mv "$rule" /run/saved
        finds polkit warning "polkit rule is missing"
        mv /run/saved "$rule"
        cp "$rule" /etc/polkit-1/rules.d/
        finds polkit error "overrides the rule of left4me"
        fixed polkit "overrides the rule"
}

@test "libbpf is missing, and is there again" {
        library=$(readlink -f /usr/lib/x86_64-linux-gnu/libbpf.so.1)
        mount --bind /dev/null "$library"
        finds libbpf error "libbpf is not installed"
        [[ "$(fix libbpf installed)" == "apt install libbpf1 "* ]]
        systemctl daemon-reexec
        umount "$library"
        finds libbpf error "was not when PID 1 was started"
        fixed libbpf "PID 1"
}

@test "nobody gives port filters back after a reload" {
        systemctl stop left4me-filter.path
        finds filters error "left4me-filter.path is inactive"
        fixed filters "left4me-filter.path"
}

@test "no i386 loader, no i386 library" {
        loader=$(readlink -f /lib/ld-linux.so.2)
        mv "$loader" /run/saved
        # Where the kernel executes none, that is in the baseline already, with another fix.
        [ "$standin_abi" = x86-64 ] || finds i386 error "ld-linux.so.2"
        [ "$(fix i386 ld-linux.so.2)" = "apt install libc6-i386" ]
        mv /run/saved "$loader"
        mv /usr/lib32/libstdc++.so.6 /run/saved
        finds i386-libraries error "libstdc++.so.6"
        [ "$(fix i386-libraries libstdc++)" = "apt install lib32stdc++6" ]
        mv /run/saved /usr/lib32/libstdc++.so.6
        mv /usr/lib32/libz.so.1 /run/saved
        finds i386-libraries warning "libz.so.1"
        [ "$(fix i386-libraries libz)" = "apt install lib32z1" ]
        mv /run/saved /usr/lib32/libz.so.1
}

# bats test_tags=no-i386
@test "a kernel that executes no i386 programs is named, with a remedy" {
        needs_no_i386
        l4d2ctl doctor | grep -E '^i386 +error ' | grep -F "this kernel can't run 32-bit programs"
        if grep -qE 'ia32_emulation=(0|n|off)' /proc/cmdline; then
                [[ "$(fix i386 32-bit)" == "take ia32_emulation= out of "* ]]
        else
                [[ "$(fix i386 32-bit)" == *"hypervisor"* ]]
        fi
}

# bats test_tags=i386
@test "a game that is not an i386 program" {
        needs_i386
        cp -a "$state/installation/current/srcds_linux" /run/saved
        cp /usr/bin/true "$state/installation/current/srcds_linux"
        local seen=0
        finds game error "not an i386 program" || seen=$?
        # Also when it was not found: in the virtual machine the suites after this one start servers.
        cp -a /run/saved "$state/installation/current/srcds_linux"
        return "$seen"
}

@test "the game is not installed" {
        mv "$state/installation/current" /run/saved
        run found
        [[ "$output" == *"game error"*srcds_linux* ]]
        [ "$(fix game srcds_linux)" = "l4d2ctl install" ]
        mv /run/saved "$state/installation/current"
        run found
        [ -z "$output" ]
}

@test "steamclient.so is looked for in the game, and must be one for i386" {
        local library=$state/installation/current/bin/steamclient.so
        rm -rf "$state"/steamclient/*
        cp -a "$library" /run/saved
        cp /usr/lib/left4me-build/standin/i386/bin/steamclient.so "$library"
        l4d2ctl doctor | grep -qE '^steamclient +ok '
        cp /usr/lib/left4me-build/standin/x86-64/bin/steamclient.so "$library"
        l4d2ctl doctor | grep -qE '^steamclient +warning '
        # A file of the right kind that is not a library: no server links to it.
        cp "$state/installation/current/srcds_linux" "$library"
        [ "$(fix steamclient "the game's bin/steamclient.so can't be used: not an i386 library")" = "l4d2ctl install" ]
        rm "$library"
        l4d2ctl doctor | grep -qE '^steamclient +warning '
        # The copy of steamcmd's does as well.
        mkdir "$state/steamclient/linux32"
        cp /usr/lib/left4me-build/standin/x86-64/bin/steamclient.so "$state/steamclient/linux32/"
        l4d2ctl doctor | grep -qE '^steamclient +warning '
        [ "$(fix steamclient 'neither')" = "l4d2ctl install" ]
        cp /usr/lib/left4me-build/standin/i386/bin/steamclient.so "$state/steamclient/linux32/"
        l4d2ctl doctor | grep -E '^steamclient +ok ' | grep -F "steamcmd's"
        rm -r "$state/steamclient/linux32"
        cp -a /run/saved "$library"
}

@test "steamcmd is where the configuration says" {
        grep -q '^steamcmd warning ' "$BATS_FILE_TMPDIR/baseline"
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[install]\nsteamcmd=/usr/bin/true\n' >/etc/left4me/left4me.conf.d/steamcmd.conf
        l4d2ctl doctor | grep -qE '^steamcmd +ok +/usr/bin/true'
        rm /etc/left4me/left4me.conf.d/steamcmd.conf
}

@test "a refused spec" {
        mkdir -p "$state/instances/bad"
        echo 'port: none' >"$state/instances/bad/spec.yaml"
        chown -R left4me: "$state/instances/bad"
        finds specs warning "1 of 2 specs have errors"
        run -5 bash -c "$(fix specs 'have errors')"
        rm -r "$state/instances/bad"
}

@test "errors of the last daemon reload" {
        mkdir -p "$state/instances/bad"
        echo 'port: none' >"$state/instances/bad/spec.yaml"
        chown -R left4me: "$state/instances/bad"
        systemctl daemon-reload
        rm -r "$state/instances/bad"
        finds specs warning "last daemon reload"
        fixed specs reload
}

@test "a port that somebody else has, over UDP or TCP" {
        for type in DGRAM STREAM; do
                coproc python3 -c '
import socket, sys
s = socket.socket(type=getattr(socket, "SOCK_" + sys.argv[1]))
s.bind(("", 27015))
if sys.argv[1] == "STREAM":
        s.listen()
print(flush=True)
sys.stdin.read()' "$type"
                pid=$COPROC_PID in=${COPROC[1]}
                read -r _ <&"${COPROC[0]}"
                finds ports error "port 27015 of '1' is taken by a process of root"
                [ "$(fix ports 27015)" = "l4d2ctl set 1 port 27016" ]
                fixed ports 27015
                l4d2ctl set 1 port 27015
                exec {in}>&-
                wait "$pid"
        done
}

@test "a server's own port is taken by nobody else" {
        l4d2ctl start 1
        run found
        l4d2ctl stop 1
        [ -z "$output" ]
}

@test "a port range that the kernel uses for clients" {
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[server]\nport_range=40000-40010\n' >/etc/left4me/left4me.conf.d/ports.conf
        rm -rf "$state/instances/1"
        finds ports warning "40000-40010"
        [ "$(fix ports 40000)" = "sysctl -w net.ipv4.ip_local_reserved_ports=40000-40010,39800-39810,39600-39610,39400-39410" ]
        rm /etc/left4me/left4me.conf.d/ports.conf
        make_instance 1 27015
}

@test "a full disk" {
        mount -t tmpfs -o size=50M,mode=0755 small "$state"
        run found
        umount "$state"
        [[ "$output" == *"disk error $state has "*"servers can't write"* ]]
        mount -t tmpfs -o size=500M,mode=0755 small "$state"
        run found
        umount "$state"
        [[ "$output" == *"disk warning $state has "* ]]
}

@test "a state directory on an overlay" {
        mkdir -p /run/overlay
        mount -t tmpfs overlay /run/overlay
        mkdir -p /run/overlay/{lower,upper,work}
        mount -t overlay -o lowerdir=/run/overlay/lower,upperdir=/run/overlay/upper,workdir=/run/overlay/work \
                overlay "$state"
        run found
        umount "$state"
        umount /run/overlay
        [[ "$output" == *"overlayfs error $state lies on an overlay"* ]]
}

@test "a journal that is not kept" {
        mv /var/log/journal /var/log/journal.saved
        finds journal warning "lost at a reboot"
        fixed journal reboot
        wait_until test -e "/var/log/journal/$(cat /etc/machine-id)/system.journal"
}

@test "D4: a journal that is not written to the disk, although there is one" {
        journalctl --relinquish-var
        finds journal warning "journald writes to /run/log/journal"
        fixed journal "/run/log/journal"
        [ ! -e "/run/log/journal/$(cat /etc/machine-id)/system.journal" ]
        rm /etc/systemd/journald.conf.d/99-persistent.conf
}
