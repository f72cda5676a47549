#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The recipes that left4me ships, against servers on this host with files made for the test.

load common

drop_in=/run/systemd/system/left4me-script@.service.d/90-test.conf
www=/run/www

setup_file() {
        # shellcheck source=common.bash
        . "$BATS_TEST_DIRNAME/common.bash"
        rm -rf /run/www
        mkdir -p /run/www /run/systemd/system/left4me-script@.service.d
        (cd /run/www && exec python3 -m http.server --bind 127.0.0.1 8124 >/run/www.log 2>&1 3>&-) &
        echo $! >/run/www.pid
        # The test's server is on this host, which a script can't reach otherwise.
        printf '%s\n' '[Service]' IPAddressDeny= RestrictNetworkInterfaces= Environment=METAMOD_DROP=http://127.0.0.1:8124/mmsdrop \
                Environment=SOURCEMOD_DROP=http://127.0.0.1:8124/smdrop \
                Environment=MAP_LIST=http://127.0.0.1:8124/maps.csv >$drop_in
        systemctl daemon-reload
        wait_until curl -fso /dev/null http://127.0.0.1:8124/
}

teardown_file() {
        kill "$(cat /run/www.pid)"
        rm -r /run/systemd/system/left4me-script@.service.d
        systemctl daemon-reload
}

setup() {
        rm -rf "$state"/overlays/* "$state"/jobs/*
        rm -rf "${www:?}"/*
        : >/run/www.log
}

of() { readlink -f "$state/overlays/$1/current"; }

# drop KIND NAME FILE…: publishes a build with these files, as the newest.
drop() {
        local dir=$www/$1/1.12 name=$2
        shift 2
        rm -rf /run/build
        for file; do install -D /dev/stdin "/run/build/$file" <<<"$name"; done
        mkdir -p "$dir"
        tar -czf "$dir/$name" -C /run/build .
        case $dir in
        */mmsdrop/*) printf '%s' "$name" >"$dir/mmsource-latest-linux" ;;
        *) printf '%s' "$name" >"$dir/sourcemod-latest-linux" ;;
        esac
}

@test "seed lists the recipes and makes overlays of them" {
        run -0 l4d2ctl overlay seed
        for recipe in sourcemod competitive tickrate-enabler l4dtoolz maps admins; do
                [[ "$output" == *"$recipe"* ]]
                l4d2ctl overlay seed "$recipe"
        done
        run -6 l4d2ctl overlay seed admins
        run -0 l4d2ctl overlay seed admins mine/admins
        cmp "$state/overlays/mine/admins/script" /usr/share/left4me/recipes/admins/script
        run -2 l4d2ctl overlay seed ../../etc
        [[ "$output" == *"Unknown recipe '../../etc'"* ]]
        run -2 l4d2ctl overlay seed unknown
        bash -n /usr/share/left4me/recipes/*/script
}

@test "sourcemod: the newest builds, once" {
        drop mmsdrop mmsource-1.12.0-git1219-linux.tar.gz addons/metamod.vdf addons/metamod/bin/server.so
        drop smdrop sourcemod-1.12.0-git7177-linux.tar.gz addons/sourcemod/plugins/basebans.smx cfg/sourcemod/sourcemod.cfg
        l4d2ctl overlay seed sourcemod
        run -0 l4d2ctl overlay build sourcemod
        [ -e "$(of sourcemod)/left4dead2/addons/metamod/bin/server.so" ]
        [ -e "$(of sourcemod)/left4dead2/addons/sourcemod/plugins/basebans.smx" ]
        run -0 l4d2ctl overlay build sourcemod
        [[ "$output" == *'are the newest builds'* ]]
        [ "$(grep -c 'GET .*tar.gz' /run/www.log)" = 2 ]
        [ "$(ls "$state/overlays/sourcemod/versions")" = 1 ]
        drop smdrop sourcemod-1.12.0-git7200-linux.tar.gz addons/sourcemod/plugins/new.smx
        run -0 l4d2ctl overlay build sourcemod
        [ -e "$(of sourcemod)/left4dead2/addons/sourcemod/plugins/new.smx" ]
        [ ! -e "$(of sourcemod)/left4dead2/addons/sourcemod/plugins/basebans.smx" ]
        # A name that leads elsewhere, and a build that is missing.
        printf '../../../evil.tar.gz' >"$www/smdrop/1.12/sourcemod-latest-linux"
        run ! l4d2ctl overlay build sourcemod
        [[ "$output" == *'Unexpected name of a build'* ]]
        printf 'missing.tar.gz' >"$www/smdrop/1.12/sourcemod-latest-linux"
        run ! l4d2ctl overlay build sourcemod
        [ "$(ls "$state/overlays/sourcemod/versions" | wc -l)" = 2 ]
}

@test "maps: archives of a list, each downloaded once; others go" {
        mkdir -p /run/maps
        for name in one two; do
                head -c 20000 /dev/urandom >"/run/maps/$name.vpk"
                (cd /run/maps && 7z a -y "$www/$name.7z" "$name.vpk" >/dev/null)
        done
        (cd /run/maps && cp one.vpk three.VPK && zip -q "$www/three.zip" three.VPK)
        printf '# campaigns\none,http://127.0.0.1:8124/one.7z,%s\r\ntwo,http://127.0.0.1:8124/two.7z,\nthree,http://127.0.0.1:8124/three.zip,\n' \
                "$(md5sum <"$www/one.7z" | cut -d' ' -f1)" >"$www/maps.csv"
        l4d2ctl overlay seed maps
        run -0 l4d2ctl overlay build maps
        cmp /run/maps/one.vpk "$(of maps)/left4dead2/addons/one-0.vpk"
        cmp /run/maps/two.vpk "$(of maps)/left4dead2/addons/two-0.vpk"
        cmp /run/maps/one.vpk "$(of maps)/left4dead2/addons/three-0.vpk"
        sed -i /two/d "$www/maps.csv"
        run -0 l4d2ctl overlay build maps
        [ "$(grep -c 'GET .*\(7z\|zip\)' /run/www.log)" = 3 ]
        [ ! -e "$(of maps)/left4dead2/addons/two-0.vpk" ]
        # A wrong checksum, a name that leads elsewhere, an archive without maps: the old version stays.
        printf 'four,http://127.0.0.1:8124/one.7z,00000000000000000000000000000000\n' >"$www/maps.csv"
        run ! l4d2ctl overlay build maps
        printf '../four,http://127.0.0.1:8124/one.7z,\n' >"$www/maps.csv"
        run ! l4d2ctl overlay build maps
        [[ "$output" == *'Unexpected name of a map'* ]]
        (cd /run && echo x >readme && zip -q "$www/empty.zip" readme)
        printf 'four,http://127.0.0.1:8124/empty.zip,\n' >"$www/maps.csv"
        run ! l4d2ctl overlay build maps
        [[ "$output" == *'has no .vpk file'* ]]
        [ -e "$(of maps)/left4dead2/addons/one-0.vpk" ]
}

@test "admins: a file of SourceMod" {
        l4d2ctl overlay seed admins
        run -0 l4d2ctl overlay build admins
        [ -s "$(of admins)/left4dead2/addons/sourcemod/configs/admins_simple.ini" ]
}
