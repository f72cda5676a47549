# SPDX-License-Identifier: LGPL-2.1-or-later
# What run and regen share. A case is cases/NAME/ with input/, a LEFT4ME_ROOT tree, and expected/:
# unit/, what the generator's directory holds afterwards, and errors, what it complained about.

here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
umask 0022

# generate GENERATOR CASE OUT: runs the generator on a copy of the case's input; OUT gets the shape
# of expected/. The exit status must tell what the errors tell.
generate() {
        local generator=$1 case=$2 out=$3 root=$work/root status=0
        rm -rf -- "$root" "$out"
        mkdir -p "$out/unit" "$root/run"
        cp -r -- "$here/cases/$case/input/." "$root/"

        LEFT4ME_ROOT=$root "$generator" "$out/unit" "$out/early" "$out/late" 2>"$work/log" || status=$?
        touch "$out/errors"
        if [[ -e $root/run/left4me/generator.errors ]]; then
                sed "s|$root||g" "$root/run/left4me/generator.errors" >"$out/errors"
        fi
        if ((status != 0)) && [[ ! -s $out/errors ]]; then
                echo "the generator failed with status $status and said nothing in generator.errors"
                return 1
        fi
        if ((status == 0)) && [[ -s $out/errors ]]; then
                echo "the generator exited 0 although it had errors"
                return 1
        fi
}
