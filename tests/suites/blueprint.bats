#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Blueprints: made, changed and deleted by l4d2ctl, and read by left4me-overlay each time a server
# starts, with l4d2ctl or without.

load common

blueprints=$state/blueprints

setup_file() {
        install_game
}

teardown() {
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
        rm -rf "$state"/instances/* "$state"/overlays/* "$state"/users/* "${blueprints:?}"/*
        systemctl daemon-reload
}

# blueprint REF [YAML-LINE…]
blueprint() {
        local ref=$1
        shift
        printf '%s\n' "$@" | l4d2ctl blueprint create "$ref"
}

# server NAME REF: a server with that blueprint.
server() { l4d2ctl initialize "$1" --blueprint "$2"; }

layer() { cat "/run/left4me/layers/$1/$2"; }
spec_word() { l4d2ctl status "$1" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["spec"])'; }

# field REF KEY: as show --json has it, as JSON.
field() { l4d2ctl blueprint show "$1" --json | python3 -c 'import json, sys
print(json.dumps(json.load(sys.stdin)[sys.argv[1]]))' "$2"; }

@test "create makes a file that operators can read, and replaces it" {
        run -0 blueprint alice/versus 'config: [sv_gametypes versus]   # a comment'
        [ -z "$output" ]
        [ "$(cat "$blueprints/alice/versus.yaml")" = 'config: [sv_gametypes versus]   # a comment' ]
        [ "$(stat -c '%U:%G %a' "$blueprints/alice/versus.yaml")" = 'left4me:left4me-operators 640' ]
        [ "$(stat -c '%U:%G %a' "$blueprints/alice")" = 'left4me:left4me-operators 2750' ]
        echo 'description: other' >"$BATS_TEST_TMPDIR/other.yaml"
        l4d2ctl blueprint create alice/versus -f "$BATS_TEST_TMPDIR/other.yaml"
        cmp "$BATS_TEST_TMPDIR/other.yaml" "$blueprints/alice/versus.yaml"

        setpriv --reuid left4me --regid left4me --init-groups l4d2ctl blueprint create bob/x </dev/null
        [ "$(stat -c '%U:%G %a' "$blueprints/bob/x.yaml")" = 'left4me:left4me-operators 640' ]
}

@test "what create refuses leaves everything as it was" {
        blueprint alice/versus 'config: [a]'
        run -5 blueprint alice/versus 'overlay: [x]' 'arguments: [-port]'
        [[ "$output" == *"<stdin>:1:1: error: unknown key 'overlay', did you mean 'overlays'?"* ]]
        [[ "$output" == *"<stdin>:2:13: error: argument '-port' is reserved"* ]]
        run -5 blueprint alice/other 'port: 27015'
        for ref in alice a/b/c ../x/y Alice/x alice/X alice/ /x; do
                run -2 blueprint "$ref" ''
                [[ "$output" == *"use OWNER/NAME"* ]]
        done
        run -6 l4d2ctl blueprint create alice/versus --new <<<'config: [b]'
        [[ "$output" == *"A blueprint named 'alice/versus' already exists"* ]]
        [ "$(find "$blueprints" -type f)" = "$blueprints/alice/versus.yaml" ]
        [ "$(cat "$blueprints/alice/versus.yaml")" = 'config: [a]' ]
        run -0 blueprint alice/warned 'overlays: [nowhere]'
        [[ "$output" == *"Overlay 'nowhere' does not exist yet"* ]]
}

@test "--if-match replaces what was read and nothing else" {
        local old
        blueprint alice/versus 'config: [a]'
        old=$(sha256sum <"$blueprints/alice/versus.yaml" | cut -d' ' -f1)
        [ "$(field alice/versus sha256)" = "\"$old\"" ]
        l4d2ctl blueprint create alice/versus --if-match "$old" <<<'config: [b]'
        run -6 l4d2ctl blueprint create alice/versus --if-match "$old" <<<'config: [c]'
        [[ "$output" == *"Another process changed the blueprint 'alice/versus' meanwhile"* ]]
        [ "$(cat "$blueprints/alice/versus.yaml")" = 'config: [b]' ]
        run -6 l4d2ctl blueprint create alice/gone --if-match "$old" <<<'config: [c]'
        [[ "$output" == *"Another process removed"* ]]
        run -2 l4d2ctl blueprint create alice/versus --if-match "${old^^}" <<<'config: [c]'
        run -2 l4d2ctl blueprint create alice/versus --if-match abc <<<'config: [c]'

        make_instance 1 27015
        old=$(sha256sum <"$state/instances/1/spec.yaml" | cut -d' ' -f1)
        l4d2ctl initialize 1 --if-match "$old" -f - <<<'port: 27016'
        run -6 l4d2ctl initialize 1 --if-match "$old" -f - <<<'port: 27017'
        run -6 l4d2ctl initialize 2 --if-match "$old" -f - <<<'port: 27017'
        run -6 l4d2ctl initialize 1 --new -f - <<<'port: 27017'
        [ "$(l4d2ctl get 1 port)" = 27016 ]
        [ ! -e "$state/instances/2" ]
}

# Daemon reloads so far.
reloads() {
        journalctl --sync
        journalctl -b -o cat _PID=1 | grep -c '^Reload requested'
}

@test "a server gets what its blueprint says at each start, also with systemctl" {
        echo mark >"$(make_overlay one)/mark"
        echo other >"$(make_overlay two)/mark"
        blueprint alice/versus 'overlays: [one]' 'arguments: [-tickrate, 100]' 'config: [hostname "First"]'
        server 1 alice/versus
        l4d2ctl start 1
        [[ "$(layer 1 .left4me/argv | tr '\0' ' ')" == *"-port 27015 "*" -tickrate 100 +map"* ]]
        [[ "$(layer 1 left4dead2/cfg/server.cfg)" == *'hostname "First"'*rcon_password* ]]
        [ "$(cat "$state/runtime/1/merged/mark")" = mark ]
        run -0 "$query" info 127.0.0.1 27015
        [[ "$output" == *First* ]]
        [ "$(spec_word 1)" = valid ]

        run -0 l4d2ctl blueprint set alice/versus config 'hostname "Second"'
        [[ "$output" == *"'1' is running: the change applies at its next start"* ]]
        l4d2ctl blueprint set alice/versus overlays two 2>/dev/null
        [ "$(spec_word 1)" = changed ]
        [ "$(cat "$state/runtime/1/merged/mark")" = mark ]
        before=$(reloads)
        systemctl restart left4me-server@1.service
        [ "$(reloads)" = "$before" ]
        [ "$(cat "$state/runtime/1/merged/mark")" = other ]
        [[ "$(layer 1 left4dead2/cfg/server.cfg)" == *'hostname "Second"'* ]]
        [ "$(spec_word 1)" = valid ]
}

# The name that the running server of this port tells the world.
shown_name() { "$query" info 127.0.0.1 "$1" | grep -i name; }

@test "servers of one blueprint have names of their own: made, from the label, by hostname" {
        blueprint alice/versus 'config: [sv_gametypes versus]'
        server 1 alice/versus
        server 2 alice/versus
        l4d2ctl set 2 label 'Friday "hard"; 初心者'
        l4d2ctl start 1 2
        run -0 shown_name 27015
        [[ "$output" == *'alice 1'* ]]
        # A cfg can't carry that label, so the name stands in for it.
        run -0 shown_name 27016
        [[ "$output" == *'alice 2'* ]]
        run -0 l4d2ctl status 2 --json
        [[ "$output" == *'"hostname":"alice 2"'*'"label":"Friday \"hard\"; 初心者"'* ]]

        l4d2ctl set 1 label 'Friday; hard // really' 2>/dev/null
        l4d2ctl set 2 hostname 'Own; name // here' 2>/dev/null
        l4d2ctl restart 1 2
        run -0 shown_name 27015
        [[ "$output" == *'alice Friday; hard // really'* ]]
        run -0 shown_name 27016
        [[ "$output" == *'Own; name // here'* ]]

        # A line of the config goes before the made name, the key before the line.
        l4d2ctl blueprint set alice/versus config 'hostname "All of them"' 2>/dev/null
        l4d2ctl restart 1 2
        run -0 shown_name 27015
        [[ "$output" == *'All of them'* ]]
        run -0 shown_name 27016
        [[ "$output" == *'Own; name // here'* ]]
}

@test "a missing or broken blueprint fails the mount, with its errors in the log" {
        local overlay_log='journalctl -b -o cat -u l4d2-overlay@1.service'
        blueprint alice/versus 'config: [a]'
        server 1 alice/versus
        printf 'overlay: [x]\n' >"$blueprints/alice/versus.yaml"
        run ! systemctl start left4me-server@1.service
        journalctl --sync
        [[ "$($overlay_log)" == *"$blueprints/alice/versus.yaml:1:1: unknown key 'overlay', did you mean 'overlays'?"* ]]
        run ! mountpoint -q "$state/runtime/1/merged"

        rm "$blueprints/alice/versus.yaml"
        run ! systemctl start left4me-server@1.service
        journalctl --sync
        [[ "$($overlay_log)" == *"$state/instances/1/spec.yaml:2:12: no blueprint named 'alice/versus'"* ]]

        ln -s /etc/passwd "$blueprints/alice/versus.yaml"
        run ! systemctl start left4me-server@1.service
        journalctl --sync
        [[ "$($overlay_log)" == *"$blueprints/alice/versus.yaml: "*"symbolic link"* ]]

        rm "$blueprints/alice/versus.yaml"
        blueprint alice/versus 'overlays: [nowhere]'
        run ! systemctl start left4me-server@1.service
        journalctl --sync
        [[ "$($overlay_log)" == *"overlay 'nowhere' named in $blueprints/alice/versus.yaml: "*"does not exist"* ]]
}

@test "start, status, list, validate and cat say what is wrong with a blueprint" {
        local where="$blueprints/alice/versus.yaml:1:1: error: unknown key 'overlay'"
        blueprint alice/versus 'config: [a]'
        server 1 alice/versus
        l4d2ctl validate
        run -0 l4d2ctl cat 1
        [[ "$output" == *"# $blueprints/alice/versus.yaml"*'config: [a]'*server.cfg* ]]

        echo 'overlay: [x]' >"$blueprints/alice/versus.yaml"
        run -5 l4d2ctl start 1
        [[ "$output" == *"$where"* ]]
        run -5 l4d2ctl validate 1
        [[ "$output" == *"$where"* ]]
        run -5 l4d2ctl validate
        [ "$(grep -cF "$where" <<<"$output")" = 1 ]
        run -5 l4d2ctl cat 1
        [[ "$output" == *'blueprint: alice/versus'*"$where"* && "$output" != *server.cfg* ]]
        run -3 l4d2ctl status 1
        [[ "$output" == *refused*"$where"* ]]
        [ "$(spec_word 1)" = refused ]
        run -0 l4d2ctl list
        [[ "$output" == *refused*refused* ]]
        run -5 l4d2ctl blueprint show alice/versus
        [[ "$output" == *"$where"* ]]
        run -0 l4d2ctl blueprint list
        [[ "$output" == *refused* ]]

        rm "$blueprints/alice/versus.yaml"
        where="$state/instances/1/spec.yaml:2:12: error: no blueprint named 'alice/versus'"
        run -5 l4d2ctl start 1
        [[ "$output" == *"$where"* ]]
        run -5 l4d2ctl validate
        [ "$(grep -cF "$where" <<<"$output")" = 1 ]
        run -3 l4d2ctl status 1
        [[ "$output" == *"$where"* ]]
}

@test "initialize --blueprint takes the lowest free port and never another server's place" {
        blueprint alice/versus 'config: [a]'
        make_instance taken 27015
        make_instance high 27017
        server 1 alice/versus
        server 2 alice/versus
        [ "$(l4d2ctl get 1 port) $(l4d2ctl get 2 port)" = '27016 27018' ]
        [[ "$(l4d2ctl get 1 rcon_password)" =~ ^[a-z2-9]{24}$ ]]
        [ -e /run/systemd/generator/left4me-server@1.service.d/40-instance.conf ]
        l4d2ctl initialize 3 --blueprint alice/versus --port 27099
        [ "$(l4d2ctl get 3 port)" = 27099 ]

        run -6 server 1 alice/versus
        [[ "$output" == *"A server named '1' already exists"* ]]
        run -5 l4d2ctl initialize 4 --blueprint alice/versus --port 27015
        [[ "$output" == *"taken"* ]]
        run -5 l4d2ctl initialize 4 --blueprint alice/none
        [[ "$output" == *"no blueprint named 'alice/none'"* ]]
        run -2 l4d2ctl initialize 4 --blueprint alice
        run -2 l4d2ctl initialize 4 --blueprint alice/versus -f -
        run -2 l4d2ctl initialize 4 --port 27050 -f -
        run -2 l4d2ctl initialize 4 --blueprint alice/versus --port 70000
        [ ! -e "$state/instances/4" ]
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[server]\nport_range=27015-27018\n' >/etc/left4me/left4me.conf.d/ports.conf
        run -6 server 4 alice/versus
        rm /etc/left4me/left4me.conf.d/ports.conf
        [[ "$output" == *"All ports from 27015 to 27018 are taken"* ]]
}

@test "set moves a server to a blueprint and takes the lists out" {
        blueprint alice/versus 'config: [a]'
        make_instance 1 27015 '# a comment' 'overlays: [x]' 'config:' '  - b' 'autostart: false'
        run -0 l4d2ctl set 1 blueprint alice/versus
        [[ "$output" == *"Removed from the spec of '1', because its blueprint decides this: overlays, config"* ]]
        [ "$(grep -v rcon "$state/instances/1/spec.yaml")" = 'port: 27015
# a comment
autostart: false
blueprint: alice/versus' ]
        run -0 l4d2ctl set 1 blueprint alice/versus
        [ -z "$output" ]
        run -5 l4d2ctl set 1 overlays x
        [[ "$output" == *"overlays can't be set here, the blueprint 'alice/versus' decides this"* ]]
        run -5 l4d2ctl set 1 blueprint alice/none
        [[ "$output" == *"no blueprint named 'alice/none'"* ]]
        [ "$(l4d2ctl get 1 blueprint)" = alice/versus ]
        l4d2ctl unset 1 blueprint
        l4d2ctl set 1 overlays x 2>/dev/null
}

@test "edit, set and unset leave the rest of the file alone" {
        blueprint alice/versus '# mine' 'description: one' 'config: [a] # here' 'arguments:' '  - x'
        l4d2ctl blueprint set alice/versus config b 'c d'
        l4d2ctl blueprint set alice/versus arguments -- -x 2>/dev/null
        l4d2ctl blueprint unset alice/versus description
        run -0 cat "$blueprints/alice/versus.yaml"
        [ "$output" = '# mine
config: [b, c d] # here
arguments:
  - "-x"' ]
        run -2 l4d2ctl blueprint set alice/versus port 27015
        [[ "$output" == *"unknown key 'port', it belongs in the specs of servers"* ]]
        run -5 l4d2ctl blueprint set alice/versus arguments -port
        run -4 l4d2ctl blueprint set alice/none config a
        run -4 l4d2ctl blueprint edit alice/none

        cat >"$BATS_TEST_TMPDIR/editor" <<-'EOF'
		#!/bin/bash
		[[ $1 == */versus.yaml ]] && sed -i 's/^# mine/# edited/' "$1"
	EOF
        chmod +x "$BATS_TEST_TMPDIR/editor"
        EDITOR=$BATS_TEST_TMPDIR/editor l4d2ctl blueprint edit alice/versus
        grep -q '^# edited' "$blueprints/alice/versus.yaml"
        echo 'echo "overlay: [x]" >>"$1"' >>"$BATS_TEST_TMPDIR/editor"
        TMPDIR=$BATS_TEST_TMPDIR EDITOR=$BATS_TEST_TMPDIR/editor run -5 l4d2ctl blueprint edit alice/versus </dev/null
        [[ "$output" == *"unknown key 'overlay'"*"The blueprint 'alice/versus' was not changed"* ]]
        run ! grep -q overlay "$blueprints/alice/versus.yaml"
}

@test "clone copies every byte, and over nothing" {
        blueprint alice/versus '# mine' 'config: [a]'
        l4d2ctl blueprint clone alice/versus bob/his
        cmp "$blueprints/alice/versus.yaml" "$blueprints/bob/his.yaml"
        run -6 l4d2ctl blueprint clone alice/versus bob/his
        run -4 l4d2ctl blueprint clone alice/none bob/other
        echo 'x: y' >"$blueprints/alice/versus.yaml"
        run -5 l4d2ctl blueprint clone alice/versus bob/other
        [ ! -e "$blueprints/bob/other.yaml" ]
}

@test "one in use is not deleted, and who uses it is said" {
        blueprint alice/versus 'config: [a]'
        blueprint alice/free 'config: [a]'
        server 1 alice/versus
        server 2 alice/versus
        # Errors elsewhere in a spec do not make it less of a user.
        echo 'autostart: maybe' >>"$state/instances/2/spec.yaml"
        run -6 l4d2ctl blueprint delete alice/versus alice/free
        [[ "$output" == *"Servers use the blueprint 'alice/versus':"*' 1'*' 2'* ]]
        [ -e "$blueprints/alice/versus.yaml" ]
        [ ! -e "$blueprints/alice/free.yaml" ]
        l4d2ctl delete 1 2
        run -0 l4d2ctl blueprint delete alice/versus
        [ ! -e "$blueprints/alice" ]
        run -0 l4d2ctl blueprint delete alice/versus
}

@test "list and show, for people and for programs" {
        make_overlay standard
        blueprint bob/b 'config: [x]'
        blueprint alice/versus 'description: "Größe: L"' 'overlays: [standard]' 'arguments: [-x, 100]' 'config: [y]'
        blueprint alice/empty
        server 1 alice/versus
        server 2 alice/versus
        run -0 l4d2ctl blueprint list
        [ "$(tr -s ' ' <<<"$output" | sed 's/ *$//')" = 'NAME STATE SERVERS OVERLAYS DESCRIPTION
alice/empty valid - - -
alice/versus valid 1,2 standard Größe: L
bob/b valid - - -' ]
        run -0 l4d2ctl blueprint list bob
        [ "$(wc -l <<<"$output")" = 2 ]
        run -0 --separate-stderr l4d2ctl blueprint show alice/versus
        [ "$output" = "$(cat "$blueprints/alice/versus.yaml")" ]
        [[ "$stderr" == *"Used by '1'"*"Used by '2'"* ]]
        run -4 l4d2ctl blueprint show alice/none

        l4d2ctl blueprint list --json >"$BATS_TEST_TMPDIR/list"
        l4d2ctl blueprint show alice/versus --json >"$BATS_TEST_TMPDIR/show"
        echo 'x: [' >"$blueprints/bob/b.yaml"
        run -5 l4d2ctl blueprint show bob/b --json
        echo "$output" >"$BATS_TEST_TMPDIR/bad"
        python3 - "$BATS_TEST_TMPDIR" <<-'EOF'
		import json, sys
		everything, show, bad = (json.load(open(f"{sys.argv[1]}/{name}")) for name in ("list", "show", "bad"))
		assert [b["ref"] for b in everything] == ["alice/empty", "alice/versus", "bob/b"]
		assert show.pop("text").startswith('description: "Größe')
		assert show == everything[1]
		assert len(show.pop("sha256")) == 64
		assert show == {"owner": "alice", "name": "versus", "ref": "alice/versus", "description": "Größe: L",
		                "overlays": ["standard"], "executed": [], "arguments": ["-x", "100"], "config": ["y"],
		                "motd": None, "banner": None, "rotation": [], "rotate_when": "campaign-end",
		                "used_by": ["1", "2"], "errors": []}, show
		assert everything[0]["description"] is None and everything[0]["overlays"] == []
		assert bad["motd"] is None and bad["executed"] is None
		assert bad["config"] is None and bad["text"] == "x: [\n" and bad["errors"][0]["file"].endswith("/bob/b.yaml")
	EOF
}

@test "what is executed, the message of the day and the banner are in the JSON" {
        make_overlay low
        make_overlay mid
        make_overlay top
        blueprint alice/all $'overlays: [{ref: top, exec: true}, mid, {ref: low, exec: true}]\nmotd: "Größe\\n<b>"\nbanner: b'
        run -0 l4d2ctl blueprint show alice/all --json
        python3 - "$output" <<-'EOF'
		import json, sys
		show = json.loads(sys.argv[1])
		assert show["overlays"] == ["top", "mid", "low"] and show["executed"] == ["low", "top"], show
		assert show["motd"] == "Größe\n<b>" and show["banner"] == "b", show
	EOF
}

@test "an overlay is used by blueprints, and by servers through them" {
        make_overlay direct
        make_overlay through
        blueprint alice/versus 'overlays: [through]'
        blueprint alice/unused 'overlays: [through]'
        server 1 alice/versus
        make_instance 2 27016 'overlays: [direct]'
        l4d2ctl overlay list --json | python3 -c 'import json, sys
print([(o["ref"], o["servers"], o["blueprints"]) for o in json.load(sys.stdin)])' >"$BATS_TEST_TMPDIR/used"
        run -0 cat "$BATS_TEST_TMPDIR/used"
        [ "$output" = "[('direct', ['2'], []), ('through', ['1'], ['alice/unused', 'alice/versus'])]" ]
}

@test "many changes at once: none is lost" {
        local pids=() pid
        blueprint alice/versus
        for i in {1..8}; do
                l4d2ctl blueprint clone alice/versus "alice/v$i" & pids+=($!)
        done
        l4d2ctl blueprint set alice/versus config a b & pids+=($!)
        l4d2ctl blueprint set alice/versus arguments c d & pids+=($!)
        l4d2ctl blueprint set alice/versus description e & pids+=($!)
        for pid in "${pids[@]}"; do wait "$pid"; done
        [ "$(field alice/versus config) $(field alice/versus arguments) $(field alice/versus description)" = \
                '["a", "b"] ["c", "d"] "e"' ]
        [ "$(find "$blueprints/alice" -name 'v?.yaml' | wc -l)" = 8 ]
}

@test "operators may look at blueprints, not change them" {
        useradd --no-create-home --groups left4me-operators op 2>/dev/null || true
        as_op=(setpriv --reuid op --regid op --init-groups)
        blueprint alice/versus 'config: [a]'
        server 1 alice/versus
        "${as_op[@]}" l4d2ctl blueprint show alice/versus
        "${as_op[@]}" l4d2ctl start 1
        "${as_op[@]}" l4d2ctl status 1 >/dev/null
        run -1 "${as_op[@]}" l4d2ctl blueprint set alice/versus config b
        [[ "$output" == *"only root and its owner may change anything"* ]]
        blueprint alice/free
        run -1 "${as_op[@]}" l4d2ctl blueprint delete alice/free
        [ -e "$blueprints/alice/free.yaml" ]
        run ! setpriv --reuid nobody --clear-groups l4d2ctl blueprint list
        [ "$(cat "$blueprints/alice/versus.yaml")" = 'config: [a]' ]
}

@test "the trail has what was done to blueprints" {
        journalctl --sync
        cursor=$(journalctl -b -n 0 --show-cursor -o cat | sed 's/^-- cursor: //')
        blueprint alice/versus 'config: [a]'
        blueprint alice/versus 'config: [a]'
        l4d2ctl blueprint set alice/versus config b
        L4D2_USER=alice l4d2ctl blueprint clone alice/versus alice/two
        l4d2ctl blueprint delete alice/two
        journalctl --sync
        run -0 journalctl --after-cursor="$cursor" -o cat L4D2_BLUEPRINT=alice/versus + L4D2_BLUEPRINT=alice/two
        [ "$output" = 'alice/versus: blueprint create by root
alice/versus: blueprint set by root
alice/two: blueprint clone by alice
alice/two: blueprint delete by root' ]
}

@test "start and restart --no-wait return when systemd's job is done" {
        mkdir -p "$state/overlays/sleeper"
        printf '#!/bin/sh\necho waiting\nexec sleep 300\n' >"$state/overlays/sleeper/srcds_linux"
        chmod 755 "$state/overlays/sleeper/srcds_linux"
        make_instance 1 27015 'overlays: [sleeper]'
        # It never opens a port: who waits for that waits for a minute, and fails.
        run -0 l4d2ctl start 1 --no-wait
        [ -z "$output" ]
        is_active 1
        pid=$(main_pid 1)
        systemctl kill -s KILL --kill-whom=main left4me-server@1
        run -0 l4d2ctl restart 1 --no-wait
        is_active 1
        [ "$(main_pid 1)" != "$pid" ]
        systemctl kill -s KILL left4me-server@1

        l4d2ctl set 1 overlays nowhere 2>/dev/null
        run -1 l4d2ctl restart 1 --no-wait
        [[ "$output" == *nowhere* ]]
}
