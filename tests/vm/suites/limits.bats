#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Limits that need the controllers of control groups, which the container's kernel does not offer, and what
# else a server can use up: each is tried by a process in the place of the game server, and where it is not
# clear from the numbers, tried again without the directive, to see that it is what held.

load vm

setup_file() {
        load vm
        install_game
        install_exhaust
}

teardown() {
        rm -f /etc/left4me/left4me.conf.d/*
        no_servers
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
        make_instance neighbour 27016
        systemctl start left4me-server@neighbour
        pid=$(main_pid neighbour)

        exhaust eater 27015 memory 320 'resources: {memory_max: 128M}'
        [ "$(property left4me-server@eater.service MemoryMax)" = $((128 << 20)) ]
        wait_until in_log eater "Failed with result 'oom-kill'"
        systemctl stop left4me-server@eater
        had=$(exhausted eater memory)
        echo "# had $had MiB"
        [ "${had%% *}" -lt 128 ]
        [ "$(main_pid neighbour)" = "$pid" ]
}

@test "MemoryMax: without it the same server gets the memory" {
        make_instance eater 27015 'overlays: [exhaust]' "arguments: [memory, '320']" 'resources: {memory_max: 128M}'
        without eater MemoryMax=infinity
        systemctl start left4me-server@eater
        wait_until is_exhausted eater memory "done"
}

@test "MemoryMax: a server without resources: in its spec has the unit's" {
        make_instance plain 27015
        systemctl start left4me-server@plain
        [ "$(cgroup_file left4me-server@plain.service memory.max)" = $((4 << 30)) ]
}

@test "MemoryHigh: a server above it is slowed down" {
        exhaust eater 27015 memory 160 'resources: {memory_high: 96M, memory_max: 512M}'
        [ "$(cgroup_file left4me-server@eater.service memory.high)" = $((96 << 20)) ]
        slowed_down() { (($(number_in left4me-server@eater.service memory.events high) > 0)); }
        wait_until slowed_down
        is_active eater
        [ "$(number_in left4me-server@eater.service memory.events oom_kill)" = 0 ]
}

@test "files in /tmp, /dev/shm and its home count as the server's memory, and are bounded" {
        for path in /dev/shm/fill:64 /var/lib/left4me-game/fill:16; do
                exhaust filler 27015 "${path%:*}" 512
                wait_until is_exhausted filler "${path%:*}" ENOSPC
                had=$(exhausted filler "${path%:*}")
                echo "# ${path%:*}: $had"
                [ "${had%% *}" -le "${path#*:}" ]
                no_servers
        done
        exhaust filler 27015 /tmp/fill 512 'resources: {memory_max: 96M}'
        wait_until in_log filler "Failed with result 'oom-kill'"
}

# --- tasks ------------------------------------------------------------------------------------------

@test "TasksMax: a fork bomb is stopped, and stays one server's affair" {
        exhaust bomb 27015 processes 400 'resources: {tasks_max: 64}'
        wait_until is_exhausted bomb processes EAGAIN
        had=$(exhausted bomb processes)
        echo "# had $had"
        [ "${had%% *}" -lt 64 ]
        [ "$(cgroup_file left4me-server@bomb.service pids.max)" = 64 ]
        (($(number_in left4me-server@bomb.service pids.events max) > 0))
        systemctl stop left4me-server@bomb
        [ "$(property left4me-server@bomb.service Result)" = success ]
}

@test "TasksMax: the unit's own is 256; without it the bomb goes off" {
        exhaust bomb 27015 processes 400
        wait_until is_exhausted bomb processes EAGAIN
        had=$(exhausted bomb processes)
        [ "${had%% *}" -lt 256 ]
        systemctl stop left4me-server@bomb

        without bomb TasksMax=infinity
        systemctl start left4me-server@bomb
        wait_until is_exhausted bomb processes "done"
}

# --- processors -------------------------------------------------------------------------------------

usage_of() { number_in "$1" cpu.stat usage_usec; }

# share: how many times more processor time the game's slice gets than that of jobs, both wanting all.
share() {
        local game build
        game=$(usage_of l4d2-game.slice) build=$(usage_of l4d2-build.slice)
        sleep 5
        game=$(($(usage_of l4d2-game.slice) - game)) build=$(($(usage_of l4d2-build.slice) - build))
        echo "# game $game us, jobs $build us" >&3
        echo $((game / (build + 1)))
}

@test "CPUWeight: jobs leave the processors to the game" {
        [ "$(systemctl show --value -p CPUWeight l4d2-game.slice)" = 1000 ]
        exhaust game 27015 cpu 2
        systemd-run --quiet --unit=job --slice=l4d2-build.slice sh -c 'while :; do :; done & while :; do :; done'
        [ "$(cgroup_file l4d2-game.slice cpu.weight)" = 1000 ]
        [ "$(cgroup_file l4d2-build.slice cpu.weight)" = 10 ]
        wait_until is_exhausted game cpu begins
        weighed=$(share)
        systemctl set-property --runtime l4d2-build.slice CPUWeight=1000
        same=$(share)
        systemctl revert l4d2-build.slice
        systemctl stop job
        # By the weights it would be 100 and 1.
        [ "$weighed" -ge 10 ]
        [ "$same" -le 3 ]
}

@test "IOWeight: the slices' weights are set" {
        exhaust game 27015 cpu 1
        systemd-run --quiet --unit=job --slice=l4d2-build.slice sleep infinity
        [ "$(cgroup_file l4d2-game.slice io.weight)" = "default 1000" ]
        [ "$(cgroup_file l4d2-build.slice io.weight)" = "default 10" ]
        systemctl stop job
}

@test "AllowedCPUs: system_cpus= divides the processors between the game and everything else" {
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[cpu]\nsystem_cpus=0\n' >/etc/left4me/left4me.conf.d/cpus.conf
        make_instance game 27015
        systemctl start left4me-server@game
        systemd-run --quiet --unit=job --slice=l4d2-build.slice sleep infinity

        [ "$(cgroup_file l4d2-game.slice cpuset.cpus.effective)" = 1 ]
        for slice in system.slice l4d2-build.slice; do
                [ "$(cgroup_file "$slice" cpuset.cpus.effective)" = 0 ]
        done
        [ "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$(main_pid game)/status")" = 1 ]
        [ "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$(property job.service MainPID)/status")" = 0 ]
        [ "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$(property dbus.service MainPID)/status")" = 0 ]

        # Taken back, all have all again.
        rm /etc/left4me/left4me.conf.d/cpus.conf
        systemctl daemon-reload
        [ "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$(main_pid game)/status")" = 0-1 ]
        systemctl stop job
}

@test "AllowedCPUs: a server's own cpus: are its own" {
        make_instance game 27015 "resources: {cpus: '1'}"
        systemctl start left4me-server@game
        [ "$(cgroup_file left4me-server@game.service cpuset.cpus.effective)" = 1 ]
        [ "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$(main_pid game)/status")" = 1 ]
}

# --- what no controller holds -----------------------------------------------------------------------

@test "LimitNOFILE: file descriptors run out for the server alone" {
        exhaust opener 27015 files 100000
        wait_until is_exhausted opener files EMFILE
        had=$(exhausted opener files)
        echo "# had $had"
        [ "${had%% *}" -le 65536 ]
        # Room for a thousand such servers: the kernel's own bound is far away.
        (($(cut -f1 /proc/sys/fs/file-nr) * 1000 < $(cut -f3 /proc/sys/fs/file-nr)))
}

@test "a flood of lines is cut off, and pushes nobody out of the journal" {
        systemd-run --quiet --wait --unit=quiet echo 'said before the flood'
        make_instance flood 27015 "arguments: ['+standin_flood', '150000']"
        systemctl start left4me-server@flood
        wait_until in_log flood 'Suppressed'
        kept=$(journalctl -b -o cat -u left4me-server@flood | wc -l)
        echo "# kept $kept of 150000 lines"
        # systemd multiplies the burst by up to six, depending on how much of the disk is free.
        [ "$kept" -lt 61000 ]
        [ "$(journalctl -b -o cat -u quiet)" != "" ]
        journalctl -b -o cat -u quiet | grep -qx 'said before the flood'
}

@test "a flood of lines gets through without the rate limit" {
        make_instance flood 27015 "arguments: ['+standin_flood', '70000']"
        without flood LogRateLimitIntervalSec=0
        systemctl start left4me-server@flood
        gets_through() { (($(journalctl -b -o cat -u left4me-server@flood | wc -l) > 70000)); }
        wait_until gets_through
}

@test "the disk: a server can fill it but for what is reserved; root still writes, others still run" {
        make_instance neighbour 27016
        systemctl start left4me-server@neighbour
        exhaust filler 27015 left4dead2/logs/fill 8192
        wait_until is_exhausted filler left4dead2/logs/fill ENOSPC
        echo "# had $(exhausted filler left4dead2/logs/fill) MiB"

        # 5 % of an ext4 file system are root's: the control plane and the journal go on.
        l4d2ctl set neighbour port 27020
        [ "$(l4d2ctl get neighbour port)" = 27020 ]
        is_active neighbour
        systemd-run --quiet --wait --unit=still echo 'the journal goes on'
        journalctl --sync
        journalctl -b -o cat -u still | grep -qx 'the journal goes on'

        free=$(df --output=avail -BM / | tail -n 1)
        l4d2ctl stop filler
        l4d2ctl reset filler
        (($(df --output=avail -BM / | tail -n 1 | tr -dc 0-9) > ${free//[!0-9]/} + 200))
}
