#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The guard against floods of queries, in the table of left4me-rcon-filter.service: bounded floods from another
# network namespace, while others query and join; what is counted, and where that shows.

load common
load web/web

here4=192.0.2.1 flooder4=192.0.2.2 other4=192.0.2.3 player4=192.0.2.4
here6=2001:db8::1 flooder6=2001:db8::2 other6=2001:db8:0:1::3
unit=left4me-rcon-filter.service
helper=/usr/lib/left4me/left4me-rcon-filter
conf=/etc/left4me/left4me.conf.d/guard.conf
packets=$BATS_RUN_TMPDIR/packets

setup_file() {
        install_game
        # The other side of a cable.
        ip netns add client
        ip link add left type veth peer name right netns client
        ip address add "$here4/24" dev left
        ip address add "$here6/48" dev left nodad
        ip link set left up
        for address in "$flooder4" "$other4" "$player4"; do
                ip -n client address add "$address/24" dev right
        done
        for address in "$flooder6" "$other6"; do
                ip -n client address add "$address/48" dev right nodad
        done
        ip -n client link set right up
        ip -n client link set lo up
        # Whole networks of forged senders: their packets leave, no answer comes back.
        ip -n client route add local 198.18.0.0/15 dev lo
        make_instance 1 27015
        l4d2ctl start 1
        info_of 27015
        cat >"$packets" <<'END'
# packets KIND FROM TO PORT COUNT: sends COUNT packets of a kind, as fast as the kernel takes them.
# KIND ask: sends one query at a time and prints how many of COUNT were answered.
# KIND flood: sends queries until it is killed, some thousand a second, which no queue of the kernel is too short for.
import socket, sys, time
kind, source, target, port, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
head = b"\xff\xff\xff\xff"
kinds = {
        "info": head + b"TSource Engine Query\0", "player": head + b"U" + head, "rules": head + b"V" + head,
        "challenge": head + b"W", "ping": head + b"i", "connect": head + b"k\x00\x00\x00\x00", "join": head + b"qconnect0x00000000\0",
        "reserve": head + b"n\0\0\0\0", "other": head + b"z", "header": head, "empty": b"",
        "split11": b"\xfe\xff\xff\xff" + bytes(7), "split12": b"\xfe\xff\xff\xff" + bytes(8),
        "game": b"\x01\0\0\0\x02\0\0\0" + bytes(20), "ask": head + b"TSource Engine Query\0",
}
family = socket.AF_INET6 if ":" in target else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
if source == "forged":
        # One socket a sender: 198.18.0.0/15 is all this namespace's own.
        for n in range(count):
                with socket.socket(family, socket.SOCK_DGRAM) as one:
                        one.bind(("198.%d.%d.%d" % (18 + (n >> 16), n >> 8 & 255, n & 255), 0))
                        one.sendto(kinds[kind], (target, port))
        sys.exit()
if source:
        s.bind((source, 0))
while kind == "flood":
        for n in range(count):
                s.sendto(kinds["info"], (target, port))
        time.sleep(0.001)
if kind != "ask":
        for n in range(count):
                s.sendto(kinds[kind], (target, port))
        sys.exit()
# A single query may be one that is dropped, and is sent again.
s.settimeout(20 if count > 1 else 1)
answers = 0
for n in range(count):
        s.sendto(kinds[kind], (target, port))
        try:
                answers += len(s.recv(4096)) > 5
        except TimeoutError:
                pass
print(answers)
END
        cat >"$BATS_RUN_TMPDIR/receive" <<'END'
# receive PORT FILE: appends a line to FILE for each packet: its first bytes and, of IPv4, its TOS.
import socket, sys
family = socket.AF_INET if len(sys.argv) > 3 else socket.AF_INET6
s = socket.socket(family, socket.SOCK_DGRAM)
if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
s.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
s.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
s.bind(("", int(sys.argv[1])))
with open(sys.argv[2], "w", buffering=1) as out:
        print("ready", file=out)
        while True:
                data, more, _, source = s.recvmsg(4096, 256)
                tos = [value[0] for _, kind, value in more if kind in (socket.IP_TOS, socket.IPV6_TCLASS)]
                print(data[:5].hex() or "empty", len(data), *tos, file=out)
END
}

teardown_file() {
        systemctl stop left4me-server@1.service
        ip link delete left
        ip netns delete client
}

setup() { mkdir -p "${conf%/*}"; }

teardown() {
        [[ -z ${receiver:-} ]] || kill "$receiver" || true
        [[ -z ${flood:-} ]] || kill "$flood" 2>/dev/null || true
        systemctl disable --quiet --now "$unit"
        systemctl reset-failed || true
        rm -f "$conf"
        nft flush ruleset
}

# guard LINE…: the section of the host configuration; then loads the rules.
guard() {
        printf '%s\n' '[guard]' "$@" >"$conf"
        # Not as often as systemd permits.
        systemctl reset-failed "$unit" 2>/dev/null || true
        systemctl restart "$unit"
}

# send KIND FROM TO PORT COUNT
send() { ip netns exec client python3 "$packets" "$@"; }

# receive PORT: what arrives there, in $received. Nothing of the game listens on the port.
receive() {
        received=$BATS_TEST_TMPDIR/received-$1
        python3 "$BATS_RUN_TMPDIR/receive" "$1" "$received" & receiver=$!
        wait_until grep -qsx ready "$received"
}

# arrived PATTERN: how many packets are such, once a last packet that is never dropped is there.
arrived() {
        local before
        before=$(marks)
        send game "$player4" "$here4" "${received##*-}" 1
        wait_until eval '(($(marks) > before))'
        grep -c "^$1" "$received" || true
}
marks() { grep -c '^01000000' "$received" || true; }

# counter NAME: its packets.
counter() {
        l4d2ctl guard --json | python3 -c '
import json, sys
print(*[c["packets"] for c in json.load(sys.stdin)["counters"] if c["name"] == sys.argv[1]])' "$1"
}

@test "the rules are loaded with the filter, pass nft's check, and are exactly these drops" {
        guard
        nft list table inet left4me >/dev/null
        "$helper" print | nft -c -f -
        run -0 nft -s list chain inet left4me guard
        [ "$(grep -c drop <<<"$output")" = 2 ]
        run -0 nft -s list table inet left4me
        # Queries and others of a source, both families each, of a server, split, empty, RCON.
        [ "$(grep -c -e drop -e reject <<<"$output")" = 8 ]
        for values in enabled=no 'queries_per_source=1 queries_per_server=1 packets_per_source=1' \
                'queries_per_source=10000 queries_per_server=10000 packets_per_source=10000' mark_traffic=no; do
                # shellcheck disable=SC2086 # words
                guard $values
                "$helper" print | nft -c -f -
                [ "$("$helper" check)" = same ]
        done
        guard enabled=no
        run -0 nft list table inet left4me
        [[ $output != *udp* && $output == *rcon_refused* ]]
}

@test "a flood of queries from one source is dropped, while another's are answered and players join" {
        guard
        [ "$(send ask "$other4" "$here4" 27015 5)" = 5 ]
        send info "$flooder4" "$here4" 27015 2000 & flood=$!
        [ "$(send ask "$other4" "$here4" 27015 5)" = 5 ]
        wait "$flood"
        dropped=$(counter queries-of-source)
        echo "dropped $dropped"
        # On a machine of any speed 30 pass at once and 10 a second; the flood takes less than a minute.
        ((dropped > 1400 && dropped < 2000))
        [ "$(counter queries-of-server)" = 0 ]
        [ "$(counter others-of-source)" = 0 ]
        is_active 1

        # The flooder is limited, not banned.
        wait_until eval '[[ $(send ask "$flooder4" "$here4" 27015 1) = 1 ]]'
}

@test "players connect, join and play while the flood of another goes on" {
        local is_dropped='(($(counter queries-of-source) > dropped))' dropped=1000

        receive 27016
        guard
        ip netns exec client python3 "$packets" flood "$flooder4" "$here4" 27016 20 & flood=$!
        wait_until eval "$is_dropped"
        for kind in connect join game; do send "$kind" "$player4" "$here4" 27016 300; done
        # It still runs.
        dropped=$(counter queries-of-source)
        wait_until eval "$is_dropped"
        [ "$(arrived ffffffff6b)" = 300 ]
        [ "$(arrived ffffffff71)" = 300 ]
        # With the last one of each look.
        [ "$(marks)" = 302 ]
        kill "$flood"
}

@test "each kind of query is limited, and no packet of a join ever is" {
        receive 27016
        guard
        for kind in info player rules challenge ping; do send "$kind" "$flooder4" "$here4" 27016 200; done
        # All are in one budget.
        n=$(arrived 'ffffffff\(54\|55\|56\|57\|69\)')
        echo "queries: $n"
        ((n >= 30 && n < 700))
        # From the flooder, from others, and each of them: also as a flood.
        for kind in connect join reserve; do
                for source in "$flooder4" "$other4" "$player4"; do send "$kind" "$source" "$here4" 27016 500; done
        done
        for first in 6b 71 6e; do
                [ "$(arrived "ffffffff$first")" = 1500 ] || { arrived "ffffffff$first"; false; }
        done
        # Packets of connections are nothing to it.
        send split12 "$player4" "$here4" 27016 1000
        [ "$(arrived feffffff00)" = 1000 ]
}

@test "other packets outside of a connection have a limit of their own" {
        receive 27016
        guard packets_per_source=20
        send other "$flooder4" "$here4" 27016 1000
        n=$(arrived ffffffff7a)
        ((n >= 60 && n < 600)) || { echo "$n"; false; }
        ((n + $(counter others-of-source) == 1000))
        send other "$other4" "$here4" 27016 60
        [ "$(arrived ffffffff7a)" = $((n + 60)) ]
        [ "$(counter queries-of-source)" = 0 ]
}

@test "empty packets and parts shorter than their header are dropped and counted, longer ones pass" {
        receive 27016
        guard
        send empty "$flooder4" "$here4" 27016 100
        send split11 "$flooder4" "$here4" 27016 100
        send split12 "$flooder4" "$here4" 27016 100
        # Too short to be of a kind.
        send header "$flooder4" "$here4" 27016 10
        [ "$(arrived empty)" = 0 ]
        [ "$(arrived 'feffffff00 11')" = 0 ]
        [ "$(arrived 'feffffff00 12')" = 100 ]
        [ "$(arrived 'ffffffff 4')" = 10 ]
        [ "$(counter empty)" = 100 ]
        [ "$(counter split)" = 100 ]
}

@test "without the guard all of that arrives" {
        receive 27016
        guard enabled=no
        for kind in empty split11; do send "$kind" "$flooder4" "$here4" 27016 100; done
        send info "$flooder4" "$here4" 27016 1000
        [ "$(arrived ffffffff54)" = 1000 ]
        [ "$(arrived empty)" = 100 ]
        [ "$(arrived 'feffffff00 11')" = 100 ]
}

@test "IPv6: a customer's network is one source, another's is not" {
        receive 27016
        guard
        send info "$flooder6" "$here6" 27016 1000
        n=$(arrived ffffffff54)
        ((n >= 30 && n < 600)) || { echo "$n"; false; }
        # A neighbour in the same /64 shares the limit, which is used up.
        ip -n client address add 2001:db8::99/48 dev right nodad
        send info "$flooder6" "$here6" 27016 500
        before=$(counter queries-of-source)
        send info 2001:db8::99 "$here6" 27016 100
        (($(counter queries-of-source) > before))
        passed=$(arrived ffffffff54)
        send info "$other6" "$here6" 27016 30
        (($(arrived ffffffff54) >= passed + 30))
        send connect "$flooder6" "$here6" 27016 300
        [ "$(arrived ffffffff6b)" = 300 ]
        send empty "$flooder6" "$here6" 27016 50
        send split11 "$flooder6" "$here6" 27016 50
        [ "$(counter empty)" = 50 ]
        [ "$(counter split)" = 50 ]
        ip -n client address del 2001:db8::99/48 dev right
}

@test "forged senders: a limit for the server remains, a full table stops no player" {
        receive 27016
        guard
        # More than the table holds at a time.
        send info forged "$here4" 27016 40000
        n=$(nft -j list set inet left4me queries4 | python3 -c '
import json, sys
print(sum(len(o["set"].get("elem", [])) for o in json.load(sys.stdin)["nftables"] if "set" in o))')
        echo "sources in the table: $n"
        ((n <= 32768))
        dropped=$(counter queries-of-server)
        echo "dropped for the server: $dropped"
        ((dropped > 10000))
        # No sender of these was over its own rate.
        [ "$(counter queries-of-source)" = 0 ]
        # A table with room for nothing more, which is what the kernel makes of a small one.
        "$helper" print | sed 's/size 32768/size 4/' | nft -f -
        for sender in {1..9}; do
                ip netns exec client python3 "$packets" info "198.18.9.$sender" "$here4" 27016 3
        done
        send connect "$player4" "$here4" 27016 500
        send join "$player4" "$here4" 27016 500
        [ "$(arrived ffffffff6b)" = 500 ]
        [ "$(arrived ffffffff71)" = 500 ]
        # Queries that can't be counted by sender still pass, up to the rate of the server.
        before=$(arrived ffffffff54)
        send info "$other4" "$here4" 27016 100
        (($(arrived ffffffff54) > before))
}

@test "this host's own queries are never limited, by whatever address" {
        guard queries_per_source=1 queries_per_server=1
        for address in 127.0.0.1 "$here4"; do
                [ "$(python3 "$packets" ask '' "$address" 27015 40)" = 40 ]
        done
        [ "$(counter queries-of-source)" = 0 ]
        run -0 rcon 1 status
}

@test "the ports are those of the servers, started later as well; other programs are left alone" {
        guard queries_per_source=1
        make_instance 2 27020
        l4d2ctl start 2
        info_of 27020
        send info "$flooder4" "$here4" 27020 200
        (($(counter queries-of-source) >= 100))
        receive 9999
        send info "$flooder4" "$here4" 9999 200
        send empty "$flooder4" "$here4" 9999 200
        [ "$(arrived ffffffff54)" = 200 ]
        [ "$(arrived empty)" = 200 ]
        systemctl stop left4me-server@2.service
        l4d2ctl delete 2
}

@test "packets of a game are marked as urgent, those of other users are not" {
        guard
        cat >"$BATS_TEST_TMPDIR/tos" <<'END'
# tos TO PORT [FROM]: asks the game and prints the TOS of the answer.
import socket, sys
six = ":" in sys.argv[1]
s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(60)
if six:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
else:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
s.sendto(b"\xff\xff\xff\xffTSource Engine Query\0", (sys.argv[1], int(sys.argv[2])))
_, more, _, _ = s.recvmsg(4096, 256)
print(*[value[0] for _, _, value in more])
END
        # The queues of this host look at the priority, after all that sets it.
        run -0 nft list table inet left4me
        [[ $output == *'meta priority set 0:6'* ]]
        nft -f - <<'END'
table inet queues {
        chain leaving {
                type filter hook postrouting priority 300
                meta priority 0:6 udp sport 27015 counter
        }
}
END
        # EF, 46, in the upper six bits.
        [ "$(ip netns exec client python3 "$BATS_TEST_TMPDIR/tos" "$here4" 27015)" = 184 ]
        run -0 nft list table inet queues
        [[ $output == *'packets '[1-9]* ]]
        # An answer of another user's program, from a port of the range.
        echo_server='
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::", 27016))
print("ready", flush=True)
while True:
        data, sender = s.recvfrom(4096)
        s.sendto(data, sender)'
        coproc listening { exec setpriv --reuid left4me-game --clear-groups python3 -c "$echo_server"; }
        # shellcheck disable=SC2154 # coproc sets it
        receiver=$listening_PID
        read -r _ <&"${listening[0]}"
        [ "$(ip netns exec client python3 "$BATS_TEST_TMPDIR/tos" "$here6" 27016)" = 184 ]
        kill "$receiver"
        wait "$receiver" || true
        coproc listening { exec setpriv --reuid left4me --clear-groups python3 -c "$echo_server"; }
        receiver=$listening_PID
        read -r _ <&"${listening[0]}"
        [ "$(ip netns exec client python3 "$BATS_TEST_TMPDIR/tos" "$here6" 27016)" = 0 ]
        guard mark_traffic=no
        [ "$(ip netns exec client python3 "$BATS_TEST_TMPDIR/tos" "$here4" 27015)" = 0 ]
}

# guard_finding FIELD: of doctor's finding.
guard_finding() {
        { l4d2ctl doctor --json || true; } | python3 -c '
import json, sys
print(*[f[sys.argv[1]] for f in json.load(sys.stdin) if f["check"] == "guard"])' "$1"
}

@test "doctor tells while nothing limits queries, and its command does" {
        [ "$(guard_finding state)" = warning ]
        [ "$(guard_finding fix)" = "systemctl enable $unit && systemctl restart $unit" ]
        eval "$(guard_finding fix)"
        [ "$(guard_finding state)" = ok ]
        [[ $(guard_finding message) == *'since the rules were loaded: 0 '* ]]
        send empty "$flooder4" "$here4" 27015 7
        [[ $(guard_finding message) == *'since the rules were loaded: 7 '* ]]
        nft flush ruleset
        [ "$(guard_finding state)" = warning ]
        eval "$(guard_finding fix)"
        [ "$(guard_finding state)" = ok ]
        guard enabled=no
        [ "$(guard_finding state)" = ok ]
        [[ $(guard_finding message) == *'not to limit'* ]]

        # The web app's report can't see the rules, and says no more than it knows.
        guard
        systemctl start left4me-report@doctor.service
        grep -q '"check":"guard","state":"unknown"' /run/left4me/reports/doctor.json
        systemctl stop "$unit"
        systemctl start left4me-report@doctor.service
        grep -q '"check":"guard","state":"warning"' /run/left4me/reports/doctor.json
}

# host_guard FILTER: what python makes of the guard on the page of the host, as v.
host_guard() {
        run -0 web chief /api/host
        run -0 python3 -c "import json, sys; v = json.loads(sys.argv[1])[\"guard\"]; print(($1))" "$output"
}

@test "the counters reach the web app's report and page, and nobody else reads them" {
        add_user chief admin
        systemctl start left4me-web.service
        log_in chief >/dev/null
        guard
        send empty "$flooder4" "$here4" 27015 7
        systemctl start left4me-report@guard.service
        diff <(l4d2ctl guard --json) /run/left4me/reports/guard.json
        grep -q '"name":"empty","packets":7,' /run/left4me/reports/guard.json
        host_guard 'sorted((c["text"], c["packets"]) for c in v["counters"] if c["packets"] != "0")'
        [ "$output" = "[('empty packets', '7')]" ]
        run -0 l4d2ctl guard
        [[ $output == *'7 '*'empty packets'* ]]
        run -1 runuser -u nobody -- l4d2ctl guard
        [[ $output == *'run it as root'* ]]
        systemctl stop "$unit"
        run -3 l4d2ctl guard
        [[ $output == *'is not loaded'* ]]
        systemctl start left4me-report@guard.service
        grep -q '"is_loaded":false' /run/left4me/reports/guard.json
        host_guard 'v["is_known"], v["is_loaded"]'
        [ "$output" = '(True, False)' ]
        # Without nft it is a report as well.
        mount --bind /dev/null /usr/sbin/nft
        systemctl start left4me-report@guard.service || failed=yes
        finding=$(guard_finding fix)
        umount /usr/sbin/nft
        [ -z "${failed:-}" ]
        [[ $finding == 'apt install nftables && '* ]]
}

@test "buffers: doctor names what is smaller, its command sets all of the file" {
        local file=/usr/share/left4me/sysctl/60-left4me-udp.conf
        [ -e "$file" ]
        run ! grep -rqs 60-left4me-udp /etc/sysctl.d /usr/lib/sysctl.d
        run -0 sh -c '{ l4d2ctl doctor --json || true; } | python3 -c "
import json, sys
print(*[(f[\"state\"], f[\"fix\"]) for f in json.load(sys.stdin) if f[\"check\"] == \"buffers\"])"'
        echo "$output"
        # The kernel of this host may have them already.
        if (($(</proc/sys/net/core/rmem_max) < 8388608)); then
                [[ $output == *warning*"ln -sf $file /etc/sysctl.d/ && systemctl restart systemd-sysctl.service"* ]]
        fi
        # systemd-sysctl understands each line.
        run -0 /usr/lib/systemd/systemd-sysctl --cat-config
        run -0 grep -cE '^net\.(core|ipv4)\.[a-z_]+ = [0-9]+$' "$file"
        [ "$output" = 7 ]
}
