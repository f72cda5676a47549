#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# left4me-workshop by hand, as its unit runs it, against a stand-in for the Workshop: items and collections, failures
# of the network and of the disk, and that no item goes silently.

load common

program=/usr/lib/left4me/left4me-workshop

setup_file() {
        export world=$BATS_FILE_TMPDIR/world
        mkdir -p "$world/files"
        chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
        echo '{}' >"$world/world.json"
        /usr/lib/left4me-tests/standin/workshop "$world" 3>&- &
        echo "$!" >"$world/pid"
        wait_until test -e "$world/url"
        url=$(<"$world/url")
        export url
}

teardown_file() {
        kill "$(<"$world/pid")"
}

setup() {
        here=$BATS_TEST_TMPDIR
        chmod 755 "$here"
        mkdir -p "$here"/{tree,out,cache}
        chown left4me-build:left4me-build "$here"/{tree,out,cache}
        rm -f "$world"/files/*
        : >"$world/requests"
        cd "$here" || return
}

# vpk NAME BYTES: a file for the stand-in to serve, of random content behind the head of a VPK.
vpk() {
        { printf '\x34\x12\xaa\x55\x01\0\0\0'; head -c $(($2 - 8)) /dev/urandom; } >"$world/files/$1"
}

# world PYTHON: what the Workshop has, as the value of world.json. An item with a file gets its size, and a time, a title
# and a type unless it has them.
world() {
        python3 - "$world" "$1" <<'END'
import json, pathlib, sys
top = pathlib.Path(sys.argv[1])
world = eval(sys.argv[2])
for i, item in world.get("items", {}).items():
    if "file" in item:
        size = (top / "files" / item["file"]).stat().st_size
        world["items"][i] = {"file_size": str(size), "file_type": 0, "time_updated": 1700000000, "title": f"Item {i}"} | item
(top / "world.new").write_text(json.dumps(world))
(top / "world.new").rename(top / "world.json")
END
}

# job ITEMS [JSON-MEMBERS]: what root's part writes; short pauses, as no host has them.
job() {
        printf '{"api":"%s","items":[%s],"pause_ms":10,"stall_seconds":1,"wait_seconds":5%s}\n' "$url" "$1" "${2:+,$2}" >"$here/job.json"
}

# as_producer COMMAND…: with the user and the environment of the unit.
as_producer() {
        setpriv --reuid left4me-build --regid left4me-build --clear-groups -- env -C / \
                OVERLAY="$here/tree" LEFT4ME_JOB="$here/job.json" LEFT4ME_OUT="$here/out" LEFT4ME_CACHE="$here/cache" "$@"
}

# Without the time of the last question to the Workshop, which only one test is about. The file stays: another build
# may hold its lock.
builds() {
        [[ ! -e cache/.lock ]] || : >cache/.lock
        as_producer "$program"
}

# A part of the names of temporary files.
boot=$(tr -d - </proc/sys/kernel/random/boot_id)
boot=${boot::16}

requests() { grep -c -- "$1" "$world/requests"; }
is_cached() { cmp "$world/files/$2" "$here/cache/$1.vpk"; }
items() { sort -n "$here/out/items" | paste -sd' '; }

# report PYTHON: of the report r, whose items by id are i.
report() {
        python3 -c "import json; r = json.load(open('$here/out/report.json')); i = {x['id']: x for x in r['items']}; print(($1))"
}

@test "items arrive in the cache, with their size and time, and are listed" {
        vpk a 300000
        vpk b 1000
        world '{"items": {"11": {"file": "a"}, "12": {"file": "b", "time_updated": 1600000000}}}'
        job '"11","https://steamcommunity.com/sharedfiles/filedetails/?id=12"'
        run -0 builds
        is_cached 11 a
        is_cached 12 b
        [ "$(items)" = "11 12" ]
        [ "$(stat -c '%Y %a %U' cache/12.vpk)" = "1600000000 644 left4me-build" ]
        [ "$(report 'i["11"]["title"], i["11"]["size_bytes"], i["12"]["updated_usec"], i["11"]["state"], i["11"]["error"]')" = \
                "('Item 11', 300000, 1600000000000000, 'ok', None)" ]
        [ "$(report 'i["11"]["file"], i["11"]["downloaded"], r["error"]')" = "('current', True, None)" ]
        [[ "$output" == *"Downloaded 11 'Item 11', 300000 bytes"* ]]
        [ -z "$(ls tree)" ]
        [ -z "$(find cache -name '*.part')" ]
}

@test "an unchanged collection downloads nothing and asks twice" {
        vpk a 1000
        vpk b 2000
        world '{"items": {"11": {"file": "a"}, "12": {"file": "b"}}, "collections": {"5": [{"publishedfileid": "11", "filetype": 0}, {"publishedfileid": "12", "filetype": 0}]}}'
        job '"5"'
        run -0 builds
        [ "$(requests GET)" = 2 ]
        : >"$world/requests"
        : >"$world/connections"
        run -0 builds
        [ "$(items)" = "11 12" ]
        [ "$(wc -l <"$world/requests")" = 2 ]
        [ "$(wc -l <"$world/connections")" = 1 ]
        [ "$(requests POST)" = 2 ]
        [ "$(report 'i["11"]["file"], i["11"]["downloaded"]')" = "('current', False)" ]
        # The two questions have no pause between them.
        [[ "$output" == *"2 items, 0 of them downloaded"* ]]
}

@test "an item that changed is downloaded again, and a version that has the old file keeps it" {
        vpk a 1000
        vpk b 1000
        world '{"items": {"11": {"file": "a"}, "12": {"file": "b"}}}'
        job '"11","12"'
        run -0 builds
        ln cache/11.vpk version.vpk
        cp version.vpk before.vpk
        vpk a 1000
        world '{"items": {"11": {"file": "a", "time_updated": 1700000001}, "12": {"file": "b"}}}'
        : >"$world/requests"
        run -0 builds
        is_cached 11 a
        cmp version.vpk before.vpk
        [ "$(requests GET)" = 1 ]
}

@test "collections: nested, in a circle, several times the same item, with exclusions" {
        local n
        for n in 11 12 13 14 15; do vpk "$n" 100; done
        world '{"items": {str(n): {"file": str(n)} for n in range(11, 16)},
                "collections": {"5": [{"publishedfileid": "11", "filetype": 0}, {"publishedfileid": "6", "filetype": 2}, {"publishedfileid": "7", "filetype": 2}],
                                "6": [{"publishedfileid": "12", "filetype": 0}, {"publishedfileid": "11", "filetype": 0}, {"publishedfileid": "5", "filetype": 2}],
                                "7": [{"publishedfileid": "14", "filetype": 0}]}}'
        job '"5","13","12"'
        run -0 builds
        [ "$(items)" = "11 12 13 14" ]
        [ "$(requests GET)" = 4 ]
        job '"5","13"' '"exclude":["7","13","https://steamcommunity.com/workshop/filedetails/?id=11"]'
        run -0 builds
        [ "$(items)" = "12" ]
}

@test "a collection that contains itself deeper and deeper, or too many items, ends with a reason" {
        world '{"collections": {str(n): [{"publishedfileid": str(n + 1), "filetype": 2}] for n in range(1, 30)}}'
        job '"1"'
        run -1 builds
        [[ "$output" == *"nested too deep"* ]]
        world '{"collections": {"1": [{"publishedfileid": str(n), "filetype": 0} for n in range(2, 6000)]}}'
        run -1 builds
        [[ "$output" == *"more than 5000 items"* ]]
        [ "$(report 'r["items"], "more than 5000" in r["error"]')" = "([], True)" ]
}

@test "at most 100 ids a question, and one question a second" {
        local begin=$SECONDS
        vpk a 100
        world '{"items": {str(n): {"file": "a"} for n in range(1001, 1251)}}'
        job "$(seq -s, -f '"%.0f"' 1001 1250)"
        begin=$(date +%s%N)
        run -0 builds
        # Six questions, two of them at once, are five seconds from the first to the last but one.
        (($(date +%s%N) - begin > 4000000000))
        [ "$(grep POST "$world/requests" | cut -d' ' -f5 | paste -sd' ')" = "100 100 50 100 100 50" ]
        [ "$(wc -l <out/items)" = 250 ]

        # Also from build to build: the second one's two questions come one and two seconds after the last.
        job '"1001"'
        run -0 builds
        begin=$(date +%s%N)
        for _ in 1 2 3; do run -0 as_producer "$program"; done
        (($(date +%s%N) - begin > 2000000000))
        # A time that lies far ahead, such as one of before a reboot, is none.
        printf '\xff%.0s' {1..8} >cache/.lock
        run -0 as_producer timeout 60 "$program"
}

@test "items that can't be downloaded are reported, and the others are built" {
        vpk a 100
        world '{"items": {"11": {"file": "a"}, "12": {"file_url": "", "title": "Depot"}, "13": {"file": "a", "consumer_app_id": 730}, "14": {"result": 9},
                          "15": {"file": "a", "file_size": 100, "title": "\u001b[31mred\u202e"}},
                "collections": {"5": [{"publishedfileid": str(n), "filetype": 0} for n in range(11, 16)]}}'
        job '"5"'
        run -0 builds
        [ "$(items)" = "11 15" ]
        [ "$(report '[i[str(n)]["state"] for n in range(11, 16)]')" = "['ok', 'needs-other-source', 'not-for-game', 'missing', 'ok']" ]
        [[ "$output" == *"Can't download 12 'Depot': only Steam itself can download it"* ]]
        [[ "$output" != *$'\e'* ]]
        [ "$(report 'i["15"]["title"]')" = '\x1b[31mred\u202e' ]
}

@test "an item whose new file can't be downloaded keeps its old one, with a warning" {
        vpk a 1000
        vpk b 1000
        world '{"items": {"11": {"file": "a"}, "12": {"file": "b"}}}'
        job '"11","12"'
        run -0 builds
        cp cache/11.vpk before.vpk
        world '{"items": {"11": {"file": "a", "time_updated": 1700000001, "mode": "less"}, "12": {"file": "b"}}}'
        run -0 builds
        cmp cache/11.vpk before.vpk
        [ "$(items)" = "11 12" ]
        [[ "$output" == *"Failed to download 11 'Item 11': it has 999 bytes instead of 1000"* ]]
        [[ "$output" == *"1 item stays as it was"* ]]
        [ "$(report 'i["11"]["state"], i["11"]["file"], i["11"]["error"]')" = "('failed', 'old', 'it has 999 bytes instead of 1000')" ]
        # Removed from the Workshop: the same.
        world '{"items": {"12": {"file": "b"}}}'
        run -0 builds
        [ "$(items)" = "11 12" ]
        [ "$(report 'i["11"]["state"], i["11"]["file"]')" = "('missing', 'old')" ]
}

@test "a new item that can't be downloaded now fails the job; the next build downloads only this" {
        vpk a 1000
        vpk b 1000
        world '{"items": {"11": {"file": "a", "mode": "status:500:99"}, "12": {"file": "b"}}}'
        job '"11","12"'
        run -1 builds
        [[ "$output" == *"Failed to build: 1 item is missing"* ]]
        [ "$(report 'r["error"] is not None, i["12"]["state"], i["11"]["state"], i["11"]["error"]')" = \
                "(True, 'ok', 'failed', 'the server answered with status 500')" ]
        is_cached 12 b
        : >"$world/requests"
        world '{"items": {"11": {"file": "a"}, "12": {"file": "b"}}}'
        run -0 builds
        [ "$(requests GET)" = 1 ]
        [ "$(items)" = "11 12" ]
}

@test "an item or a collection that does not exist fails the job, so that nothing goes" {
        vpk a 1000
        world '{"items": {"11": {"file": "a"}}, "collections": {"5": [{"publishedfileid": "11", "filetype": 0}, {"publishedfileid": "6", "filetype": 2}], "7": []}}'
        job '"11","99"'
        run -1 builds
        [ "$(report 'i["99"]["state"]')" = missing ]
        job '"5"'
        run -1 builds
        [[ "$output" == *"Failed to find the collection 6: removed from the Workshop, or hidden"* ]]
        job '"5"' '"exclude":["6"]'
        run -0 builds
        [ "$(items)" = 11 ]
        job '"7"'
        run -1 builds
        [[ "$output" == *"the collection 7 is empty"* ]]
        job ''
        run -0 builds
        [ ! -s out/items ]
}

@test "a collection that became empty fails the job when a person named it, and is left out when a collection did" {
        vpk a 1000
        world '{"items": {"11": {"file": "a"}}, "collections": {"5": [{"publishedfileid": "11", "filetype": 0}, {"publishedfileid": "7", "filetype": 2}], "7": []}}'
        job '"5"'
        run -0 builds
        [ "$(items)" = 11 ]
        [[ "$output" == *"The collection 7 is empty"* ]]
        job '"11","7"'
        run -1 builds
        [[ "$output" == *"Failed to build: the collection 7 is empty"* ]]
        job '"11","7"' '"exclude":["7"]'
        run -0 builds
        [ "$(items)" = 11 ]
        # One without the list of its items is known as a collection by its details.
        world '{"items": {"11": {"file": "a"}, "7": {"file_type": 2}},
                "raw": {"collections": "{\"response\":{\"collectiondetails\":[{\"publishedfileid\":\"7\",\"result\":1},{\"publishedfileid\":\"11\",\"result\":9}]}}"}}'
        job '"11","7"'
        run -1 builds
        [[ "$output" == *"an empty collection"*"Failed to build: 1 item is missing"* ]]
        job '"5"'
        world '{"items": {"7": {"file_type": 2}}, "collections": {"5": [{"publishedfileid": "7", "filetype": 2}], "7": []}}'
        run -1 builds
        [[ "$output" == *"the collections have no items"* ]]
}

@test "failures of the files' server: each file arrives whole" {
        local n=0 mode modes=(norange status:429:1:1 status:503:2 cut:50000:2 stall:70000:1 silent:1 reset:1 otherrange redirect:3)
        local list='' entries=''
        for mode in "${modes[@]}"; do
                n=$((n + 1))
                vpk "f$n" 200000
                entries+="'$n': {'file': 'f$n', 'mode': '$mode'}, "
                list+="${list:+,}\"$n\""
        done
        world "{'items': {$entries}}"
        job "$list"
        run -0 builds
        for n in $(seq ${#modes[@]}); do is_cached "$n" "f$n"; done
        [ "$(requests 'bytes=50000-')" = 1 ]
        [ "$(requests 'bytes=70000-')" = 1 ]
}

@test "failures of the files' server: nothing wrong gets into the cache" {
        local n=0 mode modes=(more less huge endless loop to:file:%2F%2F%2Fetc%2Fpasswd status:404:99 partial cut:0:99)
        local list='' entries=''
        for mode in "${modes[@]}"; do
                n=$((n + 1))
                vpk "f$n" 200000
                entries+="'$n': {'file': 'f$n', 'mode': '$mode'}, "
                list+="${list:+,}\"$n\""
        done
        head -c 1000 /dev/urandom >"$world/files/novpk"
        world "{'items': {$entries '77': {'file': 'novpk'}}}"
        job "$list,\"77\"" '"tries":2'
        run -1 builds
        [ "$(report 'set(x["state"] for x in r["items"])')" = "{'failed'}" ]
        [ "$(report 'i["77"]["error"]')" = "it is not a VPK file" ]
        [ ! -s out/items ]
        [ -z "$(find cache -name '*.vpk')" ]
}

@test "failures of the Workshop: asked again, or the job fails and says so" {
        vpk a 1000
        job '"11"' '"tries":3'
        for mode in status:429:2:1 status:500:2 silent:2 reset:2 cut:20:2 stall:20:2; do
                : >"$world/requests"
                world "{'items': {'11': {'file': 'a'}}, 'modes': {'details': '$mode', 'collections': '$mode'}}"
                run -0 builds
                [ "$(items)" = 11 ]
                [ "$(requests PublishedFile)" = 3 ]
                [ "$(requests Collection)" = 3 ]
        done
        for mode in status:500:9999 silent:9999 stall:10:9999 cut:10:9999; do
                world "{'items': {'11': {'file': 'a'}}, 'modes': {'details': '$mode'}}"
                run -1 builds
                [[ "$output" == *"Failed to ask the Workshop at $url: "* ]]
        done
        world '{"items": {"11": {"file": "a"}}, "modes": {"details": "status:429:9999:7200"}}'
        run -1 builds
        [[ "$output" == *"the server asks to wait for 7200 seconds"* ]]
}

@test "hostile answers of the Workshop end the job" {
        local text
        job '"11"'
        for text in '"<html>"' '""' '"[]"' '"{}"' '"[" * 100000' '"{\"response\":" * 5000' '"{\"response\":{\"publishedfiledetails\":[" + "{}," * 5000 + "{}]}}"' \
                '"{}\0"' '" " * (17 << 20)'; do
                world "{'raw': {'details': $text}}"
                run -1 builds
                [[ "$output" == *"Failed to ask the Workshop"* ]]
        done
        # About other items than those that were asked for.
        world "{'raw': {'details': '{\"response\":{\"publishedfiledetails\":[{\"publishedfileid\":\"12\",\"result\":1}]}}'}}"
        run -1 builds
        [ "$(report '[(x["id"], x["state"]) for x in r["items"]]')" = "[('11', 'failed')]" ]
}

@test "kill -9 while a file arrives: the next build continues it" {
        vpk a 3000000
        world '{"items": {"11": {"file": "a", "mode": "stall:1000000:1"}}}'
        job '"11"' '"stall_seconds":600'
        as_producer "$program" 3>&- &
        local pid=$!
        wait_until eval '[ "$(stat -c %s cache/11.1700000000.*.part 2>/dev/null)" = 1000000 ]'
        kill -9 "$pid"
        wait "$pid" || true
        [ ! -e cache/11.vpk ]
        run -0 builds
        is_cached 11 a
        [ "$(requests 'bytes=1000000-')" = 1 ]
}

@test "a file that an earlier boot left is not continued: it may lack bytes that it has the length for" {
        local size

        # The beginning of it, as a power cut can leave it, and all of it.
        for size in 100000 300000; do
                rm -f cache/*
                vpk a 300000
                world '{"items": {"11": {"file": "a", "mode": "cut:100000:1"}}}'
                job '"11"' '"tries":1,"boot_id":"0123456789abcdef0123456789abcdef"'
                run -1 builds
                [ "$(stat -c %s cache/11.1700000000.0123456789abcdef.part)" = 100000 ]
                head -c "$size" /dev/zero >cache/11.1700000000.0123456789abcdef.part
                : >"$world/requests"
                job '"11"' '"boot_id":"1123456789abcdef0123456789abcdef"'
                run -0 builds
                is_cached 11 a
                [ "$(requests ' bytes=')" = 0 ]
                [ "$(ls cache)" = 11.vpk ]
        done
}

@test "a file that changes between two builds is not continued" {
        vpk a 300000
        world '{"items": {"11": {"file": "a", "mode": "cut:100000:99"}}}'
        job '"11"' '"tries":1'
        run -1 builds
        ls cache/11.1700000000.*.part
        vpk a 300000
        world '{"items": {"11": {"file": "a", "time_updated": 1700000001}}}'
        run -0 builds
        is_cached 11 a
        [ -z "$(find cache -name '*.part')" ]
}

@test "kill -9 at any point: the cache has complete files or none, and the next build is done" {
        local call n
        vpk a 400000
        vpk b 1000
        world '{"items": {"11": {"file": "a"}, "12": {"file": "b"}}}'
        job '"11","12"'
        for call in openat write fsync rename unlink sendto; do
                for n in 1 2 3 5 8 13 30; do
                        rm -rf cache/* cache/.lock out/*
                        as_producer strace -f -qq -o /dev/null -e "trace=/^$call" -e "inject=/^$call:signal=KILL:when=$n" "$program" || true
                        [ ! -e cache/11.vpk ] || is_cached 11 a
                        [ ! -e cache/12.vpk ] || is_cached 12 b
                        [ ! -e out/items ] || [ "$(items)" = "11 12" ]
                        run -0 builds
                        is_cached 11 a
                        is_cached 12 b
                        [ "$(items)" = "11 12" ]
                done
        done
}

@test "a full disk: known before, or noticed; what was there stays" {
        vpk a 600000
        vpk b 900000
        world '{"items": {"11": {"file": "a"}}}'
        job '"11"'
        mount -t tmpfs -o size=1M,mode=755,uid=left4me-build tmpfs cache
        run -0 builds
        world '{"items": {"11": {"file": "a"}, "12": {"file": "b"}}}'
        job '"11","12"'
        run -1 builds
        [[ "$output" == *"Failed to download: 0 MB are needed"* || "$output" == *"MB are free"* ]]
        [ "$(requests GET)" = 1 ]
        is_cached 11 a
        umount cache
        # Another program takes the space after it was looked at.
        run -1 as_producer strace -f -qq -o /dev/null -P "$here/cache/12.1700000000.$boot.part" -e inject=write:error=ENOSPC:when=3+ "$program"
        [[ "$output" == *"Failed to download 12 'Item 12': No space left on device"* ]]
        is_cached 11 a
        [ ! -e cache/12.vpk ] && [ ! -e "cache/12.1700000000.$boot.part" ]
        [ ! -e out/items ]
        run -0 builds
        is_cached 12 b
}

@test "two builds at once download each file once" {
        local n list=''
        for n in $(seq 11 20); do vpk "$n" 300000; list+="${list:+,}\"$n\""; done
        world '{"items": {str(n): {"file": str(n), "mode": "drip:100000:100"} for n in range(11, 21)}}'
        job "$list"
        builds >log1 2>&1 3>&- &
        local first=$!
        builds >log2 2>&1 3>&- &
        wait "$first"
        wait "$!"
        [ "$(requests GET)" = 10 ]
        for n in $(seq 11 20); do is_cached "$n" "$n"; done
        [ "$(cat log1 log2 | grep -c '10 of them downloaded')" = 1 ]
        [ "$(cat log1 log2 | grep -c '10 items, 0 of them downloaded')" = 1 ]
}

@test "progress: percent first, never backwards in a file that arrives" {
        vpk a 2000000
        world '{"items": {"11": {"file": "a", "mode": "drip:200000:150"}}}'
        job '"11"'
        python3 - "$here/notify" >status 3>&- <<'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    line = s.recv(4096).decode()
    print(line, flush=True)
    if "Done" in line:
        break
END
        local pid=$!
        wait_until test -S notify
        chmod 666 notify
        NOTIFY_SOCKET=$here/notify run -0 builds
        wait "$pid"
        python3 - status <<'END'
import re, sys
lines = open(sys.argv[1]).read().split("\n")[:-1]
numbers = [int(re.fullmatch(r"STATUS=(\d+) % \S.*", line).group(1)) for line in lines]
assert numbers == sorted(numbers), numbers
assert numbers[0] == 0 and numbers[-1] == 100 and len(numbers) > 3, numbers
END
}

@test "the cache forgets files that no version has, above its limit, and old temporary files" {
        local n
        vpk a 1000
        world '{"items": {"11": {"file": "a"}}}'
        job '"11"' '"cache_limit_bytes":2500'
        for n in 1 2 3 4 5; do
                cp "$world/files/a" "cache/$n.vpk"
        done
        ln cache/5.vpk version.vpk
        touch -d '8 days ago' cache/6.1600000000.part
        touch cache/7.1600000000.part cache/11.1600000000.part
        chown -R left4me-build: cache
        run -0 builds
        # All of them are too new: another job may be about to put them into a version.
        [ -e cache/1.vpk ] && [ -e cache/4.vpk ]
        [ ! -e cache/6.1600000000.part ] && [ -e cache/7.1600000000.part ] && [ ! -e cache/11.1600000000.part ]
        job '"11"' '"cache_limit_bytes":2500,"cache_age_seconds":0'
        # The times of changes are in the past.
        wait_until eval '[ "$(date +%s)" -gt "$(stat -c %Z cache/4.vpk)" ]'
        run -0 builds
        [ "$(find cache -name '[1-4].vpk' | wc -l)" = 2 ]
        [ -e cache/5.vpk ] && [ -e cache/11.vpk ]
}

@test "wrong usage and broken jobs say what is wrong" {
        run -64 as_producer "$program" more
        echo '{' >job.json
        run -1 builds
        [[ "$output" == *"Failed to read $here/job.json"* ]]
        job '"no number"'
        run -1 builds
        [[ "$output" == *"'no number' is not the number or the page of an item"* ]]
        echo '{"items":["1"]}' >job.json
        run -1 builds
        [[ "$output" == *"names no address of the Workshop"* ]]
        run -1 env -u LEFT4ME_JOB "$program"
        [[ "$output" == *"LEFT4ME_JOB must be an absolute path"* ]]
}
