#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# L2TP tunnel switching: calls that go on to another LNS, and their traffic.

load ../lib/netns
load ../lib/relay

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
	sed -i 's/username: alice@far/username: alice@wholesale/' "$LAB_DIR/lns.yaml"
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
	# So does what the LAC says later of the line.
	lab_await 10 lab_said lns 'errors on the line: CRC 4711, framing 0'
}

@test "speed limits of the rule hold" {
	sed -i 's/^        relay: far/&\n        speed: 64k/' "$LAB_DIR/relay.yaml"
	connect
	carried
	lab_in lns ping -q -c 60 -i 0.002 -W 1 -s 1000 10.99.0.2 || true
	lab_await 5 lab_status relay '[.sessions[] | .drops.rate // 0] | add > 0'
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
