#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-watch.service: how it asks servers, by RCON and by A2S.

load watch

@test "a refused password is tried once, and again after a restart or with another password" {
        make_instance 1 27015 'rcon_password: the-right-password' 'config: [sv_rcon_log 1]'
        start_server 1
        systemctl stop "$watch"
        # The server that runs keeps its password.
        l4d2ctl set 1 rcon_password a-wrong-password
        systemctl start "$watch"
        until_live 1 rcon_error '"refused"'
        # A2S answers instead, with several questions in the meantime.
        until_live 1 source '"a2s"'
        live_is 1 health '"ok"'
        live_is 1 map '"c1m1_hotel"'
        at=$(live 1 at_usec)
        wait_until eval '(($(live 1 at_usec) > at + 3000000))'
        [ "$(log_of 1 | grep -c 'Bad Password')" = 1 ]
        # Nor after a restart of the watcher.
        systemctl restart "$watch"
        wait_until eval '[[ $(live 1 source) == "\"a2s\"" ]] && (($(live 1 at_usec) > at + 6000000))'
        [ "$(log_of 1 | grep -c 'Bad Password')" = 1 ]

        l4d2ctl set 1 rcon_password the-right-password
        until_live 1 source '"rcon"'
        live_is 1 rcon_error null
        l4d2ctl set 1 rcon_password another-password
        l4d2ctl restart 1
        until_live 1 source '"rcon"'
}

@test "a server without a password is asked by A2S" {
        printf 'port: 27015\n' >"$BATS_TEST_TMPDIR/spec"
        l4d2ctl initialize 1 -f "$BATS_TEST_TMPDIR/spec"
        l4d2ctl unset 1 rcon_password
        start_server 1
        live_is 1 source '"a2s"'
        live_is 1 rcon_error '"no-password"'
        live_is 1 fps null
        # Which counts no frames; the control group does count.
        wait_until eval '[[ $(live 1 cpu_percent) =~ ^[0-9.]+$ ]]'
        live_is 1 in_bytes_per_sec null
}

# seen: authentications that server 1 has seen, less those of the test: each call of rcon is one.
seen() { n_rcon=$((n_rcon + 1)); n_seen=$(($(rcon 1 standin_rcon_seen | sed -n 's/.*authentications: //p') - n_rcon)); }
ask() { n_rcon=$((n_rcon + 1)); rcon 1 "$@" >/dev/null; }
at_after() { (($(live 1 at_usec) > at + $1)); }

@test "one authentication serves a run, whatever the server answers while it loads a map" {
        local n_rcon=0 n_seen mode
        make_instance 1 27015
        start_server 1
        # With players it does not hibernate, and is asked each second.
        ask standin_players 1
        until_live 1 humans 1
        seen
        [ "$n_seen" = 1 ]
        # Wrong, cut or no answers for a while, on the connection that the watcher has.
        for mode in wrong-id silent; do
                # At once the answer to this command would be wrong.
                ask "standin_after 1 standin_rcon $mode; standin_after 6 standin_rcon off"
                until_live 1 rcon_error '!null'
                until_live 1 rcon_error null
        done
        seen
        [ "$n_seen" = 1 ]
        # Nothing is served for longer than the watcher waits.
        kill -STOP "$(main_pid 1)"
        until_live 1 health '"silent"'
        at=$(live 1 written_usec)
        wait_until eval '(($(live 1 written_usec) > at + 6000000))'
        kill -CONT "$(main_pid 1)"
        until_live 1 health '"ok"'
        seen
        [ "$n_seen" = 1 ]
        # The server ended the connection: one more.
        ask 'standin_after 1 standin_drop_rcon'
        at=$(live 1 at_usec)
        wait_until at_after 4000000
        seen
        [ "$n_seen" = 2 ]
        live_is 1 rcon_error null
}

@test "an authentication that the server lets lie is not sent again and again" {
        local n_rcon=0 n_seen
        make_instance 1 27015
        start_server 1
        # The connection ends, and the next one's authentication has no answer; then the server loads for long.
        ask 'standin_after 1 standin_rcon silent; standin_after 2 standin_drop_rcon; standin_after 30 standin_rcon off'
        until_live 1 rcon_error '"silent"'
        until_live 1 rcon_error null
        seen
        # The first, one that lay, one after the first pause of 6 s and one after the next of 12 s, if it came to that.
        echo "$n_seen authentications"
        ((n_seen >= 3 && n_seen <= 5))
}

# start_at ADDRESS: the arguments of a server have all addresses; this one runs the game without its launcher.
start_at() {
        be_hostile 1 <<END
cd /var/lib/left4me/runtime/1/merged || exit 1
mapfile -d '' -t words <.left4me/argv
export LD_LIBRARY_PATH=bin:.
exec "\${words[@]/0.0.0.0/$1}"
END
        systemctl start "$(unit 1)"
        wait_until "$query" --timeout 1 info "$1" 27015
        run ! "$query" --timeout 1 info 127.0.0.1 27015
}

events_have_questions() { events 1 EVENT TEXT | grep -xE 'rcon (status|stats)'; }

# The address is not of the loopback, so the services that ask need an exception.
@test "a server that listens at one address is asked by RCON there, also for the web app and restarts" {
        local address=192.0.2.9 service password invocation
        for service in left4me-watch left4me-when-empty left4me-console@; do
                mkdir -p "/run/systemd/system/$service.service.d"
                printf '[Service]\nIPAddressAllow=%s\n' $address >"/run/systemd/system/$service.service.d/99-address.conf"
        done
        ip address add $address dev lo
        systemctl daemon-reload
        systemctl restart "$watch"
        make_instance 1 27015 'config: [sv_rcon_log 1]'
        password=$(l4d2ctl get 1 rcon_password)
        start_at $address
        until_live 1 source '"rcon"'
        live_is 1 health '"ok"'
        run -0 --separate-stderr l4d2ctl players --json 1
        [[ "$output" == *'"source":"rcon"'* ]]
        systemctl start left4me-console.socket
        run -0 systemd-run --quiet --pipe --wait -p User=left4me -p SupplementaryGroups=left4me-operators \
                -p PrivateNetwork=yes -p RestrictAddressFamilies=AF_UNIX l4d2ctl console 1 echo from the web
        [ "${lines[0]}" = 'from the web' ]
        # The watcher's questions come from that address, and do not become events.
        in_log 1 "rcon from \"$address:"
        expected='rcon echo from the web' wait_until has_event 1 EVENT TEXT
        run ! events_have_questions
        invocation=$(property "$(unit 1)" InvocationID)
        "$query" rcon $address 27015 "$password" 'standin_players 1'
        l4d2ctl restart --when-empty 1
        "$query" rcon $address 27015 "$password" 'standin_players 0'
        wait_until eval '[[ $(property "$(unit 1)" InvocationID) != "$invocation" ]]'
        stop_hostile 1
        ip address delete $address dev lo
        rm /run/systemd/system/left4me-{watch,when-empty,console@}.service.d/99-address.conf
        systemctl daemon-reload
        systemctl restart "$watch"
}

@test "a server that listens at one address is asked by A2S there" {
        make_instance 1 27015
        l4d2ctl unset 1 rcon_password
        start_at 127.0.0.2
        until_live 1 health '"ok"'
        live_is 1 source '"a2s"'
        live_is 1 map '"c1m1_hotel"'
        run -0 --separate-stderr l4d2ctl players --json 1
        [[ "$output" == *c1m1_hotel* ]]
        stop_hostile 1
}
