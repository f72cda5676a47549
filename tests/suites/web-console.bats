#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The console of a server in the web app: commands, answers, earlier commands.

load common
load web/web

setup_file() {
        install_game
        make_server_of alice 1 27015
        make_instance 2 27016
        begin_web chief:admin alice:user
        l4d2ctl start 1
        info_of 27015 >/dev/null
}

setup() { mark_log; }

# send WHO COMMAND [NAME]: the answer as JSON.
send() { post "$1" --data-urlencode "command=$2" "/api/servers/${3:-1}/console"; }
# sent WHO COMMAND [NAME]: its status.
sent() { post "$1" --output /dev/null --write-out '%{http_code}' --data-urlencode "command=$2" "/servers/${3:-1}/console"; }
history() { journalctl --sync; web "$1" /api/servers/1/console | json_in '[h["command"] for h in m["history"]]'; }

@test "a command and its answer, for the owner and as that user" {
        [ "$(send alice 'echo hello; echo there' | json_in '(m["said"]["command"], m["said"]["answer"].split("\n")[:2], m["said"]["is_cut"])')" = \
                "('echo hello; echo there', ['hello', 'there'], False)" ]
        run -0 post alice --data-urlencode 'command=echo <b>bold</b>' /servers/1/console
        [[ "$output" == *'&lt;b&gt;bold&lt;/b&gt;'* && "$output" != *'<b>bold'* && "$output" == *'</html>'* ]]
        journalctl --sync
        journalctl -b -o cat --output-fields=L4D2_USER --since "$log_mark" L4D2_ACTION=console | grep -qx alice
        # A word that looks like an option is a word.
        [ "$(send alice '--help' | json_in 'm["said"]["command"]')" = --help ]
        [ "$(sent alice status 2)" = 404 ]
        [ "$(sent nobody status)" = 303 ]
        # Without the form's token nothing is done.
        mark_log
        [ "$(web alice --output /dev/null --write-out '%{http_code}' --data-urlencode 'command=echo forged' /servers/1/console)" = 403 ]
        run ! in_log 1 forged
}

@test "what is no command, and a server that does not run" {
        [ "$(sent alice '')" = 422 ]
        [ "$(sent alice $' \n\t')" = 422 ]
        [ "$(sent alice "echo $(printf 'x%.0s' {1..1000})")" = 422 ]
        [ "$(sent chief status 2)" = 409 ]
        run -0 post chief --data-urlencode 'command=status' /servers/2/console
        [[ "$output" == *'role="alert"'* && "$output" == *'value="status"'* && "$output" == *'does not run'* ]]
}

@test "passwords stay out of the history and the trail, and hostile answers stay text" {
        send alice 'sv_password "never shown again"' >/dev/null
        send alice 'echo first' >/dev/null
        send alice 'echo first' >/dev/null
        send alice 'standin_line \e[31mred\e[0m' >/dev/null
        [[ "$(history alice)" == *"e[0m', 'echo first', 'sv_password ***'"* ]] || { history alice; false; }
        run -0 web alice /servers/1/console
        [[ "$output" != *'never shown again'* ]]
        run ! journalctl -b -t l4d2ctl --grep 'never shown again'
        send alice 'sv_password ""' >/dev/null
        # The answer has no control characters and no text that turns others around.
        run -0 send alice 'echo \xe2\x80\xae'
        run -0 post alice --data-urlencode $'command=echo \xe2\x80\xae reversed' /api/servers/1/console
        [[ "$output" == *'\\u202e reversed'* ]]
}

@test "a long answer is bounded, and says so" {
        [ "$(send alice 'standin_reply 200000' | json_in '(len(m["said"]["answer"]) >= 200000, m["said"]["is_cut"])')" = '(True, False)' ]
        [ "$(send alice 'standin_reply 600000' | json_in '(len(m["said"]["answer"]), m["said"]["is_cut"])')" = '(262144, True)' ]
        # Nearly as much as the app keeps of any output.
        [ "$(send alice 'standin_reply 1000000' | json_in '(len(m["said"]["answer"]), m["said"]["is_cut"])')" = '(262144, True)' ]
        [ "$(status_of alice /servers/1/console)" = 200 ]
}

# Writes more entries about a command than the page looks at.
noted='import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("/run/systemd/journal/socket")
for i in range(600):
    s.send(b"MESSAGE=x\nMESSAGE_ID=9b0b2ca879374ecbb4055bc84e84472b\nL4D2_INSTANCE=1\nL4D2_ACTION=console\n"
           b"L4D2_USER=alice\nL4D2_COMMAND=quit now\n")'

@test "only commands that l4d2ctl noted are in the history, and those since the server is theirs" {
        l4d2ctl console 1 echo from a shell
        setpriv --reuid left4me-game --regid left4me-game --clear-groups python3 -c "$noted"
        run -0 history alice
        [[ "$output" == *'echo from a shell'* && "$output" != *'quit now'* ]]
        for ((i = 0; i < 60; i++)); do l4d2ctl console 1 "echo $i"; done
        journalctl --sync
        [ "$(web alice /api/servers/1/console | json_in '(len(m["history"]), m["history"][0]["command"], m["history"][0]["user"])')" = \
                "(50, 'echo 59', 'root')" ]
        echo 'config: []' | l4d2ctl blueprint create chief/other --file=-
        l4d2ctl set 1 blueprint chief/other
        [ "$(status_of alice /servers/1/console)" = 404 ]
        l4d2ctl set 1 blueprint alice/standard
        [ "$(history alice)" = '[]' ]
}

@test "other pages answer while earlier commands are read" {
        # From root they are believed.
        python3 -c "$noted"
        [[ "$(history chief)" == *'quit now'* ]]
        run -0 "$web_tools/beside" "$(session_of chief)" 8 /servers/1/console
        [ "$output" = '0 8' ]
}
