#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-watch.service changes to the next map of a server's rotation. The stand-in has all maps of Dead Center, and of
# other campaigns the first.

load watch

# play NAME MAP: two players are on a map, and the watcher has seen them there.
play() {
        rcon "$1" standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        rcon "$1" standin_join Bill STEAM_1:1:1000 198.51.100.8:27005
        rcon "$1" changelevel "$2"
        wait_until is_played "$1" "$2"
}
# is_played NAME MAP: the last answer had players on the map, and no question about it is left.
is_played() { live_is "$1" map "\"$2\"" && live_is "$1" played_map "\"$2\"" && ! live_is "$1" humans 0; }
# Several answers after this call.
is_asked_again() { (($(live "$1" at_usec) > asked_after + 3000000)); }
# stays NAME MAP: the watcher has seen players on this map, has decided, and leaves them there.
stays() {
        wait_until is_played "$1" "$2"
        asked_after=$(live "$1" at_usec)
        wait_until is_asked_again "$1"
        is_played "$1" "$2"
        [[ $(maps_of "$1") == *"$2" ]]
}
# Seen empty on this map for longer than the next map of a rotation waits.
is_long_empty() {
        (($(live "$1" at_usec) > $(live "$1" empty_since_usec) + 6000000 &&
                $(live "$1" at_usec) > $(live "$1" map_since_usec) + 6000000))
}
# The maps that were started, in order.
maps_of() { events "$1" EVENT MAP | sed -n 's/^map-start //p' | paste -sd ' '; }

@test "once its players have left after the end of a campaign, a server goes on in its rotation" {
        make_instance 1 27015 'rotation: [c1m1_hotel, gone, C5M1_waterfront]'
        start_server 1
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        wait_until live_is 1 humans 1
        rcon 1 standin_leave Zoey 'Disconnect by user.'
        wait_until live_is 1 humans 0
        # Not the end of the campaign; then the last map, without players since it began; then with some.
        wait_until is_long_empty 1
        live_is 1 map '"c1m1_hotel"'
        rcon 1 changelevel c1m4_atrium
        wait_until live_is 1 map '"c1m4_atrium"'
        wait_until is_long_empty 1
        live_is 1 map '"c1m4_atrium"'
        rcon 1 standin_join Bill STEAM_1:1:1000 198.51.100.8:27005
        wait_until live_is 1 humans 1
        expected='map-start c5m1_waterfront'
        run ! has_event 1 EVENT MAP
        rcon 1 standin_leave Bill 'Disconnect by user.'
        wait_until has_event 1 EVENT MAP
        wait_until live_is 1 map '"c5m1_waterfront"'
        # Each map once.
        [ "$(events 1 EVENT MAP | grep -c '^map-start')" = 3 ]
        live_is 1 health '"ok"'
}

@test "with rotate_when: empty a server goes on from any map, as the spec says now" {
        make_instance 1 27015 'rotation: [c2m1_highway, c8m1_apartment]'
        start_server 1
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        wait_until live_is 1 humans 1
        l4d2ctl set 1 rotate_when empty
        rcon 1 standin_leave Zoey 'Disconnect by user.'
        wait_until live_is 1 map '"c2m1_highway"'
        wait_until live_is 1 health '"ok"'
        [ "$(events 1 EVENT MAP | grep '^map-start')" = $'map-start c1m1_hotel\nmap-start c2m1_highway' ]
}

@test "players who play a campaign again get the next map of the rotation, once" {
        make_instance 1 27015 'rotation: [c1m1_hotel, gone, C5M1_waterfront]'
        start_server 1
        play 1 c1m4_atrium
        rcon 1 standin_finale again
        stays 1 c5m1_waterfront
        live_is 1 humans 2
        [ "$(maps_of 1)" = 'c1m1_hotel c1m4_atrium c1m1_hotel c5m1_waterfront' ]
        # All that the game has of this campaign: its last map is its first.
        rcon 1 standin_finale again
        rcon 1 standin_finale lost
        stays 1 c5m1_waterfront
        [ "$(maps_of 1)" = 'c1m1_hotel c1m4_atrium c1m1_hotel c5m1_waterfront c5m1_waterfront' ]
}

@test "a finale that is lost or loaded again is not the end, nor are other chapters and votes" {
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront]'
        start_server 1
        play 1 c1m4_atrium
        rcon 1 standin_finale lost
        rcon 1 changelevel c1m4_atrium
        stays 1 c1m4_atrium
        rcon 1 changelevel c1m3_mall
        stays 1 c1m3_mall
        rcon 1 changelevel c1m1_hotel
        stays 1 c1m1_hotel
        rcon 1 changelevel c1m4_atrium
        stays 1 c1m4_atrium
        rcon 1 standin_finale vote c2m1_highway
        stays 1 c2m1_highway
        rcon 1 changelevel c1m1_hotel
        stays 1 c1m1_hotel
}

@test "with rotate_when: empty players who play a campaign again stay" {
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront]' 'rotate_when: empty'
        start_server 1
        play 1 c1m4_atrium
        rcon 1 standin_finale again
        stays 1 c1m1_hotel
}

@test "players who are sent to a lobby leave the server to the next map" {
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront]'
        start_server 1
        play 1 c1m4_atrium
        rcon 1 standin_finale lobby
        wait_until live_is 1 map '"c5m1_waterfront"'
        [ "$(maps_of 1)" = 'c1m1_hotel c1m4_atrium c5m1_waterfront' ]
}

@test "in survival no map follows another, so each is the last" {
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront]' 'arguments: [+map, c1m2_streets survival]'
        start_server 1
        play 1 c1m4_atrium
        [[ $(rcon 1 mp_gamemode) == *'"survival"'* ]]
        rcon 1 standin_finale again
        stays 1 c1m1_hotel
        rcon 1 standin_finale lobby
        wait_until live_is 1 map '"c5m1_waterfront"'
}

@test "a map that an admin chose with l4d2ctl map is respected" {
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront]'
        start_server 1
        play 1 c1m4_atrium
        l4d2ctl map 1 c1m1_hotel
        stays 1 c1m1_hotel
        journalctl --sync
        run -0 journalctl -b -o cat --since "$log_mark" L4D2_INSTANCE=1 L4D2_ACTION=map --output-fields=L4D2_COMMAND
        [ "$output" = 'changelevel c1m1_hotel' ]
}

@test "a map that an admin chose with l4d2ctl console is respected" {
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront]'
        start_server 1
        play 1 c1m4_atrium
        l4d2ctl console 1 changelevel c1m1_hotel
        stays 1 c1m1_hotel
}

# Their entries of the audit trail are in a journal of their own.
@test "a map that an operator at a shell chose is respected" {
        id shell-operator &>/dev/null || useradd --create-home -G left4me-operators shell-operator
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront]'
        start_server 1
        play 1 c1m4_atrium
        setpriv --reuid shell-operator --regid shell-operator --init-groups l4d2ctl map 1 c1m1_hotel
        stays 1 c1m1_hotel
        journalctl --sync
        [ -e "/var/log/journal/$(</etc/machine-id)/user-$(id -u shell-operator).journal" ] ||
                [ -e "/run/log/journal/$(</etc/machine-id)/user-$(id -u shell-operator).journal" ]
}

@test "a map that another program chose by RCON is respected, if the log has its commands" {
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront]' 'config: [sv_rcon_log 1]'
        start_server 1
        play 1 c1m4_atrium
        rcon 1 changelevel c1m1_hotel
        stays 1 c1m1_hotel
        # The watcher's own question is not an event.
        [[ "$(events 1 EVENT TEXT)" == *'rcon changelevel c1m1_hotel'* && "$(events 1 EVENT TEXT)" != *mp_gamemode* ]]
}

@test "the command map drops the players: those who come back are left alone" {
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront]'
        start_server 1
        play 1 c1m4_atrium
        rcon 1 map c1m1_hotel
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        stays 1 c1m1_hotel
}

@test "the end of a campaign is seen by a watcher that was restarted or stopped meanwhile" {
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront, c2m1_highway]'
        start_server 1
        play 1 c1m4_atrium
        systemctl stop "$watch"
        rcon 1 standin_finale again
        systemctl start "$watch"
        stays 1 c5m1_waterfront
        # Back to the finale, which is a change that is not asked about.
        rcon 1 changelevel c1m4_atrium
        wait_until is_played 1 c1m4_atrium
        systemctl kill --signal=STOP "$watch"
        rcon 1 standin_finale again
        systemctl kill --signal=CONT "$watch"
        stays 1 c5m1_waterfront
}

@test "a watcher that missed maps in between does not take the last one for the first again" {
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront]'
        start_server 1
        play 1 c1m4_atrium
        systemctl stop "$watch"
        rcon 1 changelevel c2m1_highway
        rcon 1 changelevel c1m1_hotel
        systemctl start "$watch"
        stays 1 c1m1_hotel
}

@test "players who left while the watcher was restarted have left" {
        make_instance 1 27015 'rotation: [c1m1_hotel, c5m1_waterfront]'
        start_server 1
        play 1 c1m4_atrium
        rcon 1 standin_finale lobby
        wait_until live_is 1 humans 0
        live_is 1 played_map '"c1m4_atrium"'
        systemctl restart "$watch"
        wait_until live_is 1 map '"c5m1_waterfront"'
        wait_until live_is 1 played_map '""'
}
