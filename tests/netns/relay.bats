#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# L2TP tunnel switching: calls that go on to another LNS, and their traffic.

load ../lib/netns
load ../lib/relay
load ../lib/chromium
load ../lib/history

PROXY_LAC=$LAB_ROOT/build/tests/lib/proxy_lac

@test "a rule that needs no login: the far LNS negotiates with the caller, and traffic flows" {
	connect
	carried
	# What was said of the call.
	lab_said lns 'call from "100200" to "300400"'
	# One call, with both halves, in words too.
	run "$L2X" status -s "$LAB_DIR/relay.sock"
	assert_line --regexp '^RELAYED '
	assert_line --regexp '^customers/.* relayed +far +192\.0\.2\.3'
	lab_status relay '[.sessions[] | select(.relay.onward)] | length == 1'
}

@test "a rule that needs the login, CHAP: proxy LCP and login go along" {
	local half
	by_login
	connect
	carried
	lab_said lns 'login accepted'
	run lab_said lns 'not taken over'
	assert_failure
	lab_status relay '.sessions[0].user == "alice@far"'
	# The far LNS did no LCP of its own.
	run lab_said lns 'Configure-Request.*Auth'
	assert_failure
	# Each half has a history, by the login.
	for half in '' '>far'; do
		run -0 "$L2X" show history -s "$LAB_DIR/relay.sock" "customers/alice@far$half"
		assert_line --index 0 "customers/alice@far$half: up"
	done
}

@test "a rule that needs the login, PAP" {
	by_login
	lab_set relay authentication '[pap]'
	connect
	carried
	run lab_said lns 'not taken over'
	assert_failure
}

@test "a rule that needs the login, MS-CHAPv2: the far LNS proves itself to the caller" {
	local h
	by_login
	for h in lac relay lns; do
		lab_set $h authentication '[mschapv2]'
	done
	connect
	carried
	run lab_said lns 'not taken over'
	assert_failure
}

@test "a wrong password: the far LNS refuses, and its words and code reach the LAC" {
	by_login
	lab_set lac password guessed
	connect
	lab_await 20 lab_said lac 'login|refused'
	lab_await 20 lab_said relay 'session ended after [0-9]+ s: ended by the peer.*result 3'
	lab_said lns 'login "alice@far" refused'
}

@test "proxy: drop: the far LNS asks again, and the caller does not mind" {
	by_login
	sed -i 's/^    idle-timeout: 60/&\n    proxy: drop\n    calling-number: drop/' "$LAB_DIR/relay.yaml"
	connect
	carried
	lab_said lns 'call from "" to "300400"'
}

@test "regenerate: the far LNS is told numbers, group, speed and a name of ours" {
	by_login
	sed -i 's/^    idle-timeout: 60/&\n    calling-number: regenerate +49%c\n    called-number: regenerate 900\n    private-group: regenerate %n.gold\n    connect-speed: regenerate\n    framing: regenerate\n    proxy-auth: regenerate %n@wholesale/
		s/^        relay: far/&\n        speed: 7M\n        speed-rx: 3M/' "$LAB_DIR/relay.yaml"
	# What the far LNS goes by.
	sed -i 's/username: alice@far/username: alice@wholesale\n        private-group: "*.gold"\n        connect-speed-min: 6M\n        connect-speed-max: 7M\n        proxied: yes/' "$LAB_DIR/lns.yaml"
	lab_capture wire to-lns far udp port 1701
	connect
	carried
	lab_said lns 'call from "\+49100200" to "900"'
	run lab_said lns 'not taken over'
	assert_failure
	lab_status lns '.sessions[0].user == "alice@wholesale"'
	lab_status relay '.sessions[0].user == "alice@far"'
	lab_await 20 told_far
	lab_capture_end far
}

# Of the ICCN on the far wire.
told_far() {
	lab_tshark far -Y 'l2tp.avp.message_type == 12' -T fields -e l2tp.avp.connect_speed -e l2tp.avp.rx_connect_speed \
		-e l2tp.avp.sync_framing_type -e l2tp.avp.proxy_authen_name -e l2tp.avp.private_group_id |
		grep -qxE $'7000000\t3000000\t1\talice@wholesale\t(alice.gold|616c6963652e676f6c64)'
}

# by_proxy PASSWORD: as proxy_lac has heard it of its caller, to the relay; asked anew, he says the right one.
by_proxy() {
	sed -i '/^ *secret: tunnel-secret/d; s/called-number: "300400"/username: alice/' "$LAB_DIR/relay.yaml"
	sed -i 's/username: alice@far/username: alice/' "$LAB_DIR/lns.yaml"
	lab_start lns && lab_start relay
	lab_spawn lac proxy "$PROXY_LAC" 192.0.2.2 1400 pap alice \
		"$(printf %s "$1" | od -An -v -tx1 | tr -d ' \n')" alice-password
}

@test "proxy-lcp: regenerate: LCP is done anew here, and told as it is then" {
	lab_set relay authentication '[pap]'
	sed -i 's/^    idle-timeout: 60/&\n    proxy-lcp: regenerate/' "$LAB_DIR/relay.yaml"
	by_proxy what-the-lac-heard-is-not-asked-for
	lab_await 15 heard 'ipcp-open 10.99.0.2'
	heard lcp-request
	run lab_said lns 'not taken over'
	assert_failure
}

@test "LCP and login that the LAC has proxied go along as they are" {
	by_proxy alice-password
	lab_await 15 heard 'ipcp-open 10.99.0.2'
	heard 'pap-accepted 7'
	run heard lcp-request
	assert_failure
	# So does what the LAC says later of the line, and what the far LNS says.
	lab_await 10 lab_said lns 'errors on the line: CRC 4711, framing 0'
	lab_await 10 acknowledged lns
	say_accm
	lab_await 10 heard 'accm 000a0000 ffffffff'
}

# The last that HOST said in a tunnel was no message: Ns is that of its next one.
acknowledged() {
	grep -a 'send [A-Z]' "$LAB_DIR/$1.log" | tail -n 1 | grep -q ZLB
}

# A SLI (RFC 2661 7.13) of the far LNS, which sends none by itself: in its name, with the next Ns.
say_accm() {
	local tunnel session ns nr
	read -r tunnel session < <("$L2X" status --json -s "$LAB_DIR/relay.sock" |
		jq -r '.sessions[] | select(.relay.onward) | "\(.tunnel_id) \(.session_id)"')
	read -r ns nr < <(grep -a 'send ZLB' "$LAB_DIR/lns.log" | sed -n '$s/.* Ns \([0-9]*\) Nr \([0-9]*\).*/\1 \2/p')
	lab_in lns "$LAB_ROOT/build/tests/lib/udp_as" 192.0.2.3 1701 192.0.2.2 1701 \
		"$(printf 'c8020024%04x%04x%04x%04x8008000000000010801000000023%s' "$tunnel" "$session" "$ns" "$nr" 0000000a0000ffffffff)"
}

@test "speed limits of the rule hold" {
	sed -i 's/^        relay: far/&\n        speed: 64k/' "$LAB_DIR/relay.yaml"
	connect
	carried
	lab_in lns ping -q -c 60 -i 0.002 -W 1 -s 1000 10.99.0.2 || true
	lab_await 5 lab_status relay '[.sessions[] | .drops.rate // 0] | add > 0'
}

# page: the relay's as it is after some seconds; both halves and both tunnels have asked for their history.
page() {
	chromium_open relay 1100,2000 page "$URL/" &&
		[ "$(grep -oE 'data-slots="[1-9]' "$LAB_DIR/page.html" | wc -l)" = 4 ]
}

# What the half of this name received and sent.
passed() {
	past relay line "$1" '[all_of("rx_packets"), all_of("tx_packets"), all_of("rx_bytes"), all_of("tx_bytes")] | @tsv'
}

@test "history of both halves and of the tunnels: traffic, and no latency that nobody measures; kept over a restart" {
	local near far l2x=("$L2X" show history -s "$LAB_DIR/relay.sock")
	sed -i 's/^        relay: far/&\n        speed: 64k/' "$LAB_DIR/relay.yaml"
	printf '%s\n' "history: {file: $LAB_DIR/relay.history}" "http: {}" >>"$LAB_DIR/relay.yaml"
	rm -f "$LAB_DIR/relay.history"
	connect
	carried
	lab_in lns ping -q -c 60 -i 0.002 -W 1 -s 1000 10.99.0.2 || true
	"$L2X" down -s "$LAB_DIR/lac.sock" isp
	lab_await 10 no_call relay
	near=$(passed customers/100200) far=$(passed 'customers/100200>far')
	# What one half receives the other one sends; what the caller's limit drops, his half has.
	paste <(echo "$near") <(echo "$far") |
		awk '{ exit !($1 == $6 && $3 == $8 && $2 == $5 && $4 == $7 && $2 > 3 && $4 > 1000) }'
	past relay line customers/100200 'all_of("drops") > 30'
	past relay line 'customers/100200>far' 'all_of("drops") == 0'
	# shellcheck disable=SC2016 # for jq
	past relay line customers/100200 'all_of("echoes") == 0 and ([.slots[][$i.rtt_avg]] | all(. == null))'
	# In each form.
	run -0 "${l2x[@]}" 'customers/100200>far'
	assert_line --index 1 --regexp '^FROM +UP S +RX BIT/S +TX BIT/S +RX/S +TX/S +DROPPED$'
	run -0 "${l2x[@]}" --csv customers/100200
	assert_line --index 1 --regexp '^[0-9]+,[0-9]+,0,0,,,,[0-9]+,[0-9]+,[0-9]+,[0-9]+,[0-9]+,,,,$'
	"${l2x[@]}" --json customers/100200 | lab_shape history
	get relay '/history.svg?line=customers/100200' >"$LAB_DIR/svg"
	grep -qE '<path class="rx" d="M[0-9]' "$LAB_DIR/svg"
	run ! grep 'Round trip' "$LAB_DIR/svg"
	# The controller begins anew, with what it had, and goes on with it.
	lab_kill TERM relay
	lab_start relay
	[ "$(passed customers/100200)" = "$near" ] && [ "$(passed 'customers/100200>far')" = "$far" ]
	"$L2X" up -s "$LAB_DIR/lac.sock" isp
	carried
	lab_status relay '[.tunnels[].line] | sort == ["customers/lab-lac", "far"]'
	lab_await 30 past relay tunnel far '.kind == "tunnel" and .up and all_of("up") >= 10 and all_of("rx_packets") >= 3'
	lab_await 10 past relay tunnel customers/lab-lac 'all_of("up") >= 10 and all_of("tx_packets") >= 3 and all_of("echoes") == 0'
	lab_await 60 page
	[ "$(grep -o '<canvas' "$LAB_DIR/page.html" | wc -l)" = 8 ]
	[ "$(grep -o 'Round trip' "$LAB_DIR/page.html" | wc -l)" = 1 ] # the template
	grep -q 'relayed by far, to the far LNS' "$LAB_DIR/page.html"
}

@test "traffic, counters of both halves, and what is on the wire" {
	local bps
	lab_capture wire to-relay relayed udp port 1701
	connect
	carried
	lab_iperf_server lns
	bps=$(lab_iperf lac 2 -c 10.99.0.1 -B 10.99.0.2 -b 50M)
	[ "$bps" -gt 0 ]
	lab_await 5 moved_by xdp 100
	"$L2X" down -s "$LAB_DIR/lac.sock" isp
	lab_await 10 no_call relay
	lab_capture_end relayed
	# tshark warns of each vendor's AVP, as our trail is one; and it sees each packet of TCP twice.
	run lab_tshark relayed -Y '!tcp && (_ws.malformed || (_ws.expert.severity >= 6291456 && !l2tp.vendor_specific_avp_data))' \
		-T fields -e frame.number -e _ws.col.Info
	assert_output ''
}
