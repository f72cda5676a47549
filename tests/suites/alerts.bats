#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Alerts: the admin's commands run when a server crashes, with the right facts, in a sandbox, and not too often.

load common

commands=/etc/left4me/alerts.d
conf=/etc/left4me/left4me.conf.d/alerts.conf
examples=/usr/share/doc/left4me/examples/alerts

setup_file() {
        install_game
        make_instance 1 27015 'label: "Größe $(touch /tmp/x) `id` \"quoted\""'
}

setup() {
        mkdir -p "${conf%/*}"
        rm -rf "$commands" /run/left4me/alerts/*
        mkdir "$commands"
        systemctl reset-failed
}

teardown() {
        systemctl stop left4me-server@1.service
        rm -rf "$commands" "$conf" /etc/credstore/left4me-alert.*
        mkdir "$commands"
        # The generator's drop-in.
        systemctl daemon-reload
}

# command NAME [TEXT]: a script that prints lines to the journal, which is the one way out of the sandbox.
command_() {
        printf '#!/bin/bash\n%s\n' "$2" >"$commands/$1"
        chmod 755 "$commands/$1"
}

# alert_log KIND:NAME: what its commands printed since mark_log.
alert_log() {
        journalctl --sync
        journalctl -b -o cat --since "$log_mark" -u "left4me-alert@$1.service"
}
has() { alert_log "$1" | grep -qF -- "$2"; }
ended() { [[ $(property "left4me-alert@$1.service" ActiveState) == @(inactive|failed) ]]; }

# crash: the server crashes, and systemd has handled it.
crash() {
        l4d2ctl start 1
        info_of 27015
        rcon 1 standin_crash || true
}

@test "a crash runs the command with the right facts" {
        # shellcheck disable=SC2016 # for the command
        command_ facts 'echo "facts=$(cat)"
env | grep ^LEFT4ME_ | sort
id -un'
        mark_log
        crash
        wait_until has crash:1 left4me-alert
        wait_until has crash:1 LEFT4ME_TIME=
        run -0 alert_log crash:1
        host=$(uname -n)
        [[ $output == *LEFT4ME_KIND=crash* && $output == *LEFT4ME_SERVER=1* && $output == *"LEFT4ME_HOST=$host"* ]]
        # A value is one line of the environment, whatever it has.
        grep -qxF 'LEFT4ME_LABEL=Größe $(touch /tmp/x) `id` "quoted"' <<<"$output"
        sed -n 's/^facts=//p' <<<"$output" >"$BATS_TEST_TMPDIR/facts"
        python3 - "$BATS_TEST_TMPDIR/facts" "$host" <<'END'
import json, sys, time
v = json.load(open(sys.argv[1]))
assert v["kind"] == "crash" and v["server"] == "1" and v["host"] == sys.argv[2], v
assert v["label"] == 'Größe $(touch /tmp/x) `id` "quoted"', v
assert v["left_out"] == 0 and abs(v["time_usec"] / 1e6 - time.time()) < 600, v
assert v["time"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(v["time_usec"] / 1e6)), v
assert v["text"] == v["content"] and v["text"].startswith("The server '1' on %s ended by itself: " % sys.argv[2]), v
assert "SEGV" in v["text"] or "segmentation" in v["text"].lower() or "signal" in v["text"].lower() or "crash" in v["text"].lower(), v["text"]
assert v["allowed_mentions"] == {"parse": []}, v
assert 1 <= len(v["lines"]) <= 10 and all(isinstance(line, str) for line in v["lines"]), v
END
        ! is_failed 1 || false
}

@test "hostile lines of the log are data: no new line, no invisible character, no other key" {
        # shellcheck disable=SC2016
        command_ facts 'echo "facts=$(cat)"'
        l4d2ctl start 1
        info_of 27015
        rcon 1 'standin_line }],\x22kind\x22:\x22forged\x22 $(id) `id` \e[31m\x07 \xe2\x80\xae \xff end'
        wait_until in_log 1 forged
        mark_log
        rcon 1 standin_crash || true
        wait_until has crash:1 facts=
        alert_log crash:1 | sed -n 's/^facts=//p' >"$BATS_TEST_TMPDIR/facts"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/facts")" = 1 ]
        python3 - "$BATS_TEST_TMPDIR/facts" <<'END'
import json, sys
v = json.load(open(sys.argv[1]))
assert v["kind"] == "crash", v
line = [l for l in v["lines"] if "forged" in l]
assert len(line) == 1, v["lines"]
line = line[0]
assert '}],"kind":"forged" $(id) `id` ' in line, line
assert all(ord(c) >= 32 and c not in "\u202e\x7f" for c in line), line
END
}

@test "a crash loop sends one alert, and the next says how many were left out" {
        # shellcheck disable=SC2016
        command_ facts 'echo "facts=$(cat)"'
        mark_log
        for _ in 1 2 3 4 5 6; do systemctl start left4me-alert@crash:1.service; done
        [ "$(alert_log crash:1 | grep -c ^facts=)" = 1 ]
        # Other kinds and servers have their own.
        systemctl start left4me-alert@hang:1.service
        [ "$(alert_log hang:1 | grep -c ^facts=)" = 1 ]
        # All overlays of a user have one, also at once: users give them names as they like.
        systemctl start left4me-alert@job:script:carl:{1..8}.service left4me-alert@job:script:{dora:1,carl}.service
        [ "$(alert_log 'job:script:carl:*' | grep -c ^facts=)" = 1 ]
        [ "$(alert_log job:script:dora:1 | grep -c ^facts=)" = 1 ]
        [ "$(alert_log job:script:carl | grep -c ^facts=)" = 1 ]
        # Time goes by.
        sed -i 's/^[0-9]*/1000000/' /run/left4me/alerts/crash:1.past
        mark_log
        systemctl start left4me-alert@crash:1.service
        alert_log crash:1 | grep -q '"left_out":5,'
        alert_log crash:1 | grep -q '(5 more alerts like this were not sent)'
        # The configuration decides how long. A clock that was set back silences nothing.
        printf '[alerts]\ninterval=1440\n' >"$conf"
        python3 -c '
import time
open("/run/left4me/alerts/crash:1.past", "w").write("%d 0\n" % ((time.time() - 86000) * 1e6))'
        mark_log
        systemctl start left4me-alert@crash:1.service
        run -0 alert_log crash:1
        [[ $output != *facts=* ]]
        echo '99999999999999999 7' >/run/left4me/alerts/crash:1.past
        systemctl start left4me-alert@crash:1.service
        alert_log crash:1 | grep -q '"left_out":7,'
        # Nor does a file that is broken.
        echo nonsense >/run/left4me/alerts/crash:1.past
        mark_log
        systemctl start left4me-alert@crash:1.service
        alert_log crash:1 | grep -q '"left_out":0,'
}

@test "only commands of root run, and the others are named" {
        mkdir -p "$BATS_TEST_TMPDIR/open"
        for name in a-good b-other c-group d-all e-noexec f-link g-mine; do command_ "$name" "echo ran-$name"; done
        chown left4me "$commands/b-other"
        chmod g+w "$commands/c-group"
        chmod o+w "$commands/d-all"
        chmod a-x "$commands/e-noexec"
        # A link to a file of another user.
        mv "$commands/f-link" /opt/f-link
        chown left4me /opt/f-link
        ln -s /opt/f-link "$commands/f-link"
        ln -s /nowhere "$commands/h-dangling"
        mkdir "$commands/i-directory"
        mkfifo "$commands/j-fifo"
        command_ .hidden 'echo ran-hidden'
        command_ 'backup~' 'echo ran-backup'
        mark_log
        run ! systemctl start left4me-alert@test:host.service
        run -0 alert_log test:host
        echo "$output"
        [[ $output == *ran-a-good* && $output == *ran-g-mine* ]]
        [ "$(grep -c '^ran-' <<<"$output")" = 2 ]
        for name in b-other c-group d-all e-noexec f-link h-dangling i-directory j-fifo; do
                grep -qF "Refused to run '$name': " <<<"$output" || { echo "$name"; false; }
        done
        run -0 l4d2ctl alert list
        [[ $output == *'a-good'*ok* && $output == *'b-other'*'its owner is not root'* ]]
        l4d2ctl alert list --json | python3 -c '
import json, sys
v = {c["name"]: c["problem"] for c in json.load(sys.stdin)}
assert sorted(n for n in v if v[n] is None) == ["a-good", "g-mine"] and len(v) == 10, v'
        rm /opt/f-link
        run -7 l4d2ctl doctor
        [[ $output == *"the command 'b-other' does not run at alerts: its owner is not root"* ]]

        # None of a directory that others can write to.
        for change in 'chmod 777' 'chown left4me'; do
                $change "$commands"
                mark_log
                run ! systemctl start left4me-alert@test:host.service
                run -0 alert_log test:host
                [[ $output != *ran-* && $output == *"Refused to run commands of $commands"* ]]
                run -7 l4d2ctl doctor
                [[ $output == *"no alert is sent: other users than root can write to $commands"* ]]
                run -1 l4d2ctl alert list
                [[ $output == *"chown root: $commands && chmod 755 $commands"* ]]
                chown root "$commands"
                chmod 755 "$commands"
        done
}

@test "a command that hangs delays no other and is ended after the time limit" {
        mkdir -p /run/systemd/system/left4me-alert@.service.d
        [ "$(property left4me-alert@test:host.service TimeoutStartUSec)" = 30s ]
        printf '[Service]\nTimeoutStartSec=10\n' >/run/systemd/system/left4me-alert@.service.d/90-test.conf
        systemctl daemon-reload
        # shellcheck disable=SC2016
        command_ a-hangs 'trap "" TERM INT; (trap "" TERM; exec -a alert-child sleep 1000) & exec -a alert-hang sleep 1000'
        command_ b-works 'echo ran-b'
        mark_log
        run ! systemctl start left4me-alert@test:host.service
        has test:host ran-b
        [ "$(property left4me-alert@test:host.service Result)" = timeout ]
        run ! pgrep -f 'alert-(hang|child)'
        rm -r /run/systemd/system/left4me-alert@.service.d
        systemctl daemon-reload
}

@test "a command that fails is reported with its exit status, and so is the test" {
        command_ fails 'exit 9'
        command_ works 'echo ran-works'
        mark_log
        run -1 l4d2ctl alert test
        [[ $output == *"A command failed; 'journalctl -u left4me-alert@test:host.service' says why"* ]]
        has test:host "'fails' failed with exit status 9"
        has test:host ran-works
        rm "$commands/fails"
        run -0 l4d2ctl alert test
        # As often as an admin likes.
        run -0 l4d2ctl alert test
        [ "$(alert_log test:host | grep -c ran-works)" = 3 ]
        rm "$commands/works"
        run -1 l4d2ctl alert test
        [[ $output == *'No command runs at alerts'* ]]
        # Without commands a crash starts nothing.
        run -0 systemctl start left4me-alert@crash:1.service
        [ ! -e /run/left4me/alerts/crash:1.json ]
}

@test "an alert does not wait for the processors as jobs do, whatever a server takes of them" {
        command_ where 'cat /proc/self/cgroup'
        mark_log
        systemctl start left4me-alert@test:host.service || { alert_log test:host; false; }
        has test:host 0::/system.slice/
        [[ $(property left4me-build.slice Slice) == left4me.slice ]]
        run ! has test:host 0::/left4me.slice/
}

@test "from inside, a command sees neither specs nor journal nor buses, and can't write" {
        # shellcheck disable=SC2016
        command_ probe '
sees() { [ -e "$1" ] && echo "sees $1"; }
for p in /var/lib/left4me /var/log/journal /run/log/journal /run/dbus /run/systemd/private /run/systemd/journal \
        /run/left4me/trees /run/left4me/watch /run/left4me/reports /etc/shadow /etc/credstore /etc/left4me/left4me.conf \
        /root/. /home/.; do
        sees "$p"
done
python3 - <<END
import os, socket
for family in "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK":
        try:
                socket.socket(getattr(socket, family), socket.SOCK_RAW if family == "AF_PACKET" else socket.SOCK_DGRAM)
                print("opens", family)
        except OSError:
                pass
s = socket.socket()
try:
        s.bind(("127.0.0.1", 4444))
        print("binds")
except OSError:
        pass
for path in "/usr/x", "/etc/x", "/var/x", "/run/x", "/run/left4me/alerts/x", "/etc/left4me/alerts.d/x":
        try:
                open(path, "w")
                print("writes", path)
        except OSError:
                pass
print("uid", os.getuid() == __import__("pwd").getpwnam("left4me-alert").pw_uid)
print("processes", len([p for p in os.listdir("/proc") if p.isdigit()]) < 6)
for signal in (0,):
        try:
                os.kill(1, 0)
        except OSError:
                pass
END
echo probed'
        mark_log
        systemctl start left4me-alert@test:host.service || { alert_log test:host; false; }
        run -0 alert_log test:host
        echo "$output"
        [[ $output == *probed* && $output == *'uid True'* && $output == *'processes True'* ]]
        run ! grep -E '^(sees|opens|binds|writes)' <<<"$output"
        # Its facts are not for other users.
        for who in left4me left4me-game left4me-build nobody; do
                run ! setpriv --reuid "$who" --clear-groups cat /run/left4me/alerts/test:host.json
        done
        for unit in left4me-alert@test:host left4me-alert-facts@test:host; do
                score=$(systemd-analyze security --no-pager "$unit.service" | tail -n 1)
                echo "# $unit: $score" >&3
                python3 -c 'import re, sys; sys.exit(float(re.search(r": ([0-9.]+)", sys.argv[1])[1]) > 1.5)' "$score"
        done
}

@test "a secret reaches the command as a credential, and nobody else" {
        install -d -m 700 /etc/credstore
        printf 'https://hooks.example.org/s3cret' >/etc/credstore/left4me-alert.webhook
        printf 'other' >/etc/credstore/other.secret
        chmod 600 /etc/credstore/*
        # shellcheck disable=SC2016
        command_ secret 'ls "$CREDENTIALS_DIRECTORY"; wc -c <"$CREDENTIALS_DIRECTORY/left4me-alert.webhook"'
        mark_log
        systemctl start left4me-alert@test:host.service || { alert_log test:host; false; }
        run -0 alert_log test:host
        [[ $output == *left4me-alert.webhook* && $output == *32* && $output != *other.secret* ]]
        run ! setpriv --reuid left4me --clear-groups cat /etc/credstore/left4me-alert.webhook
        run -0 systemctl show left4me-alert@test:host.service
        [[ $output != *s3cret* ]]
        rm /etc/credstore/other.secret
}

@test "private networks are out of reach until allow= names them; the webhook example posts the facts" {
        ip address add 192.168.77.1/32 dev lo
        ip address add 203.0.113.77/32 dev lo
        cat >"$BATS_TEST_TMPDIR/server" <<'END'
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with open(sys.argv[1], "ab") as out:
                        out.write(self.path.encode() + b" " + self.headers["Content-Type"].encode() + b" " + body)
                self.send_response(204)
                self.end_headers()
server = http.server.HTTPServer(("", 8099), Handler)
open(sys.argv[1], "wb").close()
server.serve_forever()
END
        python3 "$BATS_TEST_TMPDIR/server" "$BATS_TEST_TMPDIR/posted" 2>/dev/null & server=$!
        wait_until test -e "$BATS_TEST_TMPDIR/posted"
        install -m 755 "$examples/webhook" "$commands/"
        install -d -m 700 /etc/credstore
        # Also a public address of this host, which the kernel reaches over lo.
        for address in 203.0.113.77 192.168.77.1; do
                printf 'http://%s:8099/hook/s3cret' "$address" | install -m 600 /dev/stdin /etc/credstore/left4me-alert.webhook
                run -1 l4d2ctl alert test
                [ ! -s "$BATS_TEST_TMPDIR/posted" ]
        done
        printf '[alerts]\nallow=192.168.77.1 2001:db8::/32\n' >"$conf"
        systemctl daemon-reload
        run -0 systemctl show --value -p IPAddressAllow left4me-alert@test:host.service
        [[ $output == *192.168.77.1/32* && $output == *2001:db8::/32* ]]
        mark_log
        run -0 l4d2ctl alert test
        kill "$server"
        run -0 cat "$BATS_TEST_TMPDIR/posted"
        [[ $output == '/hook/s3cret application/json {'* ]]
        sed 's/^[^{]*//' "$BATS_TEST_TMPDIR/posted" | python3 -c '
import json, sys
v = json.load(sys.stdin)
assert v["kind"] == "test" and v["server"] is None and "test of the alerts" in v["content"], v'
        # The URL is in no log.
        run ! grep s3cret <<<"$(alert_log test:host)"
        ip address delete 192.168.77.1/32 dev lo
        ip address delete 203.0.113.77/32 dev lo
        # Without allow= the drop-in is gone.
        rm "$conf"
        systemctl daemon-reload
        run -0 systemctl show --value -p IPAddressAllow left4me-alert@test:host.service
        [ -z "$output" ]
}

@test "the mail example sends a mail as SMTP wants it, whatever the log has" {
        ip address add 192.168.77.1/32 dev lo
        cat >"$BATS_TEST_TMPDIR/smtp" <<'END'
import socket, sys
server = socket.create_server(("192.168.77.1", 2525))
open(sys.argv[1] + ".ready", "w").close()
stream = server.accept()[0].makefile("rwb", buffering=0)
said = []
def answer(text):
        stream.write(text.encode() + b"\r\n")
answer("220 toy")
while True:
        line = stream.readline()
        said.append(line)
        word = line.split()[0].upper() if line.split() else b""
        if word == b"EHLO":
                answer("250-toy\r\n250 AUTH PLAIN")
        elif word == b"AUTH":
                answer("334 ")
                said.append(stream.readline())
                answer("235 welcome")
        elif word == b"DATA":
                answer("354 go on")
                mail = b""
                while not mail.endswith(b"\r\n.\r\n"):
                        mail += stream.read(1)
                open(sys.argv[1], "wb").write(mail)
                answer("250 taken")
        elif word in (b"QUIT", b""):
                answer("221 bye")
                break
        else:
                answer("250 ok")
open(sys.argv[1] + ".said", "wb").write(b"".join(said))
END
        python3 "$BATS_TEST_TMPDIR/smtp" "$BATS_TEST_TMPDIR/mail" & server=$!
        wait_until test -e "$BATS_TEST_TMPDIR/mail.ready"
        sed 's|^server=.*|server=smtp://192.168.77.1:2525|' "$examples/mail" | install -m 755 /dev/stdin "$commands/mail"
        install -d -m 700 /etc/credstore
        printf 'robot:s3cret' | install -m 600 /dev/stdin /etc/credstore/left4me-alert.mail
        printf '[alerts]\nallow=192.168.77.1\n' >"$conf"
        systemctl daemon-reload
        # Facts with lines of a log that are longer than what SMTP takes, and a lone dot among them.
        l4d2ctl start 1
        info_of 27015
        for n in 1 2 3 4 5 6 7 8; do rcon 1 "standin_line $n $(printf 'é%.0s' {1..200})"; done
        rcon 1 'standin_line .'
        rcon 1 'standin_line last-line'
        wait_until in_log 1 last-line
        mark_log
        rcon 1 standin_crash || true
        wait_until test -e "$BATS_TEST_TMPDIR/mail.said"
        wait "$server"
        wait_until ended crash:1
        python3 - "$BATS_TEST_TMPDIR/mail" <<'END'
import email, email.policy, email.utils, json, sys, time
raw = open(sys.argv[1], "rb").read()
assert raw.endswith(b"\r\n.\r\n")
lines = raw[:-5].split(b"\r\n")
assert all(b"\n" not in line and b"\r" not in line for line in lines), "a line ends without CRLF"
assert max(len(line) for line in lines) <= 998 and raw.isascii(), max(len(line) for line in lines)
mail = email.message_from_bytes(raw[:-3], policy=email.policy.default)
assert not mail.defects and not mail["Date"].defects, mail.defects
assert abs(email.utils.parsedate_to_datetime(mail["Date"]).timestamp() - time.time()) < 600, mail["Date"]
assert (mail["From"], mail["To"]) == ("left4me@example.org", "admin@example.org"), mail.items()
assert mail["Subject"] == "left4me: crash 1" and mail["MIME-Version"] == "1.0", mail.items()
text = mail.get_content()
assert text.startswith("The server '1' on "), text
v = json.loads(text[text.index("{"):])
assert v["kind"] == "crash" and any("é" * 200 in line for line in v["lines"]), v
assert len(text[text.index("{"):].encode()) > 998
END
        grep -qF 'MAIL FROM:<left4me@example.org>' "$BATS_TEST_TMPDIR/mail.said"
        grep -qF 'RCPT TO:<admin@example.org>' "$BATS_TEST_TMPDIR/mail.said"
        run ! grep s3cret <<<"$(alert_log crash:1)"
        ip address delete 192.168.77.1/32 dev lo
}

@test "an installation that fails sends an alert as well" {
        # shellcheck disable=SC2016
        command_ facts 'echo "facts=$(cat)"'
        printf '[install]\nsteamcmd=/nowhere/steamcmd\n' >"$conf"
        mark_log
        run ! systemctl start left4me-install.service
        wait_until has install:host facts=
        alert_log install:host | grep -q '"kind":"install","server":null,"label":null'
}

@test "an installation that a person cancels sends no alert" {
        local home=/var/lib/left4me-build cancel
        # shellcheck disable=SC2016
        command_ facts 'echo "facts=$(cat)"'
        echo hangs >$home/steamcmd-behaviour
        printf '[install]\nsteamcmd=%s/steamcmd\n' "$BATS_TEST_DIRNAME" >"$conf"
        for cancel in 'systemctl stop left4me-install.service' 'l4d2ctl job cancel install'; do
                mark_log
                systemctl start --no-block left4me-install.service
                wait_until says left4me-install.service 'waits for ever'
                $cancel
                wait_until says left4me-alert-facts@install:host.service 'Not sent: the job was cancelled'
                [[ $(alert_log install:host) != *facts=* ]]
        done
        rm -rf $home/steamcmd-* "$state/installation/staging/install"
}

# scripted REF LINE: an overlay that is built by this line.
scripted() {
        l4d2ctl overlay create "$1"
        l4d2ctl overlay define "$1" kind=script
        printf '#!/bin/bash -e\n%s\n' "$2" | l4d2ctl overlay script "$1" -
}
says() { journalctl --sync && journalctl -b -o cat --since "$log_mark" -u "$1" | grep -qF -- "$2"; }

@test "a build of an overlay that fails sends an alert, a cancelled one does not" {
        # shellcheck disable=SC2016
        command_ facts 'echo "facts=$(cat)"; echo "overlay=$LEFT4ME_OVERLAY"'
        # shellcheck disable=SC2016 # for the script
        scripted alice/broken 'echo "No \"mirror\" answers $(id -un)"; exit 9'
        scripted alice/slow 'echo begun; sleep infinity'
        mark_log
        systemctl start --no-block left4me-script@alice:slow.service
        wait_until says left4me-script@alice:slow.service begun
        systemctl stop left4me-script@alice:slow.service
        # This one fails later, so an alert of the first would be there.
        run ! systemctl start left4me-script@alice:broken.service
        wait_until has job:script:alice:broken overlay=alice/broken
        alert_log job:script:alice:broken | sed -n 's/^facts=//p' >"$BATS_TEST_TMPDIR/facts"
        python3 - "$BATS_TEST_TMPDIR/facts" "$(uname -n)" <<'END'
import json, sys
v = json.load(open(sys.argv[1]))
assert (v["kind"], v["server"], v["overlay"], v["label"]) == ("job", None, "alice/broken", None), v
assert v["text"] == "The build of the overlay 'alice/broken' on %s failed" % sys.argv[2], v
assert any('No "mirror" answers left4me-build' in line for line in v["lines"]), v
END
        [[ $(alert_log job:script:alice:slow) != *facts=* ]]
        says left4me-alert-facts@job:script:alice:slow.service 'Not sent: the job was cancelled'
        for job in workshop release script; do
                run -0 systemctl show --value -p OnFailure "left4me-$job@a:b.service"
                [[ "$output" == *"left4me-alert-facts@job:$job:a:b.service"* && "$output" == *"left4me-alert@job:$job:a:b.service"* ]]
        done
}

@test "the daily builds send an alert when not all of them could be made" {
        # shellcheck disable=SC2016
        command_ facts 'echo "facts=$(cat)"'
        # Plain directories have nothing to build, also an empty one.
        make_overlay plain >/dev/null
        mkdir "$state/overlays/empty"
        systemctl start left4me-refresh.service
        l4d2ctl overlay create alice/bad
        echo 'kind: nonsense' >"$state/overlays/alice/bad/overlay.yaml"
        mark_log
        # With a slow journal, which gets the last lines when the process has ended.
        journald=$(property systemd-journald.service MainPID)
        kill -STOP "$journald"
        (sleep 2; kill -CONT "$journald") 3>&- &
        run ! systemctl start left4me-refresh.service
        wait_until has refresh:host facts=
        alert_log refresh:host | grep -q '"kind":"refresh","server":null,"label":null,"overlay":null'
        alert_log refresh:host | grep -qF 'Failed to refresh 1 overlay'
        rm -r "$state/overlays/alice/bad"
        rm -r "$state"/overlays/{plain,empty}
}

@test "daily builds that a person cancels or stops send no alert" {
        local job=left4me-workshop@daily:slow.service dropin=/run/systemd/system/left4me-workshop@.service.d
        # shellcheck disable=SC2016
        command_ facts 'echo "facts=$(cat)"'
        l4d2ctl overlay create daily/slow
        l4d2ctl overlay define daily/slow kind=workshop items=11 refresh=daily
        mkdir -p "$dropin"
        printf '[Service]\nExecStartPre=\nExecStopPost=\nExecStart=\nExecStart=/bin/sh -c "echo begun; exec sleep infinity"\n' >"$dropin/90-test.conf"
        systemctl daemon-reload
        mark_log
        systemctl start --no-block left4me-refresh.service
        wait_until says "$job" begun
        systemctl stop left4me-refresh.service
        wait_until says left4me-alert-facts@refresh:host.service 'Not sent: the job was cancelled'
        systemctl stop "$job"

        mark_log
        systemctl start left4me-refresh.service 3>&- & refresh=$!
        wait_until says "$job" begun
        systemctl stop "$job"
        wait "$refresh"
        # Others fail as before.
        printf '[Service]\nExecStart=\nExecStart=/bin/false\n' >>"$dropin/90-test.conf"
        systemctl daemon-reload
        run ! systemctl start left4me-refresh.service
        wait_until has refresh:host facts=
        rm -r "$dropin"
        l4d2ctl overlay delete daily/slow
        systemctl daemon-reload
}

# n_kicks_is N: it has counted so many players without a Steam logon.
n_kicks_is() { grep -q "\"steam_kicks\":$1," /run/left4me/watch/1.json; }
written_at() { grep -o '"written_usec":[0-9]*' /run/left4me/watch/1.json | cut -d: -f2; }
# is_kick_event PLAYER: the watcher has read a line of the console about them.
is_kick_event() {
        journalctl --namespace=left4me-watch -b -o cat --since "$log_mark" LEFT4ME_EVENT=steam-kick \
                LEFT4ME_PLAYER="$1" | grep -q .
}

# players_are N: the watcher has seen so many.
players_are() { grep -q "\"humans\":$1," /run/left4me/watch/1.json; }

@test "the watcher starts alerts about hangs and bursts of kicks, and not for each line" {
        printf '[watch]\ninterval=1\nhang_after=8\n' >"$conf"
        systemctl restart left4me-watch.service
        # shellcheck disable=SC2016
        command_ facts 'echo "facts=$(cat)"'
        mark_log
        l4d2ctl start 1
        info_of 27015
        wait_until eval 'grep -qs "\"health\":\"ok\"" /run/left4me/watch/1.json'
        # One player, again and again, under other names too, is not a burst.
        for n in 1 2 3 4 5; do
                rcon 1 standin_join "Leaver$n" STEAM_1:1:7
                rcon 1 standin_leave "Leaver$n" 'No Steam logon'
        done
        # In the reason: lines about players that never were there, and about those that stay.
        for n in 1 2 3; do rcon 1 standin_join "Player$n" "STEAM_1:0:10$n"; done
        rcon 1 standin_join Liar STEAM_1:1:7
        wait_until players_are 4
        time=$(date '+L %m/%d/%Y - %H:%M:%S')
        reason='No Steam logon\n'
        for n in 101 102 103 901 902 903; do
                reason+="$time: \\x22P<9><STEAM_1:0:$n><>\\x22 disconnected (reason \\x22No Steam logon\\x22)\n"
        done
        for n in 1 2 3; do reason+="Dropped Player$n from server (No Steam logon)\n"; done
        rcon 1 standin_leave Liar "$reason"
        wait_until is_kick_event Liar
        wait_until players_are 3
        # The watcher asks once more, and would count those who are gone.
        rcon 1 standin_join Last STEAM_1:1:9
        wait_until players_are 4
        [ -z "$(alert_log steam-kick:1)" ]
        # Only the one who left with this reason.
        n_kicks_is 1
        # At once, as when Steam is down: only the first line is beyond doubt.
        rcon 1 "standin_steam_kick Player1; standin_steam_kick Player2"
        wait_until has steam-kick:1 facts=
        alert_log steam-kick:1 | grep -q '"kind":"steam-kick","server":"1","label":"Gr'
        wait_until n_kicks_is 3
        # The next watcher counts none of them again.
        restarted=$(date +%s%6N)
        systemctl restart left4me-watch.service
        wait_until eval '(($(written_at) > restarted))'
        n_kicks_is 3
        rcon 1 standin_join Stays
        kill -STOP "$(main_pid 1)"
        wait_until has hang:1 facts=
        alert_log hang:1 | grep -qF "The server '1' on $(uname -n) does not answer any more"
        # One start for all of the kicks.
        journalctl --sync
        [ "$(journalctl -b -o cat --since "$log_mark" -u left4me-alert-facts@steam-kick:1.service | grep -c ^Finished)" = 1 ]
        rm "$conf"
        kill -CONT "$(main_pid 1)"
        systemctl restart left4me-watch.service
}

@test "the watcher starts an alert about a server that needs the latest update, once a run" {
        printf '[watch]\ninterval=1\n' >"$conf"
        systemctl restart left4me-watch.service
        # shellcheck disable=SC2016
        command_ facts 'echo "facts=$(cat)"'
        mark_log
        l4d2ctl start 1
        info_of 27015
        rcon 1 standin_outdated
        wait_until has update:1 facts=
        alert_log update:1 | grep -q '"kind":"update","server":"1"'
        alert_log update:1 | grep -qF 'needs the latest update of the game'
        rcon 1 standin_outdated
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        wait_until eval 'grep -q "\"humans\":1," /run/left4me/watch/1.json'
        [ "$(journalctl -b -o cat --since "$log_mark" -u left4me-alert-facts@update:1.service | grep -c ^Finished)" = 1 ]
        rm "$conf"
        systemctl restart left4me-watch.service
}

@test "the watcher starts alerts about LAN mode and few frames" {
        printf '[watch]\ninterval=1\n' >"$conf"
        systemctl restart left4me-watch.service
        # shellcheck disable=SC2016
        command_ facts 'echo "facts=$(cat)"'
        # As in game.bats: the game finds no /proc/cpuinfo, and can't load Steam's library.
        mkdir -p /etc/systemd/system/left4me-server@.service.d
        sed '/^ProcSubset=all/d' /usr/lib/systemd/system/left4me-server@.service.d/20-game.conf \
                >/etc/systemd/system/left4me-server@.service.d/20-game.conf
        systemctl daemon-reload
        mark_log
        l4d2ctl start 1
        info_of 27015
        wait_until has lan:1 facts=
        alert_log lan:1 | grep -q '"kind":"lan","server":"1","label":"Gr'
        alert_log lan:1 | grep -qF "The server '1' on $(uname -n) "
        rm -r /etc/systemd/system/left4me-server@.service.d
        systemctl daemon-reload
        l4d2ctl restart 1
        info_of 27015
        mark_log
        # One without players is not judged.
        rcon 1 standin_join Zoey STEAM_1:0:1000 198.51.100.7:27005
        rcon 1 standin_fps 10
        LEFT4ME_WAIT_SECONDS=300 wait_until has slow:1 facts=
        alert_log slow:1 | grep -q '"kind":"slow","server":"1","label":"Gr'
        [ -z "$(alert_log lan:1)" ]
        rm "$conf"
        systemctl restart left4me-watch.service
}

@test "names that are not legal are refused by both programs" {
        for name in '' crash crash: :1 'crash:../1' 'crash:A' other:1 'crash:1:2' job:1 job:install:host job:script:../x refresh:1 install:1 test:1 host 'crash:-1' \
                'crash:1 ' 'CRASH:1' "crash:$(printf 'a%.0s' {1..33})" 'crash:1.service'; do
                run -64 /usr/lib/left4me/left4me-alert "$name"
                run -64 /usr/lib/left4me/left4me-alert-facts "$name"
        done
}

@test "neither the web app nor operators start alerts" {
        useradd --no-create-home --groups left4me-operators alert-operator
        for name in crash:1 hang:1 test:host; do
                for unit in "left4me-alert@$name.service" "left4me-alert-facts@$name.service"; do
                        run ! setpriv --reuid alert-operator --regid alert-operator --init-groups \
                                busctl --no-pager call org.freedesktop.systemd1 /org/freedesktop/systemd1 \
                                org.freedesktop.systemd1.Manager StartUnit ss "$unit" replace
                        [[ $output == *denied* || $output == *authentication* || $output == *AccessDenied* ]]
                done
        done
        userdel alert-operator
}
