#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Files that are uploaded to overlays through the web app, in parts, and what ends them.

load common
load web/web

uploads=$state/uploads
key=0123456789abcdef0123456789abcdef

setup_file() {
        l4d2ctl overlay create alice/maps
        l4d2ctl overlay create shared
        begin_web chief:admin alice:user bob:user
        head -c 5000000 /dev/urandom >/run/map.vpk
}

setup() { rm -f "$uploads"/*; }

# put WHO FILE QUERY [CURL-ARGUMENT…]: sends a file as a part; the answer, and the status behind it.
put() {
        web "$1" --upload-file "$2" --header "X-CSRF-Token: $(csrf "$1")" --write-out ' %{http_code}' "${@:4}" \
                "/overlays/${ref:-alice/maps}/-/upload/${upload:-$key}?$3"
}

# part FIRST LENGTH: a part of the map as a file.
part() { tail -c "+$(($1 + 1))" /run/map.vpk | head -c "$2" >"/run/part.$1" && echo "/run/part.$1"; }

offset() { python3 -c 'import json, sys; print(json.loads(sys.argv[1].rpartition(" ")[0])["offset"])' "$output"; }

@test "a file that comes in parts becomes a file of the overlay" {
        local inode
        run -0 put alice "$(part 0 2000000)" 'offset=0&size=5000000'
        [[ "$output" == *' 200' && $(offset) == 2000000 ]]
        [ "$(stat -c '%U:%G %a %s' "$uploads/alice:$key")" = 'left4me:left4me-build 640 2000000' ]
        # A wrong place is refused, and told which one is right.
        for wrong in 0 1999999 2000001; do
                run -0 put alice "$(part 2000000 100)" "offset=$wrong&size=5000000"
                [[ "$output" == *' 409' && $(offset) == 2000000 ]] || { echo "$wrong: $output"; false; }
        done
        run -0 web alice "/overlays/alice/maps/-/upload/$key"
        [[ "$output" == *'"offset":2000000'* ]]
        run -0 put alice "$(part 2000000 3000000)" 'offset=2000000&size=5000000'
        [[ "$output" == *' 200' && $(offset) == 5000000 ]]
        inode=$(stat -c %i "$uploads/alice:$key")
        run -0 post alice --output /dev/null --write-out '%{http_code}' --data-urlencode \
                "changes={\"changes\":[{\"do\":\"put\",\"path\":\"left4dead2/addons/map.vpk\",\"upload\":\"alice:$key\",\"sha256\":\"$(sha256sum /run/map.vpk | cut -d ' ' -f 1)\"}]}" \
                /overlays/alice/maps/-/apply
        [ "$output" = 303 ]
        l4d2ctl overlay get alice/maps left4dead2/addons/map.vpk | cmp - /run/map.vpk
        # The file itself, also in the sandbox of the web app: nothing was copied.
        [ "$(stat -c %i "$state/overlays/alice/maps/current/left4dead2/addons/map.vpk")" = "$inode" ]
        [ -z "$(ls -A "$uploads")" ]
}

@test "an upload that is cut off goes on where it ended, also after a restart" {
        local pid
        web alice --upload-file /run/map.vpk --limit-rate 1M --header "X-CSRF-Token: $(csrf alice)" \
                "/overlays/alice/maps/-/upload/$key?offset=0&size=5000000" >/dev/null 2>&1 &
        pid=$!
        some_has_come() { [ "$(stat -c %s "$uploads/alice:$key" 2>/dev/null || echo 0)" -gt 100000 ]; }
        wait_until some_has_come
        # Another one for the same file is refused meanwhile.
        run -0 put alice "$(part 0 100)" 'offset=0&size=5000000'
        [[ "$output" == *' 423' ]]
        kill "$pid"
        systemctl restart left4me-web.service
        run -0 web alice "/overlays/alice/maps/-/upload/$key"
        output="$output " at=$(offset)
        [ "$at" -gt 100000 ] && [ "$at" -lt 5000000 ]
        run -0 put alice "$(part "$at" 5000000)" "offset=$at&size=5000000"
        [[ "$output" == *' 200' ]]
        cmp /run/map.vpk "$uploads/alice:$key"
        # It can also begin again.
        run -0 put alice "$(part 0 10)" 'offset=0&size=5000000&restart=yes'
        [[ "$output" == *' 200' && $(offset) == 10 ]]
        run -0 post alice --write-out ' %{http_code}' "/overlays/alice/maps/-/upload/$key/cancel"
        [[ "$output" == *' 200' ]]
        [ ! -e "$uploads/alice:$key" ]
}

@test "only the owner's page can upload" {
        run -0 put bob /run/map.vpk 'offset=0&size=5000000'
        [[ "$output" == *' 404' ]]
        ref=shared run -0 put alice /run/map.vpk 'offset=0&size=5000000'
        [[ "$output" == *' 404' ]]
        ref=shared run -0 put chief /run/map.vpk 'offset=0&size=5000000'
        [[ "$output" == *' 200' ]]
        [ "$(ls "$uploads")" = "chief:$key" ]
        # Without the token, from another site, by a stranger.
        run -0 web alice --upload-file /run/map.vpk --output /dev/null --write-out '%{http_code}' \
                "/overlays/alice/maps/-/upload/$key?offset=0&size=5000000"
        [ "$output" = 403 ]
        run -0 put alice /run/map.vpk 'offset=0&size=5000000' --header 'Origin: http://evil.example'
        [[ "$output" == *' 403' ]]
        run -0 web nobody --upload-file /run/map.vpk --output /dev/null --write-out '%{http_code}' \
                "/overlays/alice/maps/-/upload/$key?offset=0&size=5000000"
        [ "$output" = 401 ]
        for upload in short "${key}0" ..%2fusers 0123456789ABCDEF0123456789ABCDEF; do
                run -0 put alice "$(part 0 10)" 'offset=0&size=10'
                [[ "$output" == *' 40'[45] ]] || { echo "$upload: $output"; false; }
        done
        upload=$key
        for query in '' offset=0 size=5 'offset=-1&size=5' 'offset=0&size=5' 'offset=11&size=10' 'offset=0x0&size=10' \
                'offset=0&size=9999999999999999'; do
                run -0 put alice "$(part 0 10)" "$query"
                [[ "$output" == *' 400' ]] || { echo "$query: $output"; false; }
        done
        run -0 web alice --request PUT --header "X-CSRF-Token: $(csrf alice)" --header 'Content-Length: 16777217' \
                --output /dev/null --write-out '%{http_code}' --max-time 10 "/overlays/alice/maps/-/upload/$key?offset=0&size=9999999999"
        [ "$output" = 413 ]
        [ "$(ls "$uploads")" = "chief:$key" ]
}

@test "links and files of overlays are never written to" {
        local upload=$key
        ln -s /etc/left4me/left4me.conf "$uploads/alice:$key"
        run -0 put alice "$(part 0 10)" 'offset=0&size=10'
        [[ "$output" == *' 500' ]]
        rm "$uploads/alice:$key"
        # As after a kill of l4d2ctl, before it removed the name.
        install -o left4me -g left4me /dev/stdin "$state/overlays/file" <<<content
        ln "$state/overlays/file" "$uploads/alice:$key"
        run -0 put alice "$(part 0 10)" 'offset=8&size=100'
        [[ "$output" == *' 423' ]]
        [ "$(cat "$state/overlays/file")" = content ]
        rm "$state/overlays/file"
}

@test "uploads stay within the user's quota and leave the disk some room" {
        printf '[content]\nuser_overlay_bytes=6M\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/quota.conf
        quota_is_known() { put alice "$(part 0 10)" 'offset=0&size=7000000&restart=1' | grep -q ' 507$'; }
        wait_until quota_is_known
        run -0 put alice "$(part 0 10)" 'offset=0&size=7000000&restart=1'
        [[ "$output" == *'more than your overlays may take'*' 507' ]]
        run -0 put alice /run/map.vpk 'offset=0&size=5000000'
        [[ "$output" == *' 200' ]]
        upload=${key/0/1} run -0 put alice /run/map.vpk 'offset=0&size=5000000'
        [[ "$output" == *' 507' ]]
        # An archive that waits for its job counts as well, and only for its user.
        mv "$uploads/alice:$key" "$uploads/unpack-0123456789abcdef.alice"
        upload=${key/0/1} run -0 put alice /run/map.vpk 'offset=0&size=5000000'
        [[ "$output" == *'more than your overlays may take'*' 507' ]]
        mv "$uploads/unpack-0123456789abcdef.alice" "$uploads/unpack-0123456789abcdef.alice2"
        upload=$key run -0 put alice /run/map.vpk 'offset=0&size=5000000'
        [[ "$output" == *' 200' ]]
        rm "$uploads/unpack-0123456789abcdef.alice2"
        rm /etc/left4me/left4me.conf.d/quota.conf "$uploads/alice:$key"
        # Larger than any disk here.
        run -0 put chief "$(part 0 10)" 'offset=0&size=99999999999999' 
        [[ "$output" == *' 404' || "$output" == *'no room for this file'*' 507' ]]
        ref=shared run -0 put chief "$(part 0 10)" 'offset=0&size=99999999999999'
        [[ "$output" == *'no room for this file'*' 507' ]]
        [ -z "$(ls -A "$uploads")" ]
}

@test "each part is measured by the size that it tells, not only the first one" {
        ref=shared run -0 put chief "$(part 0 1)" 'offset=0&size=1'
        [[ "$output" == *' 200' ]]
        ref=shared run -0 put chief "$(part 1 10)" 'offset=1&size=99999999999999'
        [[ "$output" == *'no room for this file'*' 507' ]]
        [ "$(stat -c %s "$uploads/chief:$key")" = 1 ]
        printf '[content]\nuser_overlay_bytes=6M\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/quota.conf
        quota_is_known() { put alice "$(part 0 10)" 'offset=0&size=7000000&restart=1' | grep -q ' 507$'; }
        wait_until quota_is_known
        run -0 put alice "$(part 0 2000000)" 'offset=0&size=2000000'
        [[ "$output" == *' 200' ]]
        run -0 put alice "$(part 2000000 3000000)" 'offset=2000000&size=7000000'
        [[ "$output" == *'more than your overlays may take'*' 507' ]]
        # The bytes of the file that are here do not count twice.
        run -0 put alice "$(part 2000000 3000000)" 'offset=2000000&size=5000000'
        [[ "$output" == *' 200' ]]
        rm /etc/left4me/left4me.conf.d/quota.conf
}

# open_part WHO KEY [REF]: begins a part of 1000000 bytes of a file of $PART_SIZE, else of as many; $fd is the
# connection, $line the first one of the answer, which says 100 when the part would be read.
open_part() {
        local token
        token=$(csrf "$1")
        exec {fd}<>/dev/tcp/127.0.0.1/8080
        printf '%s\r\n' "PUT /overlays/${3:-alice/maps}/-/upload/$2?offset=0&size=${PART_SIZE:-1000000} HTTP/1.1" 'Host: 127.0.0.1:8080' \
                "Cookie: left4me=$(session_of "$1")" "X-CSRF-Token: $token" 'Content-Length: 1000000' \
                'Expect: 100-continue' '' >&"$fd"
        read -r line <&"$fd"
}

part_is_read() { open_part "$@" && [[ $line == 'HTTP/1.1 100 '* ]]; }

@test "a user sends six parts at once, and none of them can be cancelled from elsewhere" {
        local n fds=() fd line
        cancel() { post alice --write-out ' %{http_code}' "/overlays/alice/maps/-/upload/${key/0/$1}/cancel"; }
        is_cancelled() { [[ $(cancel "$1") == *' 200' ]]; }
        for n in {1..6}; do
                open_part alice "${key/0/$n}"
                fds+=("$fd")
                [[ $line == 'HTTP/1.1 100 '* ]] || { echo "$n: $line"; false; }
        done
        open_part alice "${key/0/7}"
        [[ $line == 'HTTP/1.1 503 '* ]]
        exec {fd}>&-
        # Others have their own.
        part_is_read chief "$key" shared
        exec {fd}>&-
        run -0 cancel 1
        [[ "$output" == *'is being uploaded already'*' 423' ]]
        [ -e "$uploads/alice:${key/0/1}" ]
        fd=${fds[0]}
        exec {fd}>&-
        wait_until is_cancelled 1
        [ ! -e "$uploads/alice:${key/0/1}" ]
        wait_until part_is_read alice "${key/0/7}"
        exec {fd}>&-
        for fd in "${fds[@]:1}"; do exec {fd}>&-; done
}

@test "parts that are on their way at once stay within the user's quota together" {
        local fd first line
        printf '[content]\nuser_overlay_bytes=6M\n' | install -D /dev/stdin /etc/left4me/left4me.conf.d/quota.conf
        quota_is_known() { put alice "$(part 0 10)" 'offset=0&size=7000000&restart=1' | grep -q ' 507$'; }
        wait_until quota_is_known
        PART_SIZE=4000000 part_is_read alice "${key/0/1}"
        first=$fd
        # Nothing of the first has come.
        [ "$(stat -c %s "$uploads/alice:${key/0/1}")" = 0 ]
        upload=${key/0/2} run -0 put alice "$(part 0 10)" 'offset=0&size=4000000'
        [[ "$output" == *'more than your overlays may take'*' 507' ]]
        [ ! -e "$uploads/alice:${key/0/2}" ]
        # A part that is not sent after all counts no longer.
        exec {first}>&-
        second_has_room() { upload=${key/0/2} put alice "$(part 0 10)" 'offset=0&size=4000000' | grep -q ' 200$'; }
        wait_until second_has_room
        rm /etc/left4me/left4me.conf.d/quota.conf
}

@test "a part ends when others have filled the disk" {
        local fd line
        mount -t tmpfs -o "size=80M,mode=2750,uid=$(id -u left4me),gid=$(getent group left4me-build | cut -d : -f 3)" uploads "$uploads"
        restart_web
        part_is_read chief "$key" shared
        head -c 100000 /run/map.vpk >&"$fd"
        some_has_come() { [ "$(stat -c %s "$uploads/chief:$key")" = 100000 ]; }
        wait_until some_has_come
        fallocate -l 20M "$uploads/other"
        head -c 900000 /run/map.vpk >&"$fd"
        output=$(timeout 60 sed '/offset/q' <&"$fd")
        exec {fd}>&-
        [[ "$output" == *'HTTP/1.1 507 '*'The disk is full.'* ]] || { echo "$output"; false; }
        (($(stat -c %s "$uploads/chief:$key") < 200000))
        umount --lazy "$uploads"
        restart_web
}

# --- applies that take long: each waits for the lock of the overlay, which the test holds -------------------------

ticket=fedcba9876543210fedcba9876543210
overlay=$state/overlays/alice/maps

# Version 1 of the overlay, and its lock.
hold_overlay() {
        rm -rf "$overlay"
        l4d2ctl overlay create alice/maps
        l4d2ctl overlay apply alice/maps - <<<'{"changes":[{"do":"mkdir","path":"d"}]}'
        exec 9<"$overlay/staging"
        flock 9
}

# sent KEY: an upload of alice that has come.
sent() { upload=$1 put alice "$(part 0 100000)" 'offset=0&size=100000&restart=yes' >/dev/null; }

# apply TICKET KEY PATH [CURL-ARGUMENT…]: the answer as JSON, and the status behind it.
apply() {
        post alice --write-out ' %{http_code}' --data-urlencode "ticket=$1" --data-urlencode \
                "changes={\"changes\":[{\"do\":\"put\",\"path\":\"$3\",\"upload\":\"alice:$2\"}]}" "${@:4}" \
                /api/overlays/alice/maps/-/apply
}

# Without taking the lock for a moment, at which l4d2ctl would find it taken.
is_locked() { grep -q ":$(stat -c %i "$uploads/alice:$1") 0 EOF$" /proc/locks; }
# The client gives up as a proxy does, without an answer.
is_begun() { apply "$@" --max-time 2 >/dev/null 2>&1 || true; is_locked "$2"; }
is_applied() { [[ $(apply "$@") == *' 200' ]]; }
is_running() { [[ $(apply "$@") == *' 202' ]]; }
versions() { ls "$overlay/versions"; }

@test "an apply outlasts its request, keeps its upload, and tells its result to the next request" {
        sent "$key"
        hold_overlay
        wait_until is_begun "$ticket" "$key" long.vpk
        run -0 apply "$ticket" "$key" long.vpk
        [[ "$output" == *'"ok":false'*'still runs'*' 202' ]]
        run -0 post alice --write-out ' %{http_code}' "/overlays/alice/maps/-/upload/$key/cancel"
        [[ "$output" == *' 423' ]]
        run -0 put alice "$(part 0 10)" 'offset=100000&size=100010'
        [[ "$output" == *' 423' ]]
        # Another user's ticket is another one.
        run -0 post chief --write-out ' %{http_code}' --data-urlencode "ticket=$ticket" \
                --data-urlencode 'changes={"changes":[]}' /api/overlays/alice/maps/-/apply
        [[ "$output" == *' 400' ]]
        [ "$(versions)" = 1 ]
        flock -u 9
        wait_until is_applied "$ticket" "$key" long.vpk
        cmp "$overlay/current/long.vpk" "$(part 0 100000)"
        # Asked once more it is not done once more, and another ticket finds no upload.
        run -0 apply "$ticket" "$key" long.vpk
        [[ "$output" == *'"ok":true'*' 200' ]]
        [ "$(versions)" = $'1\n2' ]
        run -0 apply "${ticket/f/0}" "$key" long.vpk
        [[ "$output" == *'No upload '*' 404' ]]
        # A failure is told again, too.
        run -0 apply "${ticket/f/0}" "$key" long.vpk
        [[ "$output" == *'No upload '*' 404' ]]
        for wrong in '' short "${ticket}0" "${ticket^^}"; do
                run -0 apply "$wrong" "$key" long.vpk
                [[ "$output" == *' 422' ]] || { echo "$wrong: $output"; false; }
        done
        exec 9>&-
}

@test "an apply that a restart of the web app cuts off is done when it is asked about" {
        sent "$key"
        hold_overlay
        wait_until is_begun "${ticket/f/1}" "$key" cut.vpk
        restart_web
        [ "$(stat -c %s "$uploads/alice:$key")" = 100000 ]
        flock -u 9
        wait_until is_applied "${ticket/f/1}" "$key" cut.vpk
        [ "$(versions)" = $'1\n2' ]
        cmp "$overlay/current/cut.vpk" "$(part 0 100000)"
        exec 9>&-
}

@test "of two applies of a user at once each is done, one after the other" {
        local other=${key/0/1}
        l4d2ctl overlay create alice/other
        sent "$key"
        sent "$other"
        hold_overlay
        wait_until is_begun "${ticket/f/2}" "$key" one.vpk
        wait_until is_running "${ticket/f/3}" "$other" two.vpk --max-time 2
        # It has not begun: the user's others get the places.
        run ! is_locked "$other"
        run -0 post alice --output /dev/null --write-out '%{http_code}' --data-urlencode 'description=All of it' \
                /overlays/alice/other/-/description
        [ "$output" = 303 ]
        flock -u 9
        wait_until is_applied "${ticket/f/2}" "$key" one.vpk
        wait_until is_applied "${ticket/f/3}" "$other" two.vpk
        [ "$(ls "$overlay/current")" = $'d\none.vpk\ntwo.vpk' ]
        [ -z "$(ls -A "$uploads")" ]
        exec 9>&-
}

there() { find "$uploads" -type f -printf '%f\n' | sort | paste -sd ' '; }
# The web app owns what it takes.
left_of_bob() { install -o left4me -g left4me-build -m 640 /dev/null "$uploads/$1"; }

@test "a file that nothing was added to for a week goes a day after that was found" {
        local old=bob:$key young=bob:${key/0/1}
        left_of_bob "$old"
        left_of_bob "$young"
        touch -d '8 days ago' "$uploads/$old"
        touch -d '6 days ago' "$uploads/$young"
        look() { upload=${key/0/2} run -0 put alice "$(part 0 10)" 'offset=0&size=10&restart=yes'; }
        look
        [ "$(there)" = "alice:${key/0/2} $old $young" ]
        touch -d '23 hours ago' "$uploads/$old"
        look
        [ "$(there)" = "alice:${key/0/2} $old $young" ]
        touch -d '25 hours ago' "$uploads/$old"
        look
        [ "$(there)" = "alice:${key/0/2} $young" ]
}

# As a clock that is set forward by a week makes the file look.
@test "an upload that looks old while it goes on is not removed" {
        local theirs=$uploads/bob:$key
        run -0 put alice "$(part 0 2000000)" 'offset=0&size=5000000'
        touch -d '8 days ago' "$uploads/alice:$key"
        ref=shared upload=${key/0/2} run -0 put chief "$(part 0 10)" 'offset=0&size=10'
        run -0 put alice "$(part 2000000 3000000)" 'offset=2000000&size=5000000'
        [[ "$output" == *' 200' ]]
        cmp /run/map.vpk "$uploads/alice:$key"
        # A part took the mark away: it is as new.
        touch -d '2 days ago' "$uploads/alice:$key"
        ref=shared upload=${key/0/2} run -0 put chief "$(part 0 10)" 'offset=0&size=10&restart=yes'
        [ -e "$uploads/alice:$key" ]
        # A file of an overlay keeps its time and mode; only its name here goes.
        install -o left4me -g left4me -m 644 /dev/null "$state/overlays/file"
        touch -d '8 days ago' "$state/overlays/file"
        ln "$state/overlays/file" "$theirs"
        ref=shared upload=${key/0/2} run -0 put chief "$(part 0 10)" 'offset=0&size=10&restart=yes'
        [ ! -e "$theirs" ]
        [ "$(stat -c %a "$state/overlays/file")" = 644 ]
        [ $(($(date +%s) - $(stat -c %Y "$state/overlays/file"))) -gt 600000 ]
        rm "$state/overlays/file"
}

@test "a large upload takes no memory, and other pages come meanwhile" {
        local pid before at
        truncate -s 16M /run/large
        pid=$(web_pid)
        echo 5 >"/proc/$pid/clear_refs"
        before=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
        for ((at = 0; at < 314572800; at += 16 << 20)); do
                ref=shared run -0 put chief /run/large "offset=$at&size=318767104"
                [[ "$output" == *' 200' ]] || { echo "$output"; false; }
        done
        [ "$(($(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status") - before))" -lt 4096 ]
        [ "$(stat -c %s "$uploads/chief:$key")" = 318767104 ]
        rm /run/large
}
