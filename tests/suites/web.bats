#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The web app over HTTP, in its real unit: people, sessions, forms, and the rights of each. Attacks of
# hostile clients on the wire are in web-hostile.bats.

load common
load web/web

setup_file() {
        install_game
        systemctl start left4me-web.service
}

teardown() {
        systemctl reset-failed || true
}

# people: admins root-like "chief", users "alice" and "bob", all logged in.
people() {
        local who
        for who in chief:admin alice:user bob:user; do
                [ -e "$state/users/${who%:*}.yaml" ] || add_user "${who%:*}" "${who#*:}"
                is_logged_in "${who%:*}" || log_in "${who%:*}" >/dev/null
        done
}

# --- answers ---------------------------------------------------------------------------------------

@test "without a user the login page tells how to make one" {
        run -0 web nobody /login
        [[ "$output" == *"l4d2ctl user add"* ]]
        add_user chief admin
        run -0 web nobody /login
        [[ "$output" != *"l4d2ctl user add"* ]]
}

@test "every answer has the security headers, whatever its status" {
        people
        local cases=(
                "nobody 200 /login" "nobody 303 /users" "nobody 404 /nowhere" "nobody 401 /api/users"
                "nobody 303 /logout" "chief 200 /users" "chief 200 /api/users" "chief 200 /health"
                "chief 404 /static/nothing.css" "chief 200 /static/htmx.min.js"
        )
        for line in "${cases[@]}"; do
                read -r who expected path <<<"$line"
                run -0 web "$who" --include "$path"
                [[ "${lines[0]}" == "HTTP/1.1 $expected "* ]] || { echo "$line: ${lines[0]}"; false; }
                [[ "$(header content-security-policy)" == *"default-src 'self'"*"frame-ancestors 'none'"*"base-uri 'none'"*"form-action 'self'"* ]]
                [[ "$(header content-security-policy)" != *unsafe* ]]
                [ "$(header x-content-type-options)" = nosniff ]
                [ "$(header referrer-policy)" = same-origin ]
                [ "$(header cross-origin-opener-policy)" = same-origin ]
                [[ "$path" == /static/htmx* || "$(header cache-control)" == no-store ]]
        done
}

@test "a HEAD has the headers of a GET and no body" {
        run -0 web nobody --head /login
        [[ "${lines[0]}" == "HTTP/1.1 200 "* ]]
        [ "$(header content-length)" -gt 100 ]
}

@test "a static file is sent once, and packed to who can unpack" {
        run -0 web nobody --include --output - /static/htmx.min.js
        etag=$(header etag)
        [[ "$etag" == '"'*'"' && "$(header content-type)" == text/javascript* ]]
        run -0 web nobody --include --header "If-None-Match: $etag" /static/htmx.min.js
        [[ "${lines[0]}" == "HTTP/1.1 304 "* && "$output" != *htmx.org* ]]
        web nobody --output /run/plain.js /static/htmx.min.js
        web nobody --header 'Accept-Encoding: gzip' --dump-header /run/headers --output /run/packed.gz \
                /static/htmx.min.js
        grep -qi '^content-encoding: gzip' /run/headers
        gunzip </run/packed.gz | cmp - /run/plain.js
        cmp /run/plain.js /usr/share/javascript/htmx/htmx.min.js
        run -0 web nobody --head --header 'Accept-Encoding: gzip;q=0' /static/htmx.min.js
        [ -z "$(header content-encoding)" ]
}

@test "a page and its JSON twin say the same" {
        people
        run -0 web chief /api/users
        python3 - "$output" <<-'END'
		import json, sys
		model = json.loads(sys.argv[1])
		assert [u["name"] for u in model["users"]] == ["alice", "bob", "chief"], model
		assert model["page"]["user"] == {"name": "chief", "role": "admin", "is_admin": True}, model
		assert len(model["page"]["csrf"]) == 32
	END
        run -0 web chief /users
        [[ "$output" == *alice*bob*chief* ]]
}

# --- logging in and out ----------------------------------------------------------------------------

@test "a login gives a cookie that scripts and other sites don't get, and leads on" {
        people
        run -0 log_in alice "alice's password" --data-urlencode then=/password
        [[ "${lines[0]}" == "HTTP/1.1 303 "* && "$(header location)" == /password ]]
        cookie=$(header set-cookie)
        [[ "$cookie" =~ ^left4me=[0-9a-f]{64}\; ]]
        [[ "$cookie" == *"; HttpOnly"* && "$cookie" == *"; SameSite=Strict"* && "$cookie" == *"; Path=/"* ]]
        journalctl --sync
        run -0 journalctl -b -o json --output-fields=L4D2_USER,L4D2_ADDRESS L4D2_ACTION=login \
                MESSAGE_ID=9b0b2ca879374ecbb4055bc84e84472b
        [[ "$output" == *'"L4D2_USER":"alice"'* && "$output" == *'"L4D2_ADDRESS":"127.0.0.1"'* ]]
}

@test "behind HTTPS the cookie is Secure and bound to the host" {
        people
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[web]\nbehind_https=yes\n' >/etc/left4me/left4me.conf.d/https.conf
        restart_web
        # curl keeps no Secure cookie of http://: the token is carried by hand.
        run -0 curl -sSi "$base/login"
        form=$(header set-cookie)
        token=$(grep -oP 'name="csrf" value="\K[0-9a-f]+' <<<"$output")
        run -0 curl -sSi --cookie "${form%%;*}" --data-urlencode "csrf=$token" -d name=alice \
                --data-urlencode "password=alice's password" -H 'X-Forwarded-For: 10.1.1.1, 10.2.2.2' \
                "$base/login"
        cookie=$(header set-cookie)
        rm /etc/left4me/left4me.conf.d/https.conf
        restart_web
        [[ "$form" == __Host-left4me-form=*"; Secure" ]]
        [[ "$cookie" == __Host-left4me=*"; Secure" && "$cookie" == *"; Path=/"* ]]
        # The address that the proxy saw, not the one that the client wrote before it.
        journalctl --sync
        run -0 journalctl -b -o cat -t left4me-web
        [[ "$output" == *"login by alice from 10.2.2.2"* ]]
}

@test "a wrong password, and a user there isn't, get the same answer" {
        people
        run -0 log_in alice wrong
        wrong=$(sed '/^Date:/d; s/value="[^"]*"//g; s/alice//g' <<<"$output")
        [[ "${lines[0]}" == "HTTP/1.1 403 "* && "$output" == *"Wrong username or password"* ]]
        run -0 log_in nosuchuser wrong
        absent=$(sed '/^Date:/d; s/value="[^"]*"//g; s/nosuchuser//g' <<<"$output")
        [ "$(sed '/^Content-Length/d' <<<"$wrong")" = "$(sed '/^Content-Length/d' <<<"$absent")" ]
        [ -z "$(session_of nosuchuser)" ]
        journalctl --sync
        run -0 journalctl -b -o cat -t left4me-web
        [[ "$output" == *"login-failed by nosuchuser from 127.0.0.1"* ]]
        restart_web
}

@test "a token that somebody else put into the browser is not taken up" {
        people
        fixed=$(printf 'a%.0s' {1..64})
        log_in alice >/dev/null
        first=$(session_of alice)
        token=$(csrf nobody /login)
        form=$(awk '$6 == "left4me-form" { print $7 }' "$jars/nobody")
        for planted in "$fixed" "$first"; do
                run -0 curl -sSi --cookie "left4me=$planted; left4me-form=$form" \
                        --data-urlencode "csrf=$token" -d name=bob \
                        --data-urlencode "password=bob's password" "$base/login"
                [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
                [[ "$(header set-cookie)" == left4me=* && "$(header set-cookie)" != *"$planted"* ]]
                [ "$(curl -so /dev/null -w '%{http_code}' --cookie "left4me=$planted" "$base/password")" = 303 ]
        done
}

@test "a logout ends the session, also for who kept the cookie" {
        people
        log_in alice >/dev/null
        cp "$jars/alice" "$jars/thief"
        is_logged_in thief
        run -0 post alice --include /logout
        [[ "${lines[0]}" == "HTTP/1.1 303 "* && "$(header location)" == /login ]]
        run ! is_logged_in thief
        run ! is_logged_in alice
        ! grep -q left4me$'\t' "$jars/alice"
}

@test "nothing on disk is a token, and only the web app can read what is there" {
        people
        token=$(session_of alice)
        [ -n "$token" ]
        run ! grep -rq "$token" /run/left4me-web
        [ -e "/run/left4me-web/sessions/$(printf %s "$token" | sha256sum | cut -d' ' -f1)" ]
        [ "$(stat -c '%U %a' /run/left4me-web /run/left4me-web/sessions | sort -u)" = "left4me 700" ]
        [ "$(stat -c '%U %a' /run/left4me-web/sessions/* | sort -u)" = "left4me 600" ]
}

@test "a restart logs nobody out, a stop does" {
        people
        restart_web
        is_logged_in alice
        systemctl stop left4me-web.service
        [ ! -e /run/left4me-web ]
        run ! is_logged_in alice
}

# change_session FILE KEY VALUE, and restart_web for it to be read
change_session() {
        python3 - "$@" <<-'END'
		import json, os, sys
		path, key, value = sys.argv[1:]
		session = json.load(open(path))
		times = os.stat(path)
		session[key] = int(value)
		json.dump(session, open(path, "w"))
		os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
	END
}

@test "a session ends 12 hours after the login and 2 hours after its last use" {
        people
        file=/run/left4me-web/sessions/$(session_of alice | tr -d '\n' | sha256sum | cut -d' ' -f1)
        # See sessions_now().
        now=$((365 * 24 * 3600 + $(cut -d. -f1 /proc/uptime)))

        touch -d "@$((now - 7100))" "$file"
        restart_web
        is_logged_in alice
        touch -d "@$((now - 7300))" "$file"
        restart_web
        run ! is_logged_in alice
        [ ! -e "$file" ]

        log_in alice >/dev/null
        file=/run/left4me-web/sessions/$(session_of alice | tr -d '\n' | sha256sum | cut -d' ' -f1)
        change_session "$file" created "$(((now - 12 * 3600 + 100) * 1000000))"
        restart_web
        is_logged_in alice
        change_session "$file" created "$(((now - 12 * 3600 - 1) * 1000000))"
        restart_web
        run ! is_logged_in alice
}

@test "a session file that is none is thrown away" {
        people
        printf '{' >"/run/left4me-web/sessions/$(printf 'b%.0s' {1..64})"
        ln -s /etc/passwd /run/left4me-web/sessions/link
        restart_web
        [ ! -e "/run/left4me-web/sessions/$(printf 'b%.0s' {1..64})" ]
        [ ! -L /run/left4me-web/sessions/link ]
        [ -e /etc/passwd ]
        is_logged_in bob
}

# --- passwords and roles ---------------------------------------------------------------------------

@test "who changes the password keeps this session and ends all others" {
        people
        cp "$jars/bob" "$jars/bob-elsewhere"
        log_in bob >/dev/null
        before=$(session_of bob)
        run -0 post bob --include --data-urlencode "current=bob's password" \
                --data-urlencode "new=bob's other password" --data-urlencode "again=bob's other password" \
                /password
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        is_logged_in bob
        [ "$(session_of bob)" != "$before" ]
        run ! is_logged_in bob-elsewhere
        run -0 log_in bob "bob's other password"
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        run -0 log_in bob
        [[ "${lines[0]}" == "HTTP/1.1 403 "* ]]
        printf "bob's password\n" | l4d2ctl user passwd bob
        restart_web
}

@test "a bad new password is refused with the reason, and the present one is asked for" {
        people
        run -0 post alice --data-urlencode "current=alice's password" -d new=short -d again=short /password
        [[ "$output" == *"must have at least 10 characters"* ]]
        run -0 post alice --data-urlencode "current=alice's password" -d new=long-enough-1 \
                -d again=long-enough-2 /password
        [[ "$output" == *"The new passwords don&#39;t match."* ]]
        run -0 post alice --include -d current=wrong -d new=long-enough-1 -d again=long-enough-1 /password
        [[ "${lines[0]}" == "HTTP/1.1 403 "* && "$output" == *"Current password is wrong"* ]]
        run -0 log_in alice
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
}

@test "another role or password, set at a shell, and a deletion end the sessions at once" {
        people
        add_user carol user
        for change in "role carol admin" "role carol user" "delete carol"; do
                log_in carol >/dev/null
                is_logged_in carol
                # shellcheck disable=SC2086
                l4d2ctl user $change
                run ! is_logged_in carol
        done
        [ -z "$(grep -l '"carol"' /run/left4me-web/sessions/* 2>/dev/null)" ]
}

@test "a password for one time opens one page until it is changed" {
        people
        made=$(l4d2ctl user add dora --generate)
        run -0 log_in dora "$made"
        [[ "${lines[0]}" == "HTTP/1.1 303 "* && "$(header location)" == /password ]]
        run -0 web dora --include /users
        [[ "$(header location)" == /password ]]
        [ "$(status_of dora /api/users)" = 403 ]
        run -0 web dora /password
        [[ "$output" == *csrf* ]]
        run -0 post dora --include --data-urlencode "current=$made" -d new=quite-another-1 \
                -d again=quite-another-1 /password
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        [ "$(status_of dora /api/users)" = 404 ]
        run -0 log_in dora "$made"
        [[ "${lines[0]}" == "HTTP/1.1 403 "* ]]
        l4d2ctl user delete dora
}

@test "an admin makes users, whose password is shown once, and changes and deletes them" {
        people
        run -0 post chief -d name=erik -d role=user /users
        made=$(grep -oP '[a-z2-9]{5}(-[a-z2-9]{5}){3}' <<<"$output" | head -n 1)
        [ -n "$made" ]
        run -0 web chief /users
        [[ "$output" == *erik* && "$output" != *"$made"* ]]
        run -0 log_in erik "$made"
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        run -0 post chief -d role=admin /users/erik/role
        grep -q 'role: admin' "$state/users/erik.yaml"
        run ! is_logged_in erik
        run -0 post chief /users/erik/delete
        [ ! -e "$state/users/erik.yaml" ]
        # And it is in the trail who did it.
        journalctl --sync
        run -0 journalctl -b -o cat --output-fields=L4D2_USER,L4D2_ACTION,L4D2_TARGET_USER \
                L4D2_TARGET_USER=erik
        [[ "$output" == *chief* ]]
}

@test "what l4d2ctl says on stderr reaches the page, escaped, and what was typed stays" {
        people
        run -0 post chief --include -d name=alice -d role=admin /users
        [[ "${lines[0]}" == "HTTP/1.1 409 "* ]]
        [[ "$output" == *"l4d2ctl: A user named &#39;alice&#39; already exists"* ]]
        [[ "$output" == *'value="alice"'* ]]
        token=$(csrf chief)
        run -0 web chief --include -H "X-CSRF-Token: $token" -d name=alice -d role=admin /api/users
        [[ "${lines[0]}" == "HTTP/1.1 409 "* ]]
        [[ "$output" == *'"ok":false'*"A user named 'alice' already exists"* ]]
        # In the language of the request.
        run -0 post chief -H 'Accept-Language: en-XA' -d name=alice -d role=admin /users
        [[ "$output" =~ '<pre>l4d2ctl: ⟦'[^⟧]*'&#39;alice&#39;'[^⟧]*'⟧</pre>' ]]
        # The last admin stays.
        run -0 post chief --include -d role=user /users/chief/role
        [[ "${lines[0]}" == "HTTP/1.1 409 "* && "$output" == *"last admin"* ]]
}

# --- forms -----------------------------------------------------------------------------------------

@test "a form without the session's token is refused" {
        people
        token=$(csrf bob)
        for arguments in "" "-d csrf=" "-d csrf=$token" "-d csrf=$(printf '0%.0s' {1..32})"; do
                # shellcheck disable=SC2086
                run -0 status_of chief -d name=mallory -d role=admin $arguments /users
                [ "$output" = 403 ]
        done
        # In the path's query it doesn't count, and neither does a form from another site.
        token=$(csrf chief)
        [ "$(status_of chief -d name=mallory -d role=admin "/users?csrf=$token")" = 403 ]
        [ "$(status_of chief -d name=mallory -d role=admin -d "csrf=$token" \
                -H 'Origin: http://evil.example' /users)" = 403 ]
        [ "$(status_of chief -d name=mallory -d role=admin -d "csrf=$token" -H 'Origin: null' /users)" = 403 ]
        [ ! -e "$state/users/mallory.yaml" ]
        [ "$(status_of chief -d name=mallory -d role=user -d "csrf=$token" \
                -H "Origin: $base" /users)" = 200 ]
        l4d2ctl user delete mallory
}

@test "the login form belongs to the browser that got it" {
        token=$(csrf nobody /login)
        run -0 curl -sS -o /dev/null -w '%{http_code}' --data-urlencode "csrf=$token" -d name=chief \
                --data-urlencode "password=chief's password" "$base/login"
        [ "$output" = 403 ]
}

@test "what people type is text on every page" {
        people
        evil='"><script>alert(1)</script>'
        for path in /login /users; do
                token=$(csrf chief)
                [[ $path == /login ]] && token=$(csrf chief-out /login)
                who=chief
                [[ $path == /login ]] && who=chief-out
                run -0 web "$who" -d "csrf=$token" --data-urlencode "name=$evil" -d role=user -d password=x \
                        "$path"
                [[ "$output" != *"<script>alert"* && "$output" == *"&lt;script&gt;"* ]] ||
                        { echo "$path: $output"; false; }
        done
        run -0 web nobody --get --data-urlencode "then=$evil" /login
        [[ "$output" != *"<script>alert"* ]]
        restart_web
}

@test "a login leads only to pages of ours" {
        people
        for then in //evil.example /\\evil.example https://evil.example $'/x\r\nSet-Cookie: a=b' '/%2f/evil'; do
                run -0 log_in alice "alice's password" --data-urlencode "then=$then"
                [[ "$(header location)" == / ]] || { echo "$then: $(header location)"; false; }
                [[ "$(header set-cookie)" != *a=b* ]]
        done
}

@test "F8: a login leads back to a page with its query, and an action's address to its page" {
        people
        run -0 web nobody --include '/audit?instance=plain&user=a%20b'
        [ "$(header location)" = '/login?then=/audit%3Finstance%3Dplain%26user%3Da%2520b' ]
        run -0 log_in alice "alice's password" --data-urlencode 'then=/audit?instance=plain&user=a%20b'
        [ "$(header location)" = '/audit?instance=plain&user=a%20b' ]
        run -0 web alice --include "/login?then=/audit%3Finstance%3Dplain"
        [ "$(header location)" = '/audit?instance=plain' ]
        for then in '/x?a="><script>' '/x?a=b c' '//evil?x' '/?\\evil'; do
                run -0 log_in alice "alice's password" --data-urlencode "then=$then"
                [[ "$(header location)" == / ]] || { echo "$then: $(header location)"; false; }
        done

        # A user reloads this address after an error there.
        for path in /servers/plain/start:/servers/plain /users/alice/role:/users /servers:/ /logout:/ \
                /blueprints/alice/versus/clone:/blueprints/alice/versus /host/check:/host; do
                run -0 web alice --include "${path%%:*}"
                [[ "${lines[0]}" == "HTTP/1.1 303 "* && "$(header location)" == "${path#*:}" ]] ||
                        { echo "$path: $output"; false; }
        done
        [ "$(status_of alice /api/users/alice/role)" = 405 ]
        [[ "$(web alice --request PUT /api/users)" == *'"ok":false'* ]]
        [[ "$(web alice -H 'Content-Type: text/plain' -d x /api/users)" == *'"ok":false'* ]]
        log_in alice >/dev/null
}

@test "F2, F5: without a session streams answer 401, and an action says that it was not done" {
        people
        local location
        [ "$(status_of nobody /events)" = 401 ]
        [ "$(status_of nobody /servers/plain/events)" = 401 ]
        # A page's script gets no other page in place of its own.
        run -0 web nobody --include -H 'HX-Request: true' -d csrf=x /servers/plain/start
        [[ "${lines[0]}" == "HTTP/1.1 401 "* ]]
        location=$(header hx-redirect)
        [ "$location" = '/login?then=/servers/plain&undone=/servers/plain/start' ]
        run -0 web nobody "$location"
        [[ "$output" == *'plain&#39; was not started: your session had ended.'* ]]
        run -0 web nobody --include -H 'HX-Request: true' /users
        [[ "${lines[0]}" == "HTTP/1.1 401 "* && -z "$(header hx-redirect)" ]]
        # A form of a browser without scripts.
        run -0 web nobody --include -d csrf=x /servers/plain/stop
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        [ "$(header location)" = '/login?then=/servers/plain&undone=/servers/plain/stop' ]
        run -0 web nobody --include -d csrf=x /users
        run -0 web nobody "$(header location)"
        [[ "$output" == *'Your last action was not done: your session had ended.'* ]]
        run -0 web nobody '/login?undone=/nowhere'
        [[ "$output" != *'session had ended'* ]]
}

@test "what was typed into a form is given back when the session has ended, and saved by nothing but a new form" {
        local text token before spec=$state/instances/plain/spec.yaml
        [ -e "$spec" ] || make_instance plain 27090
        people
        before=$(sha256sum <"$spec")
        text=$'port: 1 # </textarea><b>"&\n\n rcon_password: hush'
        web nobody --output /dev/null /login
        typed() {
                web nobody --include -H "Origin: $base" --data-urlencode csrf=old --data-urlencode match=abc \
                        --data-urlencode "text=$text" --data-urlencode 'new_password=never-again' "$@"
        }

        run -0 typed /servers/plain/spec
        [[ "${lines[0]}" == "HTTP/1.1 401 "* && "$output" == *'your session had ended'* ]]
        [[ "$output" == *'port: 1 # &lt;/textarea&gt;&lt;b&gt;&quot;&amp;'* && "$output" != *'<b>'* ]]
        [[ "$output" == *'name="kept.match" value="abc"'* && "$output" == *'name="kept.text"'* ]]
        [[ "$output" != *never-again* && "$output" != *'value="old"'* ]]
        # The same for a server that isn't there, and nothing for a body that is not text.
        run -0 typed /servers/nothing/spec
        [[ "${lines[0]}" == "HTTP/1.1 401 "* ]]
        run -0 typed /servers/plain/stop
        [[ "${lines[0]}" == "HTTP/1.1 303 "* ]]
        run -0 typed /api/servers/plain/spec
        [[ "${lines[0]}" == "HTTP/1.1 401 "* && "$output" != *hush* ]]
        # Another site's form, and one of a program.
        [ "$(status_of nobody -H 'Origin: http://evil.example' -d text=x /servers/plain/spec)" = 403 ]
        [ "$(status_of nobody -d text=x /servers/plain/spec)" = 303 ]

        # The login carries it: with a wrong password too, and without doing anything.
        logs_in() {
                token=$(csrf nobody /login)
                web nobody --include -H "Origin: $base" --data-urlencode "csrf=$token" -d name=chief \
                        --data-urlencode "password=$1" --data-urlencode "kept=$2" \
                        --data-urlencode "kept.text=$text" --data-urlencode kept.match=abc /login
        }
        run -0 logs_in wrong /servers/plain/spec
        [[ "${lines[0]}" == "HTTP/1.1 403 "* && "$output" == *'name="kept.text"'* && "$output" == *'value="chief"'* ]]
        run -0 logs_in "chief's password" /servers/plain/spec
        [[ "${lines[0]}" == "HTTP/1.1 200 "* && "$output" == *'action="/servers/plain/spec"'* ]]
        [[ "$output" == *'name="text" value="port: 1 # &lt;/textarea'* && "$output" != *'kept.'* ]]
        [ "$(sha256sum <"$spec")" = "$before" ]

        # With a session, but a form from before it.
        run -0 typed /servers/plain/spec
        [[ "${lines[0]}" == "HTTP/1.1 403 "* && "$output" == *'name="text" value="port: 1'* ]]
        [ "$(sha256sum <"$spec")" = "$before" ]
        run -0 web nobody --include -d csrf=old --data-urlencode "text=$text" /servers/plain/spec
        [[ "${lines[0]}" == "HTTP/1.1 403 "* && "$output" != *hush* ]]

        # It leads to forms of ours alone.
        rm -f "$jars/nobody"
        for action in /servers/plain/stop //evil.example/ /login 'javascript:alert(1)' /api/servers/plain/spec; do
                web nobody --output /dev/null /login
                run -0 logs_in wrong "$action"
                [[ "$output" != *kept.* ]]
        done
}
