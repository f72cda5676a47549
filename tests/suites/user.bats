#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Users of the web app: who may be made, what is written down about them, and that no password goes
# anywhere but where it belongs.

load common

users=$state/users

teardown() {
        rm -rf "${users:?}"/* "$state"/blueprints/*
}

# add NAME ROLE [PASSWORD]
add() { l4d2ctl user add "$1" --role "$2" <<<"${3:-correct horse battery}"; }

# role_of NAME, one_time_of NAME: as list --json has them.
field() { l4d2ctl user list --json | python3 -c 'import json, sys
print({u["name"]: u for u in json.load(sys.stdin)}[sys.argv[1]][sys.argv[2]])' "$@"; }

# matches NAME PASSWORD: whether the file has a hash of it, by another implementation's eyes.
matches() {
        local hash
        hash=$(sed -n "s/^password: '\(.*\)'/\1/p" "$users/$1.yaml")
        [[ $hash == '$y$'* && $(perl -e 'print crypt($ARGV[0], $ARGV[1])' "$2" "$hash") == "$hash" ]]
}

# on_terminal ANSWER… -- COMMAND…: answers each question of a command that runs on a terminal, and
# prints what the terminal showed.
on_terminal() {
        python3 - "$@" <<-'EOF'
		import os, pty, sys, termios
		split = sys.argv.index("--")
		answers, command = sys.argv[1:split], sys.argv[split + 1:]
		pid, fd = pty.fork()
		if pid == 0:
		    os.execvp(command[0], command)
		shown = b""
		while True:
		    try:
		        chunk = os.read(fd, 4096)
		    except OSError:
		        break
		    if not chunk:
		        break
		    shown += chunk
		    if shown.endswith(b": ") and answers:
		        answer = answers.pop(0)
		        os.write(fd, b"\x03" if answer == "^C" else answer.encode() + b"\n")
		_, status = os.waitpid(pid, 0)
		sys.stdout.write(shown.decode())
		sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
	EOF
}

@test "add makes a file that only left4me can read, with a hash of the password" {
        run -0 add alice admin
        [ -z "$output" ]
        [ "$(stat -c '%U:%G %a' "$users/alice.yaml")" = 'left4me:left4me 600' ]
        matches alice 'correct horse battery'
        run ! matches alice 'correct horse'
        run ! grep -rq horse "$users"
        [ "$(field alice role)" = admin ]
        [ "$(field alice one_time)" = False ]

        l4d2ctl user add bob <<<'another password'
        [ "$(field bob role)" = user ]
}

@test "what add refuses" {
        add alice admin
        before=$(cat "$users/alice.yaml")
        run -6 add alice user
        [[ "$output" == *"A user named 'alice' already exists"* ]]
        run -2 add Alice user
        [[ "$output" == *"Invalid user name 'Alice'"* ]]
        run -2 add ../x user
        run -2 add bob root
        [[ "$output" == *"Unknown role 'root'"* ]]
        run -2 add bob user short
        [[ "$output" == *"at least 10 characters"* ]]
        run -2 add bob user "$(printf 'x%.0s' {1..129})"
        [[ "$output" == *"at most 128"* ]]
        run -2 add bob user "$(printf 'x%.0s' {1..5000})"
        run -2 add bob user $'0123456789\t'
        run -2 add bob user $'0123456789\xff'
        run -2 l4d2ctl user add bob </dev/null
        [[ "$output" == *"standard input is empty"* ]]
        run -2 bash -c 'printf "0123456789\0x\n" | l4d2ctl user add bob'
        run -2 l4d2ctl user add bob 'my password'
        run -2 l4d2ctl user add
        run -2 l4d2ctl user
        run -2 l4d2ctl user explode
        [ "$(ls "$users")" = alice.yaml ]
        [ "$(cat "$users/alice.yaml")" = "$before" ]
}

@test "a generated password is printed once and holds for one login" {
        run -0 --separate-stderr l4d2ctl user add alice --role admin --generate
        [[ "$output" =~ ^[a-z2-9]{5}(-[a-z2-9]{5}){3}$ && -z "$stderr" ]]
        password=$output
        matches alice "$password"
        [ "$(field alice one_time)" = True ]
        journalctl --sync
        run -1 bash -c 'journalctl -b -o export | grep -aF -- "$0"' "$password"

        # One of her own ends that.
        l4d2ctl user passwd alice <<<'my own password'
        [ "$(field alice one_time)" = False ]
        matches alice 'my own password'
        run -0 l4d2ctl user passwd alice --generate
        [ "$output" != "$password" ]
        matches alice "$output"
        [ "$(field alice one_time)" = True ]
        [ "$(field alice role)" = admin ]
}

@test "passwd takes one line, as it is" {
        add alice admin
        printf '  größe "$HOME" %%n \\ \nsecond line\n' | l4d2ctl user passwd alice
        matches alice '  größe "$HOME" %n \ '
        printf 'without a newline' | l4d2ctl user passwd alice
        matches alice 'without a newline'
        before=$(cat "$users/alice.yaml")
        run -2 l4d2ctl user passwd alice <<<short
        run -4 l4d2ctl user passwd bob <<<'a good password'
        [[ "$output" == *"No user named 'bob'"* ]]
        [ "$(cat "$users/alice.yaml")" = "$before" ]
}

@test "on a terminal it is asked for twice and not shown" {
        run -0 on_terminal 'good password' 'good password' -- l4d2ctl user add alice
        [[ "$output" == *"New password of 'alice': "*"Repeat it: "* && "$output" != *'good password'* ]]
        matches alice 'good password'

        run -2 on_terminal 'other password' 'other passwort' -- l4d2ctl user passwd alice
        [[ "$output" == *"don't match"* ]]
        matches alice 'good password'
}

@test "an interrupted question leaves the terminal as it was" {
        add alice admin
        run on_terminal '^C' -- bash -c 'l4d2ctl user passwd alice; stty -a | grep -ow -- "-\?echo"; exit 7'
        # bash goes by how its child died.
        [ "$status" = 130 ]
        run on_terminal '^C' -- bash -c 'trap "stty -a | grep -ow -- \"-\?echo\"; exit 7" INT; l4d2ctl user passwd alice'
        [ "$status" = 7 ]
        [[ "$(tail -n 1 <<<"$output" | tr -d '\r')" == echo ]]
        matches alice 'correct horse battery'
}

@test "the last admin stays one" {
        add alice admin
        add bob user
        run -6 l4d2ctl user role alice user
        [[ "$output" == *"'alice' is the last admin"* ]]
        run -6 l4d2ctl user delete alice
        l4d2ctl user role alice admin
        l4d2ctl user role bob admin
        l4d2ctl user role alice user
        [ "$(field alice role) $(field bob role)" = 'user admin' ]
        matches alice 'correct horse battery'
        run -6 l4d2ctl user delete bob
        l4d2ctl user delete alice
        run -2 l4d2ctl user role bob king
        run -4 l4d2ctl user role carol user

        # An admin with a broken file can't log in, and so does not count as the last admin.
        add carol admin
        echo 'role: admin' >"$users/bob.yaml"
        run -6 l4d2ctl user role carol user
        l4d2ctl user delete bob
        [ "$(ls "$users")" = carol.yaml ]
}

@test "delete: gone is gone, unless there are blueprints" {
        add alice admin
        add bob user
        mkdir -p "$state/blueprints/bob"
        touch "$state"/blueprints/bob/{one,two}.yaml
        run -6 l4d2ctl user delete bob
        [[ "$output" == *"'bob' still has blueprints:"*bob/one*bob/two* ]]
        [ -e "$users/bob.yaml" ]
        rm "$state"/blueprints/bob/*
        run -0 l4d2ctl user delete bob
        [ ! -e "$users/bob.yaml" ]
        run -0 l4d2ctl user delete bob
        run -0 l4d2ctl user delete nobody
        run -2 l4d2ctl user delete ../instances
}

@test "list shows all, and never a hash" {
        run -0 l4d2ctl user list
        add bob user
        add alice admin
        l4d2ctl user add carol --generate
        printf 'role: user\npassword: plain text\n' >"$users/dave.yaml"

        run -5 --separate-stderr l4d2ctl user list
        [ "$(tr -s ' ' <<<"$output" | sed 's/ *$//')" = 'NAME ROLE PASSWORD
alice admin set
bob user set
carol user one-time
dave - broken' ]
        [[ "$stderr" == *"dave.yaml:2:11: error: password must be a yescrypt hash"* && "$stderr" != *"plain text"* ]]
        run -5 --separate-stderr l4d2ctl user list --json
        [[ "$output" != *'$y$'* && "$output" != *plain* ]]
        python3 - "$output" <<-'EOF'
		import json, sys
		users = json.loads(sys.argv[1])
		assert users[0] == {"name": "alice", "role": "admin", "one_time": False, "is_valid": True}, users[0]
		assert users[3] == {"name": "dave", "role": None, "one_time": None, "is_valid": False}, users[3]
		assert len(users) == 4
	EOF
}

@test "several at once do not lose an admin, nor make a user twice" {
        local pids=() won=0 pid i
        add alice admin
        add bob admin
        for i in {1..4}; do
                l4d2ctl user role alice user 2>/dev/null & pids+=($!)
                l4d2ctl user role bob user 2>/dev/null & pids+=($!)
                l4d2ctl user add carol <<<"the password $i" 2>/dev/null & pids+=($!)
        done
        for pid in "${pids[@]}"; do wait "$pid" || [ $? = 6 ]; done
        [ "$(l4d2ctl user list | grep -c admin)" = 1 ]
        for i in {1..4}; do ! matches carol "the password $i" || won=$((won + 1)); done
        [ "$won" = 1 ]
}

@test "left4me may change users, operators and others may not even look" {
        useradd --no-create-home --groups left4me-operators op 2>/dev/null || true
        setpriv --reuid left4me --regid left4me --init-groups l4d2ctl user add alice --role admin --generate
        [ "$(stat -c '%U %a' "$users/alice.yaml")" = 'left4me 600' ]
        for user in op nobody; do
                run -1 setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups l4d2ctl user list
                [[ "$output" == *"Permission denied"* ]]
                run ! setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups l4d2ctl user add x --generate
        done
        [ "$(ls "$users")" = alice.yaml ]
}

@test "the trail names who did it and to whom, and believes only who may say so" {
        journalctl --sync
        cursor=$(journalctl -b -n 0 --show-cursor -o cat | sed 's/^-- cursor: //')
        trail() {
                journalctl --sync
                journalctl --after-cursor="$cursor" -o json "$@" | python3 -c 'import json, sys
for line in sys.stdin:
    e = json.loads(line); print(e["MESSAGE"], e["L4D2_ACTION"], e["L4D2_USER"], e.get("L4D2_TARGET_USER"))'
        }
        as_left4me=(setpriv --reuid left4me --regid left4me --init-groups)
        L4D2_USER=webby "${as_left4me[@]}" l4d2ctl user add alice --role admin --generate
        L4D2_USER='bad name' "${as_left4me[@]}" l4d2ctl user passwd alice --generate
        L4D2_USER=webby SUDO_USER=carol l4d2ctl user add bob --generate
        SUDO_USER=carol l4d2ctl user role bob admin
        l4d2ctl user role bob admin
        l4d2ctl user delete bob
        [ "$(trail L4D2_TARGET_USER=alice)" = 'alice: user add by webby user add webby alice
alice: user passwd by left4me user passwd left4me alice' ]
        [ "$(trail L4D2_TARGET_USER=bob)" = 'bob: user add by webby user add webby bob
bob: user role by carol user role carol bob
bob: user delete by root user delete root bob' ]
        journalctl --update-catalog
        run -0 journalctl --after-cursor="$cursor" -x -t l4d2ctl L4D2_TARGET_USER=alice
        [[ "$output" == *"webby ran: l4d2ctl user add alice"* ]]
        run ! grep -F @ <<<"$output"
}

@test "help of a group and of its actions" {
        run -0 l4d2ctl user --help
        for word in list add passwd role delete --generate --role; do [[ "$output" == *"$word"* ]]; done
        [[ "$output" != *--follow* ]]
        run -0 l4d2ctl user passwd --help
        [[ "$output" == "Usage: l4d2ctl user passwd NAME"* && "$output" == *--generate* && "$output" != *--role* ]]
        run -2 l4d2ctl user passwd a --role admin
}
