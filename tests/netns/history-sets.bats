#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# How a set, its legs and their tunnels have been: one of two legs loses a third of the copies and is late with the others. In each
# form that there is, and over a restart.

load ../lib/netns
load ../lib/sets
load ../lib/chromium
load ../lib/history

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_LEGS=2
	lab_up
	local ns
	for ns in lac lns; do
		lab_set $ns lcp-echo-interval 1
		lab_set $ns lcp-echo-failures 200
		echo "history: {file: $LAB_DIR/$ns.history}" >>"$LAB_DIR/$ns.yaml"
		echo "http: {}" >>"$LAB_DIR/$ns.yaml"
	done
	sets_start auto
	lab_impair 2 loss 33 delay 20
	stream_start client server 10.2.0.2 6000 64 1500
	stream_is server '.lost == 0 and .duplicated == 0'
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
}

@test "a leg's line has what it lost and how late it was, and that is not the other one's" {
	# shellcheck disable=SC2016 # for jq
	local fate='[all_of("missing"), all_of("rx_packets"), all_of("duplicates"), ([.slots[][$i.skew_half]] | max), ([.slots[][$i.skew_most]] | max)]'
	# Two legs of one login are two lines; which is which, the tunnels' order does not say.
	lab_await 30 past lns line customers/alice#0 'all_of("rx_packets") + all_of("missing") >= 6000'
	lab_await 30 past lns line customers/alice#1 'all_of("rx_packets") + all_of("missing") >= 6000'
	{
		past lns line customers/alice#0 "$fate"
		past lns line customers/alice#1 "$fate"
	} | tee "$LAB_DIR/legs"
	jq -es 'sort | .[0] as [$m, $n, $d, $half, $most] | .[1] as [$m2, $n2, $d2, $half2, $most2] |
		$m < 100 and $n >= 5900 and $d < 300 and $half == 0 and
		$m2 > 1500 and $m2 < 2500 and $n2 < 4700 and $d2 > 3300 and $half2 >= 16 and $most2 >= $half2' "$LAB_DIR/legs"
}

@test "the set's: each packet once, the duplicates, nothing lost" {
	lab_await 30 past lns set alice 'all_of("unique") >= 6000'
	past lns set alice '.kind == "set" and .up and all_of("lost") == 0 and all_of("duplicates") > 3300 and all_of("duplicates") < 4700'
	lab_await 30 past lac set home 'all_of("sent") >= 6000'
	# A line of the same name as a set, and the other way round, are something else.
	run ! past lns line alice .
	run ! past lac set isp .
}

@test "a tunnel's is that of its sessions together" {
	local line
	for line in $("$L2X" status -s "$LAB_DIR/lns.sock" --json | jq -r '.tunnels[].line'); do
		lab_await 30 past lns tunnel "$line" '.kind == "tunnel" and all_of("rx_packets") > 3300 and all_of("echoes") > 2 and all_of("up") >= 10'
	done
	lab_await 30 past lac tunnel isp 'all_of("tx_packets") >= 6000'
}

@test "as a table, as CSV, as the documented JSON, as a graph" {
	local l2x=("$L2X" show history -s "$LAB_DIR/lns.sock")
	run -0 "${l2x[@]}" customers/alice#1
	assert_line --index 1 --regexp ' +MISSING % +HALF BEHIND MS +99 % MS$'
	run -0 "${l2x[@]}" --set alice
	assert_line --index 0 'alice: up'
	assert_line --index 1 --regexp '^FROM +UP S +SENT/S +UNIQUE/S +DUPLICATE/S +LOST +LOST %$'
	run -0 "${l2x[@]}" --set --csv alice
	assert_line --index 0 'time,up,sent,unique,duplicates,lost'
	run -0 "${l2x[@]}" --csv customers/alice#1
	assert_line --index 0 'time,up,echoes,lost,rtt_min,rtt_avg,rtt_max,rx_bytes,tx_bytes,rx_packets,tx_packets,drops,duplicates,missing,skew_half,skew_most'
	run -0 "${l2x[@]}" --set --json alice
	lab_shape history <<<"$output"
	run -0 "${l2x[@]}" --tunnel --json "$("$L2X" status -s "$LAB_DIR/lns.sock" --json | jq -r '.tunnels[0].line')"
	lab_shape history <<<"$output"
	run -2 "${l2x[@]}" --tunnel --set alice
	run -1 "${l2x[@]}" --set nobody
	assert_output 'l2x: there is no history of set "nobody"'
	get lns '/history.svg?set=alice' | grep -qE '<path class="rx" d="M[0-9]'
	get lns '/history.svg?line=customers%2Falice%231' | grep -qE 'height="576"'
}

@test "the page, in Chromium: a card with a graph for the set, each tunnel and each leg" {
	lab_await 60 browse
	grep -qE '<article data-id="set alice"[^>]* data-slots="[1-9]' "$LAB_DIR/page.html"
	[ "$(grep -oE '<article data-id="tunnel [0-9]+"[^>]* data-slots="[1-9]' "$LAB_DIR/page.html" | wc -l)" = 2 ]
	[ "$(grep -o '<dt>Sessions</dt><dd>1</dd>' "$LAB_DIR/page.html" | wc -l)" = 2 ]
	grep -q 'Packets/s' "$LAB_DIR/page.html"
	[ "$(grep -o 'Copies, ms behind' "$LAB_DIR/page.html" | wc -l)" -ge 3 ] # the legs, and the template
	[ "$(grep -o '<canvas' "$LAB_DIR/page.html" | wc -l)" -ge 11 ]
}

# browse: the LNS' page as it is after some seconds; all five cards have asked for their history.
browse() {
	chromium_open lns 1100,3000 page "$URL/" &&
		[ "$(grep -oE 'data-slots="[1-9]' "$LAB_DIR/page.html" | wc -l)" = 5 ]
}

# lone FILTER: of the LNS's only session
lone() {
	lab_status lns ".sessions | length == 1 and (.[0] | $1)"
}

# Its set is another one then, and counts from zero.
@test "the last leg negotiates LCP anew: copies are those that came" {
	local line packets copies now
	lab_impair 2 clear 0
	"$L2X" down isp -s "$LAB_DIR/lac.sock"
	lab_await 20 lone '.ipv4 != null'
	lab_await 30 lone '.quality != null'
	line=$(lab_status lns '.sessions[0].quality.line')
	packets=$(past lns line "$line" 'all_of("rx_packets")')
	copies=$(past lns line "$line" 'all_of("duplicates")')
	[ "$copies" -gt 1000 ]
	lab_forge lns c021012a000e010405b40506deadbeef # Configure-Request: MRU 1460, a magic number
	lab_await 20 lab_said lns 'set alice: down, no leg is left'
	lab_await 20 lone '.ipv4 != null'
	lab_in client ping -q -c 20 -i 0.02 -W 2 10.2.0.2
	lab_await 30 past lns line "$line" "all_of(\"rx_packets\") >= $packets + 20"
	now=$(past lns line "$line" 'all_of("duplicates")')
	echo "$copies copies, then $now"
	[ "$now" -ge "$copies" ] && [ "$now" -le $((copies + 50)) ]
}

@test "a restart keeps all of it" {
	local was
	was=$(past lns set alice 'all_of("unique")')
	lab_kill TERM lns
	lab_start lns
	[ "$(past lns set alice 'all_of("unique")')" -ge "$was" ]
	[ $(($(past lns line customers/alice#0 'all_of("missing")') + $(past lns line customers/alice#1 'all_of("missing")'))) -gt 1500 ]
}
