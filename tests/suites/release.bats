#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-release by hand: archives of URLs and of releases on GitHub, which a local server plays.

load common

work=/run/releases
tree=$work/tree

setup_file() {
        export world=/run/release-world
        rm -rf "$world"
        mkdir -p "$world"/{files,releases}
        "$BATS_TEST_DIRNAME/archives/serve" "$world" 3>&- &
        echo "$!" >"$world/pid"
        wait_until test -e "$world/url"
        url=$(<"$world/url")
        export url
}

teardown_file() {
        kill "$(<"$world/pid")"
}

setup() {
        rm -rf "$work" "$world"/{files,releases}/* "$world"/{etag,status,slow,location}
        : >"$world/requests"
        mkdir -p "$work"/{tree,out,source}
        chown left4me-build: "$work"/{tree,out}
        cd "$work/source" || return
}

teardown() { rm -f "$world/slow"; }

# pack NAME PATH=TEXT…: an archive on the server, in a directory of its own.
pack() {
        local name=$1 file
        shift
        rm -rf "${work:?}"/source/*
        for file; do
                mkdir -p "pack/$(dirname "${file%%=*}")"
                printf %s "${file#*=}" >"pack/${file%%=*}"
        done
        rm -f "$world/files/$name"
        case $name in
                *.zip) zip -qr "$world/files/$name" pack ;;
                *) tar -caf "$world/files/$name" --sort=name --mtime=@1 pack ;;
        esac
}

# publish TAG ID NAME…: a release on GitHub; its assets have the ids from ID on.
publish() {
        python3 - "$world" "$url" "$@" <<'END'
import json, os, sys
world, url, tag, first, *names = sys.argv[1:]
assets = [{"id": int(first) + i, "name": name, "size": os.path.getsize(f"{world}/files/{name}"),
           "updated_at": "2026-01-01T00:00:00Z", "browser_download_url": f"{url}/files/{name}"}
          for i, name in enumerate(names)]
for file in tag, "latest":
    json.dump({"tag_name": tag, "assets": assets}, open(f"{world}/releases/{file}.json", "w"))
END
}

# build MEMBER…: as the unit does, with these members of the job, as JSON.
build() {
        local members
        members=$(printf ', %s' "$@")
        printf '{"github_api": "%s"%s}\n' "${api:-$url}" "$members" >"$work/job.json"
        "${producer[@]}"
}

producer=(setpriv --reuid left4me-build --regid left4me-build --clear-groups env -i
        OVERLAY="$tree" LEFT4ME_JOB="$work/job.json" LEFT4ME_OUT="$work/out" /usr/lib/left4me/left4me-release)

from_url() { printf '"url": "%s/files/%s"' "$url" "$1"; }
github='"github": "owner/repository"'
files() { (cd "$tree" && find . -type f ! -name .left4me-release -printf '%P=' -exec cat {} \; -printf '\n' | LC_ALL=C sort | grep .); }
reported() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get(sys.argv[2]))' "$work/out/report.json" "$1"; }
requests() { grep -c "$1" "$world/requests" || true; }
digest() { sha256sum <"$world/files/$1" | cut -d' ' -f1; }
stamp() { (cd "$tree" && find . -mindepth 1 -printf '%p %i %T@\n' | LC_ALL=C sort | sha256sum); }
no_part_is_left() { [ -z "$(find "$work/out" "$tree" -name '*.part*' -o -name '.left4me-unpack')" ]; }

# fails PID: waits for a process of this shell, which must end with an error.
fails() {
        local status=0
        wait "$1" || status=$?
        ((status != 0 && status != 127))
}

@test "an archive at a URL is downloaded, checked and unpacked to where it belongs" {
        pack p.tar.gz cfg/a.cfg=1 addons/x.vpk=2
        run -0 build "$(from_url p.tar.gz)"
        [[ "$output" == *"p.tar.gz has the SHA-256 $(digest p.tar.gz)"* ]]
        [ "$(files)" = $'left4dead2/addons/x.vpk=2\nleft4dead2/cfg/a.cfg=1' ]
        [ "$(reported sha256)" = "$(digest p.tar.gz)" ]
        [ "$(reported url) $(reported n_files) $(reported size_bytes) $(reported version) $(reported is_unchanged)" = \
                "$url/files/p.tar.gz 2 2 None False" ]
        [ "$(reported files) $(reported key)" = 'None None' ]
        no_part_is_left
}

@test "a checksum that differs changes nothing" {
        pack p.zip cfg/a.cfg=1
        run -0 build "$(from_url p.zip)" "\"sha256\": \"$(digest p.zip | tr a-f A-F)\""
        before=$(stamp)
        pack p.zip cfg/a.cfg=2
        run -1 build "$(from_url p.zip)" "\"sha256\": \"$(printf 'a%.0s' {1..64})\""
        [[ "$output" == *"Failed to check p.zip: its SHA-256 is $(digest p.zip), expected is aaaa"* ]]
        [ "$(stamp)" = "$before" ]
        run -1 build "$(from_url p.zip)" '"sha256": "12"'
        [[ "$output" == *"Invalid SHA-256 '12'"* ]]
        no_part_is_left
}

@test "an unchanged release is not downloaded and changes nothing" {
        local before
        pack p.zip cfg/a.cfg=1
        # With an ETag, the server is asked and sends nothing.
        echo '"one"' >"$world/etag"
        build "$(from_url p.zip)"
        before=$(stamp)
        run -0 build "$(from_url p.zip)"
        [[ "$output" == *"The overlay has p.zip already"* ]]
        [ "$(requests '^304 ')" = 1 ]
        [ "$(reported is_unchanged) $(reported n_files)" = 'True 1' ]
        # Without one it is downloaded, and found to be the same.
        rm "$world/etag"
        run -0 build "$(from_url p.zip)"
        [[ "$output" == *"The overlay has p.zip already"* ]]
        # With a checksum the server is not even asked.
        : >"$world/requests"
        run -0 build "$(from_url p.zip)" "\"sha256\": \"$(digest p.zip)\""
        [ ! -s "$world/requests" ]
        [ "$(stamp)" = "$before" ]
        # Other content with another ETag is a new release.
        echo '"two"' >"$world/etag"
        pack p.zip cfg/a.cfg=22
        run -0 build "$(from_url p.zip)"
        [ "$(files)" = left4dead2/cfg/a.cfg=22 ]
        no_part_is_left
}

@test "a release on GitHub: the latest or a tag, and the file that a pattern chooses" {
        pack a-linux.zip cfg/a.cfg=linux
        pack a-windows.zip cfg/a.cfg=windows
        publish v1.0 10 a-linux.zip a-windows.zip
        run -1 build "$github"
        [[ "$output" == *"several match, set 'asset' to a pattern for one of: a-linux.zip, a-windows.zip"* ]]
        run -1 build "$github" '"asset": "*-mac*"'
        [[ "$output" == *"none matches '*-mac*', it has: a-linux.zip, a-windows.zip"* ]]
        run -0 build "$github" '"asset": "*-linux*"'
        [ "$(files)" = left4dead2/cfg/a.cfg=linux ]
        [ "$(reported version)" = v1.0 ]
        # The same asset: GitHub is asked, its file is not.
        : >"$world/requests"
        run -0 build "$github" '"asset": "*-linux*"'
        [ "$(<"$world/requests")" = '200 /repos/owner/repository/releases/latest' ]
        pack a-linux.zip cfg/a.cfg=newer
        publish v2.0 20 a-linux.zip a-windows.zip
        run -0 build "$github" '"asset": "*-linux*"' '"tag": "v1.0"'
        [ "$(files)" = left4dead2/cfg/a.cfg=linux ]
        run -0 build "$github" '"asset": "*-linux*"' '"tag": "latest"'
        [ "$(files)" = left4dead2/cfg/a.cfg=newer ]
        [ "$(reported version)" = v2.0 ]
        run -1 build "$github" '"tag": "v9"'
        [[ "$output" == *"Failed to find the release 'v9' of 'owner/repository'"* ]]
        run -1 build '"github": "../x"'
        [[ "$output" == *"Invalid repository '../x'"* ]]
}

@test "an update removes the files that the release no longer has, and keeps what it should" {
        pack p.zip cfg/server.cfg=1 addons/old/plugin.smx=1 addons/sourcemod/configs/a.ini=1 addons/b.vpk=1 motd.txt=1
        keep='"keep": ["*.cfg", "left4dead2/addons/*/configs"]'
        build "$(from_url p.zip)" "$keep"
        echo -n mine >"$tree/left4dead2/cfg/server.cfg"
        echo -n mine >"$tree/left4dead2/addons/mine.vpk"
        echo -n mine >"$tree/left4dead2/motd.txt"
        pack p.zip cfg/server.cfg=2 addons/b.vpk=2 motd.txt=2
        run -0 build "$(from_url p.zip)" "$keep"
        [[ "$output" == *"'left4dead2/cfg/server.cfg' is kept as it is"*"Removed 1 file of the earlier release"* ]]
        [ "$(files)" = $'left4dead2/addons/b.vpk=2
left4dead2/addons/mine.vpk=mine
left4dead2/addons/sourcemod/configs/a.ini=1
left4dead2/cfg/server.cfg=mine
left4dead2/motd.txt=2' ]
        [ ! -e "$tree/left4dead2/addons/old" ]
        # Without keep, the next release replaces all files of this one.
        pack p.zip cfg/server.cfg=3
        run -0 build "$(from_url p.zip)"
        [ "$(files)" = $'left4dead2/addons/mine.vpk=mine
left4dead2/addons/sourcemod/configs/a.ini=1
left4dead2/cfg/server.cfg=3' ]
}

@test "into a directory, without leading parts; another place is another release" {
        pack p.zip a/b.cfg=1
        run -0 build "$(from_url p.zip)" '"into": "left4dead2/cfg"' '"strip": 2'
        [ "$(files)" = left4dead2/cfg/b.cfg=1 ]
        run -0 build "$(from_url p.zip)" '"into": "left4dead2/ems"' '"strip": 1'
        [ "$(files)" = left4dead2/ems/a/b.cfg=1 ]
        run -1 build "$(from_url p.zip)" '"into": "../x"'
        [[ "$output" == *"Invalid path '../x'"* ]]
}

@test "a record that was changed by hand removes nothing outside" {
        pack p.zip cfg/a.cfg=1
        build "$(from_url p.zip)"
        echo secret >"$work/outside"
        chown left4me-build: "$work" "$work/outside"
        sed -i 's|"files":\[|"files":["../outside","/run/releases/outside","left4dead2/../../outside",5,|; s|"sha256":"|&0|' \
                "$tree/.left4me-release"
        grep -q outside "$tree/.left4me-release"
        pack p.zip cfg/b.cfg=2
        run -0 build "$(from_url p.zip)"
        [ "$(cat "$work/outside")" = secret ]
        [ "$(files)" = left4dead2/cfg/b.cfg=2 ]
        echo '[broken' >"$tree/.left4me-release"
        run -0 build "$(from_url p.zip)"
        [[ "$output" == *"is damaged and not used"* ]]
}

@test "only https, but where GitHub is one of http" {
        pack p.zip cfg/a.cfg=1
        publish v1 1 p.zip
        api=https://127.0.0.1:1
        run -1 build "$(from_url p.zip)"
        [[ "$output" == *"only https:// is accepted"* ]]
        run -1 build '"url": "file:///etc/passwd"'
        [[ "$output" == *"only https:// is accepted"* ]]
        api=$url
        run -1 build '"url": "ftp://127.0.0.1/x.zip"'
        [[ "$output" == *"only https:// is accepted"* ]]
        # A redirect to a file of the host.
        echo file:///etc/passwd >"$world/location"
        run -1 build "\"url\": \"$url/moved\""
        [[ "$output" == *"Failed to download $url/moved"* ]]
        echo "$url/files/p.zip" >"$world/location"
        run -0 build "\"url\": \"$url/moved\""
        [ "$(files)" = left4dead2/cfg/a.cfg=1 ]
}

@test "failures of the server are said, and change nothing" {
        pack p.zip cfg/a.cfg=1
        build "$(from_url p.zip)"
        before=$(stamp)
        run -1 build "$(from_url missing.zip)"
        [[ "$output" == *"Failed to download $url/files/missing.zip: the server answered with status 404"* ]]
        echo 403 >"$world/status"
        run -1 build "$github"
        [[ "$output" == *"Failed to ask GitHub about the release 'latest' of 'owner/repository': the server answered with status 403"* ]]
        rm "$world/status"
        echo '<html>' >"$world/releases/latest.json"
        run -1 build "$github"
        [[ "$output" == *"it is not about a release"* ]]
        echo '<html>' >"$world/files/page.zip"
        run -1 build "$(from_url page.zip)"
        [[ "$output" == *"accepted are zip, 7z, rar and tar"* ]]
        head -c 100000 /dev/zero >"$world/files/large.zip"
        run -1 build "$(from_url large.zip)" '"size_max_bytes": 50000'
        [[ "$output" == *"it has 100000 bytes, the limit is 50000"* ]]
        [ "$(stamp)" = "$before" ]
        no_part_is_left
}

is_half_there() { [ -n "$(find "$work/out" -name 'release.part-*' -size +100k)" ]; }

# Leaves the beginning of a release's archive in out/.
begin_download() {
        local pid
        head -c 1000000 /dev/urandom >noise
        pack p.tar cfg/a.cfg=1
        head -c 1000000 /dev/urandom >pack/noise.vpk
        tar -cf "$world/files/p.tar" pack
        publish v1 1 p.tar
        touch "$world/slow"
        printf '{"github_api": "%s", %s}\n' "$url" "$github" >"$work/job.json"
        "${producer[@]}" &
        pid=$!
        wait_until is_half_there
        kill -9 "$pid"
        fails "$pid"
        [ -z "$(ls -A "$tree")" ]
        rm "$world/slow"
}

@test "killed while it downloads, it goes on from there the next time" {
        begin_download
        run -0 build "$github"
        cmp "$tree/left4dead2/noise.vpk" pack/noise.vpk
        [ "$(requests '^206 /files/p.tar')" = 1 ]
        no_part_is_left
}

@test "what an earlier boot left of an archive is not continued" {
        begin_download
        run -0 build "$github" '"boot_id": "0123456789abcdef0123456789abcdef"'
        cmp "$tree/left4dead2/noise.vpk" pack/noise.vpk
        [ "$(requests '^206 /files/p.tar')" = 0 ]
        no_part_is_left
}
