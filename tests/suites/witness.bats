#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A witness that was not written for left4me: Debian's ioquake3 server runs in the game's place, in the
# very same unit, and Debian's qstat asks it. It shows that the unit lets a real game server live.
# It shows nothing about the Source engine.
#
# The server speaks the protocol of Quake 3. Its program, its game library and a free map are an overlay
# that hides the game's srcds_linux.

load common

witness_files=/usr/share/left4me-witness

# The VM's boot for i386 programs needs the other one only.
setup_file() {
        install_game
        [[ ${LEFT4ME_ONLY_I386:-} ]] || start_witness witness 27015 /usr/lib/ioquake3/ioq3ded \
                /usr/lib/ioquake3/baseq3/qagamex86_64.so
}

# start_witness NAME PORT PROGRAM LIBRARY: with an overlay of that name.
start_witness() {
        local name=$1 port=$2 program=$3 library=$4 overlay

        # The server keeps data and what it writes in one directory: one that may be written.
        overlay=$(make_overlay "$name")
        mkdir -p "$overlay/left4dead2/logs/maps"
        install -m 0755 "$program" "$overlay/srcds_linux"
        install -m 0644 "$library" "$overlay/left4dead2/logs"
        install -m 0644 "$witness_files/maps/aggressor.bsp" "$overlay/left4dead2/logs/maps"
        echo '// nothing to bind' >"$overlay/left4dead2/logs/default.cfg"

        make_instance "$name" "$port" "overlays: [$name]" 'arguments:' \
                "  - '+set'" "  - 'dedicated'" "  - '1'" \
                "  - '+set'" "  - 'com_standalone'" "  - '1'" \
                "  - '+set'" "  - 'com_basegame'" "  - 'logs'" \
                "  - '+set'" "  - 'fs_basepath'" "  - 'left4dead2'" \
                "  - '+set'" "  - 'fs_homepath'" "  - 'left4dead2'" \
                "  - '+set'" "  - 'net_port'" "  - '$port'" \
                "  - '+set'" "  - 'vm_game'" "  - '0'" \
                "  - '+set'" "  - 'sv_pure'" "  - '0'" \
                "  - '+set'" "  - 'bot_enable'" "  - '0'" \
                "  - '+set'" "  - 'logfile'" "  - '2'" \
                "  - '+set'" "  - 'g_log'" "  - 'games.log'" "  - '+set'" "  - 'g_logSync'" "  - '1'" \
                "  - '+set'" "  - 'sv_hostname'" "  - 'The witness'" \
                "  - '+map'" "  - 'aggressor'"
        l4d2ctl start "$name"
}

setup() { mark_log; }

# ask TYPE PORT: what qstat says of the server, fields divided by |. It asks again by itself.
ask() { quakestat -raw '|' -retry 10 "-$1" "127.0.0.1:$2"; }
# answers [PORT]
answers() { [[ $(ask q3s "${1:-27015}") == "Q3S|127.0.0.1:${1:-27015}|The witness|aggressor|8|0|"* ]]; }
writable=$state/runtime/witness/merged/left4dead2/logs

# runs_as_the_game NAME PORT PROGRAM: and an independent client is answered.
runs_as_the_game() {
        [[ $(readlink "/proc/$(main_pid "$1")/exe") == */srcds_linux ]]
        cmp "/proc/$(main_pid "$1")/exe" "$3"
        wait_until answers "$2"
        is_active "$1"
}

# is_protected NAME: by all protections that l4d2ctl hardening checks.
is_protected() {
        # A container's kernel has no controller for some limits.
        run l4d2ctl hardening "$1"
        echo "$output"
        local controls
        controls=$(sed -n '/^CONTROL /,/^$/p' <<<"$output" | sed '1d;/^$/d')
        (($(grep -c ' effective ' <<<"$controls") > 30))
        ! grep -vE ' (effective|unsupported) ' <<<"$controls"
}

# ends_in_order NAME: its way to end by a signal is to exit with status 1, after its shutdown.
ends_in_order() {
        l4d2ctl stop "$1" || true
        [[ $(property "$(unit "$1")" ExecMainCode) == 1 ]]
        [[ $(property "$(unit "$1")" ExecMainStatus) == 1 ]]
        in_log "$1" 'Server Shutdown (Received signal 2)'
        grep -q ShutdownGame "$state/runtime/$1/upper/left4dead2/logs/games.log"
}

@test "it starts, as the game's unit, and an independent client is answered" {
        runs_as_the_game witness 27015 /usr/lib/ioquake3/ioq3ded
}

@test "it is under all protections that l4d2ctl hardening checks" {
        is_protected witness
}

@test "it writes its files where it may, and nowhere else" {
        wait_until answers
        wait_until test -s "$writable/qconsole.log"
        wait_until grep -q InitGame "$writable/games.log"
        [[ $(stat -c %U "$writable/games.log") == left4me-game ]]
        run -0 find "$state/runtime/witness/upper" -type f -newermt 2000-01-01 -user left4me-game
        while IFS= read -r file; do
                [[ $file == */left4dead2/logs/* ]]
        done <<<"$output"
}

# Resident memory in KiB and open files of the server.
sample() {
        local pid
        pid=$(main_pid witness)
        echo "$(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status") $(find "/proc/$pid/fd" -mindepth 1 | wc -l)"
}

# tests/soak --witness runs this one for longer.
# bats test_tags=soak
@test "it goes on serving, and keeps its process, memory and files" {
        local pid end seconds=10 asked=0 memory files memory_after files_after
        [[ ! -e /etc/left4me-machine/soak-seconds ]] || seconds=$(</etc/left4me-machine/soak-seconds)
        wait_until answers
        pid=$(main_pid witness)
        read -r memory files < <(sample)
        end=$((SECONDS + seconds))
        while ((SECONDS < end)); do
                wait_until answers
                asked=$((asked + 1))
        done
        read -r memory_after files_after < <(sample)
        echo "# $seconds s, asked $asked times, memory $memory to $memory_after KiB, $files to $files_after files" >&3
        ((asked > 0))
        [[ $(main_pid witness) == "$pid" ]]
        [[ $(property "$(unit witness)" NRestarts) == 0 ]]
        ((files_after <= files && memory_after <= memory + 1024))
}

@test "it ends by SIGINT, after it has saved what it knows" {
        ends_in_order witness
        l4d2ctl start witness
        wait_until answers
}

# bats test_tags=i386
@test "its i386 build runs as the game's unit, answers, is protected, writes and ends" {
        needs_i386
        local program=/usr/lib/left4me-witness-i386/ioq3ded
        readelf -h "$program" | grep -qE 'Class: +ELF32'
        start_witness witness-i386 27017 "$program" /usr/lib/left4me-witness-i386/qagamex86.so
        runs_as_the_game witness-i386 27017 "$program"
        is_protected witness-i386
        wait_until grep -q InitGame "$state/runtime/witness-i386/merged/left4dead2/logs/games.log"
        ends_in_order witness-i386
}

@test "the stand-in answers that client too" {
        make_instance standin 27016 'overlays: []' 'config: ["hostname Standing-in"]' \
                'arguments: ["+standin_players", "2", "1"]'
        l4d2ctl start standin
        wait_until in_log standin 'VAC secure mode is activated.'
        run -0 ask a2s 27016
        echo "$output"
        [[ $output == 'A2S|127.0.0.1:27016|Standing-in|c1m1_hotel|8|3|'* ]]
        # Not its rules: of an answer in several packets qstat reads the older engine's form only.
        run -0 quakestat -P -retry 10 -a2s 127.0.0.1:27016
        echo "$output"
        [[ $output == *'Zoey fan'* && $output == *'Coach'* ]]
}
