#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-watch.service with hostile servers: floods, and answers that never end.

load watch

# A flood has its share, others lose no event, and none is in their name; the watcher says each minute how many are
# missing, which is waited for last.
@test "floods, and answers that never end, come byte by byte or are huge cost other servers nothing" {
        local -A modes=([never]=27021 [bytes]=27022 [huge]=27023 [strays]=27024 [nonsense]=27025)
        make_instance 1 27015
        make_instance 2 27016
        start_server 2
        rcon 2 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        be_hostile 1 <<'END'
trap 'exit 0' INT TERM
# Fewer lines than journald would suppress.
for ((i = 0; i < 3000; i++)); do
        printf 'L %(%m/%d/%Y - %H:%M:%S)T: "x%d<%d><STEAM_1:0:%d><>" entered the game\n' -1 "$i" "$i" "$i"
        printf 'L4D2_INSTANCE=2\nLEFT4ME_EVENT=hang\n'
done
printf 'L %(%m/%d/%Y - %H:%M:%S)T: Kick: "x<2><STEAM_1:0:1000><>" was kicked by "Console" (message "")\n' -1
echo flooded
while :; do sleep 1000 & wait; done
END
        systemctl start "$(unit 1)"
        chatter 2 1 30
        wait_until in_log 1 flooded
        rcon 2 standin_chat Zoey the end
        expected='the end' wait_until has_event 2 TEXT
        [ "$(events 2 TEXT | grep -c '^line ')" = 30 ]
        [ "$(n_events 2 hang)" = 0 ]
        (($(n_events 1 join) <= 1010))
        (($(n_events 1 join) >= 900))
        # Other kinds have a reserve.
        [ "$(n_events 1 kick)" = 1 ]

        # Meanwhile others answer RCON in bad ways.
        for mode in "${!modes[@]}"; do
                make_instance "$mode" "${modes[$mode]}" 'rcon_password: hostile-password'
                be_hostile "$mode" <<<'trap "exit 0" INT TERM; while :; do sleep 1000 & wait; done'
        done
        cat >"$BATS_TEST_TMPDIR/evil.py" <<'END'
import socket, struct, sys, threading, time
def packet(i, kind, body): return struct.pack("<iii", len(body) + 10, i, kind) + body + b"\0\0"
def serve(c, mode):
    try:
        data = c.recv(4096)
        if mode == "never": time.sleep(1000)
        i = struct.unpack_from("<i", data, 4)[0]
        c.sendall(packet(i, 0, b"") + packet(i, 2, b""))
        data = c.recv(4096)
        i = struct.unpack_from("<i", data, 4)[0]
        if mode == "bytes":
            for b in packet(i, 0, b"hostname: x\n" * 300): c.sendall(bytes([b])); time.sleep(0.001)
        while mode == "huge": c.sendall(packet(i, 0, b"A" * 4000))
        while mode == "strays": c.sendall(packet(i + 77, 0, b"A" * 4000))
        if mode == "nonsense": c.sendall(b"\xff" * 100000)
        time.sleep(1000)
    except OSError: pass
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", int(sys.argv[2]))); s.listen(100)
while True:
    c, _ = s.accept(); threading.Thread(target=serve, args=(c, sys.argv[1]), daemon=True).start()
END
        for mode in "${!modes[@]}"; do
                python3 "$BATS_TEST_TMPDIR/evil.py" "$mode" "${modes[$mode]}" &
                helpers+=($!)
                wait_until eval 'ss -Hltn "sport = :${modes[$mode]}" | grep -q .'
                systemctl start "$(unit "$mode")"
        done
        for mode in "${!modes[@]}"; do
                wait_until eval '[[ $(live "$mode" rcon_error) == "\"silent\"" || $(live "$mode" rcon_error) == "\"broken\"" ]]' ||
                        { echo "$mode: $(live "$mode" rcon_error)"; false; }
        done
        begin=$(live 2 at_usec)
        cpu=$(awk '{ print $14 + $15 }' "/proc/$(property "$watch" MainPID)/stat")
        wait_until eval '(($(live 2 at_usec) > begin + 8000000))'
        cpu=$(($(awk '{ print $14 + $15 }' "/proc/$(property "$watch" MainPID)/stat") - cpu))
        echo "# $cpu ticks of 10 ms in 8 s, $(awk '/VmRSS/ { print $2 }' "/proc/$(property "$watch" MainPID)/status") KiB" >&3
        ((cpu < 400))
        for mode in "${!modes[@]}"; do
                echo "# $mode: $(live "$mode" rcon_error)" >&3
                [ "$(n_events "$mode" hang)" = 0 ]
        done

        LEFT4ME_WAIT_SECONDS=180 expected=left-out wait_until has_event 1
        (($(awk '/VmRSS/ { print $2 }' "/proc/$(property "$watch" MainPID)/status") < 100000))
        for mode in 1 "${!modes[@]}"; do stop_hostile "$mode"; done
}
