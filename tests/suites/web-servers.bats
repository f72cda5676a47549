#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The pages of servers: what can be done there, by whom, and what is said when it can't.

load common
load web/web

setup_file() {
        install_game
        make_instance 1 27015
        printf 'description: "Versus & more"\nconfig: ["hostname \\"Versus <1>\\""]\n' |
                l4d2ctl blueprint create alice/versus --file=-
        echo 'config: []' | l4d2ctl blueprint create bob/coop --file=-
        begin_web chief:admin alice:user
}

# posted WHO CURL-ARGUMENT… PATH: what became of a form: its status and where it leads.
posted() {
        local who=$1
        shift
        post "$who" --output /run/web-answer --write-out '%{http_code} %{redirect_url}\n' "$@" |
                sed "s#$base##"
}

state_of() { web chief "/api/servers/$1" | json_in 'm["server"]["state"]'; }
is_shown() { [[ $(state_of "$1") == "$2" ]]; }
digest() { sha256sum <"$state/instances/$1/spec.yaml" | cut -d' ' -f1; }

@test "start, restart, stop" {
        [ "$(posted chief /servers/1/start)" = '303 /servers/1' ]
        web chief /servers/1 | grep -q "Started '1'\|Started &#39;1&#39;"
        is_active 1
        wait_until is_shown 1 running
        pid=$(main_pid 1)
        [ "$(posted chief --data-urlencode back=/ /servers/1/restart)" = '303 /' ]
        wait_until is_shown 1 running
        [ "$(main_pid 1)" != "$pid" ]
        [ "$(posted chief /servers/1/stop)" = '303 /servers/1' ]
        run ! is_active 1
        # The same for programs, and it is in the trail who did it.
        run -0 post chief /api/servers/1/start
        [ "$(json_in 'm["ok"], m["location"]' <<<"$output")" = "(True, '/servers/1')" ]
        journalctl --sync
        journalctl -o cat L4D2_USER=chief L4D2_INSTANCE=1 L4D2_ACTION=start | grep -q .
        l4d2ctl stop 1
}

@test "a server that is started here comes back at boot, one that is stopped here does not" {
        wants=/run/systemd/generator/left4me.target.wants/left4me-server@1.service
        l4d2ctl set 1 autostart false
        [ "$(posted chief /servers/1/start)" = '303 /servers/1' ]
        [ "$(l4d2ctl get 1 autostart)" = true ]
        [ -L "$wants" ]
        wait_until is_shown 1 running

        # Stopped elsewhere it should run and does not, which is a problem until it is stopped here.
        run -0 l4d2ctl stop 1
        [[ "$output" == *"'1' comes back when the host boots: 'l4d2ctl stop --boot 1'"* ]]
        wait_until is_shown 1 stopped
        run -0 web chief /api
        [ "$(json_in 'm["n_problems"], [s["is_down"] for s in m["servers"] if s["name"] == "1"]' <<<"$output")" = '(1, [True])' ]
        web chief / | grep -q 'This server starts at boot but is not running'
        [ "$(posted chief /servers/1/stop)" = '303 /servers/1' ]
        [ "$(l4d2ctl get 1 autostart)" = false ]
        [ ! -e "$wants" ]
        is_no_problem() { [[ $(web chief /api | json_in 'm["n_problems"]') == 0 ]]; }
        wait_until is_no_problem
}

@test "the overview is each session's own and follows every change, and what is said once is said once" {
        local first
        # The pages of alice and chief are requested at the same moment.
        for ((i = 0; i < 20; i++)); do
                first=$(web chief /)
                [[ "$first" == *'data-server="1"'* && "$first" == *"value=\"$(csrf chief)\""* ]]
                run -0 web alice /
                [[ "$output" != *'data-server="1"'* && "$output" == *"value=\"$(csrf alice)\""* ]]
        done

        [ "$(posted chief --data-urlencode back=/ /servers/1/start)" = '303 /' ]
        [[ "$(web chief /)" == *'Started &#39;1&#39;'* ]]
        # Its state may still be "Started, not yet ready".
        [[ "$(web chief /)" != *'Started &#39;1&#39;'* ]]
        wait_until is_shown 1 running
        first=$(web chief /)
        systemctl stop left4me-server@1.service
        wait_until is_shown 1 stopped
        [[ "$(web chief /)" == *'data-state="stopped"'* && "$first" == *'data-state="running"'* ]]
}

@test "a new server from a blueprint: made, shown, moved, deleted" {
        run -0 web alice /api/new-server
        [ "$(json_in '[(b["ref"], b["description"]) for b in m["blueprints"]], m["port"]' <<<"$output")" = \
                "([('alice/versus', 'Versus & more')], 27016)" ]
        run -0 posted alice -d name=v1 -d port=27016 -d blueprint=alice/versus -d autostart=yes /servers
        [ "$output" = '303 /servers/v1' ]
        run -0 web alice /api/servers/v1
        [ "$(json_in '[m["server"][k] for k in ("hostname", "port", "autostart", "blueprint", "can_start")]' <<<"$output")" = \
                "['Versus <1>', 27016, True, 'alice/versus', True]" ]
        web alice /servers/v1 | grep -q 'Versus &lt;1&gt;'
        [ "$(posted alice /servers/v1/start)" = '303 /servers/v1' ]
        wait_until eval "[[ \$(web alice /api | json_in 'm[\"n_servers\"], m[\"n_running\"]') == '(1, 1)' ]]"
        # The web app's umask hides it from neither operators nor left4me-watch, which reads the rcon_password there.
        [ "$(stat -c %a:%U:%G "$state/instances/v1")" = 2750:left4me:left4me-operators ]
        wait_until grep -qs '"source":"rcon"' /run/left4me/watch/v1.json

        # Servers of others stay out of reach, whatever the user posts.
        run -0 posted alice -d blueprint=bob/coop /servers/v1/blueprint
        [[ "$output" == 422* ]]
        run -0 posted alice -d name=v2 -d port=27017 -d blueprint=bob/coop /servers
        [[ "$output" == 422* ]]
        [[ "$(posted alice /servers/1/start)" == 404* ]]
        [[ "$(posted alice /servers/1/delete)" == 404* ]]
        [[ "$(posted chief -d blueprint=bob/coop /servers/v1/blueprint)" == 303* ]]
        wait_until eval '[[ $(status_of alice /servers/v1) == 404 ]]'

        l4d2ctl stop v1
        [ "$(posted chief /servers/v1/delete)" = '303 /' ]
        [ ! -e "$state/instances/v1" ]
        wait_until eval '[[ $(status_of chief /servers/v1) == 404 ]]'
}

@test "host name and label: saved and removed by the owner, refused with the reason" {
        printf 'port: 27019\nblueprint: alice/versus\n' | l4d2ctl initialize n1 --file=-
        wait_until eval '[[ $(status_of alice /servers/n1) == 200 ]]'
        [ "$(posted alice --data-urlencode 'hostname=Own; name' /servers/n1/hostname)" = '303 /servers/n1' ]
        [ "$(posted alice --data-urlencode 'label=Größe <1> 大' /servers/n1/label)" = '303 /servers/n1' ]
        [ "$(l4d2ctl get n1 hostname)" = 'Own; name' ]
        [ "$(l4d2ctl get n1 label)" = 'Größe <1> 大' ]
        shown_names() { web alice /api/servers/n1 | json_in 'm["server"]["hostname"], m["server"]["label"]'; }
        wait_until eval "[[ \$(shown_names) == \"('Own; name', 'Größe <1> 大')\" ]]"
        web alice / | grep -q 'Größe &lt;1&gt; 大'

        run -0 posted alice --data-urlencode 'hostname=Größe' /servers/n1/hostname
        [[ "$output" == 422* ]]
        grep -q 'printable ASCII' /run/web-answer
        grep -q 'value="Größe"' /run/web-answer
        run -0 posted alice --data-urlencode $'label=a\nb' /servers/n1/label
        [[ "$output" == 422* ]]
        [[ "$(posted alice -d label=x /servers/1/label)" == 404* ]]

        [ "$(posted alice -d hostname= /servers/n1/hostname)" = '303 /servers/n1' ]
        [ "$(posted alice -d label= /servers/n1/label)" = '303 /servers/n1' ]
        run -1 l4d2ctl get n1 label
        l4d2ctl delete n1
}

@test "names and ports that can't be, and those that are taken" {
        for line in 'name=No&port=27018' 'name=&port=27018' 'name=new&port=27018' 'name=a%2Fb&port=27018' \
                'name=v3&port=80' 'name=v3&port=x' 'name=v3&port=27015'; do
                run -0 posted alice -d "$line&blueprint=alice/versus" /servers
                [[ "$output" == 422* ]] || { echo "$line: $output"; false; }
                # The typed text is still there.
                grep -q 'name="port"' /run/web-answer
        done
        run -0 posted chief -d 'name=1&port=27018&blueprint=alice/versus' /servers
        [[ "$output" == 409* ]]
        run -0 l4d2ctl get 1 port
        [ "$output" = 27015 ]
}

@test "a spec is edited: saved, refused with the place, in conflict" {
        run -0 web chief /api/servers/1/spec
        [ "$(json_in 'm["text"]' <<<"$output")" = "$(cat "$state/instances/1/spec.yaml")" ]
        [ "$(json_in 'm["match"]' <<<"$output")" = "$(digest 1)" ]
        text=$(cat "$state/instances/1/spec.yaml")

        run -0 posted chief --data-urlencode "text=# a comment
$text" -d "match=$(digest 1)" /servers/1/spec
        [ "$output" = '303 /servers/1' ]
        grep -qx '# a comment' "$state/instances/1/spec.yaml"

        run -0 posted chief --data-urlencode "text=port: 27015
autostart: maybe <b>" /servers/1/spec
        [[ "$output" == 422* ]]
        grep -q ':2:12: error: autostart must be true or false' /run/web-answer
        grep -q 'autostart: maybe &lt;b&gt;' /run/web-answer

        # Another user saved meanwhile.
        run -0 posted chief --data-urlencode "text=$text" -d "match=$(printf x | sha256sum | cut -d' ' -f1)" /servers/1/spec
        [[ "$output" == 409* ]]
        grep -qx '# a comment' "$state/instances/1/spec.yaml"
        # The form still says what it was made of; over the other's version goes who has seen it.
        grep -q "name=\"match\" value=\"$(printf x | sha256sum | cut -d' ' -f1)\"" /run/web-answer
        grep -q "name=\"overwrite\" value=\"$(digest 1)\"" /run/web-answer
        [ "$(grep -c '# a comment' /run/web-answer)" = 1 ]
        run -0 posted chief --data-urlencode "text=$text" -d "match=$(printf x | sha256sum | cut -d' ' -f1)" \
                -d "overwrite=$(digest 1)" /servers/1/spec
        [ "$output" = '303 /servers/1' ]
        ! grep -qx '# a comment' "$state/instances/1/spec.yaml" || false
}

@test "a user edits his spec, but not what protects the host" {
        l4d2ctl initialize v4 --file=- <<<$'port: 27020\nblueprint: alice/versus\nresources: {memory_max: 2G}\nhardening: strict'
        wait_until eval '[[ $(status_of alice /servers/v4) == 200 ]]'
        save() { posted alice --data-urlencode "text=$1" /servers/v4/spec; }
        kept=$'blueprint: alice/versus\nresources: {memory_max: 2G}\nhardening: strict'
        [[ "$(save "port: 27021"$'\n'"$kept")" == 303* ]]
        [ "$(l4d2ctl get v4 port)" = 27021 ]
        for text in "port: 27021"$'\n'"${kept/2G/4G}" "port: 27021"$'\n'"${kept/strict/proven}" \
                "port: 27021"$'\n'"${kept/alice\/versus/bob\/coop}" "port: 27021" \
                $'port: 27021\nblueprint: alice/versus' "port: 27021"$'\n'"${kept/2G/2G, nice: -19}"; do
                [[ "$(save "$text")" == 403* ]] || { echo "$text"; false; }
        done
        [ "$(l4d2ctl get v4 hardening)" = strict ]
        l4d2ctl delete v4
}

@test "what l4d2ctl says is shown: a start that fails" {
        l4d2ctl initialize v5 --file=- <<<$'port: 27022\noverlays: [missing]'
        wait_until eval '[[ $(status_of chief /servers/v5) == 200 ]]'
        run -0 posted chief /servers/v5/start
        [[ "$output" == 500* ]]
        grep -q "Failed to start" /run/web-answer
        grep -q "l4d2ctl: " /run/web-answer
        run -0 post chief /api/servers/v5/start
        [ "$(json_in 'm["ok"], len(m["details"]) > 0' <<<"$output")" = '(False, True)' ]
        l4d2ctl delete v5
}

# --- F1: where servers are found -------------------------------------------------------------------

# The JSON of the page has the address and the link to join.
address_of() { web chief "/api/servers/$1" | json_in 'm["server"]["address"] + " " + m["server"]["connect"]'; }
has_address() { [[ $(address_of "$1") == "$2 steam://connect/$2" ]]; }

# both_say NAME ADDRESS: every place that shows it.
both_say() {
        wait_until has_address "$1" "$2"
        web chief "/servers/$1" | grep -F "href=\"steam://connect/$2\"" >/dev/null
        web chief / | grep -F "href=\"steam://connect/$2\"" >/dev/null
        l4d2ctl status "$1" | grep -qF "Connect: connect $2"
        [ "$(l4d2ctl status "$1" --json | json_in 'm["address"]')" = "$2" ]
}

@test "F1: links lead to the host's address, which the web app's own network does not have" {
        conf=/etc/left4me/left4me.conf.d/address.conf
        l4d2ctl stop 1
        both_say 1 "$(hostname):27015"
        ip address add 203.0.113.9/32 dev lo
        ip route add 192.0.2.0/24 dev lo src 203.0.113.9
        both_say 1 203.0.113.9:27015
        # It is still none that the app could use.
        [ -z "$(nsenter --target "$(web_pid)" --net ip -o address show scope global)" ]

        mkdir -p "${conf%/*}"
        printf '[server]\npublic_address=play.example.org\n' >"$conf"
        both_say 1 play.example.org:27015
        printf '[server]\npublic_address=2001:db8::7\n' >"$conf"
        both_say 1 '[2001:db8::7]:27015'
        printf '[server]\npublic_address=[2001:db8::7]\n' >"$conf"
        both_say 1 203.0.113.9:27015
        run -5 l4d2ctl validate
        [[ "$output" == *"address.conf:2:16: error: must be an IPv4 address, an IPv6 address without brackets"* ]]
        rm "$conf"
        restart_web
        log_in chief >/dev/null
        both_say 1 203.0.113.9:27015
        ip route delete 192.0.2.0/24 dev lo
        ip address delete 203.0.113.9/32 dev lo
}

@test "F1: without the sockets that look at the host's network the app runs, and says what it can" {
        systemctl stop left4me-web.service left4me-web-host.socket
        systemctl mask --runtime left4me-web-host.socket
        systemctl start left4me-web.service
        log_in chief >/dev/null
        wait_until has_address 1 "$(hostname):27015"
        journalctl --sync
        journalctl -b -u left4me-web.service -o cat | grep -qF 'left4me-web-host.socket gave no sockets'
        systemctl unmask --runtime left4me-web-host.socket
        restart_web
        log_in chief >/dev/null
}
