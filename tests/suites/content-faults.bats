#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Jobs that make content, killed at their system calls and on full disks: the old version stays or the new one is
# complete, and the next job works.

load common

cache=$state/workshop_cache
uploads=$state/uploads
kinds=(script unpack release workshop)

setup_file() {
        export world=$BATS_FILE_TMPDIR/workshop releases=$BATS_FILE_TMPDIR/releases
        mkdir -p "$world/files" "$releases"/{files,releases} /etc/left4me/left4me.conf.d
        echo '{}' >"$world/world.json"
        /usr/lib/left4me-tests/standin/workshop "$world" 3>&- &
        echo "$!" >"$world/pid"
        "$BATS_TEST_DIRNAME/archives/serve" "$releases" 3>&- &
        echo "$!" >"$releases/pid"
        # shellcheck source=common.bash
        . "$BATS_TEST_DIRNAME/common.bash"
        wait_until test -e "$world/url" -a -e "$releases/url"
        # Each commit has a version to remove.
        printf '[content]\nkeep_versions=1\nworkshop_api=%s\ngithub_api=%s\n[install]\nsteamcmd=%s\n' "$(<"$world/url")" \
                "$(<"$releases/url")" "$BATS_TEST_DIRNAME/steamcmd" >/etc/left4me/left4me.conf.d/faults.conf
        for kind in script unpack release workshop; do
                steps_can_be_killed "left4me-$kind@" left4me-layer "$kind %i"
        done
        steps_can_be_killed left4me-install left4me-install
        systemctl daemon-reload
}

# steps_can_be_killed UNIT PROGRAM [ARGUMENTS]: the unit runs its steps by killed-at, and reaches this host, where the
# stand-ins are. PROGRAM is root's part.
steps_can_be_killed() {
        local drop_in=/run/systemd/system/$1.service.d/90-faults.conf at=$BATS_TEST_DIRNAME/killed-at
        local root=/usr/lib/left4me/$2 run
        run=$(sed -n 's/^ExecStart=//p' "/usr/lib/systemd/system/$1.service")
        mkdir -p "${drop_in%/*}"
        # strace traces, and runs a program.
        cat >"$drop_in" <<-END
		[Service]
		ExecStartPre=
		ExecStartPre=+$at begin $root begin ${3:-}
		ExecStart=
		ExecStart=$at run $run
		ExecStartPost=
		ExecStartPost=+$at commit $root commit ${3:-}
		ExecStopPost=
		ExecStopPost=+$at end $root end ${3:-}
		SystemCallFilter=
		NoExecPaths=
		IPAddressAllow=localhost
		RestrictNetworkInterfaces=
	END
}

teardown_file() {
        kill "$(<"$world/pid")" "$(<"$releases/pid")"
        rm -r /run/systemd/system/left4me-{install,{script,unpack,release,workshop}@}.service.d /etc/left4me/left4me.conf.d/faults.conf
        systemctl daemon-reload
}

setup() {
        number=0 size=16
        rm -rf "$state"/overlays/* "$state"/jobs/* "${cache:?}"/* "${uploads:?}"/*
}

teardown() {
        systemctl unset-environment KILLED_AT
        systemctl stop left4me-install.service 'left4me-*@o.service' 2>/dev/null || true
        systemctl reset-failed
        ! findmnt -rno SOURCE "$state" | grep -qx small || umount -l "$state"
}

# offer KIND: there is a newer thing to build: files that all end with $number, the last one after $size bytes.
offer() {
        local name source=$BATS_TEST_TMPDIR/source
        number=$(printf %08d $((10#$number + 1)))
        mkdir -p "$source/addons"
        for name in a b c d; do printf '\x34\x12\xaa\x55\x01\0\0\0%s' "$number" >"$source/addons/$name.vpk"; done
        { head -c 8 "$source/addons/a.vpk"; head -c "$size" /dev/urandom; echo -n "$number"; } >"$source/addons/d.vpk"
        case $1 in
                script) l4d2ctl overlay script o - <<-END ;;
			#!/bin/bash -e
			mkdir -p "\$OVERLAY/left4dead2/addons"
			cd "\$OVERLAY/left4dead2/addons"
			echo -n $number >a.vpk
			for name in b c; do echo -n $number >"\$TMPDIR/\$name"; mv "\$TMPDIR/\$name" \$name.vpk; done
			{ head -c $size /dev/urandom; echo -n $number; } >d.vpk
		END
                unpack) tar -C "$source" -cf "$BATS_TEST_TMPDIR/$number.tar" addons ;;
                release)
                        tar -C "$source" -cf "$releases/files/$number.tar" addons
                        l4d2ctl overlay define o "url=$(<"$releases/url")/files/$number.tar"
                        ;;
                workshop)
                        cp "$source"/addons/* "$world/files"
                        python3 - "$number" "$(stat -c %s "$source/addons/d.vpk")" >"$world/world.new" <<-'END'
				import json, sys
				time, size = map(int, sys.argv[1:])
				print(json.dumps({"collections": {}, "items": {str(11 + i): {"file": f"{name}.vpk", "mode": "ok", "title": name,
				    "file_size": size if name == "d" else 16, "time_updated": 1700000000 + time} for i, name in enumerate("abcd")}}))
			END
                        mv "$world/world.new" "$world/world.json"
                        ;;
        esac
}

# make KIND: an overlay of this kind, with a version.
make() {
        local definition=(kind="$1")
        rm -rf "$state"/overlays/*
        l4d2ctl overlay create o
        [[ $1 != release ]] || definition+=("url=https://example.org/a.tar")
        [[ $1 != workshop ]] || definition+=(items=11 items=12 items=13 items=14)
        [[ $1 == unpack ]] || l4d2ctl overlay define o "${definition[@]}"
        offer "$1"
        builds "$1"
}

# build KIND: as l4d2ctl says it.
build() {
        # Without the time of the last question to the Workshop, for which a build would wait.
        [[ ! -e $cache/.lock ]] || : >"$cache/.lock"
        case $1 in
                unpack) l4d2ctl overlay put o . "$BATS_TEST_TMPDIR/$number.tar" --unpack ;;
                install) l4d2ctl install ;;
                *) l4d2ctl overlay build o ;;
        esac >"$BATS_TEST_TMPDIR/said" 2>&1
}
builds() { build "$1" || { cat "$BATS_TEST_TMPDIR/said"; return 1; }; }

log() {
        local unit=left4me-$1@o.service
        [[ $1 != install ]] || unit=left4me-install.service
        journalctl --sync
        journalctl -o cat --invocation=0 -u "$unit"
}

# number_of VERSION: the number in its files; it has all of them, and of one build only.
number_of() {
        local file
        for file in "$1"/left4dead2/addons/*.vpk; do tail -c 8 "$file"; echo; done | sort | uniq -c |
                awk '{ count = $1; n = $2 } END { if (NR != 1 || count != 4) exit 1; print n }'
}

# content KIND: the number of the current version, when all versions are whole.
content() {
        local version
        for version in "$state"/overlays/o/versions/*; do
                number_of "$version" >/dev/null || { echo "$version is not whole" >&2; return 1; }
        done
        number_of "$state/overlays/o/current"
}

nothing_is_left() {
        local path
        for path in jobs/o/{stage,running,tmp}; do
                [ ! -e "$state/$path" ] || { echo "$path is left"; return 1; }
        done
        [ -z "$(ls -A "$uploads")" ]
        [ -z "$(ls -A "$state/overlays/o/staging")" ]
        [ -z "$(find "$state"/overlays/o "$state"/jobs/o -name '.#*')" ]
}

nothing_runs() {
        run -1 pgrep -u left4me-build
        flock -n "$state/overlays/o/staging" true
        flock -n "$state/jobs/o" true
        [[ ! -e $cache/.lock ]] || flock -n "$cache/.lock" true
}

# points KIND STEP N PART PARTS: N of the system calls of this step of a build, evenly: "CALL WHEN". Each of the PARTS has
# others, because kinds share most of their steps.
points() {
        systemctl set-environment "KILLED_AT=$2 list"
        offer "$1"
        builds "$1"
        systemctl unset-environment KILLED_AT
        # The dynamic loader opens libraries.
        log "$1" | sed -nE 's/^([0-9]+) +([a-z_0-9]+)\((AT_FDCWD, )?("[^"]*")?.*/\1 \2 \4/p' | awk -v wanted="$3" -v part="$4" -v parts="$5" '
                # strace itself starts the step by it, and does not count it.
                $2 == "execve" && !started++ { next }
                { when = ++count[$1, $2] }
                $2 != "openat" || $3 !~ /^"\/(etc|usr|lib|proc)/ { points[n++] = $2 " " when }
                END { for (i = 0; i < wanted && i < n; i++) print points[int((i + (part + 0.5) / parts) * n / (wanted < n ? wanted : n))] }'
}

# The property of a unit that has each step.
declare -gA commands=([begin]=ExecStartPre [run]=ExecStart [commit]=ExecStartPost [end]=ExecStopPost)

# has_failed KIND STEP: it was this step that failed in the last build, which is what a killed process of it does.
has_failed() {
        local status
        status=$(property "left4me-$1@o.service" "${commands[$2]}")
        echo "$status"
        [[ $status == *' code='* && $status != *'code=exited ; status=0'* && $status != *'code=(null)'* ]]
}

# survives STEP N KIND…: builds are killed at N system calls of this step, for each kind at one of them at least.
survives() {
        local step=$1 n=$2 kind point before part=0 total=0 points hit
        shift 2
        for kind; do
                make "$kind"
                mapfile -t points < <(points "$kind" "$step" "$n" "$part" "$#")
                part=$((part + 1))
                ((${#points[@]} == n))
                hit=()
                for point in "${points[@]}"; do
                        echo "$kind: $step $point"
                        before=$(content)
                        offer "$kind"
                        systemctl set-environment "KILLED_AT=$step $point"
                        if build "$kind"; then
                                before=$number
                        else
                                has_failed "$kind" "$step"
                                hit+=("$point")
                        fi
                        systemctl unset-environment KILLED_AT
                        [[ $(content) == @("$before"|"$number") ]]
                        [[ $step == @(commit|end) || $(content) == "$before" ]]
                        nothing_runs
                        offer "$kind"
                        builds "$kind"
                        [ "$(content)" = "$number" ]
                        nothing_is_left
                        [ ! -e "$state/overlays/o/request" ]
                done
                printf -v point '%s, ' "${hit[@]}"
                echo "# $kind: $step killed at ${#hit[@]} of $n points: ${point%, }" >&3
                ((${#hit[@]} > 0))
                total=$((total + ${#hit[@]}))
        done
        # The order of its processes can differ.
        ((total * 2 > n * $#))
}

@test "left4me-layer begin killed at its system calls changes nothing" {
        survives begin 4 "${kinds[@]}"
}

@test "a producer killed at its system calls changes nothing" {
        survives run 5 "${kinds[@]}"
}

@test "left4me-layer commit killed at its system calls publishes a whole version or none" {
        survives commit 6 "${kinds[@]}"
}

@test "left4me-layer end killed at its system calls leaves nothing that the next job does not remove" {
        survives end 3 "${kinds[@]}"
}

# waits STEP: how often this step of a Workshop build waits for the disk.
waits() {
        systemctl set-environment "KILLED_AT=$1 list"
        builds workshop
        systemctl unset-environment KILLED_AT
        log workshop | grep -cE '^[0-9]+ +(fsync|syncfs)\(' || true
}

@test "a Workshop build waits for the disk for its report and a new version only" {
        make workshop
        [ "$(waits begin)" = 0 ]
        # The file and its directory.
        [ "$(waits run)" = 2 ]
        [ "$(waits commit)" = 0 ]
        [ "$(waits end)" = 0 ]
        offer workshop
        (($(waits commit) > 0))
        [ "$(content)" = "$number" ]
}

processes() { cat "/sys/fs/cgroup$(property left4me-script@o.service ControlGroup)/cgroup.procs"; }

@test "kill -9 of any process of a script at any moment changes nothing" {
        local n pids before
        make script
        before=$(content)
        for n in 0 1 2 3 4 5; do
                l4d2ctl overlay script o - <<-END
			#!/bin/bash -e
			for i in 0 1 2 3 4 5; do
			        echo half >"\$OVERLAY/left4dead2/addons/\$i.vpk"
			        ((i < $n)) || { sleep infinity & touch "\$LEFT4ME_OUT/here"; wait "\$!"; }
			done
		END
                systemctl start --no-block left4me-script@o.service
                wait_until test -e "$state/jobs/o/out/here"
                # It, bash and sleep; touch ends a moment later.
                wait_until eval 'mapfile -t pids < <(processes) && ((${#pids[@]} == 3))'
                kill -KILL "${pids[n % 3]}"
                wait_until eval '[[ $(property left4me-script@o.service ActiveState) == failed ]]'
                [ "$(content)" = "$before" ]
                nothing_runs
                nothing_is_left
        done
        offer script
        builds script
        [ "$(content)" = "$number" ]
        nothing_is_left
}

# checksum: of the game's current version.
checksum() { (cd "$state/installation/current/" && find . -type f -exec sha256sum {} + | sort | sha256sum); }

@test "steamcmd and left4me-install killed at their system calls publish nothing half" {
        local step point was points killed=0
        rm -rf "${state:?}"/installation/* /var/lib/left4me-build/steamcmd-*
        echo in-place >/var/lib/left4me-build/steamcmd-behaviour
        for step in run end; do
                builds install
                mapfile -t points < <(points install "$step" 6 0 1)
                ((${#points[@]} == 6))
                for point in "${points[@]}"; do
                        echo "$step $point"
                        was=$(checksum)
                        systemctl set-environment "KILLED_AT=$step $point"
                        if ! build install; then
                                killed=$((killed + 1))
                                [[ $step == end || $(checksum) == "$was" ]]
                        fi
                        systemctl unset-environment KILLED_AT
                        run -1 pgrep -u left4me-build
                        cmp "$standin/srcds_linux" "$state/installation/current/srcds_linux"
                        was=$(checksum)
                        builds install
                        [ "$(checksum)" != "$was" ]
                        cmp "$standin/srcds_linux" "$state/installation/current/srcds_linux"
                        [ -z "$(ls -A "$state/installation/staging")" ]
                done
        done
        echo "# killed at $killed of 12 points" >&3
        ((killed > 6))
}

# --- full disks -------------------------------------------------------------------------------------

# small_disk: the state on a disk of its own.
small_disk() {
        mount -t tmpfs -o size=200M,nr_inodes=100000,mode=755 small "$state"
        systemd-tmpfiles --create left4me.conf
}

# leaves inodes|bytes N: the disk has no more than this free.
leaves() {
        rm -f "$state/filler"
        mount -o remount,nr_inodes=100000 "$state"
        case $1 in
                inodes) mount -o "remount,nr_inodes=$(($(find "$state" | wc -l) + $2))" "$state" ;;
                bytes) fallocate -l "$(($(stat -f -c '%a * %S' "$state") - $2))" "$state/filler" ;;
        esac
}

# grows KIND inodes|bytes N…: fails for want of space, and succeeds once there is enough.
grows() {
        local kind=$1 what=$2 n before
        shift 2
        small_disk
        make "$kind"
        before=$(content)
        size=${size_then:-16}
        offer "$kind"
        for n; do
                echo "$kind: $n $what"
                leaves "$what" "$n"
                ! build "$kind" || break
                cat "$BATS_TEST_TMPDIR/said"
                grep -E 'No space left on device|too little of the disk|MB are (needed|free)|the disk has less than' "$BATS_TEST_TMPDIR/said"
                [ "$(content)" = "$before" ]
                nothing_runs
                nothing_is_left
        done
        echo "# $kind: enough are $n $what" >&3
        [ "$(content)" = "$number" ]
        nothing_is_left
        umount "$state"
}

@test "jobs on a disk that can hold no more files say so, and change nothing" {
        for kind in "${kinds[@]}"; do
                grows "$kind" inodes 0 1 2 4 6 8 10 13 16 20 30 50
        done
}

@test "jobs on a disk with too few bytes say so, and change nothing" {
        local size_then=20000000
        for kind in "${kinds[@]}"; do
                grows "$kind" bytes 0 4000000 15000000 22000000 35000000 44000000 80000000
        done
}
