#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The limits of a hijacked game server, and their reasons. The probe (tests/probe) runs in the server's place
# and tries; the tables in tests/vectors say what stops each attempt. A start for each claim: hardened,
# nothing goes through but what is listed as accepted; without the controls that are said to stop it,
# and these only, an attempt does go through; with nothing left, all of them do; with one single control
# left, that one stops all it is said to stop.

load common

vectors=/usr/lib/left4me-tests/vectors
# shellcheck source=../vectors/tables
. "$vectors/tables"

setup_file() {
        /usr/lib/left4me-tests/vectors/prepare
}

teardown_file() {
        [[ ! -d /run/left4me-output ]] || cp -r "$BATS_FILE_TMPDIR"/. /run/left4me-output/
}

# The result that every start of the attacker must have.
attacked() {
        local output=$BATS_FILE_TMPDIR/${1//[ \/]/_}

        "$vectors/attack" "$1" >"$output"
        "$vectors/check" "$1" "$output"
}

while IFS= read -r start; do
        bats_test_function --description "$start" -- attacked "$start"
done <"$tables/starts"

# The rows that need a kernel with i386; where it has it, the attack above has tried them too. The virtual machine runs
# these tests by tests/vm/suites/i386-attempts.
attacked_as_i386() {
        local output=$BATS_FILE_TMPDIR/${1//[ \/]/_}

        needs_i386
        [[ -s $output ]] || "$vectors/attack" "$1" >"$output"
        "$vectors/check" --i386 "$1" "$output"
}

while IFS= read -r start; do
        bats_test_function --description "i386: $start" --tags i386 -- attacked_as_i386 "$start"
done <"$tables/i386-starts"

neighbour_lives() {
        is_active neighbour
        [ "$(property "$(unit neighbour)" NRestarts)" = 0 ]
        "$query" info 127.0.0.1 27016
}
bats_test_function --description "the neighbour has noticed nothing" -- neighbour_lives
