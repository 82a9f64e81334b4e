#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The HTTP port of a real controller: what it serves, to whom, and what it does with who means no good. The page is
# shown in Chromium.

load ../lib/netns
load ../lib/chromium

URL=http://127.0.0.1:9171

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$}
	lab_up
	local ns
	for ns in lac lns; do
		lab_set $ns lcp-echo-interval 1
		lab_set $ns log-level info
		lab_set $ns dataplane user
	done
	echo "http: {}" >>"$LAB_DIR/lac.yaml"
	echo "http: {listen: [\"$LAB_LNS\", \"127.0.0.1\"], port: 8080, token: 0123456789abcdef}" >>"$LAB_DIR/lns.yaml"
	lab_connect
	lab_reaches client 10.2.0.2
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
}

# get PATH [ARGUMENTS...]: body, from the LAC's port; fails on any other status than 200.
get() {
	local path=$1
	shift
	lab_in lac curl -sf --max-time 20 "$@" "$URL$path"
}

# status_of URL [ARGUMENTS...]: of an answer, seen from the LAC.
status_of() {
	lab_in lac curl -s --max-time 20 -o /dev/null -w '%{http_code}' "$@"
}

# raw TEXT: what is answered to these bytes, first line only.
raw() {
	# shellcheck disable=SC2016 # for the inner shell
	lab_in lac timeout 30 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9171; printf "%b" "$1" >&3; head -n 1 <&3' - "$1" | tr -d '\r'
}

@test "/metrics: Prometheus' own checker finds nothing wrong in it" {
	lab_await 40 eval 'get /metrics | grep -q "^l2x_line_rtt_seconds{line=\"isp\"}"'
	get /metrics >"$LAB_DIR/metrics"
	run -0 promtool check metrics <"$LAB_DIR/metrics"
	assert_output ''
	grep -qx 'l2x_sessions{role="outgoing"} 1' "$LAB_DIR/metrics"
	grep -qx 'l2x_sessions{role="incoming"} 0' "$LAB_DIR/metrics"
	grep -qx 'l2x_line_sessions{line="isp"} 1' "$LAB_DIR/metrics"
	get /metrics -o /dev/null -D - | grep -qi '^content-type: text/plain; version=0.0.4'
}

@test "/metrics counts what passes" {
	local before
	before=$(get /metrics | awk '/^l2x_line_transmit_bytes_total/ { print $2 }')
	lab_in client ping -q -c 20 -i 0.02 -s 972 10.2.0.2
	lab_await 30 eval "get /metrics | awk '/^l2x_line_transmit_bytes_total/ { exit !(\$2 >= $before + 20000) }'"
}

@test "JSON and CSV" {
	get /status.json | jq -e '.sessions[0].quality.line == "isp"'
	get "/history.json?line=isp" | jq -e '.name == "isp" and (.slots | length > 0)'
	get "/history.csv?line=isp" | head -n 1 | grep -q '^time,up,echoes,lost,'
	get "/history.csv?line=isp" | sed -n 2p | grep -qE '^[0-9]+,[0-9]+,'
	[ "$(status_of "$URL/history.json?line=nobody")" = 404 ]
	[ "$(status_of "$URL/history.json")" = 404 ]
	get "/history.svg?line=isp" | grep -qE '<path class="avg" d="M[0-9]'
	get "/history.svg?line=isp&hours=25" -o /dev/null -D - | grep -qi '^content-type: image/svg'
	[ "$(status_of "$URL/history.svg?line=nobody")" = 404 ]
	[ "$(status_of "$URL/history.svg?line=isp&hours=26")" = 400 ]
	[ "$(status_of "$URL/history.svg?line=isp&hours=-1")" = 400 ]
}

# bytes FILE FROM COUNT: in hexadecimal.
bytes() {
	od -An -v -tx1 -j "$2" -N "$3" "$1" | tr -d ' \n'
}

# What is drawn, tests/unit/test_png looks at.
@test "a graph as PNG" {
	get "/history.png?line=isp" -D "$LAB_DIR/head" -o "$LAB_DIR/graph.png"
	grep -qi '^content-type: image/png' "$LAB_DIR/head"
	[ "$(bytes "$LAB_DIR/graph.png" 0 8)" = 89504e470d0a1a0a ]
	[ "$(bytes "$LAB_DIR/graph.png" 16 8)" = 0000038400000190 ] # 900 x 400
	[ "$(tail -c 12 "$LAB_DIR/graph.png" | bytes - 4 4)" = 49454e44 ] # IEND: it is whole
	[ "$(status_of "$URL/history.png?tunnel=isp&hours=1")" = 200 ]
	[ "$(status_of "$URL/history.png?line=nobody")" = 404 ]
	[ "$(status_of "$URL/history.png?line=isp&hours=0")" = 400 ]
	[ "$(status_of -I "$URL/history.png?line=isp")" = 200 ]
}

@test "what draws it has no privileges, and who goes away does not keep it" {
	local pid
	mkfifo "$LAB_DIR/svg"
	"$LAB_ROOT/build/l2x-png" <"$LAB_DIR/svg" 3>&- 4>&- &
	pid=$!
	exec 9>"$LAB_DIR/svg"
	lab_await 10 grep -qE '^NoNewPrivs:\s+1' "/proc/$pid/status"
	lab_await 10 grep -qE '^Uid:\s+65534\s+65534\s+65534' "/proc/$pid/status"
	grep -qE '^CapPrm:\s+0+$' "/proc/$pid/status"
	grep -qE '^CapEff:\s+0+$' "/proc/$pid/status"
	exec 9>&-
	run ! wait "$pid"
	# Many at once: some are told to come again, and nothing hangs.
	local i
	for i in $(seq 20); do
		lab_spawn lac "png$i" curl -s --max-time "$([ $((i % 2)) = 0 ] && echo 0.01 || echo 30)" -o "$LAB_DIR/png$i" \
			-w '%{http_code}' "$URL/history.png?line=isp"
	done
	for i in $(seq 20); do
		lab_await 40 lab_ended "png$i"
		grep -qE '^(200|503|000)$' "$LAB_DIR/png$i.log"
	done
	lab_await 20 get '/history.png?line=isp' -o /dev/null
	lab_await 20 nothing_draws
}

nothing_draws() {
	! pgrep -f "^$LAB_ROOT/build/l2x-png"
}

@test "without a token only loopback, and only by an address or localhost" {
	[ "$(status_of "$URL/")" = 200 ]
	[ "$(status_of -H 'Host: localhost:9171' "$URL/")" = 200 ]
	[ "$(status_of -H 'Host: evil.example.net' "$URL/metrics")" = 403 ]
	run lab_in lac curl -s --max-time 5 "http://$LAB_LAC:9171/"
	assert_failure
}

@test "with a token only who has it" {
	local url=http://$LAB_LNS:8080/metrics
	[ "$(status_of "$url")" = 401 ]
	[ "$(status_of -H 'Authorization: Bearer 0123456789abcdef' "$url")" = 200 ]
	[ "$(status_of -H 'Authorization: Bearer 0123456789abcdeX' "$url")" = 401 ]
	[ "$(status_of -H 'Authorization: Bearer 0123456789abcde' "$url")" = 401 ]
	[ "$(status_of -H 'Authorization: Bearer ' "$url")" = 401 ]
	[ "$(status_of -u anybody:0123456789abcdef "$url")" = 200 ]
	[ "$(status_of -u 0123456789abcdef:anybody "$url")" = 401 ]
	[ "$(status_of -H 'Authorization: Basic ====' "$url")" = 401 ]
	lab_in lns curl -sf -H 'Authorization: Bearer 0123456789abcdef' http://127.0.0.1:8080/metrics |
		grep -qx 'l2x_line_sessions{line="customers/alice"} 1'
}

@test "requests that make no sense are refused" {
	[ "$(status_of "$URL/nothing")" = 404 ]
	[ "$(status_of --path-as-is "$URL/../../etc/passwd")" = 404 ]
	[ "$(status_of "$URL/%2e%2e/etc/passwd")" = 404 ]
	[ "$(status_of -X POST "$URL/")" = 405 ]
	[ "$(status_of -d x=1 -X GET "$URL/")" = 413 ]
	[ "$(status_of -I "$URL/")" = 200 ]
	[ "$(status_of -H "X: $(head -c 9000 /dev/zero | tr '\0' x)" "$URL/")" = 431 ]
	[ "$(raw 'nonsense\r\n\r\n')" = "HTTP/1.1 400 Bad Request" ]
	[ "$(raw 'GET / HTTP/9\r\n\r\n')" = "HTTP/1.1 505 HTTP Version Not Supported" ]
	[ "$(raw 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\n\r\n')" = "HTTP/1.1 400 Bad Request" ]
	[ "$(raw 'GET /\0 HTTP/1.1\r\n\r\n')" = "HTTP/1.1 400 Bad Request" ]
}

@test "who says nothing, or dawdles, is cut off, and keeps nobody from being served" {
	local i
	# shellcheck disable=SC2016 # for the inner shell
	local silent='exec 3<>/dev/tcp/127.0.0.1/9171; read -r -t 120 -u 3 line; echo "$line"'
	# shellcheck disable=SC2016 # for the inner shell
	local slow='exec 3<>/dev/tcp/127.0.0.1/9171; printf "GET / HTTP/1.1\r\n" >&3
		while printf "X: y\r\n" >&3; do sleep 1; done'
	for i in $(seq 60); do
		lab_spawn lac "silent$i" bash -c "$silent"
		lab_spawn lac "slow$i" bash -c "$slow"
	done
	lab_await 120 get /metrics
	lab_status lac '.ok'
	for i in $(seq 60); do
		lab_await 120 lab_ended "silent$i"
		grep -q '^HTTP/1.1 408' "$LAB_DIR/silent$i.log"
		lab_await 120 lab_ended "slow$i"
	done
}

@test "the page, in Chromium: a graph for the session" {
	lab_await 60 browse 1100,900 page
	grep -q '<h2>isp</h2>' "$LAB_DIR/page.html"
	grep -qE 'data-slots="[1-9]' "$LAB_DIR/page.html"
	grep -q '1 sessions up, 1 tunnels' "$LAB_DIR/page.html"
	grep -q '<canvas' "$LAB_DIR/page.html"
	grep -q '<a class="png" href="history.png?line=isp&amp;hours=6">' "$LAB_DIR/page.html"
}

# The columns' colours: paper beside the cards, and cards in the middle.
@test "the page in the dark, and as narrow as a phone: nothing is wider than it" {
	local colour share
	lab_await 60 look phone --blink-settings=preferredColorScheme=1
	read -r colour share < <(chromium_column phone -4)
	[ "$colour" = f4f5f7 ] && [ "$share" -ge 75 ]
	read -r colour share < <(chromium_column phone 40)
	[ "$colour" = ffffff ]
	lab_await 60 look dark --force-dark-mode --blink-settings=preferredColorScheme=0
	read -r colour share < <(chromium_column dark -4)
	[ "$colour" = 11151b ] && [ "$share" -ge 75 ]
	read -r colour share < <(chromium_column dark 40)
	[ "$colour" = 1a2029 ]
}

# look NAME OPTIONS...: with a picture.
look() {
	browse 500,900 "$1" --hide-scrollbars --screenshot="$LAB_DIR/$1.png" "${@:2}" && [ -s "$LAB_DIR/$1.png" ]
}

@test "the graph as SVG, in Chromium: it is well-formed" {
	chromium_open lac 900,400 graph "$URL/history.svg?line=isp"
	grep -q '<svg' "$LAB_DIR/graph.html"
	grep -qE '<path class="rx" d="M[0-9]' "$LAB_DIR/graph.html"
	run ! grep -q 'parsererror' "$LAB_DIR/graph.html"
}

# browse WIDTH,HEIGHT NAME OPTIONS...: the document as it is after some seconds, into NAME.html; and has it a graph already?
browse() {
	local size=$1 name=$2
	shift 2
	chromium_open lac "$size" "$name" "$URL/" "$@"
	grep -qE 'data-slots="[1-9]' "$LAB_DIR/$name.html"
}
