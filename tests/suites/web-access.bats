#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Rights in the web app: every row of the route table asked for by a stranger, the owner,
# another user and an admin, as a page and as JSON. And what the real unit is allowed to do for them.

load common
load web/web

setup_file() {
        install_game
        make_overlay base >/dev/null
        l4d2ctl overlay create alice/base
        echo x | l4d2ctl overlay put alice/base left4dead2/x -
        make_server_of alice owned 27015
        make_instance plain 27016
        for name in owned plain; do
                install -D /dev/stdin "$state/runtime/$name/upper/left4dead2/logs/x.log" <<<text
        done
        chown -R left4me-game: "$state"/runtime/*/upper
        # A job of alice's overlay, whatever its end.
        printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' >/run/systemd/system/left4me-script@alice:base.service
        systemctl daemon-reload
        systemctl start left4me-script@alice:base.service || true
        journalctl --sync
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[web]\npublic_page=yes\n' >/etc/left4me/left4me.conf.d/public.conf
        begin_web chief:admin alice:user bob:user
}

job_id() { l4d2ctl job show alice/base --json | grep -oP '^{"id":"\K[0-9a-f]{32}'; }

routes() { /usr/lib/left4me/left4me-web --routes; }

# ask_all: web/access with everybody's cookies.
ask_all() {
        routes >/run/routes.json
        JOB=$(job_id) "$web_tools/access" "$base" /run/routes.json "chief=left4me=$(session_of chief)" \
                "alice=left4me=$(session_of alice)" "bob=left4me=$(session_of bob)"
}

@test "every route lets in whom it should and nobody else" {
        run ask_all
        echo "# ${lines[-1]}" >&3
        [ "$status" = 0 ] || { echo "$output"; false; }
        # Nothing happened to anything on the way.
        [ -e "$state/instances/owned/spec.yaml" ] && [ -e "$state/instances/plain/spec.yaml" ]
        [ -e "$state/users/bob.yaml" ] && [ -e "$state/blueprints/alice/standard.yaml" ]
        is_logged_in bob
}

@test "that test notices who gets in where he should not" {
        # With the cookies of an admin, bob gets in everywhere.
        routes >/run/routes.json
        JOB=$(job_id) run "$web_tools/access" "$base" /run/routes.json "bob=left4me=$(session_of chief)"
        [ "$status" = 1 ]
        [[ "$output" == *"bob GET /users: 200"* && "$output" == *"bob GET /servers/owned: 200"* ]]
        [[ "$output" == *"bob POST /servers/plain/delete: 403"* ]]
}

@test "A2: forms that fail while their user logs out are answered, and the service lives" {
        local pid cookie token i
        pid=$(web_pid)
        add_user carol user
        echo 'config: []' | l4d2ctl blueprint create carol/standard --file=-
        printf 'port: 27019\nblueprint: carol/standard\n' | l4d2ctl initialize carols -f -
        for round in 1 2 3; do
                log_in carol >/dev/null
                cookie=left4me=$(session_of carol)
                token=$(csrf carol)
                for i in {1..12}; do
                        curl --silent --max-time 60 --cookie "$cookie" --data-urlencode "csrf=$token" \
                                --data-urlencode 'text=port: [' --output "/run/answer.$i" \
                                --write-out '%{http_code}\n' "$base/servers/carols/spec" >"/run/status.$i" &
                done
                web carol --output /dev/null --data-urlencode "csrf=$token" /logout
                wait
                # The form with what is wrong, the login page, or on a slow host that the user has too
                # many forms at work: each has an answer.
                for i in {1..12}; do
                        grep -qxE '303|422|403|503' "/run/status.$i" || { cat "/run/status.$i"; false; }
                done
                [ "$(web_pid)" = "$pid" ]
                [ "$(status_of nobody /health)" = 200 ]
        done
}

@test "what a user may not see is told apart from nothing by no answer" {
        for path in /servers/plain /servers/nothing /servers/plain/log.txt /servers/nothing/log.txt; do
                run -0 web bob --include "$path"
                [[ "${lines[0]}" == "HTTP/1.1 404 "* ]]
                sed "s#$path##g; /^Date:/d" <<<"$output" >"/run/answer.${path//\//-}"
        done
        sed '/^Content-Length/d' /run/answer.-servers-plain >/run/there
        sed '/^Content-Length/d' /run/answer.-servers-nothing >/run/absent
        cmp /run/there /run/absent
}

@test "an accepted connection reaches no other host" {
        # In the place of the web app, in its unit: it connects an accepted socket again, to another address.
        cat >/run/hijacked <<'END'
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
sockets = [socket.socket(fileno=3 + i) for i in range(int(os.environ["LISTEN_FDS"]))]
listener = next(s for s in sockets if s.family == socket.AF_INET)
while True:
    accepted, _ = listener.accept()
    line = accepted.recv(100)
    address, port = line.decode().split()
    assert libc.connect(accepted.fileno(), b"\0" * 16, 16) == 0
    accepted.settimeout(3)
    try:
        accepted.connect((address, int(port)))
        accepted.sendall(b"reached")
    except OSError as error:
        print(error, flush=True)
END
        mkdir -p /run/systemd/system/left4me-web.service.d
        printf '[Service]\nType=exec\nExecStart=\nExecStart=/usr/bin/python3 /run/hijacked\n' \
                >/run/systemd/system/left4me-web.service.d/90-hijacked.conf
        systemctl daemon-reload
        systemctl restart left4me-web.service
        ip address add 10.9.8.1/32 dev lo
        cat >"$BATS_TEST_TMPDIR/ask" <<'END'
import socket, sys
listener = socket.create_server((sys.argv[1], 0))
listener.settimeout(int(sys.argv[2]))
with socket.create_connection(("127.0.0.1", 8080)) as client:
    client.sendall(f"{sys.argv[1]} {listener.getsockname()[1]}".encode())
    try:
        print(listener.accept()[0].recv(100).decode())
    except TimeoutError:
        print("nothing")
END
        # That this host's own services are in reach is known, and shows that this test would notice others.
        run -0 python3 "$BATS_TEST_TMPDIR/ask" 127.0.0.1 60
        own=$output
        run -0 python3 "$BATS_TEST_TMPDIR/ask" 10.9.8.1 10
        other=$output
        journalctl -b -o cat -u left4me-web.service | tail -n 5
        ip address del 10.9.8.1/32 dev lo
        rm /run/systemd/system/left4me-web.service.d/90-hijacked.conf /run/hijacked
        systemctl daemon-reload
        systemctl restart left4me-web.service
        [ "$other $own" = 'nothing reached' ]
}

@test "the unit can change what it should, and nothing else of the host" {
        pid=$(web_pid)
        [ "$(awk '/^NoNewPrivs:/ { print $2 }' "/proc/$pid/status")" = 1 ]
        [ "$(awk '/^CapBnd:|^CapEff:/ { print $2 }' "/proc/$pid/status" | sort -u)" = 0000000000000000 ]
        # No network but what it inherited.
        [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ]
        [ -z "$(nsenter --target "$pid" --net ip -o address show scope global)" ]
        [ -z "$(nsenter --target "$pid" --net ip route show)" ]
        # As the web user in its mounts: written is what belongs to it, the rest can't be.
        inside() { nsenter --target "$pid" --mount setpriv --reuid left4me --regid left4me --init-groups "$@"; }
        for directory in instances blueprints users overlays uploads; do
                inside touch "$state/$directory/.try"
                inside rm "$state/$directory/.try"
        done
        inside touch /run/left4me/requests/.try
        inside rm /run/left4me/requests/.try
        for path in /run/left4me/install/.try "$state/installation/.try" "$state/update-check/.try" "$state/steamclient/.try" "$state/runtime/.try" /etc/left4me/.try /usr/lib/left4me/.try \
                /run/left4me/.try /var/lib/left4me/.try; do
                run inside touch "$path"
                [ "$status" -ne 0 ] || { echo "$path could be written"; false; }
        done
        # Even root can't, where only other users write.
        for directory in "$state"/{installation,steamclient,runtime,jobs,workshop_cache,update-check} \
                /run /run/lock /run/left4me /run/left4me/{install,watch,trees,reports,game-root/tmp}; do
                run nsenter --target "$pid" --mount touch "$directory/.try"
                [[ "$status" -ne 0 && "$output" == *'Read-only file system' ]] || { echo "$directory: $output"; false; }
        done
        # Overlays are compared with the game.
        inside ls "$state/installation/"
}
