#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The maps of a server in the web app: the list, searched and by mode, and a change.

load common
load web/web

setup_file() {
        install_game
        mkdir -p "$(make_overlay maps)/left4dead2/"{maps,missions}
        (cd "$state/overlays/maps/left4dead2"
         touch maps/{loose,zed_1,zed_2}.bsp
         printf 'mission { Name zed DisplayTitle "\033[31m<b>Zed</b>" modes { survival { 1 { Map zed_1 DisplayName "<i>Start" } } coop { 1 { Map zed_1 } 2 { Map zed_2 } } } }\n' >missions/zed.txt)
        echo 'overlays: [maps]' | l4d2ctl blueprint create alice/standard --file=-
        printf 'port: 27015\nblueprint: alice/standard\n' | l4d2ctl initialize 1 -f -
        make_instance 2 27016
        begin_web chief:admin alice:user
        l4d2ctl start 1
        info_of 27015 >/dev/null
        rcon 1 standin_changelevel_time 0 >/dev/null
}

names() { web alice "/api/servers/1/maps$1" | json_in '[n["name"] for c in m["campaigns"] for n in c["maps"]]'; }
plays() { "$query" info 127.0.0.1 27015 | grep -qF "\"map\": \"$1\""; }

@test "maps with their campaigns, searched and by mode; titles are text" {
        run -0 names ''
        [[ "$output" == *"'c1m1_hotel'"*"'zed_1', 'zed_2'"*"'loose'"* ]]
        [ "$(names '?q=ZED')" = "['zed_1', 'zed_2']" ]
        [ "$(names '?q=zed_2')" = "['zed_2']" ]
        [ "$(names '?q=zed&mode=survival')" = "['zed_1']" ]
        [ "$(names '?q=nothing+like+it')" = '[]' ]
        run -0 web alice '/servers/1/maps?q=zed&mode=survival'
        [[ "$output" == *'&lt;b&gt;Zed'* && "$output" == *'&lt;i&gt;Start'* && "$output" != *'<b>Zed'* ]]
        [[ "$output" == *'name="mode" value="survival"'* ]]
        # One that does not run has a list, and no button.
        run -0 web chief /servers/2/maps
        [[ "$output" == *c1m1_hotel* && "$output" != *'name="map"'* ]]
        [ "$(status_of alice /servers/2/maps)" = 404 ]
        [ "$(status_of alice "/servers/1/maps?q=$(printf 'x%.0s' {1..500})")" = 200 ]
}

@test "a map is changed, with a mode if one was chosen" {
        [ "$(posted alice --data-urlencode map=c2m1_highway /servers/1/maps)" = '303 /servers/1/maps' ]
        wait_until plays c2m1_highway
        [ "$(posted alice --data-urlencode map=zed_1 --data-urlencode mode=survival /servers/1/maps)" = '303 /servers/1/maps' ]
        wait_until plays zed_1
        rcon 1 mp_gamemode | grep -q survival
        journalctl --sync
        journalctl -b -o cat --output-fields=L4D2_USER L4D2_INSTANCE=1 L4D2_ACTION=map | grep -qx alice
}

@test "other words than a map, and maps that the server lacks" {
        for map in '' 'a b' 'x;quit' '"' '../x' '--force' "$(printf 'x%.0s' {1..200})"; do
                [[ "$(posted alice --data-urlencode "map=$map" /servers/1/maps)" != 303* ]] || { echo "$map"; false; }
        done
        [ "$(posted alice --data-urlencode map=zed_1 --data-urlencode 'mode=x;quit' /servers/1/maps)" = '422 ' ]
        run -0 post alice --data-urlencode map=c9m9_nowhere /servers/1/maps
        [[ "$output" == *'role="alert"'*'Unknown map'* ]]
        [ "$(posted alice --data-urlencode map=zed_1 /servers/2/maps)" = '404 ' ]
        is_active 1
}

@test "many campaigns: all can be found, and a list that is cut says so" {
        local maps
        maps=$(make_overlay many)/left4dead2/addons
        mkdir -p "$maps"
        # 900 add-ons with a campaign of five maps each: more than an answer of l4d2ctl may have for the web app.
        python3 - "$maps" <<-'END'
		import struct, sys
		modes = ["coop", "versus", "survival", "scavenge", "realism"]
		for i in range(900):
		    files = {("missions", f"m{i}", "txt"): "mission { Name campaign_%04d DisplayTitle \"Title number %04d, with the words of an author\" modes {%s%s } }" % (
		        i, i, "".join(" %s {%s }" % (mode, "".join(f" {k} {{ Map campaign_{i:04}_chapter_{k} DisplayName \"Chapter {k} of {i:04}, the part where they run{' from a very long train' * 6}\" }}" for k in range(1, 6)))
		                      for mode in modes), " tank { 1 { Map campaign_0899_chapter_3 } }" if i == 899 else "")}
		    for k in range(1, 6): files["maps", f"campaign_{i:04}_chapter_{k}", "bsp"] = ""
		    tree, data = b"", b""
		    for folder, name, ending in sorted(files, key=lambda key: key[2]):
		        text = files[folder, name, ending].encode()
		        tree += f"{ending}\0{folder}\0{name}\0".encode() + struct.pack("<IHHIIH", 0, 0, 0x7FFF, len(data), len(text), 0xFFFF) + b"\0\0"
		        data += text
		    tree += b"\0"
		    with open(f"{sys.argv[1]}/add_on_{i:04}.vpk", "wb") as f:
		        f.write(struct.pack("<III", 0x55AA1234, 1, len(tree)) + tree + data)
	END
        echo 'overlays: [many]' | l4d2ctl blueprint create alice/many --file=-
        printf 'port: 27017\nblueprint: alice/many\n' | l4d2ctl initialize 3 -f -
        run -0 l4d2ctl map 3 --list --json
        echo "# $(wc -c <<<"$output") bytes" >&3
        (($(wc -c <<<"$output") > 1024 * 1024))
        web alice /api/servers/3/maps >/run/page
        run -0 python3 -c '
import json
m = json.load(open("/run/page"))
print(m["n_shown"], m["n_maps"], m["is_cut"], m["has_more"])'
        [ "$output" = '200 1000 True True' ]
        [[ "$(web alice /servers/3/maps)" == *'200 of more than 1000 maps are shown'* ]]
        # The last of all.
        run -0 web alice '/api/servers/3/maps?q=number+0899'
        [ "$(json_in '[n["name"] for c in m["campaigns"] for n in c["maps"]], m["has_more"]' <<<"$output")" = \
                "(['campaign_0899_chapter_1', 'campaign_0899_chapter_2', 'campaign_0899_chapter_3', 'campaign_0899_chapter_4', 'campaign_0899_chapter_5'], False)" ]
        # A mode of the last, and one of all.
        run -0 web alice '/api/servers/3/maps?mode=tank'
        [ "$(json_in '[n["name"] for c in m["campaigns"] for n in c["maps"]], m["has_more"]' <<<"$output")" = \
                "(['campaign_0899_chapter_3'], False)" ]
        run -0 web alice '/api/servers/3/maps?mode=survival'
        [ "$(json_in 'm["n_shown"], m["n_maps"], m["is_cut"], m["has_more"]' <<<"$output")" = '(200, 1000, True, True)' ]
        run -0 web alice '/api/servers/3/maps?mode=nothing'
        [ "$(json_in 'm["n_maps"], [x["value"] for x in m["modes"] if x["is_selected"]]' <<<"$output")" = "(0, ['nothing'])" ]
        run -0 --separate-stderr l4d2ctl map 3 --list --json --limit=7 --grep='TITLE number'
        [ "$(json_in 'sum(len(c["maps"]) for c in m)' <<<"$output")" = 7 ]
        [[ "$stderr" == *'7 of 4500 maps are listed'* ]]
        run -2 l4d2ctl map 3 c1m1_hotel --limit=7
        run -2 l4d2ctl map 3 c1m1_hotel --mode=coop
}
