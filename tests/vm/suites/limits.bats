#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Limits that need the controllers of control groups, which the container's kernel does not offer, and what
# else a server can use up. Each is tried by a process in the place of the game server, and tried again
# without the directive, to see that it is what held.

load vm

# All servers are made at once and started when their test comes, which saves many daemon reloads.
setup_file() {
        load vm
        install_game
        install_exhaust

        spec neighbour
        user memory memory 320 'resources: {memory_max: 128M}'
        user memory-free memory 320 'resources: {memory_max: 128M}'
        without memory-free MemoryMax=infinity
        user high memory 160 'resources: {memory_high: 96M, memory_max: 512M}'
        user high-free memory 160 'resources: {memory_high: 96M, memory_max: 512M}'
        without high-free MemoryHigh=infinity
        user shm /dev/shm/fill 512
        user home /var/lib/left4me-game/fill 512
        user tmp /tmp/fill 512 'resources: {memory_max: 96M}'

        user bomb processes 400 'resources: {tasks_max: 64}'
        user full processes 400 'resources: {tasks_max: 64}'
        user bomb-plain processes 400
        user bomb-free processes 400
        without bomb-free TasksMax=infinity

        user burner cpu 2
        spec pinned "resources: {cpus: '1'}"

        user opener files 70000
        user opener-free files 70000
        without opener-free LimitNOFILE=100000

        spec flood "arguments: ['+standin_flood', '$flood_lines']" 'rcon_password: flood-password'
        without flood LogRateLimitBurst=100
        spec flood-free "arguments: ['+standin_flood', '$flood_lines']"
        without flood-free LogRateLimitIntervalSec=0
        small_journal

        user filler left4dead2/logs/fill 8192
        user filler-reserved left4dead2/logs/fill 8192
        systemctl daemon-reload
        [ ! -s /run/left4me/generator.errors ]
}

teardown() {
        systemctl stop 'left4me-server@*.service' job.service service.service 2>/dev/null || true
}

# --- the machine ----------------------------------------------------------------------------------

@test "the controllers are there" {
        for controller in cpu cpuset io memory pids; do
                grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers
        done
        [ "$(nproc)" = 2 ]
}

# --- memory -----------------------------------------------------------------------------------------

@test "MemoryMax: a server that eats memory is ended, its neighbour is not" {
        start neighbour
        pid=$(main_pid neighbour)

        start memory
        [ "$(property left4me-server@memory.service MemoryMax)" = $((128 << 20)) ]
        wait_until in_log memory "Failed with result 'oom-kill'"
        systemctl stop left4me-server@memory
        had=$(exhausted memory memory)
        echo "# had $had MiB"
        [ "${had%% *}" -lt 128 ]
        [ "$(main_pid neighbour)" = "$pid" ]
}

@test "MemoryMax: without it the same server gets the memory" {
        start memory-free
        wait_until is_exhausted memory-free memory "done"
}

@test "MemoryMax: a server without resources: in its spec has the unit's" {
        start neighbour
        [ "$(cgroup_file left4me-server@neighbour.service memory.max)" = $((4 << 30)) ]
}

slowed_down() { (($(number_in "left4me-server@$1.service" memory.events high) > 0)); }

@test "MemoryHigh: a server above it is slowed down, not ended" {
        start high
        [ "$(cgroup_file left4me-server@high.service memory.high)" = $((96 << 20)) ]
        wait_until slowed_down high
        is_active high
        [ "$(number_in left4me-server@high.service memory.events oom_kill)" = 0 ]
}

@test "MemoryHigh: without it the same server is not" {
        start high-free
        wait_until is_exhausted high-free memory "done"
        ! slowed_down high-free
}

@test "/dev/shm and the home of a server are bounded" {
        start shm home
        wait_until is_exhausted shm /dev/shm/fill ENOSPC
        wait_until is_exhausted home /var/lib/left4me-game/fill ENOSPC
        shm=$(exhausted shm /dev/shm/fill) home=$(exhausted home /var/lib/left4me-game/fill)
        echo "# /dev/shm $shm, home $home"
        [ "${shm%% *}" -le 64 ]
        [ "${home%% *}" -le 16 ]
}

@test "files in /tmp count as the server's memory, so MemoryMax bounds them" {
        start tmp
        wait_until in_log tmp "Failed with result 'oom-kill'"
}

# --- tasks ------------------------------------------------------------------------------------------

@test "TasksMax: a fork bomb is stopped, and stays one server's affair" {
        start neighbour bomb
        wait_until is_exhausted bomb processes EAGAIN
        had=$(exhausted bomb processes)
        echo "# had $had"
        [ "${had%% *}" -lt 64 ]
        [ "$(cgroup_file left4me-server@bomb.service pids.max)" = 64 ]
        [ "$(number_in left4me-server@bomb.service pids.events max)" -gt 0 ]
        is_active neighbour
        systemctl stop left4me-server@bomb
        # Where all tasks are used up, systemd can't start the unit's last command, and says so.
        [[ "$(property left4me-server@bomb.service Result)" == @(success|resources) ]]
        [ -z "$(property left4me-server@bomb.service ControlGroup)" ]
}

# Its last command can't be started then: systemd goes on with the signals.
@test "TasksMax: l4d2ctl stops a server that has all its tasks" {
        local unit=left4me-server@full.service
        start full
        wait_until is_exhausted full processes EAGAIN
        [ "$(cgroup_file $unit pids.current)" = 64 ]
        run -0 l4d2ctl stop full
        echo "$output"
        [ -z "$(property $unit ControlGroup)" ]
        [ "$(property $unit MainPID)" = 0 ]
        [ "$(property $unit ActiveState) $(property $unit Result)" = 'failed resources' ]
        # It starts again as any other.
        l4d2ctl start full --no-wait
        wait_until is_exhausted full processes EAGAIN
        run -0 l4d2ctl stop full
        [ -z "$(property $unit ControlGroup)" ]
}

@test "TasksMax: a server without resources: in its spec has the unit's, 256" {
        start bomb-plain
        wait_until is_exhausted bomb-plain processes EAGAIN
        had=$(exhausted bomb-plain processes)
        echo "# had $had"
        [ "${had%% *}" -gt 200 ]
        [ "${had%% *}" -lt 256 ]
}

@test "TasksMax: without it the bomb goes off" {
        start bomb-free
        wait_until is_exhausted bomb-free processes "done"
}

# --- jobs -------------------------------------------------------------------------------------------

# The script waits at its end, so that its group can be looked at.
@test "a script has its limits, and its fork bomb is its own affair" {
        local unit=left4me-script@bomb.service out=$state/jobs/bomb/out
        l4d2ctl overlay create bomb
        l4d2ctl overlay define bomb kind=script
        l4d2ctl overlay script bomb - <<-'END'
	#!/bin/bash
	for ((n = 0; n < 600; n++)); do sleep infinity & done 2>"$LEFT4ME_OUT/errors"
	touch "$LEFT4ME_OUT/done"
	sleep infinity
	END
        systemctl start --no-block "$unit"
        wait_until grep -sq 'Resource temporarily unavailable' "$out/errors"
        [ "$(cgroup_file "$unit" pids.max)" = 512 ]
        (($(cgroup_file "$unit" pids.current) > 500))
        [ "$(cgroup_file "$unit" memory.max)" = $((4 << 30)) ]
        [ "$(cgroup_file "$unit" memory.swap.max)" = 0 ]
        [ "$(cgroup_file "$unit" memory.oom.group)" = 1 ]
        [ "$(cgroup_file "$unit" cpu.max)" = '200000 100000' ]
        [ "$(property "$unit" TimeoutStartUSec)" = 1h ]
        run -0 chrt -p "$(property "$unit" MainPID)"
        [[ "$output" == *SCHED_IDLE* ]]
        [ "$(ionice -p "$(property "$unit" MainPID)")" = idle ]
        systemctl stop "$unit"
        [ ! -e "$state/overlays/bomb/current" ]
}

# --- processors -------------------------------------------------------------------------------------

# job COMMAND…: a job of left4me's, among the others.
job() { systemd-run --quiet --unit=job --slice=left4me-build.slice "$@"; }

# share GROUP…: of the processor time of some seconds, how many times more the game's slice gets than all these control
# groups, when all want all. Without asking systemd meanwhile: it waits for the processor, too.
share() {
        local before after
        usage_of_each() { (cd /sys/fs/cgroup && awk '$1 == "usage_usec" { print $2 }' "${@/%//cpu.stat}"); }
        mapfile -t before < <(usage_of_each l4d2.slice/l4d2-game.slice "$@")
        sleep 5
        mapfile -t after < <(usage_of_each l4d2.slice/l4d2-game.slice "$@")
        echo "# game $((after[0] - before[0])) us, $* $((after[1] - before[1])) us" >&3
        echo $(((after[0] - before[0]) / (after[1] - before[1] + 1)))
}

burn='while :; do :; done & while :; do :; done'

@test "CPUWeight: jobs leave the processors to the game; with equal weights they don't" {
        start burner
        job sh -c "$burn"
        [ "$(cgroup_file left4me.slice cpu.idle)" = 1 ]
        wait_until is_exhausted burner cpu begins
        weighed=$(share left4me.slice)
        systemctl set-property --runtime left4me.slice CPUWeight=1000
        same=$(share left4me.slice)
        systemctl set-property --runtime left4me.slice CPUWeight=idle
        # By the weights it would be 333 and 1.
        [ "$weighed" -ge 8 ]
        [ "$same" -le 3 ]
}

@test "CPUWeight: other services leave the processors to the game; with equal weights they don't" {
        start burner
        job sh -c "$burn"
        systemd-run --quiet --unit=service sh -c "$burn"
        [ "$(cgroup_file l4d2.slice cpu.weight)" = 1000 ]
        wait_until is_exhausted burner cpu begins
        weighed=$(share system.slice/service.service)
        systemctl set-property --runtime l4d2.slice CPUWeight=100
        same=$(share system.slice/service.service)
        systemctl set-property --runtime l4d2.slice CPUWeight=1000
        systemctl stop service.service
        # By the weights it would be 10 and 1.
        [ "$weighed" -ge 4 ]
        [ "$same" -le 2 ]
}

@test "IOWeight: the slices' weights are set" {
        start neighbour
        job sleep infinity
        [ "$(cgroup_file l4d2.slice io.weight)" = "default 1000" ]
        [ "$(cgroup_file left4me.slice io.weight)" = "default 10" ]
}

allowed_cpus() { awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$1/status"; }

# system_cpus [CPUS]: gives those to everything but the game; without CPUS, the division is taken back.
system_cpus() {
        local file=/etc/left4me/left4me.conf.d/cpus.conf
        mkdir -p "${file%/*}"
        if (($#)); then
                printf '[cpu]\nsystem_cpus=%s\n' "$1" >"$file"
        else
                rm "$file"
        fi
        systemctl daemon-reload
}

# divided GAME SYSTEM: whether the game has those processors, and everything else these.
divided() {
        local slice
        [[ $(cgroup_file l4d2-game.slice cpuset.cpus.effective) == "$1" ]] || return
        for slice in left4me-build.slice system.slice; do
                [[ $(cgroup_file "$slice" cpuset.cpus.effective) == "$2" ]] || return
        done
        [[ $(allowed_cpus "$(main_pid neighbour)") == "$1" ]] || return
        [[ $(allowed_cpus "$(property job.service MainPID)") == "$2" ]] || return
        [[ $(allowed_cpus "$(property dbus.service MainPID)") == "$2" ]] || return
        # The service manager works for each start and end of a job.
        [[ $(allowed_cpus 1) == "$2" ]]
}

@test "AllowedCPUs: system_cpus= divides the processors between the game and everything else" {
        start neighbour
        pid=$(main_pid neighbour)
        [ "$(allowed_cpus "$pid")" = 0-1 ]

        # systemd 257 applies it to what runs when some unit of these slices is started or stopped next.
        system_cpus 0
        job sleep infinity
        wait_until divided 1 0
        [ "$(main_pid neighbour)" = "$pid" ]
}

@test "AllowedCPUs: taken back, a server has all processors from its next start" {
        start neighbour
        [ "$(allowed_cpus "$(main_pid neighbour)")" = 1 ]
        system_cpus
        # systemd 257 leaves what runs as it is: https://github.com/systemd/systemd/issues/43846
        systemctl restart left4me-server@neighbour
        [ "$(allowed_cpus "$(main_pid neighbour)")" = 0-1 ]
}

@test "AllowedCPUs: a server's own cpus: are its own" {
        start pinned
        [ "$(cgroup_file left4me-server@pinned.service cpuset.cpus.effective)" = 1 ]
        [ "$(allowed_cpus "$(main_pid pinned)")" = 1 ]
}

# --- file descriptors ---------------------------------------------------------------------------------

@test "LimitNOFILE: file descriptors run out for the server alone" {
        start opener
        wait_until is_exhausted opener files EMFILE
        had=$(exhausted opener files)
        echo "# had $had"
        [ "${had%% *}" -le 65536 ]
        # Room for a thousand such servers: the kernel's own bound is far away.
        read -r open _ bound </proc/sys/fs/file-nr
        echo "# $open are open, the kernel has $bound"
        [ "$open" -gt 65000 ]
        [ $((bound / 1000)) -gt "$open" ]
}

@test "LimitNOFILE: without it the same server gets more" {
        start opener-free
        wait_until is_exhausted opener-free files "done"
}

# --- the journal ------------------------------------------------------------------------------------

# The emulated processor writes fewer lines to the journal than the unit allows, 10000 in ten seconds and,
# by systemd's own rule, up to six times as many while the disk has room. So everything is smaller here:
# the burst a hundredth of the unit's, the journal 2 MiB.
flood_lines=5000

# small_journal: what is older is soon pushed out of it by what is newer.
small_journal() {
        mkdir -p /run/systemd/journald.conf.d
        printf '%s\n' '[Journal]' SystemMaxUse=2M SystemMaxFileSize=512K >/run/systemd/journald.conf.d/small.conf
        systemctl restart systemd-journald
        journalctl --quiet --rotate --vacuum-size=1
}

say_before() { systemd-run --quiet --wait --unit="$1" echo 'said before the flood'; }

said_before() {
        journalctl --sync
        journalctl -b -o cat -u "$1" | grep -qx 'said before the flood'
}

@test "LogRateLimitBurst: a flood of lines is cut off, and pushes nobody out of the journal" {
        [ "$(property left4me-server@neighbour.service LogRateLimitBurst)" = 10000 ]
        [ "$(property left4me-server@neighbour.service LogRateLimitIntervalUSec)" = 10s ]

        say_before quiet
        said_before quiet
        start flood
        # The first line after the ten seconds are over brings the message that some were suppressed.
        suppressed() { rcon flood standin_line still here >/dev/null; in_log flood Suppressed; }
        wait_until suppressed
        kept=$(log_of flood | grep -c 'standin: line')
        echo "# kept $kept of $flood_lines lines"
        [ "$kept" -lt $((flood_lines / 2)) ]
        said_before quiet
}

@test "LogRateLimitBurst: without it the same flood gets through, and pushes others out" {
        say_before quiet-too
        said_before quiet-too
        start flood-free
        wait_until in_log flood-free "standin: line $flood_lines of $flood_lines"
        ! said_before quiet-too
}

# --- the disk ---------------------------------------------------------------------------------------

# Nothing in the unit bounds what a server writes to its tree, and the part of an ext4 file system that is kept
# for root doesn't either: overlayfs writes as the user who mounted. That changes when the part is kept for
# another user, since l4d2-overlay@ hasn't the capability that real root has, CAP_SYS_RESOURCE.

# fill_disk NAME
fill_disk() {
        start "$1"
        wait_until is_exhausted "$1" left4dead2/logs/fill ENOSPC
        echo "# had $(exhausted "$1" left4dead2/logs/fill) MiB"
        [ "$(free_mib)" -lt 16 ]
}

free_mib() { df --output=avail -BM "$state" | tail -n 1 | tr -dc 0-9; }

# Stopping, and removing what it wrote, needs no room.
empty_disk() {
        l4d2ctl stop "$1"
        l4d2ctl reset "$1"
        [ "$(free_mib)" -gt 200 ]
}

@test "the disk: a server can fill it; a spec can't be written and stays what it was, reset makes room" {
        cp "$state/instances/neighbour/spec.yaml" /run/spec-before
        start neighbour
        fill_disk filler
        # The rest beyond whole MiB.
        dd if=/dev/zero of="$state/rest" bs=4k status=none || true
        run l4d2ctl set neighbour autostart true
        rm "$state/rest"
        echo "$status: $output"
        [ "$status" -ne 0 ]
        [[ "$output" == *"No space left on device"* ]]
        cmp "$state/instances/neighbour/spec.yaml" /run/spec-before
        is_active neighbour
        empty_disk filler
        l4d2ctl set neighbour autostart true
}

@test "the disk: with ext4's reserve kept for left4me a server can't fill it: specs are written" {
        mount -o remount,resuid="$(id -u left4me)" /
        start neighbour
        fill_disk filler-reserved
        l4d2ctl set neighbour rcon_password another-password
        [ "$(l4d2ctl get neighbour rcon_password)" = another-password ]
        is_active neighbour
        empty_disk filler-reserved
        mount -o remount,resuid=0 /
}
