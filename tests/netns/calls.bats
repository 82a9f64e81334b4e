#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Outgoing calls (RFC 2661 7.5) between two controllers: the one that dials the tunnel is the LNS, has the other, the
# LAC, call a number, and logs in to whom it reaches.

load ../lib/netns

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_WIRE=1
	lab_up
	lab_capture_wire
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || lab_show_logs
}

# calls NUMBER PATTERNS: the lab's configurations, but with a call to this number, and a LAC that answers to these.
calls() {
	local ns
	for ns in lac lns; do
		lab_ended $ns || lab_kill TERM $ns
		lab_config $ns
	done
	sed -i "s|^\( *\)username: alice|\1call: outgoing\n\1called-number: \"$1\"\n&|" "$LAB_DIR/lac.yaml"
	[ -z "$2" ] || sed -i "s|^\( *\)local-ppp-ip:|\1accept-calls: $2\n&|" "$LAB_DIR/lns.yaml"
}

# went TYPE: a message of this type was on the wire.
went() {
	[ -n "$(lab_tshark control -Y "l2tp.avp.message_type == $1")" ]
}

@test "a call to a number that answers: OCRQ, OCRP, OCCN, and traffic both ways" {
	calls 1234 '["00*", "12*"]'
	lab_connect
	lab_await 10 went 7
	lab_await 10 went 8
	lab_await 10 went 9
	run ! went 10
	lab_said lns 'the LNS calls "1234"'
	lab_reaches client 10.2.0.2
	lab_ping client 10.2.0.2 1432
	lab_ping server 10.1.0.2 1432
	lab_reaches client 2001:db8:2::2
	assert_equal "$(lab_status lns '.sessions[0].user')" alice
}

@test "either end hangs up: the call is over at both, and is placed again" {
	"$L2X" restart -s "$LAB_DIR/lac.sock" isp
	lab_await 10 lab_said lac 'restarted by command'
	lab_await 20 lab_session lac
	lab_await 10 lab_session lns
	lab_kill TERM lns
	lab_await 10 lab_no_session lac
	lab_start lns
	lab_await 30 lab_session lac
	lab_reaches client 10.2.0.2
}

@test "a number that does not answer: CDN 6, and the log of both says so" {
	calls 999 '["12*"]'
	lab_start lns
	lab_start lac
	lab_await 20 lab_said lac 'no such number \(result 6'
	lab_said lns 'call to "999" refused'
	lab_no_session lac
}

@test "a peer that places no calls says so in its SCCRP, and gets no OCRQ" {
	calls 1234 ''
	lab_start lns
	lab_start lac
	lab_await 20 lab_said lac 'this peer places no outgoing calls'
	run ! lab_said lac 'send .*OCRQ'
	lab_no_session lac
}

@test "tshark finds nothing wrong in what was on the wire" {
	lab_decode_clean
}
