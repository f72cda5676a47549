#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-overlay: which layers a server's tree is made of, what is refused, what survives a crash,
# and what the game may do in it. It runs here as its units run it, with their very sandbox: the test
# units overlay-{mount,umount,reset}@.service are made from the shipped ones.

load common

helper=/usr/lib/left4me/left4me-overlay
units=/usr/lib/systemd/system
answer=/run/overlay-answer

# make_verb_unit VERB SHIPPED: the shipped unit with this verb alone, and its answer in a file.
make_verb_unit() {
        local unit=/run/systemd/system/overlay-$1@.service

        sed -E -e '/^(PartOf|Requires|StopWhenUnneeded|RemainAfterExit|ExecStop|StartLimitIntervalSec)=/d' \
                -e "s|^ExecStart=.*|ExecStart=$helper $1 %i|" \
                -e "/^\[Unit\]/a StartLimitIntervalSec=0" \
                -e "/^\[Service\]/a StandardError=truncate:$answer" "$units/$2" >"$unit"
        grep -q "^ExecStart=$helper $1 %i\$" "$unit"
        grep -q '^CapabilityBoundingSet=CAP_' "$unit"
}

setup_file() {
        install_game
        make_verb_unit mount l4d2-overlay@.service
        make_verb_unit umount l4d2-release@.service
        make_verb_unit reset l4d2-reset@.service
        systemctl daemon-reload
}

teardown() {
        local target changed

        changed=$(compgen -G '/run/systemd/system/*.d' || true)
        [[ -z ${background-} ]] || kill "$background" 2>/dev/null || true
        systemctl stop 'left4me-server@*.service' || true
        # The last mounted is the first to go.
        while read -r target; do umount -l "$target"; done < <(
                findmnt -rno TARGET | grep -E "^($state/runtime/|/mnt/)" | tac)
        rm -rf "$state"/runtime/* "$state"/instances/* "$state"/overlays/* /run/left4me/layers/* /run/left4me/trees/*
        rm -rf /run/systemd/system/*.d /etc/left4me/left4me.conf.d
        systemctl reset-failed
        # The output for one spec does no harm to the next one; l4d2ctl has it made again if it differs.
        [[ -z $changed ]] || systemctl daemon-reload
}

# overlay VERB NAME: prints what the helper says; its status.
overlay() {
        local status=0

        : >"$answer"
        systemctl start "overlay-$1@$2.service" 2>/dev/null || status=1
        cat "$answer"
        return "$status"
}

merged() { printf '%s/runtime/%s/merged' "$state" "$1"; }
is_mounted() { (($(mounts_of "$1") > 0)); }
# Without a program, for it is asked hundreds of times.
mounts_of() {
        local target n=0
        while read -r _ _ _ _ target _; do
                [[ $target != "$state/runtime/$1/merged" ]] || n=$((n + 1))
        done </proc/self/mountinfo
        echo "$n"
}
options_of() { findmnt -rno OPTIONS --mountpoint "$(merged "$1")"; }

# refused NAME TEXT: mounting fails with this text and leaves nothing behind.
refused() {
        run overlay mount "$1"
        echo "$output"
        [ "$status" -ne 0 ]
        [[ "$output" == *"$2"* ]]
        run ! is_mounted "$1"
        [ ! -e "/run/left4me/layers/$1" ]
}

# Runs a command as the game server's user.
game() {
        setpriv --reuid=left4me-game --regid=left4me-game --clear-groups -- "$@"
}

# --- mounting and unmounting -----------------------------------------------------------------------

@test "mount and umount may be repeated" {
        make_instance 1 27015
        overlay mount 1
        is_mounted 1
        # Anew, for what it shows may be old by now.
        echo 'config: ["hostname new"]' >>"$state/instances/1/spec.yaml"
        run -0 overlay mount 1
        [ "$output" = "left4me-overlay: Layers: $state/installation/versions/1" ]
        [ "$(mounts_of 1)" = 1 ]
        grep -qx 'hostname new' "$(merged 1)/left4dead2/cfg/server.cfg"
        [ "$(</run/left4me/trees/1)" = "LEFT4ME_TREE=$(findmnt -nro MAJ:MIN --mountpoint "$(merged 1)")" ]

        run -0 overlay umount 1
        [ -z "$output" ]
        run ! is_mounted 1
        [ ! -e /run/left4me/layers/1 ]
        run -0 overlay umount 1
        [ -z "$output" ]
}

@test "an instance that never was is unmounted and reset with success" {
        run -0 overlay umount never
        run -0 overlay reset never
        [ ! -e "$state/runtime/never" ]
}

@test "mounts at the same moment make one mount" {
        local i n pids

        make_instance 1 27015
        for ((i = 0; i < 10; i++)); do
                pids=()
                for n in 1 2 3 4; do
                        "$helper" mount 1 2>/dev/null &
                        pids+=($!)
                done
                for n in "${pids[@]}"; do wait "$n"; done
                [ "$(mounts_of 1)" = 1 ]
                "$helper" umount 1
        done
}

@test "a tree has no setuid programs and no devices" {
        make_instance 1 27015
        mkdir -p "$(make_overlay evil)"
        cp /usr/bin/id "$state/overlays/evil/id"
        chmod 4755 "$state/overlays/evil/id"
        mknod -m 666 "$state/overlays/evil/null" c 1 3
        printf 'overlays: [evil]\n' >>"$state/instances/1/spec.yaml"
        overlay mount 1
        [[ ",$(options_of 1)," == *,nosuid,* ]]
        [[ ",$(options_of 1)," == *,nodev,* ]]
        [ -u "$(merged 1)/id" ]
        run -0 game "$(merged 1)/id"
        [[ "$output" != *euid=0* ]]
        run ! game sh -c "echo >$(merged 1)/null"
        [[ "$output" == *"ermission denied"* ]]
}

@test "the mount table says what a tree is made of" {
        make_overlay plain
        make_instance 1 27015 'overlays: [plain]'
        overlay mount 1
        run -0 findmnt -rno SOURCE,FSTYPE --mountpoint "$(merged 1)"
        [ "$output" = "left4me-1 overlay" ]
        [[ "$(options_of 1)" == *lowerdir*=*/run/left4me/layers/1*$state/overlays/plain*$state/installation/versions/1* ]]
        [[ "$(options_of 1)" == *upperdir=$state/runtime/1/upper* ]]
        # Independent of the kernel's default.
        [[ "$(options_of 1)" != *metacopy=on* && "$(options_of 1)" != *index=on* ]]
        [[ "$(options_of 1)" != *redirect_dir=on* && "$(options_of 1)" != *xino=on* ]]
}

@test "mount and umount leave no other trace in the host's mounts" {
        make_overlay plain
        make_instance 1 27015 'overlays: [plain]'
        findmnt -rn >"$BATS_TEST_TMPDIR/before"
        overlay mount 1
        findmnt -rn | grep -v " *$(merged 1) \|^$(merged 1) " >"$BATS_TEST_TMPDIR/during"
        overlay umount 1
        findmnt -rn >"$BATS_TEST_TMPDIR/after"
        diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/during"
        diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

# --- layers ----------------------------------------------------------------------------------------

@test "a plain directory is a layer, with \"current\" its version is" {
        echo plain >"$(make_overlay plain)/who"
        mkdir -p "$(make_overlay versioned)/versions"/{1,2}
        echo one >"$state/overlays/versioned/versions/1/who"
        echo two >"$state/overlays/versioned/versions/2/who"
        ln -s versions/2 "$state/overlays/versioned/current"
        : >"$state/overlays/versioned/overlay.yaml"

        make_instance 1 27015 'overlays: [plain, versioned]'
        make_instance 2 27016 'overlays: [versioned, plain]'
        overlay mount 1
        overlay mount 2
        [ "$(<"$(merged 1)/who")" = plain ]
        [ "$(<"$(merged 2)/who")" = two ]
        [ ! -e "$(merged 2)/versions" ]

        # A server that runs keeps what it has, the next start gets the new version.
        ln -sfn versions/1 "$state/overlays/versioned/current"
        [ "$(<"$(merged 2)/who")" = two ]
        overlay umount 2
        overlay mount 2
        [ "$(<"$(merged 2)/who")" = one ]
}

@test "topmost is what the server wrote, then the spec, then overlays in order, then the game" {
        local cfg=left4dead2/cfg ref

        for ref in a b; do
                mkdir -p "$(make_overlay "$ref")/$cfg"
                echo "$ref" | tee "$state/overlays/$ref/$cfg/"{server.cfg,one.cfg} >/dev/null
        done
        echo b >"$state/overlays/b/$cfg/two.cfg"
        make_instance 1 27015 'overlays: [a, b]' 'config: ["hostname spec"]'
        overlay mount 1
        grep -qx 'hostname spec' "$(merged 1)/$cfg/server.cfg"
        [ "$(<"$(merged 1)/$cfg/one.cfg")" = a ]
        [ "$(<"$(merged 1)/$cfg/two.cfg")" = b ]
        [ -e "$(merged 1)/srcds_linux" ]
        game sh -c "echo mine >$(merged 1)/$cfg/banned_user.cfg"
        overlay umount 1
        mkdir -p "$state/overlays/a/$cfg"
        echo layer >"$state/overlays/a/$cfg/banned_user.cfg"
        overlay mount 1
        [ "$(<"$(merged 1)/$cfg/banned_user.cfg")" = mine ]
}

# cvar NAME VARIABLE: its value in the running server.
cvar() { rcon "$1" "$2" | sed -n "s/^\"$2\" = \"\(.*\)\" ( def.*/\1/p"; }

@test "an overlay's server.cfg is executed: lowest first, then the config; never its rcon_password" {
        local cfg=left4dead2/cfg ref layer=/run/left4me/layers/1/left4dead2/cfg

        for ref in top middle base; do mkdir -p "$(make_overlay "$ref")/$cfg"; done
        printf '%s\n' 'sv_contact base' 'sv_tags base' 'sv_region 1' 'exec more.cfg' 'hostname Pack' \
                >"$state/overlays/base/$cfg/server.cfg"
        echo 'rcon_password frommore' >"$state/overlays/base/$cfg/more.cfg"
        printf '%s\n' 'sv_contact hidden' >"$state/overlays/middle/$cfg/server.cfg"
        printf '// Größe\nsv_tags top\nsv_region 2\nRCON_Password "evil12345"\nsv_alltalk 1; hostname "Größe"\n' \
                >"$state/overlays/top/$cfg/server.cfg"
        make_instance 1 27015 'overlays: [{ref: top, exec: true}, middle, {ref: base, exec: true}]' \
                'config: [sv_region 3]' 'rcon_password: SesameOpen123' 'motd: "Hallo\nWelt ü"' 'banner: Banner'

        run -0 l4d2ctl validate 1
        [[ "$output" == *"server.cfg of overlay 'middle' is hidden"*"{ref: middle, exec: true}"* ]]
        [[ "$output" != *"'top'"* && "$output" != *"'base'"* ]]
        run -0 l4d2ctl cat 1
        [[ "$output" == *'exec "left4me/overlay-1.cfg" // base'$'\n''exec "left4me/overlay-2.cfg" // top'$'\n'*'sv_region 3'* ]]
        run -0 l4d2ctl get 1 overlays
        [ "$output" = $'top:exec\nmiddle\nbase:exec' ]

        mark_log
        l4d2ctl start 1
        [ "$(cvar 1 sv_contact)" = base ]
        [ "$(cvar 1 sv_tags)" = top ]
        [ "$(cvar 1 sv_region)" = 3 ]
        [ "$(cvar 1 sv_alltalk)" = 1 ]
        [ "$(cvar 1 rcon_password)" = SesameOpen123 ]
        [ "$(cvar 1 hostname)" = 1 ]
        run -1 grep -rq evil12345 "$layer"
        grep -qx '// left out by left4me: a line with rcon_password' "$layer/left4me/overlay-2.cfg"
        [ "$(<"$(merged 1)/left4dead2/motd.txt")" = $'Hallo\nWelt ü' ]
        [ "$(<"$(merged 1)/left4dead2/host.txt")" = Banner ]
        journalctl --sync
        run -0 journalctl -b -o cat -u l4d2-overlay@1.service
        [[ "$output" == *"overlays/top/left4dead2/cfg/server.cfg:4: left out, because rcon_password"* ]]
        [[ "$output" == *"overlays/top/left4dead2/cfg/server.cfg:5: has characters that the engine can't read"* ]]

        # The server can't put its own there, nor leave one for a start without ours.
        game_in_tree() { game sh -c "echo x >$(merged 1)/left4dead2/cfg/left4me/$1"; }
        run ! game_in_tree overlay-1.cfg
        run ! game_in_tree overlay-3.cfg
        l4d2ctl set 1 overlays base 2>/dev/null
        l4d2ctl restart 1
        [ "$(cvar 1 sv_tags)" = '' ]
        run ! game_in_tree overlay-1.cfg
        l4d2ctl unset 1 rcon_password
        l4d2ctl restart 1
        grep -qx 'rcon_password ""' "$layer/server.cfg"
        l4d2ctl stop 1
}

@test "a server.cfg that can't be executed keeps the server from starting, with the reason" {
        local file=left4dead2/cfg/server.cfg

        refused() { run ! overlay mount 1; [[ "$output" == *"overlays/a/$file: $1"* ]] || { echo "$output"; false; }; }
        mkdir -p "$(make_overlay a)/left4dead2/cfg"
        file_path=$state/overlays/a/$file
        make_instance 1 27015 'overlays: [{ref: a, exec: true}]'
        refused 'the overlay has no such file'
        run -0 l4d2ctl validate 1
        [[ "$output" == *"server.cfg of overlay 'a' can't be executed"* ]]
        ln -s /etc/shadow "$file_path"
        refused 'a symbolic link is not accepted here'
        ln -sfn /etc "$state/overlays/a/left4dead2/cfg2"
        rm "$file_path"
        mkfifo -m 644 "$file_path"
        refused 'not a regular file'
        rm "$file_path"
        install -m 600 /dev/null "$file_path"
        refused "others can't read it"
        chmod 644 "$file_path"
        truncate -s 300K "$file_path"
        refused 'the file is too large'
        truncate -s 0 "$file_path"
        overlay mount 1
        overlay umount 1
}

@test "the older form of an executed overlay is converted by initialize" {
        make_overlay base >/dev/null
        make_overlay std >/dev/null
        run -0 make_instance 1 27015 'overlays:' '  - path: base   # the pack' '    alias: pack' "  - {path: $state/overlays/std}"
        [[ "$output" == *"are written as {ref: …, exec: true} now"* ]]
        [ "$(l4d2ctl get 1 overlays)" = $'base:exec\nstd' ]
        grep -qx '  - {ref: base, exec: true}' "$state/instances/1/spec.yaml"
        printf 'port: 27016\noverlays: [{path: base, alias: x}]\n' >"$BATS_TEST_TMPDIR/old.yaml"
        run -5 l4d2ctl validate "$BATS_TEST_TMPDIR/old.yaml"
        [[ "$output" == *"'path' is an older form: write {ref: REF, exec: true}"* ]]
}

@test "64 overlays of 190-character paths mount" {
        local part ref refs=() layers=() i options

        part=$(printf 'x%.0s' {1..52})
        for ((i = 0; i < 64; i++)); do
                printf -v ref '%s/%s/%s-%04d' "$part-a" "$part-b" "${part:5}-c" "$i"
                refs+=("$ref")
                # Half of them have versions, whose paths are longer still.
                ((i % 2 == 0)) || ref+=/versions/1
                layers+=("$state/overlays/$ref")
        done
        mkdir -p "${layers[@]}"
        for ((i = 0; i < 64; i++)); do
                echo "$i" >"${layers[i]}/layer-$i"
                ((i % 2 == 0)) || ln -s versions/1 "$state/overlays/${refs[i]}/current"
        done
        ref=$state/overlays/${refs[0]}
        [ "${#ref}" = 190 ]
        make_instance 1 27015 'overlays:' "${refs[@]/#/  - }"
        run -0 overlay mount 1
        options=$(options_of 1)
        for ((i = 0; i < 64; i++)); do
                [ "$(<"$(merged 1)/layer-$i")" = "$i" ]
                [[ "$options" == *"${refs[i]}"* ]]
        done
}

@test "a path too long for the kernel is an error, not another path" {
        local part

        part=$(printf 'x%.0s' {1..64})
        mkdir -p "$(make_overlay "$part/$part/$part")/versions/$part"
        ln -s "versions/$part" "$state/overlays/$part/$part/$part/current"
        make_instance 1 27015 "overlays: [$part/$part/$part]"
        refused 1 "has a path of more than 255 bytes"
}

@test "a missing layer is named, with the file that asks for it" {
        make_instance 1 27015 'overlays: [nothing/here]'
        refused 1 "overlay 'nothing/here' named in $state/instances/1/spec.yaml: $state/overlays/nothing/here does not exist"
}

@test "an overlay that is a file is refused" {
        : >"$state/overlays/file"
        make_instance 1 27015 'overlays: [file]'
        refused 1 "is not a directory"
}

@test "an overlay without a finished version is refused" {
        : >"$(make_overlay new)/overlay.yaml"
        make_instance 1 27015 'overlays: [new]'
        refused 1 'has no finished version yet'
}

@test "an overlay within another one of the same server is refused" {
        make_overlay a/b >/dev/null
        make_instance 1 27015 'overlays: [a/b, a]'
        refused 1 "is the same as, or lies within, another layer"
}

@test "a missing installation says what to do" {
        mv "$state/installation/current" "$state/installation/aside"
        make_instance 1 27015
        run overlay mount 1
        mv "$state/installation/aside" "$state/installation/current"
        [ "$status" -ne 0 ]
        [[ "$output" == *'run "l4d2ctl install"'* ]]
        run ! is_mounted 1
}

@test "symbolic links in the place of an overlay or above it are refused" {
        mkdir -p "$BATS_TEST_TMPDIR/secret/b" "$(make_overlay real)/b"
        ln -s "$BATS_TEST_TMPDIR/secret" "$state/overlays/out"
        ln -s real "$state/overlays/inside"
        make_instance 1 27015 'overlays: [out]'
        make_instance 2 27016 'overlays: [out/b]'
        make_instance 3 27017 'overlays: [inside/b]'
        for i in 1 2 3; do refused "$i" "is reached through a symbolic link"; done
}

@test "\"current\" may say versions/ID and nothing else" {
        local target dir

        dir=$(make_overlay o)
        mkdir -p "$dir/versions/1" "$dir/versions/deep/er" "$state/overlays/other/versions/1"
        make_instance 1 27015 'overlays: [o]'
        for target in /etc /var/lib/left4me/overlays/o/versions/1 ../other/versions/1 ../o/versions/1 versions \
                versions/ versions/. versions/.. versions/../.. versions/../../other versions/deep/er \
                ./versions/1 versions//1 versions/1/ 'versions/1,upperdir=' 'versions/1:x' "versions/$(printf 'x%.0s' {1..65})"; do
                ln -sfn "$target" "$dir/current"
                refused 1 'a link "current" that does not say versions/ID'
        done

        ln -sfn versions/2 "$dir/current"
        refused 1 'a link "current" to a version that does not exist'

        rm "$dir/current"
        mkdir "$dir/current"
        refused 1 'a link "current" that does not say versions/ID'
        rmdir "$dir/current"

        # The version, or the directory of all versions, somewhere else.
        ln -sfn versions/2 "$dir/current"
        ln -s /etc "$dir/versions/2"
        refused 1 'is reached through a symbolic link'
        rm "$dir/versions/2"
        mv "$dir/versions" "$dir/moved"
        ln -s moved "$dir/versions"
        ln -sfn versions/1 "$dir/current"
        refused 1 'is reached through a symbolic link'
}

@test "an installation whose \"current\" leads elsewhere is refused" {
        make_instance 1 27015
        ln -sfn ../overlays "$state/installation/current"
        run overlay mount 1
        ln -sfn versions/1 "$state/installation/current"
        [ "$status" -ne 0 ]
        [[ "$output" == *"$state/installation has a link \"current\" that does not say versions/ID"* ]]
        run ! is_mounted 1
}

# An attacker with the rights of the control plane swaps PATH ($1) for a symlink to a directory with
# a file "secret", and back, without pause.
swap_with_symlink() {
        mkdir -p "$BATS_TEST_TMPDIR/secret/b"
        touch "$BATS_TEST_TMPDIR/secret/secret" "$BATS_TEST_TMPDIR/secret/b/secret"
        ln -sfn "$2" "$1.link"
        python3 - "$1" "$1.link" <<'PYTHON' &
import ctypes, os, sys
libc = ctypes.CDLL(None)
a, b = (os.fsencode(p) for p in sys.argv[1:])
while True:
    libc.renameat2(-100, a, -100, b, 2)
PYTHON
        background=$!
}

# race NAME: mounts over and over, for eight seconds and until both has come of it, inside the unit's sandbox
# and, quicker, outside of it. The mount has the file "good" and not the file "secret".
race() {
        local end=$((SECONDS + 8)) limit=$((SECONDS + 180)) good=0 refused=0

        while ((SECONDS < end || ((good == 0 || refused == 0) && SECONDS < limit))); do
                if "$helper" mount "$1" 2>/dev/null; then
                        good=$((good + 1))
                        [ -e "$(merged "$1")/good" ]
                        [ ! -e "$(merged "$1")/secret" ]
                        "$helper" umount "$1"
                else
                        refused=$((refused + 1))
                fi
                if overlay mount "$1" >/dev/null; then
                        good=$((good + 1))
                        [ -e "$(merged "$1")/good" ]
                        [ ! -e "$(merged "$1")/secret" ]
                        overlay umount "$1"
                else
                        refused=$((refused + 1))
                fi
        done
        kill "$background"
        echo "# mounted $good times, refused $refused times" >&3
        # Otherwise nothing raced with anything.
        ((good > 0 && refused > 0))
}

@test "a component swapped for a symlink during the mount never brings in something else" {
        touch "$(make_overlay a/b)/good"
        make_instance 1 27015 'overlays: [a/b]'
        swap_with_symlink "$state/overlays/a" "$BATS_TEST_TMPDIR/secret"
        race 1
}

@test "an overlay swapped for a symlink during the mount never brings in something else" {
        touch "$(make_overlay a)/good"
        make_instance 1 27015 'overlays: [a]'
        swap_with_symlink "$state/overlays/a" "$BATS_TEST_TMPDIR/secret"
        race 1
}

@test "\"current\" swapped during the mount never brings in something else" {
        mkdir -p "$(make_overlay a)/versions/b"
        touch "$state/overlays/a/versions/b/good"
        ln -s versions/b "$state/overlays/a/current"
        make_instance 1 27015 'overlays: [a]'
        swap_with_symlink "$state/overlays/a/current" "$BATS_TEST_TMPDIR/secret"
        race 1
}

@test "versions swapped for a symlink during the mount never bring in something else" {
        mkdir -p "$(make_overlay a)/versions/b"
        touch "$state/overlays/a/versions/b/good"
        ln -s versions/b "$state/overlays/a/current"
        make_instance 1 27015 'overlays: [a]'
        swap_with_symlink "$state/overlays/a/versions" "$BATS_TEST_TMPDIR/secret"
        race 1
}

# --- what is refused ---------------------------------------------------------------------------------

@test "hostile names are refused" {
        local name

        for name in '' . .. ../1 a/b /etc A a_b -a a.b ' a' $'a\n' 'a,upperdir=x' '%n' é "$(printf 'x%.0s' {1..33})"; do
                for verb in mount umount reset; do
                        run -64 "$helper" "$verb" "$name"
                        [[ "$output" == *"not a valid server name"* ]]
                done
        done
}

@test "wrong usage is refused" {
        run -64 "$helper"
        run -64 "$helper" mount
        run -64 "$helper" mount 1 2
        run -64 "$helper" remount 1
        [[ "$output" == *"Usage: left4me-overlay mount|umount|reset NAME"* ]]
}

@test "a broken spec is refused with file, line and column" {
        make_instance 1 27015
        printf 'overlays: [../../etc]\n' >>"$state/instances/1/spec.yaml"
        refused 1 "$state/instances/1/spec.yaml:"
        rm "$state/instances/1/spec.yaml"
        mkfifo "$state/instances/1/spec.yaml"
        refused 1 "$state/instances/1/spec.yaml"
        rm "$state/instances/1/spec.yaml"
        refused 1 "$state/instances/1/spec.yaml"
}

# second_mount UPPER TARGET: another program's overlay with the upper directory of instance 1.
second_mount() {
        mount -t overlay -o "lowerdir=/usr/share,upperdir=$1,workdir=${1%/upper}/other" overlay "$2"
}

@test "an upper directory in use elsewhere is not mounted a second time" {
        make_instance 1 27015
        overlay mount 1
        overlay umount 1
        mkdir -p /mnt/elsewhere /mnt/runtime "$state/runtime/1/other"

        second_mount "$state/runtime/1/upper" /mnt/elsewhere
        refused 1 "its upper directory is in use by the overlay on /mnt/elsewhere"
        run ! overlay umount 1
        run ! overlay reset 1
        [ -e "$state/runtime/1/upper" ]
        umount /mnt/elsewhere

        # The same directory by another path.
        mount --bind "$state/runtime/1" /mnt/runtime
        second_mount /mnt/runtime/upper /mnt/elsewhere
        refused 1 "its upper directory is in use by the overlay on /mnt/elsewhere"
        umount /mnt/elsewhere /mnt/runtime
        overlay mount 1
}

@test "what somebody else mounted on the tree stays there" {
        make_instance 1 27015
        overlay mount 1
        overlay umount 1
        mount -t tmpfs tmpfs "$(merged 1)"
        run ! overlay mount 1
        [[ "$output" == *"something else is mounted there"* ]]
        run ! overlay umount 1
        [[ "$output" == *"is not its overlay"* ]]
        run ! overlay reset 1
        [ "$(findmnt -rno FSTYPE --mountpoint "$(merged 1)")" = tmpfs ]
}

@test "a tree that is only looked at is detached, and nobody writes to the old one" {
        make_instance 1 27015
        overlay mount 1
        (cd "$(merged 1)" && exec sleep infinity) &
        background=$!
        wait_until eval '[[ $(readlink /proc/$background/cwd) == $(merged 1) ]]'
        run -0 overlay umount 1
        [[ "$output" == *"process $background (sleep) still uses the old tree"* ]]
        run ! is_mounted 1
        run ! touch "/proc/$background/cwd/left4dead2/logs/new"
        [[ "$output" == *"Read-only file system"* ]]
        run -0 overlay mount 1
        game touch "$(merged 1)/left4dead2/logs/new"
}

@test "a tree that is written to is not unmounted, and who writes is named" {
        make_instance 1 27015
        overlay mount 1
        setpriv --reuid=left4me-game --regid=left4me-game --clear-groups -- \
                bash -c "exec sleep infinity 3>$(merged 1)/left4dead2/logs/mine" &
        background=$!
        wait_until test -e "$(merged 1)/left4dead2/logs/mine"
        wait_until grep -qx sleep "/proc/$background/comm"
        for verb in umount mount; do
                run ! overlay "$verb" 1
                [[ "$output" == *"process $background (sleep) has a file of it open"* ]]
                is_mounted 1
                # It is not the tree of a server any more.
                [ ! -e /run/left4me/trees/1 ]
                [ "left4me-overlay: $(</run/left4me/trees/1.error)" = "$output" ]
        done
        kill "$background"
        wait "$background" || true
        overlay umount 1
        [ ! -e /run/left4me/trees/1.error ]
}

@test "without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH nobody can be named" {
        local capability

        make_instance 1 27015
        overlay mount 1
        setpriv --reuid=left4me-game --regid=left4me-game --clear-groups -- \
                bash -c "exec sleep infinity 3>$(merged 1)/left4dead2/logs/mine" &
        background=$!
        wait_until test -e "$(merged 1)/left4dead2/logs/mine"
        for capability in CAP_SYS_PTRACE CAP_DAC_READ_SEARCH; do
                without umount "$capability"
                run ! overlay umount 1
                [[ "$output" == *"a process that can't be found has a file of it open"* ]]
        done
}

@test "the directory of all trees must be root's alone" {
        make_instance 1 27015
        chmod g+w "$state/runtime"
        run overlay mount 1
        chmod g-w "$state/runtime"
        [ "$status" -ne 0 ]
        [[ "$output" == *"$state/runtime: it must belong to root"* ]]
}

@test "somebody else's directory in the place of a tree is refused" {
        make_instance 1 27015
        mkdir -p "$state/runtime/1"
        chown left4me-game "$state/runtime/1"
        refused 1 "Failed to prepare $state/runtime/1"

        rmdir "$state/runtime/1"
        ln -s /etc "$state/runtime/1"
        refused 1 "Failed to prepare $state/runtime/1"
        rm "$state/runtime/1"
}

# --- after a crash -----------------------------------------------------------------------------------

@test "a stale work directory is cleared" {
        make_instance 1 27015
        overlay mount 1
        overlay umount 1
        cd "$state/runtime/1"
        mkdir -p work/work/deep/er work/index
        mknod 'work/work/#1' c 0 0
        mkdir -m 0 work/work/closed
        chmod 0 work/work
        overlay mount 1
        [[ ",$(options_of 1)," == *,rw,* ]]
        game touch "$(merged 1)/left4dead2/logs/written"
        overlay umount 1

        # In its place something that is not a directory.
        rm -rf work
        ln -s /etc work
        overlay mount 1
        game touch "$(merged 1)/left4dead2/logs/written-again"
        [ -d work ] && [ ! -L work ]
        [ -d /etc ]
}

@test "killed at any of its steps, the next mount works" {
        local call when steps=0

        touch "$(make_overlay o)/good"
        make_instance 1 27015 'overlays: [o]'
        for call in mkdir mkdirat unlinkat openat write fchown fchmod open_tree unshare mount move_mount \
                fsopen fsconfig fsmount mount_setattr; do
                for ((when = 1; ; when++)); do
                        # strace ends as its child did, when it does.
                        if strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$when" \
                                "$helper" mount 1 2>/dev/null; then
                                "$helper" umount 1
                                break
                        fi
                        steps=$((steps + 1))
                        [ "$(mounts_of 1)" -le 1 ]
                        "$helper" mount 1
                        [ "$(mounts_of 1)" = 1 ]
                        [ -e "$(merged 1)/good" ]
                        [ -e "$(merged 1)/.left4me/argv" ]
                        "$helper" umount 1
                        [ ! -e /run/left4me/layers/1 ]
                done
        done
        echo "# killed at $steps steps" >&3
        ((steps > 40))
        # Nothing but the tree itself was ever mounted on the host.
        run ! grep -q left4me-1 /proc/self/mountinfo
}

@test "killed while it unmounts, the next umount works" {
        local call when

        make_instance 1 27015
        for call in fspick fsconfig umount2 unlinkat; do
                for ((when = 1; ; when++)); do
                        "$helper" mount 1
                        if strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$when" \
                                "$helper" umount 1 2>/dev/null; then
                                break
                        fi
                        "$helper" umount 1
                        run ! is_mounted 1
                        [ ! -e /run/left4me/layers/1 ]
                done
                ((when > 1))
        done
}

# --- what the game may write ---------------------------------------------------------------------------

# in_tree COMMAND…: as the game's user, in its tree. The status is the command's.
in_tree() { (cd "$(merged 1)" && game "$@"); }

writable=(left4dead2/cfg left4dead2/logs left4dead2/ems left4dead2/demos left4dead2/stats
        left4dead2/addons/sourcemod/logs left4dead2/addons/sourcemod/data left4dead2/addons/sourcemod/configs
        left4dead2/addons/stripper/logs)

# An installation of SourceMod as an overlay, as its owner the control plane leaves it.
make_sourcemod() {
        local dir

        dir=$(make_overlay sourcemod)/left4dead2/addons/sourcemod
        mkdir -p "$dir"/{plugins,configs,data,logs,extensions} "$state/overlays/sourcemod/left4dead2/cfg"
        touch "$dir/plugins/basecommands.smx" "$dir/configs/admins_simple.ini" "$dir/extensions/evil.so" \
                "$state/overlays/sourcemod/left4dead2/cfg/sourcemod.cfg"
        chown -R left4me: "$state/overlays/sourcemod"
}

@test "in its writable directories the game does what it likes with its own files" {
        local dir

        make_sourcemod
        make_instance 1 27015 'overlays: [sourcemod]'
        overlay mount 1
        for dir in "${writable[@]}"; do
                in_tree sh -ec 'cd "$0"; echo a >f; echo b >>f; mv f g; mkdir d; mv g d/; chmod 600 d/g
                        touch -d @1 d/g; ln -s g d/l; ln d/g d/h; rm -r d; echo kept >kept' "$dir"
                [ "$(in_tree cat "$dir/kept")" = kept ]
        done

        # So it does after the next mount.
        overlay umount 1
        overlay mount 1
        for dir in "${writable[@]}"; do
                in_tree sh -ec 'cd "$0"; echo more >>kept; chmod 640 kept; mv kept old; rm old' "$dir"
        done
}

@test "the game changes nothing of its code and its configuration" {
        local path

        make_sourcemod
        make_instance 1 27015 'overlays: [sourcemod]'
        overlay mount 1
        for path in srcds_linux srcds_run bin/engine_srv.so left4dead2/gameinfo.txt left4dead2/cfg/server.cfg \
                left4dead2/cfg/sourcemod.cfg .left4me/argv left4dead2/addons/sourcemod/plugins/basecommands.smx \
                left4dead2/addons/sourcemod/extensions/evil.so left4dead2/addons/sourcemod/configs/admins_simple.ini; do
                echo "$path"
                [ -f "$(merged 1)/$path" ]
                run ! in_tree sh -c 'echo evil >>"$0"' "$path"
                run ! in_tree rm -f "$path"
                run ! in_tree mv "$path" left4dead2/logs/moved
                run ! in_tree sh -c 'echo evil >left4dead2/logs/new && mv -f left4dead2/logs/new "$0"' "$path"
                run ! in_tree chmod 666 "$path"
                run ! in_tree truncate -s 0 "$path"
        done
        run ! in_tree grep -r evil left4dead2/cfg left4dead2/addons bin .left4me
}

@test "the game makes no files elsewhere and moves no directories" {
        local dir

        make_sourcemod
        make_instance 1 27015 'overlays: [sourcemod]'
        overlay mount 1
        for dir in . bin .left4me left4dead2 left4dead2/addons left4dead2/addons/sourcemod \
                left4dead2/addons/sourcemod/plugins left4dead2/addons/sourcemod/extensions; do
                echo "$dir"
                [ -d "$(merged 1)/$dir" ]
                run ! in_tree touch "$dir/evil"
                run ! in_tree mkdir "$dir/evil.d"
        done
        for dir in bin .left4me left4dead2 left4dead2/addons left4dead2/addons/sourcemod \
                left4dead2/addons/sourcemod/plugins "${writable[@]}"; do
                echo "$dir"
                run ! in_tree mv "$dir" left4dead2/logs/away
                run ! in_tree mv "$dir" "$dir.old"
                run ! in_tree rmdir "$dir"
                run ! in_tree chmod 777 "$dir"
        done
        [ -z "$(find "$state/runtime/1/upper" -name 'evil*')" ]
}

@test "the game reads its own server.cfg, and nobody else does" {
        make_instance 1 27015 'rcon_password: SesameOpen123'
        overlay mount 1
        in_tree grep -q SesameOpen123 left4dead2/cfg/server.cfg
        for user in nobody left4me left4me-build; do
                run ! setpriv --reuid="$user" --clear-groups --regid=nogroup -- \
                        cat "$(merged 1)/left4dead2/cfg/server.cfg" "/run/left4me/layers/1/left4dead2/cfg/server.cfg"
                [[ "$output" != *SesameOpen123* ]]
        done
}

@test "the host's configuration names other writable directories" {
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[server]\nwritable_directories=left4dead2/logs left4dead2/demos/mine "left4dead2/ems/My Mod"\n' >/etc/left4me/left4me.conf.d/w.conf
        make_instance 1 27015
        overlay mount 1
        in_tree touch left4dead2/demos/mine/x left4dead2/logs/x
        in_tree touch 'left4dead2/ems/My Mod/x y'
        run ! in_tree touch left4dead2/ems/x
        run ! in_tree touch left4dead2/demos/x
        run ! in_tree touch left4dead2/cfg/x
}

# --- reset --------------------------------------------------------------------------------------------

@test "reset removes what the server wrote and refuses while it is mounted" {
        make_instance 1 27015
        overlay mount 1
        in_tree sh -c 'echo mine >left4dead2/logs/mine'
        run ! overlay reset 1
        [[ "$output" == *"$(merged 1) is mounted; stop the server first"* ]]
        [ "$(in_tree cat left4dead2/logs/mine)" = mine ]

        overlay umount 1
        run -0 overlay reset 1
        [ ! -e "$state/runtime/1" ]
        overlay mount 1
        run ! in_tree cat left4dead2/logs/mine
}

@test "reset removes hostile trees and nothing they point at" {
        make_instance 1 27015
        overlay mount 1
        mkdir "$BATS_TEST_TMPDIR/outside"
        touch "$BATS_TEST_TMPDIR/outside/stays"
        in_tree python3 - "$BATS_TEST_TMPDIR/outside" <<'PYTHON'
import os, sys
os.chdir("left4dead2/logs")
os.symlink(sys.argv[1], "link")
os.symlink("link", "loop"); os.symlink("self", "self")
os.mkfifo("fifo")
for name in (b"\n", b"\x1b[2J", b"-rf", b"*", b"\xff\xfe", b" ", b"..."):
    open(name, "w").close()
for i in range(2000):
    open(f"many-{i}", "w").close()
os.mkdir("closed"); open("closed/file", "w").close(); os.mkdir("closed/inner"); os.chmod("closed", 0)
os.mkdir("sticky"); open("sticky/file", "w").close(); os.chmod("sticky", 0o1700)
# Far deeper than PATH_MAX, names as long as they may be.
for i in range(1500):
    os.mkdir("d" * 200); os.chdir("d" * 200)
open("bottom", "w").close()
PYTHON
        overlay umount 1
        run -0 overlay reset 1
        [ ! -e "$state/runtime/1" ]
        [ -e "$BATS_TEST_TMPDIR/outside/stays" ]
}

@test "reset removes a symlink in the place of a tree, not what it points at" {
        mkdir "$BATS_TEST_TMPDIR/outside"
        touch "$BATS_TEST_TMPDIR/outside/stays"
        ln -s "$BATS_TEST_TMPDIR/outside" "$state/runtime/1"
        overlay reset 1
        [ ! -L "$state/runtime/1" ]
        [ -e "$BATS_TEST_TMPDIR/outside/stays" ]
}

# --- under a server -----------------------------------------------------------------------------------

@test "the tree of a running server isn't unmounted or mounted anew behind its back" {
        make_instance 1 27015
        systemctl start left4me-server@1
        is_mounted 1
        for verb in stop restart try-restart; do
                run ! systemctl "$verb" l4d2-overlay@1
                [[ "$output" == *"requested by dependency only"* ]]
        done
        is_active 1
        is_mounted 1
}

# --- privileges ----------------------------------------------------------------------------------------

# without VERB CAPABILITY: takes one capability from the unit.
without() {
        local drop_in=/run/systemd/system/overlay-$1@.service.d/90-test.conf kept

        kept=$(sed -n 's/^CapabilityBoundingSet=//p' "/run/systemd/system/overlay-$1@.service")
        [[ " $kept " == *" $2 "* ]]
        mkdir -p "${drop_in%/*}"
        printf '[Service]\nCapabilityBoundingSet=\nCapabilityBoundingSet=%s\n' "${kept//$2/}" >"$drop_in"
        systemctl daemon-reload
}

@test "without CAP_SYS_ADMIN nothing can be mounted" {
        make_instance 1 27015
        without mount CAP_SYS_ADMIN
        refused 1 "Operation not permitted"
}

@test "without CAP_DAC_OVERRIDE the spec can't be read" {
        make_instance 1 27015
        without mount CAP_DAC_OVERRIDE
        refused 1 "Permission denied"
}

@test "without CAP_FOWNER the game can't change modes and times of its own files" {
        make_instance 1 27015
        without mount CAP_FOWNER
        overlay mount 1
        in_tree touch left4dead2/logs/mine
        run ! in_tree chmod 600 left4dead2/logs/mine
        run ! in_tree touch -d @1 left4dead2/logs/mine
}

@test "without CAP_DAC_OVERRIDE reset stops at what the game closed" {
        make_instance 1 27015
        overlay mount 1
        in_tree sh -c 'mkdir left4dead2/logs/closed; touch left4dead2/logs/closed/file; chmod 500 left4dead2/logs/closed'
        overlay umount 1
        without reset CAP_DAC_OVERRIDE
        run ! overlay reset 1
        [[ "$output" == *"Failed to remove $state/runtime/1: Permission denied"* ]]
}

@test "without CAP_FOWNER reset stops at sticky directories of the game" {
        make_instance 1 27015
        overlay mount 1
        in_tree sh -c 'mkdir left4dead2/logs/sticky; touch left4dead2/logs/sticky/file; chmod 1777 left4dead2/logs/sticky'
        overlay umount 1
        without reset CAP_FOWNER
        run ! overlay reset 1
        [[ "$output" == *"Failed to remove $state/runtime/1: Operation not permitted"* ]]
}

@test "a server starts without the notes on its tree, and an earlier run's are gone" {
        local trees=/run/left4me/trees note
        make_instance 1 27015
        for note in port digest; do
                mkdir -p "$trees"
                printf 'stale\n' | tee "$trees/1.port" >"$trees/1.digest"
                rm "$trees/1.$note"
                mkdir "$trees/1.$note"
                run -0 overlay mount 1
                [[ $output == *"Failed to record in $trees what $(merged 1) is made from, for 'l4d2ctl status' and the RCON filter: "* ]]
                run ! grep -rq stale "$trees"
                [ "$(<"$trees/1")" = "LEFT4ME_TREE=$(findmnt -nro MAJ:MIN --mountpoint "$(merged 1)")" ]
                [ ! -e "$trees/1.error" ]
                l4d2ctl start 1
                run -0 l4d2ctl status 1
                l4d2ctl stop 1
                overlay umount 1
                rmdir "$trees/1.$note"
        done
}

@test "a mount that fails leaves no notes on a tree" {
        make_instance 1 27015
        overlay mount 1
        overlay umount 1
        rmdir "$(merged 1)"
        touch "$(merged 1)"
        run ! overlay mount 1
        [[ "$output" == *"Failed to prepare $state/runtime/1: Not a directory"* ]]
        [ "$(ls /run/left4me/trees)" = 1.error ]
}

@test "no capability is in a unit that isn't proven to be needed" {
        [ "$(sed -n 's/^CapabilityBoundingSet=//p' "$units/l4d2-overlay@.service")" = \
                'CAP_SYS_ADMIN CAP_DAC_OVERRIDE CAP_FOWNER CAP_SYS_PTRACE' ]
        [ "$(sed -n 's/^CapabilityBoundingSet=//p' "$units/l4d2-reset@.service")" = 'CAP_DAC_OVERRIDE CAP_FOWNER' ]
        [ "$(sed -n 's/^CapabilityBoundingSet=//p' "$units/l4d2-release@.service")" = \
                'CAP_SYS_ADMIN CAP_SYS_PTRACE CAP_DAC_READ_SEARCH' ]
}
