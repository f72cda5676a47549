#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Everything the service manager can be asked to do, asked by the web user: from inside its unit, in all
# of that unit's sandbox, and from outside of it; with the templates installed and without. Only these pass:
# start, stop and restart of the project's own names, a reload, and calls that only read. polkit.bats says the
# same case by case; here nothing is left out, because the manager itself says which methods it has.

load common

unit_dir=/usr/lib/systemd/system
drop_ins=/run/systemd/system/left4me-web.service.d
calls=/usr/lib/left4me-tests/suites/manager-calls

# Calls that only read, or only concern the caller.
harmless='Dump|DumpByFileDescriptor|DumpUnitFileDescriptorStore|DumpUnitsMatchingPatterns|DumpUnitsMatchingPatternsByFileDescriptor|
GetDefaultTarget|GetDynamicUsers|GetJob|GetJobAfter|GetJobBefore|GetUnit|GetUnitByControlGroup|GetUnitByInvocationID|GetUnitByPID|
GetUnitByPIDFD|GetUnitFileLinks|GetUnitFileState|GetUnitProcesses|ListJobs|ListUnitFiles|ListUnitFilesByPatterns|ListUnits|
ListUnitsByNames|ListUnitsByPatterns|ListUnitsFiltered|LoadUnit|LookupDynamicUserByName|LookupDynamicUserByUID|Subscribe|Unsubscribe|
UnrefUnit|RefUnit'
harmless=${harmless//$'\n'/}

setup_file() {
        # The unit itself, with all it gives up; only what it runs is exchanged.
        [ -e $unit_dir/left4me-web.service ]
        mkdir -p $drop_ins
        cat >$drop_ins/90-battery.conf <<-'END'
		[Service]
		Type=exec
		Restart=no
		WatchdogSec=0
		ExecStart=
		ExecStart=/usr/bin/bash /etc/web-command
		StandardOutput=truncate:/run/web-output
		StandardError=truncate:/run/web-error
	END
        cat >/run/systemd/system/sandboxed.service <<-'END'
		[Service]
		ExecStart=sleep infinity
		PrivateMounts=yes
		Delegate=yes
	END
        cat >/run/systemd/system/pending.service <<-'END'
		[Service]
		Type=oneshot
		ExecStart=sleep infinity
		TimeoutStartSec=infinity
	END
        systemctl daemon-reload
        systemctl start sandboxed.service
}

# A start that doesn't end, for the calls that are about jobs.
pend() {
        systemctl stop pending.service
        systemctl start --no-block pending.service
}

teardown_file() {
        [[ ! -d /run/left4me-output ]] || cp "$BATS_FILE_TMPDIR"/calls-* /run/left4me-output/ || true
}

inside() {
        printf '%q ' "$@" >/etc/web-command
        # Not a oneshot, whose start would be a job: the mode "flush" takes all jobs away.
        systemctl restart left4me-web.service
        wait_for_end
        [ "$(property left4me-web.service Result)" = success ] || { cat /run/web-error; return 1; }
        cat /run/web-output
}
wait_for_end() {
        until [[ $(property left4me-web.service ActiveState) =~ ^(inactive|failed)$ ]]; do
                read -r -t 0.2 <> <(:) || true
        done
}
outside() { setpriv --reuid left4me --regid left4me --init-groups "$@"; }

# asked WHERE WHAT: what manager-calls WHAT printed there.
asked() {
        local output=$BATS_FILE_TMPDIR/calls-$1-$2${3:-}
        pend
        "$1" "$calls" "$2" >"$output"
        cat "$output"
}

without_templates() {
        local r=0
        mkdir -p /run/saved
        mv $unit_dir/left4me-{server,script,workshop,unpack,release,report}@.service $unit_dir/left4me-{install,check}.service \
                $unit_dir/l4d2-{reset,overlay}@.service /run/saved/
        systemctl daemon-reload
        "$@" || r=$?
        mv /run/saved/* $unit_dir/
        systemctl daemon-reload
        return $r
}

@test "the web user's unit is the one the rule believes, and its sandbox is on" {
        run -0 inside sh -c 'id -un; grep NoNewPrivs /proc/self/status; cat /proc/self/cgroup; touch /usr/x /run/x 2>/dev/null || echo read-only'
        [[ "$output" == *left4me*NoNewPrivs:?1*left4me-web.service*read-only* ]]
}

@test "methods: inside the unit a reload passes and what only reads, and every other is refused" {
        run -0 asked inside methods
        [ "$(wc -l <<<"$output")" -ge 80 ]
        grep -q '^Reload passed' <<<"$output"
        run -1 grep -vE "^(($harmless) (passed|error)|[A-Za-z]+ refused|Reload passed)" <<<"$output"
        # The most important ones by name, lest they be misspelt above.
        for method in StartTransientUnit StartUnit KillUnit SetUnitProperties EnableUnitFiles LinkUnitFiles SetEnvironment \
                PowerOff SwitchRoot BindMountUnit MountImageUnit EnqueueUnitJob; do
                grep -q "^$method refused" "$BATS_FILE_TMPDIR/calls-inside-methods" || { echo "$method"; false; }
        done
        [ ! -e /run/owned ]
}

@test "methods: outside the unit only what reads passes" {
        run -0 asked outside methods
        [ "$(wc -l <<<"$output")" -ge 80 ]
        run -1 grep -vE "^(($harmless) (passed|error)|[A-Za-z]+ refused)" <<<"$output"
        [ ! -e /run/owned ]
}

# only_own FILE: of all jobs there only those that are to pass did, and did.
only_own() {
        local server='left4me-server@none\.service' reset='(l4d2-reset@none|left4me-report@doctor)\.service'
        local job='left4me-((script|workshop|release)@none|unpack@none:b|install|check)\.service'
        # Anything that was not refused is a job of ours.
        run -1 grep -vE "( refused$|^((Start|Stop|Restart)Unit|EnqueueUnitJob:(start|stop|restart)|StartUnitWithFlags|StartUnitReplace) $server |^(StartUnit|EnqueueUnitJob:start|StartUnitWithFlags|StartUnitReplace) $reset |^((Start|Stop)Unit|EnqueueUnitJob:(start|stop)|StartUnitWithFlags|StartUnitReplace) $job )" "$1"
        # With the plain mode these are never refused.
        run -1 grep -E "^((Start|Stop|Restart)Unit $server|StartUnit $reset|(Start|Stop)Unit $job) replace refused$" "$1"
}

@test "jobs: inside the unit start, stop, restart of servers, start of a reset, start and stop of jobs, whatever the mode" {
        asked inside jobs >/dev/null
        [ "$(wc -l <"$BATS_FILE_TMPDIR/calls-inside-jobs")" -ge 800 ]
        only_own "$BATS_FILE_TMPDIR/calls-inside-jobs"
        grep -qx 'StartUnit left4me-server@none.service replace passed' "$BATS_FILE_TMPDIR/calls-inside-jobs"
        # Isolating stops everything else: the unit doesn't allow it to anybody.
        run -1 grep -E ' isolate passed$' "$BATS_FILE_TMPDIR/calls-inside-jobs"
}

@test "jobs: inside the unit, without the templates, the same and no more" {
        without_templates asked inside jobs -bare >/dev/null
        only_own "$BATS_FILE_TMPDIR/calls-inside-jobs-bare"
        # There is nothing to start.
        run -1 grep -E '^(Start|Restart)Unit.* passed$' "$BATS_FILE_TMPDIR/calls-inside-jobs-bare"
}

@test "methods: inside the unit, without the templates, no transient unit takes their place" {
        without_templates asked inside methods -bare >/dev/null
        grep -q '^StartTransientUnit refused' "$BATS_FILE_TMPDIR/calls-inside-methods-bare"
        run -1 grep -vE "^(($harmless) (passed|error)|[A-Za-z]+ refused|Reload passed)" "$BATS_FILE_TMPDIR/calls-inside-methods-bare"
        [ ! -e /run/owned ]
}

@test "jobs: outside the unit none, with the templates or without" {
        asked outside jobs >/dev/null
        run -1 grep -v ' refused$' "$BATS_FILE_TMPDIR/calls-outside-jobs"
        without_templates asked outside jobs -bare >/dev/null
        run -1 grep -v ' refused$' "$BATS_FILE_TMPDIR/calls-outside-jobs-bare"
}

@test "unit objects, properties and other services of systemd: nothing" {
        for where in inside outside; do
                run -0 asked "$where" others
                [ "$(wc -l <<<"$output")" -ge 18 ]
                run -1 grep -vE '^[A-Za-z0-9.]+ refused' <<<"$output"
        done
}

@test "root is refused nothing of this: the calls are good ones" {
        # Methods that end the machine or change it for good are not tried.
        for method in GetUnit KillUnit CleanUnit ResetFailed; do
                case $method in
                        GetUnit) arguments=(s dbus.service) ;;
                        KillUnit) arguments=(ssi dbus.service all 18) ;;
                        CleanUnit) arguments=(sas systemd-tmpfiles-clean.service 1 runtime) ;;
                        ResetFailed) arguments=() ;;
                esac
                run busctl --quiet call org.freedesktop.systemd1 /org/freedesktop/systemd1 \
                        org.freedesktop.systemd1.Manager "$method" "${arguments[@]}"
                [[ "$output" != *denied* && "$output" != *authentication* ]] || { echo "$method: $output"; false; }
        done
}
