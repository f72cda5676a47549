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

setup_file() {
        # shellcheck source=common.bash
        . "$BATS_TEST_DIRNAME/common.bash"
        install_game

        # The server keeps data and what it writes in one directory: one that may be written.
        local overlay
        overlay=$(make_overlay witness)
        mkdir -p "$overlay/left4dead2/logs/maps"
        install -m 0755 /usr/lib/ioquake3/ioq3ded "$overlay/srcds_linux"
        install -m 0644 /usr/lib/ioquake3/baseq3/qagamex86_64.so "$overlay/left4dead2/logs"
        install -m 0644 "$witness_files/maps/aggressor.bsp" "$overlay/left4dead2/logs/maps"
        echo '// nothing to bind' >"$overlay/left4dead2/logs/default.cfg"

        make_instance witness 27015 'overlays: [witness]' 'arguments:' \
                "  - '+set'" "  - 'dedicated'" "  - '1'" \
                "  - '+set'" "  - 'com_standalone'" "  - '1'" \
                "  - '+set'" "  - 'com_basegame'" "  - 'logs'" \
                "  - '+set'" "  - 'fs_basepath'" "  - 'left4dead2'" \
                "  - '+set'" "  - 'fs_homepath'" "  - 'left4dead2'" \
                "  - '+set'" "  - 'net_port'" "  - '27015'" \
                "  - '+set'" "  - 'vm_game'" "  - '0'" \
                "  - '+set'" "  - 'sv_pure'" "  - '0'" \
                "  - '+set'" "  - 'bot_enable'" "  - '0'" \
                "  - '+set'" "  - 'logfile'" "  - '2'" \
                "  - '+set'" "  - 'g_log'" "  - 'games.log'" "  - '+set'" "  - 'g_logSync'" "  - '1'" \
                "  - '+set'" "  - 'sv_hostname'" "  - 'The witness'" \
                "  - '+map'" "  - 'aggressor'"
        l4d2ctl start witness
}

setup() { mark_log; }

# ask TYPE PORT: what qstat says of the server, fields divided by |. It asks again by itself.
ask() { quakestat -raw '|' -retry 10 "-$1" "127.0.0.1:$2"; }
answers() { [[ $(ask q3s 27015) == 'Q3S|127.0.0.1:27015|The witness|aggressor|8|0|'* ]]; }
writable=$state/runtime/witness/merged/left4dead2/logs

@test "it starts, as the game's unit, and an independent client is answered" {
        [[ $(readlink "/proc/$(main_pid witness)/exe") == */srcds_linux ]]
        cmp "/proc/$(main_pid witness)/exe" /usr/lib/ioquake3/ioq3ded
        wait_until answers
        is_active witness
}

@test "it is under all protections that the audit knows" {
        # A container's kernel has no controller for some limits.
        run l4d2ctl audit witness
        echo "$output"
        local controls
        controls=$(sed -n '/^CONTROL /,/^$/p' <<<"$output" | sed '1d;/^$/d')
        (($(grep -c ' effective ' <<<"$controls") > 30))
        ! grep -vE ' (effective|unsupported) ' <<<"$controls"
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
        # Its way to end by a signal is to exit with status 1, after its shutdown.
        l4d2ctl stop witness || true
        [[ $(property "$(unit witness)" ExecMainCode) == 1 ]]
        [[ $(property "$(unit witness)" ExecMainStatus) == 1 ]]
        in_log witness 'Server Shutdown (Received signal 2)'
        grep -q ShutdownGame "$state/runtime/witness/upper/left4dead2/logs/games.log"
        l4d2ctl start witness
        wait_until answers
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
