#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Attack vectors that only a separate machine can show: a kernel whose log, devices, modules and
# clock are there to be attacked, and kernel.yama.ptrace_scope. `hardened` tries all of them on Debian's
# kernel, the other starts show the rows with `vm` in tests/vectors/attempts.

# bats file_tags=own-kernel

load vm

vectors=/usr/lib/left4me-tests/vectors
export LEFT4ME_TIER=vm
# shellcheck source=../../vectors/tables
. "$vectors/tables"

# Servers of the suites before are gone, and the probe tries everything.
setup_file() {
        systemctl stop 'left4me-server@*.service' 'l4d2-overlay@*.service' 2>/dev/null || true
        rm -rf /var/lib/left4me/{instances,overlays}/*
        LEFT4ME_ONLY_I386=0 "$vectors/prepare"
}

teardown_file() {
        sysctl -q -w kernel.yama.ptrace_scope=0
}

setup() {
        # The table is about the sandbox. The last tests show what the kernel's setting adds.
        sysctl -q -w kernel.yama.ptrace_scope=0
}

# attack START: the probe's attempts in that start, in $seen; made once for each kernel.yama.ptrace_scope.
attack() {
        local scope
        scope=$(</proc/sys/kernel/yama/ptrace_scope)
        seen=$LEFT4ME_ATTACKS/attack-${1//[ \/]/_}
        ((scope == 0)) || seen+=-ptrace-scope-$scope
        if [[ ! -e $seen ]]; then
                "$vectors/attack" "$1" >"$seen.new"
                mv "$seen.new" "$seen"
        fi
}

attacked() {
        attack "$1"
        "$vectors/check" "$1" "$seen"
}

@test "hardened, nothing goes through on a kernel of its own that is not accepted" {
        attacked hardened
}

while IFS= read -r start; do
        [[ $start != hardened ]] || continue
        bats_test_function --tags own-kernel --description "$start" -- attacked "$start"
done <"$tables/vm-starts"

# outcome ABI ATTEMPT: what became of it.
outcome() { sed -n "s/^probe D2a $1 $2 -> \([a-zA-Z\/]*\).*/\1/p" "$seen"; }

@test "kernel.yama.ptrace_scope: no process traces another, whatever it is" {
        for scope in 0 2; do
                sysctl -q -w kernel.yama.ptrace_scope=$scope
                attack hardened
                run -1 grep -E '^probe D2a .* -> ALLOWED' "$seen"
                [ "$(grep -cE '^probe D2a (i386|x86-64) .* -> blocked' "$seen")" = 20 ]
        done
}

@test "kernel.yama.ptrace_scope: without the sandbox, 0 lets a server trace its neighbour, 1 its children, 2 nobody" {
        local scope neighbour child
        while read -r scope neighbour child; do
                sysctl -q -w kernel.yama.ptrace_scope="$scope"
                attack 'without PrivatePIDs,PrivateUsers,SystemCallFilter:@debug'
                for abi in i386 x86-64; do
                        echo "$scope $abi: $(outcome $abi 'ptrace(neighbour)') $(outcome $abi 'ptrace(own-child)')"
                        [ "$(outcome $abi 'ptrace(neighbour)') $(outcome $abi 'process_vm_readv(neighbour)')" = \
                                "$neighbour $neighbour" ]
                        [ "$(outcome $abi 'ptrace(own-child)')" = "$child" ]
                done
        done <<-'END'
	0 ALLOWED ALLOWED
	1 blocked ALLOWED
	2 blocked blocked
	END
}
