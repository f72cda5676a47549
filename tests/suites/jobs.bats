#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# l4d2ctl job: what the journal says about jobs that ended in every way there is, and what systemd says about those
# that run. The jobs are stand-ins: units of the real names without the real steps.

load common

setup_file() {
        make_job script@wei:ok '/bin/sh -c "echo made it"'
        make_job script@wei:bad '/bin/sh -c "echo goes wrong; exit 3"' 'ExecStopPost=/usr/bin/journalctl --sync'
        make_job script@quick /bin/true
        make_job script@slow '/bin/sleep infinity' TimeoutStartSec=100ms
        make_job release@pre /bin/true ExecStartPre=/bin/false
        make_job release@post /bin/true 'ExecStartPost=/bin/sh -c "exit 6"'
        make_job workshop@killed "/bin/sh -c 'kill -KILL \$\$\$\$; wait'"
        make_job unpack@missing /bin/does-not-exist
        make_job script@waits "/bin/sh -c 'systemd-notify --status=\"12 % waiting\"; echo begun; exec sleep infinity'" \
                NotifyAccess=all TimeoutStartSec=1h
        make_job script@stubborn "/bin/sh -c 'trap \"\" TERM; echo begun; while :; do sleep 1; done'" \
                TimeoutStopSec=100ms
        systemctl daemon-reload
}

teardown_file() {
        rm -rf /run/systemd/system/left4me-{{script,release,workshop,unpack}@*,install,check}.service{,.d}
        systemctl daemon-reload
}

teardown() {
        systemctl kill --signal=CONT systemd-journald.service
        systemctl stop 'left4me-script@*.service' || true
        systemctl reset-failed || true
        rm -f "$state"/users/*.yaml
}

# make_job NAME COMMAND [LINE…]: a unit without the drop-ins that the real one has.
make_job() {
        local unit=left4me-$1.service command=$2 template=${1%%@*} drop_in
        shift 2
        mkdir -p "/run/systemd/system/$unit.d"
        printf '%s\n' '[Service]' Type=oneshot Slice=left4me-build.slice "$@" "ExecStart=$command" \
                >"/run/systemd/system/$unit"
        for drop_in in /usr/lib/systemd/system/left4me-{,"$template","$template"@}.service.d/*.conf; do
                [[ ! -e $drop_in ]] || ln -sf /dev/null "/run/systemd/system/$unit.d/${drop_in##*/}"
        done
}

# run_job NAME: runs it to its end, whatever that is.
run_job() {
        systemctl start "left4me-$1.service" 2>/dev/null || true
        journalctl --sync
}

# begin_job NAME: starts it and waits until it has written a line.
begin_job() {
        systemctl start --no-block "left4me-$1.service"
        wait_until has_begun "left4me-$1.service"
}
has_begun() {
        local id
        id=$(property "$1" InvocationID)
        [[ -n $id ]] && journalctl -q -o cat "_SYSTEMD_INVOCATION_ID=$id" | grep -q begun
}

# pick EXPRESSION: what python makes of the JSON v on its standard input; a list is words.
pick() {
        python3 -c "import json, sys
v = json.load(sys.stdin)
r = $1
print(*r if isinstance(r, list) else [r])"
}

# field NAME KEY: of the newest job of the unit; None: it has none.
field() { l4d2ctl job show "left4me-$1.service" --json | pick "v.get('$2')"; }

@test "each end has its result, and its reason in a sentence" {
        local name result reason
        while IFS='|' read -r name result reason; do
                run_job "$name"
                echo "$name: $(field "$name" result): $(field "$name" reason)"
                [ "$(field "$name" result)" = "$result" ]
                [ "$(field "$name" reason)" = "$reason" ]
                (($(field "$name" begun_usec) > 0 && $(field "$name" ended_usec) >= $(field "$name" begun_usec)))
        done <<-'EOF'
		script@wei:ok|done|None
		script@wei:bad|failed|ended with exit code 3
		script@slow|timed-out|did not end within its time limit
		release@pre|failed|its preparation ended with exit code 1
		release@post|failed|its result could not be published (exit code 6)
		workshop@killed|failed|killed by SIGKILL
		unpack@missing|failed|systemd could not set it up (exit code 203); see its log
	EOF
        # A stop of a unit that has ended is not the end of its last job.
        systemctl stop left4me-script@wei:bad.service
        journalctl --sync
        [ "$(field script@wei:bad result)" = failed ]
}

@test "an overlay whose name looks like an id, or like the game's, is found by @REF" {
        local id name
        run_job script@wei:ok
        id=$(field script@wei:ok id)
        for name in "${id:0:8}" install; do
                make_job "script@$name" /bin/true
                systemctl daemon-reload
                run_job "script@$name"
                [ "$(l4d2ctl job show "@$name" --json | pick 'v["ref"]')" = "$name" ]
        done
        [ "$(l4d2ctl job show "${id:0:8}" --json | pick 'v["ref"]')" = wei/ok ]
        run -4 l4d2ctl job show @wei/none
        run -4 l4d2ctl job show @
}

@test "a stop makes a job cancelled, and one that did not obey was killed" {
        begin_job script@waits
        run -0 l4d2ctl job cancel waits
        [[ "$output" =~ ^"l4d2ctl: Job "[0-9a-f]{8}": cancelled"$ ]]
        [ "$(field script@waits result)" = cancelled ]
        [[ $(property left4me-script@waits.service ActiveState) == @(inactive|failed) ]]

        begin_job script@stubborn
        run -0 l4d2ctl job cancel left4me-script@stubborn.service
        [[ "$output" == *': cancelled: did not end when asked to, and was killed' ]]
        run -3 l4d2ctl job cancel stubborn
        [[ "$output" == *"it does not run; its result is 'cancelled'" ]]
        # The audit trail has who did that.
        journalctl --sync
        journalctl -o cat L4D2_OVERLAY=stubborn | grep -q 'stubborn: overlay cancel by root'
}

@test "a job that runs has its progress and time limit" {
        local id
        begin_job script@waits
        id=$(property left4me-script@waits.service InvocationID)
        run -0 l4d2ctl job list
        grep -Eq "^${id:0:8} script +waits +running 12 % " <<<"$output"
        run -0 l4d2ctl job show "${id:0:8}"
        grep -Eq '^ *Result: running$' <<<"$output"
        grep -Eq '^ *Progress: 12 % waiting$' <<<"$output"
        grep -Eq '^ *Time limit: 1h 0min$' <<<"$output"
        [ "$(field script@waits progress_percent)" = 12 ]
        [ "$(field script@waits progress_text)" = waiting ]
        [ "$(field script@waits time_limit_usec)" = 3600000000 ]
        [ "$(field script@waits ended_usec)" = None ]
}

@test "a job whose end the journal lacks and that does not run has failed" {
        local id
        begin_job script@waits
        id=$(property left4me-script@waits.service InvocationID)
        # Nothing of its end: systemd must not say it, as when the power fails.
        mkdir -p /run/systemd/system/left4me-script@waits.service.d
        systemctl log-level emerg
        systemctl stop left4me-script@waits.service
        systemctl log-level info
        journalctl --sync
        run -0 l4d2ctl job show "$id"
        [[ "$output" == *'failed: its end is not in the journal: the host went down meanwhile'* ]]
}

@test "an id, its first digits, a unit and an overlay name a job" {
        local id newer
        run_job script@wei:ok
        id=$(field script@wei:ok id)
        run_job script@wei:ok
        newer=$(field script@wei:ok id)
        [ "$id" != "$newer" ]
        for name in "$newer" "${newer:0:8}" left4me-script@wei:ok.service wei/ok; do
                [ "$(l4d2ctl job show "$name" --json | pick 'v["id"]')" = "$newer" ]
        done
        [ "$(l4d2ctl job show "$id" --json | pick 'v["id"]')" = "$id" ]
        for name in ffffffff 0123456789abcdef0123456789abcdef0 wei/none left4me-script@none.service ../x ''; do
                run -4 l4d2ctl job show "$name"
                [[ "$output" == *"No job '$name' in the journal: 'l4d2ctl job list' shows the jobs" ]]
        done
}

@test "the list is filtered by kind, result, overlay, time and number" {
        local now
        run_job script@wei:ok
        run_job script@wei:bad
        run_job release@pre
        [ "$(l4d2ctl job list -n 3 --json | pick '[j["unit"] for j in v]')" = \
                'left4me-release@pre.service left4me-script@wei:bad.service left4me-script@wei:ok.service' ]
        [ "$(l4d2ctl job list --kind=release --json | pick 'sorted({j["kind"] for j in v})')" = release ]
        [ "$(l4d2ctl job list --result=failed --result=done -n 3 --json | pick '[j["result"] for j in v]')" = 'failed failed done' ]
        [ "$(l4d2ctl job list --result=done -n 1 --json | pick 'v[0]["ref"]')" = wei/ok ]
        [ "$(l4d2ctl job list wei/bad --json | pick 'sorted({j["ref"] for j in v})')" = wei/bad ]
        now=$(date +%s.%6N)
        run_job script@wei:ok
        [ "$(l4d2ctl job list --since="@$now" --json | pick 'len(v)')" = 1 ]
        [ "$(l4d2ctl job list --kind=install --json)" = '[]' ]
        run -0 l4d2ctl job list --kind=install
        [[ "$output" == *'The journal has no such jobs' ]]
        run -2 l4d2ctl job list --kind=files
        run -2 l4d2ctl job list --result=good
        run -2 l4d2ctl job list ../x
}

@test "logs shows one run, with systemd's words about it, and follows one that runs" {
        local id follower status=0
        run_job script@wei:bad
        id=$(field script@wei:bad id)
        run_job script@wei:bad
        run -0 l4d2ctl job logs "$id"
        [ "$(grep -c 'goes wrong' <<<"$output")" = 1 ]
        [ "$(grep -c 'Failed with result' <<<"$output")" = 1 ]
        [ "$(l4d2ctl job logs "$id" --json | grep -c 'goes wrong')" = 1 ]

        begin_job script@waits
        l4d2ctl job logs --follow waits >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        follower=$!
        wait_until grep -q '12 % waiting' "$BATS_TEST_TMPDIR/out"
        grep -q '^begun$' "$BATS_TEST_TMPDIR/out"
        l4d2ctl job cancel waits
        wait "$follower" || status=$?
        [ "$status" = 1 ]
        grep -q 'Job [0-9a-f]*: cancelled' "$BATS_TEST_TMPDIR/out"
}

@test "who asked for a job is what l4d2ctl wrote, not what another process writes" {
        local id
        run_job script@wei:ok
        id=$(field script@wei:ok id)
        [ "$(field script@wei:ok user)" = None ]
        claim() {
                printf '%s\n' MESSAGE=x MESSAGE_ID=9b0b2ca879374ecbb4055bc84e84472b "L4D2_JOB=$id" "L4D2_USER=$1" |
                        setpriv --reuid="$2" --regid="$2" --clear-groups logger --journald
                journalctl --sync
        }
        claim admin left4me-build
        [ "$(field script@wei:ok user)" = left4me-build ]
        claim wei left4me
        [ "$(field script@wei:ok user)" = wei ]
        claim other left4me
        [ "$(field script@wei:ok user)" = wei ]
}

@test "users see and cancel the jobs of overlays below their name, admins all" {
        echo 'long enough for wei' | l4d2ctl user add wei
        echo 'long enough for boss' | l4d2ctl user add boss --role admin
        run_job script@wei:ok
        begin_job script@waits
        [ "$(l4d2ctl job list --as-user=wei --json | pick 'sorted({j["ref"].split("/")[0] for j in v})')" = wei ]
        [ "$(l4d2ctl job list --as-user=boss -n 2 --json | pick '[j["ref"] for j in v]')" = 'waits wei/ok' ]
        run -0 l4d2ctl job show --as-user=wei wei/ok
        run -0 l4d2ctl job logs --as-user=wei wei/ok
        id=$(field script@waits id)
        for name in waits left4me-script@waits.service "$id" "${id:0:8}"; do
                for action in show logs cancel; do
                        # As one that does not exist.
                        run -4 l4d2ctl job $action --as-user=wei "$name"
                        [[ "$output" == *"No job '$name' in the journal"* ]]
                done
        done
        [ "$(property left4me-script@waits.service ActiveState)" = activating ]
        run -0 l4d2ctl job cancel --as-user=boss waits
}

@test "a list reads the entries of jobs only, and of no more jobs than it shows" {
        local before after i
        for ((i = 0; i < 5; i++)); do run_job script@wei:bad; done
        before=$(/usr/lib/left4me-build/tests/bench/job-entries 2)
        # Five entries of systemd each: its begin, the exit of its process, its failure, its end, what was used.
        [[ "$before" == '2 '* ]]
        ((${before#2 } <= 10))
        # Other entries, of systemd too, and older jobs change nothing.
        systemd-run --quiet --wait -p LogRateLimitIntervalSec=0 /bin/sh -c 'i=0; while [ $i -lt 20000 ]; do echo "$i"; i=$((i + 1)); done'
        for ((i = 0; i < 20; i++)); do systemd-run --quiet --wait /bin/true; done
        journalctl --sync
        (($(journalctl --output=cat | wc -l) > 20000))
        after=$(/usr/lib/left4me-build/tests/bench/job-entries 2)
        echo "before: $before, after: $after"
        [ "$before" = "$after" ]
}

@test "--server lists the jobs of the game and of the overlays that a server stacks" {
        echo 'long enough for wei' | l4d2ctl user add wei
        echo 'long enough for eve' | l4d2ctl user add eve
        make_job install /bin/true
        make_job check /bin/true
        systemctl daemon-reload
        echo 'overlays: [slow, wei/ok]' | l4d2ctl blueprint create wei/stack --file=-
        make_instance stacks 27015 'blueprint: wei/stack'
        make_instance bare 27016
        for job in script@wei:ok script@wei:bad script@slow install check; do run_job "$job"; done
        listed() { l4d2ctl job list --json -n "$1" "${@:2}" | pick '[j["ref"] or j["kind"] for j in v]'; }
        [ "$(listed 3 --server=stacks)" = 'install slow wei/ok' ]
        [ "$(listed 2 --server=stacks --kind=script)" = 'slow wei/ok' ]
        [ "$(listed 1 --server=bare)" = install ]
        # A check changes no server, but it is the game's last job.
        [ "$(l4d2ctl job show install --json | pick 'v["kind"]')" = check ]
        [ "$(l4d2ctl job show left4me-install.service --json | pick 'v["kind"]')" = install ]
        # wei sees the jobs of the own overlays alone, and eve nothing about the server.
        [ "$(l4d2ctl job list --server=stacks --as-user=wei --json | pick 'sorted({j["ref"] for j in v})')" = wei/ok ]
        run -8 l4d2ctl job list --server=stacks --as-user=eve
        run -4 l4d2ctl job list --server=none
        run -2 l4d2ctl job list --server=../x
        echo 'port: 99999' >"$state/instances/bare/spec.yaml"
        run ! l4d2ctl job list --server=bare
        [[ "$output" == *'spec.yaml:1:7'* ]]
        l4d2ctl delete stacks
        rm -r "$state/instances/bare"
        l4d2ctl blueprint delete wei/stack
}

@test "a job that runs is found before the journal has its begin, and --no-wait gives it time" {
        local id since
        echo 'long enough for wei' | l4d2ctl user add wei
        l4d2ctl overlay create waits
        l4d2ctl overlay define waits kind=script
        l4d2ctl overlay script waits - <<<'#!/bin/sh'
        systemctl kill --signal=STOP systemd-journald.service
        since=$SECONDS
        id=$(l4d2ctl overlay build waits --no-wait --json | pick 'v["id"]')
        ((SECONDS - since >= 4))
        run ! grep -q . <(journalctl -o cat "INVOCATION_ID=$id")
        run -0 l4d2ctl job show "$id" --json
        [ "$(pick '[v["id"], v["ref"], v["result"]]' <<<"$output")" = "$id waits running" ]
        # As long as this test at most, not as the host.
        (($(pick 'v["duration_usec"] // 1000000' <<<"$output") <= SECONDS - since + 1))
        # For those who may see it.
        run -4 l4d2ctl job show "$id" --as-user=wei
        systemctl kill --signal=CONT systemd-journald.service
        l4d2ctl job cancel "$id"
        l4d2ctl overlay delete waits
}

# listen: from now on, units that systemd loads are written down …
listen() {
        heard=$BATS_TEST_TMPDIR/heard
        busctl monitor --json=short --match="type='signal',member='UnitNew'" --match="member='GetId'" >"$heard" 3>&- &
        monitor=$!
        wait_until hears_calls
}
hears_calls() {
        busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus GetId >/dev/null
        grep -q '"member":"GetId"' "$heard"
}
# heard_times TIMES UNIT: … until here, and this one was so often.
heard_times() {
        # Signals come in order: this unit's is later.
        systemd-run --quiet --wait --unit=heard-all true
        wait_until grep -q heard-all.service "$heard"
        kill "$monitor"
        [ "$(grep -c "$2" "$heard")" = "$1" ] || { grep -c "$2" "$heard"; return 1; }
}
# once_of COMMAND…: once of five times the unit was loaded once. On a busy machine systemd may unload it between the
# question whether it is loaded and the questions about it, which load it again.
once_of() {
        for _ in {1..5}; do
                listen
                "$@"
                if heard_times 1 left4me-script@quick.service; then return 0; fi
        done
        return 1
}

@test "a build makes systemd load the unit of its job once, and a look at the job too" {
        local heard monitor
        l4d2ctl overlay create quick
        l4d2ctl overlay define quick kind=script
        l4d2ctl overlay script quick - <<<'#!/bin/sh'
        once_of l4d2ctl overlay build quick
        # And so does a look at the job that has ended, which users of the web app can have as often as they like.
        listen
        [ "$(field script@quick result)" = 'done' ]
        heard_times 1 left4me-script@quick.service
        l4d2ctl overlay delete quick
}
