#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# /metrics: what Prometheus' own programs say to it, that its values are those of systemd and the game, and who may read it.

load common
load web/web

examples=/usr/share/doc/left4me/examples/prometheus

setup_file() {
        systemctl mask --runtime --now left4me-watch.service
        install_game
        make_instance one 27015
        make_instance two 27016
        add_user chief admin
        add_user alice user
        l4d2ctl start one
        # A connection to 10.9.9.1 does not come by an address of loopback.
        ip address add 10.9.9.1/24 dev lo
        mkdir -p /run/systemd/system/left4me-web.socket.d
        printf '[Socket]\nListenStream=10.9.9.1:8081\nListenStream=/run/left4me-web.sock\nIPAddressAllow=10.9.9.0/24\n' \
                >/run/systemd/system/left4me-web.socket.d/more.conf
        systemctl daemon-reload
        systemctl stop left4me-web.service
        systemctl restart left4me-web.socket
        for who in chief alice; do log_in "$who" >/dev/null; done
}

url=http://localhost:8080/metrics
metrics() { curl -sS --fail "$url"; }
# value SERIES: its value now.
value() { metrics | awk -v series="$1" 'substr($0, 1, length(series) + 1) == series " " { print $NF }'; }
is_value() { [[ $(value "$1") == "$2" ]]; }

@test "promtool has nothing to say, with servers in every state" {
        live_state one 'hostname="A \"quoted\" \\ name\n{x=\"y\"} é"' 'map="c1m1_hotel"' steam_kicks=3
        wait_until is_value 'left4me_server_players{server="one"}' 4
        echo 'port: 99999' >"$state/instances/two/spec.yaml"
        systemctl daemon-reload
        systemctl start left4me-install.service || true
        run -0 metrics
        run -0 promtool check metrics <<<"$output"
        [ -z "$output" ]
        printf 'port: 27016\n' >"$state/instances/two/spec.yaml"
        systemctl daemon-reload
}

@test "values are those of systemd and of the game" {
        live_state one players=3 bots=1 slots=8 fps=29.5 tick_rate=30 is_slow=true needs_update=true steam_kicks=7
        wait_until is_value 'left4me_server_steam_kicks_total{server="one"}' 7
        is_value 'left4me_server_up{server="one"}' 1
        is_value 'left4me_server_up{server="two"}' 0
        is_value 'left4me_server_players{server="one"}' 3
        is_value 'left4me_server_bots{server="one"}' 1
        is_value 'left4me_server_slots{server="one"}' 8
        is_value 'left4me_server_fps{server="one"}' 29.5
        is_value 'left4me_server_tick_rate{server="one"}' 30
        is_value 'left4me_server_slow{server="one"}' 1
        is_value 'left4me_server_needs_update{server="one"}' 1
        is_value 'left4me_server_receive_bytes_per_second{server="one"}' 10240
        is_value 'left4me_server_ip_ingress_bytes_total{server="one"}' 1000000
        is_value 'left4me_server_ip_egress_bytes_total{server="one"}' 5000000000
        is_value 'left4me_server_state{server="one",state="running"}' 1
        is_value 'left4me_server_state{server="two",state="running"}' 0
        is_value 'left4me_server_health{server="one",health="ok"}' 1
        is_value 'left4me_server_health{server="one",health="hung"}' 0
        [ -z "$(value 'left4me_server_players{server="two"}')" ]
        # A host that does not count packets has no such metric, rather than 0.
        live_state one ip_in_bytes=null ip_out_bytes=null
        wait_until is_value 'left4me_server_ip_ingress_bytes_total{server="one"}' ''
        run -0 metrics
        [[ "$output" != *_ip_* ]]

        # The watcher keeps the values of a game that no longer answers.
        live_state one answer_age=200 'health="hung"' steam_kicks=8 hang_restarts=2 lan_refusals=3
        wait_until is_value 'left4me_server_steam_kicks_total{server="one"}' 8
        is_value 'left4me_server_hang_restarts_total{server="one"}' 2
        is_value 'left4me_server_lan_refusals_total{server="one"}' 3
        is_value 'left4me_server_health{server="one",health="hung"}' 1
        [ -n "$(value 'left4me_server_answer_time_seconds{server="one"}')" ]
        [ -z "$(value 'left4me_server_players{server="one"}')" ]
        [ -z "$(value 'left4me_server_fps{server="one"}')" ]
        started=$(value 'left4me_server_start_time_seconds{server="one"}')
        [ "${started%.*}" = "$(date -d "$(property "$(unit one)" InactiveExitTimestamp)" +%s)" ]
        free=$(df -B1 --output=avail "$state" | tail -n 1)
        [ "$(value left4me_state_size_bytes)" = "$(df -B1 --output=size "$state" | awk 'END { print $1 }')" ]
        awk -v a="$free" -v b="$(value left4me_state_free_bytes)" 'BEGIN { exit !(a - b < 1e8 && b - a < 1e8) }'
        [ "$(value 'left4me_game_info{version="1",build=""}')" = 1 ] || metrics | grep -q 'left4me_game_info{version="1"'

        # A hung server, and one that the watcher has left.
        live_state one 'health="hung"'
        wait_until is_value 'left4me_server_health{server="one",health="hung"}' 1
        rm /run/left4me/watch/one.json
        wait_until is_value 'left4me_server_players{server="one"}' ''
        is_value 'left4me_server_up{server="one"}' 1
}

@test "a crash is counted, and how it ended is there" {
        is_value 'left4me_server_restarts_total{server="one"}' 0
        info_of 27015
        rcon one standin_crash || true
        wait_until is_value 'left4me_server_restarts_total{server="one"}' 1
        wait_until eval '[[ -n $(value "left4me_server_last_exit_time_seconds{server=\"one\"}") ]]'
        metrics | grep -q '^left4me_server_last_exit_status{server="one",result="\(signal\|core-dump\)"} 139$'
}

@test "jobs of a kind: the last one failed, none runs" {
        # It failed in the first test, and the journal of jobs is read again after a restart of the app.
        systemctl start left4me-install.service || true
        restart_web
        is_value 'left4me_jobs_running{kind="install"}' 0
        is_value 'left4me_job_last_result{kind="install",result="failed"}' 1
        is_value 'left4me_job_last_result{kind="install",result="done"}' 0
        ended=$(value 'left4me_job_last_end_time_seconds{kind="install"}')
        awk -v a="$ended" -v b="$(date +%s)" 'BEGIN { exit !(b - a >= -1 && b - a < 3600) }'
        [ -n "$(value 'left4me_job_last_duration_seconds{kind="install"}')" ]
}

@test "a job that failed is not hidden by a newer one of another overlay" {
        for name in one two gone; do
                l4d2ctl overlay create "metric/$name"
                l4d2ctl overlay define "metric/$name" kind=script
        done
        exits() { printf '%s\n' '#!/bin/bash' 'date +%N >"$OVERLAY/x"' "exit $2" | l4d2ctl overlay script "metric/$1" -; }
        exits one 3
        exits two 0
        exits gone 3
        for name in one gone; do run ! l4d2ctl overlay build "metric/$name"; done
        l4d2ctl overlay build metric/two
        l4d2ctl overlay delete metric/gone
        journalctl --sync
        restart_web
        is_value 'left4me_job_last_result{kind="script",ref="metric/one",result="failed"}' 1
        is_value 'left4me_job_last_result{kind="script",ref="metric/two",result="failed"}' 0
        is_value 'left4me_job_last_result{kind="script",ref="metric/two",result="done"}' 1
        [ -n "$(value 'left4me_job_last_end_time_seconds{kind="script",ref="metric/one"}')" ]
        run -0 metrics
        [[ "$output" != *metric/gone* ]]
        # It is over when that overlay is built.
        exits one 0
        l4d2ctl overlay build metric/one
        journalctl --sync
        restart_web
        is_value 'left4me_job_last_result{kind="script",ref="metric/one",result="failed"}' 0
}

@test "Prometheus reads it as OpenMetrics" {
        run -0 curl -sS --include "$url" -H 'Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5'
        [ "$(header content-type)" = "application/openmetrics-text; version=1.0.0; charset=utf-8" ]
        [ "${lines[-1]}" = "# EOF" ]
        run -0 curl -sS --include "$url"
        [ "$(header content-type)" = "text/plain; version=0.0.4; charset=utf-8" ]

        live_state one players=2 'hostname="A \"quoted\" \\ name\n{x=\"y\"} é"'
        wait_until is_value 'left4me_server_players{server="one"}' 2
        cp "$examples"/*.yml "$BATS_TEST_TMPDIR"
        sed -i 's/15s/1s/' "$BATS_TEST_TMPDIR/prometheus.yml"
        mkdir "$BATS_TEST_TMPDIR/data"
        systemd-run --quiet --unit=test-prometheus -p SuccessExitStatus=143 prometheus --config.file="$BATS_TEST_TMPDIR/prometheus.yml" \
                --storage.tsdb.path="$BATS_TEST_TMPDIR/data" --web.listen-address=127.0.0.1:9090
        query() { curl -sS --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query; }
        wait_until eval '[[ $(query "left4me_server_players") == *"\"2\"]"* ]]'
        run -0 query 'left4me_server_info{hostname=~"A \"quoted\" .* name.*[{]x=\"y\"[}] é"}'
        [[ "$output" == *'"server":"one"'* ]]
        run -0 query 'up{job="left4me"}'
        [[ "$output" == *'"1"]'* ]]
        run -0 curl -sS http://127.0.0.1:9090/api/v1/targets
        [[ "$output" == *'"health":"up"'* && "$output" == *'"lastError":""'* ]]
        systemctl stop test-prometheus.service
}

@test "the example's rules and its dashboard name metrics that there are" {
        run -0 promtool check rules "$examples/left4me.rules.yml"
        run -0 promtool check config "$examples/prometheus.yml"
        live_state one
        wait_until is_value 'left4me_server_players{server="one"}' 4
        # All but these are there now: Steam was never asked, and not each machine counts memory and tasks.
        { metrics | sed -n 's/^# TYPE \([a-z_0-9]*\) .*/\1/p'
                printf '%s\n' left4me_game_outdated left4me_server_{memory_bytes,tasks}; } | sort -u >"$BATS_TEST_TMPDIR/there"
        grep -ohE 'left4me_(server|job|jobs|state|game|web|host)_[a-z_]+' "$examples"/* | grep -v '\.rules' | sort -u >"$BATS_TEST_TMPDIR/named"
        [ -s "$BATS_TEST_TMPDIR/named" ]
        run -0 comm -13 "$BATS_TEST_TMPDIR/there" "$BATS_TEST_TMPDIR/named"
        [ -z "$output" ]
        # The document lists each one, and no other.
        grep -ohE '^\| `left4me_[a-z_]+' /usr/share/doc/left4me/metrics.md | sed 's/.*`//' | sort >"$BATS_TEST_TMPDIR/documented"
        diff "$BATS_TEST_TMPDIR/there" "$BATS_TEST_TMPDIR/documented"
}

@test "programs of this host need no login, all others have to be admins" {
        [ "$(status_of nobody /metrics)" = 200 ]
        run -0 curl -sS --unix-socket /run/left4me-web.sock http://localhost/metrics
        [[ "$output" == *left4me_server_up* ]]
        code() { curl -sS --output /dev/null --write-out '%{http_code}' "$@"; }
        # As a proxy passes it on, and by a name that leads here.
        for header in 'X-Forwarded-For: 127.0.0.1' 'Forwarded: for=127.0.0.1' 'Via: 1.1 x' 'X-Real-IP: ::1' 'Host: left4me.example.org'; do
                [ "$(code -H "$header" http://127.0.0.1:8080/metrics)" = 401 ]
        done
        [ "$(code http://10.9.9.1:8081/metrics)" = 401 ]
        [ "$(code -H 'Host: localhost' http://10.9.9.1:8081/metrics)" = 401 ]
        [ "$(code -H 'X-Forwarded-For: 127.0.0.1' -H 'Host: localhost' http://10.9.9.1:8081/metrics)" = 401 ]
        # Through a proxy, admins by their session.
        [ "$(status_of chief -H 'X-Forwarded-For: 192.0.2.1' /metrics)" = 200 ]
        [ "$(status_of alice -H 'X-Forwarded-For: 192.0.2.1' /metrics)" = 404 ]
        # No way for pages of other sites to read it.
        run -0 curl -sS --include -H 'Origin: https://example.org' http://localhost:8080/metrics
        [[ "$output" != *ccess-Control-Allow* && "$(header Cross-Origin-Resource-Policy)" == same-origin ]]
}

@test "metrics=no closes it, and yes opens it again" {
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[web]\nmetrics=no\n' >/etc/left4me/left4me.conf.d/metrics.conf
        wait_until eval '[[ $(status_of nobody /metrics) == 401 ]]'
        [ "$(status_of alice /metrics)" = 404 ]
        [ "$(status_of chief /metrics)" = 200 ]
        rm /etc/left4me/left4me.conf.d/metrics.conf
        wait_until eval '[[ $(status_of nobody /metrics) == 200 ]]'
}

@test "reading it often asks nobody on the bus" {
        metrics >/dev/null
        # The monitor has the calls that the app sends while it is asked a hundred times.
        mapfile -t matches < <(busctl --system list --no-legend |
                awk -v pid="$(web_pid)" '$2 == pid { printf "--match=sender=%s\n", $1 }')
        ((${#matches[@]} > 0))
        systemd-run --quiet --unit=test-bus -p StandardOutput="file:$BATS_TEST_TMPDIR/bus" busctl monitor --system "${matches[@]}"
        wait_until systemctl is-active -q test-bus.service
        for ((i = 0; i < 100; i++)); do metrics >/dev/null; done
        # The page about the host asks for systemd's version, which shows that the monitor sees such calls.
        web chief /api/host >/dev/null
        wait_until grep -q 'Member=Get$' "$BATS_TEST_TMPDIR/bus"
        systemctl stop test-bus.service
        [ "$(grep -c 'Type=method_call' "$BATS_TEST_TMPDIR/bus")" = 1 ] || { cat "$BATS_TEST_TMPDIR/bus"; false; }
}
