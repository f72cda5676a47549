#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The recipes that left4me ships, against servers on this host with files made for the test.

load common

drop_in=/run/systemd/system/left4me-script@.service.d/90-test.conf
www=/run/www
world=/run/recipes-world

setup_file() {
        rm -rf /run/www
        mkdir -p /run/www /run/systemd/system/left4me-script@.service.d
        (cd /run/www && exec python3 -m http.server --bind 127.0.0.1 8124 >/run/www.log 2>&1 3>&-) &
        echo $! >/run/www.pid
        # The test's server is on this host, which a script can't reach otherwise.
        printf '%s\n' '[Service]' IPAddressDeny= RestrictNetworkInterfaces= Environment=METAMOD_DROP=http://127.0.0.1:8124/mmsdrop \
                Environment=SOURCEMOD_DROP=http://127.0.0.1:8124/smdrop \
                Environment=MAP_LIST=http://127.0.0.1:8124/maps.csv >$drop_in
        # The same for releases, whose server plays GitHub.
        rm -rf $world
        mkdir -p $world/site /etc/left4me/left4me.conf.d /run/systemd/system/left4me-release@.service.d
        "$BATS_TEST_DIRNAME/archives/serve" $world 3>&- &
        echo $! >$world.pid
        printf '[Service]\nIPAddressAllow=127.0.0.1\nRestrictNetworkInterfaces=\n' \
                >/run/systemd/system/left4me-release@.service.d/90-test.conf
        systemctl daemon-reload
        wait_until test -e $world/url
        printf '[content]\ngithub_api=%s\n' "$(<$world/url)" >/etc/left4me/left4me.conf.d/github.conf
        wait_until curl -fso /dev/null http://127.0.0.1:8124/
}

teardown_file() {
        kill "$(cat /run/www.pid)" "$(<$world.pid)"
        rm -r /run/systemd/system/left4me-{script,release}@.service.d /etc/left4me/left4me.conf.d/github.conf
        systemctl daemon-reload
}

setup() {
        rm -rf "$state"/overlays/* "$state"/jobs/*
        rm -rf "${www:?}"/* "$world/site"
        : >/run/www.log
        url=$(<"$world/url")
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

# files_in DIRECTORY FILE…: these files there, each with its path as text.
files_in() {
        local directory=$1 file
        rm -rf "$directory"
        for file in "${@:2}"; do install -D /dev/stdin "$directory/$file" <<<"$file"; done
}

# publish REPOSITORY ID: makes the files of assets in /run/assets/NAME its newest release, whose assets have the ids from
# ID on. Each is a tar archive as the workflows of these projects pack it, by `tar -czf NAME.tar.gz -T <(\ls -1)`.
publish() {
        local directory=$world/site/repos/$1/releases download=$world/site/$1/releases/download/$2 name
        mkdir -p "$directory" "$download"
        for name in /run/assets/*; do
                (cd "$name" && tar -czf "$download/${name##*/}.tar.gz" -T <(ls -1))
        done
        python3 - "$url/$1/releases/download/$2" "$2" "$download" <<-'END' >"$directory/latest"
		import json, os, sys
		address, first, directory = sys.argv[1], int(sys.argv[2]), sys.argv[3]
		print(json.dumps({"tag_name": f"v{first}", "assets": [
		    {"id": first + i, "name": name, "size": os.path.getsize(f"{directory}/{name}"), "updated_at": "2026-01-01T00:00:00Z",
		     "browser_download_url": f"{address}/{name}"} for i, name in enumerate(sorted(os.listdir(directory)))]}))
	END
}

# assets_of NAME COMMIT FILE…: the archives of a release for both games and three systems, in /run/assets. The Linux
# ones have these files, each with the archive's name as text.
assets_of() {
        local game system directory file
        rm -rf /run/assets
        for game in l4d l4d2; do
                for system in linux oldlinux win; do
                        directory=/run/assets/$1-$game-$system-$2
                        for file in "${@:3}"; do
                                [[ $system != win ]] || file=${file/%.so/.dll}
                                install -D /dev/stdin "$directory/$file" <<<"${directory##*/}"
                        done
                done
        done
}

paths_of() { (cd "$(of "$1")" && find . -type f ! -name .left4me-release -printf '%P\n' | LC_ALL=C sort); }

# builds RECIPE REPOSITORY NAME FILE…: the recipe takes the files of the archive for this game on Linux, and the newer
# ones of the next release.
builds() {
        local recipe=$1 repository=$2 name=$3 commit id=100 file
        shift 3
        l4d2ctl overlay seed "$recipe"
        for commit in ef2a8df 1c0ffee; do
                assets_of "$name" "$commit" "$@"
                publish "$repository" $((id++ * 10))
                run -0 l4d2ctl overlay build "$recipe"
                [ "$(paths_of "$recipe")" = "$(printf 'left4dead2/%s\n' "$@")" ]
                for file; do
                        [ "$(cat "$(of "$recipe")/left4dead2/$file")" = "$name-l4d2-linux-$commit" ]
                done
        done
        run -0 l4d2ctl overlay build "$recipe"
        [ "$(ls "$state/overlays/$recipe/versions" | wc -l)" = 2 ]
        [ "$(grep -c '\.tar\.gz$' "$world/requests")" = 2 ]
}

@test "l4dtoolz: this game's Linux archive of the newest release" {
        : >"$world/requests"
        builds l4dtoolz accelerator74/l4dtoolz l4dtoolz addons/l4dtoolz/l4dtoolz_mm.so addons/metamod/l4dtoolz.vdf
}

@test "tickrate-enabler: this game's Linux archive of the newest release" {
        : >"$world/requests"
        builds tickrate-enabler accelerator74/Tickrate-Enabler Tickrate-Enabler addons/tickrate_enabler.vdf \
                addons/tickrate_enabler/tickrate_enabler.so
}

@test "competitive: the archive of its branch, without the directory at its top, and its server.cfg is executed" {
        local zip=$world/site/SirPlease/L4D2-Competitive-Rework/archive/refs/heads/master.zip top=L4D2-Competitive-Rework-master
        local content=(addons/metamod/sourcemod.vdf addons/sourcemod/plugins/confoglcompmod.smx
                cfg/cfgogl/zonemod/confogl_plugins.cfg cfg/server.cfg motd.txt scripts/vscripts/c1m1_hotel.nut)
        local beside=(.github/workflows/release.yml 'Dedicated Server Install Guide/README.md' README.md)
        mkdir -p "$(dirname "$zip")"
        files_in /run/branch/$top "${content[@]}" "${beside[@]}"
        (cd /run/branch && zip -qr "$zip" $top)
        l4d2ctl overlay seed competitive
        # The recipe's own address, at the server here.
        l4d2ctl overlay define competitive \
                "url=$(sed -n "s|^url: https://github.com|$url|p" "$state/overlays/competitive/overlay.yaml")"
        run -0 l4d2ctl overlay build competitive
        for file in "${content[@]}"; do
                [ "$(cat "$(of competitive)/left4dead2/$file")" = "$file" ]
        done
        [ "$(paths_of competitive | grep -vc '^left4dead2/')" = 0 ]
        # The next state of the branch: a file goes, one comes.
        files_in /run/branch/$top "${content[@]:1}" cfg/new.cfg "${beside[@]}"
        rm "$zip"
        (cd /run/branch && zip -qr "$zip" $top)
        run -0 l4d2ctl overlay build competitive
        [ -e "$(of competitive)/left4dead2/cfg/new.cfg" ]
        [ ! -e "$(of competitive)/left4dead2/${content[0]}" ]
        # As the recipe's comment says.
        printf 'port: 27015\n%s\n' "$(sed -n 's/^#   //p' "$state/overlays/competitive/overlay.yaml")" |
                l4d2ctl initialize 1 -f -
        run -0 l4d2ctl cat 1
        [[ "$output" == *'exec "left4me/overlay-1.cfg" // competitive'* ]]
}

@test "admins: a file of SourceMod" {
        l4d2ctl overlay seed admins
        run -0 l4d2ctl overlay build admins
        [ -s "$(of admins)/left4dead2/addons/sourcemod/configs/admins_simple.ini" ]
}
