#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The rights of users, where they are decided: in l4d2ctl, for the user that the web app names. No server is
# started here.

load common
load web/web

setup_file() {
        mkdir -p /etc/left4me/left4me.conf.d
        for ref in alice/versus alice/second bob/coop; do
                echo 'config: []' | l4d2ctl blueprint create "$ref" --file=-
        done
        add_user chief admin
        add_user alice user
        add_user bob user
        make_instance bobs 27030 'blueprint: bob/coop'
        make_instance chiefs 27031
        make_instance hers 27040 'blueprint: alice/versus' 'hardening: strict' 'resources: {memory_max: 2G}'
        systemctl start left4me-web.service
        for who in chief alice; do log_in "$who" >/dev/null; done
}

json() { python3 -c "import json, sys; m = json.load(sys.stdin); print(($1))"; }

# As the web app runs it: for a user.
ctl_for() { l4d2ctl "--as-user=$1" "${@:2}"; }

# save_for WHO NAME LINE…: puts a whole spec in place.
save_for() { printf '%s\n' "${@:3}" | ctl_for "$1" initialize "$2" --file=-; }

hers=('port: 27040' 'blueprint: alice/versus' 'hardening: strict' 'resources: {memory_max: 2G}')

# An overlay's file for a user.
put_for() { ctl_for "$1" overlay put "$2" left4dead2/a -; }

@test "users change the overlays below their name only, within their quota" {
        printf '[content]\nuser_overlays=2\nuser_overlay_bytes=1M\n' >/etc/left4me/left4me.conf.d/quota.conf
        l4d2ctl overlay create shared
        l4d2ctl overlay create bob/maps
        run -0 ctl_for alice overlay create alice/maps
        for ref in shared alice bob/mine alicex/o al/ice; do
                run -8 ctl_for alice overlay create "$ref"
                [[ "$output" == *"does not belong to the user 'alice'"* ]]
        done
        for verb in 'rename bob/maps alice/maps2' 'rename alice/maps bob/o' 'rollback bob/maps' 'delete bob/maps' \
                'rm bob/maps left4dead2/a' 'get bob/maps left4dead2/a' 'delete shared' 'gc' 'gc alice/maps'; do
                # shellcheck disable=SC2086
                run -8 ctl_for alice overlay $verb
        done
        run -0 ctl_for alice overlay create alice/second
        run -8 ctl_for alice overlay create alice/third
        [[ "$output" == *"may have 2 overlays and has as many (user_overlays="* ]]
        [ ! -e "$state/overlays/alice/third" ]
        # An admin has no quota, wherever the overlay lies.
        run -0 ctl_for chief overlay create alice/third
        run -0 ctl_for alice overlay rename alice/second alice/other
        run -0 ctl_for alice overlay delete alice/other
        run -0 ctl_for alice overlay delete alice/third
        l4d2ctl overlay delete shared
        l4d2ctl overlay delete bob/maps
        l4d2ctl overlay delete alice/maps
        rm /etc/left4me/left4me.conf.d/quota.conf
}

set_ports() { printf '[server]\nport_range=%s\n' "$1" >/etc/left4me/left4me.conf.d/ports.conf; }

@test "A3: a new port range doesn't let a user set what is for admins" {
        local text answer
        run -0 web alice /api/new-server
        [ "$(json 'm["port_max"]' <<<"$output")" -lt 27900 ]
        set_ports 27015-28000
        # The web app has not been restarted, and still knows the new range.
        wait_until eval '[[ $(web alice /api/new-server | json "m[\"port_max\"]") == 28000 ]]'
        cp "$state/instances/hers/spec.yaml" /run/before
        for text in $'hardening: proven\nresources: {memory_max: 2G}' $'hardening: strict\nresources: {memory_max: 1T}' \
                'resources: {memory_max: 2G}' $'hardening: strict\nresources: {memory_max: 2G, nice: -19}'; do
                answer=$(post alice --output /run/answer --write-out '%{http_code}' --data-urlencode \
                        $'text=port: 27950\nblueprint: alice/versus\n'"$text" /servers/hers/spec)
                [ "$answer" = 403 ] || { echo "$text: $answer"; false; }
                grep -q "Only admins may change &#39;\(hardening\|resources\)&#39;" /run/answer
        done
        answer=$(post alice --output /dev/null --write-out '%{http_code}' --data-urlencode \
                $'text=port: 27950\nblueprint: bob/coop\nhardening: strict\nresources: {memory_max: 2G}' /servers/hers/spec)
        [ "$answer" = 403 ]
        cmp "$state/instances/hers/spec.yaml" /run/before
        # A port of the new range alone is not refused.
        answer=$(post alice --output /dev/null --write-out '%{http_code}' --data-urlencode \
                $'text=port: 27950\nblueprint: alice/versus\nhardening: strict\nresources: {memory_max: 2G}' /servers/hers/spec)
        [ "$answer" = 303 ]
        [ "$(l4d2ctl get hers port)" = 27950 ]
        wait_until eval '[[ $(web alice /api/servers/hers | json "m[\"server\"][\"port\"]") == 27950 ]]'
}

@test "A3: what a user may save, l4d2ctl decides" {
        save_for chief hers "${hers[@]}"
        cp "$state/instances/hers/spec.yaml" /run/before
        for line in 'hardening: proven' 'resources: {}' 'resources: {memory_max: 2G, tasks_max: 100}' 'blueprint: bob/coop'; do
                local key=${line%%:*} lines=()
                for have in "${hers[@]}"; do [[ $have == "$key:"* ]] && lines+=("$line") || lines+=("$have"); done
                run -8 save_for alice hers "${lines[@]}"
        done
        # Without a blueprint it would be an admin's.
        run -8 save_for alice hers "${hers[0]}" "${hers[@]:2}"
        # A key that is left out goes back to its default, which is a change too.
        run -8 save_for alice hers "${hers[@]:0:3}"
        cmp "$state/instances/hers/spec.yaml" /run/before
        # The same values, written in another way, are none.
        run -0 save_for alice hers 'resources: {memory_max: 2048M}' 'hardening: "strict"' "${hers[@]:1:1}" 'port: 27041'

        # Setting one value at a time does not get around it.
        for change in 'hardening proven' 'resources.nice -19' 'blueprint bob/coop'; do
                # shellcheck disable=SC2086 # words
                run -8 ctl_for alice set hers $change
        done
        for key in hardening resources resources.memory_max blueprint; do run -8 ctl_for alice unset hers "$key"; done
        run -0 ctl_for alice set hers blueprint alice/second
        run -0 ctl_for alice set hers autostart false
        [ "$(l4d2ctl get hers hardening)" = strict ]

        # A new server has defaults where only admins decide.
        run -8 save_for alice new 'port: 27050' 'blueprint: alice/versus' 'hardening: strict'
        run -8 save_for alice new 'port: 27050' 'blueprint: bob/coop'
        run -8 save_for alice new 'port: 27050'
        run -8 ctl_for alice initialize new --blueprint=bob/coop
        [ ! -e "$state/instances/new" ]
        run -0 save_for alice new 'port: 27050' 'blueprint: alice/versus' 'hardening: proven'
        run -0 ctl_for alice delete new
        # Admins are not asked.
        run -0 save_for chief hers "${hers[@]:0:2}" 'hardening: proven'
        run -0 save_for chief hers "${hers[@]}"
}

@test "A3: another's server and blueprint are not changed, not read, and not quoted" {
        for name in bobs chiefs; do
                run -8 save_for alice "$name" 'port: 27060' 'blueprint: alice/versus'
                run -8 ctl_for alice set "$name" autostart true
                run -8 ctl_for alice unset "$name" blueprint
                for verb in start stop restart reset delete logs status get edit cat; do
                        run -8 ctl_for alice "$verb" "$name"
                        [[ "$output" != *27030* && "$output" != *27031* ]]
                done
                [ -e "$state/instances/$name/spec.yaml" ]
        done
        # All there are, among them others'.
        run -8 ctl_for alice status
        run -8 ctl_for alice list

        printf 'secret: value\n' >"$state/blueprints/bob/broken.yaml"
        run -8 save_for alice new 'port: 27060' 'blueprint: bob/broken'
        [[ "$output" != *secret* ]]
        run -8 ctl_for alice set hers blueprint bob/broken
        [[ "$output" != *secret* ]]
        rm "$state/blueprints/bob/broken.yaml"

        for command in 'create bob/coop' 'create bob/new' 'set bob/coop description x' 'unset bob/coop config' \
                'delete bob/coop' 'clone bob/coop alice/copy' 'clone alice/versus bob/copy' 'show bob/coop' 'list'; do
                # shellcheck disable=SC2086 # words
                run -8 ctl_for alice blueprint $command </dev/null
        done
        [ "$(ls "$state/blueprints/bob")" = coop.yaml ]
        run -0 ctl_for alice blueprint set alice/versus description mine
        run -0 ctl_for alice blueprint clone alice/versus alice/third
        run -0 ctl_for alice blueprint delete alice/third

        for command in 'user add eve' 'user role alice admin' 'user passwd bob' 'user delete bob' 'user list' \
                install report hardening audit doctor disk validate render; do
                # shellcheck disable=SC2086 # words
                run -8 ctl_for alice $command </dev/null
        done
}

@test "A3: every doubt is a refusal" {
        local text=("${hers[@]:0:1}" 'blueprint: alice/versus')
        # An unknown user, or a name that can't be one.
        run -8 save_for nobody hers "${text[@]}"
        [[ "$output" == *"Unknown user 'nobody'"* ]]
        run -2 ctl_for '' set hers autostart true
        run -2 ctl_for '../users/chief' set hers autostart true
        # A file of a user that can't be read, or has errors: also an admin's.
        cp -a "$state/users/chief.yaml" /run/chief.yaml
        echo 'role: king' >"$state/users/chief.yaml"
        run -8 ctl_for chief set hers autostart true
        rm "$state/users/chief.yaml"
        ln -s /run/chief.yaml "$state/users/chief.yaml"
        run -8 ctl_for chief set hers autostart true
        rm "$state/users/chief.yaml"
        cp -a /run/chief.yaml "$state/users/chief.yaml"
        chown root:root "$state/users/chief.yaml"
        chmod 600 "$state/users/chief.yaml"
        run -8 setpriv --reuid left4me --regid left4me --init-groups \
                l4d2ctl --as-user=chief set hers autostart true
        rm "$state/users/chief.yaml"
        cp -a /run/chief.yaml "$state/users/chief.yaml"
        run -0 ctl_for chief set hers autostart false

        # The current spec can't be parsed: left4me cannot tell what an admin had set in it.
        cp -a "$state/instances/hers/spec.yaml" /run/before
        echo 'hardening: loose' >>"$state/instances/hers/spec.yaml"
        run -8 save_for alice hers "${hers[@]}"
        run -8 ctl_for alice unset hers hardening
        run -8 ctl_for alice delete hers
        cp -a /run/before "$state/instances/hers/spec.yaml"
        # A new one that can't be is refused as such.
        run -5 save_for alice hers "${hers[@]}" 'autostart: maybe'
        cmp /run/before "$state/instances/hers/spec.yaml"
}

@test "A3: the trail names the user" {
        ctl_for alice set hers autostart true
        ctl_for alice set hers autostart false
        journalctl --sync
        journalctl -o cat L4D2_USER=alice L4D2_INSTANCE=hers L4D2_ACTION=set | grep -q .
}

@test "A7: a taken port doesn't tell whose it is" {
        run -5 save_for alice hers 'port: 27031' "${hers[@]:1}"
        [[ "$output" == *"port 27031 is taken"* && "$output" != *chiefs* ]]
        run -5 ctl_for alice set hers port 27030
        [[ "$output" == *"port 27030 is taken"* && "$output" != *bobs* ]]
        run -5 ctl_for alice initialize new --blueprint=alice/versus --port=27031
        [[ "$output" == *"port 27031 is taken"* && "$output" != *chiefs* ]]
        run -0 post alice -d name=newer -d port=27031 -d blueprint=alice/versus /api/servers
        [[ "$output" == *"port 27031 is taken"* && "$output" != *chiefs* ]]
        # Admins are told.
        run -5 ctl_for chief set hers port 27031
        [[ "$output" == *"'chiefs'"* ]]

        # A spec that was written by hand, which l4d2ctl would not have.
        cp -a "$state/instances/hers/spec.yaml" /run/before
        sed -i 's/^port:.*/port: 27031/' "$state/instances/hers/spec.yaml"
        systemctl daemon-reload
        wait_until eval 'web alice /api/servers/hers | grep -q "port 27031 is taken"'
        run -0 web alice /api/servers/hers
        [[ "$output" != *chiefs* ]]
        run ctl_for alice status hers --json
        [[ "$output" == *"port 27031 is taken"* && "$output" != *chiefs* ]]
        # Good again, but systemd has not read it: what the generator said last names the other.
        cp -a /run/before "$state/instances/hers/spec.yaml"
        run ctl_for alice status hers --json
        [[ "$output" != *chiefs* ]]
        wait_until eval '! web alice /api/servers/hers | grep -q "is taken"'
        run -0 web alice /api/servers/hers
        [[ "$output" != *chiefs* ]]
        systemctl daemon-reload
}

@test "A7: a user has servers_per_user servers at most" {
        local n
        printf '[web]\nservers_per_user=3\n' >/etc/left4me/left4me.conf.d/quota.conf
        run -0 save_for alice one 'port: 27061' 'blueprint: alice/versus'
        run -0 save_for alice two 'port: 27062' 'blueprint: alice/second'
        run -8 save_for alice three 'port: 27063' 'blueprint: alice/versus'
        [[ "$output" == *"has 3 servers, and may have 3"* ]]
        run -8 ctl_for alice initialize three --blueprint=alice/versus
        [ "$(post alice --output /run/answer --write-out '%{http_code}' -d name=three -d port=27063 \
                -d blueprint=alice/versus /servers)" = 403 ]
        grep -q 'servers_per_user' /run/answer
        [ ! -e "$state/instances/three" ]
        # Four at once for the last place: one gets it.
        run -0 ctl_for alice delete two
        for n in 1 2 3 4; do save_for alice "at-once-$n" "port: 2707$n" 'blueprint: alice/versus' & done
        wait
        [ "$(find "$state/instances" -name 'at-once-*' | wc -l)" = 1 ]
        # Existing ones can still be changed, and one with errors counts.
        run -0 save_for alice one 'port: 27064' 'blueprint: alice/second'
        echo 'no: key' >>"$state/instances/one/spec.yaml"
        run -8 save_for alice three 'port: 27063' 'blueprint: alice/versus'
        # Admins may give a user more.
        run -0 save_for chief three 'port: 27063' 'blueprint: alice/versus'
        l4d2ctl delete one three at-once-{1..4}
        rm /etc/left4me/left4me.conf.d/quota.conf
}

# said TEXT NAME: a line in the log of a server, which need not run for it.
said() { logger --journald <<<"MESSAGE=$1
OBJECT_SYSTEMD_UNIT=left4me-server@$2.service"; }

# seen_by WHO NAME: all of its log and trail that WHO is shown, by every way there is.
seen_by() {
        web "$1" "/api/servers/$2"
        web "$1" "/api/servers/$2/log?lines=500&all=yes"
        web "$1" "/servers/$2/log.txt"
        web "$1" "/api/audit?instance=$2"
        seen_live "$1" "/servers/$2/events" "$2"
        # From the very first entry on, as a client asks that kept a cursor.
        seen_live "$1" "/servers/$2/events?after=$first_cursor" "$2"
        ctl_for "$1" logs "$2" --all --lines=all
}

# seen_live WHO PATH NAME: what a stream shows up to a line that is written when it has begun. Ends the subshell that
# it is called in when the stream doesn't come so far.
seen_live() {
        local shown=$BATS_TEST_TMPDIR/live stream end="the end $EPOCHREALTIME"
        "$web_tools/events" "$jars/$1" "$2" >"$shown" 2>&1 3>&- &
        stream=$!
        # It begins with the state.
        wait_until test -s "$shown" || exit
        said "$end" "$3"
        wait_until grep -qF "$end" "$shown" || exit
        kill "$stream"
        wait "$stream" || true
        cat "$shown"
}

@test "A6: a former server's log and trail are not of whoever takes its name next" {
        local first_cursor shown
        first_cursor=$(journalctl -b -o json -n 1 --output-fields=__CURSOR | json 'm["__CURSOR"]')
        make_instance again 27080 'blueprint: bob/coop'
        said 'a line of bob' again
        ctl_for bob set again autostart true
        journalctl --sync
        log_in bob >/dev/null
        shown=$(seen_by bob again)
        [ "$(grep -c 'a line of bob' <<<"$shown")" -ge 6 ]
        [[ "$shown" == *'set by bob'* ]]
        ctl_for bob delete again

        run -0 save_for alice again 'port: 27080' 'blueprint: alice/versus'
        wait_until eval '[[ $(status_of alice /servers/again) == 200 ]]'
        said 'a line of alice' again
        journalctl --sync
        shown=$(seen_by alice again)
        [ "$(grep -c 'a line of alice' <<<"$shown")" -ge 6 ]
        [[ "$shown" == *'initialize by alice'* ]]
        [[ "$shown" != *'a line of bob'* && "$shown" != *'by bob'* ]]
        # Also with a stream that had the old lines in memory, and after changes of the spec.
        ctl_for alice set again autostart true
        ctl_for alice set again blueprint alice/second
        shown=$(seen_by alice again)
        [[ "$shown" == *'a line of alice'* && "$shown" != *'a line of bob'* ]]
        # The tests before have changed users, which ends sessions.
        log_in chief >/dev/null
        [ "$(web chief /servers/again/log.txt | grep -c 'a line of')" = 2 ]

        # An admin gives it to bob: bob does not see what alice did with it.
        l4d2ctl set again blueprint bob/coop
        wait_until eval '[[ $(status_of bob /servers/again) == 200 ]]'
        said 'another line of bob' again
        journalctl --sync
        shown=$(seen_by bob again)
        [[ "$shown" == *'another line of bob'* && "$shown" != *'a line of alice'* && "$shown" != *'by alice'* ]]
        [[ "$shown" != *'a line of bob'* ]]

        # Without the note it is the time of the last change; a note that can't be read is none.
        rm "$state/instances/again/owner"
        shown=$(seen_by bob again)
        [[ "$shown" != *'a line of alice'* ]]
        echo 'bob 0' >/run/owner
        ln -s /run/owner "$state/instances/again/owner"
        shown=$(seen_by bob again)
        [[ "$shown" != *'a line of alice'* ]]
        l4d2ctl delete again
}

@test "A9: users see the trail of their own blueprints, not of a former user's of the same name" {
        add_user eve user
        echo 'config: []' | ctl_for eve blueprint create eve/one --file=-
        l4d2ctl blueprint set eve/one config a
        l4d2ctl blueprint set bob/coop config a
        journalctl --sync
        log_in eve >/dev/null
        run -0 web eve /api/audit
        [[ "$output" == *'eve/one: blueprint create by eve'*  && "$output" == *'eve/one: blueprint set by root'* ]]
        [[ "$output" != *alice/* && "$output" != *'user add'* ]]
        log_in bob >/dev/null
        run -0 web bob /api/audit
        [[ "$output" == *bob/coop* && "$output" != *eve/one* ]]

        l4d2ctl blueprint delete eve/one
        l4d2ctl user delete eve
        add_user eve user
        echo 'config: []' | ctl_for eve blueprint create eve/one --file=-
        journalctl --sync
        log_in eve >/dev/null
        run -0 web eve /api/audit
        [ "$(grep -o 'blueprint create by eve' <<<"$output" | wc -l)" = 1 ]
        [[ "$output" != *'blueprint set'* && "$output" != *'blueprint delete'* ]]
}

@test "A9: a report is made however often it is asked for" {
        local i
        [ "$(systemctl show --value -p StartLimitIntervalUSec left4me-report@disk.service)" = 0 ]
        for ((i = 0; i < 7; i++)); do systemctl start left4me-report@disk.service; done
}
