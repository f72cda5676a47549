# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Shared by the scripts of this directory: strict mode, where things lie, messages, root rights.
# Sourced, never run.

set -euo pipefail
umask 022

machine_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC2034 # used by the scripts that source this file
source_dir=$(cd -- "$machine_dir/../.." && pwd -P)
# shellcheck disable=SC2034
cache_dir=${LEFT4ME_CACHE:-/var/cache/left4me}

# say MESSAGE…: progress for people, on stderr, so that stdout stays the suite's own.
say() {
        printf '%s\n' "$*" >&2
}

die() {
        say "${0##*/}: $*"
        exit 1
}

# need_root "$@": go on as root, by sudo if that is there; otherwise say so.
need_root() {
        ((EUID == 0)) && return
        command -v sudo >/dev/null || die "must be run as root."
        exec sudo -- "$0" "$@"
}

# child COMMAND…: run a command that is killed when this script is.
child() {
        setpriv --pdeathsig KILL -- "$@"
}

# usage: print the script's intro comment, which is its manual.
usage() {
        sed -n '3,/^[^#]/{s/^# \{0,1\}//p}' "$0"
}
