#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The players of a server in the web app, and what an owner can do about them. Live states and events are written
# here as left4me-watch writes them.

load common
load web/web

setup_file() {
        install_game
        make_server_of alice 1 27015
        make_instance 2 27016
        systemctl stop left4me-watch.service 2>/dev/null || true
        begin_web chief:admin alice:user bob:user
        l4d2ctl start 1 2
        info_of 27015 >/dev/null
}

setup() { mark_log; }

of() { web "${WHO:-chief}" "/api/servers/$1/players${3:-}" | json_in "$2"; }
says() { [[ $(of "$1" "$2") == "$3" ]]; }

# Many players have joined and left: 76561197960300000 and up, "p 1" is the last.
visits() {
        python3 -c '
import json, sys
for i in range(int(sys.argv[1]), 0, -1):
    for kind in ("join", "leave"):
        print(json.dumps({"instance": "1", "kind": kind, "player": f"p {i}", "steam_id64": str(76561197960300000 + i),
                          "ago": i * 60 + (30 if kind == "join" else 0)}))' "$1"
}

@test "players with their profile, time and ping" {
        [ "$(of 1 '(m["is_seen"], m["has_players"], m["players"])')" = '(False, False, [])' ]
        live_state 1 players=2 bots=1
        wait_until says 1 'len(m["players"])' 2
        [ "$(of 1 '[(p["name"], p["steam_id64"], p["connected_text"], p["ping_msec"]) for p in m["players"]]')" = \
                "[('Player 1', '76561197960267728', '1min 0s', 40), ('Player 2', '76561197960267730', '2min 0s', 41)]" ]
        run -0 web alice /servers/1/players
        [[ "$output" == *'<a href="https://steamcommunity.com/profiles/76561197960267728" rel="noreferrer"'* ]]
        # Only owners and admins; and a player without an id can't be kicked.
        [ "$(status_of bob /servers/1/players)" = 404 ]
        [ "$(status_of alice /servers/2/players)" = 404 ]
        live_state 1 'players=[{"user_id": 0, "name": "x", "steam_id": "", "steam_id64": null, "is_bot": false, "connected_sec": 5, "ping_msec": 0, "loss": 0, "rate": 0, "state": "", "address": ""}]' 'source="a2s"'
        wait_until says 1 'm["players"][0]["profile_href"]' None
        run -0 web alice /servers/1/players
        [[ "$output" != *'/players/kick'* ]]
}

@test "hostile names are text, and names that look alike are marked" {
        live_state 1 'players=[
                {"user_id": 2, "name": "<script>alert(1)</script>\u202e", "steam_id": "STEAM_1:0:1000", "steam_id64": "76561197960267728", "is_bot": false, "connected_sec": 5, "ping_msec": 1, "loss": 0, "rate": 0, "state": "active", "address": ""},
                {"user_id": 3, "name": "Zoey", "steam_id": "STEAM_1:0:1001", "steam_id64": "76561197960267730", "is_bot": false, "connected_sec": 5, "ping_msec": 1, "loss": 0, "rate": 0, "state": "active", "address": ""},
                {"user_id": 4, "name": "Z\u043eey", "steam_id": "STEAM_1:0:1002", "steam_id64": "76561197960267732", "is_bot": false, "connected_sec": 5, "ping_msec": 1, "loss": 0, "rate": 0, "state": "active", "address": ""}]'
        wait_until says 1 'len(m["players"])' 3
        [ "$(of 1 '[p["looks_like"] for p in m["players"]]')" = "[None, 'Zоey', 'Zoey']" ]
        run -0 web alice /servers/1/players
        [[ "$output" == *'&lt;script&gt;alert(1)'* && "$output" != *'<script>alert'* ]]
        [[ "$output" == *'\u202e'* && "$output" == *'Looks like another player'* ]]
}

@test "recent players: ten, then fifty, and how many there were" {
        visits 60 | live_events
        live_state 1 players=0
        [ "$(of 1 '(m["n_recents"], m["recents_text"], len(m["recents"]), m["more_href"])')" = \
                "(60, '60 players', 10, '/servers/1/players?recent=50')" ]
        [ "$(of 1 '(len(m["recents"]), m["more_href"], m["recents"][0]["name"], m["recents"][49]["name"])' '?recent=50')" = \
                "(50, None, 'p 1', 'p 50')" ]
        # The latest name of a player counts, and who is there is marked.
        printf '%s\n' '{"instance": "1", "kind": "join", "player": "renamed", "steam_id64": "76561197960300060"}' \
                '{"instance": "2", "kind": "join", "player": "elsewhere", "steam_id64": "76561197960390000"}' | live_events
        [ "$(of 1 '(m["n_recents"], m["recents"][0]["name"], m["recents"][0]["is_here"])')" = "(60, 'renamed', False)" ]
        live_state 1 'players=[{"user_id": 2, "name": "renamed", "steam_id": "", "steam_id64": "76561197960300060", "is_bot": false, "connected_sec": 5, "ping_msec": 1, "loss": 0, "rate": 0, "state": "active", "address": ""}]'
        wait_until says 1 'm["recents"][0]["is_here"]' True
        # Not those of another server, and nothing from before the server was theirs.
        [ "$(of 2 'm["n_recents"]')" = 1 ]
        [ "$(WHO=alice of 1 'm["n_recents"]')" -lt 60 ]
}

@test "a player without a SteamID is not marked as their own look-alike, and recent ones are marked" {
        printf '%s\n' '{"instance": "1", "kind": "join", "player": "Rochelle", "steam_id64": "76561197960380000"}' \
                '{"instance": "1", "kind": "join", "player": "R\u043echelle", "steam_id64": "76561197960380002"}' \
                '{"instance": "1", "kind": "join", "player": "Zoey", "steam_id64": "76561197960380004"}' | live_events
        live_state 1 'players=[{"user_id": 0, "name": "Zoey", "steam_id": "", "steam_id64": null, "is_bot": false, "connected_sec": 5, "ping_msec": 0, "loss": 0, "rate": 0, "state": "", "address": ""}]' 'source="a2s"'
        wait_until says 1 'm["players"][0]["profile_href"]' None
        [ "$(of 1 '(m["players"][0]["looks_like"], [(p["name"], p["looks_like"]) for p in m["recents"][:3]])')" = \
                "(None, [('Zoey', None), ('Rоchelle', 'Rochelle'), ('Rochelle', 'Rоchelle')])" ]
        run -0 web alice /servers/1/players
        [ "$(grep -c 'Looks like another player' <<<"$output")" = 2 ]
}

@test "the number of recent players names its time when the journal has more events than are read" {
        # 20000 events are read: 10000 players who came and went, one a minute.
        visits 10100 | live_events
        live_state 1 players=0
        run -0 of 1 '(m["n_recents"], m["recents_text"])'
        [ "$output" = "(10000, '10000 players in the last 6d 22h')" ]
}

@test "other pages answer while recent players are read" {
        run -0 "$web_tools/beside" "$(session_of chief)" 8 /servers/1/players
        [ "$output" = '0 8' ]
}

@test "a player is kicked by the SteamID, and the trail has who did it" {
        rcon 1 standin_players 3
        live_state 1
        [ "$(posted alice --data-urlencode player=76561197960267728 /servers/1/players/kick)" = '303 /servers/1/players' ]
        run -0 web alice /servers/1/players
        [[ "$output" == *"Kicked"* ]]
        run -0 l4d2ctl players 1
        [[ "$output" != *76561197960267728* ]]
        journalctl --sync
        journalctl -b -o cat --output-fields=L4D2_USER --since "$log_mark" L4D2_INSTANCE=1 L4D2_ACTION=kick | grep -qx alice
        # A player who has left, and other words than an id.
        [ "$(posted alice --data-urlencode player=76561197960299999 /servers/1/players/kick)" = '500 ' ]
        for id in 2 '' '-x' 'STEAM_1:0:1' '76561197960267728 x' "'"; do
                [ "$(posted alice --data-urlencode "player=$id" /servers/1/players/kick)" = '422 ' ]
        done
        [ "$(posted bob --data-urlencode player=76561197960267728 /servers/1/players/kick)" = '404 ' ]
        [ "$(posted alice --data-urlencode player=76561197960267728 /servers/2/players/kick)" = '404 ' ]
}

@test "bans are listed, and lifted by the owner, and the trail has who did it" {
        local id=76561197960267728
        live_state 1 players=1
        [ "$(posted alice --data-urlencode player=$id --data-urlencode minutes=0 /servers/1/players/ban)" = '303 /servers/1/players' ]
        l4d2ctl ban 1 76561197960267730 30
        bans() { web "$1" /api/servers/1/bans | json_in '[(b["steam_id64"], b["span_text"]) for b in m["bans"]], m["is_known"]'; }
        run -0 bans alice
        [ "$output" = "([('$id', 'forever'), ('76561197960267730', 'for some time')], True)" ]
        [ "$(bans chief)" = "$(bans alice)" ]
        run -0 web alice /servers/1/players
        [[ "$output" == *'href="/servers/1/bans"'* ]]
        run -0 web alice /servers/1/bans
        [[ "$output" == *'action="/servers/1/bans"'*"value=\"$id\""*'Unban'* ]]
        # The file may have bans that the server does not know as SteamIDs, and others may not look.
        for bad in 2 '' '-x' 'STEAM_1:0:1000' "$id x"; do
                [ "$(posted alice --data-urlencode "player=$bad" /servers/1/bans)" = '422 ' ]
        done
        [ "$(posted bob --data-urlencode player=$id /servers/1/bans)" = '404 ' ]
        [ "$(posted alice --data-urlencode player=$id /servers/2/bans)" = '404 ' ]
        [ "$(status_of bob /servers/1/bans)" = 404 ]
        [ "$(posted alice --data-urlencode player=$id /servers/1/bans)" = '303 /servers/1/bans' ]
        [ "$(bans alice)" = "([('76561197960267730', 'for some time')], True)" ]
        journalctl --sync
        journalctl -b -o cat --output-fields=L4D2_USER --since "$log_mark" L4D2_INSTANCE=1 L4D2_ACTION=unban | grep -qx alice
        # It is lifted already.
        run -0 post alice --data-urlencode player=$id /servers/1/bans
        [[ "$output" == *'role="alert"'*'Failed to lift the ban'* ]]
        l4d2ctl unban 1 76561197960267730
        # One that does not run has none that are known.
        l4d2ctl stop 2
        [ "$(web chief /api/servers/2/bans | json_in 'm["bans"], m["is_known"]')" = '([], False)' ]
        l4d2ctl start 2
}

# as_picture ID FILE: what left4me-avatar would keep.
as_picture() { install -o left4me-avatar -g left4me-avatar -m 640 "$2" "/var/cache/left4me-avatar/$1.jpg"; }

@test "pictures of players: for the session that saw the page, with one type, and only pictures" {
        local cache=/var/cache/left4me-avatar corpus=/usr/lib/left4me-tests/fuzz/corpus/avatar
        local first=76561197960267728 second=76561197960267730 href other
        live_state 1 players=2
        wait_until says 1 'len(m["players"])' 2
        # Nothing was ever fetched: the page has no place for pictures.
        [ "$(of 1 '(m["has_avatars"], m["players"][0]["avatar_href"])')" = '(False, None)' ]
        run -0 web alice /servers/1/players
        [[ "$output" != *avatar* ]]
        install -d -m 750 -o left4me-avatar -g left4me-avatar "$cache"
        as_picture $first "$corpus/baseline"
        as_picture 76561197960300001 "$corpus/progressive"
        printf '%s\n' '{"instance": "1", "kind": "join", "player": "p 1", "steam_id64": "76561197960300001"}' | live_events
        [ "$(WHO=alice of 1 '(m["has_avatars"], m["players"][1]["avatar_href"])')" = '(True, None)' ]
        [[ "$(WHO=alice of 1 '[r["avatar_href"] for r in m["recents"] if r["steam_id64"] == "76561197960300001"][0]')" == /avatar/* ]]
        href=$(WHO=alice of 1 'm["players"][0]["avatar_href"]')
        [[ "$href" =~ ^/avatar/$first\?token=[0-9a-f]{32}$ ]]
        run -0 web alice /servers/1/players
        [[ "$output" == *"<img class=\"avatar\" src=\"$href\" width=\"32\" height=\"32\" alt=\"\">"* ]]
        [[ "$output" == *'<span class="avatar"></span>'* ]]

        web alice --output "$BATS_TEST_TMPDIR/picture" "$href"
        cmp "$corpus/baseline" "$BATS_TEST_TMPDIR/picture"
        run -0 web alice --head "$href"
        [ "$(header content-type)" = image/jpeg ]
        [ "$(header x-content-type-options)" = nosniff ]
        [ "$(header cache-control)" = 'private, max-age=3600' ]
        [[ "$(header content-security-policy)" == "default-src 'self'; "* ]]
        [ "$(status_of alice --header "If-None-Match: $(header etag)" "$href")" = 304 ]

        # Other sessions and other players: as if there were none. A login is needed.
        [ "$(status_of bob "$href")" = 404 ]
        [ "$(status_of alice "/avatar/$first")" = 404 ]
        [ "$(status_of alice "${href/$first/76561197960300001}")" = 404 ]
        [ "$(status_of alice "${href%?}x")" = 404 ]
        [ "$(status_of nobody "$href")" = 401 ]

        # A browser gets pictures only, also when something else is in the cache.
        printf '<script>alert(1)</script>' >"$BATS_TEST_TMPDIR/page"
        as_picture $first "$BATS_TEST_TMPDIR/page"
        [ "$(status_of alice "$href")" = 404 ]
        { cat "$corpus/baseline"; head -c 40000 /dev/zero; } >"$BATS_TEST_TMPDIR/large"
        as_picture $first "$BATS_TEST_TMPDIR/large"
        [ "$(status_of alice "$href")" = 404 ]
        { cat "$corpus/baseline"; echo '<script>'; } >"$BATS_TEST_TMPDIR/more"
        as_picture $first "$BATS_TEST_TMPDIR/more"
        web alice --output "$BATS_TEST_TMPDIR/picture" "$href"
        cmp "$corpus/baseline" "$BATS_TEST_TMPDIR/picture"
        for other in 'ln -s /etc/passwd' 'ln -s 76561197960300001.jpg' mkfifo mkdir 'ln 76561197960300001.jpg'; do
                rm -rf "$cache/$first.jpg"
                (cd "$cache" && $other $first.jpg)
                [ "$(status_of alice "$href")" = 404 ] || { echo "$other"; false; }
        done
        rm "$cache/$first.jpg"
        as_picture $first "$corpus/baseline"
        [ "$(status_of alice "$href")" = 200 ]
        touch -d '31 days ago' "$cache/$first.jpg"
        [ "$(status_of alice "$href")" = 404 ]
        [ "$(WHO=alice of 1 'm["players"][0]["avatar_href"]')" = None ]
        touch "$cache/$first.jpg"

        # Nothing of it is public.
        mkdir -p /etc/left4me/left4me.conf.d
        printf '[web]\npublic_page=yes\n' >/etc/left4me/left4me.conf.d/public.conf
        l4d2ctl set 1 public true
        wait_until eval '[[ "$(web nobody /public)" == *27015* ]]'
        run -0 web nobody /public
        [[ "$output" != *avatar* && "$output" != *$first* ]]
        rm /etc/left4me/left4me.conf.d/public.conf
        rm -r "$cache"
}
