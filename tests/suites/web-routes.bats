#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Who may what: every row of the route table, asked by everybody. The table is the program's own, so
# a row can't be forgotten here.

load common
load web/web

setup_file() {
        # shellcheck source=common.bash
        . "$BATS_TEST_DIRNAME/common.bash"
        # shellcheck source=web/web.bash
        . "$BATS_TEST_DIRNAME/web/web.bash"
        install_game
        make_overlay standard
        for who in chief:admin alice:user bob:user; do
                add_user "${who%:*}" "${who#*:}"
        done
        l4d2ctl blueprint create alice/owned -f - <<<'overlays: [standard]'
        l4d2ctl initialize owned --blueprint alice/owned
        systemctl start left4me-web.service
        for who in chief alice bob; do log_in "$who" >/dev/null; done
        /usr/lib/left4me/left4me-web --routes >"$BATS_FILE_TMPDIR/table"
}

@test "the table has all there is" {
        run -0 python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))))' "$BATS_FILE_TMPDIR/table"
        [ "$output" -ge 40 ]
        for path in /servers/owned /blueprints/alice/owned /overlays/standard /users /audit /host; do
                [ "$(status_of chief "$path")" = 200 ]
        done
}

@test "each row lets those in whom it names, and nobody else" {
        before=$(find "$state"/{instances,blueprints,users} -type f -exec sha256sum {} + | sort)
        run "$web_tools/routes" "$BATS_FILE_TMPDIR/table" "$jars"
        [ "$status" = 0 ] || { grep '^not ok' <<<"$output"; false; }
        [ "$(grep -c '^ok' <<<"$output")" -ge 250 ]
        # By nobody who may not, not even by accident by those who may.
        [ "$before" = "$(find "$state"/{instances,blueprints,users} -type f -exec sha256sum {} + | sort)" ]
        for who in chief alice bob; do is_logged_in "$who"; done
}

@test "what may not be seen looks as what does not exist" {
        for path in /servers/absent /servers/absent/log /blueprints/alice/absent /blueprints/nobody/x; do
                [ "$(status_of bob "$path")" = 404 ]
        done
        web bob /servers/owned | grep -v csrf >/run/owned
        web bob /servers/absent | grep -v csrf | sed 's/absent/owned/g' >/run/absent
        diff /run/owned /run/absent
}
