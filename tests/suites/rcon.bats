#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Access to the servers' RCON: left4me-rcon-filter.service and its table of nftables', tried from another
# network namespace with addresses that are allowed and others that are not.

load common

here4=192.0.2.1 friend4=192.0.2.2 stranger4=192.0.2.3
here6=2001:db8::1 friend6=2001:db8::2 stranger6=2001:db8::3
unit=left4me-rcon-filter.service
helper=/usr/lib/left4me/left4me-rcon-filter
conf=/etc/left4me/left4me.conf.d/rcon.conf

setup_file() {
        install_game
        # The other side of a cable.
        ip netns add client
        ip link add left type veth peer name right netns client
        ip address add "$here4/24" dev left
        ip address add "$here6/64" dev left nodad
        ip link set left up
        for address in "$friend4" "$stranger4"; do
                ip -n client address add "$address/24" dev right
        done
        for address in "$friend6" "$stranger6"; do
                ip -n client address add "$address/64" dev right nodad
        done
        ip -n client link set right up
        ip -n client link set lo up
        cp /etc/nftables.conf "$BATS_FILE_TMPDIR/nftables.conf"
        make_instance 1 27015
        l4d2ctl start 1
}

teardown_file() {
        systemctl stop left4me-server@1.service
        ip link delete left
        ip netns delete client
}

setup() {
        mkdir -p "${conf%/*}"
        ask=$BATS_TEST_TMPDIR/ask
        cat >"$ask" <<'END'
# ask tcp|udp FROM TO PORT: connects, or sends a player's query and waits for the answer.
import socket, sys
kind, source, target, port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
family = socket.AF_INET6 if ":" in target else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
s.settimeout(float(sys.argv[5]) if len(sys.argv) > 5 else 2)
if source:
        s.bind((source, 0))
try:
        s.connect((target, port))
        if kind == "udp":
                s.send(b"\xff\xff\xff\xffTSource Engine Query\0")
                s.recv(4096)
        print("reached")
except TimeoutError:
        print("silence")
except OSError as error:
        print(error.strerror)
END
}

teardown() {
        systemctl disable --quiet --now "$unit"
        systemctl stop nftables.service
        systemctl reset-failed || true
        rm -f "$conf"
        cp "$BATS_FILE_TMPDIR/nftables.conf" /etc/nftables.conf
        nft flush ruleset
        if [[ -e /var/lib/left4me/instances/2 ]]; then
                systemctl stop left4me-server@2.service
                l4d2ctl delete 2
        fi
        [[ -z ${listener:-} ]] || kill "$listener" || true
}

# allow NETWORKS [PORT-RANGE]: the host configuration.
allow() { printf '[server]\nport_range=%s\n[rcon]\nallow=%s\n' "${2:-27015-27114}" "$1" >"$conf"; }

# expect RESULT KIND SOURCE TARGET [PORT]: silence means one second, within which the kernel has answered;
# the answer of a program may take longer.
expect() {
        local result limit=60
        [[ $1 != silence ]] || limit=1
        result=$(ip netns exec client python3 "$ask" "$2" "$3" "$4" "${5:-27015}" "$limit")
        [[ $result == "$1" ]] || { echo "$*: $result"; return 1; }
}

# listens PORT: something over TCP on all addresses, of both families.
listens() {
        coproc listening { exec python3 -c '
import socket, sys
s = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
print(flush=True)
while True:
        s.accept()' "$1"; }
        # shellcheck disable=SC2154 # coproc sets it
        listener=$listening_PID
        read -r _ <&"${listening[0]}"
}

loaded() { nft list table inet left4me >/dev/null 2>&1; }

is_limited() {
        expect reached tcp "$friend4" "$here4"
        expect silence tcp "$stranger4" "$here4"
}

@test "without the filter RCON is open to everybody" {
        run ! systemctl is-enabled "$unit"
        run ! loaded
        expect reached tcp "$friend4" "$here4"
        expect reached tcp "$stranger4" "$here4"
}

@test "one command limits RCON to the configured networks and this host; players come from everywhere" {
        allow "$friend4/32 $friend6"
        systemctl enable --now "$unit"
        is_limited
        expect reached udp "$friend4" "$here4"
        expect reached udp "$stranger4" "$here4"
        # From this host, by whatever address.
        run -0 rcon 1 status
        [ "$(python3 "$ask" tcp '' "$here4" 27015)" = reached ]
        # Other ports are not its business.
        expect 'Connection refused' tcp "$stranger4" "$here4" 27014
        expect 'Connection refused' tcp "$stranger4" "$here4" 27115
        expect silence tcp "$stranger4" "$here4" 27114

        systemctl disable --now "$unit"
        run ! loaded
        expect reached tcp "$stranger4" "$here4"
}

@test "IPv6 as well" {
        listens 27020
        allow "$friend6/128"
        systemctl start "$unit"
        expect reached tcp "$friend6" "$here6" 27020
        expect silence tcp "$stranger6" "$here6" 27020
        expect silence tcp "$friend4" "$here4" 27020
        [ "$(python3 "$ask" tcp '' ::1 27020)" = reached ]
        [ "$(python3 "$ask" tcp '' "$here6" 27020)" = reached ]
}

@test "a fragment of IPv6 is judged by the first of its packet" {
        cat >"$BATS_TEST_TMPDIR/fragments" <<'END'
# fragments FROM TO PORT: asks for a connection in two fragments and says what comes back.
import select, socket, struct, sys, time
source, target = (socket.inet_pton(socket.AF_INET6, a) for a in sys.argv[1:3])
port, data = int(sys.argv[3]), bytes(36)

def segment(checksum):
        return struct.pack("!HHIIBBHHH", 40000, port, 7, 0, 5 << 4, 2, 1024, checksum, 0) + data

pseudo = source + target + struct.pack("!II", 20 + len(data), 6)
total = sum(struct.unpack("!%dH" % ((len(pseudo) + 20 + len(data)) // 2), pseudo + segment(0)))
while total >> 16:
        total = (total & 0xffff) + (total >> 16)
packet = segment(~total & 0xffff)
answers = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_TCP)
raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
for offset, more in (0, 1), (24, 0):
        part = packet[offset:offset + 24] if more else packet[offset:]
        part = struct.pack("!BBHI", 6, 0, offset | more, 12345) + part
        # Some kernels have the IPv6 header where a rule looks for the TCP header of a later fragment: a
        # label for a port and, for flags, the 6th byte of the address, which has SYN.
        label = 0 if more else 27020
        raw.sendto(struct.pack("!IHBB", 6 << 28 | label, len(part), 44, 64) + source + target + part, (sys.argv[2], 0))
end = time.monotonic() + 3
while select.select([answers], [], [], max(0, end - time.monotonic()))[0]:
        got = answers.recv(4096)
        if struct.unpack("!HH", got[:4]) == (port, 40000):
                sys.exit(print("reset" if got[13] & 4 else "reached"))
print("silence")
END
        ip address add 2001:db8:2::1/64 dev left nodad
        ip -n client address add 2001:db8:2::2/64 dev right nodad
        ip -n client address add 2001:db8:2::3/64 dev right nodad
        in_fragments() { ip netns exec client python3 "$BATS_TEST_TMPDIR/fragments" "2001:db8:2::$1" 2001:db8:2::1 "$2"; }
        listens 27020
        [ "$(in_fragments 3 27020)" = reached ]
        allow 2001:db8:2::2
        systemctl start "$unit"
        [ "$(in_fragments 2 27020)" = reached ]
        [ "$(in_fragments 3 27020)" = silence ]
        # Other ports are not its business, whole or in pieces.
        [ "$(in_fragments 3 27014)" = reset ]
}

@test "a player's first packet passes, and without the guard no rule looks at UDP" {
        allow ''
        systemctl start "$unit"
        timeout 60 python3 -c '
import socket
s = socket.socket(type=socket.SOCK_DGRAM)
s.bind(("", 27016))
print("ready", flush=True)
print(s.recv(4096)[4:5].decode(), flush=True)' >"$BATS_TEST_TMPDIR/received" & receiver=$!
        wait_until grep -q ready "$BATS_TEST_TMPDIR/received"
        ip netns exec client python3 -c '
import socket, sys
socket.socket(type=socket.SOCK_DGRAM).sendto(b"\xff\xff\xff\xffk", (sys.argv[1], 27016))' "$here4"
        wait "$receiver"
        [ "$(tail -n 1 "$BATS_TEST_TMPDIR/received")" = k ]
        printf '%s\n' '[guard]' enabled=no >>"$conf"
        systemctl reload "$unit"
        run -0 nft list table inet left4me
        [[ $output == *'meta l4proto != tcp accept'* ]]
        [ "$(grep -c -e drop -e reject <<<"$output")" = 1 ]
}

@test "answers reach a client of this host, also on a port of the range" {
        allow ''
        systemctl start "$unit"
        ip netns exec client python3 -c '
import socket
s = socket.create_server(("0.0.0.0", 9999))
while True:
        s.accept()[0].send(b"x")' & listener=$!
        connects() {
                python3 -c '
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 27050))
s.settimeout(5)
s.connect((sys.argv[1], 9999))
assert s.recv(1) == b"x"' "$stranger4" 2>/dev/null
        }
        wait_until connects
}

@test "a reload applies a changed configuration, ports included, in one step" {
        listens 27020
        allow "$friend4"
        systemctl start "$unit"
        expect silence tcp "$stranger4" "$here4" 27020
        allow "$friend4 $stranger4"
        systemctl reload "$unit"
        expect reached tcp "$stranger4" "$here4" 27020
        allow "$friend4" 27015-27019
        systemctl reload "$unit"
        expect reached tcp "$stranger4" "$here4" 27020
        is_limited

        # No client slips in while the rules are replaced.
        allow "$friend4"
        systemctl reload "$unit"
        for ((i = 0; i < 30; i++)); do "$helper" apply; done & reloads=$!
        while kill -0 "$reloads" 2>/dev/null; do
                [ "$(ip netns exec client python3 "$ask" tcp "$stranger4" "$here4" 27020 0.05)" = silence ]
        done
        wait "$reloads"
}

@test "servers outside port_range= are covered, until they end" {
        allow "$friend4" 28000-28099
        make_instance 2 28015
        l4d2ctl start 2
        systemctl enable --now "$unit"
        expect silence tcp "$stranger4" "$here4" 28015
        # This one ran before the range was another, and its spec is refused with this one.
        expect silence tcp "$stranger4" "$here4" 27015

        # The range is narrowed; systemd still has the unit, and then no more.
        allow "$friend4"
        systemctl reload "$unit"
        expect silence tcp "$stranger4" "$here4" 28015
        systemctl daemon-reload
        systemctl reload "$unit"
        expect silence tcp "$stranger4" "$here4" 28015
        expect reached tcp "$friend4" "$here4" 28015
        expect 'Connection refused' tcp "$stranger4" "$here4" 28014
        [ "$(rcon_finding state)" = ok ]

        # A server starts on a port that the rules don't have yet.
        allow "$friend4" 27015-28099
        l4d2ctl set 2 port 28017
        [ "$(rcon_finding state)" = warning ]
        l4d2ctl restart 2
        expect reached tcp "$stranger4" "$here4" 28017
        [ "$(rcon_finding state)" = error ]
        [[ $(rcon_finding message) == *"leave out port 28017 of '2'"* ]]
        eval "$(rcon_finding fix)"
        [ "$(rcon_finding state)" = ok ]
        expect silence tcp "$stranger4" "$here4" 28017

        # It ends, and the next reload forgets it.
        l4d2ctl stop 2
        allow "$friend4"
        systemctl daemon-reload
        systemctl reload "$unit"
        expect 'Connection refused' tcp "$stranger4" "$here4" 28017
}

@test "a bad port_range= closes the ports of all servers, and is named with file and line" {
        allow "$friend4" 28000-28099
        make_instance 2 28015
        l4d2ctl start 2
        allow "$friend4" 28000
        mark_log
        systemctl start "$unit"
        expect silence tcp "$friend4" "$here4" 28015
        expect silence tcp "$friend4" "$here4" 27015
        expect 'Connection refused' tcp "$stranger4" "$here4" 28014
        run -0 rcon 2 status
        journalctl --sync
        run -0 journalctl -b -o cat --since "$log_mark" -u "$unit"
        [[ $output == *"$conf:2:12: "*'two ports from 1 to 65535'* ]]
        [[ $output == *'from this host only, on ports 27015-27114, 28015'* ]]
        [ "$(rcon_finding state)" = warning ]
        [[ $(rcon_finding message) == 'the configuration has errors'* ]]
        run -78 "$helper" apply
        allow "$friend4"
        systemctl reload "$unit"
        expect reached tcp "$friend4" "$here4" 28015
        expect silence tcp "$stranger4" "$here4" 28015
}

@test "a bad configuration leaves the rules as they were, and is named with file and line" {
        allow "$friend4"
        systemctl start "$unit"
        before=$(nft -s list table inet left4me)
        for bad in 192.0.2.0/33 192.0.2.7/24 nonsense 2001:db8::/129 ::ffff:192.0.2.2 \
                '0.0.0.0/0; flush ruleset' '0.0.0.0/0 }'; do
                allow "$bad"
                mark_log
                run ! systemctl reload "$unit"
                journalctl --sync
                journalctl -b -o cat --since "$log_mark" -u "$unit" | grep -qF "$conf:4:7: "
                journalctl -b -o cat --since "$log_mark" -u "$unit" | grep -qF 'the rules loaded before stay'
                [ "$(nft -s list table inet left4me)" = "$before" ]
        done
        is_limited
        run ! "$helper" print
        [ "$(nft list tables)" = 'table inet left4me' ]
}

@test "a start with a bad configuration closes RCON rather than leave it open" {
        allow "$friend4 0.0.0.0/0"
        echo 'allow=1.2.3' >>"$conf"
        mark_log
        systemctl start "$unit"
        expect silence tcp "$friend4" "$here4"
        run -0 rcon 1 status
        expect reached udp "$stranger4" "$here4"
        journalctl --sync
        journalctl -b -o cat --since "$log_mark" -u "$unit" | grep -qF "$conf:5:7: "
        [[ $(rcon_finding message) == 'the configuration has errors'* ]]

        # It stays closed when all tables are flushed.
        systemctl start nftables.service
        systemctl restart nftables.service
        wait_until loaded
        expect silence tcp "$friend4" "$here4"
        systemctl reload nftables.service
        wait_until loaded
        expect silence tcp "$friend4" "$here4"

        allow "$friend4"
        systemctl start "$unit"
        systemctl reload "$unit"
        is_limited
        allow 1.2.3
        systemctl restart "$unit"
        expect silence tcp "$friend4" "$here4"
        expect silence tcp "$stranger4" "$here4"
        allow "$friend4"
        systemctl restart "$unit"
        is_limited
}

@test "the rules outlive a restart and a reload of nftables.service, which flushes all" {
        printf '#!/usr/sbin/nft -f\nflush ruleset\ntable inet host {\n}\n' >/etc/nftables.conf
        systemctl start nftables.service
        allow "$friend4"
        systemctl enable --now "$unit"
        is_limited
        systemctl restart nftables.service
        nft list table inet host
        wait_until loaded
        is_limited
        systemctl reload nftables.service
        nft list table inet host
        wait_until loaded
        is_limited
        systemctl stop nftables.service
        run ! loaded
        [ "$(rcon_finding state)" = error ]
        [[ $(rcon_finding message) == *'is enabled but stopped, as it is with nftables.service'* ]]
        eval "$(rcon_finding fix)"
        is_limited
        systemctl stop "$unit"
        systemctl start nftables.service
        wait_until loaded
        is_limited
        # Also when that fails.
        echo 'nonsense' >>/etc/nftables.conf
        run ! systemctl restart nftables.service
        wait_until loaded
        is_limited
}

@test "enabled, it is loaded at boot before there is a network" {
        systemctl enable "$unit"
        [ -L "/etc/systemd/system/sysinit.target.wants/$unit" ]
        run -0 systemctl show --value -p Before "$unit"
        [[ $output == *network-pre.target* ]]
        run -0 systemctl show --value -p After "$unit"
        [[ $output == *nftables.service* ]]
        run systemd-analyze verify --recursive-errors=no multi-user.target "$unit"
        [[ $output != *cycle* && $output != *rcon-filter* ]]
}

@test "the rules that are made pass nft's check, for any networks" {
        for networks in '' "$friend4" "$friend6" 0.0.0.0/0 ::/0 '0.0.0.0/0 ::/0' \
                '192.0.2.0/24 192.0.2.0/25 192.0.2.1 192.0.2.1 2001:db8::/32 2001:db8::1 127.0.0.1 ::1'; do
                allow "$networks"
                "$helper" remove
                "$helper" print | nft -c -f -
                run ! loaded
                "$helper" apply
                loaded
        done
        # As many as there may be.
        allow "$(printf '10.0.%d.0/24 ' {0..255})"
        "$helper" apply
        nft list table inet left4me | grep -q 10.0.
        allow "$(printf '10.0.%d.0/24 ' {0..255}) 10.1.0.0/24"
        run -78 "$helper" apply
        [[ $output == *"$conf:4:7: "*'more than 256 networks'* ]]

        # For those who have a file of their own.
        allow "$friend4"
        "$helper" print >"$BATS_TEST_TMPDIR/rcon.nft"
        printf '#!/usr/sbin/nft -f\nflush ruleset\ninclude "%s"\n' "$BATS_TEST_TMPDIR/rcon.nft" >/etc/nftables.conf
        systemctl start nftables.service
        is_limited
        systemctl reload nftables.service
        is_limited
        [ "$(rcon_finding state)" = ok ]
        systemctl start left4me-report@doctor.service
        grep -q '"check":"rcon","state":"unknown"' /run/left4me/reports/doctor.json
        allow "$friend4 $stranger4"
        [ "$(rcon_finding state)" = warning ]
        [[ $(rcon_finding fix) == "$helper print, into the file"* ]]
}

@test "removal twice and application twice are no errors; other words are" {
        "$helper" remove
        run ! loaded
        "$helper" apply
        "$helper" apply
        "$helper" remove
        "$helper" remove
        run ! loaded
        run -64 "$helper"
        run -64 "$helper" flush
}

@test "tables of others are left alone" {
        nft add table inet host
        nft add table ip left4me
        "$helper" apply
        "$helper" remove
        [ "$(nft list tables)" = $'table inet host\ntable ip left4me' ]
}

# rcon_finding FIELD: of doctor's finding.
rcon_finding() {
        { l4d2ctl doctor --json || true; } | python3 -c '
import json, sys
print(*[f[sys.argv[1]] for f in json.load(sys.stdin) if f["check"] == "rcon"])' "$1"
}

@test "doctor tells while nothing limits RCON, and its command does" {
        allow "$friend4"
        [ "$(rcon_finding state)" = warning ]
        [ "$(rcon_finding fix)" = "systemctl enable $unit && systemctl restart $unit" ]
        systemctl start "$unit"
        [ "$(rcon_finding state)" = warning ]
        [ "$(rcon_finding message)" = "$unit limits RCON now, but not after the next boot: it is disabled" ]
        [ "$(rcon_finding fix)" = "systemctl enable $unit" ]
        systemctl stop "$unit"
        eval "$(rcon_finding fix)"
        [ "$(rcon_finding state)" = ok ]
        is_limited

        # An admin flushed it, whatever the unit's state is.
        nft flush ruleset
        [ "$(systemctl is-active "$unit")" = active ]
        [ "$(rcon_finding state)" = error ]
        [[ $(rcon_finding message) == *'is active, but its rules are gone'* ]]
        eval "$(rcon_finding fix)"
        [ "$(rcon_finding state)" = ok ]
        nft flush chain inet left4me rcon
        [ "$(rcon_finding state)" = warning ]
        eval "$(rcon_finding fix)"
        [ "$(rcon_finding state)" = ok ]
        # All is there, and something more.
        nft insert rule inet left4me rcon ip saddr "$stranger4" accept
        [ "$(rcon_finding state)" = warning ]
        eval "$(rcon_finding fix)"
        [ "$(rcon_finding state)" = ok ]
        nft add element inet left4me rcon4 "{ $stranger4 }"
        [ "$(rcon_finding state)" = warning ]
        eval "$(rcon_finding fix)"
        [ "$(rcon_finding state)" = ok ]
        # Nothing of it is left behind.
        [ "$(nft list tables)" = 'table inet left4me' ]

        # The configuration has others by now.
        allow "$friend4" 27015-27200
        [[ $(rcon_finding message) == *'other rules than the configuration'* ]]
        eval "$(rcon_finding fix)"
        [ "$(rcon_finding state)" = ok ]

        # The report of the web app's can't see the rules.
        systemctl start left4me-report@doctor.service
        grep -q '"check":"rcon","state":"unknown"' /run/left4me/reports/doctor.json
        systemctl stop "$unit"
        systemctl start left4me-report@doctor.service
        grep -q '"check":"rcon","state":"error"' /run/left4me/reports/doctor.json
        systemctl disable "$unit"
        systemctl start left4me-report@doctor.service
        grep -q '"check":"rcon","state":"warning"' /run/left4me/reports/doctor.json
}

@test "doctor is content where no server has a password, nor runs with one" {
        password=$(l4d2ctl get 1 rcon_password)
        l4d2ctl unset 1 rcon_password
        # It still takes commands.
        run -0 "$query" rcon 127.0.0.1 27015 "$password" status
        [ "$(rcon_finding state)" = warning ]
        l4d2ctl restart 1
        [ "$(rcon_finding state)" = ok ]
        l4d2ctl set 1 rcon_password "$password"
        [ "$(rcon_finding state)" = warning ]
        l4d2ctl restart 1
}

@test "without nft each run and doctor say what to install" {
        mount --bind /dev/null /usr/sbin/nft
        run "$helper" apply
        apply=$status:$output
        run "$helper" remove
        remove=$status:$output
        fix=$(rcon_finding fix)
        systemctl start "$unit" || failed=yes
        state=$(systemctl is-active "$unit") || true
        with_failed=$(rcon_finding fix)
        systemctl start left4me-report@doctor.service
        report=$(</run/left4me/reports/doctor.json)
        umount /usr/sbin/nft
        [[ $apply == *'1:'*'Failed to limit RCON: /usr/sbin/nft'* ]]
        [[ $remove == *'1:'*'Failed to remove the rules that limit RCON: /usr/sbin/nft'* ]]
        install="apt install nftables && systemctl enable $unit && systemctl restart $unit"
        [ "$fix" = "$install" ]
        [ "$with_failed" = "$install" ]
        [[ ${failed:-} = yes && $state = failed ]]
        [[ $report == *'"check":"rcon","state":"warning"'*'nftables is not installed'* ]]

        # It is installed by now, and nothing has started the unit again.
        [ "$(rcon_finding state)" = error ]
        [[ $(rcon_finding message) == "$unit failed"* ]]
        systemctl start left4me-report@doctor.service
        grep -q '"check":"rcon","state":"error"' /run/left4me/reports/doctor.json
        eval "$(rcon_finding fix)"
        # Nothing enabled it, which all users can see.
        [ "$(rcon_finding state)" = warning ]
        systemctl start left4me-report@doctor.service
        grep -q '"check":"rcon","state":"warning"' /run/left4me/reports/doctor.json
        eval "$(rcon_finding fix)"
        [ "$(rcon_finding state)" = ok ]
}

@test "who may not change rules is told so, and not that rules were refused" {
        run runuser -u nobody -- "$helper" remove
        [ "$status" = 1 ]
        [[ $output == *'Failed to remove the rules that limit RCON'* && $output != *'refused the rules'* ]]
        run -1 runuser -u nobody -- "$helper" check
}
