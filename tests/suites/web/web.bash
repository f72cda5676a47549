# SPDX-License-Identifier: LGPL-2.1-or-later
# What the suites of the web app share: people, their cookies, and asking for pages. Sourced beside
# ../common.bash.

base=http://127.0.0.1:8080
jars=/run/web-jars
web_tools=/usr/lib/left4me-tests/suites/web

# add_user NAME ROLE: with the password "NAME's password".
add_user() { printf "%s's password\n" "$1" | l4d2ctl user add "$1" --role "$2"; }

# web WHO CURL-ARGUMENT… PATH: as curl does it, with WHO's cookies. "nobody" has none.
web() {
        local who=$1
        shift
        mkdir -p "$jars"
        curl --silent --show-error --max-time 60 --cookie "$jars/$who" --cookie-jar "$jars/$who" \
                "${@:1:$#-1}" "$base${*: -1}"
}

# status_of WHO CURL-ARGUMENT… PATH: the status alone.
status_of() {
        local who=$1
        shift
        web "$who" --output /dev/null --write-out '%{http_code}' "$@"
}

# header NAME: the value of a header in $output, an answer with its headers.
header() { sed -n "s/^$1: \(.*\)\r$/\1/ip" <<<"$output"; }

# csrf WHO [PATH]: the token of the form on a page.
csrf() { web "$1" "${2:-/password}" | grep -oP 'name="csrf" value="\K[0-9a-f]+' | head -n 1; }

# post WHO [CURL-ARGUMENT…] PATH: posts a form with its token.
post() {
        local who=$1 token
        shift
        token=$(csrf "$who")
        web "$who" --data-urlencode "csrf=$token" "$@"
}

# log_in WHO [PASSWORD] [CURL-ARGUMENT…]: the answer to the login form, with headers.
log_in() {
        local who=$1 password=${2:-"$1's password"} token
        (($# < 2)) && shift || shift 2
        rm -f "$jars/$who"
        token=$(csrf "$who" /login)
        web "$who" --include --data-urlencode "csrf=$token" --data-urlencode "name=$who" \
                --data-urlencode "password=$password" "$@" /login
}

# session_of WHO: the token in the browser.
session_of() { awk '$6 == "left4me" { print $7 }' "$jars/$1"; }

# is_logged_in WHO
is_logged_in() { [[ $(status_of "$1" /password) == 200 ]]; }

web_pid() { systemctl show --value -p MainPID left4me-web.service; }

# Forgets failed logins, which are kept in memory; sessions stay.
restart_web() { systemctl restart left4me-web.service; }

# begin_web NAME:ROLE…: adds these users, starts the web app, and logs them in.
begin_web() {
        local who
        for who; do add_user "${who%:*}" "${who#*:}"; done
        systemctl start left4me-web.service
        for who; do log_in "${who%:*}" >/dev/null; done
}

# make_server_of WHO NAME PORT: a server with a blueprint of WHO, who may be a user of the web app later.
make_server_of() {
        echo 'config: []' | l4d2ctl blueprint create "$1/standard" --file=-
        printf 'port: %s\nblueprint: %s/standard\n' "$3" "$1" | l4d2ctl initialize "$2" -f -
}

# json EXPRESSION: what python makes of the JSON in $output, as v.
json() { python3 -c "import json, sys; v = json.loads(sys.argv[1]); print(($1))" "$output"; }

# json_in EXPRESSION: the same of standard input, as m.
json_in() { python3 -c "import json, sys; m = json.load(sys.stdin); print(($1))"; }

# posted WHO CURL-ARGUMENT… PATH: what became of a form: its status, and where it leads.
posted() { post "$1" --output /dev/null --write-out '%{http_code} %header{location}' "${@:2}"; }

# States and events as left4me-watch.service writes them, see the programs.
live_state() { "$web_tools/live-state" "$@"; }
live_events() { "$web_tools/live-events"; }
