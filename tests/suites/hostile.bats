#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Specs and layers by an attacker who has the control plane's user, and wants root's. Thousands of specs
# that try to smuggle something into a unit: nothing but the intended drop-in comes of any of them, in
# the generator's output and in what systemd has of it. Names, trees and attributes of layers that try the
# same with the overlay.

load common

generator=/usr/lib/systemd/system-generators/left4me-generator
tool=/usr/lib/left4me-tests/suites/hostile-specs
out=/run/generator-output

setup_file() {
        install_game
        mkdir -p "$out" /etc/left4me/left4me.conf.d "$state/instances"
        printf '[server]\nport_range=1-65535\n' >/etc/left4me/left4me.conf.d/range.conf
        "$tool" write "$state" >"$BATS_FILE_TMPDIR/specs"
}

@test "of thousands of hostile specs none makes anything but its own drop-in" {
        run timeout 60 "$generator" "$out" "$out" "$out"
        # Some are refused, and the generator says so; it isn't killed and doesn't run into its own alarm.
        [ "$status" = 1 ]
        run -0 "$tool" check "$out"
        accepted=${lines[-1]}
        specs=$(<"$BATS_FILE_TMPDIR/specs")
        echo "# $accepted of $specs specs accepted" >&3
        # Neither nothing nor everything is accepted, or nothing was tried.
        [ "$specs" -gt 4000 ]
        ((accepted > 100 && accepted < specs))
        # None that the errors name has a drop-in all the same.
        grep -oE 'instances/h[0-9]+/' /run/left4me/generator.errors | sort -u >/run/refused
        [ -s /run/refused ]
        run -1 grep -xFf /run/refused <(find "$out" -name 40-instance.conf |
                sed 's|.*left4me-server@\(h[0-9]*\)\.service.*|instances/\1/|')
}

@test "the check would notice: a directive, a link, a file, a name" {
        local bad=/run/bad
        for change in 'echo User=OWNED >>"$one/40-instance.conf"' 'ln -s /etc/passwd "$one/60-x.conf"' \
                'touch "$one/20-x.conf"' 'mv "$one" "$bad/left4me-server@OWNED.service.d"' \
                'touch "$bad/evil.service"' 'sed -i "s/^Nice=.*//; s/^Description=.*/Description=x/" "$one/40-instance.conf"'; do
                rm -rf $bad
                mkdir $bad
                one=$(find "$out" -name 'left4me-server@*.service.d' | sort | head -n 1)
                cp -a "$one" $bad/
                one=$bad/${one##*/}
                run -0 "$tool" check $bad
                eval "$change"
                run -1 "$tool" check $bad
        done
        rm -rf $bad
}

@test "systemd has of them what was intended, and nothing else" {
        timeout 120 systemctl daemon-reload
        # The output of other generators is not ours to judge.
        mkdir /run/under-systemd
        cp -a /run/systemd/generator/left4me* /run/under-systemd/
        run -0 diff -r --no-dereference "$out" /run/under-systemd
        run -1 grep -r OWNED /run/systemd/generator*
        run -0 "$tool" units "$out"
        [ "${lines[-1]}" -gt 100 ]
        run -1 systemctl cat evil.service
        rm -rf "$state"/instances/*
        timeout 60 systemctl daemon-reload
}

teardown() {
        if [[ -d $state/instances/1 ]]; then
                systemctl stop left4me-server@1
                /usr/lib/left4me/left4me-overlay umount 1
                l4d2ctl delete 1
        fi
}

# --- layers ------------------------------------------------------------------------------------------

merged() { printf '%s/runtime/%s/merged' "$state" "$1"; }

@test "hostile names of layers are refused, even where there is such a directory" {
        local name
        for name in 'a,upperdir=x' 'a:b' 'a b' 'a\' '..' '.hidden' 'a=b' $'a\tb' 'é' '%n' '$HOME' "a'b" 'a"b' 'a;b' 'a*'; do
                mkdir -p "$state/overlays/$name"
                mkdir -p "$state/instances/1"
                python3 -c 'import json, sys; print("port: 27015\noverlays: [%s]" % json.dumps(sys.argv[1]))' "$name" \
                        >"$state/instances/1/spec.yaml"
                chown -R left4me: "$state/instances/1"
                run -1 systemctl start l4d2-overlay@1
                run ! mountpoint -q "$(merged 1)"
        done
        # Made the same way, one without such a name mounts.
        make_overlay good/name_1.x >/dev/null
        printf 'port: 27015\noverlays: ["good/name_1.x"]\n' >"$state/instances/1/spec.yaml"
        /usr/lib/left4me/left4me-overlay mount 1
        mountpoint -q "$(merged 1)"
        /usr/lib/left4me/left4me-overlay umount 1
}

set_attribute() { python3 -c 'import os, sys; os.setxattr(sys.argv[3], sys.argv[1], sys.argv[2].encode())' "$@"; }

@test "attributes in a layer redirect nothing and hide nothing outside of it" {
        local layer
        layer=$(make_overlay redirect)
        mkdir -p "$layer/left4dead2/stolen" "$layer/left4dead2/opaque" /etc/left4me-secret
        echo secret >/etc/left4me-secret/secret
        echo mine >"$layer/left4dead2/meta"
        # The attributes that overlayfs itself would write, made by another program.
        set_attribute trusted.overlay.redirect /etc/left4me-secret "$layer/left4dead2/stolen"
        set_attribute trusted.overlay.redirect ../../../../etc/left4me-secret "$layer/left4dead2/opaque"
        set_attribute trusted.overlay.metacopy '' "$layer/left4dead2/meta"
        set_attribute trusted.overlay.redirect /etc/shadow "$layer/left4dead2/meta"
        set_attribute user.overlay.redirect /etc "$layer/left4dead2/stolen"
        make_instance 1 27015 'overlays: [redirect]'
        /usr/lib/left4me/left4me-overlay mount 1
        # Refused or not followed, both are well.
        for file in stolen/secret opaque/secret meta; do
                run cat "$(merged 1)/left4dead2/$file"
                [[ "$output" != secret && "$output" != *root:* ]] || { echo "$file: $output"; false; }
        done
        rm -r /etc/left4me-secret
}

@test "a layer's symbolic links lead nowhere for the server, whatever they say" {
        local layer
        layer=$(make_overlay links)
        mkdir -p "$layer/left4dead2/links"
        ln -s /etc/shadow "$layer/left4dead2/links/absolute"
        ln -s ../../../../../../../../etc/left4me/left4me.conf "$layer/left4dead2/links/up"
        ln -s "$state/instances/2/spec.yaml" "$layer/left4dead2/links/spec"
        ln -s /proc/1/root/etc/shadow "$layer/left4dead2/links/proc"
        echo readable >"$layer/left4dead2/links/plain"
        make_instance 2 27016
        make_instance 1 27015 'overlays: [links]'
        systemctl start left4me-server@1
        wait_until "$query" info 127.0.0.1 27015 >/dev/null
        for link in absolute up spec proc; do
                run rcon 1 "standin_read left4dead2/links/$link"
                [[ "$output" == *"links/$link: E"* ]] || { echo "$link: $output"; false; }
        done
        run -0 rcon 1 standin_read left4dead2/links/plain
        [[ "$output" == *readable* ]]
        l4d2ctl delete 2
}

@test "deep and wide trees, and trees with odd files, mount as any other" {
        local layer
        layer=$(make_overlay odd)
        python3 - "$layer" <<-'END'
		import os, socket, sys
		os.chdir(sys.argv[1])
		top = os.getcwd()
		for _ in range(300):
		    os.mkdir("d" * 200)
		    os.chdir("d" * 200)
		os.chdir(top)
		for i in range(5000):
		    open(f"wide{i}", "w").close()
		open("new\nline \x1b[31m \udcff", "w").close()
		os.mkfifo("fifo")
		socket.socket(socket.AF_UNIX).bind("socket")
		os.mknod("device", 0o20666, os.makedev(1, 5))
		open("suid", "w").close()
		os.chmod("suid", 0o6755)
	END
        make_instance 1 27015 'overlays: [odd]'
        l4d2ctl start 1
        [[ ",$(findmnt -rno OPTIONS --mountpoint "$(merged 1)")," == *,nosuid,nodev,* ]]
        run rcon 1 standin_read device
        [[ "$output" == *'device: EACCES'* ]]
        l4d2ctl stop 1
        wait_until eval '! mountpoint -q "$(merged 1)"'
        # Nothing was left behind in the layer, and nothing taken from it.
        [ "$(find "$layer" -maxdepth 1 -name 'wide*' | wc -l)" = 5000 ]
}
