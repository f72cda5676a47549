#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests of the stand-in itself: what other suites ask of it, it must really do. Needs root (PID
# namespaces), a loopback interface and the built tree, in $STANDIN or where the build puts it.

# Tests are subshells, and bats sets variables by `run`.
# shellcheck disable=SC2016,SC2030,SC2031,SC2059,SC2154

bats_require_minimum_version 1.5.0

PORT=27115
PASSWORD=open-sesame
QUERY=$BATS_TEST_DIRNAME/query

setup_file() {
        # For what never comes; no test is that slow.
        export BATS_TEST_TIMEOUT=300
        local tree build=$BATS_TEST_DIRNAME/../../build
        for tree in "$STANDIN" /usr/lib/left4me-standin "$build/standin/$("$BATS_TEST_DIRNAME/abi" "$build")"; do
                [[ -x $tree/srcds_linux ]] || continue
                export STANDIN=$tree
                return
        done
        echo "The stand-in is not built." >&2
        return 1
}

setup() {
        game=$BATS_TEST_TMPDIR/game
        log=$BATS_TEST_TMPDIR/log
        server=
        cp -rL "$STANDIN" "$game"
        # As a Steam installation has it.
        export HOME=$BATS_TEST_TMPDIR/home
        mkdir -p "$HOME/.steam"
        ln -s "$game/bin" "$HOME/.steam/sdk32"
        ln -s "$game/bin" "$HOME/.steam/sdk64"
        printf 'hostname "A test"\nrcon_password %s\n' "$PASSWORD" >"$game/left4dead2/cfg/server.cfg"
        cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
        [[ -n $server ]] || return 0
        kill -KILL "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
}

# Runs a command in the background, with the signal dispositions a service manager gives it.
background() {
        # A client that waits for a line may come first.
        : >"$log"
        env --default-signal "$@" >"$log" 2>&1 3>&- &
        server=$!
}

# Starts the server through its wrapper without waiting.
launch() {
        background "$game/srcds_run" -norestart -game left4dead2 -strictportbind -ip 127.0.0.1 \
                -port "$PORT" "$@"
}

# background_second ARGUMENT…: another server, from $PWD/other, ready.
background_second() {
        env -C other LD_LIBRARY_PATH=.:bin ./srcds_linux -strictportbind -ip 127.0.0.1 "$@" >second 2>&1 3>&- &
        second=$!
        until grep -q '^VAC secure' second; do kill -0 "$second"; sleep 0.1; done
}

start() {
        launch "$@"
        wait_line '^VAC secure mode is activated\.$'
}

# Waits until a line of the log matches, or until the server has ended. grep reads a flood of lines
# much faster than bash would, however slow the machine.
wait_line() {
        local fd tail found=0
        exec {fd}< <(exec tail -n +1 -f --pid="$server" "$log" 3>&-)
        tail=$!
        timeout 240 grep -qaE -- "$1" <&"$fd" || found=1
        kill "$tail" 2>/dev/null || true
        exec {fd}<&-
        ((found == 0)) || { echo "no line matches $1:"; cat "$log"; return 1; }
}

# The server ends with this status.
ends_with() {
        local status=0
        wait "$server" || status=$?
        server=
        ((status == $1)) || { echo "status is $status:"; cat "$log"; return 1; }
}

logged() {
        grep -q -- "$1" "$log" || { echo "not in the log: $1"; cat "$log"; return 1; }
}

not_logged() {
        ! grep -- "$1" "$log"
}

rcon() {
        "$QUERY" "${@:2}" rcon 127.0.0.1 "$PORT" "$PASSWORD" "$1"
}

ask() {
        "$QUERY" --verbose "$1" 127.0.0.1 "$PORT"
}

# --- what it is made of

@test "the program is of one of the two ABIs and its library has relocations in the code" {
        run -0 readelf -h "$game/srcds_linux"
        [[ $output == *"ELF32"*"Intel 80386"* || $output == *"ELF64"*"X86-64"* ]]
        run -0 readelf -d "$game/bin/engine_srv.so"
        [[ $output == *"(TEXTREL)"* ]]

        read -r start size < <(readelf -SW "$game/bin/engine_srv.so" |
                sed -n 's/.* \.text *PROGBITS *\([0-9a-f]*\) [0-9a-f]* \([0-9a-f]*\) .*/\1 \2/p')
        found=0
        while read -r offset _ type _; do
                [[ $type == R_386_* || $type == R_X86_64_* ]] || continue
                ((0x$offset < 0x$start || 0x$offset >= 0x$start + 0x$size)) || found=1
        done < <(readelf -rW "$game/bin/engine_srv.so")
        ((found))
}

@test "without the library, found by the wrapper's LD_LIBRARY_PATH, nothing starts" {
        rm "$game/bin/engine_srv.so"
        launch
        ends_with 1
        logged '^Failed to open engine_srv.so'
}

@test "without gameinfo.txt nothing starts" {
        rm "$game/left4dead2/gameinfo.txt"
        launch
        ends_with 1
        logged "^Setup file 'gameinfo.txt' doesn't exist in subdirectory 'left4dead2'"
}

# --- wrapper and arguments

@test "the wrapper changes to its directory and becomes the server with -norestart" {
        start +standin_environment
        [[ $(readlink "/proc/$server/cwd") == "$game" ]]
        [[ $(readlink "/proc/$server/exe") == "$game/srcds_linux" ]]
        logged '^standin: environment\[[0-9]*\]="LD_LIBRARY_PATH=\.:bin:"$'
}

@test "the wrapper divides arguments at spaces, as the real one does" {
        start +map 'c1m2_streets versus' +standin_argv
        logged '^standin: argv\[10\]="c1m2_streets"$'
        logged '^standin: argv\[11\]="versus"$'
}

@test "the wrapper matches wildcards in arguments against the installation, as the real one does" {
        start +standin_argv 'left4dead2/steam.i*'
        logged '^standin: argv\[10\]="left4dead2/steam.inf"$'
}

@test "the wrapper adds a map when there is none" {
        start +standin_argv
        logged '^WARNING: No map specified! Defaulting to c1m1_hotel$'
        logged '^standin: argv\[11\]="c1m1_hotel"$'
}

@test "without -norestart the wrapper starts a crashed server again, and ends by SIGINT" {
        echo 'standin_write left4dead2/cfg/once.cfg quit; standin_crash' >"$game/left4dead2/cfg/once.cfg"
        background "$game/srcds_run" -timeout 0 -ip 127.0.0.1 -port "$PORT" +exec once.cfg
        ends_with 130
        logged 'Server restart in 0 seconds$'
        (($(grep -c '^Console initialized' "$log") == 2))
        logged ': Server Quit$'
}

@test "the program itself gets every argument whole and reports it without doubt" {
        cd "$game"
        LD_LIBRARY_PATH=.:bin background ./srcds_linux -ip 127.0.0.1 -port "$PORT" +standin_argv \
                $'a b\t"q" \\ %n $HOME ; \xc3\xbc\x011\n' '' +quit
        ends_with 0
        logged '^standin: argv\[0\]="\./srcds_linux"$'
        grep -qxF 'standin: argv[6]="a b\t\"q\" \\ %n $HOME ; \303\274\0011\n"' "$log"
        logged '^standin: argv\[7\]=""$'
        logged '^standin: argv\[8\]="+quit"$'
}

# --- startup

@test "it says what the game says, line by line" {
        start +log on
        wait_line '^Server is hibernating$'
        run -0 grep -n -e '^Console initialized' -e '^Network: IP 127.0.0.1, .* 27115 SV' \
                -e '^L [0-9/]* - [0-9:]*: Loading map "c1m1_hotel"$' \
                -e '^Connection to Steam servers successful\.$' -e '^VAC secure mode is activated\.$' \
                -e '^Server is hibernating$' "$log"
        ((${#lines[@]} == 6))
        [[ ${lines[5]} == *hibernating ]]
}

@test "server.cfg wins over the command line, and is lost from its first byte that is not ASCII" {
        printf 'sv_region 7\n// f\xc3\xbcr\nsv_region 9\n' >>"$game/left4dead2/cfg/server.cfg"
        start +hostname other +sv_region 3
        run -0 rcon 'hostname; sv_region'
        [[ $output == *'"hostname" = "A test"'* ]]
        [[ $output == *'"sv_region" = "7"'* ]]
        logged '^standin: server.cfg:4: byte 0xc3 is not ASCII'
}

@test "it can be slow to get ready" {
        launch +log on +standin_ready_delay 3600
        wait_line 'Started map'
        run -3 "$QUERY" --timeout 0.5 info 127.0.0.1 "$PORT"
        not_logged '^Connection to Steam'
        kill -INT "$server"
        ends_with 0
}

@test "an unknown map is refused" {
        start
        run -0 rcon 'changelevel c9m9_nowhere'
        [[ ${lines[0]} == "CModelLoader::Map_IsValid:  No such map 'maps/c9m9_nowhere.bsp'" ]]
        [[ ${lines[1]} == 'changelevel failed: c9m9_nowhere not found' ]]
        run -0 rcon 'map ../cfg/server'
        [[ $output == *'map load failed: ../cfg/server not found or invalid' ]]
        rcon quit
        ends_with 0
        # From the command line too, and then it is never ready.
        launch +map c9m9_nowhere
        wait_line '^map load failed: c9m9_nowhere not found or invalid$'
        run -3 "$QUERY" --timeout 0.5 info 127.0.0.1 "$PORT"
        not_logged '^VAC secure'
}

# --- ports

@test "a taken port ends it with -strictportbind" {
        start
        run -1 env -C "$game" LD_LIBRARY_PATH=.:bin ./srcds_linux -strictportbind -ip 127.0.0.1 -port "$PORT"
        [[ $output == *"ERROR: Couldn't allocate dedicated server IP port $PORT: Address already in use" ]]
}

@test "a port taken for TCP alone ends it too" {
        coproc holder {
                exec python3 -c 'import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("bound", flush=True)
s.accept()' "$PORT" 3>&-
        }
        server=$holder_PID
        read -r -t 240 -u "${holder[0]}"
        run -1 env -C "$game" LD_LIBRARY_PATH=.:bin ./srcds_linux -strictportbind -ip 127.0.0.1 -port "$PORT"
        [[ $output == *"Unable to bind rcon socket, port: $PORT bind: Address already in use"* ]]
}

@test "a port that is no number is refused" {
        run -1 env -C "$game" LD_LIBRARY_PATH=.:bin ./srcds_linux -port 70000
        [[ $output == "ERROR: Invalid port '70000'." ]]
}

@test "without -strictportbind it takes the next port" {
        start
        cp -r "$game" other
        env -C other LD_LIBRARY_PATH=.:bin ./srcds_linux -ip 127.0.0.1 -port "$PORT" \
                +standin_after 1 quit >second
        grep -q "ports $((PORT + 1)) SV" second
}

@test "it reports whether another port can be bound" {
        start
        run -0 rcon "standin_bind udp $((PORT + 1)); standin_bind tcp $((PORT + 1))"
        [[ ${lines[0]} == "standin: bind udp $((PORT + 1)): ok" ]]
        [[ ${lines[1]} == "standin: bind tcp $((PORT + 1)): ok" ]]
        run -0 rcon "standin_bind udp $PORT; standin_bind tcp $PORT"
        [[ ${lines[0]} == "standin: bind udp $PORT: EADDRINUSE" ]]
        [[ ${lines[1]} == "standin: bind tcp $PORT: EADDRINUSE" ]]
        logged "^standin: bind udp $PORT: EADDRINUSE$"
}

@test "it reports whether it can connect" {
        start
        run -0 rcon "standin_connect tcp 127.0.0.1 $PORT; standin_connect tcp 127.0.0.1 1; standin_connect unix /nowhere"
        [[ ${lines[0]} == "standin: connect tcp 127.0.0.1: ok" ]]
        [[ ${lines[1]} == "standin: connect tcp 127.0.0.1: ECONNREFUSED" ]]
        [[ ${lines[2]} == "standin: connect unix /nowhere: ENOENT" ]]
        run -0 rcon 'standin_socket 1; standin_socket 16; standin_socket 255'
        [[ ${lines[*]} == 'standin: socket 1: ok standin: socket 16: ok standin: socket 255: EAFNOSUPPORT' ]]
}

@test "a client port, a Steam port and, if asked for, SourceTV's port are bound too" {
        start +tv_enable 1 +clientport 27305 -steamport 26950 +tv_port 27320
        logged "ports $PORT SV / 27305 CL$"
        for port in 27305 26950 27320; do
                run -0 rcon "standin_bind udp $port"
                [[ $output == "standin: bind udp $port: EADDRINUSE" ]]
        done
        run -0 ask info
        [[ $output == *'"tv_port": 27320'* ]]
}

@test "without options these ports are 27005, from 26900 up, and SourceTV's is free" {
        start
        run -0 rcon 'standin_bind udp 27005; standin_bind udp 26900; standin_bind udp 27020'
        [[ ${lines[0]} == *': EADDRINUSE' && ${lines[1]} == *': EADDRINUSE' && ${lines[2]} == *': ok' ]]
        cp -r "$game" other
        background_second -port "$((PORT + 1))" +clientport 27006
        run -0 rcon 'standin_bind udp 26901'
        [[ $output == *': EADDRINUSE' ]]
        kill "$second"
}

@test "a taken client port ends it with -strictportbind, and without it the next one is taken" {
        start
        run -1 env -C "$game" LD_LIBRARY_PATH=.:bin ./srcds_linux -strictportbind -ip 127.0.0.1 -port $((PORT + 1))
        [[ $output == *"ERROR: Port 27005 was unavailable - quitting due to \"-strictportbind\" command-line flag!"* ]]
        run -0 env -C "$game" LD_LIBRARY_PATH=.:bin ./srcds_linux -ip 127.0.0.1 -port $((PORT + 1)) +quit
        [[ $output == *"ports $((PORT + 1)) SV / 27006 CL"* ]]
}

@test "without a free Steam port it is a LAN server" {
        start -steamport 65535
        run -0 env -C "$game" LD_LIBRARY_PATH=.:bin ./srcds_linux -ip 127.0.0.1 -port $((PORT + 1)) \
                +clientport 27006 -steamport 65535 +quit
        [[ $output == *'SteamGameServer_InitSafe failed: port 65535: Address already in use'*'LAN mode only'* ]]
}

@test "a taken port of SourceTV ends it with -strictportbind" {
        start
        run -1 env -C "$game" LD_LIBRARY_PATH=.:bin ./srcds_linux -strictportbind -ip 127.0.0.1 \
                -port $((PORT + 1)) +clientport 27006 +tv_enable 1 +tv_port "$PORT"
        [[ $output == *"ERROR: Port $PORT was unavailable - quitting due to \"-strictportbind\" command-line flag!"* ]]
}

# --- Steam

# lan: what was logged of a server that Steam's library does not run for.
lan() {
        wait_line '^This server will operate in LAN mode only\.$'
        wait_line '^Server is hibernating$'
        not_logged '^Connection to Steam'
        not_logged '^VAC secure'
}

@test "without steamclient.so in the home it is a LAN server" {
        rm "$HOME"/.steam/sdk*
        launch
        lan
        logged '^\[S_API FAIL\] SteamAPI_Init() failed; unable to locate'
        run -0 ask info
        [[ $output == *'"vac": 0'* ]]
        run -0 rcon status
        [[ ${lines[1]} == *' insecure  (unknown)' ]]
}

@test "without /proc/cpuinfo, /proc/meminfo or /proc/sys it is a LAN server" {
        for hidden in cpuinfo meminfo sys; do
                background unshare --mount --propagation private sh -c 'mkdir empty-$1; : >empty
                        if [ -d "/proc/$1" ]; then mount --bind "empty-$1" "/proc/$1"; else mount --bind empty "/proc/$1"; fi
                        exec "$2" -norestart -ip 127.0.0.1 -port "$3"' - "$hidden" "$game/srcds_run" "$PORT"
                lan
                logged "Assertion Failed: /proc/$hidden"
                logged '^\[S_API FAIL\] SteamAPI_Init() failed; create pipe failed\.$'
                kill -INT "$server"
                ends_with 0
        done
}

@test "a LAN server turns those away who are not near, and no other server does" {
        ip address add 203.0.113.9/32 dev lo 2>/dev/null || true
        start
        run -0 "$QUERY" --source 203.0.113.9 join 127.0.0.1 "$PORT"
        [[ $output == *'"joined": true'* ]]
        kill -INT "$server"
        ends_with 0

        rm "$HOME"/.steam/sdk*
        launch
        lan
        run -0 "$QUERY" --source 203.0.113.9 join 127.0.0.1 "$PORT"
        [[ $output == *'"LAN servers are restricted to local clients (class C)."'* ]]
        run -1 "$QUERY" --source 203.0.113.9 info 127.0.0.1 "$PORT"
        run -0 "$QUERY" join 127.0.0.1 "$PORT"
        [[ $output == *'"joined": true'* ]]
        run -0 ask info
}

# --- queries

@test "A2S_INFO wants a challenge and tells of this server" {
        start +standin_players 2 1
        run -0 --separate-stderr ask info
        [[ $stderr == "1 challenges, 1 packets" ]]
        for expected in '"name": "A test"' '"map": "c1m1_hotel"' '"folder": "left4dead2"' '"appid": 550' \
                '"players": 3' '"bots": 1' "\"port\": $PORT" '"version": "2.2.4.3"'; do
                [[ $output == *"$expected"* ]]
        done
}

@test "the version is that of steam.inf" {
        sed -i 's/^PatchVersion=.*/PatchVersion=9.9.9.9/' "$game/left4dead2/steam.inf"
        start
        run -0 ask info
        [[ $output == *'"version": "9.9.9.9"'* ]]
}

@test "A2S_PLAYER wants a challenge and lists the players" {
        start +standin_players 3 1
        run -0 --separate-stderr ask players
        [[ $stderr == "1 challenges, 1 packets" ]]
        (($(grep -c '"name"' <<<"$output") == 4))
        [[ $output == *'Jürgen'*'Coach'* ]]
}

@test "A2S_RULES comes in several packets" {
        start +sv_gravity 801
        run -0 --separate-stderr ask rules
        [[ $stderr =~ ^1\ challenges,\ [2-9]\ packets$ ]]
        [[ $output == *'"sv_gravity": "801"'* ]]
        [[ $output == *'"z_difficulty": "Normal"'* ]]
        [[ $output != *rcon_password* ]]
}

@test "queries go unanswered while sv_password is set" {
        start
        rcon 'sv_password secret'
        run -3 "$QUERY" --timeout 0.5 info 127.0.0.1 "$PORT"
        rcon 'sv_password ""'
        run -0 ask info
}

@test "queries go unanswered during a map change" {
        start
        rcon 'standin_changelevel_time 3600; changelevel c1m2_streets'
        run -3 "$QUERY" --timeout 0.5 info 127.0.0.1 "$PORT"
        rcon 'standin_changelevel_time 0; changelevel c1m3_mall'
        run -0 ask info
        [[ $output == *'"map": "c1m3_mall"'* ]]
}

@test "nonsense does no harm" {
        start
        exec {udp}>"/dev/udp/127.0.0.1/$PORT" {tcp}<>"/dev/tcp/127.0.0.1/$PORT"
        for packet in '' 'x' '\xff\xff\xff\xff' '\xff\xff\xff\xffT' '\xff\xff\xff\xffTSource Engine Quer' \
                '\xfe\xff\xff\xff\x00' '\xff\xff\xff\xffV\x01'; do
                printf "$packet" >&"$udp"
        done
        printf '\x05\x00\x00\x00aaaaaaaaaaa' >&"$tcp"
        run cat <&"$tcp"
        [[ -z $output ]]
        exec {udp}>&- {tcp}<&-
        run -0 ask info
        run -0 rcon 'echo still here'
}

@test "an address that asks too often is not answered until its time is over, and no other one is touched" {
        start +sv_max_queries_window 5 +sv_max_queries_sec 1
        # Each takes two queries.
        run -0 ask info
        run -0 ask players
        run -3 "$QUERY" --timeout 0.5 info 127.0.0.1 "$PORT"
        run -0 "$QUERY" --source 127.0.0.2 info 127.0.0.1 "$PORT"
        run -0 "$QUERY" --source 127.0.0.2 join 127.0.0.1 "$PORT"
        run -0 rcon 'sv_max_queries_sec_global 1; sv_max_queries_sec 9'
        run -3 "$QUERY" --timeout 0.5 --source 127.0.0.3 info 127.0.0.1 "$PORT"
        until "$QUERY" --timeout 0.5 info 127.0.0.1 "$PORT"; do :; done
}

@test "by default an address may ask ninety times in thirty seconds" {
        start
        for _ in {1..45}; do "$QUERY" info 127.0.0.1 "$PORT" >/dev/null; done
        run -3 "$QUERY" --timeout 0.5 info 127.0.0.1 "$PORT"
}

@test "queries can be answered wrongly, so many times or until it is over" {
        start +sv_max_queries_sec 0 +standin_players 1
        run -0 --separate-stderr ask info
        right=$output
        rcon 'standin_a2s split 1'
        run -0 --separate-stderr ask info
        [[ $output == "$right" && $stderr == '1 challenges, 3 packets' ]]
        run -0 --separate-stderr ask info
        [[ $output == "$right" && $stderr == '1 challenges, 1 packets' ]]

        rcon 'standin_a2s reversed'
        for _ in 1 2; do
                run -0 --separate-stderr ask info
                [[ $output == "$right" && $stderr == '1 challenges, 3 packets' ]]
        done
        rcon 'standin_a2s bzip2 1'
        run -0 --separate-stderr ask info
        [[ $output == *'"name": "Compressed"'* && $stderr == '1 challenges, 3 packets' ]]

        local mode
        while read -r mode text; do
                rcon "standin_a2s $mode 1"
                run -1 ask info
                [[ $output == *"malformed answer: $text"* ]]
        done <<'END'
duplicate part out of range or twice
short-split not a part of a split answer
garbage text without an end
short answer ends early
END
        rcon 'standin_a2s challenges'
        run -1 ask rules
        [[ $output == *'malformed answer: only challenges'* ]]
        for mode in missing other-port silent; do
                rcon "standin_a2s $mode"
                run -3 "$QUERY" --timeout 0.5 info 127.0.0.1 "$PORT"
        done
        rcon 'standin_a2s off'
        run -0 --separate-stderr ask info
        [[ $output == "$right" ]]
        run -0 rcon 'standin_a2s wrong; standin_a2s split x'
        [[ $output == $'standin: usage: standin_a2s MODE [COUNT]\nstandin: usage: standin_a2s MODE [COUNT]' ]]
}

# --- remote console

# misbehaves MODE STATUS [TEXT]: a command and its authentication, answered like that.
misbehaves() {
        rcon "standin_rcon $1 2"
        run "-$2" --separate-stderr rcon 'standin_reply 5000' --timeout "${4:-20}" --verbose
        [[ "$output$stderr" == *"$3"* ]]
        rcon 'standin_rcon off' >/dev/null || rcon 'standin_rcon off'
}

@test "rcon can be answered wrongly, but the command is run" {
        start +standin_rcon_pause 0
        right=$(rcon 'standin_reply 5000')
        for mode in slow segments packets stray log no-empty; do
                misbehaves "$mode" 0
                [[ $output == "$right" ]]
        done
        misbehaves stray 0 'packet id=99282957 type=0 size=17'
        misbehaves log 0 'packet id=0 type=0 size=55'
        misbehaves late 0 'packet id=8 type=0 size=0'
        [[ -z $output ]]
        misbehaves wrong-id 0 'packet id=99282964 type=0 size=4086'
        [[ -z $output ]]
        misbehaves garbage 1 'malformed answer: packet of 2147483647 bytes'
        misbehaves no-mirror 3 'packet id=7 type=0 size=914' 0.5
        misbehaves close 3 'connection closed by the server'
        misbehaves silent 3 'timed out' 0.5
        misbehaves refuse 2 'authentication failed'
        rcon 'standin_rcon huge 1'
        (($(rcon 'echo x' | wc -c) > 8000000))
        logged '^standin: rcon huge$'
        run -0 rcon 'standin_rcon nothing'
        [[ $output == 'standin: usage: standin_rcon MODE [COUNT]' ]]
        run -0 rcon 'standin_rcon close 1; echo done'
        [[ $output == *done ]]
}

@test "status has the game's form" {
        start +standin_players 2 1
        run -0 rcon status
        [[ ${lines[0]} == 'hostname: A test' ]]
        [[ ${lines[1]} == 'version : 2.2.4.3 '*' secure  (unknown)' ]]
        [[ ${lines[2]} == "udp/ip  : 127.0.0.1:$PORT "* ]]
        [[ ${lines[3]} == 'os      : Linux Dedicated' ]]
        [[ ${lines[4]} == 'map     : c1m1_hotel' ]]
        [[ ${lines[5]} == 'players : 2 humans, 1 bots (8 max) (not hibernating) (unreserved)' ]]
        [[ ${lines[6]} == '# userid name uniqueid connected ping loss state rate adr' ]]
        [[ ${lines[7]} =~ ^'#  2 1 "Zoey fan" STEAM_1:0:1000 '[0-9]{2}:[0-9]{2}' 50 0 active 30000 192.0.2.10:27005'$ ]]
        [[ ${lines[8]} =~ ^'#  3 2 "a " STEAM_1:1:1 0:01" STEAM_1:1:1001 1:02:'[0-9]{2}' 51 0 active' ]]
        [[ ${lines[9]} == '#27 "Coach" BOT active' ]]
        [[ ${lines[10]} == '#end' ]]
}

@test "status has the other forms that servers print too" {
        start +standin_players 1 1 +standin_status 1
        run -0 rcon status
        [[ ${lines[2]} == "udp/ip  : 127.0.0.1:$PORT [ public 192.0.2.1:$PORT ]" ]]
        [[ ${lines[4]} == 'map     : c1m1_hotel at ( 120, -48, 64 )' ]]
        [[ ${lines[6]} == *' rate adr' ]]
        [[ ${lines[8]} == '# 27 "Coach" BOT active' ]]
        run -0 rcon 'standin_status 2; status'
        [[ ${lines[2]} == *' [ public same ]' ]]
        [[ ${lines[6]} == *' state rate' ]]
        [[ ${lines[7]} == *' active 30000' ]]
}

@test "stats has the game's form" {
        start +standin_players 2 1
        run -0 ask info
        run -0 rcon stats
        [[ ${lines[0]} == 'CPU   In    Out   Uptime  Users   FPS    Players' ]]
        read -r cpu in out uptime users fps players rest <<<"${lines[1]}"
        [[ $cpu == 0.00 && $uptime == 0 && $users == 2 && $fps == 30.00 && $players == 3 && -z $rest ]]
        run -0 rcon 'standin_fps 12; stats'
        [[ ${lines[1]} == *' 12.00 '* ]]
        [[ $in =~ ^[0-9]+\.[0-9]{2}$ && $in != 0.00 && $out =~ ^[0-9]+\.[0-9]{2}$ && $out != 0.00 ]]
}

@test "-tickrate counts only with a plugin for it" {
        start -tickrate 60 +standin_players 1
        run -0 rcon stats
        [[ ${lines[1]} == *' 30.00 '* ]]
        rcon quit
        ends_with 0
        : >"$game/left4dead2/addons/tickrate_enabler.so"
        start -tickrate 60 +standin_players 1
        run -0 rcon stats
        [[ ${lines[1]} == *' 60.00 '* ]]
}

@test "authentication is answered by an empty packet and a result" {
        start +log on
        run -0 --separate-stderr rcon 'echo hello  "a;b"; echo more // not this' --verbose
        [[ $output == $'hello a;b\nmore' ]]
        [[ ${stderr_lines[0]} == 'packet id=1 type=0 size=0' ]]
        [[ ${stderr_lines[1]} == 'packet id=1 type=2 size=0' ]]
        logged 'rcon from "127.0.0.1:[0-9]*": command "echo hello'
}

@test "a long answer comes in several packets, and the mirror ends it" {
        start
        run -0 --separate-stderr rcon 'standin_reply 20000' --verbose
        (($(rcon 'standin_reply 20000' | wc -c) == 20000))
        (($(grep -c '^packet id=7 type=0 size=4086$' <<<"$stderr") == 4))
        [[ $stderr == *'packet id=7 type=0 size=3656'*'packet id=8 type=0 size=0'* ]]
        run -0 --separate-stderr rcon cvarlist --verbose
        (($(grep -c '^packet id=7 type=0' <<<"$stderr") > 1))
        [[ $output == *'total convars/concommands' ]]
}

@test "cvarlist has the engine's form: names, numbers, flags, descriptions" {
        start
        run -0 rcon cvarlist
        [[ ${lines[0]} == 'cvar list' && ${lines[1]} == '--------------' ]]
        (($(grep -cE '^[A-Za-z_0-9]+ +: (cmd|-?[0-9.]+) +: (, "[a-z]+")* *: .+' <<<"$output") == ${#lines[@]} - 4))
        ((${#lines[@]} > 300))
        [[ ${lines[-2]} == '--------------' && ${lines[-1]} =~ ^' '?[0-9]+' total convars/concommands'$ ]]
        sed '1,2d' <<<"$output" | head -n -2 | cut -d' ' -f1 | tr A-Z a-z | LC_ALL=C sort -c
        # A text is a number too.
        for row in 'hostname * : 0 * : *: Name' 'z_tank_health * : 4000 * : , "sv", "cheat" * : Health' \
                'sv_gravity * : 800 * : , "sv", "nf", "rep" *: ' 'status * : cmd * : *: ' \
                'z_wandering_density * : 0.030 * : ' 'director_force_tank * : cmd * : , "sv", "cheat" *: ' \
                'tv_password * : 0 * : , "nf", "prot", "norecord" *: '; do
                grep -q "^$row" <<<"$output"
        done
        [[ $output != *standin_* ]]
        run -0 rcon 'cvarlist z_tank'
        [[ ${lines[2]} == 'z_tank_health '* && ${lines[-1]} == '  3 convars/concommands for [z_tank]' ]]
        run -0 rcon 'sv_gravity'
        [[ $output == $'"sv_gravity" = "800"\n game notify replicated\n - Gravity of the world.' ]]
}

@test "what is protected as a cheat can't be changed without sv_cheats, and is as before when that ends" {
        start
        run -0 rcon 'z_tank_health 1; director_force_tank; z_tank_health'
        [[ ${lines[0]} == "Can't use cheat cvar z_tank_health in multiplayer, unless the server has sv_cheats set to 1." ]]
        [[ ${lines[1]} == "Can't use cheat command director_force_tank in multiplayer, unless"* ]]
        [[ ${lines[2]} == '"z_tank_health" = "4000"' && ${lines[3]} == ' game cheat' ]]
        run -0 rcon 'sv_cheats 1; z_tank_health 1; director_force_tank; z_tank_health; sv_cheats 0; z_tank_health'
        [[ ${lines[0]} == '"z_tank_health" = "1" ( def. "4000" )' && ${lines[3]} == 'FCVAR_CHEAT cvars reverted to defaults.' ]]
        [[ ${lines[4]} == '"z_tank_health" = "4000"' ]]
}

@test "an empty command has an empty answer, an unknown one says so" {
        start
        run -0 rcon ''
        [[ -z $output ]]
        run -0 rcon 'no_such_thing 1'
        [[ $output == 'Unknown command "no_such_thing"' ]]
}

@test "say reaches the console and the log, not the one who said it" {
        start +log on
        run -0 rcon 'say hello there'
        [[ -z $output ]]
        logged '^Console: hello there$'
        logged '^L [0-9/]* - [0-9:]*: "Console<0><Console><Console>" say "hello there"$'
}

@test "sv_rcon_log 0 keeps commands and refused passwords out of the log" {
        start +log on
        rcon 'echo loud-one'
        logged 'rcon from "127.0.0.1:[0-9]*": command "echo loud-one"$'
        run -2 "$QUERY" rcon 127.0.0.1 "$PORT" wrong status
        logged '^L .*: rcon from "127.0.0.1:[0-9]*": Bad Password$'
        rcon 'sv_rcon_log 0'
        rcon 'echo quiet-one'
        run -2 "$QUERY" rcon 127.0.0.1 "$PORT" wrong status
        not_logged quiet-one
        (($(grep -c 'Bad Password' "$log") == 1))
}

@test "an answer ends with the log's line about its command, and has other lines between its own" {
        start +log on
        run -0 rcon 'echo one; say two; echo three' --log-lines
        [[ ${lines[0]} == one && ${lines[1]} == 'L '*': "Console<0><Console><Console>" say "two"' ]]
        [[ ${lines[2]} == three && ${lines[3]} == 'L '*': rcon from "127.0.0.1:'*'": command "echo one; say two; echo three"' ]]
        rcon 'log off'
        run -0 rcon 'echo one' --log-lines
        [[ $output == one ]]
}

@test "a wrong password is refused, and so is any without rcon_password" {
        start
        run -2 "$QUERY" rcon 127.0.0.1 "$PORT" wrong status
        rcon 'rcon_password ""'
        run -2 "$QUERY" rcon 127.0.0.1 "$PORT" '' status
}

@test "five failures ban the address, and only that" {
        start
        for _ in 1 2 3 4 5; do
                run -2 "$QUERY" --source 127.0.0.2 rcon 127.0.0.1 "$PORT" wrong status
        done
        logged '^Banning 127.0.0.2 for rcon hacking attempts$'
        run -3 "$QUERY" --source 127.0.0.2 rcon 127.0.0.1 "$PORT" "$PASSWORD" status
        run -0 rcon 'listip; removeip 127.0.0.2'
        [[ $output == $'127.0.0.2 : permanent\nremoveip:  filter removed for 127.0.0.2' ]]
        run -0 "$QUERY" --source 127.0.0.2 rcon 127.0.0.1 "$PORT" "$PASSWORD" status
}

@test "an address that is banned gets no answer to queries either" {
        start
        rcon 'addip 0 127.0.0.2'
        run -1 "$QUERY" --source 127.0.0.2 info 127.0.0.1 "$PORT"
        [[ $output == *'malformed answer: not an answer to INFO' ]]
        run -0 ask info
}

@test "ten failures at all ban the address, however far apart they are" {
        start +sv_rcon_minfailuretime 0
        for _ in {1..9}; do run -2 "$QUERY" --source 127.0.0.2 rcon 127.0.0.1 "$PORT" wrong; done
        not_logged Banning
        run -2 "$QUERY" --source 127.0.0.2 rcon 127.0.0.1 "$PORT" wrong
        logged '^Banning 127.0.0.2 for rcon hacking attempts$'
}

@test "without -ip it does not listen for rcon on the loopback address" {
        background "$game/srcds_run" -norestart -port "$PORT"
        wait_line '^VAC secure'
        run -3 rcon status
        ip address add 203.0.113.9/32 dev lo 2>/dev/null || true
        run -0 "$QUERY" rcon 203.0.113.9 "$PORT" "$PASSWORD" 'echo heard'
        [[ $output == heard ]]
}

@test "failures are forgotten after sv_rcon_minfailuretime" {
        start
        rcon 'sv_rcon_minfailuretime 0'
        for _ in 1 2 3 4 5 6; do
                run -2 "$QUERY" --source 127.0.0.2 rcon 127.0.0.1 "$PORT" wrong status
        done
        not_logged Banning
}

@test "a map change may drop sessions, and leave everything unanswered for a while" {
        start
        rcon 'standin_exec_drops 1'
        run -3 "$QUERY" rcon 127.0.0.1 "$PORT" "$PASSWORD" 'changelevel c1m2_streets' status
        run -0 rcon status
        [[ $output == *'map     : c1m2_streets'* ]]
        run -0 rcon 'standin_exec_drops 0; standin_changelevel_hang 2; changelevel c1m3_mall'
        run -3 rcon status --timeout 0.5
        run -0 rcon status
}

@test "sessions can be dropped" {
        start
        run -3 "$QUERY" rcon 127.0.0.1 "$PORT" "$PASSWORD" standin_drop_rcon status
        run -0 rcon status
}

# --- the end

@test "quit ends it with 0" {
        start
        run -0 rcon quit
        ends_with 0
}

@test "_restart ends it with 0" {
        start
        run -0 rcon _restart
        ends_with 0
}

@test "SIGINT and SIGTERM end it with 0" {
        for signal in INT TERM; do
                start +log on
                kill -"$signal" "$server"
                ends_with 0
                logged "server_message: \"quit\" (SIG$signal)"
        done
}

@test "as PID 1 of a namespace it still ends by SIGINT" {
        background unshare --pid --fork --kill-child "$game/srcds_run" -norestart -ip 127.0.0.1 -port "$PORT"
        wait_line '^VAC secure'
        kill -INT "$(pgrep -P "$server")"
        ends_with 0
}

@test "a crash is a SIGSEGV" {
        launch +standin_crash
        ends_with 139
}

@test "a crash on request by rcon answers first, and so does the game's own command" {
        for command in standin_crash crash; do
                start
                run -0 rcon "$command"
                [[ $output == 'standin: standin_crash in 0 s' ]]
                ends_with 139
        done
}

@test "a crash can be put off" {
        start
        before=$EPOCHREALTIME
        run -0 rcon 'standin_crash 1; echo alive'
        [[ $output == $'standin: standin_crash in 1 s\nalive' ]]
        ends_with 139
        ((${EPOCHREALTIME/./} - ${before/./} > 900000))
        launch +standin_crash 1 +standin_line 'still alive'
        ends_with 139
        logged '^still alive$'
}

@test "as PID 1 of a namespace it still crashes" {
        background unshare --pid --fork --kill-child "$game/srcds_run" -norestart -ip 127.0.0.1 \
                -port "$PORT" +standin_crash
        ends_with 139
}

@test "when it hangs it ignores SIGINT and SIGTERM, and answers nothing" {
        start
        run -0 rcon standin_hang
        wait_line '^standin: hang$'
        kill -INT "$server"
        kill -TERM "$server"
        run -3 "$QUERY" --timeout 0.5 info 127.0.0.1 "$PORT"
        [[ $(readlink "/proc/$server/exe") == "$game/srcds_linux" ]]
        kill -KILL "$server"
        ends_with 137
}

@test "it exits with a given status" {
        launch +standin_exit 7
        ends_with 7
        start
        run -0 rcon 'standin_exit 8'
        ends_with 8
}

# --- what a sandbox should stop

# number I386 X86-64: the number of a system call in the ABI of the program.
number() { if readelf -h "$game/srcds_linux" | grep -q ELF32; then echo "$1"; else echo "$2"; fi; }

@test "it makes system calls of its ABI and reports how they went" {
        local getpid reboot
        getpid=$(number 20 39) reboot=$(number 88 169)
        start
        run -0 rcon "standin_syscall $getpid; standin_syscall reboot; standin_syscall"
        [[ ${lines[0]} == "standin: syscall $getpid (unnamed): ok" ]]
        [[ ${lines[1]} == "standin: syscall $reboot (reboot): EINVAL" ]]
        [[ ${lines[2]} =~ ^'standin: syscall 425 (io_uring_setup): E' ]]
}

@test "a refused system call is reported by its error" {
        cd "$game"
        run -0 setpriv --reuid 65534 --clear-groups env LD_LIBRARY_PATH=.:bin ./srcds_linux \
                -ip 127.0.0.1 -port "$PORT" +standin_syscall reboot +quit
        [[ $output == *"standin: syscall $(number 88 169) (reboot): EPERM"* ]]
}

@test "a system call can be fatal" {
        [[ -d /run/systemd/system ]] || skip "needs systemd to set up a filter"
        run systemd-run --quiet --wait --pipe -p SystemCallFilter=~ptrace \
                -p SystemCallArchitectures=x86 -p SystemCallArchitectures=native -p WorkingDirectory="$game" \
                -E LD_LIBRARY_PATH=.:bin "$game/srcds_linux" -ip 127.0.0.1 -port "$PORT" \
                +standin_syscall ptrace +quit
        ((status != 0))
        [[ $output == *"standin: trying syscall $(number 26 101) (ptrace)"* ]]
        [[ $output != *"standin: syscall $(number 26 101)"* ]]
}

@test "it writes and reads files and reports errors by name" {
        start
        run -0 rcon 'standin_write left4dead2/logs/x "a\tb"; standin_read left4dead2/logs/x'
        [[ ${lines[0]} == 'standin: write left4dead2/logs/x: ok' ]]
        [[ ${lines[1]} == 'standin: read left4dead2/logs/x: ok "a\tb"' ]]
        [[ $(<"$game/left4dead2/logs/x") == $'a\tb' ]]
        run -0 rcon 'standin_write nowhere/x y; standin_read left4dead2'
        [[ ${lines[0]} == 'standin: write nowhere/x: ENOENT' ]]
        [[ ${lines[1]} == 'standin: read left4dead2: EISDIR' ]]
}

# --- what it writes

@test "log on begins a file, and the next one" {
        start +log on
        logged '^Server logging data to file logs/L[0-9]*000.log$'
        rcon 'say one'
        rcon 'log on; say two'
        grep -q 'say "one"' "$game"/left4dead2/logs/L*000.log
        grep -q 'Log file closed' "$game"/left4dead2/logs/L*000.log
        grep -q 'say "two"' "$game"/left4dead2/logs/L*001.log
}

@test "without log on nothing is logged, and sv_logecho 0 keeps the log off the console" {
        start
        rcon 'say unheard; sv_gravity 900'
        not_logged '^L '
        run ! compgen -G "$game/left4dead2/logs/L*"
        rcon 'log on; sv_logecho 0; say in-the-file'
        not_logged '^L .*in-the-file'
        grep -q 'say "in-the-file"' "$game"/left4dead2/logs/L*000.log
        rcon 'sv_logecho 1; sv_logfile 0; say on-the-console; log off; say unheard'
        logged '^L .*on-the-console'
        run ! grep -e on-the-console -e unheard "$game"/left4dead2/logs/L*000.log
        not_logged '^L .*unheard'
        run -0 rcon log
        [[ $output == *'not currently logging' ]]
}

@test "each map logs its variables, without passwords, and a change of one is logged" {
        echo 'sv_password hidden-one' >>"$game/left4dead2/cfg/server.cfg"
        start +log on
        rcon 'changelevel c1m2_streets; sv_gravity 850; sv_gravity 850; sv_password hidden-two'
        run -0 grep -A1 -e 'Loading map "c1m2_streets"' "$log"
        [[ ${lines[1]} == 'L '*': server cvars start' ]]
        logged '^L .*: "mp_gamemode" = "coop"$'
        logged '^L .*: "sv_password" = "\*\*\*PROTECTED\*\*\*"$'
        run -0 grep -A1 -e ': server cvars end' "$log"
        [[ ${lines[*]} =~ 'Started map "c1m2_streets" (CRC "-'[0-9]+'")' ]]
        (($(grep -c 'server_cvar: "sv_gravity" "850"$' "$log") == 1))
        logged '^L .*: server_cvar: "sv_password" "\*\*\*PROTECTED\*\*\*"$'
        not_logged ': .*"hidden-'
}

@test "a log line that is too long loses its end" {
        start +log on
        rcon "say $(printf 'x%.0s' {1..1100})"
        grep -qE '^L .*: ".*" say "x+L [0-9/]+ - [0-9:]+: rcon from' "$log"
        (($(grep -o 'x*L [0-9/]* - [0-9:]*: rcon' "$log" | head -n 1 | wc -c) < 1100))
}

# --- players

@test "who joins and leaves does so with the game's lines" {
        start +log on
        run -0 rcon 'standin_join Ann STEAM_1:0:77 198.51.100.7:27005'
        [[ ${lines[*]} == *'standin: joined as 2' ]]
        rcon 'standin_chat Ann hello all; standin_chat_team 2 "to us"; standin_leave Ann'
        sed 's/^L [0-9/]* - [0-9:]*:/L/' "$log" | grep -vE 'rcon from|^standin' >lines
        diff - <(sed -n '/connected, address/,$p' lines) <<'END'
L "Ann<2><STEAM_1:0:77><>" connected, address "198.51.100.7:27005"
Client "Ann" connected (198.51.100.7:27005).
Server waking up from hibernation
L "Ann<2><STEAM_1:0:77><>" STEAM USERID validated
L "Ann<2><STEAM_1:0:77><>" entered the game
L "Ann<2><STEAM_1:0:77><Unassigned>" joined team "Survivor"
Ann: hello all
L "Ann<2><STEAM_1:0:77><Survivor>" say "hello all"
(Survivor) Ann: to us
L "Ann<2><STEAM_1:0:77><Survivor>" say_team "to us"
L "Ann<2><STEAM_1:0:77><Survivor>" disconnected (reason "Disconnect by user.")
Dropped Ann from server (Disconnect by user.)
Server is hibernating
END
        rcon 'standin_join Bea; standin_leave Bea "Client left game (Steam auth ticket has been canceled)"'
        logged '^Dropped Bea from server (Client left game (Steam auth ticket has been canceled))$'
        rcon 'standin_join Tank BOT'
        logged '^L .*: "Tank<4><BOT><>" connected, address "none"$'
}

@test "who joins is in status and in the answers to queries" {
        start
        rcon 'standin_join Ann STEAM_1:0:77 198.51.100.7:27005; standin_join Coach BOT'
        run -0 rcon status
        [[ ${lines[5]} == 'players : 1 humans, 1 bots (8 max) (not hibernating) (unreserved)' ]]
        [[ ${lines[7]} =~ ^'#  2 1 "Ann" STEAM_1:0:77 00:0'[0-9]' 50 0 active 30000 198.51.100.7:27005'$ ]]
        [[ ${lines[8]} == '#3 "Coach" BOT active' ]]
        run -0 ask players
        [[ $output == *'"Ann"'*'"Coach"'* ]]
        run -0 ask info
        [[ $output == *'"players": 2'*'"bots": 1'* ]]
        rcon 'standin_leave Ann'
        run -0 rcon status
        [[ ${lines[5]} == 'players : 0 humans, 1 bots (8 max) (hibernating) (unreserved)' ]]
}

@test "names may be hostile, but have no newline, end after 31 bytes and are there once" {
        start +log on
        rcon 'standin_join "a\x22<2><STEAM_1:0:1><Survivor>\x22 x"; standin_join "\e[31mred\x07"; standin_join "l\none"'
        logged '^L .*: "a"<2><STEAM_1:0:1><Survivor>" x<2><STEAM_1:0:1002><>" entered the game$'
        logged $'^L .*: "\e\\[31mred\a<3><STEAM_1:1:1003><>" entered the game$'
        logged '^Client "lone" connected'
        rcon 'standin_join "0123456789012345678901234567890123456789"; standin_join lone; standin_join "\xd7\xa9\xe2\x80\xae"'
        logged '^Client "0123456789012345678901234567890" connected'
        logged '^Client "(1)lone" connected'
        logged $'^Client "\xd7\xa9\xe2\x80\xae" connected'
        rcon 'standin_name_max 200; standin_leave "\e[31mred\x07"; standin_join "'"$(printf 'y%.0s' {1..150})"'"'
        logged '^Client "y\{150\}" connected'
        logged $'^Dropped \e\\[31mred\a from server'
}

@test "a player may take another name, within the same limits" {
        start +log on +standin_join Ann +standin_join Bea
        rcon 'standin_rename Ann Bea; standin_rename 3 "x\x22<9>\nlong, longer, longest of all names"'
        logged '^L .*: "Ann<2><STEAM_1:0:1002><Survivor>" changed name to "(1)Bea"$'
        logged '^L .*: "Bea<3><STEAM_1:1:1003><Survivor>" changed name to "x"<9>long, longer, longest of a"$'
        run -0 rcon status
        [[ $output == *' "(1)Bea" STEAM_1:0:1002 '*' "x"<9>long, longer, longest of a" STEAM_1:1:1003 '* ]]
}

@test "chat ends after 127 bytes, and may tell where its author stands" {
        start +log on +standin_join Ann
        rcon "standin_chat Ann $(printf 'z%.0s' {1..200})"
        logged ' say "z\{127\}"$'
        rcon 'standin_long_names 1; standin_chat Ann "gg \x22 \e[1m"'
        logged $'"Ann<2><STEAM_1:0:1002><Survivor><Biker><ALIVE><80+0><setpos_exact [^>]*><Area 76076>" say "gg " \e\\[1m"$'
}

@test "when Steam does not know a player, both lines about the end are broken in two" {
        start +log on +standin_join Ann
        rcon 'standin_steam_kick Ann'
        run -0 grep -A3 'disconnected (reason' "$log"
        [[ ${lines[0]} == 'L '*'"Ann<2><STEAM_1:0:1002><Survivor>" disconnected (reason "No Steam logon' ]]
        [[ ${lines[1]} == '")' && ${lines[2]} == 'Dropped Ann from server (No Steam logon' && ${lines[3]} == ')' ]]
}

@test "kicks are logged and end the stay" {
        start +log on +standin_join Ann +standin_join 'Bea' +standin_join Cleo
        run -0 rcon 'kickid 2 go away; kick Bea; kickid Cleo; kickid STEAM_1:1:1004; kick Nobody'
        [[ $output != *Usage* && $output == *'Dropped Ann from server (Kicked by Console : go away)'* ]]
        [[ $output == *'userid "Cleo" not found'*"Can't kick \"Nobody\""* ]]
        logged '^L .*: Kick: "Ann<2><STEAM_1:0:1002><>" was kicked by "Console" (message "go away")$'
        logged '^L .*: "Ann<2><STEAM_1:0:1002><Survivor>" disconnected (reason "Kicked by Console : go away")$'
        logged '^L .*: "Bea<3><STEAM_1:1:1003><Survivor>" disconnected (reason "Kicked by Console")$'
        run -0 rcon status
        [[ $output == *'players : 1 humans'*'"Cleo"'* ]]
        rcon 'standin_kick_line 0; kickid 4'
        not_logged 'Kick: "Cleo'
        logged '"Cleo<4><STEAM_1:0:1004><Survivor>" disconnected (reason "Kicked by Console")$'
}

@test "bans keep players out, throw them out if asked to, and are logged with sv_logbans" {
        start +log on +standin_join Ann
        rcon 'banid 5 2; removeid STEAM_1:0:1002'
        not_logged 'Banid'
        rcon 'sv_logbans 1; banid 5 2'
        logged '^L .*: Banid: "Ann<2><STEAM_1:0:1002><>" was banned "for 5.00 minutes" by "Console"$'
        run -0 rcon 'status; removeid STEAM_1:0:1002; banid 0 STEAM_1:0:1002 kick'
        [[ $output == *'"Ann"'* ]]
        logged '^L .*: Removeid: "<><STEAM_1:0:1002><>" was unbanned by "Console"$'
        logged 'Banid: "Ann<2><STEAM_1:0:1002><>" was kicked and banned "permanently" by "Console"$'
        logged '^Dropped Ann from server (Kicked and banned)$'
        run -0 rcon 'standin_join Ann STEAM_1:0:1002; banid 5 99'
        [[ $output == *'You have been banned from this server.'*'standin: turned away'*'userid "99" not found'* ]]
        rcon 'addip 0 198.51.100.7; banid 1 STEAM_1:1:9'
        logged 'Addip: "<><><>" was banned by IP "permanently" by "Console" (IP "198.51.100.7")$'
        logged 'Banid: "<><STEAM_1:1:9><>" was banned "for 1.00 minutes" by "Console"$'
}

@test "changelevel takes the players along, map does not" {
        start +log on +standin_join Ann
        rcon 'changelevel c1m2_streets'
        (($(grep -c '"Ann<2><STEAM_1:0:1002><>" entered the game$' "$log") == 2))
        rcon 'map c9m9_nowhere'
        not_logged '^Dropped'
        rcon 'map c1m3_mall'
        logged '^Dropped Ann from server (Server shutting down)$'
        run -0 rcon status
        [[ $output == *'map     : c1m3_mall'*'players : 0 humans'* ]]
}

@test "map may set the mode of the game" {
        start +map c1m1_hotel versus
        run -0 rcon mp_gamemode
        [[ $output == '"mp_gamemode" = "versus" ( def. "coop" )'* ]]
        rcon 'changelevel c1m2_streets coop'
        run -0 rcon mp_gamemode
        [[ $output == '"mp_gamemode" = "versus"'* ]]
        rcon 'map c1m3_mall survival'
        run -0 rcon mp_gamemode
        [[ $output == '"mp_gamemode" = "survival"'* ]]
}

@test "at the end of a campaign players play it again, go to a lobby or vote for another" {
        start +log on +map c1m4_atrium +standin_join Ann
        rcon 'standin_finale lost'
        logged '^L .*: World triggered "L4D_Scenario_Survivors_Dead" (Infected "0") (Survivor "0")$'
        logged '^L .*: Staying on original map c1m4_atrium$'
        (($(grep -c 'Loading map' "$log") == 1))
        rcon 'standin_finale again'
        logged '^L .*: World triggered "Round_End"$'
        run -0 rcon status
        [[ $output == *'map     : c1m1_hotel'*'players : 1 humans'*'#  2 1 "Ann"'* ]]
        rcon 'standin_finale again c1m3_mall'
        rcon 'standin_finale vote c2m1_highway'
        run -0 rcon status
        [[ $output == *'map     : c2m1_highway'*'players : 1 humans'* ]]
        rcon 'standin_finale lobby'
        logged '^Dropped Ann from server (Disconnect by user.)$'
        run -0 rcon status
        [[ $output == *'map     : c2m1_highway'*'players : 0 humans'* ]]
        run -0 rcon 'standin_finale vote'
        [[ $output == 'standin: usage: standin_finale again '* ]]
        run -0 rcon 'standin_finale again c9m9_nowhere'
        [[ $output == 'standin: no map c9m9_nowhere' ]]
}

@test "a full server and one in LAN mode turn players away" {
        start +maxplayers 1 +standin_join Ann
        run -0 rcon 'standin_join Bea'
        [[ ${lines[*]} == 'RejectConnection: 192.0.2.3:27005 - Server is full. standin: turned away' ]]
        kill -INT "$server"
        ends_with 0
        rm "$HOME"/.steam/sdk*
        launch
        lan
        run -0 rcon 'standin_join Bea; standin_join Dora STEAM_1:0:5 192.168.0.7:27005'
        [[ $output == *'LAN servers are restricted to local clients (class C).'*'joined as 2' ]]
}

@test "it says that Steam has an update" {
        start +log on
        rcon standin_outdated
        logged $'^\003MasterRequestRestart$'
        logged '^Your server needs to be restarted in order to receive the latest update\.$'
        logged '^L .*: Your server needs to be restarted in order to receive the latest update\.$'
}

@test "the watchdog says so and crashes it" {
        start
        run -0 rcon standin_watchdog
        ends_with 139
        logged '^WatchDog! Server took too long to process (probably infinite loop)\.$'
}

@test "bans are written and read again" {
        start
        rcon 'banid 0 STEAM_1:0:42; banid 5 STEAM_1:0:43; writeid'
        [[ $(<"$game/left4dead2/cfg/banned_user.cfg") == 'banid 0 STEAM_1:0:42' ]]
        rcon quit
        ends_with 0
        start
        run -0 rcon listid
        [[ $output == 'STEAM_1:0:42 : permanent' ]]
}

@test "each map leaves what plugins and the game write, under names with spaces too" {
        start +tv_enable 1 +tv_autorecord 1 +map c1m2_streets
        [[ -s $game/left4dead2/ems/left\ 4\ bots/settings.txt && -s "$game/left4dead2/stats/of this server.txt" ]]
        [[ -s $game/left4dead2/addons/stripper/logs/c1m2_streets.log ]]
        compgen -G "$game/left4dead2/auto-*-c1m2_streets.dem"
        run -0 rcon 'tv_record demos/mine'
        [[ -s $game/left4dead2/demos/mine.dem ]]
        not_logged "^standin: can't write"
}

@test "a file that can't be written is told of, and the game goes on" {
        : >"$game/left4dead2/ems"
        start
        logged "^standin: can't write left4dead2/ems/left 4 bots/settings.txt: ENOTDIR$"
        run -0 ask info
}

@test "it floods and goes on answering" {
        start
        rcon 'standin_flood 50000'
        run -0 ask info
        wait_line '^standin: line 50000 of 50000$'
        (($(grep -c '^standin: line ' "$log") == 50000))
}

@test "it writes lines at a rate" {
        start
        before=$EPOCHREALTIME
        rcon 'standin_lines 100 1'
        wait_line '^standin: line 100 of 100$'
        (($(grep -c '^standin: line ' "$log") == 100))
        ((${EPOCHREALTIME/./} - ${before/./} > 900000))
}

@test "it writes any line, also with escape sequences" {
        start +standin_line 'WatchDog!\e[31m\x07\\ ' end
        run -0 grep -a WatchDog "$log"
        [[ $output == $'WatchDog!\e[31m\a\\ end' ]]
}

@test "a command can run later" {
        start +standin_after 1 echo 'now; then'
        wait_line '^now; then$'
}
