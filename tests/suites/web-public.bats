#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# /public: shown only where the host and the server's owner want it, and nothing else of left4me in it.

load common
load web/web

setup_file() {
        systemctl mask --runtime --now left4me-watch.service
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[server]\npublic_address=play.example.org\n' >/etc/left4me/left4me.conf.d/address.conf
        install_game
        l4d2ctl blueprint create alice/secret-blueprint -f - <<<'config: [sv_alltalk 0]'
        make_instance inner-1 27015 'blueprint: alice/secret-blueprint' 'hostname: Open to all' 'public: true' 'label: secret-label'
        make_instance inner-2 27016 'hostname: Closed' 'public: false'
        make_instance inner-3 27017 'hostname: Silent'
        begin_web chief:admin alice:user
        l4d2ctl start inner-1 inner-2 inner-3
}

open_page() { printf '[web]\npublic_page=%s\n' "$1" >/etc/left4me/left4me.conf.d/public.conf; }
public() { web nobody /public; }
says() { [[ $(public) == *"$1"* ]]; }
says_not() { [[ $(public) != *"$1"* ]]; }

@test "without public_page there is none, for no one" {
        for who in nobody alice chief; do
                [ "$(status_of "$who" /public)" = 404 ]
        done
        run -0 web nobody /public
        [[ "$output" != *"Open to all"* ]]
}

@test "with it, running servers with public: true are there, and no others" {
        open_page yes
        wait_until eval '[[ $(status_of nobody /public) == 200 ]]'
        live_state inner-1 'hostname="Open to all"' 'map="c2m1_highway"' players=3 slots=8
        live_state inner-2 'hostname="Closed"'
        wait_until says 'Players: 3/8'
        run -0 public
        [[ "$output" == *'Open to all'* && "$output" == *c2m1_highway* ]]
        [[ "$output" == *'href="steam://connect/play.example.org:27015"'* ]]
        [[ "$output" == *'href="steam://run/550//+connect%20play.example.org:27015"'* ]]
        [[ "$output" != *Closed* && "$output" != *Silent* && "$output" != *27016* && "$output" != *27017* ]]
        # left4me-watch keeps the values of a game that no longer answers.
        live_state inner-1 'hostname="Open to all"' 'map="c2m1_highway"' players=3 slots=8 answer_age=200
        wait_until says_not 'Players: 3/8'
        says_not c2m1_highway
}

@test "it leaks no names of left4me, no players, and no way to tell users" {
        live_state inner-1 'hostname="Open to all"' players=4 slots=8
        wait_until says 'Players: 4/8'
        run -0 web nobody --include /public
        for word in inner-1 alice chief secret-blueprint secret-label 'Player 1' STEAM_ 7656119 192.0.2. csrf left4me-web /servers/ /login \
                rcon 'Set-Cookie' script; do
                [[ "${output,,}" != *"${word,,}"* ]] || { echo "it has '$word'"; false; }
        done
        [[ "$(header X-Robots-Tag)" == "noindex, nofollow" && "$output" == *'name="robots" content="noindex'* ]]
        [[ "$(header Cache-Control)" == "public, max-age=10" ]]
        [[ "$(header Content-Security-Policy)" == "default-src 'self'"* ]]

        # The same for who is logged in, with a wrong cookie, or with anything else in the request.
        page=$(public)
        [ "$(web chief /public)" = "$page" ]
        [ "$(web nobody --cookie left4me=0123 '/public?name=inner-2')" = "$page" ]
        run -0 web chief --include /public
        [ -z "$(header Set-Cookie)" ]
        for path in /api/public /public/ /public/inner-1 /public/events; do
                [ "$(status_of nobody "$path")" = 404 ]
        done
        [ "$(status_of nobody -X POST -d a=b /public)" = 405 ]
}

@test "a name of a server is text" {
        live_state inner-1 'hostname="<script>alert(1)</script> \"&"' 'map="<b>x"'
        wait_until says '&lt;script&gt;'
        run -0 public
        [[ "$output" != *'<script'* && "$output" != *'<b>x'* ]]
}

@test "an owner takes a server off and puts one on; one that stops, or has a bad spec, goes" {
        l4d2ctl set inner-1 public false
        wait_until says_not 27015
        l4d2ctl set inner-3 public true
        wait_until says 'Silent'
        run -0 public
        [[ "$output" == *'Players: unknown'* ]]
        echo 'port: 27017' 'nonsense' >"$state/instances/inner-3/spec.yaml"
        wait_until says_not 27017
        printf 'port: 27017\nhostname: Silent\npublic: true\n' >"$state/instances/inner-3/spec.yaml"
        wait_until says Silent
        l4d2ctl stop inner-3
        wait_until says 'No servers are open now.'
}

@test "the page of a server has a button for it, where there is a public page" {
        l4d2ctl set inner-1 public false
        run -0 web alice /servers/inner-1
        [[ "$output" == *'/servers/inner-1/public'*'Put it on the public page'* ]]
        run -0 post alice --include -d public=yes /servers/inner-1/public
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        [ "$(l4d2ctl get inner-1 public)" = true ]
        wait_until eval '[[ $(web alice /servers/inner-1) == *"Take it off the public page"* ]]'
        run -0 post alice --include -d public=no /servers/inner-1/public
        [ "$(l4d2ctl get inner-1 public)" = false ]
        # She can't put another one there.
        run -0 post alice --include -d public=yes /servers/inner-2/public
        [[ "${lines[0]}" == "HTTP/1.1 404 "* ]]
        [ "$(l4d2ctl get inner-2 public)" = false ]
}

@test "it is made again after ten seconds at the earliest" {
        l4d2ctl set inner-1 public true
        wait_until says 27015
        # It counts how often the page changed, not how long that took.
        changes=0 before='' begin=$SECONDS
        for ((i = 1; SECONDS - begin < 12; i++)); do
                live_state inner-1 "map=\"map_$i\""
                now=$(public | grep -o 'map_[0-9]*' || true)
                [[ "$now" == "$before" ]] || changes=$((changes + 1))
                before=$now
        done
        ((i > changes && changes <= (SECONDS - begin) / 10 + 2)) || { echo "$changes changes of $i"; false; }
}

@test "public_page=no closes it at once" {
        open_page no
        wait_until eval '[[ $(status_of nobody /public) == 404 ]]'
        [ "$(status_of chief /public)" = 404 ]
        run -0 web chief /servers/inner-1
        [[ "$output" != *"public page"* ]]
}
