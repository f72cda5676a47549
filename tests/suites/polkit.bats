#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The right to make systemd do something, by real calls over D-Bus: the web user inside its unit and outside it,
# an operator at a shell, and anybody else.

load common

setup_file() {
        install_game
        make_instance 1 27015
        useradd --no-create-home --groups left4me-operators some-operator
        useradd --no-create-home stranger

        # Runs the command of /run/web-command as the web user inside "left4me-web.service".
        # Without a start limit: systemd would refuse a start itself, without asking polkit.
        cat >/run/systemd/system/left4me-web.service <<-'END'
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		Type=oneshot
		User=left4me
		NoNewPrivileges=yes
		ExecStart=/bin/bash /run/web-command
		StandardOutput=truncate:/run/web-output
		StandardError=truncate:/run/web-output
	END
        # The hardening of all left4me-*.service is not what is tested here.
        mkdir -p /run/systemd/system/left4me-web.service.d
        for dropin in 10-hardening.conf 20-web.conf; do
                printf '[Service]\n' >/run/systemd/system/left4me-web.service.d/$dropin
        done
        systemctl daemon-reload
}

teardown() {
        systemctl stop 'left4me-server@*.service' || true
        systemctl reset-failed || true
}

as() {
        local user=$1
        shift
        setpriv --reuid "$user" --regid "$user" --init-groups "$@"
}
as_operator() { as some-operator "$@"; }
as_stranger() { as stranger "$@"; }
as_web_outside() { as left4me "$@"; }

# As the web user inside its unit; prints what the command printed.
as_web() {
        local r=0
        printf '%q ' "$@" >/run/web-command
        : >/run/web-output
        systemctl restart left4me-web.service 2>/dev/null || r=1
        cat /run/web-output
        return $r
}

# How a caller calls it: the function above is not there for another user.
call=(busctl --quiet --timeout=100 call org.freedesktop.systemd1 /org/freedesktop/systemd1
        org.freedesktop.systemd1.Manager)

# refused WHO COMMAND…: it fails, and because it is not allowed.
refused() {
        run "$@"
        [ "$status" -ne 0 ]
        [[ "$output" == *"ccess denied"* || "$output" == *"nteractive authentication required"* ||
                "$output" == *"not authorized"* || "$output" == *"ermission denied"* ]] ||
                { echo "$*: $output"; return 1; }
}

# --- what is allowed -------------------------------------------------------------------------------

@test "an operator and the web's unit start, restart and stop a server" {
        for who in as_operator as_web; do
                run -0 "$who" "${call[@]}" StartUnit ss left4me-server@1.service replace
                wait_until is_active 1
                run -0 "$who" "${call[@]}" RestartUnit ss left4me-server@1.service replace
                wait_until is_active 1
                run -0 "$who" "${call[@]}" StopUnit ss left4me-server@1.service replace
                wait_until eval '! is_active 1'
        done
}

@test "an operator and the web's unit reset a server and reload the daemon" {
        for who in as_operator as_web; do
                run -0 "$who" "${call[@]}" StartUnit ss l4d2-reset@1.service replace
                run -0 "$who" "${call[@]}" Reload
        done
}

@test "a job mode does not get a server past its assertions" {
        for mode in fail replace-irreversibly isolate ignore-dependencies ignore-requirements; do
                run as_operator "${call[@]}" StartUnit ss left4me-server@1.service "$mode"
                wait_until systemctl stop left4me-server@1.service 2>/dev/null
        done
        # Isolating a unit can stop everything else; the template doesn't allow it.
        run as_operator "${call[@]}" StartUnit ss left4me-server@1.service isolate
        [ "$status" -ne 0 ]
        systemctl is-active dbus.service
}

# as_when_empty COMMAND…: as the web user inside left4me-when-empty.service.
as_when_empty() {
        printf '%q ' "$@" >/run/web-command
        : >/run/web-output
        mkdir -p /run/systemd/system/left4me-when-empty.service.d
        printf '[Service]\n' >/run/systemd/system/left4me-when-empty.service.d/10-hardening.conf
        printf '[Service]\n' >/run/systemd/system/left4me-when-empty.service.d/20-when-empty.conf
        sed 's/^StartLimit.*/StartLimitIntervalSec=0/' /run/systemd/system/left4me-web.service \
                >/run/systemd/system/left4me-when-empty.service
        systemctl stop left4me-when-empty.path
        systemctl daemon-reload
        local r=0
        systemctl restart left4me-when-empty.service 2>/dev/null || r=1
        cat /run/web-output
        return $r
}

# restarts_only WHO: TryRestartUnit of a server that runs is allowed, and nothing else.
restarts_only() {
        local who=$1 before
        l4d2ctl start 1
        before=$(property left4me-server@1.service InvocationID)
        run -0 "$who" "${call[@]}" TryRestartUnit ss left4me-server@1.service replace
        wait_until eval '[[ $(property left4me-server@1.service InvocationID) != '"$before"' ]]'
        wait_until is_active 1

        for method in StartUnit StopUnit RestartUnit ReloadUnit ReloadOrRestartUnit ReloadOrTryRestartUnit; do
                refused "$who" "${call[@]}" "$method" ss left4me-server@1.service replace
        done
        refused "$who" "${call[@]}" TryRestartUnit ss l4d2-reset@1.service replace
        refused "$who" "${call[@]}" StartUnit ss l4d2-reset@1.service replace
        refused "$who" "${call[@]}" StartUnit ss left4me-report@doctor.service replace
        for unit in xleft4me-server@1.service left4me-server@1.servicex left4me-server@A.service \
                left4me-web.service left4me.target dbus.service; do
                run "$who" "${call[@]}" TryRestartUnit ss "$unit" replace
                [ "$status" -ne 0 ] || { echo "$unit passed"; false; }
        done
        refused "$who" "${call[@]}" ResetFailedUnit s left4me-server@1.service
        refused "$who" "${call[@]}" KillUnit ssi left4me-server@1.service all 9
        refused "$who" "${call[@]}" Reload
        refused "$who" "${call[@]}" EnableUnitFiles asbb 1 left4me-server@1.service true true
        refused "$who" "${call[@]}" StartTransientUnit 'ssa(sv)a(sa(sv))' left4me-server@evil.service replace \
                1 ExecStart 'a(sasb)' 1 /bin/touch 2 /bin/touch /run/owned false 0
        # It never starts a server, also when it is stopped in the meantime.
        systemctl stop left4me-server@1.service
        run -0 "$who" "${call[@]}" TryRestartUnit ss left4me-server@1.service replace
        [ "$(property left4me-server@1.service ActiveState)" = inactive ]
}

@test "left4me-when-empty restarts a server that runs, and may do nothing else" {
        restarts_only as_when_empty
        # And other callers don't have the verb.
        for who in as_operator as_web as_web_outside as_stranger; do
                refused "$who" "${call[@]}" TryRestartUnit ss left4me-server@1.service replace
        done
        rm -r /run/systemd/system/left4me-when-empty.service*
        systemctl daemon-reload
        systemctl start left4me-when-empty.path
}

# as_watch COMMAND…: as the watcher's user inside left4me-watch.service, instead of the watcher.
as_watch() {
        printf '%q ' "$@" >/run/web-command
        : >/run/web-output
        mkdir -p /run/systemd/system/left4me-watch.service.d
        printf '[Service]\n' >/run/systemd/system/left4me-watch.service.d/10-hardening.conf
        printf '[Service]\n' >/run/systemd/system/left4me-watch.service.d/20-watch.conf
        sed 's/^StartLimit.*/StartLimitIntervalSec=0/; s/^User=.*/User=left4me-watch/' \
                /run/systemd/system/left4me-web.service >/run/systemd/system/left4me-watch.service
        systemctl daemon-reload
        local r=0
        systemctl restart left4me-watch.service 2>/dev/null || r=1
        cat /run/web-output
        return $r
}

@test "left4me-watch restarts a server that runs, and may do nothing else, and nothing outside its unit" {
        restarts_only as_watch
        l4d2ctl start 1
        for method in TryRestartUnit StartUnit StopUnit RestartUnit; do
                refused as left4me-watch "${call[@]}" "$method" ss left4me-server@1.service replace
        done
        # Alerts about a server, of the kinds that it sees; they have no command here.
        for kind in hang lan steam-kick slow update; do
                run -0 as_watch "${call[@]}" StartUnit ss "left4me-alert@$kind:1.service" replace
                for method in StopUnit RestartUnit TryRestartUnit ReloadUnit; do
                        refused as_watch "${call[@]}" "$method" ss "left4me-alert@$kind:1.service" replace
                done
                for who in as_operator as_web as_when_empty as_stranger; do
                        refused "$who" "${call[@]}" StartUnit ss "left4me-alert@$kind:1.service" replace
                done
                refused as left4me-watch "${call[@]}" StartUnit ss "left4me-alert@$kind:1.service" replace
                refused as_watch "${call[@]}" StartUnit ss "left4me-alert-facts@$kind:1.service" replace
        done
        for name in crash:1 install:host test:host hang hang: :1 hang:A hang:../1 hang:1:2 xhang:1 'hang:1.service' 1; do
                run as_watch "${call[@]}" StartUnit ss "left4me-alert@$name.service" replace
                [ "$status" -ne 0 ] || { echo "$name passed"; false; }
        done
        refused as_watch "${call[@]}" StartTransientUnit 'ssa(sv)a(sa(sv))' left4me-alert@hang:evil.service replace \
                1 ExecStart 'a(sasb)' 1 /bin/touch 2 /bin/touch /run/owned false 0
        [ ! -e /run/owned ]
        rm -r /run/systemd/system/left4me-watch.service*
        systemctl daemon-reload
        systemctl restart left4me-watch.service
}

# --- what is not -----------------------------------------------------------------------------------

@test "nobody else may do anything, the web user outside its unit included" {
        for who in as_stranger as_web_outside; do
                for method in StartUnit StopUnit RestartUnit; do
                        refused "$who" "${call[@]}" "$method" ss left4me-server@1.service replace
                done
                refused "$who" "${call[@]}" StartUnit ss l4d2-reset@1.service replace
                refused "$who" "${call[@]}" Reload
        done
}

@test "the game's user may do nothing" {
        refused as left4me-game "${call[@]}" StartUnit ss left4me-server@1.service replace
        refused as left4me-game "${call[@]}" Reload
        refused as left4me-build "${call[@]}" StartUnit ss left4me-server@1.service replace
}

@test "the web user is not believed in a unit without no-new-privileges" {
        mkdir -p /run/systemd/system/left4me-web.service.d
        printf '[Service]\nNoNewPrivileges=no\n' >/run/systemd/system/left4me-web.service.d/90-test.conf
        systemctl daemon-reload
        refused as_web "${call[@]}" StartUnit ss left4me-server@1.service replace
        rm /run/systemd/system/left4me-web.service.d/90-test.conf
        systemctl daemon-reload
}

@test "a transient unit of an allowed name is refused" {
        local transient=(StartTransientUnit 'ssa(sv)a(sa(sv))' left4me-server@evil.service replace
                1 ExecStart 'a(sasb)' 1 /bin/touch 2 /bin/touch /run/owned false 0)

        for who in as_operator as_web as_web_outside as_stranger; do
                refused "$who" "${call[@]}" "${transient[@]}"
        done
        [ ! -e /run/owned ]
        # The call is a good one: root's passes, for a name that has no template.
        run -0 "${call[@]}" "${transient[@]/left4me-server@evil/good}"
        wait_until test -e /run/owned
        rm /run/owned
}

@test "without the template installed a transient unit of its name is refused too" {
        mv /usr/lib/systemd/system/left4me-server@.service /run/saved
        systemctl daemon-reload
        for who in as_operator as_web; do
                refused "$who" "${call[@]}" StartTransientUnit 'ssa(sv)a(sa(sv))' \
                        left4me-server@x.service replace \
                        1 ExecStart 'a(sasb)' 1 /bin/touch 2 /bin/touch /run/owned false 0
        done
        mv /run/saved /usr/lib/systemd/system/left4me-server@.service
        systemctl daemon-reload
        [ ! -e /run/owned ]
}

@test "names that only resemble ours are refused" {
        for unit in xleft4me-server@1.service left4me-server@1.serviceX.service \
                left4me-server@yaservice.service.service left4me-server@A.service \
                left4me-server@a.b.service left4me-server@...service left4me-server@a_b.service \
                left4me-server@-a.service left4me-server@1.socket left4me-server@1.slice \
                left4me-server.service left4me-serverX1.service left4me-web.service left4me.target \
                l4d2-overlay@1.service l4d2-game.slice l4d2-reset@1.socket xl4d2-reset@1.service \
                left4me-report@list.service left4me-report@install.service left4me-report@.service \
                left4me-report@doctorx.service left4me-report@xdoctor.service \
                left4me-report@doctor.service.service xleft4me-report@doctor.service \
                left4me-report@doctor-hardening.service left4me-reportX@doctor.service \
                ssh.service systemd-journald.service rescue.target poweroff.target \
                left4me-server@012345678901234567890123456789012.service; do
                for who in as_operator as_web; do
                        for method in StartUnit StopUnit; do
                                run "$who" "${call[@]}" "$method" ss "$unit" replace
                                [ "$status" -ne 0 ] || { echo "$who $method $unit passed"; false; }
                        done
                done
        done
}

@test "a reset may be started, and nothing else" {
        for who in as_operator as_web; do
                for method in StopUnit RestartUnit ReloadUnit TryRestartUnit ReloadOrRestartUnit; do
                        refused "$who" "${call[@]}" "$method" ss l4d2-reset@1.service replace
                done
        done
}

@test "the four reports may be started, and nothing else" {
        for who in as_operator as_web; do
                for verb in doctor hardening disk guard; do
                        run -0 "$who" "${call[@]}" StartUnit ss "left4me-report@$verb.service" replace
                        for method in StopUnit RestartUnit ReloadUnit TryRestartUnit; do
                                refused "$who" "${call[@]}" "$method" ss "left4me-report@$verb.service" replace
                        done
                        refused "$who" "${call[@]}" StartUnit ss "left4me-report@$verb.timer" replace
                        refused "$who" "${call[@]}" StopUnit ss "left4me-report@$verb.timer" replace
                done
        done
        for unit in left4me-report@install.service left4me-report@.service left4me-report@diskette.service \
                xleft4me-report@disk.service left4me-report@disk.servicex; do
                for who in as_operator as_web; do
                        run "$who" "${call[@]}" StartUnit ss "$unit" replace
                        [ "$status" -ne 0 ] || { echo "$who $unit passed"; false; }
                done
        done
        refused as_stranger "${call[@]}" StartUnit ss left4me-report@doctor.service replace
        refused as_web_outside "${call[@]}" StartUnit ss left4me-report@doctor.service replace
}

# The installation, and the check for an update.
# job_may_be_started NAME
job_may_be_started() {
        local unit=$1.service
        for who in as_operator as_web; do
                run -0 "$who" "${call[@]}" StartUnit ss "$unit" replace
                run -0 "$who" "${call[@]}" StopUnit ss "$unit" replace
                for method in RestartUnit ReloadUnit TryRestartUnit ReloadOrRestartUnit; do
                        refused "$who" "${call[@]}" "$method" ss "$unit" replace
                done
                refused "$who" "${call[@]}" ResetFailedUnit s "$unit"
                refused "$who" "${call[@]}" SetUnitProperties 'sba(sv)' "$unit" true 1 CPUWeight t 1
                for name in "$1@1.service" "$1.socket" "$1.timer" "x$1.service" "$1x.service" "$1.service.service"; do
                        refused "$who" "${call[@]}" StartUnit ss "$name" replace
                done
        done
        refused as_stranger "${call[@]}" StartUnit ss "$unit" replace
        refused as_web_outside "${call[@]}" StartUnit ss "$unit" replace
}

@test "the installation and the check may be started and stopped, and nothing else" {
        job_may_be_started left4me-install
        job_may_be_started left4me-check
}

@test "a job of an overlay may be started and stopped, and nothing else, and only under an overlay's name" {
        local template unit name
        for template in $(sed -n 's|^        \[/^\(left4me-[a-z]*@\)\[a-z0-9\]\[a-z0-9._-\].*|\1|p' /usr/share/polkit-1/rules.d/40-left4me.rules); do
                unit=${template}no:such.overlay.service
                for who in as_operator as_web; do
                        run -0 "$who" "${call[@]}" StartUnit ss "$unit" replace
                        run -0 "$who" "${call[@]}" StopUnit ss "$unit" replace
                        for method in RestartUnit ReloadUnit TryRestartUnit ReloadOrRestartUnit; do
                                refused "$who" "${call[@]}" "$method" ss "$unit" replace
                        done
                        refused "$who" "${call[@]}" ResetFailedUnit s "$unit"
                        refused "$who" "${call[@]}" KillUnit ssi "$unit" all 9
                        refused "$who" "${call[@]}" SetUnitProperties 'sba(sv)' "$unit" true 1 CPUWeight t 1
                        refused "$who" "${call[@]}" StartTransientUnit 'ssa(sv)a(sa(sv))' "${template}evil.service" replace \
                                1 ExecStart 'a(sasb)' 1 /bin/touch 2 /bin/touch /run/owned false 0
                        for name in A -a .a :a a: a::b a:b:c:d a/b 'a\x2fb' .. ..: a:.. '' "$(printf 'a%.0s' {1..65})"; do
                                run "$who" "${call[@]}" StartUnit ss "$template$name.service" replace
                                [ "$status" -ne 0 ] || { echo "$who $template$name passed"; false; }
                        done
                        for name in "x$unit" "${unit%.service}.socket" "${template%@}.service"; do
                                run "$who" "${call[@]}" StartUnit ss "$name" replace
                                [ "$status" -ne 0 ] || { echo "$who $name passed"; false; }
                        done
                done
                refused as_stranger "${call[@]}" StartUnit ss "$unit" replace
                refused as_web_outside "${call[@]}" StartUnit ss "$unit" replace
                refused as left4me-build "${call[@]}" StartUnit ss "$unit" replace
        done
        # The loop above has seen one at least.
        [ -n "$template" ]
        [ ! -e /run/owned ]
}

@test "an operator and the web's unit have a server's starts forgotten, strangers do not" {
        l4d2ctl start 1
        for who in as_operator as_web; do
                run -0 "$who" "${call[@]}" ResetFailedUnit s left4me-server@1.service
        done
        for who in as_stranger as_web_outside; do
                refused "$who" "${call[@]}" ResetFailedUnit s left4me-server@1.service
        done
}

@test "other verbs on a server are refused" {
        l4d2ctl start 1
        for who in as_operator as_web; do
                for method in ReloadUnit ReloadOrRestartUnit; do
                        run "$who" "${call[@]}" "$method" ss left4me-server@1.service replace
                        [ "$status" -ne 0 ] || { echo "$who $method passed"; false; }
                done
                refused "$who" "${call[@]}" KillUnit ssi left4me-server@1.service all 9
                for unit in dbus.service l4d2-overlay@1.service; do
                        refused "$who" "${call[@]}" ResetFailedUnit s "$unit"
                done
                refused "$who" "${call[@]}" FreezeUnit s left4me-server@1.service
                refused "$who" "${call[@]}" CleanUnit sas left4me-server@1.service 1 all
                refused "$who" "${call[@]}" SetUnitProperties 'sba(sv)' left4me-server@1.service true \
                        1 CPUWeight t 10
                # Refused before anybody is asked: the unit isn't delegated.
                run "$who" "${call[@]}" AttachProcessesToUnit ssau left4me-server@1.service "" 1 $$
                [ "$status" -ne 0 ]
                refused "$who" "${call[@]}" BindMountUnit sssbb left4me-server@1.service /etc /mnt true false
        done
        is_active 1
}

@test "unit files, environment and power are refused" {
        for who in as_operator as_web; do
                refused "$who" "${call[@]}" EnableUnitFiles asbb 1 left4me-server@1.service true true
                refused "$who" "${call[@]}" LinkUnitFiles asbb 1 /tmp/evil.service true true
                refused "$who" "${call[@]}" MaskUnitFiles asbb 1 left4me-server@1.service true true
                refused "$who" "${call[@]}" DisableUnitFiles asb 1 left4me.target true
                refused "$who" "${call[@]}" SetEnvironment as 1 LD_PRELOAD=/tmp/evil.so
                refused "$who" "${call[@]}" ResetFailed
                refused "$who" "${call[@]}" PowerOff
                refused "$who" "${call[@]}" Exit
        done
}

@test "who has rights from other rules keeps them" {
        run -0 "${call[@]}" StartUnit ss systemd-tmpfiles-clean.service replace
}
