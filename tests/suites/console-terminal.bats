#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# l4d2ctl console without a command: from a pipe, and on a terminal with history, completion and the log.

load common

setup_file() {
        install_game
        make_instance 1 27015 'rcon_password: correct-horse-1'
        make_instance 2 27017
        l4d2ctl start 1
}

setup() {
        mark_log
        rcon 1 'log on; sv_rcon_log 1; standin_players 0' >/dev/null
}

teardown_file() {
        systemctl stop 'left4me-server@*.service' || true
}

terminal=$BATS_TEST_DIRNAME/terminal
export XDG_STATE_HOME=/tmp/console-state

# on_terminal [COLUMNS]: the console of server 1 on a pseudo-terminal that does what the script says.
on_terminal() {
        [[ -d $XDG_STATE_HOME ]] || mkdir -m 700 "$XDG_STATE_HOME"
        "$terminal" "$@" l4d2ctl console 1
}

@test "commands from a pipe run one after the other, and the first failure is the status" {
        run -0 l4d2ctl console 1 <<<$'echo one\n\n  \necho two'
        [ "$output" = $'one\ntwo' ]
        run -0 l4d2ctl console 1 </dev/null
        [ "$output" = '' ]
        run -0 l4d2ctl console 1 < <(printf 'echo no end')
        [ "$output" = 'no end' ]
        run -1 l4d2ctl console 1 < <(head -c 20000 /dev/zero | tr '\0' x; printf '\necho after\n')
        [[ "$output" == *"Failed to run"*after ]]
        run -1 l4d2ctl console 1 < <(printf 'sv_password hush '; head -c 20000 /dev/zero | tr '\0' x)
        [[ "$output" == *"Failed to run 'sv_password ***'"* && "$output" != *hush* ]]
        run -4 l4d2ctl console nothing <<<'echo one'
        run -3 l4d2ctl console 2 <<<'echo one'
        journalctl --sync
        [ "$(journalctl -b -o cat --since "$log_mark" L4D2_INSTANCE=1 L4D2_ACTION=console --output-fields=L4D2_COMMAND | grep -c '^echo ')" -eq 4 ]
}

@test "on a terminal, commands are typed and their answers shown, and Ctrl-D ends" {
        run -0 on_terminal <<-'EOF'
	expect 1>\x20
	type echo hello there\r
	expect \r\nhello there\r\n
	expect 1>\x20
	# Ctrl-C empties the line.
	type quit
	expect quit
	type \x03
	quiet
	type echo still here\r
	expect \r\nstill here\r\n
	type \r
	type \x04
	end
	cooked
	EOF
        is_active 1
        in_log 1 'command "echo still here'
        run ! in_log 1 'command "quit'
}

@test "the tab key completes commands, variables and maps of the server" {
        run -0 on_terminal <<-'EOF'
	expect 1>\x20
	type sv_che\t\r
	expect "sv_cheats" = "0"
	type SV_WATER\t\t
	expect sv_wateraccelerate  sv_waterfriction
	type \x15echo x; standin_reply\t3\r
	expect x\r\n
	type changelevel c1m2\t\r
	run bash -c '. /usr/lib/left4me-tests/suites/common.bash; wait_until eval "rcon 1 status | grep -q c1m2_streets"'
	type \x15nonsense\t
	expect \x07
	type \x15\x04
	end
	EOF
}

@test "earlier commands come back, those with passwords do not" {
        rm -rf "$XDG_STATE_HOME"
        run -0 on_terminal <<-'EOF'
	expect 1>\x20
	type echo number one\r
	expect \r\nnumber one
	type echo number one\r
	type rcon_password\r
	type sv_password hidden-4711\r
	type echo last\r
	expect \r\nlast
	type \x04
	end
	EOF
        [ "$(<"$XDG_STATE_HOME/left4me/console/1")" = $'echo number one\nrcon_password\necho last' ]
        [ "$(stat -c %a "$XDG_STATE_HOME/left4me/console/1")" = 600 ]
        run -0 on_terminal <<-'EOF'
	expect 1>\x20
	type \x1b[A\x1b[A\x1b[A\r
	expect \r\nnumber one
	type \x04
	end
	EOF
        # It stays bounded.
        seq -f 'echo %g' 1 1200 >"$XDG_STATE_HOME/left4me/console/1"
        run -0 on_terminal <<<$'expect 1>\\x20\ntype \\x04\nend'
        [ "$(wc -l <"$XDG_STATE_HOME/left4me/console/1")" -eq 500 ]
        [ "$(tail -n 1 "$XDG_STATE_HOME/left4me/console/1")" = 'echo 1200' ]
        # A directory that others can write to, or a link, is left alone.
        rm -rf "$XDG_STATE_HOME/left4me"
        chmod 777 "$XDG_STATE_HOME"
        run -0 on_terminal <<<$'expect 1>\\x20\ntype echo kept\\r\nexpect \\r\\nkept\ntype \\x04\nend'
        [ ! -e "$XDG_STATE_HOME/left4me" ]
        chmod 700 "$XDG_STATE_HOME"
        mkdir "$BATS_TEST_TMPDIR/elsewhere"
        ln -s "$BATS_TEST_TMPDIR/elsewhere" "$XDG_STATE_HOME/left4me"
        run -0 on_terminal <<<$'expect 1>\\x20\ntype echo kept\\r\nexpect \\r\\nkept\ntype \\x04\nend'
        [ -z "$(ls -A "$BATS_TEST_TMPDIR/elsewhere")" ]
        rm "$XDG_STATE_HOME/left4me"
}

@test "the log appears above the line that is typed, and the line stays" {
        run -0 on_terminal 60 <<-'EOF'
	expect 1>\x20
	type echo half
	expect echo half
	run l4d2ctl say 1 from elsewhere
	expect from elsewhere
	expect 1> echo half
	type  done\r
	expect \r\nhalf done\r\n
	# A line of several rows, in a window that changes.
	type echo 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789
	size 24 40
	quiet
	run l4d2ctl say 1 again from elsewhere
	expect again from elsewhere
	expect 1> echo 0123456789
	type  end\r
	expect 0123456789 end\r\n
	type \x04
	end
	cooked
	EOF
        [[ "$output" != *'rcon from'* ]]
}

@test "no byte of the log or of an answer reaches the terminal as a control character" {
        run -0 on_terminal <<-'EOF'
	expect 1>\x20
	run l4d2ctl console 1 'standin_line "evil \e]0;title\x07 \e[2J end"'
	expect evil \\x1b]0;title\\x07 \\x1b[2J end
	type standin_line "own \\e]0;title\\x07 end"\r
	expect own \\x1b]0;title\\x07 end
	type \x04
	end
	EOF
        [[ "$output" != *'<1b>]0'* && "$output" != *'<07>'* && "$output" != *'<1b>[2J'* ]]
}

@test "the console outlives a crash of the server" {
        local pid
        pid=$(main_pid 1)
        run -0 on_terminal <<-EOF
	expect 1>\\x20
	type echo before\\r
	expect \\r\\nbefore
	type echo half
	run kill -9 $pid
	expect Main process exited, code=killed
	type  gone\\r
	expect Failed to
	expect 1>\\x20
	run bash -c '. $BATS_TEST_DIRNAME/common.bash; wait_until is_active 1; info_of 27015'
	type echo after\\r
	expect \\r\\nafter\\r\\n
	type \\x04
	end
	cooked
	EOF
}

@test "a signal ends the console and restores the terminal, Ctrl-C ends the wait for an answer" {
        local signal
        for signal in TERM HUP QUIT; do
                run -0 on_terminal <<-EOF
	expect 1>\\x20
	type half
	expect half
	signal $signal
	end 1
	cooked
	EOF
        done
        run -0 on_terminal <<-'EOF'
	expect 1>\x20
	type standin_hang\r
	expect standin: hang
	type status\r
	expect status
	expect \r\n
	type \x03
	expect cancelled, and it may run all the same
	expect 1>\x20
	type \x04
	end
	cooked
	EOF
        l4d2ctl restart 1
        run -0 on_terminal <<-'EOF'
	expect 1>\x20
	type echo half
	expect echo half
	signal STOP
	signal CONT
	size 24 100
	type  whole\r
	expect \r\nhalf whole
	type \x04
	end
	cooked
	EOF
}

@test "without the right to read the journal, the console says so and works" {
        install -d -m 700 -o nobody /tmp/console-nobody
        usermod -a -G left4me-operators nobody
        XDG_STATE_HOME=/tmp/console-nobody run -0 "$terminal" setpriv --reuid=nobody --regid=nogroup --init-groups l4d2ctl console 1 <<-'EOF'
	expect The log of '1' is not shown
	expect 1>\x20
	type echo works\r
	expect \r\nworks
	type \x04
	end
	EOF
        gpasswd -d nobody left4me-operators
}
