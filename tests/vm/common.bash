# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Shared by the scripts of this directory, on top of what tests/machine has. Sourced, never run.

vm_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)

# shellcheck source-path=SCRIPTDIR source=../machine/common.bash
. "$vm_dir/../machine/common.bash"

# Mounts and processes of what follows end with this script, however it ends.
in_own_namespaces() {
        unshare --mount --pid --fork --kill-child --mount-proc --propagation private -- "$@"
}

# make_scratch: a directory for disk images as $scratch, gone at the end of the script. Directories that killed runs
# left are removed: a run that uses one holds a lock on it.
make_scratch() {
        local old fd
        mkdir -p -- "$cache_dir/runs"
        exec {runs_lock}>"$cache_dir/runs/lock"
        flock "$runs_lock"
        for old in "$cache_dir"/runs/run-*; do
                [[ -d $old ]] || continue
                exec {fd}<"$old"
                ! flock --nonblock "$fd" || rm -rf --one-file-system -- "$old"
                exec {fd}<&-
        done
        scratch=$(mktemp -d "$cache_dir/runs/run-XXXXXX")
        exec {scratch_lock}<"$scratch"
        flock --shared "$scratch_lock"
        exec {runs_lock}>&-
        trap 'rm -rf --one-file-system -- "$scratch"' EXIT
}
